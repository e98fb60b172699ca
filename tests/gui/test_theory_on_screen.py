"""What theory predicts, drawn over what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, choose_with_mouse, click, heights, hover, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.experiment import Experiment
from winit_core.prediction import RunPrediction, predict
from winit_core.simulation import simulate
from winit_gui.panels.bands import within
from winit_gui.panels.gradient_panel import bar_offsets
from winit_gui.state import State, View
from winit_gui.style import LIGHT
from winit_gui.window import Window

SCHEMES = ("constant", "small_normal", "glorot_normal", "he_normal")


def small(**changes: Any) -> Experiment:
    return small_experiment(SCHEMES, **{"hidden_widths": (16,) * 3, **changes})


def predictions(experiment: Experiment) -> list[RunPrediction | None]:
    return [predict(experiment, choice) for choice in experiment.schemes]


def clipped(values: Any, panel: Any) -> Any:
    return np.clip(values, *panel._chart.finite_ends)


def within_axis(values: Any, panel: Any) -> Any:
    low, high = panel._chart.finite_ends
    return np.where((values < low) | (values > high), np.nan, values)


def at_layers(x: Any, y: Any) -> Any:
    """Return the heights at whole layers: a line ends between them where the axis does."""
    return y[np.isin(x, np.round(x))]


def anything_predicted(window: Window) -> bool:
    pools = (
        window.signal._bands._fills,
        window.signal._bands._middles,
        window.gradient._ticks._ticks,
        window.gradient._ticks._lines,
        window.gradient._bands._fills,
    )
    return any(item.isVisible() for pool in pools for item in pool.shown)


def test_bands_of_the_signal_are_the_prediction(make_window: MakeWindow) -> None:
    experiment = small()
    window = make_window(experiment)
    bands = window.signal._bands
    drawn = zip(predictions(experiment), bands._fills.shown, bands._middles.shown, strict=True)
    predicted = 0
    for prediction, fill, middle in drawn:
        assert fill.isVisible() == middle.isVisible() == (prediction is not None)
        if prediction is None:
            continue
        predicted += 1
        x, y = middle.getData()
        wanted = within_axis(prediction.activation, window.signal)
        np.testing.assert_allclose(at_layers(x, y), wanted)
        x, y = fill.getData()
        y = at_layers(x, y)
        np.testing.assert_allclose(y[:4], clipped(prediction.activation_high, window.signal))
        np.testing.assert_allclose(y[4:][::-1], clipped(prediction.activation_low, window.signal))
        assert np.all(y[:4] >= y[4:][::-1])
    assert predicted == 3, "the constant one is not predicted"
    assert "predicted" in window.signal.sentence.whole


def band_of(
    prediction: RunPrediction, run: Any, view: View, rate: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the wanted low, middle and high, from the definition of each reading."""
    name = "delta" if view.reading == "delta" else "grad_weight"
    parts = [getattr(prediction, name + end).copy() for end in ("_low", "", "_high")]
    weights = np.array([layer.weight_rms for layer in run.layers])
    last = run.layers[-1]
    measured = last.delta_rms if view.reading == "delta" else last.grad_weight_rms
    if view.reading == "update_ratio":
        parts = [part - np.log10(weights / weights[-1]) for part in parts]
        measured *= rate / weights[-1]
    if not view.relative:
        parts = [part + np.log10(measured) for part in parts]
    return parts[0], parts[1], parts[2]


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("reading", ["delta", "grad_weight", "update_ratio"])
def test_ticks_of_the_gradient_are_the_prediction(
    make_window: MakeWindow, reading: str, relative: bool
) -> None:
    experiment = small()
    view = View(reading=reading, relative=relative)
    window = make_window(State.of(experiment, view))
    rate = window.store.state.training.learning_rate
    panel = window.gradient
    places = bar_offsets(4)
    whiskers = panel._ticks
    runs = simulate(experiment).runs
    for index, prediction in enumerate(predictions(experiment)):
        ticks, strokes = whiskers._ticks.shown[index], whiskers._lines.shown[index]
        assert ticks.isVisible() == strokes.isVisible() == (prediction is not None)
        if prediction is None:
            continue
        low, middle, high = band_of(prediction, runs[index], view, rate)
        bottom, top = panel._chart.readable_ends  # type: ignore[union-attr]
        inside = (bottom <= middle) & (middle <= top)
        assert inside.any()
        layers = np.arange(1, 5)[inside] + places[index]
        x, y = ticks.getData()
        np.testing.assert_allclose((x[::2] + x[1::2]) / 2, layers)
        np.testing.assert_allclose(y[::2], middle[inside])
        np.testing.assert_array_equal(y[::2], y[1::2])
        x, y = strokes.getData()
        np.testing.assert_allclose(x[::2], layers)
        np.testing.assert_allclose(y[::2], np.clip(low, bottom, top)[inside])
        np.testing.assert_allclose(y[1::2], np.clip(high, bottom, top)[inside])
        bars = panel.drawn["bars"].shown[index]
        assert np.all(np.abs(bars.opts["x"][-1] - (4 + places[index])) < 1e-9), "over its bar"
    assert "ticks predicted" in panel.sentence.whole


