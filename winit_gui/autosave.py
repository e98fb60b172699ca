"""Keeps the present state in a file while the program runs, so that a crash loses nothing.

Every running program has a file and a lock of its own in one folder. The lock goes with its
process, however that ends: a file without a living owner is what a crash left behind.
"""

from __future__ import annotations

import contextlib
import logging
import os
import uuid
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QStandardPaths, QTimer, Slot

from winit_gui.experiment_files import ENDING, FileError, open_state, save_state
from winit_gui.state import State
from winit_gui.store import Store

_log = logging.getLogger(__name__)
_AFTER_MS = 400
_LOCK = ".lock"


def usual_folder() -> Path:
    """Return where the program keeps these files."""
    place = QStandardPaths.StandardLocation.AppLocalDataLocation
    return Path(QStandardPaths.writableLocation(place)) / "autosave"


class Autosave(QObject):
    """The autosaved state of one running program.

    Ask `recovered` first, show the user what it gives, then `start`: only that removes what a
    crash left, if it is not to be kept. `finish` when the window was closed as it should.

    Parameters
    ----------
    folder
        Where to keep the file; it need not exist yet.
    """

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._store: Store | None = None
        self._left: list[tuple[Path, QLockFile]] = []
        name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._file = folder / f"{name}{ENDING}"
        self._lock = _lock(self._file)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(self.save)

    def recovered(self) -> State | None:
        """Return the latest state that a crash left behind, if there is one that can be read.

        What it finds stays on disk until `start`, and belongs to this program until `finish`.
        """
        self._release(delete=False)
        files = sorted(self._folder.glob(f"*{ENDING}"), key=_age)
        latest: State | None = None
        for file in files:
            lock = _lock(file)
            if file == self._file or not lock.tryLock(0):
                continue  # its program is running
            self._left.append((file, lock))
            if latest is None:
                with contextlib.suppress(FileError, OSError):
                    latest = open_state(file)
        return latest

    def start(self, store: Store, keep_left: bool = False) -> None:
        """Keep the state of a store from now on; what `recovered` found is removed, or kept."""
        self._store = store
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
        if not self._lock.tryLock(0):
            _log.info("there is no autosave: %s cannot be locked", self._folder)
            self._store = None
            return
        if self.save() and not keep_left:
            self._release(delete=True)
        for signal in (
            store.experiment_changed,
            store.rows_changed,
            store.view_changed,
            store.training_changed,
            store.pins_changed,
        ):
            signal.connect(self._on_changed)

    def finish(self) -> None:
        """End as it should: nothing is left to be recovered."""
        self._timer.stop()
        if self._store is not None:
            for signal in (
                self._store.experiment_changed,
                self._store.rows_changed,
                self._store.view_changed,
                self._store.training_changed,
                self._store.pins_changed,
            ):
                signal.disconnect(self._on_changed)
            self._store = None
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
            self._lock.unlock()
        self._release(delete=False)

    @Slot()
    def _on_changed(self) -> None:
        self._timer.start()

    @Slot()
    def save(self) -> bool:
        """Write the state now, and tell whether that was possible."""
        self._timer.stop()
        if self._store is None:
            return False
        try:
            save_state(self._file, self._store.state)
        except OSError as error:
            _log.info("the state could not be kept in %s: %s", self._file, error)
            return False
        return True

    def _release(self, delete: bool) -> None:
        for file, lock in self._left:
            if delete:
                with contextlib.suppress(OSError):
                    file.unlink(missing_ok=True)
            lock.unlock()
        self._left.clear()


def _lock(file: Path) -> QLockFile:
    lock = QLockFile(f"{file}{_LOCK}")
    lock.setStaleLockTime(0)  # only the end of its process makes a lock stale, never its age
    return lock


def _age(file: Path) -> float:
    try:
        return -file.stat().st_mtime
    except OSError:
        return 0.0
