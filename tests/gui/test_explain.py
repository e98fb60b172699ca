"""The pane that explains a scheme: its formulas, its numbers, its sources."""

from __future__ import annotations

import html
import math
import re
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from tests.gui.acting import (
    LEFT,
    action,
    choose_with_mouse,
    click,
    focus,
    hover,
    settle,
    type_into,
)
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.diagnosis import diagnose
from winit_core.experiment import Experiment, LayerOverride
from winit_core.prediction import RunPrediction, predict, why_not
from winit_core.schemes import SCHEMES, SchemeChoice, recommended_gains
from winit_core.schemes.formula_numbers import latex_with_numbers
from winit_core.simulation import simulate
from winit_core.symmetry import symmetry_evidence
from winit_gui import wording
from winit_gui.definitions import definitions, of_verdict
from winit_gui.explanation import LIBRARY_NAMES, NOT_PREDICTED, REGIMES, explain
from winit_gui.state import State, View
from winit_gui.window import Window

THREE = ("constant", "small_normal", "he_normal")
OPEN: dict[str, Any] = {"explain": True}


def small(schemes: tuple[Any, ...] = THREE, **changes: Any) -> Experiment:
    return small_experiment(schemes, **{"hidden_widths": (8,) * 3, **changes})


def explaining(selected: int = 0, schemes: tuple[Any, ...] = THREE, **changes: Any) -> State:
    return State.of(small(schemes, **changes), View(explain=True, selected=selected))


def words(window: Window) -> str:
    """Return the page as it is read."""
    text = window.explain.text.toPlainText()
    return " ".join(text.replace("\xa0", " ").split())


def images(window: Window) -> list[QImage]:
    """Return the formulas of the page."""
    assert window.picture is not None
    assert window.picture.explanation is not None
    document = window.explain.text.document()
    kind = QTextDocument.ResourceType.ImageResource.value
    count = len(window.picture.explanation.formulas)
    return [document.resource(kind, QUrl(f"formula:{place}")) for place in range(count)]


def button(window: Window, name: str) -> QToolButton:
    found = window.explain.findChildren(QToolButton)
    return next(one for one in found if one.accessibleName().startswith(name))


def press_e(qtbot: QtBot, window: Window) -> None:
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_E)
    settle(qtbot, window)


