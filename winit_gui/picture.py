"""What the panels draw: everything computed for one state, ready for any theme and size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from winit_core.activations import Array
from winit_core.datasets import batch
from winit_core.diagnosis import Diagnosis, Kind, diagnose, mended
from winit_core.ensemble import Ensemble, simulate_seeds
from winit_core.experiment import Experiment
from winit_core.prediction import NotPredicted, RunPrediction, predict, why_not
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import (
    Quantity,
    SchemeRun,
    Simulation,
    SimulationStopped,
    layer_values,
    simulate,
    weights_and_bias,
)
from winit_core.symmetry import SymmetryEvidence, symmetry_evidence
from winit_core.training.decision_surface import DecisionSurface, decision_surface, grid_around
from winit_core.training.history import TrainingHistory
from winit_gui.explanation import Explanation, explain
from winit_gui.formulas import formula_svg
from winit_gui.highlight import NOBODY
from winit_gui.layer_picture import (
    LayerPicture,
    layer_picture,
    layer_summaries,
    trained_summaries,
)
from winit_gui.state import State
from winit_gui.style import SchemeStyle, scheme_styles
from winit_gui.weight_picture import (
    WeightPicture,
    weight_axis,
    weight_curve,
    weight_picture,
)

_SURFACE_POINTS = 64


@dataclass(frozen=True)
class Request:
    """What is to be computed; a history only for a step after the first."""

    experiment: Experiment
    layer: int
    scale: str
    styles: tuple[SchemeStyle, ...]
    nets: int = 1
    step: int = 0
    history: TrainingHistory | None = None
    explained: int = NOBODY
    surface: bool = False
    details: str = ""
    """Scale of the distributions in the shown layer; empty: they are not wanted."""
    axis: tuple[float, float] | None = None
    """Ends of panel 1's axis; None: where the schemes want it."""
    draft: bool = False
    """Whether something is being dragged: of what changed only the measurement is wanted."""
    remedies: bool = True
    """Whether it is wanted what would mend a scheme; only the window's cards offer it."""

    def is_of_same_training(self, other: Request) -> bool:
        """Tell whether two requests look at different steps of one training, or at the same."""
        if self.history is None or self.history is not other.history:
            return False
        return replace(self, step=other.step) == other

    @classmethod
    def of(cls, state: State, history: TrainingHistory | None = None, step: int = 0) -> Request:
        """Return what a state needs on screen, at a step of its training if it has one."""
        choices = tuple(row.choice for row in state.rows)
        styles = scheme_styles(choices, tuple(SCHEMES), state.view.palette)
        compared = tuple(s for s, row in zip(styles, state.rows, strict=True) if row.ticked)
        if history is None or history.experiment != state.experiment:
            history, step = None, 0
        return cls(
            state.experiment,
            state.shown_layer,
            state.view.weight_scale,
            compared,
            state.view.seeds if compared else 1,
            step,
            history if step else None,
            min(state.view.selected, len(compared) - 1) if state.view.explain else NOBODY,
            state.view.learning == "surface" and state.experiment.input_width == 2,
            state.view.details_scale if state.view.details and compared else "",
        )


@dataclass(frozen=True)
class Picture:
    """All that the window draws for one experiment.

    Attributes
    ----------
    request
        What it answers.
    simulation, weights
        Of the step that is shown.
    initial, diagnoses, predictions, ensemble
        Before any training; no predictions yet in a first picture, and in a draft None for what
        has changed.
    """

    request: Request
    simulation: Simulation
    weights: WeightPicture
    initial: Simulation
    diagnoses: tuple[Diagnosis, ...]
    predictions: tuple[RunPrediction | NotPredicted | None, ...]
    ensemble: Ensemble | None
    explanation: Explanation | None = None
    surfaces: tuple[DecisionSurface, ...] = ()
    details: LayerPicture | None = None

    @property
    def is_complete(self) -> bool:
        """Whether theory has had its say."""
        return len(self.predictions) == len(self.experiment.schemes) and not self.awaited

    @property
    def awaited(self) -> tuple[int, ...]:
        """Schemes that theory will speak of once they are no longer dragged."""
        return tuple(i for i, made in enumerate(self.predictions) if made is None)

    def answers(self, request: Request) -> bool:
        """Tell whether this is all that a request asks for."""
        return self.request == request and (self.is_complete or request.draft)

    @property
    def experiment(self) -> Experiment:
        """What was computed."""
        return self.request.experiment

    @property
    def styles(self) -> tuple[SchemeStyle, ...]:
        """How each compared scheme is drawn."""
        return self.request.styles

    @property
    def step(self) -> int:
        """How many updates the shown weights have behind them."""
        return self.request.step

    @property
    def nets(self) -> int:
        """How many nets stand behind every drawn number; only one is trained."""
        return 1 if self.step else self.request.nets

    def representative(self, index: int) -> tuple[SchemeRun, Diagnosis]:
        """Return the net that stands for a scheme: the middle one with the commonest verdict."""
        return self.representatives[index]

    @cached_property
    def representatives(self) -> tuple[tuple[SchemeRun, Diagnosis], ...]:
        """`representative` of every scheme."""
        if self.ensemble is None:
            return tuple(zip(self.initial.runs, self.diagnoses, strict=True))
        found = []
        for index in range(len(self.experiment.schemes)):
            place = self.ensemble.representative(index)
            run = self.ensemble.simulations[place].runs[index]
            diagnosis = self.ensemble.diagnoses[place][index]
            found.append((run, mended(run, diagnosis) if self.request.remedies else diagnosis))
        return tuple(found)

    @property
    def runs_by_net(self) -> tuple[tuple[SchemeRun, ...], ...]:
        """The runs of all nets, (nets, schemes)."""
        if self.ensemble is None or self.step:
            return (self.simulation.runs,)
        return tuple(simulation.runs for simulation in self.ensemble.simulations)


