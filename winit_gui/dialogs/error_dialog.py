"""The dialog after an unexpected error: what happened, that nothing is lost, and the details."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from winit_core.translation import tr
from winit_gui.style import SPACE
from winit_gui.versions import versions_text


class ErrorDialog(QDialog):
    """Tells of an error; the program behind it goes on."""

    def __init__(self, parent: QWidget, reason: str, details: str, file: Path) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Something went wrong"))
        told = tr(
            "Something went wrong in the program itself. Nothing of your experiment is lost, and "
            "you can go on."
        )
        self.sentence = QLabel(f"{told}\n\n{reason}")
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.details = QPlainTextEdit(f"{details.rstrip()}\n\n{versions_text()}\n")
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(tr("Details"))
        self.details.setMinimumHeight(180)
        place = QLabel(tr("The details are also in {file}", file=file))
        place.setObjectName("muted")
        place.setWordWrap(True)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = QPushButton(tr("&Copy the details"))
        self.copy.clicked.connect(self._copy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(3 * SPACE)
        for widget in (self.sentence, self.details, place, buttons):
            layout.addWidget(widget)
        self.resize(620, 420)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details.toPlainText())
        self.copy.setText(tr("Copied"))
