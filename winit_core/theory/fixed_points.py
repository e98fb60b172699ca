"""Where the variance map of a layer takes q, and what that means for its gradients.

V increases for every activation of the catalogue, so iterating it goes straight to the nearest
fixed point on the side that V(start) − start points to. That point is bracketed on a table of V and
solved there; iterated it is not, because near criticality iterations end nowhere.

References
----------
Poole et al. 2016, arXiv:1606.05340, section 2; Schoenholz et al. 2017, arXiv:1611.01232, section 3;
Roberts, Yaida & Hanin 2022, arXiv:2106.10165, chapter 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np

from winit_core.activations import ActivationLike, BoundActivation, get_activation
from winit_core.theory import gaussian_quadrature as quadrature
from winit_core.theory.mean_field import (
    Doubles,
    bracketed_root,
    check_variances,
    doubly_critical,
    moments_of,
)

EDGE_TOLERANCE = 1e-6  # |χ₁ − 1| (or |χ_q − 1|) below this is called critical
_CRITICAL = 1e-10  # the same where q is 0 or arbitrary and χ has no error but rounding
_FLAT = 1e-12  # |V(q) − q| / q below this is rounding
_LOWEST, _HIGHEST, _PER_DECADE = -16, 14, 6  # powers of ten of the table of q


class FixedPointStatus(Enum):
    """Where the variance map takes q.

    STABLE: to a q that attracts (χ_q < 1). MARGINAL: to one with χ_q = 1, attracting from one
    side at most. UNSTABLE: it starts on a q that repels. ZERO: to 0, exponentially.
    ZERO_ALGEBRAIC: to 0, slower than any exponential. SCALE_INVARIANT: nowhere, every q stays.
    GROWS: to infinity.
    """

    STABLE = "stable"
    MARGINAL = "marginal"
    UNSTABLE = "unstable"
    ZERO = "zero"
    ZERO_ALGEBRAIC = "zero_algebraic"
    SCALE_INVARIANT = "scale_invariant"
    GROWS = "grows"


class Regime(Enum):
    """The verdict on a pair (σ_w², σ_b²).

    ORDERED: χ₁ < 1, inputs merge and gradients vanish. EDGE: χ₁ = 1. CHAOTIC: χ₁ > 1, inputs
    part and gradients explode. HALF_STABLE: no attracting q other than 0 is in reach, and
    relative deviations of q grow on the way. NONE: q grows without end.
    """

    ORDERED = "ordered"
    EDGE = "edge"
    CHAOTIC = "chaotic"
    HALF_STABLE = "half_stable"
    NONE = "none"


@dataclass(frozen=True)
class FixedPoint:
    """Where the variance map of (σ_w², σ_b²) takes q.

    Attributes
    ----------
    q
        The fixed point; 0 or inf where q goes there, NaN where every q is fixed.
    chi_1, chi_q
        Factors per layer of the squared gradient norm and of a deviation of q, at `q` (for 0 and
        inf: the limits).
    status, regime
        See the enumerations.
    separatrix
        The repelling q that bounds, on the other side of the start, what is taken there; None
        where there is none.
    """

    q: float
    chi_1: float
    chi_q: float
    status: FixedPointStatus
    regime: Regime
    separatrix: float | None = None

    @property
    def xi_q(self) -> float:
        """Layers in which a deviation of q changes by a factor e; see `depth_scale`."""
        return depth_scale(self.chi_q)

    @property
    def xi_grad(self) -> float:
        """Layers in which the squared gradient norm changes by a factor e."""
        return depth_scale(self.chi_1)


def depth_scale(chi: float) -> float:
    """Return 1/|ln |χ||, in layers: 0 for χ = 0, inf for |χ| = 1 or where χ is not known."""
    chi = abs(chi)
    if chi == 0 or math.isinf(chi):
        return 0.0
    if math.isnan(chi) or chi == 1:
        return math.inf
    return 1 / abs(math.log(chi))


def fixed_point(
    activation: ActivationLike, sigma_w2: float, sigma_b2: float, start: float = 1.0
) -> FixedPoint:
    """Return where the iteration q ← V(q) ends, and what that means.

    Parameters
    ----------
    activation, sigma_w2, sigma_b2
        The layer.
    start
        q of the first layer, positive.

    Raises
    ------
    ValueError
        If a variance is negative or not finite, or `start` is not positive.
    """
    check_variances(sigma_w2, sigma_b2)
    if not 0 < start < math.inf:
        raise ValueError("start must be a positive finite number")
    return _fixed_point(get_activation(activation), float(sigma_w2), float(sigma_b2), float(start))


@lru_cache(maxsize=1024)
def _fixed_point(
    activation: BoundActivation, sigma_w2: float, sigma_b2: float, start: float
) -> FixedPoint:
    if activation.homogeneous:
        return _homogeneous_fixed_point(activation, sigma_w2, sigma_b2)
    layer = _Layer(activation, sigma_w2, sigma_b2)
    excess = layer.excess(start)
    if abs(excess) <= _FLAT * start:
        return layer.at(start, separatrix=None)
    upward = excess > 0
    separatrix = layer.nearest(start, upward=not upward)
    reached = layer.nearest(start, upward=upward)
    touched = layer.touches_diagonal_at()
    if touched is not None and (start < touched) == upward:
        passed = reached is None or (touched < reached if upward else touched > reached)
        reached = touched if passed else reached
    if reached is not None:
        return layer.at(reached, separatrix)
    return layer.at_infinity(separatrix) if upward else layer.at_zero(start, separatrix)


@dataclass(frozen=True)
class _Layer:
    activation: BoundActivation
    sigma_w2: float
    sigma_b2: float

    def excess(self, q: float) -> float:
        return self.sigma_w2 * moments_of(self.activation, q).second + self.sigma_b2 - q

    def growth(self, q: float) -> float:
        return self.sigma_w2 * moments_of(self.activation, q).d_second_dq - 1

    def touches_diagonal_at(self) -> float | None:
        """Return the doubly critical q if this is that pair: no table sees V touch there."""
        critical = doubly_critical(self.activation)
        if critical is None:
            return None
        sigma_w2, sigma_b2, q = critical
        near = math.isclose(self.sigma_w2, sigma_w2, rel_tol=1e-9)
        return q if near and math.isclose(self.sigma_b2, sigma_b2, rel_tol=1e-9) else None

    def nearest(self, start: float, upward: bool) -> float | None:
        """Return the next fixed point; None where V − q keeps its sign to the end."""
        q, second, slope = _table(self.activation)
        excess, growth = self.sigma_w2 * second + self.sigma_b2 - q, self.sigma_w2 * slope - 1
        beyond = np.flatnonzero(q > start if upward else q < start)[:: 1 if upward else -1]
        # V − q with the sign it has at the start, and its change per q along the way.
        sign = math.copysign(1, self.excess(start))
        towards = sign if upward else -sign
        points = np.concatenate([[start], q[beyond]])
        left = sign * np.concatenate([[self.excess(start)], excess[beyond]])
        change = towards * np.concatenate([[self.growth(start)], growth[beyond]])
        crossed = left < -_FLAT * points
        clear = left > 100 * _FLAT * points
        dips = np.zeros_like(crossed)
        dips[1:] = (change[:-1] < 0) & (change[1:] > 0) & clear[:-1] & clear[1:]
        for index in np.flatnonzero(crossed | dips):
            after = float(points[index])
            if dips[index]:
                # Between two points of the table it may touch 0, or cross it and come back.
                lowest = bracketed_root(self.growth, float(points[index - 1]), after)
                height = sign * self.excess(lowest) / lowest
                if height > _FLAT:
                    continue
                if height >= -_FLAT:
                    return lowest
                after = lowest
            before = np.flatnonzero(left[:index] > 0)[-1]
            return bracketed_root(self.excess, float(points[before]), after)
        floor = self.sigma_b2 + self.sigma_w2 * moments_of(self.activation, 0.0).second
        if not upward and sign < 0 < floor:  # below the table
            return bracketed_root(self.excess, floor / 2, float(points[-1]))
        return None

    def at(self, q: float, separatrix: float | None) -> FixedPoint:
        moments = moments_of(self.activation, q)
        chi_1 = self.sigma_w2 * moments.derivative_second
        chi_q = self.sigma_w2 * moments.d_second_dq
        if abs(chi_q - 1) <= EDGE_TOLERANCE:
            status = FixedPointStatus.MARGINAL
        else:
            status = FixedPointStatus.STABLE if chi_q < 1 else FixedPointStatus.UNSTABLE
        stable = status is FixedPointStatus.STABLE
        regime = _by_chi_1(chi_1, EDGE_TOLERANCE) if stable else Regime.HALF_STABLE
        return FixedPoint(q, chi_1, chi_q, status, regime, separatrix)

    def at_zero(self, start: float, separatrix: float | None) -> FixedPoint:
        moments = moments_of(self.activation, 0.0)
        chi = self.sigma_w2 * moments.d_second_dq
        if abs(chi - 1) <= _CRITICAL:
            status, regime = FixedPointStatus.ZERO_ALGEBRAIC, Regime.EDGE
        else:
            status, regime = FixedPointStatus.ZERO, Regime.ORDERED
            here = moments_of(self.activation, start)
            steep = start * here.d_second_dq > (1 + EDGE_TOLERANCE) * here.second
            if steep or separatrix is not None:
                regime = Regime.HALF_STABLE
        return FixedPoint(
            0.0, self.sigma_w2 * moments.derivative_second, chi, status, regime, separatrix
        )

    def at_infinity(self, separatrix: float | None) -> FixedPoint:
        below, above = quadrature.limits_at_infinity(self.activation)
        chi = self.sigma_w2 * (below**2 + above**2) / 2
        return FixedPoint(math.inf, chi, chi, FixedPointStatus.GROWS, Regime.NONE, separatrix)


def _homogeneous_fixed_point(
    activation: BoundActivation, sigma_w2: float, sigma_b2: float
) -> FixedPoint:
    # V is linear, and χ₁ = χ_q at every q.
    chi = sigma_w2 * moments_of(activation, 1.0).second
    if abs(chi - 1) <= _CRITICAL and sigma_b2 == 0:
        return FixedPoint(math.nan, chi, chi, FixedPointStatus.SCALE_INVARIANT, Regime.EDGE)
    if chi >= 1 - _CRITICAL:
        return FixedPoint(math.inf, chi, chi, FixedPointStatus.GROWS, Regime.NONE)
    status = FixedPointStatus.STABLE if sigma_b2 else FixedPointStatus.ZERO
    return FixedPoint(sigma_b2 / (1 - chi), chi, chi, status, _by_chi_1(chi, EDGE_TOLERANCE))


def _by_chi_1(chi_1: float, tolerance: float) -> Regime:
    if abs(chi_1 - 1) <= tolerance:
        return Regime.EDGE
    return Regime.ORDERED if chi_1 < 1 else Regime.CHAOTIC


@lru_cache(maxsize=64)
def _table(activation: BoundActivation) -> tuple[Doubles, Doubles, Doubles]:
    """E f² and its slope on a logarithmic grid of q; serves every σ_w and σ_b."""
    q = np.logspace(_LOWEST, _HIGHEST, (_HIGHEST - _LOWEST) * _PER_DECADE + 1)
    table = quadrature.moments(activation, q)
    return q, table[:, quadrature.SECOND], table[:, quadrature.SECOND_SLOPE]
