"""Stepping through a lesson, with what is computed ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures import small_experiment
from tests.gui.present.lessons import QUESTION, lesson, step
from winit_core.schemes import SchemeChoice
from winit_core.training.settings import Training
from winit_gui.lessons.lesson import Claim, Lesson, Step
from winit_gui.present.kept_pictures import KeptPictures
from winit_gui.present.lesson_show import LessonShow
from winit_gui.state import View

MakeShow = Callable[..., LessonShow]


@pytest.fixture
def make_show(qapp: QApplication) -> Iterator[MakeShow]:
    shows: list[LessonShow] = []

    def make(of: Lesson, **how: Any) -> LessonShow:
        shows.append(LessonShow(of, **how))
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
    assert show.showing is None
    show.next()
    show.next()
    assert show.index == 0
    assert show.showing is not None  # but what there is of it is shown at once
    assert show.showing.step.title == "First"
    assert show.showing.prepared is None
    qtbot.waitUntil(lambda: show.is_settled, timeout=10_000)
    assert show.showing.prepared is not None
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


def heavy(title: str = "Heavy", **changes: Any) -> Step:
    """Return a step that takes a moment."""
    experiment = small_experiment(("he_normal",), hidden_widths=(64,) * 20)
    return step(title, experiment=experiment, view=View(seeds=32), **changes)


def test_a_step_that_takes_long_shows_its_words_first_and_how_far_it_is(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    show = make_show(lesson(heavy()))
    seen: list[tuple[bool, bool]] = []
    shares: list[float] = []

    def note() -> None:
        showing = show.showing
        seen.append((showing is not None, showing is not None and showing.prepared is not None))

    show.changed.connect(note)
    show.progressed.connect(shares.append)
    show.next()
    settled(qtbot, show)
    assert seen[0] == (True, False)
    assert seen[-1] == (True, True)
    assert shares
    assert shares == sorted(shares)
    assert 0 < shares[0] <= shares[-1] <= 1


def test_the_next_steps_are_begun_while_the_present_one_trains(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    show = make_show(lesson(trained(5000), step("Second"), step("Third")))
    qtbot.waitUntil(lambda: show.all_begun, timeout=20_000)
    assert not show.is_settled
    show.next()
    assert show.showing is not None
    show.next()
    assert show.showing is not None


def test_the_nearest_steps_are_computed_first(make_show: MakeShow, qtbot: QtBot) -> None:
    # It is false, so every step says when it is computed.
    claim = Claim("error_ratio", 1, 2, scheme=SchemeChoice("zeros"))
    nets = [small_experiment(("zeros",), seed=seed) for seed in range(6)]
    steps = [step(experiment=net, claims=(claim,)) for net in nets]
    show = make_show(lesson(*steps), index=2)
    said: list[str] = []
    show.doubted.connect(said.append)
    settled(qtbot, show)
    order = [text.split(":")[0] for text in said]
    order.remove("Step 3")  # the present one has a thread of its own
    assert order == [
        "Step 4",
        "Step 5",
        "Step 2",  # one back is hardly as near as two on
        "Step 6",
        "Step 1",
    ]


def test_only_the_nearest_steps_are_held_where_memory_would_not_do(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    steps = [step(f"Step {n}", experiment=small_experiment(("zeros",), seed=n)) for n in range(5)]
    show = make_show(lesson(*steps), most_layers=2 * 5)  # two steps of one net of five layers
    settled(qtbot, show)
    show.go_to(1)
    assert show.showing is not None
    settled(qtbot, show)
    show.go_to(4)
    assert show.showing is None
    settled(qtbot, show)
    show.go_to(0)
    assert show.showing is None  # it was let go
    settled(qtbot, show)


def test_steps_of_the_same_nets_share_their_results(make_show: MakeShow, qtbot: QtBot) -> None:
    fewer = small_experiment(("zeros",))
    show = make_show(lesson(step(), step(panels=(3,)), step(experiment=fewer)))
    settled(qtbot, show)
    simulations = []
    for place in range(3):
        show.go_to(place)
        assert show.showing is not None
        assert show.showing.prepared is not None
        simulations.append(show.showing.prepared.picture.initial)
    assert simulations[0] is simulations[1]
    assert simulations[2].runs[0].layers is simulations[0].runs[0].layers


def test_a_lesson_given_again_finds_what_took_long(
    make_show: MakeShow, qtbot: QtBot, tmp_path: Path
) -> None:
    first = make_show(lesson(heavy()), kept=KeptPictures(tmp_path))
    settled(qtbot, first)
    assert first.showing is not None
    assert first.showing.prepared is not None
    again = make_show(lesson(heavy()), kept=KeptPictures(tmp_path))
    shares: list[float] = []
    again.progressed.connect(shares.append)
    settled(qtbot, again)
    assert not shares  # nothing was computed
    assert again.showing is not None
    assert again.showing.prepared is not None
    before, after = first.showing.prepared.picture, again.showing.prepared.picture
    assert after.initial is not before.initial
    assert after.ensemble == before.ensemble


def test_a_step_that_failed_ahead_says_so_when_it_is_reached(
    make_show: MakeShow, qtbot: QtBot
) -> None:
    too_many = Training(steps=3, batch_size=16_000)
    base = trained()
    impossible = replace(base, state=replace(base.state, training=too_many))
    show = make_show(lesson(step("First"), impossible))
    settled(qtbot, show)
    with qtbot.waitSignal(show.failed, timeout=10_000):
        show.next()
    show.back()
    settled(qtbot, show)
    with qtbot.waitSignal(show.failed, timeout=10_000) as said:
        show.next()
    assert "Step 2 could not be computed" in said.args[0]
    assert not show.is_settled
