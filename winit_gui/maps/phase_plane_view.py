"""The plane of (σ_w², σ_b²): regions, edge of chaos, schemes, and the cobwebs of one point."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from winit_core.maps.phase_plane import DEPTH_SCALES, Cobweb, PhasePlane
from winit_core.translation import tr
from winit_gui.maps.cobweb_chart import CobwebChart
from winit_gui.maps.labels import Box, placed
from winit_gui.maps.phase_plane_marks import (
    PointGroup,
    contour_label,
    grouped,
    regime_at,
    regime_colour,
    region_labels,
    region_picture,
)
from winit_gui.maps.phase_plane_words import (
    REGIME_NAMES,
    group_sentence,
    key_sentence,
    point_sentence,
)
from winit_gui.maps.typography import rich, spoken
from winit_gui.panels.plot_area import PlotArea
from winit_gui.style import AXIS_POINTS, LIGHT, SENTENCE_POINTS, SPACE, Theme, font

_LABEL_POINTS = 9.0
_BELOW = 0.05  # of the axis, for the marks of the schemes without a bias
_TAG_OPACITY = 190
_RADIUS = 4.0
_STEP = 0.01  # of an axis, per key press


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
        self.area = PlotArea()
        self.area.item.setContentsMargins(0, 2 * SPACE, 3 * SPACE, 0)
        self.area.set_labels(
            rich(tr("σ_w² = fan_in × variance of a weight")),
            rich(tr("σ_b² = variance of a bias")),
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
        for label, colour in ((self.readout, theme.text), (self.key, theme.muted)):
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
        for (item, text), contour in zip(self._contours, plane.contours, strict=False):
            curve = contour.curve
            pen = pg.mkPen(theme.muted, width=theme.hairline, style=Qt.PenStyle.DashLine)
            item.setData(x=curve.sigma_w2, y=curve.sigma_b2, pen=pen, connect="finite")
            share = 0.94 - 0.07 * DEPTH_SCALES.index(contour.layers)
            place = contour_label(plane, curve.sigma_w2, curve.sigma_b2, share)
            text.setVisible(place is not None)
            if place is not None:
                text.setText(f"{contour.layers:g}", color=theme.muted)
                text.fill = pg.mkBrush(regime_colour(theme, regime_at(plane, *place)))
                text.setFont(font(theme, _LABEL_POINTS * 0.95))
                text.setPos(*place)

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
        metrics = QFontMetricsF(font(theme, _LABEL_POINTS))
        points = [(g.sigma_w2 / per_w, floor - g.sigma_b2 / per_b) for g in self._groups]
        sizes = [
            (metrics.horizontalAdvance(g.name) + 2 * SPACE, 1.15 * metrics.height())
            for g in self._groups
        ]
        room = Box(0, 0, width, floor - radius)
        place_of_target = self._held(*self._point)
        reach = 9.0
        target = Box(
            place_of_target[0] / per_w - reach,
            floor - place_of_target[1] / per_b - reach,
            2 * reach,
            2 * reach,
        )
        places = placed(points, sizes, room, radius, [target])
        self._draw_names(places, points, per_w, per_b, floor)
        taken = [place for place in places if place is not None]
        self._draw_region_names(taken, per_w, per_b, Box(0, 0, width, floor))

    def _draw_names(
        self,
        places: list[Box | None],
        points: list[tuple[float, float]],
        per_w: float,
        per_b: float,
        floor: float,
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
            text.setText(self._groups[n].name, color=self._theme.text)
            text.setFont(font(self._theme, _LABEL_POINTS))
            x, y = place.x + place.width / 2, place.y + place.height / 2
            tag = QColor(self._theme.ground)
            tag.setAlpha(_TAG_OPACITY)
            text.fill = pg.mkBrush(tag)
            text.setPos(x * per_w, (floor - y) * per_b)
            # To the nearest point of the name, where that is some way off.
            px, py = points[n]
            near_x = min(max(px, place.x), place.x + place.width)
            near_y = min(max(py, place.y), place.y + place.height)
            if math.hypot(near_x - px, near_y - py) > 12 * self._theme.type_scale:
                xs += [px * per_w, near_x * per_w]
                ys += [(floor - py) * per_b, (floor - near_y) * per_b]
        pen = pg.mkPen(self._theme.muted, width=self._theme.hairline)
        self._leaders.setData(x=xs, y=ys, pen=pen, connect="pairs")

    def _draw_region_names(self, taken: list[Box], per_w: float, per_b: float, room: Box) -> None:
        assert self._plane is not None
        labels = region_labels(self._plane)
        letters = font(self._theme, SENTENCE_POINTS * 1.15)
        metrics = QFontMetricsF(letters)
        sizes = [
            (metrics.horizontalAdvance(REGIME_NAMES[r]) + 2 * SPACE, 1.2 * metrics.height())
            for r, _, _ in labels
        ]
        points = [(w / per_w, room.height - b / per_b) for _, w, b in labels]
        places = placed(points, sizes, room, 0.0, taken)
        while len(self._region_texts) < len(labels):
            self._region_texts.append(self.area.add(pg.TextItem(anchor=(0.5, 0.5)), 2))
        for n, text in enumerate(self._region_texts):
            place = places[n] if n < len(places) else None
            text.setVisible(place is not None)
            if place is None:
                continue
            regime = labels[n][0]
            text.setText(REGIME_NAMES[regime], color=self._theme.muted)
            letters.setItalic(True)
            text.setFont(letters)
            text.setPos(
                (place.x + place.width / 2) * per_w,
                (room.height - place.y - place.height / 2) * per_b,
            )

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
