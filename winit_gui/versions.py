"""What this program is made of: versions and licences, for the About box and error reports."""

from __future__ import annotations

import contextlib
import platform
import sys
from dataclasses import dataclass
from importlib import metadata

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import qVersion

from winit_core import __version__
from winit_core.build_info import build_info
from winit_core.translation import tr


@dataclass(frozen=True)
class Part:
    """A piece of software in this process.

    Attributes
    ----------
    licence
        Its SPDX name.
    """

    name: str
    version: str
    licence: str
    address: str


_PACKAGES = (
    ("numpy", "NumPy", "BSD-3-Clause", "https://numpy.org"),
    ("scipy", "SciPy", "BSD-3-Clause", "https://scipy.org"),
    ("pyqtgraph", "pyqtgraph", "MIT", "https://www.pyqtgraph.org"),
    ("superqt", "superqt", "BSD-3-Clause", "https://github.com/pyapp-kit/superqt"),
    ("ziamath", "ziamath", "MIT", "https://github.com/cdelker/ziamath"),
    ("pygments", "Pygments", "BSD-2-Clause", "https://pygments.org"),
)


def parts() -> list[Part]:
    """Return the parts that are installed, the program first."""
    found = [
        Part("winit", __version__, "MIT", ""),
        Part("Python", platform.python_version(), "PSF-2.0", "https://www.python.org"),
        Part("Qt", str(qVersion()), "LGPL-3.0-only", "https://www.qt.io"),
        Part("PySide6", pyside_version, "LGPL-3.0-only", "https://doc.qt.io/qtforpython-6/"),
    ]
    for package, name, licence, address in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.append(Part(name, metadata.version(package), licence, address))
    return found


def build() -> str:
    """Return what the packaged program says of its making; nothing when run from its source."""
    info = build_info()
    if not info.packaged:
        return ""
    commit = info.commit[:12] or tr("unknown commit")
    if info.changed:
        return tr("{commit} with changes, {date}", commit=commit, date=info.date)
    return f"{commit}, {info.date}"


def versions_text() -> str:
    """Return versions and system as lines to paste into a report; these are for its reader."""
    lines = [f"{part.name} {part.version}" for part in parts()]
    if made := build():
        lines.append(f"build {made}")
    lines.append(f"{platform.system()} {platform.release()} {platform.machine()}")
    lines.append("packaged" if getattr(sys, "frozen", False) else "run from source")
    return "\n".join(lines)
