"""Panel 3: what the backward pass brings to each layer, in three readings."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel

from winit_core.ensemble import ranked
from winit_core.prediction import NotPredicted, RunPrediction
from winit_core.simulation import SchemeRun
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.combo_box import ComboBox
from winit_gui.controls.number_field import CheckedField, Stepping
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.panels.bands import NET_SHARES, Band, PredictedBands, Whiskers, draw_scatter
from winit_gui.panels.layer_chart import (
    Ends,
    Float64Array,
    LayerChart,
    layer_chart,
    layer_ticks,
    mark_offsets,
)
from winit_gui.panels.panel import Panel, Pool
from winit_gui.panels.plot_area import GridLines, put
from winit_gui.panels.selected_layer import LayerClick, SelectedLayer
from winit_gui.panels.signal_panel import level_notes
from winit_gui.picture import Picture
from winit_gui.pins.ghost_items import GhostItems, ghost_notes
from winit_gui.pins.ghosts import (
    GhostLine,
    Values,
    lines_by_layer,
    numbers_of,
    outlined_bars,
)
from winit_gui.state import State, View
from winit_gui.store import Store

_MOST_BARS = 400
_GROUP_WIDTH = 0.84
_NEAR_PIXELS = 16
_LABELS = {
    ("delta", True): tr("÷ output layer"),
    ("delta", False): tr("RMS of ∂L/∂z"),
    ("grad_weight", True): tr("÷ output layer"),
    ("grad_weight", False): tr("RMS of ∂L/∂W"),
    ("update_ratio", True): tr("÷ output layer"),
    ("update_ratio", False): tr("update / weight"),
}


def reading_of(run: SchemeRun, view: View, rate: float) -> Float64Array:
    """Return one scheme's values per layer in the chosen reading."""
    if view.reading == "delta":
        values = np.array([layer.delta_rms for layer in run.layers])
    else:
        values = np.array([layer.grad_weight_rms for layer in run.layers])
    with np.errstate(all="ignore"):
        if view.reading == "update_ratio":
            values = rate * values / [layer.weight_rms for layer in run.layers]
        return values / values[-1] if view.relative else values


def predicted_band(
    run: SchemeRun, prediction: RunPrediction | NotPredicted | None, view: View, last: float
) -> Band | None:
    """Return the prediction (low, middle, high) of the chosen reading, in decades.

    `last` is the reading of the output layer, which an absolute prediction starts from.
    """
    if not isinstance(prediction, RunPrediction):
        return None
    of_error = view.reading == "delta"
    name = "delta" if of_error else "grad_weight"
    band = np.array([getattr(prediction, name + end) for end in ("_low", "", "_high")])
    with np.errstate(all="ignore"):
        if view.reading == "update_ratio":
            weights = np.log10([layer.weight_rms for layer in run.layers])
            band = band - (weights - weights[-1])
        if not view.relative:
            band = band + np.log10(last)
    return band[0], band[1], band[2]


def gradient_values(
    picture: Picture, view: View, rate: float
) -> tuple[Float64Array, npt.NDArray[np.bool_]]:
    """Return the reading, (3, schemes, layers), and which values are nothing but rounding.

    The first axis is what 1, 5 and 9 in 10 nets do not exceed, the same for a single net; nothing
    but rounding is what is so in every net.
    """
    nets = picture.runs_by_net
    shape = (len(nets), len(picture.styles), picture.experiment.depth + 1)
    values = np.array([[reading_of(run, view, rate) for run in runs] for runs in nets])
    rounding = np.array(
        [[[layer.delta_is_rounding for layer in run.layers] for run in runs] for runs in nets],
        dtype=bool,
    ).reshape(shape)
    in_all = np.asarray(rounding.all(axis=0), dtype=np.bool_)
    return ranked(values.reshape(shape), NET_SHARES), in_all


