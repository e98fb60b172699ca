"""From the arrays of one layer to the numbers on screen, accumulated in float64."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array, Bounds

SATURATED_BEYOND = 0.97
"""A unit counts as saturated beyond this share of the way from the middle to the limit."""

UNIT_TOLERANCE: Mapping[str, float] = MappingProxyType({"float32": 1e-5, "float64": 1e-12})
"""Two units count as one when their outputs differ by no more than this, relative."""

_ROUNDING_SAFETY = 8.0
_PROJECTIONS = 3


@dataclass(frozen=True)
class LayerStatistics:
    """What one scheme makes of one layer; all numbers may be inf or NaN.

    Attributes
    ----------
    fan_in, fan_out
        Shape of the weight matrix.
    weight_mean, weight_std, weight_rms
        Moments over all weights of the layer.
    pre_activation_mean, pre_activation_std, pre_activation_rms
        Moments of z over batch and units.
    activation_mean, activation_std, activation_rms
        The same of h; of the output layer h is z.
    delta_rms
        Root mean square of dL/dz over batch and units.
    grad_weight_rms
        Root mean square of dL/dW over all weights.
    saturated_fraction
        Share of activations near a limit of a two-sidedly bounded activation.
    dead_fraction
        Share of units whose activation is 0 for the whole batch; 0 for the output layer.
    distinct_units
        Number of units with numerically different pre-activations.
    delta_is_rounding
        Whether what arrives here as dL/dz is the rounding error of a sum that cancels.
    similarity
        Mean cosine between the z of two inputs of the batch; NaN for fewer than two.
    """

    fan_in: int
    fan_out: int
    weight_mean: float
    weight_std: float
    weight_rms: float
    pre_activation_mean: float
    pre_activation_std: float
    pre_activation_rms: float
    activation_mean: float
    activation_std: float
    activation_rms: float
    delta_rms: float
    grad_weight_rms: float
    saturated_fraction: float
    dead_fraction: float
    distinct_units: int
    delta_is_rounding: bool = False
    similarity: float = math.nan


@dataclass(frozen=True)
class Moments:
    """Mean, standard deviation (ddof 0) and root mean square of an array."""

    mean: float
    std: float
    rms: float


def moments(values: Array) -> Moments:
    """Return the moments of an array of any shape.

    A NaN anywhere makes all three NaN; an infinity makes the rms inf.
    """
    wide = values.astype(np.float64).ravel()
    if wide.size == 0:
        return Moments(math.nan, math.nan, math.nan)
    with np.errstate(all="ignore"):
        scale = _safe_scale(wide, values.dtype)
        if scale != 1.0:
            wide /= scale
        rms = _rms(wide)
        mean = float(wide.mean())
        wide -= mean
        return Moments(mean * scale, _rms(wide) * scale, rms * scale)


def root_mean_square(values: Array) -> float:
    """Return the root mean square; NaN and inf as they come."""
    wide = values.astype(np.float64).ravel()
    if wide.size == 0:
        return math.nan
    with np.errstate(all="ignore"):
        scale = _safe_scale(wide, values.dtype)
        if scale != 1.0:
            wide /= scale
        return float(_rms(wide) * scale)


def _rms(wide: npt.NDArray[np.float64]) -> float:
    return math.sqrt(float(np.vdot(wide, wide)) / wide.size)


def _safe_scale(wide: npt.NDArray[np.float64], dtype: np.dtype[np.floating]) -> float:
    """Return what to divide by so that squares stay in range: 1 for narrow dtypes."""
    if dtype.itemsize < 8:
        return 1.0
    largest = float(np.abs(wide).max())
    if not math.isfinite(largest) or largest == 0 or 1e-140 < largest < 1e140:
        return 1.0
    return largest


def mean_cosine(rows: Array) -> float:
    """Return the mean cosine between two different rows of (batch, units).

    Rows of zeros have no direction and are left out; NaN where fewer than two are left or a
    number is not finite.
    """
    wide = rows.astype(np.float64)
    with np.errstate(all="ignore"):
        largest = np.abs(wide).max(axis=1)
        wide = wide[largest > 0] / largest[largest > 0, None]
        count = len(wide)
        if count < 2 or not np.all(np.isfinite(largest)):
            return math.nan
        wide /= np.sqrt(np.einsum("ij,ij->i", wide, wide))[:, None]
        total = wide.sum(axis=0)
    # The square of the sum holds every pair twice and every row with itself once.
    return float((total @ total - count) / (count * (count - 1)))


def is_saturated(
    activation: Array, bounds: Bounds, rest: float | None = None
) -> npt.NDArray[np.bool_]:
    """Tell which activations are beyond 97 % of the way from the value at rest to a limit.

    Parameters
    ----------
    activation
        Values of any shape; NaN is not saturated.
    bounds
        Lower and upper limit; nothing is saturated where one of them is None.
    rest
        The activation at z = 0; None: the middle of the limits. A limit that is the value at
        rest, such as the 0 of a clipped ReLU, is no saturation.
    """
    lower, upper = bounds
    if lower is None or upper is None:
        return np.zeros(activation.shape, dtype=np.bool_)
    start = (upper + lower) / 2 if rest is None else rest
    kind = activation.dtype.type
    offset = activation if start == 0 else activation - kind(start)
    beyond: npt.NDArray[np.bool_]
    if upper - start == start - lower:
        beyond = np.abs(offset) > kind(SATURATED_BEYOND * (upper - start))
        return beyond
    beyond = np.zeros(activation.shape, dtype=np.bool_)
    if upper > start:
        beyond |= offset > kind(SATURATED_BEYOND * (upper - start))
    if lower < start:
        beyond |= offset < kind(SATURATED_BEYOND * (lower - start))
    return beyond


def saturated_fraction(activation: Array, bounds: Bounds, rest: float | None = None) -> float:
    """Return the share of saturated activations; see `is_saturated`."""
    saturated = is_saturated(activation, bounds, rest)
    return float(np.count_nonzero(saturated)) / activation.size


def dead_fraction(activation: Array) -> float:
    """Return the share of units (columns) that are exactly 0 for the whole batch."""
    dead = ~np.any(activation, axis=0)
    return float(np.count_nonzero(dead)) / len(dead)


def is_rounding(
    arriving: Array, delta_rms: float, weight_rms: float, terms: int, input_eps: float = 0.0
) -> bool:
    """Tell whether a back-propagated sum is nothing but the rounding of one that cancels.

    Parameters
    ----------
    arriving
        dL/dh as computed: sums of `terms` products of an error and a weight.
    delta_rms, weight_rms
        Root mean squares of the two factors.
    terms
        Number of products in each sum.
    input_eps
        Relative rounding of the factors, where it is coarser than that of the sum.
    """
    eps = float(np.finfo(arriving.dtype).eps) * terms + input_eps * math.sqrt(terms)
    floor = _ROUNDING_SAFETY * eps * delta_rms * weight_rms
    return math.isfinite(floor) and floor > 0 and root_mean_square(arriving) < floor


def count_distinct_units(pre_activation: Array) -> int:
    """Return the number of columns that differ by more than rounding.

    Two columns of (batch, units) are one unit when they differ nowhere by more than
    `UNIT_TOLERANCE` times the largest entry of either, and hold NaN and infinities in the same
    places.
    """
    columns = np.ascontiguousarray(pre_activation.T)
    finite = np.isfinite(columns)
    if finite.all():
        return _count_finite(columns)
    # -1, 0, 1 and 2 stand for minus infinity, a number, infinity and NaN.
    signs = np.where(np.isnan(columns), 2, np.where(finite, 0, np.sign(columns)))
    alike: dict[bytes, list[int]] = {}
    for unit, pattern in enumerate(signs.astype(np.int8)):
        alike.setdefault(pattern.tobytes(), []).append(unit)
    numbers = np.where(finite, columns, columns.dtype.type(0))
    return sum(_count_finite(numbers[units]) for units in alike.values())


def _count_finite(columns: Array) -> int:
    """Count distinct rows of (units, batch).

    They are sorted by size, then by a few random projections; only neighbours in all of these
    are compared in full. Equal units differ in a projection by a sum of `batch` rounding errors
    of random sign: 8 √batch tolerances are never reached (Hoeffding: 1 in 10^13).
    """
    tolerance = UNIT_TOLERANCE[columns.dtype.name]
    scale = np.abs(columns).max(axis=1)
    batch = columns.shape[1]
    directions = np.random.default_rng(0).choice((-1.0, 1.0), size=(batch, _PROJECTIONS))
    unit_scale = np.where(scale > 0, scale, scale.dtype.type(1))
    projected = (columns / unit_scale[:, None]) @ directions.astype(columns.dtype)
    keys = [np.log(unit_scale), *projected.T]
    slacks = [4 * tolerance * max(1.0, float(np.abs(keys[0]).max()))]
    slacks += [16 * tolerance * math.sqrt(batch)] * _PROJECTIONS
    alone, together = 0, [np.arange(len(columns))]
    for key, slack in zip(keys, slacks, strict=True):
        runs = [run for units in together for run in _runs(units, key, slack)]
        alone += sum(map(len, together)) - sum(map(len, runs))
        together = runs
    return alone + sum(
        _count_by_comparison(columns[units], scale[units] * tolerance) for units in together
    )


def _runs(units: npt.NDArray[np.intp], key: Array, slack: float) -> list[npt.NDArray[np.intp]]:
    """Return the runs of two and more units with neighbouring keys."""
    order = units[np.argsort(key[units], kind="stable")]
    limits = np.flatnonzero(np.diff(key[order]) > slack) + 1
    starts, ends = np.append(0, limits), np.append(limits, len(order))
    several = np.flatnonzero(ends - starts > 1)
    return [order[starts[run] : ends[run]] for run in several]


def _count_by_comparison(columns: Array, allowed: npt.NDArray[np.floating]) -> int:
    count = 0
    with np.errstate(over="ignore"):  # an infinite difference is a difference
        while len(columns):
            differs = np.abs(columns - columns[0]).max(axis=1) > np.maximum(allowed, allowed[0])
            columns, allowed = columns[differs], allowed[differs]
            count += 1
    return count
