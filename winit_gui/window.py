"""The window: puts panels, cards and controls together, and keeps them on the current state."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QEventLoop, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from winit_core.translation import tr
from winit_gui.dressing import dress, wanted_theme
from winit_gui.highlight import Highlight
from winit_gui.picture import Picture
from winit_gui.preferences import Preferences
from winit_gui.settings import Settings
from winit_gui.state import State, View
from winit_gui.store import Store
from winit_gui.style import SPACE, Theme
from winit_gui.training_session import outcomes
from winit_gui.verdicts import last_looks

if TYPE_CHECKING:
    from winit_gui.exports.folder import Exported
    from winit_gui.panels.layer_details import LayerDetails
    from winit_gui.panels.panel import Panel

_SAVE_AFTER_MS = 800
_SMALLEST = QSize(800, 560)
_EXPOSED_WITHIN_MS = 100
_PANEL_KEYS = {1: "weights", 2: "signal", 3: "gradient", 4: "learning"}
"""Names of the panels in the names of files."""


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
            store, self.session, self.learning, lambda: self.work.idle
        )
        self.commands = rooms.ViewCommands(store, self.highlight)
        for panel in (self.signal, self.gradient):
            panel.area.clicked.connect(self.commands.open_details_soon)
            panel.area.double_clicked.connect(self.commands.stay_closed)
        self.width_grab = rooms.WidthGrab(store, self.highlight, self.weights)
        self.depth_grabs = tuple(
            rooms.DepthGrab(store, panel) for panel in (self.signal, self.gradient)
        )
        self.cards = rooms.Cards(store, self.highlight)
        self.explain = rooms.ExplainPane()
        self._cache = rooms.ResultCache(None if settings is None else settings.cache_folder())
        self.pins = rooms.Pins(store, self)
        self.grid = rooms.PanelGrid(self.panels, store, self.highlight)
        self._lay_out()
        self.notice = rooms.Notice(self.pages)
        self.work = rooms.PictureWork(self.notice)
        self.brief = rooms.BriefMessage(self.pages)
        self.pins.said.connect(self.brief.say)
        self.setAcceptDrops(True)
        self.files = rooms.FileActions(self, settings, self.exported)
        self.lessons = rooms.LessonActions(self, settings)
        self.help = rooms.Help(self)
        self.menus = rooms.Menus(self)
        self.flow = rooms.PictureFlow(self)
        self._save_timer = QTimer(self)
        self._save_timer.setSingleShot(True)
        self._save_timer.setInterval(_SAVE_AFTER_MS)
        self._save_timer.timeout.connect(self._save)
        self._connect()
        self._is_complete = True
        self.apply_theme()
        self.setCentralWidget(self._content)
        if ask_first:
            self.flow.ask_first()
        self.flow.request()
        self.setFocus()

    def _show_empty(self) -> None:
        """Have the frame and the ground painted; give up where the desktop does not answer."""
        dress(self._theme_on_screen())
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
        return self._is_complete and self.flow.settled

    @property
    def workers(self) -> int:
        """How many threads a computation may use."""
        return self.preferences.workers(os.cpu_count() or 1)

    @property
    def picture(self) -> Picture | None:
        """What the panels show."""
        return self.work.picture if self._is_complete else None

    @property
    def details(self) -> LayerDetails | None:
        """The distributions in a layer, if they were opened."""
        return self.grid.details

    def _lay_out(self) -> None:
        from winit_gui import rooms

        empty = QLabel(tr("Tick a scheme to compare"))
        empty.setObjectName("empty")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        waiting = QLabel()  # says nothing before the wait is long
        waiting.setObjectName("waiting")
        waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.grid)
        self.pages.addWidget(empty)
        self.pages.addWidget(waiting)
        self._waiting = waiting
        self.pages.setCurrentWidget(waiting)  # panels are laid out once: when there is a picture
        self.explain.hide()
        right = QWidget()
        right.setObjectName("centre")
        column = QVBoxLayout(right)
        column.setContentsMargins(5 * SPACE, 3 * SPACE, 5 * SPACE, 3 * SPACE)
        column.setSpacing(3 * SPACE)
        column.addWidget(self.pages, 1)
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
        self.grid.stand_in(whole, right)

    def _connect(self) -> None:
        for changed in (
            self.store.experiment_changed,
            self.store.rows_changed,
            self.store.view_changed,
            self.store.training_changed,
            self.store.pins_changed,
        ):
            changed.connect(self._save_soon)
        self.store.history_changed.connect(self.menus.show_history)
        self.grid.details_closed.connect(self.commands.toggle_details)
        self.work.failed.connect(self.failed)
        self.training.outcomes_changed.connect(self._show_outcomes)
        self.side.table_asked.connect(self.files.ask_for_table)
        self.side.offer_lessons(self.lessons.menu, self.lessons.present)
        self.side.rates_asked.connect(self.training.find_rates)
        for panel in self.panels:
            panel.enlarge_asked.connect(self.commands.toggle_enlarged)
            panel.definition_asked.connect(self.help.define)
        self.explain.closed.connect(self.commands.close_explanation)
        self.commands.explained.connect(self.explain.expect_tab)
        self.explain.definition_asked.connect(self.help.define_quantity)
        self.explain.turned.connect(self.commands.turn_explanation)
        self.cards.explain_asked.connect(self.commands.explain_scheme)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_theme)

    def show_waiting(self) -> None:
        """Say that the first picture takes its time."""
        self._waiting.setText(tr("The first picture is being computed…"))
        self.pages.setCurrentWidget(self._waiting)

    def event(self, event: QEvent) -> bool:
        """Draw lines as wide on another screen, which may have other pixels."""
        if self._is_complete and event.type() == QEvent.Type.DevicePixelRatioChange:
            self.apply_theme()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the plots aligned, and projected type in proportion."""
        super().resizeEvent(event)
        if not self._is_complete:
            return
        self.apply_theme()
        self.flow.place_explanation()
        QTimer.singleShot(0, self.grid.align)

    # Training

    def shows_step(self, step: int) -> bool:
        """Tell whether the training rests at a step and all panels show it."""
        return self.training.rests_at(step) and self.settled

    def _show_outcomes(self) -> None:
        curves = self.session.curves()
        if curves is None:
            self.cards.show_outcomes([], [])
        else:
            self.cards.show_outcomes(outcomes(curves), last_looks(curves))

    def try_state(self, state: State) -> None:
        """Open a lesson's experiment, as one step that can be undone."""
        present = self.store.state
        view = state.view.for_reader_of(present.view)
        self.store.load(replace(state, view=view, pins=present.pins), tr("try a lesson's step"))
        self.files.leave()  # saving would put the step in place of the reader's own experiment
        self.tabs.setCurrentIndex(0)

    # Look

    @property
    def theme(self) -> Theme:
        """Colours and sizes that are in use."""
        return self._theme or wanted_theme(self.store.state.view, self.height())

    def _theme_on_screen(self) -> Theme:
        theme = wanted_theme(self.store.state.view, self.height())
        return theme.on_screen(self.devicePixelRatioF())

    def apply_theme(self) -> None:
        """Take the colours and sizes that the view and the screen want."""
        theme = self._theme_on_screen()
        if theme == self._theme:
            return
        self._theme = theme
        dress(theme)
        self.side.set_type_scale(theme.type_scale)
        self.grid.set_theme(theme)
        self.cards.set_theme(theme)
        self.tabs.set_theme(theme)
        self.tabs.fit_corner()
        self.explain.set_theme(theme)
        self.flow.draw()

    @Slot()
    def _on_system_theme(self) -> None:
        self.apply_theme()

    # Taking along

    def exported(self) -> Exported:
        """Return what can be taken along of what is shown."""
        from winit_gui.exports.folder import Exported  # no start should wait for it

        picture = self.picture
        assert picture is not None
        self.brief.dismiss()
        panels = [
            (f"panel-{panel.number}-{_PANEL_KEYS[panel.number]}", panel.title, panel)
            for panel in self.panels
            if not panel.isHidden()
        ]
        return Exported(self.store.state, picture, self._content, panels)

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
        self.store.load(state, tr("back to the first experiment"))

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
    def _save_soon(self) -> None:
        self._save_timer.start()

    @Slot()
    def _save(self) -> None:
        if self._settings is not None:
            self._settings.save_state(self.store.state, self.files.path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the work, wait for it, remember the state."""
        if not self._is_complete:  # nothing is there yet that could be closed
            event.ignore()
            QTimer.singleShot(0, self.close)
            return
        self.lessons.close()
        self._save_timer.stop()
        self.commands.stay_closed()
        self.training.close()
        self.tabs.close_work()
        self.flow.close()
        if self._settings is not None:
            self._settings.save_geometry(self.saveGeometry())
            self._save()
            self._settings.flush()
        super().closeEvent(event)
