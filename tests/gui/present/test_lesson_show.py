"""Stepping through a lesson, with what is computed ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures import small_experiment
from tests.gui.present.lessons import QUESTION, lesson, step
from winit_core.training_settings import Training
from winit_gui.lessons.lesson import Lesson, Step
from winit_gui.present.lesson_show import LessonShow

MakeShow = Callable[[Lesson], LessonShow]


@pytest.fixture
def make_show(qapp: QApplication) -> Iterator[MakeShow]:
    shows: list[LessonShow] = []

    def make(of: Lesson) -> LessonShow:
        shows.append(LessonShow(of))
        shows[-1].start()
        return shows[-1]

    yield make
    for show in shows:
        show.close()


def three() -> tuple[Step, Step, Step]:
    return step("First"), step("Second", question=QUESTION), step("Third", panels=(2,))


def trained(steps: int = 3) -> Step:
    base = step("Trained", panels=(4,), train_to=steps)
    return replace(base, state=replace(base.state, training=Training(steps=steps, batch_size=16)))


def settled(qtbot: QtBot, show: LessonShow) -> None:
    qtbot.waitUntil(lambda: show.is_settled and show.all_begun, timeout=20_000)


def test_it_goes_from_the_first_to_the_last_step_and_back(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    show = make_show(lesson(*three()))
    settled(qtbot, show)
    seen = []
    for _ in range(3):
        seen.append((show.step.title, show.is_asked))
        show.next()
    assert seen == [("First", False), ("Second", True), ("Second", False)]
    assert show.step.title == "Third"
    with qtbot.waitSignal(show.at_end):
        show.next()
    assert show.index == 2
    show.back()
    assert (show.step.title, show.is_asked) == ("Second", False)  # what was told is known
    show.back()
    show.back()
    assert show.index == 0
    show.last()
    assert show.index == 2
    show.first()
    show.next()
    assert show.is_asked  # a new round asks anew


def test_every_step_is_computed_ahead_and_trainings_are_not(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    show = make_show(lesson(step("First"), step("Second"), trained()))
    settled(qtbot, show)
    show.next()
    assert show.is_settled
    assert show.showing is not None
    show.next()
    assert show.showing is not None
    assert show.showing.prepared.picture.step == 0
    settled(qtbot, show)
    assert show.showing.prepared.picture.step == 3
    show.back()
    show.next()
    assert show.is_settled  # a training that was seen is kept


def test_no_step_is_passed_unseen(make_show: MakeShow, qtbot: QtBot) -> None:
    show = make_show(lesson(*three()))
    waited: list[bool] = []
    show.waiting.connect(waited.append)
    show.next()
    show.next()
    assert show.index == 0
    assert waited == [True, True]
    qtbot.waitUntil(lambda: show.showing is not None, timeout=10_000)
    show.next()
    assert show.index == 1


def test_a_choice_answers_once_and_only_while_it_is_asked(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    show = make_show(lesson(*three()))
    settled(qtbot, show)
    show.choose(1)
    assert not show.is_asked
    assert show.index == 0
    show.next()
    assert show.offers_choices
    show.choose(7)
    assert show.is_asked
    show.choose(1)
    settled(qtbot, show)
    assert show.showing is not None
    assert (show.showing.revealed, show.showing.choice) == (True, 1)
    show.choose(0)
    assert show.showing.choice == 1


def test_axes_are_settled_once_all_is_known_and_the_same_everywhere(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    quiet = step("Quiet", experiment=small_experiment(("glorot_normal",)), panels=(2,))
    wide = step("Wide", experiment=small_experiment(("small_normal",)), panels=(2,))
    show = make_show(lesson(quiet, wide))
    settled(qtbot, show)
    assert show.showing is not None
    first = show.showing.ends[2]
    show.next()
    assert show.showing.ends[2] == first
    assert first.low < -4


def test_an_edited_lesson_goes_on_at_the_same_step_without_computing_again(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    first, second, third = three()
    second = replace(second, state=second.state.with_experiment(seed=5))
    show = make_show(lesson(first, second, third))
    settled(qtbot, show)
    show.next()
    show.next()
    assert show.showing is not None
    picture = show.showing.prepared.picture
    show.replace_lesson(lesson(step("New"), first, replace(second, text="Said better."), third))
    assert show.step.title == "Second"
    assert not show.is_asked
    assert show.showing is not None
    assert show.showing.prepared.picture is picture
    assert show.showing.prepared.step.text == "Said better."
    show.replace_lesson(lesson(first))
    assert show.index == 0
    settled(qtbot, show)


def test_a_step_that_cannot_be_computed_says_so_and_the_others_go_on(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    impossible = trained()
    too_many = Training(steps=3, batch_size=16_000)
    impossible = replace(impossible, state=replace(impossible.state, training=too_many))
    show = make_show(lesson(impossible, step("Second")))
    with qtbot.waitSignal(show.failed, timeout=10_000) as said:
        pass
    assert "Step 1 could not be computed" in said.args[0]
    show.next()
    settled(qtbot, show)
    assert show.showing is not None
    assert show.step.title == "Second"


def test_leaving_a_training_stops_it_and_coming_back_begins_it_again(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    show = make_show(lesson(trained(5000), step("Second")))
    qtbot.waitUntil(
        lambda: show.showing is not None and show.showing.prepared.reached > 2, timeout=10_000
    )
    show.next()
    settled(qtbot, show)
    assert show.step.title == "Second"  # a training can be left
    show.back()
    assert not show.is_settled
