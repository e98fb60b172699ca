"""The main job without a mouse: nothing here but keys."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.acting import settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_gui.experiment_files import ENDING, open_state
from winit_gui.state import State, View
from winit_gui.training_session import SessionState
from winit_gui.window import Window

KEYS, MODIFIERS = Qt.Key, Qt.KeyboardModifier
FOCUSABLE = (QCheckBox, QComboBox, QAbstractSpinBox, QPushButton, QToolButton)


class Keyboard:
    """Presses keys wherever the focus is."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    @property
    def holder(self) -> QWidget:
        """What has the keyboard."""
        popup = QApplication.activePopupWidget()
        return popup or QApplication.focusWidget() or self.window

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = MODIFIERS.NoModifier) -> None:
        """Press one key."""
        self.qtbot.keyClick(self.holder, key, modifier)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        """Type characters."""
        for character in text:
            self.qtbot.keyClicks(self.holder, character)

    def tab_to(self, name: str, backwards: bool = False) -> QWidget:
        """Press Tab until a control of a name has the focus."""
        for _ in range(400):
            holder = QApplication.focusWidget()
            if holder is not None and called(holder) == name:
                assert not holder.visibleRegion().isEmpty(), f"{name} is out of sight"
                return holder
            self.press(KEYS.Key_Backtab if backwards else KEYS.Key_Tab)
        pytest.fail(f"Tab does not lead to {name}")

    def menu(self, *letters: str) -> None:
        """Open a menu with Alt and a letter, and choose with further letters."""
        first, *rest = letters
        QTest.keyClick(self.window, first, MODIFIERS.AltModifier)
        for letter in rest:
            self.qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
            popup = QApplication.activePopupWidget()
            assert isinstance(popup, QMenu)
            QTest.keyClick(popup, letter)
            QApplication.processEvents()
        # The offscreen platform leaves no window active when a menu closes.
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)

    def settle(self) -> None:
        """Wait for the picture."""
        settle(self.qtbot, self.window)


def called(widget: QWidget) -> str:
    """Return what a screen reader calls a control."""
    text = getattr(widget, "text", str)()
    return widget.accessibleName() or str(text).replace("&", "")


def at_the_keyboard(make_window: MakeWindow, qtbot: QtBot) -> Keyboard:
    """Return the keys of a window whose focus is nowhere in particular."""
    window = make_window(small_experiment(("zeros", "he_normal")))
    window.setFocus()
    return Keyboard(window, qtbot)


def experiment_keys(window: Window) -> list[str]:
    return [choice.key for choice in window.store.state.experiment.schemes]


def test_an_experiment_is_chosen_trained_read_and_saved(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    keys = at_the_keyboard(make_window, qtbot)
    window = keys.window
    # Schemes
    keys.tab_to("Compare Xavier normal")
    keys.press(KEYS.Key_Space)
    keys.settle()
    assert experiment_keys(window) == ["zeros", "glorot_normal", "he_normal"]

    # Activation, network, seed
    keys.tab_to("Activation")
    before = window.store.state.experiment.activation.key
    keys.press(KEYS.Key_Down)
    keys.settle()
    assert window.store.state.experiment.activation.key != before
    for name, text in (("Hidden layers", "6"), ("Units per layer", "20"), ("Seed", "7")):
        keys.tab_to(name)
        keys.press(KEYS.Key_A, MODIFIERS.ControlModifier)
        keys.type(text)
        keys.press(KEYS.Key_Return)
    keys.settle()
    experiment = window.store.state.experiment
    assert (experiment.hidden_widths, experiment.seed) == ((20,) * 6, 7)
    keys.press(KEYS.Key_R, MODIFIERS.ControlModifier)
    keys.settle()
    assert window.store.state.experiment.seed != 7

    # Enlarge, and back; the field must not take the digit
    window.setFocus()
    keys.type("2")
    assert window.store.state.view.enlarged == 2
    keys.press(KEYS.Key_Escape)
    assert window.store.state.view.enlarged == 0

    # Read the verdicts, have one explained
    keys.press(KEYS.Key_E)
    assert window.store.state.view.explain
    keys.settle()
    assert window.explain.isVisible()
    keys.press(KEYS.Key_E)
    names = [card.accessibleName() for card in window.cards.cards]
    assert len(names) == 3
    assert names[0].startswith("Zero: Symmetric. ")

    # A remedy, taken back
    keys.tab_to(window.cards.cards[0].remedy.accessibleName())
    keys.press(KEYS.Key_Space)
    keys.settle()
    assert "zeros" not in experiment_keys(window)
    keys.press(KEYS.Key_Z, MODIFIERS.ControlModifier)
    keys.settle()
    assert experiment_keys(window) == ["zeros", "glorot_normal", "he_normal"]

    # Train
    keys.press(KEYS.Key_T, MODIFIERS.ControlModifier)
    qtbot.waitUntil(lambda: window.session.state is SessionState.FINISHED, timeout=30_000)
    qtbot.waitUntil(lambda: window.settled, timeout=20_000)

    # Save: the dialog by its line of text
    file = tmp_path / f"by keys{ENDING}"
    type_into_file_dialog(window, qtbot, str(file))
    keys.press(KEYS.Key_S, MODIFIERS.ControlModifier)
    assert open_state(file).experiment == window.store.state.experiment


def type_into_file_dialog(window: Window, qtbot: QtBot, text: str) -> None:
    """When a file dialog opens, type a name and press Enter."""

    def type_it() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QFileDialog):
            QTimer.singleShot(20, type_it)
            return
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(line, QLineEdit)
        line.selectAll()
        qtbot.keyClicks(line, text)
        accept(dialog)

    def accept(dialog: QFileDialog) -> None:
        popup = QApplication.activePopupWidget()
        if popup is not None:  # the names that begin so
            qtbot.keyClick(popup, KEYS.Key_Escape)
        (buttons,) = dialog.findChildren(QDialogButtonBox)
        if buttons.button(QDialogButtonBox.StandardButton.Save).isEnabled():
            qtbot.keyClick(dialog, KEYS.Key_Return)
        if dialog.isVisible():  # it has not yet read the folder
            QTimer.singleShot(20, partial(accept, dialog))

    QTimer.singleShot(0, type_it)


