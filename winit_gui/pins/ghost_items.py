"""Draws ghosts into a plot, and the note that says whose they are."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from winit_core.translation import tr
from winit_gui.highlight import NOBODY
from winit_gui.panels.plot_area import PlotArea
from winit_gui.pins.ghosts import Ghost, GhostLine
from winit_gui.style import Theme

_DASHES = ((4.0, 3.0), (1.0, 3.0), (7.0, 3.0, 1.0, 3.0), (9.0, 5.0), (4.0, 3.0, 1.0, 3.0, 1.0, 3.0))
SIGNS = ("- -", "· · ·", "– ·", "— —", "– · ·")
"""How each dash looks in a line of text."""

_STRENGTH = 0.62
"""Share of the scheme's colour; the rest is the ground's. Opaque lines are drawn faster."""


class GhostItems:
    """The dashed lines of one plot."""

    def __init__(self, area: PlotArea, depth: float) -> None:
        self._area = area
        self._depth = depth
        self._items: list[Any] = []
        self._lines: list[GhostLine] = []

    @property
    def lines(self) -> tuple[GhostLine, ...]:
        """What is drawn."""
        return tuple(self._lines)

    @property
    def shown(self) -> list[Any]:
        """The plot's items in use, one per line."""
        return self._items[: len(self._lines)]

    def show(self, lines: Sequence[GhostLine], theme: Theme) -> None:
        """Draw these lines and no others."""
        self._lines = list(lines)
        while len(self._items) < len(lines):
            self._items.append(self._area.add(pg.PlotCurveItem(), self._depth))
        for position, item in enumerate(self._items):
            item.setVisible(position < len(lines))
        for line, item in zip(lines, self._items, strict=False):
            item.setData(x=line.x, y=line.y, pen=_pen(line, theme), connect="finite")

    def bring_forward(self, index: int) -> None:
        """Fade the ghosts of every scheme but one."""
        for line, item in zip(self._lines, self._items, strict=False):
            item.setOpacity(1.0 if index in (NOBODY, line.owner) else self._area.faded)


def _pen(line: GhostLine, theme: Theme) -> QPen:
    pen = QPen(blended(line.colour, theme.ground, _STRENGTH), max(1.0, 0.55 * theme.line_width))
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern(list(_DASHES[line.number % len(_DASHES)]))
    return pen


def blended(colour: str, ground: str, strength: float) -> QColor:
    """Return a colour faded into the ground, opaque."""
    a, b = QColor(colour), QColor(ground)

    def mixed(first: float, second: float) -> float:
        return strength * first + (1 - strength) * second

    return QColor.fromRgbF(
        mixed(a.redF(), b.redF()), mixed(a.greenF(), b.greenF()), mixed(a.blueF(), b.blueF())
    )


def ghost_notes(ghosts: Sequence[Ghost], nets: int, step: int) -> list[str]:
    """Return a note per ghost for a panel's strip: its dashes and what it is."""

    def told(name: str) -> str:
        if step:
            return tr("pinned: {name} (before training)", name=name)
        if nets > 1:
            return tr("pinned: {name} (one net)", name=name)
        return tr("pinned: {name}", name=name)

    signed = (f"{SIGNS[ghost.number % len(SIGNS)]} {told(ghost.name)}" for ghost in ghosts)
    return [html.escape(text).replace(" ", "&nbsp;") for text in signed]
