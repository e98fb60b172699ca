"""Experiments that are kept as a reference: what a pin is, and what can be done with a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.translation import tr, tr_n

MAX_PINS = 5
MAX_NAME = 60


@dataclass(frozen=True)
class Pin:
    """A kept experiment.

    Attributes
    ----------
    name
        What the user calls it, 1 to 60 characters.
    experiment
        What its ghost is computed from.
    shown
        Whether its ghost is drawn.
    """

    name: str
    experiment: Experiment
    shown: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _validated_name(self.name))
        if not isinstance(self.experiment, Experiment):
            raise ExperimentError("experiment", self.experiment, tr("an experiment"))
        if not isinstance(self.shown, bool):
            raise ExperimentError("shown", self.shown, tr("true or false"))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for a file."""
        return {
            "name": self.name,
            "shown": self.shown,
            "experiment": self.experiment.to_dict(),
        }

    @classmethod
    def from_dict(cls, plain: object) -> Pin:
        """Return the pin that `to_dict` described.

        Raises
        ------
        ExperimentError
            If anything in it cannot be.
        """
        if not isinstance(plain, Mapping) or not isinstance(plain.get("experiment"), dict):
            raise ExperimentError("pin", plain, tr("a name and an experiment"))
        unknown = set(plain) - {"name", "shown", "experiment"}
        if unknown:
            allowed = tr("name, shown and experiment")
            raise ExperimentError("pin", min(map(str, unknown)), allowed)
        experiment = Experiment.from_dict(plain["experiment"])
        return cls(plain.get("name", ""), experiment, plain.get("shown", True))


def _validated_name(name: object) -> str:
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= MAX_NAME:
        raise ExperimentError("name", name, tr("1 to {most} characters", most=MAX_NAME))
    return name.strip()


def validated_pins(pins: Sequence[Pin]) -> tuple[Pin, ...]:
    """Return pins that a list can hold; raises ExperimentError."""
    if len(pins) > MAX_PINS:
        count = tr_n("{count} experiment", "{count} experiments", len(pins))
        raise ExperimentError("pins", count, tr("at most {most}", most=MAX_PINS))
    if len({pin.name for pin in pins}) < len(pins):
        raise ExperimentError("pins", [pin.name for pin in pins], tr("a name of its own for each"))
    return tuple(pins)


def pins_from(plain: object) -> tuple[Pin, ...]:
    """Return the pins of a list of plain values; raises ExperimentError."""
    if not isinstance(plain, list):
        raise ExperimentError("pins", plain, tr("a list of pinned experiments"))
    return validated_pins([Pin.from_dict(held) for held in plain[: MAX_PINS + 1]])


def usual_name(experiment: Experiment, taken: Sequence[str]) -> str:
    """Return a name that says what an experiment is, and differs from those taken."""
    widths = experiment.hidden_widths
    shape = f"{len(widths)} × {widths[0]}"
    if len(set(widths)) > 1:
        shape = tr_n("{count} layer", "{count} layers", len(widths))
    name = f"{experiment.activation.label}, {shape}"
    longer = tr("{name}, seed {seed}", name=name, seed=experiment.seed)
    for candidate in (name, longer, *(f"{longer} ({n})" for n in range(2, MAX_PINS + 2))):
        if candidate not in taken:
            break
    return candidate


def position_of(pins: Sequence[Pin], experiment: Experiment) -> int | None:
    """Return which pin holds an experiment, if one does."""
    return next((i for i, pin in enumerate(pins) if pin.experiment == experiment), None)


def with_pinned(
    pins: tuple[Pin, ...], experiment: Experiment, name: str | None = None
) -> tuple[Pin, ...]:
    """Return the list with one more pin; raises ExperimentError if it is full.

    `name` is what it is to be called, unless another pin is; None: what fits it.
    """
    return validated_pins((*pins, Pin(_free_name(name, experiment, pins), experiment)))


def changed(pins: tuple[Pin, ...], position: int, **changes: Any) -> tuple[Pin, ...]:
    """Return the list with changed fields of one pin; raises ExperimentError."""
    listed = list(pins)
    listed[position] = replace(listed[position], **changes)
    return validated_pins(listed)


def without(pins: tuple[Pin, ...], position: int) -> tuple[Pin, ...]:
    """Return the list without one pin."""
    return (*pins[:position], *pins[position + 1 :])


def swapped(
    pins: tuple[Pin, ...], position: int, experiment: Experiment, name: str | None = None
) -> tuple[Pin, ...]:
    """Return the list with another experiment in one pin's place.

    `name` is what it is to be called, unless another pin is; None: what fits it.
    """
    called = _free_name(name, experiment, without(pins, position))
    return changed(pins, position, name=called, experiment=experiment, shown=True)


def _free_name(name: str | None, experiment: Experiment, others: Sequence[Pin]) -> str:
    taken = [pin.name for pin in others]
    return usual_name(experiment, taken) if name is None or name in taken else name
