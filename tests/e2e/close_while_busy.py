"""Start the real program and close its window while the computation runs.

The first argument says how many milliseconds after the window is there; the rest goes to the
program. Prints what was going on at that moment.
"""

from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QApplication

from winit_gui import app
from winit_gui.application import make_application
from winit_gui.window import Window


class Closer(QTimer):
    """Waits for the window, then for the right moment."""

    def __init__(self, delay: int) -> None:
        super().__init__()
        self._delay = delay
        self._window: Window | None = None
        self.timeout.connect(self._look)
        self.start(1)

    @Slot()
    def _look(self) -> None:
        if self._window is None:
            shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, Window)]
            if shown and shown[0].centralWidget() is not None:  # it is seen before it is made
                self._window = shown[0]
                self.setInterval(self._delay)
            return
        self.stop()
        alive = any(thread.name == "winit-runner" for thread in threading.enumerate())
        busy = alive and not self._window.settled and self._window.picture is None
        print("busy" if busy else "idle", flush=True)
        self._window = None
        QApplication.closeAllWindows()


if __name__ == "__main__":
    application = make_application()
    closer = Closer(int(sys.argv[1]))
    sys.exit(app.main(sys.argv[2:]))
