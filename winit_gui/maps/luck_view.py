"""How one experiment scatters over seeds, beside what theory expects of it."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from winit_core.maps.luck import Luck, Reading
from winit_gui import wording
from winit_gui.maps import colours
from winit_gui.panels.plot_area import GridLines, PlotArea
from winit_gui.style import AXIS_POINTS, LIGHT, SENTENCE_POINTS, SPACE, Theme, font

READINGS = {
    Reading.ERROR: "log₁₀ (error at layer 1 ÷ error at the output layer)",
    Reading.SIGNAL: "log₁₀ (mean square of z in the last hidden layer)",
}


def luck_sentence(luck: Luck, reading: Reading) -> str:
    """Return what the histogram says, in words."""
    present, seed = luck.present(reading), luck.request.experiment.seed
    values = luck.values(reading)
    finite = values[np.isfinite(values)]
    if not values.size:
        return "Nothing is computed yet"
    parts = []
    if math.isfinite(present):
        text = f"Seed {seed} lies at {wording.number(present, 3)}"
        rank = luck.rank(reading)
        if not math.isnan(rank):
            text += f"; {wording.percent(rank)} of the other seeds lie below"
        parts.append(text)
    else:
        parts.append(f"Seed {seed} has no finite number here")
    if finite.size:
        parts.append(
            f"measured median {wording.number(float(np.median(finite)), 3)}, "
            f"scatter {wording.number(float(finite.std()), 2)} decades over {finite.size:,} nets"
        )
    if luck.predicted is not None:
        law = luck.predicted[reading]
        parts.append(f"theory {wording.number(law.median, 3)} ± {wording.number(law.scatter, 2)}")
    else:
        parts.append("no theory for this scheme")
    if finite.size < values.size:
        parts.append(f"{values.size - finite.size:,} nets without a finite number are not drawn")
    return "; ".join(parts) + "."


class LuckView(QWidget):
    """The histogram with the predicted log-normal and the present seed.

    Signals
    -------
    seed_chosen(int)
        The seed whose value is nearest to where the plot was clicked.
    """

    seed_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._luck: Luck | None = None
        self._reading = Reading.ERROR
        self.area = PlotArea()
        self._grid = GridLines(self.area)
        self._bars = self.area.add(pg.BarGraphItem(x=[], height=[], width=0.1), 1)
        self._law_halo = self.area.add(pg.PlotCurveItem(), 4)
        self._law = self.area.add(pg.PlotCurveItem(), 5)
        self._present = self.area.add(pg.PlotCurveItem(), 8)
        self._mark = self.area.add(pg.TextItem(anchor=(0.5, 0)), 9)
        self._law_name = self.area.add(pg.TextItem(anchor=(0, 1)), 9)
        self.readout = QLabel("Nothing is computed yet")
        self.readout.setWordWrap(True)
        self.progress = QLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.area, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.progress)
        self.setAccessibleName("Luck: the experiment over many seeds")
        self.area.clicked.connect(self._on_clicked)
        self.area.pointed.connect(self._on_pointed)
        self.area.left.connect(self._on_left)

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        self.area.set_theme(theme)
        metrics = QFontMetricsF(font(theme, AXIS_POINTS))
        left = round(metrics.horizontalAdvance("000") + 2.1 * metrics.height())
        self.area.item.getAxis("left").setWidth(left)
        for label, colour in ((self.readout, theme.text), (self.progress, theme.muted)):
            label.setFont(font(theme, SENTENCE_POINTS))
            label.setStyleSheet(f"color: {colour}")
        self._draw()

    def show_luck(self, luck: Luck, reading: Reading) -> None:
        """Draw one reading, of all seeds or of those known so far."""
        self._luck, self._reading = luck, reading
        self._draw()

    def _draw(self) -> None:
        if self._luck is None:
            return
        luck, reading, theme = self._luck, self._reading, self._theme
        self.area.set_labels(READINGS[reading], "density per decade")
        self.readout.setText(luck_sentence(luck, reading))
        self.setAccessibleDescription(luck_sentence(luck, reading))
        whole = len(luck.request.order)
        done = "" if luck.is_complete else f"{luck.seeds.size:,} of {whole:,} nets"
        self.progress.setText(done)
        edges, density = luck.histogram(reading)
        law = None if luck.predicted is None else luck.predicted[reading]
        low, high = axis_range(luck, reading)
        x = np.linspace(low, high, 241)
        curve = law.density(x) if law is not None and law.scatter > 0 else np.zeros(0)
        top = 1.12 * max([*density[:], *curve[:], 1e-3])
        self.area.set_x(low, high)
        self.area.set_y(0, top)
        self._grid.show([], low, high, theme)
        width = np.diff(edges)
        ground = colours.mixed(theme.ground, theme.muted, 0.55)
        self._bars.setOpts(
            x=edges[:-1] + width / 2 if edges.size else [],
            y0=np.zeros(density.size),
            height=density,
            width=0.94 * width if edges.size else 0.1,
            brush=ground,
            pen=pg.mkPen(None),
        )
        has_law = curve.size > 0
        for item in (self._law, self._law_halo, self._law_name):
            item.setVisible(has_law)
        if has_law:
            self._law_halo.setData(
                x=x, y=curve, pen=pg.mkPen(theme.ground, width=theme.line_width + 3)
            )
            self._law.setData(
                x=x, y=curve, pen=pg.mkPen(theme.text, width=theme.line_width,
                                           style=Qt.PenStyle.DashLine)
            )  # fmt: skip
            assert law is not None
            at = law.median + 1.1 * law.scatter
            self._law_name.setText("predicted", color=theme.text)
            self._law_name.setFont(font(theme, SENTENCE_POINTS))
            self._law_name.setPos(at, float(law.density(np.array([at]))[0]))
        self._draw_present(luck.present(reading), top)

    def _draw_present(self, present: float, top: float) -> None:
        shown = math.isfinite(present)
        self._present.setVisible(shown)
        self._mark.setVisible(shown)
        if not shown or self._luck is None:
            return
        theme = self._theme
        pen = pg.mkPen(theme.accent, width=theme.line_width)
        self._present.setData(x=[present, present], y=[0, top], pen=pen)
        self._mark.setText(f"seed {self._luck.request.experiment.seed}", color=theme.accent)
        self._mark.fill = pg.mkBrush(theme.ground)
        self._mark.setFont(font(theme, SENTENCE_POINTS, bold=True))
        self._mark.setPos(present, top)

    def _nearest(self, x: float) -> tuple[int, float] | None:
        if self._luck is None:
            return None
        values = self._luck.values(self._reading)
        if not np.isfinite(values).any():
            return None
        distance = np.where(np.isfinite(values), np.abs(values - x), np.inf)
        index = int(np.argmin(distance))
        return int(self._luck.seeds[index]), float(values[index])

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        nearest = self._nearest(x)
        if nearest is not None:
            said = wording.number(nearest[1], 3)
            self.readout.setText(f"Nearest to {wording.number(x, 3)}: seed {nearest[0]}, {said}")

    @Slot()
    def _on_left(self) -> None:
        if self._luck is not None:
            self.readout.setText(luck_sentence(self._luck, self._reading))

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        nearest = self._nearest(x)
        if nearest is not None:
            self.seed_chosen.emit(nearest[0])


def axis_range(luck: Luck, reading: Reading) -> tuple[float, float]:
    """Return what the axis holds: all finite values and four predicted deviations."""
    edges, _ = luck.histogram(reading)
    ends = [float(edges[0]), float(edges[-1])] if edges.size else []
    if luck.predicted is not None:
        law = luck.predicted[reading]
        ends += [law.median - 4 * law.scatter, law.median + 4 * law.scatter]
    if not ends:
        return -1.0, 1.0
    low, high = min(ends), max(ends)
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin
