"""Several networks of one shape, trained together: one numpy call does a layer of all of them.

Weights have shape (networks, fan_in, fan_out) and signals (networks, batch, units); every network
gets the numbers that it would get alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.experiment import Experiment
from winit_core.network import loss_and_delta
from winit_core.network_pass import ShouldStop, check
from winit_core.statistics import root_mean_square
from winit_core.training.measurement import first_weights
from winit_core.training.optimizers import OPTIMIZERS
from winit_core.training.settings import Training

Labels = npt.NDArray[np.int64]

_NEGLIGIBLE = 1e8
"""Times the smallest normal number: products with a number down to 1e-8 stay normal."""

_PIECE = 2**18
"""So many numbers of each network are updated between two questions whether to stop."""


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
    """A copy of all that an update changes in one network; the arrays are read-only.

    Attributes
    ----------
    parameters
        One array per layer: the weights, row by row, then the biases.
    states
        The arrays of the optimizer, per layer and laid out alike.
    loss
        Of the batch of this step.
    diverged
        Where it left the finite range.
    """

    parameters: tuple[Array, ...]
    states: tuple[tuple[Array, ...], ...]
    loss: float
    diverged: Diverged | None

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        of_states = sum(array.nbytes for layer in self.states for array in layer)
        return of_states + sum(array.nbytes for array in self.parameters)

    def network(self, shapes: Sequence[tuple[int, int]]) -> tuple[list[Array], list[Array]]:
        """Return the weights and the biases, layer by layer, as views."""
        pairs = [
            (flat[: fan_in * fan_out].reshape(fan_in, fan_out), flat[fan_in * fan_out :])
            for flat, (fan_in, fan_out) in zip(self.parameters, shapes, strict=True)
        ]
        return [weight for weight, _ in pairs], [bias for _, bias in pairs]


@dataclass(eq=False)
class _Layer:
    """One layer of all networks that are still trained."""

    parameters: Array
    """(networks, fan_in * fan_out + fan_out)"""
    gradient: Array
    states: list[Array]
    z: Array
    """(networks, batch, fan_out)"""
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        self.weight, self.bias = self._views(self.parameters)
        self.grad_weight, self.grad_bias = self._views(self.gradient)

    def _views(self, flat: Array) -> tuple[Array, Array]:
        fan_in, fan_out = self.shape
        count = fan_in * fan_out
        return flat[:, :count].reshape(len(flat), fan_in, fan_out), flat[:, count:]

    def only(self, rows: list[int]) -> _Layer:
        """Return the layer of some of the networks."""
        states = [state[rows] for state in self.states]
        return _Layer(self.parameters[rows], self.gradient[rows], states, self.z[rows], self.shape)


class NetworkStack:
    """The networks of some schemes, first with the weights of `simulate`.

    What takes long asks `should_stop` before every layer and raises `SimulationStopped`; done
    again, it has the same outcome as if it had not been interrupted. A network that left the
    finite range keeps its last numbers and costs nothing any more.

    Attributes
    ----------
    indices
        Which schemes of the experiment.
    updates
        How many updates they have had.
    losses, diverged
        Of each scheme, by its index: the loss of the batch seen last, and where the finite range
        was left.
    """

    def __init__(
        self,
        experiment: Experiment,
        indices: Sequence[int],
        training: Training,
        should_stop: ShouldStop,
    ) -> None:
        self.experiment = experiment
        self.indices = tuple(indices)
        self.updates = 0
        self.losses = dict.fromkeys(indices, math.nan)
        self.diverged: dict[int, Diverged] = {}
        self._training = training
        self._optimizer = OPTIMIZERS[training.optimizer]
        self._precision = experiment.precision
        self._rounds = self._precision.rounds
        self._updated_pieces = 0
        self._lost_in_update: dict[int, Diverged] = {}
        self._lost: dict[int, NetworkState] = {}
        self._alive = list(indices)
        self._layers = [self._empty_layer(shape) for shape in experiment.layer_shapes]
        self._pieces = [
            (number, slice(start, start + _PIECE))
            for number, layer in enumerate(self._layers)
            for start in range(0, layer.parameters.shape[1], _PIECE)
        ]
        longest = max(layer.parameters[:, :_PIECE].size for layer in self._layers)
        self._scratch = np.empty(longest, self._dtype)
        for row, index in enumerate(indices):
            weights, biases = first_weights(experiment, index, should_stop)
            for layer, weight, bias in zip(self._layers, weights, biases, strict=True):
                layer.weight[row] = weight
                if bias is not None:
                    layer.bias[row] = bias

    @property
    def _dtype(self) -> np.dtype[np.floating]:
        return self.experiment.numpy_dtype

    def _empty_layer(self, shape: tuple[int, int]) -> _Layer:
        networks, numbers = len(self._alive), shape[0] * shape[1] + shape[1]
        return _Layer(
            np.zeros((networks, numbers), self._dtype),
            np.zeros((networks, numbers), self._dtype),
            [np.zeros((networks, numbers), self._dtype) for _ in range(self._optimizer.states)],
            np.empty((networks, self._training.batch_size, shape[1]), self._dtype),
            shape,
        )

    def state(self, index: int) -> NetworkState:
        """Return a copy of one network."""
        if index in self._lost:
            return self._lost[index]
        row = self._alive.index(index)
        return NetworkState(
            tuple(_copy(layer.parameters[row]) for layer in self._layers),
            tuple(tuple(_copy(state[row]) for state in layer.states) for layer in self._layers),
            self.losses[index],
            self.diverged.get(index),
        )

    def restore(self, updates: int, states: Sequence[NetworkState]) -> None:
        """Become what it was when the states were taken, one for each of `indices`."""
        self.updates = updates
        self._updated_pieces = 0
        self._lost_in_update = {}
        pairs = list(zip(self.indices, states, strict=True))
        self.losses = {index: state.loss for index, state in pairs}
        self.diverged = {i: state.diverged for i, state in pairs if state.diverged is not None}
        self._lost = {index: state for index, state in pairs if state.diverged is not None}
        self._alive = [index for index, state in pairs if state.diverged is None]
        self._layers = [self._empty_layer(shape) for shape in self.experiment.layer_shapes]
        kept = [state for _, state in pairs if state.diverged is None]
        for number, layer in enumerate(self._layers):
            for row, state in enumerate(kept):
                layer.parameters[row] = state.parameters[number]
                for array, values in zip(layer.states, state.states[number], strict=True):
                    array[row] = values

    def network(self, index: int) -> tuple[list[Array], list[Array]]:
        """Return weights and biases of one network: views, until the next update."""
        if index in self._lost:
            return self._lost[index].network(self.experiment.layer_shapes)
        row = self._alive.index(index)
        return [layer.weight[row] for layer in self._layers], [
            layer.bias[row] for layer in self._layers
        ]

    def gradient(self, index: int) -> tuple[list[Array], list[Array]]:
        """Return dL/dW and dL/db of one network that has not diverged, likewise."""
        row = self._alive.index(index)
        return [layer.grad_weight[row] for layer in self._layers], [
            layer.grad_bias[row] for layer in self._layers
        ]

    # One step of training

    def compute_gradient(self, inputs: Array, labels: Labels, should_stop: ShouldStop) -> None:
        """Set the losses and the gradients from one batch, or say where they are not finite."""
        if not self._alive:
            return
        lost: dict[int, Diverged] = {}
        activation, output = self.experiment.activation, len(self._layers) - 1
        with np.errstate(all="ignore"):
            signals = [self._round(inputs.astype(self._dtype, copy=False))[np.newaxis]]
            for number, layer in enumerate(self._layers):
                check(should_stop)
                z = layer.z
                np.matmul(signals[-1], layer.weight, out=z)
                z += layer.bias[:, np.newaxis]
                if self._rounds:
                    z[:] = self._round(z)
                if not _is_finite(z):
                    self._find(lost, number, TrainedQuantity.PRE_ACTIVATION, z)
                if number < output:
                    signals.append(_without_negligible(self._round(activation.value(z))))
            deltas = []
            for row, index in enumerate(self._alive):
                self.losses[index], delta = loss_and_delta(
                    self._layers[-1].z[row], labels, self.experiment.loss
                )
                deltas.append(delta)
                if not math.isfinite(self.losses[index]):
                    lost.setdefault(row, Diverged(self.updates, output, TrainedQuantity.LOSS))
            delta = self._round(np.stack(deltas))
            for number in range(output, -1, -1):
                check(should_stop)
                layer = self._layers[number]
                np.matmul(signals[number].swapaxes(1, 2), delta, out=layer.grad_weight)
                np.sum(delta, axis=1, out=layer.grad_bias)
                if self._rounds:
                    layer.gradient[:] = self._round(layer.gradient)
                if not _is_finite(layer.gradient):
                    self._find(lost, number, TrainedQuantity.DELTA, delta)
                    self._find(lost, number, TrainedQuantity.WEIGHT_GRADIENT, layer.grad_weight)
                    self._find(lost, number, TrainedQuantity.BIAS_GRADIENT, layer.grad_bias)
                if number > 0:
                    delta = np.matmul(delta, layer.weight.swapaxes(1, 2))
                    delta *= activation.derivative(self._layers[number - 1].z)
                    delta = _without_negligible(self._round(delta))
        self._drop(lost)

    def _find(
        self,
        lost: dict[int, Diverged],
        layer: int,
        quantity: TrainedQuantity,
        array: Array,
        more_updates: int = 0,
    ) -> None:
        """Note the networks that are not finite here, unless they were lost before."""
        for row in range(len(self._alive)):
            if row not in lost and not _is_finite(array[row]):
                lost[row] = Diverged(self.updates + more_updates, layer, quantity)

    def _drop(self, lost: dict[int, Diverged]) -> None:
        """Go on without the networks of these rows."""
        if not lost:
            return
        for row, where in lost.items():
            index = self._alive[row]
            self.diverged[index] = where
            self._lost[index] = self.state(index)
        kept = [row for row in range(len(self._alive)) if row not in lost]
        self._layers = [layer.only(kept) for layer in self._layers]
        self._alive = [self._alive[row] for row in kept]

    def update(self, should_stop: ShouldStop) -> None:
        """Take one step of the optimizer with the gradients computed last."""
        with np.errstate(all="ignore"):
            while self._updated_pieces < len(self._pieces):
                check(should_stop)
                number, piece = self._pieces[self._updated_pieces]
                layer = self._layers[number]
                self._update_piece(layer, piece)
                self._updated_pieces += 1
                if not _is_finite(layer.parameters[:, piece]):
                    lost = self._lost_in_update
                    # A weight before a bias; the piece may hold both.
                    self._find(lost, number, TrainedQuantity.WEIGHT, layer.weight, 1)
                    self._find(lost, number, TrainedQuantity.BIAS, layer.bias, 1)
        lost, self._lost_in_update = self._lost_in_update, {}
        self._updated_pieces = 0
        self.updates += 1
        for row in lost:
            self.losses[self._alive[row]] = math.nan
        self._drop(lost)

    def _update_piece(self, layer: _Layer, piece: slice) -> None:
        parameters = layer.parameters[:, piece]
        self._optimizer.step(
            parameters,
            layer.gradient[:, piece],
            [state[:, piece] for state in layer.states],
            self.updates + 1,
            self._training,
            self._scratch[: parameters.size].reshape(parameters.shape),
        )
        if self._rounds:
            parameters[:] = self._round(parameters)

    def update_ratios(self, should_stop: ShouldStop) -> dict[int, tuple[float, ...]]:
        """Return RMS of the change by the next update over RMS of the weights, layer by layer.

        Of the networks that are still trained. 0 where nothing changes, inf where weights that
        are all 0 do change.
        """
        rows = range(len(self._alive))
        shape = len(rows), len(self._layers)
        changes, sizes = np.zeros(shape), np.zeros(shape)  # sums of squares
        for number, piece in self._pieces:
            check(should_stop)
            layer = self._layers[number]
            touched = [array[:, piece] for array in (layer.parameters, *layer.states)]
            before = [array.copy() for array in touched]
            of_weights = max(0, min(_PIECE, layer.shape[0] * layer.shape[1] - piece.start))
            with np.errstate(all="ignore"):
                self._update_piece(layer, piece)
                changed = touched[0] - before[0]
                for array, kept in zip(touched, before, strict=True):
                    array[:] = kept
                if of_weights:
                    for row in rows:
                        changes[row, number] += _square_sum(changed[row, :of_weights])
                        sizes[row, number] += _square_sum(before[0][row, :of_weights])
        return {
            index: tuple(_ratio(*pair) for pair in zip(changes[row], sizes[row], strict=True))
            for row, index in enumerate(self._alive)
        }

    def _round(self, array: Array) -> Array:
        return self._precision.round(array) if self._rounds else array


def _square_sum(array: Array) -> float:
    return array.size * root_mean_square(array) ** 2


def _ratio(change: float, size: float) -> float:
    if change == 0:
        return 0.0
    return math.sqrt(change / size) if size else math.inf


def _copy(array: Array) -> Array:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def _is_finite(array: Array) -> bool:
    # The dot product reads the array once; where its squares overflow, look at the numbers.
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def _without_negligible(array: Array) -> Array:
    """Set to 0, in place, what is smaller than about 1e-30 (in float64, 1e-300).

    The far tails of an activation and of its derivative are full of such numbers, and so are
    signals that died out. They move no weight, but they and their products have fewer digits than
    others, which slows the processor down up to a hundredfold.
    """
    small = np.abs(array) < _NEGLIGIBLE * np.finfo(array.dtype).smallest_normal
    if small.any():
        array[small] = 0
    return array


def networks_bytes(experiment: Experiment, training: Training) -> int:
    """Return the bytes that the training of all schemes takes, snapshots left out."""
    parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in experiment.layer_shapes)
    units = sum(fan_out for _, fan_out in experiment.layer_shapes)
    copies = 2 + OPTIMIZERS[training.optimizer].states
    numbers = copies * parameters + 3 * training.batch_size * units
    return int(len(experiment.schemes) * experiment.numpy_dtype.itemsize * numbers)
