"""Weight variances that are solved for instead of written down: critical and random-walk."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from winit_core.activations import BoundActivation
from winit_core.schemes.laws import Law, Normal, centred_normal
from winit_core.schemes.rules import LayerContext
from winit_core.theory.mean_field import doubly_critical, gaussian_moments

_HOMOGENEOUS_TOLERANCE = 1e-9
_TIME_STEP = 0.2
_LOG_TIMES = np.arange(-30.0, 90.0, _TIME_STEP)
# Finer, for the kinks of some activations.
_SIZE_STEP = 0.02
_LOG_SIZES = np.arange(-30.0, 3.7, _SIZE_STEP)


@dataclass(frozen=True)
class CriticalPoint:
    """The variances that keep a signal, an error, or both from layer to layer.

    Attributes
    ----------
    sigma_w2
        fan_in times the variance of a weight.
    sigma_b2
        Variance of a bias.
    q
        Second moment of the pre-activations that they hold for.
    exact
        False where the activation has no such point and this is the compromise between the two
        directions.
    """

    sigma_w2: float
    sigma_b2: float
    q: float
    exact: bool = True


@functools.lru_cache(maxsize=1024)
def critical_point(activation: BoundActivation, target: str, q: float) -> CriticalPoint:
    """Solve for criticality by quadrature.

    Parameters
    ----------
    activation
        The nonlinearity of the hidden layers.
    target
        ``"forward"``: the second moment of z stays at `q`. ``"backward"``: the squared error
        stays. ``"both"``: the two at once, which takes a bias unless the activation is
        homogeneous. Where small deviations from `q` would then grow (GELU, SiLU, Mish), it is the
        activation's own point where they do not, at another q.
    q
        Second moment of the pre-activations.

    References
    ----------
    Poole et al. 2016; Schoenholz et al. 2017; Hayou, Doucet & Rousseau 2019; Roberts, Yaida &
    Hanin 2022, chapter 5.
    """
    moments = gaussian_moments(activation, q)
    forward, backward = moments.forward_gain, moments.backward_gain
    if not (math.isfinite(forward) and math.isfinite(backward)):
        return CriticalPoint(1.0, 0.0, q, exact=False)
    homogeneous = abs(forward - backward) <= _HOMOGENEOUS_TOLERANCE * forward
    if target == "forward" or (homogeneous and target == "both"):
        return CriticalPoint(forward**2, 0.0, q)
    if target == "backward":
        return CriticalPoint(backward**2, 0.0, q)
    has_edge = backward < forward
    if not has_edge or backward**2 * moments.d_second_dq > 1:
        doubly = doubly_critical(activation)
        if doubly is not None:
            return CriticalPoint(*doubly)
    if has_edge:
        return CriticalPoint(backward**2, q * (1 - (backward / forward) ** 2), q)
    return CriticalPoint(forward * backward, 0.0, q, exact=False)


def critical(context: LayerContext, *, target: str, q: float) -> Law:
    """Return N(0, sigma_w²/fan_in) of the critical point.

    No activation stands before the first layer: there sigma_w² is what brings inputs of unit
    second moment to the point's q at once.
    """
    point = critical_point(context.activation, target, q)
    sigma_w2 = point.q - point.sigma_b2 if context.is_first else point.sigma_w2
    return Normal(math.sqrt(sigma_w2 / context.fan_in))


def critical_bias(context: LayerContext, *, target: str, q: float) -> Law:
    """Return N(0, sigma_b²) of the critical point: zero where no bias is needed."""
    return centred_normal(math.sqrt(critical_point(context.activation, target, q).sigma_b2))


@functools.lru_cache(maxsize=64)
def _square_transform(activation: BoundActivation) -> npt.NDArray[np.float64]:
    """E exp(-t phi(Z)²) for every t of the grid, Z standard normal."""
    size = np.exp(_LOG_SIZES)
    weight = size * np.exp(-0.5 * size**2)
    total = np.zeros(len(_LOG_TIMES))
    with np.errstate(all="ignore"):
        times = np.exp(_LOG_TIMES)
        for z in (size, -size):
            square = np.square(np.asarray(activation.value(z), dtype=np.float64))
            total += np.exp(-np.outer(times, square)) @ weight
    result: npt.NDArray[np.float64] = total / (2 * weight.sum())
    return result


@functools.lru_cache(maxsize=4096)
def mean_log_of_mean_square(activation: BoundActivation, units: int) -> float:
    """Return E ln of the mean of phi(Z)² over independent standard normals, given it is not 0.

    Parameters
    ----------
    activation
        The nonlinearity phi.
    units
        Number of independent Z.

    Notes
    -----
    E ln X = ∫ (exp(-t) - E exp(-tX)) dt/t, by the trapezoidal rule in ln t.
    """
    transform = _square_transform(activation) ** units
    never = float(transform[-1])
    if never == 1:
        return -math.inf
    alive = (transform - never) / (1 - never)
    with np.errstate(under="ignore"):
        reference = np.exp(-np.exp(_LOG_TIMES))
    return float((reference - alive).sum()) * _TIME_STEP - math.log(units)


def random_walk(context: LayerContext) -> Law:
    """Return the normal law that keeps the mean *logarithm* of the squared signal.

    References
    ----------
    Sussillo & Abbott 2014; their g = √2 exp(1.2 / (max(n, 6) - 2.4)) fits this for ReLU.
    """
    mean_log = mean_log_of_mean_square(context.activation, context.fan_in)
    if not math.isfinite(mean_log):
        return centred_normal(1 / math.sqrt(context.fan_in))
    return Normal(math.exp(-0.5 * mean_log) / math.sqrt(context.fan_in))
