"""Evidence whether the units of a layer are one and the same: ranks and distinct lines."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from winit_core.activations import Array
from winit_core.experiment import Experiment
from winit_core.network import weight_gradient
from winit_core.parameters import validated_integer
from winit_core.simulation import (
    Quantity,
    ShouldStop,
    entering_signal,
    layer_values,
    weights_and_bias,
)
from winit_core.statistics import count_distinct_units


@dataclass(frozen=True)
class MatrixEvidence:
    """What one matrix of shape (fan_in, fan_out) shows.

    Attributes
    ----------
    rank
        Number of singular values above rounding; 0 for a zero matrix, None if not all is finite.
    stable_rank
        Squared Frobenius norm over the squared largest singular value: 1 where one direction is
        all there is, NaN for a zero matrix or one that is not finite.
    distinct_rows, distinct_columns
        Number of inputs and of units whose weights differ by more than rounding.
    """

    rank: int | None
    stable_rank: float
    distinct_rows: int
    distinct_columns: int


@dataclass(frozen=True)
class SymmetryEvidence:
    """The weights of a layer and their gradient."""

    weight: MatrixEvidence
    gradient: MatrixEvidence


def symmetry_evidence(
    experiment: Experiment, index: int, layer: int, should_stop: ShouldStop = lambda: False
) -> SymmetryEvidence:
    """Measure W and dL/dW of one layer under the scheme ``experiment.schemes[index]``.

    It takes two forward passes, a backward pass and two singular value decompositions.

    Parameters
    ----------
    experiment, index, layer
        Which network, scheme and (0-based) layer.
    should_stop
        Asked before every layer of a pass.

    Raises
    ------
    ExperimentError
        For a layer that the network does not have.
    SimulationStopped
        When `should_stop` returned true.
    """
    validated_integer("layer", layer, 0, experiment.depth)
    weight, _ = weights_and_bias(experiment, index, layer, should_stop)
    entering = entering_signal(experiment, index, layer, should_stop)
    delta = layer_values(experiment, index, layer, Quantity.DELTA, should_stop)
    with np.errstate(all="ignore"):
        gradient = weight_gradient(entering, delta)
    eps = experiment.precision.eps
    return SymmetryEvidence(matrix_evidence(weight, eps), matrix_evidence(gradient, eps))


def matrix_evidence(matrix: Array, eps: float) -> MatrixEvidence:
    """Return the evidence of a matrix whose entries are known to a relative `eps`."""
    lines = count_distinct_units(matrix.T), count_distinct_units(matrix)
    if not np.isfinite(matrix).all():
        return MatrixEvidence(None, math.nan, *lines)
    wide = matrix.astype(np.float64)
    largest = float(np.abs(wide).max())
    if largest == 0:
        return MatrixEvidence(0, math.nan, *lines)
    values = np.linalg.svd(wide / largest, compute_uv=False)
    rank = int(np.count_nonzero(values > values[0] * eps * max(matrix.shape)))
    return MatrixEvidence(rank, float(values @ values / values[0] ** 2), *lines)
