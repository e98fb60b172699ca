"""A combo box that changes by a click or a key, never by a wheel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget


class ComboBox(QComboBox):
    """Leaves the wheel to what it stands in.

    Qt's own takes the focus and another value from a wheel that passes over it on its way through
    a column of controls.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let it scroll what is around."""
        event.ignore()
