from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from winit_gui.controls.fitting_label import FittingLabel

LONG = "RMS of h after each layer, line measured, band predicted; layer 11 is the output"
SHORT = "RMS of h by layer"


def label_of(qtbot: QtBot, width: int, *wordings: str) -> FittingLabel:
    label = FittingLabel()
    qtbot.addWidget(label)
    label.set_wordings(*wordings)
    label.resize(width, 20)
    label.show()
    return label


def test_the_fullest_wording_that_fits_is_shown_at_every_width(qtbot: QtBot) -> None:
    label = label_of(qtbot, 2000, LONG, SHORT)
    assert label.text() == LONG
    room = label.fontMetrics().horizontalAdvance(LONG)
    for width in (room - 30, room // 2, room + 30, room // 3):
        label.resize(width, 20)
        assert label.text() == (LONG if width > room else SHORT)
        assert "…" not in QLabel.text(label)


def test_the_last_wording_is_cut_and_the_whole_one_stays_readable(qtbot: QtBot) -> None:
    label = label_of(qtbot, 40, LONG, SHORT)
    assert label.text() == SHORT
    assert label.whole == label.accessibleName() == LONG


def test_larger_type_chooses_anew(qtbot: QtBot) -> None:
    label = label_of(qtbot, 300, "as wide as three hundred pixels", "narrow")
    small = label.text()
    font = label.font()
    font.setPointSizeF(4 * font.pointSizeF())
    label.setFont(font)
    assert small != "narrow"
    assert label.text() == "narrow"
