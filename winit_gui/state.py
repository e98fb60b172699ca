"""What the window shows: the experiment, the view of it, and the list of schemes on offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from winit_core.errors import ExperimentError
from winit_core.experiment import MAX_SCHEMES, Experiment
from winit_core.parameters import validated_integer, validated_key
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.training.settings import Training
from winit_core.translation import tr
from winit_gui import defaults
from winit_gui.pins.pin import Pin, pins_from, validated_pins
from winit_gui.style import PALETTES, ThemeName
from winit_gui.wording import DETAIL_SCALES, LEARNING, PACES, READINGS, SCALES

MAX_SEEDS = defaults.MAX_SEEDS
TYPE_SIZES = (80, 160)
"""Smallest and largest type, in per cent of the theme's."""

MAP_CHOICES = {
    "matrix_rows": ("all", "compared"),
    "matrix_cells": ("error", "accuracy", "steps"),
    "depth_beside": ("width", "std"),
    "luck_counts": ("error", "signal"),
}
"""What can be chosen on the maps, by the field of the view that holds it."""

PERSONAL = ("palette", "type_size")
"""What of a view is a matter of the reader's eyes: it stays when a file is opened."""


@dataclass(frozen=True)
class View:
    """What fixes the drawing; changing it never changes a number.

    Attributes
    ----------
    layer
        0-based layer that panel 1 shows.
    weight_scale
        Key of `wording.SCALES`.
    reading
        Key of `wording.READINGS`.
    relative
        Whether panel 3 divides by the output layer.
    theme
        Value of a `ThemeName`.
    enlarged
        Number of the panel that fills the window, or 0.
    theory
        Whether predictions are drawn over the measurement.
    explain, selected
        Whether the explaining pane is open, and which compared scheme it explains.
    seeds
        How many nets, each with a seed of its own, stand behind what is drawn.
    details, details_scale
        Whether the distributions in the shown layer are open; key of `wording.DETAIL_SCALES`.
    pace
        Key of `wording.PACES`: how fast a training goes at most.
    learning
        Key of `wording.LEARNING`: what panel 4 draws.
    matrix_rows, matrix_cells, depth_beside, luck_counts
        What is chosen on the maps: one of `MAP_CHOICES`.
    palette
        Key of `style.PALETTES`.
    type_size
        In per cent of the theme's.
    """

    layer: int = 1
    weight_scale: str = "near_rule"
    reading: str = "delta"
    relative: bool = True
    theme: str = ThemeName.SYSTEM.value
    enlarged: int = 0
    theory: bool = True
    explain: bool = False
    selected: int = 0
    seeds: int = 1
    details: bool = False
    details_scale: str = "fitting"
    pace: str = "full"
    learning: str = "train_loss"
    matrix_rows: str = "all"
    matrix_cells: str = "error"
    depth_beside: str = "width"
    luck_counts: str = "error"
    palette: str = "okabe_ito"
    type_size: int = 100

    def __post_init__(self) -> None:
        validated_integer("layer", self.layer, 0, 10**6)
        validated_key("weight_scale", self.weight_scale, SCALES)
        validated_key("reading", self.reading, READINGS)
        validated_key("theme", self.theme, [name.value for name in ThemeName])
        validated_integer("enlarged", self.enlarged, 0, 4)
        validated_key("pace", self.pace, PACES)
        validated_key("learning", self.learning, LEARNING)
        validated_key("palette", self.palette, PALETTES)
        validated_integer("type_size", self.type_size, *TYPE_SIZES)
        validated_integer("selected", self.selected, 0, MAX_SCHEMES)
        validated_integer("seeds", self.seeds, 1, MAX_SEEDS)
        validated_key("details_scale", self.details_scale, DETAIL_SCALES)
        for name, choices in MAP_CHOICES.items():
            validated_key(name, getattr(self, name), choices)
        for name in ("relative", "theory", "explain", "details"):
            if not isinstance(getattr(self, name), bool):
                raise ExperimentError(name, getattr(self, name), tr("true or false"))

    def for_reader_of(self, other: View) -> View:
        """Return this view for the eyes that another one was made for."""
        return replace(self, **{name: getattr(other, name) for name in PERSONAL})


