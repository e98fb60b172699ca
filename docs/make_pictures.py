"""Make the pictures of docs/pictures anew: python3 docs/make_pictures.py.

Each is the program's own --screenshot; nothing is painted by hand.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "pictures"
SIZES = ("1280x720", "1440x900", "1920x1080")
THEMES = ("light", "dark")
CASES = {
    "relu-40-layers": ("--activation", "relu", "--depth", "40"),
    "projector": ("--theme", "projector", "--size", "1920x1080"),
    "one-scheme": ("--schemes", "he_normal", "--activation", "relu"),
    "training-start": ("--train", "0"),
    "training-middle": ("--train", "100"),
    "training-end": ("--train", "300"),
    "spirals": ("--data", "spirals", "--depth", "4", "--width", "32", "--train", "300"),
}


def make(name: str, *options: str) -> None:
    """Write one picture."""
    path = TARGET / f"{name}.png"
    command = [sys.executable, str(ROOT / "main.py"), "--screenshot", str(path), *options]
    subprocess.run(command, check=True)
    print(path.relative_to(ROOT))


def slide(name: str, lesson: str, number: int) -> None:
    """Write one step of a lesson as present mode shows it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(ROOT / "main.py"), "--export-lesson", lesson, folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        path = TARGET / f"{name}.png"
        shutil.copy(Path(folder) / "slides" / f"{number:02}.png", path)
    print(path.relative_to(ROOT))


def main() -> None:
    """Write them all."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        for size in SIZES:
            make(f"window-{theme}-{size}", "--theme", theme, "--size", size)
    for name, options in CASES.items():
        make(name, *options)
    slide("lesson", "1", 8)


if __name__ == "__main__":
    main()
