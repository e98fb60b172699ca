"""What a network with two inputs answers, all over the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from winit_core import special_functions as special
from winit_core.activations import ActivationLike, Array, get_activation
from winit_core.errors import ExperimentError
from winit_core.network import check_network, forward
from winit_core.translation import tr

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """Points at the crossings of lines: x (columns,) and y (rows,), ascending and read-only."""

    x: Doubles
    y: Doubles

    @property
    def points(self) -> Doubles:
        """All points, (rows * columns, 2), the first row of them first."""
        x, y = np.meshgrid(self.x, self.y)
        return np.column_stack((x.ravel(), y.ravel()))


@dataclass(frozen=True, eq=False)
class DecisionSurface:
    """The answers on a grid; arrays are read-only.

    Attributes
    ----------
    grid
        Where.
    probabilities
        (rows, columns, classes) float64: softmax of the logits; NaN where they are not finite.
    winner
        (rows, columns) int64: the class of the largest logit, of several the first; -1 where a
        logit is not finite.
    """

    grid: Grid
    probabilities: Doubles
    winner: npt.NDArray[np.int64]


def grid_around(inputs: Array, points: int = 100, margin: float = 0.1) -> Grid:
    """Return a grid that holds all inputs (rows, 2).

    Parameters
    ----------
    inputs
        What is to be inside.
    points
        Number of points along each side.
    margin
        How far it goes beyond the inputs, as a share of the longer side; it is a square.
    """
    low, high = inputs.min(axis=0).astype(np.float64), inputs.max(axis=0).astype(np.float64)
    half = (0.5 + margin) * float((high - low).max())
    middle = (low + high) / 2
    x, y = (np.linspace(centre - half, centre + half, points) for centre in middle)
    for axis in (x, y):
        axis.flags.writeable = False
    return Grid(x, y)


def decision_surface(
    weights: Sequence[Array],
    biases: Sequence[Array | None],
    activation: ActivationLike,
    grid: Grid,
) -> DecisionSurface:
    """Return the answers of a network with two inputs.

    Parameters
    ----------
    weights, biases, activation
        As of `propagate`.
    grid
        Where to ask.

    Raises
    ------
    ExperimentError
        If the network does not have two inputs, or its shapes do not fit together.
    """
    points = grid.points
    check_network(weights, biases, points, np.zeros(len(points), dtype=np.int64), "cross_entropy")
    if weights[0].shape[0] != 2:
        raise ExperimentError(tr("weights[0]"), weights[0].shape, tr("of shape (2, fan_out)"))
    bound = get_activation(activation)
    with np.errstate(all="ignore"):
        inputs = points.astype(weights[0].dtype)
        _, activations = forward(weights, biases, bound.value, inputs)
        logits = activations[-1].astype(np.float64)
        finite = np.isfinite(logits).all(axis=1)
        probabilities = special.softmax(logits, axis=1)
    probabilities[~finite] = np.nan
    winner = np.where(finite, logits.argmax(axis=1), -1).astype(np.int64)
    shape = (len(grid.y), len(grid.x))
    probabilities = probabilities.reshape(*shape, logits.shape[1])
    winner = winner.reshape(shape)
    probabilities.flags.writeable = False
    winner.flags.writeable = False
    return DecisionSurface(grid, probabilities, winner)
