"""The dialog that writes a lesson as handout and slides: what, where, how far, stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, QStandardPaths, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from winit_core.errors import ExperimentError
from winit_core.translation import tr
from winit_gui.controls.combo_box import ComboBox
from winit_gui.lessons import export
from winit_gui.lessons.catalogue import short_name
from winit_gui.lessons.errors import LessonError
from winit_gui.lessons.lesson import Lesson
from winit_gui.lessons.reader import lesson_file, read_lesson, read_title
from winit_gui.present.prepared import Prepared
from winit_gui.present.stills import prepare_all
from winit_gui.runner import Runner
from winit_gui.style import SPACE

_FILTER = tr("Lessons (*.lesson.toml lesson.toml);;All files (*)")
_WIDTH = 560


class ExportDialog(QDialog):
    """Writes one of some lessons into a folder.

    Parameters
    ----------
    lessons
        Files or folders on offer; the first is chosen.
    workers
        How many schemes are computed at the same time.

    Signals
    -------
    finished_writing(bool)
        It is over; true: everything is written.
    """

    finished_writing = Signal(bool)

    def __init__(
        self, lessons: Sequence[Path], parent: QWidget | None = None, workers: int = 1
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export a lesson"))
        self._workers = workers
        self._runner: Runner | None = None
        self._lesson: Lesson | None = None
        self._writing: Iterator[export.Written] | None = None
        self._folder_is_own = False
        self.lesson = ComboBox()
        self.lesson.setAccessibleName(tr("Lesson"))
        for path in lessons:
            self._offer(path)
        self.other = QPushButton(tr("&Another…"))
        self.other.setToolTip(tr("A lesson of your own: its file"))
        self.folder = QLineEdit()
        self.folder.setAccessibleName(tr("Folder"))
        self.folder.setToolTip(
            tr("It is made if there is none; files of the same name are replaced")
        )
        self.browse = QPushButton(tr("&Choose…"))
        self.handout = QCheckBox(tr("&Handout: a PDF with a page for every step"))
        self.slides = QCheckBox(tr("&Slides: a PNG picture of 1920 × 1080 for every step"))
        for box in (self.handout, self.slides):
            box.setChecked(True)
        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("Progress"))
        self.progress.hide()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.start = QPushButton(tr("&Export"))
        self.start.setDefault(True)
        self.show_folder = QPushButton(tr("&Open the folder"))
        self.show_folder.hide()
        self.leave = QPushButton(tr("Close"))
        self._lay_out()
        self._connect()
        self._suggest()
        self._refresh()

    @property
    def is_busy(self) -> bool:
        """Whether it computes or writes."""
        return self._runner is not None or self._writing is not None

    def _lay_out(self) -> None:
        chosen, place = QHBoxLayout(), QHBoxLayout()
        chosen.addWidget(self.lesson, 1)
        chosen.addWidget(self.other)
        place.addWidget(self.folder, 1)
        place.addWidget(self.browse)
        form = QFormLayout()
        form.addRow(tr("&Lesson"), chosen)
        form.addRow(tr("&Folder"), place)
        form.addRow("", self.handout)
        form.addRow("", self.slides)
        for layout, field in ((chosen, self.lesson), (place, self.folder)):
            label = form.labelForField(layout)
            if isinstance(label, QLabel):
                label.setBuddy(field)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_folder)
        buttons.addStretch(1)
        buttons.addWidget(self.start)
        buttons.addWidget(self.leave)
        whole = QVBoxLayout(self)
        whole.setSpacing(2 * SPACE)
        whole.addLayout(form)
        whole.addWidget(self.progress)
        whole.addWidget(self.message)
        whole.addStretch(1)
        whole.addLayout(buttons)

    def _connect(self) -> None:
        self.lesson.currentIndexChanged.connect(self._suggest)
        self.other.clicked.connect(self._ask_lesson)
        self.folder.textEdited.connect(self._on_folder)
        self.browse.clicked.connect(self._ask_folder)
        for box in (self.handout, self.slides):
            box.toggled.connect(self._refresh)
        self.start.clicked.connect(self.export)
        self.show_folder.clicked.connect(self._open_folder)
        self.leave.clicked.connect(self._on_leave)

    def sizeHint(self) -> QSize:
        """Leave room for a path."""
        return super().sizeHint().expandedTo(QSize(_WIDTH, 0))

    # What and where

    def _offer(self, path: Path) -> None:
        try:
            title = read_title(path)[0]
        except LessonError:
            title = short_name(lesson_file(path))
        self.lesson.addItem(title, path)

    @Slot()
    def _ask_lesson(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Lesson"), "", _FILTER)
        if name:
            self._offer(Path(name))
            self.lesson.setCurrentIndex(self.lesson.count() - 1)

    @Slot()
    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Folder"), self.folder.text())
        if name:
            self.folder.setText(name)
            self._on_folder()

    @Slot()
    def _on_folder(self) -> None:
        self._folder_is_own = True
        self._refresh()

    @Slot()
    def _suggest(self) -> None:
        """Name a folder after the lesson, unless the user has said one."""
        path = self.lesson.currentData()
        if path is not None and not self._folder_is_own:
            place = QStandardPaths.StandardLocation.DocumentsLocation
            documents = Path(QStandardPaths.writableLocation(place))
            self.folder.setText(str(documents / short_name(lesson_file(path))))
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        busy = self.is_busy
        for widget in (
            *(self.lesson, self.other, self.folder, self.browse),
            *(self.handout, self.slides),
        ):
            widget.setEnabled(not busy)
        wanted = self.handout.isChecked() or self.slides.isChecked()
        named = bool(self.folder.text().strip()) and self.lesson.count() > 0
        self.start.setEnabled(wanted and named and not busy)
        self.leave.setText(tr("Stop") if busy else tr("Close"))
        self.progress.setVisible(busy)

    # Doing it

    @Slot()
    def export(self) -> None:
        """Compute the lesson, then write it."""
        self.show_folder.hide()
        try:
            lesson = self._lesson = read_lesson(self.lesson.currentData())
        except LessonError as error:
            self._end("\n".join([tr("This is no lesson that could be exported."), str(error)]))
            return
        self.progress.setRange(0, len(lesson.steps))
        self.progress.setValue(0)
        self.message.setText(tr("Computing the steps…"))
        runner = self._runner = Runner()
        runner.finished.connect(self._on_computed)
        runner.failed.connect(self._on_failed)
        runner.told.connect(self.progress.setValue)
        workers = self._workers

        def compute(should_stop: Callable[[], bool]) -> list[Prepared]:
            return prepare_all(lesson, workers, should_stop, runner.tell)

        runner.submit(compute)
        self._refresh()

    @Slot(object)
    def _on_computed(self, prepared: list[Prepared]) -> None:
        self._close_runner()
        assert self._lesson is not None
        folder = Path(self.folder.text().strip()).expanduser()
        wanted = self.handout.isChecked(), self.slides.isChecked()
        self._writing = export.write(folder, self._lesson, prepared, *wanted)
        self.progress.setRange(0, len(prepared) * sum(wanted))
        self.progress.setValue(0)
        self.message.setText(tr("Drawing…"))
        self._refresh()
        QTimer.singleShot(0, self._write_next)

    @Slot()
    def _write_next(self) -> None:
        """Draw one picture, so that the dialog can be used between two."""
        if self._writing is None:
            return
        try:
            written = next(self._writing, None)
        except OSError as error:
            place = error.filename or self.folder.text()
            reason = error.strerror or error
            self._end(tr("{file} could not be written: {reason}", file=place, reason=reason))
            return
        if written is None:
            folder = self.folder.text().strip()
            self._end(tr("Written into {folder}", folder=folder), everything=True)
            return
        self.progress.setValue(written.done)
        QTimer.singleShot(0, self._write_next)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._close_runner()
        if not isinstance(error, ExperimentError):  # a training that its data are too few for
            self._end("")
            raise error
        self._end(tr("A step cannot be computed: {error}", error=error))

    def _end(self, message: str, everything: bool = False) -> None:
        self._close_runner()
        writing, self._writing = self._writing, None
        if writing is not None and hasattr(writing, "close"):
            writing.close()
        self._lesson = None
        self.message.setText(message)
        self.show_folder.setVisible(everything)
        self._refresh()
        self.finished_writing.emit(everything)

    def _close_runner(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()
            runner.deleteLater()

    @Slot()
    def _open_folder(self) -> None:
        folder = Path(self.folder.text().strip()).expanduser()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    @Slot()
    def _on_leave(self) -> None:
        if self.is_busy:
            self._end(tr("Stopped. What is written already stays."))
        else:
            self.reject()

    def reject(self) -> None:
        """Stop, then close."""
        if self.is_busy:
            self._end("")
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop, then close."""
        if self.is_busy:
            self._end("")
        super().closeEvent(event)
