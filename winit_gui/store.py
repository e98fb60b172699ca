"""The one current state, its changes and its history."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from winit_gui.pins.pin import Pin
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
    pins_changed(tuple)
        The list of pinned experiments changed.
    history_changed()
        What can be undone or redone changed.
    drag_changed(bool)
        A drag began, or ended.
    """

    experiment_changed = Signal(object)
    view_changed = Signal(object)
    rows_changed = Signal(object)
    training_changed = Signal(object)
    pins_changed = Signal(object)
    history_changed = Signal()
    drag_changed = Signal(bool)

    def __init__(self, state: State, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._state = state
        self._clock = clock
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._last_key = ""
        self._last_time = -_COALESCE_SECONDS
        self._open: _Step | None = None
        self._drag_key: str | None = None

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

    def set_pins(self, pins: tuple[Pin, ...], label: str) -> None:
        """Change the list of pinned experiments; raises like `update`."""
        self._apply(replace(self._state, pins=pins), label, False)

    def load(self, state: State, label: str) -> None:
        """Replace everything, as one step that can be undone."""
        self._apply(state, label, False)

    @contextmanager
    def one_step(self, label: str) -> Iterator[None]:
        """Take every change until the end as a single step; none if it ends where it began."""
        self.end_drag()
        self._open = step = _Step(label, self._state)
        try:
            yield
        finally:
            self._open = None
            if self._state != step.before:
                self._remember(step)
                self._last_key = ""
                self.history_changed.emit()

    @property
    def dragging(self) -> bool:
        """Whether something is being dragged: its changes are not a step yet."""
        return self._drag_key is not None

    def begin_drag(self, key: str) -> None:
        """Take every change from now on as one step, named as its last change.

        `key` tells the drags apart: one that follows another of its kind at once goes on with it.
        """
        self.end_drag()
        self._open, self._drag_key = _Step("", self._state), key
        self.drag_changed.emit(True)

    def end_drag(self) -> None:
        """Keep what was dragged; no step if it ends where it began."""
        step, key = self._open, self._drag_key
        if step is None or key is None:
            return
        self._open = self._drag_key = None
        if self._state != step.before:
            now = self._clock()
            if key == self._last_key and now - self._last_time < _COALESCE_SECONDS and self._done:
                step = replace(step, before=self._done.pop().before)
            if self._state != step.before:
                self._remember(step)
            self._undone.clear()
            self._last_key, self._last_time = key, now
            self.history_changed.emit()
        self.drag_changed.emit(False)

    def cancel_drag(self) -> None:
        """Take back what was dragged."""
        if self._open is not None and self._drag_key is not None:
            self._settle(self._open.before)
            self.end_drag()

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
        if not source or self._open is not None:
            return
        step = source.pop()
        target.append(_Step(step.label, self._state))
        self._last_key = ""
        self._settle(step.before)
        self.history_changed.emit()

    def _apply(self, state: State, label: str, coalesce: bool) -> None:
        if state == self._state:
            return
        if self._open is not None:
            if self.dragging:
                self._open = replace(self._open, label=label)
            self._settle(state)
            return
        now = self._clock()
        same_gesture = label == self._last_key and now - self._last_time < _COALESCE_SECONDS
        if not (coalesce and same_gesture and self._done):
            self._remember(_Step(label, self._state))
        elif state == self._done[-1].before:
            self._done.pop()  # the gesture came back to its beginning: nothing to undo
            coalesce = False
        self._undone.clear()
        self._last_key, self._last_time = (label if coalesce else ""), now
        self._settle(state)
        self.history_changed.emit()

    def _remember(self, step: _Step) -> None:
        self._done.append(step)
        del self._done[:-_HISTORY_LIMIT]
        self._undone.clear()

    def _settle(self, state: State) -> None:
        before, self._state = self._state, state
        if state.rows != before.rows:
            self.rows_changed.emit(state.rows)
        if state.experiment != before.experiment:
            self.experiment_changed.emit(state.experiment)
        if state.training != before.training:
            self.training_changed.emit(state.training)
        if state.pins != before.pins:
            self.pins_changed.emit(state.pins)
        if state.view != before.view:
            self.view_changed.emit(state.view)
