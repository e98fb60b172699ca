"""Markdown with formulas for a printed page: everything is drawn as lines, nothing as dots."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QImage,
    QPagedPaintDevice,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer

from winit_gui.formulas import formula_svg
from winit_gui.lessons.words import Kind, pieces

_FORMULA_UNITS = 20.0
"""Type size in the units of a formula's SVG."""

_FORMULA_SCALE = 1.12
"""The formulas' type looks smaller than the text's of the same size."""

_FORMULA_OBJECT = QTextFormat.ObjectTypes.UserObject.value + 1
_LATEX = QTextFormat.Property.UserProperty.value + 1
_INK = "#010203"
_OPEN, _CLOSE = "\ue000", "\ue001"


class _Document(QTextDocument):
    """A document that opens no file: lessons are data only."""

    def loadResource(self, kind: int, name: object) -> object:
        """Return nothing."""
        return QImage()


class _Formulas(QPyTextObject):
    """Draws formulas with the text's baseline.

    Qt puts the middle of such an object half an x-height above the baseline: its box is as much
    larger above or below as it takes.
    """

    def __init__(self, parent: QObject, font: QFont, device: QPagedPaintDevice) -> None:
        super().__init__(parent)
        metrics = QFontMetricsF(font, device)
        self._half_x = metrics.xHeight() / 2
        pixels = font.pointSizeF() * device.logicalDpiY() / 72
        self._scale = pixels * _FORMULA_SCALE / _FORMULA_UNITS

    def intrinsicSize(self, document: QTextDocument, at: int, format: QTextFormat) -> QSizeF:
        """Return the room that a formula takes."""
        box = _renderer(str(format.property(_LATEX))).viewBoxF()
        return QSizeF(box.width() * self._scale, self._height(box))

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        document: QTextDocument,
        at: int,
        format: QTextFormat,
    ) -> None:
        """Draw a formula."""
        renderer = _renderer(str(format.property(_LATEX)))
        box = renderer.viewBoxF()
        baseline = rect.top() + (self._height(box) + self._half_x) / 2
        size = QSizeF(box.width(), box.height()) * self._scale
        place = QRectF(rect.left(), baseline + box.top() * self._scale, size.width(), size.height())
        renderer.render(painter, place)

    def _height(self, box: QRectF) -> float:
        above, below = -box.top() * self._scale, box.bottom() * self._scale
        return max(2 * above - self._half_x, 2 * below + self._half_x)


def _renderer(latex: str) -> QSvgRenderer:
    # Qt's PDF draws an outline where an SVG says none, unless it is an invisible one.
    svg = formula_svg(latex).replace(_INK, "#000000")
    svg = svg.replace("<svg ", '<svg stroke="#000" stroke-opacity="0" ', 1)
    return QSvgRenderer(QByteArray(svg.encode()))


class PageText:
    """A text in one column of a page.

    Parameters
    ----------
    markdown
        With ``$…$`` formulas.
    points
        Type size.
    width
        Of the column, in dots of the device.
    device
        What it will be drawn on.
    """

    def __init__(
        self, markdown: str, points: float, width: float, device: QPagedPaintDevice
    ) -> None:
        font = QFont()
        font.setPointSizeF(points)
        self._document = _Document()
        layout = self._document.documentLayout()
        layout.setPaintDevice(device)
        self._document.setDefaultFont(font)
        self._document.setDocumentMargin(0)
        self._formulas = _Formulas(self._document, font, device)
        layout.registerHandler(_FORMULA_OBJECT, self._formulas)
        marked, latex = _split(markdown)
        features = (
            QTextDocument.MarkdownFeature.MarkdownDialectCommonMark
            | QTextDocument.MarkdownFeature.MarkdownNoHTML
        )
        self._document.setMarkdown(marked, features)
        for number, formula in enumerate(latex):
            cursor = self._document.find(f"{_OPEN}{number}{_CLOSE}")
            if not cursor.isNull():
                _insert(cursor, formula)
        self._document.setTextWidth(width)

    @property
    def height(self) -> float:
        """Dots that it takes."""
        return float(self._document.size().height())

    def draw(self, painter: QPainter, top: float) -> None:
        """Draw it at the left end of the page."""
        painter.save()
        painter.translate(0, top)
        self._document.drawContents(painter)
        painter.restore()


def _split(markdown: str) -> tuple[str, list[str]]:
    """Return the Markdown with marks for its formulas, and the formulas."""
    formulas: list[str] = []
    parts = []
    for piece in pieces(markdown):
        if piece.kind is Kind.FORMULA:
            parts.append(f"{_OPEN}{len(formulas)}{_CLOSE}")
            formulas.append(piece.text)
        else:
            parts.append(piece.text.replace("\\$", "$"))
    return "".join(parts), formulas


def _insert(cursor: QTextCursor, latex: str) -> None:
    made = QTextCharFormat()
    made.setObjectType(_FORMULA_OBJECT)
    made.setProperty(_LATEX, latex)
    made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
    cursor.insertText("\ufffc", made)
