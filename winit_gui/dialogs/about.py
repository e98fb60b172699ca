"""The box that says what this program is, what it is made of, and under which licences."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from winit_core.translation import tr
from winit_gui.error_report import log_file
from winit_gui.style import SPACE
from winit_gui.versions import build, parts, versions_text

_DATA = tr(
    "The digits are the test images of "
    "<a href='{address}'>Optical Recognition of Handwritten Digits</a> "
    "(E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0). "
    "The bundled font is DejaVu Sans (Bitstream Vera licence).",
    address="https://doi.org/10.24432/C50P49",
)
_QT = tr(
    "Qt and PySide6 are used under the <a href='{licence}'>GNU LGPL, version 3</a>; their sources "
    "are at <a href='{sources}'>download.qt.io</a>. "
    "They are separate libraries that you may replace by versions of your own.",
    licence="https://www.gnu.org/licenses/lgpl-3.0.html",
    sources="https://download.qt.io/official_releases/QtForPython/",
)


def about_html() -> str:
    """Return the text of the box."""
    first, *others = parts()
    rows = "".join(
        f"<tr><td style='padding-right:16px'><a href='{part.address}'>{part.name}</a></td>"
        f"<td style='padding-right:16px'>{html.escape(part.version)}</td>"
        f"<td>{part.licence}</td></tr>"
        for part in others
    )
    made = build()
    about = tr("Why a neural network’s first weights decide whether it learns.")
    licence = tr("{licence} licence.", licence=first.licence)
    log = tr("Warnings and errors are kept in {file}", file=log_file())
    return (
        f"<h3>winit {html.escape(first.version)}{f' ({html.escape(made)})' if made else ''}</h3>"
        f"<p>{about} {licence}</p>"
        f"<table cellspacing='2'>{rows}</table>"
        f"<p>{_QT}</p><p>{_DATA}</p><p>{html.escape(log)}</p>"
    )


class AboutDialog(QDialog):
    """Versions, licences, sources; the versions can be copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About winit"))
        self.text = QTextBrowser()
        self.text.setOpenExternalLinks(True)
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setHtml(about_html())
        self.text.setAccessibleName(tr("About winit"))
        self.copy = QPushButton(tr("&Copy versions"))
        self.copy.setToolTip(tr("For a report of an error"))
        self.copy.clicked.connect(self._copy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(self.text)
        layout.addWidget(buttons)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(versions_text())
        self.copy.setText(tr("Copied"))


def show_about(parent: QWidget) -> None:
    """Show the box beside the program."""
    dialog = AboutDialog(parent)
    dialog.resize(min(600, parent.width() - 80), min(560, parent.height() - 60))
    dialog.open()
