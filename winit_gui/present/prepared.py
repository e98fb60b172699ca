"""One step of a lesson, computed: everything that the stage needs to show it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from winit_core.ensemble import Ensemble
from winit_core.simulation import Simulation
from winit_core.training import baseline_loss
from winit_core.training.history import TrainingHistory
from winit_gui.lessons.claims import Measured, measured
from winit_gui.lessons.laboratory import Laboratory
from winit_gui.lessons.lesson import Step
from winit_gui.panels.layer_chart import Ends
from winit_gui.picture import Picture, Request, make_picture
from winit_gui.present.axes import Axis, natural_ends
from winit_gui.present.kept_pictures import KeptPictures
from winit_gui.state import State
from winit_gui.training_session import Curves

_TELL_EVERY_SECONDS = 0.04
_WORTH_KEEPING_SECONDS = 0.03
"""Longer than a kept picture takes to be read."""


@dataclass(frozen=True, eq=False)
class Words:
    """What a step says, with as much of it measured as is known.

    Attributes
    ----------
    step
        As the lesson has it.
    measured
        Its claims with their numbers, in the order of `Step.claims`; empty before.
    reached
        The training step that the picture and the curves are at.
    """

    step: Step
    measured: tuple[Measured, ...] = ()
    reached: int = 0

    @property
    def named_values(self) -> dict[str, float]:
        """The measured numbers that stand in the text, by their names."""
        return {one.claim.name: one.value for one in self.measured if one.claim.name}

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is wrong with its claims, in words."""
        return tuple(one.doubt for one in self.measured if one.doubt)


@dataclass(frozen=True, eq=False, kw_only=True)
class Prepared(Words):
    """A step with its results.

    Attributes
    ----------
    picture
        What the panels draw.
    curves
        Its training as far as it went; None where it is not trained.
    ends
        Where its vertical axes would end if it were the only step, by panel.
    """

    picture: Picture
    curves: Curves | None = None
    ends: Mapping[int, Ends] = field(default_factory=dict)

    @property
    def is_begun(self) -> bool:
        """Whether all of it is there but its training and its claims."""
        return self.picture.is_complete

    @property
    def is_complete(self) -> bool:
        """Whether everything that the step shows is there."""
        trained = self.reached == self.step.train_to
        return self.is_begun and trained and len(self.measured) == len(self.step.claims)


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a computation may use, and whom it tells how far it is.

    Attributes
    ----------
    workers
        How many schemes are computed at the same time.
    should_stop
        Asked all the time; `SimulationStopped` is raised when it says so.
    tell
        Told what there is of the step before all of it is: measured, then with its theory, then
        as it trains.
    progress
        Told what share is done of what must be computed before anything can be shown.
    like
        A picture whose results are taken over as far as they are the same.
    kept
        Pictures of earlier times.
    """

    workers: int = 1
    should_stop: Callable[[], bool] = lambda: False
    tell: Callable[[Prepared], None] = lambda prepared: None
    progress: Callable[[float], None] = lambda share: None
    like: Picture | None = None
    kept: KeptPictures | None = None


def prepare(
    step: Step, axis: Axis | None = None, means: Means | None = None, begun: Prepared | None = None
) -> Prepared:
    """Compute a step: its picture, its training, its claims.

    Parameters
    ----------
    step
        What to compute.
    axis
        Ends of panel 1's axis; None: where its schemes want it.
    means
        With what.
    begun
        What `begin` returned for the step.

    Raises
    ------
    ExperimentError
        If the experiment cannot be trained as the step says.
    """
    means = means or Means()
    first = begun or begin(step, axis, means)
    if first.is_complete:
        return first
    means.tell(first)
    picture, curves = first.picture, None
    with Laboratory(means.workers, means.should_stop) as laboratory:
        if step.train_to:
            history = laboratory.history(_shown(step), 0)
            curves = _trained(first, history, means)
            at_step = replace(picture.request, step=step.train_to, history=history)
            picture = make_picture(at_step, picture, means.should_stop, means.workers)
            # The history is large, and nothing more is asked of it.
            picture = replace(picture, request=replace(picture.request, history=None))
        found = _measured(step, picture, laboratory)
    return Prepared(
        step=step,
        picture=picture,
        curves=curves,
        measured=found,
        reached=step.train_to,
        ends=natural_ends(step, picture, curves),
    )


def begin(step: Step, axis: Axis | None = None, means: Means | None = None) -> Prepared:
    """Compute what can be shown of a step untrained, with its claims if they come by themselves."""
    means = means or Means()
    request = replace(Request.of(_shown(step)), axis=axis, remedies=False)
    picture = means.kept.load(request) if means.kept is not None else None
    if picture is not None:
        return _begun(step, picture)
    began = time.perf_counter()
    like, should_stop = means.like, _Counted(request, means)
    soonest = replace(request, draft=True, surface=False, details="")
    like = make_picture(soonest, like, should_stop, means.workers)
    found: tuple[Measured, ...] = ()
    if not needs_training(step):
        with Laboratory(means.workers, should_stop) as laboratory:
            found = _measured(step, like, laboratory)
    if like.awaited:
        means.tell(_begun(step, like, found))
    picture = make_picture(request, like, should_stop, means.workers)
    took_long = time.perf_counter() - began > _WORTH_KEEPING_SECONDS
    if means.kept is not None and (took_long or means.like is not None):
        means.kept.store(picture)
    return _begun(step, picture, found)


def _begun(step: Step, picture: Picture, found: tuple[Measured, ...] = ()) -> Prepared:
    _ = picture.representatives  # the cards ask for them, and the window should not wait
    ends = natural_ends(step, picture, None)
    return Prepared(step=step, picture=picture, measured=found, ends=ends)


def _shown(step: Step) -> State:
    """Return a step's state without what no stage shows."""
    return replace(step.state, view=replace(step.state.view, explain=False))


