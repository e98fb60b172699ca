"""How a lesson's file or folder is named."""

from __future__ import annotations

from pathlib import Path

ENDING = ".lesson.toml"
FOLDER_FILE = "lesson.toml"
"""What a folder that is a lesson holds."""


def is_lesson(path: Path) -> bool:
    """Tell whether a path is a lesson's file or folder, by its name."""
    is_file = path.name == FOLDER_FILE or path.name.endswith(ENDING)
    return is_file or (path / FOLDER_FILE).is_file()
