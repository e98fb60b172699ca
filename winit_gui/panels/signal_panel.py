"""Panel 2: what the forward pass makes of the weights."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from winit_core.ensemble import ranked
from winit_core.prediction import RunPrediction
from winit_gui import wording
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.panels.bands import NET_SHARES, PredictedBands, Whiskers, draw_scatter
from winit_gui.panels.layer_chart import (
    LEVEL_MEANINGS,
    Float64Array,
    LayerChart,
    Level,
    coinciding,
    layer_chart,
    layer_ticks,
    mark_offsets,
)
from winit_gui.panels.panel import Panel, Pool
from winit_gui.panels.plot_area import FADED, GridLines
from winit_gui.panels.selected_layer import SelectedLayer
from winit_gui.picture import Picture
from winit_gui.state import State
from winit_gui.store import Store

_MOST_MARKERS = 48
_NEAR_PIXELS = 16


def signal_values(picture: Picture) -> Float64Array:
    """Return RMS of h, (3, schemes, layers): what 1, 5 and 9 in 10 nets do not exceed.

    Of a single net all three are the same; of the output layer h is z.
    """
    nets = picture.runs_by_net
    table = np.array(
        [[[layer.activation_rms for layer in run.layers] for run in runs] for runs in nets]
    )
    shape = (len(nets), len(picture.styles), picture.experiment.depth + 1)
    return ranked(table.reshape(shape), NET_SHARES)


class SignalPanel(Panel):
    """RMS of the activations against the layer."""

    def __init__(self, store: Store, highlight: Highlight) -> None:
        super().__init__(2, "Signal", highlight)
        self._store = store
        self.area.setToolTip("")
        self._grid = GridLines(self.area)
        self._selected = SelectedLayer(self.area)
        self._bands = PredictedBands(self.area)
        self._scatter = Whiskers(self.area, 9)
        self._lines = Pool(self.area, pg.PlotCurveItem, 10)
        self._points = Pool(self.area, pg.ScatterPlotItem, 20)
        self._chart: LayerChart | None = None

    def draw(self, picture: Picture, state: State) -> None:
        """Draw one line per scheme, marks for what has no logarithm."""
        low, values, high = signal_values(picture)
        chart = layer_chart(values, np.zeros(values.shape, dtype=bool), include_one=False)
        self._chart = chart
        predicted = wording.how_measured("line", "band", picture, state.view.theory)
        self.say(f"RMS of h after each layer, {predicted}; layer {chart.n_layers} is the output")
        self.area.set_labels("layer", "RMS of h")
        self.area.set_x(0.5, chart.n_layers + 0.5, layer_ticks(chart.n_layers))
        self.area.set_y(chart.bottom, chart.top, list(chart.ticks))
        self._grid.show([h for h, _ in chart.ticks], 0.5, chart.n_layers + 0.5, self.theme)
        self._selected.show(state.shown_layer, self.theme)
        self._draw_theory(picture, chart, state)
        draw_scatter(self._scatter, picture, chart, low, high, self.theme)
        n = len(values)
        x = np.arange(1, chart.n_layers + 1, dtype=np.float64)
        offsets = mark_offsets(n, 0.5)
        for index, (line, points, style) in enumerate(
            zip(self._lines.take(n), self._points.take(n), picture.styles, strict=True)
        ):
            line.setData(x=x, y=chart.y[index], pen=self.pen(style), connect="finite")
            line.setZValue(11 if style.dash != Qt.PenStyle.SolidLine else 10)
            spots = _spots(chart, index, offsets[index])
            points.setData(
                x=[spot[0] for spot in spots],
                y=[spot[1] for spot in spots],
                symbol=style.marker,
                size=(6 if chart.n_layers <= 24 else 4) * self.theme.type_scale + 1,
                pen=pg.mkPen(self.theme.ground, width=0.6),
                brush=style.colour,
            )
        self.set_strip(self._chart_notes(picture, chart))

    def _draw_theory(self, picture: Picture, chart: LayerChart, state: State) -> None:
        if not state.view.theory or picture.step or not picture.is_complete:
            self._bands.hide()
            return
        bands = [
            (p.activation_low, p.activation, p.activation_high)
            if isinstance(p, RunPrediction)
            else None
            for p in picture.predictions
        ]
        self._bands.show(chart, bands, picture.styles, self.theme)

    def _chart_notes(self, picture: Picture, chart: LayerChart) -> list[str]:
        notes = level_notes(self, picture, chart)
        for group in coinciding(chart.y, chart.high - chart.low):
            names = [picture.experiment.schemes[i].label for i in group]
            notes.append(self.note(picture.styles[group[0]], " = ".join(names)))
        return notes

    @property
    def drawn(self) -> dict[str, Pool]:
        """What is drawn per scheme, by kind."""
        return {"lines": self._lines, "points": self._points}

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        self._bands.bring_forward(index)
        self._scatter.bring_forward(index)
        for pool in (self._lines, self._points):
            pool.fade_all_but(index, FADED)

    def scheme_at(self, x: float, y: float) -> tuple[int, str]:
        """Return the line nearest to the pointer at its layer."""
        assert self._picture is not None
        chart = self._chart
        layer = round(x) - 1
        if chart is None or not 0 <= layer < chart.n_layers:
            return NOBODY, ""
        heights = chart.y[:, layer].copy()
        for mark in chart.marks:
            if mark.layer == layer:
                heights[mark.scheme] = chart.levels[mark.level]
        if not len(heights):
            return NOBODY, ""
        index = int(np.argmin(np.abs(heights - y)))
        if abs(self.area.pixels(0, heights[index] - y)[1]) > _NEAR_PIXELS:
            return NOBODY, ""
        run = self._picture.simulation.runs[index]
        layer_statistics = run.layers[layer]
        return index, (
            f"{wording.scheme_name(run.choice)}\nLayer {layer + 1}: RMS of h "
            f"{wording.number(layer_statistics.activation_rms, 3)}, mean "
            f"{wording.number(layer_statistics.activation_mean, 3)}, "
            f"{wording.percent(layer_statistics.saturated_fraction)} saturated, "
            f"{wording.percent(layer_statistics.dead_fraction)} of units dead, "
            f"{layer_statistics.distinct_units} distinct units"
        )

    def choose_at(self, x: float, y: float) -> None:
        """Show the clicked layer in panel 1."""
        choose_layer(self._store, x)


def choose_layer(store: Store, x: float) -> None:
    """Make the layer at a horizontal position the shown one."""
    layer = round(x) - 1
    if 0 <= layer <= store.state.experiment.depth:
        store.update_view("layer of panel 1", layer=layer)


def level_notes(panel: Panel, picture: Picture, chart: LayerChart) -> list[str]:
    """Return notes that name every scheme and layer standing on a level off the axis."""
    notes = []
    for index, choice in enumerate(picture.experiment.schemes):
        for level in Level:
            layers = chart.layers_at(index, level)
            if layers:
                text = f"{choice.label}: {LEVEL_MEANINGS[level]} in {wording.layer_range(layers)}"
                notes.append(panel.note(picture.styles[index], text))
    return notes


def _spots(chart: LayerChart, index: int, offset: float) -> list[tuple[float, float]]:
    spots = [
        (mark.layer + 1 + offset, chart.levels[mark.level])
        for mark in chart.marks
        if mark.scheme == index
    ]
    if chart.n_layers <= _MOST_MARKERS:
        finite = np.flatnonzero(np.isfinite(chart.y[index]))
        spots += [(float(layer + 1), float(chart.y[index, layer])) for layer in finite]
    return spots
