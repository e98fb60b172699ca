"""d. From a real click or drag to the repainted plots, beside redrawing them with ready data."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QStyle, QStyleOptionSlider

from benchmarks.measuring import Row
from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice
from winit_gui.application import make_application
from winit_gui.picture import Picture, Request, make_picture
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.window import Window

TITLE = "Interaction: from the event to the repainted plots, 1440 x 900, 5 schemes, 10 x 128"
SCHEMES = ("zeros", "constant", "small_normal", "glorot_normal", "he_normal")
PROBE_MS = 5
PULSE_MS = 15
"""Each pulse takes the interpreter from what is being computed."""
QUIET_ROUNDS = 5
LEFT = Qt.MouseButton.LeftButton


class Paintings(QObject):
    """Sees when a plot is painted."""

    def __init__(self, window: Window) -> None:
        super().__init__()
        self.seen = False
        for panel in window.panels:
            panel.area.view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note a painting; let everything pass."""
        if event.type() == QEvent.Type.Paint:
            self.seen = True
        return False


def next_events() -> None:
    """Handle what has happened; sleep until something does."""
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


class Lateness:
    """Asks every 5 ms to be called, and measures how late it is: what a click would wait."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_called)

    def run(self, seconds: float) -> None:
        """Probe for a while."""
        end = time.perf_counter() + seconds
        self._ask()
        while time.perf_counter() < end:
            next_events()
        self._timer.stop()

    def _ask(self) -> None:
        self._due = time.perf_counter() + PROBE_MS / 1000
        self._timer.start(PROBE_MS)

    def _on_called(self) -> None:
        self.late_ms.append(max(1000 * (time.perf_counter() - self._due), 0.0))
        self._ask()


class Bench:
    """A window that is acted upon."""

    def __init__(self, quick: bool) -> None:
        widths = (12,) * 3 if quick else (128,) * 10
        state = State.of(Experiment(tuple(map(SchemeChoice, SCHEMES)), hidden_widths=widths))
        state = replace(state, training=replace(state.training, steps=10 if quick else 100))
        self.window = Window(Store(state), None)
        self.window.resize(1440, 900)
        self.window.show()
        self.paintings = Paintings(self.window)
        # What wakes the loop, so that it sees that nothing happens any more.
        self._pulse = QTimer()
        self._pulse.start(PULSE_MS)
        self.until_painted()

    def until_painted(self) -> float:
        """Run the event loop until all is shown; return when the last painting had ended."""
        last, quiet = time.perf_counter(), 0
        while quiet < QUIET_ROUNDS:
            self.paintings.seen = False
            next_events()
            if self.paintings.seen:
                last = time.perf_counter()
            at_rest = self.window.settled and not self.paintings.seen
            quiet = quiet + 1 if at_rest else 0
        return last

    def acted(self, act: Callable[[], None]) -> float:
        """Return the milliseconds from an action to the end of the last painting it caused."""
        start = time.perf_counter()
        act()
        return 1000 * (self.until_painted() - start)

    def click(self, widget: QAbstractButton) -> None:
        """Click on a control, a check box on its box."""
        middle = widget.rect().center()
        box = QPoint(8, widget.height() // 2)
        QTest.mouseClick(widget, LEFT, pos=box if isinstance(widget, QCheckBox) else middle)

    def redrawn(self, picture: Picture) -> float:
        """Return the milliseconds that drawing and painting a ready picture takes."""
        start = time.perf_counter()
        for panel in self.window.panels:
            panel.show_picture(picture, self.window.store.state)
        return 1000 * (self.until_painted() - start)

    def ready(self, seed: int) -> tuple[Picture, float]:
        """Return a picture of another seed, and the milliseconds of its computation."""
        state = self.window.store.state
        experiment = replace(state.experiment, seed=seed)
        request = replace(Request.of(state), experiment=experiment)
        start = time.perf_counter()
        picture = make_picture(request, self.window.picture, workers=self.window.workers)
        return picture, 1000 * (time.perf_counter() - start)


def measure(quick: bool) -> list[Row]:
    """Measure clicks with and without computation, a drag, and how late events are."""
    sys.setswitchinterval(0.001)
    make_application()
    bench = Bench(quick)
    window = bench.window
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    window.side.ensureWidgetVisible(window.side.dice)
    bench.until_painted()
    before = window.picture
    assert before is not None
    for number in range(2 if quick else 20):
        picture, computed = bench.ready(5000 + number)
        floor = bench.redrawn(picture)
        bench.redrawn(before)
        dice = bench.acted(lambda: bench.click(window.side.dice))
        if number:  # the first one pays for what is made once
            note("computation (new seed)", computed)
            note("drawing floor", floor)
            note("click on the dice (computes)", dice)
            note("dice / (1.5 floor + computation)", dice / (1.5 * floor + computed))
        before = window.picture
        assert before is not None
    rows = [_row(name, values) for name, values in found.items()]
    rows += _clicks(bench, 2 if quick else 10)
    rows += _lateness(bench, 0.2 if quick else 5)
    window.close()
    return rows


def _clicks(bench: Bench, rounds: int) -> list[Row]:
    """Measure a tick, which computes one scheme or none, and a change of view, which nothing."""
    window = bench.window
    check = window.side.schemes.rows[0].check
    window.side.ensureWidgetVisible(check)
    bench.until_painted()
    ticks = [bench.acted(lambda: bench.click(check)) for _ in range(2 * rounds)]
    views = [bench.acted(window.commands.toggle_theory) for _ in range(2 * rounds)]
    return [_row("click on a scheme's box", ticks[2:]), _row("theory on or off (view)", views[2:])]


def _lateness(bench: Bench, seconds: float) -> list[Row]:
    """Measure how late the event loop is at rest, in training and while the steps are dragged."""
    window = bench.window
    rest = Lateness()
    rest.run(seconds)
    rows = [_row("events late by, at rest", rest.late_ms)]
    bench.click(window.learning.play)
    busy = Lateness()
    busy.run(seconds)
    rows.append(_row("events late by, while training", busy.late_ms))
    if window.session.history is not None and len(window.session.history) > 1:
        window.session.pause()
        bench.until_painted()
        rows.append(_row("drag along the training, each move", _drag(bench)))
    return rows


def _drag(bench: Bench) -> list[float]:
    slider = bench.window.learning.scrubber
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    start, middle = handle.center(), handle.center().y()
    QTest.mousePress(slider, LEFT, pos=start)
    times = []
    for number in range(1, 11):
        where = QPoint(start.x() + (slider.width() // 2 - start.x()) * number // 10, middle)
        times.append(bench.acted(lambda where=where: QTest.mouseMove(slider, where)))  # type: ignore[misc]
    QTest.mouseRelease(slider, LEFT, pos=QPoint(slider.width() // 2, middle))
    bench.until_painted()
    return times


def _row(label: str, values: Sequence[float]) -> Row:
    """Return the median; the range goes from it to the 95th percentile."""
    median, p95 = np.percentile(values, (50, 95))
    is_ratio = "/ (" in label
    target = "p95 <= 1" if is_ratio else "p95 <= 50" if "late" in label else ""
    return Row(f"{label}: p50 (to p95)", median, median, p95, "x" if is_ratio else "ms", target)
