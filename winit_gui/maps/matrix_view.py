"""Schemes x activations as a table of verdicts: colour, sign and number in every cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from winit_core.diagnosis import Kind
from winit_core.maps.verdict_matrix import Cell, VerdictMatrix
from winit_gui import wording
from winit_gui.maps import colours, glyphs
from winit_gui.maps.scale_bar import ScaleBar
from winit_gui.style import LIGHT, SENTENCE_POINTS, SPACE, Theme, font

_CELL_POINTS = 8.5
_PALE = 0.5  # how far a first guess fades into the ground
_LINE_OPACITY = 0.6
_WORDS = {
    Kind.NOT_FINITE: "inf",
    Kind.SYMMETRIC: "–",
    Kind.NO_GRADIENT: "0",
}
_WITHOUT_COLOUR = frozenset({Kind.NOT_FINITE, Kind.SYMMETRIC, Kind.NO_GRADIENT})


@dataclass(frozen=True)
class CellLook:
    """What is drawn of a cell.

    Attributes
    ----------
    ground, ink
        Its colour and that of what stands on it.
    kind
        Whose sign.
    text
        The number, or a word where there is none.
    healthy
        Share of healthy nets.
    coarse
        Whether it is a first guess.
    """

    ground: str
    ink: str
    kind: Kind
    text: str
    healthy: float
    coarse: bool


def cell_look(cell: Cell, theme: Theme) -> CellLook:
    """Return what is drawn of a cell in a theme."""
    kind, decades = cell.verdict, cell.decades
    without = kind in _WITHOUT_COLOUR or not math.isfinite(decades)
    ground = theme.grid if without else colours.colour(theme, decades)
    if cell.coarse:
        ground = colours.mixed(ground, theme.ground, _PALE)
    text = _WORDS.get(kind) or decades_text(decades)
    healthy = cell.healthy / len(cell.outcomes)
    return CellLook(ground, colours.ink(ground), kind, text, healthy, cell.coarse)


def decades_text(decades: float) -> str:
    """Return a number of decades as it stands in a cell."""
    if math.isnan(decades):
        return "–"
    if math.isinf(decades):
        return "0" if decades < 0 else "inf"
    digits = 1 if abs(decades) < 9.95 else 0
    shown = f"{decades:.{digits}f}"
    return "0.0" if float(shown) == 0 and digits else shown.replace("-", "−")


def cell_sentence(matrix: VerdictMatrix, row: int, column: int) -> str:
    """Return what a cell says, in words."""
    case, cell = matrix.case(row, column), matrix.cells[row][column]
    title = f"{wording.scheme_name(case.choice)} with {case.activation.label}"
    if cell is None:
        return f"{title}: not computed yet"
    parts = [
        f"{wording.VERDICTS[kind].lower()} {count}" for kind, count in cell.counts.items() if count
    ]
    if cell.coarse:
        said = f"{wording.VERDICTS[cell.verdict]} at first sight (one net, few inputs)"
    elif len(cell.counts) == 1:
        nets = len(cell.outcomes)
        said = f"{wording.VERDICTS[cell.verdict]} in all {nets} nets" if nets > 1 else parts[0]
    else:
        said = ", ".join(parts)
    return f"{title}: {said}. {arrives_sentence(cell.decades)}"


def arrives_sentence(decades: float) -> str:
    """Return how much of the error reaches layer 1, in words."""
    if math.isnan(decades):
        return "There is no error to follow."
    if math.isinf(decades):
        return "Nothing of the error reaches layer 1."
    times = 10**decades if abs(decades) < 300 else math.nan
    amount = f"{wording.number(times)} ×" if times == times else f"10^{decades:.0f} ×"
    return f"Layer 1 receives {amount} the output layer's error (median)."


class MatrixGrid(QAbstractScrollArea):
    """The table itself; its heads stay where they are while it is scrolled.

    Cells are drawn once, into a picture that the window is painted from: while a thread computes,
    every single call into Qt may have to wait for it, and a table has thousands.

    Signals
    -------
    moved(int, int)
        The cursor is on another cell: row and column.
    chosen(int, int)
        A cell was clicked, or Enter pressed on it.
    """

    moved = Signal(int, int)
    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._matrix: VerdictMatrix | None = None
        self._theme = LIGHT
        self._looks: list[list[CellLook | None]] = []
        self._board = QPixmap()
        self._heads_size = (0.0, 0.0)
        self._size = (1.0, 1.0)
        self._row_heads, self._column_heads = QPixmap(), QPixmap()
        self._row, self._column = 0, 0
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Matrix of schemes and activations")

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        self._draw_all()

    def show_matrix(self, matrix: VerdictMatrix) -> None:
        """Draw a matrix, complete or not; of one with the same heads only what is new."""
        before, self._matrix = self._matrix, matrix
        request = matrix.request
        same = before is not None and (before.request.schemes, before.request.activations) == (
            request.schemes,
            request.activations,
        )
        if before is None or not same:
            self._row = min(self._row, len(request.schemes) - 1)
            self._column = min(self._column, len(request.activations) - 1)
            self._draw_all()
            return
        painter = QPainter(self._board)
        for row, (old, new) in enumerate(zip(before.cells, matrix.cells, strict=True)):
            for column, (was, cell) in enumerate(zip(old, new, strict=True)):
                if was is not cell:
                    self._looks[row][column] = self._look_of(cell)
                    self._draw_cell(painter, row, column)
        painter.end()
        self.viewport().update()

    @property
    def cursor_cell(self) -> tuple[int, int]:
        """Row and column of the cursor."""
        return self._row, self._column

    def look(self, row: int, column: int) -> CellLook | None:
        """Return what is drawn in a cell; None where nothing is known."""
        return self._looks[row][column]

    def cell_rect(self, row: int, column: int) -> QRect:
        """Return where a cell is, in the coordinates of the viewport."""
        return self._rect(row, column).toAlignedRect()

    def _look_of(self, cell: Cell | None) -> CellLook | None:
        return None if cell is None else cell_look(cell, self._theme)

    def _draw_all(self) -> None:
        """Draw heads and cells anew, for another matrix, theme or size."""
        if self._matrix is None:
            return
        self._looks = [[self._look_of(cell) for cell in row] for row in self._matrix.cells]
        self._measure_heads()
        self._size = self._measure_cells()
        self._set_ranges()
        self._draw_heads()
        request = self._matrix.request
        width, height = self._cell_size()
        size = QSizeF(width * len(request.activations), height * len(request.schemes))
        self._board = self._picture(size)
        painter = QPainter(self._board)
        for row in range(len(request.schemes)):
            for column in range(len(request.activations)):
                self._draw_cell(painter, row, column)
        painter.end()
        self.viewport().update()

    def _picture(self, size: QSizeF) -> QPixmap:
        """Return an empty picture in the pixels of the screen."""
        ratio = self.devicePixelRatioF()
        made = QPixmap(math.ceil(size.width() * ratio), math.ceil(size.height() * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(QColor(self._theme.ground))
        return made

    # Geometry

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(font(self._theme, _CELL_POINTS))

    def _heads(self) -> tuple[float, float]:
        """Return the width of the row heads and the height of the column heads."""
        return self._heads_size

    def _measure_heads(self) -> None:
        if self._matrix is None:
            return
        metrics, request = self._metrics(), self._matrix.request
        row_names = [wording.scheme_name(choice) for choice in request.schemes]
        column_names = [activation.label for activation in request.activations]
        widest = max(map(metrics.horizontalAdvance, row_names), default=0.0)
        tallest = max(map(metrics.horizontalAdvance, column_names), default=0.0)
        limit = 15 * metrics.height()
        self._heads_size = min(widest, limit) + 3 * SPACE, tallest + 3 * SPACE

    def _least(self) -> tuple[float, float]:
        metrics = self._metrics()
        sign = 0.62 * metrics.height()
        return metrics.horizontalAdvance("−0.0") + sign + 2.75 * SPACE, 1.35 * metrics.height()

    def _cell_size(self) -> tuple[float, float]:
        return self._size

    def _measure_cells(self) -> tuple[float, float]:
        if self._matrix is None:
            return 1.0, 1.0
        left, top = self._heads()
        request, size = self._matrix.request, self.viewport().size()
        width, height = self._least()
        wide = (size.width() - left) / max(len(request.activations), 1)
        high = (size.height() - top) / max(len(request.schemes), 1)
        return max(width, min(wide, 2.4 * width)), max(height, min(high, 1.9 * height))

    def _rect(self, row: int, column: int) -> QRectF:
        left, top = self._heads()
        width, height = self._cell_size()
        x = left + column * width - self.horizontalScrollBar().value()
        y = top + row * height - self.verticalScrollBar().value()
        return QRectF(x, y, width, height)

    def _at(self, position: QPointF) -> tuple[int, int] | None:
        if self._matrix is None:
            return None
        left, top = self._heads()
        width, height = self._cell_size()
        if position.x() < left or position.y() < top:
            return None
        column = int((position.x() - left + self.horizontalScrollBar().value()) / width)
        row = int((position.y() - top + self.verticalScrollBar().value()) / height)
        request = self._matrix.request
        inside = row < len(request.schemes) and column < len(request.activations)
        return (row, column) if inside else None

    def _set_ranges(self) -> None:
        if self._matrix is None:
            return
        left, top = self._heads()
        width, height = self._cell_size()
        request, size = self._matrix.request, self.viewport().size()
        for bar, whole, seen in (
            (
                self.horizontalScrollBar(),
                left + len(request.activations) * width,
                size.width(),
            ),
            (self.verticalScrollBar(), top + len(request.schemes) * height, size.height()),
        ):
            bar.setRange(0, max(0, math.ceil(whole - seen - 0.5)))
            bar.setPageStep(seen)
            bar.setSingleStep(round(height))

    def sizeHint(self) -> QSize:
        """Return the size at which nothing has to be scrolled."""
        if self._matrix is None:
            return QSize(600, 400)
        left, top = self._heads()
        width, height = self._least()
        request = self._matrix.request
        return QSize(
            math.ceil(left + width * len(request.activations)),
            math.ceil(top + height * len(request.schemes)),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the cells."""
        super().resizeEvent(event)
        self._draw_all()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Draw anew: the heads do not move with the cells."""
        self.viewport().update()

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Put the pictures together; draw what depends on the cursor."""
        painter = QPainter(self.viewport())
        theme = self._theme
        painter.fillRect(self.viewport().rect(), QColor(theme.ground))
        if self._matrix is None:
            return
        left, top = self._heads()
        dx, dy = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        painter.setClipRect(QRectF(left, top, self.width(), self.height()))
        painter.drawPixmap(QPointF(left - dx, top - dy), self._board)
        self._draw_cursor(painter)
        painter.setClipRect(QRectF(0, top, left, self.height()))
        painter.drawPixmap(QPointF(0, top - dy), self._row_heads)
        place = self._rect(self._row, 0)
        painter.fillRect(QRectF(0, place.y(), left, place.height()), QColor(theme.ground))
        self._draw_row_head(painter, self._row, place.y(), here=True)
        painter.setClipRect(QRectF(left, 0, self.width(), top))
        painter.drawPixmap(QPointF(left - dx, 0), self._column_heads)
        place = self._rect(0, self._column)
        painter.fillRect(QRectF(place.x(), 0, place.width(), top), QColor(theme.ground))
        self._draw_column_head(painter, self._column, place.x(), here=True)
        painter.end()

    def _draw_cell(self, painter: QPainter, row: int, column: int) -> None:
        """Draw a cell into the picture of all."""
        theme, look = self._theme, self._looks[row][column]
        width, height = self._cell_size()
        rect = QRectF(column * width, row * height, width, height)
        inner = rect.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(rect, QColor(theme.ground))
        if look is None:
            painter.fillRect(inner, QColor(theme.card))
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(inner, QColor(look.ground))
        sign = 0.56 * self._metrics().height()
        middle = rect.center().y()
        box = QRectF(rect.x() + SPACE * 0.9, middle - sign / 2, sign, sign)
        glyphs.draw(painter, look.kind, box, look.ink)
        painter.setPen(QColor(look.ink))
        letters = font(theme, _CELL_POINTS)
        letters.setItalic(look.coarse)
        painter.setFont(letters)
        place = QRectF(
            box.right(), rect.y(), rect.right() - box.right() - SPACE * 0.9, rect.height()
        )
        painter.drawText(
            place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), look.text
        )
        if look.healthy and not look.coarse:
            thick = 1.5 * theme.type_scale
            bar = QRectF(inner.x(), inner.bottom() - thick, inner.width() * look.healthy, thick)
            painter.setOpacity(_LINE_OPACITY)
            painter.fillRect(bar, QColor(look.ink))
            painter.setOpacity(1.0)

    def _draw_cursor(self, painter: QPainter) -> None:
        rect = self._rect(self._row, self._column).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        strong = self.hasFocus()
        width = (3.0 if strong else 2.0) * self._theme.hairline
        pen = QPen(QColor(self._theme.accent if strong else self._theme.text), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(rect)

    def _draw_heads(self) -> None:
        """Draw the names into pictures of their own."""
        assert self._matrix is not None
        request = self._matrix.request
        left, top = self._heads()
        width, height = self._cell_size()
        self._row_heads = self._picture(QSizeF(left, height * len(request.schemes)))
        painter = QPainter(self._row_heads)
        for row in range(len(request.schemes)):
            self._draw_row_head(painter, row, row * height)
        painter.end()
        self._column_heads = self._picture(QSizeF(width * len(request.activations), top))
        painter = QPainter(self._column_heads)
        for column in range(len(request.activations)):
            self._draw_column_head(painter, column, column * width)
        painter.end()

    def _draw_row_head(self, painter: QPainter, row: int, y: float, here: bool = False) -> None:
        assert self._matrix is not None
        left, _ = self._heads()
        painter.setPen(QColor(self._theme.text if here else self._theme.muted))
        painter.setFont(font(self._theme, _CELL_POINTS, bold=here))
        name = QFontMetricsF(painter.font()).elidedText(
            wording.scheme_name(self._matrix.request.schemes[row]),
            Qt.TextElideMode.ElideRight,
            left - 2 * SPACE,
        )
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(QRectF(0, y, left - 1.5 * SPACE, self._cell_size()[1]), flags, name)

    def _draw_column_head(
        self, painter: QPainter, column: int, x: float, here: bool = False
    ) -> None:
        assert self._matrix is not None
        _, top = self._heads()
        half = self._metrics().height() / 2
        painter.setPen(QColor(self._theme.text if here else self._theme.muted))
        painter.setFont(font(self._theme, _CELL_POINTS, bold=here))
        painter.save()
        painter.translate(x + self._cell_size()[0] / 2, top - 1.5 * SPACE)
        painter.rotate(-90)
        painter.drawText(
            QRectF(0, -half, top, 2 * half),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            self._matrix.request.activations[column].label,
        )
        painter.restore()

    # Acting

    def move_to(self, row: int, column: int) -> None:
        """Put the cursor on a cell and bring it into view."""
        if self._matrix is None:
            return
        request = self._matrix.request
        row = max(0, min(row, len(request.schemes) - 1))
        column = max(0, min(column, len(request.activations) - 1))
        if (row, column) == (self._row, self._column):
            return
        self._row, self._column = row, column
        self._bring_into_view()
        self.viewport().update()
        self.moved.emit(row, column)

    def _bring_into_view(self) -> None:
        left, top = self._heads()
        rect, size = self._rect(self._row, self._column), self.viewport().size()
        for bar, low, high, start, end in (
            (self.horizontalScrollBar(), rect.left(), rect.right(), left, size.width()),
            (self.verticalScrollBar(), rect.top(), rect.bottom(), top, size.height()),
        ):
            if low < start:
                bar.setValue(bar.value() - math.ceil(start - low))
            elif high > end:
                bar.setValue(bar.value() + math.ceil(high - end))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor; Enter and space choose."""
        row, column = self._row, self._column
        far = 10**6
        steps = {
            Qt.Key.Key_Left: (row, column - 1),
            Qt.Key.Key_Right: (row, column + 1),
            Qt.Key.Key_Up: (row - 1, column),
            Qt.Key.Key_Down: (row + 1, column),
            Qt.Key.Key_Home: (row, 0),
            Qt.Key.Key_End: (row, far),
            Qt.Key.Key_PageUp: (0, column),
            Qt.Key.Key_PageDown: (far, column),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.move_to(*steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self._matrix is not None:
                self.chosen.emit(row, column)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the cursor follow the pointer."""
        place = self._at(event.position())
        if place is not None:
            self.move_to(*place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the pointer."""
        place = self._at(event.position())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.move_to(*place)
            self.chosen.emit(*place)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what the cell under the pointer says."""
        if event.type() == QEvent.Type.ToolTip:
            assert isinstance(event, QHelpEvent)
            place = self._at(QPointF(event.pos()))
            if place is not None and self._matrix is not None:
                text = cell_sentence(self._matrix, *place)
                QToolTip.showText(event.globalPos(), text, self, self.cell_rect(*place))
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)


class _Legend(QWidget):
    """The signs with their names."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self.setAccessibleName("Signs of the verdicts")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.updateGeometry()
        self.update()

    def _places(self) -> tuple[list[tuple[Kind, QPointF]], float]:
        """Return where each sign begins, in as many lines as it takes, and the height."""
        metrics = QFontMetricsF(font(self._theme, _CELL_POINTS))
        sign, line = 0.62 * metrics.height(), 1.3 * metrics.height()
        x, y, places = 0.0, 0.0, []
        for kind in reversed(Kind):
            width = sign + metrics.horizontalAdvance(wording.VERDICTS[kind]) + 5 * SPACE
            if x and x + width > self.width():
                x, y = 0.0, y + line
            places.append((kind, QPointF(x, y)))
            x += width
        return places, y + line

    def minimumSizeHint(self) -> QSize:
        """Return what the lines need."""
        return QSize(100, math.ceil(self._places()[1]))

    sizeHint = minimumSizeHint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        self.setFixedHeight(math.ceil(self._places()[1]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw every sign with its name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(self._theme, _CELL_POINTS))
        metrics = QFontMetricsF(painter.font())
        sign = 0.62 * metrics.height()
        for kind, at in self._places()[0]:
            middle = at.y() + 0.65 * metrics.height()
            box = QRectF(at.x() + 1, middle - sign / 2, sign, sign)
            glyphs.draw(painter, kind, box, self._theme.text)
            painter.setPen(QColor(self._theme.muted))
            place = QRectF(box.right() + 1.5 * SPACE, at.y(), self.width(), 1.3 * metrics.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), wording.VERDICTS[kind])
        painter.end()


class MatrixView(QWidget):
    """The table with what its cell under the cursor says, its signs and its colours.

    Signals
    -------
    case_chosen(object)
        A `winit_core.maps.verdict_matrix.Case`: this scheme with this activation was asked for.
    """

    case_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._matrix: VerdictMatrix | None = None
        self.grid = MatrixGrid()
        self.readout = QLabel("Nothing is computed yet")
        self.readout.setWordWrap(True)
        self.readout.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QLabel()
        self.progress.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.legend = _Legend()
        self.scale = ScaleBar()
        self.grid.moved.connect(self._on_moved)
        self.grid.chosen.connect(self._on_chosen)
        first = QHBoxLayout()
        first.addWidget(self.readout, 1)
        first.addWidget(self.progress)
        second = QHBoxLayout()
        second.setSpacing(4 * SPACE)
        second.addWidget(self.legend, 1)
        second.addWidget(self.scale)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.grid, 1)
        layout.addLayout(first)
        layout.addLayout(second)
        self.setFocusProxy(self.grid)

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        for part in (self.grid, self.legend, self.scale):
            part.set_theme(theme)
        self.readout.setFont(font(theme, SENTENCE_POINTS))
        self.progress.setFont(font(theme, SENTENCE_POINTS))
        self.readout.setStyleSheet(f"color: {theme.text}")
        self.progress.setStyleSheet(f"color: {theme.muted}")
        # Two lines, so that the table does not jump when one is enough.
        self.readout.setMinimumHeight(round(2 * QFontMetricsF(self.readout.font()).height()))

    def show_matrix(self, matrix: VerdictMatrix) -> None:
        """Draw a matrix, complete or not."""
        self._matrix = matrix
        self.grid.show_matrix(matrix)
        self.progress.setText(progress_sentence(matrix))
        self._on_moved(*self.grid.cursor_cell)

    @Slot(int, int)
    def _on_moved(self, row: int, column: int) -> None:
        if self._matrix is not None:
            text = cell_sentence(self._matrix, row, column)
            self.readout.setText(text)
            self.grid.setAccessibleDescription(text)

    @Slot(int, int)
    def _on_chosen(self, row: int, column: int) -> None:
        if self._matrix is not None:
            self.case_chosen.emit(self._matrix.case(row, column))


def progress_sentence(matrix: VerdictMatrix) -> str:
    """Return how far a matrix is."""
    if matrix.is_complete:
        return f"{matrix.total:,} nets"
    coarse = sum(cell is not None and cell.coarse for row in matrix.cells for cell in row)
    text = f"{matrix.known:,} of {matrix.total:,} nets"
    return f"{text}; {coarse} cells are a first sight" if coarse else text
