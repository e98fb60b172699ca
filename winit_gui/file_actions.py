"""The File menu: experiments as files and share lines, and everything that can be taken along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.files.atomic_file import save_atomically
from winit_core.files.experiment_file import FileError
from winit_core.files.share_line import ShareLineError, decode, encode
from winit_core.files.tables import TableError, load_table
from winit_core.presets import PRESETS
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.experiment_files import (
    ENDING,
    FILTER,
    are_same_in_a_file,
    open_state,
    save_state,
)
from winit_gui.lessons.names import is_lesson
from winit_gui.settings import Settings
from winit_gui.state import State

if TYPE_CHECKING:
    from winit_gui.code_window import CodeWindow
    from winit_gui.exports.folder import Exported
    from winit_gui.maps.map_page import MapPage
    from winit_gui.window import Window

_PICTURES = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"
_NUMBERS = "CSV (*.csv);;JSON (*.json);;NumPy (*.npz)"
_REPORTS = "PDF (*.pdf);;HTML (*.html)"
_TABLES = (".csv", ".tsv", ".txt", ".npz")
_MOST_RECENT = 8


class FileActions(QObject):
    """Builds the File menu of a window and carries it out."""

    def __init__(
        self, window: Window, settings: Settings | None, exported: Callable[[], Exported]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._store = window.store
        self._settings = settings
        self._exported = exported
        self._path: Path | None = None
        self._saved: State | None = None
        self._code: CodeWindow | None = None
        self._recent_menu: QMenu | None = None
        for changed in (
            self._store.experiment_changed,
            self._store.rows_changed,
            self._store.view_changed,
            self._store.training_changed,
            self._store.pins_changed,
        ):
            changed.connect(self._mark)

    @property
    def path(self) -> Path | None:
        """The file that is open, if there is one."""
        return self._path

    @property
    def code_window(self) -> CodeWindow | None:
        """The window with code that was opened last."""
        return self._code

    def build(self, menu: QMenu) -> None:
        """Fill the menu."""
        self._add(menu, tr("&New"), "Ctrl+N", self.new)
        self._add(menu, tr("&Open…"), "Ctrl+O", self._ask_and_open)
        self._recent_menu = menu.addMenu(tr("Open &recent"))
        self._recent_menu.aboutToShow.connect(self._fill_recent)
        examples = menu.addMenu(tr("E&xamples"))
        for key, experiment in PRESETS:
            action = examples.addAction(wording.PRESET_LABELS[key])
            action.triggered.connect(partial(self.open_example, key, experiment))
        self._add(menu, tr("&Save"), "Ctrl+S", self.save)
        self._add(menu, tr("Save &as…"), "Ctrl+Shift+S", self.save_as)
        menu.addSeparator()
        self._add(menu, tr("Copy s&hare line"), "Ctrl+Shift+C", self.copy_share_line)
        self._add(menu, tr("&Paste share line"), "Ctrl+Shift+V", self.paste_share_line)
        menu.addSeparator()
        self._add(menu, tr("&Export picture…"), "Ctrl+E", self._export_picture)
        self._add(menu, tr("Export n&umbers…"), "", self._export_numbers)
        self._add(menu, tr("Repor&t…"), "", self._export_report)
        self._add(menu, tr("As &code…"), "Ctrl+K", self.show_code)

    def _add(self, menu: QMenu, text: str, keys: str, call: Callable[[], object]) -> None:
        action = QAction(text, self._window)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(call)
        menu.addAction(action)

    # Experiments

    @Slot()
    def new(self) -> None:
        """Begin with the first experiment again; undo brings the present one back."""
        with self._store.one_step(tr("new")):
            self._window.reset()
            self._store.set_pins((), tr("new"))
        self.leave()

    def open_example(self, key: str, experiment: Experiment) -> None:
        """Show a textbook case or a published experiment, with the present view."""
        state = self._beside_pins(State.of(experiment, self._store.state.view))
        self._store.load(state, wording.PRESET_LABELS[key])
        self.leave()

    def open(self, path: Path) -> None:
        """Open an experiment, or say with its line why it is none; nothing changes then."""
        try:
            state = open_state(path)
        except (FileError, OSError) as error:
            self._complain(tr("{name} was not opened.", name=path.name) + f"\n{error}")
            return
        self._store.load(self._beside_pins(state), tr("open {name}", name=path.name))
        self._set_path(path, state)

    @Slot()
    def save(self) -> bool:
        """Write to the open file, or ask for one; false if it was not written."""
        return self.save_as() if self._path is None else self._write(self._path)

    @Slot()
    def save_as(self) -> bool:
        """Ask for a file and write to it."""
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save experiment"), str(self._path or f"experiment{ENDING}"), FILTER
        )
        if not name:
            return False
        path = Path(name if name.endswith(ENDING) else name + ENDING)
        return self._write(path)

    def _write(self, path: Path) -> bool:
        try:
            save_state(path, self._store.state)
        except OSError as error:
            self._complain_of_writing(path, error)
            return False
        self._window.brief.say(tr("Saved {name}", name=path.name))
        self._set_path(path, self._store.state)
        return True

    def go_on_with(self, path: Path | None) -> None:
        """Take what is shown for an edited version of a file; not where it cannot be read."""
        if path is None:
            return
        try:
            saved = open_state(path)
        except (ValueError, OSError):  # a name from a damaged settings file may be no name at all
            return
        self._set_path(path, saved)

    @Slot()
    def leave(self) -> None:
        """Go on without a file: Save asks for another."""
        self._set_path(None, None)

    def _set_path(self, path: Path | None, saved: State | None) -> None:
        """Name the file in the title, and remember it; `saved` is what it holds."""
        path = None if path is None else path.absolute()
        self._path, self._saved = path, saved
        if path is None:
            self._window.setWindowModified(False)
            self._window.setWindowTitle("winit")
        else:
            name = path.name.replace("[*]", "[*][*]")  # Qt's sign for the mark, escaped
            self._window.setWindowTitle(f"{name}[*] – winit")
            self._mark()
        if self._settings is None:
            return
        self._settings.save_state(self._store.state, path)
        if path is not None:
            recent = [str(path), *(p for p in self._settings.recent() if p != str(path))]
            self._settings.save_recent(recent[:_MOST_RECENT])

    @Slot()
    def _mark(self) -> None:
        """Mark the window as modified where its state is another than that of the file."""
        if self._saved is not None:
            is_same = are_same_in_a_file(self._saved, self._store.state)
            self._window.setWindowModified(not is_same)

    @Slot()
    def _ask_and_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open experiment"), "", FILTER)
        if name:
            self.open(Path(name))

    @Slot()
    def _fill_recent(self) -> None:
        menu = self._recent_menu
        assert menu is not None
        menu.clear()
        for name in self._settings.recent() if self._settings is not None else []:
            action = menu.addAction(Path(name).name)
            action.setToolTip(name)
            action.triggered.connect(partial(self.open, Path(name)))
        if menu.isEmpty():
            menu.addAction(tr("No recent experiments")).setEnabled(False)

    @Slot()
    def copy_share_line(self) -> None:
        """Copy one line that opens the same experiment elsewhere."""
        QGuiApplication.clipboard().setText(encode(self._store.state.experiment))
        self._window.brief.say(tr("Copied a line that opens this experiment elsewhere"))

    @Slot()
    def paste_share_line(self) -> None:
        """Open the share line on the clipboard."""
        try:
            experiment = decode(QGuiApplication.clipboard().text())
        except ShareLineError as error:
            self._complain(tr("The clipboard holds no share line: {error}", error=error))
            return
        state = self._beside_pins(State.of(experiment, self._store.state.view))
        self._store.load(state, tr("paste a share line"))
        self.leave()

    def _beside_pins(self, state: State) -> State:
        """Return a state with the present pins, unless it has its own, for the same eyes."""
        present = self._store.state
        view = state.view.for_reader_of(present.view)
        return replace(state, view=view, pins=state.pins or present.pins)

    # Files that are dragged onto the window, or that the system hands over

    def drag_entered(self, event: QDragEnterEvent) -> None:
        """Accept one local file."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropped(self, event: QDropEvent) -> None:
        """Take the file."""
        self.take(event.mimeData().urls()[0].toLocalFile())

    @Slot(str)
    def take(self, name: str) -> None:
        """Open a lesson or an experiment, or take a table as data."""
        path = Path(name)
        if is_lesson(path):
            self._window.lessons.open(path)
        elif path.suffix.lower() in _TABLES:
            self.open_table(path)
        else:
            self.open(path)

    @Slot()
    def ask_for_table(self) -> None:
        """Let the user choose a CSV or NPZ file as data."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            tr("Open a table"),
            "",
            tr("Tables (*.csv *.tsv *.txt *.npz);;All files (*)"),
        )
        if name:
            self.open_table(Path(name))

    def open_table(self, path: Path) -> None:
        """Take a table as data, or say why it cannot be."""
        try:
            table = load_table(path)
            self._window.side.choose_data(table.dataset)
        except (TableError, ExperimentError) as error:
            self._complain(str(error))

    # To take along

    def _nothing_yet(self) -> bool:
        """Say so where there is nothing to take along yet."""
        if self._window.picture is None:
            self._complain(tr("There is no picture yet: the first one is still being computed."))
            return True
        self._window.brief.dismiss()
        return False

    def _shown(self) -> tuple[QWidget, int]:
        """Return the enlarged panel or the whole content, and the margin it wants."""
        enlarged = self._store.state.view.enlarged
        if enlarged:
            from winit_gui.exports.folder import PANEL_MARGIN

            return self._window.panels[enlarged - 1], PANEL_MARGIN
        return self._exported().window, 0

    @Slot()
    def copy_picture(self) -> None:
        """Copy the enlarged panel or the window as a picture."""
        if self._nothing_yet():
            return
        from winit_gui.exports import picture  # no start should wait for it

        widget, margin = self._shown()
        picture.copy_to_clipboard(widget, 2, margin)
        enlarged = self._store.state.view.enlarged
        self._window.brief.say(
            tr("Copied panel {number} as a picture", number=enlarged)
            if enlarged
            else tr("Copied the window as a picture")
        )

    @Slot()
    def _export_picture(self) -> None:
        if self._nothing_yet():
            return
        from winit_gui.exports import picture

        widget, margin = self._shown()
        self._export(
            tr("Export picture"),
            _PICTURES,
            {
                ".png": lambda: picture.to_png(widget, 2, margin),
                ".svg": lambda: picture.to_svg(widget, "winit", margin),
                ".pdf": lambda: picture.to_pdf(widget, "winit", margin),
            },
        )

    @Slot()
    def _export_numbers(self) -> None:
        page = self._map()
        if page is not None:
            self._export_from(page, tr("Numbers of the map"), "CSV (*.csv)", ".csv", page.numbers())
            return
        shown = self._window.picture
        if shown is None:
            return
        from winit_gui.exports import numbers

        self._export(
            tr("Export numbers"),
            _NUMBERS,
            {
                ".csv": lambda: numbers.to_csv(shown.simulation, shown.step),
                ".json": lambda: numbers.to_json(shown.simulation),
                ".npz": lambda: numbers.to_npz(shown.simulation),
            },
        )

    @Slot()
    def _export_report(self) -> None:
        page = self._map()
        if page is not None:
            title = tr("Report about the map")
            self._export_from(page, title, "HTML (*.html)", ".html", page.report())
            return
        if self._nothing_yet():
            return
        from winit_gui.exports import report
        from winit_gui.exports.folder import report_of

        self._export(
            tr("Report"),
            _REPORTS,
            {
                ".pdf": lambda: report.to_pdf(report_of(self._exported())),
                ".html": lambda: report.to_html(report_of(self._exported())),
            },
        )

    def _map(self) -> MapPage | None:
        """Return the map on screen; None: that is Compare."""
        tabs = self._window.tabs
        return tabs.page(tabs.currentIndex()) if tabs.currentIndex() > 0 else None

    def _export_from(
        self, page: MapPage, title: str, filters: str, ending: str, content: str | None
    ) -> None:
        """Write what a map has to say for itself, if it has anything yet."""
        if content is None:
            self._complain(tr("This map has no numbers yet."))
            return
        self._export(title, filters, {ending: lambda: content}, page.file_name() + ending)

    def _export(
        self,
        title: str,
        filters: str,
        made: dict[str, Callable[[], str | bytes]],
        suggested: str = "winit",
    ) -> None:
        name, chosen = QFileDialog.getSaveFileName(self._window, title, suggested, filters)
        if not name:
            return
        path = Path(name)
        if path.suffix.lower() not in made:
            ending = next((e for e in made if f"*{e}" in chosen), next(iter(made)))
            path = path.with_name(path.name + ending)
        content = made[path.suffix.lower()]()
        try:
            if isinstance(content, str):
                save_atomically(path, content)
            else:
                path.write_bytes(content)
        except OSError as error:
            self._complain_of_writing(path, error)
            return
        self._window.brief.say(tr("Exported {name}", name=path.name))

    @Slot()
    def show_code(self) -> None:
        """Show a scheme as a program for PyTorch, Keras or JAX."""
        experiment = self._store.state.experiment
        if not experiment.schemes:
            return
        selected = min(self._store.state.view.selected, len(experiment.schemes) - 1)
        from winit_gui.code_window import CodeWindow  # brings a parser of code along

        self._code = CodeWindow(experiment, selected, self._window)
        self._code.show()

    def _complain_of_writing(self, path: Path, error: OSError) -> None:
        why = error.strerror
        self._complain(tr("{path} was not written: {reason}", path=path, reason=why))

    def _complain(self, text: str) -> None:
        QMessageBox.warning(self._window, "winit", text)
