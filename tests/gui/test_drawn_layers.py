"""Panels 2 and 3: heights are log10 of the numbers that `simulate` gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pyqtgraph import LinearRegionItem
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.acting import click_plot, heights, hover, place, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.experiment import Experiment
from winit_core.simulation import simulate
from winit_gui.panels.layer_chart import (
    Ends,
    LayerChart,
    Level,
    are_equal,
    coinciding,
    layer_chart,
    mark_offsets,
)
from winit_gui.panels.panel import Panel
from winit_gui.panels.signal_panel import beyond_ends
from winit_gui.state import State, View
from winit_gui.style import LIGHT, PROJECTOR
from winit_gui.wording import power_of_ten

OVERFLOWING = small_experiment(
    ("large_normal", "he_normal"), activation="relu", hidden_widths=(24,) * 45
)


def _log10(values: list[float]) -> np.ndarray:  # type: ignore[type-arg]
    with np.errstate(all="ignore"):
        return np.log10(np.array(values))


def test_lines_of_the_signal_are_the_measured_rms(make_window: MakeWindow) -> None:
    experiment = small_experiment()
    window = make_window(experiment)
    runs = simulate(experiment).runs
    for run, line in zip(runs, window.signal.drawn["lines"].shown, strict=True):
        x, y = line.getData()
        assert list(x) == [1, 2, 3, 4, 5]
        expected = _log10([layer.activation_rms for layer in run.layers])
        expected[~np.isfinite(expected)] = np.nan
        np.testing.assert_allclose(y, expected, rtol=1e-12)


def test_a_signal_of_zero_stands_on_its_level(make_window: MakeWindow) -> None:
    window = make_window(small_experiment(("zeros", "he_normal")))
    level = heights(window.signal.area)["0"]
    _, y = window.signal.drawn["points"].shown[0].getData()
    assert list(y) == pytest.approx([level] * 5, abs=pixel(window.signal))
    bottom, _ = window.signal.area.item.getViewBox().viewRange()[1]
    _, other = window.signal.drawn["lines"].shown[1].getData()
    assert bottom < level < np.min(other)
    notes = " ".join(window.signal.notes).replace("\xa0", " ")
    assert "Zero: 0 in layers 1–5" in notes


def pixel(panel: Panel) -> float:
    """Return one and a half pixels in the plot's own units: labels stand on whole ones."""
    return 1.5 * float(panel.area.item.getViewBox().viewPixelSize()[1])


READINGS = {
    "delta": lambda layer, rate: layer.delta_rms,
    "grad_weight": lambda layer, rate: layer.grad_weight_rms,
    "update_ratio": lambda layer, rate: rate * layer.grad_weight_rms / layer.weight_rms,
}


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("reading", READINGS)
def test_bars_of_the_gradient_end_at_the_measured_ratio(
    make_window: MakeWindow, reading: str, relative: bool
) -> None:
    experiment = small_experiment(
        ("constant", "small_normal", "large_normal", "glorot_normal", "he_uniform")
    )
    state = State.of(experiment, View(reading=reading, relative=relative))
    window = make_window(replace(state, training=replace(state.training, learning_rate=0.2)))
    bottom, top = window.gradient.area.item.getViewBox().viewRange()[1]
    for run, bars in zip(
        simulate(experiment).runs, window.gradient.drawn["bars"].shown, strict=True
    ):
        values = [READINGS[reading](layer, 0.2) for layer in run.layers]
        # What is nothing but rounding is marked as such and has no bar.
        told = np.array([not layer.delta_is_rounding for layer in run.layers])
        assert told[-1]
        expected = _log10([value / values[-1] if relative else value for value in values])[told]
        ends = bars.opts["y0"] + bars.opts["height"]
        np.testing.assert_allclose(ends, expected, rtol=1e-9, atol=1e-9)
        assert np.all(np.abs(bars.opts["x"] - np.arange(1, 6)[told]) < 0.5)
        assert np.all((ends >= bottom) & (ends <= top))
        if relative:
            assert np.all(bars.opts["y0"] == 0)
            assert ends[-1] == pytest.approx(0)


def test_an_error_of_zero_is_marked_and_not_drawn_as_a_bar(make_window: MakeWindow) -> None:
    window = make_window(small_experiment(("zeros", "he_normal")))
    level = heights(window.gradient.area)["0"]
    marks = window.gradient.drawn["marks"].shown
    _, y = marks[0].getData()
    assert list(y) == pytest.approx([level] * 4, abs=pixel(window.gradient))
    assert len(window.gradient.drawn["bars"].shown[0].opts["x"]) == 1
    assert len(marks[1].getData()[0]) == 0
    notes = " ".join(window.gradient.notes).replace("\xa0", " ")
    assert "Zero: 0 in layers 1–4" in notes


