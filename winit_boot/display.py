"""Is there a screen to show a window on? Asked before Qt, which aborts when there is none."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import PurePosixPath

_X11_PORT = 6000
_TIMEOUT = 1.0  # seconds; a display over ssh answers within milliseconds

# Systems whose window system is always there, as far as an environment can tell.
_ALWAYS = ("win32", "cygwin", "darwin")


def has_display(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Return whether Qt will find a screen, be it X11, Wayland or one that needs no hardware.

    A ``DISPLAY`` at which no server answers counts as none: Qt would abort on it.
    """
    if platform in _ALWAYS:
        return True
    names = _asked_platforms(environ)
    if any(name not in ("xcb", "wayland") for name in names):
        return True  # offscreen, minimal, vnc, eglfs ...: chosen on purpose
    return ("wayland" in names and _wayland_answers(environ)) or (
        "xcb" in names and _x11_answers(environ)
    )


def uses_x11(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Return whether the window can only come up through X11, which needs more libraries."""
    if platform in _ALWAYS:
        return False
    names = _asked_platforms(environ)
    if set(names) - {"xcb", "wayland"} or ("wayland" in names and _wayland_answers(environ)):
        return False
    return "xcb" in names and _x11_answers(environ)


def _asked_platforms(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the platforms Qt will try: ``QT_QPA_PLATFORM`` is ``name:options;name ...``."""
    asked = environ.get("QT_QPA_PLATFORM", "")
    names = (part.split(":", 1)[0].strip() for part in asked.split(";"))
    # wayland-egl and its kin are the same screen.
    found = tuple("wayland" if n.startswith("wayland") else n for n in names if n)
    return found or ("wayland", "xcb")


def _x11_answers(environ: Mapping[str, str]) -> bool:
    """Return whether a server accepts a connection at ``DISPLAY``: ``[host]:number[.screen]``."""
    host, colon, rest = environ.get("DISPLAY", "").rpartition(":")
    number = rest.split(".", 1)[0]
    if not colon or not number.isdecimal():
        return False
    protocol, slash, name = host.rpartition("/")
    if slash and protocol not in ("tcp", "inet", "inet6"):
        host, name = "", ""  # unix/hostname:0
    elif not slash:
        name = host
    path = f"/tmp/.X11-unix/X{number}"
    if name in ("", "unix"):
        # Linux has the socket under an abstract name too, which works inside a chroot.
        if _connects("\0" + path) or _connects(path):
            return True
        name = "localhost"
    try:
        with socket.create_connection(
            (name.strip("[]"), _X11_PORT + int(number)), timeout=_TIMEOUT
        ):
            return True
    except (OSError, OverflowError, UnicodeError):
        return False


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    """Return whether a compositor accepts a connection at ``WAYLAND_DISPLAY``."""
    name = environ.get("WAYLAND_DISPLAY", "")
    folder = environ.get("XDG_RUNTIME_DIR", "")
    if not name or not (folder or name.startswith("/")):
        return False
    return _connects(str(PurePosixPath(folder) / name))


def _connects(address: str) -> bool:
    if sys.platform == "win32":  # never asked there; its socket module has no AF_UNIX
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_TIMEOUT)
            connection.connect(address)
    except OSError:
        return False
    return True
