"""A lesson given in the real window, with real keys."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, actions, click, focus, number_field, settle
from tests.gui.fixtures import MakeWindow
from tests.gui.present.lessons import FILE, written
from winit_gui.lessons.reader import read_lesson
from winit_gui.present.audience import Audience
from winit_gui.present.presentation import Presentation
from winit_gui.settings import Settings
from winit_gui.style import LIGHT
from winit_gui.window import Window

Key = Qt.Key


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what message boxes say; they are closed at once."""
    texts: list[str] = []

    def warning(parent: QWidget, title: str, text: str) -> None:
        texts.append(text)

    monkeypatch.setattr(QMessageBox, "warning", warning)
    return texts


def given(qtbot: QtBot, window: Window, path: Path) -> Presentation:
    """Open a lesson and wait for its first step."""
    assert window.lessons.open(path)
    presentation = window.lessons.presentation
    assert presentation is not None
    ready(qtbot, presentation)
    return presentation


def ready(qtbot: QtBot, presentation: Presentation) -> None:
    show = presentation.show
    qtbot.waitUntil(lambda: show.is_settled and show.all_begun, timeout=20_000)


def press(presentation: Presentation, *keys: Key) -> None:
    for key in keys:
        QTest.keyClick(presentation.audience, key)


def situation(window: Window) -> tuple[object, ...]:
    """Return what leaving a lesson must give back."""
    store = window.store
    place = window.geometry(), window.tabs.currentIndex(), window.isFullScreen()
    return store.state, store.undo_label, store.redo_label, *place


def title(audience: Audience) -> str:
    return audience.stage.band.title.plain