class GradientPanel(Panel):
    """Bars per layer and scheme; lines where bars would be too thin to see."""

    def __init__(self, store: Store, highlight: Highlight) -> None:
        super().__init__(3, tr("Gradient"), highlight)
        self._store = store
        self._click = LayerClick(store)
        self._values: Float64Array = np.empty((0, 0))
        self._theory: list[Band | None] = []
        self._view = store.state.view
        self.reading = ComboBox()
        for key, text in wording.READINGS.items():
            self.reading.addItem(text, key)
            self.reading.setItemData(
                self.reading.count() - 1,
                wording.READING_DEFINITIONS[key],
                Qt.ItemDataRole.ToolTipRole,
            )
        self.reading.setAccessibleName(tr("Reading of panel 3"))
        self.reading.activated.connect(self._on_reading)
        self.relative = ComboBox()
        self.relative.addItem(tr("relative to output"), True)
        self.relative.addItem(tr("absolute"), False)
        self.relative.setItemData(0, wording.TIPS["relative"], Qt.ItemDataRole.ToolTipRole)
        self.relative.setItemData(1, wording.TIPS["absolute"], Qt.ItemDataRole.ToolTipRole)
        self.relative.setAccessibleName(tr("Relative or absolute"))
        self.relative.activated.connect(self._on_relative)
        self._rate_label = QLabel("η")
        self.learning_rate = CheckedField(
            tr("Learning rate"),
            self._propose_rate,
            Stepping.ONE_TWO_FIVE,
            tip=wording.TIPS["learning_rate"],
            message=self.refusal,
        )
        self.learning_rate.field.setMaximumWidth(90)
        for widget in (self._rate_label, self.learning_rate, self.reading, self.relative):
            self.tools.addWidget(widget)
        self._grid = GridLines(self.area)
        self._selected = SelectedLayer(self.area)
        self._one = self.area.add(pg.PlotCurveItem(), 5)
        self._bars = Pool(self.area, lambda: pg.BarGraphItem(x=[], height=[], width=0.1), 10)
        self._lines = Pool(self.area, pg.PlotCurveItem, 11)
        self._ghosts = GhostItems(self.area, 13)
        self._marks = Pool(self.area, pg.ScatterPlotItem, 20)
        self._ticks = Whiskers(self.area, 15)
        self._scatter = Whiskers(self.area, 14)
        self._bands = PredictedBands(self.area)
        self._chart: LayerChart | None = None

    def draw(self, picture: Picture, state: State) -> None:
        """Draw the chosen reading."""
        view = state.view
        (low, values, high), rounding = gradient_values(picture, view, state.training.learning_rate)

        def read(run: SchemeRun) -> Values:
            mere = np.array([layer.delta_is_rounding for layer in run.layers])
            return reading_of(run, view, state.training.learning_rate), mere

        also = numbers_of(self.ghosts, read)
        chart = layer_chart(values, rounding, view.relative, also, self.ends)
        self._chart, self._values, self._view = chart, values, view
        self._show_tools(view, state.training.learning_rate)
        as_bars = values.size <= _MOST_BARS
        self.say(*_sentences(state, as_bars, picture))
        self.area.set_labels(tr("layer"), _LABELS[view.reading, view.relative])
        layers = max(chart.n_layers, self.ends.layers if self.ends else 0)
        right = layers + 0.5
        self.area.set_x(0.5, right, layer_ticks(layers))
        self.area.set_y(chart.bottom, chart.top, list(chart.ticks))
        self._grid.show([h for h, _ in chart.ticks], 0.5, right, self.theme)
        self._selected.show(state.shown_layer if self.marks_layer else None, self.theme)
        base = 0.0 if view.relative else chart.low
        pen = pg.mkPen(self.theme.text, width=self.theme.hairline)
        put(self._one, x=[0.5, right], y=[base, base], pen=pen)
        self._draw_schemes(picture, chart, base, as_bars)
        self._draw_theory(picture, chart, state, as_bars)
        offsets = bar_offsets(len(picture.styles), beside=True) if as_bars else None
        draw_scatter(self._scatter, picture, chart, low, high, self.theme, offsets)
        compared = picture.experiment.schemes
        if as_bars:
            places = bar_offsets(len(compared))
            width = 0.9 * _GROUP_WIDTH / max(len(compared), 1)
            lines = outlined_bars(self.ghosts, read, chart, compared, base, places, width)
        else:
            lines = lines_by_layer(self.ghosts, read, chart, compared)
        self._ghosts.show(lines, self.theme)
        whose = ghost_notes(self.ghosts, picture.nets, picture.step)
        self.set_strip([*whose, *level_notes(self, picture, chart)])

    def _draw_schemes(
        self, picture: Picture, chart: LayerChart, base: float, as_bars: bool
    ) -> None:
        n = len(picture.styles)
        slot = _GROUP_WIDTH / max(n, 1)
        # Beside bars a mark stands where its bar would be.
        places = mark_offsets(chart, _GROUP_WIDTH / 2)
        rows = zip(
            picture.styles,
            self._bars.take(n if as_bars else 0) or [None] * n,
            self._lines.take(0 if as_bars else n) or [None] * n,
            self._marks.take(n),
            bar_offsets(n),
            strict=True,
        )
        for index, (style, bars, line, marks, offset) in enumerate(rows):
            finite = np.isfinite(chart.y[index])
            x = np.arange(1, chart.n_layers + 1)[finite] + offset
            if bars is not None:
                put(
                    bars,
                    x=x,
                    y0=np.full(x.shape, base),
                    height=chart.y[index][finite] - base,
                    width=0.9 * slot,
                    brush=QColor(style.colour),
                    pen=pg.mkPen(None),
                )
            if line is not None:
                whole = np.arange(1, chart.n_layers + 1, dtype=np.float64)
                put(line, x=whole, y=chart.y[index], pen=self.pen(style), connect="finite")
            spots = [mark for mark in chart.marks if mark.scheme == index]
            put(
                marks,
                x=[
                    mark.layer + 1 + (offset if as_bars else places[index, mark.level])
                    for mark in spots
                ],
                y=[chart.levels[mark.level] for mark in spots],
                symbol=style.marker,
                size=(7 if chart.n_layers <= 24 else 4) * self.theme.type_scale,
                pen=pg.mkPen(self.theme.ground, width=0.6),
                brush=style.colour,
            )

    def _draw_theory(
        self, picture: Picture, chart: LayerChart, state: State, as_bars: bool
    ) -> None:
        self._ticks.hide()
        self._bands.hide()
        self._theory = []
        if not state.view.theory or picture.step or not picture.predictions:
            return
        # Of many nets the middle one is drawn: the prediction starts where it does.
        rows = zip(picture.simulation.runs, picture.predictions, self._values[:, -1], strict=True)
        bands = [predicted_band(run, made, state.view, float(last)) for run, made, last in rows]
        self._theory = bands
        if not as_bars:
            self._bands.show(chart, bands, picture.styles, self.theme)
            return
        half = 0.45 * _GROUP_WIDTH / max(len(bands), 1)
        colours = [self.theme.text] * len(bands)
        self._ticks.show(chart, bands, bar_offsets(len(bands)), half, colours, self.theme)

    @property
    def ghost_lines(self) -> tuple[GhostLine, ...]:
        """What is drawn of pinned experiments."""
        return self._ghosts.lines

    @property
    def drawn(self) -> dict[str, Pool]:
        """What is drawn per scheme, by kind."""
        return {"bars": self._bars, "lines": self._lines, "marks": self._marks}

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        self._ticks.bring_forward(index)
        self._scatter.bring_forward(index)
        self._ghosts.bring_forward(index)
        self._bands.bring_forward(index)
        for pool in (self._bars, self._lines, self._marks):
            pool.fade_all_but(index)

    def scheme_at(self, x: float, y: float) -> tuple[int, tuple[str, ...]]:
        """Return the scheme whose bar stands at the pointer, or nearest to it."""
        chart = self._chart
        layer = round(x) - 1
        if chart is None or not len(chart.y) or not 0 <= layer < chart.n_layers:
            return NOBODY, ()
        if chart.y.size <= _MOST_BARS:
            count = len(chart.y)
            slot = math.floor((x - round(x) + _GROUP_WIDTH / 2) / (_GROUP_WIDTH / count))
            near = 0 <= slot < count
            index = min(max(slot, 0), count - 1)
        else:
            distances = np.abs(chart.heights_at(layer) - y)
            index = int(np.argmin(distances))
            near = self.area.pixels(0, float(distances[index]))[1] < _NEAR_PIXELS
        return index if near else NOBODY, self._value_at(index, layer)

    def _value_at(self, index: int, layer: int) -> tuple[str, ...]:
        """Return what stands at a layer: measured, predicted, and the other readings."""
        assert self._picture is not None
        run = self._picture.simulation.runs[index]
        found, last = run.layers[layer], run.layers[-1].delta_rms
        view = self._view
        symbols = {"delta": "∂L/∂z", "grad_weight": "∂L/∂W", "update_ratio": tr("update ratio")}
        symbol = symbols[view.reading]
        value = wording.number(float(self._values[index, layer]), 3)
        band = self._theory[index] if self._theory else None
        predicted = "" if band is None else wording.predicted_in_words(*band, layer)
        name = wording.short_scheme_name(run.choice, self._picture.experiment.schemes)
        given = {"layer": layer + 1, "value": value, "predicted": predicted}
        if view.relative:
            here = tr(
                "layer {layer}: {quantity} {value} × the output layer’s{predicted}",
                quantity=symbol,
                **given,
            )
        else:
            here = tr("layer {layer}: {quantity} {value}{predicted}", quantity=symbol, **given)
        share = tr("no × the output layer’s")
        if last:
            share = tr(
                "{share} × the output layer’s", share=wording.number(found.delta_rms / last, 3)
            )
        return (
            tr(
                "{scheme}, {here}; RMS of ∂L/∂z {error} ({share}), RMS of ∂L/∂W {gradient}",
                scheme=wording.scheme_name(run.choice),
                here=here,
                error=wording.number(found.delta_rms, 3),
                share=share,
                gradient=wording.number(found.grad_weight_rms, 3),
            ),
            tr(
                "{scheme}, {here}; RMS of ∂L/∂z {error}, ∂L/∂W {gradient}",
                scheme=name,
                here=here,
                error=wording.number(found.delta_rms, 2),
                gradient=wording.number(found.grad_weight_rms, 2),
            ),
            f"{name}, {here}",
            tr("{scheme}, layer {layer}: {value}{predicted}", scheme=name, **given),
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

    def _show_tools(self, view: View, rate: float) -> None:
        self.reading.setCurrentIndex(self.reading.findData(view.reading))
        self.reading.setToolTip(wording.READING_DEFINITIONS[view.reading])
        self.relative.setCurrentIndex(self.relative.findData(view.relative))
        self.relative.setToolTip(wording.TIPS["relative" if view.relative else "absolute"])
        with_rate = view.reading == "update_ratio"
        self._rate_label.setVisible(with_rate)
        self.learning_rate.setVisible(with_rate)
        self.learning_rate.show_value(rate)

    def _on_reading(self) -> None:
        key = self.reading.currentData()
        label = tr("reading to {reading}", reading=wording.READINGS[key])
        self._store.update_view(label, reading=key)

    def _on_relative(self) -> None:
        relative = bool(self.relative.currentData())
        label = tr("relative reading") if relative else tr("absolute reading")
        self._store.update_view(label, relative=relative)

    def _propose_rate(self, value: object) -> None:
        self._store.update_training(tr("learning rate"), coalesce=True, learning_rate=value)


def bar_offsets(count: int, beside: bool = False) -> list[float]:
    """Return where the bars of one layer stand, or a place left of each middle."""
    slot = _GROUP_WIDTH / max(count, 1)
    middle = 0.25 if beside else 0.5
    return [slot * (index + middle) - _GROUP_WIDTH / 2 for index in range(count)]


def _sentences(state: State, as_bars: bool, picture: Picture) -> tuple[str, ...]:
    """Return what is drawn, in full and shorter."""
    view = state.view
    symbol = wording.READING_SYMBOLS[view.reading]
    if view.reading == "update_ratio":
        rate = wording.exact_number(state.training.learning_rate)
        symbol = tr("{quantity} with η = {rate}", quantity=symbol, rate=rate)

    awaited = ""
    if view.theory:
        awaited = wording.awaited_theory(picture.awaited, picture.experiment.schemes)

    def how(kind: str) -> str:
        predicted = tr("ticks") if as_bars else tr("bands")
        return wording.how_measured(kind, predicted, picture, view.theory) + awaited

    def compared(how: str) -> str:
        if view.relative:
            return tr(
                "{quantity} by layer, relative to the output; {how}", quantity=symbol, how=how
            )
        return tr("{quantity} by layer, in absolute numbers; {how}", quantity=symbol, how=how)

    brief = (
        (f"{symbol}{awaited}",)
        if awaited
        else (
            *wording.of_nets(symbol, picture),
            tr("{quantity} by layer", quantity=symbol),
        )
    )
    short = how(tr("bars") if as_bars else tr("lines"))
    full = short if as_bars else how(tr("lines, for bars would be too thin to see,"))
    return (
        compared(full),
        compared(short),
        tr("{quantity} by layer; {how}", quantity=symbol, how=short),
        f"{symbol}: {short}",
        *brief,
        wording.READING_SYMBOLS[view.reading],
    )
