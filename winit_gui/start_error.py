"""What keeps the program from starting, told where whoever started it looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from winit_boot import display, system_libraries

_INVISIBLE = ("offscreen", "minimal")


def tell(text: str, arguments: Sequence[str]) -> None:
    """Print on standard error and, for who cannot see that, show a box as well."""
    print(f"winit: {text}", file=sys.stderr)
    if not is_unread(arguments, (sys.stdin, sys.stdout, sys.stderr)) or not _can_show():
        return
    from winit_gui import application

    application.complain(text)


def is_unread(arguments: Sequence[str], streams: Sequence[TextIO | None]) -> bool:
    """Return whether nobody reads standard error: a file was double-clicked.

    A file manager starts the program with the file alone, and without a terminal. A program of
    Windows without a console has no standard error at all.

    Parameters
    ----------
    arguments
        The command line.
    streams
        Standard input, output and error.
    """
    if streams[-1] is None:
        return True
    if any(stream is not None and stream.isatty() for stream in streams):
        return False
    return len(arguments) == 1 and not arguments[0].startswith("-")


def _can_show(environ: Mapping[str, str] = os.environ) -> bool:
    if environ.get("QT_QPA_PLATFORM", "").startswith(_INVISIBLE) or not display.has_display():
        return False
    return system_libraries.install_hint(window=display.uses_x11()) is None
