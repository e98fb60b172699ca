"""The end of the hidden layers is dragged in panels 2 and 3."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.acting import LEFT, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.experiment import LayerOverride
from winit_core.schemes import SchemeChoice
from winit_gui.grab.depth_grab import DepthGrab
from winit_gui.panels.panel import Panel
from winit_gui.window import Window


def make(make_window: MakeWindow, **changes: object) -> Window:
    changes = {"hidden_widths": (16, 12, 16, 16, 14, 16), **changes}
    return make_window(small_experiment(("small_normal", "he_normal"), **changes))


def grab_of(window: Window, number: int) -> tuple[Panel, DepthGrab]:
    return window.panels[number - 1], window.depth_grabs[number - 2]


def widths(window: Window) -> tuple[int, ...]:
    return window.store.state.experiment.hidden_widths


def move_to(panel: Panel, grab: DepthGrab, x: float) -> None:
    place = panel.area.place_of(x, 0)
    shift = QPointF(place.x() - grab.handle.middle().x(), 0)
    QTest.mouseMove(grab.handle, (QPointF(grab.handle.rect().center()) + shift).toPoint())
    QApplication.processEvents()


@pytest.mark.parametrize("number", [2, 3])
def test_dragging_changes_the_depth_in_one_step(
    make_window: MakeWindow, qtbot: QtBot, number: int
) -> None:
    window = make(make_window)
    panel, grab = grab_of(window, number)
    before = window.store.state
    ends = panel.area.item.getViewBox().viewRange()
    at = panel.area.place_of(6.5, 0).x()
    assert grab.handle.middle().x() == pytest.approx(at, abs=1)
    qtbot.mousePress(grab.handle, LEFT)
    for x, depth in ((4.4, 4), (2.6, 2), (3.4, 3)):
        move_to(panel, grab, x)
        assert widths(window) == (16, 12, 16, 16, 14, 16)[:depth]
        qtbot.waitUntil(lambda: window.settled)
        assert panel.area.item.getViewBox().viewRange() == ends, "axes stand still"
        assert panel.readout.whole == f"{depth} hidden layers"
    qtbot.mouseRelease(grab.handle, LEFT)
    settle(qtbot, window)
    assert panel.area.item.getViewBox().viewRange()[0] == pytest.approx([0.5, 4.5])
    assert window.store.undo_label == "depth to 3 hidden layers"
    window.store.undo()
    assert window.store.state == before


def test_beyond_the_edge_the_net_grows(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make(make_window)
    panel, grab = grab_of(window, 2)
    qtbot.mousePress(grab.handle, LEFT)
    rect = panel.area.plot_rect()
    x, _ = panel.area.numbers_at(QPointF(rect.right() + 8, rect.center().y()))
    move_to(panel, grab, x)
    qtbot.waitUntil(lambda: len(widths(window)) >= 10)
    assert widths(window)[:6] == (16, 12, 16, 16, 14, 16)
    assert set(widths(window)[6:]) == {16}, "new layers are as wide as the last"
    qtbot.mouseRelease(grab.handle, LEFT)
    reached = len(widths(window))
    settle(qtbot, window)
    assert len(widths(window)) == reached
    window.store.undo()
    assert len(widths(window)) == 6


def test_escape_takes_it_back(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make(make_window)
    panel, grab = grab_of(window, 3)
    before = window.store.state
    qtbot.mousePress(grab.handle, LEFT)
    move_to(panel, grab, 2.5)
    assert len(widths(window)) == 2
    qtbot.keyClick(grab.handle, Qt.Key.Key_Escape)
    assert window.store.state == before
    qtbot.mouseRelease(grab.handle, LEFT)
    settle(qtbot, window)
    assert not window.store.undo_label


def test_keys_and_their_limits(make_window: MakeWindow, qtbot: QtBot) -> None:
    override = (LayerOverride(5, SchemeChoice("zeros")),)
    window = make(make_window, overrides=override)
    panel, grab = grab_of(window, 2)
    grab.handle.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(grab.handle.hasFocus)
    qtbot.keyClick(grab.handle, Qt.Key.Key_Right)
    assert len(widths(window)) == 7
    assert grab.handle.accessibleName() == "Depth: 7 hidden layers"
    for _ in range(2):
        qtbot.keyClick(grab.handle, Qt.Key.Key_PageDown)
    assert len(widths(window)) == 1
    assert "there must be one" in panel.readout.whole
    assert not window.store.state.experiment.overrides, "of a layer that is no more"
    settle(qtbot, window)
    window.store.undo()
    assert len(widths(window)) == 6, "taps in a row are one step"
    assert window.store.state.experiment.overrides == override
    settle(qtbot, window)


def test_a_net_too_large_for_memory_is_refused(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(("zeros",), hidden_widths=(4096,) * 2, batch_size=1))
    panel, grab = grab_of(window, 2)
    grab.handle.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(4):
        qtbot.keyPress(grab.handle, Qt.Key.Key_PageUp)
    reached = len(widths(window))
    assert reached in (22, 32)
    assert "GiB" in panel.readout.whole
    qtbot.keyClick(grab.handle, Qt.Key.Key_Escape)
    assert len(widths(window)) == 2
    window.close()


def test_the_handles_can_be_touched(make_window: MakeWindow, qtbot: QtBot) -> None:
    """A finger: what no widget takes as touch comes as the mouse."""
    window = make(make_window)
    panel, grab = grab_of(window, 3)
    screen = QTest.createTouchDevice()
    start = grab.handle.rect().center()
    shift = panel.area.place_of(3.5, 0).x() - grab.handle.middle().x()
    touch = QTest.touchEvent(window.windowHandle(), screen)

    def inside(point: QPoint) -> QPoint:
        return grab.handle.mapTo(window, point)

    end = inside(start + QPoint(round(shift), 0))
    touch.press(0, inside(start)).commit()
    touch.move(0, end).commit()
    QApplication.processEvents()
    assert len(widths(window)) == 3
    touch.release(0, end).commit()
    settle(qtbot, window)
    assert not window.store.dragging
