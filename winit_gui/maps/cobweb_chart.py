"""A map of one number per layer with its diagonal and the way of an iteration."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from winit_core.maps.phase_plane import Cobweb
from winit_gui.panels.plot_area import PlotArea
from winit_gui.style import AXIS_POINTS, LIGHT, SENTENCE_POINTS, SPACE, Theme, font


class CobwebChart(QWidget):
    """A map of one number per layer with its diagonal and the way of an iteration."""

    def __init__(self, title: str, x: str, y: str) -> None:
        super().__init__()
        self._theme = LIGHT
        self._cobweb: Cobweb | None = None
        self._why = ""
        self.title = QLabel(title)
        self.area = PlotArea()
        self.area.item.setContentsMargins(0, 2 * SPACE, 3 * SPACE, 0)
        self.area.set_labels(x, y)
        self.setAccessibleName(title)
        self._diagonal = self.area.add(pg.PlotCurveItem(), 1)
        self._curve = self.area.add(pg.PlotCurveItem(), 3)
        self._steps = self.area.add(pg.PlotCurveItem(), 2)
        self._note = QLabel()
        self._note.setWordWrap(True)
        for part in (self.area, self._note):  # what they would like to be is what they were
            part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.title)
        layout.addWidget(self.area, 1)
        layout.addWidget(self._note, 1)
        self._note.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        self.area.set_theme(theme)
        metrics = QFontMetricsF(font(theme, AXIS_POINTS))
        left = round(metrics.horizontalAdvance("0.00") + 2.1 * metrics.height())
        self.area.item.getAxis("left").setWidth(left)
        for label, colour in ((self.title, theme.text), (self._note, theme.muted)):
            label.setFont(font(theme, SENTENCE_POINTS, bold=label is self.title))
            weight = "bold" if label is self.title else "normal"
            label.setStyleSheet(f"color: {colour}; font-weight: {weight}")
        self._draw()

    def show_cobweb(self, cobweb: Cobweb | None, why_not: str = "") -> None:
        """Draw a cobweb, or say why there is none."""
        self._cobweb, self._why = cobweb, why_not
        self._draw()

    def _draw(self) -> None:
        cobweb, theme = self._cobweb, self._theme
        self.area.setVisible(cobweb is not None)
        self._note.setVisible(cobweb is None)
        self._note.setText(self._why)
        if cobweb is None:
            return
        low, high = float(cobweb.x[0]), float(cobweb.x[-1])
        self.area.set_x(low, high)
        self.area.set_y(low, high)
        thin = pg.mkPen(theme.muted, width=theme.hairline, style=Qt.PenStyle.DashLine)
        self._diagonal.setData(x=[low, high], y=[low, high], pen=thin)
        self._curve.setData(
            x=cobweb.x, y=cobweb.y, pen=pg.mkPen(theme.text, width=theme.line_width)
        )
        self._steps.setData(
            x=cobweb.steps_x,
            y=np.clip(cobweb.steps_y, low, high),
            pen=pg.mkPen(theme.accent, width=max(1.2, theme.line_width * 0.6)),
        )
