"""A button that says as much as fits."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget


class FittingButton(QPushButton):
    """Shows the first of several wordings that fits its width; it asks for the fullest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wordings: tuple[str, ...] = ("",)

    def set_wordings(self, *wordings: str) -> None:
        """Offer wordings, the fullest first."""
        if wordings == self._wordings:
            return
        self._wordings = wordings
        self.updateGeometry()
        self._choose()

    def sizeHint(self) -> QSize:
        """Ask for the fullest wording."""
        return self._size_for(self._wordings[0])

    def minimumSizeHint(self) -> QSize:
        """Need no more than the shortest."""
        return self._size_for(self._wordings[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew for another width."""
        super().resizeEvent(event)
        self._choose()

    def changeEvent(self, event: QEvent) -> None:
        """Choose anew for another type."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._choose()

    def _size_for(self, wording: str) -> QSize:
        metrics = self.fontMetrics()
        hint = super().sizeHint()
        shown = metrics.size(0, self.text() or "XXXX").width()  # as Qt reckons an empty one
        return QSize(hint.width() - shown + metrics.size(0, wording).width(), hint.height())

    def _choose(self) -> None:
        fitting = (w for w in self._wordings if self._size_for(w).width() <= self.width())
        self.setText(next(fitting, self._wordings[-1]))
