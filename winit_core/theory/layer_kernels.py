"""Expectations over all pairs of a batch in one hidden layer of a wide net.

A kernel is (batch, batch): E[u_a u_b] per unit, of the pre-activations u of the inputs a and b.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from winit_core.activations import BoundActivation
from winit_core.theory import gaussian_quadrature as quadrature
from winit_core.theory.correlation_maps import two_slope_kernels
from winit_core.theory.mean_field import Doubles

LN10 = math.log(10)

_NODES = 7  # variances of a batch that are integrated at, and some more where they spread
_TERMS = 48  # of the Hermite series of a kernel; the rest is one term more
_FAR = 1e14  # q beyond which an activation is its two asymptotes (to 1e-7),
_NEAR = 1e-28  # and below which, if f(0) = 0, it is its two slopes at 0 (to 1e-14)


@dataclass(frozen=True)
class Scaled:
    """matrix · exp(log): kernels leave float64's range long before depth ends."""

    matrix: Doubles
    log: float

    @classmethod
    def of(cls, matrix: Doubles, log: float = 0.0) -> Scaled:
        """Return ``matrix · exp(log)`` with 1 as the largest entry of its diagonal."""
        largest = float(np.max(np.abs(np.diagonal(matrix)))) if matrix.size else 0.0
        if not 0 < largest < math.inf:
            return cls(matrix, log)
        return cls(matrix / largest, log + math.log(largest))

    def log10_rms(self, weights: Doubles) -> float:
        """Return log10 of the root of the diagonal's mean; −inf where that is 0."""
        counted = weights > 0
        size = float(weights[counted] @ np.diagonal(self.matrix)[counted])
        return 0.5 * log10_of(size, self.log)


def log10_of(value: float, log: float) -> float:
    """Return log10 of ``value · exp(log)``; −inf for nothing."""
    return -math.inf if value <= 0 else (math.log(value) + log) / LN10


@dataclass(frozen=True)
class Kernels:
    """Pair expectations of one hidden layer; `value` and `square` in the scale of their logs."""

    value: Scaled  # E[f f]
    derivative: Doubles  # E[f′ f′]
    square: Doubles  # E[f² f²] over E f² E f² of the pair
    derivative_square: Doubles  # E[f′² f′²] over E f′² E f′² of the pair
    elasticity: Doubles  # (batch,) d ln E f² / d ln q
    response: float  # d ln E f′² / d ln q
    mixed: float  # relative covariance of f² and f′² of one unit


def diagonal_weights(pairs: Doubles) -> Doubles:
    """Return the share of the batch that each input stands for, from that of all pairs."""
    diagonal = np.diagonal(pairs)
    return diagonal / np.sum(diagonal)


def relative_variance(covariance: Doubles, sizes: Doubles, pairs: Doubles) -> float:
    """Relative variance of a mean over the batch from relative covariances and the sizes."""
    weights = np.outer(sizes, sizes) * pairs
    total = float(np.sum(weights))
    return float(np.sum(weights * covariance)) / total if total > 0 else 0.0


def weighted_mean(values: Doubles, sizes: Doubles) -> float:
    """Return the mean of values by size; 0 where there is no size."""
    total = float(np.sum(sizes))
    return float(values @ sizes) / total if total > 0 else 0.0


def correlation_of(matrix: Doubles) -> Doubles:
    """Return a kernel's correlations; 0 for an input without any signal."""
    root = np.sqrt(np.diagonal(matrix))
    product = np.outer(root, root)
    c: Doubles = np.divide(matrix, product, out=np.zeros_like(matrix), where=product > 0)
    np.fill_diagonal(c, np.where(root > 0, 1.0, 0.0))
    np.clip(c, -1, 1, out=c)
    return c


def layer_kernels(activation: BoundActivation, z: Scaled) -> Kernels:
    """Return what a layer makes of pre-activations with the kernel `z`."""
    if activation.homogeneous:
        return _two_slope_layer(*quadrature.homogeneous_slopes(activation), z)
    offset, below, above = 0.0, 0.0, 0.0
    if z.log > math.log(_FAR):
        below, above = quadrature.limits_at_infinity(activation)
    elif z.log < math.log(_NEAR):
        offset, below, above = quadrature.limits_at_zero(activation)
    if offset == 0 and 0 < below**2 + above**2 < math.inf:
        return _two_slope_layer(below, above, z)
    return _series_layer(activation, z)


def _two_slope_layer(below: float, above: float, z: Scaled) -> Kernels:
    c = correlation_of(z.matrix)
    value, derivative, square, derivative_square = two_slope_kernels(below, above, c)
    root = np.sqrt(np.diagonal(z.matrix))
    second = (below**2 + above**2) / 2
    relative = second**2 if second else 1.0
    return Kernels(
        Scaled.of(value * np.outer(root, root), z.log),
        derivative,
        square / relative,
        derivative_square / relative,
        np.ones(len(c)),
        0.0,
        (below**4 + above**4) / 2 / relative - 1,
    )


