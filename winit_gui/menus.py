"""The menu bar: every action with its key, and which of them are ticked or enabled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from winit_core.translation import tr
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
        self._build_file(bar.addMenu(tr("&File")))
        self._build_edit(bar.addMenu(tr("&Edit")))
        self._build_view(bar.addMenu(tr("&View")))
        self._build_training(bar.addMenu(tr("&Training")))
        self._build_maps(bar.addMenu(tr("&Maps")))
        bar.addMenu(window.lessons.menu)
        self._build_help(bar.addMenu(tr("&Help")))
        self.show_history()

    def show_history(self) -> None:
        """Name what can be undone and redone."""
        done, undone = self._store.undo_label, self._store.redo_label
        self._undo.setText(tr("&Undo: {step}", step=done) if done else tr("&Undo"))
        self._undo.setEnabled(bool(done))
        self._redo.setText(tr("&Redo: {step}", step=undone) if undone else tr("&Redo"))
        self._redo.setEnabled(bool(undone))

    def show_view(self) -> None:
        """Tick what the view says."""
        view = self._store.state.view
        for number, action in enumerate(self._enlarge, 1):
            action.setChecked(view.enlarged == number)
        self._all.setEnabled(view.enlarged != 0 or view.details)
        explanation_first = self._window.commands.explanation_is_next
        self._all.setShortcuts([] if explanation_first else [QKeySequence("Esc")])
        self._window.explain.take_escape(explanation_first)
        self._details.setChecked(view.details)
        self._theory.setChecked(view.theory)
        self._explain.setChecked(view.explain)
        self._themes[view.theme].setChecked(True)
        self._scales[view.weight_scale].setChecked(True)
        self._readings[view.reading].setChecked(True)

    def _build_file(self, menu: QMenu) -> None:
        self._window.files.build(menu)
        menu.addSeparator()
        self._action(menu, tr("&Quit"), "Ctrl+Q", self._window.close)

    def _build_edit(self, menu: QMenu) -> None:
        window = self._window
        self._undo = self._action(menu, tr("&Undo"), "Ctrl+Z", self._store.undo)
        self._redo = self._action(menu, tr("&Redo"), "Ctrl+Shift+Z", self._store.redo)
        menu.addSeparator()
        self._action(menu, tr("&Copy picture"), "Ctrl+C", window.files.copy_picture)
        self._action(menu, tr("&Pin this experiment"), "Ctrl+P", window.pins.pin)
        self._action(menu, tr("S&wap with the last pin"), "Ctrl+Shift+P", window.pins.swap_last)
        PinMenu(menu.addMenu(tr("Pi&nned")), self._store, window.pins)
        self._action(menu, tr("&Another seed"), "Ctrl+R", window.side.roll)
        self._action(menu, tr("&Back to the first experiment"), "", window.reset)
        menu.addSeparator()
        self._action(menu, tr("Pr&eferences…"), "Ctrl+,", window.ask_preferences)

    def _build_view(self, menu: QMenu) -> None:
        window, commands = self._window, self._window.commands
        self._enlarge = []
        for panel in window.panels:
            action = self._action(
                menu,
                tr("&{number} {panel} alone", number=panel.number, panel=panel.title),
                str(panel.number),
                partial(commands.toggle_enlarged, panel.number),
            )
            action.setCheckable(True)
            self._enlarge.append(action)
        self._all = self._action(menu, tr("&All panels"), "Esc", commands.show_all)
        menu.addSeparator()
        self._themes = self._choices(
            menu.addMenu(tr("&Theme")),
            wording.THEME_LABELS,
            "theme",
            lambda chosen: tr("theme to {theme}", theme=chosen),
        )
        self._scales = self._choices(
            menu.addMenu(tr("Axis of panel &Weights")),
            wording.SCALES,
            "weight_scale",
            lambda chosen: tr("weight scale to {scale}", scale=chosen),
        )
        self._readings = self._choices(
            menu.addMenu(tr("Reading of panel &Gradient")),
            wording.READINGS,
            "reading",
            lambda chosen: tr("reading to {reading}", reading=chosen),
        )
        menu.addSeparator()
        self._theory = self._action(
            menu, tr("T&heory over the measurement"), "T", commands.toggle_theory, checkable=True
        )
        self._explain = self._action(
            menu, tr("&Explain a scheme"), "E", commands.toggle_explain, checkable=True
        )
        self._details = self._action(
            menu, tr("&Distributions in the layer"), "D", commands.toggle_details, checkable=True
        )
        menu.addSeparator()
        self._full = self._action(
            menu, tr("&Full screen"), "F11", self._toggle_full_screen, checkable=True
        )

    def _build_training(self, menu: QMenu) -> None:
        training = self._window.training
        self._action(menu, tr("&Train or pause"), "Ctrl+T", training.play_or_pause)
        self._action(menu, tr("One &step"), ".", training.step_once)
        self._action(menu, tr("&Restart with the same weights"), "", training.restart)
        self._action(menu, tr("&Pin the curves"), "P", training.pin)
        menu.addSeparator()
        self._action(menu, tr("Show the &latest step"), "End", training.show_latest)
        self._action(menu, tr("Show the &first step"), "Home", training.show_first)

    def _build_maps(self, menu: QMenu) -> None:
        for index, title in enumerate(TITLES):
            call = partial(self._window.tabs.setCurrentIndex, index)
            self._action(menu, title, f"Ctrl+{index + 1}", call)

    def _build_help(self, menu: QMenu) -> None:
        keyboard = self._action(menu, tr("&Keyboard…"), "F1", partial(show_shortcuts, self._window))
        keyboard.setShortcuts([QKeySequence("F1"), QKeySequence("?")])
        help_ = self._window.help
        self._action(menu, tr("&Definitions…"), "Shift+F1", help_.define)
        self._action(menu, tr("&Tour"), "", help_.start_tour)
        menu.addSeparator()
        self._action(menu, tr("&About winit…"), "", help_.about)

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

    def _choices(
        self, menu: QMenu, labels: dict[str, str], field: str, step: Callable[[str], str]
    ) -> dict[str, QAction]:
        """Offer the values of a field of the view; `step` names the change to one of them."""
        group = QActionGroup(self._window)
        made = {}
        for key, label in labels.items():
            action = QAction(label, group)
            action.setCheckable(True)
            action.triggered.connect(
                partial(self._choose, field, key, step(label.replace("&", "")))
            )
            menu.addAction(action)
            made[key] = action
        return made

    def _choose(self, field: str, key: str, label: str, _checked: bool = False) -> None:
        values: dict[str, Any] = {field: key}
        self._store.update_view(label, **values)

    def _toggle_full_screen(self) -> None:
        window = self._window
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()
        self._full.setChecked(window.isFullScreen())
