"""How wide the weights of a layer are, and which parameter of their scheme sets that."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from winit_core.experiment import Experiment
from winit_core.parameters import Parameter
from winit_core.schemes import SchemeChoice
from winit_core.schemes.laws import Law

_POWERS = {"std": 1.0, "bound": 1.0, "gain": 1.0, "scale": 0.5, "omega_0": -1.0}
"""The std of the weights grows with this power of the parameter."""

_OF_THE_RULE = ("gain", "scale", "omega_0")
"""Parameters beside a rule of the fans; the others are the width itself."""

_YARDSTICK = SchemeChoice("glorot_normal")
_DIGITS = 3
_SNAP = 0.015
_HALVINGS = 60


class Fixed(Enum):
    """Why the width of a scheme's weights cannot be chosen."""

    OVERRIDDEN = "the layer uses another scheme"
    MEASURED = "made from the batch"
    SPIKES = "single values"
    OWN_RULE = "no parameter sets it"
    OTHER_LAYERS = "the parameter acts in other layers"


@dataclass(frozen=True)
class Widened:
    """A scheme with another width.

    Attributes
    ----------
    parameter, value
        What was changed, to what.
    at_limit
        Whether the parameter stands at an end of its range, short of what was asked.
    """

    choice: SchemeChoice
    parameter: Parameter
    value: float
    at_limit: bool


def width_parameter(choice: SchemeChoice) -> Parameter | None:
    """Return the parameter that sets the width of a scheme's weights, if one does."""
    found = (p for p in choice.record.weight_parameters if p.name in _POWERS)
    return next(found, None)


def why_fixed(experiment: Experiment, index: int, layer: int) -> Fixed | None:
    """Return why the width of a layer's weights cannot be chosen; None: it can."""
    choice = experiment.choice_at(index, layer)
    if any(override.index(experiment.depth) == layer for override in experiment.overrides):
        return Fixed.OVERRIDDEN
    if choice.record.is_data_dependent:
        return Fixed.MEASURED
    parameter = width_parameter(choice)
    law = _law(experiment, choice, layer)
    if _is_spikes(law) and (parameter is None or law.std > 0):
        return Fixed.SPIKES
    if parameter is None:
        return Fixed.OWN_RULE
    value = choice.values.number(parameter.name)
    other = _with(choice, parameter, _bounded(parameter, 2 * value if value else 1.0))
    if _law(experiment, other, layer).std == law.std:
        return Fixed.OTHER_LAYERS
    return None


def with_std(
    experiment: Experiment, index: int, layer: int, std: float, snap: bool = False
) -> Widened:
    """Return the scheme whose weights have this std in one layer, as nearly as it can.

    The parameter is a number of three digits.

    Parameters
    ----------
    experiment, index, layer
        Whose weights; `why_fixed` must have nothing against it.
    std
        Above 0.
    snap
        Whether a width very near to the scheme's own becomes just that.
    """
    choice = experiment.schemes[index]
    parameter = width_parameter(choice)
    assert parameter is not None
    assert std > 0

    def std_at(value: float) -> float:
        return _law(experiment, _with(choice, parameter, value), layer).std

    power = _POWERS[parameter.name]
    value = choice.values.number(parameter.name)
    present = std_at(value) if value else 0.0
    if not present:
        value = float(parameter.default)
        present = std_at(value)
    wanted = value * (std / present) ** (1 / power)
    bounded = _bounded(parameter, wanted)
    at_limit = bounded != wanted
    if not at_limit and abs(std_at(wanted) / std - 1) > 1e-6:
        bounded, at_limit = _searched(parameter, std_at, std, power)
    rounded = _bounded(parameter, float(f"{bounded:.{_DIGITS}g}"))
    default = float(parameter.default)
    if snap and abs(rounded - default) <= _SNAP * default:
        rounded = default
    return Widened(_with(choice, parameter, rounded), parameter, rounded, at_limit)


def times_rule(experiment: Experiment, index: int, layer: int) -> tuple[float, SchemeChoice]:
    """Return how many times as wide a layer's weights are as a rule says, and which rule.

    Of a scheme that has a rule of the fans it is its own; of others it is Xavier's.
    """
    choice = experiment.choice_at(index, layer)
    parameter = width_parameter(choice)
    rule = _YARDSTICK
    if parameter is None or parameter.name in _OF_THE_RULE:
        rule = choice if parameter is None else _with(choice, parameter, float(parameter.default))
    std, ruled = _law(experiment, choice, layer).std, _law(experiment, rule, layer).std
    return (std / ruled if ruled else math.nan), SchemeChoice(rule.key)


def _law(experiment: Experiment, choice: SchemeChoice, layer: int) -> Law:
    return choice.weight_law_at(experiment.layer_context(layer), experiment.library)


def _with(choice: SchemeChoice, parameter: Parameter, value: float) -> SchemeChoice:
    return SchemeChoice(choice.key, {**choice.values, parameter.name: value})


def _bounded(parameter: Parameter, value: float) -> float:
    return min(max(value, parameter.minimum), parameter.maximum)


def _is_spikes(law: Law) -> bool:
    return sum(share for _, share in law.atoms) > 1 - 1e-9


def _searched(
    parameter: Parameter, std_at: Callable[[float], float], std: float, power: float
) -> tuple[float, bool]:
    """Return the parameter by bisection, where the std is no plain power of it."""
    low, high = math.log(max(parameter.minimum, 1e-9)), math.log(parameter.maximum)
    rising = power > 0
    ends = std_at(math.exp(low)), std_at(math.exp(high))
    if not min(ends) <= std <= max(ends):
        beyond_high = (std > max(ends)) == rising
        return math.exp(high if beyond_high else low), True
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (std_at(math.exp(middle)) < std) == rising:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2), False
