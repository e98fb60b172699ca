"""Panel 1: what is drawn is what was sampled and what is exact."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from tests.gui.acting import choose_with_keys, settle, type_into
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import Quantity, layer_values
from winit_gui.defaults import default_experiment
from winit_gui.state import State, View
from winit_gui.window import Window

WIDE = {"hidden_widths": (64,) * 3}


def weights_of(window: Window, index: int) -> np.ndarray[Any, Any]:
    """Return the weights that panel 1 shows of a scheme."""
    assert window.picture is not None
    held = window.picture.weights
    values = layer_values(held.experiment, index, held.layer, Quantity.WEIGHT)
    return values.astype(np.float64).ravel()


def line(window: Window, index: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    x, y = window.weights.drawn["lines"].shown[index].getData()
    return np.asarray(x, dtype=float), np.asarray(y, dtype=float)


def bars(window: Window, index: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    x, y = window.weights.drawn["bars"].shown[index].getData()
    return np.asarray(x, dtype=float), np.asarray(y, dtype=float)


def state(schemes: tuple[Any, ...], scale: str = "near_rule", layer: int = 1) -> State:
    return State.of(small_experiment(schemes, **WIDE), View(weight_scale=scale, layer=layer))


RULES = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal")


@pytest.mark.parametrize("scale", ["near_rule", "log", "relative"])
def test_exact_lines_and_bars_integrate_to_one(make_window: MakeWindow, scale: str) -> None:
    window = make_window(state(RULES, scale))
    for index in range(len(RULES)):
        x, y = line(window, index)
        # log |weight| leaves out what lies below its lowest decade: some per mille.
        assert np.trapezoid(y, x) == pytest.approx(1, abs=0.006)
        edges, density = bars(window, index)
        assert len(edges) == len(density) + 1
        assert np.sum(density * np.diff(edges)) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("scale", ["near_rule", "log", "relative"])
def test_bars_are_the_histogram_of_the_weights(make_window: MakeWindow, scale: str) -> None:
    window = make_window(state(("small_normal", "he_normal"), scale))
    for index in range(2):
        weights = weights_of(window, index)
        shown = {
            "near_rule": weights,
            "log": np.log10(np.abs(weights)),
            "relative": weights * np.sqrt(64),
        }[scale]
        edges, density = bars(window, index)
        counts, _ = np.histogram(shown, edges)
        np.testing.assert_allclose(density * np.diff(edges) * weights.size, counts, atol=1e-6)


def test_sampled_and_exact_agree(make_window: MakeWindow) -> None:
    """Within four standard errors of a bin's count, for all but a few of the bins."""
    window = make_window(state(RULES))
    for index in range(len(RULES)):
        edges, density = bars(window, index)
        x, y = line(window, index)
        inner = [np.linspace(a, b, 21) for a, b in itertools.pairwise(edges)]
        expected = np.array([np.interp(points, x, y).mean() for points in inner])
        n, width = weights_of(window, index).size, np.diff(edges)
        error = np.sqrt(np.maximum(expected, 1 / n / width) / n / width)
        assert np.quantile(np.abs(density - expected) / error, 0.95) < 4


def test_all_schemes_share_one_axis(make_window: MakeWindow) -> None:
    window = make_window(state(RULES))
    assert window.picture is not None
    held = window.picture.weights
    (low, high), (bottom, top) = window.weights.area.item.getViewBox().viewRange()
    assert (low, high) == pytest.approx((held.low, held.high))
    assert bottom == 0
    for index in range(len(RULES)):
        edges, _ = bars(window, index)
        assert (edges[0], edges[-1]) == pytest.approx((held.low, held.high))
        assert line(window, index)[1].max() <= top