def test_pins_by_keys(make_window: MakeWindow, qtbot: QtBot) -> None:
    keys = at_the_keyboard(make_window, qtbot)
    window = keys.window
    keys.menu("e", "p")
    assert [pin.name for pin in window.store.state.pins] == ["Tanh, 4 × 16"]
    keys.press(KEYS.Key_R, MODIFIERS.ControlModifier)
    keys.settle()
    seed = window.store.state.experiment.seed
    keys.press(KEYS.Key_P, MODIFIERS.ControlModifier | MODIFIERS.ShiftModifier)
    keys.settle()
    assert window.store.state.experiment.seed != seed
    keys.menu("e", "n", "1", "g")
    assert not window.store.state.pins[0].shown
    button = keys.tab_to("Pinned: Tanh, 4 × 16")
    assert isinstance(button, QToolButton)
    keys.press(KEYS.Key_Space)
    assert window.store.state.pins[0].shown
    keys.menu("e", "n", "1", "m")
    assert window.store.state.pins == ()
    keys.settle()


def test_everything_in_the_menus_has_a_letter(make_window: MakeWindow, qtbot: QtBot) -> None:
    keys = at_the_keyboard(make_window, qtbot)
    window = keys.window
    keys.menu("v", "t", "d")
    assert window.store.state.view.theme == "dark"
    keys.menu("v", "g")
    for key in (KEYS.Key_Down, KEYS.Key_Return):
        keys.press(key)
    assert window.store.state.view.reading == "grad_weight"
    keys.settle()


def test_tabs_are_walked_by_keys(make_window: MakeWindow, qtbot: QtBot) -> None:
    keys = at_the_keyboard(make_window, qtbot)
    window = keys.window
    for number in (2, 3, 1):
        keys.press(Qt.Key(ord(str(number))), MODIFIERS.ControlModifier)
        assert window.tabs.currentIndex() == number - 1
    keys.settle()


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_the_focus_can_be_seen(make_window: MakeWindow, qtbot: QtBot, theme: str) -> None:
    window = make_window(State.of(small_experiment(("zeros", "he_normal")), View(theme=theme)))
    window.activateWindow()
    unseen = []
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, FOCUSABLE) or not widget.isVisible() or not widget.isEnabled():
            continue
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or widget.focusProxy() is not None:
            continue
        window.setFocus()
        window.side.ensureWidgetVisible(widget)
        QApplication.processEvents()
        without = picture_of(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        if picture_of(widget) == without:
            unseen.append(f"{type(widget).__name__} {called(widget)} {widget.objectName()}")
    assert unseen == []


def picture_of(widget: QWidget) -> QImage:
    """Return what is seen of a widget, with a margin."""
    return widget.grab().toImage()
