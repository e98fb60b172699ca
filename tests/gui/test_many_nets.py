"""Many nets in place of one: the middle one, the range, and verdicts that count."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.gui.acting import click, reveal, settle, type_into
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.ensemble import Ensemble, simulate_seeds
from winit_core.experiment import Experiment
from winit_core.simulation import SimulationStopped, simulate
from winit_gui import picture_work, wording
from winit_gui.picture import make_picture
from winit_gui.state import State, View
from winit_gui.window import Window

SCHEMES = ("zeros", "glorot_normal", "he_normal")
SHARES = (0.1, 0.5, 0.9)


def small(**changes: Any) -> Experiment:
    return small_experiment(SCHEMES, **{"hidden_widths": (8,) * 3, **changes})


def log10(values: Any) -> Any:
    with np.errstate(divide="ignore"):
        heights = np.log10(values)
    return np.where(np.isfinite(heights), heights, np.nan)


def ensemble_of(window: Window) -> Ensemble:
    assert window.picture is not None
    assert window.picture.ensemble is not None
    return window.picture.ensemble


def type_nets(qtbot: QtBot, window: Window, text: str) -> None:
    type_into(qtbot, window, window.side.seeds, text)
    settle(qtbot, window)


def strokes(panel: Any, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, low and high of a scheme's scatter."""
    x, y = panel._scatter._lines.shown[index].getData()
    return x[::2], y[::2], y[1::2]


def test_the_field_asks_for_many(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    assert window.side.seeds.field.text() == "1"
    assert window.signal._scatter._lines.shown == []
    type_nets(qtbot, window, "8")
    assert window.store.state.view.seeds == 8
    assert window.store.undo_label == "number of nets"
    assert ensemble_of(window).seeds == tuple(range(8))
    wanted = simulate_seeds(small(), 8)
    assert ensemble_of(window).simulations == wanted.simulations
    for panel in (window.signal, window.gradient):
        assert "middle of 8 nets, strokes: 8 in 10 of them" in panel.sentence.whole


def test_lines_are_the_middle_net_and_strokes_the_range(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small())
    type_nets(qtbot, window, "8")
    low, middle, high = simulate_seeds(small(), 8).quantiles("activation_rms", SHARES)
    chart = window.signal._chart
    assert chart is not None
    for index, line in enumerate(window.signal.drawn["lines"].shown):
        np.testing.assert_allclose(line.getData()[1], log10(middle[index]), rtol=1e-12)
        if index == 0:
            continue  # its signal is 0: a mark
        x, bottom, top = strokes(window.signal, index)
        assert list(x) == [1, 2, 3, 4]
        np.testing.assert_allclose(bottom, np.clip(log10(low[index]), chart.bottom, chart.top))
        np.testing.assert_allclose(top, np.clip(log10(high[index]), chart.bottom, chart.top))
        assert np.all(bottom <= top)
        assert np.any(bottom < top)


@pytest.mark.parametrize(
    ("reading", "field", "relative"),
    [
        ("delta", "delta_rms", True),
        ("delta", "delta_rms", False),
        ("grad_weight", "grad_weight_rms", True),
    ],
)
def test_bars_are_the_middle_net_and_strokes_the_range(
    make_window: MakeWindow, reading: str, field: str, relative: bool
) -> None:
    view = View(seeds=8, reading=reading, relative=relative)
    window = make_window(State.of(small(), view))
    low, middle, high = simulate_seeds(small(), 8).quantiles(field, SHARES, relative)
    chart = window.gradient._chart
    assert chart is not None
    for index in (1, 2):
        bars = window.gradient.drawn["bars"].shown[index]
        ends = bars.opts["y0"] + bars.opts["height"]
        np.testing.assert_allclose(ends, log10(middle[index]), rtol=1e-9, atol=1e-9)
        x, bottom, top = strokes(window.gradient, index)
        np.testing.assert_allclose(
            bottom, np.clip(log10(low[index]), chart.bottom, chart.top), atol=1e-9
        )
        np.testing.assert_allclose(
            top, np.clip(log10(high[index]), chart.bottom, chart.top), atol=1e-9
        )
        half = bars.opts["width"] / 2
        assert np.all(np.abs(x - bars.opts["x"]) < half), "on its own bar"


def test_cards_count_nets(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    before = [card.proof.text() for card in window.cards.cards]
    assert not any("nets" in text for text in before)
    type_nets(qtbot, window, "8")
    ensemble = ensemble_of(window)
    for index, card in enumerate(window.cards.cards):
        kind, count = ensemble.verdicts(index)[0]
        assert card.verdict.text() == wording.VERDICTS[kind]
        assert card.proof.text().startswith(f"{count} of 8 nets. ")
    assert window.cards.cards[0].proof.text().startswith("8 of 8 nets. ")


def test_cards_prove_with_the_median_that_panels_and_lessons_show(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small(hidden_widths=(6,) * 8))
    type_nets(qtbot, window, "9")
    ensemble = ensemble_of(window)
    medians = ensemble.quantiles("delta_rms", (0.5,), relative=True)[0, :, 0]
    for index in (1, 2):
        _, count = ensemble.verdicts(index)[0]
        median = wording.number(float(medians[index]))
        ones = [wording.number(one[index].worst.number) for one in ensemble.diagnoses]
        assert len(set(ones)) > 1, "these nets must differ for this test to say anything"
        card = window.cards.cards[index]
        assert card.proof.text() == (
            f"{count} of 9 nets. Median: layer 1 receives {median}\u00a0× the output layer’s error"
        )
        others = [f"{n} nets: {wording.VERDICTS[k]}" for k, n in ensemble.verdicts(index)[1:]]
        assert all(other in card.toolTip() for other in others)
        losses = sorted(one.runs[index].loss for one in ensemble.simulations)
        assert f"median: {wording.number(losses[4], 4)}" in card.toolTip()


def test_back_to_one(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    proofs = [card.proof.text() for card in window.cards.cards]
    type_nets(qtbot, window, "8")
    type_nets(qtbot, window, "1")
    assert window.picture is not None
    assert window.picture.ensemble is None
    assert [card.proof.text() for card in window.cards.cards] == proofs
    assert window.signal._scatter._lines.shown == []
    assert window.gradient._scatter._lines.shown == []
    runs = simulate(small()).runs
    for run, line in zip(runs, window.signal.drawn["lines"].shown, strict=True):
        rms = [layer.activation_rms for layer in run.layers]
        np.testing.assert_allclose(line.getData()[1], log10(rms), rtol=1e-12)


def test_seeds_go_on_from_the_chosen_one(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small(), View(seeds=3)))
    type_into(qtbot, window, window.side.seed, "5")
    settle(qtbot, window)
    assert ensemble_of(window).seeds == (5, 6, 7)


@pytest.mark.parametrize("text", ["0", "-1", "65", "2.5", "many"])
def test_no_such_number_of_nets(make_window: MakeWindow, qtbot: QtBot, text: str) -> None:
    window = make_window(small())
    before = window.store.state
    type_into(qtbot, window, window.side.seeds, text)
    assert window.store.state is before
    reveal(window, window.side.seeds.message)
    assert window.side.seeds.message.isVisible()
    assert "Nets: " in window.side.seeds.message.text()
    assert "1 to 64" in window.side.seeds.message.text()


def test_other_views_of_the_same_nets_compute_none(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small(), View(seeds=4)))
    ensemble = ensemble_of(window)
    for changes in ({"reading": "grad_weight"}, {"layer": 2}, {"weight_scale": "log"}):
        window.store.update_view("view", **changes)
        settle(qtbot, window)
        assert ensemble_of(window) is ensemble


def test_one_net_is_trained_and_the_range_is_away(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small(), View(seeds=4)))
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
    assert (window.picture.step, window.picture.nets) == (1, 1)
    assert window.signal._scatter._lines.shown == []
    assert "4 nets" not in window.signal.sentence.whole
    for index, card in enumerate(window.cards.cards):
        kind, agreeing = ensemble_of(window).verdicts(index)[0]
        said = f"{wording.VERDICTS[kind]} before training"
        assert card.proof.text().startswith(said), "still of the first weights"
        assert f"{agreeing} of 4 nets. " in card.accessibleName()


