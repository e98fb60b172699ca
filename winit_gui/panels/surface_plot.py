"""Decision surfaces side by side, with the data on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.training.decision_surface import DecisionSurface
from winit_gui.highlight import NOBODY
from winit_gui.panels.panel import Pool
from winit_gui.panels.plot_area import PlotArea
from winit_gui.style import Theme

CLASS_COLOURS = ("#0072B2", "#E69F00")
_MOST_DOTS = 150
_GAP = 0.06

Bytes = npt.NDArray[np.uint8]


def surface_image(surface: DecisionSurface, ground: str) -> Bytes:
    """Return the picture of one surface, (rows, columns, 4) RGBA; grey where it is not finite."""
    sureness = np.nan_to_num(surface.probabilities.max(axis=2), nan=0.5)
    classes = surface.probabilities.shape[2]
    share = np.clip((sureness - 1 / classes) / (1 - 1 / classes), 0, 1)[..., None]
    colours = np.array([QColor(c).getRgb()[:3] for c in CLASS_COLOURS], dtype=np.float64)  # type: ignore[index]
    base = np.array(QColor(ground).getRgb()[:3], dtype=np.float64)  # type: ignore[index]
    mixed = base + (0.15 + 0.6 * share) * (colours[surface.winner % len(colours)] - base)
    mixed[surface.winner < 0] = 128
    opaque = np.full((*surface.winner.shape, 1), 255.0)
    return np.concatenate([mixed, opaque], axis=2).astype(np.uint8)


class SurfacePlot:
    """Draws one square per scheme into a plot area."""

    def __init__(self, area: PlotArea) -> None:
        self._area = area
        self._images = Pool(area, lambda: pg.ImageItem(axisOrder="row-major"), 0)
        self._dots = Pool(area, pg.ScatterPlotItem, 5)

    @property
    def images(self) -> list[Any]:
        """The squares in use."""
        return self._images.shown

    def show(
        self, surfaces: tuple[DecisionSurface, ...], experiment: Experiment, theme: Theme
    ) -> None:
        """Draw the surfaces in a grid of squares, a row of the plot's own shape."""
        count = len(surfaces)
        width, height = self._area.view.width(), max(self._area.view.height(), 1)
        columns = max(range(1, count + 1), key=lambda n: min(width / n, height / -(-count // n)))
        rows = -(-count // columns)
        data = batch(experiment.dataset, 2, experiment.batch_size, experiment.seed)
        items = zip(surfaces, self._images.take(count), self._dots.take(count), strict=True)
        for index, (surface, image, dots) in enumerate(items):
            row, column = divmod(index, columns)
            left, bottom = column + _GAP / 2, rows - 1 - row + _GAP / 2
            side = 1 - _GAP
            image.setImage(surface_image(surface, theme.ground), levels=None)
            image.setRect(QRectF(left, bottom, side, side))
            x, y = surface.grid.x, surface.grid.y
            inputs = data.inputs[:_MOST_DOTS]
            dots.setData(
                x=left + side * (inputs[:, 0] - x[0]) / (x[-1] - x[0]),
                y=bottom + side * (inputs[:, 1] - y[0]) / (y[-1] - y[0]),
                size=4 * theme.type_scale,
                pen=pg.mkPen(theme.ground, width=0.5),
                brush=[CLASS_COLOURS[label % 2] for label in data.labels[:_MOST_DOTS]],
            )
        self._area.set_x(0, columns, [])
        self._area.set_y(0, rows, [])
        self._area.set_labels("", "")

    def hide(self) -> None:
        """Draw none."""
        self._images.take(0)
        self._dots.take(0)

    def scheme_at(self, x: float, y: float, count: int) -> int:
        """Return whose square lies at a place, or `NOBODY`."""
        images = self._images.shown
        for index in range(min(count, len(images))):
            if images[index].mapRectToParent(images[index].boundingRect()).contains(x, y):
                return index
        return NOBODY

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        self._images.fade_all_but(index)
        self._dots.fade_all_but(index)
