"""The formulas of the activations: value and derivative, elementwise on numpy arrays.

What they have in common:

* One floating dtype in, the same out. float16 is computed in float32 where numpy or scipy would
  lose digits or the dtype.
* No finite input makes them warn, and ±inf gives the limit (of sin, which has none: NaN).
* NaN passes through every value, and through every derivative that is not piecewise constant.
* Tails keep their relative accuracy: nothing is formed as 1 minus nearly 1.
* They run once per layer and scheme, so branches are comparisons and multiplications:
  ``np.where`` on a mask without pattern costs ten times as much.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import numpy.typing as npt

from winit_core import special_functions as special

Array = npt.NDArray[np.floating[Any]]
Function = Callable[..., Array]

SELU_SCALE = 1.0507009873554804934
SELU_ALPHA = 1.6732632423543772848
LECUN_SCALE = 1.7159
LECUN_SLOPE = 2.0 / 3.0

# exp(-800) is 0 even in float64, so beyond this point the left tail of z·sigmoid(z) and its
# like is 0; holding z there keeps inf · 0 away.
_TAIL = 800.0
# The normal tail dies sooner: exp(-40²/2) is 0 in float64.
_NORMAL_TAIL = 40.0
# By the size of the dtype: exp of less, 1e-30 and 1e-290, is 0 where it is a slope. No weight ever
# moves by it, and arithmetic with it, or with its products, takes up to a hundred times as long.
_FAINTEST = {4: -69.0, 8: -667.0}
# Beyond this tanh(softplus z) is 1 to the last bit of float64, and exp(4 z) still fits float32.
_MISH_TOP = 22.0

_SQRT_2_OVER_PI = math.sqrt(2 / math.pi)
_GELU_CUBIC = 0.044715


def _half_in_single(function: Function) -> Function:
    """Compute float16 input in float32; inf where the result does not fit, without a warning."""

    @wraps(function)
    def wrapped(z: Array, **parameters: float) -> Array:
        if z.dtype != np.float16:
            return function(z, **parameters)
        with np.errstate(over="ignore"):
            return function(z.astype(np.float32), **parameters).astype(np.float16)

    return wrapped


def _as_number(condition: npt.NDArray[np.bool_], like: Array) -> Array:
    return condition.astype(like.dtype)


@_half_in_single
def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(−z))."""
    decay = np.exp(-np.abs(z))
    # exp(-|z|) for z < 0 and 1 otherwise, over 1 + exp(-|z|): accurate in both tails.
    return np.maximum(decay, _as_number(z >= 0, z)) / (1 + decay)  # type: ignore[no-any-return]


@_half_in_single
def sigmoid_derivative(z: Array) -> Array:
    """f(z) f(−z)."""
    decay = np.exp(-np.abs(z))
    return decay / np.square(1 + decay)  # type: ignore[no-any-return]


@_half_in_single
def tanh(z: Array) -> Array:
    """Hyperbolic tangent."""
    return np.tanh(z)


@_half_in_single
def tanh_derivative(z: Array) -> Array:
    """sech² z."""
    # 1 - tanh² would lose every digit beyond |z| = 9. In place, because this runs once per layer:
    # new arrays would take as long as the arithmetic.
    decay = np.abs(z, out=np.empty_like(z))
    with np.errstate(over="ignore"):
        np.multiply(decay, -2, out=decay)
    faintest = _FAINTEST[z.dtype.itemsize]
    has_faint = not decay.min(initial=0) >= faintest  # or a NaN
    if has_faint:
        kept = _as_number(decay >= faintest, z)
        np.maximum(decay, faintest, out=decay)
    np.exp(decay, out=decay)
    if has_faint:
        np.multiply(decay, kept, out=decay)
    square = np.add(decay, 1, out=np.empty_like(z))
    np.square(square, out=square)
    np.divide(decay, square, out=decay)
    np.multiply(decay, 4, out=decay)
    return decay


def relu(z: Array) -> Array:
    """max(z, 0)."""
    return np.maximum(z, 0)


def relu_derivative(z: Array) -> Array:
    """1 for z > 0, else 0."""
    return _as_number(z > 0, z)


def leaky_relu(z: Array, slope: float) -> Array:
    """Return z for z > 0, else slope · z, with 0 ≤ slope ≤ 1."""
    return np.maximum(z, z * slope) if slope else relu(z)


def leaky_relu_derivative(z: Array, slope: float) -> Array:
    """1 for z > 0, else slope."""
    return np.maximum(relu_derivative(z), slope)


@_half_in_single
def elu(z: Array, alpha: float) -> Array:
    """Return z for z > 0, else alpha (exp z − 1)."""
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


