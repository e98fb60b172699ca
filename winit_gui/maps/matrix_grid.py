"""Schemes x activations as a table: colour, sign and number in every cell, heads beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
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
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip

from winit_core.maps.short_training import Trained
from winit_core.maps.training_matrix import TrainingMatrix
from winit_core.maps.verdict_matrix import Cell, VerdictMatrix
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.maps import glyphs
from winit_gui.maps.cell_looks import CellLook, Shown, cell_sentence, look_of, trained_sentence
from winit_gui.maps.typography import rich
from winit_gui.style import LIGHT, SPACE, Theme, font

_LOOKS = ((8.5, True), (8.0, True), (8.0, False), (7.5, False), (7.25, False))
"""Type sizes of the table and whether rows have their parameters in their names, from the usual
look to the one for small windows."""
_SIGN = 0.54  # size of a sign, in lines of the type
_LEAST_LINE, _USUAL_LINE = 1.2, 1.35  # height of a row, likewise
_LINE_OPACITY = 0.6
_ROUNDING = 0.01  # pixels


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
        self._trained: TrainingMatrix | None = None
        self._shown = Shown.ERROR
        self._theme = LIGHT
        self._points, self._in_full = _LOOKS[0]
        self._looks: list[list[CellLook | None]] = []
        self._board = QPixmap()
        self._heads_size = (0.0, 0.0)
        self._size = (1.0, 1.0)
        self._row_heads, self._column_heads = QPixmap(), QPixmap()
        self._row, self._column = 0, 0
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(tr("Matrix of schemes and activations"))

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        self._draw_all()

    def show_matrix(
        self,
        matrix: VerdictMatrix,
        trained: TrainingMatrix | None = None,
        shown: Shown = Shown.ERROR,
    ) -> None:
        """Draw a matrix, complete or not; of one with the same heads only what is new."""
        before, self._matrix = self._matrix, matrix
        trained_before, self._trained = self._trained, trained
        request = matrix.request
        same = before is not None and (before.request.schemes, before.request.activations) == (
            request.schemes,
            request.activations,
        )
        other_look, self._shown = shown is not self._shown, shown
        if before is None or not same:
            self._row = min(self._row, len(request.schemes) - 1)
            self._column = min(self._column, len(request.activations) - 1)
            self._draw_all()
            return
        nets, nets_before = _nets(trained, matrix), _nets(trained_before, before)
        painter = QPainter(self._board)
        for row, cells in enumerate(matrix.cells):
            for column, cell in enumerate(cells):
                if (
                    other_look
                    or cell is not before.cells[row][column]
                    or nets[row][column] is not nets_before[row][column]
                ):
                    self._looks[row][column] = self._look_of(cell, nets[row][column])
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

    def sentence(self, row: int, column: int) -> str:
        """Return what a cell says, in words."""
        assert self._matrix is not None
        said = cell_sentence(self._matrix, row, column)
        if self._trained is None:
            return said
        return f"{said.rstrip('.')}. {trained_sentence(self._trained, row, column)}"

    def cell_rect(self, row: int, column: int) -> QRect:
        """Return where a cell is, in the coordinates of the viewport."""
        return self._rect(row, column).toAlignedRect()

    def _look_of(self, cell: Cell | None, net: Trained | None) -> CellLook | None:
        return look_of(cell, net, self._theme, self._shown)

    def _draw_all(self) -> None:
        """Draw heads and cells anew, for another matrix, theme or size."""
        if self._matrix is None:
            return
        nets = _nets(self._trained, self._matrix)
        self._looks = [
            [self._look_of(cell, net) for cell, net in zip(cells, of_row, strict=True)]
            for cells, of_row in zip(self._matrix.cells, nets, strict=True)
        ]
        for self._points, self._in_full in _LOOKS:
            self._heads_size = self._measured_heads()
            self._size = self._measure_cells()
            if self._fits():
                break
        self._set_ranges()
        self.updateGeometry()
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
        return QFontMetricsF(font(self._theme, self._points))

    def _heads(self) -> tuple[float, float]:
        """Return the width of the row heads and the height of the column heads."""
        return self._heads_size

    def _measured_heads(self) -> tuple[float, float]:
        assert self._matrix is not None
        metrics, request = self._metrics(), self._matrix.request
        column_names = [activation.label for activation in request.activations]
        widest = max(map(metrics.horizontalAdvance, self._row_names()), default=0.0)
        tallest = max(map(metrics.horizontalAdvance, column_names), default=0.0)
        limit = 15 * metrics.height()
        return min(widest, limit) + 2 * SPACE, tallest + 3 * SPACE

    def _row_names(self) -> list[str]:
        """Return the names of the rows, with parameters or, if they differ still, without."""
        assert self._matrix is not None
        schemes = self._matrix.request.schemes
        labels = [choice.label for choice in schemes]
        if self._in_full or len(set(labels)) < len(labels):
            return list(map(wording.scheme_name, schemes))
        return labels

    def _least(self) -> tuple[float, float]:
        """Return the least size of a cell in the present type."""
        metrics = self._metrics()
        width = metrics.horizontalAdvance("−0.0") + _SIGN * metrics.height() + 2 * SPACE
        return width, _LEAST_LINE * metrics.height()

    def _fits(self) -> bool:
        """Tell whether every column is in view."""
        assert self._matrix is not None
        columns = len(self._matrix.request.activations)
        return self._heads()[0] + columns * self._size[0] <= self.viewport().width() + _ROUNDING

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
        return max(width, min(wide, 2.4 * width)), max(height, min(high, 2.6 * height))

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
            bar.setRange(0, max(0, math.ceil(whole - seen - _ROUNDING)))
            bar.setPageStep(seen)
            bar.setSingleStep(round(height))

    def sizeHint(self) -> QSize:
        """Return the size at which nothing has to be scrolled, in the usual look."""
        if self._matrix is None:
            return QSize(600, 400)
        present = self._points, self._in_full
        self._points, self._in_full = _LOOKS[0]
        left, top = self._measured_heads()
        width, height = self._least()
        self._points, self._in_full = present
        height *= _USUAL_LINE / _LEAST_LINE
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
        sign = _SIGN * self._metrics().height()
        middle = rect.center().y()
        box = QRectF(rect.x() + SPACE * 0.9, middle - sign / 2, sign, sign)
        if look.kind is not None:
            glyphs.draw(painter, look.kind, box, look.ink)
        painter.setPen(QColor(look.ink))
        letters = font(theme, self._points)
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
        painter.setFont(font(self._theme, self._points, bold=here))
        name = QFontMetricsF(painter.font()).elidedText(
            self._row_names()[row],
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
        painter.setFont(font(self._theme, self._points, bold=here))
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
                text = f"<p>{rich(self.sentence(*place))}</p>"  # marked up, it is broken into lines
                QToolTip.showText(event.globalPos(), text, self, self.cell_rect(*place))
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)


def _nets(
    trained: TrainingMatrix | None, matrix: VerdictMatrix
) -> Sequence[Sequence[Trained | None]]:
    """Return the trained net of every cell."""
    if trained is not None:
        return trained.cells
    return [[None] * len(matrix.request.activations)] * len(matrix.request.schemes)
