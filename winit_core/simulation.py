"""simulate(experiment): one real forward and backward pass for every scheme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import cache, partial

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.memory import workers_within
from winit_core.network_pass import NetworkPass, drawn, first_parameters, statistics_of
from winit_core.network_pass import ShouldStop as ShouldStop
from winit_core.network_pass import SimulationStopped as SimulationStopped
from winit_core.parameters import validated_integer
from winit_core.schemes import SchemeChoice
from winit_core.statistics import LayerStatistics
from winit_core.threads import worthwhile
from winit_core.translation import tr

MAX_BINS = 100
_NARROWEST = 1e-290
"""A narrower range is drawn as one value: its density would exceed the largest number."""
_LARGEST = float(np.finfo(np.float64).max)


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
        How many schemes may run at the same time, where the linear algebra library itself uses a
        single thread; fewer run where that is faster, or they would not fit into memory together.

    Raises
    ------
    SimulationStopped
        When `should_stop` returned true.
    """
    run_one = partial(_run, experiment, should_stop or (lambda: False))
    indices = range(len(experiment.schemes))
    workers = workers_within(experiment, worthwhile(experiment, workers, experiment.batch_size))
    _keep_freed_memory()
    if workers > 1 and len(indices) > 1:
        with ThreadPoolExecutor(workers) as pool:
            return Simulation(experiment, tuple(pool.map(run_one, indices)))
    return Simulation(experiment, tuple(map(run_one, indices)))


@cache
def _keep_freed_memory() -> None:
    """Let the C library keep the memory of arrays below 16 MiB for the next ones.

    glibc gives the memory of freed arrays back to the system until a larger one has been freed
    than those; getting it again, page by page, took as long as the arithmetic on it. This one is
    never touched, so it takes no memory.
    """
    np.empty(2**24 - 2**16, dtype=np.uint8)


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
    net = NetworkPass(experiment, first_parameters(experiment, index), should_stop)
    return tensor_of(net, layer, quantity)


def tensor_of(net: NetworkPass, layer: int, quantity: Quantity) -> Array:
    """Return one tensor of a network that has not been run yet."""
    net.run_forward(None if quantity is Quantity.DELTA else layer)
    if quantity is Quantity.DELTA:
        return net.delta(layer)
    if quantity is Quantity.WEIGHT:
        return net.weights[layer]
    return net.pre_activations[layer] if quantity is Quantity.PRE_ACTIVATION else net.signals[-1]


def entering_signal(
    experiment: Experiment, index: int, layer: int, should_stop: ShouldStop = lambda: False
) -> Array:
    """Return what enters a layer, (batch, fan_in): the inputs, or the activation below."""
    net = NetworkPass(experiment, first_parameters(experiment, index), should_stop)
    return net.run_forward(layer - 1).signals[-1]


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
    allowed = tr("2 to {most} finite ascending numbers", most=MAX_BINS + 1)
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
        return drawn(experiment, index, layer)
    net = NetworkPass(experiment, first_parameters(experiment, index), should_stop)
    net.run_forward(layer)
    return net.weights[layer], net.biases[layer]


def _run(experiment: Experiment, should_stop: ShouldStop, index: int) -> SchemeRun:
    net = NetworkPass(experiment, first_parameters(experiment, index), should_stop)
    found = statistics_of(net)
    return SchemeRun(experiment, index, found.layers, found.loss, found.input_similarity)
