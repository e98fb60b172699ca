"""Stands in the bundle for Qt's two OpenGL modules, 9 MB that pyqtgraph imports but never uses.

pyqtgraph derives a widget when it is imported and makes one only when it is told to draw with
OpenGL, which winit never does. Whoever did it would be told that the widget's class, or whatever
else of OpenGL they ask these modules for, is missing.
"""

from PySide6.QtWidgets import QWidget


class QOpenGLWidget(QWidget):
    """A class to derive from, which cannot be made."""

    def __init__(self, *_: object) -> None:
        raise NotImplementedError("Qt's OpenGL modules are not part of this program")
