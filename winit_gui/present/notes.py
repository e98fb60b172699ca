"""What the presenter reads beside a step: its notes, what comes next, how long it has been."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTime
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from winit_core.translation import tr
from winit_gui.present.band import DOUBTED, MARKS, QUESTION_TITLE
from winit_gui.present.lesson_show import LessonShow
from winit_gui.present.rich_text import RichText

_NO_NOTES = tr("*No notes for this step.*")
_LATER = tr("*The notes follow with the answer, for the audience reads along.*")


class NotesText(QScrollArea):
    """Notes that can be scrolled where they need more height than there is."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[str, float, str] | None = None
        self._sheet = QWidget()
        self._sheet.setObjectName("centre")
        self.text = RichText(self._sheet)
        self.setWidget(self._sheet)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys step
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_text(self, markdown: str, pixels: float, colour: str) -> None:
        """Show a text from its beginning."""
        wanted = (markdown, pixels, colour)
        if wanted == self._shown:
            return  # it may have been scrolled
        self._shown = wanted
        self.text.set_text(*wanted)
        self.verticalScrollBar().setValue(0)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = max(self.viewport().width(), 1)
        height = self.text.heightForWidth(width)
        self.text.setGeometry(0, 0, width, height)
        self._sheet.setMinimumHeight(height)


def doubts_text(show: LessonShow) -> str:
    """Return which claims of the present step are false, a line each."""
    return "\n".join(f"{DOUBTED} {doubt}" for doubt in show.doubts)


def notes_text(show: LessonShow, read_along: bool = False) -> str:
    """Return the notes, with the answer to an open question.

    Parameters
    ----------
    show
        The lesson.
    read_along
        Whether the audience sees them too: they then wait for the answer.
    """
    if read_along and show.is_asked:
        return _LATER
    notes = show.step.notes.strip() or _NO_NOTES
    question = show.step.question
    if question is None or not show.is_asked:
        return notes
    right = [
        f"{MARKS[n]} ({choice.text})" for n, choice in enumerate(question.choices) if choice.right
    ]
    if not right:
        return notes
    return "\n\n".join([tr("**Answer: {answer}**", answer=", ".join(right)), notes])


def following_text(show: LessonShow, read_along: bool = False) -> str:
    """Return what the next key brings; no title that tells an answer if all read along."""
    if show.is_asked:
        return tr("Next: the answer")
    if show.following is None:
        return tr("This is the last step")
    tells = read_along and show.following.question is not None
    return tr("Next: {title}", title=QUESTION_TITLE if tells else show.following.title)


def clock_text(show: LessonShow, began: float) -> str:
    """Return how long the lesson has been going on, and the time.

    `began` is when it began, on `time.monotonic`'s clock.
    """
    minutes, seconds = divmod(int(time.monotonic() - began), 60)
    passed = f"{minutes}:{seconds:02d}"
    if show.lesson.minutes:
        passed = tr("{time} of {minutes} min", time=passed, minutes=show.lesson.minutes)
    return f"{passed}   {QTime.currentTime().toString('HH:mm')}"


def warning() -> QLabel:
    """Return a label for what is wrong, hidden while nothing is."""
    label = QLabel()
    label.setObjectName("error")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.hide()
    return label
