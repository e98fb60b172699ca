"""Run the tests: ``python3 -m tests`` with pytest's own arguments, all tests without any.

All tests run in a process per core, chosen ones in one.
"""

import os
import sys
from pathlib import Path

from winit_boot import python_version


def run() -> int:
    """Make sure of a Python with the test packages, then hand over to pytest."""
    python_version.require("-m tests")
    from winit_boot import environment, system_libraries

    root = Path(__file__).resolve().parent.parent
    environment.ensure(root, ["-m", "tests", *sys.argv[1:]], extra="test")
    hint = system_libraries.install_hint(window=False)
    if hint is not None:
        sys.exit(hint)
    if not os.environ.get("QT_QPA_PLATFORM"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"

    import pytest

    arguments = sys.argv[1:] or ["--numprocesses=auto", "--dist=worksteal"]
    return int(pytest.main(arguments))


if __name__ == "__main__":
    sys.exit(run())
