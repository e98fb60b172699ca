"""The texts of the source: those a translator gets, and those that look as if he should."""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("winit_core", "winit_gui")

_MARKERS = ("tr", "tr_n", "mark")
_MAGIC = 0x950412DE


@dataclass(frozen=True)
class Message:
    """One text for a translator; `many` where it has a plural."""

    one: str
    many: str = ""


@dataclass(frozen=True)
class Literal:
    """A text in the source that no translator gets."""

    file: str
    line: int
    text: str


def sources(*packages: str) -> Iterator[Path]:
    for package in packages or PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def messages(*packages: str) -> set[Message]:
    """Return what ``pybabel extract`` would."""
    return {made for _, call in _calls(*packages) if (made := _message(call)) is not None}


def unreadable(*packages: str) -> list[str]:
    """Return where a text is given in a way that it cannot be collected.

    Babel does not look into the braces of an f-string.
    """
    hidden = {
        id(node)
        for path in sources(*packages)
        for string in ast.walk(_tree(path))
        if isinstance(string, ast.JoinedStr)
        for node in ast.walk(string)
    }
    return [
        f"{path.relative_to(ROOT).as_posix()}:{call.lineno}"
        for path, call in _calls(*packages)
        if not _shows_a_marked_text(call) and (id(call) in hidden or _message(call) is None)
    ]


def _calls(*packages: str) -> Iterator[tuple[Path, ast.Call]]:
    for path in sources(*packages):
        tree = _tree(path)
        known = _markers_of(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_one_of(known, node.func):
                yield path, node


def _is_one_of(names: set[str], function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id in names


def _markers_of(tree: ast.Module) -> set[str]:
    """Return by which of its names a file knows the functions of `winit_core.translation`."""
    return {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "winit_core.translation"
        for alias in node.names
    }


def _message(call: ast.Call) -> Message | None:
    count = 2 if _name(call.func) == "tr_n" else 1
    given = call.args[:count]
    texts = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return Message(*texts) if len(texts) == count else None


def _shows_a_marked_text(call: ast.Call) -> bool:
    return _name(call.func) == "tr" and isinstance(call.args[0], ast.Name | ast.Attribute)


USUAL_HEAD = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"


def catalogue(
    translations: Mapping[Message, str | tuple[str, ...]], head: str = USUAL_HEAD
) -> bytes:
    """Return a ``.mo`` file; a plural is translated by as many texts as the head says."""
    entries = {"": head}
    for message, text in translations.items():
        key = f"{message.one}\0{message.many}" if message.many else message.one
        entries[key] = text if isinstance(text, str) else "\0".join(text)
    keys = sorted(entries)
    place = 28 + 16 * len(keys)
    lengths, content = [], b""
    for text in (*keys, *(entries[key] for key in keys)):
        data = text.encode()
        lengths += [len(data), place + len(content)]
        content += data + b"\0"
    start = struct.pack("<7I", _MAGIC, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    return start + struct.pack(f"<{len(lengths)}I", *lengths) + content


_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")


def pseudo(text: str) -> str:
    """Return a text in brackets, but for its placeholders: ⟦layer ⟧{number}."""
    parts = _PLACEHOLDER.split(text)
    return "".join(part if part.startswith("{") or not part else f"⟦{part}⟧" for part in parts)


# What is not for a translator

_ERRORS_OF_PROGRAMMERS = ("ValueError", "TypeError", "RuntimeError", "KeyError", "AssertionError")
_TAKE_NO_WORDS = (
    *("compile", "sub", "search", "match", "fullmatch", "findall", "finditer", "split"),
    *("setObjectName", "setProperty", "property", "setStyleSheet", "findChild", "getattr"),
    *("QKeySequence", "setShortcut", "setShortcuts", "addApplicationFont", "save", "QColor"),
    *("strftime", "add_argument", "removeprefix", "removesuffix", "TypeVar"),
)
_NO_WORDS_BY_NAME = ("metavar", "key", "name", "prog")
_KEY = r"((Ctrl|Shift|Alt)\+)*([A-Z]|F\d+|Home|End|Esc|Tab|Enter|Space|PgUp|PgDn|[\d,.?↑↓←→])"
_KEYS = re.compile(rf"{_KEY}(\s+{_KEY})*")
_STYLE = re.compile(r"[\w-]+:\s*[\w#%.' -]+;|^\s*[.#\w]*\w\s*\{|\}\s*$|^[\w-]+\s*:\s*$")
_TAG = re.compile(r"<[^<>]*>?|^[^<>]*>|&\w+;|[\w-]+=\"(data:\S*|[\w-]+\")?")


def literals(path: Path) -> list[Literal]:
    """Return the texts of a file that look like words for people and are given to nobody."""
    tree = _tree(path)
    file = path.relative_to(ROOT).as_posix()
    return [
        Literal(file, node.lineno, node.value)
        for node in _constants(tree)
        if _looks_like_words(node.value)
    ]


def _constants(tree: ast.AST) -> Iterator[ast.Constant]:
    """Give the strings that are not, by the place where they stand, something else than words."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Constant):
            if isinstance(child.value, str) and not isinstance(tree, ast.Expr):
                yield child
        elif isinstance(child, ast.Call):
            yield from _of_call(child)
        elif isinstance(child, ast.Assert):
            yield from _constants(child.test)
        elif isinstance(child, ast.FormattedValue):
            yield from _constants(ast.Expression(child.value))
        elif isinstance(child, ast.Assign) and _name(child.targets[0]) == "__all__":
            continue
        elif isinstance(child, ast.Dict):
            for value in child.values:
                yield from _constants(ast.Tuple([value]))
        elif isinstance(child, ast.Subscript):
            yield from _constants(ast.Tuple([child.value]))
        elif isinstance(child, ast.Compare):
            for part in (child.left, *child.comparators):
                if not isinstance(part, ast.Constant):
                    yield from _constants(ast.Tuple([part]))
        elif isinstance(child, ast.MatchValue):
            continue
        else:
            yield from _constants(child)


def _of_call(call: ast.Call) -> Iterator[ast.Constant]:
    name = _name(call.func)
    yield from _constants(ast.Tuple([call.func]))
    if name in _ERRORS_OF_PROGRAMMERS or _is_log(call.func):
        return
    if name in _MARKERS:
        for keyword in call.keywords:
            yield from _constants(ast.Tuple([keyword.value]))
        return
    if name not in _TAKE_NO_WORDS:
        yield from _constants(ast.Tuple(call.args))
    for keyword in call.keywords:
        if keyword.arg not in _NO_WORDS_BY_NAME:
            yield from _constants(ast.Tuple([keyword.value]))


def _is_log(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and _name(function.value) == "_log"


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _looks_like_words(text: str) -> bool:
    if _KEYS.fullmatch(text.strip()) or _STYLE.search(text):
        return False
    stripped = _TAG.sub(" ", text).strip()
    letters = re.search(r"[A-Za-z]{2}", stripped)
    return bool(letters) and (" " in stripped or stripped[:1].isupper())
