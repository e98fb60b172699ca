"""What only the presenter sees: notes, what comes next, the clock."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import Qt, QTime, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from winit_core.translation import tr
from winit_gui.present.band import DOUBTED, MARKS, QUESTION_TITLE
from winit_gui.present.commands import Command, command_of
from winit_gui.present.lesson_show import LessonShow
from winit_gui.present.rich_text import RichText
from winit_gui.style import SPACE, Theme

_NOTES_PIXELS = 22
_TOAST_MS = 8000
_NO_NOTES = tr("*No notes for this step.*")
_LATER = tr("*The notes follow with the answer, for the audience reads along.*")


class _Notes(QWidget):
    """Text that keeps its height for the width it is given, inside a scroll area."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("centre")
        self.text = RichText(self)

    def fit(self, width: int) -> None:
        """Take the height that the text needs."""
        height = self.text.heightForWidth(width)
        self.text.setGeometry(0, 0, width, height)
        self.setFixedHeight(height)


class Presenter(QWidget):
    """A window beside the audience's, or over it where there is one screen.

    Parameters
    ----------
    show
        The lesson.
    theme
        Colours.
    began
        When the lesson began, on `time.monotonic`'s clock.
    over_stage
        Whether the audience sees this window too: it then keeps an open question's answer.

    Signals
    -------
    asked(object)
        A `Command`, or ``("choice", number)`` and the like, by key or button.
    closed()
        The window was closed.
    """

    asked = Signal(object)
    closed = Signal()

    def __init__(
        self, show: LessonShow, theme: Theme, began: float, over_stage: bool = False
    ) -> None:
        super().__init__()
        self._show, self._theme = show, theme
        self._began, self.over_stage = began, over_stage
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
        self.notes = _Notes()
        self.following = QLabel()
        self.following.setWordWrap(True)
        self.trouble, self.doubt, self.toast = _warning(), _warning(), _warning()
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.notes)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = QHBoxLayout()
        head.addWidget(self.place, 1)
        head.addWidget(self.clock)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * SPACE, 4 * SPACE, 5 * SPACE, 4 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addLayout(head)
        layout.addWidget(self.title)
        layout.addWidget(self.doubt)
        layout.addWidget(self._scroll, 1)
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
        if not self.over_stage:  # the audience would read of steps to come
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

    def showEvent(self, event: QShowEvent) -> None:
        """Set the notes for the width they have now."""
        super().showEvent(event)
        self._fit_notes()

    def resizeEvent(self, event: object) -> None:
        """Set the notes anew."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit_notes()

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
        secret = self.over_stage and show.is_asked
        self.title.setText(QUESTION_TITLE if secret else show.step.title)
        self.doubt.setText("\n".join(f"{DOUBTED} {doubt}" for doubt in show.doubts))
        self.doubt.setVisible(bool(show.doubts) and not secret)
        self.notes.text.set_text(self._notes(), _NOTES_PIXELS, self._theme.text)
        self._fit_notes()
        if show.is_asked:
            self.following.setText(tr("Next: the answer"))
        elif show.following is not None:
            tells = self.over_stage and show.following.question is not None
            title = QUESTION_TITLE if tells else show.following.title
            self.following.setText(tr("Next: {title}", title=title))
        else:
            self.following.setText(tr("This is the last step"))

    def _notes(self) -> str:
        """Return the notes, with the answer to an open question; none of it if all see it."""
        if self.over_stage and self._show.is_asked:
            return _LATER
        notes = self._show.step.notes.strip() or _NO_NOTES
        question = self._show.step.question
        if question is None or not self._show.is_asked:
            return notes
        right = [
            f"{MARKS[n]} ({choice.text})"
            for n, choice in enumerate(question.choices)
            if choice.right
        ]
        if not right:
            return notes
        return "\n\n".join([tr("**Answer: {answer}**", answer=", ".join(right)), notes])

    def _fit_notes(self) -> None:
        self.notes.fit(max(self._scroll.viewport().width(), 1))

    @Slot()
    def _show_clock(self) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        passed = f"{minutes}:{seconds:02d}"
        if self._show.lesson.minutes:
            passed = tr("{time} of {minutes} min", time=passed, minutes=self._show.lesson.minutes)
        self.clock.setText(f"{passed}   {QTime.currentTime().toString('HH:mm')}")


def _warning() -> QLabel:
    label = QLabel()
    label.setObjectName("error")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.hide()
    return label