def needs_training(step: Step) -> bool:
    """Tell whether a step, or what it claims, is trained."""
    return step.train_to > 0 or any(claim.step for claim in step.claims)


def _measured(step: Step, picture: Picture, laboratory: Laboratory) -> tuple[Measured, ...]:
    source, as_shown = _Source(laboratory, picture), replace(step, state=_shown(step))
    return tuple(measured(claim, as_shown, source) for claim in step.claims)


class _Counted:
    """Asks whether to stop, once a layer each way, and says by that how far it is."""

    def __init__(self, request: Request, means: Means) -> None:
        experiment = request.experiment
        ways = 2 * (experiment.depth + 1) * len(experiment.schemes) * request.nets
        self._of = max(ways, 1)
        self._means = means
        self._asked = itertools.count(1)  # several threads ask
        self._told = time.monotonic()

    def __call__(self) -> bool:
        asked, now = next(self._asked), time.monotonic()
        if now - self._told > _TELL_EVERY_SECONDS:
            self._told = now
            self._means.progress(min(asked / self._of, 1.0))
        return self._means.should_stop()


def _trained(first: Prepared, history: TrainingHistory, means: Means) -> Curves:
    baseline = baseline_loss(history.experiment)
    told = time.monotonic()

    def curves() -> Curves:
        return Curves(
            history.experiment,
            history.training,
            first.picture.styles,
            history.train_loss.copy(),
            history.held_out_loss.copy(),
            history.held_out_accuracy.copy(),
            history.diverged,
            baseline,
        )

    while len(history) <= first.step.train_to:
        history.advance(means.should_stop)
        if time.monotonic() - told > _TELL_EVERY_SECONDS:
            told = time.monotonic()
            means.tell(replace(first, curves=curves(), reached=len(history) - 1))
    return curves()


class _Source:
    """Gives claims what the picture holds already, and has the rest computed."""

    def __init__(self, laboratory: Laboratory, picture: Picture) -> None:
        self._laboratory = laboratory
        self._picture = picture

    def simulation(self, state: State, step: int) -> Simulation:
        """Return the nets as they are after so many training steps."""
        if state.experiment == self._picture.experiment:
            if step == 0:
                return self._picture.initial
            if step == self._picture.step:
                return self._picture.simulation
        return self._laboratory.simulation(state, step)

    def ensemble(self, state: State) -> Ensemble:
        """Return all the nets that stand behind what the state draws."""
        held = self._picture.ensemble
        if held is not None and state.experiment == self._picture.experiment:
            return held
        return self._laboratory.ensemble(state)

    def history(self, state: State, step: int) -> TrainingHistory:
        """Return the training, which has reached the step."""
        return self._laboratory.history(state, step)
