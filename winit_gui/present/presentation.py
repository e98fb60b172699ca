"""A lesson being given: the audience's screen, the presenter's, the lesson's files."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from winit_core.translation import tr
from winit_gui.lessons.errors import LessonError
from winit_gui.lessons.lesson import Lesson
from winit_gui.lessons.reader import read_lesson
from winit_gui.present.audience import Audience
from winit_gui.present.commands import Command
from winit_gui.present.kept_pictures import KeptPictures
from winit_gui.present.lesson_files import LessonFiles
from winit_gui.present.lesson_show import LessonShow
from winit_gui.present.presenter import Presenter
from winit_gui.style import LIGHT, Theme


class Presentation(QObject):
    """Opens the windows of a lesson over a window, and leaves that as it was.

    Signals
    -------
    ended()
        Everything is closed.
    try_asked(object)
        A `Step` is to be opened in the window.

    Parameters
    ----------
    window
        What the lesson is given from.
    lesson
        What is given.
    index
        The step to begin with, from 0.
    kept
        Pictures of earlier times; None: every step is computed anew.
    """

    ended = Signal()
    try_asked = Signal(object)

    def __init__(
        self,
        window: QWidget,
        lesson: Lesson,
        index: int = 0,
        kept: KeptPictures | None = None,
    ) -> None:
        super().__init__()
        self._window = window
        self._focus = QApplication.focusWidget()
        self._theme: Theme = LIGHT
        self._is_open = False
        self._began = 0.0
        self.show = LessonShow(lesson, index, kept)
        self.show.doubted.connect(self._on_doubted)
        self.audience = Audience(self.show)
        self.audience.asked.connect(self._on_asked)
        self.presenter: Presenter | None = None
        self._files = LessonFiles()
        self._files.changed.connect(self.reload)

    def open(self, theme: Theme) -> None:
        """Fill a screen: the second one, if there is one, with the notes on the first."""
        self._theme, self._is_open = theme, True
        self._began = time.monotonic()
        own = self._window.screen()
        others = [screen for screen in QGuiApplication.screens() if screen is not own]
        stage_screen = others[0] if others else own
        self.audience.setGeometry(stage_screen.geometry())
        self.audience.stage.show_message(self.show.lesson.title)  # until the first step is ready
        self.audience.showFullScreen()
        self.show.start()
        self._files.watch(self.show.lesson.files)
        if others:
            self._open_notes()
        self.audience.hint()
        self.audience.activateWindow()
        self.audience.setFocus()

    def close(self) -> None:
        """Close everything, stop computing, give the window its focus back."""
        if not self._is_open:
            return
        self._is_open = False
        if not self._window.isVisible():  # the program began with the lesson
            self._window.show()
        self._files.close()
        self._close_presenter()
        self.show.close()
        self.audience.close()
        self.audience.deleteLater()
        self._window.activateWindow()
        if self._focus is not None and self._focus.isVisible():
            self._focus.setFocus()
        self._focus = None
        self.ended.emit()

    @Slot()
    def reload(self) -> None:
        """Read the lesson again; if it cannot be read, say why and go on with the old one."""
        try:
            lesson = read_lesson(self.show.lesson.path)
        except (LessonError, OSError) as error:
            self._say(" ".join([tr("The lesson goes on as it was."), str(error)]))
            return
        self._say("")
        self._files.watch(lesson.files)
        self.show.replace_lesson(lesson)

    def _say(self, text: str) -> None:
        if self.presenter is not None:
            self.presenter.say(text)
        else:
            self.audience.say(text)

    def _open_notes(self) -> None:
        """Show the notes: on the presenter's screen, or beside the stage if that is the same."""
        screen = self._window.screen()
        if screen is self.audience.screen():
            self.audience.open_notes(self._began)
            return
        presenter = self.presenter = Presenter(self.show, self._theme, self._began)
        presenter.asked.connect(self.audience.carry_out)
        presenter.closed.connect(self._on_notes_closed)
        presenter.show_blank(self.audience.is_blank)
        self.audience.blanked.connect(presenter.show_blank)
        presenter.setPalette(self._window.palette())
        room = screen.availableGeometry()
        presenter.move(room.center() - presenter.rect().center())
        presenter.show()

    def _close_presenter(self) -> None:
        presenter, self.presenter = self.presenter, None
        if presenter is not None:
            presenter.closed.disconnect(self._on_notes_closed)
            presenter.close()
            presenter.deleteLater()

    @Slot()
    def _on_notes_closed(self) -> None:
        presenter, self.presenter = self.presenter, None
        if presenter is not None:
            presenter.deleteLater()
            self.audience.activateWindow()

    @Slot(str)
    def _on_doubted(self, text: str) -> None:
        """Tell a false claim to whoever gives the lesson, not to the audience."""
        print(f"winit: {self.show.lesson.path}: {text}", file=sys.stderr, flush=True)
        if self.presenter is not None:
            self.presenter.tell(text)

    @Slot(object)
    def _on_asked(self, command: Command) -> None:
        if command is Command.LEAVE:
            self.close()
        elif command is Command.TRY:
            step = self.show.step
            self.close()
            self.try_asked.emit(step)
        elif command is Command.NOTES:
            if self.presenter is None and self.audience.notes is None:
                self._open_notes()
            else:
                self._close_presenter()
                self.audience.close_notes()
                self.audience.activateWindow()
