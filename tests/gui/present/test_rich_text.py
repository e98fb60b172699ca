"""Markdown with formulas."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from winit_gui.present.rich_text import RichText


@pytest.fixture
def text(qtbot: QtBot) -> RichText:
    made = RichText()
    qtbot.addWidget(made)
    return made


def ink(text: RichText, left: int, right: int) -> tuple[int, int]:
    """Return the first and the last row with ink between two columns."""
    image: QImage = text.grab().toImage()
    ground = image.pixelColor(image.width() - 1, image.height() - 1)
    rows = [
        y
        for y in range(image.height())
        if any(image.pixelColor(x, y) != ground for x in range(left, right))
    ]
    return rows[0], rows[-1]


@pytest.mark.parametrize("latex", ["x", r"\frac{x}{x}+x", "x^{2^2}", "x_{x_x}"])
def test_a_formula_stands_on_the_line_of_the_text(text: RichText, latex: str) -> None:
    text.resize(400, 120)
    text.set_text(f"x ${latex}$ x", 30, "#000000")
    words = ink(text, 0, 18)
    right = text.sizeHint().width()
    assert words == ink(text, right - 18, right)
    if latex == "x":
        formula = ink(text, 24, 50)
        assert abs(formula[1] - words[1]) <= 1


def test_a_fraction_reaches_above_and_below(text: RichText) -> None:
    text.resize(400, 120)
    text.set_text(r"x $\frac{x}{x}$", 30, "#000000")
    words, formula = ink(text, 0, 18), ink(text, 24, 60)
    assert formula[0] < words[0]
    assert formula[1] > words[1]


def test_text_wraps_instead_of_being_cut(text: RichText) -> None:
    text.set_text("many words that need " * 12, 20, "#000000")
    assert text.heightForWidth(300) > 4 * text.heightForWidth(3000)


def test_markdown_is_set_and_dollars_can_be_written(text: RichText) -> None:
    text.set_text(r"**bold** and \$5 and `code`", 20, "#000000")
    assert text.plain == "bold and $5 and code"
    assert text.accessibleName() == text.plain


def test_nothing_is_read_from_the_disk(text: RichText, tmp_path: Path) -> None:
    secret = QImage(40, 40, QImage.Format.Format_RGB32)
    secret.fill(QColor("#FF0000"))
    file = tmp_path / "secret.png"
    assert secret.save(str(file))
    text.resize(200, 100)
    text.set_text(f"![]({file.as_posix()}) <img src='{file.as_posix()}'>", 20, "#000000")
    image = text.grab().toImage()
    red = QColor("#FF0000")
    assert all(
        image.pixelColor(x, y) != red for x in range(image.width()) for y in range(image.height())
    )


def test_nothing_takes_no_room(text: RichText) -> None:
    text.set_text("", 20, "#000000")
    assert text.heightForWidth(300) == 0


@pytest.mark.parametrize("end", ["end", "$x$"])
def test_no_word_is_left_alone_on_the_last_line(text: RichText, end: str) -> None:
    text.set_text(f"Some words that fill a line of their own and go on {end}", 30, "#000000")
    wide = text.sizeHint().width()
    line = text.heightForWidth(wide + 10)
    height = text.heightForWidth(wide - 20)
    assert height > 1.5 * line
    text.resize(wide - 20, height)
    image = text.grab().toImage()
    ground = image.pixelColor(image.width() - 1, image.height() - 1)
    second = range(height - line // 2, height - 1)
    right = max(
        x for x in range(image.width()) if any(image.pixelColor(x, y) != ground for y in second)
    )
    assert right > 0.4 * wide


def test_a_break_that_the_author_wants_stays(text: RichText) -> None:
    text.set_text("A sentence that is long enough to be a line  \nshort", 30, "#000000")
    text.resize(2000, 200)
    image = text.grab().toImage()
    ground = image.pixelColor(image.width() - 1, image.height() - 1)
    wide = [x for x in range(image.width()) if image.pixelColor(x, 15) != ground]
    assert max(wide) > 500
