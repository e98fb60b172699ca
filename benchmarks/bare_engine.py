"""The least that numpy can do: the engine's passes and statistics, unguarded, in the fewest calls.

Glorot normal, tanh. Nothing is looked after: numbers that leave the range, die out or are equal, a
batch of one, biases, other activations and formats, a wish to stop. What this takes beyond the
matrix products is the price of the statistics in numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from winit_core.experiment import Experiment

Array = npt.NDArray[np.float32]
Numbers = tuple[Any, ...]


class BareEngine:
    """As many networks as the experiment has schemes, one after the other, draws ready."""

    def __init__(self, experiment: Experiment) -> None:
        generator = np.random.default_rng(0)
        shapes = experiment.layer_shapes
        self._draws = [generator.standard_normal(shape, dtype=np.float32) for shape in shapes]
        self._stds = [np.float32((2 / sum(shape)) ** 0.5) for shape in shapes]
        self._ones = {n: np.ones(n, np.float32) for shape in shapes for n in shape}
        self._inputs = generator.standard_normal(
            (experiment.batch_size, shapes[0][0]), dtype=np.float32
        )
        self._networks = len(experiment.schemes)

    def __call__(self) -> None:
        """Run them."""
        for _ in range(self._networks):
            self._one()

    def _one(self) -> list[Numbers]:
        found: list[Numbers] = []
        signals, sums, weights = [self._inputs], [], []
        last = len(self._draws) - 1
        for layer, (draws, std) in enumerate(zip(self._draws, self._stds, strict=True)):
            weight = draws * std
            found.append(self._moments(weight)[:2])
            z = signals[-1] @ weight
            mean, square, squares = self._moments(z)
            along = (1 / np.sqrt(squares)) @ z
            row = np.sort(z[0])
            found.append((mean, square, along @ along, (row[1:] - row[:-1] <= 1e-5).any()))
            weights.append(weight)
            sums.append(z)
            if layer < last:
                h = np.tanh(z)
                saturated = np.count_nonzero(h > 0.97) + np.count_nonzero(h < -0.97)
                found.append((*self._moments(h)[:2], saturated, h[:8].any(axis=0)))
                signals.append(h)
        delta = np.exp(sums[-1])
        delta /= delta.sum(axis=1, keepdims=True)
        for layer in range(last, -1, -1):
            gradient = signals[layer].T @ delta
            found.append((np.vecdot(gradient, gradient).sum(), np.vecdot(delta, delta).sum()))
            if layer:
                arriving = delta @ weights[layer].T
                delta = _slope(sums[layer - 1])
                delta *= arriving
        return found

    def _moments(self, values: Array) -> tuple[Any, Any, Array]:
        squares = np.vecdot(values, values)
        sums = values @ self._ones[values.shape[1]]
        return sums.sum(dtype=np.float64), squares.sum(dtype=np.float64), squares


def _slope(z: Array) -> Array:
    """Return sech² z with all its digits."""
    decay = np.abs(z)
    decay *= -2
    np.exp(decay, out=decay)
    square = decay + 1
    np.square(square, out=square)
    decay /= square
    decay *= 4
    return decay
