"""Two inputs at once: what a layer does to their correlation.

u and v are pre-activations of two inputs at the same unit: Gaussian, variance q, correlation c.

References
----------
Cho & Saul 2009 (arc-cosine kernels); Poole et al. 2016, arXiv:1606.05340, eq. 5; Schoenholz et
al. 2017, arXiv:1611.01232, eqs. 7-12; Daniely, Frostig & Singer 2016, arXiv:1602.05897 (series).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from winit_core.activations import ActivationLike, BoundActivation, get_activation
from winit_core.theory import gaussian_quadrature as quadrature
from winit_core.theory.fixed_points import (
    EDGE_TOLERANCE,
    FixedPointStatus,
    Regime,
    depth_scale,
    fixed_point,
)
from winit_core.theory.mean_field import Doubles, bracketed_root, gaussian_moments

_TERMS = 128  # of the Hermite series; where they do not suffice the plane is integrated over
_CONVERGED = 1e-13


@dataclass(frozen=True)
class CorrelationFixedPoint:
    """Where the correlation of two inputs settles.

    Attributes
    ----------
    c
        The attracting correlation: 1 where inputs merge.
    slope
        Of the correlation map there: what a deviation of c is multiplied by per layer.
    """

    c: float
    slope: float


@dataclass(frozen=True)
class DepthScales:
    """Layers over which a deviation changes by a factor e; inf where it follows a power law.

    Attributes
    ----------
    xi_q, xi_c
        Of the second moment and of the correlation of two inputs.
    xi_grad
        Of the squared gradient norm.
    """

    xi_q: float
    xi_c: float
    xi_grad: float


def pair_kernels(
    activation: ActivationLike, c: npt.ArrayLike, q: float = 1.0
) -> tuple[Doubles, Doubles]:
    """Return E[f(u) f(v)] and E[f′(u) f′(v)].

    Parameters
    ----------
    activation
        f.
    c
        Correlations from −1 to 1, any shape.
    q
        Variance of u and of v, positive.

    Returns
    -------
    value, derivative
        In the shape of `c`; accurate to about 1e-12 of E f² and E f′². Closed forms for
        homogeneous activations and the sine, a Hermite series where it converges, and else an
        integral over the plane, which takes a few ms per c.

    Raises
    ------
    ValueError
        If a correlation is beyond ±1, or `q` is not positive and finite.
    """
    bound = get_activation(activation)
    correlations = np.asarray(c, dtype=np.float64)
    if not np.all(np.abs(correlations) <= 1):
        raise ValueError("a correlation must be a number from -1 to 1")
    if not 0 < q < math.inf:
        raise ValueError("q must be a positive finite number")
    q = float(q)
    if bound.homogeneous:
        return _homogeneous_kernels(bound, correlations, q)
    if bound.is_sine:
        return _sine_kernels(bound.params.number("frequency"), correlations, q)
    series = _series(bound, q)
    if series is not None:
        value, derivative = series
        return _power_series(value, correlations), _power_series(derivative, correlations)
    pairs = [_plane_kernels(bound, q, float(one)) for one in correlations.ravel()]
    table = np.array(pairs).reshape(*correlations.shape, 2)
    return table[..., 0], table[..., 1]


def _power_series(coefficients: Doubles, c: Doubles) -> Doubles:
    return np.asarray(np.polynomial.polynomial.polyval(c, coefficients), dtype=np.float64)


@lru_cache(maxsize=4096)
def _plane_kernels(activation: BoundActivation, q: float, c: float) -> tuple[float, float]:
    return quadrature.plane_kernels(activation, q, c)


@lru_cache(maxsize=256)
def _series(activation: BoundActivation, q: float) -> tuple[Doubles, Doubles] | None:
    """Coefficients of both kernels in powers of c; None where the series is too slow."""
    a = quadrature.hermite_coefficients(activation, q, _TERMS)
    moments = gaussian_moments(activation, q)
    value = np.square(a)
    # E[f′ h_n] = √(n + 1) a_{n+1} / √q.
    derivative = np.arange(1, _TERMS) * value[1:] / q
    value_rest = abs(moments.second - value.sum())
    derivative_rest = abs(moments.derivative_second - derivative.sum())
    if value_rest > _CONVERGED * moments.second:
        return None
    if derivative_rest > 10 * _CONVERGED * moments.derivative_second:
        return None
    return value, derivative


def two_slope_kernels(
    below: float, above: float, c: npt.ArrayLike
) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Return the kernels of f(x) = above · x for x > 0, else below · x, at unit variance.

    Returns
    -------
    value, derivative, square, derivative_square
        E[f f], E[f′ f′], E[f² f²], E[f′² f′²], each in the shape of `c`. The first and third
        scale with q and q² (of two inputs: with the product of their √q and q).

    References
    ----------
    Cho & Saul 2009, eqs. 5-7.
    """
    c = np.clip(np.asarray(c, dtype=np.float64), -1, 1)
    even, odd = (above + below) / 2, (above - below) / 2  # f = even · x + odd · |x|
    root, angle = np.sqrt((1 - c) * (1 + c)), np.arcsin(c)
    value = even**2 * c + odd**2 * 2 / math.pi * (root + c * angle)
    derivative = even**2 + odd**2 * 2 / math.pi * angle
    mean, signed = even**2 + odd**2, 2 * even * odd  # f² = mean · x² + signed · x |x|
    square = mean**2 * (1 + 2 * c**2)
    square += signed**2 * 2 / math.pi * (3 * c * root + (1 + 2 * c**2) * angle)
    derivative_square = mean**2 + signed**2 * 2 / math.pi * angle
    return value, derivative, square, derivative_square


