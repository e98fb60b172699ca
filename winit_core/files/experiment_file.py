"""An experiment as a readable, versioned file, and back.

A file is TOML: its format, the section ``[experiment]`` with every field, sections of the user
interface that are passed on as they are, and a last line that shows that nothing is missing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.files import toml_error, toml_text
from winit_core.files.atomic_file import save_atomically
from winit_core.translation import mark, tr

__all__ = [
    "ENDING",
    "FORMAT",
    "MAX_CHARACTERS",
    "PIN_SECTIONS",
    "SECTIONS",
    "FileError",
    "dump",
    "load",
    "located",
    "parsed",
    "read",
    "save_atomically",
]

ENDING = ".winit.toml"
FORMAT = 1
"""Number of this format; a file with a larger one comes from a newer program."""

MAX_CHARACTERS = 700_000
"""The longest text that is looked at: six nets of 1,000 layers with an override each fit."""

PIN_SECTIONS = tuple(f"pin{number}" for number in range(1, 6))
"""A section for each pinned experiment: a name, and the fields of ``[experiment]``."""

SECTIONS = ("view", "offered", "training", "lesson", *PIN_SECTIONS)
"""What may stand beside ``[experiment]``; this module does not look into it."""

LAST_LINE = "# end of the experiment"
_FIRST_LINES = f"""\
# An experiment of winit: open it with the program, or change it in any editor.
# The last line says that the file is complete.
format = {FORMAT}
"""
_MANY_DOTS, _MOST_EFFORT = 30, 30_000
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class FileError(ValueError):
    """A text that is not an experiment.

    Parameters
    ----------
    line
        Where, from 1; 0 if it is nowhere in particular.
    key
        Path of the offending value, e.g. ``"experiment.schemes[2].std"``; empty if it is the
        text itself.
    reason
        What is wrong with it.
    """

    def __init__(self, line: int, key: str, reason: str) -> None:
        self.line = line
        self.key = key
        self.reason = reason
        where = [tr("line {number}", number=line)] if line else []
        super().__init__(
            ": ".join([", ".join(where + ([key] if key else [])), reason]).lstrip(": ")
        )

    def __reduce__(self) -> tuple[type[FileError], tuple[int, str, str]]:
        return type(self), (self.line, self.key, self.reason)


def dump(experiment: Experiment, extra: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Return an experiment, and sections of the user interface, as the text of a file.

    Every field is written, so that a default that changes some day does not change the file.

    Raises
    ------
    ValueError
        For a section that `SECTIONS` does not name.
    TypeError
        For a value in a section that TOML cannot hold.
    """
    fields = experiment.to_dict()
    fields["schemes"] = fields.pop("schemes")  # the long lists last
    fields["overrides"] = fields.pop("overrides")
    parts = [_FIRST_LINES, toml_text.section_text("experiment", fields)]
    for name, section in (extra or {}).items():
        if name not in SECTIONS:
            raise ValueError(f"{name} is not one of the sections {', '.join(SECTIONS)}")
        parts.append(toml_text.section_text(name, section))
    return "\n".join([*parts, f"{LAST_LINE}\n"])


def load(text: str) -> tuple[Experiment, dict[str, dict[str, Any]]]:
    """Return the experiment of a file's text, and its other sections as plain values.

    Raises
    ------
    FileError
        For anything that is not a complete file of this or an older format.
    """
    plain = parsed(text)
    _check_format(text, plain)
    if _last_line(text) != LAST_LINE:
        raise FileError(
            text.rstrip().count("\n") + 1,
            "",
            tr("the file is cut short: its last line must be “{text}”", text=LAST_LINE),
        )
    fields = plain.pop("experiment", None)
    if not isinstance(fields, dict):
        raise located(text, "experiment", tr("there is no section [experiment]"))
    for name, section in plain.items():
        if name not in SECTIONS:
            known = ", ".join(("experiment", *SECTIONS))
            reason = tr("there is no such section; known are {sections}", sections=known)
            raise located(text, name, reason)
        if not isinstance(section, dict):
            raise located(text, name, tr("it must be a section with values of its own"))
    try:
        experiment = Experiment.from_dict(fields)
    except ExperimentError as error:
        raise located_error(text, "experiment", error) from None
    return experiment, plain


