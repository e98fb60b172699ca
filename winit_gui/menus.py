"""The menu bar: every action with its key, and which of them are ticked or enabled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from winit_gui import wording
from winit_gui.dialogs.shortcuts import show_shortcuts
from winit_gui.pins.pin_menu import PinMenu
from winit_gui.workspaces import TITLES

if TYPE_CHECKING:
    from winit_gui.window import Window


class Menus:
    """The menus of a window; what they change goes through its store."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._store = window.store
        bar = window.menuBar()
        self._build_file(bar.addMenu("&File"))
        self._build_edit(bar.addMenu("&Edit"))
        self._build_view(bar.addMenu("&View"))
        self._build_training(bar.addMenu("&Training"))
        self._build_maps(bar.addMenu("&Maps"))
        bar.addMenu(window.lessons.menu)
        self._build_help(bar.addMenu("&Help"))
        self.show_history()

    def show_history(self) -> None:
        """Name what can be undone and redone."""
        for action, verb, label in (
            (self._undo, "&Undo", self._store.undo_label),
            (self._redo, "&Redo", self._store.redo_label),
        ):
            action.setText(f"{verb}: {label}" if label else verb)
            action.setEnabled(bool(label))

    def show_view(self) -> None:
        """Tick what the view says."""
        view = self._store.state.view
        for number, action in enumerate(self._enlarge, 1):
            action.setChecked(view.enlarged == number)
        self._all.setEnabled(view.enlarged != 0 or view.details)
        self._details.setChecked(view.details)
        self._theory.setChecked(view.theory)
        self._explain.setChecked(view.explain)
        self._themes[view.theme].setChecked(True)
        self._scales[view.weight_scale].setChecked(True)
        self._readings[view.reading].setChecked(True)

    def _build_file(self, menu: QMenu) -> None:
        self._window.files.build(menu)
        menu.addSeparator()
        self._action(menu, "&Quit", "Ctrl+Q", self._window.close)

    def _build_edit(self, menu: QMenu) -> None:
        window = self._window
        self._undo = self._action(menu, "&Undo", "Ctrl+Z", self._store.undo)
        self._redo = self._action(menu, "&Redo", "Ctrl+Shift+Z", self._store.redo)
        menu.addSeparator()
        self._action(menu, "&Copy picture", "Ctrl+C", window.files.copy_picture)
        self._action(menu, "&Pin this experiment", "Ctrl+P", window.pins.pin)
        self._action(menu, "S&wap with the last pin", "Ctrl+Shift+P", window.pins.swap_last)
        PinMenu(menu.addMenu("Pi&nned"), self._store, window.pins)
        self._action(menu, "&Another seed", "Ctrl+R", window.side.roll)
        self._action(menu, "&Back to the first experiment", "", window.reset)
        menu.addSeparator()
        self._action(menu, "Pr&eferences…", "Ctrl+,", window.ask_preferences)

    def _build_view(self, menu: QMenu) -> None:
        window = self._window
        self._enlarge = []
        for panel in window.panels:
            action = self._action(
                menu,
                f"&{panel.number} {panel.title} alone",
                str(panel.number),
                partial(window.toggle_enlarged, panel.number),
            )
            action.setCheckable(True)
            self._enlarge.append(action)
        self._all = self._action(menu, "&All panels", "Esc", window.show_all)
        menu.addSeparator()
        self._themes = self._choices(menu.addMenu("&Theme"), wording.THEME_LABELS, "theme")
        self._scales = self._choices(
            menu.addMenu("Axis of panel &Weights"), wording.SCALES, "weight_scale"
        )
        self._readings = self._choices(
            menu.addMenu("Reading of panel &Gradient"), wording.READINGS, "reading"
        )
        menu.addSeparator()
        self._theory = self._action(
            menu, "T&heory over the measurement", "T", window.toggle_theory, checkable=True
        )
        self._explain = self._action(
            menu, "&Explain a scheme", "E", window.toggle_explain, checkable=True
        )
        self._details = self._action(
            menu, "&Distributions in the layer", "D", window.toggle_details, checkable=True
        )
        menu.addSeparator()
        self._full = self._action(
            menu, "&Full screen", "F11", self._toggle_full_screen, checkable=True
        )

    def _build_training(self, menu: QMenu) -> None:
        training = self._window.training
        self._action(menu, "&Train or pause", "Ctrl+T", training.play_or_pause)
        self._action(menu, "One &step", ".", training.step_once)
        self._action(menu, "&Restart with the same weights", "", training.restart)
        self._action(menu, "&Pin the curves", "P", training.pin)
        menu.addSeparator()
        self._action(menu, "Show the &latest step", "End", training.show_latest)
        self._action(menu, "Show the &first step", "Home", training.show_first)

    def _build_maps(self, menu: QMenu) -> None:
        for index, title in enumerate(TITLES):
            call = partial(self._window.tabs.setCurrentIndex, index)
            self._action(menu, title, f"Ctrl+{index + 1}", call)

    def _build_help(self, menu: QMenu) -> None:
        keyboard = self._action(menu, "&Keyboard…", "F1", partial(show_shortcuts, self._window))
        keyboard.setShortcuts([QKeySequence("F1"), QKeySequence("?")])
        help_ = self._window.help
        self._action(menu, "&Definitions…", "Shift+F1", help_.define)
        self._action(menu, "&Tour", "", help_.start_tour)
        menu.addSeparator()
        self._action(menu, "&About winit…", "", help_.about)

    def _action(
        self,
        menu: QMenu,
        text: str,
        keys: str,
        call: Callable[[], Any],
        checkable: bool = False,
    ) -> QAction:
        action = QAction(text, self._window)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.setCheckable(checkable)
        action.triggered.connect(lambda _checked=False: call())
        menu.addAction(action)
        return action

    def _choices(self, menu: QMenu, labels: dict[str, str], field: str) -> dict[str, QAction]:
        group = QActionGroup(self._window)
        made = {}
        for key, label in labels.items():
            action = QAction(label, group)
            action.setCheckable(True)
            action.triggered.connect(partial(self._choose, field, key, label.replace("&", "")))
            menu.addAction(action)
            made[key] = action
        return made

    def _choose(self, field: str, key: str, label: str, _checked: bool = False) -> None:
        values: dict[str, Any] = {field: key}
        self._store.update_view(f"{field.replace('_', ' ')} to {label}", **values)

    def _toggle_full_screen(self) -> None:
        window = self._window
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()
        self._full.setChecked(window.isFullScreen())
