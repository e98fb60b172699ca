"""Mean-field theory of one layer: moments, gains, the variance map and the edge of chaos.

z = W h + b with independent zero-mean entries; σ_w² is fan_in times the variance of a weight, σ_b²
the variance of a bias, q = E z² the second moment of a pre-activation. For wide layers z is
Gaussian and

    q ← V(q) = σ_w² E f(√q Z)² + σ_b²,    χ_q = V′(q),    χ₁ = σ_w² E f′(√q Z)²,

χ_q being what a small deviation of q is multiplied by per layer, χ₁ what the squared norm of the
gradient is.

References
----------
Poole et al. 2016, arXiv:1606.05340, eqs. 3-7; Schoenholz et al. 2017, arXiv:1611.01232, eqs. 3-12;
Roberts, Yaida & Hanin 2022, arXiv:2106.10165, chapter 5 (half-stable activations).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from winit_core.activations import ActivationLike, BoundActivation, get_activation
from winit_core.theory import gaussian_quadrature as quadrature

Doubles = npt.NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)


class NoEdgeOfChaos(ValueError):
    """At this q no real σ_b puts the activation on the edge of chaos."""


@dataclass(frozen=True)
class GaussianMoments:
    """Expectations over z = √q Z, Z ~ N(0, 1).

    Attributes
    ----------
    q
        Variance of z.
    mean, second, fourth
        E f, E f², E f⁴.
    derivative_mean, derivative_second, derivative_fourth
        E f′, E f′², E f′⁴.
    d_second_dq
        d(E f²)/dq.
    """

    q: float
    mean: float
    second: float
    fourth: float
    derivative_mean: float
    derivative_second: float
    derivative_fourth: float
    d_second_dq: float

    @property
    def variance(self) -> float:
        """Var f."""
        return self.second - self.mean**2

    @property
    def width_constant(self) -> float:
        """Relative variance of a layer's mean f², times its width."""
        return self.fourth / self.second**2 - 1 if self.second else math.nan

    @property
    def forward_gain(self) -> float:
        """Gain (std = gain/√fan_in, no bias) that keeps this q; inf where f vanishes."""
        kept = self.second / self.q if self.q else (math.inf if self.mean else self.d_second_dq)
        return _inverse_root(kept)

    @property
    def backward_gain(self) -> float:
        """Gain that keeps the gradient's norm at this q: χ₁ = 1; inf where f′ vanishes."""
        return _inverse_root(self.derivative_second)


def gaussian_moments(activation: ActivationLike, q: float) -> GaussianMoments:
    """Return the Gaussian moments of an activation at variance `q`.

    Relative accuracy is about 1e-13. q = 0 stands for the limit q → 0.

    Raises
    ------
    ValueError
        If `q` is negative or not finite.
    """
    return moments_of(get_activation(activation), float(q))


@lru_cache(maxsize=8192)
def moments_of(activation: BoundActivation, q: float) -> GaussianMoments:
    """Return `gaussian_moments` of arguments that need no conversion."""
    return GaussianMoments(q, *map(float, quadrature.moments(activation, q)[0]))


def forward_gain(activation: ActivationLike, q: float = 1.0) -> float:
    """Return √(q / E f²): with std = gain/√fan_in and no bias, q is a fixed point.

    That it is one does not make it attract: see `fixed_point`.
    """
    return gaussian_moments(activation, q).forward_gain


def backward_gain(activation: ActivationLike, q: float = 1.0) -> float:
    """Return 1/√(E f′²): with std = gain/√fan_in the gradient's norm is kept at this q."""
    return gaussian_moments(activation, q).backward_gain


def variance_map(
    activation: ActivationLike, q: npt.ArrayLike, sigma_w2: float, sigma_b2: float
) -> Doubles:
    """Return V(q) = σ_w² E f² + σ_b², in the shape of `q`.

    Raises
    ------
    ValueError
        If a variance is negative or not finite.
    """
    check_variances(sigma_w2, sigma_b2)
    q = np.asarray(q, dtype=np.float64)
    second = quadrature.moments(get_activation(activation), q.ravel())[:, quadrature.SECOND]
    return (sigma_w2 * second + sigma_b2).reshape(q.shape)


