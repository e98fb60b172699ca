"""How often the panels are drawn anew while a curve or the depth is dragged.

Run ``python benchmarks/dragging.py``. The handle of a curve is pressed and moved across the axis of
panel 1 with five schemes at 10 x 128, a move every 8 ms as from a usual mouse; counted are the
pictures that reach the screen in a second, measured panels and all, and how long after a move the
first picture of a later place is there. The same is done with the depth, from 10 to 2 layers and
back. A redraw counts when it has been painted. Printed beside it is the time of the processor per
redraw, which other work on the machine changes less.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks.measuring import Row
from winit_core.experiment import Experiment
from winit_gui.application import make_application
from winit_gui.grab.handle import Handle
from winit_gui.panels.panel import Panel
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.window import Window

TITLE = "Dragging in a plot: redraws, five schemes at 10 x 128, window 1440 x 900"
SCHEMES = ("zeros", "constant", "small_normal", "glorot_normal", "he_normal")
SECONDS = 4.0
MOVE_EVERY = 0.008


@dataclass(frozen=True)
class Pace:
    """Redraws of one drag.

    Attributes
    ----------
    waits
        Milliseconds from each redraw to the next.
    processor
        Milliseconds of the process per redraw, all threads.
    """

    waits: npt.NDArray[np.float64]
    processor: float

    def rows(self, name: str, target: str = "") -> list[Row]:
        """Return it as lines of a table; the quartiles are those of single redraws."""
        low, middle, high = (
            float(1000 / wait) for wait in np.quantile(self.waits, (0.75, 0.5, 0.25))
        )
        mean = float(1000 / self.waits.mean())
        longest = float(self.waits.max())
        return [
            Row(f"{name}: redraws a second", mean, low, high, "1/s", target),
            Row(f"{name}: middle wait", 1000 / middle, 1000 / high, 1000 / low, "ms"),
            Row(f"{name}: longest wait", longest, longest, longest, "ms"),
            Row(f"{name}: processor per redraw", *(self.processor,) * 3, "ms"),
        ]


class _Painted(QObject):
    """Notes when a plot is painted after a new picture."""

    def __init__(self, window: Window, panel: Panel) -> None:
        super().__init__()
        self.times: list[float] = []
        self._shown: object = None
        self._window = window
        panel.area.view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._window.picture is not self._shown:
            self._shown = self._window.picture
            self.times.append(time.perf_counter())
        return False


def _drag(
    application: QApplication,
    window: Window,
    handle: Handle,
    panel: Panel,
    where: Callable[[float], float],
    seconds: float,
) -> Pace:
    """Move a handle to and fro; `where` gives its place on the axis at a phase from 0 to 1."""
    QTest.mousePress(handle, Qt.MouseButton.LeftButton)
    painted = _Painted(window, panel)
    began, used, due = time.perf_counter(), time.process_time(), 0.0
    while (now := time.perf_counter()) - began < seconds:
        if now >= due:
            due = now + MOVE_EVERY
            phase = (now - began) % 2.0
            x = where(phase if phase < 1 else 2 - phase)
            shift = QPointF(panel.area.place_of(x, 0.0).x() - handle.middle().x(), 0)
            middle = QPointF(handle.rect().center())
            QTest.mouseMove(handle, (middle + shift).toPoint())
        application.processEvents()
        time.sleep(0.0005)
    used = time.process_time() - used
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton)
    while not window.settled:
        application.processEvents()
    return Pace(1000 * np.diff(painted.times), 1000 * used / len(painted.times))


def measure(quick: bool) -> list[Row]:
    """Drag a curve across its range, and the depth, with five schemes at 10 x 128."""
    application = make_application()
    window = Window(Store(State.of(Experiment(SCHEMES))), None)
    window.resize(1440, 900)
    window.show()
    while not window.settled:
        application.processEvents()
    seconds = 0.5 if quick else SECONDS
    window.highlight.set(SCHEMES.index("glorot_normal"))
    _, high = window.weights.area.item.getViewBox().viewRange()[0]
    curve = window.width_grab.handle
    width = _drag(
        application, window, curve, window.weights, lambda at: high * (0.02 + 0.96 * at), seconds
    )
    marker = window.depth_grabs[0].handle
    depth = _drag(application, window, marker, window.signal, lambda at: 10.5 - 8 * at, seconds)
    window.close()
    return [*width.rows("width of a curve", ">= 20"), *depth.rows("depth, 10 to 2 layers")]


def main() -> None:
    """Measure and print."""
    load = os.getloadavg()[0]
    print(f"{TITLE}; load before: {load:.1f}")
    for row in measure(quick=False):
        ends = "" if row.low == row.high else f"   ({row.low:.1f} to {row.high:.1f})"
        print(f"{row.label:44} {row.value:8.1f} {row.unit:4}{row.target}{ends}")


if __name__ == "__main__":
    main()
