"""The page of definitions; it stays open beside the program."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from winit_core.translation import tr
from winit_gui.definitions import definitions, page
from winit_gui.style import SPACE


class DefinitionsDialog(QDialog):
    """A list of quantities, and what each of them is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Definitions"))
        self._entries = definitions()
        self.names = QListWidget()
        self.names.setAccessibleName(tr("Quantities"))
        for entry in self._entries:
            self.names.addItem(entry.title)
        self.names.setMinimumWidth(230)
        self.names.currentRowChanged.connect(self._on_row)
        self.text = QTextBrowser()
        self.text.setAccessibleName(tr("Definitions"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        columns = QHBoxLayout()
        columns.setSpacing(3 * SPACE)
        columns.addWidget(self.names, 2)
        columns.addWidget(self.text, 3)
        layout = QVBoxLayout(self)
        layout.setSpacing(3 * SPACE)
        layout.addLayout(columns)
        layout.addWidget(buttons)
        self.resize(min(820, parent.width() - 80), min(600, parent.height() - 80))

    def show_entry(self, key: str) -> None:
        """Come forward with one entry, the first one if there is none of that key."""
        keys = [entry.key for entry in self._entries]
        self.names.setCurrentRow(keys.index(key) if key in keys else 0)
        self.show()
        self.raise_()
        self.activateWindow()
        self.names.setFocus()
        QTimer.singleShot(0, self._scroll)  # the page has its size only when it is seen

    @Slot(int)
    def _on_row(self, row: int) -> None:
        accent = self.palette().color(QPalette.ColorRole.Link).name()
        self.text.setHtml(page(self._entries[row].key, accent))
        self._scroll()

    @Slot()
    def _scroll(self) -> None:
        self.text.scrollToAnchor(self._entries[self.names.currentRow()].key)