def test_many_nets_name_their_progress_and_can_be_stopped(
    make_window: MakeWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def slow(request: Any, previous: Any, should_stop: Callable[[], bool], workers: int) -> Any:
        made = make_picture(request, previous, should_stop, workers)
        while request.nets > 1 and not released.wait(0.002):
            if should_stop():
                raise SimulationStopped
        return made

    monkeypatch.setattr(picture_work, "make_picture", slow)
    window = make_window(small())
    picture = window.picture
    type_into(qtbot, window, window.side.seeds, "8")
    qtbot.waitUntil(window.notice.isVisible)
    text = window.notice.label.text()
    assert text.startswith("Computing")
    assert "%" in text
    assert window.notice.button.text() == "Stop"
    click(qtbot, window, window.notice.button)
    qtbot.waitUntil(lambda: window.work.idle)
    assert window.picture is picture
    assert "Stopped" in window.notice.label.text()
    released.set()
    click(qtbot, window, window.notice.button)
    settle(qtbot, window)
    assert not window.notice.isVisible()
    assert len(ensemble_of(window).seeds) == 8


def test_stop_ends_real_work_and_one_net_comes_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    picture = window.picture
    window.store.update("a wide net", hidden_widths=(256,) * 200, batch_size=256)
    window.store.update_view("number of nets", seeds=64)
    qtbot.waitUntil(window.notice.isVisible)
    click(qtbot, window, window.notice.button)
    qtbot.waitUntil(lambda: window.work.idle, timeout=2000)
    assert window.picture is picture
    window.store.undo()
    window.store.undo()
    settle(qtbot, window)
    assert window.picture is picture


def test_captions_name_the_nets_where_there_is_little_room(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(State.of(small_experiment(), View(seeds=3)), size=(1024, 700))
    for panel in (window.signal, window.gradient):
        assert "3 nets" in panel.sentence.text()
