"""How often plots are painted and resized: each time takes as long as drawing a curve."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QGraphicsView, QLabel
from pytestqt.qtbot import QtBot

from tests.gui.acting import click, reveal, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.experiment import Experiment
from winit_core.training.settings import Training
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.window import Window

SCHEMES = ("zeros", "constant", "small_normal", "glorot_normal")


class Work(QObject):
    """Counts what the plots of a window have to do."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.done: Counter[tuple[int, QEvent.Type]] = Counter()
        self._panels: dict[QObject, int] = {}
        for panel in window.panels:
            for watched in (panel.area.view, panel.area.view.viewport()):
                self._panels[watched] = panel.number
                watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count; let everything pass."""
        seen = QEvent.Type.Resize if isinstance(watched, QGraphicsView) else QEvent.Type.Paint
        if event.type() == seen:
            self.done[self._panels[watched], seen] += 1
        return False

    def most(self, kind: QEvent.Type) -> int:
        """Return how often the plot that had most to do had to do it."""
        return max((count for (_, each), count in self.done.items() if each == kind), default=0)


def all_shown(qtbot: QtBot, window: Window) -> None:
    settle(qtbot, window)
    for _ in range(3):  # what a painting has led to
        QCoreApplication.processEvents()


def test_a_view_is_painted_once_and_moves_nothing(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(SCHEMES))
    window.commands.toggle_theory()
    all_shown(qtbot, window)
    work = Work(window)
    window.commands.toggle_theory()
    all_shown(qtbot, window)
    assert work.most(QEvent.Type.Paint) == 1
    assert work.most(QEvent.Type.Resize) == 0


def test_another_seed_gives_a_plot_at_most_one_other_size(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small_experiment(SCHEMES), size=(1440, 900))
    reveal(window, window.side.dice)
    all_shown(qtbot, window)
    work = Work(window)
    for _ in range(4):
        work.done.clear()
        click(qtbot, window, window.side.dice)
        all_shown(qtbot, window)
        assert work.most(QEvent.Type.Paint) >= 1
        assert work.most(QEvent.Type.Resize) <= 1


def test_another_seed_alone_makes_no_card_smaller(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(Experiment((*SCHEMES, "he_normal")), size=(1440, 900))
    reveal(window, window.side.dice)
    all_shown(qtbot, window)
    heights = [window.cards.height()]
    for _ in range(10):
        click(qtbot, window, window.side.dice)
        all_shown(qtbot, window)
        heights.append(window.cards.height())
    assert heights == sorted(heights)
    assert heights[-1] > heights[0]  # some seeds need another line
    window.store.update("fewer layers", hidden_widths=(128,) * 5)
    all_shown(qtbot, window)
    window.store.undo()
    all_shown(qtbot, window)
    fresh = make_window(window.store.state.experiment, size=(1440, 900))
    all_shown(qtbot, fresh)
    assert window.cards.height() == fresh.cards.height()


def test_another_seed_paints_only_what_it_changes(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(SCHEMES), size=(1440, 900))
    reveal(window, window.side.dice)
    all_shown(qtbot, window)
    painted: Counter[QObject] = Counter()

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            painted[watched] += event.type() == QEvent.Type.Paint
            return False

    watch = Watch(window)
    titles = [panel.findChildren(QLabel, "panelTitle") for panel in window.panels]
    for widget in (window.tabs.tabBar(), *chain(*titles)):
        widget.installEventFilter(watch)
    size = window.cards.height()
    click(qtbot, window, window.side.dice)
    all_shown(qtbot, window)
    assert window.cards.height() == size
    assert all(titles)
    assert painted.total() == 0


def test_a_drag_along_the_training_shows_steps_on_its_way(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    state = State.of(small_experiment(("glorot_normal",)))
    window = make_window(replace(state, training=Training(steps=12, learning_rate=0.1)))
    window.training.train_to(12)
    qtbot.waitUntil(lambda: window.shows_step(12), timeout=20_000)
    seen: list[int] = []
    window.signal.drawn_anew.connect(lambda picture: seen.append(picture.step))
    for step in (9, 8, 7, 5, 3):  # faster than anything can be computed
        window.training.show_step(step)
    settle(qtbot, window)
    assert window.picture is not None
    assert [step for step in dict.fromkeys(seen) if step != 12] == [9, 3]


def test_the_window_is_seen_empty_before_it_is_made(qapp: QApplication, qtbot: QtBot) -> None:
    exposed: list[bool] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if isinstance(watched, Window) and event.type() == QEvent.Type.Paint:
                exposed.append(watched.centralWidget() is None)
            return False

    watch = Watch()

    def place(window: Window) -> None:
        window.resize(1000, 700)
        window.installEventFilter(watch)

    window = Window(Store(State.of(small_experiment(("zeros",)))), None, place=place)
    try:
        assert exposed
        assert all(exposed)
        assert window.isVisible()
        assert (window.width(), window.height()) == (1000, 700)
        settle(qtbot, window)
        assert window.centralWidget() is not None
        assert all(panel.isVisible() for panel in window.panels)
    finally:
        window.close()
        window.deleteLater()


def test_a_window_closed_while_it_is_made_closes_once_it_is(
    qapp: QApplication, qtbot: QtBot
) -> None:
    def place(window: Window) -> None:
        QTimer.singleShot(0, window.close)

    window = Window(Store(State.of(small_experiment(("zeros",)))), None, place=place)
    assert window.isVisible()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=5_000)
    window.deleteLater()
