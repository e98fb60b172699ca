"""The Qt application: fonts, errors, and a window that is shown, or drawn into a picture."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QEvent,
    QEventLoop,
    QIODevice,
    QLibraryInfo,
    QSize,
    Qt,
    QTranslator,
    Signal,
)
from PySide6.QtGui import QFileOpenEvent, QFont, QFontDatabase, QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from winit_core.datasets import resource
from winit_gui import language
from winit_gui.autosave import Autosave, usual_folder
from winit_gui.command_line import Command
from winit_gui.defaults import WINDOW_SIZE
from winit_gui.error_report import ErrorReporter, log_file, start_log
from winit_gui.experiment_files import state_of
from winit_gui.heavy_start import is_heavy
from winit_gui.interrupt import Interrupt
from winit_gui.preferences import Preferences
from winit_gui.recovery import start_autosave
from winit_gui.settings import Settings
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import ThemeName
from winit_gui.window import Window

_BUNDLED_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
_BUNDLED_FAMILY = "DejaVu Sans"
_ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)


class Application(QApplication):
    """The application, which macOS tells of files that are double-clicked.

    An event filter would be asked about every event of every widget; this only about its own.

    Signals
    -------
    file_asked(str)
        The system wants this file to be opened.
    """

    file_asked = Signal(str)

    def event(self, event: QEvent) -> bool:
        """Take a file; what is no local file has no name here."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.file_asked.emit(event.file())
            return True
        return super().event(event)


def make_application(arguments: Sequence[str] = ("winit",)) -> Application:
    """Return the application with its name, style, icon and a font that is surely there."""
    application = QApplication.instance()
    if not isinstance(application, Application):
        application = Application(list(arguments))
    # The window's thread waits for a computing one at most so long.
    sys.setswitchinterval(0.001)
    application.setApplicationName("winit")
    application.setOrganizationName("winit")
    application.setApplicationDisplayName("winit")
    application.setDesktopFileName("winit")
    application.setStyle("Fusion")
    application.setWindowIcon(_icon())
    _choose_font(application)
    _translate_qt(application)
    return application


def _translate_qt(application: QApplication) -> None:
    """Give Qt's own words, such as those of a dialog's buttons, in the language of the program."""
    if language.spoken() == language.ENGLISH:
        return
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(f"qtbase_{language.spoken()}", folder):
        application.installTranslator(translator)


def _icon() -> QIcon:
    """Return the icon in its sizes: the small ones are drawn with fewer details."""
    icon = QIcon()
    for size in _ICON_SIZES:
        icon.addFile(str(resource("icons", "application", f"winit-{size}.png")), QSize(size, size))
    return icon


def _choose_font(application: QApplication) -> None:
    """Take the system's font; the bundled one where there is none, or no screen."""
    for name in _BUNDLED_FONTS:
        QFontDatabase.addApplicationFont(str(resource("fonts", name)))
    if _is_offscreen(application) or application.font().family() not in QFontDatabase.families():
        application.setFont(QFont(_BUNDLED_FAMILY, 10))


def _is_offscreen(application: QApplication) -> bool:
    return application.platformName() in ("offscreen", "minimal")


def starting_state(
    command: Command, remembered: State | None, preferences: Preferences | None = None
) -> State:
    """Return what the window opens with: file or command line, else what was remembered.

    Raises
    ------
    FileError
        If the view in the file cannot be.
    """
    preferences = preferences or Preferences()
    if command.file_text is not None:
        experiment = command.experiment if command.changes_file else None
        state = state_of(command.file_text, experiment)
    elif command.has_experiment:
        state = State.of(command.experiment)
    elif remembered is None or not preferences.resume:
        state = State.of(preferences.default_experiment)
    else:
        state = replace(remembered, view=replace(remembered.view, enlarged=0))
    if remembered is not None:
        state = replace(state, view=state.view.for_reader_of(remembered.view))
    if command.theme is not None:
        state = replace(state, view=replace(state.view, theme=command.theme))
    if command.nets is not None:
        state = replace(state, view=replace(state.view, seeds=command.nets))
    return state


