"""Runs with no more statistics than a verdict needs; nets of several activations at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from winit_core.activations import Array
from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.maps.outcomes import Outcome, outcome_of
from winit_core.network import affine, error_arriving, loss_and_delta, weight_gradient
from winit_core.simulation import (
    SchemeRun,
    ShouldStop,
    SimulationStopped,
    simulate,
    weights_and_bias,
)
from winit_core.statistics import (
    UNIT_TOLERANCE,
    LayerStatistics,
    count_distinct_units,
    dead_fraction,
    is_rounding,
    moments,
    root_mean_square,
    saturated_fraction,
)

_NAN = math.nan


def lean_outcome(experiment: Experiment, should_stop: ShouldStop) -> Outcome:
    """Return ``outcome_of`` the run of the experiment's one scheme, in half the time.

    The arrays are those of `simulate`, bit for bit; only what no verdict looks at is left out.

    Raises
    ------
    SimulationStopped
        When `should_stop` returned true.
    """
    if is_data_dependent(experiment):
        return outcome_of(simulate(experiment, should_stop).runs[0])
    return outcome_of(lean_runs([experiment], should_stop)[0])


def is_data_dependent(experiment: Experiment) -> bool:
    """Tell whether a layer of the first net has weights that look at the batch."""
    layers = range(experiment.depth + 1)
    return any(experiment.choice_at(0, layer).record.is_data_dependent for layer in layers)


def lean_runs(experiments: Sequence[Experiment], should_stop: ShouldStop) -> list[SchemeRun]:
    """Run one-scheme nets that differ in their activation alone, and not even in their weights.

    Means and standard deviations come out as NaN, the number of distinct units as 1 or that of all,
    and the RMS of dL/dW as that of dL/dz where it is certain to be finite.
    """
    first = experiments[0]
    assert first.input_width is not None
    data = batch(first.dataset, first.input_width, first.batch_size, first.seed)
    precision, count = first.precision, len(experiments)
    layers = range(first.depth + 1)
    found: list[_Found] = []
    with np.errstate(all="ignore"):
        signals: list[Array] = [np.tile(precision.round(data.inputs), (count, 1))]
        pre_activations: list[Array] = []
        weights: list[Array] = []
        for layer in layers:
            _check(should_stop)
            weight, bias = weights_and_bias(first, 0, layer)
            sums = affine(signals[-1], weight, bias)
            z = precision.round(sums)
            signal = z
            if layer < first.depth:
                pairs = zip(experiments, _split(z, count), strict=True)
                signal = precision.round(
                    _joined([one.activation.value(part) for one, part in pairs])
                )
            found.append(_Found(weight, sums, z, signal, count))
            weights.append(weight)
            pre_activations.append(z)
            signals.append(signal)
        made = [loss_and_delta(part, data.labels, first.loss) for part in _split(z, count)]
        deltas = precision.round(_joined([delta for _, delta in made]))
        rounding = [False] * count
        eps = precision.eps if precision.rounds else 0.0
        for layer in reversed(layers):
            _check(should_stop)
            here = found[layer]
            here.delta_rms, here.rounding = _sizes(deltas, count), list(rounding)
            here.grad_rms = [
                _gradient_size(first, entering, delta, size)
                for entering, delta, size in zip(
                    _split(signals[layer], count),
                    _split(deltas, count),
                    here.delta_rms,
                    strict=True,
                )
            ]
            if layer == 0:
                break
            arriving = error_arriving(deltas, weights[layer])
            terms = weights[layer].shape[1]
            parts = zip(
                _split(arriving, count), _split(pre_activations[layer - 1], count), strict=True
            )
            passed = []
            for n, (part, below) in enumerate(parts):
                rounding[n] = rounding[n] or is_rounding(
                    part, here.delta_rms[n], here.weight_rms, terms, eps
                )
                passed.append(part * experiments[n].activation.derivative(below))
            deltas = precision.round(_joined(passed))
        return [
            SchemeRun(
                one,
                0,
                tuple(found[layer].statistics(n, one, layer == first.depth) for layer in layers),
                made[n][0],
            )
            for n, one in enumerate(experiments)
        ]


class _Found:
    """What a layer of every net leaves behind."""

    def __init__(self, weight: Array, sums: Array, z: Array, h: Array, count: int) -> None:
        self.shape = weight.shape
        self.weight_rms = root_mean_square(weight)
        self.z_rms = _sizes(z, count)
        self.h_rms = self.z_rms if h is z else _sizes(h, count)
        # Asked for only where no signal arrives.
        self.weight_std = _NAN if min(self.z_rms) > 0 else moments(weight).std
        self.one_unit = [_is_one_unit(part) for part in _split(sums, count)]
        self.signals = _split(h, count)
        self.delta_rms: list[float] = []
        self.grad_rms: list[float] = []
        self.rounding: list[bool] = []

    def statistics(self, n: int, one: Experiment, is_output: bool) -> LayerStatistics:
        h, bounds = self.signals[n], one.activation.bounds
        saturated = 0.0
        if not is_output and None not in bounds:
            saturated = saturated_fraction(h, bounds, one.activation.at_rest)
        return LayerStatistics(
            fan_in=self.shape[0],
            fan_out=self.shape[1],
            weight_mean=_NAN,
            weight_std=self.weight_std,
            weight_rms=self.weight_rms,
            pre_activation_mean=_NAN,
            pre_activation_std=_NAN,
            pre_activation_rms=self.z_rms[n],
            activation_mean=_NAN,
            activation_std=_NAN,
            activation_rms=self.h_rms[n],
            delta_rms=self.delta_rms[n],
            grad_weight_rms=self.grad_rms[n],
            saturated_fraction=saturated,
            dead_fraction=0.0 if is_output else dead_fraction(h),
            distinct_units=1 if self.one_unit[n] and not is_output else self.shape[1],
            delta_is_rounding=self.rounding[n],
        )


def _split(stack: Array, count: int) -> list[Array]:
    rows = len(stack) // count
    return [stack[n * rows : (n + 1) * rows] for n in range(count)]


def _sizes(stack: Array, count: int) -> list[float]:
    """Return `root_mean_square` of each net's part; narrow numbers are converted all at once."""
    if stack.dtype.itemsize == 8:
        return [root_mean_square(part) for part in _split(stack, count)]
    wide = stack.astype(np.float64).reshape(count, -1)
    return [math.sqrt(float(np.vdot(part, part)) / part.size) for part in wide]


def _check(should_stop: ShouldStop) -> None:
    if should_stop():
        raise SimulationStopped


def _joined(arrays: Sequence[Array]) -> Array:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _gradient_size(experiment: Experiment, entering: Array, delta: Array, size: float) -> float:
    """Return the RMS of dL/dz, if that of dL/dW is as finite; else that of dL/dW."""
    largest = float(np.abs(entering).max()) * size * math.sqrt(delta.size) * len(entering)
    if largest < experiment.precision.max / 2:
        return size
    return root_mean_square(experiment.precision.round(weight_gradient(entering, delta)))


def _is_one_unit(sums: Array) -> bool:
    """Tell whether `count_distinct_units` is 1; mostly two units are enough to know."""
    if sums.shape[1] > 1:
        one, other = sums[:, 0], sums[:, -1]
        apart = float(np.abs(one - other).max())
        largest = max(float(np.abs(one).max()), float(np.abs(other).max()))
        # No comparison with a NaN is true.
        if largest < math.inf and apart > UNIT_TOLERANCE[sums.dtype.name] * largest:
            return False
    return count_distinct_units(sums) == 1