def test_infinity_and_nan_are_marked_above(make_window: MakeWindow) -> None:
    window = make_window(OVERFLOWING, size=(1920, 1080))
    run = simulate(OVERFLOWING).runs[0]
    rms = np.array([layer.activation_rms for layer in run.layers])
    assert not np.isfinite(rms).all()
    ticks = heights(window.signal.area)
    x, y = window.signal.drawn["points"].shown[0].getData()
    marked = {round(at): height for at, height in zip(x, y, strict=True)}
    _, top = window.signal.area.item.getViewBox().viewRange()[1]
    for layer, value in enumerate(rms, start=1):
        if np.isnan(value):
            assert marked[layer] == pytest.approx(ticks["NaN"], abs=pixel(window.signal))
        elif np.isinf(value):
            assert marked[layer] == pytest.approx(ticks["∞"], abs=pixel(window.signal))
    finite = _log10([value for value in rms if np.isfinite(value)])
    levels = [ticks[name] for name in ("∞", "NaN") if name in ticks]
    assert levels
    assert finite.max() < min(levels) < max(levels) < top


def test_a_deep_net_has_lines_in_place_of_bars(make_window: MakeWindow) -> None:
    experiment = small_experiment(hidden_widths=(8,) * 80)
    window = make_window(experiment)
    assert window.gradient.drawn["bars"].shown == []
    lines = window.gradient.drawn["lines"].shown
    assert len(lines) == 8
    runs = simulate(experiment).runs
    index = 5
    values = [layer.delta_rms for layer in runs[index].layers]
    rounding = [layer.delta_is_rounding for layer in runs[index].layers]
    assert not any(rounding)
    np.testing.assert_allclose(
        lines[index].getData()[1], _log10(values) - np.log10(values[-1]), rtol=1e-9, atol=1e-9
    )
    assert "lines" in window.gradient.sentence.whole


def test_decades_are_named_as_powers_of_ten(make_window: MakeWindow) -> None:
    window = make_window(OVERFLOWING, size=(1920, 1080))
    labels = heights(window.gradient.area)
    decades = {text: h for text, h in labels.items() if text not in ("0", "≈ 0", "∞", "NaN")}
    assert len(decades) >= 3
    for text, height in decades.items():
        assert text == power_of_ten(round(height))
        assert height == pytest.approx(round(height), abs=pixel(window.gradient))


@pytest.mark.parametrize("name", ["signal", "gradient"])
def test_a_click_on_a_layer_shows_it_in_panel_1(
    make_window: MakeWindow, qtbot: QtBot, name: str
) -> None:
    window = make_window()
    panel: Panel = getattr(window, name)
    middle = sum(panel.area.item.getViewBox().viewRange()[1]) / 2
    for layer in (4, 1, 5):
        click_plot(qtbot, panel.area, layer + 0.1, middle)
        assert window.store.state.view.layer == layer - 1
        settle(qtbot, window)
        assert window.picture is not None
        assert window.picture.weights.layer == layer - 1
        assert window.weights.layer.field.text() == str(layer)
        for other in (window.signal, window.gradient):
            (band,) = [i for i in other.area.item.items if isinstance(i, LinearRegionItem)]
            assert band.getRegion() == (layer - 0.5, layer + 0.5)