def _homogeneous_kernels(
    activation: BoundActivation, c: Doubles, q: float
) -> tuple[Doubles, Doubles]:
    value, derivative, *_ = two_slope_kernels(*quadrature.homogeneous_slopes(activation), c)
    return q * value, derivative


def _sine_kernels(frequency: float, c: Doubles, q: float) -> tuple[Doubles, Doubles]:
    w2q = frequency**2 * q
    together, apart = np.exp(-w2q * (1 - c)), np.exp(-w2q * (1 + c))
    return (together - apart) / 2, frequency**2 * (together + apart) / 2


def correlation_map(
    activation: ActivationLike,
    c: npt.ArrayLike,
    sigma_w2: float,
    sigma_b2: float,
    q: float | None = None,
) -> Doubles:
    """Return the correlation of two pre-activations one layer on.

    c′ = (σ_w² E[f(u) f(v)] + σ_b²) / (σ_w² E f² + σ_b²).

    Parameters
    ----------
    activation, sigma_w2, sigma_b2
        The layer.
    c
        Correlations before it, any shape.
    q
        Second moment of both pre-activations before it; None: the fixed point, or 1 where every
        q is one.

    Returns
    -------
    float64, in the shape of `c`
        NaN where the layer's output vanishes altogether, or where no `q` is given and there is
        no positive finite fixed point.
    """
    if q is None:
        q = _settled_q(activation, sigma_w2, sigma_b2)
    if q is None:
        return np.full(np.shape(c), math.nan)
    value, _ = pair_kernels(activation, c, q)
    total = sigma_w2 * gaussian_moments(activation, q).second + sigma_b2
    if total == 0:
        return np.full(np.shape(c), math.nan)
    return np.clip((sigma_w2 * value + sigma_b2) / total, -1, 1)


def _settled_q(activation: ActivationLike, sigma_w2: float, sigma_b2: float) -> float | None:
    settled = fixed_point(activation, sigma_w2, sigma_b2)
    if settled.status is FixedPointStatus.SCALE_INVARIANT:
        return 1.0
    return settled.q if 0 < settled.q < math.inf else None


def correlation_fixed_point(
    activation: ActivationLike, sigma_w2: float, sigma_b2: float
) -> CorrelationFixedPoint:
    """Return the correlation two different inputs end with, at the fixed point of q.

    1 for χ₁ ≤ 1 (ordered phase and edge), less in the chaotic phase, 0 there for odd activations
    without bias. NaN, with a NaN slope, where q settles on nothing but 0 or infinity.
    """
    q = _settled_q(activation, sigma_w2, sigma_b2)
    if q is None:
        return CorrelationFixedPoint(math.nan, math.nan)
    bound = get_activation(activation)
    chi_1 = sigma_w2 * gaussian_moments(bound, q).derivative_second
    if chi_1 <= 1 + EDGE_TOLERANCE:
        return CorrelationFixedPoint(1.0, chi_1)

    def rise(c: float) -> float:
        return float(correlation_map(bound, c, sigma_w2, sigma_b2, q)) - c

    if bound.odd and sigma_b2 == 0:
        c = 0.0
    else:
        # Just below 1 the map runs below the diagonal, by about (χ₁ − 1)(1 − c).
        close = 1 - 1e-5
        c = bracketed_root(rise, 0.0, close) if rise(close) < 0 < rise(0.0) else close
    _, derivative = pair_kernels(bound, c, q)
    return CorrelationFixedPoint(c, sigma_w2 * float(derivative))


def depth_scales(activation: ActivationLike, sigma_w2: float, sigma_b2: float) -> DepthScales:
    """Return ξ_q, ξ_c and ξ_grad of a layer, in layers.

    ξ = 1/|ln χ| with χ the factor per layer: χ_q, the slope of the correlation map at its fixed
    point, and χ₁. A net much deeper than a few ξ_c does not tell its inputs apart (or has
    decorrelated them), which bounds the depth that trains.

    References
    ----------
    Schoenholz et al. 2017, eqs. 9-12.
    """
    settled = fixed_point(activation, sigma_w2, sigma_b2)
    slope = correlation_fixed_point(activation, sigma_w2, sigma_b2).slope
    xi_c = math.nan if math.isnan(slope) else depth_scale(slope)
    if settled.regime is Regime.EDGE and not math.isnan(slope):
        xi_c = math.inf
    return DepthScales(settled.xi_q, xi_c, settled.xi_grad)
