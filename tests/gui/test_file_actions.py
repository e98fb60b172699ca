"""The File menu: opening, saving, sharing, dragging in, code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_gui.experiment_files import open_state
from winit_gui.state import State


@pytest.fixture
def complaints(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *arguments: said.append(arguments[2]))
    return said


def test_what_is_saved_opens_again_just_so(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path, monkeypatch: Any
) -> None:
    window = make_window(State.of(small_experiment()))
    window.store.update("seed", seed=7)
    window.store.update_training("steps", steps=20)
    path = tmp_path / "mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    assert window.files.save_as()
    written = tmp_path / "mine.winit.toml"
    assert window.files.path == written
    assert "mine" in window.windowTitle()
    state = window.store.state
    assert open_state(written) == state
    window.files.new()
    assert window.store.state != state
    window.files.open(written)
    settle(qtbot, window)
    assert window.store.state == state


def test_a_bad_file_changes_nothing_and_names_its_line(
    make_window: MakeWindow, tmp_path: Path, complaints: list[str]
) -> None:
    window = make_window(State.of(small_experiment()))
    state, picture = window.store.state, window.picture
    bad = tmp_path / "bad.winit.toml"
    bad.write_text("version = 1\nnonsense = [", encoding="utf-8")
    window.files.open(bad)
    window.files.open(tmp_path / "absent.winit.toml")
    assert window.store.state == state
    assert window.picture is picture
    assert len(complaints) == 2
    assert "line 2" in complaints[0]


def test_a_share_line_goes_through_the_clipboard(
    qtbot: QtBot, make_window: MakeWindow, complaints: list[str]
) -> None:
    window = make_window(State.of(small_experiment()))
    experiment = window.store.state.experiment
    window.files.copy_share_line()
    window.store.update("seed", seed=99)
    window.files.paste_share_line()
    settle(qtbot, window)
    assert window.store.state.experiment == experiment
    QGuiApplication.clipboard().setText("no share line")
    window.files.paste_share_line()
    assert window.store.state.experiment == experiment
    assert len(complaints) == 1


def test_the_code_window_shows_every_library(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(State.of(small_experiment()))
    window.files.show_code()
    code = window.files.code_window
    assert code is not None
    texts = set()
    for position in range(code.library.count()):
        code.library.setCurrentIndex(position)
        texts.add(code.text.toPlainText())
    assert len(texts) == 3
    assert any("torch" in text for text in texts)
    code.close()


def test_what_was_done_is_said_and_is_on_no_picture(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment(("he_normal",))))
    action(window, "Copy picture").trigger()
    assert window.brief.isVisible()
    assert window.brief.text() == "Copied the window as a picture"
    first = QGuiApplication.clipboard().image()
    action(window, "Copy picture").trigger()
    assert QGuiApplication.clipboard().image() == first
    window.commands.toggle_enlarged(2)
    settle(qtbot, window)
    action(window, "Copy picture").trigger()
    assert window.brief.text() == "Copied panel 2 as a picture"
    action(window, "Copy share line").trigger()
    assert "line" in window.brief.text()
    window.brief.dismiss()
    assert not window.brief.isVisible()
