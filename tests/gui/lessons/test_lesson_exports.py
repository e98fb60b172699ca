"""A lesson as handout and as slides."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.gui.lessons.writing import PNG, STEP, lesson, plain_step, write
from winit_gui import app
from winit_gui.lessons import export
from winit_gui.lessons.handout import words_below
from winit_gui.lessons.page_text import PageText
from winit_gui.lessons.reader import read_lesson
from winit_gui.present.prepared import prepare
from winit_gui.present.stills import prepare_all

ASKED = """
train_to = 5
panels = [3, 4]
picture = "a.png"
[step.question]
ask = "What is $\\\\frac{1}{2}$ of it?"
hides = [3]
choices = [
  { text = "Nothing", right = true, because = "It is." },
  { text = "All", because = "It is not." },
]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("lesson")
    (home / "a.png").write_bytes(PNG)
    write(home, lesson(STEP, plain_step(ASKED, "Second")))
    return home


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def streams(pdf: bytes) -> list[bytes]:
    """Return what is drawn, where it can be unpacked."""
    found = []
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return found


def test_a_page_and_a_slide_for_every_step(
    qapp: QApplication, folder: Path, tmp_path: Path
) -> None:
    read = read_lesson(folder / "a.lesson.toml")
    written = list(export.write(tmp_path / "out", read, prepare_all(read)))
    files = [one.file for one in written if one.file is not None]
    assert [file.relative_to(tmp_path / "out").as_posix() for file in files] == [
        "slides/01.png",
        "slides/02.png",
        "handout.pdf",
    ]
    slides = [QImage(str(file)) for file in files[:2]]
    assert [(slide.width(), slide.height()) for slide in slides] == [(1920, 1080)] * 2
    assert slides[0] != slides[1]
    pdf = files[2].read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pages(pdf) == 2
    assert [(one.done, one.of) for one in written] == [(1, 4), (2, 4), (3, 4), (4, 4), (4, 4)]


def test_a_long_step_still_fits_one_page(qapp: QApplication, tmp_path: Path) -> None:
    long = plain_step(ASKED.replace('picture = "a.png"\n', "").replace("All", "All " * 300))
    read = read_lesson(write(tmp_path, lesson(long.replace("Words.", "Some words, " * 300))))
    *_, last = export.write(tmp_path, read, prepare_all(read), with_slides=False)
    assert last.file is not None
    assert pages(last.file.read_bytes()) == 1
    assert not (tmp_path / "slides").exists()


def test_formulas_are_drawn_as_lines_and_move_the_text(qapp: QApplication) -> None:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QPainter, QPdfWriter

    def drawn(markdown: str) -> tuple[float, bytes]:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(buffer)
        painter = QPainter(writer)
        text = PageText(markdown, 11, writer.width(), writer)
        text.draw(painter, 0)
        painter.end()
        return text.height, b"".join(streams(bytes(data.data())))

    plain_height, plain = drawn("a b")
    height, formula = drawn("a $\\frac{1}{\\sqrt{2}}$ b")
    assert height > 1.3 * plain_height
    assert formula.count(b" c\n") + formula.count(b" l\n") > plain.count(b" l\n") + 20
    assert b"/Image" not in formula
    dollar_height, _ = drawn("a \\$ b")
    assert dollar_height == plain_height


def test_from_the_command_line(
    qapp: QApplication, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, lesson(plain_step()))
    assert app.main(["--export-lesson", str(path), str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed == [str(tmp_path / "out/slides/01.png"), str(tmp_path / "out/handout.pdf")]
    assert all(Path(line).stat().st_size > 1000 for line in printed)


def test_what_cannot_be_exported(
    qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, lesson(plain_step("layer = 99")))
    assert app.main(["--export-lesson", str(path), str(tmp_path / "out")]) == 1
    assert "line 15, step[1].layer" in capsys.readouterr().err
    write(tmp_path, lesson(plain_step("train_to = 1\ntraining = { batch_size = 1700 }")))
    assert app.main(["--export-lesson", str(path), str(tmp_path / "out")]) == 1
    assert "batch_size" in capsys.readouterr().err
    write(tmp_path, lesson(plain_step()))
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / "slides").write_text("in the way")
    assert app.main(["--export-lesson", str(path), str(tmp_path / "out")]) == 1
    assert "could not be written" in capsys.readouterr().err


def test_a_false_claim_is_marked_on_its_page(tmp_path: Path) -> None:
    true, false = (
        read_lesson(write(tmp_path, lesson(text))).steps[0]
        for text in (STEP, STEP.replace("from = 0", "from = 2").replace("to = 0", "to = 4"))
    )
    assert "(!)" not in words_below(prepare(true))
    assert "(!) the file claims 2 to 4" in words_below(prepare(false))
