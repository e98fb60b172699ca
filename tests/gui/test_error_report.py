"""An unexpected error is kept, told, and survived."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.acting import LEFT, settle
from tests.gui.fixtures import MakeWindow, Surprises, small_experiment
from winit_core.errors import ExperimentError
from winit_gui.dialogs.error_dialog import ErrorDialog
from winit_gui.error_report import ErrorReporter, log_file, start_log
from winit_gui.window import Window

SMALL = small_experiment(("he_normal",))


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """Give the root logger back its handlers at the end."""
    root = logging.getLogger()
    before = root.handlers[:]
    yield root
    for handler in root.handlers[:]:
        if handler not in before:
            root.removeHandler(handler)
            handler.close()


@pytest.fixture
def hooks() -> Iterator[None]:
    """Give Python back its own hooks at the end."""
    held = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = held


def raised(error: Exception) -> tuple[type[Exception], Exception, object]:
    """Return an error with the place where it was raised."""
    try:
        raise error
    except type(error) as caught:
        return type(caught), caught, caught.__traceback__


def dialogs(window: Window) -> list[ErrorDialog]:
    return [d for d in window.findChildren(ErrorDialog) if d.isVisible()]


def test_an_error_is_told_with_its_details(
    make_window: MakeWindow, qtbot: QtBot, surprises: Surprises, tmp_path: Path
) -> None:
    window = make_window(SMALL)
    reporter = ErrorReporter(window, tmp_path / "winit.log")
    reporter.report(*raised(ValueError("something <odd>")))  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: bool(dialogs(window)))
    surprises.expect("unexpected error")
    (dialog,) = dialogs(window)
    assert "ValueError: something <odd>" in dialog.sentence.text()
    assert "Traceback" in dialog.details.toPlainText()
    assert "Qt 6." in dialog.details.toPlainText()
    qtbot.mouseClick(dialog.copy, LEFT)
    assert QApplication.clipboard().text() == dialog.details.toPlainText()

    reporter.report(*raised(ValueError("and another")))  # type: ignore[arg-type]
    surprises.expect("unexpected error")
    QApplication.processEvents()
    assert dialogs(window) == [dialog], "no heap of dialogs"
    dialog.reject()
    window.store.update("seed", seed=3)  # the program goes on
    settle(qtbot, window)
    reporter.report(*raised(ExperimentError("seed", -1, "0 or more")))  # type: ignore[arg-type]
    surprises.expect("unexpected error")
    qtbot.waitUntil(lambda: bool(dialogs(window)))
    assert "seed = -1" in dialogs(window)[0].sentence.text()
    dialogs(window)[0].reject()


def test_an_error_in_a_thread_is_told_too(
    make_window: MakeWindow, qtbot: QtBot, surprises: Surprises, tmp_path: Path, hooks: None
) -> None:
    window = make_window(SMALL)
    ErrorReporter(window, tmp_path / "winit.log").install()

    def work() -> None:
        raise RuntimeError("in the background")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(dialogs(window)))
    surprises.expect("in the background")
    assert "in the background" in dialogs(window)[0].sentence.text()
    dialogs(window)[0].reject()


def test_ctrl_c_in_the_terminal_is_no_error(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window(SMALL)
    reporter = ErrorReporter(window, tmp_path / "winit.log")
    with qtbot.waitSignal(reporter.interrupted):
        reporter.report(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert dialogs(window) == []


def test_warnings_are_kept_in_a_file(
    root_logger: logging.Logger,
    surprises: Surprises,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "deep" / "winit.log"
    handler = start_log(file)
    assert not file.exists(), "no file without a line"
    logging.getLogger("winit_gui.somewhere").info("quiet")
    logging.getLogger("winit_gui.somewhere").warning("ünusual")
    surprises.expect("ünusual")
    handler.flush()
    assert "WARNING winit_gui.somewhere: ünusual" in file.read_text("utf-8")
    assert "quiet" not in file.read_text("utf-8")
    assert "ünusual" in capsys.readouterr().err


def test_a_large_log_is_put_aside(root_logger: logging.Logger, tmp_path: Path) -> None:
    file = tmp_path / "winit.log"
    file.write_text("x" * 600_000)
    start_log(file)
    assert not file.exists()
    assert (tmp_path / "winit.old.log").stat().st_size == 600_000


def test_a_log_that_cannot_be_written_costs_nothing(
    root_logger: logging.Logger, surprises: Surprises, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("")
    start_log(tmp_path / "a file" / "winit.log")
    surprises.expect("there is no log file")


def test_the_log_is_where_the_platform_keeps_such_things() -> None:
    assert log_file().is_absolute()
    assert log_file().name == "winit.log"
