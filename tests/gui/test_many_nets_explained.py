"""With many nets, Explain and the theory's ticks speak of all of them, not of the first."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.prediction import predict
from winit_gui import wording
from winit_gui.picture import Request, make_picture
from winit_gui.state import State, View

NETS = 5


def scattering() -> State:
    """Return nets so narrow and deep that they disagree."""
    experiment = small_experiment(
        ("he_normal",), hidden_widths=(6,) * 10, activation="relu", batch_size=64
    )
    return State.of(experiment, View(seeds=NETS, explain=True, relative=False))


def test_the_page_counts_the_nets_and_shows_one_of_the_commonest_verdict() -> None:
    picture = make_picture(Request.of(scattering()))
    assert picture.ensemble is not None
    assert picture.explanation is not None
    counts = picture.ensemble.verdicts(0)
    assert len(counts) > 1, "these nets must disagree for this test to say anything"
    page = picture.explanation.html
    for kind, count in counts:
        assert f"{count} {wording.VERDICTS[kind]}" in page
    run, diagnosis = picture.representative(0)
    assert diagnosis.verdict is counts[0][0]
    assert f"seed {run.experiment.seed}" in page
    assert wording.number(run.loss, 4) in page


def test_one_net_is_explained_without_counting() -> None:
    state = State.of(scattering().experiment, View(explain=True))
    picture = make_picture(Request.of(state))
    assert picture.explanation is not None
    assert "Of 1 nets" not in picture.explanation.html
    assert "commonest" not in picture.explanation.html


def test_absolute_predictions_start_at_the_middle_net(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(scattering())
    assert window.picture is not None
    nets = window.picture.runs_by_net
    last = np.array([runs[0].layers[-1].delta_rms for runs in nets])
    middle = float(np.log10(np.sort(last)[NETS // 2]))
    assert middle != pytest.approx(np.log10(last[0]), abs=1e-3), "the first is not the middle one"
    experiment = window.store.state.experiment
    prediction = predict(experiment, experiment.schemes[0])
    assert prediction is not None
    ticks = window.gradient._ticks._ticks.shown[0]
    _, y = ticks.getData()
    np.testing.assert_allclose(y[::2], prediction.delta + middle, atol=1e-6)
    action(window, "Train or pause")
    settle(qtbot, window)
