"""Depth against width or std: a heat map of the log error ratio with the theory's lines over it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from winit_core.maps.depth_width import CONTOURS, Across, DepthMap, DepthRequest
from winit_core.translation import tr, tr_n
from winit_gui import wording
from winit_gui.maps import colours
from winit_gui.maps.cell_looks import arrives_sentence
from winit_gui.maps.scale_bar import ScaleBar
from winit_gui.panels.plot_area import PlotArea
from winit_gui.style import LIGHT, SENTENCE_POINTS, SPACE, Theme, font

Float64Array = npt.NDArray[np.float64]

_MARK_POINTS = 9.0
_PALE = 220  # of 255: a column that is not computed yet
_NAMES = {Across.WIDTH: tr("units per hidden layer"), Across.STD: tr("std of the weights")}


@dataclass(frozen=True)
class DepthCase:
    """A place on the map.

    Attributes
    ----------
    request
        The map.
    depth, value
        Number of hidden layers; width or std.
    """

    request: DepthRequest
    depth: int
    value: float


def pixels(found: DepthMap, theme: Theme) -> npt.NDArray[np.uint8]:
    """Return the picture (values, depths, 4); columns between known ones are their pale likeness.

    Columns beyond all known ones are see-through.
    """
    table = colours.table(theme)
    stand_in, between = nearest_known(found.known)
    decades = found.decades.T[stand_in]
    share = np.nan_to_num(decades, nan=0.0, neginf=-1e9, posinf=1e9) / colours.REACH
    index = np.round((np.clip(share, -1, 1) + 1) / 2 * (len(table) - 1)).astype(int)
    image = np.empty((*decades.shape, 4), dtype=np.uint8)
    image[..., :3] = table[index]
    image[..., 3] = 0
    lost = np.array([int(theme.grid[n : n + 2], 16) for n in (1, 3, 5)], dtype=np.uint8)
    image[np.isnan(decades), :3] = lost
    image[between, :, 3] = _PALE
    image[found.known, :, 3] = 255
    return image


def nearest_known(
    known: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Return the known column nearest to each, and which columns lie between two known ones."""
    columns, there = np.arange(known.size), np.flatnonzero(known)
    if not there.size:
        return columns, np.zeros(known.size, dtype=np.bool_)
    nearest = there[np.argmin(np.abs(columns[:, None] - there[None, :]), axis=1)]
    return nearest, ~known & (columns > there[0]) & (columns < there[-1])


