"""Nothing on screen is clipped, overlapping or outside, at three sizes and in every theme."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.acting import axis_labels, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.schemes import SCHEMES
from winit_gui.defaults import default_experiment
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
        in_scroll_area = window.side.isAncestorOf(label) or window.cards.isAncestorOf(label)
        if label.isVisible() and not in_scroll_area:
            assert window.rect().contains(place(label, window)), label.text()
            assert label.visibleRegion().boundingRect() == label.rect(), label.text()
    for label in window.side.findChildren(QLabel):
        if label.isVisible():
            assert place(label, window).right() < window.side.width(), label.text()
    parts = [window.side, *(p for p in window.panels if p.isVisible()), window.cards]
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
    # Twice the type in four panels wants a high window for all labels of an axis.
    assert_tidy(window, axes=theme != "projector" or size == SIZES[-1])
    assert clipped(window) == []


@pytest.mark.parametrize("size", [(800, 560), (1024, 700)])
def test_a_small_window_is_tidy(make_window: MakeWindow, size: tuple[int, int]) -> None:
    window = make_window(State.of(default_experiment(), View(theme="light")), size=size)
    assert (window.width(), window.height()) == size
    assert_tidy(window, axes=size != (800, 560))  # there the numbers of the layers touch


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
