"""simulate(experiment): one real forward and backward pass for every scheme."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import partial

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.datasets import Batch, batch
from winit_core.draws import UnitDraws
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.laws import Law
from winit_core.network import affine, error_arriving, loss_and_delta, weight_gradient
from winit_core.parameters import validated_integer
from winit_core.schemes import SchemeChoice
from winit_core.statistics import (
    LayerStatistics,
    Moments,
    count_distinct_units,
    dead_fraction,
    is_rounding,
    mean_cosine,
    moments,
    root_mean_square,
    saturated_fraction,
)

ShouldStop = Callable[[], bool]
MAX_BINS = 100
_NARROWEST = 1e-290
"""A narrower range is drawn as one value: its density would exceed the largest number."""
_LARGEST = float(np.finfo(np.float64).max)


class SimulationStopped(Exception):
    """`should_stop` said so."""


class Quantity(Enum):
    """A tensor of one layer whose distribution can be shown."""

    WEIGHT = "weight"
    PRE_ACTIVATION = "pre_activation"
    ACTIVATION = "activation"
    DELTA = "delta"


@dataclass(frozen=True)
class SchemeRun:
    """What one scheme made of the network.

    Attributes
    ----------
    experiment, index
        Where it comes from: ``experiment.schemes[index]``.
    layers
        One `LayerStatistics` per weight matrix, the output layer last.
    loss
        Mean loss over the batch before any training step.
    input_similarity
        Mean cosine between two inputs of the batch; NaN for fewer than two.
    """

    experiment: Experiment
    index: int
    layers: tuple[LayerStatistics, ...]
    loss: float
    input_similarity: float = math.nan

    @property
    def choice(self) -> SchemeChoice:
        """The scheme with its parameters."""
        return self.experiment.schemes[self.index]


@dataclass(frozen=True)
class Simulation:
    """The runs of an experiment, in the order asked."""

    experiment: Experiment
    runs: tuple[SchemeRun, ...]


@dataclass(frozen=True, eq=False)
class Histogram:
    """Distribution of one tensor, normalised over all its finite values; arrays are read-only.

    Attributes
    ----------
    edges
        (bins + 1,) ascending, float64.
    density
        (bins,) share of all finite values per bin and per unit of the axis.
    outside
        Share of the finite values below and above the edges.
    non_finite
        Number of inf and NaN.
    smallest, largest
        Extremes of the finite values; NaN where there is none.
    """

    edges: npt.NDArray[np.float64]
    density: npt.NDArray[np.float64]
    outside: tuple[float, float]
    non_finite: int
    smallest: float
    largest: float


def simulate(
    experiment: Experiment, should_stop: ShouldStop | None = None, workers: int = 1
) -> Simulation:
    """Run every scheme of the experiment forward and backward on the same data and draws.

    Parameters
    ----------
    experiment
        What to run; the result is a function of it alone.
    should_stop
        Asked before every layer.
    workers
        How many schemes run at the same time. Worth more than 1 where the linear algebra
        library itself uses a single thread.

    Raises
    ------
    SimulationStopped
        When `should_stop` returned true.
    """
    run_one = partial(_run, experiment, should_stop or (lambda: False))
    indices = range(len(experiment.schemes))
    if workers > 1 and len(indices) > 1:
        with ThreadPoolExecutor(workers) as pool:
            return Simulation(experiment, tuple(pool.map(run_one, indices)))
    return Simulation(experiment, tuple(map(run_one, indices)))


def layer_histograms(
    experiment: Experiment,
    layer: int,
    quantity: Quantity = Quantity.WEIGHT,
    edges: npt.ArrayLike | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[Histogram, ...]:
    """Return one histogram per scheme of a layer's tensor, all on the same bins.

    Parameters
    ----------
    experiment, layer
        Which network; 0-based index of the layer.
    quantity
        Weights need only that layer's draws; the other tensors need the passes.
    edges
        Bin edges (ascending, at most 101); None: 100 bins over all finite values.
    should_stop
        Asked before every layer of a pass.

    Raises
    ------
    ExperimentError
        For a layer that the network does not have, or for edges that make no bins.
    SimulationStopped
        When `should_stop` returned true.
    """
    stop = should_stop or (lambda: False)
    given = None if edges is None else _validated_edges(edges)
    arrays = [
        layer_values(experiment, index, layer, quantity, stop)
        for index in range(len(experiment.schemes))
    ]
    bins = common_edges(arrays) if given is None else given
    return tuple(histogram(array, bins) for array in arrays)


def layer_values(
    experiment: Experiment,
    index: int,
    layer: int,
    quantity: Quantity,
    should_stop: ShouldStop = lambda: False,
) -> Array:
    """Return the array behind `layer_histograms` for one scheme."""
    validated_integer("layer", layer, 0, experiment.depth)
    if quantity is Quantity.WEIGHT:
        return weights_and_bias(experiment, index, layer, should_stop)[0]
    last = experiment.depth if quantity is Quantity.DELTA else layer
    with np.errstate(all="ignore"):
        passed = _forward(experiment, index, should_stop, last)
        if quantity is Quantity.PRE_ACTIVATION:
            return passed.pre_activations[layer]
        if quantity is Quantity.ACTIVATION:
            return passed.signals[layer + 1]
        _, delta = _loss_and_delta(experiment, passed)
        for above in range(len(passed.weights) - 1, layer, -1):
            _check(should_stop)
            arriving = error_arriving(delta, passed.weights[above])
            slope = experiment.activation.derivative(passed.pre_activations[above - 1])
            delta = experiment.precision.round(arriving * slope)
        return delta


def entering_signal(
    experiment: Experiment, index: int, layer: int, should_stop: ShouldStop = lambda: False
) -> Array:
    """Return what enters a layer, (batch, fan_in): the inputs, or the activation below."""
    with np.errstate(all="ignore"):
        return _forward(experiment, index, should_stop, layer - 1).signals[-1]


def common_edges(arrays: Sequence[Array], bins: int = MAX_BINS) -> npt.NDArray[np.float64]:
    """Return equal bins that hold every finite value of every array."""
    finite = [array[np.isfinite(array)] for array in arrays]
    extremes = [float(f(array)) for array in finite if array.size for f in (np.min, np.max)]
    low, high = (min(extremes), max(extremes)) if extremes else (0.0, 0.0)
    size = max(abs(low), abs(high))
    if high / 2 - low / 2 <= max(bins * math.ulp(size), _NARROWEST):
        # One value, or values that float64 edges cannot tell apart: a spike with some air.
        margin = size / 2 if size > _NARROWEST else 0.5
        low, high = max(low - margin, -_LARGEST), min(high + margin, _LARGEST)
    # By halves, since the whole range may exceed the largest number.
    edges: npt.NDArray[np.float64] = 2 * np.linspace(low / 2, high / 2, bins + 1)
    edges[0], edges[-1] = low, high  # half of the smallest numbers loses their last bit
    return edges


def _validated_edges(edges: npt.ArrayLike) -> npt.NDArray[np.float64]:
    allowed = f"2 to {MAX_BINS + 1} finite ascending numbers"
    try:
        bins = np.array(edges, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ExperimentError("edges", edges, allowed) from None
    fits = bins.ndim == 1 and 2 <= bins.size <= MAX_BINS + 1 and bool(np.isfinite(bins).all())
    if not fits or not (np.diff(bins) > 0).all():
        raise ExperimentError("edges", edges, allowed)
    return bins


def histogram(values: Array, edges: npt.NDArray[np.float64]) -> Histogram:
    """Return the distribution of an array over the given bins."""
    flat = values.ravel()
    finite = flat[np.isfinite(flat)]
    edges = edges.view()
    edges.flags.writeable = False
    if not finite.size:
        nan = float("nan")
        nothing = np.zeros(len(edges) - 1)
        nothing.flags.writeable = False
        return Histogram(edges, nothing, (0.0, 0.0), flat.size, nan, nan)
    counts, _ = np.histogram(finite, bins=edges)
    below = float(np.count_nonzero(finite < edges[0])) / finite.size
    above = float(np.count_nonzero(finite > edges[-1])) / finite.size
    density = counts / finite.size / np.diff(edges)
    density.flags.writeable = False
    return Histogram(
        edges,
        density,
        (below, above),
        flat.size - finite.size,
        float(finite.min()),
        float(finite.max()),
    )


def weights_and_bias(
    experiment: Experiment,
    index: int,
    layer: int,
    should_stop: ShouldStop = lambda: False,
) -> tuple[Array, Array | None]:
    """Return one layer's weights (fan_in, fan_out) and biases (fan_out,); None: all zero.

    They need that layer's draws only, unless the scheme looks at what the layers below make of
    the batch.
    """
    if not experiment.choice_at(index, layer).record.is_data_dependent:
        return _drawn(experiment, index, layer)
    with np.errstate(all="ignore"):
        passed = _forward(experiment, index, should_stop, layer)
    return passed.weights[layer], passed.biases[layer]


def _drawn(experiment: Experiment, index: int, layer: int) -> tuple[Array, Array | None]:
    """Return one layer's weights and biases as they come from their laws."""
    shape = experiment.layer_shapes[layer]
    precision = experiment.precision
    weight = experiment.weight_law(index, layer).sample(UnitDraws(experiment.seed, layer, shape))
    bias_law = experiment.bias_law(index, layer)
    bias = None
    if not _is_zero(bias_law):
        draws = UnitDraws(experiment.seed, layer, (1, shape[1]), for_bias=True)
        bias = precision.round(bias_law.sample(draws)[0])
    return precision.round(weight), bias


