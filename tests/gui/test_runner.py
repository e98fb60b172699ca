from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from winit_core.simulation import SimulationStopped
from winit_gui.runner import Runner

ShouldStop = Callable[[], bool]
_PATIENCE = 10


class Gate:
    """A job that begins, waits to be let through or stopped, and gives its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.was_stopped = False

    def __call__(self, should_stop: ShouldStop) -> str:
        self.began.set()
        while not self.may_end.wait(0.002):
            if should_stop():
                self.was_stopped = True
                raise SimulationStopped
        return self.name


class Deaf(Gate):
    """A job that never asks whether it should stop."""

    def __call__(self, should_stop: ShouldStop) -> str:
        self.began.set()
        assert self.may_end.wait(_PATIENCE)
        return self.name


class Heard:
    def __init__(self, runner: Runner) -> None:
        self.finished: list[Any] = []
        self.failed: list[Any] = []
        self.busy: list[bool] = []
        runner.finished.connect(self.finished.append)
        runner.failed.connect(self.failed.append)
        runner.busy_changed.connect(self.busy.append)


@pytest.fixture
def runner() -> Iterator[Runner]:
    made = Runner()
    yield made
    made.close()


def test_delivers_a_result_once(runner: Runner, qtbot: QtBot) -> None:
    heard = Heard(runner)
    runner.submit(lambda should_stop: 42)
    assert not runner.idle
    qtbot.waitUntil(lambda: runner.idle)
    assert heard.finished == [42]
    assert heard.failed == []
    assert heard.busy == []


def test_runs_in_another_thread_and_delivers_in_this_one(runner: Runner, qtbot: QtBot) -> None:
    delivered: list[threading.Thread] = []
    runner.finished.connect(lambda result: delivered.append(threading.current_thread()))
    with qtbot.waitSignal(runner.finished) as signal:
        runner.submit(lambda should_stop: threading.current_thread().name)
    assert signal.args == ["winit-runner"]
    assert delivered == [threading.main_thread()]


def test_the_latest_wins(runner: Runner, qtbot: QtBot) -> None:
    heard, first, skipped, last = Heard(runner), Gate("first"), Gate("skipped"), Gate("last")
    runner.submit(first)
    assert first.began.wait(_PATIENCE)
    runner.submit(skipped)
    runner.submit(last)
    assert last.began.wait(_PATIENCE)
    last.may_end.set()
    qtbot.waitUntil(lambda: runner.idle)
    assert first.was_stopped
    assert not skipped.began.is_set()
    assert heard.finished == ["last"]


def test_an_old_result_is_dropped_even_if_its_job_did_not_listen(
    runner: Runner, qtbot: QtBot
) -> None:
    heard, old, new = Heard(runner), Deaf("old"), Gate("new")
    runner.submit(old)
    assert old.began.wait(_PATIENCE)
    runner.submit(new)
    old.may_end.set()
    assert new.began.wait(_PATIENCE)
    new.may_end.set()
    qtbot.waitUntil(lambda: runner.idle)
    assert heard.finished == ["new"]


def test_a_result_that_waits_for_delivery_is_dropped_too(runner: Runner, qtbot: QtBot) -> None:
    heard, done = Heard(runner), Deaf("done")
    runner.submit(done)
    done.may_end.set()
    runner.submit(lambda should_stop: "new")
    qtbot.waitUntil(lambda: runner.idle)
    QCoreApplication.processEvents()
    assert heard.finished == ["new"]


def test_cancel_delivers_nothing_and_leaves_the_runner_usable(runner: Runner, qtbot: QtBot) -> None:
    heard, gate = Heard(runner), Gate("cancelled")
    runner.submit(gate)
    assert gate.began.wait(_PATIENCE)
    runner.cancel()
    assert runner.idle
    qtbot.waitUntil(lambda: gate.was_stopped)
    runner.submit(lambda should_stop: "next")
    qtbot.waitUntil(lambda: runner.idle)
    assert heard.finished == ["next"]


def test_a_failure_is_delivered_once_and_the_next_job_runs(runner: Runner, qtbot: QtBot) -> None:
    heard, error = Heard(runner), ValueError("no")

    def fail(should_stop: ShouldStop) -> None:
        raise error

    runner.submit(fail)
    qtbot.waitUntil(lambda: runner.idle)
    assert heard.failed == [error]
    runner.submit(lambda should_stop: "fine")
    qtbot.waitUntil(lambda: runner.idle)
    assert (heard.failed, heard.finished) == ([error], ["fine"])


def test_even_memory_running_out_is_delivered(runner: Runner, qtbot: QtBot) -> None:
    heard = Heard(runner)

    def fail(should_stop: ShouldStop) -> None:
        raise MemoryError

    runner.submit(fail)
    qtbot.waitUntil(lambda: runner.idle)
    assert [type(error) for error in heard.failed] == [MemoryError]


def test_says_busy_only_when_it_takes_long(runner: Runner, qtbot: QtBot) -> None:
    heard, gate = Heard(runner), Gate("slow")
    with qtbot.waitSignal(runner.busy_changed):
        runner.submit(gate)
        assert heard.busy == []
    assert heard.busy == [True]
    runner.submit(next_gate := Gate("next"))
    assert next_gate.began.wait(_PATIENCE)
    assert heard.busy == [True]
    next_gate.may_end.set()
    qtbot.waitUntil(lambda: runner.idle)
    assert heard.busy == [True, False]


def test_cancelling_ends_busy(runner: Runner, qtbot: QtBot) -> None:
    heard = Heard(runner)
    with qtbot.waitSignal(runner.busy_changed):
        runner.submit(Gate("slow"))
    runner.cancel()
    assert heard.busy == [True, False]


def test_close_joins_while_a_job_runs(qtbot: QtBot) -> None:
    runner, gate = Runner(), Gate("running")
    heard = Heard(runner)
    before = threading.active_count()
    runner.submit(gate)
    assert gate.began.wait(_PATIENCE)
    runner.close()
    assert threading.active_count() == before - 1
    assert gate.was_stopped
    QCoreApplication.processEvents()
    assert heard.finished == heard.failed == []


def test_nothing_is_delivered_after_close(qtbot: QtBot) -> None:
    runner, done = Runner(), Deaf("done")
    heard = Heard(runner)
    runner.submit(done)
    assert done.began.wait(_PATIENCE)
    done.may_end.set()
    runner.close()
    QCoreApplication.processEvents()
    runner.submit(lambda should_stop: "too late")
    runner.cancel()
    runner.close()
    QCoreApplication.processEvents()
    assert heard.finished == heard.failed == []
    assert runner.idle
