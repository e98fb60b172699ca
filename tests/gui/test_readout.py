"""What a plot says of the place under the pointer: one line that does not move anything."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtWidgets import QApplication

from tests.gui.acting import hover, place
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.prediction import RunPrediction, predict
from winit_gui import wording
from winit_gui.highlight import NOBODY
from winit_gui.panels.panel import Panel
from winit_gui.state import State, View
from winit_gui.window import Window

SCHEMES = ("small_normal", "glorot_normal")


def point(window: Window, panel: Panel, x: float, y: float) -> None:
    hover(window, panel.area.view.viewport(), place(panel.area, x, y))


def predicted(window: Window, index: int) -> RunPrediction:
    experiment = window.store.state.experiment
    made = predict(experiment, experiment.schemes[index])
    assert made is not None
    return made


def test_the_signal_is_read_out_measured_and_predicted(make_window: MakeWindow) -> None:
    window = make_window(small_experiment(SCHEMES))
    assert window.picture is not None
    panel = window.signal
    for index in (0, 1):
        y = panel.drawn["lines"].shown[index].getData()[1][2]
        point(window, panel, 3.2, y)
        assert window.highlight.index == index
        layer = window.picture.simulation.runs[index].layers[2]
        text = panel.readout.whole
        assert "layer 3" in text
        assert f"RMS of h {wording.number(layer.activation_rms, 3)}" in text
        theory = wording.number(10 ** predicted(window, index).activation[2])
        assert f"predicted {theory} (" in text
        assert wording.scheme_name(window.picture.experiment.schemes[index]) in text


def test_anywhere_in_a_plot_the_nearest_scheme_is_read_out(make_window: MakeWindow) -> None:
    window = make_window(small_experiment(SCHEMES))
    for panel in (window.weights, window.signal, window.gradient):
        (left, right), (bottom, top) = panel.area.item.getViewBox().viewRange()
        x = round(left + 0.8 * (right - left)) if panel is not window.weights else 0.8 * right
        point(window, panel, x, bottom + 0.5 * (top - bottom))
        assert panel.readout.isVisible()
        assert not panel.sentence.isVisible()
        assert any(c.label in panel.readout.whole for c in window.store.state.experiment.schemes)
    assert window.highlight.index in (NOBODY, 0, 1)


def test_the_readout_moves_nothing_and_goes(make_window: MakeWindow) -> None:
    window = make_window(small_experiment(SCHEMES))
    panel = window.gradient
    geometry = panel.area.geometry()
    point(window, panel, 2, -0.1)
    assert panel.readout.isVisible()
    assert panel.area.geometry() == geometry
    assert panel.readout.height() <= panel.sentence.sizeHint().height() + 4
    QApplication.sendEvent(panel.area.view.viewport(), QEvent(QEvent.Type.Leave))
    assert panel.sentence.isVisible()
    assert not panel.readout.isVisible()


@pytest.mark.parametrize("reading", ["delta", "grad_weight", "update_ratio"])
@pytest.mark.parametrize("relative", [True, False])
def test_the_gradient_is_read_out_as_it_is_drawn(
    make_window: MakeWindow, reading: str, relative: bool
) -> None:
    state = State.of(small_experiment(SCHEMES), View(reading=reading, relative=relative))
    window = make_window(state)
    panel = window.gradient
    bars = panel.drawn["bars"].shown[1]
    x, height = bars.opts["x"][1], bars.opts["y0"][1] + bars.opts["height"][1]
    point(window, panel, float(x), float(height))
    assert window.highlight.index == 1
    text = panel.readout.whole
    names = {"delta": "∂L/∂z", "grad_weight": "∂L/∂W", "update_ratio": "update ratio"}
    assert f"layer 2: {names[reading]} {wording.number(10**height, 3)}" in text
    assert ("× the output layer’s" in text.split(";")[0]) == relative
    assert ", predicted " in text


def test_weights_are_read_out_sampled_and_exact(make_window: MakeWindow) -> None:
    window = make_window(small_experiment(("glorot_normal",)))
    law = window.store.state.experiment.weight_law(0, 1)
    x = law.std / 2
    point(window, window.weights, x, float(law.density(x)))
    text = window.weights.readout.whole
    assert "Xavier normal, layer 2: at weight" in text
    assert f"std {wording.number(law.std, 4)}" in text
    exact = float(text.split("exact ")[1].split(";")[0])
    assert exact == pytest.approx(float(law.density(x)), rel=0.06)


def test_a_narrow_panel_says_less(make_window: MakeWindow) -> None:
    window = make_window(small_experiment(SCHEMES), size=(1024, 700))
    panel = window.signal
    y = panel.drawn["lines"].shown[1].getData()[1][2]
    point(window, panel, 3, y)
    shown = panel.readout.text()
    assert shown != panel.readout.whole
    assert "Xavier normal, layer 3" in shown
    assert "…" not in shown
    assert panel.area.view.viewport().rect().contains(QPoint(5, 5))
