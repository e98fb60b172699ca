"""What only the presenter sees: notes, what comes next, the clock."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from winit_core.translation import tr
from winit_gui.present.commands import Command, command_of
from winit_gui.present.lesson_show import LessonShow
from winit_gui.present.notes import (
    NotesText,
    clock_text,
    doubts_text,
    following_text,
    notes_text,
    warning,
)
from winit_gui.style import SPACE, Theme

_NOTES_PIXELS = 22
_TOAST_MS = 8000


class Presenter(QWidget):
    """A window on another screen than the audience's.

    Parameters
    ----------
    show
        The lesson.
    theme
        Colours.
    began
        When the lesson began, on `time.monotonic`'s clock.

    Signals
    -------
    asked(object)
        A `Command`, or ``("choice", number)`` and the like, by key or button.
    closed()
        The window was closed.
    """

    asked = Signal(object)
    closed = Signal()

    def __init__(self, show: LessonShow, theme: Theme, began: float) -> None:
        super().__init__()
        self._show, self._theme, self._began = show, theme, began
        self.setObjectName("centre")
        self.setWindowTitle(tr("Notes: {title}", title=show.lesson.title))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.place = QLabel()
        self.place.setObjectName("muted")
        self.title = QLabel()
        self.title.setObjectName("heading")
        self.title.setWordWrap(True)
        self.clock = QLabel()
        self.clock.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.clock.setObjectName("heading")
        self.notes = NotesText()
        self.following = QLabel()
        self.following.setWordWrap(True)
        self.trouble, self.doubt, self.toast = warning(), warning(), warning()
        head = QHBoxLayout()
        head.addWidget(self.place, 1)
        head.addWidget(self.clock)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * SPACE, 4 * SPACE, 5 * SPACE, 4 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addLayout(head)
        layout.addWidget(self.title)
        layout.addWidget(self.doubt)
        layout.addWidget(self.notes, 1)
        layout.addWidget(self.following)
        layout.addWidget(self.toast)
        layout.addWidget(self.trouble)
        layout.addLayout(self._build_buttons())
        self.resize(720, 520)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show_clock)
        self._tick.start()
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(_TOAST_MS)
        self._fading.timeout.connect(self.toast.hide)
        show.changed.connect(self._on_changed)
        self._on_changed()
        self._show_clock()

    def _build_buttons(self) -> QHBoxLayout:
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * SPACE)
        for text, tip, command in (
            (tr("Back"), tr("Step before (PgUp)"), Command.BACK),
            (tr("Next"), tr("Answer, or next step (PgDn)"), Command.NEXT),
            (tr("Blank"), tr("Blank the audience's screen, and back (B)"), Command.BLANK),
            (tr("Try it"), tr("Open this experiment in the window (T)"), Command.TRY),
            (tr("Leave"), tr("Leave the lesson (Esc on the audience's screen)"), Command.LEAVE),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys step, whatever was clicked
            button.clicked.connect(partial(self._ask, command))
            if command is Command.BLANK:
                button.setCheckable(True)
                self.blank = button
            buttons.addWidget(button)
            if command is Command.NEXT:
                buttons.addStretch(1)
        return buttons

    @Slot(bool)
    def show_blank(self, blank: bool) -> None:
        """Show whether the audience sees nothing."""
        self.blank.setChecked(blank)

    def say(self, text: str) -> None:
        """Show what is wrong with the lesson's file; an empty text: nothing."""
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))

    def tell(self, doubt: str) -> None:
        """Show for a while that a claim, of whatever step, is false."""
        self.toast.setText(doubt)
        self.toast.show()
        self._fading.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Obey the same keys as the audience's window; Esc closes the notes alone."""
        command = command_of(event, self._show.offers_choices)
        if command is Command.LEAVE:
            self.asked.emit(Command.NOTES)
        elif command is None:
            super().keyPressEvent(event)
        else:
            self.asked.emit(command)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the clock."""
        self._tick.stop()
        self._fading.stop()
        super().closeEvent(event)
        self.closed.emit()

    def _ask(self, command: Command, checked: bool = False) -> None:
        self.asked.emit(command)

    @Slot()
    def _on_changed(self) -> None:
        show = self._show
        count = len(show.lesson.steps)
        self.place.setText(tr("step {number} of {count}", number=show.index + 1, count=count))
        self.title.setText(show.step.title)
        self.doubt.setText(doubts_text(show))
        self.doubt.setVisible(bool(show.doubts))
        self.notes.set_text(notes_text(show), _NOTES_PIXELS, self._theme.text)
        self.following.setText(following_text(show))

    @Slot()
    def _show_clock(self) -> None:
        self.clock.setText(clock_text(self._show, self._began))
