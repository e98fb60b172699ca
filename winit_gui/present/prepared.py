"""One step of a lesson, computed: everything that the stage needs to show it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from winit_core.ensemble import Ensemble
from winit_core.simulation import Simulation
from winit_core.training import baseline_loss
from winit_core.training_history import TrainingHistory
from winit_gui.lessons.claims import Measured, measured
from winit_gui.lessons.laboratory import Laboratory
from winit_gui.lessons.lesson import Step
from winit_gui.panels.layer_chart import Ends
from winit_gui.picture import Picture, Request, make_picture
from winit_gui.present.axes import Axis, natural_ends
from winit_gui.state import State
from winit_gui.training_session import Curves

_TELL_EVERY_SECONDS = 0.04


@dataclass(frozen=True, eq=False)
class Prepared:
    """A step with its results.

    Attributes
    ----------
    step
        As the lesson has it.
    picture
        What the panels draw.
    curves
        Its training as far as it went; None where it is not trained.
    measured
        Its claims with their numbers, in the order of `Step.claims`; empty before.
    reached
        The training step that the picture and the curves are at.
    ends
        Where its vertical axes would end if it were the only step, by panel.
    """

    step: Step
    picture: Picture
    curves: Curves | None = None
    measured: tuple[Measured, ...] = ()
    reached: int = 0
    ends: Mapping[int, Ends] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether everything that the step shows is there."""
        return self.reached == self.step.train_to and len(self.measured) == len(self.step.claims)

    @property
    def named_values(self) -> dict[str, float]:
        """The measured numbers that stand in the text, by their names."""
        return {one.claim.name: one.value for one in self.measured if one.claim.name}

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is wrong with its claims, in words."""
        return tuple(one.doubt for one in self.measured if one.doubt)


def prepare(
    step: Step,
    axis: Axis | None = None,
    workers: int = 1,
    should_stop: Callable[[], bool] = lambda: False,
    tell: Callable[[Prepared], None] = lambda prepared: None,
    begun: Prepared | None = None,
) -> Prepared:
    """Compute a step: its picture, its training, its claims.

    Parameters
    ----------
    step
        What to compute.
    axis
        Ends of panel 1's axis; None: where its schemes want it.
    workers
        How many schemes are computed at the same time.
    should_stop
        Asked all the time; `SimulationStopped` is raised when it says so.
    tell
        Told what there is of the step before all of it is: untrained, then as it trains.
    begun
        What `begin` returned for the step.

    Raises
    ------
    ExperimentError
        If the experiment cannot be trained as the step says.
    """
    first = begun or begin(step, axis, workers, should_stop)
    picture, curves = first.picture, None
    request = picture.request
    if first.is_complete:
        return first
    tell(first)
    with Laboratory(workers, should_stop) as laboratory:
        if step.train_to:
            history = laboratory.history(_shown(step), 0)
            curves = _trained(first, history, should_stop, tell)
            at_step = replace(request, step=step.train_to, history=history)
            picture = make_picture(at_step, picture, should_stop, workers)
            # The history is large, and nothing more is asked of it.
            picture = replace(picture, request=replace(picture.request, history=None))
        source = _Source(laboratory, picture)
        as_shown = replace(step, state=_shown(step))
        found = tuple(measured(claim, as_shown, source) for claim in step.claims)
    ends = natural_ends(step, picture, curves)
    return Prepared(step, picture, curves, found, step.train_to, ends)


def begin(
    step: Step,
    axis: Axis | None = None,
    workers: int = 1,
    should_stop: Callable[[], bool] = lambda: False,
) -> Prepared:
    """Compute what can be shown of a step at once: untrained, its claims not measured."""
    request = replace(Request.of(_shown(step)), axis=axis)
    picture = make_picture(request, None, should_stop, workers)
    return Prepared(step, picture, ends=natural_ends(step, picture, None))


def _shown(step: Step) -> State:
    """Return a step's state without what no stage shows."""
    return replace(step.state, view=replace(step.state.view, explain=False))


def _trained(
    first: Prepared,
    history: TrainingHistory,
    should_stop: Callable[[], bool],
    tell: Callable[[Prepared], None],
) -> Curves:
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
        history.advance(should_stop)
        if time.monotonic() - told > _TELL_EVERY_SECONDS:
            told = time.monotonic()
            tell(replace(first, curves=curves(), reached=len(history) - 1))
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
