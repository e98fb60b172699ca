"""The width of a curve is dragged in panel 1, by its handle, by the curve, by keys."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.acting import LEFT, action, hover, place, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.schemes import SchemeChoice
from winit_core.width import Fixed
from winit_gui import wording
from winit_gui.grab.width_grab import place_of_std, std_at_place
from winit_gui.picture import Request, make_picture
from winit_gui.state import State, View
from winit_gui.window import Window

FOUR = ("zeros", "small_normal", "glorot_normal", "he_uniform")
SMALL, XAVIER, HE = 1, 2, 3


def state(schemes: tuple[object, ...] = FOUR, **view: object) -> State:
    experiment = small_experiment(schemes, hidden_widths=(16,) * 3)
    return State.of(experiment, View(**view))  # type: ignore[arg-type]


def scheme(window: Window, index: int) -> SchemeChoice:
    return window.store.state.experiment.schemes[index]


def std(window: Window, index: int) -> float:
    now = window.store.state
    return now.experiment.weight_law(index, now.shown_layer).std


def take(qtbot: QtBot, window: Window, index: int) -> QPoint:
    """Press the handle of a scheme; return where it was pressed."""
    window.highlight.set(index)
    handle = window.width_grab.handle
    assert window.width_grab.index == index
    assert handle.isVisible()
    where = handle.rect().center()
    qtbot.mousePress(handle, LEFT, pos=where)
    assert window.store.dragging
    return where


def move_to(window: Window, x: float) -> None:
    """Move the taken handle to a place on panel 1's axis."""
    handle = window.width_grab.handle
    target = window.weights.area.place_of(x, 0.0)
    at = QPointF(handle.rect().center()) + QPointF(target.x() - handle.middle().x(), 0)
    QTest.mouseMove(handle, at.toPoint())
    QApplication.processEvents()


def let_go(qtbot: QtBot, window: Window) -> None:
    qtbot.mouseRelease(window.width_grab.handle, LEFT)
    settle(qtbot, window)


@pytest.mark.parametrize("scale", ["near_rule", "relative", "log"])
def test_the_handle_stands_on_the_curve_at_one_std(make_window: MakeWindow, scale: str) -> None:
    window = make_window(state(weight_scale=scale))
    for index in (SMALL, XAVIER, HE):
        window.highlight.set(index)
        law = window.store.state.experiment.weight_law(index, 1)
        x, y = place_of_std(law, 16, scale)
        assert std_at_place(x, law.mean, 16, scale) == pytest.approx(law.std)
        line_x, line_y = window.weights.drawn["lines"].shown[index].getData()
        assert y == pytest.approx(np.interp(x, line_x, line_y), rel=0.05)
        middle = window.width_grab.handle.middle()
        assert middle.x() == pytest.approx(window.weights.area.place_of(x, y).x(), abs=1)
        top = window.weights.area.item.getViewBox().viewRange()[1][1]
        if y < 0.9 * top:
            assert middle.y() == pytest.approx(window.weights.area.place_of(x, y).y(), abs=1)


@pytest.mark.parametrize(
    ("scale", "to"), [("near_rule", 0.31), ("relative", 0.31 * 4), ("log", math.log10(0.31))]
)
def test_dragging_sets_the_parameter_in_one_step(
    make_window: MakeWindow, qtbot: QtBot, scale: str, to: float
) -> None:
    window = make_window(state(weight_scale=scale))
    before = window.store.state
    take(qtbot, window, XAVIER)
    for share in (0.3, 0.7, 1.0):
        now = place_of_std(before.experiment.weight_law(XAVIER, 1), 16, scale)[0]
        move_to(window, now + share * (to - now))
        qtbot.waitUntil(lambda: window.settled)
    # A pixel of the small plot is some per cent of a narrow curve.
    assert std(window, XAVIER) == pytest.approx(0.31, rel=0.06)
    assert scheme(window, XAVIER).values["gain"] == pytest.approx(0.31 / 0.25, rel=0.06)
    times = wording.number(std(window, XAVIER) / 0.25, 3)
    assert f"{times} × Xavier normal" in window.weights.readout.whole
    let_go(qtbot, window)
    assert (
        window.store.undo_label == f"std of Xavier normal to {wording.number(std(window, XAVIER))}"
    )
    assert [scheme(window, i) for i in (0, SMALL, HE)] == [
        before.experiment.schemes[i] for i in (0, SMALL, HE)
    ]
    dragged = window.store.state
    window.store.undo()
    assert window.store.state == before
    assert not window.store.undo_label
    window.store.redo()
    assert window.store.state == dragged


