"""Panel 1: how the first weights are spread, sampled and exact."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel

from winit_core.parameters import validated_integer
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.combo_box import ComboBox
from winit_gui.controls.number_field import CheckedField, Stepping
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.panels.layer_chart import Ends, decade_ticks
from winit_gui.panels.panel import Panel, Pool
from winit_gui.panels.plot_area import GridLines, put
from winit_gui.picture import Picture
from winit_gui.pins.ghost_items import GhostItems, ghost_notes
from winit_gui.pins.ghosts import GhostLine, weight_lines
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.weight_picture import WeightCurve, WeightPicture, rounded_outward

_FILL_ALPHA = 0.22
_NEAR_PIXELS = 14
_TALLEST = 6.0
"""A curve more than this many times as high as the lowest is left to run out of the plot."""


def plot_top(picture: WeightPicture) -> float:
    """Return the height of the plot: it fits the curves that spread over the axis."""
    peaks = sorted(float(curve.y.max()) for curve in picture.curves if curve.y.size)
    wide = [
        float(curve.y.max())
        for curve in picture.curves
        if curve.y.size and (picture.scale == "log" or curve.reach <= picture.high * 1.001)
    ]
    shown = sorted(wide) or peaks
    if not shown:
        return 1.0
    fitting = [peak for peak in shown if peak <= _TALLEST * shown[0]]
    return rounded_outward(1.08 * fitting[-1])


def off_scale_notes(picture: WeightPicture, curve: WeightCurve, top: float) -> list[str]:
    """Return what the plot cannot show of a scheme, in words."""
    notes = []
    unit = {"near_rule": "", "log": "", "relative": " / √n_in"}[picture.scale]
    for spike, (value, share) in zip(curve.spikes, curve.law.atoms, strict=True):
        what = wording.number(value, 4) + _arrow(picture, spike)
        all_of_them = share > 0.999
        notes.append(
            tr("all {what}", what=what) if all_of_them else f"{wording.percent(share)} {what}"
        )
    if curve.y.size and float(curve.y.max()) > top:
        notes.append(tr("peak {height} ↑", height=wording.number(float(curve.y.max()), 3)))
    if curve.y.size and curve.reach > picture.high * 1.001:
        notes.append(tr("to ±{reach} ↔", reach=wording.number(curve.reach, 3) + unit))
    return notes


def _arrow(picture: WeightPicture, spike: float) -> str:
    if spike > picture.high:
        return " →"
    return " ←" if spike < picture.low else ""


class WeightsPanel(Panel):
    """Overlaid weight distributions of one layer."""

    def __init__(self, store: Store, highlight: Highlight) -> None:
        super().__init__(1, tr("Weights"), highlight)
        self._store = store
        self.layer = CheckedField(
            tr("Layer"),
            self._propose_layer,
            Stepping.BY_ONE,
            True,
            wording.TIPS["layer"],
            message=self.refusal,
        )
        self.layer.field.setMaximumWidth(90)
        label = QLabel(tr("L&ayer"))
        label.setObjectName("muted")
        label.setBuddy(self.layer.field)
        self.scale = ComboBox()
        for key, text in wording.SCALES.items():
            self.scale.addItem(text, key)
            self.scale.setItemData(
                self.scale.count() - 1,
                wording.SCALE_DEFINITIONS[key],
                Qt.ItemDataRole.ToolTipRole,
            )
        self.scale.setAccessibleName(tr("Axis of panel 1"))
        self.scale.activated.connect(self._on_scale)
        for widget in (label, self.layer, self.scale):
            self.tools.addWidget(widget)
        self._top = 1.0
        self._grid = GridLines(self.area)
        self._bars = Pool(self.area, partial(pg.PlotCurveItem, pen=None), 0)
        self._ghosts = GhostItems(self.area, 8)
        self._lines = Pool(self.area, pg.PlotCurveItem, 10)
        self._spikes = Pool(self.area, partial(pg.PlotCurveItem, connect="pairs"), 20)
        self._tops = Pool(self.area, pg.ScatterPlotItem, 21)

    def draw(self, picture: Picture, state: State) -> None:
        """Draw bars, exact lines, spikes and the notes on what lies beyond."""
        weights = picture.weights
        fan_in, fan_out = weights.experiment.layer_shapes[weights.layer]
        scale = state.view.weight_scale
        self.layer.show_value(state.shown_layer + 1)
        self.scale.setCurrentIndex(self.scale.findData(scale))
        self.scale.setToolTip(wording.SCALE_DEFINITIONS[scale])
        self.say(
            *wording.whose_weights(
                weights.layer + 1, weights.experiment.depth + 1, (fan_in, fan_out), picture.step
            )
        )
        top = plot_top(weights) if self.ends is None else self.ends.high
        self._top = top
        self._draw_axes(weights, top)
        n = len(weights.curves)
        rows = zip(
            weights.curves,
            picture.styles,
            self._bars.take(n),
            self._lines.take(n),
            self._spikes.take(n),
            self._tops.take(n),
            strict=True,
        )
        notes = []
        for (curve, style, bars, line, spike, tip), choice in zip(
            rows, weights.experiment.schemes, strict=True
        ):
            fill = QColor(style.colour)
            fill.setAlphaF(_FILL_ALPHA)
            smooth = curve.y.size > 0
            bars.setVisible(smooth or picture.step > 0)
            line.setVisible(smooth)
            put(
                bars,
                x=curve.sampled.edges,
                y=curve.sampled.density,
                stepMode="center",
                fillLevel=0,
                brush=fill,
                pen=None,
            )
            put(line, x=curve.x, y=curve.y, pen=self.pen(style))
            inside = [s for s in curve.spikes if weights.low <= s <= weights.high]
            xs = np.repeat(inside, 2) if inside else np.empty(0)
            ys = np.tile([0.0, top * 0.94], len(inside))
            put(
                spike, x=xs, y=ys, connect="pairs", pen=self.pen(style, 1.5 * self.theme.line_width)
            )
            put(
                tip,
                x=inside,
                y=[top * 0.95] * len(inside),
                symbol="t1",
                size=9 * self.theme.type_scale,
                pen=None,
                brush=style.colour,
            )
            notes += [
                self.note(style, f"{choice.label}: {text}")
                for text in off_scale_notes(weights, curve, top)
            ]
        seen = [ghost for ghost in self.ghosts if ghost.curves]
        self._ghosts.show(weight_lines(seen, weights.experiment.schemes, top), self.theme)
        self.set_strip([*ghost_notes(seen, picture.nets, picture.step), *notes])

    @property
    def ghost_lines(self) -> tuple[GhostLine, ...]:
        """What is drawn of pinned experiments."""
        return self._ghosts.lines

    @property
    def drawn(self) -> dict[str, Pool]:
        """What is drawn per scheme, by kind."""
        return {
            "bars": self._bars,
            "lines": self._lines,
            "spikes": self._spikes,
            "tops": self._tops,
        }

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        self._ghosts.bring_forward(index)
        for pool in (self._bars, self._lines, self._spikes, self._tops):
            pool.fade_all_but(index)

    def scheme_at(self, x: float, y: float) -> tuple[int, tuple[str, ...]]:
        """Return the nearest exact line or spike."""
        assert self._picture is not None
        best, found = math.inf, NOBODY
        for index, curve in enumerate(self._picture.weights.curves):
            distances = [abs(self.area.pixels(x - spike, 0)[0]) for spike in curve.spikes]
            if curve.x.size:
                height = float(np.interp(x, curve.x, curve.y, left=0.0, right=0.0))
                distances.append(abs(self.area.pixels(0, y - height)[1]))
            if distances and min(distances) < best:
                best, found = min(distances), index
        if found == NOBODY:
            return NOBODY, ()
        return found if best < _NEAR_PIXELS else NOBODY, self._value_at(found, x)

    def _value_at(self, index: int, x: float) -> tuple[str, ...]:
        """Return what stands at a place of the axis: scheme, layer, sampled and exact."""
        assert self._picture is not None
        weights = self._picture.weights
        curve = weights.curves[index]
        choice = weights.experiment.schemes[index]
        name, layer = choice.label, tr("layer {number}", number=weights.layer + 1)
        fan_in, _ = weights.experiment.layer_shapes[weights.layer]
        law = wording.law_in_words(curve.law, fan_in)
        if not curve.x.size:
            return f"{wording.scheme_name(choice)}, {layer}: {law}", f"{name}: {law}"
        place = wording.number(10**x if weights.scale == "log" else x, 2)
        bin_ = int(np.searchsorted(curve.sampled.edges, x, side="right")) - 1
        inside = 0 <= bin_ < curve.sampled.density.size
        sampled = wording.number(float(curve.sampled.density[bin_]) if inside else 0.0, 2)
        exact = wording.number(float(np.interp(x, curve.x, curve.y, left=0.0, right=0.0)), 2)
        axis = self.area.labels[0]
        here = tr(
            "at {axis} {place} sampled {sampled}, exact {exact}",
            axis=axis,
            place=place,
            sampled=sampled,
            exact=exact,
        )
        return (
            f"{wording.scheme_name(choice)}, {layer}: {here}; {law}",
            f"{name}, {layer}: {here}",
            tr("{scheme}: {sampled}, exact {exact}", scheme=name, sampled=sampled, exact=exact),
        )

    def shown_ends(self) -> Ends | None:
        """Return where the vertical axis ends now."""
        return None if self._picture is None else Ends(0.0, self._top)

    def _draw_axes(self, weights: WeightPicture, top: float) -> None:
        labels = {
            "near_rule": (tr("weight"), tr("density")),
            "log": (tr("|weight|"), tr("density per decade")),
            "relative": (tr("weight × √n_in"), tr("density")),
        }[weights.scale]
        self.area.set_labels(*labels)
        ticks = decade_ticks(weights.low, weights.high, 9) if weights.scale == "log" else None
        self.area.set_x(weights.low, weights.high, ticks)
        heights = _round_steps(top)
        self.area.set_y(0.0, top, [(height, f"{height:g}") for height in [0.0, *heights]])
        self._grid.show(heights, weights.low, weights.high, self.theme)

    def _propose_layer(self, value: object) -> None:
        depth = self._store.state.experiment.depth
        layer = validated_integer("layer", value, 1, depth + 1)
        self._store.update_view(tr("layer of panel 1"), coalesce=True, layer=layer - 1)

    def _on_scale(self) -> None:
        key = self.scale.currentData()
        label = tr("axis to {scale}", scale=wording.SCALES[key])
        self._store.update_view(label, weight_scale=key)


def _round_steps(top: float) -> list[float]:
    step = rounded_outward(top / 5)
    return [round(step * k, 12) for k in range(1, 9) if step * k <= 0.97 * top]
