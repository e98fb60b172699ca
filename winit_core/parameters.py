"""Named, bounded numbers that schemes and activations are adjusted by."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from winit_core.errors import ExperimentError
from winit_core.translation import tr

ParameterValue = float | int | str


@dataclass(frozen=True)
class Parameter:
    """One adjustable value of a scheme or an activation.

    Attributes
    ----------
    name
        Field-standard name, e.g. ``"std"`` or ``"gain"``.
    default
        Value used where none is given.
    minimum, maximum
        Inclusive bounds of a number.
    choices
        The allowed words, for a parameter that is a word and not a number.
    """

    name: str
    default: ParameterValue
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What the parameter accepts, as a phrase."""
        if self.choices:
            return one_of(self.choices)
        return number_range(self.minimum, self.maximum)

    def validated(self, value: object) -> ParameterValue:
        """Return `value` in its stored form.

        Raises
        ------
        ExperimentError
            If the value is not a finite number within the bounds, or not one of the choices.
        """
        if self.choices:
            return validated_key(self.name, value, self.choices)
        return validated_number(self.name, value, self.minimum, self.maximum)


class Parameters(Mapping[str, ParameterValue]):
    """A hashable, ordered, read-only mapping of parameter values."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, ParameterValue] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, name: str) -> ParameterValue:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def number(self, name: str) -> float:
        """Return a parameter that is a number as a float."""
        return float(self._items[name])


def complete(specifications: Iterable[Parameter], given: Mapping[str, object] | None) -> Parameters:
    """Check the given values and fill in the defaults, in the order of the specifications.

    Raises
    ------
    ExperimentError
        For an unknown name or a value outside its range.
    """
    if not isinstance(given, Mapping | None):
        raise ExperimentError("params", given, tr("a mapping of parameter names to values"))
    specifications = tuple(specifications)
    given = dict(given or {})
    values = {
        spec.name: spec.validated(given.pop(spec.name, spec.default)) for spec in specifications
    }
    for name, value in given.items():
        known = ", ".join(spec.name for spec in specifications) or tr("none at all")
        raise ExperimentError(
            str(name), value, tr("one of the known parameters: {names}", names=known)
        )
    return Parameters(values)


def number_range(minimum: float, maximum: float, noun: str = "number") -> str:
    """Describe an interval of every ``"number"`` or of every ``"integer"`` in words."""
    whole = noun == "integer"
    low, high = _plain(minimum), _plain(maximum)
    if math.isinf(minimum) and math.isinf(maximum):
        return tr("a finite integer") if whole else tr("a finite number")
    if math.isinf(maximum):
        if whole:
            return tr("an integer of at least {low}", low=low)
        return tr("a number of at least {low}", low=low)
    if math.isinf(minimum):
        if whole:
            return tr("an integer of at most {high}", high=high)
        return tr("a number of at most {high}", high=high)
    if whole:
        return tr("an integer from {low} to {high}", low=low, high=high)
    return tr("a number from {low} to {high}", low=low, high=high)


def one_of(keys: Iterable[str]) -> str:
    """Describe a choice in words."""
    return tr("one of {choices}", choices=", ".join(keys))


def _plain(value: float) -> str:
    return f"{int(value)}" if float(value).is_integer() and abs(value) < 1e16 else f"{value:g}"


def validated_number(field: str, value: object, minimum: float, maximum: float) -> float:
    """Return `value` as a finite float within the bounds, or raise `ExperimentError`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ExperimentError(field, value, number_range(minimum, maximum))
    try:
        number = float(value)
    except OverflowError:
        raise ExperimentError(field, value, number_range(minimum, maximum)) from None
    if not math.isfinite(number) or not minimum <= number <= maximum:
        raise ExperimentError(field, value, number_range(minimum, maximum))
    return number + 0.0  # -0.0 and 0.0 are the same experiment


def validated_integer(field: str, value: object, minimum: int, maximum: int) -> int:
    """Return `value` as an int within the bounds, or raise `ExperimentError`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ExperimentError(field, value, number_range(minimum, maximum, "integer"))
    number = int(value)
    if not minimum <= number <= maximum:
        raise ExperimentError(field, value, number_range(minimum, maximum, "integer"))
    return number


def validated_key(field: str, value: object, known: Iterable[str]) -> str:
    """Return `value` if it is one of the known keys, or raise `ExperimentError`."""
    keys = tuple(known)
    if not isinstance(value, str) or value not in keys:
        raise ExperimentError(field, value, one_of(keys))
    return keys[keys.index(value)]