@_half_in_single
def elu_derivative(z: Array, alpha: float) -> Array:
    """1 for z > 0, else alpha exp z."""
    return _one_or_exponential(z, 1.0, alpha)


def _one_or_exponential(z: Array, above: float, below: float) -> Array:
    slope = np.exp(np.minimum(z, 0))
    if above == below == 1.0:
        return slope
    return slope * (below * _as_number(z <= 0, z)) + above * _as_number(z > 0, z)  # type: ignore[no-any-return]


def identity_derivative(z: Array) -> Array:
    """1 everywhere."""
    return np.ones_like(z)


@_half_in_single
def lecun_tanh(z: Array) -> Array:
    """1.7159 tanh(2 z / 3)."""
    return LECUN_SCALE * np.tanh(LECUN_SLOPE * z)  # type: ignore[no-any-return]


@_half_in_single
def lecun_tanh_derivative(z: Array) -> Array:
    """1.7159 · 2/3 · sech²(2 z / 3)."""
    return LECUN_SCALE * LECUN_SLOPE * tanh_derivative(LECUN_SLOPE * z)


@_half_in_single
def softsign(z: Array) -> Array:
    """Return z / (1 + |z|)."""
    largest = np.finfo(z.dtype).max
    held = np.clip(z, -largest, largest)  # inf / inf has no value, largest / largest is 1
    return held / (1 + np.abs(held))  # type: ignore[no-any-return]


@_half_in_single
def softsign_derivative(z: Array) -> Array:
    """1 / (1 + |z|)²."""
    return np.square(1 / (1 + np.abs(z)))


@_half_in_single
def erf(z: Array) -> Array:
    """Error function."""
    return special.erf(z)  # type: ignore[no-any-return]


@_half_in_single
def erf_derivative(z: Array) -> Array:
    """2 / √π · exp(−z²)."""
    held = np.clip(z, -_NORMAL_TAIL, _NORMAL_TAIL)
    return (2 / math.sqrt(math.pi)) * np.exp(-np.square(held))


def hardtanh(z: Array) -> Array:
    """Return z held within ±1."""
    return np.clip(z, -1, 1)


def hardtanh_derivative(z: Array) -> Array:
    """1 strictly inside ±1, else 0."""
    return _as_number(np.abs(z) < 1, z)


@_half_in_single
def sin(z: Array, frequency: float) -> Array:
    """sin(frequency · z)."""
    with np.errstate(invalid="ignore"):  # sin(inf) is NaN, and says so
        return np.sin(_phase(z, frequency))


@_half_in_single
def sin_derivative(z: Array, frequency: float) -> Array:
    """Return frequency · cos(frequency · z)."""
    with np.errstate(invalid="ignore"):
        return frequency * np.cos(_phase(z, frequency))


def _phase(z: Array, frequency: float) -> Array:
    if frequency <= 1:
        return frequency * z
    # A finite z keeps a finite phase; infinities pass.
    largest = np.finfo(z.dtype).max
    limit = z.dtype.type(largest / frequency) * z.dtype.type(1 - np.finfo(z.dtype).eps)
    return frequency * np.where(np.isinf(z), z, np.clip(z, -limit, limit))


def relu6(z: Array) -> Array:
    """Return z held within 0 and 6."""
    return np.clip(z, 0, 6)


def relu6_derivative(z: Array) -> Array:
    """1 strictly between 0 and 6, else 0."""
    return _as_number((z > 0) & (z < 6), z)


@_half_in_single
def selu(z: Array) -> Array:
    """Return scale · z for z > 0, else scale · alpha (exp z − 1)."""
    with np.errstate(over="ignore"):  # the scale is above 1: the largest numbers become inf
        return SELU_SCALE * elu(z, alpha=SELU_ALPHA)


@_half_in_single
def selu_derivative(z: Array) -> Array:
    """Return scale for z > 0, else scale · alpha · exp z."""
    return _one_or_exponential(z, SELU_SCALE, SELU_SCALE * SELU_ALPHA)


@_half_in_single
def gelu(z: Array) -> Array:
    """Return z Φ(z), Φ the standard normal distribution function."""
    return np.maximum(z, -_NORMAL_TAIL) * special.ndtr(z)  # type: ignore[no-any-return]


@_half_in_single
def gelu_derivative(z: Array) -> Array:
    """Φ(z) + z Φ′(z)."""
    held = np.clip(z, -_NORMAL_TAIL, _NORMAL_TAIL)
    density = np.exp(-np.square(held) / 2) / math.sqrt(2 * math.pi)
    return special.ndtr(held) + held * density  # type: ignore[no-any-return]


