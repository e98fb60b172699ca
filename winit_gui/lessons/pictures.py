"""The picture files of a lesson: only of its own folder, and only pictures."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

from winit_core.translation import tr

MAX_BYTES = 10 * 2**20
_PNG = b"\x89PNG\r\n\x1a\n"
_REFERENCE = re.compile(rb"""(?:href|src)\s*=\s*["']\s*([^"']*)""", re.IGNORECASE)
_OUTSIDE_STYLE = re.compile(rb"""url\(\s*["']?\s*(?!["'#\s])|@import|<!ENTITY""", re.IGNORECASE)


class PathRefused(ValueError):
    """A path that a lesson may not use; the message says why."""


def inside(folder: Path, name: str) -> Path:
    """Return the file of a folder that a lesson names.

    Raises
    ------
    PathRefused
        If it leads outside, by its name or through a link, or if there is no such file.
    """
    absolute = PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute()
    parts = PureWindowsPath(name).parts
    if absolute or ".." in parts or PureWindowsPath(name).drive or "\0" in name:
        raise PathRefused(tr("it must name a file of the lesson's own folder; this leads outside"))
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise PathRefused(tr("it is a link that leads outside the lesson's folder"))
        if not path.is_file():
            raise PathRefused(
                tr("there is no file “{name}” in the lesson's folder", name=name[:100])
            )
    except (OSError, RuntimeError):  # names that are too long, links that lead to themselves
        raise PathRefused(tr("“{name}” is no file that could be read", name=name[:100])) from None
    return path


def picture(folder: Path, name: str) -> Path:
    """Return the picture of a folder that a lesson names.

    Raises
    ------
    PathRefused
        Also if it is no PNG or SVG, is too large, or refers to other files.
    """
    if not name.lower().endswith((".png", ".svg")):
        raise PathRefused(tr("a picture must be a .png or .svg file"))
    path = inside(folder, name)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PathRefused(tr("the picture is larger than {most} MB", most=MAX_BYTES // 2**20))
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise PathRefused(tr("it could not be read: {reason}", reason=reason)) from None
    if name.lower().endswith(".png"):
        if not data.startswith(_PNG):
            raise PathRefused(tr("the file is no PNG picture"))
        return path
    if b"<svg" not in data:
        raise PathRefused(tr("the file is no SVG picture"))
    targets = (match[1].strip() for match in _REFERENCE.finditer(data))
    if any(not target.startswith((b"#", b"data:")) for target in targets):
        raise PathRefused(tr("the SVG refers to another file; it must hold everything itself"))
    if _OUTSIDE_STYLE.search(data):
        raise PathRefused(tr("the SVG refers to something outside itself"))
    return path
