"""Watches the files of an open lesson, whichever way an editor writes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

_QUIET_MS = 150
"""An editor writes in several strokes."""


class LessonFiles(QObject):
    """Tells when any of the files has another content.

    Signals
    -------
    changed()
        Read them again.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._files: tuple[Path, ...] = ()
        self._seen: list[tuple[int, int] | None] = []
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._on_changed)
        self._watcher.directoryChanged.connect(self._on_changed)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MS)
        self._quiet.timeout.connect(self._look)

    def watch(self, files: Iterable[Path]) -> None:
        """Watch these files and no others."""
        self._files = tuple(files)
        self._seen = self._stamps()
        old = [*self._watcher.files(), *self._watcher.directories()]
        if old:
            self._watcher.removePaths(old)
        self._add()

    def close(self) -> None:
        """Watch nothing any more."""
        self.watch(())
        self._quiet.stop()

    def _add(self) -> None:
        """Watch files and folders: a file that was replaced is another one to the system."""
        present = {str(file) for file in self._files if file.exists()}
        folders = {str(file.parent) for file in self._files if file.parent.exists()}
        watched = {*self._watcher.files(), *self._watcher.directories()}
        missing = sorted((present | folders) - watched)
        if missing:
            self._watcher.addPaths(missing)

    @Slot()
    def _on_changed(self) -> None:
        self._quiet.start()

    @Slot()
    def _look(self) -> None:
        self._add()
        stamps = self._stamps()
        if stamps != self._seen:
            self._seen = stamps
            self.changed.emit()

    def _stamps(self) -> list[tuple[int, int] | None]:
        stamps: list[tuple[int, int] | None] = []
        for file in self._files:
            try:
                found = file.stat()
            except OSError:
                stamps.append(None)
            else:
                stamps.append((found.st_mtime_ns, found.st_size))
        return stamps
