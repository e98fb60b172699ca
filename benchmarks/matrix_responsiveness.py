"""How soon the whole window answers while "Which is better" computes its matrix.

Run ``python benchmarks/matrix_responsiveness.py``. The
default experiment, 10 x 128, is on screen; the second tab is opened, and every map is computed for
the first time. Printed are how late the event loop calls back (what a click or a key would wait) at
rest, during the verdicts of 8 nets a cell, and during the short trainings; how long a key press
takes until its effect is painted; when the coarse and the complete matrix were there; and a second
opening in a new window that shares nothing but the folder.

The limit is 50 ms for the 95th percentile.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest

from winit_gui.application import make_application
from winit_gui.defaults import default_experiment
from winit_gui.maps.cell_looks import Shown
from winit_gui.maps.matrix_page import MatrixPage
from winit_gui.settings import Settings
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.window import Window

PROBE_MS = 5
KEY_EVERY_MS = 500
TRAINING_SECONDS = 30.0


class Probe:
    """Measures how late the event loop calls back, and how long a key takes to be painted."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.key_ms: list[float] = []
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_called)
        self._due = 0.0

    def run(self, seconds: float, page: MatrixPage | None = None, until_done: bool = False) -> None:
        """Probe for a while, or until the page has computed all it wants."""
        forward = True

        def press() -> None:
            nonlocal forward
            if page is not None:
                self._press(page, forward)
                forward = not forward

        keys = QTimer()
        keys.timeout.connect(press)
        keys.start(KEY_EVERY_MS)
        self._ask()
        waited(
            lambda: until_done and page is not None and is_there(page, whole=True), seconds=seconds
        )
        keys.stop()
        self._timer.stop()

    def _press(self, page: MatrixPage, forward: bool) -> None:
        began = time.perf_counter()
        key = Qt.Key.Key_Right if forward else Qt.Key.Key_Left
        QTest.keyClick(page.matrix.grid, key)
        page.matrix.grid.viewport().repaint()
        self.key_ms.append(1000 * (time.perf_counter() - began))

    def _ask(self) -> None:
        self._due = time.perf_counter() + PROBE_MS / 1000
        self._timer.start(PROBE_MS)

    def _on_called(self) -> None:
        self.late_ms.append(max(1000 * (time.perf_counter() - self._due), 0.0))
        self._ask()

    def print(self, name: str) -> None:
        """Print median, 95th percentile and maximum."""
        for what, values in (("loop late", self.late_ms), ("key painted", self.key_ms)):
            if values:
                median, p95 = np.percentile(values, (50, 95))
                print(
                    f"{name:22} {what:12} {median:8.1f} {p95:8.1f} {max(values):8.1f} ms "
                    f"({len(values)} samples)"
                )


def waited(is_so: Callable[[], bool], seconds: float = 600.0) -> float:
    """Run the event loop as the program does until something is so; return the seconds it took.

    ``processEvents`` with a time limit would not wait but go round, at the cost of what computes.
    """
    began, loop, timer = time.perf_counter(), QEventLoop(), QTimer()

    def look() -> None:
        if is_so() or time.perf_counter() - began > seconds:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(20)
    loop.exec()
    timer.stop()
    return time.perf_counter() - began


def is_there(page: MatrixPage, whole: bool) -> bool:
    """Tell whether every cell is known, in full or at first sight."""
    found = page.found
    if found is None or whole:
        return found is not None and found.is_complete
    return all(cell is not None for row in found.cells for cell in row)


def opened(folder: Path) -> tuple[Window, MatrixPage]:
    """Return a window at rest and its page "Which is better", not opened yet."""
    window = Window(Store(State.of(default_experiment())), Settings(folder / "settings.ini"))
    window.resize(1440, 900)
    window.show()
    waited(lambda: window.settled)
    page = window.tabs.page(1)
    assert isinstance(page, MatrixPage)
    return window, page


def main() -> None:
    """Measure and print."""
    application = make_application()  # kept: it must outlive its windows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        window, page = opened(folder)
        print(f"{'':22} {'':12} {'median':>8} {'p95':>8} {'max':>8}")
        rest = Probe()
        rest.run(3)
        rest.print("at rest")
        began, busy = time.perf_counter(), time.process_time()
        window.tabs.setCurrentIndex(1)
        page.matrix.setFocus()
        coarse = waited(lambda: is_there(page, whole=False))
        verdicts = Probe()
        verdicts.run(600, page, until_done=True)
        verdicts.print("verdicts")
        print(
            f"coarse after {coarse:.2f} s, complete after {time.perf_counter() - began:.1f} s "
            f"({time.process_time() - busy:.1f} s of processor time)"
        )
        index = page.shown.findData(Shown.ACCURACY.value)
        page.shown.setCurrentIndex(index)
        page.shown.activated.emit(index)
        page.matrix.setFocus()
        trainings = Probe()
        trainings.run(TRAINING_SECONDS, page)
        trainings.print("short trainings")
        known = 0 if page.trained is None else page.trained.known
        print(f"{known} nets trained in {TRAINING_SECONDS:.0f} s")
        window.close()
        again, page = opened(folder)
        began = time.perf_counter()
        again.tabs.setCurrentIndex(1)
        waited(lambda: is_there(page, whole=True))
        print(f"opened again: complete after {time.perf_counter() - began:.2f} s")
        again.close()
    application.processEvents()


if __name__ == "__main__":
    main()
