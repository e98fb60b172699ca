"""What the panels draw: everything computed for one state, ready for any theme and size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from winit_core.activations import Array
from winit_core.datasets import batch
from winit_core.decision_surface import DecisionSurface, decision_surface, grid_around
from winit_core.diagnosis import Diagnosis, Kind, diagnose
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
from winit_core.training_history import TrainingHistory
from winit_gui.explanation import Explanation, explain
from winit_gui.formulas import formula_svg
from winit_gui.highlight import NOBODY
from winit_gui.state import State
from winit_gui.style import SchemeStyle, scheme_styles
from winit_gui.weight_picture import WeightPicture, weight_picture

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

    @classmethod
    def of(cls, state: State, history: TrainingHistory | None = None, step: int = 0) -> Request:
        """Return what a state needs on screen, at a step of its training if it has one."""
        styles = scheme_styles(tuple(row.choice for row in state.rows), tuple(SCHEMES))
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
        Before any training; no predictions yet in a first picture.
    """

    request: Request
    simulation: Simulation
    weights: WeightPicture
    initial: Simulation
    diagnoses: tuple[Diagnosis, ...]
    predictions: tuple[RunPrediction | NotPredicted, ...]
    ensemble: Ensemble | None
    explanation: Explanation | None = None
    surfaces: tuple[DecisionSurface, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether theory has had its say."""
        return len(self.predictions) == len(self.experiment.schemes)

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
    initial = simulate(experiment, should_stop, workers) if held is None else held.initial
    if held is None or not held.is_complete:
        diagnoses = tuple(map(diagnose, initial.runs))
        predictions = tuple(_predicted(experiment, choice) for choice in experiment.schemes)
    else:
        diagnoses, predictions = held.diagnoses, held.predictions
    simulation = initial
    if request.history is not None:
        simulation = request.history.simulation(request.step, should_stop)
    picture = Picture(
        request,
        simulation,
        _weights(request, held, should_stop),
        initial,
        diagnoses,
        predictions,
        _ensemble(request, held, should_stop, workers),
    )
    return replace(
        picture,
        explanation=_explanation(picture, should_stop),
        surfaces=_surfaces(request, should_stop) if request.surface else (),
    )


def first_picture(
    request: Request, should_stop: Callable[[], bool] = lambda: False, workers: int = 1
) -> Picture:
    """Compute what can be shown soonest: everything measured at step 0, nothing predicted."""
    initial = simulate(request.experiment, should_stop, workers)
    diagnoses = tuple(diagnose(run, with_theory=False) for run in initial.runs)
    shown = replace(request, nets=1, step=0, history=None, explained=NOBODY, surface=False)
    weights = _weights(shown, None, should_stop)
    return Picture(shown, initial, weights, initial, diagnoses, (), None)


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
    page = explain(
        picture.initial.runs[index],
        picture.diagnoses[index],
        picture.predictions[index],
        picture.request.layer,
        _symmetry_of(picture, index, should_stop),
    )
    for latex in page.formulas:
        formula_svg(latex)
    return page


def _predicted(experiment: Experiment, choice: SchemeChoice) -> RunPrediction | NotPredicted:
    prediction = predict(experiment, choice)
    return prediction or why_not(experiment, choice) or NotPredicted.STRUCTURED


def _weights(
    request: Request, held: Picture | None, should_stop: Callable[[], bool]
) -> WeightPicture:
    experiment, layer, scale = request.experiment, request.layer, request.scale
    first = held.weights if held is not None and held.step == request.step == 0 else None
    if first is not None and (first.layer, first.scale) == (layer, scale):
        return first
    arrays: list[Array]
    if request.history is not None:
        arrays = request.history.layer_values(request.step, layer, Quantity.WEIGHT, should_stop)
    else:
        arrays = []
        for index in range(len(experiment.schemes)):
            if should_stop():
                raise SimulationStopped
            values = layer_values(experiment, index, layer, Quantity.WEIGHT, should_stop)
            arrays.append(values)
    return weight_picture(experiment, layer, scale, arrays)


def _ensemble(
    request: Request, held: Picture | None, should_stop: Callable[[], bool], workers: int
) -> Ensemble | None:
    if request.nets == 1:
        return None
    if held is not None and held.ensemble is not None and held.request.nets == request.nets:
        return held.ensemble
    return simulate_seeds(request.experiment, request.nets, should_stop, workers)
