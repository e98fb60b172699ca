"""From a change of the state to the picture on screen: what is asked for, and where it is drawn."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from winit_core.experiment import Experiment
from winit_core.translation import tr
from winit_gui.grab.dragging import Dragging
from winit_gui.heavy_start import HeavyStart
from winit_gui.highlight import NOBODY
from winit_gui.picture import Picture, Request
from winit_gui.pins.ghost_work import GhostWork

if TYPE_CHECKING:
    from winit_gui.window import Window

_log = logging.getLogger(__name__)
_ROOM_BESIDE_EXPLANATION = 400
"""So wide are the panels at least, at the usual size of type, for all three to stand together."""


class PictureFlow(QObject):
    """Keeps what a window shows on the state of its store."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._store = window.store
        self._work = window.work
        self._training = window.training
        self._asks_about: Experiment | None = None
        self._ghosts = GhostWork()
        self._dragging = Dragging(
            self._store, window.panels[:3], self._training, lambda: self._work.picture
        )
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(0)
        self._settling.timeout.connect(self._settle)
        self._connect()

    def _connect(self) -> None:
        store, work, training = self._store, self._work, self._training
        store.experiment_changed.connect(self._on_changed)
        store.rows_changed.connect(self._on_changed)
        store.view_changed.connect(self._on_view_changed)
        store.training_changed.connect(self._on_training_changed)
        store.pins_changed.connect(self._request_ghosts)
        store.drag_changed.connect(self._on_drag)
        work.begun.connect(self._on_first)
        work.made.connect(self._on_made)
        work.busy_changed.connect(self._on_busy)
        work.stopped.connect(self._on_stopped)
        work.again_asked.connect(self.request)
        self._ghosts.changed.connect(self._show_ghosts)
        self._ghosts.failed.connect(self._on_ghosts_failed)
        training.step_changed.connect(self.request)
        self._window.tabs.currentChanged.connect(self.place_explanation)
        training.found.connect(self._window.grid.align)
        training.failed.connect(work.fail)
        training.finding.connect(self._on_finding)
        self._window.cards.refitted.connect(self._settling.start)
        self._window.notice.button_clicked.connect(self._on_notice_button)

    @property
    def settled(self) -> bool:
        """Whether what is on screen is what the controls say."""
        work = self._work
        if work.picture is None or not work.idle or not self._window.grid.is_drawn:
            return False
        if self._settling.isActive() or not self._ghosts.idle:
            return False
        return work.answers(self._wanted())

    def close(self) -> None:
        """Draw no more, and wait for the threads."""
        self._window.grid.forget()
        self._settling.stop()
        self._ghosts.close()
        self._work.close()

    # What is asked for

    @Slot()
    def _on_changed(self) -> None:
        self._training.follow_state()
        picture, asked = self._work.picture, self._store.state.experiment.schemes
        if picture is not None:
            drawn = picture.experiment.schemes
            if [choice.key for choice in drawn] != [choice.key for choice in asked]:
                self._window.highlight.set(NOBODY)  # or another one would come forward in its place
        self.request()
        if not self._store.dragging:
            self._window.tabs.refresh()

    @Slot(bool)
    def _on_drag(self, begins: bool) -> None:
        if begins:
            self._dragging.begin()
        else:
            self._dragging.end()
            self._on_changed()

    @Slot()
    def _on_training_changed(self) -> None:
        self._training.follow_state()
        if not self.request():  # a trained step is no longer what to show
            self.draw()

    @Slot()
    def _on_view_changed(self) -> None:
        self._window.apply_theme()
        self._training.set_pace()
        if not self.request():
            self.draw()  # what needs no new numbers shows at once

    def _wanted(self) -> Request:
        """Return what the controls ask for: at the latest step, unless one was chosen."""
        training = self._training
        request = Request.of(self._store.state, training.history, training.shown_step)
        return self._dragging.draft(request)

    @Slot()
    def request(self) -> bool:
        """Have computed what the state needs; true if the picture already holds it."""
        if self._asks_about == self._store.state.experiment:
            return False
        self._asks_about = None
        self._request_ghosts()
        wanted = self._wanted()
        if self._work.answers(wanted):
            self._work.rest()
            self.draw()
            return True
        self._work.ask(wanted, self._window.workers, self._store.dragging)
        return False

    def ask_first(self) -> None:
        """Compute the present experiment only when told to, or when it was changed."""
        self._asks_about = self._store.state.experiment
        page = HeavyStart(self._store.state)
        page.compute_asked.connect(self._compute_after_all)
        page.default_asked.connect(self._window.reset)
        page.default_asked.connect(self._window.files.leave)
        self._window.pages.addWidget(page)
        self._window.pages.setCurrentWidget(page)

    @Slot()
    def _compute_after_all(self) -> None:
        self._asks_about = None
        self.request()

    # What was made

    @Slot(object)
    def _on_first(self, picture: Picture) -> None:
        """Show what is measured already, while theory is still at work."""
        self.draw()
        self._settling.start()

    @Slot(object)
    def _on_made(self, picture: Picture) -> None:
        wanted = self._wanted()
        asked_meanwhile = self._store.dragging or wanted.is_of_same_training(picture.request)
        if asked_meanwhile and not self._work.answers(wanted):
            self.request()
        if picture.step and self._training.runs:
            self._window.grid.show_one_by_one(picture)
        elif picture.request.draft:
            self._window.grid.show_draft(picture, self._store.state)
            self._window.cards.show_picture(picture)
            self._window.explain.show_picture(picture)
        else:
            self.draw()
            self._settling.start()

    def draw(self) -> None:
        """Draw the picture at hand as the view wants it, if there is one."""
        window, state, picture = self._window, self._store.state, self._work.picture
        if picture is None:
            return
        grid = window.grid
        grid.fade(not window.notice.isHidden() and not self._work.only_theory_is_missing)
        with grid.sizes_held():
            window.cards.show_picture(picture)
            self.place_explanation()
            window.explain.show_picture(picture)
            grid.show_picture(picture, state)
            window.pages.setCurrentIndex(0 if picture.experiment.schemes else 1)
            grid.align()
        window.menus.show_view()

    @Slot()
    def place_explanation(self) -> None:
        """Show the explanation beside Compare; in a narrow window in the place of the controls."""
        window, picture = self._window, self._work.picture
        schemes = () if picture is None else picture.experiment.schemes
        wanted = self._store.state.view.explain and bool(schemes)
        shown = wanted and window.tabs.currentIndex() == 0
        beside = window.width() - window.explain.minimumWidth() - window.side.minimumWidth()
        room = beside / window.theme.type_scale
        window.explain.setVisible(shown)
        window.side.setVisible(not shown or room >= _ROOM_BESIDE_EXPLANATION)

    @Slot()
    def _settle(self) -> None:
        """Fit once more what was shown for the first time, now that it has its fonts."""
        with self._window.grid.sizes_held():
            self._window.cards.fit()
            self._window.grid.align()

    # What takes its time

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        self._window.grid.fade(busy and not self._work.only_theory_is_missing)
        if busy and self._work.picture is None:
            self._window.show_waiting()

    @Slot()
    def _on_stopped(self) -> None:
        self._window.grid.fade(True)

    @Slot(bool)
    def _on_finding(self, busy: bool) -> None:
        if busy:
            self._window.notice.show_text(
                tr("Searching the largest learning rates that train…"), tr("Stop")
            )
        else:
            self._window.notice.hide()

    @Slot()
    def _on_notice_button(self) -> None:
        if self._training.finds_rates:
            self._training.stop_finding()
        else:
            self._work.go_on_or_stop()

    # Pins

    @Slot()
    def _request_ghosts(self) -> None:
        """Have the ghosts of the shown pins computed, but for what the panels show."""
        picture = self._work.picture
        shown = None if picture is None else picture.initial
        self._ghosts.request(self._store.state, shown, self._window.workers)

    @Slot()
    def _show_ghosts(self) -> None:
        for panel in self._window.panels[:3]:
            panel.ghosts = self._ghosts.ghosts
        self.draw()

    @Slot(object)
    def _on_ghosts_failed(self, error: Exception) -> None:
        _log.error("a pinned experiment could not be computed", exc_info=error)
        told = tr("A pinned experiment could not be computed ({error})", error=error)
        self._window.brief.say(told)
