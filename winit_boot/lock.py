"""A lock between two starts of the program that both want to install.

The operating system frees it when its holder dies, however it dies, so it cannot be left behind.
The same file remembers that an installation was begun and not finished.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_UNFINISHED = b"unfinished\n"


class InstallLock:
    """Held while ``.venv`` is changed; a context manager.

    ``on_wait`` is called once when another process holds the lock.
    """

    def __init__(self, path: Path, on_wait: Callable[[], None]) -> None:
        self._path = path
        self._on_wait = on_wait
        self._descriptor = -1

    def __enter__(self) -> InstallLock:
        # Never deleted: two processes must not lock two files of the same name.
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not self._try():
                self._on_wait()
                while not self._try():
                    time.sleep(0.2)
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    @property
    def descriptor(self) -> int:
        """The open file: a child that inherits it holds the lock with us, and after us."""
        return self._descriptor

    @property
    def unfinished(self) -> bool:
        """Whether the last holder was interrupted while it changed ``.venv``."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.read(self._descriptor, len(_UNFINISHED)) == _UNFINISHED

    @unfinished.setter
    def unfinished(self, value: bool) -> None:
        os.ftruncate(self._descriptor, 0)
        if value:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, _UNFINISHED)

    def _try(self) -> bool:
        try:
            if sys.platform == "win32":
                # A byte far behind the text: Windows forbids others to read a locked one.
                os.lseek(self._descriptor, 1 << 20, os.SEEK_SET)
                msvcrt.locking(self._descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            return True  # a file system without locks: better unlocked than not at all
        return True
