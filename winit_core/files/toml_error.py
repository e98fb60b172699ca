"""What is wrong with a text that is not TOML, in plain words.

`tomllib` speaks of statements, namespaces and scalar values; who edits a file by hand knows lines,
names, values and quotation marks. Its own words stay as a detail, for who looks them up.
"""

from __future__ import annotations

import re

from winit_core.translation import tr

_PLACE = re.compile(
    r"(?P<cause>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)",
    re.DOTALL,
)
_WORD = re.compile(r"[^\s,\]}#]*")
_NUMBER_BEFORE = re.compile(r"[^\s\[{=,]*[0-9]\Z")
_NUMBER_BEHIND = re.compile(r"[^\s\]}#]*")
_LONGEST_WORD, _LONGEST_CAUSE = 40, 120
_GIVEN_TWICE = (
    "Cannot overwrite",
    "Cannot declare",
    "Cannot mutate",
    "Cannot redefine",
    "Duplicate inline",
)


def explained(text: str, message: str) -> tuple[int, str] | None:
    """Return the line of a mistake, from 1, and what it is; None if the message tells no place.

    Parameters
    ----------
    text
        What `tomllib` could not read, its lines ended by line feeds alone.
    message
        What `tomllib` said.
    """
    place = _PLACE.fullmatch(message)
    if place is None:
        return None
    cause = place["cause"].splitlines()[0][:_LONGEST_CAUSE]
    if place["line"] is not None:
        number, column = int(place["line"]), int(place["column"]) - 1
        line = text.split("\n")[number - 1]
        return number, _with_cause(_in_words(cause, line[:column], line[column:]), cause)
    number, reason = text.rstrip().count("\n") + 1, _in_words(cause, "", "")
    if not cause.startswith(_GIVEN_TWICE):
        reason = tr("the file is cut short: {reason}", reason=reason)
    return number, _with_cause(reason, cause)


def _with_cause(reason: str, cause: str) -> str:
    return tr("{reason} (not TOML: {cause})", reason=reason, cause=cause)


def _in_words(cause: str, before: str, behind: str) -> str:
    """Return what a message means, given what stands in the line before and behind its place."""
    if cause.startswith("Invalid value"):
        return _no_value(_found(_WORD, behind))
    if cause.startswith("Expected newline"):
        return _too_much(before, behind)
    if cause.startswith("Expected '='"):
        return tr("after a name come “=” and a value, as in “seed = 7”")
    if cause.startswith("Invalid statement"):
        return tr("a line begins with a name, or with the name of a section in brackets")
    if cause.startswith("Invalid initial"):
        return tr("here a name is missing; it has letters without accents, digits, “-” and “_”")
    if cause.startswith(("Expected ']'", "Expected ']]'")):
        return tr("the brackets around the name of a section are not closed")
    if cause.startswith("Unclosed array"):
        return tr("a list is not closed with “]”, or lacks a comma between its values")
    if cause.startswith("Unclosed inline"):
        return tr("a table is not closed with “}” in its line, or lacks a comma between its values")
    if cause.startswith(_GIVEN_TWICE):
        return tr("this name was given before: every name and every section stands there once")
    if cause.startswith(("Unterminated string", 'Expected "', "Illegal character '\\n'")):
        return tr("a text is not closed with its quotation mark")
    if cause.startswith(("Illegal character", "Found invalid")):
        return tr("there is an invisible character: remove it")
    if cause.startswith(("Unescaped", "Invalid hex", "Escaped")):
        return tr("“\\” in a text has a meaning of its own: write it twice, “\\\\”")
    if cause.startswith("Invalid date"):
        return tr("there is no such date")
    return tr("this is not understood")


def _found(pattern: re.Pattern[str], behind: str) -> str:
    match = pattern.match(behind)
    return match[0][:_LONGEST_WORD] if match else ""


def _no_value(found: str) -> str:
    if not found:
        return tr("here a value is missing")
    if found.lower() in ("true", "false"):
        return tr("“{found}” is no value: true and false have small letters", found=found)
    if found[0] in "+-.":
        return _no_number(found)
    return tr(
        "“{found}” is no value: a text stands in straight quotation marks, \"so\" or 'so'",
        found=found,
    )


def _too_much(before: str, behind: str) -> str:
    number = _NUMBER_BEFORE.search(before)
    if number is not None and behind[:1].strip():
        return _no_number((number[0] + _found(_NUMBER_BEHIND, behind))[:_LONGEST_WORD])
    return tr(
        "“{found}” is too much here: there is one value in a line, and a comment begins with “#”",
        found=_found(_WORD, behind) or behind.strip()[:_LONGEST_WORD],
    )


def _no_number(found: str) -> str:
    return tr("“{found}” is no number: write it as 12, 0.05 or 1e-3", found=found)
