"""The training behind panel 4: the same numbers however it is played, and an end to everything."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures import Surprises, small_experiment
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.simulation import SimulationStopped
from winit_core.training import baseline_loss
from winit_core.training.history import TrainingHistory
from winit_core.training.settings import Training
from winit_gui import wording
from winit_gui.picture import Request
from winit_gui.state import State
from winit_gui.training_session import Curves, SessionState, TrainingSession, outcomes

SMALL = small_experiment(("zeros", "glorot_normal", "he_normal"), hidden_widths=(8,) * 3)
BRIEF = Training(steps=20, batch_size=16, learning_rate=0.5, evaluate_every=5, statistics_every=5)
LONG = Training(steps=20_000, batch_size=16)
OTHER = small_experiment(("he_normal",), hidden_widths=(8,) * 2, seed=3)
STOPS_WITHIN = 0.2
TABLES = ("train_loss", "held_out_loss", "held_out_accuracy")


class Heard:
    """What a session said, in order."""

    def __init__(self, session: TrainingSession) -> None:
        self.states: list[SessionState] = []
        self.reached: list[tuple[TrainingHistory | None, int]] = []
        self._session = session
        session.state_changed.connect(self._on_state)
        session.advanced.connect(self._on_advanced)

    def _on_state(self) -> None:
        self.states.append(self._session.state)

    def _on_advanced(self) -> None:
        history = self._session.history
        self.reached.append((history, -1 if history is None else len(history)))


@pytest.fixture
def session() -> Iterator[TrainingSession]:
    made = TrainingSession()
    yield made
    made.close()


def begin(
    session: TrainingSession, experiment: Experiment = SMALL, training: Training = BRIEF
) -> TrainingHistory:
    session.begin(experiment, training, Request.of(State.of(experiment)).styles)
    assert session.history is not None
    return session.history


def finish(qtbot: QtBot, session: TrainingSession) -> Curves:
    session.play()
    qtbot.waitUntil(lambda: session.state is SessionState.FINISHED, timeout=20_000)
    curves = session.curves()
    assert curves is not None
    return curves


def bytes_of(curves: Curves) -> list[bytes]:
    return [getattr(curves, name).tobytes() for name in TABLES]


def workers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "winit-training"]


def test_nothing_begun_is_empty_and_does_nothing(session: TrainingSession) -> None:
    assert session.state is SessionState.EMPTY
    assert session.curves() is None
    assert math.isnan(session.remaining)
    session.play()
    session.step()
    session.pause()
    session.clear()
    assert session.state is SessionState.EMPTY
    assert session.elapsed == 0


def test_what_is_begun_rests_before_its_first_step(session: TrainingSession) -> None:
    heard = Heard(session)
    history = begin(session)
    assert heard.states == [SessionState.PAUSED]
    assert len(history) == 0
    curves = session.curves()
    assert curves is not None
    assert curves.steps == -1
    assert curves.baseline == baseline_loss(SMALL)
    assert outcomes(curves) == ["", "", ""]
    assert workers() == [], "no thread before there is work"


def test_it_plays_to_the_end(qtbot: QtBot, session: TrainingSession) -> None:
    heard = Heard(session)
    history = begin(session)
    curves = finish(qtbot, session)
    qtbot.waitUntil(lambda: heard.states[-1] is SessionState.FINISHED)
    assert curves.steps == BRIEF.steps
    assert heard.reached[-1] == (history, BRIEF.steps + 1)
    lengths = [length for _, length in heard.reached]
    assert lengths == sorted(lengths)
    assert session.remaining == 0
    alone = TrainingHistory(SMALL, BRIEF)
    for _ in alone.run():
        pass
    for name in TABLES:
        np.testing.assert_array_equal(getattr(curves, name), getattr(alone, name))


def test_steps_and_pauses_change_no_number(qtbot: QtBot, session: TrainingSession) -> None:
    begin(session)
    wanted = bytes_of(finish(qtbot, session))
    begin(session)
    assert bytes_of(finish(qtbot, session)) == wanted
    history = begin(session)
    for count in range(1, 4):
        session.step()
        qtbot.waitUntil(lambda count=count: len(history) == count)  # type: ignore[misc]
        assert session.state is SessionState.PAUSED
    session.set_pace(200)
    session.play()
    qtbot.waitUntil(lambda: len(history) > 5)
    session.pause()
    history.simulation(2)
    session.set_pace(None)
    assert bytes_of(finish(qtbot, session)) == wanted


def test_several_at_a_time_change_no_number(qtbot: QtBot, session: TrainingSession) -> None:
    begin(session)
    wanted = bytes_of(finish(qtbot, session))
    parallel = TrainingSession(workers=2)
    begin(parallel)
    assert bytes_of(finish(qtbot, parallel)) == wanted
    parallel.close()


def test_a_step_is_one_step(qtbot: QtBot, session: TrainingSession) -> None:
    heard = Heard(session)
    history = begin(session)
    session.step()
    qtbot.waitUntil(lambda: heard.reached == [(history, 1)])
    qtbot.waitUntil(lambda: heard.states[-1] is SessionState.PAUSED)
    qtbot.wait(60)
    assert len(history) == 1


def test_a_pause_stops_it_where_it_is(qtbot: QtBot, session: TrainingSession) -> None:
    heard = Heard(session)
    history = begin(session, training=LONG)
    session.play()
    assert session.state is SessionState.RUNNING
    qtbot.waitUntil(lambda: len(history) > 3)
    session.pause()
    assert session.state is SessionState.PAUSED
    elapsed = session.elapsed
    assert elapsed > 0
    qtbot.wait(60)
    reached = len(history)
    qtbot.wait(60)
    assert len(history) == reached
    assert session.elapsed == elapsed
    assert session.remaining > 0
    assert heard.reached[-1] == (history, reached), "also the step that was under way"


def test_a_step_under_way_at_the_pause_is_told_when_it_is_done(
    qtbot: QtBot, session: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end = threading.Event(), threading.Event()
    advance = TrainingHistory.advance

    def slow(history: TrainingHistory, *rest: Any) -> object:
        began.set()
        assert may_end.wait(5)
        return advance(history, *rest)

    monkeypatch.setattr(TrainingHistory, "advance", slow)
    heard = Heard(session)
    history = begin(session)
    session.play()
    assert began.wait(5)
    session.pause()
    qtbot.wait(100)
    may_end.set()
    qtbot.waitUntil(lambda: heard.reached == [(history, 1)], timeout=1000)


def test_the_pace_is_kept(qtbot: QtBot, session: TrainingSession) -> None:
    history = begin(session, training=LONG)
    session.set_pace(20)
    began = time.monotonic()
    session.play()
    qtbot.wait(300)
    reached = len(history)
    assert 1 <= reached <= 2 + 20 * (time.monotonic() - began)
    before = len(history)
    session.set_pace(None)
    qtbot.waitUntil(lambda: len(history) > before + 20)


def test_restart_has_the_same_first_step(qtbot: QtBot, session: TrainingSession) -> None:
    first = begin(session)
    finish(qtbot, session)
    again = begin(session)
    assert session.state is SessionState.PAUSED
    assert session.elapsed == 0
    assert again is not first
    assert finish(qtbot, session).train_loss[0].tobytes() == first.train_loss[0].tobytes()
    assert again.simulation(0).runs == first.simulation(0).runs


class Endless:
    """Steps that last until they are told to stop."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began = threading.Event()
        self.stopped_at = 0.0
        monkeypatch.setattr(TrainingHistory, "advance", lambda *given: self._advance(*given))

    def _advance(self, history: TrainingHistory, should_stop: Callable[[], bool]) -> None:
        self.began.set()
        while not should_stop():
            time.sleep(0.001)
        self.stopped_at = time.monotonic()
        raise SimulationStopped


