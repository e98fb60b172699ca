from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyle, QStyleOptionSpinBox, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.acting import focus, type_keys, wheel
from winit_core.errors import ExperimentError
from winit_gui.controls.number_field import CheckedField, NumberField, Stepping

UP, DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down
MakeField = Callable[[Stepping, float], NumberField]


@pytest.fixture
def make_field(qtbot: QtBot) -> MakeField:
    """Build a shown and focused field that holds a value, and accepts what it proposes."""

    def make(stepping: Stepping, value: float) -> NumberField:
        holder = QWidget()
        qtbot.addWidget(holder)
        field = NumberField(stepping, integer=False, parent=holder)
        field.resize(140, 30)
        field.set_value(value)
        field.proposed.connect(field.set_value)
        field.holder = holder  # type: ignore[attr-defined]
        holder.resize(160, 40)
        holder.show()
        focus(qtbot, field)
        return field

    return make


@pytest.mark.parametrize(
    ("stepping", "start", "key", "values"),
    [
        (Stepping.BY_ONE, 9, UP, [10, 11]),
        (Stepping.BY_ONE, 2, DOWN, [1, 0, -1]),
        (Stepping.DOUBLE, 100, UP, [128, 256]),
        (Stepping.DOUBLE, 128, UP, [256]),
        (Stepping.DOUBLE, 100, DOWN, [64, 32]),
        (Stepping.DOUBLE, 2, DOWN, [1, 1]),
        (Stepping.DOUBLE, 0, UP, [1, 2]),
        (Stepping.ONE_TWO_FIVE, 0.01, UP, [0.02, 0.05, 0.1]),
        (Stepping.ONE_TWO_FIVE, 0.01, DOWN, [0.005, 0.002, 0.001]),
        (Stepping.ONE_TWO_FIVE, 3, UP, [5, 10]),
        (Stepping.ONE_TWO_FIVE, 3, DOWN, [2, 1]),
        (Stepping.ONE_TWO_FIVE, 0, UP, [0.001, 0.002]),
        (Stepping.ONE_TWO_FIVE, 0, DOWN, [0]),
        (Stepping.ONE_TWO_FIVE, 1e-9, UP, [2e-9, 5e-9, 1e-8]),
        (Stepping.TENTH, 0.1, UP, [0.2, 0.3]),
        (Stepping.TENTH, 0.1, DOWN, [0, -0.1]),
    ],
)
def test_steps_by_key(
    make_field: MakeField,
    qtbot: QtBot,
    stepping: Stepping,
    start: float,
    key: Qt.Key,
    values: list[float],
) -> None:
    field = make_field(stepping, start)
    seen: list[object] = []
    field.proposed.connect(seen.append)
    for _ in values:
        qtbot.keyClick(field, key)
    assert seen == pytest.approx(values, rel=1e-12, abs=0)
    assert field.value() == values[-1]


@pytest.mark.parametrize("stepping", list(Stepping))
@pytest.mark.parametrize("text", ["inf", "-inf", "nan", "1e309", "9" * 30, "9" * 400, "abc", ""])
def test_steps_from_no_number_start_at_the_last_accepted(
    make_field: MakeField, qtbot: QtBot, stepping: Stepping, text: str
) -> None:
    field = make_field(stepping, 4)
    field.proposed.disconnect(field.set_value)
    for key, shown in ((UP, ("5", "8", "5", "4.1")), (DOWN, ("3", "2", "2", "3.9"))):
        field.selectAll()
        qtbot.keyClick(field, Qt.Key.Key_Delete)
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, key)
        assert field.text() == shown[list(Stepping).index(stepping)]


@pytest.mark.parametrize("stepping", list(Stepping))
@pytest.mark.parametrize("up", [True, False])
def test_steps_by_its_arrows(
    make_field: MakeField, qtbot: QtBot, stepping: Stepping, up: bool
) -> None:
    field = make_field(stepping, 4)
    option = QStyleOptionSpinBox()
    field.initStyleOption(option)
    part = QStyle.SubControl.SC_SpinBoxUp if up else QStyle.SubControl.SC_SpinBoxDown
    complex_control = QStyle.ComplexControl.CC_SpinBox
    where = field.style().subControlRect(complex_control, option, part, field).center()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=where)
    expected = {
        Stepping.BY_ONE: (5, 3),
        Stepping.DOUBLE: (8, 2),
        Stepping.ONE_TWO_FIVE: (5, 2),
        Stepping.TENTH: (4.1, 3.9),
    }[stepping][0 if up else 1]
    assert field.value() == pytest.approx(expected)


