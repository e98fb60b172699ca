"""A few sentences in Markdown with formulas, in any size, wrapped and never cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontMetrics,
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
from winit_gui.lessons.formula_room import (
    INK,
    ClosedDocument,
    FormulaRoom,
    mark,
    marked,
    scale_for,
)

_ADDRESS = "formula:"
_LITTLE = 0.25
"""Of the width: a last line that takes less looks lost."""


@dataclass(frozen=True)
class _Formula:
    """A formula in a text.

    Attributes
    ----------
    place
        Position in the document.
    svg
        What draws it.
    room
        What it takes, in logical pixels.
    """

    place: int
    svg: QSvgRenderer
    room: FormulaRoom


class RichText(QWidget):
    """Shows Markdown with ``$…$`` formulas, wrapped to its width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._markdown = ""
        self._pixels = 20.0
        self._bold = False
        self._colour = "#000000"
        self._formulas: list[_Formula] = []
        self._balanced: dict[int, float] = {}
        self._document = ClosedDocument(self)
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
        self._lay_out(width)
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
        self._lay_out(self.width())
        painter = QPainter(self)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, QColor(self._colour))
        self._document.documentLayout().draw(painter, context)
        for formula in self._formulas:
            self._draw(painter, formula)
        painter.end()

    def _lay_out(self, width: int) -> None:
        """Break the lines for a width, and so that no word is left alone on the last."""
        width = max(width, 1)
        if width not in self._balanced:
            self._document.setTextWidth(width)
            self._balanced[width] = self._narrowest(width) if self._leaves_little() else width
        self._document.setTextWidth(self._balanced[width])

    def _leaves_little(self) -> bool:
        """Tell whether the last of several lines is nearly empty."""
        layout = self._document.firstBlock().layout()
        lines = layout.lineCount()
        if self._document.blockCount() > 1 or lines < 2 or "\u2028" in self.plain:
            return False
        last = layout.lineAt(lines - 1)
        return last.naturalTextWidth() < _LITTLE * self._document.textWidth()

    def _narrowest(self, width: float) -> float:
        """Return the least width at which the text takes no more lines than at this one."""
        layout = self._document.firstBlock().layout()
        lines = layout.lineCount()
        low, high = 0.5 * width, width
        while high - low > 0.5 * self._pixels:
            middle = (low + high) / 2
            self._document.setTextWidth(middle)
            low, high = (low, middle) if layout.lineCount() <= lines else (middle, high)
        return high

    def _draw(self, painter: QPainter, formula: _Formula) -> None:
        """Draw a formula on the line of its text: Qt itself would only centre it there."""
        block = self._document.findBlock(formula.place)
        within = formula.place - block.position()
        line = block.layout().lineForTextPosition(within)
        corner = self._document.documentLayout().blockBoundingRect(block).topLeft()
        x: Any = line.cursorToX(within)  # a number, or a pair: versions differ
        left = float(x[0] if isinstance(x, tuple) else x)
        baseline = corner.y() + line.y() + line.ascent()
        formula.svg.render(painter, formula.room.place(corner.x() + left, baseline))

    def _build(self) -> None:
        font = QFont(self.font())
        font.setPixelSize(round(self._pixels))
        font.setBold(self._bold)
        self._document.clear()
        self._balanced = {}
        self._document.setDefaultFont(font)
        self._document.setDefaultStyleSheet("")
        text, formulas = marked(self._markdown)
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
        cursor = self._document.find(mark(number))
        if cursor.isNull():
            return
        svg = QSvgRenderer(formula_svg(latex).replace(INK, self._colour).encode())
        x_height = QFontMetrics(font).xHeight()
        room = FormulaRoom(svg.viewBoxF(), scale_for(self._pixels), x_height)
        self._formulas.append(_Formula(cursor.selectionStart(), svg, room))
        image = QTextImageFormat()
        image.setName(f"{_ADDRESS}{number}")
        image.setWidth(room.width)
        image.setHeight(room.height)
        image.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        image.setFont(font)
        cursor.insertImage(image)
