"""Panel 1's content: sampled and exact distributions over a common axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.experiment import Experiment
from winit_core.schemes.laws import Law
from winit_core.simulation import Histogram, histogram

Float64Array = npt.NDArray[np.float64]
_BINS = 72
_CURVE_POINTS = 241
_NEAR_RULE_FACTOR = 3.0
_LOG_DECADES = 2.5


@dataclass(frozen=True)
class WeightCurve:
    """One scheme's weights in one layer.

    Attributes
    ----------
    law
        What they were drawn from, in units of the weight itself.
    sampled
        Histogram of the transformed weights over the axis.
    x, y
        The exact density of the transformed weight; empty where there is no smooth part.
    spikes
        Transformed positions of the law's atoms; -inf stands for log |0|.
    reach
        Largest transformed |x| that the law has, or four standard deviations.
    exact_zeros
        Share of weights that are exactly 0, which log |weight| cannot place.
    """

    law: Law
    sampled: Histogram
    x: Float64Array
    y: Float64Array
    spikes: tuple[float, ...]
    reach: float
    exact_zeros: float


@dataclass(frozen=True)
class WeightPicture:
    """Panel 1's content: curves over a common axis of one layer."""

    experiment: Experiment
    layer: int
    scale: str
    low: float
    high: float
    curves: tuple[WeightCurve, ...]


def weight_axis(experiment: Experiment, layer: int, scale: str) -> tuple[float, float]:
    """Return the ends of the axis on which all schemes of an experiment are seen."""
    laws = [experiment.weight_law(index, layer) for index in range(len(experiment.schemes))]
    return _axis(laws, experiment.layer_shapes[layer][0], scale)


def weight_picture(
    experiment: Experiment,
    layer: int,
    scale: str,
    weights: Sequence[Array],
    axis: tuple[float, float] | None = None,
) -> WeightPicture:
    """Return panel 1 of the weights of every scheme: the same bins and axis for all.

    `axis` is where the axis ends; None: where the schemes want it.
    """
    ends = axis or weight_axis(experiment, layer, scale)
    curves = [
        weight_curve(experiment, index, layer, scale, array, ends)
        for index, array in enumerate(weights)
    ]
    return WeightPicture(experiment, layer, scale, *ends, tuple(curves))


def weight_curve(
    experiment: Experiment,
    index: int,
    layer: int,
    scale: str,
    weights: Array,
    axis: tuple[float, float],
) -> WeightCurve:
    """Return what panel 1 shows of one scheme on a given axis."""
    edges = np.linspace(*axis, _BINS + 1)
    fan_in = experiment.layer_shapes[layer][0]
    law = experiment.weight_law(index, layer)
    return _curve(law, weights.astype(np.float64), edges, fan_in, scale)


def exact_curve(law: Law, fan_in: int, scale: str) -> tuple[Float64Array, Float64Array]:
    """Return the exact density over all that the law reaches, on no common axis."""
    if not law.reach:
        return np.empty(0), np.empty(0)
    factor = float(np.sqrt(fan_in)) if scale == "relative" else 1.0
    if scale == "log":
        high = float(np.log10(law.reach))
        return _exact(law, high - _LOG_DECADES, high + 0.01, factor, scale)
    reach = 1.01 * law.reach * factor
    return _exact(law, -reach, reach, factor, scale)


def _curve(
    law: Law, weights: Float64Array, edges: Float64Array, fan_in: int, scale: str
) -> WeightCurve:
    factor = float(np.sqrt(fan_in)) if scale == "relative" else 1.0
    exact_zeros = float(np.count_nonzero(weights == 0)) / weights.size
    if scale == "log":
        with np.errstate(divide="ignore"):
            transformed = np.log10(np.abs(weights))
            spikes = tuple(float(np.log10(abs(value))) for value, _ in law.atoms)
            reach = float(np.log10(law.reach))
    else:
        transformed = weights * factor
        spikes = tuple(value * factor for value, _ in law.atoms)
        reach = law.reach * factor
    x, y = _exact(law, edges[0], edges[-1], factor, scale)
    return WeightCurve(law, histogram(transformed, edges), x, y, spikes, reach, exact_zeros)


def _exact(
    law: Law, low: float, high: float, factor: float, scale: str
) -> tuple[Float64Array, Float64Array]:
    if sum(share for _, share in law.atoms) > 1 - 1e-9:  # spikes only
        return np.empty(0), np.empty(0)
    x = np.linspace(low, high, _CURVE_POINTS)
    sides = np.array([-1e-9, 1e-9])  # a bounded law needs an edge that stands upright
    if scale == "log":
        x = np.sort(np.concatenate([x, np.log10(law.reach) + sides]))
        x = x[(x >= low) & (x <= high)]
        magnitude = 10.0**x
        return x, 2 * np.log(10) * magnitude * law.density(magnitude)
    own = np.linspace(-law.reach * factor, law.reach * factor, _CURVE_POINTS)  # if it is narrow
    edge = law.reach * factor * (1 + sides)
    x = np.unique(np.concatenate([x, own, edge, -edge]))
    x = x[(x >= low) & (x <= high)]
    return x, law.density(x / factor) / factor


def _axis(laws: list[Law], fan_in: int, scale: str) -> tuple[float, float]:
    """Return the range of the axis, rounded outward."""
    if scale == "log":
        sizes = [size for law in laws for size in (law.std or abs(law.mean),) if size > 0] or [
            1 / np.sqrt(fan_in)
        ]
        low = np.floor(np.log10(min(sizes)) - _LOG_DECADES)
        reach = max((law.reach for law in laws), default=0.0) or max(sizes)
        return float(low), float(np.ceil(np.log10(reach)))
    rule_reach = _NEAR_RULE_FACTOR * 4 * np.sqrt(2 / fan_in)
    spread = [law.reach for law in laws if law.std > 0]
    near = [reach for reach in spread if reach <= rule_reach]
    reach = max(near) if near else min(spread, default=0.0)
    spikes = [abs(law.mean) for law in laws if law.std == 0]
    reach = max([reach, *(1.1 * spike for spike in spikes if spike <= 1.6 * reach)])
    if reach == 0:
        reach = 2 * max(spikes, default=0.0) or float(1 / np.sqrt(fan_in))
    limit = rounded_outward(reach * (np.sqrt(fan_in) if scale == "relative" else 1.0))
    return -limit, limit


def rounded_outward(value: float) -> float:
    """Return the next larger of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    decade = 10.0 ** np.floor(np.log10(value))
    for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10):
        if step * decade >= value * (1 - 1e-12):
            return float(step * decade)
    return float(10 * decade)