def test_e_opens_and_closes_it(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    assert not window.explain.isVisible()
    picture = window.picture
    assert picture is not None
    assert picture.explanation is None
    press_e(qtbot, window)
    assert window.store.state.view.explain
    assert window.explain.isVisible()
    assert action(window, "Explain").isChecked()
    choice = window.store.state.experiment.schemes[0]
    assert window.explain.title.text() == wording.scheme_name(choice)
    press_e(qtbot, window)
    assert not window.explain.isVisible()
    assert not action(window, "Explain").isChecked()
    window.store.undo()
    settle(qtbot, window)
    assert window.explain.isVisible()


def test_a_click_on_a_card_explains_its_scheme(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    for index in (2, 0, 1):
        card = window.cards.cards[index]
        qtbot.mouseClick(card, LEFT, pos=QPoint(card.width() - 6, 6))
        settle(qtbot, window)
        assert window.store.state.view.selected == index
        assert window.explain.isVisible()
        choice = window.store.state.experiment.schemes[index]
        assert window.explain.title.text() == wording.scheme_name(choice)
        assert choice.record.reference in words(window)


def test_previous_and_next_go_around(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining())
    seen = []
    for name in ("next", "next", "next", "previous", "previous"):
        click(qtbot, window, button(window, f"Explain the {name}"))
        settle(qtbot, window)
        seen.append(window.store.state.view.selected)
        choice = window.store.state.experiment.schemes[seen[-1]]
        assert window.explain.title.text() == wording.scheme_name(choice)
    assert seen == [1, 2, 0, 2, 1]


def test_its_cross_closes_it(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining())
    click(qtbot, window, button(window, "Close"))
    assert not window.store.state.view.explain
    assert not window.explain.isVisible()


def test_formulas_are_pictures(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining(2))
    assert window.picture is not None
    explanation = window.picture.explanation
    assert explanation is not None
    choice = window.store.state.experiment.schemes[2]
    context = window.store.state.experiment.layer_context(1)
    assert explanation.formulas[:2] == (choice.record.latex, latex_with_numbers(choice, context))
    room = window.explain.text.viewport().width()
    shown = window.explain.text.document().toHtml()
    for place, image in enumerate(images(window)):
        assert f"formula:{place}" in shown
        assert not image.isNull()
        assert image.height() / image.devicePixelRatio() >= 10
        assert image.width() / image.devicePixelRatio() <= room
        inked = {
            image.pixelColor(x, y).alpha() > 0
            for x in range(image.width())
            for y in range(0, image.height(), 3)
        }
        assert inked == {True, False}, "ink on a transparent ground"


def test_formulas_have_the_colour_of_the_text(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining(2))
    before = images(window)
    window.store.update_view("theme", theme="dark")
    settle(qtbot, window)
    for old, new in zip(before, images(window), strict=True):
        assert old != new


def test_the_page_says_what_is_known(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining(2))
    experiment = window.store.state.experiment
    choice = experiment.schemes[2]
    text = words(window)
    law = experiment.weight_law(2, 1)
    assert law.std == pytest.approx(math.sqrt(2 / 8))
    assert "Layer 2: std 0.5, variance 0.25, fan_in × variance 2" in text
    assert choice.record.purpose in text
    run = simulate(experiment).runs[2]
    for finding in diagnose(run).findings:
        assert wording.VERDICTS[finding.kind] in text
        assert wording.evidence(finding, run).replace("\xa0", " ") in text
    assert wording.number(run.loss, 4) in text
    prediction = predict(experiment, choice)
    assert isinstance(prediction, RunPrediction)
    assert REGIMES[prediction.regime] in text
    assert f"χ₁ = {wording.number(prediction.fixed_point.chi_1, 4)}" in text
    gains = recommended_gains(experiment.activation)
    assert f"{gains.torch:.4g}" in text
    assert f"{gains.forward:.4g}" in text
    assert f"{gains.backward:.4g}" in text
    for key, entry in choice.record.libraries.items():
        assert LIBRARY_NAMES[key] in text
        if entry is not None:
            assert entry.name in text
            assert entry.source in text
    assert choice.record.reference in text


LINK = re.compile('href="define:([^"]+)"')


def test_every_link_leads_to_a_definition() -> None:
    keys = {entry.key for entry in definitions()}
    linked: set[str] = set()
    # One of weights alike, one that overflows, one that is sound: every kind of row.
    for choice in ("constant", SchemeChoice("large_normal", {"std": 1e6}), "he_normal"):
        experiment = small((choice,), activation="relu", hidden_widths=(8,) * 9)
        run, evidence = simulate(experiment).runs[0], symmetry_evidence(experiment, 0, 1)
        told = predict(experiment, run.choice) or why_not(experiment, run.choice)
        assert told is not None
        page = explain(run, diagnose(run), told, 1, evidence)
        linked |= set(LINK.findall(page.html))
        finding = diagnose(run).worst
        name = re.escape(html.escape(wording.VERDICTS[finding.kind]))
        assert re.search(f'href="define:{of_verdict(finding.kind)}"[^>]*>{name}<', page.html)
    assert {"rank", "overflow", "chi_1", "gain", "similarity", "weights", "loss"} < linked
    assert linked <= keys


def test_a_quantity_leads_to_its_definition(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining(2))
    page = window.explain.text
    for name, title in (("Regime", "Regime: "), ("Fixed point", "Fixed point q*")):
        cursor = page.document().find(name)
        assert not cursor.isNull()
        cursor.setPosition(cursor.selectionStart() + 1)
        page.setTextCursor(cursor)
        page.ensureCursorVisible()
        at = page.cursorRect(cursor).center() + QPoint(3, 0)
        assert page.anchorAt(at).startswith("define:")
        qtbot.mouseClick(page.viewport(), LEFT, pos=at)
        dialog = window.help.definitions
        assert dialog is not None
        assert dialog.isVisible()
        assert dialog.names.currentItem().text().startswith(title)
        dialog.close()


def test_keys_alone_lead_to_a_definition(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining(2))
    page = window.explain.text
    button(window, "Close").setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(20):
        if page.textCursor().selectedText() == "Regime":
            break
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert page.hasFocus()
    settle(qtbot, window)
    window.store.update_view("layer", reading="grad_weight")
    settle(qtbot, window)
    assert page.textCursor().selectedText() == "Regime", "the page was not set anew"
    qtbot.keyClick(page, Qt.Key.Key_Return)
    dialog = window.help.definitions
    assert dialog is not None
    assert dialog.isVisible()
    assert dialog.names.currentItem().text().startswith("Regime")
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert window.explain.isVisible(), "the dialog's Esc is not the pane's"


def press(qtbot: QtBot, window: Window, key: Qt.Key) -> None:
    """Press a key wherever the keyboard is."""
    qtbot.keyClick(QApplication.focusWidget() or window, key)
    settle(qtbot, window)


def test_tab_leads_from_the_cards_to_every_link(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining(1, hidden_widths=(8,) * 12))
    page, places = window.explain.text, [card.remedy for card in window.cards.cards]
    remedies = [button for button in places if button.isVisible()]
    assert len(remedies) == 2
    focus(qtbot, remedies[0])
    reached = []
    for _ in range(30):
        press(qtbot, window, Qt.Key.Key_Tab)
        holder = QApplication.focusWidget()
        assert holder is not None
        if holder is window.side.schemes.rows[0].check:
            break
        reached.append(page.textCursor().selectedText() if holder is page else holder)
    close = button(window, "Close")
    assert reached.index(remedies[1]) < reached.index(close) < reached.index("Regime")
    assert window.picture is not None
    assert window.picture.explanation is not None
    links = len(LINK.findall(window.picture.explanation.html))
    assert len([name for name in reached if isinstance(name, str) and name]) == links


def test_opened_with_e_it_is_next_for_tab(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small(hidden_widths=(8,) * 12))
    remedy, page = window.cards.cards[0].remedy, window.explain.text
    focus(qtbot, remedy)
    press(qtbot, window, Qt.Key.Key_E)
    assert window.explain.isVisible()
    assert remedy.hasFocus(), "a letter is still a command"
    press(qtbot, window, Qt.Key.Key_Tab)
    assert page.hasFocus()
    press(qtbot, window, Qt.Key.Key_Tab)
    assert page.textCursor().selectedText() == "every weight is 0.5"
    theory = window.store.state.view.theory
    press(qtbot, window, Qt.Key.Key_T)
    assert window.store.state.view.theory != theory, "from the page, too"
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not window.explain.isVisible()
    assert remedy.hasFocus()
    press(qtbot, window, Qt.Key.Key_E)
    focus(qtbot, window.side.seed.field)
    press(qtbot, window, Qt.Key.Key_Tab)
    assert not page.hasFocus(), "who has gone elsewhere goes on from there"


def test_esc_closes_what_was_opened_last(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    window.setFocus()
    keys = Qt.Key

    def is_open() -> tuple[bool, int, bool]:
        view = window.store.state.view
        assert window.explain.isVisible() == view.explain
        return view.explain, view.enlarged, view.details

    for opening, states in (
        ((keys.Key_E,), [(False, 0, False)]),
        ((keys.Key_E, keys.Key_2), [(True, 0, False), (False, 0, False)]),
        ((keys.Key_2, keys.Key_E), [(False, 2, False), (False, 0, False)]),
        ((keys.Key_E, keys.Key_D), [(True, 0, False), (False, 0, False)]),
        ((keys.Key_D, keys.Key_E), [(False, 0, True), (False, 0, False)]),
    ):
        for key in opening:
            press(qtbot, window, key)
        for state in states:
            press(qtbot, window, keys.Key_Escape)
            assert is_open() == state, opening
    press(qtbot, window, keys.Key_Escape)
    assert is_open() == (False, 0, False)
    press(qtbot, window, keys.Key_E)
    press(qtbot, window, keys.Key_Tab)
    press(qtbot, window, keys.Key_2)
    press(qtbot, window, keys.Key_Escape)
    assert is_open() == (False, 2, False), "the keyboard was in the pane"
    assert window.hasFocus()


def test_esc_in_a_field_means_the_field_first(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining())
    type_into(qtbot, window, window.side.width_field, "9", end=None)
    field = window.side.width_field.field
    for explained in (True, False):
        assert window.explain.isVisible()
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        settle(qtbot, window)
        assert window.explain.isVisible() is explained
    assert field.value() == 8


def test_e_explains_the_card_under_the_pointer(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    window.setFocus()

    def view() -> tuple[bool, int]:
        return window.store.state.view.explain, window.store.state.view.selected

    hover(window, window.cards.cards[2])
    press(qtbot, window, Qt.Key.Key_E)
    assert view() == (True, 2)
    hover(window, window.cards.cards[1])
    press(qtbot, window, Qt.Key.Key_E)
    assert view() == (True, 1)
    press(qtbot, window, Qt.Key.Key_E)
    assert view() == (False, 1), "what is explained already is closed"
    hover(window, window.menuBar())
    press(qtbot, window, Qt.Key.Key_E)
    assert view() == (True, 1), "no card: the last one"


def lines(window: Window) -> list[str]:
    """Return the lines of the page as they are broken."""
    found = []
    block = window.explain.text.document().begin()
    while block.isValid():
        layout, text = block.layout(), block.text()
        for place in range(layout.lineCount()):
            line = layout.lineAt(place)
            found.append(text[line.textStart() : line.textStart() + line.textLength()].strip(" "))
        block = block.next()
    return found


@pytest.mark.parametrize("theme", ["light", "projector"])
def test_no_line_ends_within_a_number(make_window: MakeWindow, qtbot: QtBot, theme: str) -> None:
    experiment = small(("large_normal",), hidden_widths=(64,) * 8, activation="relu")
    window = make_window(State.of(experiment, View(explain=True, theme=theme)))
    broken = lines(window)
    assert any("×" in line for line in broken)
    for width in range(250, 400, 5):  # in narrower ones some number would not fit a line
        window.explain.text.document().setTextWidth(width)
        broken = lines(window)
        assert not [line for line in broken if re.match("×|10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]", line)], width


def test_a_constant_is_no_subject_of_the_theory(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining(0))
    experiment = window.store.state.experiment
    reason = why_not(experiment, experiment.schemes[0])
    assert reason is not None
    text = words(window)
    assert NOT_PREDICTED[reason] in text
    assert "these are not random" in text
    assert "Regime" not in text
    assert "every weight is 0.5" in text
    assert "the gain that suits it" not in text, "there is nothing random to scale"


def test_it_follows_the_layer(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining(2))
    for layer, fan_in in ((1, 64), (4, 8)):
        type_into(qtbot, window, window.weights.layer, str(layer))
        settle(qtbot, window)
        std = wording.number(math.sqrt(2 / fan_in), 4)
        assert f"Layer {layer}: std {std}," in words(window)


def test_it_follows_the_activation_and_the_experiment(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(explaining(2))
    before = images(window)
    choose_with_mouse(qtbot, window, window.side.activation, "relu")
    settle(qtbot, window)
    assert "ReLU, and the gain that suits it" in words(window)
    assert f"{math.sqrt(2):.4g}" in words(window)
    assert images(window)[-1] != before[-1], "the formula of the activation"
    type_into(qtbot, window, window.side.width_field, "32")
    settle(qtbot, window)
    assert "Layer 2: std 0.25," in words(window)


def test_the_explained_one_is_unticked(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(explaining(2))
    row = next(r for r in window.side.schemes.rows if r.row.choice.key == "he_normal")
    click(qtbot, window, row.check)
    settle(qtbot, window)
    choice = window.store.state.experiment.schemes[-1]
    assert window.explain.title.text() == wording.scheme_name(choice)
    window.store.update("schemes", schemes=())
    settle(qtbot, window)
    assert not window.explain.isVisible()
    press_e(qtbot, window)
    press_e(qtbot, window)
    assert not window.explain.isVisible()


def test_an_override_is_named(make_window: MakeWindow, qtbot: QtBot) -> None:
    override = LayerOverride(-1, SchemeChoice("small_normal"))
    window = make_window(explaining(2, overrides=(override,)))
    assert "instead of" not in words(window)
    window.store.update_view("layer", layer=3)
    settle(qtbot, window)
    label = SCHEMES["small_normal"].label
    assert f"This layer uses {label}" in words(window)


def test_it_stays_at_the_first_weights_while_steps_are_shown(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(explaining(2))
    before = words(window)
    for count in (1, 2):
        click(qtbot, window, window.learning.single)
        qtbot.waitUntil(
            lambda count=count: (  # type: ignore[misc]
                window.session.history is not None and len(window.session.history) == count
            )
        )
        qtbot.waitUntil(lambda: not window.session._frame.isActive())
    settle(qtbot, window)
    assert window.picture is not None
    assert window.picture.step == 1
    assert words(window) == before


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "identity"])
def test_every_scheme_has_a_page(activation: str) -> None:
    for key in SCHEMES:
        experiment = small((key,), activation=activation)
        run = simulate(experiment).runs[0]
        choice = experiment.schemes[0]
        prediction = predict(experiment, choice) or why_not(experiment, choice)
        assert prediction is not None, key
        page = explain(run, diagnose(run), prediction, 1)
        assert len(page.formulas) >= 2
        assert not re.search(r"\b(nan|NaN|inf|None)\b", page.html), key
        assert page.html.count("<img") == len(page.formulas)


def test_it_stands_beside_compare_alone(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment())
    window.commands.toggle_explain()
    settle(qtbot, window)
    assert window.explain.isVisible()
    window.tabs.setCurrentIndex(4)
    assert not window.explain.isVisible()
    assert window.side.isVisible()
    window.tabs.setCurrentIndex(0)
    assert window.explain.isVisible()
    settle(qtbot, window)


def test_in_a_narrow_window_it_takes_the_place_of_the_controls(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    state = State.of(small_experiment(), View(theme="projector"))
    window = make_window(state, size=(1024, 700))
    window.commands.toggle_explain()
    settle(qtbot, window)
    assert not window.side.isVisible()
    assert window.explain.geometry().right() < window.width()
    window.resize(1600, 900)
    settle(qtbot, window)
    assert window.side.isVisible()
    assert window.explain.isVisible()
    window.resize(1024, 700)
    window.commands.toggle_explain()
    settle(qtbot, window)
    assert window.side.isVisible()
    assert not window.explain.isVisible()