def test_a_real_training_stops_soon_when_replaced(qtbot: QtBot, session: TrainingSession) -> None:
    heard = Heard(session)
    old = begin(session, training=LONG)
    session.play()
    qtbot.waitUntil(lambda: len(old) > 3)
    new = begin(session, OTHER)
    heard.reached.clear()
    heard.states.clear()
    time.sleep(STOPS_WITHIN)
    reached = len(old)
    finish(qtbot, session)
    qtbot.waitUntil(lambda: heard.states[-1] is SessionState.FINISHED)
    assert len(old) == reached
    assert heard.reached
    assert {id(history) for history, _ in heard.reached} == {id(new)}
    assert session.curves().experiment == OTHER  # type: ignore[union-attr]
    assert len(workers()) == 1


def test_what_was_set_aside_goes_on_as_if_nothing_had_been(
    qtbot: QtBot, session: TrainingSession
) -> None:
    begin(session)
    wanted = bytes_of(finish(qtbot, session))
    history = begin(session)
    session.play()
    qtbot.waitUntil(lambda: len(history) > 2)
    session.set_aside()  # in the middle of a step
    assert session.state is SessionState.EMPTY
    assert session.history is None
    assert session.holds_aside(SMALL, BRIEF)
    assert not session.holds_aside(OTHER, BRIEF)
    session.set_aside()  # of nothing
    assert session.holds_aside(SMALL, BRIEF)
    session.take_back(Request.of(State.of(SMALL)).styles)
    assert session.history is history
    assert session.state in (SessionState.PAUSED, SessionState.FINISHED)
    assert session.elapsed > 0
    assert bytes_of(finish(qtbot, session)) == wanted
    assert not session.holds_aside(SMALL, BRIEF)


def test_another_training_ends_what_was_set_aside(qtbot: QtBot, session: TrainingSession) -> None:
    begin(session)
    finish(qtbot, session)
    session.set_aside()
    begin(session, OTHER)
    assert not session.holds_aside(SMALL, BRIEF)


