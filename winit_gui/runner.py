"""Latest-wins work in the background: one job, one waiting place, cancel, join at the end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from winit_core.simulation import SimulationStopped

BUSY_AFTER_MS = 150
"""Work shorter than this shows no sign of itself."""

_log = logging.getLogger(__name__)

Job = Callable[[Callable[[], bool]], Any]


class Runner(QObject):
    """Runs jobs one at a time in a thread of its own; a new job displaces the ones before it.

    A job is called with a function that says whether it should stop, and raises
    `SimulationStopped` when it does.

    Signals
    -------
    finished(object)
        The result of the newest job; an older job's result is never delivered.
    told(object)
        What the newest job said on its way, through `tell`.
    failed(object)
        The exception of the newest job.
    busy_changed(bool)
        Work has taken longer than 150 ms; or it ended.
    """

    finished = Signal(object)
    told = Signal(object)
    failed = Signal(object)
    busy_changed = Signal(bool)
    _reported = Signal(int, object, object)
    _told = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self._condition = threading.Condition()
        self._waiting: tuple[int, Job] | None = None
        self._newest = 0
        self._closed = False
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(BUSY_AFTER_MS)
        self._timer.timeout.connect(self._show_busy)
        self._running = 0
        self._reported.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._told.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name="winit-runner", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether nothing is running, waiting, or about to be delivered."""
        return not self._timer.isActive() and not self._busy

    def submit(self, job: Job) -> None:
        """Run a job as soon as possible, in place of everything before it."""
        with self._condition:
            self._newest += 1
            self._waiting = (self._newest, job)
            self._condition.notify()
        if not self._busy:
            self._timer.start()

    def tell(self, result: Any) -> None:
        """Deliver something before the end; to be called by the running job."""
        self._told.emit(self._running, result)

    def cancel(self) -> None:
        """Stop what runs or waits; nothing of it is delivered."""
        with self._condition:
            self._newest += 1
            self._waiting = None
        self._settle()

    def close(self) -> None:
        """Cancel, and wait until the thread has ended."""
        with self._condition:
            self._closed = True
            self._newest += 1
            self._waiting = None
            self._condition.notify()
        self._thread.join()
        self._settle()

    def _work(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closed or self._waiting is not None)
                if self._closed or self._waiting is None:
                    return
                (ticket, job), self._waiting = self._waiting, None
                self._running = ticket
            result: Any = None
            error: Exception | None = None
            try:
                result = job(lambda ticket=ticket: ticket != self._newest)  # type: ignore[misc]
            except SimulationStopped:
                continue
            except Exception as caught:
                _log.debug("a job failed", exc_info=True)
                error = caught
            if not self._closed:
                self._reported.emit(ticket, result, error)

    @Slot(int, object, object)
    def _deliver(self, ticket: int, result: Any, error: Exception | None) -> None:
        if ticket != self._newest or self._closed:
            return
        self._settle()
        if error is not None:
            self.failed.emit(error)
        else:
            self.finished.emit(result)

    @Slot(int, object)
    def _pass_on(self, ticket: int, result: Any) -> None:
        if ticket == self._newest and not self._closed:
            self.told.emit(result)

    @Slot()
    def _show_busy(self) -> None:
        self._busy = True
        self.busy_changed.emit(True)

    def _settle(self) -> None:
        self._timer.stop()
        if self._busy:
            self._busy = False
            self.busy_changed.emit(False)
