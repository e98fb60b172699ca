"""Pinned experiments: what is kept, what is drawn of it, and that nothing of it is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.gui.acting import LEFT, action, click, heights, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.errors import ExperimentError
from winit_core.files.experiment_file import FileError
from winit_core.schemes import SchemeChoice
from winit_core.simulation import simulate
from winit_gui.experiment_files import state_of, text_of
from winit_gui.highlight import NOBODY
from winit_gui.panels.gradient_panel import reading_of
from winit_gui.panels.plot_area import PlotArea
from winit_gui.pins.ghost_items import GhostItems
from winit_gui.pins.ghosts import OTHER, GhostLine, GhostRequest, ghosts, owner_of
from winit_gui.pins.pin import (
    MAX_PINS,
    Pin,
    changed,
    pins_from,
    swapped,
    usual_name,
    with_pinned,
    without,
)
from winit_gui.settings import Settings
from winit_gui.state import State
from winit_gui.style import LIGHT
from winit_gui.window import Window

TANH = small_experiment(("small_normal", "he_normal"))
RELU = replace(TANH, activation="relu")


def test_names_say_what_differs() -> None:
    assert usual_name(TANH, []) == "Tanh, 4 × 16"
    assert usual_name(TANH, ["Tanh, 4 × 16"]) == "Tanh, 4 × 16, seed 0"
    assert usual_name(replace(TANH, hidden_widths=(3, 4)), []) == "Tanh, 2 layers"
    pins: tuple[Pin, ...] = ()
    for _ in range(MAX_PINS):
        pins = with_pinned(pins, TANH)
    assert len({pin.name for pin in pins}) == MAX_PINS


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, 7, None])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(ExperimentError, match="name"):
        Pin(name, TANH)


def test_a_list_of_pins() -> None:
    pins = with_pinned(with_pinned((), TANH), RELU)
    assert [pin.experiment for pin in pins] == [TANH, RELU]
    assert without(pins, 0) == pins[1:]
    with pytest.raises(ExperimentError, match="a name of its own"):
        changed(pins, 0, name=pins[1].name)
    deep = replace(TANH, hidden_widths=(8,) * 9)
    assert swapped(pins, 0, deep) == (Pin("Tanh, 9 × 8", deep), pins[1])
    assert swapped(pins, 0, deep, "Mine") == (Pin("Mine", deep), pins[1])
    assert swapped(pins, 0, deep, pins[1].name) == swapped(pins, 0, deep), "a name is used once"
    full = pins
    while len(full) < MAX_PINS:
        full = with_pinned(full, TANH)
    with pytest.raises(ExperimentError, match="at most 5"):
        with_pinned(full, TANH)


@pytest.mark.parametrize(
    "plain",
    [{}, "pins", [7], [{"name": "a"}], [{"name": "a", "experiment": {}, "else": 1}]],
)
def test_plain_values_that_are_no_pins_are_refused(plain: object) -> None:
    with pytest.raises(ExperimentError):
        pins_from(plain)


def test_pins_survive_files_and_settings(settings_file: Path) -> None:
    pins = (Pin("before “the” change", RELU), Pin("b", replace(TANH, seed=3), shown=False))
    state = replace(State.of(TANH), pins=pins)
    assert state_of(text_of(state)) == state
    assert State.from_dict(state.to_dict()) == state
    settings = Settings(settings_file)
    settings.save_state(state)
    settings.flush()
    assert Settings(settings_file).state() == state


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('name = "a"', 'name = ""', "pin1.name"),
        ('name = "b"', 'name = "a"', "pin2"),
        ("shown = false", "shown = 0", "pin2.shown"),
        ("seed = 77", "seed = -77", "pin2.seed"),
        ("[pin2]", "[pin6]", "pin6"),
    ],
)
def test_a_pin_that_cannot_be_is_refused_with_its_line(old: str, new: str, key: str) -> None:
    pins = (Pin("a", RELU), Pin("b", replace(TANH, seed=77), shown=False))
    text = text_of(replace(State.of(TANH), pins=pins))
    assert text.count(old) == 1
    with pytest.raises(FileError) as caught:
        state_of(text.replace(old, new))
    assert caught.value.key.startswith(key.split(".")[0])
    assert caught.value.line > 0


def test_a_file_of_the_deepest_nets_can_be_read_again() -> None:
    from winit_core.experiment import LayerOverride

    overrides = tuple(LayerOverride(n, "glorot_normal") for n in range(1000))
    deep = replace(TANH, hidden_widths=(20,) * 1000, overrides=overrides)
    pins = tuple(Pin(f"pin {n}", replace(deep, seed=n)) for n in range(MAX_PINS))
    state = replace(State.of(deep), pins=pins)
    assert state_of(text_of(state)) == state


def test_a_ghost_is_what_the_experiment_gives() -> None:
    request = GhostRequest((Pin("r", RELU), Pin("t", TANH)), 2, "near_rule", "okabe_ito")
    first, second = ghosts(request, {})
    assert repr(first.simulation) == repr(simulate(RELU))
    assert (first.name, second.name) == ("r", "t")
    assert (first.number, second.number) == (0, 1)
    for curve in first.curves:
        assert np.trapezoid(curve.y, curve.x) == pytest.approx(1, abs=5e-3)
    known = simulate(TANH)
    again = ghosts(request, {TANH: known})
    assert again[1].simulation is known


def test_a_layer_that_a_ghost_lacks_has_no_curves() -> None:
    request = GhostRequest((Pin("t", TANH),), TANH.depth + 1, "log", "okabe_ito")
    assert ghosts(request, {})[0].curves == ()


def test_a_ghost_belongs_to_the_scheme_of_its_kind() -> None:
    compared = (SchemeChoice("normal", {"std": 0.1}), SchemeChoice("normal", {"std": 0.2}))
    assert owner_of(SchemeChoice("normal", {"std": 0.2}), compared) == 1
    assert owner_of(SchemeChoice("normal", {"std": 0.3}), compared) == 0
    assert owner_of(SchemeChoice("zeros"), compared) == OTHER


def pinned(window: Window, qtbot: QtBot) -> None:
    """Pin what is shown, and change the activation."""
    action(window, "Pin this experiment").trigger()
    window.store.update("activation", activation="relu")
    settle(qtbot, window)


def test_ghosts_stay_while_the_experiment_changes(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(TANH)
    pinned(window, qtbot)
    truth = simulate(TANH)
    assert [ghost.name for ghost in window.signal.ghosts] == ["Tanh, 4 × 16"]
    for run, ghost in zip(truth.runs, window.signal.ghosts[0].runs, strict=True):
        assert repr(run) == repr(ghost)
    for panel in (window.weights, window.signal, window.gradient):
        notes = " ".join(panel.notes).replace("\xa0", " ")
        assert "pinned: Tanh, 4 × 16" in notes, panel.title
    view = window.store.state.view
    chart_values = np.log10(reading_of(truth.runs[0], view, 0.1))
    # The outline of a bar reaches the pinned value.
    outline = window.gradient.ghost_lines[0]
    tops = outline.y.reshape(-1, 5)[:, 1]
    np.testing.assert_allclose(tops, chart_values)
    expected = np.log10([layer.activation_rms for layer in truth.runs[1].layers])
    np.testing.assert_allclose(window.signal.ghost_lines[1].y, expected)


def test_ghosts_are_within_the_axes(make_window: MakeWindow, qtbot: QtBot) -> None:
    state = replace(State.of(TANH), pins=(Pin("far", small_experiment(("large_normal",))),))
    window = make_window(replace(state, view=replace(state.view, relative=False)))
    for panel in (window.signal, window.gradient):
        low, high = panel.area.item.getViewBox().viewRange()[1]
        for line in panel.ghost_lines:
            heights = line.y[np.isfinite(line.y)]
            assert low <= heights.min() <= heights.max() <= high


def test_every_kind_of_value_has_its_place(make_window: MakeWindow, qtbot: QtBot) -> None:
    wild = small_experiment(
        ("zeros", "constant", SchemeChoice("normal", {"std": 1e6})),
        activation="relu",
        hidden_widths=(16,) * 8,
    )
    window = make_window(replace(State.of(TANH), pins=(Pin("wild", wild),)))
    lines = window.signal.ghost_lines
    assert [line.owner for line in lines] == [OTHER] * 3
    assert all(np.isfinite(line.y).all() for line in lines)
    ticks = set(heights(window.signal.area))
    assert "0" in ticks
    assert ticks & {"∞", "NaN"}


def test_a_highlighted_scheme_keeps_its_ghost(qtbot: QtBot) -> None:
    area = PlotArea()
    qtbot.addWidget(area)
    items = GhostItems(area, 8)
    there = np.arange(3.0)
    lines = [GhostLine(0, owner, "#0072B2", there, there) for owner in (0, 1, OTHER)]
    items.show(lines, LIGHT)
    items.bring_forward(1)
    assert [item.opacity() for item in items.shown] == [LIGHT.faded, 1.0, LIGHT.faded]
    items.bring_forward(NOBODY)
    assert [item.opacity() for item in items.shown] == [1.0, 1.0, 1.0]
    items.show(lines[:1], LIGHT)
    assert [item.isVisible() for item in items.shown] == [True]
    assert [item.opts["pen"].style() for item in items.shown] == [Qt.PenStyle.CustomDashLine]


def test_hide_show_and_remove_with_the_mouse(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(TANH)
    click(qtbot, window, window.pin_bar.add)
    button = window.pin_bar.buttons[0]
    assert button.isVisible()
    assert button.accessibleName() == "Pinned: Tanh, 4 × 16"
    window.store.update("seed", seed=5)
    settle(qtbot, window)
    assert window.signal.ghosts
    qtbot.mouseClick(button, LEFT, pos=button.rect().center() / 2)
    settle(qtbot, window)
    assert window.store.state.pins[0].shown is False
    assert window.signal.ghosts == ()
    assert window.store.undo_label == "hide Tanh, 4 × 16"
    menu = button.menu()
    assert isinstance(menu, QMenu)
    next(a for a in menu.actions() if "move" in a.text()).trigger()
    assert window.store.state.pins == ()
    assert not button.isVisible()


def test_swapping_twice_leads_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(TANH)
    pinned(window, qtbot)
    before = window.store.state
    swap = action(window, "Swap with the last pin")
    swap.trigger()
    settle(qtbot, window)
    state = window.store.state
    assert state.experiment == TANH
    assert [pin.experiment for pin in state.pins] == [before.experiment]
    assert tuple(row.choice for row in state.rows if row.ticked) == TANH.schemes
    swap.trigger()
    settle(qtbot, window)
    assert window.store.state == before
    window.store.undo()
    window.store.undo()
    assert window.store.state == before


def test_a_name_goes_with_its_experiment(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(TANH)
    pinned(window, qtbot)
    window.pins.rename(0, "Mine")
    before = window.store.state
    swap = action(window, "Swap with the last pin")
    swap.trigger()
    settle(qtbot, window)
    assert [pin.name for pin in window.store.state.pins] != ["Mine"], "this is another experiment"
    swap.trigger()
    settle(qtbot, window)
    assert window.store.state == before
    swap.trigger()
    action(window, "Pin this experiment").trigger()
    settle(qtbot, window)
    assert window.store.state.pins[-1] == before.pins[0]


def test_what_cannot_be_pinned_says_why(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(TANH)
    pin = action(window, "Pin this experiment")
    pin.trigger()
    pin.trigger()
    assert "pinned already" in window.brief.text()
    assert len(window.store.state.pins) == 1
    for seed in range(1, MAX_PINS):
        window.store.update("seed", seed=seed)
        pin.trigger()
    window.store.update("seed", seed=99)
    before = window.store.state
    pin.trigger()
    assert window.store.state == before
    assert "remove one first" in window.brief.text()
    window.pins.rename(0, window.store.state.pins[1].name)
    assert window.store.state == before
    assert "cannot be" in window.brief.text()
    window.pins.rename(0, "Mine")
    assert window.store.state.pins[0].name == "Mine"
    settle(qtbot, window)


def test_pins_stay_when_another_experiment_comes(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(TANH)
    action(window, "Pin this experiment").trigger()
    pins = window.store.state.pins
    action(window, "Back to the first experiment").trigger()
    assert window.store.state.pins == pins
    action(window, "New").trigger()
    assert window.store.state.pins == ()
    window.store.undo()
    assert window.store.state.pins == pins
    window.store.update("small again", hidden_widths=(8,) * 3, batch_size=16)
    settle(qtbot, window)


def test_the_button_is_not_called_as_that_of_the_curves(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(TANH, size=(1024, 700))
    tabs, add = window.tabs.tabBar(), window.pin_bar.add
    action(window, "Pin this experiment").trigger()
    for width in (1024, 1280):
        window.resize(width, 700)
        settle(qtbot, window)
        assert add.text() == "Pin result"
        assert add.text() != window.learning.pin.text()
        assert add.width() >= add.sizeHint().width()
        assert tabs.width() >= tabs.sizeHint().width(), "no tab loses its name"
    assert "Ctrl+P" in add.toolTip()
    assert "panel 4" in add.toolTip()
    window.resize(800, 600)
    settle(qtbot, window)
    assert add.text() == "Pin"
    assert add.width() >= add.sizeHint().width()


def test_the_buttons_keep_within_their_room(make_window: MakeWindow, qtbot: QtBot) -> None:
    pins = tuple(Pin(f"a rather long name number {n}", replace(TANH, seed=n)) for n in range(5))
    window = make_window(replace(State.of(TANH), pins=pins), size=(1024, 700))
    tabs = window.tabs.tabBar()
    right = tabs.mapTo(window, tabs.rect().topRight()).x()
    bar = window.pin_bar
    for button in [b for b in (*bar.buttons, bar.whole, bar.add) if b.isVisible()]:
        assert button.mapTo(window, button.rect().topLeft()).x() >= right
        assert button.mapTo(window, button.rect().topRight()).x() < window.width()
    assert tabs.width() >= tabs.sizeHint().width()
    assert bar.whole.isVisible()
    assert bar.whole.text() == "5 pinned"
    menu = bar.whole.menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    assert menu.actions()[0].text() == "&1 a rather long name number 0"
    window.resize(1700, 700)
    settle(qtbot, window)
    assert [button.isVisible() for button in bar.buttons] == [True] * 5
    assert not bar.whole.isVisible()
