"""The window: puts panels, cards and controls together, and keeps them on the current state."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QStackedWidget,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from winit_core import __version__
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.learning_rate import largest_learning_rate
from winit_core.maps.cache import ResultCache
from winit_core.tables import TableError, load_table
from winit_core.training_settings import Training
from winit_gui import wording
from winit_gui.controls.side_panel import SidePanel
from winit_gui.defaults import default_experiment
from winit_gui.exports.folder import Exported
from winit_gui.file_actions import FileActions
from winit_gui.highlight import Highlight
from winit_gui.notice import Notice
from winit_gui.panels.cards import Cards
from winit_gui.panels.explain_pane import ExplainPane
from winit_gui.panels.gradient_panel import GradientPanel
from winit_gui.panels.learning_panel import LearningPanel
from winit_gui.panels.panel import Panel
from winit_gui.panels.signal_panel import SignalPanel
from winit_gui.panels.weights_panel import WeightsPanel
from winit_gui.picture import Picture, Request, first_picture, make_picture
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
    stylesheet,
)
from winit_gui.training_session import SessionState, TrainingSession, outcomes

if TYPE_CHECKING:
    from winit_gui.maps.pages import MapPage

_log = logging.getLogger(__name__)
_SAVE_AFTER_MS = 800
_SMALLEST = QSize(800, 560)
_LOW_WINDOW = 800
_PROGRESS_EVERY_MS = 200
MAP_TITLES = ("Which is &better", "&Depth and width", "&Phase plane", "&Luck")
_PLACES = {1: (0, 0), 2: (0, 1), 3: (1, 0), 4: (1, 1)}

SHORTCUTS = (
    ("1  2  3  4", "enlarge a panel, and back"),
    (
        "Ctrl+1  Ctrl+2  Ctrl+3  Ctrl+4  Ctrl+5",
        "compare; which is better; depth and width; phase plane; luck",
    ),
    ("Ctrl+T", "train, pause"),
    (".", "one training step"),
    ("Home  End", "show the first, the latest step"),
    ("P", "pin the training curves"),
    ("Esc", "back to all panels; in a field: the last accepted value"),
    ("E", "explain a scheme; so does a click on its card"),
    ("T", "theory over the measurement, or not"),
    ("Ctrl+R", "another seed"),
    ("Ctrl+Z  Ctrl+Shift+Z", "undo, redo"),
    ("Ctrl+N  Ctrl+O  Ctrl+S  Ctrl+Shift+S", "new, open, save, save as"),
    ("Ctrl+Shift+C  Ctrl+Shift+V", "copy, paste a share line"),
    ("Ctrl+K", "the scheme as PyTorch, Keras or JAX code"),
    ("Ctrl+C", "copy the enlarged panel, or the window, as a picture"),
    ("Ctrl+E", "export that picture as PNG, SVG or PDF"),
    ("F11", "full screen"),
    ("Tab  Shift+Tab", "next, previous control"),
    ("↑  ↓  Enter", "in a field: step, accept"),
    ("Ctrl+Q", "quit"),
)


class Window(QMainWindow):
    """The main window.

    Signals
    -------
    failed(object)
        A computation ended with an exception; the window says so, too.
    """

    failed = Signal(object)

    def __init__(self, store: Store, settings: Settings | None) -> None:
        super().__init__()
        self.store = store
        self.highlight = Highlight()
        self._settings = settings
        self._runner = Runner()
        self._finder = Runner()
        self._picture: Picture | None = None
        self._asked: Request | None = None
        self._stopped = False
        self._theme: Theme | None = None
        self.setWindowTitle("winit")
        self.setMinimumSize(_SMALLEST)
        self.side = SidePanel(store, self.highlight)
        self.weights = WeightsPanel(store, self.highlight)
        self.signal = SignalPanel(store, self.highlight)
        self.gradient = GradientPanel(store, self.highlight)
        self.session = TrainingSession(os.cpu_count() or 1)
        self.learning = LearningPanel(store, self.highlight, self.session)
        self.panels: tuple[Panel, ...] = (self.weights, self.signal, self.gradient, self.learning)
        self._chosen_step = -1
        self._live_step = 0
        self._trained: tuple[Experiment, Training] | None = None
        self.cards = Cards(store, self.highlight)
        self.explain = ExplainPane()
        self._cache = ResultCache(None if settings is None else settings.cache_folder())
        self._pages_made: dict[int, MapPage] = {}
        self._page_frames: list[QVBoxLayout] = []
        self._lay_out()
        self.notice = Notice(self._pages)
        self.notice.button_clicked.connect(self._on_notice_button)
        self.setAcceptDrops(True)
        self.files = FileActions(self, settings, self.exported)
        self._build_menus()
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
        self._apply_theme()
        self._on_history()
        self._request()
        self.setFocus()

    @property
    def settled(self) -> bool:
        """Whether what is on screen is what the controls say."""
        if self._picture is None or not self._runner.idle or self._undrawn:
            return False
        if self._settling.isActive():
            return False
        return self._answers(self._wanted())

    @property
    def picture(self) -> Picture | None:
        """What the panels show."""
        return self._picture

    def _lay_out(self) -> None:
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
        waiting = QLabel("The first picture is being computed…")
        waiting.setObjectName("waiting")
        waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        self._pages.addWidget(grid_widget)
        self._pages.addWidget(empty)
        self._pages.addWidget(waiting)
        self._waiting = waiting
        self.explain.hide()
        right = QWidget()
        right.setObjectName("centre")
        column = QVBoxLayout(right)
        column.setContentsMargins(5 * SPACE, 3 * SPACE, 5 * SPACE, 3 * SPACE)
        column.setSpacing(3 * SPACE)
        column.addWidget(self._pages, 1)
        column.addWidget(self.cards)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(right, "&Compare")
        for title in MAP_TITLES:
            frame = QWidget()
            frame.setObjectName("centre")
            inside = QVBoxLayout(frame)
            inside.setContentsMargins(5 * SPACE, 3 * SPACE, 5 * SPACE, 3 * SPACE)
            self._page_frames.append(inside)
            self.tabs.addTab(frame, title)
        self.tabs.currentChanged.connect(self._on_tab)
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
        self.setCentralWidget(whole)

    def _connect(self) -> None:
        self.store.experiment_changed.connect(self._on_changed)
        self.store.rows_changed.connect(self._on_changed)
        self.store.view_changed.connect(self._on_view_changed)
        self.store.history_changed.connect(self._on_history)
        self._runner.told.connect(self._on_first)
        self._runner.finished.connect(self._on_finished)
        self._runner.failed.connect(self._on_failed)
        self._runner.busy_changed.connect(self._on_busy)
        self._finder.finished.connect(self._on_rates)
        self._finder.failed.connect(self._on_rates_failed)
        self._finder.busy_changed.connect(self._on_finding)
        self.side.table_asked.connect(self._open_table)
        self.side.rates_asked.connect(self._find_rates)
        for panel in self.panels:
            panel.enlarge_asked.connect(self._toggle_enlarged)
        self.store.training_changed.connect(self._on_training_changed)
        self.session.advanced.connect(self._on_advanced)
        self.session.state_changed.connect(self._on_session_state)
        self.explain.closed.connect(self._toggle_explain)
        self.explain.turned.connect(self._turn_explanation)
        self.cards.explain_asked.connect(self._explain_scheme)
        self.learning.play_asked.connect(self._on_play)
        self.learning.step_asked.connect(self._on_single)
        self.learning.restart_asked.connect(self._on_restart)
        self.learning.pin_asked.connect(self._on_pin)
        self.learning.step_chosen.connect(self._on_step_chosen)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_theme)

    # Menus

    def _build_menus(self) -> None:
        bar = self.menuBar()
        file = bar.addMenu("&File")
        self.files.build(file)
        file.addSeparator()
        self._action(file, "&Quit", "Ctrl+Q", self.close)
        edit = bar.addMenu("&Edit")
        self._undo = self._action(edit, "&Undo", "Ctrl+Z", self.store.undo)
        self._redo = self._action(edit, "&Redo", "Ctrl+Shift+Z", self.store.redo)
        edit.addSeparator()
        self._action(edit, "&Copy picture", "Ctrl+C", self.files.copy_picture)
        self._action(edit, "&Another seed", "Ctrl+R", self.side.roll)
        self._action(edit, "&Back to the first experiment", "", self.reset)
        self._build_view_menu(bar.addMenu("&View"))
        self._build_training_menu(bar.addMenu("&Training"))
        self._build_maps_menu(bar.addMenu("Map&s"))
        help_menu = bar.addMenu("&Help")
        self._action(help_menu, "&Keyboard…", "F1", self._show_shortcuts)
        self._action(help_menu, "&About winit…", "", self._show_about)

    def _build_view_menu(self, menu: QMenu) -> None:
        self._enlarge = []
        for panel, title in zip(
            self.panels, ("Weights", "Signal", "Gradient", "Learning"), strict=True
        ):
            action = self._action(
                menu,
                f"&{panel.number} {title} alone",
                str(panel.number),
                partial(self._toggle_enlarged, panel.number),
            )
            action.setCheckable(True)
            self._enlarge.append(action)
        self._all = self._action(menu, "&All panels", "Esc", self._show_all)
        menu.addSeparator()
        self._themes = self._choices(menu.addMenu("&Theme"), wording.THEME_LABELS, "theme")
        self._scales = self._choices(
            menu.addMenu("Axis of panel &Weights"), wording.SCALES, "weight_scale"
        )
        self._readings = self._choices(
            menu.addMenu("Reading of panel &Gradient"), wording.READINGS, "reading"
        )
        menu.addSeparator()
        self._theory = self._action(menu, "T&heory over the measurement", "T", self._toggle_theory)
        self._theory.setCheckable(True)
        self._explain = self._action(menu, "&Explain a scheme", "E", self._toggle_explain)
        self._explain.setCheckable(True)
        menu.addSeparator()
        self._full = self._action(menu, "&Full screen", "F11", self._toggle_full_screen)
        self._full.setCheckable(True)

    def _build_maps_menu(self, menu: QMenu) -> None:
        for index, title in enumerate(("&Compare", *MAP_TITLES)):
            call = partial(self.tabs.setCurrentIndex, index)
            self._action(menu, title, f"Ctrl+{index + 1}", call)

    def _build_training_menu(self, menu: QMenu) -> None:
        self._action(menu, "&Train or pause", "Ctrl+T", self._on_play)
        self._action(menu, "One &step", ".", self._on_single)
        self._action(menu, "&Restart with the same weights", "", self._on_restart)
        self._action(menu, "&Pin the curves", "P", self._on_pin)
        menu.addSeparator()
        self._action(menu, "Show the &latest step", "End", self._show_latest)
        self._action(menu, "Show the &first step", "Home", self._show_first)

    def _action(self, menu: QMenu, text: str, keys: str, call: object) -> QAction:
        action = QAction(text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(call)
        menu.addAction(action)
        return action

    def _choices(self, menu: QMenu, labels: dict[str, str], field: str) -> dict[str, QAction]:
        group = QActionGroup(self)
        made = {}
        for key, label in labels.items():
            action = QAction(label, group)
            action.setCheckable(True)
            action.triggered.connect(partial(self._choose, field, key, label.replace("&", "")))
            menu.addAction(action)
            made[key] = action
        return made

    def _choose(self, field: str, key: str, label: str) -> None:
        values: dict[str, Any] = {field: key}
        self.store.update_view(f"{field.replace('_', ' ')} to {label}", **values)

    # State

    @Slot()
    def _on_changed(self) -> None:
        self._save_timer.start()
        self._drop_old_training()
        self._request()
        self._refresh_page()

    @Slot()
    def _on_training_changed(self) -> None:
        self._save_timer.start()
        self._drop_old_training()
        if not self._request():  # a trained step is no longer what to show
            self._draw()

    @Slot()
    def _on_view_changed(self) -> None:
        self._save_timer.start()
        self._apply_theme()
        self._set_pace()
        if not self._request():
            self._draw()  # what needs no new numbers shows at once

    @Slot()
    def _on_history(self) -> None:
        for action, verb, label in (
            (self._undo, "&Undo", self.store.undo_label),
            (self._redo, "&Redo", self.store.redo_label),
        ):
            action.setText(f"{verb}: {label}" if label else verb)
            action.setEnabled(bool(label))

    def _answers(self, request: Request) -> bool:
        picture = self._picture
        return picture is not None and picture.is_complete and picture.request == request

    def _wanted(self) -> Request:
        """Return what the controls ask for: at the latest step, unless one was chosen."""
        history = self.session.history
        step = 0
        if history is not None and len(history):
            step = self._chosen_step if self._chosen_step >= 0 else self._live_step
            step = min(step, len(history) - 1)
        return Request.of(self.store.state, history, step)

    def _request(self) -> bool:
        """Have computed what the state needs; true if the picture already holds it."""
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
        self._asked = request
        self._stopped = False
        workers = os.cpu_count() or 1
        previous, runner = self._picture, self._runner
        self._progress = progress = Progress(request.experiment, request.nets)

        def job(should_stop: Callable[[], bool]) -> Picture:
            counting, held = progress.counting(should_stop), previous
            if held is None:  # at the start there is no old picture to look at meanwhile
                held = first_picture(request, counting, workers)
                runner.tell(held)
            return make_picture(request, held, counting, workers)

        self._runner.submit(job)
        return False

    @Slot(object)
    def _on_first(self, picture: Picture) -> None:
        """Show what is measured already, while theory is still at work."""
        self._picture = picture
        self._draw()
        self._settling.start()

    @Slot(object)
    def _on_finished(self, picture: Picture) -> None:
        self._picture = picture
        self.notice.hide()
        if picture.step and self.session.state is SessionState.RUNNING:
            # Drawn one by one while it trains, so that a click need not wait for all of them.
            self._undrawn = [panel for panel in self.panels if panel is not self.learning]
            self._drawing.start()
        else:
            self._draw()
            self._settling.start()

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
        self._fade(busy)
        if busy and self._picture is None:
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
        if not self._finder.idle:
            self._finder.cancel()
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

    def _fade(self, faded: bool) -> None:
        veil = QColor(self._theme.ground if self._theme else LIGHT.ground)
        veil.setAlpha(130 if faded else 0)
        for panel in self.panels:
            panel.area.view.setForegroundBrush(veil)

    def _draw(self) -> None:
        state, picture = self.store.state, self._picture
        if picture is None:
            return
        self._undrawn.clear()
        self._drawing.stop()
        self._fade(not self.notice.isHidden())
        self._pages.setCurrentIndex(0 if picture.experiment.schemes else 1)
        self.cards.show_picture(picture)
        self.explain.setVisible(state.view.explain and bool(picture.experiment.schemes))
        self.explain.show_picture(picture)
        enlarged = state.view.enlarged
        for line in (0, 1):
            self._grid.setRowStretch(line, 0)
            self._grid.setColumnStretch(line, 0)
        for panel in self.panels:
            shown = enlarged in (0, panel.number)
            panel.setVisible(shown)
            if shown:
                row, column = _PLACES[panel.number]
                self._grid.setRowStretch(row, 1)
                self._grid.setColumnStretch(column, 1)
            panel.show_picture(picture, state)
        self._align()
        for action, panel in zip(self._enlarge, self.panels, strict=True):
            action.setChecked(state.view.enlarged == panel.number)
        self._all.setEnabled(state.view.enlarged != 0)
        view = state.view
        self._theory.setChecked(view.theory)
        self._explain.setChecked(view.explain)
        self._themes[view.theme].setChecked(True)
        self._scales[view.weight_scale].setChecked(True)
        self._readings[view.reading].setChecked(True)

    @Slot()
    def _settle(self) -> None:
        """Fit once more what was shown for the first time, now that it has its fonts."""
        self.cards.fit()
        self._align()

    def _align(self) -> None:
        """Fit the panels' notes, and let the plots of a row begin at one height."""
        for widget in (self._content, self._pages.parentWidget(), self._grid.parentWidget()):
            layout = widget.layout() if widget is not None else None
            if layout is not None:
                layout.activate()  # the widths must be those on screen
        most = 1 if self.height() < _LOW_WINDOW * (self._theme or LIGHT).type_scale else 2
        for pair in ((self.weights, self.signal), (self.gradient, self.learning)):
            shown = [panel for panel in pair if not panel.isHidden()]
            lines = min(max((panel.strip_lines() for panel in shown), default=0), most)
            folded = any(panel.wants_folded_head() for panel in shown)
            height = max((panel.fold_head(folded) for panel in shown), default=0)
            for panel in shown:
                panel.fit_strip(lines)
                panel.set_head_height(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the plots aligned, and projected type in proportion."""
        super().resizeEvent(event)
        self._apply_theme()
        QTimer.singleShot(0, self._align)

    # Training

    def _drop_old_training(self) -> None:
        """Let go of a training of something else; its curves stay, faded; one that ran goes on."""
        state = self.store.state
        self.learning.rates = ()
        self._finder.cancel()
        if self._trained in (None, (state.experiment, state.training)):
            return
        ran = self.session.state is SessionState.RUNNING
        self.learning.keep_old()
        self._trained = None
        self._chosen_step, self._live_step = -1, 0
        self.session.clear()
        if ran:
            self._on_play()

    # Workspaces

    def page(self, index: int) -> MapPage:
        """Return the workspace behind a tab (1 to 4); made when it is first needed."""
        if index not in self._pages_made:
            from winit_gui.maps.pages import PAGES  # not at the top: no start should wait for it

            made = PAGES[index - 1](self.store, self._cache)
            made.case_chosen.connect(self._on_case)
            if self._theme is not None:
                made.set_theme(self._theme)
            self._page_frames[index - 1].addWidget(made)
            self._pages_made[index] = made
        return self._pages_made[index]

    @Slot(int)
    def _on_tab(self, index: int) -> None:
        for position, page in self._pages_made.items():
            if position != index:
                page.leave()
        self._refresh_page()

    def _refresh_page(self) -> None:
        index = self.tabs.currentIndex()
        if index > 0:
            self.page(index).enter()

    @Slot(object, str)
    def _on_case(self, changes: dict[str, Any], label: str) -> None:
        """Open a place of a map in Compare."""
        self.store.update(label, **changes)
        self.tabs.setCurrentIndex(0)

    def _set_pace(self) -> None:
        pace = self.store.state.view.pace
        self.session.set_pace(None if pace == "full" else float(pace))

    def _begin_training(self) -> bool:
        """Take the present experiment for training, if it is not; false if it cannot be."""
        state = self.store.state
        if self._trained == (state.experiment, state.training):
            return True
        if not state.experiment.schemes:
            return False
        styles = self._wanted().styles
        try:
            self.session.begin(state.experiment, state.training, styles)
        except ExperimentError as error:
            self.learning.refusal.setText(wording.error_message(error, "Training"))
            self.learning.refusal.show()
            return False
        self.learning.refusal.hide()
        self._set_pace()
        self._trained = (state.experiment, state.training)
        self._chosen_step, self._live_step = -1, 0
        return True

    def shows_step(self, step: int) -> bool:
        """Tell whether the training rests at a step and all panels show it."""
        history = self.session.history
        rests = self.session.state in (SessionState.PAUSED, SessionState.FINISHED)
        reached = history is not None and len(history) == step + 1
        return rests and reached and self.settled and self._wanted().step == step

    def train_to(self, step: int) -> bool:
        """Train until a step is reached; false if this experiment cannot be trained."""
        begun = self._begin_training()
        if begun:
            self.session.run_to(step)
        return begun

    @Slot()
    def _on_play(self) -> None:
        if self.session.state is SessionState.RUNNING:
            self.session.pause()
        elif self._begin_training():
            self._chosen_step = -1
            self.session.play()

    @Slot()
    def _on_single(self) -> None:
        if self._begin_training():
            self._chosen_step = -1
            self.session.step()

    @Slot()
    def _on_restart(self) -> None:
        ran = self.session.state is SessionState.RUNNING
        self._trained = None
        if self._begin_training():
            self._request()
            if ran:
                self.session.play()

    @Slot()
    def _on_pin(self) -> None:
        self.learning.toggle_pin()
        self.learning.show_training(self.store.state, self._chosen_step)

    @Slot(int)
    def _on_step_chosen(self, step: int) -> None:
        history = self.session.history
        latest = history is not None and step == len(history) - 1
        self._chosen_step = -1 if latest and step else step
        if latest:
            self._live_step = step
        self.learning.show_training(self.store.state, self._chosen_step)
        self._request()

    @Slot()
    def _show_latest(self) -> None:
        history = self.session.history
        if history is not None and len(history):
            self._on_step_chosen(len(history) - 1)

    @Slot()
    def _show_first(self) -> None:
        if self.session.history is not None:
            self._on_step_chosen(0)

    @Slot()
    def _on_advanced(self) -> None:
        """Draw the curves at every frame, and the other panels at the steps that are at hand."""
        self.learning.show_training(self.store.state, self._chosen_step)
        self._show_outcomes()
        history = self.session.history
        if history is None or self._chosen_step >= 0:
            return
        at_hand = history.recorded_steps
        if at_hand and at_hand[-1] != self._live_step and self._runner.idle:
            self._live_step = at_hand[-1]
            self._request()

    @Slot()
    def _on_session_state(self) -> None:
        history = self.session.history
        rests = self.session.state in (SessionState.PAUSED, SessionState.FINISHED)
        if rests and history is not None and len(history) and self._chosen_step < 0:
            self._live_step = len(history) - 1
            self._request()
        self.learning.show_training(self.store.state, self._chosen_step)
        self._show_outcomes()

    @Slot()
    def _find_rates(self) -> None:
        """Search, in the background, the largest learning rate for every scheme."""
        state = self.store.state

        def search(should_stop: Callable[[], bool]) -> tuple[float | None, ...]:
            return tuple(
                largest_learning_rate(state.experiment, state.training, index, should_stop)
                for index in range(len(state.experiment.schemes))
            )

        self._finder.submit(search)

    @Slot(object)
    def _on_rates(self, rates: tuple[float | None, ...]) -> None:
        self.learning.rates = rates
        self.learning.show_training(self.store.state, self._chosen_step)
        self._align()

    @Slot(object)
    def _on_rates_failed(self, error: Exception) -> None:
        if isinstance(error, ExperimentError):
            self.learning.refusal.setText(wording.error_message(error, "Training"))
            self.learning.refusal.show()
        else:
            self._on_failed(error)

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

    # Look

    def _wanted_theme(self) -> Theme:
        name = self.store.state.view.theme
        if name != ThemeName.SYSTEM.value:
            return fitted(THEMES[name], self.height())
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT

    def _apply_theme(self) -> None:
        theme = self._wanted_theme()
        if theme == self._theme:
            return
        self._theme = theme
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setPalette(palette(theme))
        application.setStyleSheet(stylesheet(theme))
        self.side.set_type_scale(theme.type_scale)
        for panel in self.panels:
            panel.set_theme(theme)
        self.cards.set_theme(theme)
        for page in self._pages_made.values():
            page.set_theme(theme)
        self.explain.set_theme(theme)
        self._draw()

    @Slot()
    def _on_system_theme(self) -> None:
        self._apply_theme()

    @Slot()
    def _toggle_theory(self) -> None:
        theory = not self.store.state.view.theory
        self.store.update_view("show theory" if theory else "hide theory", theory=theory)

    @Slot()
    def _toggle_explain(self) -> None:
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

    def _toggle_enlarged(self, number: int) -> None:
        enlarged = 0 if self.store.state.view.enlarged == number else number
        label = f"panel {number} alone" if enlarged else "all panels"
        self.store.update_view(label, enlarged=enlarged)

    @Slot()
    def _show_all(self) -> None:
        self.store.update_view("all panels", enlarged=0)

    @Slot()
    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()
        self._full.setChecked(self.isFullScreen())

    # Taking along

    def exported(self) -> Exported:
        """Return what can be taken along of what is shown."""
        picture = self._picture
        assert picture is not None
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
        state = State.of(default_experiment(), View(theme=self.store.state.view.theme))
        self.store.load(state, "back to the first experiment")

    @Slot()
    def _show_shortcuts(self) -> None:
        rows = "".join(
            f"<tr><td style='padding-right:24px'><b>{keys.replace('  ', '&nbsp;&nbsp;')}</b></td>"
            f"<td>{text}</td></tr>"
            for keys, text in SHORTCUTS
        )
        text = QTextBrowser()
        text.setHtml(f"<table cellspacing='6'>{rows}</table>")
        text.setFrameShape(QTextBrowser.Shape.NoFrame)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        dialog = QDialog(self)
        dialog.setWindowTitle("Keyboard")
        buttons.rejected.connect(dialog.reject)
        layout = QVBoxLayout(dialog)
        layout.addWidget(text)
        layout.addWidget(buttons)
        dialog.resize(min(720, self.width() - 80), min(640, self.height() - 80))
        dialog.exec()

    @Slot()
    def _show_about(self) -> None:
        QMessageBox.about(
            self,
            "About winit",
            f"<h3>winit {__version__}</h3><p>Why a neural network’s first weights decide whether "
            "it learns.</p><p>Real forward and backward passes on the Optical Recognition of "
            "Handwritten Digits data (Alpaydin and Kaynak 1998, CC BY 4.0).</p>",
        )

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
        self._save_timer.stop()
        self._progress_timer.stop()
        self._drawing.stop()
        self._settling.stop()
        self.session.close()
        self._finder.close()
        for page in self._pages_made.values():
            page.close_work()
        self._runner.close()
        if self._settings is not None:
            self._settings.save_geometry(self.saveGeometry())
            self._save()
            self._settings.flush()
        super().closeEvent(event)
