"""Values per scheme and layer on a logarithmic axis, with named levels for 0, ∞ and NaN."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from winit_core.translation import tr
from winit_gui.wording import power_of_ten

Float64Array = npt.NDArray[np.float64]
_LEVEL_SHARE = 0.075
_MARGIN = 0.5
"""Beyond the outermost ends, in distances of levels."""

_EMPTY_RANGE = (-1.0, 0.0)


class Level(Enum):
    """A place off the logarithmic axis, with the name its tick carries."""

    ZERO = "0"
    ROUNDING = "≈ 0"
    INFINITE = "∞"
    NOT_A_NUMBER = "NaN"


LEVEL_MEANINGS = {
    Level.ZERO: "0",
    Level.ROUNDING: tr("0 but for rounding"),
    Level.INFINITE: tr("infinite"),
    Level.NOT_A_NUMBER: tr("not a number"),
}
UNBOUNDED = (Level.INFINITE, Level.NOT_A_NUMBER)
_BELOW = (Level.ROUNDING, Level.ZERO)
_ABOVE = UNBOUNDED


@dataclass(frozen=True)
class Ends:
    """Where a vertical axis ends, whatever is drawn.

    Attributes
    ----------
    low, high
        In decades where the axis is logarithmic.
    levels
        Levels off the logarithmic axis that keep their place even if nothing stands on them.
    layers
        So many layers have a place beside one another, even if there are fewer.
    """

    low: float
    high: float
    levels: frozenset[Level] = frozenset()
    layers: int = 0


@dataclass(frozen=True)
class Mark:
    """One value that has no logarithm."""

    scheme: int
    layer: int
    level: Level


@dataclass(frozen=True)
class LayerChart:
    """Where everything lies on the axis, in decades.

    Attributes
    ----------
    y
        (schemes, layers) log10 of the values; NaN where a mark stands instead.
    marks
        Every value that is 0, infinite or NaN.
    low, high
        Range of the decades, rounded outward.
    levels
        Height of each level in use.
    bottom, top
        Range of the view: decades and levels.
    ticks
        (height, label) of the axis.
    """

    y: Float64Array
    marks: tuple[Mark, ...]
    low: float
    high: float
    levels: dict[Level, float]
    bottom: float
    top: float
    ticks: tuple[tuple[float, str], ...]

    @property
    def n_layers(self) -> int:
        """Number of layers, the output layer included."""
        return int(self.y.shape[1])

    @property
    def ends(self) -> Ends:
        """Where its axes end."""
        return Ends(self.low, self.high, frozenset(self.levels), self.n_layers)

    @property
    def finite_ends(self) -> tuple[float, float]:
        """Where what has a logarithm ends: before the levels, else with the view."""
        low = self.low if any(level in self.levels for level in _BELOW) else self.bottom
        high = self.high if any(level in self.levels for level in _ABOVE) else self.top
        return low, high

    @property
    def readable_ends(self) -> tuple[float, float]:
        """Between what heights are read off the axis: half a level's distance beyond its ends."""
        margin = _MARGIN * _LEVEL_SHARE * (self.high - self.low)
        return self.low - margin, self.high + margin

    def heights_at(self, layer: int) -> Float64Array:
        """Return where each scheme stands in a layer: its value, or the level of its mark."""
        heights = self.y[:, layer].copy()
        for mark in self.marks:
            if mark.layer == layer:
                heights[mark.scheme] = self.levels[mark.level]
        return heights

    def height_of(self, value: float, rounding: bool) -> float:
        """Return where a value stands, one that the chart was made to hold."""
        level = _level(value, rounding)
        return math.log10(value) if level is None else self.levels[level]

    def layers_at(self, scheme: int, level: Level) -> list[int]:
        """Return the 0-based layers of a scheme that stand on a level."""
        return [m.layer for m in self.marks if (m.scheme, m.level) == (scheme, level)]


def layer_chart(
    values: Float64Array,
    rounding: npt.NDArray[np.bool_],
    include_one: bool,
    also: Sequence[tuple[float, bool]] = (),
    ends: Ends | None = None,
) -> LayerChart:
    """Place values on the axis.

    Parameters
    ----------
    values
        (schemes, layers), at least 0, inf or NaN.
    rounding
        Same shape: whether a value is nothing but rounding.
    include_one
        Whether the axis must contain 1 (10⁰).
    also
        Further values, and whether they are rounding, that the axis must have a place for.
    ends
        Where the axis ends, whatever the values; None: where they fit.
    """
    marks: list[Mark] = []
    y = np.full(values.shape, np.nan)
    for scheme, layer in np.ndindex(values.shape):
        level = _level(float(values[scheme, layer]), bool(rounding[scheme, layer]))
        if level is None:
            y[scheme, layer] = math.log10(values[scheme, layer])
        else:
            marks.append(Mark(scheme, layer, level))
    others = [(value, _level(value, is_rounding)) for value, is_rounding in also]
    placed = [math.log10(value) for value, level in others if level is None]
    low, high = _decade_range(np.append(y, placed), include_one)
    used = {mark.level for mark in marks} | {level for _, level in others if level is not None}
    if ends is not None:
        low, high, used = ends.low, ends.high, used | ends.levels
    step = _LEVEL_SHARE * (high - low)
    levels: dict[Level, float] = {}
    bottom, top = low, high
    for level in _BELOW:
        if level in used:
            bottom -= step
            levels[level] = bottom
    for level in _ABOVE:
        if level in used:
            top += step
            levels[level] = top
    margin = _MARGIN * step
    ticks = (*decade_ticks(low, high), *((height, level.value) for level, height in levels.items()))
    return LayerChart(
        y, tuple(marks), low, high, levels, bottom - margin, top + margin, tuple(ticks)
    )


