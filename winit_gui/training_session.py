"""One training at a time in a thread of its own: play, pause, step, restart."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from winit_core.experiment import Experiment
from winit_core.simulation import SimulationStopped
from winit_core.training import Diverged, baseline_loss
from winit_core.training.history import TrainingHistory
from winit_core.training.settings import Training
from winit_gui import wording
from winit_gui.style import SchemeStyle

_log = logging.getLogger(__name__)
_FRAME_MS = 40

Doubles = npt.NDArray[np.float64]


class SessionState(Enum):
    """What the training does now."""

    EMPTY = "empty"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, eq=False)
class Curves:
    """What panel 4 draws of a training.

    Attributes
    ----------
    experiment, training, styles
        What was trained, and how its schemes are drawn.
    train_loss, held_out_loss, held_out_accuracy
        (steps reached, schemes).
    diverged
        Where each scheme left the finite range, or None.
    baseline
        Loss of the best answer that ignores the inputs.
    """

    experiment: Experiment
    training: Training
    styles: tuple[SchemeStyle, ...]
    train_loss: Doubles
    held_out_loss: Doubles
    held_out_accuracy: Doubles
    diverged: tuple[Diverged | None, ...]
    baseline: float

    @property
    def steps(self) -> int:
        """The last step reached; -1 before the first."""
        return len(self.train_loss) - 1


class TrainingShown(Protocol):
    """A training as panel 4 looks at it."""

    @property
    def state(self) -> SessionState:
        """What the training does now."""

    @property
    def error(self) -> str:
        """Why it failed, or nothing."""

    @property
    def elapsed(self) -> float:
        """Seconds it has run."""

    @property
    def remaining(self) -> float:
        """Seconds it will still run; NaN if that is not known."""

    def curves(self) -> Curves | None:
        """Return what has been reached."""


class TrainingSession(QObject):
    """Trains the experiment it was given last; everything else may go on meanwhile.

    A training can be set aside, at rest, until it is taken back or another one begins.

    Signals
    -------
    advanced()
        Further steps were reached; at the screen's pace, not at the training's.
    state_changed()
        It runs, rests, ended, failed, or was given something else.
    """

    advanced = Signal()
    state_changed = Signal()
    _stopped_with = Signal(object, object)

    def __init__(self, workers: int = 1) -> None:
        super().__init__()
        self._workers = workers
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._history: TrainingHistory | None = None
        self._aside: TrainingHistory | None = None
        self._aside_seconds = 0.0
        self._styles: tuple[SchemeStyle, ...] = ()
        self._baseline = float("nan")
        self._wanted = 0
        self._at_work = False
        self._pace: float | None = None
        self._error = ""
        self._left_behind: list[TrainingHistory] = []
        self._seen = 0
        self._running_seconds = 0.0
        self._running_since: float | None = None
        self._frame = QTimer(self)
        self._frame.setInterval(_FRAME_MS)
        self._frame.timeout.connect(self._on_frame)
        self._stopped_with.connect(self._on_error)

    # What there is

    @property
    def history(self) -> TrainingHistory | None:
        """The training, or None."""
        return self._history

    @property
    def state(self) -> SessionState:
        """What the training does now."""
        history = self._history
        if self._error:
            return SessionState.FAILED
        if history is None:
            return SessionState.EMPTY
        if len(history) > history.training.steps:
            return SessionState.FINISHED
        return SessionState.RUNNING if self._wanted > len(history) else SessionState.PAUSED

    @property
    def error(self) -> str:
        """Why it failed, or nothing."""
        return self._error

    @property
    def elapsed(self) -> float:
        """Seconds the training has run."""
        since = self._running_since
        return self._running_seconds + (0.0 if since is None else time.monotonic() - since)

    @property
    def remaining(self) -> float:
        """Seconds it will still run, at the pace so far; NaN before the first steps."""
        history = self._history
        if history is None or len(history) < 2:
            return float("nan")
        return self.elapsed / len(history) * (history.training.steps + 1 - len(history))

    def curves(self) -> Curves | None:
        """Return what has been reached."""
        history = self._history
        if history is None:
            return None
        reached = len(history)  # the thread may reach a further step while this is read
        return Curves(
            history.experiment,
            history.training,
            self._styles,
            history.train_loss[:reached].copy(),
            history.held_out_loss[:reached].copy(),
            history.held_out_accuracy[:reached].copy(),
            history.diverged,
            self._baseline,
        )

    # What it does

    def begin(
        self, experiment: Experiment, training: Training, styles: tuple[SchemeStyle, ...]
    ) -> None:
        """Take another training, at rest before its first step.

        Raises
        ------
        ExperimentError
            If it cannot be trained; the old one stays then.
        """
        history = TrainingHistory(experiment, training, self._workers)
        self._leave(self._aside)
        self._aside = None
        self._show(history, styles)

    def clear(self) -> None:
        """Forget the training."""
        self._replace(None)
        self.state_changed.emit()

    def set_aside(self) -> None:
        """Keep the training, if there is one, in place of what was kept before."""
        history = self._history
        if history is None:
            return
        self._leave(self._aside)
        self._aside, self._aside_seconds = history, self.elapsed
        self._replace(None)
        self.state_changed.emit()

    def holds_aside(self, experiment: Experiment, training: Training) -> bool:
        """Tell whether this training was set aside and can be taken back."""
        aside = self._aside
        return aside is not None and (aside.experiment, aside.training) == (experiment, training)

    def take_back(self, styles: tuple[SchemeStyle, ...]) -> None:
        """Return to the training that was set aside; it rests."""
        history, self._aside = self._aside, None
        if history is not None:
            self._show(history, styles)
            self._running_seconds = self._aside_seconds

    def _show(self, history: TrainingHistory, styles: tuple[SchemeStyle, ...]) -> None:
        self._replace(history)
        self._styles = styles
        self._baseline = baseline_loss(history.experiment)
        self.state_changed.emit()

    def play(self) -> None:
        """Go on to the end."""
        if self._history is not None:
            self._want(self._history.training.steps + 1)

    def pause(self) -> None:
        """Rest after the present step."""
        self._want(0)

    def run_to(self, step: int) -> None:
        """Go on until a step is reached."""
        self._want(step + 1)

    def step(self) -> None:
        """Reach one step more."""
        if self._history is not None:
            self._want(len(self._history) + 1)

    def set_workers(self, workers: int) -> None:
        """Use so many threads from the next training on."""
        self._workers = workers

    def set_pace(self, steps_per_second: float | None) -> None:
        """Go at most so fast; None: as fast as it can."""
        with self._condition:
            self._pace = steps_per_second
            self._condition.notify_all()

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""
        self._frame.stop()
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._leave(self._aside)
        self._aside = None
        self._replace(None)

    def _replace(self, history: TrainingHistory | None) -> None:
        with self._condition:
            old, self._history = self._history, history
            self._wanted = 0
            self._error = ""
            self._condition.notify_all()
        self._seen = 0
        self._running_seconds, self._running_since = 0.0, None
        self._frame.stop()
        if old is not self._aside:
            self._leave(old)

    def _leave(self, old: TrainingHistory | None) -> None:
        """End a training for good."""
        if old is None:
            return
        if self._thread is None:
            old.close()
            return
        with self._condition:
            self._left_behind.append(old)  # the thread ends it: that may take a step's time
            self._condition.notify_all()

    def _want(self, steps: int) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._work, name="winit-training", daemon=True)
            self._thread.start()
        with self._condition:
            self._wanted = steps
            if steps:
                self._error = ""
            self._condition.notify_all()
        if steps:
            self._running_since = self._running_since or time.monotonic()
            self._frame.start()
        else:
            self._rest()
        self.state_changed.emit()

    def _rest(self) -> None:
        self._running_seconds = self.elapsed
        self._running_since = None

    # The thread

    def _work(self) -> None:
        while True:
            with self._condition:
                self._at_work = False
                self._condition.wait_for(
                    lambda: self._closed or self._left_behind or self._has_work()
                )
                left_behind, self._left_behind = self._left_behind, []
                history = self._history if self._has_work() and not self._closed else None
                self._at_work = history is not None
            for old in left_behind:
                old.close()
            if self._closed:
                return
            if history is None:
                continue
            began = time.monotonic()
            try:
                history.advance(lambda history=history: self._is_over(history))  # type: ignore[misc]
            except SimulationStopped:
                continue
            except Exception as error:
                with self._condition:
                    if self._history is history:
                        self._wanted = 0
                self._stopped_with.emit(history, error)
                continue
            self._keep_pace(began)

    def _has_work(self) -> bool:
        history = self._history
        return history is not None and not history.is_finished and self._wanted > len(history)

    def _is_over(self, history: TrainingHistory) -> bool:
        return self._closed or self._history is not history

    def _keep_pace(self, began: float) -> None:
        with self._condition:
            self._at_work = False
            if self._pace is not None:
                rest = 1 / self._pace - (time.monotonic() - began)
                if rest > 0:
                    self._condition.wait(rest)

    # The window's thread

    @Slot()
    def _on_frame(self) -> None:
        history = self._history
        if history is None:
            self._frame.stop()
            return
        # A step may still be under way after a pause.
        rests = not self._at_work and self.state is not SessionState.RUNNING
        reached = len(history)
        if rests:
            self._frame.stop()
            self._rest()
        if reached != self._seen:
            self._seen = reached
            began = time.monotonic()
            self.advanced.emit()
            # Drawing takes at most a quarter of the time, whatever the screen costs.
            drawing_ms = 1000 * (time.monotonic() - began)
            self._frame.setInterval(max(_FRAME_MS, round(3 * drawing_ms)))
        if rests:
            self.state_changed.emit()

    @Slot(object, object)
    def _on_error(self, history: TrainingHistory, error: Exception) -> None:
        if history is not self._history:
            return
        _log.error("the training failed", exc_info=error)
        self._error = str(error) or type(error).__name__
        self._frame.stop()
        self._rest()
        self.state_changed.emit()


def outcomes(curves: Curves) -> list[str]:
    """Return what became of each scheme so far, in words."""
    return [
        wording.outcome(
            curves.held_out_accuracy[:, index],
            curves.train_loss[:, index],
            curves.baseline,
            1 / curves.experiment.data.classes,
            diverged,
        )
        for index, diverged in enumerate(curves.diverged)
    ]
