"""A first guess for many activations at once: few inputs, weights and products shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from winit_core.activations import BoundActivation
from winit_core.experiment import Experiment
from winit_core.maps.lean_runs import is_data_dependent, lean_outcome, lean_runs
from winit_core.maps.outcomes import Outcome, outcome_of
from winit_core.simulation import ShouldStop

INPUTS = 16
"""Inputs that stand for the batch."""
_MEMORY = 128 * 2**20


def coarse_outcomes(
    experiment: Experiment, activations: Sequence[BoundActivation], should_stop: ShouldStop
) -> list[Outcome]:
    """Return about what `simulate` says of the experiment's one scheme with each activation.

    The first inputs of the batch stand for all of it.

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
        if is_data_dependent(one):
            outcomes[position] = lean_outcome(one, should_stop)
            continue
        layers = range(one.depth + 1)
        laws = tuple((one.weight_law(0, n), one.bias_law(0, n)) for n in layers)
        groups.setdefault(laws, []).append(position)
    units = sum(small.hidden_widths) * 3 * small.batch_size * small.numpy_dtype.itemsize
    at_once = max(1, _MEMORY // units)
    for group in groups.values():
        for first in range(0, len(group), at_once):
            members = group[first : first + at_once]
            runs = lean_runs([of_each[position] for position in members], should_stop)
            outcomes.update(zip(members, map(outcome_of, runs), strict=True))
    return [outcomes[position] for position in range(len(activations))]
