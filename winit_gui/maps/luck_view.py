"""How one experiment scatters over seeds, beside what theory expects of it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from winit_core.maps.luck import Luck, Reading
from winit_core.translation import tr, tr_n
from winit_gui import wording
from winit_gui.maps import colours
from winit_gui.panels.plot_area import GridLines, PlotArea
from winit_gui.style import AXIS_POINTS, LIGHT, SENTENCE_POINTS, SPACE, Theme, font

READINGS = {
    Reading.ERROR: tr("log₁₀ (error at layer 1 ÷ error at the output layer)"),
    Reading.SIGNAL: tr("log₁₀ (mean square of z in the last hidden layer)"),
}


def decades(value: float, scatter: float) -> str:
    """Return a logarithm with the digits that the scatter leaves a meaning."""
    if not scatter > 0:
        return wording.number(value, 4)
    digits = min(max(1 - math.floor(math.log10(scatter)), 0), 9)
    return f"{value:.{digits}f}".replace("-", "−")


def axis_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return round places on an axis, about eight, with their labels."""
    rough = (high - low) / 8
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= rough * 0.999)
    digits = max(-math.floor(math.log10(step)), 0)
    places = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [(n * step, f"{n * step:.{digits}f}".replace("-", "−")) for n in places]


def luck_sentence(luck: Luck, reading: Reading) -> str:
    """Return what the histogram says, in words."""
    present, seed = luck.present(reading), luck.request.experiment.seed
    values = luck.values(reading)
    finite = values[np.isfinite(values)]
    if not values.size:
        return tr("Nothing is computed yet")
    scatter = float(finite.std()) if finite.size > 1 else 0.0
    parts = []
    if math.isfinite(present):
        parts.append(tr("Seed {seed} lies at {value}", seed=seed, value=decades(present, scatter)))
        rank = luck.rank(reading)
        if not math.isnan(rank):
            parts.append(tr("{share} of the other seeds lie below", share=wording.percent(rank)))
    else:
        parts.append(tr("Seed {seed} has no finite number here", seed=seed))
    if finite.size:
        parts.append(
            tr_n(
                "measured median {median}, scatter {scatter} decades over {count:,} net",
                "measured median {median}, scatter {scatter} decades over {count:,} nets",
                finite.size,
                median=decades(float(np.median(finite)), scatter),
                scatter=wording.number(scatter, 2),
            )
        )
    if luck.predicted is not None:
        law = luck.predicted[reading]
        parts.append(
            tr(
                "theory {median} ± {scatter}",
                median=decades(law.median, scatter),
                scatter=wording.number(law.scatter, 2),
            )
        )
    else:
        parts.append(tr("no theory for this scheme"))
    if finite.size < values.size:
        parts.append(
            tr_n(
                "{count:,} net without a finite number is not drawn",
                "{count:,} nets without a finite number are not drawn",
                values.size - finite.size,
            )
        )
    return "; ".join(parts) + "."


