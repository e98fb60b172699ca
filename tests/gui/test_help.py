"""The tour, the definitions, the About box."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QListWidget
from pytestqt.qtbot import QtBot

from tests.gui.acting import LEFT, action, click, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core import __version__
from winit_core.build_info import BuildInfo
from winit_gui import versions, wording
from winit_gui.definitions import definitions, of_panel, page
from winit_gui.dialogs.about import AboutDialog, about_html
from winit_gui.preferences import Preferences
from winit_gui.settings import Settings
from winit_gui.state import View
from winit_gui.tour import place_beside

SMALL = small_experiment(("zeros", "he_normal"))


# Definitions


def test_every_quantity_has_one_definition() -> None:
    keys = [entry.key for entry in definitions()]
    assert len(set(keys)) == len(keys)
    for number in (1, 2, 3, 4):
        for scale in wording.SCALES:
            assert of_panel(number, View(weight_scale=scale)) in keys
        for reading in wording.READINGS:
            assert of_panel(number, View(reading=reading)) in keys
        for learning in wording.LEARNING:
            assert of_panel(number, View(learning=learning)) in keys
    for kind in wording.VERDICTS:
        assert f"verdict_{kind.name.lower()}" in keys
    assert all(len(entry.text) > 20 and entry.text.endswith(".") for entry in definitions())


def test_the_page_has_an_anchor_for_each_and_is_escaped() -> None:
    text = page("delta", "#123456")
    assert text.count("color:#123456") == 1
    for entry in definitions():
        assert f"<a name='{entry.key}'></a>" in text
    assert "<script" not in page("<script", "")


def test_a_panel_s_question_mark_leads_to_its_quantity(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(SMALL)
    window.store.update_view("reading", reading="grad_weight")
    settle(qtbot, window)
    click(qtbot, window, window.gradient.ask)
    dialog = window.help.definitions
    assert dialog is not None
    assert dialog.isVisible()
    names = dialog.findChildren(QListWidget)[0]
    assert names.currentItem().text().startswith("Weight gradient")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is names)
    qtbot.keyClick(names, Qt.Key.Key_Down)
    assert names.currentItem().text().startswith("Update ratio")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    window.commands.toggle_enlarged(2)
    action(window, "Definitions").trigger()
    assert names.currentItem().text().startswith("Signal")
    assert window.help.definitions is dialog
    dialog.close()
    settle(qtbot, window)


# About


def test_about_names_everything_that_is_shipped() -> None:
    text = about_html()
    for name in ("Python", "Qt", "PySide6", "NumPy", "SciPy", "pyqtgraph"):
        assert re.search(rf">{name}</a></td><td[^>]*>\d+\.\d+", text), name
    for part in ("LGPL", "CC BY 4.0", "Alpaydin", "doi.org", "DejaVu", "winit.log", __version__):
        assert part in text
    assert versions.parts()[0].name == "winit"
    assert all(part.licence and part.version for part in versions.parts())


def test_the_build_is_named_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = BuildInfo(__version__, True, "abcdef0123456789", False, "2026-01-02")
    monkeypatch.setattr(versions, "build_info", lambda: made)
    assert "build abcdef012345, 2026-01-02" in versions.versions_text()
    assert "abcdef012345, 2026-01-02" in about_html()


def test_versions_can_be_copied(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(SMALL)
    action(window, "About winit").trigger()
    (dialog,) = window.findChildren(AboutDialog)
    qtbot.mouseClick(dialog.copy, LEFT)
    copied = QApplication.clipboard().text()
    assert copied == versions.versions_text()
    assert f"winit {__version__}\n" in copied
    dialog.reject()


# The tour


def test_the_tour_points_at_real_parts_and_ends(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(SMALL)
    assert window.help.tour is None, "nobody asked for it"
    action(window, "Tour").trigger()
    tour = window.help.tour
    assert tour is not None
    titles = []
    for number in range(1, 6):
        assert tour.count.text() == f"{number} of 5"
        titles.append(tour.title.text())
        target = tour.target
        assert target.isVisible()
        corner = target.mapTo(window, QPoint(0, 0))
        seen = QRect(corner, target.size()).intersected(window.rect())
        assert tour.frame.geometry().contains(seen)
        assert window.rect().contains(tour.geometry())
        assert tour.height() >= tour.sizeHint().height()
        assert QApplication.focusWidget() is tour.next
        key = Qt.Key.Key_Space if number % 2 else Qt.Key.Key_Return
        qtbot.keyClick(tour.next, key)
    assert len(set(titles)) == 5
    assert window.help.tour is None
    assert not tour.isVisible()
    action(window, "Tour").trigger()
    assert window.help.tour is not None, "it can be repeated"
    window.help.tour.end()


def test_escape_skips_the_tour_and_nothing_else(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(SMALL)
    action(window, "Tour").trigger()
    tour = window.help.tour
    assert tour is not None
    window.commands.toggle_enlarged(1)
    qtbot.keyClick(tour.next, Qt.Key.Key_Escape)
    assert window.help.tour is None
    assert window.store.state.view.enlarged == 1
    settle(qtbot, window)


def test_the_tour_is_offered_once(
    make_window: MakeWindow, qtbot: QtBot, settings_file: Path
) -> None:
    window = make_window(SMALL)
    window.help.offer_tour()
    assert window.help.tour is not None
    window.help.tour.end()
    window.help.offer_tour()
    assert window.help.tour is None
    assert Settings(settings_file).preferences() == Preferences(toured=True)


def test_the_tour_is_on_no_picture(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(SMALL)
    before = window.exported().window.grab().toImage()
    window.help.start_tour()
    tour = window.help.tour
    assert tour is not None
    exported = window.exported().window
    assert not exported.isAncestorOf(tour)
    assert not exported.isAncestorOf(tour.frame)
    tour.end()
    assert window.exported().window.grab().toImage() == before


@pytest.mark.parametrize(
    "target",
    [
        QRect(0, 20, 280, 700),
        QRect(900, 20, 380, 30),
        QRect(290, 600, 980, 110),
        QRect(300, 30, 970, 60),
        QRect(0, 0, 1280, 720),
    ],
)
def test_a_hint_finds_a_place(target: QRect) -> None:
    room = QRect(0, 0, 1280, 720)
    place = place_beside(target, room, 320, 140)
    assert room.contains(place)
    assert not place.intersects(target) or target == room
