"""What the shipped lessons owe the lecture hall, and lesson 1 the document that it follows."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from winit_gui.lessons import catalogue
from winit_gui.lessons.lesson import Lesson
from winit_gui.lessons.reader import read_lesson
from winit_gui.lessons.words import Kind, pieces, spoken

COVERAGE = Path(__file__).parents[3] / "docs" / "lesson_1_coverage.md"
RULINGS = ("confirmed", "qualified", "corrected", "shown")
LONGEST_TEXT = 230
"""Characters that fit a band of three lines in type that is read from the last row."""

LESSONS = catalogue.built_in()


@pytest.fixture(scope="module")
def first() -> Lesson:
    return read_lesson(LESSONS[0])


@pytest.fixture(params=LESSONS, ids=catalogue.short_name, scope="module")
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return read_lesson(request.param)


def _row(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _rows() -> list[list[str]]:
    lines = COVERAGE.read_text(encoding="utf-8").splitlines()
    table = [_row(line) for line in lines if line.startswith("|")]
    assert table[0] == ["heading", "claim", "step", "measured"]
    return table[2:]


def _numbers(cell: str) -> set[int]:
    """Return the steps that a cell such as "11, 13 to 15" names."""
    found: set[int] = set()
    for part in cell.split(","):
        first, _, last = part.partition(" to ")
        found.update(range(int(first), int(last or first) + 1))
    return found


def _seen(text: str) -> int:
    """Count the characters of a text about as an audience sees them."""
    commands = re.compile(r"\\[a-z]+|[{}^_\\,]")
    return sum(
        len(commands.sub("", piece.text) if piece.kind is Kind.FORMULA else piece.text)
        for piece in pieces(text)
    )


def test_five_lessons_are_shipped() -> None:
    assert [catalogue.short_name(path) for path in LESSONS] == [
        "1-what-not-to-do",
        "2-three-gradients",
        "3-published-figures",
        "4-your-frameworks-default",
        "5-width-depth-luck",
    ]


def test_every_claim_of_the_document_has_a_step_and_a_ruling(first: Lesson) -> None:
    steps = set(range(1, len(first.steps) + 1))
    covered: set[int] = set()
    for _heading, claim, cell, measured in _rows():
        numbers = _numbers(cell)
        assert numbers <= steps, claim
        assert measured == "" or re.match(rf"({'|'.join(RULINGS)})\b", measured), claim
        covered |= numbers
    assert covered == steps


def test_steps_are_short_enough_for_a_lecture_hall(lesson: Lesson) -> None:
    for step in lesson.steps:
        assert 2 <= len(step.title.split()) <= 8, step.title
        assert _seen(step.text) <= LONGEST_TEXT, step.title
        assert len(step.panels) <= 2, step.title
        assert "!" not in " ".join((*spoken(step), step.notes)), step.title


def test_the_presenter_has_something_to_say(lesson: Lesson) -> None:
    for step in lesson.steps:
        assert 3 <= len(re.findall(r"[.?](?=\s|$)", step.notes)) <= 8, step.title


def test_every_step_measures_what_it_shows(lesson: Lesson) -> None:
    for step in lesson.steps:
        assert step.claims, step.title
        assert all(claim.step <= step.train_to for claim in step.claims), step.title


def test_questions_are_about_panels_on_screen(lesson: Lesson) -> None:
    asked = [(step, step.question) for step in lesson.steps if step.question is not None]
    assert len(asked) >= 2
    for step, question in asked:
        assert question.hides, step.title
        assert set(question.hides) <= set(step.panels), step.title
        assert sum(choice.right for choice in question.choices) == 1, step.title
        assert all(choice.because for choice in question.choices), step.title


def test_the_right_answers_are_spread() -> None:
    asked = [step.question for path in LESSONS for step in read_lesson(path).steps]
    places = Counter(
        next(place for place, choice in zip("ABCD", question.choices, strict=False) if choice.right)
        for question in asked
        if question is not None
    )
    assert set(places) == set("ABCD")
    assert max(places.values()) <= 0.4 * places.total(), "guessing one letter does not pay"


def test_a_stated_loss_is_where_its_curve_ends(lesson: Lesson) -> None:
    for step in lesson.steps:
        assert all(claim.quantity != "late_train_loss" for claim in step.claims), step.title


def test_every_step_of_the_third_lesson_shows_a_published_figure() -> None:
    for step in read_lesson(LESSONS[2]).steps:
        assert any(claim.published for claim in step.claims), step.title