def starting_file(command: Command, remembered: State | None, settings: Settings) -> Path | None:
    """Return the file that belongs to what the window opens with, if there is one."""
    if command.file is not None or command.has_experiment:
        return command.file
    if remembered is None or not settings.preferences().resume:
        return None
    return settings.file()


def run(command: Command) -> int:
    """Show the window until it is closed, and return the exit code."""
    application = make_application()
    start_log(log_file())
    settings = Settings()
    autosave = Autosave(usual_folder())
    remembered = settings.state()
    state = starting_state(command, remembered, settings.preferences())
    resumed = command.file_text is None and not command.has_experiment
    asked: list[str] = []
    application.file_asked.connect(asked.append)  # while there is nothing yet that could open it
    window = Window(
        Store(state),
        settings,
        ask_first=resumed and is_heavy(state),
        # A lesson fills the screen: its window comes when the lesson ends.
        place=None if command.lesson.present else partial(_place, size=command.size),
    )
    window.files.go_on_with(starting_file(command, remembered, settings))
    application.file_asked.disconnect(asked.append)
    application.file_asked.connect(window.files.take)
    for name in asked:
        window.files.take(name)
    reporter = ErrorReporter(window, log_file())
    interrupt = Interrupt()
    for signal in (reporter.interrupted, interrupt.happened):
        signal.connect(window.lessons.close)  # a window that is not shown does not close
        signal.connect(window.close)
    reporter.install()
    start_autosave(window, autosave, remembered, may_ask=command.lesson.present is None)
    if command.lesson.present is not None:
        _place(window, command.size)
        if not window.lessons.open(command.lesson.present):
            window.show()
    elif resumed and not _is_offscreen(application):
        window.help.offer_tour()
    gc.freeze()  # what was loaded stays; no later look for garbage has to pass over it
    gc.enable()
    code = application.exec()
    interrupt.close()
    autosave.finish()
    window.deleteLater()
    return code


def _place(window: Window, size: tuple[int, int] | None) -> None:
    """Give the window the size asked for, else its place of last time, else what fits."""
    if size is not None:
        window.resize(*size)
    elif not window.restore_geometry():
        room = window.screen().availableSize()
        frame = 48  # title bar and borders are not known before the window is shown
        width, height = WINDOW_SIZE
        window.resize(min(width, room.width() - frame), min(height, room.height() - frame))


def complain(text: str) -> None:
    """Show in a box what keeps the window from opening, until it is read."""
    make_application()
    box = QMessageBox(QMessageBox.Icon.Warning, "winit", text)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.exec()


def screenshot(command: Command) -> bytes:
    """Return the window of a command's experiment as PNG, once it is computed."""
    with _settled_window(command) as window:
        png = QByteArray()
        buffer = QBuffer(png)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        window.grab().save(buffer, "PNG")
    return bytes(png.data())


def export(command: Command, folder: Path) -> list[Path]:
    """Write everything about a command's experiment into a folder; raises OSError, FileError."""
    from winit_gui.exports import folder as exports  # no start should wait for it

    with _settled_window(command) as window:
        return exports.write(folder, window.exported())


@contextmanager
def _settled_window(command: Command) -> Iterator[Window]:
    """Show a window of its own for a command's experiment until it is computed; then close it."""
    application = make_application()
    state = starting_state(replace(command, has_experiment=True), None)
    if command.theme is None and state.view.theme == ThemeName.SYSTEM.value:
        state = replace(state, view=replace(state.view, theme=ThemeName.LIGHT.value))
    window = Window(Store(state), settings=None)
    width, height = command.size or WINDOW_SIZE
    window.resize(width, height)
    window.show()
    errors: list[BaseException] = []
    before = sys.excepthook
    sys.excepthook = lambda kind, error, trace: errors.append(error)
    window.failed.connect(errors.append)
    try:
        while not (window.settled or errors):
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
        application.processEvents()
        if command.train is not None and window.training.train_to(command.train):
            while not (window.shows_step(command.train) or errors):
                application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
            application.processEvents()
        if errors:
            raise errors[0]
        yield window
    finally:
        sys.excepthook = before
        window.close()
