"""After Enter in a number field the keyboard is the window's again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.acting import settle, type_into
from tests.gui.fixtures import MakeWindow


def test_single_keys_mean_the_windows_actions_after_enter(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window()
    field = window.side.depth_field
    type_into(qtbot, window, field, "3")
    assert window.store.state.experiment.depth == 3
    assert not field.field.hasFocus()
    for key in (Qt.Key.Key_2, Qt.Key.Key_T):
        qtbot.keyClick(QApplication.focusWidget(), key)
    assert window.store.state.view.enlarged == 2
    assert not window.store.state.view.theory
    assert window.store.state.experiment.depth == 3
    settle(qtbot, window)


def test_tab_leads_back_to_the_field_and_on(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    field, following = window.side.depth_field, window.side.width_field
    type_into(qtbot, window, field, "3")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert field.field.hasFocus()
    assert field.field.lineEdit().selectedText() == "3", "typing replaces it"
    qtbot.keyClick(field.field, Qt.Key.Key_Tab)
    assert following.field.hasFocus()
    settle(qtbot, window)


def test_a_refused_value_keeps_the_keyboard(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    field = window.side.depth_field
    type_into(qtbot, window, field, "0")
    assert field.field.hasFocus()
    assert field.message.isVisible()
    qtbot.keyClick(field.field, Qt.Key.Key_Escape)


def test_undo_after_enter_takes_the_value_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    before = window.store.state
    type_into(qtbot, window, window.side.depth_field, "3")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.store.state == before
    settle(qtbot, window)
