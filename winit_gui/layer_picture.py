"""The distributions of z, h, dL/dz and W in one layer, of every scheme, ready to be drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.experiment import Experiment
from winit_core.network_pass import NetworkPass, first_parameters
from winit_core.simulation import Quantity
from winit_core.training.history import TrainingHistory

Float64Array = npt.NDArray[np.float64]
QUANTITIES = (Quantity.PRE_ACTIVATION, Quantity.ACTIVATION, Quantity.DELTA, Quantity.WEIGHT)
FITTING = "fitting"
"""Logarithmic where the schemes' sizes differ a thousandfold, else not."""

_BINS = 64
_FAR_APART = 1000.0
_SPIKE_SHARE = 0.02
_WIDE = 5.0
"""Times its RMS: further out a value is left beyond the axis."""
_LEAST_DECADES = 3.0
_MOST_DECADES = 60.0
_MOST_KEPT = 2**19
"""Entries of a tensor that a histogram is made of: its shape does not change with more."""


@dataclass(frozen=True, eq=False)
class Summary:
    """What is kept of one scheme's tensor before a common axis is known.

    Attributes
    ----------
    values
        The finite ones, or evenly some of very many.
    spikes
        (value, share of all) of single numbers that many entries have.
    nan, infinite, zero
        Shares of all entries.
    rms
        Of the finite ones; 0 if there is none.
    """

    values: Array
    spikes: tuple[tuple[float, float], ...]
    nan: float
    infinite: float
    zero: float
    rms: float


@dataclass(frozen=True, eq=False)
class LayerCurve:
    """One scheme in one of the plots.

    Attributes
    ----------
    density
        (bins,) over the plot's edges, the highest being 1; empty where only spikes are.
    spikes
        (place on the axis, share of all entries) of numbers that many entries have.
    outside
        Shares below and above the axis.
    nan, infinite, zero
        Shares of all entries; zeros have no place on a logarithmic axis.
    """

    density: Float64Array
    spikes: tuple[tuple[float, float], ...]
    outside: tuple[float, float]
    nan: float
    infinite: float
    zero: float


@dataclass(frozen=True, eq=False)
class QuantityPicture:
    """One plot: a curve per scheme over common bins; in decades of |x| if it is logarithmic."""

    quantity: Quantity
    logarithmic: bool
    edges: Float64Array
    curves: tuple[LayerCurve, ...]


@dataclass(frozen=True, eq=False)
class LayerPicture:
    """All plots of one layer.

    Attributes
    ----------
    summaries
        By scheme, then by quantity: what another axis can be made of without a pass.
    """

    experiment: Experiment
    layer: int
    step: int
    scale: str
    summaries: tuple[tuple[Summary, ...], ...]
    plots: tuple[QuantityPicture, ...]


def layer_summaries(
    experiment: Experiment, index: int, layer: int, should_stop: Callable[[], bool]
) -> tuple[Summary, ...]:
    """Return what one scheme's first weights make of a layer, from a single pass."""
    net = NetworkPass(experiment, first_parameters(experiment, index), should_stop).run_forward()
    tensors = (
        net.pre_activations[layer],
        net.signals[layer + 1],
        net.delta(layer),
        net.weights[layer],
    )
    return tuple(summary(tensor) for tensor in tensors)


def trained_summaries(
    history: TrainingHistory, step: int, layer: int, should_stop: Callable[[], bool]
) -> tuple[tuple[Summary, ...], ...]:
    """Return the same of every scheme at a step of its training."""
    by_quantity = [
        [summary(values) for values in history.layer_values(step, layer, quantity, should_stop)]
        for quantity in QUANTITIES
    ]
    return tuple(zip(*by_quantity, strict=True))


