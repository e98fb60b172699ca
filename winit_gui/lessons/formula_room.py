"""Formulas among the words of a text document, on the baseline of their line."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QUrl
from PySide6.QtGui import QImage, QTextDocument

from winit_gui.lessons.words import Kind, pieces

_UNITS = 20.0
"""Type size in the units of a formula's SVG."""

_SCALE = 1.12
"""The formulas' type looks smaller than the text's of the same size."""

INK = "#010203"
"""The colour in a formula's SVG that stands for the text's."""


@dataclass(frozen=True)
class FormulaRoom:
    """The room that a formula takes in its line.

    Qt puts the middle of such a room a quarter of an x-height above the baseline: it is as much
    larger above or below as that takes.

    Attributes
    ----------
    box
        The formula in the units of its SVG, 0 being its baseline.
    scale
        Dots per unit.
    x_height
        Of the text around it, in dots.
    """

    box: QRectF
    scale: float
    x_height: float

    @property
    def width(self) -> float:
        """Dots that it takes."""
        return self.box.width() * self.scale

    @property
    def height(self) -> float:
        """Dots that it takes with what is empty."""
        above, below = -self.box.top() * self.scale, self.box.bottom() * self.scale
        return max(2 * above - self.x_height / 2, 2 * below + self.x_height / 2)

    @property
    def baseline(self) -> float:
        """Dots from its upper end."""
        return (self.height + self.x_height / 2) / 2

    def place(self, left: float, baseline: float) -> QRectF:
        """Return where the formula itself is to be drawn."""
        top = baseline + self.box.top() * self.scale
        return QRectF(left, top, self.width, self.box.height() * self.scale)


class ClosedDocument(QTextDocument):
    """A document that opens no file: lessons are data only."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return an empty picture: where a formula is to be drawn, or for anything else."""
        image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        return image


def scale_for(pixels: float) -> float:
    """Return dots per unit of a formula's SVG beside type of a size."""
    return pixels * _SCALE / _UNITS


def mark(number: int) -> str:
    """Return what stands for a formula while the Markdown is read."""
    return f"\ue000{number}\ue001"


def marked(markdown: str) -> tuple[str, list[str]]:
    """Return the Markdown with marks for its formulas, and the formulas."""
    formulas: list[str] = []
    parts = []
    for piece in pieces(markdown):
        if piece.kind is Kind.FORMULA:
            parts.append(mark(len(formulas)))
            formulas.append(piece.text)
        else:
            parts.append(piece.text.replace("\\$", "$"))
    return "".join(parts), formulas
