"""Everything can be reached and is named without a mouse and without eyes."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.acting import actions, choose_with_keys, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_gui import wording
from winit_gui.dialogs.shortcuts import SHORTCUTS
from winit_gui.state import State, View
from winit_gui.window import Window

CONTROLS = (QAbstractButton, QAbstractSpinBox, QComboBox)


def open_everything(window: Window, qtbot: QtBot) -> None:
    """Unfold every editor and every scheme, so that all controls are there."""
    if not window.side.schemes.more.isHidden():
        window.side.schemes.more.setChecked(True)
    for row in window.side.schemes.rows:
        row.summary.setChecked(True)
    choose_with_keys(qtbot, window, window.gradient.reading, "update_ratio")
    choose_with_keys(qtbot, window, window.side.activation, "leaky_relu")
    choose_with_keys(qtbot, window, window.side.dataset, "gaussian")
    settle(qtbot, window)


def controls(window: Window) -> list[QWidget]:
    found = [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS) and widget.isVisible()
    ]
    return [
        widget
        for widget in found
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
    ]


def test_every_control_has_a_name(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    open_everything(window, qtbot)
    found = controls(window)
    assert len(found) > 60
    unnamed = [
        f"{type(widget).__name__} {widget.objectName()} {widget.toolTip()!r}"
        for widget in found
        if not (widget.accessibleName() or getattr(widget, "text", lambda: "")().strip())
        or (isinstance(widget, QAbstractSpinBox | QComboBox) and not widget.accessibleName())
    ]
    assert unnamed == []
    for card in window.cards.cards:
        assert card.accessibleName()
    for panel in window.panels:
        assert panel.accessibleName()


def test_a_button_without_words_has_a_name(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    open_everything(window, qtbot)
    for widget in controls(window):
        if isinstance(widget, QAbstractButton) and not re.search(r"[A-Za-z]{2}", widget.text()):
            assert re.search(r"[A-Za-z]{3}", widget.accessibleName()), widget.text()


def walk(window: Window, qtbot: QtBot) -> list[QWidget]:
    """Press Tab until the focus comes round."""
    window.setFocus()
    visited: list[QWidget] = []
    for _ in range(1500):
        holder = QApplication.focusWidget() or window
        qtbot.keyClick(holder, Qt.Key.Key_Tab)
        holder = QApplication.focusWidget()
        if holder is None or (visited and holder is visited[0]):
            break
        visited.append(holder)
    return visited


def test_tab_walks_over_every_control(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    visited = walk(window, qtbot)
    assert len(visited) == len(set(visited))
    missed = [
        f"{type(widget).__name__} {widget.accessibleName()}"
        for widget in controls(window)
        if widget not in visited
    ]
    assert missed == []


def test_tab_goes_down_the_side_panel(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    for key in ("small_normal", "he_normal"):
        row = next(r for r in window.side.schemes.rows if r.row.choice.key == key)
        row.summary.setChecked(True)
    QApplication.processEvents()
    body = window.side.widget()
    visited = [widget for widget in walk(window, qtbot) if body.isAncestorOf(widget)]
    tops = [widget.mapTo(body, widget.rect().center()).y() for widget in visited]
    assert len(visited) > 25
    backwards = [
        (visited[i].accessibleName(), visited[i + 1].accessibleName())
        for i in range(len(tops) - 1)
        if tops[i + 1] < tops[i] - 20
    ]
    assert backwards == []


def test_the_focused_control_is_scrolled_into_view(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(size=(1024, 600))
    for widget in [w for w in walk(window, qtbot) if window.side.isAncestorOf(w)][::-1]:
        widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
        assert not widget.visibleRegion().isEmpty(), widget.accessibleName()


@pytest.mark.parametrize("field", ["depth_field", "width_field", "batch", "seed"])
def test_a_label_takes_the_keyboard_to_its_field(
    make_window: MakeWindow, qtbot: QtBot, field: str
) -> None:
    window = make_window()
    control = getattr(window.side, field)
    (label,) = [
        found for found in window.side.findChildren(QLabel) if found.buddy() is control.field
    ]
    match = re.search(r"&(\w)", label.text())
    assert match
    window.setFocus()
    qtbot.keyClick(window, match[1], Qt.KeyboardModifier.AltModifier)
    assert QApplication.focusWidget() is control.field
    assert not control.field.visibleRegion().isEmpty()


def menus(window: Window) -> list[QMenu]:
    found = []
    for top in window.menuBar().actions():
        menu = top.menu()
        assert isinstance(menu, QMenu)
        found.append(menu)
    return found


def test_menus_have_mnemonics_that_differ(make_window: MakeWindow) -> None:
    window = make_window()
    groups = [[action.text() for action in window.menuBar().actions()]]
    groups += [[a.text() for a in menu.actions() if not a.isSeparator()] for menu in menus(window)]
    for texts in groups:
        letters = []
        for text in texts:
            match = re.search(r"&([^&])", text)
            assert match, f"{text} has no mnemonic"
            letters.append(match[1].lower())
        assert [letter for letter, n in Counter(letters).items() if n > 1] == [], texts


def test_no_two_actions_share_a_shortcut(make_window: MakeWindow) -> None:
    window = make_window()
    keys = [
        sequence.toString()
        for action in actions(window)
        for sequence in action.shortcuts()
        if not sequence.isEmpty()
    ]
    assert [key for key, n in Counter(keys).items() if n > 1] == []


def test_every_shortcut_is_explained(make_window: MakeWindow) -> None:
    window = make_window()
    explained = {key for keys, _ in SHORTCUTS for key in keys.split("  ")}
    for first, last in [key.split(" … ") for key in explained if " … " in key]:
        numbers = range(int(first[-1]), int(last[-1]) + 1)
        explained |= {f"{first[:-1]}{number}" for number in numbers}
    for action in actions(window):
        key = action.shortcut().toString()
        assert not key or key in explained | {"F1"}, key


@pytest.mark.parametrize("panel", ["side", "weights"])
def test_labels_lead_to_their_field(make_window: MakeWindow, panel: str) -> None:
    window = make_window()
    labels = [
        label
        for label in getattr(window, panel).findChildren(QLabel)
        if label.isVisible() and label.objectName() != "strip" and "&" in label.text()
    ]
    assert labels
    letters = []
    for label in labels:
        assert label.buddy() is not None, label.text()
        match = re.search(r"&(.)", label.text())
        assert match
        letters.append(match[1].lower())
    assert [letter for letter, n in Counter(letters).items() if n > 1] == []


def test_a_label_shortcut_collides_with_no_menu_or_other_label(make_window: MakeWindow) -> None:
    window = make_window(State.of(small_experiment(dataset="gaussian"), View()))
    letters = [
        match[1].lower()
        for label in window.findChildren(QLabel)
        if label.isVisible() and label.buddy() and (match := re.search(r"&(\w)", label.text()))
    ]
    for top in window.menuBar().actions():
        match = re.search(r"&(\w)", top.text())
        assert match
        letters.append(match[1].lower())
    assert [letter for letter, n in Counter(letters).items() if n > 1] == []


def test_definitions_are_at_hand(make_window: MakeWindow) -> None:
    window = make_window()
    for widget in (
        window.side.depth_field.field,
        window.side.width_field.field,
        window.side.batch.field,
        window.side.seed.field,
        window.side.dataset,
        window.side.loss,
        window.side.dtype,
        window.side.activation,
        window.weights.layer.field,
        window.weights.scale,
        window.gradient.reading,
        window.gradient.relative,
    ):
        assert len(widget.toolTip()) > 20, widget.accessibleName()
    for kind in wording.VERDICTS:
        assert wording.VERDICT_DEFINITIONS[kind]