def summary(tensor: Array) -> Summary:
    """Take stock of a tensor."""
    flat = tensor.ravel()
    finite = flat[np.isfinite(flat)]
    count = max(flat.size, 1)
    nan = float(np.count_nonzero(np.isnan(flat))) / count
    zero = float(np.count_nonzero(flat == 0)) / count
    infinite = 1 - nan - finite.size / count
    if not finite.size:
        return Summary(finite, (), nan, infinite, zero, 0.0)
    largest = float(np.abs(finite).max())
    scaled = finite.astype(np.float64) / (largest or 1.0)
    rms = largest * float(np.sqrt(np.mean(scaled * scaled)))
    # A limit of the activation, a constant, or 0: one of these if it is any number.
    suspects = {0.0, float(finite.min()), float(finite.max()), float(np.median(finite))}
    spikes = []
    for value in sorted(suspects):
        share = float(np.count_nonzero(finite == finite.dtype.type(value))) / count
        if share >= _SPIKE_SHARE:
            spikes.append((value, share))
    some = finite[:: -(-finite.size // _MOST_KEPT)]
    return Summary(some, tuple(spikes), nan, infinite, zero, rms)


def layer_picture(
    experiment: Experiment,
    layer: int,
    step: int,
    scale: str,
    summaries: Sequence[tuple[Summary, ...]],
) -> LayerPicture:
    """Put every scheme's tensors of a layer over common axes.

    `scale` is "fitting", "linear" or "log".
    """
    plots = tuple(
        _plot(quantity, scale, [made[place] for made in summaries])
        for place, quantity in enumerate(QUANTITIES)
    )
    return LayerPicture(experiment, layer, step, scale, tuple(summaries), plots)


def _plot(quantity: Quantity, scale: str, summaries: list[Summary]) -> QuantityPicture:
    sizes = [made.rms for made in summaries if made.rms > 0]
    far = bool(sizes) and max(sizes) / min(sizes) > _FAR_APART
    logarithmic = scale == "log" or (scale == FITTING and far)
    low, high = _decades(sizes) if logarithmic else _range(summaries, sizes)
    edges = np.linspace(low, high, _BINS + 1)
    curves = tuple(_curve(made, edges, logarithmic) for made in summaries)
    return QuantityPicture(quantity, logarithmic, edges, curves)


def _decades(sizes: list[float]) -> tuple[float, float]:
    if not sizes:
        return -_LEAST_DECADES, 0.0
    high = float(np.ceil(np.log10(max(sizes)) + 0.7))
    low = float(np.floor(np.log10(min(sizes)) - _LEAST_DECADES / 2))
    return max(low, high - _MOST_DECADES), high


def _range(summaries: list[Summary], sizes: list[float]) -> tuple[float, float]:
    """Return an axis that fits the schemes of usual size; what is far larger lies beyond."""
    if not sizes:
        return -1.0, 1.0
    usual = sorted(sizes)[len(sizes) // 2]
    fitting = [made for made in summaries if 0 < made.rms <= 30 * usual]
    low = min(max(float(made.values.min()), -_WIDE * made.rms) for made in fitting)
    high = max(min(float(made.values.max()), _WIDE * made.rms) for made in fitting)
    air = 0.05 * (high - low) or 0.5 * abs(high) or 1.0
    return low - air, high + air


def _curve(made: Summary, edges: Float64Array, logarithmic: bool) -> LayerCurve:
    values = made.values.astype(np.float64)
    spiked = [value for value, _ in made.spikes]
    smooth = values[~np.isin(values, spiked)] if spiked else values
    if logarithmic:
        with np.errstate(divide="ignore"):
            places = np.log10(np.abs(smooth))
        spikes = tuple((float(np.log10(abs(v))), share) for v, share in made.spikes if v)
    else:
        places, spikes = smooth, made.spikes
    counts, _ = np.histogram(places, bins=edges)
    peak = counts.max() if counts.size else 0
    total = max(values.size, 1)
    outside = (
        float(np.count_nonzero(places < edges[0])) / total,
        float(np.count_nonzero(places > edges[-1])) / total,
    )
    density = counts / peak if peak else np.empty(0)
    inside = tuple((place, share) for place, share in spikes if edges[0] <= place <= edges[-1])
    return LayerCurve(density, inside, outside, made.nan, made.infinite, made.zero)
