"""Start the real program and press Ctrl+C a while after it watches for it.

The first argument says how many milliseconds after; the rest goes to the program.
"""

from __future__ import annotations

import os
import signal
import sys

from PySide6.QtCore import QTimer, Slot

from winit_gui import app
from winit_gui.application import make_application


class Presser(QTimer):
    """Waits for the program to watch, then for the right moment."""

    def __init__(self, delay: int) -> None:
        super().__init__()
        self._delay = delay
        self._waits = False
        self.timeout.connect(self._look)
        self.start(1)

    @Slot()
    def _look(self) -> None:
        if self._waits:
            self.stop()
            os.kill(os.getpid(), signal.SIGINT)
        elif signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            self._waits = True
            self.setInterval(self._delay)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    make_application()
    presser = Presser(int(sys.argv[1]))
    sys.exit(app.main(sys.argv[2:]))
