"""Every control of the side panel changes what it says, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from tests.gui.acting import (
    action,
    choose_with_keys,
    choose_with_mouse,
    click,
    focus,
    hover,
    reveal,
    settle,
    type_into,
)
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.datasets import DATASETS
from winit_core.experiment import DTYPES, LOSSES, Experiment
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.schemes.libraries import LIBRARIES
from winit_gui.controls.number_field import CheckedField
from winit_gui.controls.scheme_list import SchemeRow
from winit_gui.defaults import DEFAULT_SCHEMES
from winit_gui.highlight import NOBODY
from winit_gui.style import SIDE_PANEL_WIDTH
from winit_gui.window import Window

SPACE = Qt.Key.Key_Space


def row_of(window: Window, key: str) -> SchemeRow:
    """Return the first row of a scheme."""
    return next(row for row in window.side.schemes.rows if row.row.choice.key == key)


def experiment(window: Window) -> Experiment:
    return window.store.state.experiment


def shows(qtbot: QtBot, window: Window, **fields: Any) -> None:
    """Assert fields of the experiment, and that the picture follows."""
    for name, value in fields.items():
        assert getattr(experiment(window), name) == value
    settle(qtbot, window)
    assert window.picture is not None
    assert window.picture.experiment == experiment(window)


def unfold(qtbot: QtBot, window: Window, key: str) -> SchemeRow:
    """Open a scheme's parameters with a click."""
    row = row_of(window, key)
    click(qtbot, window, row.summary)
    assert row.editor.isVisible()
    return row


# Numbers


@dataclass(frozen=True)
class Number:
    """A field of the side panel and what it stands for."""

    find: Callable[[Window], CheckedField]
    read: Callable[[Window], object]
    typed: str
    wanted: object
    stepped_up: object
    dataset: str = "digits"


