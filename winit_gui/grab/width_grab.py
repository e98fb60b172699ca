"""Panel 1: the width of a curve is taken hold of, by its handle or by the curve itself."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, Qt, Slot

from winit_core.errors import ExperimentError
from winit_core.schemes import SchemeChoice
from winit_core.schemes.laws import Law
from winit_core.translation import tr
from winit_core.width import times_rule, why_fixed, width_parameter, with_std
from winit_gui import wording
from winit_gui.grab.handle import Handle
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.panels.weights_panel import WeightsPanel
from winit_gui.picture import Picture
from winit_gui.store import Store

_STEP = 1.05
_FINE_STEP = 1.01
_NEAR = 24
"""Pixels around the handle within which no other curve comes forward."""
_TOO_CLOSE = 0.3
"""A curve taken nearer to its middle than so many std would run away from the pointer."""


def place_of_std(law: Law, fan_in: int, scale: str) -> tuple[float, float]:
    """Return where on panel 1's axes the density stands one std off the mean; NaN if nowhere."""
    if law.std == 0:
        return (math.nan, 0.0) if scale == "log" else (law.mean, 0.0)
    if scale == "log":
        return math.log10(law.std), float(2 * math.log(10) * law.std * law.density(law.std))
    factor = math.sqrt(fan_in) if scale == "relative" else 1.0
    at = law.mean + law.std
    return at * factor, float(law.density(at)) / factor


def std_at_place(x: float, mean: float, fan_in: int, scale: str) -> float:
    """Return the std whose place on panel 1's axis this is; left of the middle counts as right."""
    if scale == "log":
        return float(10 ** min(max(x, -300.0), 300.0))
    return abs(x / math.sqrt(fan_in) if scale == "relative" else x - mean)


