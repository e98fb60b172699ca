"""Writing a file so that a crash at any moment leaves the old or the new one whole.

Only the standard library: a test loads this file alone, in processes that it kills.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path

_ENDING = ".tmp"
_LEFT_OVER_AFTER_SECONDS = 600.0


def save_atomically(path: Path | str, content: str | bytes) -> None:
    """Write a file whole or not at all.

    The content goes to a new file in the same folder, to the disk, and then takes the place of
    the old one in a single step. A symbolic link stays one; permissions are kept.

    Parameters
    ----------
    path
        The file.
    content
        Bytes, or text that is written as UTF-8 with the line ends it has.

    Raises
    ------
    OSError
        If that is not possible; the old file, if there is one, is untouched then.
    """
    target = Path(os.path.realpath(path))
    data = content.encode("utf-8") if isinstance(content, str) else content
    before = target.stat() if target.exists() else None
    if before is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", str(target))
    _remove_left_overs(target)
    descriptor, temporary = tempfile.mkstemp(_ENDING, f".{target.name}.", target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _give_permissions(temporary, before)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(target.parent)


def _give_permissions(temporary: str, before: os.stat_result | None) -> None:
    """Give a new file the old one's mode and owner, or what a new file would have."""
    if before is None:
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        return
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):  # only root may give a file away
            os.chown(temporary, before.st_uid, before.st_gid)
    os.chmod(temporary, before.st_mode & 0o7777)


def _remove_left_overs(target: Path) -> None:
    """Remove what an earlier process left when it was killed while it wrote this file."""
    long_ago = time.time() - _LEFT_OVER_AFTER_SECONDS
    with contextlib.suppress(OSError):
        for entry in os.scandir(target.parent):
            if entry.name.startswith(f".{target.name}.") and entry.name.endswith(_ENDING):
                with contextlib.suppress(OSError):
                    if entry.stat().st_mtime < long_ago:
                        os.unlink(entry.path)


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the system lets one ask for that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
