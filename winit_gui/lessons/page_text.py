"""Markdown with formulas for a printed page: everything is drawn as lines, nothing as dots."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
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
from winit_gui.lessons.formula_room import INK, ClosedDocument, FormulaRoom, mark, marked, scale_for

_FORMULA_OBJECT = QTextFormat.ObjectTypes.UserObject.value + 1
_LATEX = QTextFormat.Property.UserProperty.value + 1


class _Formulas(QPyTextObject):
    """Draws formulas with the text's baseline."""

    def __init__(self, parent: QObject, font: QFont, device: QPagedPaintDevice) -> None:
        super().__init__(parent)
        self._x_height = QFontMetricsF(font, device).xHeight()
        self._scale = scale_for(font.pointSizeF() * device.logicalDpiY() / 72)

    def intrinsicSize(self, document: QTextDocument, at: int, format: QTextFormat) -> QSizeF:
        """Return the room that a formula takes."""
        room = self._room(_renderer(str(format.property(_LATEX))))
        return QSizeF(room.width, room.height)

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
        room = self._room(renderer)
        renderer.render(painter, room.place(rect.left(), rect.top() + room.baseline))

    def _room(self, renderer: QSvgRenderer) -> FormulaRoom:
        return FormulaRoom(renderer.viewBoxF(), self._scale, self._x_height)


def _renderer(latex: str) -> QSvgRenderer:
    # Qt's PDF draws an outline where an SVG says none, unless it is an invisible one.
    svg = formula_svg(latex).replace(INK, "#000000")
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
        self._document = ClosedDocument()
        layout = self._document.documentLayout()
        layout.setPaintDevice(device)
        self._document.setDefaultFont(font)
        self._document.setDocumentMargin(0)
        self._formulas = _Formulas(self._document, font, device)
        layout.registerHandler(_FORMULA_OBJECT, self._formulas)
        text, formulas = marked(markdown)
        features = (
            QTextDocument.MarkdownFeature.MarkdownDialectCommonMark
            | QTextDocument.MarkdownFeature.MarkdownNoHTML
        )
        self._document.setMarkdown(text, features)
        for number, formula in enumerate(formulas):
            cursor = self._document.find(mark(number))
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


def _insert(cursor: QTextCursor, latex: str) -> None:
    made = QTextCharFormat()
    made.setObjectType(_FORMULA_OBJECT)
    made.setProperty(_LATEX, latex)
    made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
    cursor.insertText("\ufffc", made)