def _level(value: float, rounding: bool) -> Level | None:
    if math.isnan(value):
        return Level.NOT_A_NUMBER
    if math.isinf(value):
        return Level.INFINITE
    if value == 0:
        return Level.ZERO
    return Level.ROUNDING if rounding else None


def _decade_range(y: Float64Array, include_one: bool) -> tuple[float, float]:
    finite = y[np.isfinite(y)]
    candidates = [*finite.tolist(), *([0.0] if include_one else [])]
    if not candidates:
        return _EMPTY_RANGE
    low, high = math.floor(min(candidates) - 0.02), math.ceil(max(candidates) + 0.02)
    if include_one and not finite.size:
        return _EMPTY_RANGE
    return float(low), float(max(high, low + 1))


def decade_ticks(low: float, high: float, most: int = 7) -> list[tuple[float, str]]:
    """Return ticks at powers of ten; within two decades also at 2 and 5 times them."""
    span = high - low
    if span <= 2:
        return [
            (exponent + math.log10(mantissa), _tick_label(mantissa, exponent))
            for exponent in range(math.floor(low), math.ceil(high) + 1)
            for mantissa in (1, 2, 5)
            if low - 1e-9 <= exponent + math.log10(mantissa) <= high + 1e-9
        ]
    step = next((s for s in (1, 2, 3, 5, 10, 20, 50) if span / s <= most), 100)
    first = math.ceil(low / step) * step
    return [(float(e), power_of_ten(e)) for e in range(first, math.floor(high) + 1, step)]


def _tick_label(mantissa: int, exponent: int) -> str:
    if -3 <= exponent <= 3:
        return f"{mantissa * 10.0**exponent:g}"
    return power_of_ten(exponent) if mantissa == 1 else f"{mantissa}·{power_of_ten(exponent)}"


def layer_ticks(n_layers: int, most: int = 16) -> list[tuple[float, str]]:
    """Return 1-based layer numbers to print below the axis."""
    step = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200) if n_layers / s <= most), 500)
    if step == 1:
        return [(float(n), str(n)) for n in range(1, n_layers + 1)]
    return [(float(n), str(n)) for n in range(1, n_layers + 1) if n == 1 or n % step == 0]


def coinciding(y: Float64Array, span: float) -> list[list[int]]:
    """Return groups of two or more schemes whose lines lie on one another (within 1 %)."""
    groups: list[list[int]] = []
    for scheme, line in enumerate(y):
        if not np.isfinite(line).any():
            continue
        for group in groups:
            other = y[group[0]]
            same_gaps = bool(np.array_equal(np.isnan(line), np.isnan(other)))
            if same_gaps and float(np.nanmax(np.abs(line - other))) < 0.01 * span:
                group.append(scheme)
                break
        else:
            groups.append([scheme])
    return [group for group in groups if len(group) > 1]


def mark_offsets(chart: LayerChart, width: float) -> dict[tuple[int, Level], float]:
    """Return by scheme and level horizontal offsets that keep marks of one layer apart.

    Schemes need room only where they stand on a level in the same layer: what stands alone
    stands on its layer.
    """
    offsets: dict[tuple[int, Level], float] = {}
    for level in chart.levels:
        layers = {scheme: set(chart.layers_at(scheme, level)) for scheme in range(len(chart.y))}
        crowded = [
            scheme
            for scheme, own in layers.items()
            if any(own & others for other, others in layers.items() if other != scheme)
        ]
        for scheme in layers:
            offsets[scheme, level] = 0.0
        for place, scheme in enumerate(crowded):
            offsets[scheme, level] = width * (place / (len(crowded) - 1) - 0.5)
    return offsets


def are_equal(y: Float64Array, group: Sequence[int]) -> bool:
    """Tell whether the lines of a group are the very same, but for rounding."""
    first = y[group[0]]
    return all(np.allclose(y[other], first, 0, 1e-6, equal_nan=True) for other in group)
