"""Where a lesson is: the step, its answer, and the results, computed ahead in the background."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from winit_core.translation import tr
from winit_gui.lessons.lesson import Lesson, Step
from winit_gui.panels.layer_chart import Ends
from winit_gui.picture import Picture
from winit_gui.present.axes import Axis, fixed_ends, weight_axes
from winit_gui.present.kept_pictures import KeptPictures
from winit_gui.present.prepared import Means, Prepared, begin, needs_training, prepare
from winit_gui.present.stage import Showing
from winit_gui.present.stills import position
from winit_gui.runner import Runner

_PATIENCE_MS = 100
"""A step that takes longer shows its words first: they are painted long before 300 ms."""

_NOTHING = -1


class LessonShow(QObject):
    """Steps through a lesson.

    The present step is computed first. As soon as something of it can be shown, the others follow,
    the nearest first, while the present one trains: whichever is needed soonest is begun soonest,
    so no other order has more of them ready in time. A step that is not ready after a moment is
    shown as far as it is: its words, and how far the rest is.

    Parameters
    ----------
    lesson
        What is given.
    index
        The step to begin with, from 0.
    kept
        Pictures of earlier times.
    most_layers
        So many measured layers of nets, about 1 kB each, are held at the same time: the steps
        that are needed last are computed when they are near.

    Signals
    -------
    changed()
        Something else is to be shown.
    progressed(float)
        What share is done of the step of which nothing can be shown yet.
    at_end()
        There is no next step.
    failed(str)
        A step could not be computed: why.
    doubted(str)
        A step's claims were measured, and one is false: which; once for every reading of the file.
    """

    changed = Signal()
    progressed = Signal(float)
    at_end = Signal()
    failed = Signal(str)
    doubted = Signal(str)

    def __init__(
        self,
        lesson: Lesson,
        index: int = 0,
        kept: KeptPictures | None = None,
        most_layers: int = 150_000,
    ) -> None:
        super().__init__()
        self._kept, self._most_layers = kept, most_layers
        self._front, self._ahead = Runner(), Runner()
        for runner in (self._front, self._ahead):
            runner.told.connect(self._on_told)
        self._front.finished.connect(self._on_front_finished)
        self._front.failed.connect(self._on_front_failed)
        self._ahead.finished.connect(self._on_ahead_finished)
        self._ahead.failed.connect(self._on_ahead_failed)
        self._front_place = self._ahead_place = _NOTHING
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._on_late)
        self._is_late = False
        self._revealed: set[int] = set()
        self._choices: dict[int, int] = {}
        self._enlarged = 0
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
        """What the stage is to show; None for a moment, while it is being computed."""
        prepared = self._prepared[self._index]
        if not self._is_late and (prepared is None or not prepared.is_begun):
            return None
        return Showing(
            self.step,
            prepared,
            self._ends,
            position(self._index + 1, len(self._lesson.steps)),
            not self.is_asked,
            self._choices.get(self._index),
            self._enlarged,
            self._shares.get(self._index, 0.0),
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
        """Whether every step that is held can be shown at once."""
        return all(
            place in self._failed or (made is not None and made.is_begun)
            for place in self._nearest()
            for made in [self._prepared[place]]
        )

    # Stepping

    @Slot()
    def next(self) -> None:
        """Show the answer of a question, else the next step; no step that was not seen is left."""
        if self._prepared[self._index] is None and self._index not in self._failed:
            self._on_late()
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
        self._stop()
        self._take(lesson)
        for place, (step, axis) in enumerate(zip(lesson.steps, self._axes, strict=True)):
            self._hold(place, _held(step, axis, steps, axes, prepared))
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
        self._stop()
        self._front.close()
        self._ahead.close()

    # Computing

    def _take(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._axes = weight_axes(lesson.steps)
        self._prepared: list[Prepared | None] = [None] * len(lesson.steps)
        self._natural: list[Mapping[int, Ends]] = [{} for _ in lesson.steps]
        self._ends: dict[int, Ends] = {}
        self._failed: dict[int, str] = {}
        self._shares: dict[int, float] = {}

    def _hold(self, place: int, made: Prepared | None) -> None:
        self._prepared[place] = made
        if made is not None:
            self._natural[place] = made.ends

    def _stop(self) -> None:
        self._front.cancel()
        self._ahead.cancel()
        self._front_place = self._ahead_place = _NOTHING

    def _arrive(self) -> None:
        self._fix_axes()
        self._is_late = False
        self._patience.stop()
        self.changed.emit()
        if self._index in self._failed:
            self.failed.emit(self._failed[self._index])
        elif self.showing is None:
            self._patience.start()
        self._compute()

    def _fix_axes(self) -> None:
        self._ends = fixed_ends(self._lesson.steps, self._axes, self._natural)[self._index]

    def _nearest(self) -> list[int]:
        """Return the steps that are held, those needed soonest first: steps go on, seldom back."""
        steps, index = self._lesson.steps, self._index

        def distance(place: int) -> float:
            return place - index if place >= index else 2 * (index - place) + 0.5

        held: list[int] = []
        layers = 0
        for place in sorted(range(len(steps)), key=distance):
            layers += _layers(steps[place])
            if layers > self._most_layers and len(held) > 1:
                break
            held.append(place)
        return held

    def _compute(self) -> None:
        """Compute the present step, and have the others ready."""
        nearest = self._nearest()
        for place in set(range(len(self._prepared))).difference(nearest):
            self._prepared[place] = None
        self._compute_present()
        self._compute_ahead(nearest[1:])

    def _compute_present(self) -> None:
        place = self._index
        if place in self._failed or self.is_settled or place == self._ahead_place:
            if self._front_place != _NOTHING:
                self._front.cancel()
            self._front_place = _NOTHING
        elif place != self._front_place:
            self._front_place = place
            self._submit(self._front, place, whole=True)

    def _compute_ahead(self, order: Sequence[int]) -> None:
        """Begin the steps to come; a training is worth being seen: it waits for its step."""
        place = self._index
        if self._ahead_place != place:
            wanted = next(filter(self._is_to_be_begun, order), _NOTHING)
            if self._prepared[place] is None and place not in self._failed:
                wanted = _NOTHING  # nothing may delay what is waited for
            if wanted not in (self._ahead_place, _NOTHING):
                self._submit(
                    self._ahead, wanted, whole=not needs_training(self._lesson.steps[wanted])
                )
            elif wanted == _NOTHING and self._ahead_place != _NOTHING:
                self._ahead.cancel()
            self._ahead_place = wanted

    def _is_to_be_begun(self, place: int) -> bool:
        made = self._prepared[place]
        if place in self._failed or place == self._front_place:
            return False
        if made is None or not made.is_begun:
            return True
        return not (made.is_complete or needs_training(self._lesson.steps[place]))

    def _submit(self, runner: Runner, place: int, whole: bool) -> None:
        step, axis, begun = self._lesson.steps[place], self._axes[place], self._prepared[place]
        like, kept = self._like(place), self._kept

        def tell(told: Prepared | float) -> None:
            runner.tell((place, told))

        def job(should_stop: Callable[[], bool]) -> Prepared:
            means = Means(
                # All, also beside another job: that is seldom for long, and of less urgency.
                workers=os.cpu_count() or 1,
                should_stop=should_stop,
                tell=tell,
                progress=tell,
                like=like,
                kept=kept,
            )
            return prepare(step, axis, means, _first(begun)) if whole else begin(step, axis, means)

        runner.submit(job)

    def _like(self, place: int) -> Picture | None:
        """Return a picture of which a step can use results: of the same nets, or some of them."""
        wanted = self._lesson.steps[place].state.experiment
        network = replace(wanted, schemes=())

        def shared(picture: Picture) -> tuple[int, int]:
            schemes = {*wanted.schemes}.intersection(picture.experiment.schemes)
            return len(schemes), len(schemes) - len(picture.awaited)

        held = (made.picture for made in self._prepared if made is not None)
        alike = (one for one in held if replace(one.experiment, schemes=()) == network)
        return max(alike, key=shared, default=None)

    @Slot(object)
    def _on_told(self, told: tuple[int, Prepared | float]) -> None:
        place, what = told
        if isinstance(what, float):
            self._shares[place] = what
            if place == self._index:
                self.progressed.emit(what)
            return
        before = self._prepared[place]
        self._hold(place, what)
        if place == self._index:
            if before is None or not before.is_begun:
                self._fix_axes()
                self._compute()  # the steps to come need not wait any longer
            self.changed.emit()

    @Slot(object)
    def _on_front_finished(self, prepared: Prepared) -> None:
        place, self._front_place = self._front_place, _NOTHING
        self._receive(place, prepared)

    @Slot(object)
    def _on_ahead_finished(self, prepared: Prepared) -> None:
        place, self._ahead_place = self._ahead_place, _NOTHING
        self._receive(place, prepared)

    def _receive(self, place: int, prepared: Prepared) -> None:
        self._hold(place, prepared)
        if place == self._index:
            self._patience.stop()
            self._fix_axes()
            self.changed.emit()
        elif self.all_begun:
            before = self._ends
            self._fix_axes()
            if self._ends != before:
                self.changed.emit()  # once: from here on no axis moves
        for doubt in prepared.doubts:
            self.doubted.emit(tr("Step {number}: {doubt}", number=place + 1, doubt=doubt))
        self._compute()

    @Slot(object)
    def _on_front_failed(self, error: Exception) -> None:
        place, self._front_place = self._front_place, _NOTHING
        self._give_up(place, error)

    @Slot(object)
    def _on_ahead_failed(self, error: Exception) -> None:
        place, self._ahead_place = self._ahead_place, _NOTHING
        self._give_up(place, error)

    def _give_up(self, place: int, error: Exception) -> None:
        self._failed[place] = tr(
            "Step {number} could not be computed: {error}", number=place + 1, error=error
        )
        if place == self._index:
            self._patience.stop()
            self.failed.emit(self._failed[place])
        self._compute()

    @Slot()
    def _on_late(self) -> None:
        """Show what there is: the step's words, or its nets without their theory."""
        self._patience.stop()
        if not self._is_late:
            self._is_late = True
            self.changed.emit()


def _layers(step: Step) -> int:
    """Return how many layers are measured for a step."""
    experiment = step.state.experiment
    return step.state.view.seeds * len(experiment.schemes) * (experiment.depth + 1)


def _first(begun: Prepared | None) -> Prepared | None:
    """Return what is untrained of a step that was left while it trained."""
    if begun is None or begun.picture.step or not begun.is_begun:
        return None
    return begun if not begun.reached else replace(begun, curves=None, reached=0)


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
