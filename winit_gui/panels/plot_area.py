"""One pyqtgraph plot with axes that are set, never guessed, and the program's own look."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from winit_gui.style import AXIS_POINTS, Theme, font

FADED = 0.12
"""Opacity of the schemes that are not brought forward."""


class PlotArea(QWidget):
    """Holds a plot; gives positions of the pointer in the plot's own coordinates.

    Signals
    -------
    pointed(float, float)
        The pointer moved over the plot.
    left()
        The pointer left it.
    clicked(float, float)
        The left button was released.
    double_clicked()
        The plot was double-clicked.
    """

    pointed = Signal(float, float)
    left = Signal()
    clicked = Signal(float, float)
    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: Any = pg.PlotWidget()
        self.view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a click ends typing in a field
        self.view.setMinimumHeight(60)
        self.item: Any = self.view.getPlotItem()
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        self.item.setMouseEnabled(x=False, y=False)
        self.item.getViewBox().setDefaultPadding(0)
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=-4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.view.setMouseTracking(True)
        self.view.viewport().setMouseTracking(True)
        self.view.viewport().installEventFilter(self)
        self._labels = ("", "")
        self._y_range = (0.0, 1.0)
        self._y_ticks: list[tuple[float, str]] | None = None
        self._label_height = 0.0
        self.item.getViewBox().sigResized.connect(self._fit_ticks)

    def set_theme(self, theme: Theme) -> None:
        """Take colours, fonts and widths of a theme."""
        self.view.setBackground(QColor(theme.ground))
        ticks = font(theme, AXIS_POINTS)
        metrics = QFontMetricsF(ticks)
        self._label_height = 0.8 * metrics.height()
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.setPen(pg.mkPen(theme.line, width=theme.hairline))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setTickFont(ticks)
            axis.setStyle(tickTextOffset=round(4 * theme.type_scale))
            axis.label.setFont(font(theme, AXIS_POINTS))
        left, bottom = self.item.getAxis("left"), self.item.getAxis("bottom")
        left.setWidth(round(metrics.horizontalAdvance("10⁻¹⁰⁰") + 2.1 * metrics.height()))
        bottom.setHeight(round(2.7 * metrics.height()))
        self.item.layout.setContentsMargins(1, round(0.6 * metrics.height()), 1, 1)  # for a label
        self.set_labels(*self._labels)

    def set_labels(self, x: str, y: str) -> None:
        """Name the axes."""
        self._labels = (x, y)
        for side, text in (("bottom", x), ("left", y)):
            axis = self.item.getAxis(side)
            axis.setLabel(text)
            axis.resizeEvent()  # centres the label, which neither a text nor a font does

    def set_x(self, low: float, high: float, ticks: list[tuple[float, str]] | None = None) -> None:
        """Fix the horizontal range; ticks of None are round numbers."""
        self.item.setXRange(low, high, padding=0)
        self.item.getAxis("bottom").setTicks(None if ticks is None else [ticks])

    def set_y(self, low: float, high: float, ticks: list[tuple[float, str]] | None = None) -> None:
        """Fix the vertical range; ticks of None are round numbers."""
        self.item.setYRange(low, high, padding=0)
        self._y_range, self._y_ticks = (low, high), ticks
        self._fit_ticks()

    def _fit_ticks(self, *_: object) -> None:
        """Leave out labels that would touch others; later ticks go before earlier ones."""
        axis = self.item.getAxis("left")
        if self._y_ticks is None:
            axis.setTicks(None)
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
            self.double_clicked.emit()
        elif kind in (QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease):
            position = event.position()  # type: ignore[attr-defined]
            inside = self._inside(position)
            if inside is None:
                self.left.emit()
            elif kind == QEvent.Type.MouseMove:
                self.pointed.emit(*inside)
            elif event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
                self.clicked.emit(*inside)
        return False

    def _inside(self, position: QPointF) -> tuple[float, float] | None:
        box = self.item.getViewBox()
        scene = self.view.mapToScene(position.toPoint())
        if not box.sceneBoundingRect().contains(scene):
            return None
        point = box.mapSceneToView(scene)
        return float(point.x()), float(point.y())


class GridLines:
    """Horizontal hairlines at the ticks, below everything else."""

    def __init__(self, area: PlotArea) -> None:
        self._area = area
        self._item = area.add(pg.PlotCurveItem(connect="pairs"), -20)

    def show(self, heights: list[float], low: float, high: float, theme: Theme) -> None:
        """Draw lines across the plot at the given heights."""
        xs = [low, high] * len(heights)
        ys = [height for height in heights for _ in range(2)]
        self._item.setData(x=xs, y=ys, pen=pg.mkPen(theme.grid, width=1), connect="pairs")
