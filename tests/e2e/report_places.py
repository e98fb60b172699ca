"""Start the real program and say on standard output where its controls are on the screen."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QPoint, QTimer, Slot
from PySide6.QtWidgets import QApplication, QWidget

from winit_gui import app
from winit_gui.application import make_application
from winit_gui.window import Window


class Reporter(QTimer):
    """Reports once the window has its first picture, and once more per change of the picture."""

    def __init__(self) -> None:
        super().__init__()
        self._told: object = None
        self.timeout.connect(self._look)
        self.start(20)

    @Slot()
    def _look(self) -> None:
        shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, Window)]
        if not shown or not shown[0].isVisible():
            return
        window = shown[0]
        if not window.settled or window.picture is self._told:
            return
        self._told = window.picture
        rows = window.side.schemes.rows
        places = {
            "window": int(window.winId()),
            "depth": _place(window.side.depth_field.field),
            "zeros": _place(rows[0].check, QPoint(8, rows[0].check.height() // 2)),
            "experiment": window.store.state.experiment.to_dict(),
        }
        print(json.dumps(places), flush=True)


def _place(widget: QWidget, point: QPoint | None = None) -> list[int]:
    where = widget.mapToGlobal(point or widget.rect().center())
    return [where.x(), where.y()]


if __name__ == "__main__":
    application = make_application()
    reporter = Reporter()
    sys.exit(app.main(sys.argv[1:]))