@pytest.mark.parametrize("how", ["begin", "clear", "set_aside", "close"])
def test_a_step_in_the_middle_stops_soon(
    qtbot: QtBot, session: TrainingSession, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    endless = Endless(monkeypatch)
    heard = Heard(session)
    begin(session, training=LONG)
    session.play()
    assert endless.began.wait(5)
    told_at = time.monotonic()
    if how == "begin":
        begin(session, OTHER)
    else:
        getattr(session, how)()
    returned_at = time.monotonic()
    qtbot.waitUntil(lambda: endless.stopped_at > 0)
    assert endless.stopped_at - told_at < STOPS_WITHIN
    assert returned_at - told_at < STOPS_WITHIN
    QCoreApplication.processEvents()
    assert heard.reached == []
    if how == "close":
        assert workers() == []


def test_what_cannot_be_trained_is_refused_and_the_old_one_stays(
    qtbot: QtBot, session: TrainingSession
) -> None:
    history = begin(session)
    session.step()
    qtbot.waitUntil(lambda: len(history) == 1)
    with pytest.raises(ExperimentError, match="1438"):
        begin(session, training=Training(batch_size=2000))
    assert session.history is history
    finish(qtbot, session)


def test_a_failure_is_told_and_can_be_tried_again(
    qtbot: QtBot,
    session: TrainingSession,
    monkeypatch: pytest.MonkeyPatch,
    surprises: Surprises,
) -> None:
    advance = TrainingHistory.advance

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(TrainingHistory, "advance", fail)
    heard = Heard(session)
    begin(session)
    session.play()
    qtbot.waitUntil(lambda: session.state is SessionState.FAILED)
    assert session.error == "a bug"
    assert heard.states[-1] is SessionState.FAILED
    surprises.expect("the training failed")
    monkeypatch.setattr(TrainingHistory, "advance", advance)
    session.play()
    assert session.state is SessionState.RUNNING
    assert session.error == ""
    qtbot.waitUntil(lambda: session.state is SessionState.FINISHED)


def test_a_failure_of_what_was_replaced_is_nobodys(
    qtbot: QtBot, session: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def fail(*_: object) -> None:
        began.set()
        may_end.wait(5)
        ended.set()
        raise RuntimeError("a bug of the old one")

    advance = TrainingHistory.advance
    monkeypatch.setattr(TrainingHistory, "advance", fail)
    begin(session)
    session.play()
    assert began.wait(5)
    begin(session, OTHER)
    may_end.set()
    assert ended.wait(5)
    monkeypatch.setattr(TrainingHistory, "advance", advance)
    finish(qtbot, session)
    assert session.error == ""


def test_closing_ends_the_thread(qtbot: QtBot, session: TrainingSession) -> None:
    history = begin(session, training=LONG)
    session.play()
    qtbot.waitUntil(lambda: len(history) > 1)
    assert len(workers()) == 1
    session.close()
    assert workers() == []
    reached = len(history)
    session.play()
    session.close()
    assert workers() == []
    assert len(history) == reached


def test_drawing_takes_at_most_a_quarter_of_the_time(
    qtbot: QtBot, session: TrainingSession
) -> None:
    began: list[float] = []

    def draw() -> None:
        began.append(time.monotonic())
        time.sleep(0.03)

    session.advanced.connect(draw)
    begin(session, training=LONG)
    session.play()
    qtbot.waitUntil(lambda: len(began) >= 4)
    session.pause()
    assert min(np.diff(began)) >= 0.03 + 3 * 0.03 - 0.02


def test_outcomes_name_what_happened(qtbot: QtBot, session: TrainingSession) -> None:
    experiment = small_experiment(
        ("zeros", "he_normal", "large_normal"), hidden_widths=(16,) * 12, activation="relu"
    )
    begin(session, experiment, Training(steps=12, batch_size=32, evaluate_every=4))
    told = outcomes(finish(qtbot, session))
    assert told[0] == "still guessing after 12 steps"
    assert "after" in told[1]
    diverged = session.history.diverged[2]  # type: ignore[union-attr]
    assert diverged is not None
    assert told[2].startswith(f"diverged at step {diverged.step}")


@pytest.mark.parametrize(
    ("loss", "told"),
    [(133.0, "worse than guessing"), (2.31, "still guessing"), (2.0, "still guessing")],
)
def test_a_loss_far_above_guessing_is_worse_than_guessing(loss: float, told: str) -> None:
    accuracy, losses = np.full(11, 0.1), np.full(11, loss)
    assert wording.outcome(accuracy, losses, 2.303, 0.1, None) == f"{told} after 10 steps"


def test_curves_do_not_change_behind_the_drawing(qtbot: QtBot, session: TrainingSession) -> None:
    history = begin(session)
    session.step()
    qtbot.waitUntil(lambda: len(history) == 1)
    early = session.curves()
    assert early is not None
    held = bytes_of(early)
    finish(qtbot, session)
    assert early.steps == 0
    assert bytes_of(early) == held


def test_curves_are_of_one_moment(
    qtbot: QtBot, session: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = begin(session)
    session.step()
    qtbot.waitUntil(lambda: len(history) == 1)
    train_loss = TrainingHistory.train_loss.fget

    def read_slowly(of: TrainingHistory) -> Any:
        found = train_loss(of)  # type: ignore[misc]
        of.advance()
        return found

    monkeypatch.setattr(TrainingHistory, "train_loss", property(read_slowly))
    curves = session.curves()
    assert len(history) == 2
    assert {len(getattr(curves, name)) for name in TABLES} == {1}
