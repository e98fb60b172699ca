"""A soft band behind the layer that panel 1 shows."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg

from winit_gui.panels.plot_area import PlotArea
from winit_gui.style import Theme


class SelectedLayer:
    """Marks one layer in a plot over layers."""

    def __init__(self, area: PlotArea) -> None:
        self._item: Any = area.add(pg.LinearRegionItem(movable=False), -30)

    def show(self, layer: int, theme: Theme) -> None:
        """Mark a 0-based layer."""
        self._item.setBrush(pg.mkBrush(theme.card if not theme.is_dark else theme.grid))
        for line in self._item.lines:
            line.setPen(pg.mkPen(None))
        self._item.setRegion((layer + 0.5, layer + 1.5))
