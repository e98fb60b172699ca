"""How soon the window answers while five schemes train at full speed.

Run ``python benchmarks/responsiveness.py``. A probe in the window's own thread asks every 5 ms to
be called and measures how late it is: that is what a click or a key would wait. Printed are the
median, the 95th percentile and the longest, at rest and while training, in the same run; and how
long it takes from a change of the experiment until the old training has stopped.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice
from winit_gui.application import make_application
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.training_session import SessionState
from winit_gui.window import Window

SCHEMES = ("zeros", "constant", "small_normal", "glorot_normal", "he_normal")
PROBE_MS = 5


class Probe:
    """Measures how late the event loop calls back."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_called)

    def run(self, application: QApplication, seconds: float) -> None:
        """Probe for a while."""
        end = time.perf_counter() + seconds
        self._ask()
        while time.perf_counter() < end:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, PROBE_MS)
        self._timer.stop()

    def _ask(self) -> None:
        self._due = time.perf_counter() + PROBE_MS / 1000
        self._timer.start(PROBE_MS)

    def _on_called(self) -> None:
        self.late_ms.append(max(1000 * (time.perf_counter() - self._due), 0.0))
        self._ask()

    def line(self, name: str) -> str:
        """Return median, 95th percentile and maximum in a line."""
        median, p95 = np.percentile(self.late_ms, (50, 95))
        return f"{name:28} {median:8.1f} {p95:8.1f} {max(self.late_ms):8.1f}   ms"


def main() -> None:
    """Measure and print."""
    application = make_application()
    experiment = Experiment(tuple(map(SchemeChoice, SCHEMES)))
    state = State.of(experiment)
    state = replace(state, training=replace(state.training, steps=20_000))
    window = Window(Store(state), None)
    window.resize(1440, 900)
    window.show()
    while not window.settled:
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    print(f"{'event loop late by':28} {'median':>8} {'p95':>8} {'max':>8}")
    rest = Probe()
    rest.run(application, 3)
    print(rest.line("at rest"))
    window.learning.play.click()
    busy = Probe()
    busy.run(application, 10)
    print(busy.line("five schemes in training"))
    history = window.session.history
    print(f"steps trained meanwhile: {0 if history is None else len(history)}")
    began = time.perf_counter()
    window.session.pause()
    window.store.update("seed", seed=1)
    assert window.session.state is not SessionState.RUNNING
    print(f"a change took hold after {1000 * (time.perf_counter() - began):.0f} ms")
    began = time.perf_counter()
    window.close()
    print(f"closed after {1000 * (time.perf_counter() - began):.0f} ms")


if __name__ == "__main__":
    main()
