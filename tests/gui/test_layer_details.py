"""The distributions of z, h, ∂L/∂z and W in a layer: what is drawn, how they open and close."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.acting import (
    LEFT,
    action,
    choose_with_keys,
    click,
    click_plot,
    double_click,
    place,
    settle,
)
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.schemes import SchemeChoice
from winit_core.simulation import Quantity, layer_values
from winit_gui.layer_picture import QUANTITIES, LayerPicture, layer_picture, layer_summaries
from winit_gui.panels.layer_details import notes_on
from winit_gui.state import State, View
from winit_gui.window import Window

RULES = ("small_normal", "glorot_normal", "he_uniform")


def never() -> bool:
    return False


def picture_of(scale: str = "linear", layer: int = 1, **changes: object) -> LayerPicture:
    schemes = changes.pop("schemes", RULES)
    experiment = small_experiment(schemes, **changes)  # type: ignore[arg-type]
    made = [
        layer_summaries(experiment, index, layer, never) for index in range(len(experiment.schemes))
    ]
    return layer_picture(experiment, layer, 0, scale, made)


def opened(make_window: MakeWindow, **changes: object) -> Window:
    experiment = small_experiment(RULES, **changes)
    return make_window(State.of(experiment, View(details=True, layer=1)))


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_curves_are_histograms_of_the_tensors(scale: str) -> None:
    made = picture_of(scale)
    for plot in made.plots:
        assert plot.logarithmic == (scale == "log")
        for index, curve in enumerate(plot.curves):
            values = layer_values(made.experiment, index, 1, plot.quantity).ravel()
            shown = np.log10(np.abs(values)) if scale == "log" else values
            counts, _ = np.histogram(shown.astype(np.float64), plot.edges)
            np.testing.assert_allclose(curve.density, counts / counts.max())


def test_the_axis_that_fits_is_logarithmic_where_sizes_are_far_apart() -> None:
    alike = picture_of("fitting", schemes=("glorot_normal", "he_uniform"))
    assert [plot.logarithmic for plot in alike.plots] == [False] * 4
    far = picture_of("fitting", schemes=("he_normal", SchemeChoice("normal", {"std": 1e-5})))
    assert [plot.quantity for plot in far.plots] == list(QUANTITIES)
    assert [plot.logarithmic for plot in far.plots] == [True] * 4


def test_single_numbers_are_spikes() -> None:
    made = picture_of(schemes=("zeros", "constant", "he_normal"), activation="relu")
    z, h, delta, weights = made.plots
    for plot in (z, h, delta, weights):
        assert plot.curves[0].spikes == ((0.0, 1.0),)
        assert not plot.curves[0].density.size
    assert weights.curves[1].spikes == ((0.5, 1.0),)
    ((value, share),) = h.curves[2].spikes
    dead = layer_values(made.experiment, 2, 1, Quantity.ACTIVATION) == 0
    assert value == 0
    assert share == pytest.approx(dead.mean())
    assert not z.curves[2].spikes


def test_what_is_not_finite_is_named() -> None:
    wild = SchemeChoice("normal", {"std": 1e6})
    made = picture_of(
        schemes=(wild, "he_normal"), activation="relu", layer=9, hidden_widths=(32,) * 10
    )
    words = " ".join(notes_on(made, 0))
    values = layer_values(made.experiment, 0, 9, Quantity.PRE_ACTIVATION)
    assert not np.isfinite(values).all()
    assert "NaN" in words or "∞" in words
    assert not notes_on(made, 1)


def test_zeros_have_no_place_on_a_logarithmic_axis_and_are_named() -> None:
    made = picture_of("log", schemes=("zeros", "he_normal"), activation="relu")
    assert notes_on(made, 0) == ["z, h, ∂L/∂z, W all 0"]
    notes = [note.replace("\u00a0", " ") for note in notes_on(made, 1)]
    assert any(note.startswith("h, ∂L/∂z ") and note.endswith(" % 0") for note in notes)


def test_a_click_on_a_layer_opens_them_and_another_layer_follows(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small_experiment(RULES))
    assert window.details is None
    click_plot(qtbot, window.signal.area, 3, 0)
    assert window.store.state.view.layer == 2
    qtbot.waitUntil(lambda: window.details is not None and window.details.isVisible())
    settle(qtbot, window)
    assert window.details is not None
    assert window.details.title.text() == "Layer 3"
    assert not window.learning.isVisible()
    click_plot(qtbot, window.gradient.area, 5, 0)
    settle(qtbot, window)
    assert window.details.title.text() == "Layer 5 (output)"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.details.isVisible()
    assert window.learning.isVisible()
    assert window.store.state.view.enlarged == 0


def test_a_double_click_enlarges_and_chooses_no_layer(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small_experiment(RULES))
    before = window.store.state.view
    area = window.signal.area
    spot = place(area, 4, 0)
    qtbot.mouseClick(area.view.viewport(), LEFT, pos=spot)
    assert window.store.state.view.layer == 3
    double_click(qtbot, area.view.viewport(), spot)
    view = window.store.state.view
    assert (view.enlarged, view.layer, view.details) == (2, before.layer, False)
    assert window.store.undo_label == "panel 2 alone"
    settle(qtbot, window)


def test_keys_and_button_open_and_close_them(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(RULES))
    qtbot.keyClick(window, Qt.Key.Key_D)
    settle(qtbot, window)
    assert window.details is not None
    assert window.details.isVisible()
    assert action(window, "Distributions").isChecked()
    click(qtbot, window, window.details.close_button)
    assert not window.details.isVisible()
    window.store.undo()
    settle(qtbot, window)
    assert window.details.isVisible()


def test_beside_an_enlarged_panel(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window)
    window.commands.toggle_enlarged(2)
    settle(qtbot, window)
    assert window.details is not None
    assert window.details.isVisible()
    assert window.details.x() < window.signal.x()
    assert window.details.width() > 0.4 * window.signal.width()
    window.commands.toggle_enlarged(4)
    assert not window.details.isVisible()
    assert window.learning.isVisible()


def test_only_what_is_on_screen_is_computed(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(RULES))
    assert window.picture is not None
    assert window.picture.details is None
    window.commands.toggle_details()
    settle(qtbot, window)
    first = window.picture.details
    assert first is not None
    window.store.update_view("theory", theory=False)
    settle(qtbot, window)
    assert window.picture.details is first, "another look needs no other numbers"


def test_the_axis_is_chosen(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window)
    assert window.details is not None
    choose_with_keys(qtbot, window, window.details.scale, "log")
    settle(qtbot, window)
    assert window.store.state.view.details_scale == "log"
    assert [plot.title.whole for plot in window.details.plots] == [
        "Pre-activation log |z|",
        "Activation log |h|",
        "Backpropagated error log |∂L/∂z|",
        "Weights log |W|",
    ]
    for plot in window.details.plots:
        x, y = plot.lines.shown[1].getData()
        assert len(x) == len(y) + 1
        assert y.max() == 1


def test_after_training_they_are_of_the_shown_step(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, hidden_widths=(8,) * 2)
    window.store.update_training("steps", steps=2)
    action(window, "Train or pause").trigger()
    qtbot.waitUntil(lambda: window.shows_step(2), timeout=20_000)
    assert window.details is not None
    assert "at step 2" in window.details.sentence.whole
    assert window.picture is not None
    made = window.picture.details
    history = window.session.history
    assert made is not None
    assert history is not None
    weights = history.layer_values(2, 1, Quantity.WEIGHT)[0]
    counts, _ = np.histogram(weights, made.plots[3].edges)
    np.testing.assert_allclose(made.plots[3].curves[0].density, counts / counts.max())


def test_they_follow_a_drag_of_the_width(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window)
    window.highlight.set(1)
    handle = window.width_grab.handle
    qtbot.mousePress(handle, LEFT)
    before = window.picture
    assert before is not None
    assert before.details is not None
    QTest.mouseMove(handle, handle.rect().center() + QPoint(60, 0))
    QApplication.processEvents()
    qtbot.waitUntil(lambda: window.settled)
    assert window.picture is not None
    made = window.picture.details
    assert made is not None
    assert made is not before.details
    assert made.summaries[0] is before.details.summaries[0], "what is not dragged is kept"
    for position, quantity in enumerate(QUANTITIES):
        values = layer_values(made.experiment, 1, 1, quantity).ravel()
        np.testing.assert_array_equal(made.summaries[1][position].values, values)
    qtbot.mouseRelease(handle, LEFT)
    settle(qtbot, window)
