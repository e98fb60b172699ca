"""A sentence that appears for a moment: what was just done, or why it was not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QLabel, QWidget

from winit_gui.style import SPACE

_SHOWN_MS = 3500
_ABOVE = 48
"""Room below it for the notice of a computation."""


class BriefMessage(QLabel):
    """Floats at the foot of its parent, takes no focus, lets clicks through, and goes by itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.setObjectName("brief")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence for a while, and have a screen reader read it out."""
        self.setText(sentence)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    def dismiss(self) -> None:
        """Go at once, so as not to be on a picture."""
        self._timer.stop()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place when the parent changes its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        room = self._room.size()
        self.resize(min(self.sizeHint().width(), room.width()), self.sizeHint().height())
        x = max((room.width() - self.width()) // 2, 0)
        self.move(x, max(room.height() - self.height() - _ABOVE, 0))
