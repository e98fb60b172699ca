"""The numeric kernel: one forward and one backward pass on explicit arrays.

Weights have shape (fan_in, fan_out) and a layer computes ``h @ W + b``: the transpose of
``torch.nn.Linear``. The output layer is linear. Non-finite numbers pass through silently; they
are physics here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from winit_core.activations import ActivationLike, Array, get_activation
from winit_core.errors import ExperimentError
from winit_core.parameters import validated_key

IntArray = npt.NDArray[np.integer[Any]]
LOSSES = ("cross_entropy", "mse")


@dataclass(frozen=True, eq=False)
class Propagation:
    """All arrays of one forward and one backward pass; lists have one entry per layer.

    Attributes
    ----------
    loss
        Scalar, accumulated in float64.
    logits
        (batch, classes): the last pre-activations.
    pre_activations, activations
        z and h of each layer, (batch, fan_out); the last activation equals the logits.
    deltas
        dL/dz of each layer, (batch, fan_out).
    grad_weights, grad_biases
        dL/dW (fan_in, fan_out) and dL/db (fan_out,) of each layer.
    """

    loss: float
    logits: Array
    pre_activations: list[Array]
    activations: list[Array]
    deltas: list[Array]
    grad_weights: list[Array]
    grad_biases: list[Array]


def propagate(
    weights: Sequence[Array],
    biases: Sequence[Array | None],
    activation: ActivationLike,
    inputs: Array,
    targets: npt.NDArray[Any],
    loss: str = "cross_entropy",
) -> Propagation:
    """Run a network forward and backward.

    Parameters
    ----------
    weights
        One (fan_in, fan_out) array per layer, all of one floating dtype.
    biases
        One (fan_out,) array per layer; None stands for zero.
    activation
        Key or bound activation of the hidden layers.
    inputs
        (batch, fan_in of the first layer).
    targets
        Labels (batch,) of an integer dtype, or one-hot rows / target values (batch, classes).
    loss
        ``"cross_entropy"`` (mean over the batch) or ``"mse"`` (mean over batch and classes), both
        as in PyTorch.

    Raises
    ------
    ExperimentError
        If the shapes do not fit together, the weights are not floating-point numbers, or the
        activation or the loss is unknown.
    """
    check_network(weights, biases, inputs, targets, loss)
    bound = get_activation(activation)
    with np.errstate(all="ignore"):
        pre_activations, activations = forward(weights, biases, bound.value, inputs)
        value, delta = loss_and_delta(pre_activations[-1], targets, loss)
        deltas = [delta]
        for layer in range(len(weights) - 1, 0, -1):
            arriving = error_arriving(deltas[0], weights[layer])
            deltas.insert(0, arriving * bound.derivative(pre_activations[layer - 1]))
        entering = [inputs, *activations[:-1]]
        return Propagation(
            loss=value,
            logits=pre_activations[-1],
            pre_activations=pre_activations,
            activations=activations,
            deltas=deltas,
            grad_weights=[weight_gradient(h, d) for h, d in zip(entering, deltas, strict=True)],
            grad_biases=[d.sum(axis=0) for d in deltas],
        )


def forward(
    weights: Sequence[Array],
    biases: Sequence[Array | None],
    activate: Callable[[Array], Array],
    inputs: Array,
) -> tuple[list[Array], list[Array]]:
    """Return the pre-activations and the activations of every layer; the last is linear."""
    pre_activations: list[Array] = []
    activations: list[Array] = []
    signal = inputs
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        z = affine(signal, weight, bias)
        signal = activate(z) if layer < len(weights) - 1 else z
        pre_activations.append(z)
        activations.append(signal)
    return pre_activations, activations


def affine(signal: Array, weight: Array, bias: Array | None) -> Array:
    """Return ``signal @ weight + bias``, (batch, fan_out)."""
    z = _product(signal, weight, signal)
    if bias is not None:
        z += bias
    return z


def error_arriving(delta: Array, weight: Array) -> Array:
    """Return dL/dh of the layer below, (batch, fan_in), from dL/dz of the layer above."""
    return _product(delta, weight.T, delta)


def weight_gradient(entering: Array, delta: Array) -> Array:
    """Return dL/dW, (fan_in, fan_out), from the layer's inputs and its dL/dz."""
    return _product(entering.T, delta, delta)


def _product(left: Array, right: Array, signal: Array) -> Array:
    """Return ``left @ right``, also in time where `signal`, one of them, is all but nothing.

    Numbers below the normal range cost a processor a hundred times as much. A signal that dies
    out, or the error behind saturated units, is full of them or of numbers whose products are.
    Such a signal is multiplied by a power of two first, and the product divided by it: exact but
    for the digits below the normal range, of which there are then more.
    """
    if _is_faint(signal):
        scale = signal.dtype.type(_FAINT[signal.dtype.itemsize].scale)
        with np.errstate(all="ignore"):
            larger = signal * scale
            pair = (larger, right) if signal is left else (left, larger)
            product: Array = pair[0] @ pair[1]
            # What would overflow on the way is not faint after all.
            if math.isfinite(product.max(initial=0)) and math.isfinite(product.min(initial=0)):
                product /= scale
                return product
    plain: Array = left @ right
    return plain


