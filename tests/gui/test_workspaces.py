"""The maps beside Compare, in the real window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.acting import settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.activations import get_activation
from winit_core.maps.luck import Reading
from winit_core.maps.verdict_matrix import Case
from winit_core.schemes import SchemeChoice
from winit_gui.maps.pages import DepthPage, LuckPage, MatrixPage, PlanePage
from winit_gui.state import State
from winit_gui.window import Window


def test_ctrl_and_a_digit_opens_each_workspace(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment()))
    keys = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5)
    for index, key in reversed(list(enumerate(keys))):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentIndex() == index
    settle(qtbot, window)


def page(window: Window, index: int) -> object:
    window.tabs.setCurrentIndex(index)
    return window.tabs.page(index)


def test_the_phase_plane_shows_the_schemes_and_moves_one(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(State.of(small_experiment(schemes=("glorot_normal",))))
    plane = page(window, 3)
    assert isinstance(plane, PlanePage)
    qtbot.waitUntil(lambda: bool(plane.view.groups), timeout=10_000)
    plane.view.point_chosen.emit(2.0, 0.1)
    experiment = window.store.state.experiment
    layer = window.store.state.shown_layer
    fan_in = experiment.layer_shapes[layer][0]
    assert abs(fan_in * experiment.weight_law(0, layer).std ** 2 - 2.0) < 1e-6
    assert abs(experiment.bias_law(0, layer).std ** 2 - 0.1) < 1e-6
    window.tabs.setCurrentIndex(0)
    settle(qtbot, window)


def test_a_place_of_the_matrix_opens_in_compare(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment()))
    matrix = page(window, 1)
    assert isinstance(matrix, MatrixPage)
    case = Case(SchemeChoice("orthogonal"), get_activation("gelu"))
    matrix.matrix.case_chosen.emit(case)
    assert window.tabs.currentIndex() == 0
    settle(qtbot, window)
    experiment = window.store.state.experiment
    assert case.choice in experiment.schemes
    assert experiment.activation == case.activation
    window.store.undo()
    assert window.store.state.experiment == small_experiment()
    settle(qtbot, window)


def test_luck_counts_nets_and_a_seed_opens(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment(schemes=("he_normal",))))
    luck = page(window, 4)
    assert isinstance(luck, LuckPage)
    qtbot.waitUntil(lambda: luck.found is not None, timeout=10_000)
    assert luck.found is not None
    assert len(luck.found.values(Reading.ERROR)) >= 1
    luck.view.seed_chosen.emit(17)
    assert window.store.state.experiment.seed == 17
    settle(qtbot, window)


def test_maps_of_one_scheme_ask_for_one(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment(schemes=())))
    depth = page(window, 2)
    assert isinstance(depth, DepthPage)
    assert "Tick a scheme" in depth.about.text()
    luck = page(window, 4)
    assert isinstance(luck, LuckPage)
    assert "Tick a scheme" in luck.about.text()
    window.tabs.setCurrentIndex(0)
    settle(qtbot, window)
