"""What goes on from step to step: experiment, training, view, panels and axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from winit_core.errors import ExperimentError
from winit_core.experiment import MAX_DEPTH, MAX_WIDTH, Experiment
from winit_core.schemes import SchemeChoice
from winit_core.training.settings import Training
from winit_core.translation import tr
from winit_gui.defaults import default_experiment
from winit_gui.lessons.tables import Table, as_number, nearest, shown
from winit_gui.state import MAX_SEEDS, State, View
from winit_gui.wording import LEARNING, READINGS, SCALES

KEYS = (
    "experiment",
    "training",
    "panels",
    "layer",
    "scale",
    "reading",
    "relative",
    "learning",
    "theory",
    "seeds",
    "axes",
)
"""What ``[start]`` and every step may set."""

PANELS = (1, 2, 3, 4)
AXES = ("weights", "signal", "gradient", "learning")
_FREE = "auto"
_DECADES = 400.0


@dataclass(frozen=True)
class Settings:
    """Everything that a step leaves to the next.

    Attributes
    ----------
    experiment
        Its schemes in the order of the file, which is how they are counted.
    training, view, panels, axes
        As in `lesson.Step`.
    """

    experiment: Experiment = field(default_factory=default_experiment)
    training: Training = field(default_factory=Training)
    view: View = field(default_factory=View)
    panels: tuple[int, ...] = (1, 2, 3)
    axes: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def state(self) -> State:
        """Return the whole state that the window shows."""
        return replace(State.of(self.experiment, self.view), training=self.training)

    def changed(self, table: Table) -> Settings:
        """Return what a step, or the start, makes of them.

        Raises
        ------
        LessonError
            Naming file, line and key.
        """
        experiment = _experiment(self.experiment, table.table("experiment"))
        return Settings(
            experiment,
            _training(self.training, table.table("training")),
            _view(self.view, table, experiment.depth),
            _panels(self.panels, table),
            _axes(self.axes, table.table("axes")),
        )


def compared_scheme(
    table: Table, key: str, experiment: Experiment, required: bool = False
) -> SchemeChoice | None:
    """Return the compared scheme that a key or a number names.

    Raises
    ------
    LessonError
        If it is not compared, or if two have that key.
    """
    if key not in table:
        return None
    given = table.values[key]
    choices = experiment.schemes
    if isinstance(given, int) and not isinstance(given, bool):
        if not 1 <= given <= len(choices):
            raise table.error(
                key,
                tr(
                    "{given} is not possible: {count} schemes are compared",
                    given=shown(given),
                    count=len(choices),
                ),
            )
        return choices[given - 1]
    if not isinstance(given, str):
        raise table.error(
            key, tr("it must be a scheme's key or number, not {given}", given=shown(given))
        )
    found = [choice for choice in choices if choice.key == given]
    if not found:
        keys = list(dict.fromkeys(choice.key for choice in choices))
        hint = nearest(given, keys)
        raise table.error(
            key, tr("{given} is not compared here{hint}", given=shown(given), hint=hint)
        )
    if len(found) > 1:
        raise table.error(
            key,
            tr(
                "{count} of the compared schemes are {given}: give the number of one",
                count=len(found),
                given=shown(given),
            ),
        )
    return found[0]


def _experiment(before: Experiment, table: Table | None) -> Experiment:
    if table is None:
        return before
    table.only((*(f.name for f in fields(Experiment)), "depth", "width"))
    changes = dict(table.values)
    if "depth" in changes or "width" in changes:
        if "hidden_widths" in changes:
            raise table.error("hidden_widths", tr("it cannot stand beside depth or width"))
        widths = before.hidden_widths
        depth = table.integer("depth", 1, MAX_DEPTH, len(widths))
        width = table.integer("width", 1, MAX_WIDTH, widths[0])
        del changes["depth" if "depth" in changes else "width"]
        changes.pop("width", None)
        keeps = "width" not in table and depth <= len(widths)
        changes["hidden_widths"] = list(widths[:depth]) if keeps else [width] * depth
    plain = {**before.to_dict(), **changes}
    if "dataset" in changes and "input_width" not in changes:
        plain["input_width"] = None
    try:
        return Experiment.from_dict(plain)
    except ExperimentError as error:
        if error.field.startswith("hidden_widths") and "hidden_widths" not in table:
            short = "width" if "width" in table else "depth"
            if short in table:
                raise table.refused(ExperimentError(short, error.value, error.allowed)) from None
        raise table.refused(error) from None


def _training(before: Training, table: Table | None) -> Training:
    if table is None:
        return before
    table.only(f.name for f in fields(Training))
    try:
        return Training.from_dict({**before.to_dict(), **table.values})
    except ExperimentError as error:
        raise table.refused(error) from None


def _view(before: View, table: Table, depth: int) -> View:
    changes: dict[str, Any] = {
        "weight_scale": table.chosen("scale", SCALES, before.weight_scale),
        "reading": table.chosen("reading", READINGS, before.reading),
        "relative": table.flag("relative", before.relative),
        "learning": table.chosen("learning", LEARNING, before.learning),
        "theory": table.flag("theory", before.theory),
        "seeds": table.integer("seeds", 1, MAX_SEEDS, before.seeds),
    }
    if "layer" in table:
        changes["layer"] = table.integer("layer", 1, depth + 1, 1) - 1
    return replace(before, **changes)


def _panels(before: tuple[int, ...], table: Table) -> tuple[int, ...]:
    if "panels" not in table:
        return before
    numbers = table.items("panels", len(PANELS))
    if not numbers:
        raise table.error("panels", tr("at least one panel must be shown"))
    for position, number in enumerate(numbers):
        if isinstance(number, bool) or number not in PANELS or number in numbers[:position]:
            raise table.item_error(
                "panels",
                position,
                tr("it must be 1, 2, 3 or 4, each once, not {given}", given=shown(number)),
            )
    return tuple(sorted(int(number) for number in numbers))


def _axes(
    before: Mapping[str, tuple[float, float]], table: Table | None
) -> Mapping[str, tuple[float, float]]:
    if table is None:
        return before
    table.only(AXES)
    axes = dict(before)
    for name, ends in table.values.items():
        if ends == _FREE:
            axes.pop(name, None)
            continue
        if not isinstance(ends, list) or len(ends) != 2:
            raise table.error(name, tr("it must be two numbers in [ ], or “{free}”", free=_FREE))
        low, high = (as_number(end) for end in ends)
        if low is None or high is None or not -_DECADES <= low < high <= _DECADES:
            raise table.error(
                name,
                tr(
                    "the first end must be below the second, both from −{most:.0f} to {most:.0f}",
                    most=_DECADES,
                ),
            )
        axes[name] = (low, high)
    return MappingProxyType(axes)