def edge_of_chaos_curve(activation: ActivationLike, qs: npt.ArrayLike) -> tuple[Doubles, Doubles]:
    """Return σ_w² = 1/E f′² and σ_b² = q − σ_w² E f², which make q a fixed point with χ₁ = 1.

    The curve of Schoenholz et al. 2017, section 3, as a function of q: nothing is solved.

    Parameters
    ----------
    activation
        The activation.
    qs
        (n,) q ≥ 0, the parameter of the curve.

    Returns
    -------
    sigma_w2, sigma_b2
        (n,) each. As they come out: where σ_b² is negative no network is on the edge.
    """
    q = np.asarray(qs, dtype=np.float64).ravel()
    table = quadrature.moments(get_activation(activation), q)
    with np.errstate(divide="ignore"):
        sigma_w2 = 1 / table[:, quadrature.DERIVATIVE_SECOND]
    sigma_b2 = q - sigma_w2 * table[:, quadrature.SECOND]
    # Where it vanishes, as for homogeneous activations everywhere, rounding is all that is left.
    sigma_b2[np.abs(sigma_b2) <= 8 * _EPS * q] = 0
    return sigma_w2, sigma_b2


def edge_of_chaos(activation: ActivationLike, q: float) -> tuple[float, float]:
    """Return the (σ_w², σ_b²) that put the activation on the edge of chaos with fixed point `q`.

    Raises
    ------
    NoEdgeOfChaos
        Where that would take a negative σ_b²: softplus everywhere, the sigmoid below q = 45.6.
    ValueError
        If `q` is negative or not finite.
    """
    sigma_w2, sigma_b2 = (float(values[0]) for values in edge_of_chaos_curve(activation, [q]))
    if sigma_b2 < 0 or math.isinf(sigma_w2):
        label = get_activation(activation).label
        raise NoEdgeOfChaos(f"{label} has no edge of chaos at q = {q:g}: σ_b² = {sigma_b2:g}")
    return sigma_w2, sigma_b2


def doubly_critical(activation: ActivationLike) -> tuple[float, float, float] | None:
    """Return (σ_w², σ_b², q) with χ₁ = χ_q = 1 at a fixed point q > 0; None if there is none.

    It needs E[f f″] = 0 at some q, and a bias. Of several the one with the smallest q is
    returned. Homogeneous activations, for which it holds at every q, return None.

    References
    ----------
    Roberts, Yaida & Hanin 2022, section 5.3.4 (half-stable universality classes).
    """
    return _doubly_critical(get_activation(activation))


@lru_cache(maxsize=64)
def _doubly_critical(activation: BoundActivation) -> tuple[float, float, float] | None:
    if activation.homogeneous:
        return None

    def difference(q: float) -> float:
        moments = moments_of(activation, q)
        steepness = moments.derivative_second
        return moments.d_second_dq / steepness - 1 if steepness > 0 else -1.0

    grid = np.logspace(-4, 6, 101) * activation.scale**2
    table = quadrature.moments(activation, grid)
    steepness = table[:, quadrature.DERIVATIVE_SECOND]
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(steepness > 0, table[:, quadrature.SECOND_SLOPE] / steepness - 1, -1)
    gap[np.abs(gap) < 1e-9] = 0
    for index in np.flatnonzero(gap[:-1] * gap[1:] < 0):
        q = bracketed_root(difference, float(grid[index]), float(grid[index + 1]))
        sigma_w2, sigma_b2 = (float(values[0]) for values in edge_of_chaos_curve(activation, [q]))
        if sigma_b2 >= 0:
            return sigma_w2, sigma_b2, q
    return None


def bracketed_root(function: Callable[[float], float], one: float, other: float) -> float:
    """Solve function(q) = 0 between two points of opposite sign, to rounding.

    Chandrupatla's method (1997): inverse quadratic steps, halving where they do not pay.
    """
    a, b = other, one
    f_a, f_b = function(a), function(b)
    c, f_c, t = a, f_a, 0.5
    for _ in range(200):
        x = a + t * (b - a)
        f_x = function(x)
        if (f_x > 0) == (f_a > 0):
            c, f_c = a, f_a
        else:
            c, b, f_c, f_b = b, a, f_b, f_a
        a, f_a = x, f_x
        best = a if abs(f_a) < abs(f_b) else b
        tolerance = 2 * abs(best) * _EPS
        if f_a == 0 or f_b == 0 or abs(b - a) <= 2 * tolerance:
            return best
        t = 0.5
        if f_c in (f_a, f_b) or c == b:
            continue
        xi, phi = (a - b) / (c - b), (f_a - f_b) / (f_c - f_b)
        if phi**2 < xi and (1 - phi) ** 2 < 1 - xi:
            t = f_a / (f_b - f_a) * f_c / (f_b - f_c)
            t += (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
        margin = tolerance / abs(b - a)
        t = min(max(t, margin), 1 - margin)
    return best


def _inverse_root(value: float) -> float:
    return 1 / math.sqrt(value) if value > 0 else math.inf


def check_variances(sigma_w2: float, sigma_b2: float) -> None:
    """Raise ValueError unless both are finite and at least 0."""
    for name, value in (("sigma_w2", sigma_w2), ("sigma_b2", sigma_b2)):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be a finite number of at least 0, not {value!r}")
