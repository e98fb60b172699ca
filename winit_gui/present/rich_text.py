"""A few sentences in Markdown with formulas, in any size, wrapped and never cut."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextCharFormat,
    QTextDocument,
    QTextImageFormat,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from winit_gui.formulas import formula_svg
from winit_gui.lessons.words import Kind, pieces

_FORMULA_UNITS = 20.0
"""Type size in the units of a formula's SVG."""

_FORMULA_SCALE = 1.12
"""The formulas' type looks smaller than the text's of the same size."""

_INK = "#010203"
_ADDRESS = "formula:"


class _Document(QTextDocument):
    """A document that opens no file: lessons are data only."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return an empty picture: where a formula is to be drawn, or for anything else."""
        image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        return image


@dataclass(frozen=True)
class _Formula:
    """A formula in a text.

    Attributes
    ----------
    place
        Position in the document.
    svg
        What draws it.
    scale
        Logical pixels per unit of the SVG.
    """

    place: int
    svg: QSvgRenderer
    scale: float


class RichText(QWidget):
    """Shows Markdown with ``$…$`` formulas, wrapped to its width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._markdown = ""
        self._pixels = 20.0
        self._bold = False
        self._colour = "#000000"
        self._formulas: list[_Formula] = []
        self._document = _Document(self)
        self._document.setDocumentMargin(0)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def pixels(self) -> float:
        """Type size in logical pixels."""
        return self._pixels

    @property
    def plain(self) -> str:
        """What stands there, without formulas."""
        return self._document.toPlainText().replace("\ufffc", "").strip()

    def set_text(self, markdown: str, pixels: float, colour: str, bold: bool = False) -> None:
        """Show a text in a size and a colour."""
        wanted = (markdown, pixels, colour, bold)
        if wanted == (self._markdown, self._pixels, self._colour, self._bold):
            return
        self._markdown, self._pixels, self._colour, self._bold = wanted
        self._build()
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Say that the height follows from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that the text takes."""
        if not self._markdown:
            return 0
        self._document.setTextWidth(max(width, 1))
        return int(self._document.size().height() + 0.999)

    def sizeHint(self) -> QSize:
        """Ask for the text on one line, if there is room."""
        self._document.setTextWidth(-1)
        return QSize(int(self._document.idealWidth() + 1), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """Ask for little: the text wraps."""
        return QSize(round(4 * self._pixels), round(self._pixels))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text."""
        self._document.setTextWidth(max(self.width(), 1))
        painter = QPainter(self)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, QColor(self._colour))
        self._document.documentLayout().draw(painter, context)
        for formula in self._formulas:
            self._draw(painter, formula)
        painter.end()

    def _draw(self, painter: QPainter, formula: _Formula) -> None:
        """Draw a formula on the line of its text: Qt itself would only centre it there."""
        block = self._document.findBlock(formula.place)
        within = formula.place - block.position()
        line = block.layout().lineForTextPosition(within)
        corner = self._document.documentLayout().blockBoundingRect(block).topLeft()
        x: Any = line.cursorToX(within)  # a number, or a pair: versions differ
        left = float(x[0] if isinstance(x, tuple) else x)
        box, scale = formula.svg.viewBoxF(), formula.scale
        baseline = corner.y() + line.y() + line.ascent()
        top = baseline + box.top() * scale
        place = QRectF(corner.x() + left, top, box.width() * scale, box.height() * scale)
        formula.svg.render(painter, place)

    def _build(self) -> None:
        font = QFont(self.font())
        font.setPixelSize(round(self._pixels))
        font.setBold(self._bold)
        self._document.clear()
        self._document.setDefaultFont(font)
        self._document.setDefaultStyleSheet("")
        text, formulas = _split(self._markdown)
        features = (
            QTextDocument.MarkdownFeature.MarkdownDialectCommonMark
            | QTextDocument.MarkdownFeature.MarkdownNoHTML
        )
        self._document.setMarkdown(text, features)
        self._formulas = []
        for number, latex in enumerate(formulas):
            self._reserve(number, latex, font)
        self.setAccessibleName(self.plain)

    def _reserve(self, number: int, latex: str, font: QFont) -> None:
        """Put room for a formula where its mark stands."""
        cursor = self._document.find(_mark(number))
        if cursor.isNull():
            return
        svg = QSvgRenderer(formula_svg(latex).replace(_INK, self._colour).encode())
        scale = self._pixels * _FORMULA_SCALE / _FORMULA_UNITS
        self._formulas.append(_Formula(cursor.selectionStart(), svg, scale))
        box = svg.viewBoxF()
        # Qt puts the middle of such a room a quarter of an x-height above the baseline.
        half_x = QFontMetrics(font).xHeight() / 2
        above, below = -box.top() * scale, box.bottom() * scale
        room = QTextImageFormat()
        room.setName(f"{_ADDRESS}{number}")
        room.setWidth(box.width() * scale)
        room.setHeight(max(2 * above - half_x, 2 * below + half_x))
        room.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        room.setFont(font)
        cursor.insertImage(room)


def _mark(number: int) -> str:
    """Return what stands for a formula while the Markdown is read."""
    return f"\ue000{number}\ue001"


def _split(markdown: str) -> tuple[str, list[str]]:
    """Return the Markdown with marks for its formulas, and the formulas."""
    formulas: list[str] = []
    parts = []
    for piece in pieces(markdown):
        if piece.kind is Kind.FORMULA:
            parts.append(_mark(len(formulas)))
            formulas.append(piece.text)
        else:
            parts.append(re.sub(r"\\\$", "$", piece.text))
    return "".join(parts), formulas
