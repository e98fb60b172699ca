"""The sheet of all keys."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

SHORTCUTS = (
    ("1  2  3  4", "enlarge a panel, and back"),
    (
        "Ctrl+1  Ctrl+2  Ctrl+3  Ctrl+4  Ctrl+5",
        "compare; which is better; depth and width; phase plane; luck",
    ),
    ("Ctrl+T", "train, pause"),
    (".", "one training step"),
    ("Home  End", "show the first, the latest step"),
    ("P", "pin the training curves"),
    ("Esc", "back to all panels; in a field: the last accepted value"),
    ("E", "explain a scheme; so does a click on its card"),
    ("D", "the layer’s distributions, or not; so does a click on the layer"),
    ("←  →  ↑  ↓", "on the handle of a curve or of the depth: change it; another curve"),
    ("T", "theory over the measurement, or not"),
    ("F5  Shift+F5", "give a lesson full screen; go on where it was left"),
    ("Ctrl+R", "another seed"),
    ("Ctrl+Z  Ctrl+Shift+Z", "undo, redo"),
    ("Ctrl+N  Ctrl+O  Ctrl+S  Ctrl+Shift+S", "new, open, save, save as"),
    ("Ctrl+Shift+C  Ctrl+Shift+V", "copy, paste a share line"),
    ("Ctrl+K", "the scheme as PyTorch, Keras or JAX code"),
    ("Ctrl+P", "pin this experiment: it stays as dashed ghosts while you change it"),
    ("Ctrl+Shift+P", "swap what is shown with the last pin"),
    ("Ctrl+,", "preferences"),
    ("Ctrl+C", "copy the enlarged panel, or the window, as a picture"),
    ("Ctrl+E", "export that picture as PNG, SVG or PDF"),
    ("F11", "full screen"),
    ("Tab  Shift+Tab", "next, previous control"),
    ("↑  ↓  Enter", "in a field: step, accept"),
    ("Shift+F1", "what the quantities are; so does the question mark in a panel"),
    ("F1  ?", "this sheet"),
    ("Ctrl+Q", "quit"),
)


def show_shortcuts(parent: QWidget) -> None:
    """Show the sheet until it is closed."""
    rows = "".join(
        f"<tr><td style='padding-right:24px'><b>{keys.replace('  ', '&nbsp;&nbsp;')}</b></td>"
        f"<td>{text}</td></tr>"
        for keys, text in SHORTCUTS
    )
    text = QTextBrowser()
    text.setHtml(f"<table cellspacing='6'>{rows}</table>")
    text.setFrameShape(QTextBrowser.Shape.NoFrame)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    dialog = QDialog(parent)
    dialog.setWindowTitle("Keyboard")
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(text)
    layout.addWidget(buttons)
    dialog.resize(min(720, parent.width() - 80), min(640, parent.height() - 80))
    dialog.exec()
