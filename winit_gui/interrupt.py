"""Ctrl+C in the terminal, and the system's request to end, as events like any other.

They never come inside a slot, and at once when idle: Python runs a signal's handler only between
two of its own instructions, so not while Qt waits, and then in whatever slot happens to run, where
closing windows is not safe.
"""

from __future__ import annotations

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

_BEFORE = {
    "SIGINT": signal.default_int_handler,
    "SIGTERM": signal.SIG_DFL,
    "SIGHUP": signal.SIG_DFL,  # not on Windows
}
"""What each signal does unless the process was started to ignore it."""


class Interrupt(QObject):
    """Watches for Ctrl+C, `kill` and a closed terminal.

    Signals
    -------
    happened()
        The program is to end.
    """

    happened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        self._watch = QSocketNotifier(self._near.fileno(), QSocketNotifier.Type.Read, self)
        self._watch.activated.connect(self._on_signal)
        self._watched = {
            signal.Signals[name]: before
            for name, before in _BEFORE.items()
            if hasattr(signal, name) and signal.getsignal(signal.Signals[name]) is before
        }
        if self._watched:
            for number in self._watched:
                signal.signal(number, lambda number, frame: None)
            signal.set_wakeup_fd(self._far.fileno(), warn_on_full_buffer=False)

    def close(self) -> None:
        """Let the signals mean what they did before."""
        if self._watched:
            signal.set_wakeup_fd(-1)
            for number, before in self._watched.items():
                signal.signal(number, before)
        self._watch.setEnabled(False)
        self._near.close()
        self._far.close()

    @Slot()
    def _on_signal(self) -> None:
        if not self._watched.keys().isdisjoint(self._near.recv(256)):
            self.happened.emit()