class LuckView(QWidget):
    """The histogram with the predicted log-normal and the present seed.

    Signals
    -------
    seed_chosen(int)
        The seed whose value is nearest to where the plot was clicked.
    """

    seed_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._luck: Luck | None = None
        self._reading = Reading.ERROR
        self._top = 1.0
        self._at: int | None = None  # the seed under the cursor
        self.area = PlotArea()
        self.area.view.setFocusProxy(self)  # it would scroll with the arrow keys
        self._grid = GridLines(self.area)
        self._bars = self.area.add(pg.BarGraphItem(x=[], height=[], width=0.1), 1)
        self._law_halo = self.area.add(pg.PlotCurveItem(), 4)
        self._law = self.area.add(pg.PlotCurveItem(), 5)
        self._present = self.area.add(pg.PlotCurveItem(), 8)
        self._cursor = self.area.add(pg.PlotCurveItem(), 7)
        self._mark = self.area.add(pg.TextItem(anchor=(0.5, 0)), 9)
        self._law_name = self.area.add(pg.TextItem(anchor=(0, 1)), 9)
        self.readout = QLabel(tr("Nothing is computed yet"))
        self.readout.setWordWrap(True)
        self.progress = QLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.area, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.progress)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Luck: the experiment over many seeds"))
        self.area.clicked.connect(self._on_clicked)
        self.area.pointed.connect(self._on_pointed)
        self.area.left.connect(self._on_left)

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        self.area.set_theme(theme)
        metrics = QFontMetricsF(font(theme, AXIS_POINTS))
        left = round(metrics.horizontalAdvance("000") + 2.1 * metrics.height())
        self.area.item.getAxis("left").setWidth(left)
        for label, colour in ((self.readout, theme.text), (self.progress, theme.muted)):
            label.setFont(font(theme, SENTENCE_POINTS))
            label.setStyleSheet(f"color: {colour}")
        self._draw()

    def show_luck(self, luck: Luck, reading: Reading) -> None:
        """Draw one reading, of all seeds or of those known so far."""
        self._luck, self._reading = luck, reading
        self._draw()

    def _draw(self) -> None:
        if self._luck is None:
            return
        luck, reading, theme = self._luck, self._reading, self._theme
        self.area.set_labels(READINGS[reading], tr("density per decade"))
        whole = len(luck.request.order)
        done = tr_n(
            "{known:,} of {count:,} net",
            "{known:,} of {count:,} nets",
            whole,
            known=luck.seeds.size,
        )
        self.progress.setText("" if luck.is_complete else done)
        edges, density = luck.histogram(reading)
        law = None if luck.predicted is None else luck.predicted[reading]
        low, high = axis_range(luck, reading)
        x = np.linspace(low, high, 241)
        curve = law.density(x) if law is not None and law.scatter > 0 else np.zeros(0)
        top = 1.12 * max([*density[:], *curve[:], 1e-3])
        self.area.set_x(low, high, axis_ticks(low, high))
        self.area.set_y(0, top)
        self._grid.show([], low, high, theme)
        width = np.diff(edges)
        ground = colours.mixed(theme.ground, theme.muted, 0.55)
        self._bars.setOpts(
            x=edges[:-1] + width / 2 if edges.size else [],
            y0=np.zeros(density.size),
            height=density,
            width=0.94 * width if edges.size else 0.1,
            brush=ground,
            pen=pg.mkPen(None),
        )
        has_law = curve.size > 0
        for item in (self._law, self._law_halo, self._law_name):
            item.setVisible(has_law)
        if has_law:
            self._law_halo.setData(
                x=x, y=curve, pen=pg.mkPen(theme.ground, width=theme.line_width + 3)
            )
            self._law.setData(
                x=x, y=curve, pen=pg.mkPen(theme.text, width=theme.line_width,
                                           style=Qt.PenStyle.DashLine)
            )  # fmt: skip
            assert law is not None
            at = law.median + 1.1 * law.scatter
            self._law_name.setText(tr("predicted"), color=theme.text)
            self._law_name.setFont(font(theme, SENTENCE_POINTS))
            self._law_name.setPos(at, float(law.density(np.array([at]))[0]))
        self._top = top
        self._draw_present(luck.present(reading), top)
        seeds, _ = self._sorted()
        here = np.flatnonzero(seeds == self._at) if self._at is not None else np.empty(0)
        self._move_to(int(here[0]) if here.size else None)

    def _draw_present(self, present: float, top: float) -> None:
        shown = math.isfinite(present)
        self._present.setVisible(shown)
        self._mark.setVisible(shown)
        if not shown or self._luck is None:
            return
        theme = self._theme
        pen = pg.mkPen(theme.accent, width=theme.line_width)
        self._present.setData(x=[present, present], y=[0, top], pen=pen)
        seed = self._luck.request.experiment.seed
        self._mark.setText(tr("seed {seed}", seed=seed), color=theme.accent)
        self._mark.fill = pg.mkBrush(theme.ground)
        self._mark.setFont(font(theme, SENTENCE_POINTS, bold=True))
        self._mark.setPos(present, top)

    # The cursor

    @property
    def cursor_seed(self) -> int | None:
        """The seed under the cursor; None as long as there is none."""
        return self._at

    def _sorted(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return the seeds whose value is finite, and the values, ascending."""
        if self._luck is None:
            return np.empty(0, dtype=np.int64), np.empty(0)
        values = self._luck.values(self._reading)
        finite = np.flatnonzero(np.isfinite(values))
        order = finite[np.argsort(values[finite], kind="stable")]
        return self._luck.seeds[order], values[order]

    def _nearest(self, x: float) -> int | None:
        """Return the place, in ascending order, of the value nearest to a number."""
        _, values = self._sorted()
        return int(np.argmin(np.abs(values - x))) if values.size else None

    def _move_to(self, place: int | None) -> None:
        """Put the cursor on a value, counted in ascending order; None takes it away."""
        seeds, values = self._sorted()
        if place is None or not values.size:
            self._at = None
            self._cursor.setVisible(False)
            if self._luck is not None:
                self._say(luck_sentence(self._luck, self._reading))
            return
        place = min(max(place, 0), values.size - 1)
        self._at, value = int(seeds[place]), float(values[place])
        pen = pg.mkPen(self._theme.text, width=self._theme.hairline)
        self._cursor.setData(x=[value, value], y=[0, self._top], pen=pen)
        self._cursor.setVisible(True)
        self._say(
            tr_n(
                "Seed {seed}: {value}; {share} of the {count:,} net lie below.",
                "Seed {seed}: {value}; {share} of the {count:,} nets lie below.",
                values.size,
                seed=self._at,
                value=decades(value, float(values.std())),
                share=wording.percent(place / values.size),
            )
        )

    def _say(self, text: str) -> None:
        self.readout.setText(text)
        self.setAccessibleDescription(text)

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        self._move_to(self._nearest(x))

    @Slot()
    def _on_left(self) -> None:
        self._move_to(None)

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        self._move_to(self._nearest(x))
        self._choose()

    def _choose(self) -> None:
        if self._at is not None:
            self.seed_chosen.emit(self._at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the seeds by their values, with Shift ten at a time; Enter and space choose."""
        seeds, values = self._sorted()
        key = Qt.Key(event.key())
        step = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        moves = {Qt.Key.Key_Left: -step, Qt.Key.Key_Right: step}
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: values.size - 1}
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose()
        elif key in ends:
            self._move_to(ends[key])
        elif key in moves and values.size and self._luck is not None:
            # From the present seed, where the cursor is nowhere yet.
            start = self._luck.request.experiment.seed if self._at is None else self._at
            found = np.flatnonzero(seeds == start)
            self._move_to((int(found[0]) if found.size else 0) + moves[key])
        else:
            super().keyPressEvent(event)


def axis_range(luck: Luck, reading: Reading) -> tuple[float, float]:
    """Return what the axis holds: all finite values and four predicted deviations."""
    edges, _ = luck.histogram(reading)
    ends = [float(edges[0]), float(edges[-1])] if edges.size else []
    if luck.predicted is not None:
        law = luck.predicted[reading]
        ends += [law.median - 4 * law.scatter, law.median + 4 * law.scatter]
    if not ends:
        return -1.0, 1.0
    low, high = min(ends), max(ends)
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin
