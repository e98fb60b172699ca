"""Panel 4: what training makes of the first weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton

from winit_core.translation import tr, tr_n
from winit_gui import wording
from winit_gui.controls.combo_box import ComboBox
from winit_gui.controls.fitting_button import FittingToolButton
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.panels.layer_chart import Ends, coinciding, decade_ticks
from winit_gui.panels.panel import Panel, Pool
from winit_gui.panels.plot_area import GridLines, put
from winit_gui.panels.surface_plot import SurfacePlot
from winit_gui.picture import Picture
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import SPACE, SchemeStyle
from winit_gui.training_session import Curves, SessionState, TrainingShown

_MOST_POINTS = 120
_NEAR_PIXELS = 14
_OLD_OPACITY = 0.25
_ACCURACY_TICKS = [(share, f"{100 * share:.0f} %") for share in (0, 0.2, 0.4, 0.6, 0.8, 1.0)]
_ON_THE_AXIS = {
    "train_loss": tr("training loss"),
    "held_out_loss": tr("held-out loss"),
    "held_out_accuracy": tr("held-out accuracy"),
}

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LearningLine:
    """One scheme's line: steps, heights on the axis, and where it ended in a divergence."""

    steps: Doubles
    heights: Doubles
    cross: tuple[float, float] | None


def learning_lines(curves: Curves, quantity: str) -> list[LearningLine]:
    """Return what to draw: losses as log10, long runs averaged over neighbouring steps."""
    table = getattr(curves, quantity)
    lines = []
    for index, diverged in enumerate(curves.diverged):
        steps, values = averaged(table[:, index])
        heights = values if quantity == "held_out_accuracy" else _log10(values)
        cross = None
        if diverged is not None:
            known = heights[np.isfinite(heights)]
            cross = (float(diverged.step), float(known[-1]) if known.size else math.nan)
        lines.append(LearningLine(steps, heights, cross))
    return lines


def averaged(values: Doubles, most: int = _MOST_POINTS) -> tuple[Doubles, Doubles]:
    """Return steps and means over runs of neighbouring steps; NaN is passed over."""
    known = np.flatnonzero(np.isfinite(values))
    if known.size <= most:
        return known.astype(np.float64), values[known]
    groups = np.array_split(known, most)
    steps = np.array([group.mean() for group in groups])
    return steps, np.array([values[group].mean() for group in groups])


def _log10(values: Doubles) -> Doubles:
    with np.errstate(divide="ignore", invalid="ignore"):
        heights = np.log10(values)
    heights[np.isneginf(heights)] = np.nan
    return heights


def loss_range(lines: list[LearningLine], baseline: float) -> tuple[float, float]:
    """Return whole decades that hold every line and the baseline."""
    heights = [line.heights[np.isfinite(line.heights)] for line in lines]
    values = np.concatenate([*heights, [math.log10(baseline) if baseline > 0 else 0.0]])
    low, high = math.floor(values.min() - 0.02), math.ceil(values.max() + 0.02)
    return float(low), float(max(high, low + 1))


def step_ticks(last: int, most: int = 7) -> list[tuple[float, str]]:
    """Return round steps to print below the axis, from 0 on."""
    scales = (unit * 10**power for power in range(6) for unit in (1, 2, 5))
    spacing = next(scale for scale in scales if last / scale <= most)
    return [(float(step), f"{step:,}") for step in range(0, last + 1, spacing)]


