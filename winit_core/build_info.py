"""Which winit this is: its version, what it was built from and when, packaged or not."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import lru_cache

from winit_core import __version__
from winit_core.datasets import resource

STAMP = "build.json"
"""Written beside the resources of a packaged program; a checkout has none."""


@dataclass(frozen=True)
class BuildInfo:
    """Where a running winit comes from.

    Attributes
    ----------
    version
        Of winit; the same everywhere, from ``winit_core.__version__``.
    packaged
        Whether this is an executable with a Python of its own.
    commit
        What it was built from; empty when it runs from source, or was built outside of git.
    changed
        Whether the source differed from that commit.
    date
        Day of the commit as YYYY-MM-DD; empty when it runs from source.
    """

    version: str
    packaged: bool
    commit: str
    changed: bool
    date: str


@lru_cache(maxsize=1)
def build_info() -> BuildInfo:
    """Return what is known about this winit."""
    packaged = bool(getattr(sys, "frozen", False))
    stamp = {}
    if packaged:
        stamp = json.loads(resource(STAMP).read_text(encoding="utf-8"))
    return BuildInfo(
        version=__version__,
        packaged=packaged,
        commit=stamp.get("commit", ""),
        changed=stamp.get("changed", False),
        date=stamp.get("date", ""),
    )


def command_name() -> str:
    """Return what is typed to start this winit."""
    return "winit" if build_info().packaged else "python3 main.py"
