"""Axes that stay where they are within a lesson, so that the eye sees what changed."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from winit_gui.lessons.lesson import Step
from winit_gui.panels.gradient_panel import gradient_values
from winit_gui.panels.layer_chart import Ends, LayerChart, Level, layer_chart
from winit_gui.panels.learning_panel import learning_lines, loss_range
from winit_gui.panels.signal_panel import signal_values
from winit_gui.panels.weights_panel import plot_top
from winit_gui.picture import Picture
from winit_gui.training_session import Curves
from winit_gui.weight_picture import weight_axis

Axis = tuple[float, float]

_NEAR = 20.0
"""Times 1 / √n_in: an axis of weights up to here shows schemes near their rule."""

_ALIKE = 3.0
"""Heights of densities that share an axis differ at most so much: a flat one must be seen."""

_BELOW = frozenset({Level.ZERO, Level.ROUNDING})
"""Levels that keep their place on a shared axis."""

_NAMES = {1: "weights", 2: "signal", 3: "gradient", 4: "learning"}


def weight_axes(steps: Sequence[Step]) -> list[Axis | None]:
    """Return the ends of panel 1's axis for every step; None: where its schemes want it.

    Steps with the same layer and scale share an axis, those near their rule apart from the rest.
    """
    own: list[Axis | None] = []
    shared: dict[Hashable, list[Axis]] = {}
    keys: list[Hashable] = []
    for step in steps:
        state = step.state
        axis: Axis | None = None
        key: Hashable = None
        if 1 in step.panels and state.experiment.schemes and "weights" not in step.axes:
            scale, layer = state.view.weight_scale, state.shown_layer
            fan_in = state.experiment.layer_shapes[layer][0]
            axis = weight_axis(state.experiment, layer, scale)
            unit = 1.0 if scale == "relative" else 1 / math.sqrt(fan_in)
            near = scale == "log" or axis[1] <= _NEAR * unit
            key = (scale, layer, fan_in, None if near else axis)
            shared.setdefault(key, []).append(axis)
        own.append(axis)
        keys.append(key)
    ends: list[Axis | None] = []
    for step, natural, shared_by in zip(steps, own, keys, strict=True):
        if "weights" in step.axes:
            ends.append(step.axes["weights"])
        elif natural is None:
            ends.append(None)
        else:
            alike = shared[shared_by]
            ends.append((min(low for low, _ in alike), max(high for _, high in alike)))
    return ends


def natural_ends(step: Step, picture: Picture, curves: Curves | None) -> dict[int, Ends]:
    """Return where the vertical axes of one step would end if it were the only one.

    `curves` are those of a training that has come to its end; None: there is none.
    """
    state = step.state
    if not state.experiment.schemes:
        return {}
    ends: dict[int, Ends] = {}
    if 1 in step.panels:
        ends[1] = Ends(0.0, plot_top(picture.weights))
    if 2 in step.panels:
        _, values, _ = signal_values(picture)
        chart = layer_chart(values, np.zeros(values.shape, dtype=bool), include_one=False)
        ends[2] = _ends_of(chart)
    if 3 in step.panels:
        rate = state.training.learning_rate
        (_, values, _), rounding = gradient_values(picture, state.view, rate)
        chart = layer_chart(values, rounding, include_one=state.view.relative)
        ends[3] = _ends_of(chart)
    if 4 in step.panels and curves is not None:
        quantity = state.view.learning
        if quantity in ("train_loss", "held_out_loss"):
            lines = learning_lines(curves, quantity)
            ends[4] = Ends(*loss_range(lines, curves.baseline))
    return ends


def fixed_ends(
    steps: Sequence[Step], axes: Sequence[Axis | None], natural: Sequence[Mapping[int, Ends]]
) -> list[dict[int, Ends]]:
    """Return the ends of the vertical axes by panel, for every step.

    What a lesson's author fixed counts; else steps share an axis that show the same reading of
    nets of the same shape, as far as they are computed.

    Parameters
    ----------
    steps
        Of the lesson.
    axes
        Their `weight_axes`.
    natural
        Their `natural_ends`; empty for a step that is not computed yet.
    """
    shared: dict[Hashable, Ends] = {}
    for step, by_panel in zip(steps, natural, strict=True):
        for panel, ends in by_panel.items():
            if panel == 1:
                continue
            key = _key(step, panel)
            shared[key] = _union(shared[key], ends) if key in shared else ends
    heights = _shared_heights(steps, axes, natural)
    fixed = []
    for place, (step, by_panel) in enumerate(zip(steps, natural, strict=True)):
        ends_of: dict[int, Ends] = {}
        for panel in step.panels:
            key = _key(step, panel)
            levels = shared[key].levels if key in shared else frozenset()
            if panel != 1 and _NAMES[panel] in step.axes:
                ends_of[panel] = Ends(*step.axes[_NAMES[panel]], levels)
            elif panel == 1 and panel in by_panel:
                ends_of[panel] = Ends(0.0, heights[place])
            elif panel != 1 and key in shared:
                ends_of[panel] = shared[key]
        fixed.append(ends_of)
    return fixed


def _key(step: Step, panel: int) -> Hashable:
    state = step.state
    widths, view = state.experiment.hidden_widths, state.view
    if panel == 2:
        return panel, widths
    if panel == 3:
        return panel, widths, view.reading, view.relative
    return panel, widths, view.learning, state.experiment.dataset, state.experiment.loss


def _ends_of(chart: LayerChart) -> Ends:
    """Return a chart's ends; what is infinite or no number gets its place only where it is."""
    return Ends(chart.low, chart.high, frozenset(chart.levels) & _BELOW)


def _union(first: Ends, second: Ends) -> Ends:
    levels: frozenset[Level] = first.levels | second.levels
    return Ends(min(first.low, second.low), max(first.high, second.high), levels)


def _shared_heights(
    steps: Sequence[Step], axes: Sequence[Axis | None], natural: Sequence[Mapping[int, Ends]]
) -> list[float]:
    """Return the height of panel 1's plot for every step; those that are alike share it."""
    groups: dict[Hashable, list[float]] = {}
    keys: list[Hashable] = []
    for step, axis, ends in zip(steps, axes, natural, strict=True):
        state = step.state
        key: Hashable = (state.view.weight_scale, state.shown_layer, axis)
        keys.append(key)
        if 1 in ends:
            groups.setdefault(key, []).append(ends[1].high)
    heights = []
    for group, ends in zip(keys, natural, strict=True):
        heights.append(_alike(ends[1].high, groups[group]) if 1 in ends else 1.0)
    return heights


def _alike(height: float, heights: list[float]) -> float:
    """Return the largest height of the group that a height belongs to."""
    group: list[float] = []
    for other in sorted(heights):
        if group and other > _ALIKE * group[0]:
            if height in group:
                break
            group = []
        group.append(other)
    return group[-1]
