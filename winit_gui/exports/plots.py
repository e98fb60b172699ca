"""What the plots in a widget need before they can be drawn elsewhere than on the screen.

* Lines have a fixed width in the *device* pixels of the screen: on an image of twice its
  resolution they are half as wide. They are widened, or thinned, for the time of drawing.
* Symbols are copied from a picture of them; a drawing of lines and text wants shapes.
* In an SVG the same is said by an attribute that not every program knows (librsvg does not): the
  coordinates are transformed here instead.
* Qt's SVG generator either does not clip (Tiny) or clips in the wrong coordinates (1.1: without
  the transformation under which the clip was set). So the plots are marked while they are drawn,
  and the marks become clip groups in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QWidget

Region = tuple[float, float, float, float]
"""x, y, width and height of a plot in the widget that is drawn."""

_MARK = "winit-plot-{}-{}"
_GROUP_OF_MARK = re.compile(
    r"<g [^>]*>\s*<text [^>]*>winit-plot-(\d+)-(begin|end)</text>\s*</g>", re.DOTALL
)


def _views(widget: QWidget) -> list[QGraphicsView]:
    views = [widget] if isinstance(widget, QGraphicsView) else []
    return [view for view in views + widget.findChildren(QGraphicsView) if view.isVisible()]


def _items(widget: QWidget) -> Iterator[Any]:
    for view in _views(widget):
        yield from view.scene().items()


@contextmanager
def lines_scaled(widget: QWidget, factor: float) -> Iterator[None]:
    """Widen the lines of fixed width in all plots of a widget for a while."""
    kept: list[tuple[Any, str, QPen]] = []
    if factor != 1:
        for item in _items(widget):
            for holder, name in _pens(item):
                pen = holder[name] if isinstance(holder, dict) else getattr(holder, name)
                if isinstance(pen, QPen) and pen.isCosmetic():
                    kept.append((holder, name, pen))
                    wider = QPen(pen)
                    wider.setWidthF(max(pen.widthF(), 1.0) * factor)
                    _put(holder, name, wider)
            _forget_drawing(item)
    try:
        yield
    finally:
        for holder, name, pen in kept:
            _put(holder, name, pen)
        for item in _items(widget) if kept else ():
            _forget_drawing(item)


def _pens(item: Any) -> Iterator[tuple[Any, str]]:
    """Name where an item of pyqtgraph keeps its pens; the version is pinned."""
    if isinstance(item, pg.PlotCurveItem):
        yield item.opts, "pen"
        yield item.opts, "shadowPen"
    elif isinstance(item, pg.AxisItem):
        yield item, "_pen"
        yield item, "_tickPen"
    elif isinstance(item, pg.InfiniteLine):
        yield item, "pen"
        yield item, "currentPen"
    elif isinstance(item, pg.BarGraphItem):
        yield item, "_sharedPen"


def _put(holder: Any, name: str, pen: QPen) -> None:
    if isinstance(holder, dict):
        holder[name] = pen
    else:
        setattr(holder, name, pen)


def _forget_drawing(item: Any) -> None:
    if isinstance(item, pg.AxisItem):
        item.picture = None


@contextmanager
def symbols_as_shapes(widget: QWidget) -> Iterator[None]:
    """Let the symbols in all plots be drawn as shapes for a while."""
    scatters = [item for item in _items(widget) if isinstance(item, pg.ScatterPlotItem)]
    for item in scatters:
        item.setExportMode(True, {"antialias": True})
    try:
        yield
    finally:
        for item in scatters:
            item.setExportMode(False)


class _Mark(QGraphicsItem):
    """Text that is drawn first or last in a plot, to be found in the SVG."""

    def __init__(self, text: str, area: QRectF, z: float) -> None:
        super().__init__()
        self._text = text
        self._area = area
        self.setZValue(z)

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, option: object, widget: object = None) -> None:
        painter.drawText(QPointF(self._area.center()), self._text)


@contextmanager
def marked_for_clipping(widget: QWidget, margin: int = 0) -> Iterator[list[Region]]:
    """Mark where each plot begins and ends in the drawing; gives the plots' places."""
    added: list[tuple[Any, _Mark]] = []
    regions: list[Region] = []
    for view in _views(widget):
        for box in [item for item in view.scene().items() if isinstance(item, pg.ViewBox)]:
            place = box.mapRectToScene(box.rect())
            corner = view.viewport().mapTo(widget, view.mapFromScene(place.topLeft()))
            x, y = float(corner.x() + margin), float(corner.y() + margin)
            region = (x, y, place.width(), place.height())
            for name, z in (("begin", -1e9), ("end", 1e9)):
                mark = _Mark(_MARK.format(len(regions), name), box.viewRect(), z)
                box.addItem(mark, ignoreBounds=True)
                added.append((box, mark))
            regions.append(region)
    try:
        yield regions
    finally:
        for box, mark in added:
            box.removeItem(mark)


_GROUP = re.compile(r'<g ([^>]*)transform="matrix\(([^)]*)\)"([^>]*)>(.*?)</g>', re.DOTALL)
_FIXED_WIDTH = 'vector-effect="non-scaling-stroke"'
_PAIRS = re.compile(r"(-?[\d.]+(?:e[-+]?\d+)?),(-?[\d.]+(?:e[-+]?\d+)?)")
_OUTLINE = re.compile(r'((?: d| points)=")([^"]*)"')
_RECT = re.compile(
    r'<rect vector-effect="non-scaling-stroke" x="([^"]*)" y="([^"]*)" width="([^"]*)" '
    r'height="([^"]*)"/>'
)


def with_plain_lines(svg: str) -> str:
    """Return an SVG text whose lines of fixed width stand in untransformed coordinates."""
    return _GROUP.sub(_plain_group, svg)


def _plain_group(match: re.Match[str]) -> str:
    before, matrix, after, body = match.groups()
    if _FIXED_WIDTH not in body:
        return match[0]
    a, b, c, d, e, f = map(float, matrix.split(","))

    def moved(x: float, y: float) -> str:
        return f"{a * x + c * y + e:.6g},{b * x + d * y + f:.6g}"

    def outline(found: re.Match[str]) -> str:
        points = _PAIRS.sub(lambda pair: moved(float(pair[1]), float(pair[2])), found[2])
        return f'{found[1]}{points}"'

    def rectangle(found: re.Match[str]) -> str:
        x, y, width, height = map(float, found.groups())
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        return f'<polygon points="{" ".join(moved(*corner) for corner in corners)}"/>'

    body = _RECT.sub(rectangle, _OUTLINE.sub(outline, body)).replace(_FIXED_WIDTH, "")
    return f"<g {before}{after}>{body}</g>"


def clipped(svg: str, regions: list[Region]) -> str:
    """Return an SVG text in which the marked plots are clipped to their places."""
    found = _GROUP_OF_MARK.findall(svg)
    whole = {number for number, name in found if (number, "end") in found and name == "begin"}

    def group(match: re.Match[str]) -> str:
        number, name = match[1], match[2]
        if number not in whole:
            return ""
        return f'<g clip-path="url(#plot{number})">' if name == "begin" else "</g>"

    paths = [
        f'<clipPath id="plot{number}"><rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}"/>'
        "</clipPath>"
        for number, (x, y, w, h) in enumerate(regions)
    ]
    marked = _GROUP_OF_MARK.sub(group, svg)
    return marked.replace("<defs>", "\n".join(["<defs>", *paths]), 1)