def test_a_prediction_ends_where_the_axis_does() -> None:
    x = np.arange(1.0, 5.0)
    middle = np.array([0.0, 1.0, 3.0, np.inf])
    at, low, drawn, high = within(x, (middle - 1, middle, middle + 1), 0.0, 2.0)
    seen = np.isfinite(drawn)
    assert at[seen].max() == pytest.approx(2.5)  # between 1 and 3 it passes 2
    assert drawn[seen].max() == pytest.approx(2)
    beyond = at >= 3
    assert beyond.any()
    assert np.isnan(drawn[beyond]).all()
    np.testing.assert_array_equal(low[beyond], high[beyond])  # nothing is filled there
    assert low.min() == 0
    assert high.max() == 2


def test_no_prediction_lies_on_the_rows_off_the_axis(make_window: MakeWindow) -> None:
    experiment = small_experiment(
        ("large_normal", "he_normal"), activation="relu", hidden_widths=(24,) * 45
    )
    window = make_window(experiment, size=(1920, 1080))
    levels = heights(window.signal.area)
    lowest_row = min(levels["∞"], levels["NaN"])
    for middle in window.signal._bands._middles.shown:
        y = middle.getData()[1]
        assert np.nanmax(y) < lowest_row
        assert np.isfinite(y[0])
    assert np.isnan(window.signal._bands._middles.shown[0].getData()[1][-1])
    notes = " ".join(window.signal.notes).replace("\xa0", " ")
    assert ": h infinite in layer" in notes


def test_a_wide_net_is_as_predicted(make_window: MakeWindow) -> None:
    experiment = small_experiment(("glorot_normal", "he_normal"), hidden_widths=(256,) * 4)
    window = make_window(experiment)
    drawn = zip(window.signal.drawn["lines"].shown, window.signal._bands._fills.shown, strict=True)
    for line, fill in drawn:
        _, measured = line.getData()
        edge = at_layers(*fill.getData())
        high, low = edge[:5], edge[5:][::-1]
        room = high - low + 0.02
        assert np.all((low - room <= measured) & (measured <= high + room))


def test_t_takes_it_away_and_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    entry = action(window, "Theory")
    assert entry.isChecked()
    assert anything_predicted(window)
    picture = window.picture
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert not window.store.state.view.theory
    assert not entry.isChecked()
    assert not anything_predicted(window)
    for panel in (window.signal, window.gradient):
        assert "predicted" not in panel.sentence.whole
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert window.store.state.view.theory
    assert anything_predicted(window)
    assert window.picture is picture, "nothing is computed for it"
    entry.trigger()
    assert not anything_predicted(window)
    window.store.undo()
    assert anything_predicted(window)


def test_it_speaks_of_the_first_weights_only(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    for count in (1, 2):
        click(qtbot, window, window.learning.single)
        qtbot.waitUntil(
            lambda count=count: (  # type: ignore[misc]
                window.session.history is not None and len(window.session.history) == count
            )
        )
        qtbot.waitUntil(lambda: not window.session._frame.isActive())
        settle(qtbot, window)
        assert anything_predicted(window) == (count == 1)
    assert window.store.state.view.theory
    assert "predicted" not in window.signal.sentence.whole
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Home)
    settle(qtbot, window)
    assert anything_predicted(window)


def test_a_deep_net_has_bands_in_panel_3(make_window: MakeWindow) -> None:
    schemes = ("small_normal", "he_normal") * 3
    window = make_window(small_experiment(schemes, hidden_widths=(4,) * 80))
    experiment = window.store.state.experiment  # in the order of the list
    bands = window.gradient._bands
    assert window.gradient._ticks._ticks.shown == []
    for prediction, middle in zip(predictions(experiment), bands._middles.shown, strict=True):
        assert prediction is not None
        np.testing.assert_allclose(
            at_layers(*middle.getData()), within_axis(prediction.delta, window.gradient), atol=1e-9
        )
    assert "bands predicted" in window.gradient.sentence.whole


def test_it_follows_the_activation(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small())
    choose_with_mouse(qtbot, window, window.side.activation, "relu")
    settle(qtbot, window)
    prediction = predict(small(activation="relu"), small().schemes[3])
    assert prediction is not None
    drawn = at_layers(*window.signal._bands._middles.shown[3].getData())
    np.testing.assert_allclose(drawn, within_axis(prediction.activation, window.signal))


def test_hovering_fades_the_predictions_of_others(make_window: MakeWindow) -> None:
    window = make_window(small())
    hover(window, window.cards.cards[3])
    for pool in (window.signal._bands._fills, window.gradient._ticks._ticks):
        assert [item.opacity() for item in pool.shown] == [LIGHT.faded] * 3 + [1.0]
    hover(window, window.weights.sentence)
    assert [item.opacity() for item in window.signal._bands._fills.shown] == [1.0] * 4
