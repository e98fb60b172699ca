"""Five short hints that point at real parts of the window, for the first start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from winit_core.translation import tr
from winit_gui.style import SPACE

_WIDTH = 320
_GAP = 3 * SPACE


@dataclass(frozen=True)
class Hint:
    """A sentence about a part of the window.

    Attributes
    ----------
    target
        Returns the part; called when the hint is shown, for parts come and go.
    """

    title: str
    text: str
    target: Callable[[], QWidget]


class Tour(QFrame):
    """A bubble with one hint at a time, and a frame around what it speaks of.

    Signals
    -------
    ended()
        It was gone through, or skipped.
    """

    ended = Signal()

    def __init__(self, window: QWidget, hints: Sequence[Hint]) -> None:
        super().__init__(window)
        self._window = window
        self._hints = tuple(hints)
        self.position = 0
        self.setObjectName("tour")
        self.setAutoFillBackground(True)
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(tr("Tour"))
        self.frame = QFrame(window)
        self.frame.setObjectName("tourFrame")
        self.frame.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.title = QLabel(self)
        self.title.setObjectName("heading")
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.count = QLabel(self)
        self.count.setObjectName("muted")
        self.skip = QPushButton(tr("Skip (Esc)"), self)
        self.skip.clicked.connect(self.end)
        self.next = QPushButton(self)
        self.next.clicked.connect(self.go_on)
        buttons = QHBoxLayout()
        buttons.addWidget(self.count)
        buttons.addStretch(1)
        buttons.addWidget(self.skip)
        buttons.addWidget(self.next)
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        for part in (self.title, self.text):
            layout.addWidget(part)
        layout.addLayout(buttons)
        window.installEventFilter(self)
        self._show_hint()
        self.show()
        self.next.setFocus()

    @property
    def target(self) -> QWidget:
        """What the present hint points at."""
        return self._hints[self.position].target()

    @Slot()
    def go_on(self) -> None:
        """Show the next hint, or end after the last."""
        if self.position + 1 == len(self._hints):
            self.end()
            return
        self.position += 1
        self._show_hint()

    @Slot()
    def end(self) -> None:
        """Go away."""
        self._window.removeEventFilter(self)
        self.frame.hide()
        self.hide()
        self.frame.deleteLater()
        self.deleteLater()
        self.ended.emit()

    def event(self, event: QEvent) -> bool:
        """Take Esc before the window's own shortcut does."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_escape(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and _is_escape(event):
            self.end()
            return True
        if event.type() == QEvent.Type.KeyPress and _is_return(event):
            (self.end if self.skip.hasFocus() else self.go_on)()
            return True
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _show_hint(self) -> None:
        hint = self._hints[self.position]
        self.title.setText(hint.title)
        self.text.setText(hint.text)
        self.count.setText(
            tr("{position} of {hints}", position=self.position + 1, hints=len(self._hints))
        )
        last = self.position + 1 == len(self._hints)
        self.next.setText(tr("Done") if last else tr("Next"))
        self.setAccessibleDescription(f"{hint.title}. {hint.text}")
        self._place()

    def _place(self) -> None:
        target = self.target
        corner = target.mapTo(self._window, QPoint(0, 0))
        around = QRect(corner, target.size()).adjusted(-SPACE, -SPACE, SPACE, SPACE)
        around = around.intersected(self._window.rect())
        self.frame.setGeometry(around)
        self.frame.show()
        self.frame.raise_()
        self.ensurePolished()
        height = max(self._layout.heightForWidth(_WIDTH), self.sizeHint().height())
        self.setGeometry(place_beside(around, self._window.rect(), _WIDTH, height))
        self.raise_()


def place_beside(target: QRect, room: QRect, width: int, height: int) -> QRect:
    """Return where a bubble fits beside a target: right, left, below, above, else upon it."""
    tops = min(max(target.top(), room.top() + _GAP), room.bottom() - height - _GAP)
    lefts = min(max(target.left(), room.left() + _GAP), room.right() - width - _GAP)
    for left, top in (
        (target.right() + _GAP, tops),
        (target.left() - _GAP - width, tops),
        (lefts, target.bottom() + _GAP),
        (lefts, target.top() - _GAP - height),
    ):
        place = QRect(left, top, width, height)
        if room.contains(place):
            return place
    centre = target.center()
    return QRect(centre.x() - width // 2, centre.y() - height // 2, width, height)


def _is_return(event: QEvent) -> bool:
    keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    return isinstance(event, QKeyEvent) and event.key() in keys


def _is_escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
