"""Start the real program, hand it files as macOS does, say what is open then, and close it."""

from __future__ import annotations

import sys

from PySide6.QtCore import QCoreApplication, QTimer, QUrl, Slot
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from winit_gui import app
from winit_gui.application import make_application
from winit_gui.window import Window


class Finder(QTimer):
    """Hands the file over once the window has its first picture."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self.timeout.connect(self._look)
        self.start(20)

    @Slot()
    def _look(self) -> None:
        shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, Window)]
        if not shown or not shown[0].settled:
            return
        self.stop()
        application = make_application()
        QCoreApplication.postEvent(application, QFileOpenEvent(QUrl("https://example.org/a")))
        QCoreApplication.postEvent(application, QFileOpenEvent(self._path))
        QCoreApplication.sendPostedEvents(application)
        print(shown[0].windowTitle(), shown[0].store.state.experiment.seed, flush=True)
        shown[0].close()


if __name__ == "__main__":
    make_application()
    finder = Finder(sys.argv[1])
    sys.exit(app.main([]))
