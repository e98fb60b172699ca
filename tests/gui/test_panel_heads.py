"""The controls in the heads of the panels, by mouse and by keyboard, and the menus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.acting import (
    action,
    choose_with_keys,
    choose_with_mouse,
    double_click,
    focus,
    settle,
    type_into,
)
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_gui import wording
from winit_gui.state import State, View
from winit_gui.window import Window

CONTROL = Qt.KeyboardModifier.ControlModifier


def view(window: Window) -> View:
    return window.store.state.view


def test_the_layer_is_typed_and_stepped(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    type_into(qtbot, window, window.weights.layer, "4")
    assert view(window).layer == 3
    settle(qtbot, window)
    assert window.picture is not None
    assert window.picture.weights.layer == 3
    qtbot.keyClick(window.weights.layer.field, Qt.Key.Key_Up)
    settle(qtbot, window)
    assert window.picture.weights.layer == 4
    assert "16 × 10" in window.weights.sentence.whole


def test_the_layer_stays_within_a_shallower_net(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    type_into(qtbot, window, window.weights.layer, "5")
    type_into(qtbot, window, window.side.depth_field, "2")
    settle(qtbot, window)
    assert window.picture is not None
    assert window.picture.weights.layer == 2
    assert window.weights.layer.field.text() == "3"


@pytest.mark.parametrize("choose", [choose_with_mouse, choose_with_keys])
@pytest.mark.parametrize("key", ["log", "relative"])
def test_the_axis_of_the_weights(
    make_window: MakeWindow, qtbot: QtBot, choose: object, key: str
) -> None:
    window = make_window()
    choose(qtbot, window, window.weights.scale, key)  # type: ignore[operator]
    assert view(window).weight_scale == key
    settle(qtbot, window)
    assert window.picture is not None
    assert window.picture.weights.scale == key


@pytest.mark.parametrize("choose", [choose_with_mouse, choose_with_keys])
@pytest.mark.parametrize("key", ["grad_weight", "update_ratio"])
def test_the_reading_of_the_gradient(
    make_window: MakeWindow, qtbot: QtBot, choose: object, key: str
) -> None:
    window = make_window()
    before = window.picture
    choose(qtbot, window, window.gradient.reading, key)  # type: ignore[operator]
    assert view(window).reading == key
    assert window.settled
    assert window.picture is before, "another reading needs no other numbers"
    assert wording.READING_SYMBOLS[key] in window.gradient.sentence.whole
    assert window.gradient.learning_rate.isVisible() == (key == "update_ratio")


@pytest.mark.parametrize("choose", [choose_with_mouse, choose_with_keys])
def test_relative_and_absolute(make_window: MakeWindow, qtbot: QtBot, choose: object) -> None:
    window = make_window()
    choose(qtbot, window, window.gradient.relative, False)  # type: ignore[operator]
    assert view(window).relative is False
    assert "absolute" in window.gradient.sentence.whole
    choose(qtbot, window, window.gradient.relative, True)  # type: ignore[operator]
    assert view(window).relative is True
    assert "relative" in window.gradient.sentence.whole


def test_the_learning_rate(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    choose_with_keys(qtbot, window, window.gradient.reading, "update_ratio")
    type_into(qtbot, window, window.gradient.learning_rate, "0.5")
    assert window.store.state.training.learning_rate == 0.5
    assert "η = 0.5" in window.gradient.sentence.whole
    qtbot.keyClick(window.gradient.learning_rate.field, Qt.Key.Key_Up)
    assert window.store.state.training.learning_rate == 1
    before = window.store.state
    type_into(qtbot, window, window.gradient.learning_rate, "-1")
    assert window.store.state is before
    assert window.gradient.learning_rate.message.isVisible()
    assert "-1" in window.gradient.learning_rate.message.text()


def test_a_panel_is_enlarged_by_key_and_esc_brings_all_back(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window()
    sizes = [panel.size() for panel in window.panels]
    for number in (1, 2, 3, 4):
        window.setFocus()
        qtbot.keyClick(window, str(number))
        assert view(window).enlarged == number
        settle(qtbot, window)
        assert [panel.number for panel in window.panels if panel.isVisible()] == [number]
        enlarged = window.panels[number - 1]
        assert enlarged.height() > 1.5 * sizes[number - 1].height()
        assert enlarged.width() >= sizes[number - 1].width()
        qtbot.keyClick(window, Qt.Key.Key_Escape)
        assert view(window).enlarged == 0
        settle(qtbot, window)
        assert [panel.size() for panel in window.panels] == sizes
        qtbot.keyClick(window, str(number))
        qtbot.keyClick(window, str(number))
        assert view(window).enlarged == 0


@pytest.mark.parametrize("on", ["plot", "head"])
def test_a_panel_is_enlarged_by_double_click(
    make_window: MakeWindow, qtbot: QtBot, on: str
) -> None:
    window = make_window()
    for panel in window.panels:
        target = panel.area.view.viewport() if on == "plot" else panel.sentence
        for wanted in (panel.number, 0):
            layer = view(window).layer
            double_click(qtbot, target)
            assert view(window).enlarged == wanted
            settle(qtbot, window)
            shown = [p.number for p in window.panels if p.isVisible()]
            assert shown == ([wanted] if wanted else [1, 2, 3, 4])
            assert view(window).layer == layer, "a double click chooses no layer"


def test_the_menus_do_what_the_controls_do(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    action(window, wording.SCALES["log"]).trigger()
    assert view(window).weight_scale == "log"
    action(window, wording.READINGS["update_ratio"]).trigger()
    assert view(window).reading == "update_ratio"
    settle(qtbot, window)
    assert window.weights.scale.currentData() == "log"
    assert window.gradient.reading.currentData() == "update_ratio"
    assert action(window, wording.SCALES["log"]).isChecked()
    for name in ("Dark", "Projector", "Light", "System"):
        action(window, name).trigger()
        assert view(window).theme == name.lower()
        assert action(window, name).isChecked()
    for number, name in enumerate(("Weights", "Signal", "Gradient", "Learning"), start=1):
        action(window, f"{number} {name}").trigger()
        assert view(window).enlarged == number
        assert action(window, f"{number} {name}").isChecked()
    action(window, "All panels").trigger()
    assert view(window).enlarged == 0
    settle(qtbot, window)


def test_back_to_the_first_experiment(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("zeros",)))
    before = window.store.state
    action(window, "Back to the first experiment").trigger()
    assert window.store.state.experiment.depth == 10
    settle(qtbot, window)
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert window.store.state == before
    settle(qtbot, window)


def test_copy_puts_the_picture_on_the_clipboard(make_window: MakeWindow, qtbot: QtBot) -> None:
    from PySide6.QtGui import QGuiApplication

    window = make_window()
    window.setFocus()
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    qtbot.keyClick(window, Qt.Key.Key_C, CONTROL)
    whole = clipboard.image()
    scale = whole.width() / window.centralWidget().width()
    assert scale in (1, 2)
    qtbot.keyClick(window, "2")
    settle(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_C, CONTROL)
    margin = clipboard.image().width() - window.signal.width() * scale
    assert 0 <= margin <= 40 * scale
    clipboard.clear()


def test_focus_and_arrows_of_a_head_control_do_not_enlarge(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window()
    focus(qtbot, window.weights.layer.field)
    qtbot.keyClick(window.weights.layer.field, "3")
    assert view(window).enlarged == 0
    qtbot.keyClick(window.weights.layer.field, Qt.Key.Key_Return)
    assert view(window).layer == 2
    settle(qtbot, window)


@pytest.mark.parametrize("size", [(1024, 700), (1280, 720), (1920, 1080)])
def test_no_sentence_loses_its_subject(
    make_window: MakeWindow, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window = make_window(State.of(small_experiment(), View(theme="projector")), size=size)
    panels = (window.weights, window.signal, window.gradient)
    subjects = dict(zip(panels, ("Layer 2", "RMS of h", "RMS of ∂L/∂z"), strict=True))
    for panel, subject in subjects.items():
        sentence = panel.sentence
        assert sentence.text().startswith(subject)
        needed = sentence.fontMetrics().horizontalAdvance(sentence.text())
        assert needed <= sentence.width(), "the words are cut"
    window.store.update_view("seeds", seeds=4)
    settle(qtbot, window)
    for panel, subject in subjects.items():
        assert panel.sentence.text().startswith(subject)
