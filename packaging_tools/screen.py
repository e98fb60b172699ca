"""A virtual X11 screen: its picture, its windows, keys for them, and the request to close.

The picture is read from the file in which the server itself keeps it, so that a window can be
waited for to the millisecond, and nothing has to be installed beside the server and xdotool.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("Xvfb", "xdotool")
_WIDTH, _HEIGHT = 1600, 1000
_HEADER = 160 + 256 * 12  # XWD: header and colour map


def missing_tools() -> tuple[str, ...]:
    """Return which of the needed programs are not installed."""
    return tuple(name for name in NEEDED if shutil.which(name) is None)


@dataclass(frozen=True)
class Screen:
    """A running X server.

    Attributes
    ----------
    name
        What ``DISPLAY`` has to say.
    """

    name: str
    _frame: mmap.mmap

    def picture(self) -> bytes:
        """Return the screen's pixels, four bytes each."""
        return self._frame[_HEADER:]

    def is_empty(self) -> bool:
        """Return whether nothing was drawn yet: one row through the middle is black."""
        middle = _HEADER + 4 * _WIDTH * (_HEIGHT // 2)
        return not any(self._frame[middle : middle + 4 * _WIDTH])

    def window(self, title: str = ".") -> int | None:
        """Return the visible window that has this in its title, None while there is none."""
        found = self._xdotool("search", "--onlyvisible", "--name", title, check=False).split()
        return int(found[0]) if found else None

    def titles(self) -> list[str]:
        """Return the titles of the visible windows."""
        shown = self._xdotool("search", "--onlyvisible", "--name", ".", check=False).split()
        return [self._xdotool("getwindowname", one, check=False).strip() for one in shown]

    def press(self, window: int, *keys: str) -> None:
        """Press keys for a window, as xdotool names them."""
        self._xdotool("windowfocus", "--sync", str(window))
        self._xdotool("key", "--delay", "60", *keys)

    def icon_sizes(self, window: int) -> list[int]:
        """Return the widths of the icons a window gives to the window manager."""
        with _connection(self.name) as (x11, display):
            return _icon_sizes(x11, display, window)

    def close_window(self, window: int) -> None:
        """Ask a window to close, the way a window manager does."""
        with _connection(self.name) as (x11, display):
            _send_delete(x11, display, window)

    def _xdotool(self, *arguments: str, check: bool = True) -> str:
        return subprocess.run(
            ["xdotool", *arguments],
            env={**os.environ, "DISPLAY": self.name},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=check,
        ).stdout


@contextmanager
def virtual_screen(resets: bool = False) -> Iterator[Screen]:
    """Start an X server that draws into memory.

    One that resets is empty again after its last client has left, and deaf for a moment.
    """
    with tempfile.TemporaryDirectory() as folder:
        reading, writing = os.pipe()
        server = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(writing), "-nolisten", "tcp", "-ac"),
                "-reset" if resets else "-noreset",
                *("-screen", "0", f"{_WIDTH}x{_HEIGHT}x24", "-fbdir", folder),
            ],
            pass_fds=(writing,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        try:
            with os.fdopen(reading) as pipe:
                number = pipe.readline().strip()
            if not number:
                raise OSError("Xvfb did not start")
            with (
                (Path(folder) / "Xvfb_screen0").open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as frame,
            ):
                yield Screen(f":{number}", frame)
        finally:
            server.terminate()
            server.wait(20)


def wait_for_window(
    screen: Screen, process: subprocess.Popen[str], seconds: float, title: str = "."
) -> int | None:
    """Return the program's window as soon as it is shown; None if it ends or never shows one."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        window = screen.window(title)
        if window is not None:
            return window
        time.sleep(0.1)
    return None


class _ClientMessage(ctypes.Structure):
    """``XClientMessageEvent`` of Xlib.h, with the room of the union ``XEvent`` after it."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 24),
    )


@contextmanager
def _connection(name: str) -> Iterator[tuple[ctypes.CDLL, ctypes.c_void_p]]:
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = (ctypes.c_char_p,)
    x11.XCloseDisplay.argtypes = (ctypes.c_void_p,)
    x11.XInternAtom.restype = ctypes.c_ulong
    x11.XInternAtom.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
    display = x11.XOpenDisplay(name.encode())
    if not display:
        raise OSError(f"no X server answers at {name}")
    try:
        yield x11, ctypes.c_void_p(display)
    finally:
        x11.XCloseDisplay(display)


def _send_delete(x11: ctypes.CDLL, display: ctypes.c_void_p, window: int) -> None:
    x11.XSendEvent.argtypes = (
        ctypes.c_void_p,
        ctypes.c_ulong,
        ctypes.c_int,
        ctypes.c_long,
        ctypes.c_void_p,
    )
    event = _ClientMessage(type=33, window=window, format=32)
    event.message_type = x11.XInternAtom(display, b"WM_PROTOCOLS", 0)
    event.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    x11.XSendEvent(display, window, 0, 0, ctypes.byref(event))


def _icon_sizes(x11: ctypes.CDLL, display: ctypes.c_void_p, window: int) -> list[int]:
    atom = x11.XInternAtom(display, b"_NET_WM_ICON", 0)
    kind, form = ctypes.c_ulong(), ctypes.c_int()
    count, rest = ctypes.c_ulong(), ctypes.c_ulong()
    data = ctypes.POINTER(ctypes.c_ulong)()
    x11.XGetWindowProperty.argtypes = (
        *(ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_long, ctypes.c_long),
        *(ctypes.c_int, ctypes.c_ulong, *(ctypes.c_void_p,) * 5),
    )
    outputs = (ctypes.byref(value) for value in (kind, form, count, rest, data))
    x11.XGetWindowProperty(display, window, atom, 0, 1 << 24, 0, 0, *outputs)
    sizes = []
    place = 0
    while place < count.value:
        width, height = data[place], data[place + 1]
        sizes.append(width)
        place += 2 + width * height
    if count.value:
        x11.XFree.argtypes = (ctypes.c_void_p,)
        x11.XFree(data)
    return sizes
