"""Where a lesson is: the step, its answer, and the results, computed ahead in the background."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from winit_gui.lessons.lesson import Lesson, Step
from winit_gui.panels.layer_chart import Ends
from winit_gui.present.axes import Axis, fixed_ends, weight_axes
from winit_gui.present.prepared import Prepared, begin, prepare
from winit_gui.present.stage import Showing
from winit_gui.present.stills import position
from winit_gui.runner import BUSY_AFTER_MS, Runner


class LessonShow(QObject):
    """Steps through a lesson.

    Signals
    -------
    changed()
        Something else is to be shown.
    at_end()
        There is no next step.
    waiting(bool)
        The present step is not computed yet and takes longer than a moment; or it came.
    failed(str)
        A step could not be computed: why.
    doubted(str)
        A step's claims were measured, and one is false: which; once for every reading of the file.
    """

    changed = Signal()
    at_end = Signal()
    waiting = Signal(bool)
    failed = Signal(str)
    doubted = Signal(str)

    def __init__(self, lesson: Lesson, index: int = 0) -> None:
        super().__init__()
        self._runner = Runner()
        self._runner.told.connect(self._on_told)
        self._runner.finished.connect(self._on_finished)
        self._runner.failed.connect(self._on_failed)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(BUSY_AFTER_MS)
        self._patience.timeout.connect(self._on_late)
        self._revealed: set[int] = set()
        self._choices: dict[int, int] = {}
        self._failed: set[int] = set()
        self._enlarged = 0
        self._job = -1
        self._take(lesson)
        self._index = min(max(index, 0), len(lesson.steps) - 1)

    def start(self) -> None:
        """Begin to compute."""
        self._arrive()

    @property
    def lesson(self) -> Lesson:
        """What is given."""
        return self._lesson

    @property
    def index(self) -> int:
        """The present step, from 0."""
        return self._index

    @property
    def step(self) -> Step:
        """The present step."""
        return self._lesson.steps[self._index]

    @property
    def following(self) -> Step | None:
        """The step after the present one."""
        steps = self._lesson.steps
        return steps[self._index + 1] if self._index + 1 < len(steps) else None

    @property
    def is_asked(self) -> bool:
        """Whether the present step waits for its answer."""
        return self.step.question is not None and self._index not in self._revealed

    @property
    def offers_choices(self) -> bool:
        """Whether an answer can be chosen now."""
        question = self.step.question
        return self.is_asked and question is not None and bool(question.choices)

    @property
    def showing(self) -> Showing | None:
        """What the stage is to show; None while nothing of the step is computed."""
        prepared = self._prepared[self._index]
        if prepared is None:
            return None
        return Showing(
            prepared,
            self._ends,
            position(self._index + 1, len(self._lesson.steps)),
            not self.is_asked,
            self._choices.get(self._index),
            self._enlarged,
        )

    @property
    def is_settled(self) -> bool:
        """Whether the present step is computed, with its training and its claims."""
        prepared = self._prepared[self._index]
        return prepared is not None and prepared.is_complete

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is wrong with the claims of the present step, as far as they are measured."""
        prepared = self._prepared[self._index]
        return () if prepared is None else prepared.doubts

    @property
    def all_begun(self) -> bool:
        """Whether every step can be shown at once."""
        return all(made is not None or n in self._failed for n, made in enumerate(self._prepared))

    # Stepping

    @Slot()
    def next(self) -> None:
        """Show the answer of a question, else the next step; no step that was not seen is left."""
        if self._prepared[self._index] is None and self._index not in self._failed:
            self.waiting.emit(True)
        elif self.is_asked:
            self.reveal()
        elif self.following is not None:
            self.go_to(self._index + 1)
        else:
            self.at_end.emit()

    @Slot()
    def back(self) -> None:
        """Show the step before."""
        if self._index > 0:
            self.go_to(self._index - 1)

    @Slot()
    def first(self) -> None:
        """Begin again, with every question open."""
        self._revealed.clear()
        self._choices.clear()
        if self._index == 0:
            self.changed.emit()
        self.go_to(0)

    @Slot()
    def last(self) -> None:
        """Show the last step."""
        self.go_to(len(self._lesson.steps) - 1)

    def go_to(self, index: int) -> None:
        """Show a step."""
        if index != self._index:
            self._index = index
            self._enlarged = 0
            self._arrive()

    def reveal(self) -> None:
        """Show the answer of the present step."""
        self._revealed.add(self._index)
        self.changed.emit()

    def choose(self, choice: int) -> None:
        """Give an answer: it is judged, and the right one is shown."""
        question = self.step.question
        if self.offers_choices and question is not None and choice < len(question.choices):
            self._choices[self._index] = choice
            self.reveal()

    def enlarge(self, number: int) -> None:
        """Show a panel alone, or all again."""
        self._enlarged = 0 if self._enlarged == number else number
        self.changed.emit()

    @property
    def enlarged(self) -> int:
        """The panel that is shown alone, or 0."""
        return self._enlarged

    def replace_lesson(self, lesson: Lesson) -> None:
        """Go on with an edited lesson at the step of the same title; keep what is still true."""
        steps, axes, prepared = self._lesson.steps, self._axes, self._prepared
        title = self.step.title
        was_revealed = self._index in self._revealed
        self._revealed.clear()
        self._choices.clear()
        self._failed.clear()
        self._take(lesson)
        for place, (step, axis) in enumerate(zip(lesson.steps, self._axes, strict=True)):
            self._prepared[place] = _held(step, axis, steps, axes, prepared)
        titles = [step.title for step in lesson.steps]
        self._index = min(self._index, len(titles) - 1)
        if titles.count(title) == 1:
            self._index = titles.index(title)
        if was_revealed:
            self._revealed.add(self._index)
        self._arrive()

    def close(self) -> None:
        """Stop computing and wait for it."""
        self._patience.stop()
        self._runner.close()

    # Computing

    def _take(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._axes = weight_axes(lesson.steps)
        self._prepared: list[Prepared | None] = [None] * len(lesson.steps)
        self._ends: dict[int, Ends] = {}

    def _arrive(self) -> None:
        self._fix_axes()
        self.waiting.emit(False)
        self._patience.start()
        self.changed.emit()
        self._compute()

    def _fix_axes(self) -> None:
        natural = [made.ends if made is not None else {} for made in self._prepared]
        self._ends = fixed_ends(self._lesson.steps, self._axes, natural)[self._index]

    def _compute(self) -> None:
        """Compute the present step, then have the others ready."""
        if self._index not in self._failed and not self.is_settled:
            self._submit(self._index, whole=True)
            return
        count = len(self._prepared)
        order = [(self._index + 1 + n) % count for n in range(count - 1)]
        for place in order:
            if place in self._failed:
                continue
            made, step = self._prepared[place], self._lesson.steps[place]
            # A training is worth being seen: it waits for its step to be shown.
            trains = step.train_to > 0 or any(claim.step for claim in step.claims)
            if made is None or not (made.is_complete or trains):
                self._submit(place, whole=not trains)
                return
        if self._job >= 0:
            self._runner.cancel()
            self._job = -1

    def _submit(self, place: int, whole: bool) -> None:
        if place == self._job and whole and not self._runner.idle:
            return  # it is being computed just now
        self._job = place
        step, axis, begun = self._lesson.steps[place], self._axes[place], self._prepared[place]
        workers, runner = os.cpu_count() or 1, self._runner

        def job(should_stop: Callable[[], bool]) -> tuple[int, Prepared]:
            if not whole:
                return place, begin(step, axis, workers, should_stop)

            def tell(prepared: Prepared) -> None:
                runner.tell((place, prepared))

            return place, prepare(step, axis, workers, should_stop, tell, _first(begun))

        self._runner.submit(job)

    @Slot(object)
    def _on_told(self, told: tuple[int, Prepared]) -> None:
        place, prepared = told
        before = self._prepared[place]
        self._prepared[place] = prepared
        if place == self._index:
            if before is None:
                self._fix_axes()
                self.waiting.emit(False)
            self.changed.emit()

    @Slot(object)
    def _on_finished(self, result: tuple[int, Prepared]) -> None:
        place, prepared = result
        self._job = -1
        self._prepared[place] = prepared
        if place == self._index:
            self._fix_axes()
            self.waiting.emit(False)
            self.changed.emit()
        elif self.all_begun:
            before = self._ends
            self._fix_axes()
            if self._ends != before:
                self.changed.emit()  # once: from here on no axis moves
        for doubt in prepared.doubts:
            self.doubted.emit(f"Step {place + 1}: {doubt}")
        self._compute()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        place, self._job = self._job, -1
        self._failed.add(place)
        if place == self._index:
            self.waiting.emit(False)
            self.failed.emit(f"Step {place + 1} could not be computed: {error}")
        self._compute()

    @Slot()
    def _on_late(self) -> None:
        if self._prepared[self._index] is None and self._index not in self._failed:
            self.waiting.emit(True)


def _first(begun: Prepared | None) -> Prepared | None:
    """Return what is untrained of a step that was left while it trained."""
    if begun is None or begun.picture.step:
        return None
    return replace(begun, curves=None, measured=(), reached=0)


def _held(
    step: Step,
    axis: Axis | None,
    steps: Sequence[Step],
    axes: Sequence[Axis | None],
    prepared: Sequence[Prepared | None],
) -> Prepared | None:
    """Return the results of a step that an older lesson had, if they are the same."""
    for old, old_axis, made in zip(steps, axes, prepared, strict=True):
        same = (old.state, old.panels, old.train_to, old.claims, old_axis)
        if made is not None and same == (
            step.state,
            step.panels,
            step.train_to,
            step.claims,
            axis,
        ):
            return replace(made, step=step)
    return None
