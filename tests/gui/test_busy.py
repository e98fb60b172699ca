"""Long computations, failures, and nothing at all to compute."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.gui.acting import click, focus, settle, type_into
from tests.gui.fixtures import MakeWindow, Surprises, small_experiment
from winit_core.schemes import SCHEMES
from winit_core.simulation import SimulationStopped
from winit_gui import picture_work
from winit_gui.picture import make_picture


class SlowComputing:
    """Lets computations wait until they are released, or told to stop."""

    def __init__(self) -> None:
        self.hold = False
        self.released = threading.Event()
        self.error: Exception | None = None

    def __call__(
        self, request: Any, previous: Any, should_stop: Callable[[], bool], *rest: Any, **more: Any
    ) -> Any:
        if self.error is not None:
            raise self.error
        while self.hold and not self.released.wait(0.002):
            if should_stop():
                raise SimulationStopped
        return make_picture(request, previous, should_stop, *rest, **more)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowComputing]:
    made = SlowComputing()
    monkeypatch.setattr(picture_work, "make_picture", made)
    yield made
    made.released.set()


def test_no_scheme_ticked_speaks(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("he_normal",)))
    row = next(r for r in window.side.schemes.rows if r.row.ticked)
    click(qtbot, window, row.check)
    settle(qtbot, window)
    empty = window.findChild(QLabel, "empty")
    assert isinstance(empty, QLabel)
    assert empty.isVisible()
    assert "Tick a scheme" in empty.text()
    assert not any(panel.isVisible() for panel in window.panels)
    assert window.cards.cards == []
    click(qtbot, window, row.check)
    settle(qtbot, window)
    assert not empty.isVisible()
    assert all(panel.isVisible() for panel in window.panels)
    assert len(window.cards.cards) == 1


def test_everything_works_with_nothing_ticked(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(()))
    for changes in ({"weight_scale": "log"}, {"reading": "update_ratio"}, {"layer": 3}):
        window.store.update_view("view", **changes)
    window.store.update("depth", hidden_widths=(3,))
    for theme in ("dark", "projector"):
        window.store.update_view("theme", theme=theme)
    window.store.update_view("panel", enlarged=2)
    settle(qtbot, window)


def test_quick_work_shows_no_sign(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    seen: list[bool] = []
    window.notice.installEventFilter(window)
    for seed in range(1, 4):
        window.store.update("seed", seed=seed)
        settle(qtbot, window)
        seen.append(window.notice.isVisible())
    assert seen == [False] * 3


def test_slow_work_is_named_and_can_be_stopped(
    make_window: MakeWindow, qtbot: QtBot, slow: SlowComputing
) -> None:
    window = make_window()
    picture = window.picture
    slow.hold = True
    type_into(qtbot, window, window.side.depth_field, "6")
    assert not window.notice.isVisible()
    assert not window.settled
    qtbot.waitUntil(window.notice.isVisible)
    assert "8 schemes" in window.notice.label.text()
    assert "7 layers" in window.notice.label.text()
    assert window.notice.button.text() == "Stop"
    assert window.picture is picture, "the old picture stays"
    assert window.panels[0].area.view.foregroundBrush().color().alpha() > 0, "slightly faded"
    click(qtbot, window, window.notice.button)
    assert window.picture is picture
    assert "Stopped" in window.notice.label.text()
    assert window.notice.button.text() == "Compute"
    slow.released.set()
    focus(qtbot, window.notice.button)
    qtbot.keyClick(window.notice.button, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert not window.notice.isVisible()
    assert window.picture is not None
    assert window.picture.experiment.depth == 6
    assert window.panels[0].area.view.foregroundBrush().color().alpha() == 0


def test_the_window_answers_while_it_computes(
    make_window: MakeWindow, qtbot: QtBot, slow: SlowComputing
) -> None:
    window = make_window()
    slow.hold = True
    type_into(qtbot, window, window.side.seed, "1")
    qtbot.waitUntil(window.notice.isVisible)
    window.store.update_view("panel 2 alone", enlarged=2)
    assert [panel.number for panel in window.panels if panel.isVisible()] == [2]
    window.store.update_view("all panels", enlarged=0)
    assert all(panel.isVisible() for panel in window.panels)
    window.store.update_view("reading", reading="grad_weight")
    assert "∂L/∂W" in window.gradient.sentence.whole
    for seed in ("2", "3"):
        type_into(qtbot, window, window.side.seed, seed)
    assert window.notice.isVisible()
    slow.released.set()
    settle(qtbot, window)
    assert window.picture is not None
    assert window.picture.experiment.seed == 3


def test_back_to_what_is_shown_needs_no_computing(
    make_window: MakeWindow, qtbot: QtBot, slow: SlowComputing
) -> None:
    window = make_window()
    picture = window.picture
    slow.hold = True
    type_into(qtbot, window, window.side.seed, "1")
    qtbot.waitUntil(window.notice.isVisible)
    window.store.undo()
    assert window.settled
    assert window.picture is picture
    assert not window.notice.isVisible()


def test_a_really_slow_experiment(make_window: MakeWindow, qtbot: QtBot) -> None:
    experiment = small_experiment(hidden_widths=(256,) * 300, batch_size=256)
    window = make_window(small_experiment())
    picture = window.picture
    window.store.update("a deep net", hidden_widths=experiment.hidden_widths, batch_size=256)
    qtbot.waitUntil(window.notice.isVisible)
    click(qtbot, window, window.notice.button)
    assert window.picture is picture
    window.store.undo()
    settle(qtbot, window)
    assert window.picture is picture


def test_closing_while_it_computes(make_window: MakeWindow, slow: SlowComputing) -> None:
    slow.hold = True
    window = make_window(wait=False)
    assert not window.settled
    window.close()
    assert not any(thread.name == "winit-runner" for thread in threading.enumerate())
    assert window.picture is None


def test_a_failure_is_said_once_and_can_be_tried_again(
    make_window: MakeWindow, qtbot: QtBot, slow: SlowComputing, surprises: Surprises
) -> None:
    window = make_window()
    picture, failures = window.picture, []
    window.failed.connect(failures.append)
    slow.error = RuntimeError("a bug")
    type_into(qtbot, window, window.side.seed, "5")
    qtbot.waitUntil(window.notice.isVisible)
    assert [str(error) for error in failures] == ["a bug"]
    assert "a bug" in window.notice.label.text()
    assert window.picture is picture
    surprises.expect("a computation failed")
    slow.error = None
    click(qtbot, window, window.notice.button)
    settle(qtbot, window)
    assert not window.notice.isVisible()
    assert window.picture is not None
    assert window.picture.experiment.seed == 5


def test_too_little_memory_is_said_in_words(
    make_window: MakeWindow, qtbot: QtBot, slow: SlowComputing
) -> None:
    window = make_window()
    slow.error = MemoryError()
    type_into(qtbot, window, window.side.seed, "5")
    qtbot.waitUntil(window.notice.isVisible)
    assert "memory" in window.notice.label.text()
    slow.error = None


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_every_scheme_can_be_explained(
    make_window: MakeWindow, qtbot: QtBot, activation: str
) -> None:
    schemes = tuple(SCHEMES)
    window = make_window(
        small_experiment(schemes, hidden_widths=(8,) * 3, batch_size=8, activation=activation)
    )
    window.store.update_view("explain", explain=True)
    for selected in range(len(schemes)):
        window.store.update_view("explain", selected=selected)
        settle(qtbot, window)
        assert not window.notice.isVisible()
