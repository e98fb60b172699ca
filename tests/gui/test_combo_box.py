"""A wheel that scrolls a column of controls changes none of them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from tests.gui.acting import settle, wheel
from tests.gui.fixtures import MakeWindow, small_experiment


def test_no_combo_box_follows_the_wheel(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment())
    for tab in (1, 2, 3, 4, 0):
        window.tabs.setCurrentIndex(tab)
    before = window.store.state
    combos = [combo for combo in window.findChildren(QComboBox) if combo.count() > 1]
    assert len(combos) > 10
    for combo in combos:
        chosen = combo.currentIndex()
        combo.setCurrentIndex(0)
        for _ in range(2):  # without the focus, and with it
            wheel(combo)
            assert combo.currentIndex() == 0, combo.accessibleName()
            combo.setFocus()
        assert combo.focusPolicy() != Qt.FocusPolicy.WheelFocus  # a wheel gives no focus, either
        combo.setCurrentIndex(chosen)
    assert window.store.state == before
    settle(qtbot, window)
