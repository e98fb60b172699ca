"""Panel 3: what the backward pass brings to each layer, in three readings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QLabel

from winit_core.ensemble import ranked
from winit_core.prediction import NotPredicted, RunPrediction
from winit_core.simulation import SchemeRun
from winit_gui import wording
from winit_gui.controls.number_field import CheckedField, Stepping
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.panels.bands import NET_SHARES, PredictedBands, Whiskers, draw_scatter
from winit_gui.panels.layer_chart import Float64Array, LayerChart, layer_chart, layer_ticks
from winit_gui.panels.panel import Panel, Pool
from winit_gui.panels.plot_area import FADED, GridLines
from winit_gui.panels.selected_layer import SelectedLayer
from winit_gui.panels.signal_panel import choose_layer, level_notes
from winit_gui.picture import Picture
from winit_gui.state import State, View
from winit_gui.store import Store

_MOST_BARS = 400
_GROUP_WIDTH = 0.84
_LABELS = {
    ("delta", True): "÷ output layer",
    ("delta", False): "RMS of ∂L/∂z",
    ("grad_weight", True): "÷ output layer",
    ("grad_weight", False): "RMS of ∂L/∂W",
    ("update_ratio", True): "÷ output layer",
    ("update_ratio", False): "update / weight",
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
    run: SchemeRun, prediction: RunPrediction | NotPredicted, view: View, rate: float
) -> tuple[Float64Array, Float64Array, Float64Array] | None:
    """Return the prediction (low, middle, high) of the chosen reading, in decades."""
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
            last = reading_of(run, replace(view, relative=False), rate)[-1]
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
        super().__init__(3, "Gradient", highlight)
        self._store = store
        self.reading = QComboBox()
        for key, text in wording.READINGS.items():
            self.reading.addItem(text, key)
            self.reading.setItemData(
                self.reading.count() - 1,
                wording.READING_DEFINITIONS[key],
                Qt.ItemDataRole.ToolTipRole,
            )
        self.reading.setAccessibleName("Reading of panel 3")
        self.reading.activated.connect(self._on_reading)
        self.relative = QComboBox()
        self.relative.addItem("relative to output", True)
        self.relative.addItem("absolute", False)
        self.relative.setItemData(0, wording.TIPS["relative"], Qt.ItemDataRole.ToolTipRole)
        self.relative.setItemData(1, wording.TIPS["absolute"], Qt.ItemDataRole.ToolTipRole)
        self.relative.setAccessibleName("Relative or absolute")
        self.relative.activated.connect(self._on_relative)
        self._rate_label = QLabel("η")
        self.learning_rate = CheckedField(
            "Learning rate",
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
        self._marks = Pool(self.area, pg.ScatterPlotItem, 20)
        self._ticks = Whiskers(self.area, 15)
        self._scatter = Whiskers(self.area, 14)
        self._bands = PredictedBands(self.area)
        self._chart: LayerChart | None = None

    def draw(self, picture: Picture, state: State) -> None:
        """Draw the chosen reading."""
        view = state.view
        (low, values, high), rounding = gradient_values(picture, view, state.training.learning_rate)
        chart = layer_chart(values, rounding, include_one=view.relative)
        self._chart = chart
        self._show_tools(view, state.training.learning_rate)
        as_bars = values.size <= _MOST_BARS
        self.say(_sentence(state, as_bars, picture))
        self.area.set_labels("layer", _LABELS[view.reading, view.relative])
        right = chart.n_layers + 0.5
        self.area.set_x(0.5, right, layer_ticks(chart.n_layers))
        self.area.set_y(chart.bottom, chart.top, list(chart.ticks))
        self._grid.show([h for h, _ in chart.ticks], 0.5, right, self.theme)
        self._selected.show(state.shown_layer, self.theme)
        base = 0.0 if view.relative else chart.low
        pen = pg.mkPen(self.theme.text, width=self.theme.hairline)
        self._one.setData(x=[0.5, right], y=[base, base], pen=pen)
        self._draw_schemes(picture, chart, base, as_bars)
        self._draw_theory(picture, chart, state, as_bars)
        offsets = bar_offsets(len(picture.styles), beside=True) if as_bars else None
        draw_scatter(self._scatter, picture, chart, low, high, self.theme, offsets)
        self.set_strip(level_notes(self, picture, chart))

    def _draw_schemes(
        self, picture: Picture, chart: LayerChart, base: float, as_bars: bool
    ) -> None:
        n = len(picture.styles)
        slot = _GROUP_WIDTH / max(n, 1)
        rows = zip(
            picture.styles,
            self._bars.take(n if as_bars else 0) or [None] * n,
            self._lines.take(0 if as_bars else n) or [None] * n,
            self._marks.take(n),
            strict=True,
        )
        for index, (style, bars, line, marks) in enumerate(rows):
            offset = slot * (index + 0.5) - _GROUP_WIDTH / 2
            finite = np.isfinite(chart.y[index])
            x = np.arange(1, chart.n_layers + 1)[finite] + offset
            if bars is not None:
                bars.setOpts(
                    x=x,
                    y0=np.full(x.shape, base),
                    height=chart.y[index][finite] - base,
                    width=0.9 * slot,
                    brush=QColor(style.colour),
                    pen=pg.mkPen(None),
                )
            if line is not None:
                whole = np.arange(1, chart.n_layers + 1, dtype=np.float64)
                line.setData(x=whole, y=chart.y[index], pen=self.pen(style), connect="finite")
            spots = [mark for mark in chart.marks if mark.scheme == index]
            marks.setData(
                x=[mark.layer + 1 + offset for mark in spots],
                y=[chart.levels[mark.level] for mark in spots],
                symbol=style.marker,
                size=(7 if chart.n_layers <= 24 else 4) * self.theme.type_scale,
                pen=pg.mkPen(self.theme.ground, width=0.6),
                brush=style.colour,
            )

    def _draw_theory(
        self, picture: Picture, chart: LayerChart, state: State, as_bars: bool
    ) -> None:
        view, rate = state.view, state.training.learning_rate
        self._ticks.hide()
        self._bands.hide()
        if not view.theory or picture.step or not picture.is_complete:
            return
        runs, predictions = picture.simulation.runs, picture.predictions
        bands = [predicted_band(r, p, view, rate) for r, p in zip(runs, predictions, strict=True)]
        if not as_bars:
            self._bands.show(chart, bands, picture.styles, self.theme)
            return
        half = 0.45 * _GROUP_WIDTH / max(len(bands), 1)
        colours = [self.theme.text] * len(bands)
        self._ticks.show(chart, bands, bar_offsets(len(bands)), half, colours, self.theme)

    @property
    def drawn(self) -> dict[str, Pool]:
        """What is drawn per scheme, by kind."""
        return {"bars": self._bars, "lines": self._lines, "marks": self._marks}

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        self._ticks.bring_forward(index)
        self._scatter.bring_forward(index)
        self._bands.bring_forward(index)
        for pool in (self._bars, self._lines, self._marks):
            pool.fade_all_but(index, FADED)

    def scheme_at(self, x: float, y: float) -> tuple[int, str]:
        """Return the scheme whose bar stands at the pointer."""
        assert self._picture is not None
        chart, runs = self._chart, self._picture.simulation.runs
        layer = round(x) - 1
        if chart is None or not runs or not 0 <= layer < chart.n_layers:
            return NOBODY, ""
        if chart.y.size <= _MOST_BARS:
            slot = int((x - round(x) + _GROUP_WIDTH / 2) / (_GROUP_WIDTH / len(runs)))
            if not 0 <= slot < len(runs) or abs(x - round(x)) > _GROUP_WIDTH / 2:
                return NOBODY, ""
            index = slot
        else:
            distances = np.abs(np.nan_to_num(chart.y[:, layer], nan=np.inf) - y)
            index = int(np.argmin(distances))
            if not self.area.pixels(0, float(distances[index]))[1] < 16:
                return NOBODY, ""
        run, statistics = runs[index], runs[index].layers[layer]
        last = run.layers[-1].delta_rms
        share = wording.number(statistics.delta_rms / last, 3) if last else "no"
        return index, (
            f"{wording.scheme_name(run.choice)}\nLayer {layer + 1}: RMS of ∂L/∂z "
            f"{wording.number(statistics.delta_rms, 3)} ({share} × the output layer's), "
            f"RMS of ∂L/∂W {wording.number(statistics.grad_weight_rms, 3)}"
        )

    def choose_at(self, x: float, y: float) -> None:
        """Show the clicked layer in panel 1."""
        choose_layer(self._store, x)

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
        self._store.update_view(f"reading to {wording.READINGS[key]}", reading=key)

    def _on_relative(self) -> None:
        relative = bool(self.relative.currentData())
        label = "relative reading" if relative else "absolute reading"
        self._store.update_view(label, relative=relative)

    def _propose_rate(self, value: object) -> None:
        self._store.update_training("learning rate", coalesce=True, learning_rate=value)


def bar_offsets(count: int, beside: bool = False) -> list[float]:
    """Return where the bars of one layer stand, or a place left of each middle."""
    slot = _GROUP_WIDTH / max(count, 1)
    middle = 0.25 if beside else 0.5
    return [slot * (index + middle) - _GROUP_WIDTH / 2 for index in range(count)]


def _sentence(state: State, as_bars: bool, picture: Picture) -> str:
    view = state.view
    symbol = wording.READING_SYMBOLS[view.reading]
    if view.reading == "update_ratio":
        symbol += f" with η = {wording.exact_number(state.training.learning_rate)}"
    reference = "relative to the output" if view.relative else "in absolute numbers"
    kind = "bars" if as_bars else "lines, for bars would be too thin to see,"
    how = wording.how_measured(kind, "ticks" if as_bars else "bands", picture, view.theory)
    return f"{symbol} by layer, {reference}; {how}"