class WidthGrab(QObject):
    """Lets the std of a scheme be dragged in panel 1; the parameters follow.

    There is one handle: on the scheme that is forward, else on the one that was last.
    """

    def __init__(self, store: Store, highlight: Highlight, panel: WeightsPanel) -> None:
        super().__init__(panel)
        self._store = store
        self._highlight = highlight
        self._panel = panel
        self._index = NOBODY
        self._curve: tuple[int, float, float] | None = None
        self._limit = ""
        self._picture: Picture | None = None
        self._next: float | None = None
        self._awaits = False
        self._says = False
        self.handle = Handle(panel.area.view.viewport())
        self.handle.setToolTip(wording.TIPS["width_handle"])
        self.handle.entered.connect(self._on_entered)
        self.handle.departed.connect(self._on_departed)
        self.handle.grabbed.connect(self._begin)
        self.handle.moved.connect(self._on_moved)
        self.handle.released.connect(self._end)
        self.handle.cancelled.connect(self._cancel)
        self.handle.key_went_down.connect(self._begin_by_key)
        self.handle.stepped.connect(self._on_stepped)
        self.handle.key_came_up.connect(self._end)
        self.handle.turned.connect(self._turn)
        self.handle.reset_asked.connect(self._to_rule)
        area = panel.area
        area.pointed.connect(self._on_pointed)
        area.left.connect(self._on_left)
        area.pressed.connect(self._on_pressed)
        area.dragged.connect(self._on_dragged)
        area.dropped.connect(self._end)
        area.rescaled.connect(self._place)
        panel.drawn_anew.connect(self._on_drawn)
        highlight.changed.connect(self._on_highlight)

    @property
    def index(self) -> int:
        """The compared scheme that the handle holds, or `NOBODY`."""
        return self._index

    # What the handle stands on

    @Slot(object)
    def _on_drawn(self, picture: Picture) -> None:
        self._picture = picture
        self.handle.set_theme(self._panel.theme)
        self._choose()
        self._place()
        self._set_next()
        if not self._store.dragging:
            self._say()

    @Slot(int)
    def _on_highlight(self, index: int) -> None:
        if index != NOBODY and not self._store.dragging and self._can_take(index):
            self._index = index
        self._place()

    def _choose(self) -> None:
        """Hold some scheme that has a width, if there is one."""
        count = len(self._store.state.experiment.schemes)
        if not (0 <= self._index < count and self._can_take(self._index)):
            self._index = next((i for i in range(count) if self._can_take(i)), NOBODY)

    def _can_take(self, index: int) -> bool:
        experiment = self._store.state.experiment
        if not 0 <= index < len(experiment.schemes):
            return False
        if why_fixed(experiment, index, self._store.state.shown_layer) is not None:
            return False
        return math.isfinite(self._target(index)[0])

    def _law(self, index: int) -> Law:
        state = self._store.state
        return state.experiment.weight_law(index, state.shown_layer)

    @property
    def _fan_in(self) -> int:
        state = self._store.state
        return state.experiment.layer_shapes[state.shown_layer][0]

    def _target(self, index: int) -> tuple[float, float]:
        return place_of_std(self._law(index), self._fan_in, self._store.state.view.weight_scale)

    @Slot()
    def _place(self) -> None:
        """Put the handle on its curve; at the edge of the plot if the curve's width is beyond."""
        picture, index = self._picture, self._index
        count = 0 if picture is None else len(picture.styles)
        shown = 0 <= index < count and index < len(self._store.state.experiment.schemes)
        self.handle.setVisible(shown)
        if not shown or picture is None:
            return
        rect = self._panel.area.plot_rect()
        place = self._panel.area.place_of(*self._target(index))
        x = min(max(place.x(), rect.left()), rect.right())
        y = min(max(place.y(), rect.top() + 0.06 * rect.height()), rect.bottom())
        self.handle.put(QPointF(x, y))
        self.handle.set_colour(picture.styles[index].colour)
        self._name()

    def _name(self) -> None:
        wordings = self._wordings()
        self.handle.setAccessibleName(wordings[0])
        self.handle.setAccessibleDescription(wording.TIPS["width_handle"])

    def _wordings(self) -> tuple[str, ...]:
        state, index = self._store.state, self._index
        choice = state.experiment.schemes[index]
        times, rule = times_rule(state.experiment, index, state.shown_layer)
        std = self._law(index).std
        return wording.width_in_words(choice, std, times, rule, state.shown_layer, self._limit)

    # The pointer

    @Slot()
    def _on_entered(self) -> None:
        if self._index != NOBODY:
            self._highlight.set(self._index)
            self._say()

    @Slot()
    def _on_departed(self) -> None:
        if not self.handle.is_held and not self._store.dragging:
            self._limit = ""
            self._highlight.set(NOBODY)
            self._say()

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        """Be seen while the pointer is in the plot, and keep the curve near the handle forward."""
        self.handle.set_awake(True)
        pointer = self._panel.area.place_of(x, y)
        near = (pointer - self.handle.middle()).manhattanLength() < _NEAR
        if near and self._index != NOBODY:
            self._highlight.set(self._index)
        forward = self._highlight.index
        takes = forward != NOBODY and self._can_take(forward) and self._is_far(forward, x)
        shape = Qt.CursorShape.SizeHorCursor if takes else Qt.CursorShape.ArrowCursor
        self._panel.area.view.viewport().setCursor(shape)
        if forward != NOBODY and not takes:
            state = self._store.state
            reason = why_fixed(state.experiment, forward, state.shown_layer)
            if reason is not None:
                self._panel.add_to_readout(wording.FIXED_WIDTHS[reason])

    @Slot()
    def _on_left(self) -> None:
        self.handle.set_awake(False)

    def _is_far(self, index: int, x: float) -> bool:
        """Tell whether a curve can be taken at a place: not so near its middle that it bolts."""
        scale = self._store.state.view.weight_scale
        law = self._law(index)
        taken = std_at_place(x, law.mean, self._fan_in, scale)
        return scale == "log" or taken > _TOO_CLOSE * law.std > 0

    @Slot(float, float)
    def _on_pressed(self, x: float, y: float) -> None:
        """Remember a curve that is under the pointer: moving on will drag it."""
        forward = self._highlight.index
        self._curve = None
        if forward != NOBODY and self._can_take(forward) and self._is_far(forward, x):
            scale, law = self._store.state.view.weight_scale, self._law(forward)
            self._curve = forward, law.std, std_at_place(x, law.mean, self._fan_in, scale)

    @Slot(float, float)
    def _on_dragged(self, x: float, y: float) -> None:
        """Let the point of the curve that was taken follow the pointer."""
        if self._curve is None:
            return
        index, std, taken = self._curve
        if not self._store.dragging:
            self._index = index
            self._place()
            self.handle.hold()
            self._begin()
        law = self._law(index)
        at = std_at_place(x, law.mean, self._fan_in, self._store.state.view.weight_scale)
        self._follow(std * at / taken)

    @Slot(QPointF)
    def _on_moved(self, place: QPointF) -> None:
        x, _ = self._panel.area.numbers_at(place)
        state = self._store.state
        at = std_at_place(x, self._law(self._index).mean, self._fan_in, state.view.weight_scale)
        self._follow(at)

    def _follow(self, std: float) -> None:
        """Take a std once the one before it is drawn: a mouse says more places than can be."""
        self._next = std
        if not self._awaits:
            self._set_next()

    def _set_next(self) -> None:
        """Give the scheme the std of the pointer's last place, if it has moved on."""
        self._awaits = False
        if self._next is not None and self._store.dragging:
            std, self._next = self._next, None
            before = self._store.state
            self._set(std)
            self._awaits = self._store.state != before

    # The drag

    @Slot()
    def _begin(self) -> None:
        if self._index != NOBODY:
            self._highlight.set(self._index)
            self._next, self._awaits = None, False
            self._store.begin_drag("width by hand")
            self._say()

    @Slot()
    def _begin_by_key(self) -> None:
        if self._index != NOBODY:
            self._store.begin_drag(f"width of scheme {self._index} by key")

    @Slot()
    def _end(self) -> None:
        self._set_next()
        self._curve = None
        self.handle.let_go()
        self._store.end_drag()
        self._after()

    @Slot()
    def _cancel(self) -> None:
        self._curve = self._next = None
        self._limit = ""
        self.handle.let_go()
        self._store.cancel_drag()
        self._after()

    def _after(self) -> None:
        self._place()
        self._say()

    def _say(self) -> None:
        """Say how wide the curve is while the handle is meant, and no longer."""
        meant = self._index != NOBODY and self.handle.is_meant
        if meant or self._says:
            self._says = meant
            self._panel.show_readout(*(self._wordings() if meant else ()))

    @Slot(int, bool)
    def _on_stepped(self, steps: int, fine: bool) -> None:
        if self._index != NOBODY:
            self._highlight.set(self._index)
            std = self._law(self._index).std or self._least()
            self._set(std * (_FINE_STEP if fine else _STEP) ** steps, by_key=True)

    @Slot(int)
    def _turn(self, step: int) -> None:
        """Take the next scheme that has a width."""
        count = len(self._store.state.experiment.schemes)
        if self._index == NOBODY or self._store.dragging:
            return
        for distance in range(1, count + 1):
            index = (self._index + step * distance) % count
            if self._can_take(index):
                self._index = index
                break
        self._place()
        self._on_entered()

    @Slot()
    def _to_rule(self) -> None:
        """Give the scheme the width of its record back."""
        if self._index == NOBODY:
            return
        choice = self._store.state.experiment.schemes[self._index]
        parameter = width_parameter(choice)
        assert parameter is not None
        own = SchemeChoice(choice.key, {**choice.values, parameter.name: parameter.default})
        self._store.begin_drag("width of the rule")
        self._put(own)
        self._end()

    def _least(self) -> float:
        """Return the std of one pixel: narrower than that is seen as nothing."""
        scale = self._store.state.view.weight_scale
        if scale == "log":
            return 1e-12
        per_pixel = 1 / self._panel.area.pixels(1.0, 0)[0]
        return per_pixel / (math.sqrt(self._fan_in) if scale == "relative" else 1.0)

    def _set(self, std: float, by_key: bool = False) -> None:
        """Give the scheme a std as nearly as its parameter allows, and say how far that is."""
        if not self._store.dragging or self._index == NOBODY:
            return
        state = self._store.state
        least = 1e-12 if by_key else self._least()
        made = with_std(
            state.experiment, self._index, state.shown_layer, max(std, least), snap=not by_key
        )
        try:
            self._put(made.choice)
        except ExperimentError as error:
            self._panel.show_readout(wording.error_message(error, "std"))
            return
        name = wording.parameter_label(made.parameter)
        self._limit = wording.parameter_limit(name, made.value) if made.at_limit else ""
        self._say()

    def _put(self, choice: SchemeChoice) -> None:
        """Put a scheme in the place of the one that is held."""
        rows = list(self._store.state.rows)
        ticked = [position for position, row in enumerate(rows) if row.ticked]
        row = ticked[self._index]
        rows[row] = replace(rows[row], choice=choice)
        state = self._store.state
        experiment = replace(
            state.experiment,
            schemes=tuple(r.choice for r in rows if r.ticked),
        )
        std = experiment.weight_law(self._index, state.shown_layer).std
        label = tr("std of {scheme} to {std}", scheme=choice.label, std=wording.number(std))
        self._store.set_rows(tuple(rows), label)
