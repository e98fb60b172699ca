"""The sheet of all keys."""

from __future__ import annotations

import html
import re

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from winit_core.translation import tr

SHORTCUTS = (
    ("1  2  3  4", tr("enlarge a panel, and back")),
    (
        "Ctrl+1  Ctrl+2  Ctrl+3  Ctrl+4  Ctrl+5",
        tr("compare; which is better; depth and width; phase plane; luck"),
    ),
    ("Ctrl+T", tr("train, pause")),
    (".", tr("one training step")),
    ("Home  End", tr("show the first, the latest step")),
    ("P", tr("pin the training curves")),
    ("Esc", tr("close what was opened last; in a field: the last accepted value")),
    ("E", tr("explain the scheme under the pointer, or the last one; so does a click on its card")),
    ("D", tr("the layer’s distributions, or not; so does a click on the layer")),
    ("←  →  ↑  ↓", tr("on the handle of a curve or of the depth: change it; another curve")),
    ("T", tr("theory over the measurement, or not")),
    ("F5  Shift+F5", tr("give a lesson full screen; go on where it was left")),
    ("Ctrl+R", tr("another seed")),
    ("Ctrl+Z  Ctrl+Shift+Z", tr("undo, redo")),
    ("Ctrl+N  Ctrl+O  Ctrl+S  Ctrl+Shift+S", tr("new, open, save, save as")),
    ("Ctrl+Shift+C  Ctrl+Shift+V", tr("copy, paste a share line")),
    ("Ctrl+K", tr("the scheme as PyTorch, Keras or JAX code")),
    ("Ctrl+P", tr("pin this experiment: it stays as dashed ghosts while you change it")),
    ("Ctrl+Shift+P", tr("swap what is shown with the last pin")),
    ("Ctrl+,", tr("preferences")),
    ("Ctrl+C", tr("copy the enlarged panel, or the window, as a picture")),
    ("Ctrl+E", tr("export that picture as PNG, SVG or PDF")),
    ("F11", tr("full screen")),
    ("Tab  Shift+Tab", tr("next, previous control")),
    ("↑  ↓  Enter", tr("in a field: step, accept")),
    ("Shift+F1", tr("what the quantities are; so does the question mark in a panel")),
    ("F1  ?", tr("this sheet")),
    ("Ctrl+Q", tr("quit")),
)


_KEYS = {
    "Ctrl": tr("Ctrl"),
    "Shift": tr("Shift"),
    "Esc": tr("Esc"),
    "Tab": tr("Tab"),
    "Enter": tr("Enter"),
    "Home": tr("Home"),
    "End": tr("End"),
}


def _as_engraved(keys: str) -> str:
    """Return keys as they are named on a keyboard of the user's language."""
    return re.sub("[A-Z][a-z]+", lambda name: _KEYS[name[0]], keys)


def show_shortcuts(parent: QWidget) -> None:
    """Show the sheet until it is closed."""
    rows = "".join(
        "<tr><td style='padding-right:24px'>"
        f"<b>{_as_engraved(keys).replace('  ', '&nbsp;&nbsp;')}</b></td>"
        f"<td>{html.escape(text)}</td></tr>"
        for keys, text in SHORTCUTS
    )
    text = QTextBrowser()
    text.setHtml(f"<table cellspacing='6'>{rows}</table>")
    text.setFrameShape(QTextBrowser.Shape.NoFrame)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    dialog = QDialog(parent)
    dialog.setWindowTitle(tr("Keyboard"))
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(text)
    layout.addWidget(buttons)
    dialog.resize(min(720, parent.width() - 80), min(640, parent.height() - 80))
    dialog.exec()
