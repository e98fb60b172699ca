"""One scheme as a program for a library, to read and to copy."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from superqt.utils import CodeSyntaxHighlight

from winit_core.code_generation import CODE_LIBRARIES, as_code
from winit_core.experiment import Experiment
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.combo_box import ComboBox


class CodeWindow(QDialog):
    """Shows runnable code that gives weights of exactly the chosen law."""

    def __init__(self, experiment: Experiment, selected: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("As code – winit"))
        self.resize(860, 640)
        self._experiment = experiment
        self.scheme = ComboBox()
        for choice in experiment.schemes:
            self.scheme.addItem(wording.scheme_name(choice))
        self.scheme.setCurrentIndex(selected)
        self.scheme.setAccessibleName(tr("Scheme"))
        self.library = ComboBox()
        for key, label in CODE_LIBRARIES.items():
            self.library.addItem(label, key)
        self.library.setAccessibleName(tr("Library"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("Code"))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        dark = self.palette().window().color().lightness() < 128
        self._highlight = CodeSyntaxHighlight(
            self.text.document(), "python", "github-dark" if dark else "default"
        )
        copy = QPushButton(tr("&Copy"))
        copy.clicked.connect(self._copy)
        close = QPushButton(tr("C&lose"))
        close.clicked.connect(self.close)
        head = QHBoxLayout()
        for label, combo in ((tr("&Scheme"), self.scheme), (tr("&Library"), self.library)):
            name = QLabel(label)
            name.setBuddy(combo)
            head.addWidget(name)
            head.addWidget(combo)
            combo.currentIndexChanged.connect(self._refresh)
        head.addStretch(1)
        head.addWidget(copy)
        head.addWidget(close)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(self.text)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        choice = self._experiment.schemes[self.scheme.currentIndex()]
        self.text.setPlainText(as_code(self._experiment, choice, self.library.currentData()))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
