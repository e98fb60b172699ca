"""Where the four panels stand: all of them or one, with their heads, notes and plots in line.

Where the window is too narrow for two beside each other they stand in one column, and where it is
too low for plots that can be read they scroll.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QScrollArea, QVBoxLayout, QWidget

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
_NUMBERS = (1, 2, 3, 4)
_NARROWEST_PANEL = 210
"""Pixels, in type of the usual size, that each of two panels beside each other needs."""

_LOWEST_DETAILS = 230
_SQUEEZED = 1.06
"""What is only so much higher than the room there is shrinks rather than scrolls."""

_LEARNING = 4
_VEIL = 130


class _Scroll(QScrollArea):
    """Shows the panels, or as many as there is room for; whoever owns it sizes what is inside."""

    def __init__(self, body: QWidget) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(body)
        self.body = body
        self._needed = 0

    @property
    def scrolls(self) -> bool:
        """Whether the panels have more height than can be seen."""
        return self.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOn

    def need(self, height: int) -> bool:
        """Give the panels at least a height; return whether they scroll only now, or no more."""
        before = self.scrolls
        scrolls = height > _SQUEEZED * self.height()
        self._needed = height if scrolls else 0
        policies = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policies.ScrollBarAlwaysOn if scrolls else policies.ScrollBarAlwaysOff
        )
        self._fit()
        return self.scrolls != before

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the panels follow at once."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.viewport().size()
        self.body.resize(room.width(), max(room.height(), self._needed))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn pages; arrows are the window's."""
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            super().keyPressEvent(event)
        else:
            event.ignore()


class PanelGrid(QWidget):
    """The panels in two rows or one below the other; one may give its place to a layer's details.

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
        self._columns = 2
        body = QWidget()
        body.setObjectName("centre")
        self._scroll = _Scroll(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(5 * SPACE)
        self._grid.setVerticalSpacing(3 * SPACE)
        for panel in self._panels:
            self._grid.addWidget(panel, *self._place(panel.number))
        for line in (0, 1):
            self._grid.setColumnStretch(line, 1)
            self._grid.setRowStretch(line, 1)
        self._drawing = QTimer(self)
        self._drawing.setInterval(0)
        self._drawing.timeout.connect(self._draw_next)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)

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
        self._arrange()
        for panel in self._panels:
            panel.show_picture(picture, state)

    def _place(self, number: int) -> tuple[int, int]:
        """Return row and column of a panel."""
        return divmod(number - 1, self._columns)

    def _arrange(self) -> None:
        """Put what the view asks for into its places."""
        enlarged = self._store.state.view.enlarged
        for line in range(len(_NUMBERS)):
            self._grid.setRowStretch(line, 0)
            self._grid.setColumnStretch(line, 0)
        taken = self._place_details()
        for panel in self._panels:
            place = self._place(panel.number)
            self._grid.addWidget(panel, *place)
            shown = enlarged in (0, panel.number) and place != taken
            panel.setVisible(shown)
            if shown:
                self._stretch(place)

    def _stretch(self, place: tuple[int, int]) -> None:
        self._grid.setRowStretch(place[0], 1)
        self._grid.setColumnStretch(place[1], 1)

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

    def _place_details(self) -> tuple[int, int] | None:
        """Show the distributions in place of panel 4, or beside an enlarged one; return where."""
        state, picture = self._store.state, self._picture
        enlarged = state.view.enlarged
        if (
            picture is None
            or picture.details is None
            or not state.view.details
            or enlarged == _LEARNING
        ):
            if self.details is not None:
                self.details.hide()
            return None
        if self.details is None:
            from winit_gui.panels.layer_details import LayerDetails  # seldom wanted

            self.details = LayerDetails(self._store, self._highlight)
            self.details.closed.connect(self.details_closed)
            self.details.set_theme(self._theme)
        row, column = place = self._place(enlarged or _LEARNING)
        if enlarged:  # beside it, or below
            place = (row, 1 - column) if self._columns == 2 else (row + 1, column)
        self._grid.addWidget(self.details, *place)
        self._stretch(place)
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
        columns = self._fitting_columns()
        if columns != self._columns:
            self._columns = columns
            self._arrange()
            self._lay_out_now()
        self._fit_rows()
        if self._scroll_where_needed():  # heads and notes have another width now
            self._grid.setContentsMargins(0, 0, 2 * SPACE if self._scroll.scrolls else 0, 0)
            self._lay_out_now()
            self._fit_rows()
            self._scroll_where_needed()
        self._lay_out_now()  # before anything is painted at a size that it does not keep

    def _fitting_columns(self) -> int:
        """Return how many panels can stand beside each other."""
        room = (self.width() - self._grid.horizontalSpacing()) / 2
        return 2 if room >= _NARROWEST_PANEL * self._theme.type_scale else 1

    def _fit_rows(self) -> None:
        """Give the panels of each row heads of one height and notes of as many lines."""
        scale, height = self._theme.type_scale, self.window().height()
        most = 1 if height < _LOW_WINDOW * scale else 2
        cramped = height < _CRAMPED_WINDOW * scale
        self._grid.setVerticalSpacing(SPACE if cramped else 3 * SPACE)
        for panel in self._panels:
            panel.area.set_low(cramped)
        for shown in self._rows():
            lines = min(max((panel.strip_lines() for panel in shown), default=0), most)
            folded = any(panel.wants_folded_head() for panel in shown)
            head = max((panel.fold_head(folded) for panel in shown), default=0)
            for panel in shown:
                panel.fit_strip(lines)
                panel.set_head_height(head)

    def _rows(self) -> list[list[Panel]]:
        """Return the panels that are shown, row by row."""
        rows: list[list[Panel]] = [[] for _ in _NUMBERS]
        for panel in self._panels:
            if not panel.isHidden():
                rows[self._place(panel.number)[0]].append(panel)
        return rows

    def _scroll_where_needed(self) -> bool:
        """Give each row the height that it needs; return whether that changed their width."""
        least = self._least_heights()
        gaps = self._grid.verticalSpacing() * max(len([row for row in least if row]) - 1, 0)
        changed = self._scroll.need(sum(least) + gaps)
        for row, height in enumerate(least):
            self._grid.setRowMinimumHeight(row, height if self._scroll.scrolls else 0)
        return changed

    def _least_heights(self) -> list[int]:
        """Return the height that each row needs to be read; 0 for those without a panel."""
        details = self.details
        heights = []
        for row, shown in enumerate(self._rows()):
            needs = [panel.readable_height() for panel in shown]
            if details is not None and not details.isHidden():
                place = self._grid.getItemPosition(self._grid.indexOf(details))
                if place[0] == row:  # type: ignore[index]
                    needs.append(round(_LOWEST_DETAILS * self._theme.type_scale))
            heights.append(max(needs, default=0))
        return heights

    @Slot(QWidget, QWidget)
    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        """Scroll to what the keyboard went to; what is clicked stays under the pointer."""
        clicked = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if new is not None and not clicked and self._scroll.body.isAncestorOf(new):
            self._scroll.ensureWidgetVisible(new)

    def _lay_out_now(self) -> None:
        """Give all that changed its place now, from the outside in, not at the next event."""
        panels = (panel for panel in self._panels if not panel.isHidden())
        for widget in (*self._around, self, self._scroll.body, *panels):
            layout = widget.layout()
            if layout is not None:
                layout.activate()