def test_constants_are_spikes_where_they_are(make_window: MakeWindow) -> None:
    half = SchemeChoice("constant", {"weight": 0.25})
    window = make_window(state(("zeros", half, "he_normal")))
    drawn = window.weights.drawn
    for index, value in ((0, 0.0), (1, 0.25)):
        x, y = drawn["spikes"].shown[index].getData()
        assert list(x) == [value, value]
        assert y[0] == 0
        assert y[1] > 0
        assert not drawn["lines"].shown[index].isVisible()
        assert not drawn["bars"].shown[index].isVisible()
        assert list(drawn["tops"].shown[index].getData()[0]) == [value]
    assert drawn["spikes"].shown[2].getData()[0] is None or not len(
        drawn["spikes"].shown[2].getData()[0]
    )
    notes = "\n".join(window.weights.notes)
    assert "Zero" in notes
    assert "all 0.25" in notes.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("scale", "value", "at"),
    [("log", 0.25, np.log10(0.25)), ("relative", 0.25, 0.25 * 8), ("near_rule", 0.25, 0.25)],
)
def test_a_spike_moves_with_the_axis(
    make_window: MakeWindow, scale: str, value: float, at: float
) -> None:
    choice = SchemeChoice("constant", {"weight": value})
    window = make_window(state((choice, "he_normal"), scale))
    x, _ = window.weights.drawn["spikes"].shown[0].getData()
    assert x[0] == pytest.approx(at)


def _notes(window: Window) -> str:
    return "\n".join(window.weights.notes).replace("\xa0", " ")


def test_what_lies_beyond_the_axis_is_said(make_window: MakeWindow) -> None:
    window = make_window(State.of(default_experiment()))
    notes = _notes(window)
    assert "Large random" in notes
    assert "to ±40 ↔" in notes
    assert "Small random" in notes
    assert "peak 39.9 ↑" in notes or "peak 40 ↑" in notes
    window.store.update_view("axis", weight_scale="log")


def test_on_the_logarithmic_axis_everything_is_seen(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(default_experiment()))
    choose_with_keys(qtbot, window, window.weights.scale, "log")
    settle(qtbot, window)
    notes = _notes(window)
    assert "↔" not in notes
    assert "↑" not in notes
    assert "Zero: all 0 ←" in notes
    assert window.picture is not None
    for index in range(2, 8):
        x, y = line(window, index)
        assert np.trapezoid(y, x) == pytest.approx(1, abs=0.006)
        assert x[0] < x[np.argmax(y)] < x[-1]


def test_the_panel_follows_layer_and_scheme(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment(("he_normal",), hidden_widths=(40, 20, 30))))
    spreads = []
    for layer in (1, 2, 3, 4):
        type_into(qtbot, window, window.weights.layer, str(layer))
        settle(qtbot, window)
        x, y = line(window, 0)
        spreads.append(float(np.sqrt(np.trapezoid(y * x**2, x))))
    expected = [np.sqrt(2 / fan_in) for fan_in in (64, 40, 20, 30)]
    assert spreads == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("scale", ["near_rule", "log", "relative"])
def test_every_scheme_of_the_catalogue_draws_finite_numbers(
    make_window: MakeWindow, scale: str
) -> None:
    experiment = small_experiment(tuple(SCHEMES), hidden_widths=(24,) * 3)
    window = make_window(State.of(experiment, View(weight_scale=scale)))
    for pool in window.weights.drawn.values():
        assert len(pool.shown) == len(SCHEMES)
        for item in pool.shown:
            for values in item.getData():
                if values is not None and len(values):
                    assert np.isfinite(values).all()
    (low, high), (bottom, top) = window.weights.area.item.getViewBox().viewRange()
    assert low < high
    assert bottom < top


def test_one_unit_and_one_layer_draw_too(make_window: MakeWindow) -> None:
    window = make_window(
        State.of(small_experiment(tuple(SCHEMES), hidden_widths=(1,), batch_size=1))
    )
    assert window.settled


def test_the_combo_box_names_the_axis(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(("he_normal",)))
    combo = window.weights.scale
    assert isinstance(combo, QComboBox)
    labels = {}
    for row in range(combo.count()):
        choose_with_keys(qtbot, window, combo, combo.itemData(row))
        settle(qtbot, window)
        labels[combo.itemData(row)] = window.weights.area.item.getAxis("bottom").labelText
        assert combo.itemData(row, Qt.ItemDataRole.ToolTipRole) == combo.toolTip()
    assert labels == {
        "near_rule": "weight",
        "log": "|weight|",
        "relative": "weight × √n_in",
    }