def test_page_keys_step_ten_times(make_field: MakeField, qtbot: QtBot) -> None:
    field = make_field(Stepping.BY_ONE, 3)
    qtbot.keyClick(field, Qt.Key.Key_PageUp)
    assert field.value() == 13


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("1e-3", 1e-3),
        ("0,5", 0.5),
        ("−2", -2),
        ("+3", 3),
        (".5", 0.5),
        ("abc", "abc"),
        ("", ""),
        ("1_000", "1_000"),
        ("1 000", "1 000"),
        ("0x10", "0x10"),
        ("2.0", 2.0),
    ],
)
def test_reads_numbers_as_people_write_them(
    make_field: MakeField, qtbot: QtBot, text: str, value: object
) -> None:
    field = make_field(Stepping.BY_ONE, 77)
    field.proposed.disconnect(field.set_value)
    seen: list[object] = []
    field.proposed.connect(seen.append)
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    type_keys(qtbot, field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert seen[-1] == value
    assert type(seen[-1]) is type(value)


def test_untouched_text_proposes_the_exact_value(make_field: MakeField, qtbot: QtBot) -> None:
    field = make_field(Stepping.TENTH, 1 / 3)
    seen: list[object] = []
    field.proposed.connect(seen.append)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert seen == [1 / 3]


def test_the_wheel_steps_only_with_focus(make_field: MakeField, qtbot: QtBot) -> None:
    field = make_field(Stepping.BY_ONE, 5)
    wheel(field, 120)
    assert field.value() == 6
    field.clearFocus()
    wheel(field, 120)
    assert field.value() == 6


@pytest.fixture
def checked(qtbot: QtBot) -> CheckedField:
    def propose(value: object) -> None:
        if not isinstance(value, int) or value > 9:
            raise ExperimentError("digit", value, "an integer up to 9")

    field = CheckedField("Digit", propose, Stepping.BY_ONE)
    qtbot.addWidget(field)
    field.show_value(5)
    field.show()
    focus(qtbot, field.field)
    return field


def _retype(qtbot: QtBot, field: CheckedField, text: str) -> None:
    field.field.selectAll()
    qtbot.keyClicks(field.field, text)
    qtbot.keyClick(field.field, Qt.Key.Key_Return)


def test_a_refusal_names_field_value_and_range(checked: CheckedField, qtbot: QtBot) -> None:
    assert not checked.message.isVisible()
    _retype(qtbot, checked, "12")
    assert checked.message.isVisible()
    assert checked.message.text() == "Digit: 12 is not possible. Allowed: an integer up to 9."
    assert checked.field.property("refused")
    assert checked.field.value() == 5
    assert checked.field.text() == "12"


def test_correcting_it_clears_the_message(checked: CheckedField, qtbot: QtBot) -> None:
    _retype(qtbot, checked, "abc")
    assert "“abc”" in checked.message.text()
    _retype(qtbot, checked, "7")
    assert not checked.message.isVisible()
    assert not checked.field.property("refused")
    assert checked.field.value() == 7


def test_escape_brings_the_last_accepted_value_back(checked: CheckedField, qtbot: QtBot) -> None:
    _retype(qtbot, checked, "12")
    qtbot.keyClick(checked.field, Qt.Key.Key_Escape)
    assert checked.field.text() == "5"
    assert not checked.message.isVisible()


def test_a_refused_step_starts_again_from_the_accepted_value(
    checked: CheckedField, qtbot: QtBot
) -> None:
    _retype(qtbot, checked, "abc")
    qtbot.keyClick(checked.field, UP)
    assert checked.field.text() == "6"
    assert not checked.message.isVisible()


def test_a_refused_value_that_loses_the_focus_stays_marked(
    checked: CheckedField, qtbot: QtBot
) -> None:
    _retype(qtbot, checked, "12")
    checked.field.clearFocus()
    assert checked.message.isVisible()
    assert checked.field.text() == "12"
