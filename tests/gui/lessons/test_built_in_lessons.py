"""Every number that a shipped lesson states is measured on its step's own experiment."""

from __future__ import annotations

import os

import pytest

from winit_gui.lessons import catalogue
from winit_gui.lessons.check import check_steps, lines
from winit_gui.lessons.laboratory import Laboratory
from winit_gui.lessons.lesson import Lesson
from winit_gui.lessons.reader import read_lesson, read_title

LESSONS = catalogue.built_in()


@pytest.fixture(params=LESSONS, ids=catalogue.short_name)
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return read_lesson(request.param)


def test_the_lessons_are_there_in_their_order() -> None:
    assert [catalogue.short_name(path).partition("-")[0] for path in LESSONS] == list("12345")
    for path in LESSONS:
        title, summary = read_title(path)
        assert title
        assert summary


def test_all_it_states_is_measured_and_true(lesson: Lesson) -> None:
    source = Laboratory(workers=os.cpu_count() or 1)
    for report in check_steps(lesson, source):
        assert report.is_true, "\n".join(lines(report))


def test_a_step_says_little(lesson: Lesson) -> None:
    for step in lesson.steps:
        assert len(step.title) <= 60, step.title
        assert len(step.text) <= 600, step.title
        assert step.notes, step.title


def test_a_published_number_has_its_source(lesson: Lesson) -> None:
    for step in lesson.steps:
        for claim in step.claims:
            assert bool(claim.published) == bool(claim.source), step.title
