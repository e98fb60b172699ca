"""From the arrays of one layer to the numbers on screen, accumulated in float64."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
_TELLING_ROWS = 3
_FIRST_ROWS = 8
_LARGE = 2**12
"""From this size on a copy in float64 costs more than the numbers are worth."""
_SMALLEST_SQUARE, _LARGEST_SQUARE = 1e-26, 1e30
_LEAST_SPREAD = 0.01
"""Share of the mean square; a smaller variance is not the difference of two large numbers."""


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
    squares = _row_squares(values)
    found = None if squares is None else _moments_by_rows(values, squares)
    return _exact_moments(values) if found is None else found


def unit_statistics(rows: Array) -> tuple[Moments, float, int]:
    """Return `moments`, `mean_cosine` and `count_distinct_units` of (batch, units).

    In less time than one after the other: they have a part in common.
    """
    squares = _row_squares(rows)
    if squares is None:
        return _exact_moments(rows), _exact_mean_cosine(rows), count_distinct_units(rows)
    found = _moments_by_rows(rows, squares)
    similarity = _cosine_by_rows(rows, squares)
    return (
        _exact_moments(rows) if found is None else found,
        _exact_mean_cosine(rows) if similarity is None else similarity,
        # No number of a row is larger than the root of its square.
        _count_distinct(rows, 1.001 * math.sqrt(float(squares.max()))),
    )


def root_mean_square(values: Array) -> float:
    """Return the root mean square; NaN and inf as they come."""
    squares = _row_squares(values)
    if squares is not None:
        return math.sqrt(float(squares.sum(dtype=np.float64)) / values.size)
    if values.size == 0:
        return math.nan
    if not values.any():  # an error that does not arrive is the commonest case of all
        return 0.0
    wide = values.astype(np.float64).ravel()
    with np.errstate(all="ignore"):
        scale = _safe_scale(wide, values.dtype)
        if scale != 1.0:
            wide /= scale
        return float(_rms(wide) * scale)


def _row_squares(values: Array) -> npt.NDArray[np.float32] | None:
    """Return the sum of the squares of every row; None for what needs float64 throughout.

    Within a row float32 is enough: a dot product adds dozens of numbers side by side, so that few
    roundings meet in one sum, and those of hundreds of rows, added up in float64, cancel. That
    leaves about nine digits, in a fifth of the time that a copy in float64 takes.
    """
    if values.dtype != np.float32 or values.ndim != 2 or values.size < _LARGE:
        return None
    with np.errstate(all="ignore"):
        squares: npt.NDArray[np.float32] = np.vecdot(values, values)
        mean = float(squares.sum(dtype=np.float64)) / values.size
    # Beyond this, squares overflow or lose digits; a NaN is in no range.
    return squares if _SMALLEST_SQUARE < mean < _LARGEST_SQUARE else None


def _moments_by_rows(values: Array, squares: npt.NDArray[np.float32]) -> Moments | None:
    """Return the moments from the rows' squares; None where the spread is next to nothing."""
    square = float(squares.sum(dtype=np.float64)) / values.size
    sums = values @ _ones(values.shape[1])
    mean = float(sums.sum(dtype=np.float64)) / values.size
    variance = square - mean**2
    if variance > _LEAST_SPREAD * square:
        return Moments(mean, math.sqrt(variance), math.sqrt(square))
    # Most of the size is the mean: numbers that close to it are left exactly by its subtraction.
    middle = np.float32(mean)
    offsets = values - middle
    offset_squares = _row_squares(offsets)
    if offset_squares is None:
        return None if offsets.any() else Moments(float(middle), 0.0, abs(float(middle)))
    offset = float((offsets @ _ones(values.shape[1])).sum(dtype=np.float64)) / values.size
    variance = float(offset_squares.sum(dtype=np.float64)) / values.size - offset**2
    return Moments(float(middle) + offset, math.sqrt(max(variance, 0.0)), math.sqrt(square))


@lru_cache(maxsize=64)
def _ones(count: int) -> npt.NDArray[np.float32]:
    ones = np.ones(count, dtype=np.float32)
    ones.flags.writeable = False
    return ones


def _exact_moments(values: Array) -> Moments:
    if values.size == 0:
        return Moments(math.nan, math.nan, math.nan)
    if not values.any():
        return Moments(0.0, 0.0, 0.0)
    wide = values.astype(np.float64).ravel()
    with np.errstate(all="ignore"):
        scale = _safe_scale(wide, values.dtype)
        if scale != 1.0:
            wide /= scale
        rms = _rms(wide)
        mean = float(wide.mean())
        wide -= mean
        return Moments(mean * scale, _rms(wide) * scale, rms * scale)


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
    squares = _row_squares(rows)
    similarity = None if squares is None else _cosine_by_rows(rows, squares)
    return _exact_mean_cosine(rows) if similarity is None else similarity


def _cosine_by_rows(rows: Array, squares: npt.NDArray[np.float32]) -> float | None:
    """Return the mean cosine from the rows' squares; None where a row is all but zero."""
    count = len(rows)
    if count < 2 or not float(squares.min()) > _SMALLEST_SQUARE:
        return None
    # The sum of all rows of length one, without making any of them.
    total = ((1 / np.sqrt(squares)) @ rows).astype(np.float64)
    return float((total @ total - count) / (count * (count - 1)))


