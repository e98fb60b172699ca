"""Start the real program and send it a signal a while after it watches for it.

The arguments: the signal's name, how many milliseconds after; the rest goes to the program.
"""

from __future__ import annotations

import os
import signal
import sys

from PySide6.QtCore import QTimer, Slot

from winit_gui import app
from winit_gui.application import make_application


class Sender(QTimer):
    """Waits for the program to watch, then for the right moment."""

    def __init__(self, number: signal.Signals, delay: int) -> None:
        super().__init__()
        self._number = number
        self._before = signal.getsignal(number)
        self._delay = delay
        self._waits = False
        self.timeout.connect(self._look)
        self.start(1)

    @Slot()
    def _look(self) -> None:
        if self._waits:
            self.stop()
            os.kill(os.getpid(), self._number)
        elif signal.getsignal(self._number) is not self._before:
            self._waits = True
            self.setInterval(self._delay)


if __name__ == "__main__":
    wanted = signal.Signals[sys.argv[1]]
    # a job in the background, or under nohup, ignores some
    usual = signal.default_int_handler if wanted == signal.SIGINT else signal.SIG_DFL
    signal.signal(wanted, usual)
    make_application()
    sender = Sender(wanted, int(sys.argv[2]))
    sys.exit(app.main(sys.argv[3:]))
