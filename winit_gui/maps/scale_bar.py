"""What the colours of a map mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from winit_core.translation import tr
from winit_gui.maps import colours
from winit_gui.style import LIGHT, Theme, font

_POINTS = 8.5


@dataclass(frozen=True)
class Legend:
    """A bar of colours with words.

    Attributes
    ----------
    colours
        The colours (n, 3) in a theme, from left to right.
    ticks
        Places along the bar, from 0 to 1, and their labels.
    first, last
        Words at its ends.
    name, tip
        What it is, for those who do not see it; what it means.
    """

    colours: Callable[[Theme], npt.NDArray[np.uint8]]
    ticks: tuple[tuple[float, str], ...]
    first: str
    last: str
    name: str
    tip: str


def _decades(decades: int) -> tuple[float, str]:
    said = f"{decades:+d}".replace("-", "−") if decades else "0"
    return (decades + colours.REACH) / (2 * colours.REACH), said


ERROR = Legend(
    colours.table,
    tuple(map(_decades, (-6, -3, -1, 0, 1, 3, 6))),
    tr("lost"),
    tr("amplified"),
    tr("Colours: log10 of the error at layer 1 over the output layer's"),
    tr(
        "log₁₀ of how much of the output layer's error reaches layer 1: 0 arrives as it left, "
        "within ±1 is healthy, beyond ±3 vanishing or exploding"
    ),
)


class ScaleBar(QWidget):
    """A bar of the colours of a map, with its ticks and what its ends mean."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._legend = ERROR
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_legend(ERROR)

    def show_legend(self, legend: Legend) -> None:
        """Explain other colours."""
        self._legend = legend
        self.setAccessibleName(legend.name)
        self.setToolTip(legend.tip)
        self.update()

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
        legend = self._legend
        table = np.ascontiguousarray(legend.colours(theme))
        image = QImage(table.data, len(table), 1, 3 * len(table), QImage.Format.Format_RGB888)
        left = metrics.horizontalAdvance(f"{legend.first} ")
        right = metrics.horizontalAdvance(f" {legend.last}")
        bar = QRectF(
            left, 0.25 * metrics.height(), self.width() - left - right, 0.75 * metrics.height()
        )
        painter.drawImage(bar, image)
        painter.setPen(QColor(theme.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, bar.y(), left, bar.height()), int(middle), legend.first)
        painter.drawText(
            QRectF(bar.right(), bar.y(), right, bar.height()),
            int(middle | Qt.AlignmentFlag.AlignRight),
            legend.last,
        )
        for place, label in legend.ticks:
            x = bar.x() + bar.width() * place
            painter.drawLine(round(x), round(bar.bottom()), round(x), round(bar.bottom()) + 3)
            room = QRectF(x - 30, bar.bottom() + 3, 60, metrics.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignHCenter), label)
        painter.end()