@dataclass(frozen=True)
class Row:
    """One line of the scheme list."""

    choice: SchemeChoice
    ticked: bool


@dataclass(frozen=True)
class State:
    """Everything that is remembered and undone; the ticked rows are the experiment's schemes.

    The pins are experiments kept for comparison; they never change what is measured.
    """

    experiment: Experiment
    view: View
    rows: tuple[Row, ...]
    training: Training = field(default_factory=Training)
    pins: tuple[Pin, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pins", validated_pins(self.pins))

    @classmethod
    def of(cls, experiment: Experiment, view: View | None = None) -> State:
        """Return the state that shows an experiment, with every other scheme on offer."""
        rows = merged_rows(tuple(Row(SchemeChoice(key), False) for key in SCHEMES), experiment)
        return cls(experiment, view or View(), rows).with_rows(rows)

    def with_rows(self, rows: tuple[Row, ...]) -> State:
        """Return the state with another scheme list; the experiment follows."""
        schemes = tuple(row.choice for row in rows if row.ticked)
        return replace(self, rows=rows, experiment=replace(self.experiment, schemes=schemes))

    def with_experiment(self, **changes: Any) -> State:
        """Return the state with changed fields of the experiment; the scheme list follows."""
        experiment = replace(self.experiment, **changes)
        if "schemes" in changes:
            rows = merged_rows(self.rows, experiment)
            return replace(self, experiment=experiment).with_rows(rows)
        return replace(self, experiment=experiment)

    @property
    def shown_layer(self) -> int:
        """The layer of panel 1, within the network."""
        return min(self.view.layer, self.experiment.depth)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the settings file."""
        return {
            "experiment": self.experiment.to_dict(),
            "rows": [
                {"ticked": row.ticked, "key": row.choice.key, **row.choice.values}
                for row in self.rows
            ],
            "view": {f.name: getattr(self.view, f.name) for f in fields(self.view)},
            "training": self.training.to_dict(),
            "pins": [pin.to_dict() for pin in self.pins],
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> State:
        """Return the state that `to_dict` described; schemes it does not know of are offered too.

        Raises
        ------
        ExperimentError
            If anything in it cannot be.
        """
        try:
            experiment = Experiment.from_dict(plain["experiment"])
            view = View(**plain["view"])
            training = Training.from_dict(plain["training"])
            pins = pins_from(plain.get("pins", []))
            rows = []
            for table in plain["rows"]:
                params = dict(table)
                ticked = params.pop("ticked") is True
                rows.append(Row(SchemeChoice(params.pop("key"), params), ticked))
        except ExperimentError:
            raise
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            allowed = tr("a complete saved state")
            raise ExperimentError("state", str(error), allowed) from error
        listed = {row.choice.key for row in rows}
        rows += [Row(SchemeChoice(key), False) for key in SCHEMES if key not in listed]
        return cls(experiment, view, tuple(rows), training, pins).with_rows(tuple(rows))


def merged_rows(rows: Iterable[Row], experiment: Experiment) -> tuple[Row, ...]:
    """Tick the experiment's schemes in a list, adding the ones it does not offer.

    A choice takes the row that equals it, else a free row of its key, else a new row below its
    key's last one.
    """
    merged = [Row(row.choice, False) for row in rows]

    def take(choice: SchemeChoice) -> None:
        def free(test: Any) -> int | None:
            return next(
                (i for i, row in enumerate(merged) if not row.ticked and test(row.choice)), None
            )

        place = free(lambda held: held == choice)
        if place is None:
            place = free(lambda held: held.key == choice.key and held not in experiment.schemes)
        if place is not None:
            merged[place] = Row(choice, True)
            return
        same = [i for i, row in enumerate(merged) if row.choice.key == choice.key]
        merged.insert(same[-1] + 1 if same else len(merged), Row(choice, True))

    for choice in experiment.schemes:
        take(choice)
    return tuple(merged)
