"""A label that says as much as fits."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from superqt import QElidingLabel


class FittingLabel(QElidingLabel):
    """Shows the first of several wordings that fits its width; the last is cut where none does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wordings: tuple[str, ...] = ("",)

    @property
    def whole(self) -> str:
        """The fullest wording, on screen or not."""
        return self._wordings[0]

    def set_wordings(self, *wordings: str) -> None:
        """Offer wordings, the fullest first; it is also what a screen reader says."""
        if wordings == self._wordings:
            return
        self._wordings = wordings
        self.setAccessibleName(wordings[0])
        self._choose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew for another width."""
        self._choose()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Choose anew for another type."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._choose()

    def _choose(self) -> None:
        metrics = self.fontMetrics()
        room = self.contentsRect().width() - metrics.horizontalAdvance("…")  # as eliding reckons
        fitting = (text for text in self._wordings if metrics.horizontalAdvance(text) <= room)
        self.setText(next(fitting, self._wordings[-1]))
