"""200 random actions in a row leave no exception, no warning, no thread, and a true picture."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, click_plot, double_click, hover, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_gui.controls.number_field import NumberField
from winit_gui.grab.handle import Handle
from winit_gui.picture import Request, make_picture
from winit_gui.state import State
from winit_gui.window import Window

KEYS = Qt.Key
TEXTS = [
    *("0", "1", "2", "3", "5", "7", "12", "16", "0.5", "1e-3", "-1", "abc", "nan", "inf", ""),
    *("1e309", "10000", "1_0", "--", "0x1", " 4 ", "99999999999999999999", "2.0", "1,5"),
]
ARROWS = [KEYS.Key_Up, KEYS.Key_Down]
ENDS = [KEYS.Key_Return, KEYS.Key_Tab, KEYS.Key_Escape, KEYS.Key_Enter]
MENU = [
    *["Undo", "Redo"] * 4,
    "Another seed",
    "All panels",
    *["Light", "Dark", "Projector", "System"],
]
SIZES = [(800, 560), (1024, 700), (1280, 720), (1440, 900)]
LARGEST = 600_000
"""Bytes per scheme beyond which the net is made small again, so that the test stays quick."""


class User:
    """Somebody who does anything."""

    def __init__(self, window: Window, qtbot: QtBot, seed: int) -> None:
        self.window, self.qtbot, self.chance = window, qtbot, random.Random(seed)
        self.doings: list[Callable[[], None]] = [
            *[self.type_something] * 4,
            *[self.step] * 3,
            *[self.click_something] * 6,
            *[self.choose] * 3,
            *[self.use_the_menu] * 3,
            self.click_a_plot,
            self.drag_a_handle,
            self.hover_somewhere,
            self.double_click,
            self.press_a_key,
            self.resize,
        ]

    def act(self) -> str:
        doing = self.chance.choice(self.doings)
        doing()
        return doing.__name__

    def some(self, *kinds: type[QWidget]) -> QWidget | None:
        found = [
            widget
            for kind in kinds
            for widget in self.window.findChildren(kind)
            if widget.isVisible() and widget.isEnabled()
        ]
        return self.chance.choice(found) if found else None

    def type_something(self) -> None:
        field = self.some(NumberField)
        if field is None:
            return
        field.setFocus()
        self.qtbot.keyClick(field, KEYS.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.keyClicks(field, self.chance.choice(TEXTS))
        self.qtbot.keyClick(field, self.chance.choice(ENDS))

    def step(self) -> None:
        field = self.some(NumberField, QComboBox)
        if field is not None:
            field.setFocus()
            for _ in range(self.chance.randint(1, 3)):
                self.qtbot.keyClick(field, self.chance.choice(ARROWS))

    def click_something(self) -> None:
        widget = self.some(QCheckBox, QToolButton, QPushButton)
        opens = isinstance(widget, QToolButton) and widget.menu() is not None
        if widget is not None and not opens and "Present" not in widget.accessibleName():
            where = QPoint(6, widget.height() // 2)
            self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=where)

    def choose(self) -> None:
        combo = self.some(QComboBox)
        if isinstance(combo, QComboBox):
            combo.setFocus()
            key = self.chance.choice([KEYS.Key_Home, KEYS.Key_End, *ARROWS])
            self.qtbot.keyClick(combo, key)

    def use_the_menu(self) -> None:
        chosen = action(self.window, self.chance.choice(MENU))
        if chosen.isEnabled():
            chosen.trigger()

    def click_a_plot(self) -> None:
        panel = self.chance.choice(self.window.panels)
        (left, right), (bottom, top) = panel.area.item.getViewBox().viewRange()
        x, y = self.chance.uniform(left, right), self.chance.uniform(bottom, top)
        if panel.isVisible():
            click_plot(self.qtbot, panel.area, x, y)

    def drag_a_handle(self) -> None:
        handle = self.some(Handle)
        if handle is None:
            return
        self.qtbot.mousePress(handle, Qt.MouseButton.LeftButton)
        for _ in range(self.chance.randint(0, 4)):
            where = QPoint(self.chance.randint(-150, 150), self.chance.randint(-20, 20))
            QTest.mouseMove(handle, where)
            QApplication.processEvents()
        if self.chance.random() < 0.3:
            self.qtbot.keyClick(handle, KEYS.Key_Escape)
        self.qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton)
        assert not self.window.store.dragging

    def hover_somewhere(self) -> None:
        where = QPoint(self.chance.randrange(700), self.chance.randrange(500))
        hover(self.window, self.window.centralWidget(), where)

    def double_click(self) -> None:
        panel = self.chance.choice(self.window.panels)
        if panel.isVisible():
            double_click(self.qtbot, panel.area.view.viewport())

    def press_a_key(self) -> None:
        self.window.setFocus()
        key = self.chance.choice([*"1234ted", KEYS.Key_Escape])
        self.qtbot.keyClick(self.window, key)

    def resize(self) -> None:
        self.window.resize(*self.chance.choice(SIZES))


def check(state: State) -> None:
    """Assert that a state is whole."""
    assert State.from_dict(json.loads(json.dumps(state.to_dict()))) == state
    assert tuple(row.choice for row in state.rows if row.ticked) == state.experiment.schemes


@pytest.mark.parametrize("seed", [1, 8])
def test_200_random_actions(
    make_window: MakeWindow, qtbot: QtBot, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    window = make_window(small_experiment(("zeros", "small_normal", "he_normal")))
    user = User(window, qtbot, seed)
    for number in range(200):
        done = user.act()
        QApplication.processEvents()
        state = window.store.state
        try:
            check(state)
        except AssertionError as error:
            error.add_note(f"after action {number}, {done}")
            raise
        if state.experiment.bytes_per_scheme > LARGEST or state.experiment.depth > 60:
            window.store.update("small again", hidden_widths=(12,) * 4, batch_size=32, overrides=())
    settle(qtbot, window)

    picture = window.picture
    assert picture is not None
    fresh = make_picture(Request.of(window.store.state))
    assert picture.experiment == window.store.state.experiment
    # Of trained nets the picture shows another step; NaN equals itself in a repr.
    assert repr(picture.initial) == repr(fresh.initial)
    assert repr(picture.diagnoses) == repr(fresh.diagnoses)
    assert picture.styles == fresh.styles
    assert len(picture.weights.curves) == len(fresh.weights.curves)
    untrained = picture.request.history is None
    for held, made in zip(picture.weights.curves, fresh.weights.curves, strict=untrained):
        if not untrained:
            break
        np.testing.assert_array_equal(held.sampled.density, made.sampled.density)
        np.testing.assert_array_equal(held.y, made.y)
    assert len(window.cards.cards) == len(picture.experiment.schemes)


def test_undo_takes_everything_back_and_redo_does_it_again(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small_experiment(("zeros", "he_normal")))
    first = window.store.state
    user = User(window, qtbot, 7)
    user.doings = [user.type_something, user.step, user.choose, user.click_something]
    for _ in range(25):
        user.act()
    last = window.store.state
    steps = 0
    while window.store.undo_label:
        window.store.undo()
        steps += 1
    while window.store.redo_label:
        window.store.redo()
    while window.store.undo_label and window.store.state != last:
        window.store.undo()
    assert steps > 5
    assert window.store.state == last
    while window.store.undo_label:
        window.store.undo()
    assert window.store.state == first
    settle(qtbot, window)
