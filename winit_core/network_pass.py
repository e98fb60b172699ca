"""One network's way forward and back, layer by layer, and the statistics on that way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from winit_core.activations import Array
from winit_core.datasets import batch
from winit_core.draws import UnitDraws
from winit_core.experiment import Experiment
from winit_core.network import affine, error_arriving, loss_and_delta, weight_gradient
from winit_core.schemes.laws import Law
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
    unit_statistics,
)

ShouldStop = Callable[[], bool]
Parameters = Callable[[int, Array], tuple[Array, Array | None]]
"""``parameters(layer, entering)`` gives a layer's weights and biases; None: all zero."""


class SimulationStopped(Exception):
    """`should_stop` said so."""


def check(should_stop: ShouldStop) -> None:
    """Raise `SimulationStopped` if so wished."""
    if should_stop():
        raise SimulationStopped


def drawn(experiment: Experiment, index: int, layer: int) -> tuple[Array, Array | None]:
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


def first_parameters(experiment: Experiment, index: int) -> Parameters:
    """Return the weights that ``experiment.schemes[index]`` starts with."""

    def parameters(layer: int, entering: Array) -> tuple[Array, Array | None]:
        weight, bias = drawn(experiment, index, layer)
        choice = experiment.choice_at(index, layer)
        if choice.record.calibrate is not None:
            calibrated = choice.record.calibrate(weight, bias, entering, **choice.weight_values)
            weight = experiment.precision.round(calibrated)
        return weight, bias

    return parameters


def given_parameters(weights: Sequence[Array], biases: Sequence[Array | None]) -> Parameters:
    """Return weights that are there already."""
    return lambda layer, _: (weights[layer], biases[layer])


class NetworkPass:
    """A network on the batch of an experiment.

    Whoever iterates over `forward`, then over `backward`, decides when the next layer is computed
    and silences numpy: what is not finite passes through.

    Attributes
    ----------
    weights, biases, pre_activations
        Of the layers reached by `forward`.
    signals
        The inputs, then the activation of each layer reached; the last are the logits.
    loss
        Mean over the batch, once `backward` has begun.
    """

    def __init__(
        self, experiment: Experiment, parameters: Parameters, should_stop: ShouldStop
    ) -> None:
        assert experiment.input_width is not None
        self.experiment = experiment
        self._parameters = parameters
        self._should_stop = should_stop
        self._data = batch(
            experiment.dataset, experiment.input_width, experiment.batch_size, experiment.seed
        )
        self.weights: list[Array] = []
        self.biases: list[Array | None] = []
        self.pre_activations: list[Array] = []
        self.signals: list[Array] = [experiment.precision.round(self._data.inputs)]
        self.loss = float("nan")

    def forward(self, last: int | None = None) -> Iterator[Array]:
        """Run the layers from 0 to `last`; give each one's sums before they are rounded."""
        experiment, round_to = self.experiment, self.experiment.precision.round
        for layer in range((experiment.depth if last is None else last) + 1):
            check(self._should_stop)
            weight, bias = self._parameters(layer, self.signals[-1])
            sums = affine(self.signals[-1], weight, bias)
            z = round_to(sums)
            self.weights.append(weight)
            self.biases.append(bias)
            self.pre_activations.append(z)
            is_output = layer == experiment.depth
            self.signals.append(z if is_output else round_to(experiment.activation.value(z)))
            yield sums

    def backward(self) -> Iterator[tuple[int, Array, Array | None]]:
        """Give each layer from the last, its dL/dz, and what that makes of dL/dh below it."""
        experiment, round_to = self.experiment, self.experiment.precision.round
        self.loss, delta = loss_and_delta(self.signals[-1], self._data.labels, experiment.loss)
        delta = round_to(delta)
        for layer in range(experiment.depth, 0, -1):
            check(self._should_stop)
            arriving = error_arriving(delta, self.weights[layer])
            yield layer, delta, arriving
            slope = experiment.activation.derivative(self.pre_activations[layer - 1])
            slope *= arriving
            delta = round_to(slope)
        check(self._should_stop)
        yield 0, delta, None

    def run_forward(self, last: int | None = None) -> NetworkPass:
        """Run the layers from 0 to `last` and return this pass."""
        with np.errstate(all="ignore"):
            for _ in self.forward(last):
                pass
        return self

    def delta(self, layer: int) -> Array:
        """Return dL/dz of one layer, after all have been run forward."""
        with np.errstate(all="ignore"):
            return next(delta for reached, delta, _ in self.backward() if reached == layer)


@dataclass(frozen=True)
class PassStatistics:
    """What a whole pass leaves behind; see `winit_core.simulation.SchemeRun`."""

    layers: tuple[LayerStatistics, ...]
    loss: float
    input_similarity: float


def statistics_of(net: NetworkPass) -> PassStatistics:
    """Run a network forward and back, and measure every layer while its numbers are at hand."""
    experiment = net.experiment
    precision = experiment.precision
    input_eps = precision.eps if precision.rounds else 0.0
    bounds, rest = experiment.activation.bounds, experiment.activation.at_rest
    found: list[_Forward] = []
    layers: list[LayerStatistics] = []
    rounding = False
    with np.errstate(all="ignore"):
        for layer, sums in enumerate(net.forward()):
            is_output = layer == experiment.depth
            weight, z, h = net.weights[-1], net.pre_activations[-1], net.signals[-1]
            of_z, similarity, distinct = unit_statistics(z)
            if sums is not z:
                # 16 bits make equals of units that are not; the sums before that tell.
                distinct = count_distinct_units(sums)
            found.append(
                _Forward(
                    weight=moments(weight),
                    z=of_z,
                    h=of_z if is_output else moments(h),
                    saturated=0.0 if is_output else saturated_fraction(h, bounds, rest),
                    dead=0.0 if is_output else dead_fraction(h),
                    distinct=distinct,
                    similarity=similarity,
                )
            )
        for layer, delta, arriving in net.backward():
            forward = found[layer]
            delta_rms = root_mean_square(delta)
            gradient = precision.round(weight_gradient(net.signals[layer], delta))
            layers.append(
                forward.with_errors(
                    net.weights[layer].shape, delta_rms, root_mean_square(gradient), rounding
                )
            )
            if arriving is not None and not rounding:
                terms = delta.shape[1]
                rounding = is_rounding(arriving, delta_rms, forward.weight.rms, terms, input_eps)
        return PassStatistics(tuple(reversed(layers)), net.loss, mean_cosine(net.signals[0]))


@dataclass(frozen=True)
class _Forward:
    weight: Moments
    z: Moments
    h: Moments
    saturated: float
    dead: float
    distinct: int
    similarity: float

    def with_errors(
        self, shape: tuple[int, ...], delta_rms: float, grad_weight_rms: float, is_rounding: bool
    ) -> LayerStatistics:
        return LayerStatistics(
            fan_in=shape[0],
            fan_out=shape[1],
            weight_mean=self.weight.mean,
            weight_std=self.weight.std,
            weight_rms=self.weight.rms,
            pre_activation_mean=self.z.mean,
            pre_activation_std=self.z.std,
            pre_activation_rms=self.z.rms,
            activation_mean=self.h.mean,
            activation_std=self.h.std,
            activation_rms=self.h.rms,
            delta_rms=delta_rms,
            grad_weight_rms=grad_weight_rms,
            saturated_fraction=self.saturated,
            dead_fraction=self.dead,
            distinct_units=self.distinct,
            delta_is_rounding=is_rounding,
            similarity=self.similarity,
        )