def read(path: Path | str) -> str:
    """Return the text of a file.

    Raises
    ------
    FileError
        If it is too long or no text.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        data = file.read(4 * MAX_CHARACTERS + 1)
    if len(data) > 4 * MAX_CHARACTERS:
        raise _too_long()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(line, "", tr("this is not text (UTF-8)")) from None


_TOO_MANY_DOTS = mark(
    "there are too many dots in this line: break long lines of text into shorter ones"
)


def _too_long() -> FileError:
    reason = tr(
        "the file is too long: an experiment has at most {count} characters", count=MAX_CHARACTERS
    )
    return FileError(0, "", reason)


def located(text: str, key: str, reason: str) -> FileError:
    """Return the error about a value, with the line where it stands.

    Parameters
    ----------
    text
        The file; `tomllib` can read it.
    key
        Path of the value, e.g. ``"view.layer"``.
    reason
        What is wrong with it.
    """
    path: toml_text.Path = tuple(name or int(number) for name, number in _STEP.findall(key))
    return FileError(toml_text.line_of(text, path) or 0, key, reason)


def located_error(text: str, section: str, error: ExperimentError) -> FileError:
    """Return an error about a field of a section, with the line where it stands."""
    key = section if error.field == section else f"{section}.{error.field}"
    return located(text, key, error.reason)


def parsed(text: str) -> dict[str, Any]:
    """Return what a TOML text of at most `MAX_CHARACTERS` says, as plain values.

    Raises
    ------
    FileError
        With the line where it is not TOML, or where it is made to keep a reader busy.
    """
    if len(text) > MAX_CHARACTERS:
        raise _too_long()
    text = text.replace("\r\n", "\n")
    effort = 0
    for number, line in enumerate(text.split("\n"), start=1):
        # tomllib takes a time that grows with the square of the depth of a.b.c.d.…; a long line
        # of prose has dots as well.
        dots = line.count(".")
        effort += dots**2 if dots > _MANY_DOTS else 0
        if effort > _MOST_EFFORT:
            raise FileError(number, "", tr(_TOO_MANY_DOTS))
    try:
        return tomllib.loads(text)
    except RecursionError:
        reason = tr("lists or tables are nested too deeply")
        raise FileError(_deepest(text), "", reason) from None
    except ValueError as error:  # also for integers of too many digits
        raise _syntax_error(text, error) from None


def _deepest(text: str) -> int:
    opened = [line.count("[") + line.count("{") for line in text.split("\n")]
    return opened.index(max(opened)) + 1


def _syntax_error(text: str, error: ValueError) -> FileError:
    message = str(error)
    explained = toml_error.explained(text, message)
    if explained is not None:
        return FileError(explained[0], "", explained[1])
    for number, line in enumerate(text.split("\n"), start=1):
        if re.search(r"[0-9_]{1000}", line):
            return FileError(number, "", tr("this number has too many digits"))
    cause = message.splitlines()[0][:200]
    return FileError(0, "", tr("this is not TOML: {cause}", cause=cause))


def _check_format(text: str, plain: dict[str, Any]) -> None:
    given = plain.pop("format", None)
    if given is None:
        reason = tr("this is no experiment of winit: it lacks “format = {number}”", number=FORMAT)
        raise FileError(1, "format", reason)
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise located(text, "format", tr("it must be the number {number}", number=FORMAT))
    if given > FORMAT:
        reason = tr(
            "this file was written by a newer winit: its format is {given}, and this program "
            "reads formats up to {known}",
            given=given if given < 10**9 else tr("a very large number"),
            known=FORMAT,
        )
        raise located(text, "format", reason)


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()
