"""A table of a lesson file, read key by key; what is wrong is told with file, line and key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from winit_core.errors import ExperimentError
from winit_core.files import toml_text
from winit_core.translation import tr
from winit_gui.lessons.errors import LessonError

Place = tuple[str | int, ...]

_LONGEST_SHOWN = 60
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True)
class Table:
    """Some keys and values of a file.

    Attributes
    ----------
    file, source
        Where they come from, and the whole text of it.
    place
        Keys and positions (from 0) that lead here.
    values
        As `tomllib` read them.
    """

    file: Path
    source: str
    place: Place
    values: dict[str, Any]

    def error(self, key: str, reason: str) -> LessonError:
        """Return the error about a value; `key` may lead deeper, as ``schemes[2].std`` does."""
        deeper = tuple(name or int(number) for name, number in _PART.findall(key))
        return self._error(deeper, reason)

    def item_error(self, key: str, position: int, reason: str) -> LessonError:
        """Return the error about an item of a list, counted from 0."""
        return self._error((key, position), reason)

    def refused(self, error: ExperimentError) -> LessonError:
        """Return the error of a value that the core refused."""
        return self.error(error.field, error.reason)

    def _error(self, deeper: Place, reason: str) -> LessonError:
        place = (*self.place, *deeper)
        try:
            line = toml_text.line_of(self.source, place) or 0
        except RecursionError:  # what tomllib can just read may be too deep here
            line = 0
        return LessonError(self.file, line, _name(place), reason)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def only(self, known: Iterable[str]) -> None:
        """Refuse every key but these."""
        names = tuple(known)
        for key in self.values:
            if key not in names:
                raise self._error(
                    (key,), tr("there is no such key{hint}", hint=nearest(key, names))
                )

    def text(self, key: str, longest: int, required: bool = False) -> str:
        """Return a text without blanks around it, or an empty one."""
        if key not in self.values:
            if required:
                raise self.error(key, tr("it is missing"))
            return ""
        value = self.values[key]
        if not isinstance(value, str):
            raise self.error(
                key, tr("it must be a text in quotes, not {given}", given=shown(value))
            )
        text = value.strip()
        if required and not text:
            raise self.error(key, tr("it must not be empty"))
        if len(text) > longest:
            raise self.error(
                key,
                tr(
                    "it has {count:,} characters; at most {most:,} are possible",
                    count=len(text),
                    most=longest,
                ),
            )
        return text

    def integer(self, key: str, lowest: int, highest: int, default: int) -> int:
        """Return a whole number."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            given = shown(value)
            if lowest == highest:
                raise self.error(
                    key, tr("it must be {allowed}, not {given}", allowed=lowest, given=given)
                )
            raise self.error(
                key,
                tr(
                    "it must be a whole number from {lowest} to {highest:,}, not {given}",
                    lowest=lowest,
                    highest=highest,
                    given=given,
                ),
            )
        return value

    def number(self, key: str) -> float:
        """Return a number that must be there; it may be infinite."""
        if key not in self.values:
            raise self.error(key, tr("it is missing"))
        number = as_number(self.values[key])
        if number is None:
            given = shown(self.values[key])
            raise self.error(key, tr("it must be a number, not {given}", given=given))
        return number

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, tr("it must be true or false, not {given}", given=shown(value)))
        return value

    def chosen(self, key: str, known: Iterable[str], default: str) -> str:
        """Return one of the known words."""
        value = self.values.get(key, default)
        names = tuple(known)
        if not isinstance(value, str) or value not in names:
            known_names = ", ".join(names)
            raise self.error(
                key, tr("{given} is not one of {names}", given=shown(value), names=known_names)
            )
        return value

    def items(self, key: str, most: int) -> list[Any]:
        """Return the items of a list, or none."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, tr("it must be a list in [ ], not {given}", given=shown(value)))
        if len(value) > most:
            raise self.error(
                key,
                tr(
                    "it has {count:,} items; at most {most} are possible",
                    count=len(value),
                    most=most,
                ),
            )
        return value

    def table(self, key: str) -> Table | None:
        """Return a table within this one."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, dict):
            raise self.error(
                key,
                tr("it must be a table with keys and values, not {given}", given=shown(value)),
            )
        return self._inside((key,), value)

    def tables(self, key: str, most: int) -> list[Table]:
        """Return a list of tables."""
        found = []
        for index, item in enumerate(self.items(key, most)):
            if not isinstance(item, dict):
                raise self.item_error(
                    key,
                    index,
                    tr("it must be tables with keys and values, not {given}", given=shown(item)),
                )
            found.append(self._inside((key, index), item))
        return found

    def _inside(self, deeper: Place, values: dict[str, Any]) -> Table:
        return Table(self.file, self.source, (*self.place, *deeper), values)


def as_number(value: object) -> float | None:
    """Return a number as a float; None for anything else, and for NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if number != number else number


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint at the known name that was meant, or at all of them."""
    names = tuple(known)
    close = get_close_matches(name[:_LONGEST_SHOWN], names, n=1)
    if close:
        return tr("; did you mean “{name}”?", name=close[0])
    return tr("; known are {names}", names=", ".join(names))


def shown(value: object) -> str:
    """Return a value as a message can show it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return tr("a table") if isinstance(value, dict) else tr("a list")
    try:
        text = tr("“{text}”", text=value) if isinstance(value, str) else str(value)
    except ValueError:  # an integer of more digits than Python converts
        return tr("this number")
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _name(place: Place) -> str:
    """Return a place as a reader counts: step[4].claim[2].from."""
    name = ""
    for part in place:
        if isinstance(part, int):
            name += f"[{part + 1}]"
        else:
            shortened = part if len(part) <= _LONGEST_SHOWN else f"{part[:_LONGEST_SHOWN]}…"
            name += f".{shortened}" if name else shortened
    return name
