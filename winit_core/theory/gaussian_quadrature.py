"""Expectations of an activation over Gaussian pre-activations.

Z is N(0, 1) throughout. A composite Gauss-Legendre rule is laid over it panel by panel: panels end
at the kinks of the activation, grow geometrically away from the origin, where it bends, and never
exceed `PANEL_WIDTH` in Z, where the normal density bends. Gauss-Hermite is no match for this: one
kink costs it all but three digits.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from winit_core.activations import BoundActivation

Doubles = npt.NDArray[np.float64]

REACH = 14.0  # the density beyond it is 1e-43 of the peak
PANEL_WIDTH = 2.0
CHUNK = 64  # variances evaluated together: memory stays in the cache

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_PLANE_NODES, _PLANE_WEIGHTS = np.polynomial.legendre.leggauss(16)
_PLANE_REACH = 10.0

# Columns of `moments`.
MEAN, SECOND, FOURTH = 0, 1, 2
DERIVATIVE_MEAN, DERIVATIVE_SECOND, DERIVATIVE_FOURTH, SECOND_SLOPE = 3, 4, 5, 6
COLUMNS = 7


def moments(activation: BoundActivation, variances: npt.ArrayLike) -> Doubles:
    """Return the Gaussian moments of an activation and of its derivative.

    Parameters
    ----------
    activation
        The function f.
    variances
        (n,) or scalar: q ≥ 0, the variance of the pre-activation.

    Returns
    -------
    (n, 7) float64
        E f, E f², E f⁴, E f′, E f′², E f′⁴ and d(E f²)/dq, f taken at √q Z. Relative accuracy
        is about 1e-13; of a mean that vanishes, absolute 1e-13 of the RMS. What exceeds the
        range of float64 is inf.

    Notes
    -----
    The slope is E[Z f f′]/√q, by Stein's lemma the same as E[f² (Z² − 1)]/(2 q) for every
    continuous f, kinks included, but with a rounding error of 1/√q instead of 1/q at small q.
    At q = 0 all are the limits q → 0.
    """
    q = np.atleast_1d(np.asarray(variances, dtype=np.float64))
    if not np.all(np.isfinite(q)) or np.any(q < 0):
        raise ValueError("a variance must be a finite number of at least 0")
    if activation.is_sine:
        return _sine_moments(activation.params.number("frequency"), q)
    if activation.homogeneous:
        return _homogeneous_moments(activation, q)
    result = np.empty((q.size, COLUMNS))
    order = np.argsort(q)  # a chunk of like variances shares its panels
    for first in range(0, q.size, CHUNK):
        chosen = order[first : first + CHUNK]
        result[chosen] = _quadrature(activation, q[chosen])
    for index in np.flatnonzero(q == 0):
        result[index] = _moments_at_zero(activation)
    return result


def _quadrature(activation: BoundActivation, q: Doubles) -> Doubles:
    root = np.sqrt(q)[:, None]
    z, weight = half_line_rule(root[:, 0], activation.kinks, activation.scale)
    with np.errstate(over="ignore", invalid="ignore"):
        x = root * z
        above, below = activation.value(x), activation.value(-x)
        slope_above, slope_below = activation.derivative(x), activation.derivative(-x)
        squares, slope_squares = above**2 + below**2, slope_above**2 + slope_below**2

        def expected(sample: npt.NDArray[np.floating[Any]]) -> Doubles:
            total = np.asarray(np.sum(weight * sample, axis=1), dtype=np.float64)
            total[np.isnan(total)] = math.inf  # inf times the weight 0 of an empty panel
            return total

        return np.stack(
            [
                expected(above + below),
                expected(squares),
                expected(above**4 + below**4),
                expected(slope_above + slope_below),
                expected(slope_squares),
                expected(slope_above**4 + slope_below**4),
                expected(z * (above * slope_above - below * slope_below))
                / np.maximum(root[:, 0], 1e-300),
            ],
            axis=1,
        )


def half_line_rule(
    roots: Doubles, kinks: tuple[float, ...], scale: float
) -> tuple[Doubles, Doubles]:
    """Return nodes on Z > 0 and weights that contain the normal density.

    Parameters
    ----------
    roots
        (n,) √q: the activation is taken at √q Z.
    kinks, scale
        Of the activation; kinks are mirrored, so the rule serves −Z as well.

    Returns
    -------
    nodes, weights
        (n, m) each, rows ascending; E g(Z) = Σ weight (g(node) + g(−node)).
    """
    inner = bends(float(np.max(roots)) * REACH, kinks, scale)
    with np.errstate(over="ignore", divide="ignore"):
        scaled = np.minimum(inner / roots[:, None], REACH)
    regular = np.arange(0.0, REACH + PANEL_WIDTH / 2, PANEL_WIDTH)
    edges = np.concatenate([np.broadcast_to(regular, (roots.size, regular.size)), scaled], axis=1)
    edges.sort(axis=1)
    return _on_panels(edges, _NODES, _WEIGHTS)


def bends(largest: float, kinks: tuple[float, ...], scale: float) -> Doubles:
    """Return the positive points up to `largest` between which the activation is tame."""
    count = max(0, math.ceil(math.log2(max(largest, 1e-300) / scale)))
    return np.array(
        [scale * 2.0**power for power in range(1, count + 1)]
        + sorted({abs(kink) for kink in kinks} - {0.0})
    )


def _on_panels(edges: Doubles, nodes: Doubles, weights: Doubles) -> tuple[Doubles, Doubles]:
    half = np.diff(edges, axis=-1)[..., None] / 2
    middle = (edges[..., 1:, None] + edges[..., :-1, None]) / 2
    shape = (*edges.shape[:-1], -1)
    z = (middle + half * nodes).reshape(shape)
    density = np.exp(-np.square(z) / 2) / math.sqrt(2 * math.pi)
    return z, (half * weights).reshape(shape) * density


def limits_at_zero(activation: BoundActivation) -> tuple[float, float, float]:
    """Return f(0) and the one-sided derivatives f′(0−), f′(0+)."""
    beside = activation.derivative(np.array([-1e-300, 1e-300]))
    return float(activation.value(np.zeros(1))[0]), float(beside[0]), float(beside[1])


def limits_at_infinity(activation: BoundActivation) -> tuple[float, float]:
    """Return the limits of f(x)/x for x → −∞ and x → ∞; inf where it grows faster."""
    if None not in activation.bounds:
        return 0.0, 0.0
    far = np.array([-1e30, 1e30])
    below, above = (0.0 if abs(s) < 1e-6 else float(s) for s in activation.value(far) / far)
    return below, (math.inf if above > 1e6 else above)


def _moments_at_zero(activation: BoundActivation) -> Doubles:
    value, left, right = limits_at_zero(activation)
    if value == 0:
        slope = (left**2 + right**2) / 2
    else:
        slope = float(_quadrature(activation, np.array([1e-10]))[0, SECOND_SLOPE])
    return np.array(
        [
            value,
            value**2,
            value**4,
            (left + right) / 2,
            (left**2 + right**2) / 2,
            (left**4 + right**4) / 2,
            slope,
        ]
    )


def homogeneous_slopes(activation: BoundActivation) -> tuple[float, float]:
    """Return the slopes below and above 0 of a positively homogeneous activation."""
    below, above = activation.value(np.array([-1.0, 1.0]))
    return -float(below), float(above)


def _homogeneous_moments(activation: BoundActivation, q: Doubles) -> Doubles:
    below, above = homogeneous_slopes(activation)
    square, fourth = (below**2 + above**2) / 2, (below**4 + above**4) / 2
    with np.errstate(over="ignore"):
        return np.stack(
            [
                (above - below) * np.sqrt(q / (2 * math.pi)),
                square * q,
                3 * fourth * q**2,
                np.full_like(q, (above + below) / 2),
                np.full_like(q, square),
                np.full_like(q, fourth),
                np.full_like(q, square),
            ],
            axis=1,
        )


def _sine_moments(frequency: float, q: Doubles) -> Doubles:
    # E cos(k w √q Z) = exp(-k² w² q / 2); no quadrature follows a sine far out.
    w2 = frequency**2
    with np.errstate(over="ignore"):
        w2q = w2 * q
    second, fourth = np.exp(-2 * w2q), np.exp(-8 * w2q)
    small = -np.expm1(-2 * w2q) / 2
    return np.stack(
        [
            np.zeros_like(q),
            small,
            # 3/8 - second/2 + fourth/8, written so that it does not cancel at small q.
            np.square(np.expm1(-2 * w2q)) * (3 + 2 * second + second**2) / 8,
            frequency * np.exp(-w2q / 2),
            w2 * (1 + second) / 2,
            w2**2 * (3 / 8 + second / 2 + fourth / 8),
            w2 * second,
        ],
        axis=1,
    )


@lru_cache(maxsize=256)
def hermite_coefficients(activation: BoundActivation, q: float, count: int) -> Doubles:
    """Return a_n = E[f(√q Z) h_n(Z)], h_n the orthonormal Hermite polynomials.

    By Mehler's formula E[f(u) f(v)] = Σ a_n² c^n for variables of variance q and correlation c.

    Returns
    -------
    (count,) float64, read-only
    """
    z, weight = half_line_rule(np.array([math.sqrt(q)]), activation.kinks, activation.scale)
    x = math.sqrt(q) * z[0]
    values, mirrored = activation.value(x), activation.value(-x)
    parts = ((values + mirrored) * weight[0], (values - mirrored) * weight[0])
    coefficients = np.array(
        [float(parts[n % 2] @ h) for n, h in enumerate(hermite_polynomials(z[0], count))]
    )
    coefficients.flags.writeable = False
    return coefficients


def hermite_polynomials(z: Doubles, count: int) -> Doubles:
    """Return (count, m): the orthonormal Hermite polynomials h_0 … at the points z (m,)."""
    result = np.empty((count, z.size))
    result[0] = 1
    if count > 1:
        result[1] = z
    for n in range(1, count - 1):
        result[n + 1] = (z * result[n] - math.sqrt(n) * result[n - 1]) / math.sqrt(n + 1)
    return result


def plane_kernels(activation: BoundActivation, q: float, c: float) -> tuple[float, float]:
    """Return E[f(u) f(v)] and E[f′(u) f′(v)] by quadrature over the plane.

    u and v are Gaussians of variance q and correlation c, |c| ≤ 1. Absolute accuracy is about
    1e-12 of E f² and E f′².
    """
    root, spread = math.sqrt(q), math.sqrt((1 - c) * (1 + c))
    # Between these the activation is analytic; 0 because a second derivative may jump there.
    side = bends(root * _PLANE_REACH, activation.kinks, activation.scale)
    marks = np.concatenate([-side[::-1], [0.0], side]) / root if root else np.zeros(1)
    regular = np.arange(-_PLANE_REACH, _PLANE_REACH + PANEL_WIDTH / 2, PANEL_WIDTH)
    edges = [regular, marks]
    if abs(c) > 0.05 and spread:  # else too smooth to matter
        # v given u is blurred by `spread`: the inner integral bends over that length at the
        # kinks (and at 0, whatever happens there) divided by c.
        corners = np.array([0.0, *activation.kinks]) / (root or 1.0)
        steps = spread / abs(c) * np.array([-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0])
        edges.append((corners[:, None] / c + steps).ravel())
    outer_edges = np.sort(np.clip(np.concatenate(edges), -_PLANE_REACH, _PLANE_REACH))
    u, outer = _on_panels(outer_edges, _PLANE_NODES, _PLANE_WEIGHTS)
    u, outer = u[outer > 0], outer[outer > 0]
    if spread == 0:
        first, second = root * u, math.copysign(root, c) * u
        return (
            float(outer @ (activation.value(first) * activation.value(second))),
            float(outer @ (activation.derivative(first) * activation.derivative(second))),
        )
    with np.errstate(over="ignore"):
        inner_marks = (marks - c * u[:, None]) / spread
    inner_edges = np.concatenate(
        [np.broadcast_to(regular, (u.size, regular.size)), inner_marks], axis=1
    )
    inner_edges = np.sort(np.clip(inner_edges, -_PLANE_REACH, _PLANE_REACH), axis=1)
    w, inner = _on_panels(inner_edges, _PLANE_NODES, _PLANE_WEIGHTS)
    x = root * (c * u[:, None] + spread * w)
    value = np.einsum("ij,ij->i", inner, activation.value(x))
    derivative = np.einsum("ij,ij->i", inner, activation.derivative(x))
    return (
        float(outer @ (activation.value(root * u) * value)),
        float(outer @ (activation.derivative(root * u) * derivative)),
    )


def shared_rule(largest: float, activation: BoundActivation) -> tuple[Doubles, Doubles]:
    """Return nodes and weights on the whole line, (m,) each, for many variances at once.

    Panels do not follow the kinks of the activation, which costs accuracy: about 1e-4 of the
    size of a jump. Meant for kernels of a batch.

    Parameters
    ----------
    largest
        The largest of the variances.
    activation
        The function to be integrated.
    """
    z, weight = half_line_rule(np.array([max(math.sqrt(largest), 1e-150)]), (), activation.scale)
    inside = weight[0] > 0
    z, weight = z[0][inside], weight[0][inside]
    return np.concatenate([-z[::-1], z]), np.concatenate([weight[::-1], weight])
