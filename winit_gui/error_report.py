"""Unexpected errors: kept in a log file, told in a dialog, and the program goes on."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal, Slot

from winit_core.errors import ExperimentError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_log = logging.getLogger(__name__)
_FILE = "winit.log"
_BYTES = 500_000
"""From this size on a new file is begun."""

_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_file() -> Path:
    """Return where the log is kept on this platform; it need not exist yet."""
    place = QStandardPaths.StandardLocation.AppLocalDataLocation
    return Path(QStandardPaths.writableLocation(place)) / _FILE


def start_log(file: Path) -> logging.Handler:
    """Write warnings and errors of the program into a file from now on, and to the terminal.

    The file is made with its first line; where it cannot be, the terminal alone has the lines. One
    that has grown large is put aside, in place of the one before it.
    """
    root = logging.getLogger()
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    root.addHandler(handler)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > _BYTES:
            file.replace(file.with_suffix(".old.log"))
        handler = logging.FileHandler(file, encoding="utf-8", delay=True)
        handler.setLevel(logging.WARNING)
        handler.setFormatter(logging.Formatter(_LINE))
        root.addHandler(handler)
    except OSError as error:
        _log.warning("there is no log file: %s", error)
    return handler


class ErrorReporter(QObject):
    """Shows an unexpected error in a dialog; errors that come while it is open are only logged.

    Parameters
    ----------
    file
        The log, named in the dialog.

    Signals
    -------
    interrupted()
        The user pressed Ctrl+C in the terminal.
    """

    interrupted = Signal()
    _reported = Signal(str, str)

    def __init__(self, parent: QWidget, file: Path) -> None:
        super().__init__(parent)
        self._parent = parent
        self._file = file
        self._is_open = False
        # An error in a thread of its own is told where widgets may be touched.
        self._reported.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take every exception that nothing else catches, of every thread, from now on."""
        sys.excepthook = self.report
        threading.excepthook = self._report_of_thread

    def report(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        """Log an error and show it."""
        if issubclass(kind, KeyboardInterrupt):
            self.interrupted.emit()
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        _log.error("unexpected error\n%s", details)
        reason = str(error) if isinstance(error, ExperimentError) else f"{kind.__name__}: {error}"
        self._reported.emit(reason, details)

    def _report_of_thread(self, given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            self.report(given.exc_type, given.exc_value, given.exc_traceback)

    @Slot(str, str)
    def _show(self, reason: str, details: str) -> None:
        if self._is_open:
            return
        from winit_gui.dialogs.error_dialog import ErrorDialog  # needed by few starts

        self._is_open = True
        dialog = ErrorDialog(self._parent, reason, details, self._file)
        dialog.finished.connect(self._on_closed)
        dialog.open()

    @Slot()
    def _on_closed(self) -> None:
        self._is_open = False