def _is_zero(law: Law) -> bool:
    return law.std == 0 and law.mean == 0


def _check(should_stop: ShouldStop) -> None:
    if should_stop():
        raise SimulationStopped


@dataclass(frozen=True)
class _ForwardPass:
    """Everything of a forward pass that the backward pass needs."""

    data: Batch
    weights: list[Array]
    biases: list[Array | None]
    pre_activations: list[Array]
    signals: list[Array]
    """The inputs, then the activation of each layer; the last are the logits."""


def _forward(
    experiment: Experiment, index: int, should_stop: ShouldStop, last: int
) -> _ForwardPass:
    """Run the layers from 0 to `last`."""
    assert experiment.input_width is not None
    data = batch(experiment.dataset, experiment.input_width, experiment.batch_size, experiment.seed)
    precision = experiment.precision
    passed = _ForwardPass(data, [], [], [], [precision.round(data.inputs)])
    for layer in range(last + 1):
        _check(should_stop)
        weight, bias = _drawn(experiment, index, layer)
        choice = experiment.choice_at(index, layer)
        if choice.record.calibrate is not None:
            calibrated = choice.record.calibrate(
                weight, bias, passed.signals[-1], **choice.weight_values
            )
            weight = precision.round(calibrated)
        z = precision.round(affine(passed.signals[-1], weight, bias))
        passed.weights.append(weight)
        passed.biases.append(bias)
        passed.pre_activations.append(z)
        is_output = layer == experiment.depth
        passed.signals.append(z if is_output else precision.round(experiment.activation.value(z)))
    return passed


