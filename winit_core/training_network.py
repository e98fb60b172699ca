"""One scheme's network while it is trained: parameters, gradient, update, measurements."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.network import affine, error_arriving, loss_and_delta, weight_gradient
from winit_core.optimizers import OPTIMIZERS
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
from winit_core.statistics import is_rounding, moments, root_mean_square
from winit_core.training_settings import Training

_EVALUATED_AT_ONCE = 512


class TrainedQuantity(Enum):
    """What can leave the finite range."""

    PRE_ACTIVATION = "pre_activation"
    LOSS = "loss"
    DELTA = "delta"
    WEIGHT_GRADIENT = "weight_gradient"
    BIAS_GRADIENT = "bias_gradient"
    WEIGHT = "weight"
    BIAS = "bias"


@dataclass(frozen=True)
class Diverged:
    """Where a network first left the finite range, in the order of the computation.

    Attributes
    ----------
    step
        The number of updates it had behind it.
    layer
        0-based index of the layer; of the loss, the output layer.
    quantity
        What became inf or NaN.
    """

    step: int
    layer: int
    quantity: TrainedQuantity


@dataclass(frozen=True, eq=False)
class NetworkState:
    """Copies of everything that an update changes; arrays are read-only.

    Attributes
    ----------
    parameters
        Weights and biases, layer by layer.
    states
        The arrays of the optimizer, laid out alike.
    updates
        The number of updates.
    diverged
        Where it left the finite range.
    """

    parameters: Array
    states: tuple[Array, ...]
    updates: int
    diverged: Diverged | None

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return self.parameters.nbytes + sum(state.nbytes for state in self.states)


class TrainedNetwork:
    """The network of ``experiment.schemes[index]``, with the weights of `simulate` at first.

    Its methods that take long ask `should_stop` before every layer and raise `SimulationStopped`.
    They can then be called again, with the same outcome as if they had not been interrupted.
    """

    def __init__(
        self,
        experiment: Experiment,
        index: int,
        training: Training,
        should_stop: ShouldStop = lambda: False,
    ) -> None:
        self.experiment = experiment
        self.index = index
        self.loss = math.nan
        self.updates = 0
        self.diverged: Diverged | None = None
        self._training = training
        self._optimizer = OPTIMIZERS[training.optimizer]
        self._rounds = experiment.precision.rounds
        self._updated_layers = 0
        shapes = experiment.layer_shapes
        ends = np.cumsum([fan_in * fan_out + fan_out for fan_in, fan_out in shapes])
        starts = [0, *ends[:-1]]
        self._segments = [slice(a, b) for a, b in zip(starts, ends, strict=True)]
        dtype = experiment.numpy_dtype
        self._parameters = np.zeros(ends[-1], dtype)
        self._gradient = np.zeros(ends[-1], dtype)
        self._states = [np.zeros(ends[-1], dtype) for _ in range(self._optimizer.states)]
        self._scratch = np.empty(max(s.stop - s.start for s in self._segments), dtype)
        self.weights, self.biases = self._views(self._parameters)
        self._grad_weights, self._grad_biases = self._views(self._gradient)
        self._pre_activations = [np.empty((training.batch_size, n), dtype) for _, n in shapes]
        with np.errstate(all="ignore"):
            drawn = _forward(experiment, index, should_stop, experiment.depth)
        for layer, (weight, bias) in enumerate(zip(drawn.weights, drawn.biases, strict=True)):
            self.weights[layer][:] = weight
            if bias is not None:
                self.biases[layer][:] = bias

    def _views(self, flat: Array) -> tuple[list[Array], list[Array]]:
        """Return the weights and the biases that lie one after the other in a flat array."""
        weights, biases = [], []
        for segment, (fan_in, fan_out) in zip(
            self._segments, self.experiment.layer_shapes, strict=True
        ):
            count = fan_in * fan_out
            weights.append(flat[segment][:count].reshape(fan_in, fan_out))
            biases.append(flat[segment][count:])
        return weights, biases

    def state(self) -> NetworkState:
        """Return a copy of what an update changes."""
        copies = [array.copy() for array in (self._parameters, *self._states)]
        for copy in copies:
            copy.flags.writeable = False
        return NetworkState(copies[0], tuple(copies[1:]), self.updates, self.diverged)

    def restore(self, state: NetworkState) -> None:
        """Become what it was when the state was taken."""
        self._parameters[:] = state.parameters
        for array, kept in zip(self._states, state.states, strict=True):
            array[:] = kept
        self.updates, self.diverged = state.updates, state.diverged
        self._updated_layers = 0
        self.loss = math.nan

    # One step of training

    def compute_gradient(
        self, inputs: Array, labels: npt.NDArray[np.int64], should_stop: ShouldStop
    ) -> None:
        """Set the loss and the gradient from one batch, or say where they are not finite."""
        if self.diverged is not None:
            return
        activation = self.experiment.activation
        signals = [self._round(inputs.astype(self.experiment.numpy_dtype, copy=False))]
        last = self.experiment.depth
        lost: tuple[int, TrainedQuantity] | None = None
        with np.errstate(all="ignore"):
            for layer, z in enumerate(self._pre_activations):
                _check(should_stop)
                np.matmul(signals[-1], self.weights[layer], out=z)
                z += self.biases[layer]
                if self._rounds:
                    z[:] = self._round(z)
                h = z if layer == last else _without_subnormals(self._round(activation.value(z)))
                signals.append(h)
                if lost is None and not _is_finite(z):
                    lost = layer, TrainedQuantity.PRE_ACTIVATION
            self.loss, delta = loss_and_delta(signals[-1], labels, self.experiment.loss)
            if lost is None and not math.isfinite(self.loss):
                lost = last, TrainedQuantity.LOSS
            delta = self._round(delta)
            for layer in range(last, -1, -1):
                if lost is not None:
                    break
                _check(should_stop)
                np.matmul(signals[layer].T, delta, out=self._grad_weights[layer])
                np.sum(delta, axis=0, out=self._grad_biases[layer])
                gradient = self._gradient[self._segments[layer]]
                if self._rounds:
                    gradient[:] = self._round(gradient)
                if not _is_finite(gradient):
                    lost = layer, self._first_of_gradient(layer, delta)
                elif layer > 0:
                    delta = error_arriving(delta, self.weights[layer])
                    delta *= activation.derivative(self._pre_activations[layer - 1])
                    delta = _without_subnormals(self._round(delta))
        if lost is not None:
            self.diverged = Diverged(self.updates, *lost)

    def _round(self, array: Array) -> Array:
        return self.experiment.precision.round(array) if self._rounds else array

    def _first_of_gradient(self, layer: int, delta: Array) -> TrainedQuantity:
        if not _is_finite(delta):
            return TrainedQuantity.DELTA
        if not _is_finite(self._grad_weights[layer]):
            return TrainedQuantity.WEIGHT_GRADIENT
        return TrainedQuantity.BIAS_GRADIENT

    def update(self, should_stop: ShouldStop) -> None:
        """Take one step of the optimizer with the gradient computed last."""
        if self.diverged is not None:
            return
        with np.errstate(all="ignore"):
            while self._updated_layers < len(self._segments):
                _check(should_stop)
                self._update_layer(self._updated_layers)
                self._updated_layers += 1
        self._updated_layers = 0
        self.updates += 1
        for layer, segment in enumerate(self._segments):
            if not _is_finite(self._parameters[segment]):
                of_weight = not _is_finite(self.weights[layer])
                quantity = TrainedQuantity.WEIGHT if of_weight else TrainedQuantity.BIAS
                self.diverged = Diverged(self.updates, layer, quantity)
                self.loss = math.nan
                return

    def _update_layer(self, layer: int) -> None:
        segment = self._segments[layer]
        parameters = self._parameters[segment]
        self._optimizer.step(
            parameters,
            self._gradient[segment],
            [state[segment] for state in self._states],
            self.updates + 1,
            self._training,
            self._scratch[: parameters.size],
        )
        if self._rounds:
            parameters[:] = self._round(parameters)

    # What it is like now

    def update_ratios(self, should_stop: ShouldStop) -> tuple[float, ...]:
        """Return RMS of the change that the next update makes over RMS of the weights, by layer.

        NaN where the network has diverged, inf where the weights are all 0 and do change.
        """
        if self.diverged is not None:
            return (math.nan,) * len(self._segments)
        ratios = []
        for layer, segment in enumerate(self._segments):
            _check(should_stop)
            touched = [array[segment] for array in (self._parameters, *self._states)]
            before = [array.copy() for array in touched]
            old = self.weights[layer].copy()
            with np.errstate(all="ignore"):
                self._update_layer(layer)
                change = root_mean_square(self.weights[layer] - old)
            for array, kept in zip(touched, before, strict=True):
                array[:] = kept
            size = root_mean_square(old)
            ratios.append(0.0 if change == 0 else change / size if size else math.inf)
        return tuple(ratios)

    def evaluate(
        self, inputs: Array, labels: npt.NDArray[np.int64], should_stop: ShouldStop
    ) -> tuple[float, float]:
        """Return the mean loss over the inputs, and the share whose largest logit is the label."""
        total, right = 0.0, 0
        with np.errstate(all="ignore"):
            for start in range(0, len(labels), _EVALUATED_AT_ONCE):
                wanted = labels[start : start + _EVALUATED_AT_ONCE]
                logits = self._logits(inputs[start : start + _EVALUATED_AT_ONCE], should_stop)
                loss, _ = loss_and_delta(logits, wanted, self.experiment.loss)
                total += loss * len(wanted)
                right += int(np.count_nonzero(logits.argmax(axis=1) == wanted))
        return total / len(labels), right / len(labels)

    def _logits(self, inputs: Array, should_stop: ShouldStop) -> Array:
        precision = self.experiment.precision
        signal = precision.round(inputs)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            _check(should_stop)
            signal = precision.round(affine(signal, weight, bias))
            if layer < self.experiment.depth:
                signal = precision.round(self.experiment.activation.value(signal))
        return signal

    def measure(self, should_stop: ShouldStop) -> SchemeRun:
        """Return what `simulate` would say of these weights, on the batch of the experiment."""
        experiment, precision = self.experiment, self.experiment.precision
        input_eps = precision.eps if precision.rounds else 0.0
        backward: list[_BackwardStatistics] = []
        rounding = False
        with np.errstate(all="ignore"):
            passed = self._forward(should_stop)
            loss, delta = loss_and_delta(passed.signals[-1], passed.data.labels, experiment.loss)
            for layer, delta, arriving in self._backward(passed, delta, should_stop):
                gradient = precision.round(weight_gradient(passed.signals[layer], delta))
                weight = moments(self.weights[layer])
                delta_rms = root_mean_square(delta)
                backward.insert(
                    0, _BackwardStatistics(weight, delta_rms, root_mean_square(gradient), rounding)
                )
                if arriving is not None:
                    terms = delta.shape[1]
                    rounding = rounding or is_rounding(
                        arriving, delta_rms, weight.rms, terms, input_eps
                    )
            layers = []
            for layer in range(experiment.depth + 1):
                _check(should_stop)
                layers.append(_layer_statistics(experiment, passed, layer, backward[layer]))
        return SchemeRun(experiment, self.index, tuple(layers), loss)

    def values(self, layer: int, quantity: Quantity, should_stop: ShouldStop) -> Array:
        """Return one tensor on the batch of the experiment, as `layer_values` does."""
        if quantity is Quantity.WEIGHT:
            return self.weights[layer].copy()
        with np.errstate(all="ignore"):
            passed = self._forward(should_stop)
            if quantity is Quantity.PRE_ACTIVATION:
                return passed.pre_activations[layer]
            if quantity is Quantity.ACTIVATION:
                return passed.signals[layer + 1]
            _, delta = loss_and_delta(
                passed.signals[-1], passed.data.labels, self.experiment.loss
            )
            for reached, delta, _ in self._backward(passed, delta, should_stop):
                if reached == layer:
                    break
            return delta

    def _forward(self, should_stop: ShouldStop) -> _ForwardPass:
        """Run the batch of the experiment forward."""
        experiment, precision = self.experiment, self.experiment.precision
        assert experiment.input_width is not None
        data = batch(
            experiment.dataset, experiment.input_width, experiment.batch_size, experiment.seed
        )
        passed = _ForwardPass(
            data, self.weights, [*self.biases], [], [precision.round(data.inputs)]
        )
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            _check(should_stop)
            z = precision.round(affine(passed.signals[-1], weight, bias))
            passed.pre_activations.append(z)
            is_output = layer == experiment.depth
            passed.signals.append(
                z if is_output else precision.round(experiment.activation.value(z))
            )
        return passed

    def _backward(
        self, passed: _ForwardPass, delta: Array, should_stop: ShouldStop
    ) -> Iterator[tuple[int, Array, Array | None]]:
        """Give each layer from the last, its dL/dz, and what that makes of dL/dh below."""
        precision = self.experiment.precision
        delta = precision.round(delta)
        for layer in range(self.experiment.depth, 0, -1):
            _check(should_stop)
            arriving = error_arriving(delta, self.weights[layer])
            yield layer, delta, arriving
            slope = self.experiment.activation.derivative(passed.pre_activations[layer - 1])
            delta = precision.round(arriving * slope)
        yield 0, delta, None


def _check(should_stop: ShouldStop) -> None:
    if should_stop():
        raise SimulationStopped


def _is_finite(array: Array) -> bool:
    # The dot product reads the array once; where its squares overflow, look at the numbers.
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def _without_subnormals(array: Array) -> Array:
    """Set to 0, in place, what is smaller than the smallest number with all its digits.

    The far tails of an activation and of its derivative are full of such numbers, which mean
    nothing to a sum but slow the processor down up to a hundredfold; accelerators do the same.
    """
    small = np.abs(array) < np.finfo(array.dtype).smallest_normal
    if small.any():
        array[small] = 0
    return array


def network_bytes(experiment: Experiment, training: Training) -> int:
    """Return the bytes that the training of one scheme takes, snapshots left out."""
    parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in experiment.layer_shapes)
    units = sum(fan_out for _, fan_out in experiment.layer_shapes)
    copies = 2 + OPTIMIZERS[training.optimizer].states
    numbers = copies * parameters + 3 * training.batch_size * units
    return int(experiment.numpy_dtype.itemsize * numbers)