def make_picture(
    request: Request,
    previous: Picture | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    workers: int = 1,
) -> Picture:
    """Compute what a request asks for, reusing what the previous picture already holds."""
    experiment = request.experiment
    held = previous if previous is not None and previous.experiment == experiment else None
    known = _known(previous, experiment)
    ensemble = _ensemble(request, held, should_stop, workers)
    if ensemble is not None:
        initial = ensemble.simulations[0]  # its first seed is the experiment's
    else:
        initial = _initial(experiment, previous, known, should_stop, workers)
    diagnoses, predictions = _judged(request, initial, previous, known, should_stop)
    simulation = initial
    if request.history is not None:
        simulation = request.history.simulation(request.step, should_stop)
    picture = Picture(
        request,
        simulation,
        _weights(request, previous if known else held, known, should_stop),
        initial,
        diagnoses,
        predictions,
        ensemble,
    )
    made = replace(
        picture,
        explanation=_explanation(picture, should_stop),
        surfaces=_surfaces(request, should_stop) if request.surface else (),
        details=_details(request, previous, known, should_stop) if request.details else None,
    )
    _ = made.representatives  # the cards ask for them, and the window should not wait
    return made


def first_picture(
    request: Request, should_stop: Callable[[], bool] = lambda: False, workers: int = 1
) -> Picture:
    """Compute what can be shown soonest: everything measured at step 0, nothing predicted."""
    initial = simulate(request.experiment, should_stop, workers)
    diagnoses = tuple(diagnose(run, with_theory=False) for run in initial.runs)
    shown = replace(
        request, nets=1, step=0, history=None, explained=NOBODY, surface=False, details=""
    )
    weights = _weights(shown, None, {}, should_stop)
    return Picture(shown, initial, weights, initial, diagnoses, (), None)


def _known(previous: Picture | None, experiment: Experiment) -> dict[SchemeChoice, int]:
    """Return which place the schemes had whose networks a picture already holds."""
    if previous is None:
        return {}
    before = previous.experiment
    if replace(before, schemes=()) != replace(experiment, schemes=()):
        return {}
    return {choice: index for index, choice in enumerate(before.schemes)}


def _initial(
    experiment: Experiment,
    previous: Picture | None,
    known: dict[SchemeChoice, int],
    should_stop: Callable[[], bool],
    workers: int,
) -> Simulation:
    """Run the schemes whose networks are not at hand: no scheme changes another's numbers."""
    if previous is None or not known:
        return simulate(experiment, should_stop, workers)
    if previous.experiment == experiment:
        return previous.initial
    missing = tuple(choice for choice in experiment.schemes if choice not in known)
    made = iter(simulate(replace(experiment, schemes=missing), should_stop, workers).runs)
    runs = (
        previous.initial.runs[known[choice]] if choice in known else next(made)
        for choice in experiment.schemes
    )
    placed = (replace(run, experiment=experiment, index=i) for i, run in enumerate(runs))
    return Simulation(experiment, tuple(placed))


def _judged(
    request: Request,
    initial: Simulation,
    previous: Picture | None,
    known: dict[SchemeChoice, int],
    should_stop: Callable[[], bool],
) -> tuple[tuple[Diagnosis, ...], tuple[RunPrediction | NotPredicted | None, ...]]:
    """Return what is to be said of every run; of a draft's new ones without theory."""
    diagnoses: list[Diagnosis] = []
    predictions: list[RunPrediction | NotPredicted | None] = []
    if previous is not None and previous.request.remedies != request.remedies:
        previous = None
    for choice, run in zip(request.experiment.schemes, initial.runs, strict=True):
        if should_stop():
            raise SimulationStopped
        place = known.get(choice, NOBODY)
        if previous is not None and place != NOBODY and previous.predictions:
            predicted = previous.predictions[place]
            if predicted is not None or request.draft:
                diagnoses.append(previous.diagnoses[place])
                predictions.append(predicted)
                continue
        diagnoses.append(diagnose(run, not request.draft, request.remedies))
        predictions.append(None if request.draft else _predicted(request.experiment, choice))
    return tuple(diagnoses), tuple(predictions)


