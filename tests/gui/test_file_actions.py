"""The File menu: opening, saving, sharing, dragging in, code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, click, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_gui.experiment_files import open_state, save_state
from winit_gui.heavy_start import HeavyStart
from winit_gui.settings import Settings
from winit_gui.state import State, View
from winit_gui.store import Store
from winit_gui.window import Window


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


def test_the_title_says_whether_the_file_is_what_is_shown(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path
) -> None:
    path = tmp_path / "a [*] b.winit.toml"
    save_state(path, State.of(small_experiment(("zeros",), seed=7), View(type_size=125)))
    window = make_window(small_experiment(("zeros",)))
    window.store.update("seed", seed=8)
    assert (window.windowTitle(), window.isWindowModified()) == ("winit", False), "there is no file"
    window.files.open(path)
    assert window.windowTitle() == "a [*][*] b.winit.toml[*] – winit", "Qt's own escape"
    assert not window.isWindowModified(), "the size of type is the reader's"
    changes: list[Callable[[], None]] = [
        lambda: window.store.update("seed", seed=9),
        lambda: window.store.update_view("layer", layer=2),
        lambda: window.store.update_training("steps", steps=7),
        lambda: window.store.set_rows(window.store.state.rows[1:], "rows"),
        action(window, "Pin this experiment").trigger,
    ]
    for change in changes:
        change()
        assert window.isWindowModified()
        window.store.undo()
        assert not window.isWindowModified()
    window.store.update_view("type", type_size=110)
    assert not window.isWindowModified()
    window.store.update("seed", seed=9)
    assert window.files.save()
    assert not window.isWindowModified()
    window.store.undo()
    assert window.isWindowModified()
    window.files.new()
    assert (window.windowTitle(), window.isWindowModified()) == ("winit", False)
    settle(qtbot, window)


def test_the_file_is_remembered_with_the_state(
    make_window: MakeWindow, tmp_path: Path, settings_file: Path
) -> None:
    path = tmp_path / "mine \N{SNOWMAN}.winit.toml"
    state = State.of(small_experiment(("zeros",), seed=7))
    save_state(path, state)
    window = make_window(state)
    window.files.go_on_with(path)
    assert not window.isWindowModified()
    assert Settings(settings_file).file() == path, "also if the program is killed now"
    assert Settings(settings_file).recent() == [str(path)]
    other = Settings(settings_file)  # another window, which has no file, is closed before
    other.save_state(State.of(small_experiment(("zeros",), seed=8)))
    window.close()
    assert Settings(settings_file).file() == path
    window.files.leave()
    assert Settings(settings_file).file() is None


@pytest.mark.parametrize("content", [None, b"no experiment", b"\xff"])
def test_a_file_that_is_gone_leaves_no_name(
    make_window: MakeWindow, tmp_path: Path, content: bytes | None, complaints: list[str]
) -> None:
    path = tmp_path / "mine.winit.toml"
    if content is not None:
        path.write_bytes(content)
    window = make_window(small_experiment(("zeros",)))
    for name in (path, tmp_path, Path("\0"), None):
        window.files.go_on_with(name)
    assert (window.windowTitle(), window.files.path, complaints) == ("winit", None, [])


def test_who_does_not_want_the_large_experiment_leaves_its_file(
    qtbot: QtBot, tmp_path: Path, settings_file: Path
) -> None:
    path = tmp_path / "mine.winit.toml"
    state = State.of(small_experiment(("zeros",), seed=7))
    save_state(path, state)
    window = Window(Store(state), Settings(settings_file), ask_first=True)
    qtbot.addWidget(window)
    window.files.go_on_with(path)
    window.show()
    page = window.findChild(HeavyStart)
    assert page is not None
    assert window.files.path == path
    click(qtbot, window, page.begin)
    settle(qtbot, window)
    assert window.files.path is None
    assert Settings(settings_file).file() is None


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
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path, complaints: list[str]
) -> None:
    window = make_window(State.of(small_experiment()))
    experiment = window.store.state.experiment
    path = tmp_path / "mine.winit.toml"
    save_state(path, window.store.state)
    window.files.go_on_with(path)
    window.files.copy_share_line()
    window.store.update("seed", seed=99)
    window.files.paste_share_line()
    settle(qtbot, window)
    assert window.files.path is None, "it is no edited version of the file"
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
