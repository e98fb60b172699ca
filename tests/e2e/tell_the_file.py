"""Start the real program, change the seed if one is given, say which file is open, and close it.

The first argument is the seed to change to, or ``-``; the others are the program's own.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QApplication

from winit_gui import app
from winit_gui.application import make_application
from winit_gui.window import Window


class Teller(QTimer):
    """Tells it once the window has its first picture."""

    def __init__(self, seed: str) -> None:
        super().__init__()
        self._seed = seed
        self.timeout.connect(self._look)
        self.start(20)

    @Slot()
    def _look(self) -> None:
        shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, Window)]
        if not shown or not shown[0].settled:
            return
        self.stop()
        window = shown[0]
        if self._seed != "-":
            window.store.update("seed", seed=int(self._seed))
        name = "none" if window.files.path is None else window.files.path.name
        seed = window.store.state.experiment.seed
        print(window.windowTitle(), name, seed, window.isWindowModified(), flush=True)
        window.close()


if __name__ == "__main__":
    make_application()
    teller = Teller(sys.argv[1])
    sys.exit(app.main(sys.argv[2:]))
