"""Which packages are missing, found without importing any of them.

The ranges are those of ``pyproject.toml``. They stand here a second time because every start
passes through this file: it looks at folder names only, which takes well under a millisecond,
where reading the metadata of five packages takes twenty.
"""

from __future__ import annotations

import importlib.util
import os
import re
from typing import NamedTuple


class Requirement(NamedTuple):
    """A package: what is imported, what is installed, and which versions will do."""

    module: str
    distribution: str
    lowest: tuple[int, ...]
    below: tuple[int, ...]


RUN_TIME: tuple[Requirement, ...] = (
    Requirement("PySide6", "PySide6-Essentials", (6, 10, 3), (6, 12)),
    Requirement("pyqtgraph", "pyqtgraph", (0, 14), (0, 15)),
    Requirement("numpy", "numpy", (2, 0), (3,)),
    Requirement("scipy", "scipy", (1, 13), (2,)),
    Requirement("superqt", "superqt", (0, 7), (1,)),
    Requirement("ziamath", "ziamath", (0, 12), (1,)),
)

# Only what the tests import; the linters of the extra are called by name.
EXTRAS: dict[str, tuple[Requirement, ...]] = {
    "test": (
        Requirement("pytest", "pytest", (9,), (10,)),
        Requirement("pytestqt", "pytest-qt", (4, 5), (5,)),
        Requirement("xdist", "pytest-xdist", (3, 6), (4,)),
        Requirement("hypothesis", "hypothesis", (6, 150), (7,)),
    ),
    "build": (Requirement("PyInstaller", "pyinstaller", (6, 22, 3), (6, 22, 4)),),
}


def missing(extra: str | None = None) -> tuple[str, ...]:
    """Return the distributions that this Python lacks, or has in a version that will not do."""
    wanted = RUN_TIME + (EXTRAS[extra] if extra else ())
    return tuple(item.distribution for item in wanted if not _is_met(item))


def _is_met(item: Requirement) -> bool:
    folder = _folder_of(item.module)
    if folder is None:
        return False
    version = _installed_version(folder, item.distribution)
    # A package without metadata (conda, a source tree) gets the benefit of the doubt.
    return version is None or item.lowest <= version < item.below


def _folder_of(module: str) -> str | None:
    """Return the folder that holds the package, None if there is no such package."""
    try:
        spec = importlib.util.find_spec(module)
    except ValueError:  # sys.modules holds something without a spec
        return None
    # A namespace package (no origin) is a leftover folder, not an installation.
    if spec is None or spec.origin is None:
        return None
    return os.path.dirname(os.path.dirname(spec.origin))


def _installed_version(folder: str, distribution: str) -> tuple[int, ...] | None:
    """Read the version off the name of the metadata folder next to the package."""
    pattern = re.compile(
        re.sub("[-_.]", "[-_.]", distribution) + r"-(\d+(?:\.\d+)*).*\.(?:dist|egg)-info$",
        re.IGNORECASE,
    )
    try:
        names = os.listdir(folder)
    except OSError:  # inside a zip file
        return None
    for name in names:
        found = pattern.match(name)
        if found:
            return tuple(int(part) for part in found[1].split("."))
    return None