def test_axes_stand_still_and_settle_after(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    panels = (window.weights, window.signal, window.gradient)

    def ranges() -> list[object]:
        return [panel.area.item.getViewBox().viewRange() for panel in panels]

    at_rest = ranges()
    take(qtbot, window, XAVIER)
    for x in (0.4, 0.05, 0.6):
        move_to(window, x)
        qtbot.waitUntil(lambda: window.settled)
        assert window.picture is not None
        assert window.picture.request.draft
        assert ranges() == at_rest
    let_go(qtbot, window)
    assert ranges() != at_rest
    fresh = make_window(State.of(window.store.state.experiment, window.store.state.view))
    assert ranges() == [
        panel.area.item.getViewBox().viewRange()
        for panel in (fresh.weights, fresh.signal, fresh.gradient)
    ]


def test_what_is_drawn_after_a_drag_is_what_a_fresh_computation_gives(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(state())
    take(qtbot, window, HE)
    for x in (0.1, 0.5, 0.22):
        move_to(window, x)
        qtbot.waitUntil(lambda: window.settled)
    let_go(qtbot, window)
    shown, fresh = window.picture, make_picture(Request.of(window.store.state))
    assert shown is not None
    assert shown.request == fresh.request
    for field in ("simulation", "initial", "diagnoses"):
        # NaN is not equal to itself: a similarity of zeros is one.
        assert repr(getattr(shown, field)) == repr(getattr(fresh, field))
    for kept, made in zip(shown.predictions, fresh.predictions, strict=True):
        assert str(kept) == str(made)
    assert (shown.weights.low, shown.weights.high) == (fresh.weights.low, fresh.weights.high)
    for kept_curve, made_curve in zip(shown.weights.curves, fresh.weights.curves, strict=True):
        np.testing.assert_array_equal(kept_curve.y, made_curve.y)
        np.testing.assert_array_equal(kept_curve.sampled.density, made_curve.sampled.density)


def test_a_prediction_is_never_stale_without_a_sign(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    take(qtbot, window, XAVIER)
    move_to(window, 0.5)
    qtbot.waitUntil(lambda: window.settled)
    picture = window.picture
    assert picture is not None
    assert picture.awaited == (XAVIER,)
    assert not picture.is_complete
    fills = window.signal._bands._fills.shown
    assert [fill.isVisible() for fill in fills] == [False, True, False, True]
    for panel in (window.signal, window.gradient):
        assert "prediction of Xavier normal follows" in panel.sentence.whole
    # The measurement is of the width that is being dragged.
    drawn = window.signal.drawn["lines"].shown[XAVIER].getData()[1]
    fresh = make_picture(Request.of(window.store.state)).simulation.runs[XAVIER]
    np.testing.assert_allclose(drawn, np.log10([layer.activation_rms for layer in fresh.layers]))
    let_go(qtbot, window)
    assert window.picture is not None
    assert window.picture.is_complete
    assert "follows" not in window.signal.sentence.whole


def test_escape_takes_a_drag_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    window.store.update("seed", seed=3)
    window.store.undo()
    settle(qtbot, window)
    before = window.store.state
    take(qtbot, window, XAVIER)
    move_to(window, 0.5)
    assert window.store.state != before
    qtbot.keyClick(window.width_grab.handle, Qt.Key.Key_Escape)
    assert window.store.state == before
    move_to(window, 0.1)
    assert window.store.state == before, "what was let go follows no longer"
    let_go(qtbot, window)
    assert not window.store.undo_label
    assert window.store.redo_label == "seed", "nothing is lost"


def test_the_curve_itself_can_be_taken(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(("glorot_normal",)))
    area = window.weights.area
    view = area.view.viewport()
    x = -0.3  # left of the middle
    y = float(window.store.state.experiment.weight_law(0, 1).density(x))
    start, end = place(area, x, y), place(area, 2 * x, y)
    hover(window, view, start)
    assert view.cursor().shape() is Qt.CursorShape.SizeHorCursor
    qtbot.mousePress(view, LEFT, pos=start)
    assert not window.store.dragging, "a press alone is no drag"
    QTest.mouseMove(view, end)
    QApplication.processEvents()
    assert std(window, 0) == pytest.approx(0.5, rel=0.03)
    qtbot.mouseRelease(view, LEFT, pos=end)
    settle(qtbot, window)
    assert not window.store.dragging
    window.store.undo()
    assert std(window, 0) == pytest.approx(0.25)


def test_keys_change_the_width(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    handle = window.width_grab.handle
    window.highlight.set(XAVIER)
    handle.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(handle.hasFocus)
    qtbot.keyClick(handle, Qt.Key.Key_Right)
    qtbot.keyClick(handle, Qt.Key.Key_Right)
    assert scheme(window, XAVIER).values["gain"] == pytest.approx(1.05**2, rel=0.005)
    qtbot.keyClick(handle, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert scheme(window, XAVIER).values["gain"] == pytest.approx(1.05**2 / 1.01, rel=0.01)
    assert "× Xavier normal" in handle.accessibleName()
    window.store.undo()
    assert scheme(window, XAVIER).values["gain"] == 1, "taps in a row are one step"
    qtbot.keyClick(handle, Qt.Key.Key_PageUp)
    assert scheme(window, XAVIER).values["gain"] == pytest.approx(1.05**10, rel=0.005)
    qtbot.keyClick(handle, Qt.Key.Key_Home)
    assert scheme(window, XAVIER).values["gain"] == 1
    qtbot.keyClick(handle, Qt.Key.Key_Down)
    assert window.width_grab.index == HE
    qtbot.keyClick(handle, Qt.Key.Key_Down)
    assert window.width_grab.index == SMALL, "Zero has no width"
    settle(qtbot, window)


def test_a_held_key_is_one_drag(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state())
    handle = window.width_grab.handle
    handle.setFocus(Qt.FocusReason.TabFocusReason)
    before = window.store.state
    qtbot.keyPress(handle, Qt.Key.Key_Right)
    qtbot.keyPress(handle, Qt.Key.Key_Right)
    assert window.store.dragging
    qtbot.keyClick(handle, Qt.Key.Key_Escape)
    assert window.store.state == before
    qtbot.keyRelease(handle, Qt.Key.Key_Right)
    assert not window.store.dragging
    settle(qtbot, window)


def test_the_range_of_the_parameter_ends_the_drag_with_a_word(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    widest = SchemeChoice("siren", {"omega_0": 0.02})
    window = make_window(state((widest,), weight_scale="log"))
    take(qtbot, window, 0)
    now = place_of_std(window.store.state.experiment.weight_law(0, 1), 16, "log")[0]
    move_to(window, now + 1.5)
    assert scheme(window, 0).values["omega_0"] == 0.01
    assert "omega 0 ends at 0.01" in window.weights.readout.whole
    let_go(qtbot, window)


@pytest.mark.parametrize(
    ("key", "reason"),
    [("zeros", Fixed.SPIKES), ("constant", Fixed.SPIKES), ("lsuv", Fixed.MEASURED)],
)
def test_a_scheme_without_a_width_says_why(
    make_window: MakeWindow, key: str, reason: Fixed
) -> None:
    window = make_window(state((key,)))
    assert not window.width_grab.handle.isVisible()
    x = {"zeros": 0.0, "constant": 0.5, "lsuv": 0.2}[key]
    law = window.store.state.experiment.weight_law(0, 1)
    y = float(law.density(x)) if key == "lsuv" else 1.0
    hover(window, window.weights.area.view.viewport(), place(window.weights.area, x, y))
    assert window.highlight.index == 0
    assert wording.FIXED_WIDTHS[reason] in window.weights.readout.whole


def test_with_many_nets_a_drag_shows_one(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(state(seeds=3))
    take(qtbot, window, XAVIER)
    move_to(window, 0.4)
    qtbot.waitUntil(lambda: window.settled)
    assert window.picture is not None
    assert window.picture.nets == 1
    assert "nets" not in window.signal.sentence.whole
    let_go(qtbot, window)
    assert window.picture.nets == 3
    assert "middle of 3 nets" in window.signal.sentence.whole


def test_a_training_rests_during_a_drag_and_begins_anew_after(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(state())
    window.store.update_training("steps", steps=100_000)
    action(window, "Train or pause").trigger()
    qtbot.waitUntil(lambda: window.session.history is not None and len(window.session.history) > 3)
    take(qtbot, window, XAVIER)
    assert not window.training.runs
    move_to(window, 0.4)
    let_go_at = window.store.state
    qtbot.mouseRelease(window.width_grab.handle, LEFT)
    assert window.training.runs
    assert (
        window.session.history is None or window.session.history.experiment == let_go_at.experiment
    )
    action(window, "Train or pause").trigger()
    qtbot.waitUntil(lambda: window.settled, timeout=20_000)
