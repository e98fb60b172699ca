"""What no experiment can have is refused at its field; the last picture stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, click, reveal, settle, type_into
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_gui.controls.number_field import CheckedField
from winit_gui.window import Window

Find = Callable[[Window], CheckedField]


def _std(window: Window) -> CheckedField:
    row = next(r for r in window.side.schemes.rows if r.row.choice.key == "small_normal")
    if not row.summary.isChecked():
        row.summary.setChecked(True)
    field = row.parameter_field("std")
    assert isinstance(field, CheckedField)
    return field


FIELDS: dict[str, tuple[Find, str]] = {
    "width": (lambda window: window.side.width_field, "Units per layer"),
    "depth": (lambda window: window.side.depth_field, "Hidden layers"),
    "batch": (lambda window: window.side.batch, "Batch"),
    "seed": (lambda window: window.side.seed, "Seed"),
    "std": (_std, "std"),
    "alpha": (lambda window: window.side.activation_field("alpha"), "alpha"),
    "layer": (lambda window: window.weights.layer, "Layer"),
}
REFUSED = [
    ("width", "0", "0", "1 to 4096"),
    ("width", "-3", "-3", "1 to 4096"),
    ("width", "4097", "4097", "1 to 4096"),
    ("width", "2.5", "2.5", "integer"),
    ("width", "", "“”", "integer"),
    ("width", "wide", "“wide”", "integer"),
    ("depth", "10000", "10000", "1 to 1000"),
    ("depth", "0", "0", "1 to 1000"),
    ("depth", "nan", "nan", "1 to 1000"),
    ("std", "abc", "“abc”", "number"),
    ("std", "NaN", "nan", "number"),
    ("std", "-1", "-1", "number"),
    ("std", "inf", "inf", "number"),
    ("std", "1e999", "inf", "number"),
    ("batch", "1798", "1798", "1 to 1797"),
    ("batch", "0", "0", "1 to 1797"),
    ("seed", "-1", "-1", "0 to 4294967295"),
    ("seed", "4294967296", "4294967296", "0 to 4294967295"),
    ("alpha", "11", "11", "0 to 10"),
    ("layer", "6", "6", "1 to 5"),
    ("layer", "0", "0", "1 to 5"),
]


@pytest.mark.parametrize("name", FIELDS)
def test_is_refused_at_the_field(make_window: MakeWindow, qtbot: QtBot, name: str) -> None:
    window = make_window(small_experiment(("zeros", "small_normal"), activation="elu"))
    for field, text, shown, allowed in REFUSED:
        if field == name:
            _refuse(qtbot, window, name, text, shown, allowed)


def _refuse(qtbot: QtBot, window: Window, name: str, text: str, shown: str, allowed: str) -> None:
    find, label = FIELDS[name]
    field = find(window)
    before, picture = window.store.state, window.picture
    accepted = field.field.text()
    type_into(qtbot, window, field, text)

    assert window.store.state is before
    assert window.settled
    assert window.picture is picture
    reveal(window, field.message)
    assert field.message.isVisible()
    message = field.message.text()
    assert message.startswith(f"{label}: {shown} is not possible")
    assert allowed in message
    assert field.field.text() == text
    assert field.field.property("refused")
    assert window.store.undo_label == ""
    room = field.message.heightForWidth(field.message.width())
    assert field.message.height() >= room, "the message is cut"

    qtbot.keyClick(field.field, Qt.Key.Key_Escape)
    assert field.field.text() == accepted
    assert not field.message.isVisible()
    assert not field.field.property("refused")
    assert window.store.state is before


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("width", "0", "8"),
        ("depth", "10000", "3"),
        ("std", "abc", "0.5"),
        ("batch", "9999", "16"),
    ],
)
def test_correcting_it_clears_the_message_and_computes(
    make_window: MakeWindow, qtbot: QtBot, name: str, bad: str, good: str
) -> None:
    window = make_window(small_experiment(("zeros", "small_normal")))
    field = FIELDS[name][0](window)
    picture = window.picture
    type_into(qtbot, window, field, bad, end=Qt.Key.Key_Tab)
    assert field.message.isVisible()
    assert window.picture is picture
    type_into(qtbot, window, field, good)
    settle(qtbot, window)
    assert not field.message.isVisible()
    assert not field.field.property("refused")
    assert window.picture is not None
    assert window.picture is not picture
    assert window.picture.experiment == window.store.state.experiment


def test_a_network_that_fits_no_memory_is_refused(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(hidden_widths=(16,) * 100))
    before, picture = window.store.state, window.picture
    type_into(qtbot, window, window.side.width_field, "4096")
    assert "GiB" in window.side.width_field.message.text()
    assert window.store.state is before
    assert window.picture is picture


def test_a_refusal_goes_when_something_else_changes_the_value(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window()
    type_into(qtbot, window, window.side.depth_field, "10000")
    assert window.side.depth_field.message.isVisible()
    action(window, "Back to the first experiment").trigger()
    assert not window.side.depth_field.message.isVisible()
    assert window.side.depth_field.field.text() == "10"
    settle(qtbot, window)


def test_escape_in_a_field_keeps_the_enlarged_panel(make_window: MakeWindow, qtbot: QtBot) -> None:
    """Escape means the nearest thing first: the refused value, then the enlarged panel."""
    window = make_window()
    window.store.update_view("panel 1 alone", enlarged=1)
    settle(qtbot, window)
    field = window.weights.layer
    type_into(qtbot, window, field, "99")
    qtbot.keyClick(field.field, Qt.Key.Key_Escape)
    assert field.field.text() == "2"
    assert window.store.state.view.enlarged == 1
    qtbot.keyClick(field.field, Qt.Key.Key_Escape)
    assert window.store.state.view.enlarged == 0


def test_undo_works_from_within_a_field(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    field = window.side.depth_field
    type_into(qtbot, window, field, "3")
    assert window.store.state.experiment.depth == 3
    qtbot.mouseClick(field.field, Qt.MouseButton.LeftButton)
    assert field.field.hasFocus()
    undo = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(field.field, Qt.Key.Key_Z, undo)
    assert window.store.state.experiment.depth == 4
    assert field.field.text() == "4"
    qtbot.keyClick(field.field, Qt.Key.Key_Z, undo | Qt.KeyboardModifier.ShiftModifier)
    assert window.store.state.experiment.depth == 3
    settle(qtbot, window)


def test_undo_while_typing_takes_back_the_typing(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    field = window.side.depth_field
    click(qtbot, window, window.side.schemes.rows[0].check)
    before = window.store.state
    type_into(qtbot, window, field, "77", end=None)
    qtbot.keyClick(field.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert field.field.text() != "77"
    assert window.store.state is before
    settle(qtbot, window)


def test_digits_typed_into_a_field_enlarge_nothing(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    type_into(qtbot, window, window.side.seed, "123")
    assert window.store.state.view.enlarged == 0
    assert window.store.state.experiment.seed == 123
    settle(qtbot, window)
