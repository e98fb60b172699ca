"""Which theme a view asks for, and the application in its colours."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from winit_gui.state import View
from winit_gui.style import (
    DARK,
    LIGHT,
    THEMES,
    Theme,
    ThemeName,
    fitted,
    palette,
    scaled,
    stylesheet,
)


def wanted_theme(view: View, height: int) -> Theme:
    """Return the theme of a view in a window of a height; the system's where it says so."""
    if view.theme != ThemeName.SYSTEM.value:
        return scaled(fitted(THEMES[view.theme], height), view.type_size)
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return scaled(DARK if dark else LIGHT, view.type_size)


def dress(theme: Theme) -> None:
    """Give the application the theme's colours, unless it wears them: all is polished anew."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    sheet = stylesheet(theme)
    if application.styleSheet() != sheet or application.palette() != palette(theme):
        application.setPalette(palette(theme))
        application.setStyleSheet(sheet)
