"""What the signs in the cells of a matrix mean."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from winit_core.diagnosis import Kind
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.maps import glyphs
from winit_gui.style import LIGHT, SPACE, Theme, font

_POINTS = 8.5


class SignLegend(QWidget):
    """The signs with their names."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self.setAccessibleName(tr("Signs of the verdicts"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def _places(self) -> tuple[list[tuple[Kind, QPointF]], float]:
        """Return where each sign begins, in as many lines as it takes, and the height."""
        metrics = QFontMetricsF(font(self._theme, _POINTS))
        sign, line = 0.62 * metrics.height(), 1.3 * metrics.height()
        x, y, places = 0.0, 0.0, []
        for kind in reversed(Kind):
            width = sign + metrics.horizontalAdvance(wording.VERDICTS[kind]) + 5 * SPACE
            if x and x + width > self.width():
                x, y = 0.0, y + line
            places.append((kind, QPointF(x, y)))
            x += width
        return places, y + line

    def minimumSizeHint(self) -> QSize:
        """Return what the lines need."""
        return QSize(100, math.ceil(self._places()[1]))

    sizeHint = minimumSizeHint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        self.setFixedHeight(math.ceil(self._places()[1]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw every sign with its name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(self._theme, _POINTS))
        metrics = QFontMetricsF(painter.font())
        sign = 0.62 * metrics.height()
        for kind, at in self._places()[0]:
            middle = at.y() + 0.65 * metrics.height()
            box = QRectF(at.x() + 1, middle - sign / 2, sign, sign)
            glyphs.draw(painter, kind, box, self._theme.text)
            painter.setPen(QColor(self._theme.muted))
            place = QRectF(box.right() + 1.5 * SPACE, at.y(), self.width(), 1.3 * metrics.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), wording.VERDICTS[kind])
        painter.end()
