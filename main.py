#!/usr/bin/env python3
"""Start winit. The first start installs what it needs into .venv, here in this folder."""

import sys
from pathlib import Path

from winit_boot import python_version


def run() -> int:
    """Make sure of a Python with the packages, then hand over to the program."""
    python_version.require("main.py")
    from winit_boot import environment

    environment.ensure(Path(__file__).resolve().parent, sys.argv)
    from winit_gui.app import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