NUMBERS = {
    "depth": Number(
        lambda w: w.side.depth_field,
        lambda w: experiment(w).hidden_widths,
        "2",
        (16,) * 2,
        (16,) * 5,
    ),
    "width": Number(
        lambda w: w.side.width_field,
        lambda w: experiment(w).hidden_widths,
        "9",
        (9,) * 4,
        (32,) * 4,
    ),
    "batch": Number(lambda w: w.side.batch, lambda w: experiment(w).batch_size, "50", 50, 64),
    "seed": Number(lambda w: w.side.seed, lambda w: experiment(w).seed, "77", 77, 1),
    "inputs": Number(
        lambda w: w.side.input_width, lambda w: experiment(w).input_width, "20", 20, 128, "gaussian"
    ),
    "nets": Number(lambda w: w.side.seeds, lambda w: w.store.state.view.seeds, "3", 3, 2),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_typed(make_window: MakeWindow, qtbot: QtBot, name: str) -> None:
    number = NUMBERS[name]
    window = make_window(small_experiment(dataset=number.dataset))
    type_into(qtbot, window, number.find(window), number.typed)
    assert number.read(window) == number.wanted
    shows(qtbot, window)
    assert number.find(window).field.text() == number.typed


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_stepped(make_window: MakeWindow, qtbot: QtBot, name: str) -> None:
    number = NUMBERS[name]
    window = make_window(small_experiment(dataset=number.dataset))
    field = number.find(window).field
    before = number.read(window)
    reveal(window, field)
    focus(qtbot, field)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert number.read(window) == number.stepped_up
    shows(qtbot, window)
    window.store.undo()
    assert number.read(window) == before
    settle(qtbot, window)


def test_holding_an_arrow_is_one_step_to_undo(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    before = window.store.state
    focus(qtbot, window.side.seed.field)
    for _ in range(5):
        qtbot.keyClick(window.side.seed.field, Qt.Key.Key_Up)
    shows(qtbot, window, seed=5)
    window.store.undo()
    assert window.store.state == before
    settle(qtbot, window)


def test_a_deeper_net_keeps_its_widths(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(hidden_widths=(8, 16, 24)))
    type_into(qtbot, window, window.side.depth_field, "5")
    shows(qtbot, window, hidden_widths=(8, 16, 24, 24, 24))


# Choices


def _options(name: str) -> list[str]:
    return {
        "activation": [*ACTIVATIONS],
        "loss": [*LOSSES],
        "dtype": [*DTYPES],
        "dataset": [*DATASETS],
        "library": [*LIBRARIES],
    }[name]


def _combo(window: Window, name: str) -> QComboBox:
    found = getattr(window.side, name)
    assert isinstance(found, QComboBox)
    return found


def _chosen(window: Window, name: str) -> str:
    value = getattr(experiment(window), name)
    return value.key if name == "activation" else str(value)


@pytest.mark.parametrize("name", ["activation", "loss", "dtype", "dataset", "library"])
def test_a_choice_is_made_with_the_mouse(make_window: MakeWindow, qtbot: QtBot, name: str) -> None:
    window = make_window(small_experiment(("zeros", "he_normal")))
    for key in [_options(name)[-1], _options(name)[0]]:
        choose_with_mouse(qtbot, window, _combo(window, name), key)
        assert _chosen(window, name) == key
        shows(qtbot, window)


@pytest.mark.parametrize("name", ["activation", "loss", "dtype", "dataset", "library"])
def test_a_choice_is_made_with_the_keys(make_window: MakeWindow, qtbot: QtBot, name: str) -> None:
    window = make_window(small_experiment(("zeros", "he_normal")))
    for key in [_options(name)[-1], _options(name)[0]]:
        choose_with_keys(qtbot, window, _combo(window, name), key)
        assert _chosen(window, name) == key
    shows(qtbot, window)


def test_every_activation_can_be_computed(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("he_normal",)))
    combo = window.side.activation
    for key in reversed(ACTIVATIONS):
        choose_with_keys(qtbot, window, combo, key)
        assert _chosen(window, "activation") == key
        assert ACTIVATIONS[key].formula in window.side.activation_formula.text()
        shows(qtbot, window)


def test_an_activation_has_its_parameter(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("he_normal",), activation="leaky_relu"))
    type_into(qtbot, window, window.side.activation_field("slope"), "0.3")
    shows(qtbot, window, activation=get_activation("leaky_relu", slope=0.3))
    qtbot.keyClick(window.side.activation_field("slope").field, Qt.Key.Key_Up)
    shows(qtbot, window, activation=get_activation("leaky_relu", slope=0.4))
    choose_with_keys(qtbot, window, window.side.activation, "elu")
    type_into(qtbot, window, window.side.activation_field("alpha"), "2")
    shows(qtbot, window, activation=get_activation("elu", alpha=2))
    with pytest.raises(KeyError):
        window.side.activation_field("slope")


def test_gaussian_data_have_a_width_and_digits_do_not(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small_experiment(("he_normal",), batch_size=500))
    assert not window.side.input_width.isVisible()
    choose_with_keys(qtbot, window, window.side.dataset, "gaussian")
    assert window.side.input_width.isVisible()
    type_into(qtbot, window, window.side.input_width, "30")
    type_into(qtbot, window, window.side.batch, "2000")
    shows(qtbot, window, input_width=30, batch_size=2000)
    choose_with_keys(qtbot, window, window.side.dataset, "digits")
    shows(qtbot, window, input_width=64, batch_size=1797)
    assert not window.side.input_width.isVisible()


