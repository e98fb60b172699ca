"""The notes beside the stage, where there is one screen: the audience reads along."""

from __future__ import annotations

import math

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from winit_core.translation import tr
from winit_gui.present.lesson_show import LessonShow
from winit_gui.present.notes import (
    NotesText,
    clock_text,
    doubts_text,
    following_text,
    notes_text,
    warning,
)
from winit_gui.style import Theme, palette, stylesheet


class NotesColumn(QWidget):
    """A column in the type of the stage. It takes no key: those go on stepping.

    Parameters
    ----------
    show
        The lesson.
    began
        When the lesson began, on `time.monotonic`'s clock.
    parent
        The window that it shares with the stage.
    """

    def __init__(self, show: LessonShow, began: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._show, self._began = show, began
        self._theme: Theme | None = None
        self._pixels = 20
        self.setObjectName("centre")
        self.setAccessibleName(tr("Presenter's notes"))
        self.clock, self.following = QLabel(), QLabel()
        self.clock.setObjectName("heading")
        self.way_out = QLabel(tr("N closes the notes"))
        self.way_out.setObjectName("muted")
        self.doubt = warning()
        self.notes = NotesText()
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self.clock)
        self._layout.addWidget(self.doubt)
        self._layout.addWidget(self.notes, 1)
        self._layout.addWidget(self.following)
        self._layout.addWidget(self.way_out)
        for label in (self.clock, self.following, self.way_out):
            label.setWordWrap(True)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show_clock)
        show.changed.connect(self._on_changed)

    def set_theme(self, theme: Theme, pixels: float) -> None:
        """Take the colours of the stage, and type of so many pixels."""
        if (theme, math.ceil(pixels)) == (self._theme, self._pixels):
            return
        self._theme, self._pixels = theme, math.ceil(pixels)
        self.setPalette(palette(theme))
        self.setStyleSheet(stylesheet(theme))
        margin = self._pixels
        self._layout.setContentsMargins(margin, margin // 2, margin, margin // 2)
        self._layout.setSpacing(margin // 2)
        self._on_changed()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the clock run."""
        super().showEvent(event)
        self._tick.start()
        self._show_clock()
        self._on_changed()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let the clock rest."""
        super().hideEvent(event)
        self._tick.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line between stage and notes."""
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.ground))
        painter.setPen(QColor(self._theme.line))
        painter.drawLine(0, 0, 0, self.height())
        painter.end()

    @Slot()
    def _on_changed(self) -> None:
        if self._theme is None or self.isHidden():
            return
        show = self._show
        self.doubt.setText("" if show.is_asked else doubts_text(show))
        self.doubt.setVisible(bool(self.doubt.text()))
        self.notes.set_text(notes_text(show, read_along=True), self._pixels, self._theme.text)
        self.following.setText(following_text(show, read_along=True))

    @Slot()
    def _show_clock(self) -> None:
        self.clock.setText(clock_text(self._show, self._began))
