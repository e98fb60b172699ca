"""Fixed axes of the lessons hold what is drawn where it reaches furthest."""

from __future__ import annotations

import numpy as np
import pytest

from winit_gui.lessons import catalogue
from winit_gui.lessons.lesson import Step
from winit_gui.lessons.reader import read_lesson
from winit_gui.panels.gradient_panel import gradient_values
from winit_gui.panels.layer_chart import layer_chart
from winit_gui.panels.learning_panel import learning_lines
from winit_gui.panels.signal_panel import signal_values
from winit_gui.present.prepared import Prepared, prepare

FURTHEST = [
    (1, "Divergence risk: low?"),
    (1, "Too large: training diverges"),
    (1, "What to do"),
    (3, "A hundred products of N(0, 1)"),
]


def drawn(prepared: Prepared) -> dict[str, np.ndarray]:
    """Return the decades that the panels of a step draw, by the name of the axis."""
    step, picture = prepared.step, prepared.picture
    state, found = step.state, {}
    if 2 in step.panels:
        _, values, _ = signal_values(picture)
        found["signal"] = layer_chart(values, np.zeros(values.shape, dtype=bool), False).y
    if 3 in step.panels:
        rate = state.training.learning_rate
        (_, values, _), rounding = gradient_values(picture, state.view, rate)
        found["gradient"] = layer_chart(values, rounding, state.view.relative).y
    if 4 in step.panels and prepared.curves is not None:
        lines = learning_lines(prepared.curves, state.view.learning)
        found["learning"] = np.concatenate([line.heights for line in lines])
    return found


def step_of(lesson: int, title: str) -> Step:
    steps = read_lesson(catalogue.built_in()[lesson - 1]).steps
    return next(step for step in steps if step.title == title)


@pytest.mark.parametrize(("lesson", "title"), FURTHEST)
def test_nothing_runs_off_an_axis(lesson: int, title: str) -> None:
    step = step_of(lesson, title)
    shown = drawn(prepare(step))
    assert shown.keys() & step.axes.keys(), "an axis is fixed"
    for name in shown.keys() & step.axes.keys():
        low, high = step.axes[name]
        heights = shown[name][np.isfinite(shown[name])]
        assert low <= heights.min(), name
        assert heights.max() <= high, name
