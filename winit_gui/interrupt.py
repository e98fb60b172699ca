"""Ctrl+C in the terminal as an event like any other: never inside a slot, and at once when idle.

Python runs a signal's handler only between two of its own instructions: not while Qt waits, and
then in whatever slot happens to run, where closing windows is not safe.
"""

from __future__ import annotations

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot


class Interrupt(QObject):
    """Watches for Ctrl+C, unless the process was started to ignore it.

    Signals
    -------
    happened()
        It was pressed.
    """

    happened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        self._watch = QSocketNotifier(self._near.fileno(), QSocketNotifier.Type.Read, self)
        self._watch.activated.connect(self._on_signal)
        self._watches = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._watches:
            signal.signal(signal.SIGINT, lambda number, frame: None)
            signal.set_wakeup_fd(self._far.fileno(), warn_on_full_buffer=False)

    def close(self) -> None:
        """Let Ctrl+C mean what it did before."""
        if self._watches:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self._watch.setEnabled(False)
        self._near.close()
        self._far.close()

    @Slot()
    def _on_signal(self) -> None:
        if signal.SIGINT in self._near.recv(256):
            self.happened.emit()