@dataclass(frozen=True)
class _Faint:
    """From where on numbers are taken as faint, and by what they are enlarged."""

    below: float
    scale: float
    largest: float


_FAINT = {
    4: _Faint(below=1e-28, scale=2.0**60, largest=1e10),
    8: _Faint(below=1e-270, scale=2.0**500, largest=1e100),
}
_SAMPLED_ROWS = 4


def _is_faint(signal: Array) -> bool:
    """Tell from some rows whether numbers are near the end of the range, and none is large."""
    faint = _FAINT.get(signal.dtype.itemsize)
    if faint is None:
        return False
    some = np.abs(signal[:: len(signal) // _SAMPLED_ROWS + 1])
    smallest = some.min(initial=faint.below, where=some > 0)
    return bool(smallest < faint.below) and bool(some.max(initial=0) < faint.largest)


def loss_and_delta(logits: Array, targets: npt.NDArray[Any], loss: str) -> tuple[float, Array]:
    """Return the mean loss and dL/dlogits (batch, classes) in the dtype of the logits."""
    batch, classes = logits.shape
    wanted = _target_rows(targets, classes, logits.dtype)
    if loss == "mse":
        error = logits - wanted
        value = float(np.mean(np.square(error, dtype=np.float64)))
        return value, error * logits.dtype.type(2 / (batch * classes))
    wide = logits.astype(np.float64)
    largest = wide.max(axis=1, keepdims=True)
    wide -= np.where(np.isfinite(largest), largest, 0.0)
    log_probability = wide - np.log(np.exp(wide).sum(axis=1, keepdims=True))
    # A class that is not the target adds nothing, even where its probability is 0.
    picked = np.where(wanted != 0, wanted * log_probability, 0.0)
    value = float(-picked.sum() / batch)
    delta = np.exp(logits - logits.max(axis=1, keepdims=True))
    delta /= delta.sum(axis=1, keepdims=True)
    delta -= wanted
    delta /= logits.dtype.type(batch)
    return value, delta


def _target_rows(targets: npt.NDArray[Any], classes: int, dtype: np.dtype[Any]) -> Array:
    if targets.ndim == 2:
        return targets.astype(dtype, copy=False)
    rows = np.zeros((len(targets), classes), dtype=dtype)
    rows[np.arange(len(targets)), targets] = 1
    return rows


def check_network(
    weights: Sequence[Array],
    biases: Sequence[Array | None],
    inputs: Array,
    targets: npt.NDArray[Any],
    loss: str,
) -> None:
    """Raise `ExperimentError` for arrays that do not make one network."""
    validated_key("loss", loss, LOSSES)
    if not weights:
        raise ExperimentError("weights", weights, "at least one (fan_in, fan_out) array")
    if len(biases) != len(weights):
        raise ExperimentError("biases", len(biases), f"{len(weights)} entries, one per layer")
    if inputs.ndim != 2 or len(inputs) == 0:
        raise ExperimentError(
            "inputs", inputs.shape, "an array of shape (batch, fan_in) with at least one row"
        )
    fan_in = inputs.shape[1]
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        if weight.ndim != 2 or weight.shape[0] != fan_in or weight.shape[1] == 0:
            raise ExperimentError(
                f"weights[{layer}]", weight.shape, f"of shape ({fan_in}, fan_out)"
            )
        if not np.issubdtype(weight.dtype, np.floating):
            raise ExperimentError(f"weights[{layer}]", weight.dtype, "of a floating dtype")
        fan_in = weight.shape[1]
        if bias is not None and bias.shape != (fan_in,):
            raise ExperimentError(f"biases[{layer}]", bias.shape, f"of shape ({fan_in},)")
    _check_targets(targets, len(inputs), fan_in)


def _check_targets(targets: npt.NDArray[Any], batch: int, classes: int) -> None:
    if targets.ndim == 2:
        if targets.shape != (batch, classes):
            raise ExperimentError("targets", targets.shape, f"of shape ({batch}, {classes})")
        return
    if targets.shape != (batch,) or not np.issubdtype(targets.dtype, np.integer):
        raise ExperimentError(
            "targets", (targets.shape, targets.dtype), f"{batch} integer labels or target rows"
        )
    if not 0 <= targets.min() <= targets.max() < classes:
        raise ExperimentError(
            "targets",
            (int(targets.min()), int(targets.max())),
            f"labels from 0 to {classes - 1}",
        )