def test_keys_alone_lead_from_the_first_to_the_last_step_and_back(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    presentation = given(qtbot, window, written(tmp_path))
    audience, stage = presentation.audience, presentation.audience.stage
    assert audience.isFullScreen()
    assert title(audience) == "First"
    assert stage.band.text.plain.startswith("Layer 1 receives 0 of it.")
    for key in (Key.Key_PageDown, Key.Key_Right, Key.Key_Space):
        press(presentation, key)
        ready(qtbot, presentation)
    assert title(audience) == "Third"
    assert stage.band.mark.text == "step 3 of 3   3 / 3"
    press(presentation, Key.Key_Down)
    assert "last step" in audience.note.text
    press(presentation, Key.Key_PageUp)
    assert audience.note.isHidden()
    assert title(audience) == "Second"
    assert not presentation.show.is_asked
    press(presentation, Key.Key_Left)
    assert title(audience) == "First"
    press(presentation, Key.Key_End)
    assert title(audience) == "Third"
    press(presentation, Key.Key_Home)
    assert title(audience) == "First"


def test_a_question_is_answered_by_key(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    presentation = given(qtbot, window, written(tmp_path))
    stage = presentation.audience.stage
    press(presentation, Key.Key_PageDown)
    assert stage.cells[3].is_asked
    assert title(presentation.audience) == "Question"  # the title tells the answer
    assert "Second" not in presentation.audience.accessibleName()
    press(presentation, Key.Key_Period)
    assert presentation.audience.is_blank
    press(presentation, Key.Key_B)
    assert not presentation.audience.is_blank
    assert stage.cells[3].is_asked
    press(presentation, Key.Key_B)  # what a clicker sends gives no answer
    assert presentation.audience.is_blank
    press(presentation, Key.Key_B)
    press(presentation, Key.Key_2)
    assert not presentation.audience.is_blank
    assert not stage.cells[3].is_asked
    assert title(presentation.audience) == "Second"
    assert "✗ 2 All of it. Nothing is carried back." in stage.band.answer.plain
    press(presentation, Key.Key_B)
    assert presentation.audience.is_blank
    press(presentation, Key.Key_PageDown)
    assert not presentation.audience.is_blank
    assert presentation.show.step.title == "Second"


def test_digits_enlarge_and_escape_goes_back_one_thing_at_a_time(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    presentation = given(qtbot, window, written(tmp_path))
    audience = presentation.audience
    press(presentation, Key.Key_2)
    assert [n for n, c in audience.stage.cells.items() if c.panel.isVisible()] == [2]
    press(presentation, Key.Key_Question)
    assert audience.sheet.isVisible()
    press(presentation, Key.Key_Escape)
    assert audience.sheet.isHidden()
    press(presentation, Key.Key_Escape)
    assert [n for n, c in audience.stage.cells.items() if c.panel.isVisible()] == [2, 3]
    with qtbot.waitSignal(presentation.ended):
        press(presentation, Key.Key_Escape)
    assert window.lessons.presentation is None


def test_leaving_restores_the_window_as_it_was(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, settings_file: Path
) -> None:
    window = make_window()
    window.store.update("seed", seed=3)
    settle(qtbot, window)
    field = number_field(window.side.seed)
    focus(qtbot, field)
    before = (
        window.store.state,
        window.store.undo_label,
        window.geometry(),
        window.tabs.currentIndex(),
    )
    picture = window.picture
    presentation = given(qtbot, window, written(tmp_path))
    press(presentation, Key.Key_PageDown, Key.Key_2, Key.Key_PageDown, Key.Key_PageDown)
    press(presentation, Key.Key_Escape)
    settle(qtbot, window)
    after = (
        window.store.state,
        window.store.undo_label,
        window.geometry(),
        window.tabs.currentIndex(),
    )
    assert after == before
    assert window.picture is picture
    assert QApplication.focusWidget() is field or field.focusProxy() is QApplication.focusWidget()
    window.close()
    assert Settings(settings_file).state() == before[0]


def test_a_step_can_be_tried_in_the_window_and_taken_back(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    before = window.store.state
    presentation = given(qtbot, window, written(tmp_path))
    press(presentation, Key.Key_PageDown, Key.Key_T)
    assert window.lessons.presentation is None
    assert window.store.state.experiment == presentation.show.step.state.experiment
    assert window.store.state.view.theme == before.view.theme
    window.store.undo()
    assert window.store.state == before
    settle(qtbot, window)


def test_a_step_that_trains_is_trained_where_it_is_tried(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    path = written(tmp_path, FILE.replace("steps = 3,", "steps = 40,"))

    def try_it() -> None:
        presentation = given(qtbot, window, path)
        press(presentation, Key.Key_End, Key.Key_T)
        step = presentation.show.step
        assert step.train_to == 3
        assert window.store.state.training == step.state.training

    try_it()
    qtbot.waitUntil(lambda: window.shows_step(3), timeout=10_000)
    window.training.show_step(1)
    try_it()  # a student has looked at another step meanwhile
    qtbot.waitUntil(lambda: window.shows_step(3), timeout=10_000)
    window.training.train_to(5)
    qtbot.waitUntil(lambda: window.shows_step(5), timeout=10_000)
    try_it()  # or has gone on
    assert window.training.shown_step == 3
    settle(qtbot, window)


def test_on_one_screen_the_notes_stand_beside_the_stage(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    presentation = given(qtbot, window, written(tmp_path))
    audience = presentation.audience
    stage = audience.stage
    assert audience.notes is None
    type_size = stage.least
    press(presentation, Key.Key_N)
    column = audience.notes
    assert column is not None
    assert presentation.presenter is None
    assert column.isVisible()
    assert not column.geometry().intersects(stage.geometry())
    assert column.geometry().united(stage.geometry()) == audience.rect()
    assert stage.least == type_size
    assert column.notes.text.pixels >= type_size
    assert column.notes.text.plain == "Say hello."
    assert column.following.text() == "Next: Question"  # its title tells the answer
    assert column.clock.text().startswith("0:0")
    press(presentation, Key.Key_PageDown)  # the audience reads along
    assert column.following.text() == "Next: the answer"
    assert "Ask the room" not in column.notes.text.plain
    press(presentation, Key.Key_2)
    assert column.notes.text.plain == "Ask the room: it is nothing."
    press(presentation, Key.Key_PageDown)
    assert column.following.text() == "This is the last step"
    press(presentation, Key.Key_N)
    assert audience.notes is None
    assert stage.geometry() == audience.rect()


def test_what_covers_the_screen_covers_the_notes(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    presentation = given(qtbot, window, written(tmp_path))
    audience = presentation.audience
    press(presentation, Key.Key_N)
    column = audience.notes
    assert column is not None
    middle = column.geometry().center()
    press(presentation, Key.Key_F1)
    assert audience.childAt(middle) is audience.sheet
    press(presentation, Key.Key_Escape)
    assert column.isAncestorOf(audience.childAt(middle)) or audience.childAt(middle) is column
    press(presentation, Key.Key_B)
    assert audience.childAt(middle) is audience.black
    press(presentation, Key.Key_N)
    press(presentation, Key.Key_N)  # who asks for notes wants to see them
    assert not audience.is_blank
    audience.say("Something is wrong.")
    assert audience.stage.geometry().contains(audience.note.geometry())


def test_notes_that_are_long_can_be_scrolled_and_stay_where_they_are(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    path = written(tmp_path, FILE.replace("Say hello.", "Say hello. " * 150))
    presentation = given(qtbot, window, path)
    press(presentation, Key.Key_N)
    column = presentation.audience.notes
    assert column is not None
    bar = column.notes.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    presentation.show.changed.emit()
    assert bar.value() == bar.maximum()
    press(presentation, Key.Key_PageDown)
    assert bar.value() == 0


def test_the_clock_runs_from_the_beginning_of_the_lesson(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    presentation = given(qtbot, window, written(tmp_path))
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 125)
    for _ in range(2):
        press(presentation, Key.Key_N)
        assert presentation.audience.notes is not None
        assert presentation.audience.notes.clock.text().startswith("2:0")
        press(presentation, Key.Key_N)


def test_a_false_claim_is_told_to_the_presenter_and_marked(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window = make_window()
    false = FILE.replace("from = 0.0\nto = 0.0", "from = 20\nto = 40")
    path = written(tmp_path, false)
    presentation = given(qtbot, window, path)
    doubt = "“ratio” is 0, the file claims 20 to 40"
    assert capsys.readouterr().err == f"winit: {path}: Step 1: {doubt}\n"
    audience = presentation.audience
    assert audience.stage.band.mark.text == "(!) 1 / 3"
    assert "claims" not in audience.note.text
    press(presentation, Key.Key_N)
    notes = audience.notes
    assert notes is not None
    assert notes.doubt.isVisible()
    assert notes.doubt.text() == f"(!) {doubt}"
    press(presentation, Key.Key_PageDown)
    assert notes.doubt.isHidden()
    assert audience.stage.band.mark.text == "2 / 3"
    written(tmp_path, FILE)
    press(presentation, Key.Key_PageUp)
    qtbot.waitUntil(lambda: audience.stage.band.mark.text == "1 / 3", timeout=10_000)
    assert notes.doubt.isHidden()
    assert not capsys.readouterr().err


def test_what_is_said_over_the_stage_covers_no_verdict(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    presentation = given(qtbot, make_window(), written(tmp_path))
    audience = presentation.audience
    assert audience.note.text.startswith("Space: next")
    audience.resize(1280, 720)
    assert audience.stage.verdicts.isVisible()
    note = audience.note.geometry()
    assert not note.intersects(audience.stage.verdicts.geometry())
    for cell in audience.stage.cells.values():
        if cell.panel.isVisible():
            plot = cell.panel.area.geometry().translated(cell.panel.pos())
            assert not note.intersects(plot)  # nor an axis
    audience.say("a sentence that is too long to stand beside a title. " * 4)
    assert not audience.note.geometry().intersects(audience.stage.verdicts.geometry())
    assert audience.rect().contains(audience.note.geometry())


def test_a_lesson_ends_the_tour(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = make_window()
    window.help.start_tour()
    presentation = given(qtbot, window, written(tmp_path))
    press(presentation, Key.Key_T)
    assert window.help.tour is None
    settle(qtbot, window)


def test_a_window_that_was_never_shown_comes_when_the_lesson_ends(
    qtbot: QtBot, tmp_path: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    presentation = Presentation(window, read_lesson(written(tmp_path)))
    presentation.open(LIGHT)
    assert presentation.audience.isFullScreen()
    assert window.isHidden()
    presentation.close()
    assert window.isVisible()


def test_an_edited_file_is_read_again_and_a_broken_one_is_said(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    path = written(tmp_path)
    presentation = given(qtbot, window, path)
    press(presentation, Key.Key_End)
    ready(qtbot, presentation)
    audience = presentation.audience
    written(tmp_path, FILE.replace("It was trained.", "It learned."))
    qtbot.waitUntil(lambda: audience.stage.band.text.plain == "It learned.", timeout=10_000)
    assert presentation.show.is_settled  # nothing had to be computed again
    written(tmp_path, FILE.replace('text = "Nothing arrives."', 'txt = "Nothing arrives."'))
    qtbot.waitUntil(lambda: audience.note.isVisible(), timeout=10_000)
    assert "txt" in audience.note.text
    assert "line" in audience.note.text
    assert title(audience) == "Third"
    assert audience.stage.band.text.plain == "It learned."
    path.unlink()  # as some editors do before they write
    written(tmp_path, FILE)
    qtbot.waitUntil(lambda: audience.stage.band.text.plain == "It was trained.", timeout=10_000)
    assert audience.note.isHidden()


def test_a_file_that_is_no_lesson_is_one_message(
    make_window: MakeWindow, said: list[str], tmp_path: Path
) -> None:
    window = make_window()
    broken = written(tmp_path, FILE.replace("panels = [2, 3]", "panels = [7]"))
    assert not window.lessons.open(broken)
    assert len(said) == 1
    assert "small.lesson.toml, line 8" in said[0]
    assert "panels" in said[0]
    assert window.lessons.presentation is None


def test_a_running_lesson_stays_when_another_cannot_be_opened(
    make_window: MakeWindow, qtbot: QtBot, said: list[str], tmp_path: Path
) -> None:
    window = make_window()
    presentation = given(qtbot, window, written(tmp_path))
    assert not window.lessons.open(tmp_path / "nothing.lesson.toml")
    assert len(said) == 1
    assert window.lessons.presentation is presentation


def test_f5_gives_the_lesson_of_last_time(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, settings_file: Path
) -> None:
    window = make_window()
    path = written(tmp_path)
    presentation = given(qtbot, window, path)
    press(presentation, Key.Key_PageDown, Key.Key_Escape)
    assert Settings(settings_file).recent_lessons() == [str(path)]
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Key.Key_F5)
    again = window.lessons.presentation
    assert again is not None
    assert (again.show.lesson.path, again.show.index) == (path, 0)
    ready(qtbot, again)
    press(again, Key.Key_PageDown, Key.Key_Escape)
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    left = window.lessons.presentation
    assert left is not None
    assert left.show.index == 1


def test_the_menu_and_the_side_panel_offer_the_lessons(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window()
    assert window.side.lessons.menu() is window.lessons.menu
    window.lessons.menu.aboutToShow.emit()
    offered = [a.text().replace("&", "") for a in window.lessons.menu.actions()]
    assert any("What not to do" in text for text in offered)
    assert action(window, "Present") in actions(window)
    click(qtbot, window, window.side.present)
    presentation = window.lessons.presentation
    assert presentation is not None
    assert presentation.show.lesson.title == "What not to do, and what to do"


def test_a_lesson_can_be_dropped_on_the_window(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    data = QMimeData()
    folder = tmp_path / "mine"
    folder.mkdir()
    written(folder, name="lesson.toml")
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    drop = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(drop)
    presentation = window.lessons.presentation
    assert presentation is not None
    assert presentation.show.lesson.title == "A small lesson"
    ready(qtbot, presentation)


def test_closing_the_window_ends_the_lesson(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    presentation = given(qtbot, window, written(tmp_path))
    press(presentation, Key.Key_N)
    with qtbot.waitSignal(presentation.ended):
        window.close()
    assert presentation.presenter is None
    assert not presentation.audience.isVisible()


def test_the_mouse_offers_what_the_keys_do(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    presentation = given(qtbot, window, written(tmp_path))
    menu = presentation.audience.menu()
    texts = {a.text().split("\t")[0].replace("&", ""): a for a in menu.actions()}
    texts["Next"].trigger()
    assert presentation.show.step.title == "Second"
    texts["Leave"].trigger()
    assert window.lessons.presentation is None


_TWO_SCREENS = """\
import sys
from pathlib import Path
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from winit_gui.application import make_application
from winit_core.experiment import Experiment
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.window import Window

application = make_application()
window = Window(Store(State.of(Experiment(["zeros"], hidden_widths=(8,), batch_size=8))), None)
window.resize(1000, 600)
window.show()
window.lessons.open(Path(sys.argv[1]))
presentation = window.lessons.presentation
application.processEvents()
print(presentation.audience.screen().name(), presentation.presenter.screen().name())
presentation.show.next()
while presentation.show.index == 0:
    application.processEvents()
    presentation.show.next()
assert presentation.show.is_asked
while not (presentation.show.is_settled and presentation.show.all_begun):
    application.processEvents()
notes = presentation.presenter
print(notes.title.text(), notes.notes.text.plain.split()[:2], notes.following.text())
buttons = {button.text(): button for button in notes.findChildren(QPushButton)}
buttons["Blank"].click()
print(presentation.audience.is_blank, notes.blank.isChecked())
QTest.keyClick(presentation.audience, Qt.Key.Key_B)
print(presentation.audience.is_blank, notes.blank.isChecked())
QTest.keyClick(notes, Qt.Key.Key_F1)
print(presentation.audience.sheet.isVisible(), notes.isVisible())
buttons["Next"].click()
print(presentation.show.is_asked, notes.notes.text.plain)
QTest.keyClick(notes, Qt.Key.Key_Escape)
print(presentation.presenter, presentation.audience.notes)
QTest.keyClick(presentation.audience, Qt.Key.Key_N)
print(presentation.presenter.isVisible(), presentation.audience.notes)
presentation.presenter.close()
QTest.keyClick(presentation.audience, Qt.Key.Key_PageDown)
print(presentation.presenter, presentation.show.step.title)
window.close()
"""


def test_a_second_screen_takes_the_stage_and_the_first_the_notes(tmp_path: Path) -> None:
    screens = tmp_path / "screens.json"
    screens.write_text(
        '{"screens": [{"name": "own", "x": 0, "y": 0, "width": 1280, "height": 720},'
        ' {"name": "beamer", "x": 1280, "y": 0, "width": 1920, "height": 1080}]}'
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screens}"}
    found = subprocess.run(
        [sys.executable, "-c", _TWO_SCREENS, str(written(tmp_path))],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
        check=True,
    )
    assert found.stdout.splitlines() == [
        "beamer own",
        "Second ['Answer:', '1'] Next: the answer",
        "True True",
        "False False",
        "True True",
        "False Ask the room: it is nothing.",
        "None None",
        "True None",
        "None Third",
    ]


def test_a_lesson_from_the_command_line_names_what_is_false(tmp_path: Path) -> None:
    path = written(tmp_path, FILE.replace("from = 0.0\nto = 0.0", "from = 20\nto = 40"))
    folders = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        **dict.fromkeys(folders, str(tmp_path)),
    }
    with subprocess.Popen(
        [sys.executable, "main.py", "--lesson", str(path)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if line.startswith("winit:"))
        process.kill()
    assert said == f"winit: {path}: Step 1: “ratio” is 0, the file claims 20 to 40\n"
