"""Which key a character of a lesson file belongs to, without reading what the file means.

For texts that are too long to be given to a reader of TOML: one pass over the lines, none of which
is looked at for longer than it takes to find a name at its beginning.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"[ \t]*(\[\[?)[ \t]*([A-Za-z0-9_.-]{1,200})[ \t]*\]")
_KEY = re.compile(r"[ \t]*([A-Za-z0-9_.-]{1,200})[ \t]*=[ \t]*(\"\"\"|''')?")


def place_at(text: str, at: int) -> tuple[int, str]:
    """Return line and key of the value that holds a character.

    Parameters
    ----------
    text
        Of a file, or its beginning.
    at
        0-based position of the character.

    Returns
    -------
    tuple[int, str]
        The line, from 1, where the key stands, and the key as a reader counts:
        ``step[4].claim[2].from``. In a comment, and where no key stands before, the line of the
        character itself, and nothing.
    """
    section, key = "", ""
    tables: dict[str, int] = {}
    closing = ""
    found, start, number = 0, 0, 0
    while start <= min(at, len(text)):
        number += 1
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if closing:
            if text.find(closing, start, end) >= 0:
                closing = ""
        elif match := _HEADER.match(text, start, end):
            section, key, found = _section(match[2], match[1] == "[[", tables), "", number
        elif match := _KEY.match(text, start, end):
            key, found = match[1], number
            opening = match[2] or ""
            if opening and text.find(opening, match.end(), end) < 0:
                closing = opening
        elif at <= end and text[start:end].lstrip().startswith("#"):
            return number, ""
        start = end + 1
    name = ".".join(part for part in (section, key) if part)
    return (found, name) if name else (number, "")


def _section(path: str, is_listed: bool, tables: dict[str, int]) -> str:
    """Return a section's name with the numbers of the listed tables on its way."""
    if is_listed:
        tables[path] = tables.get(path, 0) + 1
        for deeper in [name for name in tables if name.startswith(f"{path}.")]:
            del tables[deeper]
    parts, so_far = [], ""
    for part in path.split("."):
        so_far = f"{so_far}.{part}" if so_far else part
        parts.append(f"{part}[{tables[so_far]}]" if so_far in tables else part)
    return ".".join(parts)
