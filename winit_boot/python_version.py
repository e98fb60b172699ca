"""Refuse a Python that is too old, in words.

This file is read by that old Python: only syntax that Python 3.6 understands.
"""

import shutil
import sys
from typing import Callable, Optional, Sequence

OLDEST = (3, 11)
_KNOWN_NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def complaint(
    version: Sequence[int],
    command: str,
    which: Callable[[str], Optional[str]] = shutil.which,
) -> Optional[str]:
    """Return what to tell the user of this Python, None if it is new enough.

    ``command`` is what follows the interpreter's name on the command line.
    """
    if tuple(version[:2]) >= OLDEST:
        return None
    text = "winit needs Python {}.{} or newer, and this is Python {}.".format(
        OLDEST[0], OLDEST[1], ".".join(str(part) for part in version[:3])
    )
    for name in _KNOWN_NEWER:
        if which(name) is not None:
            return "{} A newer one is installed here; start it with: {} {}".format(
                text, name, command
            )
    return text + " Install a newer Python and start the program with that one."


def require(command: str) -> None:
    """Exit with a sentence unless this Python is new enough."""
    text = complaint(sys.version_info[:3], command)
    if text is not None:
        sys.exit(text)