def test_another_button_chooses_nothing(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    before = window.store.state
    qtbot.mouseClick(
        window.signal.area.view.viewport(),
        Qt.MouseButton.RightButton,
        pos=place(window.signal.area, 4, 0),
    )
    assert window.store.state is before


def opacities(panel: Panel, kind: str) -> list[float]:
    return [item.opacity() for item in panel.drawn[kind].shown]


def all_opacities(window: object) -> list[list[float]]:
    return [
        opacities(panel, kind)
        for panel in window.panels  # type: ignore[attr-defined]
        for kind in panel.drawn
        if panel.drawn[kind].shown
    ]


THREE = ("constant", "small_normal", "he_normal")


@pytest.mark.parametrize("index", [0, 1, 2])
def test_hovering_a_card_fades_the_others_everywhere(
    make_window: MakeWindow, qtbot: QtBot, index: int
) -> None:
    window = make_window(small_experiment(THREE))
    wanted = [1.0 if i == index else LIGHT.faded for i in range(3)]
    hover(window, window.cards.cards[index])
    assert window.highlight.index == index
    assert all(found == wanted for found in all_opacities(window))
    assert [card.property("brought_forward") for card in window.cards.cards] == [
        i == index for i in range(3)
    ]
    hover(window, window.weights.sentence)
    assert window.highlight.index == -1
    assert all(found == [1.0] * 3 for found in all_opacities(window))


def test_a_projector_shows_what_is_faded(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(small_experiment(THREE), View(theme="projector")))
    hover(window, window.cards.cards[0])
    assert PROJECTOR.faded >= 0.3 > LIGHT.faded
    assert all(found == [1.0, *[PROJECTOR.faded] * 2] for found in all_opacities(window))


def test_hovering_a_line_brings_its_scheme_forward(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(THREE))
    area = window.signal.area
    for index, line in enumerate(window.signal.drawn["lines"].shown):
        x, y = line.getData()
        hover(window, area.view, place(area, float(x[1]), float(y[1])))
        assert window.highlight.index == index
        assert opacities(window.gradient, "bars")[index] == 1.0
    hover(window, window.signal.sentence)
    assert window.highlight.index == -1


def test_hovering_a_bar_brings_its_scheme_forward(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(THREE))
    area = window.gradient.area
    for index, bars in enumerate(window.gradient.drawn["bars"].shown):
        hover(window, area.view, place(area, float(bars.opts["x"][0]), -0.5))
        assert window.highlight.index == index
        assert opacities(window.signal, "lines")[index] == 1.0
    hover(window, area.view, place(area, 1.499, -0.5))
    assert window.highlight.index == -1


def test_hovering_an_exact_line_and_a_spike(make_window: MakeWindow, qtbot: QtBot) -> None:
    schemes = ("zeros", "he_normal")
    window = make_window(small_experiment(schemes))
    area = window.weights.area
    x, y = window.weights.drawn["lines"].shown[1].getData()
    at = int(np.argmin(np.abs(x - 0.5 * x.max())))
    hover(window, area.view, place(area, float(x[at]), float(y[at])))
    assert window.highlight.index == 1
    _, top = area.item.getViewBox().viewRange()[1]
    hover(window, area.view, place(area, 0.0, 0.5 * top))
    assert window.highlight.index == 0


def test_a_new_picture_keeps_who_is_forward(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(THREE))
    hover(window, window.cards.cards[1])
    window.store.update("seed", seed=3)
    settle(qtbot, window)
    assert opacities(window.signal, "lines") == [LIGHT.faded, 1.0, LIGHT.faded]


def test_lines_that_coincide_are_named(make_window: MakeWindow) -> None:
    same: Experiment = small_experiment(("glorot_normal", "glorot_normal", "he_normal"))
    window = make_window(same)
    notes = " ".join(window.signal.notes).replace("\xa0", " ")
    assert "Xavier normal = Xavier normal" in notes


def chart_of(*rows: list[float], **options: object) -> LayerChart:
    values = np.array(rows)
    return layer_chart(values, np.zeros(values.shape, dtype=bool), False, **options)  # type: ignore[arg-type]


def test_marks_of_a_single_scheme_stand_on_their_layer() -> None:
    def offsets(*rows: list[float]) -> list[float]:
        found = mark_offsets(chart_of(*rows), 0.5)
        return [found[scheme, Level.ZERO] for scheme in range(len(rows))]

    assert offsets([0, 0], [1, 2], [3, 4]) == [0, 0, 0]
    assert offsets([0, 1], [1, 0], [3, 4]) == [0, 0, 0]
    assert offsets([0, 0], [1, 2], [0, 4]) == [-0.25, 0, 0.25]


def test_panel_2_marks_a_single_dead_net_on_its_layers(make_window: MakeWindow) -> None:
    window = make_window(small_experiment(("zeros", "he_normal")))
    x, _ = window.signal.drawn["points"].shown[0].getData()
    assert list(x) == [1, 2, 3, 4, 5]


def test_what_can_be_read_off_the_axis_is_not_said_to_lie_beyond() -> None:
    ends = Ends(-12.0, 20.0, frozenset({Level.ZERO}))
    chart = chart_of([6.8e-13, 6.8e20], [1e-15, 1e24], ends=ends)
    assert beyond_ends(chart, 0) == []
    below, above = beyond_ends(chart, 1)
    assert "↓" in below
    assert "↑" in above


def test_lines_that_lie_on_one_another_are_equal_only_if_they_are() -> None:
    chart = chart_of([1.0, 1e-6, 0.0], [1.0, 1e-6, 0.0], [1.02, 1.01e-6, 0.0])
    assert coinciding(chart.y, 6.0) == [[0, 1, 2]]
    assert are_equal(chart.y, [0, 1])
    assert not are_equal(chart.y, [0, 1, 2])


def test_panel_2_tells_equal_lines_from_close_ones(make_window: MakeWindow) -> None:
    window = make_window(small_experiment(("he_normal", "he_uniform"), hidden_widths=(64,) * 3))
    area = window.signal
    lines = [line.getData()[1] for line in area.drawn["lines"].shown]
    assert np.abs(lines[0] - lines[1]).max() > 1e-6
    assert not any(" = " in note for note in area.notes)
