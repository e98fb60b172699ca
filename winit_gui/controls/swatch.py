"""A small sample of how a scheme is drawn: its colour and its dash."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from winit_gui.style import SchemeStyle


class Swatch(QWidget):
    """Draws a rounded patch in the scheme's colour with its dash across."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style: SchemeStyle | None = None
        self._full = True
        side = round(self.fontMetrics().height() * 0.9)
        self.setFixedSize(QSize(round(side * 1.35), side))

    def show_style(self, style: SchemeStyle, full: bool = True) -> None:
        """Draw a style; not `full` for a scheme that is not compared."""
        if (style, full) != (self._style, self._full):
            self._style, self._full = style, full
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the patch."""
        if self._style is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self._style.colour)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(colour, 1.2))
        fill = QColor(colour)
        fill.setAlphaF(1.0 if self._full else 0.12)
        painter.setBrush(fill)
        painter.drawRoundedRect(area, 3, 3)
        if self._style.dash != Qt.PenStyle.SolidLine:
            pen = QPen(QColor("#FFFFFF") if self._full else colour, 1.6, self._style.dash)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            middle = area.center().y()
            painter.drawLine(QPointF(area.left() + 2, middle), QPointF(area.right() - 2, middle))
        painter.end()
