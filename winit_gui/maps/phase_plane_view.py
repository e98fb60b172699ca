"""The plane of (σ_w², σ_b²): regions, edge of chaos, schemes, and the cobwebs of one point."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from winit_core.maps.phase_plane import DEPTH_SCALES, REGIMES, Cobweb, PhasePlane
from winit_core.theory.fixed_points import Regime
from winit_core.translation import tr
from winit_gui.maps.cobweb_chart import CobwebChart
from winit_gui.maps.labels import Box, placed, uncluttered
from winit_gui.maps.phase_plane_marks import (
    PointGroup,
    contour_label,
    grouped,
    regime_at,
    regime_colour,
    region_centres,
    region_picture,
)
from winit_gui.maps.phase_plane_words import (
    REGIME_NAMES,
    group_sentence,
    key_sentence,
    names_sentence,
    point_sentence,
)
from winit_gui.maps.typography import rich, spoken
from winit_gui.panels.plot_area import PlotArea
from winit_gui.style import AXIS_POINTS, LIGHT, SENTENCE_POINTS, SPACE, Theme, font

_LABEL_POINTS = 9.0
_BELOW = 0.05  # of the axis, for the marks of the schemes without a bias
_TAG_OPACITY = 190
_RADIUS = 4.0
_TARGET_REACH = 9.0
_STEP = 0.01  # of an axis, per key press
_LOWEST = 200  # pixels of the plane, in type of the usual size


@dataclass(frozen=True)
class _Pixels:
    """Pixels of the plot from numbers on its axes, and back; `floor` is where σ_b² is 0."""

    per_w: float
    per_b: float
    floor: float

    def box(self, w: float, b: float, width: float, height: float) -> Box:
        """Return the box of a size in pixels around a place on the axes."""
        x, y = w / self.per_w, self.floor - b / self.per_b
        return Box(x - width / 2, y - height / 2, width, height)

    def middle(self, box: Box) -> tuple[float, float]:
        """Return the middle of a box on the axes."""
        x, y = box.x + box.width / 2, box.y + box.height / 2
        return x * self.per_w, (self.floor - y) * self.per_b


class _PlaneArea(PlotArea):
    """A plot that takes the room there is and asks for no more than it needs.

    Others ask for what they had, and would scroll for good what they stand in.
    """

    def sizeHint(self) -> QSize:
        """Return what the plot needs."""
        return self.minimumSizeHint().expandedTo(self.minimumSize())


class PhasePlaneView(QWidget):
    """The plane with its schemes and a point that can be dragged; beside it two cobwebs.

    Signals
    -------
    point_moved(float, float)
        The point is being dragged: σ_w² and σ_b².
    point_chosen(float, float)
        It was let go, or moved by a key.
    scheme_chosen(object)
        A `SchemeChoice` whose mark was clicked.
    """

    point_moved = Signal(float, float)
    point_chosen = Signal(float, float)
    scheme_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._plane: PhasePlane | None = None
        self._point = (1.0, 0.0)
        self._name, self._note = "", ""
        self._groups: list[PointGroup] = []
        self.area = _PlaneArea()
        self.area.item.setContentsMargins(0, 2 * SPACE, 3 * SPACE, 0)
        self.area.set_labels(
            rich(tr("σ_w² = fan_in × variance of a weight")),
            rich(tr("σ_b² = variance of a bias")),
            rich("σ_w²"),
            rich("σ_b²"),
        )
        self._regions = self.area.add(pg.ImageItem(axisOrder="col-major"), -30)
        self._contours: list[tuple[pg.PlotCurveItem, pg.TextItem]] = []
        self._edge = self.area.add(pg.PlotCurveItem(connect="finite"), 5)
        self._edge_foot = self.area.add(pg.ScatterPlotItem(), 5)
        self._marks = self.area.add(pg.ScatterPlotItem(), 10)
        self._leaders = self.area.add(pg.PlotCurveItem(connect="pairs"), 8)
        self._texts: list[pg.TextItem] = []
        self._region_texts: list[pg.TextItem] = []
        self.target: pg.TargetItem = self.area.add(
            pg.TargetItem(pos=self._point, size=14, symbol="crosshair", movable=True), 30
        )
        self.target.sigPositionChanged.connect(self._on_dragged)
        self.target.sigPositionChangeFinished.connect(self._on_let_go)
        self.variance = CobwebChart(tr("Variance map"), tr("q of a layer"), tr("q of the next"))
        self.correlation = CobwebChart(
            tr("Correlation map"), tr("c of two inputs"), tr("c one layer on")
        )
        self.readout = QLabel(tr("Nothing is computed yet"))
        self.readout.setWordWrap(True)
        self.names = QLabel()
        self.names.setWordWrap(True)
        self.names.hide()
        self.key = QLabel()
        self.key.setWordWrap(True)
        cobwebs = QVBoxLayout()
        cobwebs.setSpacing(2 * SPACE)
        cobwebs.addWidget(self.variance, 1)
        cobwebs.addWidget(self.correlation, 1)
        top = QHBoxLayout()
        top.setSpacing(3 * SPACE)
        top.addWidget(self.area, 5)
        top.addLayout(cobwebs, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(top, 1)
        layout.addWidget(self.names)
        layout.addWidget(self.readout)
        layout.addWidget(self.key)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.view.setFocusProxy(self)  # it would scroll with the arrow keys
        self.setAccessibleName(tr("Phase plane"))
        self.area.pointed.connect(self._on_pointed)
        self.area.left.connect(self._on_left)
        self.area.clicked.connect(self._on_clicked)

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        for part in (self.area, self.variance, self.correlation):
            part.set_theme(theme)
        metrics = QFontMetricsF(font(theme, AXIS_POINTS))
        left = round(metrics.horizontalAdvance("0.00") + 2.1 * metrics.height())
        self.area.item.getAxis("left").setWidth(left)
        self.area.setMinimumHeight(round(_LOWEST * theme.type_scale))
        for label, colour in (
            (self.names, theme.text),
            (self.readout, theme.text),
            (self.key, theme.muted),
        ):
            label.setFont(font(theme, SENTENCE_POINTS))
            label.setStyleSheet(f"color: {colour}")
        # Two lines, so that the plane does not jump when one is enough.
        self.readout.setMinimumHeight(round(2.1 * QFontMetricsF(self.readout.font()).height()))
        self._draw()

    def show_plane(self, plane: PhasePlane) -> None:
        """Draw a plane, coarse or fine."""
        self._plane = plane
        self._draw()

    def show_point(self, sigma_w2: float, sigma_b2: float, name: str = "", note: str = "") -> None:
        """Put the point somewhere, with a name and what there is to say; no signal is sent."""
        self._point, self._name, self._note = (sigma_w2, sigma_b2), name, note
        self.target.blockSignals(True)
        self.target.setPos(*self._held(sigma_w2, sigma_b2))
        self.target.blockSignals(False)
        self._draw_point()

    def show_cobwebs(self, variance: Cobweb, correlation: Cobweb | None) -> None:
        """Draw the maps at the point."""
        self.variance.show_cobweb(variance)
        dies = variance.steps_y.size > 1 and variance.steps_y[-1] < variance.steps_y[1]
        self.correlation.show_cobweb(
            correlation,
            tr("The signal dies out: there is nothing to correlate.")
            if dies
            else tr("The signal settles on no size: there is nothing to correlate."),
        )

    def sentences(self) -> list[str]:
        """Return what the plane says, in plain text."""
        return [] if self._plane is None else [self._said(), key_sentence(self._plane)]

    @property
    def groups(self) -> list[PointGroup]:
        """The marks that are drawn."""
        return list(self._groups)

    def _held(self, sigma_w2: float, sigma_b2: float) -> tuple[float, float]:
        if self._plane is None:
            return max(sigma_w2, 0.0), max(sigma_b2, 0.0)
        extent = self._plane.extent
        return (
            min(max(sigma_w2, 0.0), extent.sigma_w2),
            min(max(sigma_b2, 0.0), extent.sigma_b2),
        )

    # Drawing

    def _draw(self) -> None:
        if self._plane is None:
            return
        plane, theme = self._plane, self._theme
        self.area.set_x(0, plane.extent.sigma_w2)
        self.area.set_y(-_BELOW * plane.extent.sigma_b2, plane.extent.sigma_b2)
        self._regions.setImage(region_picture(plane, theme), autoLevels=False)
        self._regions.setRect(QRectF(0, 0, plane.extent.sigma_w2, plane.extent.sigma_b2))
        pen = pg.mkPen(theme.text, width=theme.line_width * 1.6)
        self._edge.setData(x=plane.edge.sigma_w2, y=plane.edge.sigma_b2, pen=pen, connect="finite")
        is_point = plane.edge.q.size == 1
        self._edge_foot.setData(
            x=plane.edge.sigma_w2 if is_point else [],
            y=plane.edge.sigma_b2 if is_point else [],
            symbol="d",
            size=15 * theme.type_scale,
            pen=pg.mkPen(theme.ground, width=1),
            brush=theme.text,
        )
        self._draw_contours()
        self._draw_point()
        self._draw_schemes()
        self.key.setText(rich(key_sentence(plane)))
        self._say(self._said())

    def _said(self) -> str:
        assert self._plane is not None
        place = point_sentence(self._plane, *self._point)
        if self._name:
            place = tr("{scheme} at {place}", scheme=self._name, place=place)
        return tr("{place}. {note}", place=place, note=self._note) if self._note else place

    def _say(self, text: str) -> None:
        self.readout.setText(rich(text))
        self.setAccessibleDescription(spoken(text))

    def _draw_contours(self) -> None:
        assert self._plane is not None
        plane, theme = self._plane, self._theme
        while len(self._contours) < len(plane.contours):
            item = self.area.add(pg.PlotCurveItem(connect="finite"), 3)
            self._contours.append((item, self.area.add(pg.TextItem(anchor=(0.5, 0.5)), 4)))
        for (item, _), contour in zip(self._contours, plane.contours, strict=False):
            curve = contour.curve
            pen = pg.mkPen(theme.muted, width=theme.hairline, style=Qt.PenStyle.DashLine)
            item.setData(x=curve.sigma_w2, y=curve.sigma_b2, pen=pen, connect="finite")

    def _number_contours(self, pixels: _Pixels) -> list[Box]:
        """Write the numbers of the contours that have room; return where."""
        assert self._plane is not None
        plane, theme = self._plane, self._theme
        letters = font(theme, _LABEL_POINTS * 0.95)
        metrics = QFontMetricsF(letters)
        taken: list[Box] = []
        for (_, text), contour in zip(self._contours, plane.contours, strict=False):
            curve, words = contour.curve, f"{contour.layers:g}"
            share = 0.94 - 0.07 * DEPTH_SCALES.index(contour.layers)
            place = contour_label(plane, curve.sigma_w2, curve.sigma_b2, share)
            box = None
            if place is not None:
                size = metrics.horizontalAdvance(words) + 2 * SPACE, 1.2 * metrics.height()
                box = pixels.box(*place, *size)
            free = box is not None and not any(box.meets(other) for other in taken)
            text.setVisible(free)
            if place is None or box is None or not free:
                continue
            taken.append(box)
            text.setText(words, color=theme.muted)
            text.fill = pg.mkBrush(regime_colour(theme, regime_at(plane, *place)))
            text.setFont(letters)
            text.setPos(*place)
        return taken

    def _draw_point(self) -> None:
        theme = self._theme
        self.target.setPen(pg.mkPen(theme.accent, width=theme.line_width))
        self.target.setHoverPen(pg.mkPen(theme.text, width=theme.line_width))
        if self._plane is not None:
            self._say(self._said())

    def _draw_schemes(self) -> None:
        """Mark the schemes and name them where there is room."""
        assert self._plane is not None
        plane, theme = self._plane, self._theme
        box = self.area.item.getViewBox()
        width, height = box.width(), box.height()
        extent = plane.extent
        if width < 50 or height < 50:
            return
        per_w, per_b = extent.sigma_w2 / width, (1 + _BELOW) * extent.sigma_b2 / height
        floor = height - _BELOW * extent.sigma_b2 / per_b  # the pixel of σ_b² = 0
        pixels = _Pixels(per_w, per_b, floor)
        self._groups = grouped(plane, per_w, per_b)
        radius = _RADIUS * theme.type_scale
        self._marks.setData(
            x=[g.sigma_w2 - (radius * per_w if g.beyond else 0) for g in self._groups],
            y=[g.sigma_b2 for g in self._groups],
            symbol=["t2" if g.beyond else "o" for g in self._groups],
            size=2 * radius,
            pen=pg.mkPen(theme.ground, width=1),
            brush=theme.text,
        )
        points = [(g.sigma_w2 / per_w, floor - g.sigma_b2 / per_b) for g in self._groups]
        taken = [
            pixels.box(*self._held(*self._point), 2 * _TARGET_REACH, 2 * _TARGET_REACH),
            *self._number_contours(pixels),
        ]
        marks = [Box(x - radius, y - radius, 2 * radius, 2 * radius) for x, y in points]
        taken += self._draw_region_names([*taken, *marks], pixels, Box(0, 0, width, floor))
        room = Box(0, 0, width, floor - radius)
        names = [group.name for group in self._groups]
        places = placed(points, self._sizes(names), room, radius, taken)
        has_room = uncluttered(points, places, room)
        if not has_room:  # numbers beside the marks, and what they mean below
            names = [str(number) for number in range(1, len(names) + 1)]
            places = placed(points, self._sizes(names), room, radius, taken)
        self.names.setText("" if has_room else names_sentence(self._groups))
        self.names.setVisible(not has_room)
        self._draw_names(names, places, points, pixels)

    def _sizes(self, names: list[str]) -> list[tuple[float, float]]:
        metrics = QFontMetricsF(font(self._theme, _LABEL_POINTS))
        height = 1.15 * metrics.height()
        return [(metrics.horizontalAdvance(name) + 2 * SPACE, height) for name in names]

    def _draw_names(
        self,
        names: list[str],
        places: list[Box | None],
        points: list[tuple[float, float]],
        pixels: _Pixels,
    ) -> None:
        while len(self._texts) < len(places):
            self._texts.append(self.area.add(pg.TextItem(anchor=(0.5, 0.5)), 12))
        xs: list[float] = []
        ys: list[float] = []
        for n, text in enumerate(self._texts):
            place = places[n] if n < len(places) else None
            text.setVisible(place is not None)
            if place is None:
                continue
            text.setText(names[n], color=self._theme.text)
            text.setFont(font(self._theme, _LABEL_POINTS))
            tag = QColor(self._theme.ground)
            tag.setAlpha(_TAG_OPACITY)
            text.fill = pg.mkBrush(tag)
            text.setPos(*pixels.middle(place))
            near = place.nearest(*points[n])
            if math.dist(near, points[n]) > 12 * self._theme.type_scale:
                for x, y in (points[n], near):
                    xs.append(x * pixels.per_w)
                    ys.append((pixels.floor - y) * pixels.per_b)
        pen = pg.mkPen(self._theme.muted, width=self._theme.hairline)
        self._leaders.setData(x=xs, y=ys, pen=pen, connect="pairs")

    def _draw_region_names(self, taken: list[Box], pixels: _Pixels, room: Box) -> list[Box]:
        """Write the name of each region that has room for it, within the region; return where."""
        assert self._plane is not None
        letters = font(self._theme, SENTENCE_POINTS * 1.15)
        letters.setItalic(True)
        metrics = QFontMetricsF(letters)
        height = 1.2 * metrics.height()
        found: list[Box] = []
        while len(self._region_texts) < len(REGIMES):
            self._region_texts.append(self.area.add(pg.TextItem(anchor=(0.5, 0.5)), 2))
        for text, regime in zip(self._region_texts, REGIMES, strict=True):
            width = metrics.horizontalAdvance(REGIME_NAMES[regime]) + 2 * SPACE
            share = width / room.width, height / room.height
            centres = region_centres(self._plane, regime, *share)
            boxes = (pixels.box(w, b, width, height) for w, b in centres)
            free = (box for box in boxes if not any(box.meets(other) for other in taken))
            box = next(free, None)
            if box is None and centres:  # on top of a number rather than not at all
                box = pixels.box(*centres[0], width, height)
            text.setVisible(box is not None)
            if box is None:
                continue
            found.append(box)
            text.setText(REGIME_NAMES[regime], color=self._theme.muted)
            text.setFont(letters)
            text.setPos(*pixels.middle(box))
        return found

    @property
    def region_words(self) -> dict[Regime, QRectF]:
        """Where the names of the regions are that are on screen, on the axes of the plane."""
        return {
            regime: text.mapRectToParent(text.boundingRect())
            for text, regime in zip(self._region_texts, REGIMES, strict=False)
            if text.isVisible()
        }

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find new places for the names."""
        super().resizeEvent(event)
        if self._plane is not None:
            self._draw_schemes()

    # Acting

    @Slot(object)
    def _on_dragged(self, target: object) -> None:
        position = self.target.pos()
        held = self._held(position.x(), position.y())
        if held != (position.x(), position.y()):
            self.target.blockSignals(True)
            self.target.setPos(*held)
            self.target.blockSignals(False)
        self._point, self._name, self._note = held, "", ""
        self._draw_point()
        self.point_moved.emit(*held)

    @Slot(object)
    def _on_let_go(self, target: object) -> None:
        self.point_chosen.emit(*self._point)

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        if self._plane is None or self.target.moving:
            return
        group = self._group_at(x, y)
        if group is None:
            self._say(point_sentence(self._plane, max(x, 0.0), max(y, 0.0)))
        else:
            self._say(group_sentence(group, self._plane.activation))

    @Slot()
    def _on_left(self) -> None:
        if self._plane is not None:
            self._say(self._said())

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        group = self._group_at(x, y)
        if group is not None and not self.target.moving:
            self.scheme_chosen.emit(group.points[0].choice)

    def _group_at(self, x: float, y: float) -> PointGroup | None:
        def distance(group: PointGroup) -> float:
            return math.hypot(*self.area.pixels(x - group.sigma_w2, y - group.sigma_b2))

        nearest = min(self._groups, key=distance, default=None)
        reach = 3 * _RADIUS * self._theme.type_scale
        return nearest if nearest is not None and distance(nearest) < reach else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the point: a hundredth of an axis, with Shift a tenth."""
        if self._plane is None:
            return
        step = _STEP * (10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        directions = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        direction = directions.get(Qt.Key(event.key()))
        if direction is None:
            super().keyPressEvent(event)
            return
        extent = self._plane.extent
        w, b = self._held(*self._point)
        held = self._held(
            w + direction[0] * step * extent.sigma_w2, b + direction[1] * step * extent.sigma_b2
        )
        self.show_point(*held)
        self.point_moved.emit(*held)
        self.point_chosen.emit(*held)
