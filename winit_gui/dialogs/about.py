"""The box that says what this program is."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from winit_core import __version__


def show_about(parent: QWidget) -> None:
    """Show it until it is closed."""
    QMessageBox.about(
        parent,
        "About winit",
        f"<h3>winit {__version__}</h3><p>Why a neural network’s first weights decide whether "
        "it learns.</p><p>Real forward and backward passes on the Optical Recognition of "
        "Handwritten Digits data (Alpaydin and Kaynak 1998, CC BY 4.0).</p>",
    )