def _series_layer(activation: BoundActivation, z: Scaled) -> Kernels:
    c = correlation_of(z.matrix)
    q = np.diagonal(z.matrix) * math.exp(min(z.log, 700))
    if not np.all(np.isfinite(q)):  # only the squared ReLU gets here, doubling its digits
        lost, ones = np.full_like(c, math.inf), np.ones_like(c)
        return Kernels(Scaled(lost, 0.0), lost, ones, ones, ones[0], 0.0, 0.0)
    nodes, spread = _variance_nodes(q)
    table = spread @ quadrature.moments(activation, nodes)
    slope = table[:, quadrature.SECOND_SLOPE]
    # Squares: where they fall by thirty decades within a batch, interpolating rounds below 0.
    squares = np.maximum(table, 0.0)
    second, fourth = squares[:, quadrature.SECOND], squares[:, quadrature.FOURTH]
    derivative_second = squares[:, quadrature.DERIVATIVE_SECOND]
    derivative_fourth = squares[:, quadrature.DERIVATIVE_FOURTH]
    if len(c) == 1:
        value, derivative = second[:, None], derivative_second[:, None]
        square, derivative_square = fourth[:, None], derivative_fourth[:, None]
    else:
        points, weight = quadrature.shared_rule(float(np.max(nodes)), activation)
        x = np.sqrt(nodes)[:, None] * points
        f, slopes = activation.value(x), activation.derivative(x)
        basis = quadrature.hermite_polynomials(points, _TERMS) * weight
        powers = np.ones((_TERMS + 1, *c.shape))
        np.cumprod(np.broadcast_to(c, (_TERMS, *c.shape)), axis=0, out=powers[1:])
        value, derivative, square, derivative_square = (
            _series_kernel(spread @ (sample @ basis.T), total, powers)
            for sample, total in (
                (f, second),
                (slopes, derivative_second),
                (f**2, fourth),
                (slopes**2, derivative_fourth),
            )
        )
    return Kernels(
        Scaled.of(value),
        derivative,
        _ratio(square, np.outer(second, second)),
        _ratio(derivative_square, np.outer(derivative_second, derivative_second)),
        _ratio(q * slope, second, otherwise=0.0),
        *_slope_statistics(activation, float(np.median(q))),
    )


def _variance_nodes(q: Doubles) -> tuple[Doubles, Doubles]:
    """Return variances to integrate at, and the matrix from values there to values at all of q.

    Few distinct q are taken as they are; of many, what is smooth in ln q is interpolated.
    """
    distinct, which = np.unique(q, return_inverse=True)
    if distinct[0] <= 0:
        return distinct, np.eye(distinct.size)[which]
    low, high = math.log(distinct[0]), math.log(distinct[-1])
    count = _NODES + math.ceil(2 * (high - low))
    if distinct.size <= count:
        return distinct, np.eye(distinct.size)[which]
    chebyshev = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    middle, half = (low + high) / 2, (high - low) / 2
    polynomials = np.polynomial.chebyshev.chebvander(chebyshev, count - 1)
    at = np.polynomial.chebyshev.chebvander((np.log(q) - middle) / half, count - 1)
    nodes = np.clip(np.exp(middle + half * chebyshev), distinct[0], distinct[-1])
    return nodes, at @ np.linalg.inv(polynomials)


def _slope_statistics(activation: BoundActivation, q: float) -> tuple[float, float]:
    """Return d ln E f′² / d ln q, and the relative covariance of f² and f′²."""
    if q <= 0:
        return 0.0, 0.0
    root = math.sqrt(q)
    z, weight = quadrature.half_line_rule(np.array([root]), activation.kinks, activation.scale)
    z, weight = np.concatenate([z[0], -z[0]]), np.concatenate([weight[0], weight[0]])
    f2, slope2 = activation.value(root * z) ** 2, activation.derivative(root * z) ** 2
    mean_f2, mean_slope2 = float(weight @ f2), float(weight @ slope2)
    if not mean_f2 * mean_slope2 > 0:
        return 0.0, 0.0
    response = float(weight @ (slope2 * (z**2 - 1))) / (2 * mean_slope2)
    return response, float(weight @ (f2 * slope2)) / (mean_f2 * mean_slope2) - 1


def _ratio(top: Doubles, bottom: Doubles, otherwise: float = 1.0) -> Doubles:
    return np.divide(top, bottom, out=np.full_like(top, otherwise), where=bottom > 0)


def _series_kernel(coefficients: Doubles, total: Doubles, powers: Doubles) -> Doubles:
    """Σ a_n b_n c^n for all pairs; what the series leaves of the total goes into the next power.

    coefficients: (batch, terms); total: (batch,), the exact value for c = 1; powers: of c.
    """
    rest = np.sqrt(np.maximum(total - np.sum(coefficients**2, axis=1), 0))
    columns = np.concatenate([coefficients, rest[:, None]], axis=1).T
    kernel: Doubles = np.einsum("nb,nc,nbc->bc", columns, columns, powers)
    np.fill_diagonal(kernel, total)
    return kernel
