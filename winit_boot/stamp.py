"""The note inside ``.venv`` that says the installation was finished, and what it holds."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

_TABLES = ("requires-python", "dependencies", "optional-dependencies")


def venv_folder(root: Path) -> Path:
    """Return where the environment of this checkout lives."""
    return root / ".venv"


def venv_python(root: Path) -> Path:
    """Return the interpreter of the environment of this checkout."""
    if sys.platform == "win32":
        return venv_folder(root) / "Scripts" / "python.exe"
    return venv_folder(root) / "bin" / "python"


def stamp_file(root: Path) -> Path:
    """Return where the note is kept: inside ``.venv``, so that it goes when that goes."""
    return venv_folder(root) / "winit-installed.json"


def is_complete(root: Path, extra: str | None) -> bool:
    """Return whether ``.venv`` holds what ``pyproject.toml`` asks for, and still runs."""
    stamp = _read(root)
    return (
        stamp.get("dependencies") == _dependencies_hash(root)
        and stamp.get("interpreter") == _interpreter(root)
        and (extra is None or extra in installed_extras(root))
    )


def installed_extras(root: Path) -> frozenset[str]:
    """Return the extras of the last finished installation."""
    extras = _read(root).get("extras")
    return frozenset(map(str, extras)) if isinstance(extras, list) else frozenset()


def write(root: Path, extras: frozenset[str]) -> None:
    """Say that the installation is finished: the last step, done at once or not at all."""
    target = stamp_file(root)
    draft = target.with_suffix(".new")
    content = {
        "dependencies": _dependencies_hash(root),
        "interpreter": _interpreter(root),
        "extras": sorted(extras),
    }
    draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, target)


def remove(root: Path) -> None:
    """Take the note back: the next start installs again."""
    stamp_file(root).unlink(missing_ok=True)


def _read(root: Path) -> dict[str, Any]:
    try:
        content = json.loads(stamp_file(root).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _dependencies_hash(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tables = {name: project.get(name) for name in _TABLES}
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def _interpreter(root: Path) -> str | None:
    """Name the Python that ``.venv`` stands on, None if that Python is gone.

    ``.venv/bin/python`` is a link. When the system moves to a new Python, the link leads to
    another one (which does not see the installed packages) or nowhere; on Windows it is a copy
    that is of no use without the installation named in ``pyvenv.cfg``.
    """
    python = venv_python(root)
    try:
        config = (venv_folder(root) / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    pairs = (line.partition("=") for line in config.splitlines())
    settings = {key.strip(): value.strip() for key, _, value in pairs}
    if not python.exists() or not os.path.isdir(settings.get("home", "")):
        return None
    return f"{os.path.realpath(python)} {settings.get('version', '')}".rstrip()
