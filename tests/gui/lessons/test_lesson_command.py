"""--check-lesson, --lesson and --export-lesson."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.gui.lessons.writing import STEP, lesson, plain_step, write
from winit_gui import app
from winit_gui.command_line import LessonFiles, UsageError, parse
from winit_gui.defaults import default_experiment
from winit_gui.lessons import catalogue

DEFAULT = default_experiment()


def asked(*arguments: str) -> LessonFiles:
    return parse(arguments, DEFAULT).lesson


def test_a_true_lesson(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, lesson(STEP, plain_step(title="Second")))
    assert app.main(["--check-lesson", str(path)]) == 0
    out = capsys.readouterr().out
    for part in ("A lesson: 2 steps", "1. First", "ok  {ratio} = 0", "error_ratio", "2. Second"):
        assert part in out
    assert "the only claim is true" in out


def test_words_that_no_hall_reads_are_named_and_are_no_lie(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = (
        '[step.question]\nask = "Which?"\nhides = [3]\n'
        + 'choices = [{ text = "This", right = true, because = "'
        + "b" * 150
        + '" }, { text = "'
        + "c" * 151
        + '", because = "So." }]'
    )
    long = plain_step().replace("Words.", "w" * 601)
    path = write(tmp_path, lesson(STEP, long, plain_step(question)))
    assert app.main(["--check-lesson", str(path)]) == 0
    out = capsys.readouterr().out
    assert "(!) the text has 601 characters" in out
    assert "at most 600 is advised" in out
    assert "(!) answer 2 has 151 characters" in out
    assert out.count("(!)") == 2


def test_a_lesson_that_states_what_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = STEP.replace("to = 0", "to = 2").replace("from = 0", "from = 1")
    bare = plain_step("plain = [7]").replace("Words.", "It is 42 times 7.")
    path = write(tmp_path, lesson(wrong, bare, plain_step("plain = [3]")))
    assert app.main(["--check-lesson", str(path)]) == 1
    captured = capsys.readouterr()
    assert "NO  {ratio} = 0 [0], error_ratio (zeros), claimed 1 to 2" in captured.out
    assert "NO  42 in “It is 42 times 7.” is neither" in captured.out
    assert "7 in" not in captured.out
    assert "NO  plain “3” stands nowhere" in captured.out
    assert "3 of 3 steps are not true: 1 claim is false" in captured.err


def test_words_that_contradict_their_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = STEP.replace("{ratio}", "about 5").replace('name = "ratio"', 'says = "about 5"')
    assert app.main(["--check-lesson", str(write(tmp_path, lesson(step)))]) == 1
    assert "“about 5” is not within 0 to 0" in capsys.readouterr().out


def test_a_file_that_is_no_lesson(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, lesson().replace("highlight", "highlite"))
    assert app.main(["--check-lesson", str(path)]) == 1
    captured = capsys.readouterr()
    assert captured.err == (
        f"winit: {path}, line 15, step[1].highlite: there is no such key; "
        "did you mean “highlight”?\n"
    )
    assert captured.out == ""


def test_a_lesson_is_named_by_path_number_or_name(tmp_path: Path) -> None:
    first = catalogue.built_in()[0]
    short = catalogue.short_name(first)
    assert short.startswith("1-")
    for name in ("1", short, short.removeprefix("1-"), str(first)):
        assert asked("--lesson", name).present == first
        assert asked("--check-lesson", name) == LessonFiles(check=first)
    wanted = LessonFiles(export=first, output=tmp_path / "new")
    assert asked("--export-lesson", "1", str(tmp_path / "new")) == wanted
    (tmp_path / "mine").mkdir()
    assert asked("--lesson", str(tmp_path / "mine")).present == tmp_path / "mine"


def test_a_lesson_needs_a_display(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("winit_boot.display.has_display", lambda: False)
    assert app.main(["--lesson", "1"]) == 1
    captured = capsys.readouterr()
    assert "--export-lesson" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--lesson", "none"], ["--lesson", "none", "1-what-not-to-do"]),
        (["--check-lesson", "no/such"], ["--check-lesson", "no/such"]),
        (["--lesson", "1", "--check-lesson", "1"], ["--lesson", "--check-lesson", "at once"]),
        (["--lesson", "1", "--depth", "3"], ["--depth", "does nothing", "--lesson"]),
        (["--export-lesson", "1", "no/such/folder"], ["--export-lesson", "no folder"]),
        (["--export-lesson", "1"], ["--export-lesson", "--help"]),
    ],
)
def test_what_is_not_possible(arguments: list[str], parts: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments, DEFAULT)
    for part in parts:
        assert part in str(caught.value)


def test_a_lesson_given_as_the_file_is_presented(tmp_path: Path) -> None:
    for path in (catalogue.built_in()[0], tmp_path):
        if path is tmp_path:
            shutil.copy(catalogue.built_in()[0], tmp_path / "lesson.toml")
        command = parse([str(path)], DEFAULT)
        assert command.lesson.present is not None
        assert command.file is None
