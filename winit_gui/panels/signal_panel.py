"""Panel 2: what the forward pass makes of the weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from winit_core.ensemble import ranked
from winit_core.prediction import RunPrediction
from winit_core.simulation import SchemeRun
from winit_core.translation import tr, tr_n
from winit_gui import wording
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.panels.bands import NET_SHARES, Band, PredictedBands, Whiskers, draw_scatter
from winit_gui.panels.layer_chart import (
    LEVEL_MEANINGS,
    UNBOUNDED,
    Ends,
    Float64Array,
    LayerChart,
    Level,
    are_equal,
    coinciding,
    layer_chart,
    layer_ticks,
    mark_offsets,
)
from winit_gui.panels.panel import Panel, Pool
from winit_gui.panels.plot_area import GridLines, put
from winit_gui.panels.selected_layer import LayerClick, SelectedLayer
from winit_gui.picture import Picture
from winit_gui.pins.ghost_items import GhostItems, ghost_notes
from winit_gui.pins.ghosts import GhostLine, Values, lines_by_layer, numbers_of
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


def signal_of(run: SchemeRun) -> Values:
    """Return RMS of h of one net by layer; none of it is mere rounding."""
    values = np.array([layer.activation_rms for layer in run.layers])
    return values, np.zeros(len(values), dtype=np.bool_)


class SignalPanel(Panel):
    """RMS of the activations against the layer."""

    def __init__(self, store: Store, highlight: Highlight) -> None:
        super().__init__(2, tr("Signal"), highlight)
        self._click = LayerClick(store)
        self._values: Float64Array = np.empty((0, 0))
        self._theory: list[Band | None] = []
        self.area.setToolTip("")
        self._grid = GridLines(self.area)
        self._selected = SelectedLayer(self.area)
        self._bands = PredictedBands(self.area)
        self._scatter = Whiskers(self.area, 9)
        self._ghosts = GhostItems(self.area, 8)
        self._lines = Pool(self.area, pg.PlotCurveItem, 10)
        self._points = Pool(self.area, pg.ScatterPlotItem, 20)
        self._chart: LayerChart | None = None

    def draw(self, picture: Picture, state: State) -> None:
        """Draw one line per scheme, marks for what has no logarithm."""
        low, values, high = signal_values(picture)
        no_rounding = np.zeros(values.shape, dtype=bool)
        also = numbers_of(self.ghosts, signal_of)
        chart = layer_chart(values, no_rounding, False, also, self.ends)
        self._chart, self._values = chart, values
        layers = max(chart.n_layers, self.ends.layers if self.ends else 0)
        right = layers + 0.5
        predicted = wording.how_measured(tr("line"), tr("band"), picture, state.view.theory)
        awaited = ""
        if state.view.theory:
            awaited = wording.awaited_theory(picture.awaited, picture.experiment.schemes)
        told = {"how": predicted + awaited, "last": chart.n_layers}
        self.say(
            tr("RMS of h after each layer, {how}; layer {last} is the output", **told),
            tr("RMS of h by layer, {how}; layer {last}: output", **told),
            tr("RMS of h by layer, {how}", **told),
            tr("RMS of h: {how}", **told),
            *(
                (tr("RMS of h{awaited}", awaited=awaited),)
                if awaited
                else (*wording.of_nets(tr("RMS of h"), picture), tr("RMS of h by layer"))
            ),
            tr("RMS of h"),
        )
        self.area.set_labels(tr("layer"), tr("RMS of h"))
        self.area.set_x(0.5, right, layer_ticks(layers))
        self.area.set_y(chart.bottom, chart.top, list(chart.ticks))
        self._grid.show([h for h, _ in chart.ticks], 0.5, right, self.theme)
        self._selected.show(state.shown_layer if self.marks_layer else None, self.theme)
        self._draw_theory(picture, chart, state)
        draw_scatter(self._scatter, picture, chart, low, high, self.theme)
        n = len(values)
        x = np.arange(1, chart.n_layers + 1, dtype=np.float64)
        offsets = mark_offsets(chart, 0.5)
        for index, (line, points, style) in enumerate(
            zip(self._lines.take(n), self._points.take(n), picture.styles, strict=True)
        ):
            put(line, x=x, y=chart.y[index], pen=self.pen(style), connect="finite")
            line.setZValue(11 if style.dash != Qt.PenStyle.SolidLine else 10)
            spots = _spots(chart, index, offsets)
            put(
                points,
                x=[spot[0] for spot in spots],
                y=[spot[1] for spot in spots],
                symbol=style.marker,
                size=(6 if chart.n_layers <= 24 else 4) * self.theme.type_scale + 1,
                pen=pg.mkPen(self.theme.ground, width=0.6),
                brush=style.colour,
            )
        compared = picture.experiment.schemes
        lines = lines_by_layer(self.ghosts, signal_of, chart, compared)
        self._ghosts.show(lines, self.theme)
        whose = ghost_notes(self.ghosts, picture.nets, picture.step)
        self.set_strip([*whose, *self._chart_notes(picture, chart)])

    def _draw_theory(self, picture: Picture, chart: LayerChart, state: State) -> None:
        self._theory = []
        if not state.view.theory or picture.step or not picture.predictions:
            self._bands.hide()
            return
        self._theory = [
            (p.activation_low, p.activation, p.activation_high)
            if isinstance(p, RunPrediction)
            else None
            for p in picture.predictions
        ]
        self._bands.show(chart, self._theory, picture.styles, self.theme)

    def _chart_notes(self, picture: Picture, chart: LayerChart) -> list[str]:
        # z may be infinite a layer before h: ReLU takes −∞ away.
        notes = level_notes(self, picture, chart, "h ")
        for group in coinciding(chart.y, chart.high - chart.low):
            names = [picture.experiment.schemes[i].label for i in group]
            sign = " = " if are_equal(chart.y, group) else " ≈ "
            notes.append(self.note(picture.styles[group[0]], sign.join(names)))
        return notes

    @property
    def ghost_lines(self) -> tuple[GhostLine, ...]:
        """What is drawn of pinned experiments."""
        return self._ghosts.lines

    @property
    def drawn(self) -> dict[str, Pool]:
        """What is drawn per scheme, by kind."""
        return {"lines": self._lines, "points": self._points}

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        self._bands.bring_forward(index)
        self._scatter.bring_forward(index)
        self._ghosts.bring_forward(index)
        for pool in (self._lines, self._points):
            pool.fade_all_but(index)

    def scheme_at(self, x: float, y: float) -> tuple[int, tuple[str, ...]]:
        """Return the line nearest to the pointer at its layer."""
        chart = self._chart
        layer = round(x) - 1
        if chart is None or not len(chart.y) or not 0 <= layer < chart.n_layers:
            return NOBODY, ()
        distances = np.abs(chart.heights_at(layer) - y)
        index = int(np.argmin(distances))
        near = self.area.pixels(0, float(distances[index]))[1] <= _NEAR_PIXELS
        return index if near else NOBODY, self._value_at(index, layer)

    def _value_at(self, index: int, layer: int) -> tuple[str, ...]:
        """Return what stands at a layer: measured, predicted, and what the units do."""
        assert self._picture is not None
        run = self._picture.simulation.runs[index]
        found = run.layers[layer]
        value = wording.number(float(self._values[index, layer]), 3)
        band = self._theory[index] if self._theory else None
        predicted = "" if band is None else wording.predicted_in_words(*band, layer)
        name = wording.short_scheme_name(run.choice, self._picture.experiment.schemes)
        here = tr(
            "layer {layer}: RMS of h {value}{predicted}",
            layer=layer + 1,
            value=value,
            predicted=predicted,
        )
        saturated = wording.percent(found.saturated_fraction)
        dead = wording.percent(found.dead_fraction)
        return (
            tr_n(
                "{scheme}, {here}; mean {mean}, {saturated} saturated, {dead} of units dead, "
                "{count} distinct units",
                "{scheme}, {here}; mean {mean}, {saturated} saturated, {dead} of units dead, "
                "{count} distinct units",
                found.distinct_units,
                scheme=wording.scheme_name(run.choice),
                here=here,
                mean=wording.number(found.activation_mean, 3),
                saturated=saturated,
                dead=dead,
            ),
            tr(
                "{scheme}, {here}; {saturated} saturated, {dead} dead",
                scheme=name,
                here=here,
                saturated=saturated,
                dead=dead,
            ),
            f"{name}, {here}",
            tr("{scheme}, layer {layer}: {value}", scheme=name, layer=layer + 1, value=value),
        )

    def shown_ends(self) -> Ends | None:
        """Return where the axes end now."""
        return None if self._chart is None else self._chart.ends

    def choose_at(self, x: float, y: float) -> None:
        """Show the clicked layer in panel 1."""
        self._click.choose(x)

    def take_back_click(self) -> None:
        """Show the layer from before again."""
        self._click.take_back()


def level_notes(panel: Panel, picture: Picture, chart: LayerChart, symbol: str = "") -> list[str]:
    """Return notes that name every scheme and layer standing on a level off the axis.

    `symbol` says of what is infinite, or not a number, what it is.
    """
    notes = []
    schemes = picture.experiment.schemes
    for index, choice in enumerate(schemes):
        name = wording.short_scheme_name(choice, schemes)
        for level in Level:
            layers = chart.layers_at(index, level)
            if layers:
                whose = symbol if level in UNBOUNDED else ""
                text = tr(
                    "{scheme}: {what} in {layers}",
                    scheme=name,
                    what=f"{whose}{LEVEL_MEANINGS[level]}",
                    layers=wording.layer_range(layers),
                )
                notes.append(panel.note(picture.styles[index], text))
        for text in beyond_ends(chart, index):
            notes.append(panel.note(picture.styles[index], f"{name}: {text}"))
    return notes


def beyond_ends(chart: LayerChart, index: int) -> list[str]:
    """Return how far a scheme's values reach beyond an axis whose ends were fixed."""
    finite = chart.y[index][np.isfinite(chart.y[index])]
    if not finite.size:
        return []
    low, high = float(finite.min()), float(finite.max())
    bottom, top = chart.readable_ends
    notes = []
    if low < bottom:
        notes.append(tr("down to {value} ↓", value=wording.number(10**low)))
    if high > top:
        notes.append(tr("up to {value} ↑", value=wording.number(10**high)))
    return notes


def _spots(
    chart: LayerChart, index: int, offsets: Mapping[tuple[int, Level], float]
) -> list[tuple[float, float]]:
    spots = [
        (mark.layer + 1 + offsets[index, mark.level], chart.levels[mark.level])
        for mark in chart.marks
        if mark.scheme == index
    ]
    if chart.n_layers <= _MOST_MARKERS:
        finite = np.flatnonzero(np.isfinite(chart.y[index]))
        spots += [(float(layer + 1), float(chart.y[index, layer])) for layer in finite]
    return spots