def _exact_mean_cosine(rows: Array) -> float:
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
    below, above = _saturation_limits(activation.dtype, bounds, rest)
    beyond = np.zeros(activation.shape, dtype=np.bool_)
    if above is not None:
        beyond |= activation > above
    if below is not None:
        beyond |= activation < below
    return beyond


def saturated_fraction(activation: Array, bounds: Bounds, rest: float | None = None) -> float:
    """Return the share of saturated activations; see `is_saturated`."""
    below, above = _saturation_limits(activation.dtype, bounds, rest)
    count = 0 if above is None else np.count_nonzero(activation > above)
    count += 0 if below is None else np.count_nonzero(activation < below)
    return float(count / activation.size)


def _saturation_limits(
    dtype: np.dtype[np.floating], bounds: Bounds, rest: float | None
) -> tuple[np.floating | None, np.floating | None]:
    """Return below and above which number an activation is saturated; None: it never is."""
    lower, upper = bounds
    if lower is None or upper is None:
        return None, None
    start = (upper + lower) / 2 if rest is None else rest
    below = start + SATURATED_BEYOND * (lower - start) if lower < start else None
    above = start + SATURATED_BEYOND * (upper - start) if upper > start else None
    return (
        None if below is None else dtype.type(below),
        None if above is None else dtype.type(above),
    )


def dead_fraction(activation: Array) -> float:
    """Return the share of units (columns) that are exactly 0 for the whole batch."""
    rows, units = activation.shape
    dead = np.arange(units)
    seen = 0
    while len(dead) and seen < rows:
        # A few rows tell most units to be alive; only the others are looked at further.
        some = activation[seen : 2 * seen + _FIRST_ROWS]
        if len(dead) < units:
            some = some[:, dead]
        dead = dead[~np.any(some, axis=0)]
        seen = 2 * seen + _FIRST_ROWS
    return float(len(dead) / units)


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
    if not (math.isfinite(floor) and floor > 0):
        return False
    # The first row alone mostly makes the root mean square of all rows too large.
    first = root_mean_square(arriving[:1])
    if math.isfinite(first) and first > 2 * floor * math.sqrt(len(arriving)):
        return False
    return bool(root_mean_square(arriving) < floor)


def count_distinct_units(pre_activation: Array) -> int:
    """Return the number of columns that differ by more than rounding.

    Two columns of (batch, units) are one unit when they differ nowhere by more than
    `UNIT_TOLERANCE` times the largest entry of either, and hold NaN and infinities in the same
    places.
    """
    largest = max(float(pre_activation.max()), -float(pre_activation.min()))
    return _count_distinct(pre_activation, largest)


def _count_distinct(pre_activation: Array, largest: float) -> int:
    alone, units = _told_apart(pre_activation, largest)
    if not len(units):
        return alone
    if len(units) < pre_activation.shape[1]:
        pre_activation = pre_activation[:, units]
    if _is_one_unit(pre_activation):
        return alone + 1
    columns = np.ascontiguousarray(pre_activation.T)
    finite = np.isfinite(columns)
    if finite.all():
        return alone + _count_finite(columns)
    # -1, 0, 1 and 2 stand for minus infinity, a number, infinity and NaN.
    signs = np.where(np.isnan(columns), 2, np.where(finite, 0, np.sign(columns)))
    alike: dict[bytes, list[int]] = {}
    for unit, pattern in enumerate(signs.astype(np.int8)):
        alike.setdefault(pattern.tobytes(), []).append(unit)
    numbers = np.where(finite, columns, columns.dtype.type(0))
    return alone + sum(_count_finite(numbers[units]) for units in alike.values())


def _told_apart(pre_activation: Array, largest: float) -> tuple[int, npt.NDArray[np.intp]]:
    """Return how many units a few inputs tell from every other, and which they do not.

    Two that differ for one input by more than the tolerance of `largest`, which no number
    exceeds, are not one.
    """
    units = np.arange(pre_activation.shape[1])
    if not math.isfinite(largest):
        return 0, units
    # Twice: what is rounded here must not tell equals apart.
    allowed = 2 * _tolerance(pre_activation.dtype) * largest
    for row in pre_activation[:_TELLING_ROWS]:
        values = row[units]
        order = values.argsort()
        values = values[order]
        with np.errstate(over="ignore"):
            near = values[1:] - values[:-1] <= allowed
        if not near.any():
            return pre_activation.shape[1], units[:0]
        together = np.zeros(len(units), dtype=np.bool_)
        together[1:] = near
        together[:-1] |= near
        units = units[order[together]]
    return pre_activation.shape[1] - len(units), units


@lru_cache(maxsize=8)
def _tolerance(dtype: np.dtype[np.floating]) -> float:
    return UNIT_TOLERANCE[dtype.name]


def _is_one_unit(columns: Array) -> bool:
    """Tell whether all columns are certainly one unit; that they are not is not certain."""
    first = columns[:, :1]
    largest = float(np.abs(first).max())
    with np.errstate(all="ignore"):
        apart = float(np.abs(columns - first).max())
    # No comparison with a NaN is true.
    return apart <= _tolerance(columns.dtype) * largest < math.inf


def _count_finite(columns: Array) -> int:
    """Count distinct rows of (units, batch).

    They are sorted by size, then by a few random projections; only neighbours in all of these
    are compared in full. Equal units differ in a projection by a sum of `batch` rounding errors
    of random sign: 8 √batch tolerances are never reached (Hoeffding: 1 in 10^13).
    """
    tolerance = _tolerance(columns.dtype)
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
