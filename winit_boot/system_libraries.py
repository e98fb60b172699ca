"""The shared libraries Qt takes from the Linux system, which no Python package brings.

Qt's own message names libxcb-cursor0 whichever of them is missing, so they are looked for one
by one. Listed are those a bare Debian 12 lacks; what they depend on comes with them.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from pathlib import Path

from winit_boot.messages import apt_line

# Library -> Debian package: to draw at all, even into a file.
_DRAWING = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}

# In addition, for a window on an X11 screen.
_X11_WINDOW = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

# Renamed when Debian 13 and Ubuntu 24.04 moved to 64-bit time, and the last releases before.
_RENAMED = {"libglib2.0-0": "libglib2.0-0t64"}
_BEFORE_RENAMING = ("bullseye", "bookworm", "focal", "jammy", "lunar", "mantic")


def missing_libraries(window: bool) -> tuple[str, ...]:
    """Return the file names of the libraries Qt will not find.

    ``window`` asks also for those of a window on an X11 screen.
    """
    if sys.platform != "linux":
        return ()
    wanted = (*_DRAWING, *(_X11_WINDOW if window else ()))
    return tuple(name for name in wanted if not _loads(name))


def missing_packages(window: bool) -> tuple[str, ...]:
    """Return the Debian packages that hold the missing libraries."""
    names = {**_DRAWING, **_X11_WINDOW}
    before = _codename() in _BEFORE_RENAMING
    packages = (names[library] for library in missing_libraries(window))
    return tuple(dict.fromkeys(p if before else _RENAMED.get(p, p) for p in packages))


def install_hint(window: bool) -> str | None:
    """Return what the user has to do about the missing libraries, None if all are here."""
    libraries = missing_libraries(window)
    if not libraries:
        return None
    if is_debian():
        return _debian_hint(missing_packages(window))
    return (
        "Qt needs libraries that this system does not have. Install the packages that hold "
        f"them, then start again:\n{' '.join(libraries)}"
    )


def is_debian() -> bool:
    """Return whether packages are installed with apt here: Debian, Ubuntu and their kin."""
    return Path("/etc/debian_version").exists()


def _debian_hint(packages: Sequence[str]) -> str:
    return (
        "Qt needs libraries that this system does not have. Install them with this command, "
        f"then start again:\n{apt_line(packages)}"
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _codename(release: Path = Path("/etc/os-release")) -> str:
    """Return the name of the Debian or Ubuntu release, or of the one a derivative stands on."""
    try:
        lines = release.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    for key in ("UBUNTU_CODENAME", "DEBIAN_CODENAME", "VERSION_CODENAME"):
        if key in found:
            return found[key].strip("\"'")
    return ""
