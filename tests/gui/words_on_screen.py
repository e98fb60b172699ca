"""A process of its own: opens the window and its dialogs, and prints every text on them as JSON.

The language is chosen when the program is imported, so a test cannot choose it in its own process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from winit_gui import app as app  # as at any start: before everything that makes words

# isort: split

from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGraphicsSimpleTextItem,
    QGraphicsTextItem,
    QGraphicsView,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QTabWidget,
    QTextBrowser,
    QWidget,
)

from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice
from winit_gui.application import make_application
from winit_gui.code_window import CodeWindow
from winit_gui.dialogs.about import AboutDialog
from winit_gui.dialogs.definitions import DefinitionsDialog
from winit_gui.dialogs.error_dialog import ErrorDialog
from winit_gui.dialogs.preferences import PreferencesDialog
from winit_gui.dialogs.shortcuts import show_shortcuts
from winit_gui.error_report import log_file
from winit_gui.lessons.export_dialog import ExportDialog
from winit_gui.present.commands import Command
from winit_gui.present.presenter import Presenter
from winit_gui.state import State, View
from winit_gui.store import Store
from winit_gui.window import Window

_EXPERIMENT = Experiment(
    tuple(map(SchemeChoice, ("zeros", "small_normal", "glorot_normal", "he_normal"))),
    hidden_widths=(16,) * 4,
    batch_size=32,
)

_VIEWS: dict[str, dict[str, Any]] = {
    "explained": {"explain": True, "selected": 3},
    "a layer's details": {"details": True, "layer": 2},
    "other axes": {"weight_scale": "log", "reading": "update_ratio", "relative": False},
    "several nets": {"seeds": 4, "weight_scale": "relative"},
}

_SLOW_MAPS = (1, 2)
"""These take their time: what they say while they compute is enough."""


def texts(root: QWidget) -> Iterator[tuple[str, str]]:
    """Give everything that a widget and those in it say, with the kind of its place."""
    for widget in (root, *root.findChildren(QWidget)):
        kind = type(widget).__name__
        for what in ("windowTitle", "toolTip", "statusTip", "whatsThis"):
            yield f"{what} of {kind}", getattr(widget, what)()
        yield f"accessible name of {kind}", widget.accessibleName()
        yield f"accessible description of {kind}", widget.accessibleDescription()
        for said in _said(widget):
            yield kind, said
    for action in root.findChildren(QAction):
        yield "action", action.text()
        yield "tool tip of an action", action.toolTip()


def _said(widget: QWidget) -> Iterator[str]:
    match widget:
        case QLabel() | QAbstractButton():
            yield widget.text()
        case QComboBox():
            yield from (widget.itemText(index) for index in range(widget.count()))
            for index in range(widget.count()):
                yield str(widget.itemData(index, Qt.ItemDataRole.ToolTipRole) or "")
        case QGroupBox() | QMenu():
            yield widget.title()
        case QTabWidget():
            yield from (widget.tabText(index) for index in range(widget.count()))
            yield from (widget.tabToolTip(index) for index in range(widget.count()))
        case QLineEdit():
            if not isinstance(widget.parent(), QAbstractSpinBox | QComboBox):
                yield widget.text()
            yield widget.placeholderText()
        case QListWidget():
            yield from (widget.item(row).text() for row in range(widget.count()))
        case QTextBrowser():
            yield widget.toPlainText()
        case QGraphicsView():
            for item in widget.scene().items() if widget.scene() else ():
                if item.isVisible():
                    yield item.toolTip()
                if isinstance(item, QGraphicsTextItem) and item.isVisible():
                    yield item.toPlainText()
                elif isinstance(item, QGraphicsSimpleTextItem) and item.isVisible():
                    yield item.text()


def main(lesson: Path) -> None:
    """Open everything there is, and print what stands there."""
    application = make_application()
    window = Window(Store(State.of(_EXPERIMENT, View(theme="light"))), None)
    window.resize(1440, 900)
    window.show()
    found: dict[str, str] = {}

    def collect(place: str, widget: QWidget) -> None:
        wait(lambda: True)
        for kind, text in texts(widget):
            if text:
                found.setdefault(text, f"{place}: {kind}")

    def wait(done: Callable[[], bool]) -> None:
        while not done():
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
        application.processEvents()

    wait(lambda: window.settled)
    collect("window", window)
    for name, changes in _VIEWS.items():
        window.store.update_view("⟦test⟧", **changes)
        wait(lambda: window.settled)
        collect(f"window, {name}", window)
    window.store.update_view("⟦test⟧", seeds=1)
    wait(lambda: window.settled)
    if window.training.train_to(3):
        wait(lambda: window.shows_step(3))
        collect("window after a training", window)
    for index in range(1, window.tabs.count()):
        window.tabs.setCurrentIndex(index)
        page = window.tabs.page(index)
        wait(lambda page=page, slow=index in _SLOW_MAPS: slow or not page.is_busy)
        collect(f"map {index}", page)
    window.tabs.setCurrentIndex(0)
    for place, dialog in (
        ("code", CodeWindow(_EXPERIMENT, 1, window)),
        ("export of lessons", ExportDialog([lesson], window)),
        ("preferences", PreferencesDialog(window, window.store, window.preferences, print)),
        ("about", AboutDialog(window)),
        ("definitions", DefinitionsDialog(window)),
        ("error", ErrorDialog(window, "⟦reason⟧", "", log_file())),
    ):
        dialog.show()
        collect(place, dialog)
        dialog.close()
        dialog.deleteLater()

    def read_modal() -> None:
        modal = QApplication.activeModalWidget()
        assert modal is not None
        collect("shortcuts", modal)
        modal.close()

    QTimer.singleShot(0, read_modal)
    show_shortcuts(window)
    assert window.lessons.open(lesson)
    presentation = window.lessons.presentation
    assert presentation is not None
    wait(lambda: presentation.show.is_settled)
    audience = presentation.audience
    collect("a question", audience)
    for command in (Command.NOTES, Command.HELP, Command.HELP, Command.NEXT, Command.NEXT):
        audience.carry_out(command)
        audience.asked.emit(command)
        collect("a lesson", audience)
        collect("the presenter's notes", Presenter(presentation.show, window.theme, 0.0))
    collect("the menu of a lesson", audience.menu())
    presentation.close()
    window.close()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    json.dump(found, sys.stdout, ensure_ascii=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
