"""What keeps the program from starting is also told to who has no terminal."""

from __future__ import annotations

import io

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from tests.gui.fixtures import Surprises
from winit_gui import application, start_error


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


PIPE = io.StringIO()


@pytest.mark.parametrize(
    ("arguments", "streams", "unread"),
    [
        (["a.winit.toml"], (PIPE, PIPE, PIPE), True),
        (["a.winit.toml"], (None, None, None), True),
        (["--depth", "0"], (None, None, None), True),  # Windows without a console
        (["a.winit.toml"], (Terminal(), PIPE, PIPE), False),
        (["a.winit.toml"], (PIPE, PIPE, Terminal()), False),
        (["a.winit.toml", "--table"], (PIPE, PIPE, PIPE), False),
        (["--version"], (PIPE, PIPE, PIPE), False),
        ([], (PIPE, PIPE, PIPE), False),
    ],
)
def test_who_reads_standard_error(
    arguments: list[str], streams: tuple[io.StringIO | None, ...], unread: bool
) -> None:
    assert start_error.is_unread(arguments, streams) is unread


def test_where_nothing_can_be_seen_nothing_waits_to_be_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(application, "complain", shown.append)
    monkeypatch.setattr("winit_boot.display.has_display", lambda: True)
    monkeypatch.setattr("winit_boot.system_libraries.install_hint", lambda window: None)
    for platform in ("offscreen", "minimal:enable_fonts", "xcb"):
        monkeypatch.setenv("QT_QPA_PLATFORM", platform)
        start_error.tell("why", ["a.winit.toml"])
    assert shown == ["why"]
    assert capsys.readouterr().err == "winit: why\n" * 3


def test_the_box_says_it_as_it_is_and_one_key_closes_it(qtbot: QtBot, surprises: Surprises) -> None:
    said: list[str] = []

    def read() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        said.append(box.text())
        assert box.textFormat() == Qt.TextFormat.PlainText
        QTest.keyClick(box, Qt.Key.Key_Return)

    QTimer.singleShot(0, read)
    application.complain("<b>.winit.toml: line 1: …")
    assert said == ["<b>.winit.toml: line 1: …"]
