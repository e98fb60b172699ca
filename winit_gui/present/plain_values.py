"""Frozen results as values that JSON can hold, and back: by the types that their classes state.

Nothing that is read can name a class or a function: what is made is decided by the reader alone.
"""

from __future__ import annotations

import base64
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from winit_core.activations import BoundActivation
from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice

_BY_KEY = (SchemeChoice, BoundActivation)
_UNIONS = (Union, types.UnionType)

Made = TypeVar("Made")


class Experiments:
    """The experiments of one text: many results speak of the same."""

    def __init__(self, tables: list[Any] | None = None) -> None:
        self.tables: list[Any] = [] if tables is None else tables
        self._made = [Experiment.from_dict(table) for table in self.tables]

    def place(self, experiment: Experiment) -> int:
        """Return the number of an experiment, listed if it is new."""
        if experiment not in self._made:
            self._made.append(experiment)
            self.tables.append(experiment.to_dict())
        return self._made.index(experiment)

    def at(self, place: int) -> Experiment:
        """Return the experiment of a number."""
        return self._made[place]


def to_plain(value: Any, kind: Any, experiments: Experiments) -> Any:
    """Return what JSON can hold of a value.

    Parameters
    ----------
    value
        Numbers, texts, arrays, enumerations, tuples and frozen dataclasses of such.
    kind
        Its type, as an annotation says it.
    experiments
        Takes the experiments.
    """
    origin = get_origin(kind)
    if value is None:
        return None
    if origin in _UNIONS:
        options = _options(kind)
        place = [isinstance(value, get_origin(one) or one) for one in options].index(True)
        held = to_plain(value, options[place], experiments)
        return held if len(options) == 1 else [place, held]
    if origin is tuple:
        each = _each(get_args(kind), len(value))
        return [to_plain(one, of, experiments) for one, of in zip(value, each, strict=True)]
    if origin is np.ndarray:
        array = np.ascontiguousarray(value)
        data = base64.b64encode(array.tobytes()).decode("ascii")
        return [array.dtype.str, list(array.shape), data]
    if kind is Experiment:
        return experiments.place(value)
    if kind in _BY_KEY:
        return [value.key, dict(value.params)]
    if issubclass(kind, Enum):
        return value.value
    parts = _parts(kind)
    if parts is not None:
        return [to_plain(getattr(value, name), of, experiments) for name, of in parts]
    # What is a number to numpy is none to JSON; a whole one may stand where a fraction could.
    return value if type(value) is int else kind(value)


def from_plain(plain: Any, kind: type[Made], experiments: Experiments) -> Made:
    """Return the value that `to_plain` was given."""
    made: Made = _from_plain(plain, kind, experiments)
    return made


def _from_plain(plain: Any, kind: Any, experiments: Experiments) -> Any:
    origin = get_origin(kind)
    if origin in _UNIONS:
        if plain is None:
            return None
        options = _options(kind)
        if len(options) == 1:
            return _from_plain(plain, options[0], experiments)
        place, held = plain
        return _from_plain(held, options[place], experiments)
    if origin is tuple:
        each = _each(get_args(kind), len(plain))
        made = (_from_plain(one, of, experiments) for one, of in zip(plain, each, strict=True))
        return tuple(made)
    if origin is np.ndarray:
        dtype, shape, data = plain
        # What was read is bytes: the array cannot be written to.
        return np.frombuffer(base64.b64decode(data), dtype=np.dtype(dtype)).reshape(shape)
    if kind is Experiment:
        return experiments.at(plain)
    if kind in _BY_KEY:
        key, params = plain
        return kind(key, params)
    if issubclass(kind, Enum):
        return kind(plain)
    parts = _parts(kind)
    if parts is not None:
        held = zip(plain, parts, strict=True)
        return kind(*(_from_plain(one, of, experiments) for one, (_, of) in held))
    return plain if kind is float else kind(plain)


def _options(kind: Any) -> list[Any]:
    return [one for one in get_args(kind) if one is not type(None)]


def _each(kinds: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """Return the types of a tuple's members."""
    return (kinds[0],) * count if len(kinds) == 2 and kinds[1] is Ellipsis else kinds


@lru_cache(maxsize=64)
def _parts(kind: type) -> tuple[tuple[str, Any], ...] | None:
    """Return names and types of what a dataclass or a named tuple is made of; None for others."""
    names: Mapping[str, Any] | list[str]
    if is_dataclass(kind):
        names = [field.name for field in fields(kind)]
    elif issubclass(kind, tuple):
        names = list(getattr(kind, "_fields", ()))
    else:
        return None
    hints = get_type_hints(kind)
    return tuple((name, hints[name]) for name in names)
