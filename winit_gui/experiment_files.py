"""What the window shows as a file: the experiment, the view, the schemes on offer; and back."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.files.experiment_file import (
    ENDING,
    PIN_SECTIONS,
    FileError,
    dump,
    load,
    located,
    located_error,
    read,
    save_atomically,
)
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.training.settings import Training
from winit_core.translation import tr
from winit_gui.pins.pin import Pin, validated_pins
from winit_gui.state import PERSONAL, Row, State, View, merged_rows

__all__ = [
    "ENDING",
    "FILTER",
    "FileError",
    "are_same_in_a_file",
    "open_state",
    "save_state",
    "state_of",
    "text_of",
]

_VIEW_FIELDS = [f.name for f in fields(View) if f.name not in PERSONAL]
FILTER = tr("winit experiments") + f" (*{ENDING});;" + tr("All files") + " (*)"
"""For a file dialog."""


def text_of(state: State) -> str:
    """Return a state as the text of a file."""
    view = {name: getattr(state.view, name) for name in _VIEW_FIELDS}
    rows = [{"ticked": row.ticked, "key": row.choice.key, **_changed(row)} for row in state.rows]
    extra = {"view": view, "offered": {"rows": rows}, "training": state.training.to_dict()}
    pins = {name: _flat(pin) for name, pin in zip(PIN_SECTIONS, state.pins, strict=False)}
    return dump(state.experiment, extra | pins)


def _flat(pin: Pin) -> dict[str, object]:
    """Return a pin as a section that is as readable as the experiment's own."""
    fields = pin.experiment.to_dict()
    lists = {name: fields.pop(name) for name in ("schemes", "overrides")}
    return {"name": pin.name, "shown": pin.shown, **fields, **lists}


def _changed(row: Row) -> dict[str, object]:
    """Return what is not as by default: the full values stand in the experiment itself."""
    values = row.choice.values
    return {
        p.name: values[p.name] for p in row.choice.record.parameters if values[p.name] != p.default
    }


def state_of(text: str, experiment: Experiment | None = None) -> State:
    """Return the state of a file's text.

    Parameters
    ----------
    text
        The file. Without a view it is shown in the usual way; without a list of schemes on offer
        all others are offered.
    experiment
        Shown in the place of the file's own, where options of the command line changed it.

    Raises
    ------
    FileError
        With the line of what is not possible.
    """
    held, extra = load(text)
    view = _view(text, extra.get("view", {}))
    training = _training(text, extra.get("training", {}))
    pins = _pins(text, extra)
    rows = _rows(text, extra.get("offered", {}))
    if experiment is None and tuple(r.choice for r in rows if r.ticked) == held.schemes:
        listed = {row.choice.key for row in rows}
        rows += tuple(Row(SchemeChoice(key), False) for key in SCHEMES if key not in listed)
        return State(held, view, rows, training, pins).with_rows(rows)
    shown = experiment or held
    if not rows:
        return replace(State.of(shown, view), training=training, pins=pins)
    rows = merged_rows(rows, shown)
    return State(shown, view, rows, training, pins).with_rows(rows)


def are_same_in_a_file(one: State, other: State) -> bool:
    """Tell whether two states make the same file: a reader's own choices are in none."""
    return (
        one.experiment == other.experiment
        and one.rows == other.rows
        and one.training == other.training
        and one.pins == other.pins
        and all(getattr(one.view, name) == getattr(other.view, name) for name in _VIEW_FIELDS)
    )


def open_state(path: Path | str) -> State:
    """Return the state of a file.

    Raises
    ------
    FileError
        If it is no experiment.
    OSError
        If it cannot be read.
    """
    return state_of(read(path))


def save_state(path: Path | str, state: State) -> None:
    """Write a state into a file, whole or not at all; raises OSError."""
    save_atomically(path, text_of(state))


def _view(text: str, plain: dict[str, Any]) -> View:
    for name in plain:
        if name not in _VIEW_FIELDS:
            known = ", ".join(_VIEW_FIELDS)
            raise located(text, f"view.{name}", tr("it must be one of {names}", names=known))
    try:
        return View(**plain)
    except ExperimentError as error:
        raise located_error(text, "view", error) from None


def _training(text: str, plain: dict[str, Any]) -> Training:
    try:
        return Training.from_dict(plain)
    except ExperimentError as error:
        raise located_error(text, "training", error) from None


def _pins(text: str, extra: dict[str, dict[str, Any]]) -> tuple[Pin, ...]:
    pins: list[Pin] = []
    for name in PIN_SECTIONS:
        if name not in extra:
            continue
        fields = dict(extra[name])
        called, shown = fields.pop("name", ""), fields.pop("shown", True)
        try:
            pins.append(Pin(called, Experiment.from_dict(fields), shown))
            validated_pins(pins)
        except ExperimentError as error:
            raise located_error(text, name, error) from None
    return tuple(pins)


def _rows(text: str, plain: dict[str, Any]) -> tuple[Row, ...]:
    for name in plain:
        if name != "rows":
            raise located(text, f"offered.{name}", tr("it must be rows"))
    listed = plain.get("rows", [])
    if not isinstance(listed, list) or len(listed) > 200:
        raise located(text, "offered.rows", tr("it must be a list of at most 200 schemes"))
    rows = []
    for index, table in enumerate(listed):
        field = f"offered.rows[{index}]"
        if not isinstance(table, dict):
            raise located(text, field, tr("it must be a table with a key and parameters"))
        params = dict(table)
        ticked = params.pop("ticked", False)
        if not isinstance(ticked, bool):
            raise located(text, f"{field}.ticked", tr("it must be true or false"))
        try:
            rows.append(Row(SchemeChoice(params.pop("key", None), params), ticked))
        except ExperimentError as error:
            raise located_error(text, field, error) from None
    return tuple(rows)
