"""The verdicts below the panels: their words, their remedies, their arrangement."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.acting import click, focus, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.diagnosis import Kind, diagnose
from winit_core.experiment import Experiment
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import simulate
from winit_gui import wording
from winit_gui.defaults import default_experiment
from winit_gui.state import State, View
from winit_gui.training_session import SessionState
from winit_gui.window import Window

DEEP = {"hidden_widths": (32,) * 12}
KINDS: dict[Kind, Experiment] = {
    Kind.NOT_FINITE: small_experiment(
        ("large_normal",), activation="relu", hidden_widths=(24,) * 45
    ),
    Kind.SYMMETRIC: small_experiment(("constant",)),
    Kind.NO_GRADIENT: small_experiment(("small_normal",), hidden_widths=(8,) * 60),
    Kind.DEAD: small_experiment(
        (SchemeChoice("he_normal", {"bias": -4.0}),), activation="relu", hidden_widths=(64,)
    ),
    Kind.EXPLODING: small_experiment(("large_normal",), activation="relu", **DEEP),
    Kind.VANISHING: small_experiment(("small_normal",), **DEEP),
    Kind.SATURATED: small_experiment(
        (SchemeChoice("large_normal", {"std": 0.6}),), hidden_widths=(64,)
    ),
    Kind.DRIFTING: small_experiment((SchemeChoice("glorot_normal", {"gain": 0.8}),), **DEEP),
    Kind.HEALTHY: small_experiment(("glorot_normal",)),
}


@pytest.mark.parametrize("kind", list(Kind))
def test_a_card_says_the_verdict_and_proves_it(make_window: MakeWindow, kind: Kind) -> None:
    experiment = KINDS[kind]
    run = simulate(experiment).runs[0]
    diagnosis = diagnose(run)
    if diagnosis.verdict is not kind:
        pytest.fail(f"the example of {kind} is {diagnosis.findings}")
    window = make_window(experiment)
    (card,) = window.cards.cards
    assert card.verdict.text() == wording.VERDICTS[kind]
    assert card.proof.text() == wording.evidence(diagnosis.worst, run)
    assert wording.VERDICTS[kind] in card.accessibleName()
    assert wording.VERDICT_DEFINITIONS[kind] in card.toolTip()
    for finding in diagnosis.findings:
        assert wording.evidence(finding, run) in card.toolTip()
    assert card.remedy.isVisible() == (diagnosis.worst.remedy is not None)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_remedy_is_applied_and_taken_back(make_window: MakeWindow, qtbot: QtBot, by: str) -> None:
    window = make_window(small_experiment(("zeros", "small_normal", "he_normal"), **DEEP))
    before = window.store.state
    assert window.picture is not None
    remedy = window.picture.diagnoses[1].worst.remedy
    assert remedy is not None
    button = window.cards.cards[1].remedy
    assert button.text() == wording.remedy(remedy)
    if by == "mouse":
        click(qtbot, window, button)
    else:
        focus(qtbot, button)
        qtbot.keyClick(button, Qt.Key.Key_Space)
    experiment = window.store.state.experiment
    if remedy.activation is not None:
        assert experiment.activation == remedy.activation
    if remedy.scheme is not None:
        assert remedy.scheme in experiment.schemes
        assert SchemeChoice("small_normal") not in experiment.schemes
    settle(qtbot, window)
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.store.state == before
    settle(qtbot, window)


def test_every_remedy_can_be_clicked(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(**DEEP), size=(1920, 1080))
    before = window.store.state
    for index, card in enumerate(list(window.cards.cards)):
        if card.remedy.isHidden():
            continue
        card = window.cards.cards[index]
        window.cards.ensureWidgetVisible(card.remedy)
        click(qtbot, window, card.remedy)
        assert window.store.state != before
        window.store.undo()
        assert window.store.state == before
        settle(qtbot, window)


SIZES = [(1024, 700), (1280, 720), (1440, 900), (1920, 1080)]
FIVE = ("zeros", "constant", "small_normal", "glorot_normal", "he_normal")


def within(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


def clipped_labels(window: Window) -> list[str]:
    """Return the texts of labels that have less room than they need, unless they elide."""
    found = []
    for label in window.findChildren(QLabel):
        if not label.isVisible() or not label.text() or type(label) is not QLabel:
            continue
        if label.wordWrap():
            fits = label.height() >= label.heightForWidth(label.width())
        else:
            hint = label.sizeHint()
            fits = label.width() >= hint.width() and label.height() >= hint.height() - 2
        if not fits and label.objectName() != "strip":
            found.append(f"{label.objectName()} {label.text()!r} {label.size()} {label.sizeHint()}")
    return found


@pytest.mark.parametrize("count", [1, 5, 8, 20])
@pytest.mark.parametrize("theme", ["light", "projector"])
def test_cards_neither_overlap_nor_stick_out(
    make_window: MakeWindow, qtbot: QtBot, count: int, theme: str
) -> None:
    schemes = {
        1: ("he_normal",),
        5: FIVE,
        8: default_experiment().schemes,
        20: tuple(SCHEMES)[:20],
    }[count]
    window = make_window(State.of(small_experiment(schemes), View(theme=theme)))
    for size in SIZES:
        window.resize(*size)
        for _ in range(3):
            QApplication.processEvents()
        settle(qtbot, window)
        assert (window.width(), window.height()) == size
        assert len(window.cards.cards) == count
        _assert_cards_are_tidy(window, theme)


def _assert_cards_are_tidy(window: Window, theme: str) -> None:
    cards = window.cards.cards
    viewport = window.cards.viewport()
    for card in cards:
        place = within(card, viewport)
        assert place.left() >= 0
        assert place.right() < viewport.width()
        assert card.width() >= card.minimumSizeHint().width()
    for first, second in combinations(cards, 2):
        assert not within(first, window).intersects(within(second, window))
    assert not window.cards.horizontalScrollBar().isVisible()
    assert window.cards.horizontalScrollBar().maximum() == 0
    if len(cards) <= 8 and theme == "light":
        assert window.cards.verticalScrollBar().maximum() == 0
    for panel in window.panels:  # the part in sight: in large type they scroll
        seen = panel.visibleRegion().boundingRect()
        place = QRect(panel.mapTo(window, seen.topLeft()), seen.size())
        assert not place.intersects(within(window.cards, window))
        assert panel.area.view.height() >= 60
    if theme == "light":
        assert clipped_labels(window) == []


def test_the_arrangement_follows_the_window(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment())
    for size in [(1024, 700), (1920, 1080), (800, 560), (1280, 720)]:
        window.resize(*size)
        qtbot.waitUntil(lambda size=size: (window.width(), window.height()) == size)  # type: ignore[misc]
        settle(qtbot, window)
        for card in window.cards.cards:
            assert within(card, window.cards.viewport()).right() < window.cards.viewport().width()
        for first, second in combinations(window.cards.cards, 2):
            assert not within(first, window).intersects(within(second, window))


def test_the_same_click_takes_a_remedy_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("small_normal", "glorot_uniform")))
    before = window.store.state.experiment
    click(qtbot, window, window.cards.cards[0].remedy)
    settle(qtbot, window)
    changed = window.store.state.experiment
    assert changed != before
    card = next(c for c in window.cards.cards if c.remedy.text() == "Take back")
    click(qtbot, window, card.remedy)
    settle(qtbot, window)
    assert window.store.state.experiment == before
    shown = [c.remedy.text() for c in window.cards.cards if c.remedy.isVisible()]
    assert shown
    assert "Take back" not in shown


def test_nothing_moves_when_a_training_has_outcomes(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("zeros", "he_normal", "glorot_normal")))
    before = [panel.area.geometry() for panel in window.panels[:3]]
    height = window.cards.height()
    texts = ["still guessing after 300 steps", "95 % right after 120 steps", ""]
    window.cards.show_outcomes(texts, ["Loss 2.3.", "Loss 0.1.", ""])
    QApplication.processEvents()
    assert window.cards.height() == height
    assert [panel.area.geometry() for panel in window.panels[:3]] == before
    for card, text in zip(window.cards.cards, texts, strict=True):
        assert card.verdict.whole.lower() == (text or "healthy")
        assert card.proof.text().startswith("Healthy before training") == bool(text == texts[1])
    assert "Loss 0.1." in window.cards.cards[1].toolTip()
    window.cards.show_outcomes(["", "", ""], ["", "", ""])
    assert "before training" not in window.cards.cards[0].proof.text()


@pytest.mark.parametrize("width", [1500, 1920])
def test_long_remedies_leave_cards_equally_wide(
    make_window: MakeWindow, qtbot: QtBot, width: int
) -> None:
    schemes = default_experiment().schemes
    experiment = small_experiment(schemes, activation="sigmoid", **DEEP)
    window = make_window(experiment, size=(width, 1080))
    cards = window.cards.cards
    widths = {card.width() for card in cards}
    assert max(widths) - min(widths) <= 1
    assert max(card.geometry().right() for card in cards) < window.cards.viewport().width()
    shown = [card.remedy for card in cards if card.remedy.isVisible()]
    assert any(button.toolTip().startswith("Use Tanh with Xavier normal") for button in shown)
    for button in shown:
        room = button.width() - button.fontMetrics().horizontalAdvance(button.text())
        assert room >= 0, "the words are cut"
        assert "Xavier normal" in button.text() or button.text() == "Use Tanh"


@pytest.mark.parametrize("theme", ["light", "projector"])
@pytest.mark.parametrize("size", SIZES)
def test_a_headline_names_its_data(
    make_window: MakeWindow, qtbot: QtBot, theme: str, size: tuple[int, int]
) -> None:
    schemes = default_experiment().schemes
    window = make_window(State.of(small_experiment(schemes), View(theme=theme)), size=size)
    steps = np.arange(301)
    accuracy = np.where(steps % 10, np.nan, 0.19)
    told = wording.outcome(accuracy, np.linspace(50, 20, 301), 2.303, 0.1, None)
    count = len(schemes)
    window.cards.show_outcomes([told] * count, ["Training loss 20."] * count)
    settle(qtbot, window)
    for card in window.cards.cards:
        shown = QLabel.text(card.verdict)
        assert "held-out" in shown.lower(), shown
        assert "19\u00a0%" in shown, "the number is not cut"
        assert not shown.endswith("…")
        assert card.toolTip().splitlines()[:2] == [
            "19\u00a0% of held-out data right at step 300",
            "Training loss 20.",
        ]


def test_a_training_is_told_with_its_losses(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("zeros", "he_normal")))
    window.store.update_training("few steps", steps=10)
    window.training.play_or_pause()
    last = window.cards.cards[-1]
    qtbot.waitUntil(lambda: "Step 10:" in last.toolTip(), timeout=20_000)
    qtbot.waitUntil(lambda: window.session.state is SessionState.FINISHED)
    settle(qtbot, window)
    curves = window.session.curves()
    assert curves is not None
    for index, card in enumerate(window.cards.cards):
        numbers = (
            wording.number(float(curves.train_loss[10, index])),
            wording.number(float(curves.held_out_loss[10, index])),
            wording.percent(float(curves.held_out_accuracy[10, index])),
        )
        said = card.toolTip().splitlines()[1]
        assert said == (
            "Step 10: training loss {}, held-out loss {}, {} of the held-out data right.".format(
                *numbers
            )
        )
