"""A line that floats over the panels: what is being computed, or what went wrong."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from winit_gui.style import SPACE


class Notice(QFrame):
    """Shows one sentence with one button, at the foot of its parent.

    Signals
    -------
    button_clicked()
        The button, whatever it says.
    """

    button_clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.setObjectName("notice")
        self.setAutoFillBackground(True)
        self.label = QLabel(self)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(self)
        self.button.clicked.connect(self.button_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(self.label)
        layout.addWidget(self.button)
        parent.installEventFilter(self)
        self.hide()

    def show_text(self, text: str, button: str) -> None:
        """Appear with a sentence and a button."""
        self.label.setText(text)
        self.button.setText(button)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place when the parent changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        room = self._room.size()
        x = max((room.width() - self.width()) // 2, 0)
        self.move(x, max(room.height() - self.height() - 3 * SPACE, 0))