def _surfaces(request: Request, should_stop: Callable[[], bool]) -> tuple[DecisionSurface, ...]:
    """Return what every net answers over the plane, at the shown step."""
    experiment = request.experiment
    assert experiment.input_width is not None
    data = batch(experiment.dataset, 2, experiment.batch_size, experiment.seed)
    grid = grid_around(data.inputs, _SURFACE_POINTS)
    surfaces = []
    for index in range(len(experiment.schemes)):
        weights: list[Array]
        biases: Sequence[Array | None]
        if request.history is not None:
            weights, biases = request.history.network(request.step, index, should_stop)
        else:
            layers = range(experiment.depth + 1)
            drawn = [weights_and_bias(experiment, index, n, should_stop) for n in layers]
            weights, biases = [w for w, _ in drawn], [b for _, b in drawn]
        surfaces.append(decision_surface(weights, biases, experiment.activation, grid))
    return tuple(surfaces)


def _details(
    request: Request,
    previous: Picture | None,
    known: dict[SchemeChoice, int],
    should_stop: Callable[[], bool],
) -> LayerPicture:
    """Return the distributions in the shown layer, of the schemes at hand from before."""
    experiment, layer, step = request.experiment, request.layer, request.step
    held = None if previous is None else previous.details
    if held is not None and (held.layer, held.step) != (layer, step):
        held = None
    if held is not None and held.experiment == experiment:
        if held.scale == request.details:
            return held
        return layer_picture(experiment, layer, step, request.details, held.summaries)
    if request.history is not None:
        found = trained_summaries(request.history, step, layer, should_stop)
        return layer_picture(experiment, layer, step, request.details, found)
    made = [
        held.summaries[known[choice]]
        if held is not None and choice in known
        else layer_summaries(experiment, index, layer, should_stop)
        for index, choice in enumerate(experiment.schemes)
    ]
    return layer_picture(experiment, layer, step, request.details, made)


def _symmetry_of(
    picture: Picture, index: int, should_stop: Callable[[], bool]
) -> SymmetryEvidence | None:
    """Return ranks and distinct units of the shown layer, where symmetry is in question."""
    if all(finding.kind is not Kind.SYMMETRIC for finding in picture.diagnoses[index].findings):
        return None
    return symmetry_evidence(picture.experiment, index, picture.request.layer, should_stop)


def _explanation(picture: Picture, should_stop: Callable[[], bool]) -> Explanation | None:
    """Return the page of the scheme to explain, its formulas set: too slow for the window."""
    index = picture.request.explained
    if index == NOBODY:
        return None
    predicted = picture.predictions[index]
    if predicted is None:
        return None
    page = explain(
        *picture.representative(index),
        predicted,
        picture.request.layer,
        _symmetry_of(picture, index, should_stop),
        () if picture.ensemble is None else picture.ensemble.verdicts(index),
    )
    for latex in page.formulas:
        formula_svg(latex)
    return page


def _predicted(experiment: Experiment, choice: SchemeChoice) -> RunPrediction | NotPredicted:
    prediction = predict(experiment, choice)
    return prediction or why_not(experiment, choice) or NotPredicted.STRUCTURED


def _weights(
    request: Request,
    held: Picture | None,
    known: dict[SchemeChoice, int],
    should_stop: Callable[[], bool],
) -> WeightPicture:
    experiment, layer, scale = request.experiment, request.layer, request.scale
    if request.history is not None:
        arrays = request.history.layer_values(request.step, layer, Quantity.WEIGHT, should_stop)
        return weight_picture(experiment, layer, scale, arrays, request.axis)
    low, high = request.axis or weight_axis(experiment, layer, scale)
    first = held.weights if held is not None and held.step == 0 else None
    wanted = (layer, scale, low, high)
    if first is not None and (first.layer, first.scale, first.low, first.high) != wanted:
        first = None
    curves = []
    for index, choice in enumerate(experiment.schemes):
        if should_stop():
            raise SimulationStopped
        if first is not None and choice in known:
            curves.append(first.curves[known[choice]])
            continue
        values = layer_values(experiment, index, layer, Quantity.WEIGHT, should_stop)
        curves.append(weight_curve(experiment, index, layer, scale, values, (low, high)))
    return WeightPicture(experiment, layer, scale, low, high, tuple(curves))


def _ensemble(
    request: Request, held: Picture | None, should_stop: Callable[[], bool], workers: int
) -> Ensemble | None:
    if request.nets == 1:
        return None
    if held is not None and held.ensemble is not None and held.request.nets == request.nets:
        return held.ensemble
    return simulate_seeds(request.experiment, request.nets, should_stop, workers)