@_half_in_single
def gelu_tanh(z: Array) -> Array:
    """Return z sigmoid(2 u), u = √(2/π) (z + 0.044715 z³), which is z/2 (1 + tanh u)."""
    held = np.clip(z, -_NORMAL_TAIL, _NORMAL_TAIL)
    return np.maximum(z, -_NORMAL_TAIL) * sigmoid(_twice_gelu_tanh_argument(held))


@_half_in_single
def gelu_tanh_derivative(z: Array) -> Array:
    """Return s + 2 z u′ s (1 − s), s = sigmoid(2 u)."""
    held = np.clip(z, -_NORMAL_TAIL, _NORMAL_TAIL)
    twice_u = _twice_gelu_tanh_argument(held)
    slope = 2 * _SQRT_2_OVER_PI * (1 + 3 * _GELU_CUBIC * np.square(held))
    return sigmoid(twice_u) + held * slope * sigmoid_derivative(twice_u)


def _twice_gelu_tanh_argument(z: Array) -> Array:
    return 2 * _SQRT_2_OVER_PI * z * (1 + _GELU_CUBIC * np.square(z))


@_half_in_single
def silu(z: Array, beta: float) -> Array:
    """Return z sigmoid(beta z)."""
    tail = _TAIL / beta
    return np.maximum(z, -tail) * sigmoid(beta * np.clip(z, -tail, tail))


@_half_in_single
def silu_derivative(z: Array, beta: float) -> Array:
    """Return s + x s (1 − s), x = beta z, s = sigmoid x."""
    tail = _TAIL / beta
    x = beta * np.clip(z, -tail, tail)
    return sigmoid(x) + x * sigmoid_derivative(x)


@_half_in_single
def mish(z: Array) -> Array:
    """Return z tanh(ln(1 + exp z))."""
    ratio = _mish_ratio(np.exp(np.clip(z, -_TAIL, _MISH_TOP)))
    return np.maximum(z, -_TAIL) * (ratio / (ratio + 2))


@_half_in_single
def mish_derivative(z: Array) -> Array:
    """Return t + z (1 − t²) sigmoid z, t = tanh(ln(1 + exp z))."""
    held = np.clip(z, -_TAIL, _MISH_TOP)
    grown = np.exp(held)
    ratio = _mish_ratio(grown)
    # (1 - t²) sigmoid z without cancellation.
    bend = 4 * grown * (1 + grown) / np.square(ratio + 2)
    return ratio / (ratio + 2) + held * bend  # type: ignore[no-any-return]


def _mish_ratio(grown: Array) -> Array:
    # With w = exp z: tanh(ln(1 + w)) = n / (n + 2), n = w (w + 2).
    return grown * (grown + 2)


@_half_in_single
def softplus(z: Array, beta: float) -> Array:
    """ln(1 + exp(beta z)) / beta."""
    tail = _TAIL / beta
    decay = np.exp(-beta * np.abs(np.clip(z, -tail, tail)))
    return np.maximum(z, 0) + np.log1p(decay) / beta


@_half_in_single
def softplus_derivative(z: Array, beta: float) -> Array:
    """sigmoid(beta z)."""
    tail = _TAIL / beta
    return sigmoid(beta * np.clip(z, -tail, tail))


@_half_in_single
def hardswish(z: Array) -> Array:
    """Return z times (z + 3)/6 held within 0 and 1."""
    return np.maximum(z, -3) * hardsigmoid(z)


@_half_in_single
def hardswish_derivative(z: Array) -> Array:
    """0 up to −3, z/3 + 1/2 inside, 1 from 3."""
    held = np.clip(z, -3, 3)
    return (held / 3 + 0.5) * _as_number(np.abs(z) < 3, z) + _as_number(z >= 3, z)


@_half_in_single
def hardsigmoid(z: Array) -> Array:
    """(z + 3)/6 held within 0 and 1."""
    return np.clip(z, -3, 3) / 6 + 0.5


def hardsigmoid_derivative(z: Array) -> Array:
    """1/6 strictly inside ±3, else 0."""
    return _as_number(np.abs(z) < 3, z) / 6


@_half_in_single
def relu_squared(z: Array) -> Array:
    """max(z, 0)²."""
    with np.errstate(over="ignore"):
        return np.square(np.maximum(z, 0))


@_half_in_single
def relu_squared_derivative(z: Array) -> Array:
    """2 max(z, 0)."""
    with np.errstate(over="ignore"):
        return 2 * np.maximum(z, 0)
