"""Panel 4: its buttons and keys, what it draws, and what it makes the other panels show."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from tests.gui.acting import (
    LEFT,
    action,
    choose_with_mouse,
    click,
    click_plot,
    hover,
    place,
    settle,
    type_into,
)
from tests.gui.fixtures import MakeWindow, Surprises, small_experiment
from winit_core.experiment import Experiment
from winit_core.simulation import Quantity
from winit_core.training.history import TrainingHistory
from winit_core.training.settings import Training
from winit_gui import wording
from winit_gui.panels.learning_panel import averaged, learning_lines
from winit_gui.state import State
from winit_gui.style import LIGHT
from winit_gui.training_session import SessionState
from winit_gui.window import Window

SCHEMES = ("zeros", "glorot_normal", "he_normal")
BRIEF: dict[str, Any] = {"steps": 20, "batch_size": 16, "evaluate_every": 5, "statistics_every": 5}
ENDLESS: dict[str, Any] = {**BRIEF, "steps": 50_000}
DIVERGING = small_experiment(
    ("large_normal", "he_normal"), activation="relu", hidden_widths=(16,) * 20
)
CONTROL = Qt.KeyboardModifier.ControlModifier


def small(**changes: Any) -> Experiment:
    return small_experiment(SCHEMES, **{"hidden_widths": (8,) * 3, **changes})


def state(experiment: Experiment | None = None, training: dict[str, Any] = BRIEF) -> State:
    shown = State.of(experiment or small())
    return State(shown.experiment, shown.view, shown.rows, Training(**training))


def key(qtbot: QtBot, window: Window, which: Qt.Key, control: bool = False) -> None:
    window.setFocus()
    modifier = CONTROL if control else Qt.KeyboardModifier.NoModifier
    qtbot.keyClick(window, which, modifier)


def session_is(qtbot: QtBot, window: Window, wanted: SessionState) -> None:
    """Wait for a state of the training, and until the window shows it."""
    qtbot.waitUntil(lambda: window.session.state is wanted, timeout=20_000)
    if wanted is not SessionState.RUNNING:
        qtbot.waitUntil(lambda: not window.session._frame.isActive())
        settle(qtbot, window)


def train(qtbot: QtBot, window: Window) -> TrainingHistory:
    """Click on Train, and wait for the end."""
    click(qtbot, window, window.learning.play)
    session_is(qtbot, window, SessionState.FINISHED)
    return history(window)


def history(window: Window) -> TrainingHistory:
    assert window.session.history is not None
    return window.session.history


def lines(window: Window, kind: str = "lines") -> list[tuple[np.ndarray, np.ndarray]]:
    return [item.getData() for item in window.learning.drawn[kind].shown]


def notes(window: Window) -> str:
    return " ".join(window.learning.notes).replace("\xa0", " ")


def shows_step(window: Window, step: int) -> None:
    """Assert that the first three panels hold the numbers of a step."""
    picture = window.picture
    assert picture is not None
    assert picture.step == step
    runs = history(window).simulation(step).runs
    assert picture.simulation.runs == runs
    for run, line in zip(runs, window.signal.drawn["lines"].shown, strict=True):
        with np.errstate(divide="ignore"):
            expected = np.log10([layer.activation_rms for layer in run.layers])
        expected[~np.isfinite(expected)] = np.nan
        np.testing.assert_allclose(line.getData()[1], expected, rtol=1e-12)
    for run, bars in zip(runs, window.gradient.drawn["bars"].shown, strict=True):
        told = np.array([not la.delta_is_rounding and la.delta_rms > 0 for la in run.layers])
        ratios = np.array([layer.delta_rms for layer in run.layers]) / run.layers[-1].delta_rms
        np.testing.assert_allclose(
            bars.opts["height"], np.log10(ratios[told]), rtol=1e-9, atol=1e-9
        )
    for panel in (window.signal, window.gradient):
        at = f"at step {step}"
        assert (at in panel.sentence.whole) == (step > 0)


# Buttons and keys


def test_before_any_training(make_window: MakeWindow) -> None:
    window = make_window(state())
    panel = window.learning
    assert panel.play.text() == "Train"
    assert panel.single.isEnabled()
    assert panel.restart.isHidden()
    assert panel.pin.isHidden()
    assert not panel.scrubber.isEnabled()
    assert panel.clock.text() == "20 steps"
    assert "Press Train" in notes(window)
    assert lines(window) == []
    verdicts = [card.verdict.text() for card in window.cards.cards]
    assert set(verdicts) <= set(wording.VERDICTS.values())


def test_the_buttons_train_pause_step_and_restart(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(training=ENDLESS))
    panel = window.learning
    click(qtbot, window, panel.single)
    qtbot.waitUntil(lambda: window.session.history is not None and len(history(window)) == 1)
    session_is(qtbot, window, SessionState.PAUSED)
    click(qtbot, window, panel.single)
    qtbot.waitUntil(lambda: len(history(window)) == 2)
    session_is(qtbot, window, SessionState.PAUSED)
    assert panel.clock.text() == "step 1 of 50000"
    assert panel.play.text() == "Go on"
    first = history(window).train_loss[0].copy()

    click(qtbot, window, panel.play)
    assert window.session.state is SessionState.RUNNING
    assert panel.play.text() == "Pause"
    assert not panel.single.isEnabled()
    qtbot.waitUntil(lambda: len(history(window)) > 20)
    qtbot.waitUntil(lambda: "to go" in panel.clock.text())
    click(qtbot, window, panel.play)
    session_is(qtbot, window, SessionState.PAUSED)
    assert panel.play.text() == "Go on"
    reached = len(history(window)) - 1
    assert panel.clock.text() == f"step {reached} of 50000"
    assert panel.scrubber.maximum() == panel.scrubber.value() == reached
    shows_step(window, reached)

    click(qtbot, window, panel.restart)
    settle(qtbot, window)
    assert window.session.state is SessionState.PAUSED
    assert len(history(window)) == 0
    assert window.picture is not None
    assert window.picture.step == 0
    click(qtbot, window, panel.single)
    qtbot.waitUntil(lambda: len(history(window)) == 1)
    assert history(window).train_loss[0].tobytes() == first.tobytes()


def test_restart_of_a_running_one_goes_on_running(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(training=ENDLESS))
    click(qtbot, window, window.learning.play)
    old = history(window)
    qtbot.waitUntil(lambda: len(old) > 10)
    action(window, "Restart").trigger()
    assert history(window) is not old
    assert window.session.state is SessionState.RUNNING
    qtbot.waitUntil(lambda: len(history(window)) > 5)
    assert history(window).train_loss[:5].tobytes() == old.train_loss[:5].tobytes()


def test_keys(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(training=ENDLESS))
    key(qtbot, window, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: window.session.history is not None and len(history(window)) == 1)
    session_is(qtbot, window, SessionState.PAUSED)
    key(qtbot, window, Qt.Key.Key_T, control=True)
    assert window.session.state is SessionState.RUNNING
    qtbot.waitUntil(lambda: len(history(window)) > 6)
    key(qtbot, window, Qt.Key.Key_T, control=True)
    session_is(qtbot, window, SessionState.PAUSED)
    reached = len(history(window)) - 1
    shows_step(window, reached)
    key(qtbot, window, Qt.Key.Key_Home)
    settle(qtbot, window)
    shows_step(window, 0)
    assert window.learning.clock.text() == "step 0 of 50000"
    assert window.learning.scrubber.value() == 0
    key(qtbot, window, Qt.Key.Key_End)
    settle(qtbot, window)
    shows_step(window, reached)
    key(qtbot, window, Qt.Key.Key_P)
    assert window.learning.pin.isChecked()
    assert len(lines(window, "pinned")) == 3
    key(qtbot, window, Qt.Key.Key_P)
    assert not window.learning.pin.isChecked()
    assert lines(window, "pinned") == []


def test_keys_before_any_training_do_nothing(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    picture = window.picture
    for which in (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_P):
        key(qtbot, window, which)
    settle(qtbot, window)
    assert window.session.state is SessionState.EMPTY
    assert window.picture is picture
    assert window.learning.pin.isHidden()


def test_nothing_ticked_trains_nothing(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment((), hidden_widths=(8,))))
    key(qtbot, window, Qt.Key.Key_T, control=True)
    key(qtbot, window, Qt.Key.Key_Period)
    assert window.session.state is SessionState.EMPTY


def test_at_the_end_there_is_nothing_to_play(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    train(qtbot, window)
    panel = window.learning
    assert panel.play.isHidden()
    assert not panel.single.isEnabled()
    assert panel.restart.isVisible()
    assert panel.pin.isVisible()
    assert panel.clock.text() == "step 20 of 20"
    for which, control in ((Qt.Key.Key_T, True), (Qt.Key.Key_Period, False)):
        key(qtbot, window, which, control)
        session_is(qtbot, window, SessionState.FINISHED)
    assert len(history(window)) == 21


# What is drawn


@pytest.mark.parametrize("quantity", ["train_loss", "held_out_loss", "held_out_accuracy"])
def test_curves_are_what_the_training_measured(
    make_window: MakeWindow, qtbot: QtBot, quantity: str
) -> None:
    window = make_window(state())
    choose_with_mouse(qtbot, window, window.learning.quantity, quantity)
    assert window.store.state.view.learning == quantity
    trained = train(qtbot, window)
    table = getattr(trained, quantity)
    drawn = lines(window)
    assert len(drawn) == 3
    for index, (steps, heights) in enumerate(drawn):
        known = np.flatnonzero(np.isfinite(table[:, index]))
        values = table[known, index]
        wanted = values if quantity == "held_out_accuracy" else np.log10(values)
        np.testing.assert_array_equal(steps, known)
        np.testing.assert_allclose(heights, wanted, rtol=1e-12)
    (left, right), (bottom, top) = window.learning.area.item.getViewBox().viewRange()
    assert left <= 0 < 20 <= right
    for _, heights in drawn:
        assert np.all((bottom <= heights) & (heights <= top))
    assert window.learning.sentence.whole.startswith(wording.LEARNING[quantity])
    x, y = window.learning._baseline.getData()
    if quantity == "held_out_accuracy":
        assert x is None or len(x) == 0
        assert "dashed" not in notes(window)
    else:
        assert list(y) == pytest.approx([math.log10(math.log(10))] * 2, abs=1e-3)
        assert "dashed: ln 10 ≈ 2.3, guessing without looking" in notes(window)


def test_the_dashed_line_is_there_with_a_squared_error_too(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(state(small(loss="mse")))
    train(qtbot, window)
    _, y = window.learning._baseline.getData()
    assert list(y) == pytest.approx([math.log10(0.09)] * 2, abs=1e-3)
    assert "ln 10" not in notes(window)


def test_a_long_training_is_averaged(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(small(), {**BRIEF, "steps": 250}))
    trained = train(qtbot, window)
    for index, (steps, heights) in enumerate(lines(window)):
        wanted_steps, means = averaged(trained.train_loss[:, index])
        assert len(steps) < 251
        np.testing.assert_array_equal(steps, wanted_steps)
        np.testing.assert_allclose(heights, np.log10(means), rtol=1e-12)


def test_averaging_passes_over_gaps_and_keeps_the_mean() -> None:
    values = np.arange(1.0, 1001.0)
    steps, means = averaged(values, most=100)
    assert len(steps) == len(means) == 100
    np.testing.assert_allclose(means, steps + 1)
    assert means.mean() == pytest.approx(values.mean())
    values[::2] = np.nan
    steps, means = averaged(values, most=100)
    np.testing.assert_allclose(means, steps + 1)
    steps, means = averaged(np.array([np.nan, 3.0, np.nan, 5.0]))
    assert list(steps) == [1, 3]
    assert list(means) == [3, 5]
    assert averaged(np.full(3, np.nan))[0].size == 0


def test_a_divergence_is_marked_and_located(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(DIVERGING))
    trained = train(qtbot, window)
    where = trained.diverged[0]
    assert where is not None
    crosses = lines(window, "crosses")
    assert list(crosses[0][0]) == [where.step]
    assert np.isfinite(crosses[0][1]).all()
    assert len(crosses[1][0]) == 0
    said = wording.divergence(where)
    assert said.startswith(f"diverged at step {where.step}, layer ")
    assert f"{DIVERGING.schemes[0].label}: {said}" in notes(window)
    card = window.cards.cards[0]
    assert card.verdict.whole == "D" + said[1:]
    assert card.verdict.text().startswith(f"Diverged at step {where.step}")
    kind = wording.VERDICTS[window.picture.diagnoses[0].verdict] if window.picture else ""
    assert card.proof.text().startswith(f"{kind} before training")
    assert f"{kind} before training" in card.accessibleName()
    assert "before training" not in window.cards.cards[1].verdict.text()
    bottom, top = window.learning.area.item.getViewBox().viewRange()[1]
    assert bottom <= crosses[0][1][0] <= top


def test_outcomes_stand_on_the_cards(make_window: MakeWindow, qtbot: QtBot) -> None:
    learning = {**BRIEF, "steps": 40, "batch_size": 128, "learning_rate": 1.0}
    experiment = small_experiment(("zeros", "he_normal"), hidden_widths=(32,))
    window = make_window(state(experiment, learning))
    trained = train(qtbot, window)
    texts = [card.verdict.whole for card in window.cards.cards]
    assert texts[0] == "Still guessing after 40 steps"
    first = int(np.flatnonzero(trained.held_out_accuracy[:, 1] >= 0.95)[0])
    assert texts[1] == f"95\u00a0% of held-out data right by step {first}"
    assert all("before training" in card.proof.text() for card in window.cards.cards)
    type_into(qtbot, window, window.side.seed, "7")
    settle(qtbot, window)
    verdicts = [card.verdict.text() for card in window.cards.cards]
    assert verdicts == ["Symmetric", "Healthy"]
    assert not any("before training" in card.proof.text() for card in window.cards.cards)


def test_hovering_a_curve_brings_its_scheme_forward(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    train(qtbot, window)
    area = window.learning.area
    x, y = lines(window)[0]
    hover(window, area.view, place(area, float(x[10]), float(y[10])))
    assert window.highlight.index == 0
    opacities = [item.opacity() for item in window.learning.drawn["lines"].shown]
    assert opacities == [1.0, LIGHT.faded, LIGHT.faded]
    hover(window, window.signal.sentence)
    assert [i.opacity() for i in window.learning.drawn["lines"].shown] == [1.0] * 3


# Scrubbing


def test_a_click_in_the_plot_shows_that_step(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    train(qtbot, window)
    shows_step(window, 20)
    area = window.learning.area
    middle = sum(area.item.getViewBox().viewRange()[1]) / 2
    for step in (7, 13, 2):
        click_plot(qtbot, area, step, middle)
        settle(qtbot, window)
        shows_step(window, step)
        assert window.learning.scrubber.value() == step
        assert window.learning.clock.text() == f"step {step} of 20"
        cursor, _ = window.learning._cursor.getData()
        assert list(cursor) == [step, step]
    assert window.store.undo_label == "", "looking at a step is nothing to undo"


def test_the_slider_shows_its_step(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    train(qtbot, window)
    scrubber = window.learning.scrubber
    scrubber.setFocus()
    qtbot.keyClick(scrubber, Qt.Key.Key_Left)
    settle(qtbot, window)
    shows_step(window, 19)
    option = QStyleOptionSlider()
    scrubber.initStyleOption(option)
    handle = scrubber.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, scrubber
    )
    qtbot.mousePress(scrubber, LEFT, pos=handle.center())
    qtbot.mouseMove(scrubber, QPoint(scrubber.width() // 2, handle.center().y()))
    qtbot.mouseRelease(scrubber, LEFT, pos=QPoint(scrubber.width() // 2, handle.center().y()))
    settle(qtbot, window)
    assert 8 <= scrubber.value() <= 12
    shows_step(window, scrubber.value())


def test_panel_1_shows_the_weights_of_the_step(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    trained = train(qtbot, window)
    assert window.picture is not None
    at_the_end = window.picture.weights
    stds = [values.std() for values in trained.layer_values(20, 1, Quantity.WEIGHT)]
    first = [values.std() for values in trained.layer_values(0, 1, Quantity.WEIGHT)]
    assert stds != first
    key(qtbot, window, Qt.Key.Key_Home)
    settle(qtbot, window)
    assert window.picture.weights is not at_the_end
    x, y = window.weights.drawn["lines"].shown[1].getData()
    key(qtbot, window, Qt.Key.Key_End)
    settle(qtbot, window)
    assert window.picture.step == 20
    assert len(x) == len(y)


def test_a_chosen_step_stays_while_it_trains(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(training=ENDLESS))
    click(qtbot, window, window.learning.play)
    qtbot.waitUntil(lambda: len(history(window)) > 30)
    qtbot.waitUntil(lambda: window.learning.scrubber.isEnabled())
    window.learning.scrubber.setValue(4)
    qtbot.waitUntil(lambda: window.picture is not None and window.picture.step == 4)
    reached = len(history(window))
    qtbot.waitUntil(lambda: len(history(window)) > reached + 20)
    qtbot.wait(100)
    assert window.picture is not None
    assert window.picture.step == 4
    assert window.session.state is SessionState.RUNNING
    key(qtbot, window, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: window.picture is not None and window.picture.step > reached)


def test_the_panels_follow_the_recorded_steps(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(training=ENDLESS))
    seen: set[int] = set()
    window.work.made.connect(lambda picture: seen.add(picture.step))
    click(qtbot, window, window.learning.play)
    qtbot.waitUntil(lambda: len(seen) >= 4, timeout=10_000)
    assert all(step % 5 == 0 for step in seen)
    assert window.session.state is SessionState.RUNNING
    assert len(lines(window)[0][0]) > 1


def test_other_layers_and_readings_at_a_step(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    train(qtbot, window)
    window.store.update_view("layer", layer=3)
    settle(qtbot, window)
    shows_step(window, 20)
    assert window.picture is not None
    assert window.picture.weights.layer == 3
    window.store.update_view("theme", theme="dark")
    settle(qtbot, window)
    shows_step(window, 20)


def test_cards_keep_the_verdict_and_numbers_of_the_first_weights(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(state())
    cards = window.cards.cards
    before = [(card.verdict.text(), card.toolTip()) for card in cards]
    train(qtbot, window)
    window.cards.show_picture(window.picture)  # type: ignore[arg-type]
    for card, (verdict, tip) in zip(cards, before, strict=True):
        assert card.verdict.text() != verdict, "what became of the training leads"
        assert card.proof.text().startswith(f"{verdict} before training")
        assert f"{verdict} before training" in card.accessibleName()
        assert card.toolTip().endswith(tip)


# Changes


CHANGES = {
    "experiment": lambda qtbot, window: type_into(qtbot, window, window.side.seed, "5"),
    "training": lambda qtbot, window: type_into(
        qtbot, window, window.side.training_fields["learning_rate"], "0.3"
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_old_curves_stay_faded_until_the_new_ones_come(
    make_window: MakeWindow, qtbot: QtBot, change: str
) -> None:
    window = make_window(state())
    train(qtbot, window)
    before = lines(window)
    CHANGES[change](qtbot, window)
    settle(qtbot, window)
    assert window.session.state is SessionState.EMPTY
    assert window.picture is not None
    assert window.picture.step == 0, "the first weights of what is to be trained now"
    assert lines(window) == []
    for (x, y), (old_x, old_y) in zip(before, lines(window, "old"), strict=True):
        np.testing.assert_array_equal(x, old_x)
        np.testing.assert_array_equal(y, old_y)
    assert all(item.opacity() < 0.5 for item in window.learning.drawn["old"].shown)
    assert "Changed" in notes(window)
    train(qtbot, window)
    assert lines(window, "old") == []
    assert not np.array_equal(lines(window)[2][1], before[2][1])


@pytest.mark.parametrize("change", CHANGES)
def test_undoing_a_change_brings_the_training_back(
    make_window: MakeWindow, qtbot: QtBot, change: str
) -> None:
    window = make_window(state())
    trained = train(qtbot, window)
    before = lines(window)
    window.training.show_step(2)
    settle(qtbot, window)
    CHANGES[change](qtbot, window)
    settle(qtbot, window)
    changed = window.store.state
    window.store.undo()
    settle(qtbot, window)
    assert history(window) is trained
    assert window.training.shown_step == 2
    shows_step(window, 2)
    assert lines(window, "old") == []
    for (x, y), (old_x, old_y) in zip(before, lines(window), strict=True):
        np.testing.assert_array_equal(x, old_x)
        np.testing.assert_array_equal(y, old_y)
    window.store.redo()
    settle(qtbot, window)
    assert window.store.state == changed
    assert window.session.state is SessionState.EMPTY
    train(qtbot, window)
    window.store.undo()
    settle(qtbot, window)
    assert window.session.state is SessionState.EMPTY, "another one has taken its place"


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_while_it_trains_goes_on_with_the_new(
    make_window: MakeWindow, qtbot: QtBot, change: str
) -> None:
    window = make_window(state(training=ENDLESS))
    click(qtbot, window, window.learning.play)
    old = history(window)
    qtbot.waitUntil(lambda: len(old) > 20)
    CHANGES[change](qtbot, window)
    assert window.session.state is SessionState.RUNNING
    new = history(window)
    assert new is not old
    assert new.experiment == window.store.state.experiment
    assert new.training == window.store.state.training
    qtbot.waitUntil(lambda: len(new) > 10 and len(lines(window, "old")) == 0)
    key(qtbot, window, Qt.Key.Key_T, control=True)
    session_is(qtbot, window, SessionState.PAUSED)
    shows_step(window, len(new) - 1)


def test_a_change_of_the_view_changes_no_training(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    trained = train(qtbot, window)
    window.store.update_view("theme", theme="dark")
    window.store.update_view("reading", reading="grad_weight")
    settle(qtbot, window)
    assert window.session.history is trained
    assert len(lines(window)) == 3


def test_a_pinned_run_stays(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    trained = train(qtbot, window)
    click(qtbot, window, window.learning.pin)
    pinned = lines(window, "pinned")
    np.testing.assert_allclose(pinned[2][1], np.log10(trained.train_loss[:, 2]))
    assert window.learning.pin.isChecked()
    type_into(qtbot, window, window.side.seed, "5")
    settle(qtbot, window)
    train(qtbot, window)
    for (x, y), (old_x, old_y) in zip(pinned, lines(window, "pinned"), strict=True):
        np.testing.assert_array_equal(x, old_x)
        np.testing.assert_array_equal(y, old_y)
    for item in window.learning.drawn["pinned"].shown:
        assert item.opacity() < 0.5
        assert item.opts["pen"].style() == Qt.PenStyle.DashLine
    click(qtbot, window, window.learning.pin)
    assert lines(window, "pinned") == []
    assert not window.learning.pin.isChecked()


# Fields of the training


REFUSED = [
    ("learning_rate", "-1", "Learning rate: -1 is not possible", "0 to 1000"),
    ("learning_rate", "nan", "Learning rate: nan is not possible", "0 to 1000"),
    ("steps", "0", "Steps: 0 is not possible", "1 to 100000"),
    ("steps", "2.5", "Steps: 2.5 is not possible", "integer"),
    ("training_batch", "0", "Batch of a step: 0 is not possible", "1 to 16384"),
]


@pytest.mark.parametrize(("name", "text", "said", "allowed"), REFUSED)
def test_no_such_training(
    make_window: MakeWindow, qtbot: QtBot, name: str, text: str, said: str, allowed: str
) -> None:
    window = make_window(state())
    before = window.store.state
    field = window.side.training_fields[name]
    type_into(qtbot, window, field, text)
    assert window.store.state is before
    assert field.message.isVisible()
    assert field.message.text().startswith(said)
    assert allowed in field.message.text()
    qtbot.keyClick(field.field, Qt.Key.Key_Escape)
    assert not field.message.isVisible()


def test_fields_of_the_training(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    for name, text in (("learning_rate", "0.5"), ("steps", "30"), ("training_batch", "8")):
        type_into(qtbot, window, window.side.training_fields[name], text)
    choose_with_mouse(qtbot, window, window.side.optimizer, "adam")
    training = window.store.state.training
    assert (training.learning_rate, training.steps, training.batch_size) == (0.5, 30, 8)
    assert training.optimizer == "adam"
    sentence = window.learning.sentence.whole
    assert "Adam with η = 0.5, batches of 8" in sentence
    assert window.learning.clock.text() == "30 steps"
    assert train(qtbot, window).training == training
    window.store.undo()
    settle(qtbot, window)
    assert window.side.optimizer.currentData() == "sgd"


def test_a_batch_beyond_the_training_set_is_said(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(small(), {**BRIEF, "batch_size": 2000}))
    picture = window.picture
    click(qtbot, window, window.learning.play)
    assert window.session.state is SessionState.EMPTY
    assert window.learning.refusal.isVisible()
    text = window.learning.refusal.text()
    assert "2000 is not possible" in text
    assert "1 to 1438" in text
    settle(qtbot, window)
    assert window.picture is picture
    type_into(qtbot, window, window.side.training_fields["training_batch"], "32")
    train(qtbot, window)


# Failures and the end


def test_a_failure_is_said_and_can_be_tried_again(
    make_window: MakeWindow, qtbot: QtBot, surprises: Surprises, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = TrainingHistory.advance

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(TrainingHistory, "advance", fail)
    window = make_window(state())
    click(qtbot, window, window.learning.play)
    qtbot.waitUntil(lambda: window.session.state is SessionState.FAILED)
    qtbot.waitUntil(lambda: "The training stopped: a bug" in notes(window))
    surprises.expect("the training failed")
    monkeypatch.setattr(TrainingHistory, "advance", advance)
    click(qtbot, window, window.learning.play)
    session_is(qtbot, window, SessionState.FINISHED)
    assert "stopped" not in notes(window)
    assert len(lines(window)[0][0]) == 21


def test_closing_while_it_trains(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(training=ENDLESS))
    click(qtbot, window, window.learning.play)
    qtbot.waitUntil(lambda: len(history(window)) > 5)
    window.close()
    assert not any(t.name == "winit-training" for t in threading.enumerate())


def test_lines_leave_out_what_has_no_logarithm(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(DIVERGING))
    train(qtbot, window)
    curves = window.session.curves()
    assert curves is not None
    for line in learning_lines(curves, "train_loss"):
        assert np.all(np.isfinite(line.heights))
    np.testing.assert_array_equal(
        lines(window)[1][1], learning_lines(curves, "train_loss")[1].heights
    )


def test_the_pace_is_chosen_on_the_left(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(small(), {**BRIEF, "steps": 40}))
    window.store.update_view("pace", pace="3")
    assert window.side.pace.currentData() == "3"
    click(qtbot, window, window.learning.play)
    qtbot.waitUntil(lambda: window.session.history is not None and len(window.session.history) > 1)
    assert window.session.state is SessionState.RUNNING
    assert len(window.session.history or ()) < 40
    window.store.update_view("pace", pace="full")
    qtbot.waitUntil(lambda: window.session.state is SessionState.FINISHED, timeout=10_000)
