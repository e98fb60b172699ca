"""How the boot package speaks: plain paragraphs on standard error, no tracebacks."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence


class Stop(Exception):
    """The start cannot go on: the text for the user and the exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def say(text: str) -> None:
    """Print a paragraph where it does not mix with the program's own output."""
    print(text, file=sys.stderr, flush=True)


def listed(names: Sequence[str]) -> str:
    """Join names the way a sentence does: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def command_line(arguments: Sequence[str]) -> str:
    """Quote a command so that it can be pasted into a shell."""
    if sys.platform == "win32":
        return subprocess.list2cmdline(arguments)
    return shlex.join(arguments)


def apt_line(packages: Sequence[str]) -> str:
    """Return the command that installs Debian packages, as this user has to type it."""
    sudo = "" if sys.platform == "win32" or os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install {' '.join(packages)}"