class LearningPanel(Panel):
    """Curves over the steps, with the controls of the training.

    Signals
    -------
    play_asked(), step_asked(), restart_asked(), pin_asked()
        The buttons.
    step_chosen(int)
        A step to show in all panels; -1: the latest.
    """

    play_asked = Signal()
    step_asked = Signal()
    restart_asked = Signal()
    pin_asked = Signal()
    step_chosen = Signal(int)

    def __init__(self, store: Store, highlight: Highlight, session: TrainingShown) -> None:
        super().__init__(4, tr("Learning"), highlight)
        self._store = store
        self._session = session
        self._curves: Curves | None = None
        self._old: Curves | None = None
        self._pinned: Curves | None = None
        self._shown_step = -1
        self._before_click: int | None = None
        self._bottom, self._top = -1.0, 1.0
        self.play = self._button(tr("Train"), tr("Train all schemes on the same batches (Ctrl+T)"))
        self.play.clicked.connect(self.play_asked)
        self.single = self._fitting_button(tr("One step (.)"), tr("Step"), "+1")
        self.single.clicked.connect(self.step_asked)
        self.restart = self._fitting_button(
            tr("From the same initial weights again"), tr("Restart"), "↺"
        )
        self.restart.clicked.connect(self.restart_asked)
        self.pin = self._fitting_button(
            tr("Keep these curves for comparison; again to drop them (P)"),
            tr("Pin curves"),
            tr("Pin"),
        )
        self.pin.setCheckable(True)
        self.pin.clicked.connect(self.pin_asked)
        self.quantity = ComboBox()
        for key, text in wording.LEARNING.items():
            self.quantity.addItem(text, key)
            self.quantity.setItemData(
                self.quantity.count() - 1,
                wording.LEARNING_DEFINITIONS[key],
                Qt.ItemDataRole.ToolTipRole,
            )
        self.quantity.setAccessibleName(tr("What panel 4 draws"))
        self.quantity.activated.connect(self._on_quantity)
        for widget in (self.play, self.single, self.restart, self.pin, self.quantity):
            self.tools.addWidget(widget)
        self.scrubber = QSlider(Qt.Orientation.Horizontal)
        self.scrubber.setAccessibleName(tr("Step shown in all panels"))
        self.scrubber.setToolTip(tr("Drag to see all panels as they were at a step"))
        self.scrubber.valueChanged.connect(self._on_scrubbed)
        self.clock = QLabel()
        self.clock.setObjectName("muted")
        foot = QHBoxLayout()
        foot.setSpacing(2 * SPACE)
        foot.addWidget(self.scrubber, 1)
        foot.addWidget(self.clock)
        self.layout().addLayout(foot)  # type: ignore[union-attr]
        self._surface = SurfacePlot(self.area)
        self._picture_shown: Picture | None = None
        self.rates: tuple[float | None, ...] = ()
        self._grid = GridLines(self.area)
        self._baseline = self.area.add(pg.PlotCurveItem(), 2)
        self._cursor = self.area.add(pg.PlotCurveItem(), 3)
        self._old_lines = Pool(self.area, pg.PlotCurveItem, 5)
        self._pinned_lines = Pool(self.area, pg.PlotCurveItem, 6)
        self._lines = Pool(self.area, lambda: pg.PlotCurveItem(segmentedLineMode="on"), 10)
        self._crosses = Pool(self.area, pg.ScatterPlotItem, 20)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def _fitting_button(self, tip: str, *wordings: str) -> FittingToolButton:
        button = FittingToolButton()
        button.set_wordings(*wordings)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    @property
    def drawn(self) -> dict[str, Pool]:
        """What is drawn per scheme, by kind."""
        return {
            "lines": self._lines,
            "crosses": self._crosses,
            "old": self._old_lines,
            "pinned": self._pinned_lines,
        }

    def hide_tools(self) -> None:
        """Leave only the curves, for good."""
        super().hide_tools()
        self.scrubber.hide()
        self.clock.hide()

    # What the window tells

    def keep_old(self) -> None:
        """Keep the present curves, faded, until others replace them."""
        curves = self._session.curves()
        if curves is not None and curves.steps > 0:
            self._old = curves

    def toggle_pin(self) -> None:
        """Keep the present curves for comparison, or drop the kept ones."""
        self._pinned = self._session.curves() if self._pinned is None else None

    def show_training(self, state: State, shown_step: int) -> None:
        """Draw what was reached; -1 as the shown step is the latest."""
        self._shown_step = shown_step
        self._curves = self._session.curves()
        if self._curves is not None and self._curves.steps > 0:
            self._old = None
        self._show_controls(state)
        picture = self._picture_shown
        if state.view.learning == "surface" and picture is not None and picture.surfaces:
            self._draw_surfaces(picture)
        else:
            self._surface.hide()
            self._draw_curves(state)
        self.bring_forward(self._highlight.index)

    def draw(self, picture: Picture, state: State) -> None:
        """Draw anew, after a change of theme or view."""
        self._picture_shown = picture
        self.show_training(state, self._shown_step)

    # Drawing

    def _draw_surfaces(self, picture: Picture) -> None:
        for pool in (self._lines, self._crosses, self._old_lines, self._pinned_lines):
            pool.take(0)
        for item in (self._baseline, self._cursor):
            put(item, x=[], y=[])
        self._grid.show([], 0, 1, self.theme)
        self._surface.show(picture.surfaces, picture.experiment, self.theme)
        self.say(tr("What each net answers over the plane, at step {step}", step=picture.step))
        names = [choice.label for choice in picture.experiment.schemes]
        self.set_strip([self.note(s, n) for s, n in zip(picture.styles, names, strict=True)])

    def _draw_curves(self, state: State) -> None:
        curves, quantity = self._curves, state.view.learning
        if quantity == "surface":
            quantity = "train_loss"  # there is no plane to show
        known = [c for c in (curves, self._old, self._pinned) if c is not None and c.steps >= 0]
        lines = [] if curves is None else learning_lines(curves, quantity)
        everything = [line for c in known for line in learning_lines(c, quantity)]
        last = max([state.training.steps, *(c.steps for c in known)])
        self._draw_axes(quantity, everything, known[0].baseline if known else math.nan, last)
        self._draw_set(self._old_lines, self._old, quantity, Qt.PenStyle.SolidLine)
        self._draw_set(self._pinned_lines, self._pinned, quantity, Qt.PenStyle.DashLine)
        styles = () if curves is None else curves.styles
        items = zip(
            lines, styles, self._lines.take(len(lines)), self._crosses.take(len(lines)), strict=True
        )
        for line, style, item, cross in items:
            put(item, x=line.steps, y=line.heights, pen=self.pen(style), connect="finite")
            item.setZValue(11 if style.dash != Qt.PenStyle.SolidLine else 10)
            self._draw_cross(cross, line, style)
        for pool in (self._old_lines, self._pinned_lines):
            for item in pool.shown:
                item.setOpacity(_OLD_OPACITY)
        self._say_what_is_drawn(state, curves)

    def _draw_axes(
        self, quantity: str, lines: list[LearningLine], baseline: float, last: int
    ) -> None:
        left, right = -0.02 * max(last, 1), 1.06 * max(last, 1)
        self.area.set_x(left, right, step_ticks(last))
        if quantity == "held_out_accuracy":
            low, high, ticks = 0.0, 1.0, list(_ACCURACY_TICKS)
            guess = math.nan
        else:
            low, high = loss_range(lines, baseline) if lines else (-1.0, 1.0)
            if self.ends is not None:
                low, high = self.ends.low, self.ends.high
            ticks = decade_ticks(low, high)
            guess = math.log10(baseline) if baseline > 0 else math.nan
        self._bottom, self._top = low, high
        self.area.set_labels(tr("step"), _ON_THE_AXIS[quantity])
        margin = 0.03 * (high - low)
        self.area.set_y(low - margin, high + margin, ticks)
        self._grid.show([height for height, _ in ticks], left, right, self.theme)
        guessing = [] if math.isnan(guess) else [guess, guess]
        pen = pg.mkPen(self.theme.muted, width=self.theme.hairline, style=Qt.PenStyle.DashLine)
        put(self._baseline, x=[left, right][: len(guessing)], y=guessing, pen=pen)
        at = self._shown_step
        cursor = [] if at < 0 else [at, at]
        pen = pg.mkPen(self.theme.text, width=self.theme.hairline)
        put(self._cursor, x=cursor, y=[low, high][: len(cursor)], pen=pen)

    def _draw_set(
        self, pool: Pool, curves: Curves | None, quantity: str, dash: Qt.PenStyle
    ) -> None:
        lines = [] if curves is None else learning_lines(curves, quantity)
        styles = () if curves is None else curves.styles
        for line, style, item in zip(lines, styles, pool.take(len(lines)), strict=True):
            pen = pg.mkPen(style.colour, width=self.theme.line_width, style=dash)
            put(item, x=line.steps, y=line.heights, pen=pen, connect="finite")

    def _draw_cross(self, item: object, line: LearningLine, style: SchemeStyle) -> None:
        places = []
        if line.cross is not None:
            x, y = line.cross
            places = [(x, self._top if math.isnan(y) else min(max(y, self._bottom), self._top))]
        put(
            item,
            x=[x for x, _ in places],
            y=[y for _, y in places],
            symbol="x",
            size=12 * self.theme.type_scale,
            pen=pg.mkPen(self.theme.ground, width=0.6),
            brush=style.colour,
        )

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        self._surface.bring_forward(index)
        for pool in (self._lines, self._crosses):
            pool.fade_all_but(index)

    def scheme_at(self, x: float, y: float) -> tuple[int, tuple[str, ...]]:
        """Return the square or the line nearest to the pointer."""
        if self._surface.images and self._picture_shown is not None:
            choices = self._picture_shown.experiment.schemes
            index = self._surface.scheme_at(x, y, len(choices))
            return index, () if index == NOBODY else (wording.scheme_name(choices[index]),)
        curves = self._curves
        if curves is None or curves.steps < 0:
            return NOBODY, ()
        best, found, value = math.inf, NOBODY, math.nan
        wanted = self._store.state.view.learning
        wanted = "train_loss" if wanted == "surface" else wanted
        for index, line in enumerate(learning_lines(curves, wanted)):
            finite = np.isfinite(line.heights)
            if not finite.any() or not line.steps[0] <= x <= line.steps[-1]:
                continue
            height = float(np.interp(x, line.steps[finite], line.heights[finite]))
            distance = abs(self.area.pixels(0, y - height)[1])
            if distance < best:
                best, found, value = distance, index, height
        if found == NOBODY:
            return NOBODY, ()
        choice = curves.experiment.schemes[found]
        quantity = self._store.state.view.learning
        quantity = "train_loss" if quantity == "surface" else quantity
        shown = (
            f"{100 * value:.0f} %" if quantity == "held_out_accuracy" else wording.number(10**value)
        )
        here = tr(
            "step {step}: {quantity} {value}",
            step=round(x),
            quantity=_ON_THE_AXIS[quantity],
            value=shown,
        )
        wordings = (f"{wording.scheme_name(choice)}, {here}", f"{choice.label}, {here}")
        return found if best < _NEAR_PIXELS else NOBODY, wordings

    def shown_ends(self) -> Ends | None:
        """Return where the vertical axis ends now."""
        return Ends(self._bottom, self._top)

    def take_back_click(self) -> None:
        """Show the step from before again."""
        before, self._before_click = self._before_click, None
        if before is not None and before != self._shown_step:
            self.step_chosen.emit(before)

    def choose_at(self, x: float, y: float) -> None:
        """Show the clicked step in all panels."""
        curves = self._curves
        self._before_click = self._shown_step
        if curves is not None and curves.steps >= 0 and not self._surface.images:
            self.step_chosen.emit(min(max(round(x), 0), curves.steps))

    # Controls

    def _show_controls(self, state: State) -> None:
        session, curves = self._session, self._curves
        running = session.state is SessionState.RUNNING
        finished = session.state is SessionState.FINISHED
        resting = tr("Train") if curves is None else tr("Go on")
        self.play.setText(tr("Pause") if running else resting)
        self.play.setVisible(not finished)
        self.single.setEnabled(not running and not finished)
        self.restart.setVisible(curves is not None and curves.steps >= 0)
        self.pin.setVisible(self._pinned is not None or (curves is not None and curves.steps > 0))
        self.pin.setChecked(self._pinned is not None)
        self.quantity.setCurrentIndex(self.quantity.findData(state.view.learning))
        self.quantity.setToolTip(wording.LEARNING_DEFINITIONS[state.view.learning])
        reached = -1 if curves is None else curves.steps
        with QSignalBlocker(self.scrubber):
            self.scrubber.setEnabled(reached > 0)
            self.scrubber.setRange(0, max(reached, 0))
            self.scrubber.setValue(reached if self._shown_step < 0 else self._shown_step)
        self.clock.setText(self._clock_text(reached, state))

    def _clock_text(self, reached: int, state: State) -> str:
        if reached < 0:
            return tr_n("{count} steps", "{count} steps", state.training.steps)
        shown = reached if self._shown_step < 0 else self._shown_step
        at = {"step": shown, "steps": state.training.steps}
        if self._session.state is not SessionState.RUNNING:
            return tr("step {step} of {steps}", **at)
        elapsed, remaining = self._session.elapsed, self._session.remaining
        if not math.isfinite(remaining):
            return tr("step {step} of {steps}, {elapsed:.0f} s", elapsed=elapsed, **at)
        return tr(
            "step {step} of {steps}, {elapsed:.0f} s, {remaining:.0f} s to go",
            elapsed=elapsed,
            remaining=remaining,
            **at,
        )

    def _say_what_is_drawn(self, state: State, curves: Curves | None) -> None:
        training = state.training
        label = wording.OPTIMIZER_LABELS[training.optimizer]
        quantity = "train_loss" if state.view.learning == "surface" else state.view.learning
        rate = wording.exact_number(training.learning_rate)
        what = tr(
            "{quantity}, {optimizer} with η = {rate}",
            quantity=wording.LEARNING[quantity],
            optimizer=label,
            rate=rate,
        )
        size = training.batch_size
        self.say(
            tr("{what}, batches of {size}, the same for all", what=what, size=size),
            tr("{what}, batches of {size}", what=what, size=size),
            what,
        )
        if self._session.state is SessionState.FAILED:
            self.set_strip([tr("The training stopped: {error}", error=self._session.error)])
        elif self.rates:
            names = [choice.label for choice in self._store.state.experiment.schemes]
            styles = () if self._picture_shown is None else self._picture_shown.styles
            found = zip(names, styles, self.rates, strict=False)
            self.set_strip(
                [self.note(s, f"{n}: {wording.largest_rate(rate)}") for n, s, rate in found]
            )
        elif curves is None or curves.steps < 0:
            hint = tr("Press Train to see which of these nets learn")
            self.set_strip([hint if self._old is None else tr("Changed.") + " " + hint])
        else:
            self.set_strip(self._notes_on(curves, state))

    def _notes_on(self, curves: Curves, state: State) -> list[str]:
        notes = []
        if state.view.learning != "held_out_accuracy":
            notes.append(wording.guessing(curves.baseline, curves.experiment))
        for index, diverged in enumerate(curves.diverged):
            if diverged is not None:
                name = curves.experiment.schemes[index].label
                where = wording.divergence(diverged)
                notes.append(self.note(curves.styles[index], f"{name}: {where}"))
        if self._session.state is SessionState.FINISHED:  # at first all lines are one
            notes.extend(self._notes_on_one_line(curves, state))
        return notes

    def _notes_on_one_line(self, curves: Curves, state: State) -> list[str]:
        """Return which lines lie on one another: only one of them is seen."""
        quantity = "train_loss" if state.view.learning == "surface" else state.view.learning
        values = np.asarray(getattr(curves, quantity), dtype=np.float64).T
        heights = values if quantity == "held_out_accuracy" else _log10(values)
        names = [choice.label for choice in curves.experiment.schemes]
        return [
            self.note(curves.styles[group[0]], " ≈ ".join(names[index] for index in group))
            for group in coinciding(heights, self._top - self._bottom)
        ]

    def _on_quantity(self) -> None:
        key = self.quantity.currentData()
        label = tr("panel 4 to {quantity}", quantity=wording.LEARNING[key])
        self._store.update_view(label, learning=key)

    def _on_scrubbed(self, step: int) -> None:
        self.step_chosen.emit(step)
