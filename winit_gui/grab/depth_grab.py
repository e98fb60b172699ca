"""Panels 2 and 3: the end of the hidden layers is taken hold of; the depth follows."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QColor

from winit_core.errors import ExperimentError
from winit_core.experiment import MAX_DEPTH
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.grab.handle import Handle
from winit_gui.panels.panel import Panel
from winit_gui.picture import Picture
from winit_gui.store import Store

_GROW_EVERY_MS = 120
_GROWTH = 1.06
"""A net held beyond the edge grows by this share, and by a layer at least, each time."""
_HEIGHT = 0.1
"""Where the handle stands: this share of the plot's height below the top."""


class DepthGrab(QObject):
    """Lets the number of hidden layers be dragged in a plot over the layers; the width stays."""

    def __init__(self, store: Store, panel: Panel) -> None:
        super().__init__(panel)
        self._store = store
        self._panel = panel
        self._before = store.state.experiment
        self._limit = ""
        self._next: int | None = None
        self._awaits = False
        self._line: Any = panel.area.add(pg.PlotCurveItem(), -3)
        self.handle = Handle(panel.area.view.viewport())
        self.handle.setToolTip(wording.TIPS["depth_handle"])
        self.handle.setAccessibleDescription(wording.TIPS["depth_handle"])
        self.handle.entered.connect(self._on_entered)
        self.handle.departed.connect(self._on_departed)
        self.handle.grabbed.connect(self._begin)
        self.handle.moved.connect(self._on_moved)
        self.handle.released.connect(self._end)
        self.handle.cancelled.connect(self._cancel)
        self.handle.key_went_down.connect(self._begin_by_key)
        self.handle.stepped.connect(self._on_stepped)
        self.handle.key_came_up.connect(self._end)
        panel.area.pointed.connect(self._on_pointed)
        panel.area.left.connect(self._on_left)
        panel.area.rescaled.connect(self._place)
        panel.drawn_anew.connect(self._on_drawn)
        self._growing = QTimer(self)
        self._growing.setInterval(_GROW_EVERY_MS)
        self._growing.timeout.connect(self._grow)

    @property
    def _depth(self) -> int:
        return self._store.state.experiment.depth

    @Slot(object)
    def _on_drawn(self, picture: Picture) -> None:
        theme = self._panel.theme
        self.handle.set_theme(theme)
        self.handle.set_colour(theme.muted)
        self.handle.setVisible(bool(picture.styles))
        self._place()
        self._set_next()

    @Slot()
    def _place(self) -> None:
        """Stand between the last hidden layer and the output."""
        area, theme = self._panel.area, self._panel.theme
        at = self._depth + 0.5
        low, high = area.item.getViewBox().viewRange()[1]
        pen = pg.mkPen(
            QColor(theme.muted if self.handle.is_held else theme.line),
            width=theme.hairline,
            style=Qt.PenStyle.DashLine,
        )
        self._line.setData(x=[at, at], y=[low, high], pen=pen)
        rect = area.plot_rect()
        x = min(max(area.place_of(at, high).x(), rect.left()), rect.right())
        self.handle.put(QPointF(x, rect.top() + _HEIGHT * rect.height()))
        layers = wording.hidden_layers(self._depth)
        self.handle.setAccessibleName(tr("Depth: {layers}", layers=layers))

    @Slot()
    def _on_entered(self) -> None:
        self._say()

    @Slot()
    def _on_departed(self) -> None:
        if not self.handle.is_held:
            self._limit = ""
            self._panel.show_readout()

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        self.handle.set_awake(True)

    @Slot()
    def _on_left(self) -> None:
        self.handle.set_awake(False)

    def _say(self) -> None:
        text = wording.hidden_layers(self._depth)
        self._panel.show_readout(f"{text}{self._limit}", text)

    @Slot()
    def _begin(self) -> None:
        self._start("depth by hand")
        self._say()

    @Slot()
    def _begin_by_key(self) -> None:
        self._start("depth by key")

    def _start(self, key: str) -> None:
        self._limit, self._next, self._awaits = "", None, False
        self._store.begin_drag(key)
        self._before = self._store.state.experiment

    @Slot()
    def _end(self) -> None:
        self._set_next()
        self._growing.stop()
        self._store.end_drag()
        self._after()

    @Slot()
    def _cancel(self) -> None:
        self._limit, self._next = "", None
        self._growing.stop()
        self._store.cancel_drag()
        self._after()

    def _after(self) -> None:
        self._place()
        if self.handle.is_meant:
            self._say()
        else:
            self._panel.show_readout()

    @Slot(QPointF)
    def _on_moved(self, place: QPointF) -> None:
        rect = self._panel.area.plot_rect()
        if place.x() >= rect.right():
            self._next = None
            if not self._growing.isActive():
                self._grow()
                self._growing.start()
            return
        self._growing.stop()
        x, _ = self._panel.area.numbers_at(place)
        self._next = round(x - 0.5)
        if not self._awaits:
            self._set_next()

    def _set_next(self) -> None:
        """Take the pointer's last place, once the one before it is drawn."""
        self._awaits = False
        if self._next is not None and self._store.dragging:
            depth, self._next = self._next, None
            before = self._depth
            self._set(depth)
            self._awaits = self._depth != before

    @Slot()
    def _grow(self) -> None:
        """Get deeper while the pointer is held beyond the edge."""
        self._set(max(self._depth + 1, round(self._depth * _GROWTH)))

    @Slot(int, bool)
    def _on_stepped(self, steps: int, fine: bool) -> None:
        self._set(self._depth + steps)

    def _set(self, depth: int) -> None:
        """Make the nets so deep, as nearly as is allowed, and say where that ends."""
        if not self._store.dragging:
            return
        wanted = min(max(depth, 1), MAX_DEPTH)
        # A layer that is passed on the way back has the width it had before.
        experiment = self._before
        widths = experiment.hidden_widths
        longer = widths + (widths[-1],) * max(wanted - len(widths), 0)
        try:
            self._store.update(
                tr("depth to {layers}", layers=wording.hidden_layers(wanted)),
                hidden_widths=longer[:wanted],
                overrides=tuple(o for o in experiment.overrides if o.index(wanted) <= wanted),
            )
        except ExperimentError as error:
            self._panel.show_readout(wording.error_message(error, tr("Hidden layers")))
            return
        self._limit = "" if wanted == depth else f"; {wording.DEPTH_LIMITS[wanted == 1]}"
        self._say()