def test_the_dice_choose_another_seed(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    for by in ["mouse", "keyboard", "menu"] * 2:
        before = experiment(window).seed
        if by == "mouse":
            click(qtbot, window, window.side.dice)
        elif by == "keyboard":
            focus(qtbot, window.side.dice)
            qtbot.keyClick(window.side.dice, SPACE)
        else:
            qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        assert experiment(window).seed != before
        shows(qtbot, window)
        assert window.side.seed.field.text() == str(experiment(window).seed)


# Schemes


def test_a_scheme_is_left_out_and_taken_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    for key in DEFAULT_SCHEMES:
        check = row_of(window, key).check
        click(qtbot, window, check)
        assert key not in [c.key for c in experiment(window).schemes]
        assert len(experiment(window).schemes) == 7
        focus(qtbot, check)
        qtbot.keyClick(check, SPACE)
        assert [c.key for c in experiment(window).schemes] == list(DEFAULT_SCHEMES)
    shows(qtbot, window)


def test_every_scheme_of_the_catalogue_can_be_ticked(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment((), hidden_widths=(12,) * 2))
    more = window.side.schemes.more
    assert not row_of(window, "orthogonal").isVisible()
    click(qtbot, window, more)
    for key in SCHEMES:
        row = row_of(window, key)
        assert row.isVisible()
        click(qtbot, window, row.check)
    assert {c.key for c in experiment(window).schemes} == set(SCHEMES)
    shows(qtbot, window)
    assert len(window.cards.cards) == len(SCHEMES)
    assert not more.isVisible()


def test_more_schemes_fold_by_keyboard_and_keep_what_is_ticked(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small_experiment(("orthogonal",)))
    more = window.side.schemes.more
    assert row_of(window, "orthogonal").isVisible()
    assert not row_of(window, "sparse").isVisible()
    reveal(window, more)
    focus(qtbot, more)
    qtbot.keyClick(more, SPACE)
    assert row_of(window, "sparse").isVisible()
    qtbot.keyClick(more, SPACE)
    assert not row_of(window, "sparse").isVisible()
    assert row_of(window, "orthogonal").isVisible()


PARAMETERS = [(key, p) for key, record in SCHEMES.items() for p in record.parameters]


@pytest.mark.parametrize("key", [key for key in SCHEMES if SCHEMES[key].parameters])
def test_the_parameters_of_a_scheme_are_changed_in_place(
    make_window: MakeWindow, qtbot: QtBot, key: str
) -> None:
    window = make_window(small_experiment((key,), hidden_widths=(12,) * 2))
    row = row_of(window, key)
    reveal(window, row.summary)
    focus(qtbot, row.summary)
    qtbot.keyClick(row.summary, SPACE)
    assert row.editor.isVisible()
    for parameter in SCHEMES[key].parameters:
        control = row_of(window, key).parameter_field(parameter.name)
        before = experiment(window).schemes[0].values[parameter.name]
        if isinstance(control, QComboBox):
            other = next(c for c in parameter.choices if c != before)
            choose_with_keys(qtbot, window, control, other)
            wanted: object = other
        else:
            low = max(parameter.minimum, 0.0)
            number = 0.25 if before != 0.25 and parameter.minimum <= 0.25 else low + 0.5
            number = min(number, parameter.maximum)
            type_into(qtbot, window, control, f"{number:g}")
            wanted = number
        assert experiment(window).schemes[0].values[parameter.name] == wanted, parameter.name
    shows(qtbot, window)
    click(qtbot, window, row_of(window, key).editor.reset)
    shows(qtbot, window, schemes=(SchemeChoice(key),))
    assert not row_of(window, key).editor.reset.isEnabled()


def test_a_scheme_is_compared_again_and_removed(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("he_normal",)))
    row = unfold(qtbot, window, "he_normal")
    assert not row.editor.remove.isVisible()
    click(qtbot, window, row.editor.duplicate)
    assert [c.key for c in experiment(window).schemes] == ["he_normal", "he_normal"]
    second = [r for r in window.side.schemes.rows if r.row.choice.key == "he_normal"][1]
    gain = second.parameter_field("gain")
    assert isinstance(gain, CheckedField)
    type_into(qtbot, window, gain, "3")
    changed = SchemeChoice("he_normal", {"gain": 3.0})
    shows(qtbot, window, schemes=(SchemeChoice("he_normal"), changed))
    assert "3" in window.cards.cards[1].name.whole
    assert window.picture is not None
    first_style, second_style = window.picture.styles
    assert first_style.colour == second_style.colour
    assert first_style.dash != second_style.dash
    second = [r for r in window.side.schemes.rows if r.row.choice.key == "he_normal"][1]
    reveal(window, second.editor.remove)
    focus(qtbot, second.editor.remove)
    qtbot.keyClick(second.editor.remove, SPACE)
    shows(qtbot, window, schemes=(SchemeChoice("he_normal"),))


