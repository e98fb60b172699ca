"""The one current state, its changes and its history."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from winit_gui.state import Row, State

_COALESCE_SECONDS = 1.0
_HISTORY_LIMIT = 500


@dataclass(frozen=True)
class _Step:
    label: str
    before: State


class Store(QObject):
    """Holds the state; widgets change it here and draw what it emits.

    Signals
    -------
    experiment_changed(Experiment)
        The numbers must be computed anew.
    view_changed(View)
        Only the drawing changed.
    rows_changed(tuple)
        The scheme list changed.
    training_changed(Training)
        The training would give other numbers.
    history_changed()
        What can be undone or redone changed.
    """

    experiment_changed = Signal(object)
    view_changed = Signal(object)
    rows_changed = Signal(object)
    training_changed = Signal(object)
    history_changed = Signal()

    def __init__(self, state: State, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._state = state
        self._clock = clock
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._last_key = ""
        self._last_time = -_COALESCE_SECONDS

    @property
    def state(self) -> State:
        """The current state."""
        return self._state

    def update(self, label: str, coalesce: bool = False, **changes: Any) -> None:
        """Change fields of the experiment.

        Raises
        ------
        ExperimentError
            For a value no experiment can have; nothing changes then.
        """
        self._apply(self._state.with_experiment(**changes), label, coalesce)

    def update_view(self, label: str, coalesce: bool = False, **changes: Any) -> None:
        """Change fields of the view; raises like `update`."""
        view = replace(self._state.view, **changes)
        self._apply(replace(self._state, view=view), label, coalesce)

    def update_training(self, label: str, coalesce: bool = False, **changes: Any) -> None:
        """Change fields of the training; raises like `update`."""
        training = replace(self._state.training, **changes)
        self._apply(replace(self._state, training=training), label, coalesce)

    def set_rows(self, rows: tuple[Row, ...], label: str) -> None:
        """Change the scheme list; raises like `update`."""
        self._apply(self._state.with_rows(rows), label, False)

    def load(self, state: State, label: str) -> None:
        """Replace everything, as one step that can be undone."""
        self._apply(state, label, False)

    @property
    def undo_label(self) -> str:
        """What undo would take back, or nothing."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """What redo would do again, or nothing."""
        return self._undone[-1].label if self._undone else ""

    def undo(self) -> None:
        """Go one step back, if there is one."""
        self._move(self._done, self._undone)

    def redo(self) -> None:
        """Go one step forward again, if there is one."""
        self._move(self._undone, self._done)

    def _move(self, source: list[_Step], target: list[_Step]) -> None:
        if not source:
            return
        step = source.pop()
        target.append(_Step(step.label, self._state))
        self._last_key = ""
        self._settle(step.before)
        self.history_changed.emit()

    def _apply(self, state: State, label: str, coalesce: bool) -> None:
        if state == self._state:
            return
        now = self._clock()
        same_gesture = label == self._last_key and now - self._last_time < _COALESCE_SECONDS
        if not (coalesce and same_gesture and self._done):
            self._done.append(_Step(label, self._state))
            del self._done[:-_HISTORY_LIMIT]
        self._undone.clear()
        self._last_key, self._last_time = (label if coalesce else ""), now
        self._settle(state)
        self.history_changed.emit()

    def _settle(self, state: State) -> None:
        before, self._state = self._state, state
        if state.rows != before.rows:
            self.rows_changed.emit(state.rows)
        if state.experiment != before.experiment:
            self.experiment_changed.emit(state.experiment)
        if state.training != before.training:
            self.training_changed.emit(state.training)
        if state.view != before.view:
            self.view_changed.emit(state.view)
