"""``python3 -m packaging_tools``: makes sure of a Python with PyInstaller, then does the work."""

import sys
from pathlib import Path

from winit_boot import python_version


def run() -> int:
    """Hand over to the command line, in an environment that has the extra ``build``."""
    python_version.require("-m packaging_tools")
    from winit_boot import environment

    root = Path(__file__).resolve().parent.parent
    environment.ensure(root, ["-m", "packaging_tools", *sys.argv[1:]], extra="build")
    from packaging_tools import commands

    return commands.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
