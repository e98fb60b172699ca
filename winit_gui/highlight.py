"""Which scheme is brought forward in every panel, while the pointer rests on it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

NOBODY = -1


class Highlight(QObject):
    """Holds the index of one compared scheme, or `NOBODY`.

    Signals
    -------
    changed(int)
        Another scheme comes forward.
    """

    changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._index = NOBODY

    @property
    def index(self) -> int:
        """The scheme that is forward, or `NOBODY`."""
        return self._index

    def set(self, index: int) -> None:
        """Bring a scheme forward and fade the rest; `NOBODY` shows all alike."""
        if index != self._index:
            self._index = index
            self.changed.emit(index)
