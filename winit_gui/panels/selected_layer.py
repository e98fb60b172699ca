"""The layer that panel 1 shows: chosen by a click, marked by a soft band."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg

from winit_core.translation import tr
from winit_gui.panels.plot_area import PlotArea
from winit_gui.store import Store
from winit_gui.style import Theme


class LayerClick:
    """Makes a clicked layer the shown one, and takes it back if the click was half of a double."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._before: int | None = None

    def choose(self, x: float) -> None:
        """Show the layer at a horizontal position."""
        layer = round(x) - 1
        self._before = self._store.state.view.layer
        if 0 <= layer <= self._store.state.experiment.depth:
            self._show(layer)

    def take_back(self) -> None:
        """Show the layer from before the click."""
        if self._before is not None:
            self._show(self._before)
        self._before = None

    def _show(self, layer: int) -> None:
        self._store.update_view(tr("layer of panel 1"), coalesce=True, layer=layer)


class SelectedLayer:
    """Marks one layer in a plot over layers."""

    def __init__(self, area: PlotArea) -> None:
        self._item: Any = area.add(pg.LinearRegionItem(movable=False), -30)
        self._shown: tuple[int, str] | None = None

    def show(self, layer: int | None, theme: Theme) -> None:
        """Mark a 0-based layer, or none."""
        self._item.setVisible(layer is not None)
        if layer is None:
            return
        colour = theme.grid if theme.is_dark or theme.card == theme.ground else theme.card
        if self._shown == (layer, colour):
            return
        self._shown = layer, colour
        self._item.setBrush(pg.mkBrush(colour))
        for line in self._item.lines:
            line.setPen(pg.mkPen(None))
        self._item.setRegion((layer + 0.5, layer + 1.5))