def position(levels: tuple[float, ...], values: Float64Array) -> Float64Array:
    """Return where numbers stand on an axis whose levels are 0, 1, 2 …: NaN outside."""
    logs = np.log(np.asarray(levels, dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.log(np.asarray(values, dtype=np.float64))
    return np.interp(wanted, logs, np.arange(logs.size), left=math.nan, right=math.nan)


def axis_ticks(levels: tuple[float, ...], wanted: tuple[float, ...]) -> list[tuple[float, str]]:
    """Return the wanted numbers that lie between the levels, with their places."""
    places = position(levels, np.array(wanted))
    return [
        (float(place), f"{value:g}" if value < 1000 else f"{value:,.0f}")
        for place, value in zip(places, wanted, strict=True)
        if math.isfinite(place)
    ]


_TICKS = {
    Across.WIDTH: tuple(2.0**n for n in range(11)),
    Across.STD: tuple(float(f"{m}e{n}") for n in range(-6, 6) for m in (1, 3)),
}


class Meaning(Enum):
    """What a line over the map is about."""

    DECADES = auto()
    DEPTH_SCALE = auto()
    OVERFLOW = auto()


@dataclass(frozen=True)
class TheoryLine:
    """A line over the map, in the map's own coordinates; NaN ends a piece.

    Attributes
    ----------
    meaning
        What it is about.
    name
        What it says, short.
    x, y
        Positions.
    dashed, dotted
        How it is drawn.
    """

    meaning: Meaning
    name: str
    x: Float64Array
    y: Float64Array
    dashed: bool = False
    dotted: bool = False


def theory_lines(found: DepthMap) -> list[TheoryLine]:
    """Return the theory's lines that cross the map."""
    theory, request = found.theory, found.request
    if theory is None:
        return []
    depths = tuple(map(float, request.depths))
    x = np.arange(len(request.values), dtype=np.float64)
    lines = []
    for level, row in zip(CONTOURS, theory.contours, strict=True):
        sign = "+" if level > 0 else "−"
        name = f"{sign}{abs(level):g}"
        y, far = position(depths, row), abs(level) > 2
        lines.append(TheoryLine(Meaning.DECADES, name, x, y, dashed=far))
    y = position(depths, theory.depth_scale)
    lines.append(TheoryLine(Meaning.DEPTH_SCALE, "ξ", x, y, dotted=True))
    y = position(depths, theory.overflow)
    lines.append(TheoryLine(Meaning.OVERFLOW, tr("overflow"), x, y))
    return [line for line in lines if np.count_nonzero(np.isfinite(line.y)) > 1]


class DepthWidthView(QWidget):
    """The heat map, its lines, and what the place under the cursor says.

    Signals
    -------
    case_chosen(object)
        A `DepthCase`: this net was asked for.
    """

    case_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._map: DepthMap | None = None
        self._place = (0, 0)
        self.area = PlotArea()
        self._image = self.area.add(pg.ImageItem(axisOrder="col-major"), -10)
        self._lines: list[tuple[pg.PlotCurveItem, pg.PlotCurveItem, pg.TextItem]] = []
        self._lost = self.area.add(pg.ScatterPlotItem(), -5)
        self._cursor_halo = self.area.add(pg.PlotCurveItem(), 19)
        self._cursor = self.area.add(pg.PlotCurveItem(), 20)
        self.readout = QLabel(tr("Nothing is computed yet"))
        self.readout.setWordWrap(True)
        self.key = QLabel()
        self.key.setWordWrap(True)
        self.scale = ScaleBar()
        last = QHBoxLayout()
        last.setSpacing(4 * SPACE)
        last.addWidget(self.key, 1)
        last.addWidget(self.scale)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.area, 1)
        layout.addWidget(self.readout)
        layout.addLayout(last)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.view.setFocusProxy(self)  # it would scroll with the arrow keys
        self.setAccessibleName(tr("Map of depth and width"))
        self.area.pointed.connect(self._on_pointed)
        self.area.clicked.connect(self._on_clicked)

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        self.area.set_theme(theme)
        self.scale.set_theme(theme)
        for label, colour in ((self.readout, theme.text), (self.key, theme.muted)):
            label.setFont(font(theme, SENTENCE_POINTS))
            label.setStyleSheet(f"color: {colour}")
        line = QFontMetricsF(self.readout.font()).height()
        self.readout.setMinimumHeight(round(2 * line))
        self._draw()

    def show_map(self, found: DepthMap) -> None:
        """Draw a map, complete or not."""
        self._map = found
        request = found.request
        self._place = (
            min(self._place[0], len(request.values) - 1),
            min(self._place[1], len(request.depths) - 1),
        )
        self._draw()

    @property
    def cursor_case(self) -> DepthCase | None:
        """The place of the cursor."""
        if self._map is None:
            return None
        request, (column, row) = self._map.request, self._place
        return DepthCase(request, request.depths[row], request.values[column])

    def move_to(self, column: int, row: int) -> None:
        """Put the cursor on a place: position of value and of depth."""
        if self._map is None:
            return
        request = self._map.request
        self._place = (
            max(0, min(column, len(request.values) - 1)),
            max(0, min(row, len(request.depths) - 1)),
        )
        self._draw_cursor()

    # Drawing

    def _draw(self) -> None:
        if self._map is None:
            return
        found, request, theme = self._map, self._map.request, self._theme
        columns, rows = len(request.values), len(request.depths)
        depths = tuple(map(float, request.depths))
        self.area.set_labels(_NAMES[request.across], tr("hidden layers"))
        self.area.set_x(-0.5, columns - 0.5, axis_ticks(request.values, _TICKS[request.across]))
        self.area.set_y(-0.5, rows - 0.5, axis_ticks(depths, depths))
        self._image.setImage(pixels(found, theme), autoLevels=False)
        self._image.setRect(QRectF(-0.5, -0.5, columns, rows))
        self._draw_lost(found)
        self._draw_lines(theory_lines(found))
        self._draw_cursor()
        self.key.setText(key_sentence(found))

    def _draw_lost(self, found: DepthMap) -> None:
        """Mark what has no number: nothing arrives, or it is not finite."""
        nothing = np.isneginf(found.decades) & found.known
        endless = np.isnan(found.decades) & found.known
        rows, columns = np.nonzero(nothing | endless)
        symbols = ["o" if nothing[r, c] else "x" for r, c in zip(rows, columns, strict=True)]
        dark = colours.ink(colours.colour(self._theme, -colours.REACH))
        pens = {True: pg.mkPen(dark, width=1), False: pg.mkPen(self._theme.muted, width=1)}
        self._lost.setData(
            x=columns.astype(float),
            y=rows.astype(float),
            symbol=symbols,
            size=5 * self._theme.type_scale,
            pen=[pens[bool(nothing[r, c])] for r, c in zip(rows, columns, strict=True)],
            brush=None,
        )

    def _draw_lines(self, lines: list[TheoryLine]) -> None:
        while len(self._lines) < len(lines):
            self._lines.append(
                (
                    self.area.add(pg.PlotCurveItem(connect="finite"), 9),
                    self.area.add(pg.PlotCurveItem(connect="finite"), 10),
                    self.area.add(pg.TextItem(), 11),
                )
            )
        theme = self._theme
        width = theme.line_width * 0.8
        for n, (halo, curve, label) in enumerate(self._lines):
            for item in (halo, curve, label):
                item.setVisible(n < len(lines))
            if n >= len(lines):
                continue
            line = lines[n]
            style = Qt.PenStyle.SolidLine
            if line.dashed:
                style = Qt.PenStyle.DashLine
            if line.dotted:
                style = Qt.PenStyle.DotLine
            curve.setData(
                x=line.x, y=line.y, pen=pg.mkPen(theme.text, width=width, style=style),
                connect="finite",
            )  # fmt: skip
            halo.setData(
                x=line.x, y=line.y, pen=pg.mkPen(theme.ground, width=width + 2.5), connect="finite"
            )
            known = np.flatnonzero(np.isfinite(line.y))
            # Each at another place along its line, so that names do not meet.
            at = int(known[int((known.size - 1) * (0.15 + 0.7 * (n % 4) / 3))])
            label.setText(line.name, color=theme.text)
            label.fill = pg.mkBrush(theme.ground)
            label.setFont(font(theme, _MARK_POINTS))
            label.setAnchor((0.5, 0.5))
            label.setPos(float(line.x[at]), float(line.y[at]))

    def _draw_cursor(self) -> None:
        if self._map is None:
            return
        column, row = self._place
        xs = np.array([-0.5, 0.5, 0.5, -0.5, -0.5]) + column
        ys = np.array([-0.5, -0.5, 0.5, 0.5, -0.5]) + row
        strong = self.hasFocus()
        width = (3 if strong else 2) * self._theme.hairline
        pen = pg.mkPen(self._theme.accent if strong else self._theme.text, width=width)
        self._cursor_halo.setData(x=xs, y=ys, pen=pg.mkPen(self._theme.ground, width=width + 3))
        self._cursor.setData(x=xs, y=ys, pen=pen)
        text = place_sentence(self._map, column, row)
        self.readout.setText(text)
        self.setAccessibleDescription(text)

    # Acting

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        self.move_to(round(x), round(y))

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        self.move_to(round(x), round(y))
        self._choose()

    def _choose(self) -> None:
        case = self.cursor_case
        if case is not None:
            self.case_chosen.emit(case)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor; Enter and space choose."""
        column, row = self._place
        far = 10**6
        steps = {
            Qt.Key.Key_Left: (column - 1, row),
            Qt.Key.Key_Right: (column + 1, row),
            Qt.Key.Key_Up: (column, row + 1),
            Qt.Key.Key_Down: (column, row - 1),
            Qt.Key.Key_Home: (0, row),
            Qt.Key.Key_End: (far, row),
            Qt.Key.Key_PageUp: (column, far),
            Qt.Key.Key_PageDown: (column, 0),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.move_to(*steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Show by the cursor's colour where the keyboard is."""
        done = super().event(event)
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._draw_cursor()
        return done


def place_sentence(found: DepthMap, column: int, row: int) -> str:
    """Return what one place says, in words."""
    request = found.request
    depth, value = request.depths[row], request.values[column]
    if request.across is Across.WIDTH:
        net = tr_n(
            "{count} hidden layer of {units} units",
            "{count} hidden layers of {units} units",
            depth,
            units=f"{value:.0f}",
        )
    else:
        net = tr_n(
            "{count} hidden layer with std {std}",
            "{count} hidden layers with std {std}",
            depth,
            std=wording.number(value, 3),
        )
    if not found.known[column]:
        return tr("{net}: not computed yet", net=net)
    decades = float(found.decades[row, column])
    if math.isnan(decades):
        return tr("{net}: a number is not finite.", net=net)
    return tr("{net}: {error}", net=net, error=arrives_sentence(decades))


def key_sentence(found: DepthMap) -> str:
    """Return what the lines and marks mean."""
    drawn = {line.meaning for line in theory_lines(found)}
    parts = []
    if Meaning.DECADES in drawn:
        parts.append(tr("lines: where theory expects ±1 and ±3 decades for the median net"))
    if Meaning.DEPTH_SCALE in drawn:
        parts.append(tr("ξ: the depth over which the error changes by a factor √e"))
    if Meaning.OVERFLOW in drawn:
        parts.append(tr("overflow: where z leaves the number format"))
    lost = np.isneginf(found.decades) & found.known
    if lost.any():
        parts.append(tr("○ nothing arrives"))
    if (np.isnan(found.decades) & found.known).any():
        parts.append(tr("× not finite"))
    done = int(found.known.sum())
    if done < found.known.size:
        parts.append(
            tr_n(
                "{done} of {count} column, pale ones are guessed",
                "{done} of {count} columns, pale ones are guessed",
                found.known.size,
                done=done,
            )
        )
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]
