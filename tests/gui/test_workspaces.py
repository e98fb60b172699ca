"""The maps beside Compare, in the real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, choose_with_mouse, click, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.activations import get_activation
from winit_core.errors import ExperimentError
from winit_core.maps.luck import Reading
from winit_core.maps.verdict_matrix import Case
from winit_core.schemes import SchemeChoice
from winit_gui.maps.cell_looks import Shown
from winit_gui.maps.depth_page import DepthPage
from winit_gui.maps.luck_page import LuckPage
from winit_gui.maps.matrix_page import MatrixPage
from winit_gui.maps.plane_page import PlanePage
from winit_gui.state import MAP_CHOICES, State, View
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
    # With numbers that can be read: four digits.
    assert abs(fan_in * experiment.weight_law(0, layer).std ** 2 - 2.0) < 2e-3
    assert abs(experiment.bias_law(0, layer).std ** 2 - 0.1) < 1e-4
    assert experiment.schemes[0].values["bias_std"] == 0.3162
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


@pytest.mark.parametrize("index", [2, 3, 4])
def test_a_map_that_is_opened_has_the_keyboard(
    make_window: MakeWindow, qtbot: QtBot, index: int
) -> None:
    window = make_window(State.of(small_experiment(("he_normal",))))
    keys = (Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5)
    qtbot.keyClick(window, keys[index - 2], Qt.KeyboardModifier.ControlModifier)
    shown = window.tabs.page(index)
    assert isinstance(shown, DepthPage | PlanePage | LuckPage)
    qtbot.waitUntil(lambda: shown.numbers() is not None, timeout=20_000)
    before = shown.view.accessibleDescription()
    focused = QApplication.focusWidget()
    assert focused is shown.view
    qtbot.keyClick(focused, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: shown.view.accessibleDescription() != before)
    qtbot.mouseMove(shown.view.area.view.viewport())
    qtbot.mousePress(shown.view.area.view.viewport(), Qt.MouseButton.RightButton)
    assert QApplication.focusWidget() is shown.view  # not the plot, which would scroll
    qtbot.mouseRelease(shown.view.area.view.viewport(), Qt.MouseButton.RightButton)
    window.tabs.setCurrentIndex(0)
    settle(qtbot, window)


def test_the_matrix_trains_every_pair_and_a_click_repeats_it(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(State.of(small_experiment(("glorot_normal",), hidden_widths=(4,))))
    matrix = page(window, 1)
    assert isinstance(matrix, MatrixPage)
    choose_with_mouse(qtbot, window, matrix.shown, Shown.ACCURACY.value)
    qtbot.waitUntil(lambda: matrix.trained is not None and matrix.trained.known > 0, timeout=30_000)
    assert matrix.stop.isVisible()
    click(qtbot, window, matrix.stop)
    assert not matrix.is_busy
    assert matrix.stop.text() == "Go on"
    assert matrix.trained is not None
    known = matrix.trained.known
    assert 0 < known < matrix.trained.request.total
    click(qtbot, window, matrix.stop)
    qtbot.waitUntil(
        lambda: matrix.trained is not None and matrix.trained.known > known, timeout=30_000
    )
    place = matrix.trained.request.order[0]
    cell = matrix.trained.cells[place[0]][place[1]]
    assert cell is not None
    assert "learning rate 0.1" in matrix.about.text()
    assert f"{100 * cell.accuracy:.1f} % right" in matrix.matrix.grid.sentence(*place)
    numbers = matrix.numbers()
    assert numbers is not None
    assert repr(cell.accuracy) in numbers
    # Another rate is another training.
    window.store.update_training("rate", learning_rate=0.2)
    assert "learning rate 0.2" in matrix.about.text()
    assert "Trained" not in matrix.matrix.grid.sentence(*place)
    window.store.update("data", dataset="gaussian", input_width=64)
    assert "nothing to learn" in matrix.about.text()
    window.tabs.setCurrentIndex(0)
    settle(qtbot, window)


def test_the_rows_can_be_the_compared_schemes_alone(make_window: MakeWindow, qtbot: QtBot) -> None:
    chosen = ("glorot_normal", "he_normal")
    window = make_window(State.of(small_experiment(chosen, hidden_widths=(4,))))
    matrix = page(window, 1)
    assert isinstance(matrix, MatrixPage)
    choose_with_mouse(qtbot, window, matrix.rows, "compared")
    qtbot.waitUntil(
        lambda: (
            matrix.found is not None
            and tuple(c.key for c in matrix.found.request.schemes) == chosen
            and matrix.found.is_complete
        ),
        timeout=30_000,
    )
    assert matrix.matrix.progress.text() == "352 nets"
    window.tabs.setCurrentIndex(0)
    settle(qtbot, window)


def test_what_cannot_be_trained_is_said_on_the_map(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment(hidden_widths=(4,))))
    window.store.update_training("batch", batch_size=2000)
    matrix = page(window, 1)
    assert isinstance(matrix, MatrixPage)
    choose_with_mouse(qtbot, window, matrix.shown, Shown.STEPS.value)
    qtbot.waitUntil(matrix.refusal.isVisible, timeout=30_000)
    assert "2000 is not possible" in matrix.refusal.text()
    window.store.update_training("batch", batch_size=64)
    assert not matrix.refusal.isVisible()
    window.tabs.setCurrentIndex(0)
    settle(qtbot, window)


def test_every_map_is_taken_along_from_its_own_button(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(State.of(small_experiment(("he_normal",), hidden_widths=(4,))))
    wanted = [tmp_path / "rows.csv", tmp_path / "page.html", tmp_path / "picture.svg"]
    for index in (3, 4):
        shown = page(window, index)
        assert isinstance(shown, PlanePage | LuckPage)
        qtbot.waitUntil(lambda shown=shown: shown.numbers() is not None, timeout=20_000)
        for path, text in zip(wanted, ("Numbers", "Report", "Picture"), strict=True):
            monkeypatch.setattr(
                QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), "")
            )
            entries = {a.text().replace("&", ""): a for a in shown.export.menu().actions()}
            next(a for name, a in entries.items() if name.startswith(text)).trigger()
        assert wanted[0].read_text("utf-8") == shown.numbers()
        html = wanted[1].read_text("utf-8")
        assert "data:image/png;base64," in html
        assert "σ_w" not in html
        assert wanted[2].read_bytes().startswith(b"<?xml")
    window.tabs.setCurrentIndex(0)
    settle(qtbot, window)


def test_the_file_menu_takes_along_what_is_on_screen(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(State.of(small_experiment(("he_normal",), hidden_widths=(4,))))
    plane = page(window, 3)
    assert isinstance(plane, PlanePage)
    qtbot.waitUntil(lambda: plane.numbers() is not None, timeout=20_000)
    offered = []

    def chosen(*asked: object) -> tuple[str, str]:
        offered.append(asked[2:])
        return str(tmp_path / "out"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
    action(window, "Export numbers").trigger()
    action(window, "Report").trigger()
    assert offered == [("phase-plane.csv", "CSV (*.csv)"), ("phase-plane.html", "HTML (*.html)")]
    assert (tmp_path / "out.csv").read_text("utf-8") == plane.numbers()
    assert "<h1>Phase plane</h1>" in (tmp_path / "out.html").read_text("utf-8")
    assert window.brief.text() == "Exported out.html"
    window.tabs.setCurrentIndex(0)
    action(window, "Export numbers").trigger()
    assert "activation_rms" in (tmp_path / "out.csv").read_text("utf-8")
    settle(qtbot, window)


def test_a_map_without_numbers_says_so(
    make_window: MakeWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *asked: said.append(asked[2]))
    window = make_window(State.of(small_experiment((), hidden_widths=(4,))))
    page(window, 4)
    action(window, "Export numbers").trigger()
    action(window, "Report").trigger()
    assert len(said) == 2
    assert all("no numbers yet" in text for text in said)
    window.tabs.setCurrentIndex(0)
    settle(qtbot, window)


def test_what_is_chosen_on_a_map_is_remembered_and_undone(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    view = View(matrix_rows="compared", luck_counts="signal", depth_beside="std")
    window = make_window(State.of(small_experiment(("he_normal",), hidden_widths=(4,)), view))
    matrix = page(window, 1)
    assert isinstance(matrix, MatrixPage)
    assert (matrix.rows.currentData(), matrix.shown.currentData()) == ("compared", "error")
    choose_with_mouse(qtbot, window, matrix.shown, Shown.STEPS.value)
    assert window.store.state.view.matrix_cells == "steps"
    assert "steps to" in window.store.undo_label
    assert "One net of every pair" in matrix.about.text()
    window.store.undo()
    assert matrix.shown.currentData() == "error"
    assert "measured" in matrix.about.text()
    luck, depth = page(window, 4), page(window, 2)
    assert isinstance(luck, LuckPage)
    assert isinstance(depth, DepthPage)
    assert luck.reading.currentData() == "signal"
    assert depth.across.currentData() == "std"
    assert "N(0, std²)" in depth.about.text()
    window.tabs.setCurrentIndex(0)
    settle(qtbot, window)


def test_a_view_names_what_maps_can_choose() -> None:
    assert MAP_CHOICES["matrix_cells"] == tuple(shown.value for shown in Shown)
    assert MAP_CHOICES["luck_counts"] == tuple(reading.value for reading in Reading)
    for field in MAP_CHOICES:
        with pytest.raises(ExperimentError, match=field):
            View(**{field: "nothing"})


def test_luck_counts_nets_and_a_seed_opens(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment(schemes=("he_normal",))))
    luck = page(window, 4)
    assert isinstance(luck, LuckPage)
    qtbot.waitUntil(
        lambda: luck.found is not None and luck.found.values(Reading.ERROR).size > 0,
        timeout=10_000,
    )
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
