"""Predictions and scatter, drawn behind and over the measurement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from winit_gui.panels.layer_chart import Float64Array, LayerChart
from winit_gui.panels.panel import Pool
from winit_gui.panels.plot_area import PlotArea, put
from winit_gui.picture import Picture
from winit_gui.style import SchemeStyle, Theme

_BAND_ALPHA = 0.2
_FAR = 1e4
"""Decades beyond all that numbers can be."""

Band = tuple[Float64Array, Float64Array, Float64Array]
NET_SHARES = (0.1, 0.5, 0.9)
"""Which nets are drawn of many: the middle one, and the range of 8 in 10."""


class PredictedBands:
    """For lines: the predicted band filled, its middle dotted."""

    def __init__(self, area: PlotArea) -> None:
        self._fills = Pool(area, lambda: pg.PlotCurveItem(pen=None), -5)
        self._middles = Pool(area, pg.PlotCurveItem, -4)

    def show(
        self,
        chart: LayerChart,
        bands: Sequence[Band | None],
        styles: tuple[SchemeStyle, ...],
        theme: Theme,
    ) -> None:
        """Draw (low, middle, high) in decades per scheme; None where nothing is predicted."""
        x = np.arange(1, chart.n_layers + 1, dtype=np.float64)
        items = zip(
            bands, styles, self._fills.take(len(bands)), self._middles.take(len(bands)), strict=True
        )
        for band, style, fill, middle in items:
            fill.setVisible(band is not None)
            middle.setVisible(band is not None)
            if band is None:
                continue
            at, low, centre, high = within(x, band, *chart.finite_ends)
            colour = QColor(style.colour)
            colour.setAlphaF(_BAND_ALPHA)
            put(
                fill,
                x=np.concatenate([at, at[::-1]]),
                y=np.concatenate([high, low[::-1]]),
                fillLevel="enclosed",
                brush=colour,
                pen=None,
            )
            pen = pg.mkPen(theme.text, width=theme.hairline, style=Qt.PenStyle.DotLine)
            put(middle, x=at, y=centre, pen=pen, connect="finite")

    def hide(self) -> None:
        """Draw none."""
        self._fills.take(0)
        self._middles.take(0)

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        self._fills.fade_all_but(index)
        self._middles.fade_all_but(index)


class Whiskers:
    """Vertical lines with a tick in the middle: a prediction for a bar, or the scatter of nets."""

    def __init__(self, area: PlotArea, depth: float) -> None:
        self._ticks = Pool(area, lambda: pg.PlotCurveItem(connect="pairs"), depth)
        self._lines = Pool(area, lambda: pg.PlotCurveItem(connect="pairs"), depth)

    def show(
        self,
        chart: LayerChart,
        bands: Sequence[Band | None],
        offsets: Sequence[float],
        half_width: float,
        colours: list[str],
        theme: Theme,
    ) -> None:
        """Draw (low, middle, high) in decades per scheme, at an offset from the layer."""
        centre_x = np.arange(1, chart.n_layers + 1, dtype=np.float64)
        items = zip(
            bands,
            offsets,
            colours,
            self._ticks.take(len(bands)),
            self._lines.take(len(bands)),
            strict=True,
        )
        for band, offset, colour, ticks, lines in items:
            ticks.setVisible(band is not None)
            lines.setVisible(band is not None)
            if band is None:
                continue
            x = centre_x + offset
            bottom, top = chart.readable_ends
            low, middle, high = (np.clip(part, bottom, top) for part in band)
            inside = np.isfinite(middle) & (band[1] >= bottom) & (band[1] <= top)
            thick, thin = (pg.mkPen(colour, width=width * theme.hairline) for width in (2.0, 1.0))
            ends = x[inside] - half_width, x[inside] + half_width
            _pairs(ticks, *ends, middle[inside], thick)
            _verticals(lines, x[inside], low[inside], high[inside], thin)

    def hide(self) -> None:
        """Draw none."""
        self._ticks.take(0)
        self._lines.take(0)

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        self._ticks.fade_all_but(index)
        self._lines.fade_all_but(index)


def within(
    x: Float64Array, band: Band, bottom: float, top: float
) -> tuple[Float64Array, Float64Array, Float64Array, Float64Array]:
    """Return where a band is to be drawn: (x, low, middle, high), ending where the axis does.

    The middle is NaN outside; the band has no height there.
    """
    # What is infinite is far away, so that it has a slope.
    whole = [np.nan_to_num(part, nan=np.nan, posinf=_FAR, neginf=-_FAR) for part in band]
    places = [x]
    for part in whole:
        for end in (bottom, top):
            before, after = part[:-1] - end, part[1:] - end
            crosses = before * after < 0
            steps = before[crosses] / (before[crosses] - after[crosses])
            places.append(x[:-1][crosses] + steps * np.diff(x)[crosses])
    at = np.unique(np.concatenate(places))
    low, middle, high = (np.interp(at, x, part) for part in whole)
    slack = 1e-9 * (top - bottom)
    outside = (middle < bottom - slack) | (middle > top + slack)
    middle = np.where(outside, np.nan, np.clip(middle, bottom, top))
    return at, np.clip(low, bottom, top), middle, np.clip(high, bottom, top)


def draw_scatter(
    whiskers: Whiskers,
    picture: Picture,
    chart: LayerChart,
    low: Float64Array,
    high: Float64Array,
    theme: Theme,
    offsets: list[float] | None = None,
) -> None:
    """Draw the range of 8 in 10 nets, (schemes, layers) in plain numbers; none for one net."""
    if picture.nets == 1:
        whiskers.hide()
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        bottom, top = np.log10(low), np.log10(high)
    bands = [(bottom[i], chart.y[i], top[i]) for i in range(len(chart.y))]
    on_bars = offsets is not None
    colours = [_on_bar(style, theme) if on_bars else style.colour for style in picture.styles]
    whiskers.show(chart, bands, offsets or [0.0] * len(bands), 0.0, colours, theme)


def _on_bar(style: SchemeStyle, theme: Theme) -> str:
    """Return what tells a measured range on a bar from a prediction beside it.

    Where there is no grey, on the projector, it is the bar's own colour, darker.
    """
    if theme.muted != theme.text:
        return theme.muted
    return QColor(style.colour).darker(160).name()


def _pairs(item: Any, left: Float64Array, right: Float64Array, y: Float64Array, pen: QPen) -> None:
    put(item, x=np.column_stack([left, right]).ravel(), y=np.repeat(y, 2), pen=pen, connect="pairs")


def _verticals(
    item: Any, x: Float64Array, low: Float64Array, high: Float64Array, pen: QPen
) -> None:
    put(item, x=np.repeat(x, 2), y=np.column_stack([low, high]).ravel(), pen=pen, connect="pairs")
