"""See to it that the program runs in a Python that has its packages."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from winit_boot import requirements

# Set for the Python we hand over to: it must not hand over again.
GUARD = "WINIT_BOOT_HANDED_OVER"


def ensure(root: Path, script_argv: Sequence[str], extra: str | None = None) -> None:
    """Return if the packages are here, else go on in ``.venv``, installing it when needed.

    Parameters
    ----------
    root
        The checkout; ``.venv`` is made there.
    script_argv
        What follows the interpreter's name on the command line that starts this program.
    extra
        An extra of ``pyproject.toml`` that is needed too.
    """
    handed_over = os.environ.pop(GUARD, None) is not None
    if getattr(sys, "frozen", False):  # an executable brings its packages along
        return
    missing = requirements.missing(extra)
    if not missing:
        return

    # Imported late: a start that has its packages, which is nearly every one, pays for none.
    from winit_boot import installer, stamp
    from winit_boot.messages import Stop, command_line, listed, say

    retry = command_line(["python3", *script_argv])
    try:
        if handed_over:
            stamp.remove(root)
            raise Stop(
                f"winit was started with its own environment {stamp.venv_folder(root)}, and "
                f"{listed(missing)} cannot be found there. Start again, which installs what is "
                f"missing: {retry}\nIf this text comes back, delete that folder first."
            )
        if not stamp.is_complete(root, extra):
            installer.install(root, extra, missing, retry)
        _hand_over(stamp.venv_python(root), script_argv)
    except Stop as stop:
        say(str(stop))
        sys.exit(stop.code)
    except KeyboardInterrupt:
        say(f"\nInterrupted; the installation is not finished. To finish it, start again: {retry}")
        sys.exit(130)


def _hand_over(python: Path, script_argv: Sequence[str]) -> NoReturn:
    """Run the same command with another Python, in place of this process."""
    command = [str(python), *script_argv]
    os.environ[GUARD] = "1"
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform != "win32":
        os.execv(command[0], command)
    # On Windows exec returns to the shell at once, while the program still runs.
    import subprocess

    with subprocess.Popen(command) as child:
        while True:
            try:
                sys.exit(child.wait())
            except KeyboardInterrupt:  # the child got it too, and decides
                continue
