"""TOML with line numbers: an exact writer of plain values, and where in a text a value stands.

The writer is of our own because the usual one (tomli_w) breaks every list into one line per item
and knows no comments: ten layers are then ten lines, and a scheme is a block. What is written is
exact: a float by its shortest digits that read back as the same number.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]

_WIDTH = 96
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def value_text(value: object) -> str:
    """Return a bool, number, string, list or table on one line.

    Raises
    ------
    TypeError
        For anything that TOML cannot hold.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else _non_finite(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key_text(k)} = {value_text(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return f"[{', '.join(map(value_text, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def key_text(key: str) -> str:
    """Return a key, quoted where it must be."""
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's; only DEL may stand in JSON but not in TOML. A lone surrogate has
    # no UTF-8 and becomes a question mark.
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")


def _non_finite(value: float) -> str:
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def section_text(name: str, values: Mapping[str, Any]) -> str:
    """Return a section: one line per key, long lists broken, tables in a list one per line."""
    lines = [f"[{key_text(name)}]"]
    for key, value in values.items():
        lines += _assignment(f"{key_text(key)} = ", value)
    return "\n".join(lines) + "\n"


def _assignment(start: str, value: object) -> list[str]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return [start + value_text(value)]
    whole = start + value_text(value)
    items = [value_text(item) for item in value]
    if any(isinstance(item, Mapping) for item in value):
        return [f"{start}[", *(f"    {item}," for item in items), "]"]
    if len(whole) <= _WIDTH:
        return [whole]
    lines = [f"{start}["]
    line = "   "
    for item in items:
        if len(line) + len(item) + 2 > _WIDTH:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return [*lines, line, "]"]


_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r]+)
    | (?P<comment>\#[^\n]*)
    | (?P<newline>\n)
    | (?P<string>\"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
    | (?P<mark>[\[\]{},=.])
    | (?P<bare>[A-Za-z0-9_-]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class _Locator:
    """Walks through a text that `tomllib` has accepted and notes where each value begins."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._line = 1
        self._tokens = self._tokenised(text)
        self._kind, self._token = "", ""
        self._lists: dict[Path, int] = {}
        self._advance()

    def _tokenised(self, text: str) -> Iterator[tuple[str, str, int]]:
        line = 1
        for match in _TOKEN.finditer(text):
            kind, token = str(match.lastgroup), match[0]
            if kind not in ("space", "comment"):
                yield kind, token, line
            line += token.count("\n")
        yield "end", "", line

    def _advance(self) -> None:
        self._kind, self._token, self._line = next(self._tokens)

    def _skip(self, *kinds: str) -> None:
        while self._kind in kinds:
            self._advance()

    def walk(self) -> None:
        base: Path = ()
        self._skip("newline")
        while self._kind != "end":
            if self._token == "[" and self._kind == "mark":
                base = self._header()
            else:
                self._pair(base)
            self._skip("newline")

    def _header(self) -> Path:
        self._advance()
        is_list = self._token == "[" and self._kind == "mark"
        if is_list:
            self._advance()
        line = self._line
        path = self._resolved(self._key())
        if is_list:
            number = self._lists[path] = self._lists.get(path, -1) + 1
            self.lines.setdefault(path, line)
            path = (*path, number)
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)
        while self._kind not in ("newline", "end"):
            self._advance()
        return path

    def _resolved(self, keys: Path) -> Path:
        """Return the path of a header, the last item of a list meant where there is one."""
        path: Path = ()
        for depth, key in enumerate(keys):
            path = (*path, key)
            if path in self._lists and depth < len(keys) - 1:
                path = (*path, self._lists[path])
        return path

    def _key(self) -> Path:
        keys: list[str | int] = []
        while self._kind in ("bare", "string"):
            keys.append(self._token.strip("\"'") if self._kind == "string" else self._token)
            self._advance()
            if self._token == "." and self._kind == "mark":
                self._advance()
        return tuple(keys)

    def _pair(self, base: Path) -> None:
        line = self._line
        path = base
        for key in self._key():
            path = (*path, key)
            self.lines.setdefault(path, line)
        if path == base:  # not a key: step over it rather than stand still
            self._advance()
        if self._token == "=" and self._kind == "mark":
            self._advance()
            self._value(path)

    def _value(self, path: Path) -> None:
        if self._kind == "mark" and self._token in ("[", "{"):
            is_list = self._token == "["
            self._advance()
            number = 0
            self._skip("newline")
            while self._token not in ("]", "}") and self._kind != "end":
                if is_list:
                    item = (*path, number)
                    self.lines[item] = self._line
                    self._value(item)
                    number += 1
                else:
                    self._pair(path)
                self._skip("newline")
                if self._token == "," and self._kind == "mark":
                    self._advance()
                self._skip("newline")
            self._advance()
            return
        while self._kind not in ("newline", "end") and not (
            self._kind == "mark" and self._token in (",", "]", "}")
        ):
            self._advance()


def line_of(text: str, path: Path) -> int | None:
    """Return the line, from 1, where a value or the nearest thing around it stands.

    Parameters
    ----------
    text
        A text that `tomllib` can read.
    path
        Keys and list positions from the outside in.
    """
    locator = _Locator(text)
    locator.walk()
    for length in range(len(path), 0, -1):
        if path[:length] in locator.lines:
            return locator.lines[path[:length]]
    return None