def test_a_standard_deviation_is_read_as_a_variance(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("small_normal",)))
    row = unfold(qtbot, window, "small_normal")
    assert "0.01" in row.editor.as_variance.text()
    click(qtbot, window, row.editor.as_variance)
    shows(qtbot, window, schemes=(SchemeChoice("small_normal", {"std": 0.1}),))
    assert "0.1" in row_of(window, "small_normal").editor.as_variance.text()


def test_recommended_gains_are_one_click_away(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("glorot_normal",), activation="tanh"))
    unfold(qtbot, window, "glorot_normal")
    button = row_of(window, "glorot_normal").editor.parameters.gain_buttons[0]
    click(qtbot, window, button)
    law = experiment(window).schemes[0].weight_law(100, 100)
    assert law.std * 10 == pytest.approx(5 / 3)
    shows(qtbot, window)


def test_one_layer_takes_another_scheme(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("he_normal",)))
    overrides = window.side.overrides
    click(qtbot, window, overrides.add)
    assert [o.index(4) for o in experiment(window).overrides] == [4]
    click(qtbot, window, overrides.add)
    assert [o.index(4) for o in experiment(window).overrides] == [3, 4]
    type_into(qtbot, window, overrides.rows[0].layer, "1")
    assert [o.index(4) for o in experiment(window).overrides] == [0, 4]
    type_into(qtbot, window, overrides.rows[0].layer, "5")
    assert [o.index(4) for o in experiment(window).overrides] == [0, 4]
    assert overrides.rows[0].layer.message.isVisible()
    choose_with_keys(qtbot, window, overrides.rows[1].scheme, "zeros")
    assert experiment(window).overrides[1].choice == SchemeChoice("zeros")
    shows(qtbot, window)
    click(qtbot, window, overrides.rows[1].remove)
    click(qtbot, window, overrides.rows[0].remove)
    shows(qtbot, window, overrides=())


def test_hovering_a_row_brings_its_scheme_forward(make_window: MakeWindow, qtbot: QtBot) -> None:
    from tests.gui.acting import hover

    window = make_window(small_experiment(("constant", "he_normal")))
    hover(window, row_of(window, "he_normal").check)
    assert window.highlight.index == 1
    hover(window, row_of(window, "zeros").check)
    assert window.highlight.index == -1
    hover(window, row_of(window, "constant").check)
    assert window.highlight.index == 0


def test_undo_restores_every_control(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    before = window.store.state
    type_into(qtbot, window, window.side.depth_field, "2")
    choose_with_keys(qtbot, window, window.side.activation, "relu")
    choose_with_keys(qtbot, window, window.side.loss, "mse")
    click(qtbot, window, row_of(window, "zeros").check)
    settle(qtbot, window)
    for _ in range(20):
        if window.store.state == before:
            break
        action(window, "Undo").trigger()
    assert window.store.state == before
    assert window.side.depth_field.field.text() == "4"
    assert window.side.activation.currentData() == "tanh"
    assert window.side.loss.currentData() == "cross_entropy"
    assert row_of(window, "zeros").check.isChecked()
    settle(qtbot, window)
    for _ in range(20):
        action(window, "Redo").trigger()
    assert experiment(window).depth == 2
    assert experiment(window).loss == "mse"
    assert not row_of(window, "zeros").check.isChecked()
    settle(qtbot, window)


def test_a_scheme_taken_out_brings_no_other_forward(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("zeros", "constant", "he_normal")))
    row = window.side.schemes.rows[1]
    hover(window, row)
    assert window.highlight.index == 1
    click(qtbot, window, row.check)
    settle(qtbot, window)
    assert window.highlight.index == NOBODY


