"""A first guess for many activations at once: few inputs, weights and products shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from winit_core.activations import Array, BoundActivation
from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.maps.outcomes import Outcome, outcome_of
from winit_core.network import affine, error_arriving, loss_and_delta
from winit_core.simulation import (
    SchemeRun,
    ShouldStop,
    SimulationStopped,
    simulate,
    weights_and_bias,
)
from winit_core.statistics import (
    LayerStatistics,
    dead_fraction,
    is_rounding,
    root_mean_square,
    saturated_fraction,
)

INPUTS = 32
"""Inputs that stand for the batch."""
_MEMORY = 128 * 2**20


def coarse_outcomes(
    experiment: Experiment, activations: Sequence[BoundActivation], should_stop: ShouldStop
) -> list[Outcome]:
    """Return about what `simulate` says of the experiment's one scheme with each activation.

    The first inputs of the batch stand for all of it. Of the statistics only those are made that
    a verdict depends on most: no weight gradients, and units are compared by their weights.

    Raises
    ------
    SimulationStopped
        When `should_stop` returned true.
    """
    small = replace(experiment, batch_size=min(INPUTS, experiment.batch_size))
    of_each = [replace(small, activation=activation) for activation in activations]
    outcomes: dict[int, Outcome] = {}
    groups: dict[object, list[int]] = {}
    for position, one in enumerate(of_each):
        if any(one.choice_at(0, n).record.is_data_dependent for n in range(one.depth + 1)):
            outcomes[position] = outcome_of(simulate(one, should_stop).runs[0])
            continue
        layers = range(one.depth + 1)
        laws = tuple((one.weight_law(0, n), one.bias_law(0, n)) for n in layers)
        groups.setdefault(laws, []).append(position)
    units = sum(small.hidden_widths) * 2 * small.batch_size * small.numpy_dtype.itemsize
    at_once = max(1, _MEMORY // units)
    for group in groups.values():
        for first in range(0, len(group), at_once):
            members = group[first : first + at_once]
            runs = _runs([of_each[position] for position in members], should_stop)
            outcomes.update(zip(members, map(outcome_of, runs), strict=True))
    return [outcomes[position] for position in range(len(activations))]


def _runs(experiments: list[Experiment], should_stop: ShouldStop) -> list[SchemeRun]:
    """Run nets that differ in their activation alone, stacked upon each other."""
    first = experiments[0]
    assert first.input_width is not None
    data = batch(first.dataset, first.input_width, first.batch_size, first.seed)
    precision, rows = first.precision, first.batch_size
    slices = [slice(n * rows, (n + 1) * rows) for n in range(len(experiments))]
    layers = range(first.depth + 1)
    with np.errstate(all="ignore"):
        signal: Array = np.tile(precision.round(data.inputs), (len(experiments), 1))
        weights: list[Array] = []
        pre_activations: list[Array] = []
        statistics: list[list[LayerStatistics]] = [[] for _ in experiments]
        for layer in layers:
            if should_stop():
                raise SimulationStopped
            weight, bias = weights_and_bias(first, 0, layer)
            z = precision.round(affine(signal, weight, bias))
            weights.append(weight)
            pre_activations.append(z)
            is_output = layer == first.depth
            signal = z if is_output else np.empty_like(z)
            one_unit = _is_one_unit(weight, bias)
            weight_rms = root_mean_square(weight)
            if not is_output:
                for one, part in zip(experiments, slices, strict=True):
                    signal[part] = one.activation.value(z[part])
                signal = precision.round(signal)
            for one, part, made in zip(experiments, slices, statistics, strict=True):
                h = None if is_output else signal[part]
                made.append(_forward_statistics(one, weight, weight_rms, one_unit, z[part], h))
        losses, deltas = [], []
        for part in slices:
            loss, delta = loss_and_delta(signal[part], data.labels, first.loss)
            losses.append(loss)
            deltas.append(precision.round(delta))
        rounding = [False] * len(experiments)
        for layer in reversed(layers):
            if should_stop():
                raise SimulationStopped
            for n, made in enumerate(statistics):
                size = root_mean_square(deltas[n])
                made[layer] = replace(
                    made[layer],
                    delta_rms=size,
                    grad_weight_rms=size,
                    delta_is_rounding=rounding[n],
                )
            if layer == 0:
                break
            arriving = error_arriving(np.concatenate(deltas), weights[layer])
            below, terms = pre_activations[layer - 1], weights[layer].shape[1]
            eps = precision.eps if precision.rounds else 0.0
            for n, (one, part) in enumerate(zip(experiments, slices, strict=True)):
                here = statistics[n][layer]
                rounding[n] = rounding[n] or is_rounding(
                    arriving[part], here.delta_rms, here.weight_rms, terms, eps
                )
                deltas[n] = precision.round(arriving[part] * one.activation.derivative(below[part]))
    return [
        SchemeRun(one, 0, tuple(made), loss)
        for one, made, loss in zip(experiments, statistics, losses, strict=True)
    ]


def _is_one_unit(weight: Array, bias: Array | None) -> bool:
    same = bool((weight == weight[:, :1]).all())
    return same and (bias is None or bool((bias == bias[0]).all()))


def _forward_statistics(
    one: Experiment,
    weight: Array,
    weight_rms: float,
    one_unit: bool,
    z: Array,
    h: Array | None,
) -> LayerStatistics:
    nan = float("nan")
    z_rms = root_mean_square(z)
    return LayerStatistics(
        fan_in=weight.shape[0],
        fan_out=weight.shape[1],
        weight_mean=nan,
        weight_std=0.0 if one_unit else weight_rms,
        weight_rms=weight_rms,
        pre_activation_mean=nan,
        pre_activation_std=nan,
        pre_activation_rms=z_rms,
        activation_mean=nan,
        activation_std=nan,
        activation_rms=z_rms if h is None else root_mean_square(h),
        delta_rms=nan,
        grad_weight_rms=nan,
        saturated_fraction=(
            0.0
            if h is None
            else saturated_fraction(h, one.activation.bounds, one.activation.at_rest)
        ),
        dead_fraction=0.0 if h is None else dead_fraction(h),
        distinct_units=1 if one_unit else weight.shape[1],
    )
