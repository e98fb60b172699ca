"""What there is to see of explicit weights: the numbers of `simulate`, tensors, held-out loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.experiment import Experiment
from winit_core.network import affine, loss_and_delta
from winit_core.network_pass import (
    NetworkPass,
    ShouldStop,
    check,
    first_parameters,
    given_parameters,
    statistics_of,
)
from winit_core.simulation import Quantity, SchemeRun, tensor_of

_EVALUATED_AT_ONCE = 512

Weights = Sequence[Array]
"""One array per layer: weights (fan_in, fan_out), or biases (fan_out,)."""


def first_weights(
    experiment: Experiment, index: int, should_stop: ShouldStop
) -> tuple[list[Array], list[Array | None]]:
    """Return the weights and biases with which `simulate` runs ``experiment.schemes[index]``."""
    net = NetworkPass(experiment, first_parameters(experiment, index), should_stop).run_forward()
    return net.weights, net.biases


def measured(
    experiment: Experiment,
    index: int,
    weights: Weights,
    biases: Weights,
    should_stop: ShouldStop = lambda: False,
) -> SchemeRun:
    """Return what `simulate` would say of these weights, on the batch of the experiment."""
    found = statistics_of(NetworkPass(experiment, given_parameters(weights, biases), should_stop))
    return SchemeRun(experiment, index, found.layers, found.loss, found.input_similarity)


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
    net = NetworkPass(experiment, given_parameters(weights, biases), should_stop)
    return tensor_of(net, layer, quantity)


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
