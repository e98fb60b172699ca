"""The lessons that the program brings, and how one is named on the command line."""

from __future__ import annotations

from pathlib import Path

from winit_core.datasets import resource
from winit_gui.lessons.names import ENDING, FOLDER_FILE


def built_in() -> tuple[Path, ...]:
    """Return the shipped lessons in teaching order: their names begin with a number."""
    folder = resource("lessons")
    found = [*folder.glob(f"*{ENDING}"), *folder.glob(f"*/{FOLDER_FILE}")]
    return tuple(sorted(found, key=lambda path: (_number(short_name(path)), short_name(path))))


def short_name(path: Path) -> str:
    """Return a lesson's name: of its folder, or of its file without the ending."""
    if path.name == FOLDER_FILE:
        return path.parent.name
    return path.name.removesuffix(ENDING)


def found(name: str) -> Path | None:
    """Return the lesson that a word of the command line means, or None.

    A path that exists comes first; then the number of a shipped lesson, its name, or its name
    without the number.
    """
    path = Path(name)
    if path.exists():
        return path
    for lesson in built_in():
        short = short_name(lesson)
        number, _, rest = short.partition("-")
        if name in (short, number, rest):
            return lesson
    return None


def _number(name: str) -> int:
    digits = name.partition("-")[0]
    return int(digits) if digits.isdecimal() else 10**6
