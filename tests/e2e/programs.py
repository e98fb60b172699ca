"""Real processes of the program, with a home of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment without a display in which nothing of the user is touched."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_SESSION_TYPE")
        and not name.startswith("COV_")
    }
    folders = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "XDG_CACHE_HOME": home / "cache",
    }
    return {**kept, **{name: str(path) for name, path in folders.items()}, **more}


def start(
    arguments: list[str], home: Path, script: str = "main.py", **more: str
) -> subprocess.Popen[str]:
    """Start main.py, or a script of this folder."""
    path = ROOT / script if script == "main.py" else HERE / script
    return subprocess.Popen(
        [sys.executable, str(path), *arguments],
        cwd=home,
        env=environment(home, **{"PYTHONPATH": str(ROOT), **more}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finish(process: subprocess.Popen[str], seconds: float = 90) -> tuple[int, str, str]:
    """Wait for the end of a process; return its exit code and what it said."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"it did not end within {seconds} s: {out}\n{err}") from None
    return process.returncode, out, err


def run(
    arguments: list[str], home: Path, script: str = "main.py", **more: str
) -> tuple[int, str, str]:
    """Start and wait."""
    return finish(start(arguments, home, script, **more))
