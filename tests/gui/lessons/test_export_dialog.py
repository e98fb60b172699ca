"""The dialog that exports a lesson: chosen, computed, drawn, stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.acting import LEFT
from tests.gui.fixtures import Surprises
from tests.gui.lessons.writing import lesson, plain_step, write
from winit_gui.lessons.export_dialog import ExportDialog


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    first = write(tmp_path, lesson(plain_step(), plain_step("train_to = 3")))
    second = write(tmp_path, lesson(plain_step()).replace("A lesson", "Another"), "b.lesson.toml")
    return [first, second]


def shown(qtbot: QtBot, lessons: list[Path], folder: Path) -> ExportDialog:
    dialog = ExportDialog(lessons)
    qtbot.addWidget(dialog)
    dialog.folder.selectAll()
    dialog.show()
    qtbot.keyClick(dialog.folder, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(dialog.folder, str(folder))
    return dialog


def test_a_lesson_is_chosen_and_written(
    qtbot: QtBot, surprises: Surprises, two: list[Path], tmp_path: Path
) -> None:
    dialog = shown(qtbot, two, tmp_path / "out")
    assert [dialog.lesson.itemText(n) for n in range(2)] == ["A lesson", "Another"]
    with qtbot.waitSignal(dialog.finished_writing, timeout=20_000) as done:
        qtbot.mouseClick(dialog.start, LEFT)
        assert not dialog.start.isEnabled()
        assert dialog.leave.text() == "Stop"
        assert dialog.progress.isVisible()
    assert done.args == [True]
    assert sorted(p.name for p in (tmp_path / "out").rglob("*.*")) == [
        "01.png",
        "02.png",
        "handout.pdf",
    ]
    assert str(tmp_path / "out") in dialog.message.text()
    assert dialog.show_folder.isVisible()
    assert dialog.leave.text() == "Close"
    assert dialog.start.isEnabled()


def test_only_what_is_ticked_is_written(
    qtbot: QtBot, surprises: Surprises, two: list[Path], tmp_path: Path
) -> None:
    dialog = shown(qtbot, two, tmp_path / "out")
    dialog.slides.click()
    dialog.handout.click()
    assert not dialog.start.isEnabled()
    dialog.slides.click()
    dialog.lesson.setCurrentIndex(1)
    assert dialog.folder.text() == str(tmp_path / "out"), "what the user typed stays"
    with qtbot.waitSignal(dialog.finished_writing, timeout=20_000):
        qtbot.mouseClick(dialog.start, LEFT)
    assert [p.name for p in (tmp_path / "out").rglob("*.*")] == ["01.png"]


def test_a_folder_is_suggested(qtbot: QtBot, surprises: Surprises, two: list[Path]) -> None:
    dialog = ExportDialog(two)
    qtbot.addWidget(dialog)
    assert Path(dialog.folder.text()).name == "a"
    dialog.lesson.setCurrentIndex(1)
    assert Path(dialog.folder.text()).name == "b"


def test_it_can_be_stopped(
    qtbot: QtBot, surprises: Surprises, two: list[Path], tmp_path: Path
) -> None:
    dialog = shown(qtbot, two, tmp_path / "out")
    for button in (dialog.leave, None):
        qtbot.mouseClick(dialog.start, LEFT)
        assert dialog.is_busy
        if button is not None:
            with qtbot.waitSignal(dialog.finished_writing) as done:
                qtbot.mouseClick(button, LEFT)
            assert done.args == [False]
            assert "Stopped" in dialog.message.text()
            assert dialog.isVisible()
        else:
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
            assert not dialog.isVisible()
        assert not dialog.is_busy


def test_what_goes_wrong_is_said(
    qtbot: QtBot, surprises: Surprises, two: list[Path], tmp_path: Path
) -> None:
    dialog = shown(qtbot, two, tmp_path / "a.lesson.toml" / "out")

    def outcome() -> str:
        with qtbot.waitSignal(dialog.finished_writing, timeout=20_000) as done:
            qtbot.mouseClick(dialog.start, LEFT)
        assert done.args == [False]
        assert not dialog.show_folder.isVisible()
        return dialog.message.text()

    assert "could not be written" in outcome()
    write(tmp_path, lesson(plain_step("train_to = 1\ntraining = { batch_size = 1700 }")))
    assert "batch_size" in outcome()
    write(tmp_path, lesson(plain_step("layer = 99")))
    assert "line 15, step[1].layer" in outcome()
