"""A label that says as much as fits.

It cuts its text itself instead of with superqt's label: that package loads itself, qtpy and
Pygments whole for one class of it, which is a sixth of what the start loads.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

_SPARE = 2  # pixels without which the … may be lost to rounding


class FittingLabel(QLabel):
    """Shows the first of several wordings that fits its width; the last is cut where none does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wordings: tuple[str, ...] = ("",)
        self._chosen = ""
        self._cuts = True

    @property
    def whole(self) -> str:
        """The fullest wording, on screen or not."""
        return self._wordings[0]

    def text(self) -> str:
        """Return the chosen wording, also where it is cut."""
        return self._chosen

    def set_wordings(self, *wordings: str) -> None:
        """Offer wordings, the fullest first; it is also what a screen reader says."""
        if wordings == self._wordings:
            return
        self._wordings = wordings
        self.setAccessibleName(wordings[0])
        self._choose()

    def never_cut(self) -> None:
        """Leave the chosen wording whole, for good: there is room, or it wraps."""
        self._cuts = False
        self._choose()

    def minimumSizeHint(self) -> QSize:
        """Return the room of a text that is cut to nothing."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance("…"), metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew for another width."""
        super().resizeEvent(event)
        self._choose()

    def changeEvent(self, event: QEvent) -> None:
        """Choose anew for another type."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._choose()

    def _choose(self) -> None:
        metrics = self.fontMetrics()
        room = self.contentsRect().width() - metrics.horizontalAdvance("…")  # as eliding reckons
        fitting = (text for text in self._wordings if metrics.horizontalAdvance(text) <= room)
        self._chosen = next(fitting, self._wordings[-1])
        shown = self._chosen
        if self._cuts:
            right = Qt.TextElideMode.ElideRight
            shown = metrics.elidedText(shown, right, self.width() - _SPARE)
        self.setText(shown)