def _loss_and_delta(experiment: Experiment, passed: _ForwardPass) -> tuple[float, Array]:
    loss, delta = loss_and_delta(passed.signals[-1], passed.data.labels, experiment.loss)
    return loss, experiment.precision.round(delta)


def _run(experiment: Experiment, should_stop: ShouldStop, index: int) -> SchemeRun:
    with np.errstate(all="ignore"):
        passed = _forward(experiment, index, should_stop, experiment.depth)
        precision = experiment.precision
        input_eps = precision.eps if precision.rounds else 0.0
        loss, delta = _loss_and_delta(experiment, passed)
        backward: list[_BackwardStatistics] = []
        rounding = False
        for layer in range(experiment.depth, -1, -1):
            _check(should_stop)
            gradient = precision.round(weight_gradient(passed.signals[layer], delta))
            weight = moments(passed.weights[layer])
            delta_rms = root_mean_square(delta)
            backward.append(
                _BackwardStatistics(weight, delta_rms, root_mean_square(gradient), rounding)
            )
            if layer > 0:
                arriving = error_arriving(delta, passed.weights[layer])
                terms = passed.weights[layer].shape[1]
                rounding = rounding or is_rounding(
                    arriving, delta_rms, weight.rms, terms, input_eps
                )
                below = passed.pre_activations[layer - 1]
                delta = precision.round(arriving * experiment.activation.derivative(below))
        backward.reverse()
        layers = tuple(
            _layer_statistics(experiment, passed, layer, backward[layer])
            for layer in range(experiment.depth + 1)
        )
        input_similarity = mean_cosine(passed.signals[0])
    return SchemeRun(experiment, index, layers, loss, input_similarity)


@dataclass(frozen=True)
class _BackwardStatistics:
    weight: Moments
    delta_rms: float
    grad_weight_rms: float
    delta_is_rounding: bool


def _layer_statistics(
    experiment: Experiment, passed: _ForwardPass, layer: int, backward: _BackwardStatistics
) -> LayerStatistics:
    is_output = layer == experiment.depth
    z, h = passed.pre_activations[layer], passed.signals[layer + 1]
    of_z = moments(z)
    of_h = of_z if is_output else moments(h)
    sums = z
    if experiment.precision.rounds:
        # 16 bits make equals of units that are not; the sums before that rounding tell.
        sums = affine(passed.signals[layer], passed.weights[layer], passed.biases[layer])
    return LayerStatistics(
        fan_in=passed.weights[layer].shape[0],
        fan_out=passed.weights[layer].shape[1],
        weight_mean=backward.weight.mean,
        weight_std=backward.weight.std,
        weight_rms=backward.weight.rms,
        pre_activation_mean=of_z.mean,
        pre_activation_std=of_z.std,
        pre_activation_rms=of_z.rms,
        activation_mean=of_h.mean,
        activation_std=of_h.std,
        activation_rms=of_h.rms,
        delta_rms=backward.delta_rms,
        grad_weight_rms=backward.grad_weight_rms,
        saturated_fraction=(
            0.0
            if is_output
            else saturated_fraction(h, experiment.activation.bounds, experiment.activation.at_rest)
        ),
        dead_fraction=0.0 if is_output else dead_fraction(h),
        distinct_units=count_distinct_units(sums),
        delta_is_rounding=backward.delta_is_rounding,
        similarity=mean_cosine(z),
    )
