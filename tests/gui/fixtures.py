"""Windows that are watched: no leaked thread, timer or window, no unexpected line in the log."""

from __future__ import annotations

import gc
import importlib
import logging
import threading
import time
import traceback
import warnings
import weakref
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMessageLogContext,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from winit_core.experiment import Experiment
from winit_gui.application import make_application
from winit_gui.defaults import DEFAULT_SCHEMES
from winit_gui.settings import Settings
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.window import Window

__all__ = [
    "MakeWindow",
    "Surprises",
    "make_window",
    "pytest_itemcollected",
    "pytest_runtest_makereport",
    "qapp",
    "settings_file",
    "small_experiment",
    "surprises",
]

_ALLOWED_QT_LINES = (
    "This plugin does not support propagateSizeHints()",
    # The offscreen platform again, when the list of a combo box pops up.
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",
)
_FAILED = pytest.StashKey[bool]()
_applications: list[QApplication] = []
"""Kept to the end of the process: an application must outlive its widgets."""

MakeWindow = Callable[..., Window]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Leave Qt's messages to `surprises`, which also hears them while a window closes."""
    item.add_marker(pytest.mark.no_qt_log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let go of what the frames of a failed test hold: parts of a window that is destroyed."""
    report = yield
    if call.excinfo is not None and not item.config.getoption("usepdb"):
        traceback.clear_frames(call.excinfo.tb)
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """Return the real application: its style, its font."""
    _applications.append(make_application())
    with warnings.catch_warnings():  # it reads its font in a way that Python deprecates
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module("ziamath")
    gc.collect()
    gc.freeze()  # the modules stay: looking for leaks is much quicker without them
    return _applications[0]


@dataclass
class Surprises:
    """What was logged at WARNING or above, by Python or by Qt."""

    lines: list[str] = field(default_factory=list)

    def expect(self, part: str) -> None:
        """Take one line off the list that must be there."""
        for line in self.lines:
            if part in line:
                self.lines.remove(line)
                return
        pytest.fail(f"nothing was logged with {part!r}; logged: {self.lines}")


class _Listener(logging.Handler):
    def __init__(self, surprises: Surprises) -> None:
        super().__init__(logging.WARNING)
        self._surprises = surprises

    def emit(self, record: logging.LogRecord) -> None:
        self._surprises.lines.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def surprises(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[Surprises]:
    """Fail a test that logs a warning, or leaves a thread, a timer or a held button behind."""
    noted = Surprises()

    def on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        harmless = (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
        if kind not in harmless and message not in _ALLOWED_QT_LINES:
            noted.lines.append(f"Qt: {message}")

    threads, timers = set(threading.enumerate()), set(map(id, _running_timers()))
    listener = _Listener(noted)
    logging.getLogger().addHandler(listener)
    previous = qInstallMessageHandler(on_qt_message)
    yield noted
    qInstallMessageHandler(previous)
    logging.getLogger().removeHandler(listener)
    assert not noted.lines, noted.lines
    if not request.node.stash.get(_FAILED, False):
        assert _ended(lambda: set(threading.enumerate()) <= threads), threading.enumerate()
        running = [timer for timer in _running_timers() if id(timer) not in timers]
        assert not running, [timer.parent() for timer in running]
        # The pointer of the tests that follow would drag, or act within what is open.
        assert QApplication.mouseButtons() == Qt.MouseButton.NoButton
        assert QWidget.mouseGrabber() is None
        assert QApplication.activePopupWidget() is None
        assert QApplication.activeModalWidget() is None


def _ended(is_so: Callable[[], bool]) -> bool:
    """Give what is ending a little while to end."""
    until = time.monotonic() + 2
    while not is_so() and time.monotonic() < until:
        threading.Event().wait(0.01)
    return is_so()


def _running_timers() -> list[QTimer]:
    found = [thing for thing in gc.get_objects() if type(thing) is QTimer]
    return [timer for timer in found if isValid(timer) and timer.isActive()]


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    """Return where this test keeps its settings."""
    return tmp_path / "settings.ini"


def small_experiment(schemes: tuple[Any, ...] = DEFAULT_SCHEMES, **changes: Any) -> Experiment:
    """Return an experiment that is computed at once."""
    small: dict[str, Any] = {"hidden_widths": (16,) * 4, "batch_size": 32}
    return Experiment(schemes, **{**small, **changes})


@pytest.fixture
def make_window(
    qapp: QApplication,
    qtbot: QtBot,
    surprises: Surprises,
    settings_file: Path,
    request: pytest.FixtureRequest,
) -> Iterator[MakeWindow]:
    """Return what builds and shows a window, waits for its picture, and closes it at the end."""
    windows: list[Window] = []

    def make(
        state: State | Experiment | None = None,
        size: tuple[int, int] = (1280, 720),
        settings: Settings | None = None,
        wait: bool = True,
    ) -> Window:
        if not isinstance(state, State):
            state = State.of(state or small_experiment())
        window = Window(Store(state), settings or Settings(settings_file))
        windows.append(window)
        window.resize(*size)
        window.show()
        if wait:
            qtbot.waitUntil(lambda: window.settled, timeout=20_000)
            QCoreApplication.processEvents()
        return window

    yield make
    references = [weakref.ref(window) for window in windows]
    while windows:
        window = windows.pop()
        window.close()
        window.deleteLater()
        del window
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()
    qapp.setStyleSheet("")  # styles of the last window would slow down building the next one
    gc.collect()
    if request.node.stash.get(_FAILED, False):
        return
    leaked = [window for reference in references if (window := reference()) is not None]
    assert not leaked, gc.get_referrers(*leaked)
