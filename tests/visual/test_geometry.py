"""Nothing on screen is clipped, overlapping or outside, at three sizes and in every theme."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.acting import axis_labels, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.schemes import SCHEMES
from winit_gui.defaults import default_experiment
from winit_gui.panels.plot_area import PlotArea
from winit_gui.state import State, View
from winit_gui.window import Window

SIZES = [(1280, 720), (1440, 900), (1920, 1080)]
THEMES = ["light", "dark", "projector"]


def place(widget: QWidget, window: QWidget) -> QRect:
    """Return where a widget is in the window."""
    return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


def assert_tidy(window: Window, axes: bool = True) -> None:
    """Assert that every text is inside, and that no two parts lie on one another."""
    for label in window.findChildren(QLabel):
        in_scroll_area = any(
            area.isAncestorOf(label) for area in (window.side, window.cards, *scrolled(window))
        )
        if label.isVisible() and not in_scroll_area:
            assert window.rect().contains(place(label, window)), label.text()
            assert label.visibleRegion().boundingRect() == label.rect(), label.text()
    for label in window.side.findChildren(QLabel):
        if label.isVisible():
            assert place(label, window).right() < window.side.width(), label.text()
    shown = [panel for panel in window.panels if panel.isVisible()]
    for first, second in combinations(shown, 2):
        assert not place(first, window).intersects(place(second, window))
    parts = [window.side, *(scrolled(window) or shown), window.cards]
    for first, second in combinations(parts, 2):
        assert not place(first, window).intersects(place(second, window))
    for part in parts:
        assert window.rect().contains(place(part, window))
    for panel in window.panels:
        if not panel.isVisible():
            continue
        inside = [panel.sentence, panel.strip, panel.area]
        inside = [widget for widget in inside if widget.isVisible()]
        for one, other in combinations(inside, 2):
            assert not place(one, window).intersects(place(other, window))
        if axes:
            assert_axes(panel.area)
    assert window.side.horizontalScrollBar().maximum() == 0


def scrolled(window: Window) -> list[QWidget]:
    """Return what the panels scroll in, if there is more of them than can be seen."""
    scroll = window.grid.findChild(QScrollArea)
    assert isinstance(scroll, QScrollArea)
    return [scroll] if scroll.verticalScrollBar().maximum() else []


def assert_axes(area: QWidget) -> None:
    """Assert that the labels of the axes are inside the plot and apart from one another."""
    room = QRectF(area.view.viewport().rect()).adjusted(-1, -1, 1, 1)  # type: ignore[attr-defined]
    for side in ("left", "bottom"):
        labels = axis_labels(area, side)  # type: ignore[arg-type]
        assert len(labels) >= (2 if area.isEnabled() else 0)
        for text, where in labels:
            assert room.contains(where), (side, text)
        for (one, first), (other, second) in combinations(labels, 2):
            overlap = first.adjusted(1, 3, -1, -3).intersects(second.adjusted(1, 3, -1, -3))
            assert not overlap, (side, one, other)


def clipped(window: Window) -> list[str]:
    """Return the texts that have less room than they need; what elides, elides on purpose."""
    found = []
    for label in window.findChildren(QLabel):
        if not label.isVisible() or not label.text() or type(label) is not QLabel:
            continue
        if label.wordWrap():
            fits = label.height() >= label.heightForWidth(label.width())
        else:
            needed = label.sizeHint()
            fits = label.width() >= needed.width() and label.height() >= needed.height() - 2
        if not fits:
            sizes = f"{label.size().toTuple()} {label.sizeHint().toTuple()}"
            found.append(f"{label.objectName()} {label.text()!r} {sizes}")
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
def test_the_first_picture_is_tidy(
    make_window: MakeWindow, size: tuple[int, int], theme: str
) -> None:
    window = make_window(State.of(default_experiment(), View(theme=theme)), size=size)
    assert (window.width(), window.height()) == size
    assert_tidy(window)
    assert not scrolled(window)
    assert clipped(window) == []


@pytest.mark.parametrize("size", [(800, 560), (1024, 700)])
def test_a_small_window_is_tidy(make_window: MakeWindow, size: tuple[int, int]) -> None:
    window = make_window(State.of(default_experiment(), View(theme="light")), size=size)
    assert (window.width(), window.height()) == size
    assert_tidy(window)
    assert bool(scrolled(window)) == (size == (800, 560))


@pytest.mark.parametrize("theme", ["light", "projector"])
@pytest.mark.parametrize("size", [(1024, 700), (1280, 720)])
def test_large_type_in_a_small_window_is_tidy(
    make_window: MakeWindow, qtbot: QtBot, size: tuple[int, int], theme: str
) -> None:
    """Names and numbers of the axes are whole; panels that have no room for them scroll."""
    view = View(theme=theme, type_size=160)
    window = make_window(State.of(default_experiment(), view), size=size)
    assert (window.width(), window.height()) == size
    assert_tidy(window)
    assert clipped(window) == []
    for panel in window.panels:
        assert axis_name(panel.area, "left") == panel.area.labels[1], "there is room for it"
    (scroll,) = scrolled(window)
    assert isinstance(scroll, QScrollArea)
    for panel in window.panels:  # each can be scrolled to, as a whole or to its top
        scroll.ensureWidgetVisible(panel.area, 0, 0)
        seen = panel.area.view.viewport().visibleRegion().boundingRect().height()
        assert seen >= min(panel.area.height(), scroll.height()) - 1
    tabs = window.tabs
    assert "…" not in "".join(tabs.tabText(index) for index in range(tabs.count()))
    assert tabs.tabText(3) == "&Phase"
    assert tabs.tabToolTip(3) == "Phase plane"


def axis_name(area: PlotArea, side: str) -> str:
    """Return the name that is written along an axis, all of which must be seen."""
    axis = area.item.getAxis(side)
    if not axis.label.isVisible():
        return ""
    room = QRectF(area.view.viewport().rect()).adjusted(-1, -1, 1, 1)
    where = axis.label.mapRectToScene(axis.label.boundingRect().adjusted(4, 4, -4, -4))
    assert room.contains(area.view.viewportTransform().mapRect(where)), axis.labelText
    text: str = axis.labelText
    return text


def test_panels_in_a_column_follow_the_keyboard_and_the_wheel(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    view = View(theme="light", type_size=160)
    window = make_window(State.of(small_experiment(), view), size=(1024, 700))
    (scroll,) = scrolled(window)
    assert isinstance(scroll, QScrollArea)
    assert [place(panel, window).left() for panel in window.panels] == [
        place(window.weights, window).left()
    ] * 4
    bar = scroll.verticalScrollBar()
    over = window.weights.area
    where = QPointF(over.mapTo(window, over.rect().center()))
    QTest.wheelEvent(window.windowHandle(), where, QPoint(0, -120))
    QApplication.processEvents()
    assert bar.value() > 0
    bar.setValue(0)
    window.gradient.reading.setFocus(Qt.FocusReason.TabFocusReason)
    assert not window.gradient.reading.visibleRegion().isEmpty()
    at = bar.value()
    assert at > 0
    qtbot.keyClick(window.gradient.reading, Qt.Key.Key_PageDown)
    window.gradient.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.keyClick(window.gradient, Qt.Key.Key_PageUp)
    assert bar.value() < at
    window.store.update_view("alone", enlarged=3)
    settle(qtbot, window)
    assert_tidy(window)
    window.store.update_view("again", enlarged=0, type_size=100)
    settle(qtbot, window)
    assert not scrolled(window)
    assert place(window.signal, window).top() == place(window.weights, window).top()
    assert window.tabs.tabText(3) == "&Phase plane"


@pytest.mark.parametrize(
    "changes",
    [
        {"schemes": ("he_normal",)},
        {"schemes": tuple(SCHEMES)},
        {"hidden_widths": (8,) * 100},
        {"hidden_widths": (1,), "batch_size": 1},
        {"activation": "relu", "hidden_widths": (24,) * 45},
        {"activation": "identity", "loss": "mse", "dataset": "gaussian"},
    ],
    ids=["one", "all", "deep", "tiny", "overflowing", "linear"],
)
@pytest.mark.parametrize("scale", ["near_rule", "log"])
def test_other_experiments_are_tidy(
    make_window: MakeWindow, changes: dict[str, object], scale: str
) -> None:
    view = View(theme="light", weight_scale=scale, reading="update_ratio", relative=False)
    window = make_window(State.of(small_experiment(**changes), view), size=(1280, 720))  # type: ignore[arg-type]
    assert_tidy(window)


@pytest.mark.parametrize("theme", THEMES)
def test_each_panel_alone_is_tidy(make_window: MakeWindow, qtbot: QtBot, theme: str) -> None:
    window = make_window(State.of(default_experiment(), View(theme=theme)), size=(1440, 900))
    for number in (1, 2, 3, 4):
        window.store.update_view("alone", enlarged=number)
        settle(qtbot, window)
        QApplication.processEvents()
        assert_tidy(window)
        panel = window.panels[number - 1]
        assert panel.area.height() > 0.35 * window.height()


def test_resizing_keeps_everything_tidy(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(default_experiment(), View(theme="light")))
    for size in [(1920, 1080), (1024, 700), (1440, 900), (1280, 720)]:
        window.resize(*size)
        for _ in range(3):
            QApplication.processEvents()
        assert (window.width(), window.height()) == size
        assert_tidy(window)


def test_the_plots_of_the_upper_row_begin_at_one_height(make_window: MakeWindow) -> None:
    window = make_window(State.of(default_experiment(), View(theme="light")), size=(1440, 900))
    tops = {place(panel.area, window).top() for panel in (window.weights, window.signal)}
    assert len(tops) == 1


def test_no_text_on_top_of_curves(make_window: MakeWindow) -> None:
    """Words stand above the plots, in strip and sentence; inside is nothing but drawing."""
    from pyqtgraph import LegendItem, TextItem

    window = make_window(State.of(default_experiment(), View(theme="light")))
    for panel in window.panels:
        assert not [i for i in panel.area.item.items if isinstance(i, TextItem | LegendItem)]
        assert panel.area.view.focusPolicy() == Qt.FocusPolicy.ClickFocus
