"""The window: puts panels, cards and controls together, and keeps them on the current state."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QEventLoop, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QBrush,
    QCloseEvent,
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QGridLayout,
    QLabel,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.simulation import SimulationStopped
from winit_core.tables import TableError, load_table
from winit_gui.heavy_start import HeavyStart
from winit_gui.highlight import Highlight
from winit_gui.picture import Picture, Request, first_picture, make_picture
from winit_gui.preferences import Preferences
from winit_gui.progress import Progress
from winit_gui.runner import Runner
from winit_gui.settings import Settings
from winit_gui.state import State, View
from winit_gui.store import Store
from winit_gui.style import (
    DARK,
    LIGHT,
    SPACE,
    THEMES,
    Theme,
    ThemeName,
    fitted,
    palette,
    scaled,
    stylesheet,
)
from winit_gui.training_session import outcomes

if TYPE_CHECKING:
    from winit_gui.exports.folder import Exported
    from winit_gui.panels.layer_details import LayerDetails
    from winit_gui.panels.panel import Panel

_log = logging.getLogger(__name__)
_SAVE_AFTER_MS = 800
_SMALLEST = QSize(800, 560)
_LOW_WINDOW = 800
_CRAMPED_WINDOW = 710
_PROGRESS_EVERY_MS = 200
_EXPOSED_WITHIN_MS = 100
_LOOK_EVERY_S = 0.02
_PLACES = {1: (0, 0), 2: (0, 1), 3: (1, 0), 4: (1, 1)}


class Window(QMainWindow):
    """The main window.

    Parameters
    ----------
    store, settings
        The state, and where it is remembered; no settings: nowhere.
    ask_first
        Whether to ask before the first picture is computed.
    place
        Gives the window its place. With it the window shows itself, still empty, before the rest
        is loaded; else whoever makes it shows it.

    Signals
    -------
    failed(object)
        A computation ended with an exception; the window says so, too.
    """

    failed = Signal(object)

    def __init__(
        self,
        store: Store,
        settings: Settings | None,
        ask_first: bool = False,
        place: Callable[[Window], None] | None = None,
    ) -> None:
        super().__init__()
        self._is_complete = False
        self.store = store
        self.highlight = Highlight()
        self._settings = settings
        self.preferences = Preferences() if settings is None else settings.preferences()
        self._runner = Runner()
        self._picture: Picture | None = None
        self._asked: Request | None = None
        self._stopped = False
        self._first_seen = threading.Event()
        self._theme: Theme | None = None
        self.setWindowTitle("winit")
        self.setMinimumSize(_SMALLEST)
        if place is not None:
            place(self)
            self._show_empty()
        from winit_gui import rooms  # not at the top: an empty window can be seen before

        self.side = rooms.SidePanel(store, self.highlight)
        self.weights = rooms.WeightsPanel(store, self.highlight)
        self.signal = rooms.SignalPanel(store, self.highlight)
        self.gradient = rooms.GradientPanel(store, self.highlight)
        self.session = rooms.TrainingSession(self.workers)
        self.learning = rooms.LearningPanel(store, self.highlight, self.session)
        self.panels: tuple[Panel, ...] = (self.weights, self.signal, self.gradient, self.learning)
        self.training = rooms.TrainingControl(
            store, self.session, self.learning, lambda: self._runner.idle
        )
        self.details: LayerDetails | None = None
        self._opening = QTimer(self)  # a click may be the first half of a double click
        self._opening.setSingleShot(True)
        self._opening.setInterval(QApplication.doubleClickInterval())
        self._opening.timeout.connect(self._open_details)
        for panel in (self.signal, self.gradient):
            panel.area.clicked.connect(self._on_layer_clicked)
            panel.area.double_clicked.connect(self._opening.stop)
        self._dragging = rooms.Dragging(
            store, self.panels[:3], self.training, lambda: self._picture
        )
        self.width_grab = rooms.WidthGrab(store, self.highlight, self.weights)
        self.depth_grabs = tuple(
            rooms.DepthGrab(store, panel) for panel in (self.signal, self.gradient)
        )
        self.cards = rooms.Cards(store, self.highlight)
        self.explain = rooms.ExplainPane()
        self._cache = rooms.ResultCache(None if settings is None else settings.cache_folder())
        self.pins = rooms.Pins(store, self)
        self._ghosts = rooms.GhostWork()
        self._lay_out()
        self.notice = rooms.Notice(self._pages)
        self.notice.button_clicked.connect(self._on_notice_button)
        self.brief = rooms.BriefMessage(self._pages)
        self.pins.said.connect(self.brief.say)
        self.setAcceptDrops(True)
        self.files = rooms.FileActions(self, settings, self.exported)
        self.lessons = rooms.LessonActions(self, settings)
        self.help = rooms.Help(self)
        self.menus = rooms.Menus(self)
        self._save_timer = QTimer(self)
        self._save_timer.setSingleShot(True)
        self._save_timer.setInterval(_SAVE_AFTER_MS)
        self._save_timer.timeout.connect(self._save)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(0)
        self._settling.timeout.connect(self._settle)
        self.cards.refitted.connect(self._settling.start)
        self._undrawn: list[Panel] = []
        self._drawing = QTimer(self)
        self._drawing.setInterval(0)
        self._drawing.timeout.connect(self._draw_next)
        self._progress = Progress(store.state.experiment)
        self._progress_timer = QTimer(self)
        self._progress_timer.setInterval(_PROGRESS_EVERY_MS)
        self._progress_timer.timeout.connect(self._show_progress)
        self._connect()
        self._is_complete = True
        self._apply_theme()
        self.setCentralWidget(self._content)
        self._asks_about: Experiment | None = None
        if ask_first:
            self._ask_first()
        self._request()
        self.setFocus()

    def _show_empty(self) -> None:
        """Have the frame and the ground painted; give up where the desktop does not answer."""
        self._dress()
        self.show()
        handle, waited = self.windowHandle(), QElapsedTimer()
        waited.start()
        while True:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            if handle.isExposed() or waited.hasExpired(_EXPOSED_WITHIN_MS):
                break
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    @property
    def settled(self) -> bool:
        """Whether what is on screen is what the controls say."""
        if self._picture is None or not self._runner.idle or self._undrawn:
            return False
        if self._settling.isActive() or not self._ghosts.idle:
            return False
        return self._answers(self._wanted())

    @property
    def workers(self) -> int:
        """How many threads a computation may use."""
        return self.preferences.workers(os.cpu_count() or 1)

    @property
    def picture(self) -> Picture | None:
        """What the panels show."""
        return self._picture

    def _lay_out(self) -> None:
        from winit_gui import rooms

        grid_widget = QWidget()
        grid_widget.setObjectName("centre")
        self._grid = QGridLayout(grid_widget)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(5 * SPACE)
        self._grid.setVerticalSpacing(3 * SPACE)
        self._grid.addWidget(self.weights, 0, 0)
        self._grid.addWidget(self.signal, 0, 1)
        self._grid.addWidget(self.gradient, 1, 0)
        self._grid.addWidget(self.learning, 1, 1)
        for line in (0, 1):
            self._grid.setColumnStretch(line, 1)
            self._grid.setRowStretch(line, 1)
        empty = QLabel("Tick a scheme to compare")
        empty.setObjectName("empty")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        waiting = QLabel()  # says nothing before the wait is long
        waiting.setObjectName("waiting")
        waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        self._pages.addWidget(grid_widget)
        self._pages.addWidget(empty)
        self._pages.addWidget(waiting)
        self._waiting = waiting
        self._pages.setCurrentWidget(waiting)  # panels are laid out once: when there is a picture
        self.explain.hide()
        right = QWidget()
        right.setObjectName("centre")
        column = QVBoxLayout(right)
        column.setContentsMargins(5 * SPACE, 3 * SPACE, 5 * SPACE, 3 * SPACE)
        column.setSpacing(3 * SPACE)
        column.addWidget(self._pages, 1)
        column.addWidget(self.cards)
        self.tabs = rooms.Workspaces(right, self.store, self._cache)
        self.pin_bar = rooms.PinBar(self.store, self.pins)
        self.tabs.set_corner(self.pin_bar)
        whole = QWidget()
        whole.setObjectName("centre")
        columns = QGridLayout(whole)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        columns.addWidget(self.side, 0, 0)
        columns.addWidget(self.tabs, 0, 1)
        columns.addWidget(self.explain, 0, 2)
        columns.setColumnStretch(1, 1)
        self._content = whole

    def _connect(self) -> None:
        self.store.experiment_changed.connect(self._on_changed)
        self.store.rows_changed.connect(self._on_changed)
        self.store.view_changed.connect(self._on_view_changed)
        self.store.history_changed.connect(self.menus.show_history)
        self.store.drag_changed.connect(self._on_drag)
        self.store.pins_changed.connect(self._on_pins)
        self._ghosts.changed.connect(self._show_ghosts)
        self._ghosts.failed.connect(self._on_ghosts_failed)
        self._runner.told.connect(self._on_first)
        self._runner.finished.connect(self._on_finished)
        self._runner.failed.connect(self._on_failed)
        self._runner.busy_changed.connect(self._on_busy)
        self.training.step_changed.connect(self._request)
        self.training.outcomes_changed.connect(self._show_outcomes)
        self.training.finding.connect(self._on_finding)
        self.training.found.connect(self._align)
        self.training.failed.connect(self._on_failed)
        self.side.table_asked.connect(self._open_table)
        self.side.offer_lessons(self.lessons.menu, self.lessons.present)
        self.side.rates_asked.connect(self.training.find_rates)
        for panel in self.panels:
            panel.enlarge_asked.connect(self.toggle_enlarged)
            panel.definition_asked.connect(self.help.define)
        self.store.training_changed.connect(self._on_training_changed)
        self.explain.closed.connect(self.toggle_explain)
        self.explain.turned.connect(self._turn_explanation)
        self.cards.explain_asked.connect(self._explain_scheme)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_theme)

    # State

    @Slot()
    def _on_changed(self) -> None:
        self._save_timer.start()
        self.training.drop_old()
        self._request()
        if not self.store.dragging:
            self.tabs.refresh()

    @Slot(bool)
    def _on_drag(self, begins: bool) -> None:
        if begins:
            self._dragging.begin()
        else:
            self._dragging.end()
            self._on_changed()

    @Slot()
    def _on_training_changed(self) -> None:
        self._save_timer.start()
        self.training.drop_old()
        if not self._request():  # a trained step is no longer what to show
            self._draw()

    @Slot()
    def _on_view_changed(self) -> None:
        self._save_timer.start()
        self._apply_theme()
        self.training.set_pace()
        if not self._request():
            self._draw()  # what needs no new numbers shows at once

    def _answers(self, request: Request) -> bool:
        picture = self._picture
        return picture is not None and picture.answers(request)

    def _wanted(self) -> Request:
        """Return what the controls ask for: at the latest step, unless one was chosen."""
        training = self.training
        request = Request.of(self.store.state, training.history, training.shown_step)
        return self._dragging.draft(request)

    def _request(self) -> bool:
        """Have computed what the state needs; true if the picture already holds it."""
        if self._asks_about == self.store.state.experiment:
            return False
        self._asks_about = None
        self._request_ghosts()
        request = self._wanted()
        if self._answers(request):
            self._asked = None
            self._stopped = False
            self._runner.cancel()
            self.notice.hide()
            self._draw()
            return True
        if request == self._asked and (self._stopped or not self._runner.idle):
            return False  # it is being computed, or the user stopped just that
        if self._is_awaited(request):
            return False  # the newest place is asked for when this one is there
        self._asked = request
        self._stopped = False
        workers = self.workers
        previous, runner, seen = self._picture, self._runner, self._first_seen
        self._progress = progress = Progress(request.experiment, request.nets)

        def job(should_stop: Callable[[], bool]) -> Picture:
            counting, held = progress.counting(should_stop), previous
            if held is None:  # at the start there is no old picture to look at meanwhile
                held = first_picture(request, counting, workers)
                runner.tell(held)
                while not seen.wait(_LOOK_EVERY_S):  # drawing would have to share the processor
                    if should_stop():
                        raise SimulationStopped
            return make_picture(request, held, counting, workers)

        self._runner.submit(job)
        return False

    def _is_awaited(self, request: Request) -> bool:
        """Tell whether what is being computed is to be seen first: a hand drags past it.

        If every move displaced the one before, nothing would be seen before the hand rests.
        """
        if self._runner.idle:
            return False
        asked = self._asked
        return self.store.dragging or (asked is not None and asked.is_of_same_training(request))

    # Pins

    @Slot()
    def _on_pins(self) -> None:
        self._save_timer.start()
        self._request_ghosts()

    def _request_ghosts(self) -> None:
        """Have the ghosts of the shown pins computed, but for what the panels show."""
        picture = self._picture
        shown = None if picture is None else picture.initial
        self._ghosts.request(self.store.state, shown, self.workers)

    @Slot()
    def _show_ghosts(self) -> None:
        for panel in (self.weights, self.signal, self.gradient):
            panel.ghosts = self._ghosts.ghosts
        self._draw()

    @Slot(object)
    def _on_ghosts_failed(self, error: Exception) -> None:
        _log.error("a pinned experiment could not be computed", exc_info=error)
        self.brief.say(f"A pinned experiment could not be computed ({error})")

    def _ask_first(self) -> None:
        """Compute the present experiment only when told to, or when it was changed."""
        self._asks_about = self.store.state.experiment
        page = HeavyStart(self.store.state)
        page.compute_asked.connect(self._compute_after_all)
        page.default_asked.connect(self.reset)
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)

    @Slot()
    def _compute_after_all(self) -> None:
        self._asks_about = None
        self._request()

    @Slot(object)
    def _on_first(self, picture: Picture) -> None:
        """Show what is measured already, while theory is still at work."""
        QTimer.singleShot(0, self._first_seen.set)  # after the painting
        self._picture = picture
        self._draw()
        self._settling.start()

    @Slot(object)
    def _on_finished(self, picture: Picture) -> None:
        self._picture = picture
        self.notice.hide()
        wanted = self._wanted()
        asked_meanwhile = self.store.dragging or wanted.is_of_same_training(picture.request)
        if asked_meanwhile and not self._answers(wanted):
            self._request()
        if picture.step and self.training.runs:
            # Drawn one by one while it trains, so that a click need not wait for all of them.
            self._undrawn = [panel for panel in self.panels if panel is not self.learning]
            self._drawing.start()
        elif picture.request.draft:
            self._draw_draft(picture)
        else:
            self._draw()
            self._settling.start()

    def _draw_draft(self, picture: Picture) -> None:
        """Draw what follows a drag at once; nothing in the layout moves."""
        state = self.store.state
        for panel in self.panels:
            if not panel.isHidden() and (panel is not self.learning or picture.surfaces):
                panel.show_picture(picture, state)
        if self.details is not None:
            self.details.show_picture(picture, state)
        self.cards.show_picture(picture)
        self.explain.show_picture(picture)

    @Slot()
    def _draw_next(self) -> None:
        if self._picture is None or not self._undrawn:
            self._drawing.stop()
            return
        panel = self._undrawn.pop(0)
        if not panel.isHidden():
            panel.show_picture(self._picture, self.store.state)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, MemoryError):
            text = "Not enough memory for this network; the picture is the last one that fitted"
        else:
            _log.error("a computation failed", exc_info=error)
            text = f"This could not be computed ({error}); the picture is the last good one"
        self._stopped = True
        self.notice.show_text(text, "Try again")
        self.failed.emit(error)

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        self._fade(busy and not self._only_theory_is_missing)
        if busy and self._picture is None:
            self._waiting.setText("The first picture is being computed…")
            self._pages.setCurrentWidget(self._waiting)
        if busy:
            self._progress_timer.start()
            self._show_progress()
        else:
            self._progress_timer.stop()
            self.notice.hide()

    @Slot()
    def _show_progress(self) -> None:
        experiment = self.store.state.experiment
        schemes, layers = len(experiment.schemes), experiment.depth + 1
        self.notice.show_text(
            f"Computing {schemes} schemes × {layers} layers, {self._progress.percent} %", "Stop"
        )

    @Slot()
    def _on_notice_button(self) -> None:
        if self.training.finds_rates:
            self.training.stop_finding()
            return
        if self._stopped:
            self._asked = None
            self.notice.hide()
            self._request()
            return
        self._runner.cancel()
        self._stopped = True
        self._fade(True)
        self.notice.show_text("Stopped. The panels show the experiment before", "Compute")

    @property
    def _only_theory_is_missing(self) -> bool:
        """Whether the measurement on screen is already that of the asked experiment."""
        picture, asked = self._picture, self._asked
        if picture is None or asked is None or picture.predictions:
            return False
        return picture.experiment == asked.experiment and not self._stopped

    def _fade(self, faded: bool) -> None:
        veil = QColor(self._theme.ground if self._theme else LIGHT.ground)
        veil.setAlpha(130 if faded else 0)
        brush = QBrush(veil)
        for panel in self.panels:
            if panel.area.view.foregroundBrush() != brush:  # all would be painted anew
                panel.area.view.setForegroundBrush(brush)

    def _draw(self) -> None:
        state, picture = self.store.state, self._picture
        if picture is None:
            return
        self._undrawn.clear()
        self._drawing.stop()
        self._fade(not self.notice.isHidden() and not self._only_theory_is_missing)
        with self._sizes_held():
            self._draw_all(picture, state)
        self.menus.show_view()

    def _draw_all(self, picture: Picture, state: State) -> None:
        self.cards.show_picture(picture)
        self.explain.setVisible(state.view.explain and bool(picture.experiment.schemes))
        self.explain.show_picture(picture)
        enlarged = state.view.enlarged
        for line in (0, 1):
            self._grid.setRowStretch(line, 0)
            self._grid.setColumnStretch(line, 0)
        taken = self._place_details(picture)
        for panel in self.panels:
            row, column = _PLACES[panel.number]
            shown = enlarged in (0, panel.number) and (row, column) != taken
            panel.setVisible(shown)
            if shown:
                self._grid.setRowStretch(row, 1)
                self._grid.setColumnStretch(column, 1)
            panel.show_picture(picture, state)
        self._pages.setCurrentIndex(0 if picture.experiment.schemes else 1)
        self._align()

    @contextmanager
    def _sizes_held(self) -> Iterator[None]:
        """Let the plots take only the last of the sizes that they are given on the way."""
        areas = [panel.area for panel in self.panels if not panel.area.is_held]
        for area in areas:
            area.hold()
        try:
            yield
        finally:
            for area in areas:
                area.release()

    def _place_details(self, picture: Picture) -> tuple[int, int] | None:
        """Show the distributions in place of panel 4, or beside an enlarged one; return where."""
        enlarged = self.store.state.view.enlarged
        if picture.details is None or not self.store.state.view.details or enlarged == 4:
            if self.details is not None:
                self.details.hide()
            return None
        if self.details is None:
            from winit_gui.panels.layer_details import LayerDetails  # seldom wanted

            self.details = LayerDetails(self.store, self.highlight)
            self.details.closed.connect(self.toggle_details)
            self.details.set_theme(self._theme or LIGHT)
        row, column = _PLACES[enlarged or 4]
        place = (row, 1 - column) if enlarged else (row, column)
        self._grid.addWidget(self.details, *place)
        self._grid.setRowStretch(place[0], 1)
        self._grid.setColumnStretch(place[1], 1)
        self.details.show()
        self.details.show_picture(picture, self.store.state)
        return place

    @Slot()
    def _settle(self) -> None:
        """Fit once more what was shown for the first time, now that it has its fonts."""
        with self._sizes_held():
            self.cards.fit()
            self._align()

    @Slot()
    def _align(self) -> None:
        """Fit the panels' notes, and let the plots of a row begin at one height."""
        with self._sizes_held():
            self._fit_heads_and_notes()

    def _fit_heads_and_notes(self) -> None:
        self._lay_out_now()  # the widths must be those on screen
        scale = (self._theme or LIGHT).type_scale
        most = 1 if self.height() < _LOW_WINDOW * scale else 2
        cramped = self.height() < _CRAMPED_WINDOW * scale
        self._grid.setVerticalSpacing(SPACE if cramped else 3 * SPACE)
        for panel in self.panels:
            panel.area.set_low(cramped)
        for pair in ((self.weights, self.signal), (self.gradient, self.learning)):
            shown = [panel for panel in pair if not panel.isHidden()]
            lines = min(max((panel.strip_lines() for panel in shown), default=0), most)
            folded = any(panel.wants_folded_head() for panel in shown)
            height = max((panel.fold_head(folded) for panel in shown), default=0)
            for panel in shown:
                panel.fit_strip(lines)
                panel.set_head_height(height)
        self._lay_out_now()  # before anything is painted at a size that it does not keep

    def _lay_out_now(self) -> None:
        """Give all that changed its place now, from the outside in, not at the next event."""
        panels = (panel for panel in self.panels if not panel.isHidden())
        outer = (self._content, self._pages.parentWidget(), self._grid.parentWidget())
        for widget in (*outer, *panels):
            layout = widget.layout() if widget is not None else None
            if layout is not None:
                layout.activate()

    def event(self, event: QEvent) -> bool:
        """Draw lines as wide on another screen, which may have other pixels."""
        if self._is_complete and event.type() == QEvent.Type.DevicePixelRatioChange:
            self._apply_theme()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the plots aligned, and projected type in proportion."""
        super().resizeEvent(event)
        if not self._is_complete:
            return
        self._apply_theme()
        QTimer.singleShot(0, self._align)

    # Training

    def shows_step(self, step: int) -> bool:
        """Tell whether the training rests at a step and all panels show it."""
        return self.training.rests_at(step) and self.settled

    @Slot(bool)
    def _on_finding(self, busy: bool) -> None:
        if busy:
            self.notice.show_text("Searching the largest learning rates that train…", "Stop")
        else:
            self.notice.hide()

    @Slot()
    def _open_table(self) -> None:
        """Let the user choose a CSV or NPZ file as data."""
        name, _ = QFileDialog.getOpenFileName(
            self, "Open a table", "", "Tables (*.csv *.tsv *.txt *.npz);;All files (*)"
        )
        if name:
            self.open_table(Path(name))

    def open_table(self, path: Path) -> None:
        """Take a table as data, or say why it cannot be."""
        try:
            table = load_table(path)
            self.side.choose_data(table.dataset)
        except (TableError, ExperimentError) as error:
            QMessageBox.warning(self, "winit", str(error))

    def _show_outcomes(self) -> None:
        curves = self.session.curves()
        self.cards.show_outcomes([] if curves is None else outcomes(curves))

    def try_state(self, state: State) -> None:
        """Open a lesson's experiment, as one step that can be undone."""
        present = self.store.state
        view = state.view.for_reader_of(present.view)
        self.store.load(replace(state, view=view, pins=present.pins), "try a lesson's step")
        self.tabs.setCurrentIndex(0)

    # Look

    @property
    def theme(self) -> Theme:
        """Colours and sizes that are in use."""
        return self._theme or self._wanted_theme()

    def _wanted_theme(self) -> Theme:
        view = self.store.state.view
        if view.theme != ThemeName.SYSTEM.value:
            return scaled(fitted(THEMES[view.theme], self.height()), view.type_size)
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return scaled(DARK if dark else LIGHT, view.type_size)

    def _apply_theme(self) -> None:
        theme = self._wanted_theme().on_screen(self.devicePixelRatioF())
        if theme == self._theme:
            return
        self._theme = theme
        self._dress()
        self.side.set_type_scale(theme.type_scale)
        for panel in self.panels:
            panel.set_theme(theme)
        self.cards.set_theme(theme)
        self.tabs.set_theme(theme)
        if self.details is not None:
            self.details.set_theme(theme)
        self.tabs.fit_corner()
        self.explain.set_theme(theme)
        self._draw()

    def _dress(self) -> None:
        """Give the application the theme's colours, unless it wears them: all is polished anew."""
        theme = self._wanted_theme().on_screen(self.devicePixelRatioF())
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        sheet = stylesheet(theme)
        if application.styleSheet() != sheet or application.palette() != palette(theme):
            application.setPalette(palette(theme))
            application.setStyleSheet(sheet)

    @Slot()
    def _on_system_theme(self) -> None:
        self._apply_theme()

    @Slot()
    def toggle_theory(self) -> None:
        """Draw predictions over the measurement, or not."""
        theory = not self.store.state.view.theory
        self.store.update_view("show theory" if theory else "hide theory", theory=theory)

    @Slot()
    def toggle_explain(self) -> None:
        """Open the explaining pane, or close it."""
        explain = not self.store.state.view.explain
        self.store.update_view("explain" if explain else "close explanation", explain=explain)

    @Slot(int)
    def _explain_scheme(self, index: int) -> None:
        self.store.update_view("explain a scheme", explain=True, selected=index)

    @Slot(int)
    def _turn_explanation(self, step: int) -> None:
        count = len(self.store.state.experiment.schemes)
        present = min(self.store.state.view.selected, count - 1)
        self.store.update_view("explain a scheme", selected=(present + step) % count)

    def toggle_enlarged(self, number: int) -> None:
        """Let a panel fill the window, or all four."""
        enlarged = 0 if self.store.state.view.enlarged == number else number
        label = f"panel {number} alone" if enlarged else "all panels"
        self.store.update_view(label, enlarged=enlarged)

    @Slot()
    def show_all(self) -> None:
        """Close the distributions, if they are open; else show all panels."""
        if self.store.state.view.details:
            self.toggle_details()
        else:
            self.store.update_view("all panels", enlarged=0)

    @Slot()
    def toggle_details(self) -> None:
        """Open the distributions in the shown layer, or close them."""
        details = not self.store.state.view.details
        label = "distributions in a layer" if details else "close the distributions"
        self.store.update_view(label, details=details)

    @Slot(float, float)
    def _on_layer_clicked(self, x: float, y: float) -> None:
        if not self.store.state.view.details:
            self._opening.start()

    @Slot()
    def _open_details(self) -> None:
        if not self.store.state.view.details:
            self.toggle_details()

    # Taking along

    def exported(self) -> Exported:
        """Return what can be taken along of what is shown."""
        from winit_gui.exports.folder import Exported  # no start should wait for it

        picture = self._picture
        assert picture is not None
        self.brief.dismiss()
        panels = [
            (f"panel-{panel.number}-{panel.title.lower()}", panel.title, panel)
            for panel in self.panels
            if not panel.isHidden()
        ]
        return Exported(
            self.store.state, picture.simulation, picture.diagnoses, self._content, panels
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Let a file come in."""
        self.files.drag_entered(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file."""
        self.files.dropped(event)

    @Slot()
    def reset(self) -> None:
        """Show the first experiment again."""
        state, before = State.of(self.preferences.default_experiment), self.store.state
        view = View(theme=before.view.theme).for_reader_of(before.view)
        state = replace(state, view=view, pins=before.pins)
        self.store.load(state, "back to the first experiment")

    def ask_preferences(self) -> None:
        """Let the user choose, at once visible, and keep it or not."""
        from winit_gui.dialogs.preferences import ask_preferences  # no start should wait for it

        self.prefer(ask_preferences(self, self.store, self.preferences, self.prefer))

    def prefer(self, preferences: Preferences) -> None:
        """Take other preferences, and remember them."""
        self.preferences = preferences
        self.session.set_workers(self.workers)
        if self._settings is not None:
            self._settings.save_preferences(preferences)
            self._settings.flush()

    # The end

    def restore_geometry(self) -> bool:
        """Return to the remembered place; false if there is none."""
        held = self._settings.geometry() if self._settings else None
        return held is not None and self.restoreGeometry(held)

    @Slot()
    def _save(self) -> None:
        if self._settings is not None:
            self._settings.save_state(self.store.state)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the work, wait for it, remember the state."""
        if not self._is_complete:  # nothing is there yet that could be closed
            event.ignore()
            QTimer.singleShot(0, self.close)
            return
        self.lessons.close()
        self._save_timer.stop()
        self._progress_timer.stop()
        self._drawing.stop()
        self._settling.stop()
        self._opening.stop()
        self.training.close()
        self.tabs.close_work()
        self._ghosts.close()
        self._runner.close()
        if self._settings is not None:
            self._settings.save_geometry(self.saveGeometry())
            self._save()
            self._settings.flush()
        super().closeEvent(event)
