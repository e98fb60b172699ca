"""A button with what can be taken along from a map: its picture, its numbers, a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QToolButton, QWidget

from winit_core.files.atomic_file import save_atomically
from winit_core.translation import tr
from winit_gui.exports import picture

MARGIN = 12
"""Empty pixels around a picture."""


class Portable(Protocol):
    """What a map has to say for itself."""

    def file_name(self) -> str:
        """Return a name for its files, without an ending."""

    def pictured(self) -> QWidget:
        """Return what its picture shows."""

    def numbers(self) -> str | None:
        """Return its numbers as CSV; None as long as there are none."""

    def report(self) -> str | None:
        """Return a report as HTML; None as long as there is nothing to report."""


class TakeAlong(QToolButton):
    """The button; it asks its map when an entry is chosen."""

    def __init__(self, subject: Portable) -> None:
        super().__init__()
        self._subject = subject
        self.setText(tr("E&xport ▾"))
        # The style's own arrow sits in the corner, on the frame.
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.setToolTip(tr("Take this map along: picture, numbers, report"))
        self.setAccessibleName(tr("Export this map"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.addAction(tr("&Copy picture")).triggered.connect(self._copy)
        menu.addAction(tr("&Picture…")).triggered.connect(self._save_picture)
        self._numbers = menu.addAction(tr("&Numbers (CSV)…"))
        self._numbers.triggered.connect(self._save_numbers)
        self._report = menu.addAction(tr("&Report (HTML)…"))
        self._report.triggered.connect(self._save_report)
        menu.aboutToShow.connect(self._offer)
        self.setMenu(menu)

    @Slot()
    def _offer(self) -> None:
        there = self._subject.numbers() is not None
        for action in (self._numbers, self._report):
            action.setEnabled(there)

    @Slot()
    def _copy(self) -> None:
        picture.copy_to_clipboard(self._subject.pictured(), 2, MARGIN)

    @Slot()
    def _save_picture(self) -> None:
        widget = self._subject.pictured()
        self._save(
            tr("Picture of the map"),
            {
                ".png": ("PNG", lambda: picture.to_png(widget, 2, MARGIN)),
                ".svg": ("SVG", lambda: picture.to_svg(widget, "winit", MARGIN)),
                ".pdf": ("PDF", lambda: picture.to_pdf(widget, "winit", MARGIN)),
            },
        )

    @Slot()
    def _save_numbers(self) -> None:
        content = self._subject.numbers()
        if content is not None:
            self._save(tr("Numbers of the map"), {".csv": ("CSV", lambda: content)})

    @Slot()
    def _save_report(self) -> None:
        content = self._subject.report()
        if content is not None:
            self._save(tr("Report about the map"), {".html": ("HTML", lambda: content)})

    def _save(self, title: str, kinds: dict[str, tuple[str, Callable[[], str | bytes]]]) -> None:
        filters = ";;".join(f"{name} (*{ending})" for ending, (name, _) in kinds.items())
        suggested = self._subject.file_name() + next(iter(kinds))
        name, chosen = QFileDialog.getSaveFileName(self.window(), title, suggested, filters)
        if not name:
            return
        path = Path(name)
        if path.suffix.lower() not in kinds:
            ending = next((e for e in kinds if f"*{e}" in chosen), next(iter(kinds)))
            path = path.with_name(path.name + ending)
        try:
            save_atomically(path, kinds[path.suffix.lower()][1]())
        except OSError as error:
            text = tr("{path} was not written: {reason}", path=path, reason=error.strerror)
            QMessageBox.warning(self.window(), "winit", text)
