"""A combo box that changes by a click or a key, never by a wheel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget


class ComboBox(QComboBox):
    """Leaves the wheel to what it stands in, and ends a text that does not fit with an ….

    Qt's own cuts through a letter, and it takes the focus and another value from a wheel that
    passes over it on its way through a column of controls.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let it scroll what is around."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as Qt does, with a text that fits."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        control = QStyle.ComplexControl.CC_ComboBox
        room = self.style().subControlRect(control, option, part, self).width()
        metrics, right = option.fontMetrics, Qt.TextElideMode.ElideRight
        if metrics.horizontalAdvance(option.currentText) > room:
            option.currentText = metrics.elidedText(option.currentText, right, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(control, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