# What is looked at stays where it is


def height_of_network(window: Window) -> int:
    """Return how high a heading is in the panel's view."""
    labels = window.side.findChildren(QLabel)
    label = next(label for label in labels if label.text() == "Network")
    return label.mapTo(window.side, label.rect().topLeft()).y()


def look_at_the_network(window: Window) -> int:
    """Scroll the heading to the top, but for a little; return where it is then."""
    bar = window.side.verticalScrollBar()
    bar.setValue(bar.value() + height_of_network(window) - 5)
    QApplication.processEvents()
    assert height_of_network(window) == 5
    return 5


@pytest.mark.parametrize("focused", [False, True])
def test_the_column_stays_where_it_is_scrolled_to(
    make_window: MakeWindow, qtbot: QtBot, focused: bool
) -> None:
    window = make_window(size=(1024, 600))
    store = window.store
    rows = store.state.rows
    for act in (
        lambda: store.set_rows((rows[0], *rows), "once more"),
        store.undo,
        lambda: store.update("activation", activation=get_activation("leaky_relu")),
        store.undo,
        lambda: store.update("data", dataset="gaussian"),
        lambda: store.update_view("type", type_size=160),
        lambda: store.update_view("theme", theme="projector"),
        lambda: store.update_view("type", type_size=100),
        window.reset,
    ):
        if focused:
            focus(qtbot, window.side.schemes.rows[0].check)
        height = look_at_the_network(window)
        act()
        settle(qtbot, window)
        QApplication.processEvents()
        assert height_of_network(window) == height
        if focused:
            holder = QApplication.focusWidget()
            assert holder is not None
            assert window.side.schemes.isAncestorOf(holder)


def test_a_row_keeps_keyboard_and_fields_when_another_joins(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small_experiment(("constant", "small_normal", "he_normal")))
    constant, other = row_of(window, "constant"), row_of(window, "small_normal")
    click(qtbot, window, constant.summary)
    click(qtbot, window, other.summary)
    reveal(window, constant.editor.duplicate)
    focus(qtbot, constant.editor.duplicate)
    qtbot.keyClick(constant.editor.duplicate, SPACE)
    settle(qtbot, window)
    assert row_of(window, "constant") is constant, "what stands above stays as it is"
    assert QApplication.focusWidget() is constant.editor.duplicate
    assert row_of(window, "small_normal").summary.isChecked(), "it stays unfolded"
    twin = window.side.schemes.rows[window.side.schemes.rows.index(constant) + 1]
    focus(qtbot, twin.editor.remove)
    qtbot.keyClick(twin.editor.remove, SPACE)
    settle(qtbot, window)
    assert QApplication.focusWidget() is row_of(window, "small_normal").check


def test_long_words_do_not_widen_the_column(make_window: MakeWindow, qtbot: QtBot) -> None:
    """As a translation may have them: headings wrap, buttons end with an …."""
    window = make_window(size=(1024, 700))
    side = window.side
    width = side.width()
    long = "Zu vergleichende Anfangsgewichtsverteilungsverfahren einer Schicht"
    for label in side.findChildren(QLabel):
        if label.objectName() == "heading":
            label.setText("Verfahren, die miteinander verglichen werden sollen")
    for button in (side.overrides.add, side.find_rates, side.lessons, side.present):
        button.set_wordings(long)
    settle(qtbot, window)
    QApplication.processEvents()
    assert side.width() <= 1.15 * max(width, SIDE_PANEL_WIDTH)
    assert side.horizontalScrollBar().maximum() == 0
    shown = QToolButton.text(side.overrides.add)
    assert shown.startswith("Zu ver")
    assert shown.endswith("…")
    assert side.overrides.add.text() == side.overrides.add.accessibleName() == long
