"""A report proves its verdicts as the cards do: over as many nets, with their medians."""

from __future__ import annotations

import html
import re

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.ensemble import simulate_seeds
from winit_core.experiment import Experiment
from winit_gui import wording
from winit_gui.exports import folder, report
from winit_gui.state import State, View
from winit_gui.window import Window

NETS = 8
EXPERIMENT: Experiment = small_experiment(
    ("zeros", "glorot_normal", "he_normal"), hidden_widths=(8,) * 6, activation="relu", seed=3
)


def table_of(window: Window) -> tuple[list[list[str]], str]:
    """Return the cells of the report's table, head first, and the whole text below it."""
    text = report.to_html(folder.report_of(window.exported()))
    rows = [
        [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    ]
    return rows, html.unescape(text.partition("</table>")[2])


def test_several_nets_prove_a_verdict_with_their_medians(make_window: MakeWindow) -> None:
    window = make_window(State.of(EXPERIMENT, View(seeds=NETS)))
    assert "nets.csv" in folder.files(window.exported())
    (_, *rows), foot = table_of(window)
    known = simulate_seeds(EXPERIMENT, NETS)
    ratios = known.quantiles("delta_rms", (0.5,), relative=True)[0, :, 0]
    signals = known.quantiles("activation_rms", (0.5,))[0, :, -2]
    for index, row in enumerate(rows):
        kind, agreeing = known.verdicts(index)[0]
        assert row[:2] == [
            wording.scheme_name(EXPERIMENT.schemes[index]),
            wording.VERDICTS[kind],
        ]
        assert row[2].startswith(f"{agreeing} of {NETS} nets. ")
        for other, count in known.verdicts(index)[1:]:
            assert f"{count} nets: {wording.VERDICTS[other]}" in row[2]
        assert row[4] == wording.number(signals[index])
        losses = sorted(one.runs[index].loss for one in known.simulations)
        assert row[5] == wording.number(losses[NETS // 2 - 1], 4)
        card = window.cards.cards[index]
        assert row[2].split("; ")[0] in card.toolTip()
        assert f"median: {row[5]}" in card.toolTip()
    # The number that proves is the one in the column beside it, and not that of the first net.
    for index in (1, 2):
        median = wording.number(ratios[index])
        assert f"Median: layer 1 receives {median}\u00a0×" in rows[index][2]
        assert rows[index][3] == f"{median} ×"
        first = known.simulations[0].runs[index].layers
        assert median != wording.number(first[0].delta_rms / first[-1].delta_rms)
    assert rows[0][3] == "0 ×"
    assert f"the commonest among {NETS} nets with seeds from 3 on" in foot


def test_one_net_says_which_it_is_and_training_is_told_apart(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(State.of(EXPERIMENT))
    (head, *before), foot = table_of(window)
    assert head[-1] == "Loss"
    assert "Seed 3." in foot
    assert "nets" not in foot
    for row, card in zip(before, window.cards.cards, strict=True):
        assert row[2].split("; ")[0] in card.toolTip()
    assert window.training.train_to(3)
    qtbot.waitUntil(lambda: window.shows_step(3), timeout=20_000)
    (head, *after), foot = table_of(window)
    assert head[-1] == "Loss at step 3"
    assert [row[:-1] for row in after] == before
    assert window.picture is not None
    assert [float(row[-1]) for row in after] == pytest.approx(
        [run.loss for run in window.picture.simulation.runs], rel=1e-3
    )
    assert "loss at step 3 are of the net with seed 3; all else is before training" in foot
