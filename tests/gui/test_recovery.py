"""The question after a crash, and what becomes of each answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from tests.gui.fixtures import small_experiment
from winit_gui.autosave import Autosave
from winit_gui.experiment_files import save_state
from winit_gui.recovery import start_autosave
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.window import Window

PRESENT = State.of(small_experiment(seed=1))
LEFT = State.of(small_experiment(seed=9))


def opened(qtbot: QtBot) -> Window:
    window = Window(Store(PRESENT), settings=None)
    qtbot.addWidget(window)
    window.show()
    return window


def question(window: Window) -> QMessageBox | None:
    return window.findChild(QMessageBox)


def left(folder: Path) -> Path:
    file = folder / "1-crashed.winit.toml"
    save_state(file, LEFT)
    return file


@pytest.mark.parametrize(
    ("answer", "seed", "remains"),
    [(Qt.Key.Key_Return, 9, False), ("Discard", 1, False), (Qt.Key.Key_Escape, 1, True)],
    ids=["restored", "discarded", "later"],
)
def test_an_answer(
    qtbot: QtBot, tmp_path: Path, answer: Qt.Key | str, seed: int, remains: bool
) -> None:
    file = left(tmp_path)
    window, autosave = opened(qtbot), Autosave(tmp_path)
    start_autosave(window, autosave, remembered=None)
    box = question(window)
    assert box is not None
    assert file.exists()
    assert box.isVisible()
    if isinstance(answer, str):
        (button,) = (one for one in box.buttons() if answer in one.text())
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    else:
        QTest.keyClick(box, answer)
    assert window.store.state.experiment.seed == seed
    assert file.exists() == remains
    own = set(tmp_path.glob("*.winit.toml")) - {file}
    assert len(own) == 1, "the present session is kept from now on"
    if seed == 9:
        window.store.undo()
        assert window.store.state.experiment.seed == 1
    window.close()
    autosave.finish()
    assert list(tmp_path.glob("*.winit.toml")) == ([file] if remains else [])
    assert Autosave(tmp_path).recovered() == (LEFT if remains else None)


def test_a_window_closed_before_the_answer_is_asked_again(qtbot: QtBot, tmp_path: Path) -> None:
    file = left(tmp_path)
    window, autosave = opened(qtbot), Autosave(tmp_path)
    start_autosave(window, autosave, remembered=None)
    window.close()
    box = question(window)
    assert box is not None
    box.close()  # as the application does to all windows when it quits
    autosave.finish()
    assert list(tmp_path.glob("*.winit.toml")) == [file]


@pytest.mark.parametrize("known", ["remembered", "shown"])
def test_what_is_known_is_not_asked_about(qtbot: QtBot, tmp_path: Path, known: str) -> None:
    state = LEFT if known == "remembered" else PRESENT
    save_state(tmp_path / "1-crashed.winit.toml", state)
    window, autosave = opened(qtbot), Autosave(tmp_path)
    start_autosave(window, autosave, remembered=LEFT)
    assert question(window) is None
    assert not (tmp_path / "1-crashed.winit.toml").exists()
    autosave.finish()


def test_a_lecture_is_not_begun_with_a_question(qtbot: QtBot, tmp_path: Path) -> None:
    file = left(tmp_path)
    window, autosave = opened(qtbot), Autosave(tmp_path)
    start_autosave(window, autosave, remembered=None, may_ask=False)
    assert question(window) is None
    autosave.finish()
    assert list(tmp_path.glob("*.winit.toml")) == [file]
