"""What the colours of a log error ratio mean."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from winit_gui.maps import colours
from winit_gui.style import LIGHT, Theme, font

_POINTS = 8.5
_TICKS = (-6, -3, -1, 0, 1, 3, 6)


class ScaleBar(QWidget):
    """A bar from nothing arrives to far too much, with its decades."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colours: log10 of the error at layer 1 over the output layer's")
        self.setToolTip(
            "log₁₀ of how much of the output layer's error reaches layer 1: 0 arrives as it left, "
            "within ±1 is healthy, beyond ±3 vanishing or exploding"
        )

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of bar and words."""
        metrics = QFontMetricsF(font(self._theme, _POINTS))
        return QSize(math.ceil(19 * metrics.height()), math.ceil(2.6 * metrics.height()))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar, its ticks, and what its ends mean."""
        theme = self._theme
        painter = QPainter(self)
        painter.setFont(font(theme, _POINTS))
        metrics = QFontMetricsF(painter.font())
        table = np.ascontiguousarray(colours.table(theme))
        image = QImage(table.data, len(table), 1, 3 * len(table), QImage.Format.Format_RGB888)
        left, right = metrics.horizontalAdvance("lost "), metrics.horizontalAdvance(" amplified")
        bar = QRectF(
            left, 0.25 * metrics.height(), self.width() - left - right, 0.75 * metrics.height()
        )
        painter.drawImage(bar, image)
        painter.setPen(QColor(theme.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, bar.y(), left, bar.height()), int(middle), "lost")
        painter.drawText(
            QRectF(bar.right(), bar.y(), right, bar.height()),
            int(middle | Qt.AlignmentFlag.AlignRight),
            "amplified",
        )
        for tick in _TICKS:
            x = bar.x() + bar.width() * (tick + colours.REACH) / (2 * colours.REACH)
            painter.drawLine(round(x), round(bar.bottom()), round(x), round(bar.bottom()) + 3)
            place = QRectF(x - 30, bar.bottom() + 3, 60, metrics.height())
            said = f"{tick:+d}".replace("-", "−") if tick else "0"
            painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), said)
        painter.end()
