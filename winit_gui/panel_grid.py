"""Where the four panels stand: all of them or one, with their heads, notes and plots in line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QGridLayout, QWidget

from winit_gui.highlight import Highlight
from winit_gui.panels.panel import Panel
from winit_gui.picture import Picture
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import LIGHT, SPACE, Theme

if TYPE_CHECKING:
    from winit_gui.panels.layer_details import LayerDetails

_LOW_WINDOW = 800
_CRAMPED_WINDOW = 710
_PLACES = {1: (0, 0), 2: (0, 1), 3: (1, 0), 4: (1, 1)}
_LEARNING = 4
_VEIL = 130


class PanelGrid(QWidget):
    """The panels in two rows, and the distributions of a layer in one of the places.

    Signals
    -------
    details_closed()
        The user wants the distributions away.
    """

    details_closed = Signal()

    def __init__(self, panels: Sequence[Panel], store: Store, highlight: Highlight) -> None:
        super().__init__()
        self.setObjectName("centre")
        self._panels = tuple(panels)
        self._store = store
        self._highlight = highlight
        self._theme: Theme = LIGHT
        self._around: tuple[QWidget, ...] = ()
        self._picture: Picture | None = None
        self._undrawn: list[Panel] = []
        self.details: LayerDetails | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(5 * SPACE)
        self._grid.setVerticalSpacing(3 * SPACE)
        for panel in self._panels:
            self._grid.addWidget(panel, *_PLACES[panel.number])
        for line in (0, 1):
            self._grid.setColumnStretch(line, 1)
            self._grid.setRowStretch(line, 1)
        self._drawing = QTimer(self)
        self._drawing.setInterval(0)
        self._drawing.timeout.connect(self._draw_next)

    def stand_in(self, *around: QWidget) -> None:
        """Name what must have its place before the panels have theirs, from the outside in."""
        self._around = around

    @property
    def is_drawn(self) -> bool:
        """Whether all panels show the latest picture they were given."""
        return not self._undrawn

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours and sizes of a theme."""
        self._theme = theme
        for panel in self._panels:
            panel.set_theme(theme)
        if self.details is not None:
            self.details.set_theme(theme)

    def fade(self, faded: bool) -> None:
        """Lay a veil over the plots: they show something else than what is asked for."""
        veil = QColor(self._theme.ground)
        veil.setAlpha(_VEIL if faded else 0)
        brush = QBrush(veil)
        for panel in self._panels:
            if panel.area.view.foregroundBrush() != brush:  # all would be painted anew
                panel.area.view.setForegroundBrush(brush)

    # Drawing

    def show_picture(self, picture: Picture, state: State) -> None:
        """Draw a picture as the state's view wants it, in the places that the view gives."""
        self.forget()
        self._picture = picture
        enlarged = state.view.enlarged
        for line in (0, 1):
            self._grid.setRowStretch(line, 0)
            self._grid.setColumnStretch(line, 0)
        taken = self._place_details(picture)
        for panel in self._panels:
            row, column = _PLACES[panel.number]
            shown = enlarged in (0, panel.number) and (row, column) != taken
            panel.setVisible(shown)
            if shown:
                self._grid.setRowStretch(row, 1)
                self._grid.setColumnStretch(column, 1)
            panel.show_picture(picture, state)

    def show_draft(self, picture: Picture, state: State) -> None:
        """Draw what follows a drag at once; nothing in the layout moves."""
        for panel in self._panels:
            if not panel.isHidden() and (panel.number != _LEARNING or picture.surfaces):
                panel.show_picture(picture, state)
        if self.details is not None:
            self.details.show_picture(picture, state)

    def show_one_by_one(self, picture: Picture) -> None:
        """Draw a step while it trains, so that a click need not wait for all panels."""
        self._picture = picture
        self._undrawn = [panel for panel in self._panels if panel.number != _LEARNING]
        self._drawing.start()

    def forget(self) -> None:
        """Leave undrawn what is not drawn yet."""
        self._undrawn.clear()
        self._drawing.stop()

    @Slot()
    def _draw_next(self) -> None:
        if self._picture is None or not self._undrawn:
            self._drawing.stop()
            return
        panel = self._undrawn.pop(0)
        if not panel.isHidden():
            panel.show_picture(self._picture, self._store.state)

    def _place_details(self, picture: Picture) -> tuple[int, int] | None:
        """Show the distributions in place of panel 4, or beside an enlarged one; return where."""
        state = self._store.state
        enlarged = state.view.enlarged
        if picture.details is None or not state.view.details or enlarged == _LEARNING:
            if self.details is not None:
                self.details.hide()
            return None
        if self.details is None:
            from winit_gui.panels.layer_details import LayerDetails  # seldom wanted

            self.details = LayerDetails(self._store, self._highlight)
            self.details.closed.connect(self.details_closed)
            self.details.set_theme(self._theme)
        row, column = _PLACES[enlarged or _LEARNING]
        place = (row, 1 - column) if enlarged else (row, column)
        self._grid.addWidget(self.details, *place)
        self._grid.setRowStretch(place[0], 1)
        self._grid.setColumnStretch(place[1], 1)
        self.details.show()
        self.details.show_picture(picture, state)
        return place

    # In line

    @contextmanager
    def sizes_held(self) -> Iterator[None]:
        """Let the plots take only the last of the sizes that they are given on the way."""
        areas = [panel.area for panel in self._panels if not panel.area.is_held]
        for area in areas:
            area.hold()
        try:
            yield
        finally:
            for area in areas:
                area.release()

    @Slot()
    def align(self) -> None:
        """Fit the panels' notes, and let the plots of a row begin at one height."""
        with self.sizes_held():
            self._fit_heads_and_notes()

    def _fit_heads_and_notes(self) -> None:
        self._lay_out_now()  # the widths must be those on screen
        scale, height = self._theme.type_scale, self.window().height()
        most = 1 if height < _LOW_WINDOW * scale else 2
        cramped = height < _CRAMPED_WINDOW * scale
        self._grid.setVerticalSpacing(SPACE if cramped else 3 * SPACE)
        for panel in self._panels:
            panel.area.set_low(cramped)
        for row in (0, 1):
            shown = [p for p in self._panels if _PLACES[p.number][0] == row and not p.isHidden()]
            lines = min(max((panel.strip_lines() for panel in shown), default=0), most)
            folded = any(panel.wants_folded_head() for panel in shown)
            head = max((panel.fold_head(folded) for panel in shown), default=0)
            for panel in shown:
                panel.fit_strip(lines)
                panel.set_head_height(head)
        self._lay_out_now()  # before anything is painted at a size that it does not keep

    def _lay_out_now(self) -> None:
        """Give all that changed its place now, from the outside in, not at the next event."""
        panels = (panel for panel in self._panels if not panel.isHidden())
        for widget in (*self._around, self, *panels):
            layout = widget.layout()
            if layout is not None:
                layout.activate()
