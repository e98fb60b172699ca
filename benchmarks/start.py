"""e. From the start of the process to the first frame and result, beside a bare window."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import Row, row

TITLE = "Start: from the process to the first frame and result, beside PySide6 + pyqtgraph alone"
ROOT = Path(__file__).resolve().parent.parent

# The bare window has what any such program needs: an application, one plot, one curve.
_BARE = """
import time
from PySide6.QtWidgets import QApplication
import numpy as np
import pyqtgraph as pg
application = QApplication([])
plot = pg.PlotWidget()
plot.plot(np.arange(100.0), np.arange(100.0))
plot.resize(1440, 900)
plot.show()
application.processEvents()
print("frame", time.time())
"""
# The program as `main.py` runs it; only the end of the event loop is told.
_WINIT = """
import time
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
import winit_gui.app
import winit_gui.application as application
from winit_gui.window import Window

class Watch(QObject):
    def __init__(self, window):
        super().__init__(window)
        self.window, self.framed = window, False
        window.installEventFilter(self)
        self.timer = self.startTimer(1)
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.UpdateRequest and not self.framed:
            self.framed = True
            print("frame", time.time(), flush=True)
        return False
    def timerEvent(self, event):
        if "result" not in seen and self.window.picture is not None:
            seen.append("result")
            self.window.repaint()
            print("result", time.time(), flush=True)
        if self.window.settled:
            self.window.repaint()
            print("complete", time.time(), flush=True)
            self.window.close()
            QApplication.quit()

seen = []
show = Window.showEvent
def shown(self, event):
    show(self, event)
    self.watch = Watch(self)
Window.showEvent = shown
raise SystemExit(winit_gui.app.main([]))
"""


def measure(quick: bool) -> list[Row]:
    """Start both in turns, each time with settings of their own; the first round is for warmth."""
    rounds = 0 if quick else 9
    times: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as home:
        for number in range(rounds + 1):
            bare = _started(_BARE, home)["frame"]
            found = _started(_WINIT, home)
            if number == 0 and not quick:
                continue  # it read everything from the disk
            times.setdefault("bare window: first frame", []).append(bare)
            for name, seconds in found.items():
                times.setdefault(f"winit: {name}", []).append(seconds)
                ratios.setdefault(name, []).append(seconds / bare)
    rows = [row(name, seconds, "s") for name, seconds in times.items()]
    targets = {"frame": "<= 1.3", "result": "<= 1.6"}
    rows += [
        row(f"{name} / bare frame", values, target=targets.get(name, ""))
        for name, values in ratios.items()
    ]
    return rows


def _started(program: str, home: str) -> dict[str, float]:
    """Run a program; return when it said what, in seconds since its start."""
    environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    start = time.time()
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line.split() for line in answer.stdout.splitlines())
    return {name: float(at) - start for name, at in lines}
