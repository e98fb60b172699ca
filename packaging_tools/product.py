"""What is built: names, version, the moment it is dated with, the computer it is for."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from winit_core import __version__

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
HERE = ROOT / "packaging_tools"

NAME = "winit"
SUMMARY = "why a neural network's first weights decide whether it learns"
# Debian needs somebody to write to; a distributor puts in their own.
MAINTAINER = "the winit authors <winit@localhost.invalid>"
MEDIA_TYPE = "application/x-winit"
FILE_ENDING = ".winit.toml"

_SYSTEMS = {"linux": "linux", "win32": "windows", "darwin": "macos"}
_DEBIAN_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Product:
    """One build.

    Attributes
    ----------
    version
        Of winit.
    commit, changed
        What it was built from, and whether that was changed since; empty outside of git.
    moment
        Seconds since 1970: the date of every file, so that two builds agree.
    machine
        The processor, as Python names it.
    """

    version: str
    commit: str
    changed: bool
    moment: int
    machine: str

    @property
    def stem(self) -> str:
        """Begins the names of all files: ``winit-0.1.0-linux-x86_64``."""
        return f"{NAME}-{self.version}-{_SYSTEMS[sys.platform]}-{self.machine}"

    @property
    def debian_architecture(self) -> str:
        """The processor, as Debian names it."""
        return _DEBIAN_ARCHITECTURES[self.machine]

    @property
    def date(self) -> str:
        """The day of the build, for people."""
        return datetime.fromtimestamp(self.moment, UTC).date().isoformat()


def current() -> Product:
    """Return what a build of this checkout is."""
    commit = _git("rev-parse", "HEAD")
    return Product(
        version=__version__,
        commit=commit,
        changed=bool(commit and _git("status", "--porcelain", "--untracked-files=no")),
        moment=_moment(),
        machine=platform.machine().lower().replace("amd64", "x86_64"),
    )


def _moment() -> int:
    """Return the moment the outside asks for, else that of the commit, else of the source."""
    asked = os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct")
    return int(asked) if asked else int((ROOT / "pyproject.toml").stat().st_mtime)


def _git(*arguments: str) -> str:
    try:
        answer = subprocess.run(
            # A checkout of another user is still ours to name.
            ["git", "-c", f"safe.directory={ROOT}", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout.strip()
