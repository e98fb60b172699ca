"""One pyqtgraph plot with axes that are set, never guessed, and the program's own look."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget

from winit_gui.style import AXIS_POINTS, LIGHT, Theme, font

_READABLE_LINES = 5
"""A plot of so many lines of its type has room for ticks and curves."""

_LONG_NAME = 9
"""Lines of type that a plot grows by, at most, so that its vertical axis has room for its name."""

_STRIDES = (1, 2, 3, 5, 10, 20, 50)


class PlotArea(QWidget):
    """Holds a plot; gives positions of the pointer in the plot's own coordinates.

    Signals
    -------
    pointed(float, float)
        The pointer moved over the plot.
    left()
        The pointer left it.
    clicked(float, float)
        The left button was released where it was pressed.
    double_clicked()
        The plot was double-clicked; its first click was `clicked` before.
    pressed(float, float)
        The left button went down over the plot.
    dragged(float, float)
        The pointer moved far enough with the button down; also beyond the edges.
    dropped()
        The button was released after that.
    rescaled()
        Other places in the plot belong to the same numbers now.
    """

    pointed = Signal(float, float)
    left = Signal()
    clicked = Signal(float, float)
    double_clicked = Signal()
    pressed = Signal(float, float)
    dragged = Signal(float, float)
    dropped = Signal()
    rescaled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: Any = pg.PlotWidget()
        self.view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a click ends typing in a field
        self.view.setMinimumHeight(60)
        # A curve forgets where it was before it says that it changed: its traces would stay.
        self.view.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.item: Any = self.view.getPlotItem()
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        self.item.setMouseEnabled(x=False, y=False)
        self.item.getViewBox().setDefaultPadding(0)
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=-4)
        self.view.setParent(self)
        self._held = False
        self.view.setMouseTracking(True)
        self.view.viewport().setMouseTracking(True)
        self.view.viewport().installEventFilter(self)
        self._faded = LIGHT.faded
        self._labels = self._brief_labels = ("", "")
        self._x: tuple[float, float, list[tuple[float, str]] | None] | None = None
        self._y_range: tuple[float, float] | None = None
        self._y_ticks: list[tuple[float, str]] | None = None
        self._label_height = self._line_height = 0.0
        self._metrics = QFontMetricsF(font(LIGHT, AXIS_POINTS))
        self._low = False
        self._small = False
        self._press: QPointF | None = None
        self._drags = False
        self._shown_names: dict[str, str] = {}
        self.item.getViewBox().sigResized.connect(self._on_resized)

    @property
    def faded(self) -> float:
        """Opacity of the schemes that are not brought forward."""
        return self._faded

    def sizeHint(self) -> QSize:
        """Return what the plot wants."""
        wanted: QSize = self.view.sizeHint()
        return wanted

    def minimumSizeHint(self) -> QSize:
        """Return what the plot needs."""
        needed: QSize = self.view.minimumSizeHint().expandedTo(self.view.minimumSize())
        return needed

    @property
    def readable_height(self) -> int:
        """Height that a plot in a column of several needs for its ticks and its vertical name."""
        name = self._length(self._labels[1]) - 0.8 * self._line_height  # it may stand out
        inside = max(_READABLE_LINES * self._line_height, min(name, _LONG_NAME * self._line_height))
        axis = float(self.item.getAxis("bottom").height()) + 0.6 * self._line_height
        return round(inside + axis)

    @property
    def is_held(self) -> bool:
        """Whether the plot keeps its size, whatever room there is."""
        return self._held

    def hold(self) -> None:
        """Keep the plot's size until `release`: each size takes as long as drawing a curve."""
        self._held = True

    def release(self) -> None:
        """Give the plot the size there is."""
        self._held = False
        self.view.setGeometry(self.rect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the plot the same size."""
        super().resizeEvent(event)
        if not self._held:
            self.release()

    def be_small(self) -> None:
        """Leave out the numbers of the vertical axis and the names of both, for good."""
        self._small = self._low = True
        self.item.getAxis("left").setStyle(showValues=False)

    def set_theme(self, theme: Theme) -> None:
        """Take colours, fonts and widths of a theme."""
        self._faded = theme.faded
        self.view.setBackground(QColor(theme.ground))
        ticks = font(theme, AXIS_POINTS)
        self._metrics = metrics = QFontMetricsF(ticks)
        self._label_height = 0.8 * metrics.height()
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.setPen(pg.mkPen(theme.line, width=theme.hairline))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setTickFont(ticks)
            axis.setStyle(tickTextOffset=round(4 * theme.type_scale))
            axis.label.setFont(font(theme, AXIS_POINTS))
        left = self.item.getAxis("left")
        wide = metrics.horizontalAdvance("10⁻¹⁰⁰") + 2.1 * metrics.height()
        left.setWidth(round(0.6 * metrics.height() if self._small else wide))
        self._line_height = metrics.height()
        self.item.layout.setContentsMargins(1, round(0.6 * metrics.height()), 1, 1)  # for a label
        self._shown_names = {}  # in another font
        self._name_axes()
        self._fit_ticks()
        self._fit_x_ticks()

    def set_labels(self, x: str, y: str, brief_x: str = "", brief_y: str = "") -> None:
        """Name the axes; in full where that fits along them, else in brief or not at all."""
        if (x, y) == self._labels:
            return
        self._labels, self._brief_labels = (x, y), (brief_x, brief_y)
        self._name_axes()

    def _name_axes(self) -> None:
        """Write the names that fit: one that is cut says less than none."""
        box = self.item.getViewBox()
        spare = self._line_height  # the margins beside an axis
        self._name_axis("left", self._labels[1], self._brief_labels[1], box.height() + spare)
        shown = ("", "") if self._low else (self._labels[0], self._brief_labels[0])
        self._name_axis("bottom", *shown, box.width() + spare)
        lines = 1.5 if self._low else 2.7
        self.item.getAxis("bottom").setHeight(round(lines * self._line_height))

    def _name_axis(self, side: str, name: str, brief: str, room: float) -> None:
        axis = self.item.getAxis(side)
        fitting = (text for text in (name, brief) if self._length(text) <= room)
        chosen = next(fitting, "")
        if self._shown_names.get(side) != chosen:  # else it would be drawn anew
            self._shown_names[side] = chosen
            axis.setLabel(chosen)
            axis.showLabel(bool(chosen))
        axis.resizeEvent()  # centres the label, which neither a text nor a font does

    def _length(self, name: str) -> float:
        """Return how long the name of an axis is; it may be HTML."""
        return self._metrics.horizontalAdvance(html.unescape(re.sub("<[^>]*>", "", name)))

    def set_low(self, low: bool) -> None:
        """Leave out the name of the horizontal axis where there is little height."""
        if low != self._low:
            self._low = low
            self._name_axes()

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the axes: horizontal, vertical."""
        return self._labels

    def set_x(self, low: float, high: float, ticks: list[tuple[float, str]] | None = None) -> None:
        """Fix the horizontal range; ticks of None are round numbers."""
        if (low, high, ticks) == self._x:
            return  # an axis that is told the same again is drawn anew, which is slow
        self._x = (low, high, ticks)
        self.item.setXRange(low, high, padding=0)
        self._fit_x_ticks()
        self.rescaled.emit()

    def set_y(self, low: float, high: float, ticks: list[tuple[float, str]] | None = None) -> None:
        """Fix the vertical range; ticks of None are round numbers."""
        if ((low, high), ticks) == (self._y_range, self._y_ticks):
            return
        self.item.setYRange(low, high, padding=0)
        self._y_range, self._y_ticks = (low, high), ticks
        self._fit_ticks()
        self.rescaled.emit()

    def _on_resized(self, *_: object) -> None:
        self._fit_ticks()
        self._fit_x_ticks()
        self._name_axes()
        self.rescaled.emit()

    def _fit_x_ticks(self) -> None:
        """Leave out labels that would touch others: every second one, or more."""
        axis = self.item.getAxis("bottom")
        low, high, ticks = self._x or (0.0, 1.0, None)
        if ticks is None:
            axis.setTicks(None)
            return
        per_number = self.item.getViewBox().width() / (high - low)
        gap = 0.4 * self._line_height
        for stride in _STRIDES:
            kept = ticks[::stride]
            widths = [self._metrics.horizontalAdvance(text) for _, text in kept]
            near = (
                (second[0] - first[0]) * per_number < (left + right) / 2 + gap
                for (first, left), (second, right) in pairwise(zip(kept, widths, strict=True))
            )
            if not any(near):
                break
        axis.setTicks([kept])

    def _fit_ticks(self) -> None:
        """Leave out labels that would touch others; later ticks go before earlier ones."""
        axis = self.item.getAxis("left")
        if self._y_ticks is None:
            axis.setTicks(None)
            return
        if self._y_range is None:
            return
        low, high = self._y_range
        apart = self._label_height * (high - low) / max(self.item.getViewBox().height(), 1.0)
        kept: list[tuple[float, str]] = []
        for tick in reversed(self._y_ticks):
            if all(abs(tick[0] - other) >= apart for other, _ in kept):
                kept.append(tick)
        axis.setTicks([kept])

    def add(self, item: Any, depth: float = 0) -> Any:
        """Put an item into the plot, above those of less depth."""
        item.setZValue(depth)
        self.item.addItem(item, ignoreBounds=True)
        return item

    def pixels(self, dx: float, dy: float) -> tuple[float, float]:
        """Return the size in pixels of a step in plot coordinates."""
        per_x, per_y = self.item.getViewBox().viewPixelSize()
        return dx / per_x, dy / per_y

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turn mouse events of the plot into signals."""
        kind = event.type()
        if kind == QEvent.Type.Leave:
            self.left.emit()
        elif kind == QEvent.Type.MouseButtonDblClick:
            self._press = None  # its release is no click
            self.double_clicked.emit()
        elif isinstance(event, QMouseEvent):
            self._on_mouse(event)
        return False

    def _on_mouse(self, event: QMouseEvent) -> None:
        position, kind = event.position(), event.type()
        inside = self._inside(position)
        left = event.button() == Qt.MouseButton.LeftButton
        if kind == QEvent.Type.MouseButtonPress and left and inside is not None:
            self._press, self._drags = position, False
            self.pressed.emit(*inside)
        elif kind == QEvent.Type.MouseMove and self._press is not None:
            far = (position - self._press).manhattanLength()
            if self._drags or far >= QApplication.startDragDistance():
                self._drags = True
                self.dragged.emit(*self.numbers_at(position))
        elif kind == QEvent.Type.MouseMove:
            if inside is None:
                self.left.emit()
            else:
                self.pointed.emit(*inside)
        elif kind == QEvent.Type.MouseButtonRelease and left and self._press is not None:
            self._press = None
            if self._drags:
                self.dropped.emit()
            elif inside is not None:
                self.clicked.emit(*inside)

    def numbers_at(self, position: QPointF) -> tuple[float, float]:
        """Return what a place of the plot's viewport stands for, also beyond the edges."""
        scene = self.view.viewportTransform().inverted()[0].map(position)
        point = self.item.getViewBox().mapSceneToView(scene)
        return float(point.x()), float(point.y())

    def place_of(self, x: float, y: float) -> QPointF:
        """Return where in the plot's viewport a point lies."""
        scene = self.item.getViewBox().mapViewToScene(QPointF(x, y))
        place: QPointF = self.view.viewportTransform().map(scene)
        return place

    def plot_rect(self) -> QRectF:
        """Return the inside of the axes in the plot's viewport."""
        box = self.item.getViewBox().sceneBoundingRect()
        rect: QRectF = self.view.viewportTransform().mapRect(box)
        return rect

    def _inside(self, position: QPointF) -> tuple[float, float] | None:
        return self.numbers_at(position) if self.plot_rect().contains(position) else None


def put(item: Any, **data: Any) -> None:
    """Give a curve, spots or bars what to draw, unless it is what they draw: that is slow."""
    held = getattr(item, "given_data", None)
    if held is None or held.keys() != data.keys():
        alike = False
    else:
        alike = all(map(_alike, held.values(), data.values()))
    if alike:
        return
    item.given_data = data
    if isinstance(item, pg.BarGraphItem):
        item.setOpts(**data)
    else:
        item.setData(**data)


def _alike(held: Any, new: Any) -> bool:
    if isinstance(held, np.ndarray) or isinstance(new, np.ndarray):
        return np.array_equal(held, new, equal_nan=True)
    return bool(held == new)


class GridLines:
    """Horizontal hairlines at the ticks, below everything else."""

    def __init__(self, area: PlotArea) -> None:
        self._area = area
        self._item = area.add(pg.PlotCurveItem(connect="pairs"), -20)

    def show(self, heights: list[float], low: float, high: float, theme: Theme) -> None:
        """Draw lines across the plot at the given heights."""
        xs = [low, high] * len(heights)
        ys = [height for height in heights for _ in range(2)]
        pen = pg.mkPen(theme.grid, width=theme.pixel_ratio)
        put(self._item, x=xs, y=ys, pen=pen, connect="pairs")
