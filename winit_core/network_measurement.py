"""What there is to see of explicit weights: the numbers of `simulate`, tensors, held-out loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.network import affine, error_arriving, loss_and_delta, weight_gradient
from winit_core.simulation import (
    Quantity,
    SchemeRun,
    ShouldStop,
    SimulationStopped,
    _BackwardStatistics,
    _forward,
    _ForwardPass,
    _layer_statistics,
)
from winit_core.statistics import is_rounding, mean_cosine, moments, root_mean_square

_EVALUATED_AT_ONCE = 512

Weights = Sequence[Array]
"""One array per layer: weights (fan_in, fan_out), or biases (fan_out,)."""


def check(should_stop: ShouldStop) -> None:
    """Raise `SimulationStopped` if so wished."""
    if should_stop():
        raise SimulationStopped


def first_weights(
    experiment: Experiment, index: int, should_stop: ShouldStop
) -> tuple[list[Array], list[Array | None]]:
    """Return the weights and biases with which `simulate` runs ``experiment.schemes[index]``."""
    with np.errstate(all="ignore"):
        passed = _forward(experiment, index, should_stop, experiment.depth)
    return passed.weights, passed.biases


def measured(
    experiment: Experiment,
    index: int,
    weights: Weights,
    biases: Weights,
    should_stop: ShouldStop = lambda: False,
) -> SchemeRun:
    """Return what `simulate` would say of these weights, on the batch of the experiment."""
    precision = experiment.precision
    input_eps = precision.eps if precision.rounds else 0.0
    backward: list[_BackwardStatistics] = []
    rounding = False
    with np.errstate(all="ignore"):
        passed = _passed(experiment, weights, biases, should_stop)
        loss, _ = loss_and_delta(passed.signals[-1], passed.data.labels, experiment.loss)
        for layer, delta, arriving in _backward(experiment, passed, should_stop):
            gradient = precision.round(weight_gradient(passed.signals[layer], delta))
            weight = moments(weights[layer])
            delta_rms = root_mean_square(delta)
            backward.insert(
                0, _BackwardStatistics(weight, delta_rms, root_mean_square(gradient), rounding)
            )
            if arriving is not None and not rounding:
                terms = delta.shape[1]
                rounding = is_rounding(arriving, delta_rms, weight.rms, terms, input_eps)
        layers = []
        for layer in range(experiment.depth + 1):
            check(should_stop)
            layers.append(_layer_statistics(experiment, passed, layer, backward[layer]))
        similarity = mean_cosine(passed.signals[0])
    return SchemeRun(experiment, index, tuple(layers), loss, similarity)


def tensor(
    experiment: Experiment,
    weights: Weights,
    biases: Weights,
    layer: int,
    quantity: Quantity,
    should_stop: ShouldStop = lambda: False,
) -> Array:
    """Return one tensor on the batch of the experiment, as `layer_values` does."""
    if quantity is Quantity.WEIGHT:
        return weights[layer]
    with np.errstate(all="ignore"):
        passed = _passed(experiment, weights, biases, should_stop)
        if quantity is Quantity.PRE_ACTIVATION:
            return passed.pre_activations[layer]
        if quantity is Quantity.ACTIVATION:
            return passed.signals[layer + 1]
        return next(d for n, d, _ in _backward(experiment, passed, should_stop) if n == layer)


def evaluated(
    experiment: Experiment,
    weights: Weights,
    biases: Weights,
    inputs: Array,
    labels: npt.NDArray[np.int64],
    should_stop: ShouldStop = lambda: False,
) -> tuple[float, float]:
    """Return the mean loss over the inputs, and the share whose largest logit is the label."""
    total, right = 0.0, 0
    with np.errstate(all="ignore"):
        for start in range(0, len(labels), _EVALUATED_AT_ONCE):
            wanted = labels[start : start + _EVALUATED_AT_ONCE]
            some = experiment.precision.round(inputs[start : start + _EVALUATED_AT_ONCE])
            *_, (_, logits) = _layers(experiment, weights, biases, some, should_stop)
            loss, _ = loss_and_delta(logits, wanted, experiment.loss)
            total += loss * len(wanted)
            right += int(np.count_nonzero(logits.argmax(axis=1) == wanted))
    return total / len(labels), right / len(labels)


def _layers(
    experiment: Experiment,
    weights: Weights,
    biases: Weights,
    signal: Array,
    should_stop: ShouldStop,
) -> Iterator[tuple[Array, Array]]:
    """Give z and h of one layer after the other."""
    precision = experiment.precision
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        check(should_stop)
        z = precision.round(affine(signal, weight, bias))
        is_output = layer == experiment.depth
        signal = z if is_output else precision.round(experiment.activation.value(z))
        yield z, signal


def _passed(
    experiment: Experiment, weights: Weights, biases: Weights, should_stop: ShouldStop
) -> _ForwardPass:
    """Run the batch of the experiment forward."""
    assert experiment.input_width is not None
    data = batch(experiment.dataset, experiment.input_width, experiment.batch_size, experiment.seed)
    inputs = experiment.precision.round(data.inputs)
    passed = _ForwardPass(data, [*weights], [*biases], [], [inputs])
    for z, h in _layers(experiment, weights, biases, inputs, should_stop):
        passed.pre_activations.append(z)
        passed.signals.append(h)
    return passed


def _backward(
    experiment: Experiment, passed: _ForwardPass, should_stop: ShouldStop
) -> Iterator[tuple[int, Array, Array | None]]:
    """Give each layer from the last, its dL/dz, and what that makes of dL/dh below it."""
    precision = experiment.precision
    _, delta = loss_and_delta(passed.signals[-1], passed.data.labels, experiment.loss)
    delta = precision.round(delta)
    for layer in range(experiment.depth, 0, -1):
        check(should_stop)
        arriving = error_arriving(delta, passed.weights[layer])
        yield layer, delta, arriving
        slope = experiment.activation.derivative(passed.pre_activations[layer - 1])
        delta = precision.round(arriving * slope)
    yield 0, delta, None
