"""The Lessons menu: giving the lessons that are there, opening others, going on where one was."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from winit_core.translation import tr
from winit_gui.settings import Settings

if TYPE_CHECKING:
    from winit_gui.lessons.lesson import Step
    from winit_gui.present.presentation import Presentation
    from winit_gui.window import Window

# Nothing of the lessons is imported at the top: no start should wait for it.

_FILTER = tr("Lessons (*.lesson.toml lesson.toml);;All files (*)")
_MOST_RECENT = 6


class LessonActions(QObject):
    """Builds the Lessons menu of a window and carries it out."""

    def __init__(self, window: Window, settings: Settings | None) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._presentation: Presentation | None = None
        self._left: tuple[Path, int] | None = None
        self._titles: dict[Path, tuple[str, str]] = {}
        self._recent: list[str] = [] if settings is None else settings.recent_lessons()
        self._listed: list[QAction] = []
        self.menu = QMenu(tr("Le&ssons"), window)
        self.menu.setToolTipsVisible(True)
        self._build(self.menu)

    @property
    def presentation(self) -> Presentation | None:
        """The lesson that is being given."""
        return self._presentation

    def _build(self, menu: QMenu) -> None:
        """Fill the menu; the lessons themselves are looked up when it opens."""
        for text, keys, call in (
            (tr("&Present"), "F5", self.present),
            (tr("Go on &where it was left"), "Shift+F5", self.go_on),
            (tr("&Open lesson…"), "", self._ask_and_open),
            (tr("&Export handout and slides…"), "", self.export),
        ):
            action = QAction(text, self._window)
            if keys:
                action.setShortcut(QKeySequence(keys))
            action.triggered.connect(call)
            menu.addAction(action)
        self._recent_menu = menu.addMenu(tr("Open &recent lesson"))
        self._recent_menu.aboutToShow.connect(self._fill_recent)
        menu.addSeparator()
        menu.aboutToShow.connect(self._fill)

    @Slot()
    def present(self) -> None:
        """Give the lesson that was opened last, else the first one there is."""
        from winit_gui.lessons.catalogue import built_in

        known = [Path(name) for name in self._recent if Path(name).exists()]
        lessons = known or list(built_in())
        if not lessons:
            self._complain(tr("There is no lesson yet: open one with Lessons → Open lesson…"))
            return
        self.open(lessons[0])

    @Slot()
    def go_on(self) -> None:
        """Give the last lesson from the step it was left at."""
        if self._left is not None and self._left[0].exists():
            self.open(*self._left)
        else:
            self.present()

    def open(self, path: Path, index: int = 0) -> bool:
        """Give a lesson, or say with file, line and key why it is none; false then.

        Parameters
        ----------
        path
            Its file or folder.
        index
            The step to begin with, from 0.
        """
        from winit_gui.lessons.errors import LessonError
        from winit_gui.lessons.reader import read_lesson
        from winit_gui.present.kept_pictures import KeptPictures
        from winit_gui.present.presentation import Presentation

        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        reason = ""
        try:
            lesson = read_lesson(path)
        except (LessonError, OSError) as error:
            reason = str(error)
        finally:
            QGuiApplication.restoreOverrideCursor()
        if reason:
            self._complain("\n".join([tr("This lesson was not opened."), reason]))
            return False
        self.close()
        if self._window.help.tour is not None:
            self._window.help.tour.end()  # it would lie over the window that T leads to
        self._remember(path)
        kept = None if self._settings is None else KeptPictures(self._settings.cache_folder())
        presentation = self._presentation = Presentation(self._window, lesson, index, kept)
        presentation.ended.connect(self._on_ended)
        presentation.try_asked.connect(self._try)
        presentation.open(self._window.theme)
        return True

    def close(self) -> None:
        """Leave the lesson that is being given, if there is one."""
        if self._presentation is not None:
            self._presentation.close()

    @Slot(object)
    def _try(self, step: Step) -> None:
        """Open a step's experiment in the window, and train it there as far as the step does."""
        window = self._window
        window.try_state(step.state)
        if step.train_to and window.training.train_to(step.train_to):
            history = window.training.history
            if history is not None and len(history):  # it was tried before: back to that step
                window.training.show_step(min(step.train_to, len(history) - 1))

    @Slot()
    def _on_ended(self) -> None:
        presentation, self._presentation = self._presentation, None
        if presentation is not None:
            self._left = presentation.show.lesson.path, presentation.show.index
            presentation.deleteLater()

    @Slot()
    def _ask_and_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open lesson"), "", _FILTER)
        if name:
            self.open(Path(name))

    @Slot()
    def export(self) -> None:
        """Ask which lesson to write as handout and slides, and where; the last one comes first."""
        from winit_gui.lessons.catalogue import built_in
        from winit_gui.lessons.export_dialog import ExportDialog

        last = [] if self._left is None else [self._left[0]]
        known = [*last, *(Path(name) for name in self._recent), *built_in()]
        lessons = list(dict.fromkeys(path.absolute() for path in known if path.exists()))
        dialog = ExportDialog(lessons, self._window, self._window.workers)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _remember(self, path: Path) -> None:
        name = str(path.absolute())
        self._recent = [name, *(other for other in self._recent if other != name)][:_MOST_RECENT]
        if self._settings is not None:
            self._settings.save_recent_lessons(self._recent)

    @Slot()
    def _fill(self) -> None:
        """List the lessons that the program brings."""
        from winit_gui.lessons.catalogue import built_in

        for action in self._listed:
            self.menu.removeAction(action)
            action.deleteLater()
        self._listed = []
        for number, path in enumerate(built_in(), 1):
            title, summary = self._title(path)
            action = QAction(f"&{number} {title}", self._window)
            action.setToolTip(summary)
            action.triggered.connect(partial(self._open_listed, path))
            self.menu.addAction(action)
            self._listed.append(action)

    @Slot()
    def _fill_recent(self) -> None:
        self._recent_menu.clear()
        for name in self._recent:
            path = Path(name)
            if path.exists():
                action = self._recent_menu.addAction(self._title(path)[0])
                action.setToolTip(name)
                action.triggered.connect(partial(self._open_listed, path))
        if self._recent_menu.isEmpty():
            self._recent_menu.addAction(tr("No recent lessons")).setEnabled(False)

    def _open_listed(self, path: Path, _checked: bool = False) -> None:
        self.open(path)

    def _title(self, path: Path) -> tuple[str, str]:
        """Return a lesson's title and summary for a menu; its name where it cannot be read."""
        from winit_gui.lessons.errors import LessonError
        from winit_gui.lessons.reader import read_title

        if path not in self._titles:
            try:
                title, summary = read_title(path)
            except (LessonError, OSError):
                title, summary = path.name, ""
            self._titles[path] = title.replace("&", "&&"), summary
        return self._titles[path]

    def _complain(self, text: str) -> None:
        QMessageBox.warning(self._window, "winit", text)
