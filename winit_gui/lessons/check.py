"""--check-lesson: read a lesson, measure every claim, and find numbers that nothing proves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from winit_core.errors import ExperimentError
from winit_core.translation import tr, tr_n
from winit_gui.lessons.claims import QUANTITIES, Measured, measured, number_text
from winit_gui.lessons.errors import LessonError
from winit_gui.lessons.laboratory import Laboratory
from winit_gui.lessons.lesson import Claim, Lesson, Step
from winit_gui.lessons.reader import read_lesson
from winit_gui.lessons.words import (
    BareNumber,
    contradicts,
    numbers_without_proof,
    plain_without_use,
)

LONGEST_TEXT = 600
LONGEST_CHOICE = 150
"""Characters of a text and of an answer, beyond which a hall does not read along."""


@dataclass(frozen=True)
class StepReport:
    """What became of one step.

    Attributes
    ----------
    number, title
        From 1.
    measured
        Its claims.
    unproved
        Numbers in its words that neither a claim nor ``plain`` covers.
    unused
        Entries of ``plain`` that stand nowhere in its words.
    contradictory
        Claims whose very words state another number than their range.
    error
        Why its experiment could not be trained, or nothing.
    hints
        What makes it no less true, but hard to follow.
    """

    number: int
    title: str
    measured: tuple[Measured, ...]
    unproved: tuple[BareNumber, ...] = ()
    unused: tuple[str, ...] = ()
    contradictory: tuple[Claim, ...] = ()
    error: str = ""
    hints: tuple[str, ...] = ()

    @property
    def is_true(self) -> bool:
        """Whether nothing is wrong."""
        return all(one.holds for one in self.measured) and not self.problems

    @property
    def problems(self) -> list[str]:
        """Sentences about what is wrong besides what was measured."""
        said = [
            tr("“{words}” is not within {range}", words=c.says, range=_range(c))
            for c in self.contradictory
        ]
        bare = [
            tr(
                "{number} in “{words}” is neither a claim's number nor plain",
                number=bare.number,
                words=bare.around,
            )
            for bare in self.unproved
        ]
        idle = [
            tr("plain “{entry}” stands nowhere in the words", entry=entry) for entry in self.unused
        ]
        return [*([self.error] if self.error else []), *said, *bare, *idle]


@dataclass(frozen=True)
class Report:
    """What became of a lesson."""

    lesson: Lesson
    steps: tuple[StepReport, ...]

    @property
    def is_true(self) -> bool:
        """Whether nothing is wrong."""
        return all(step.is_true for step in self.steps)


def check(path: Path | str, laboratory: Laboratory | None = None) -> Report:
    """Read a lesson and measure all it claims.

    Raises
    ------
    LessonError
        If it is no lesson.
    """
    lesson = read_lesson(path)
    return Report(lesson, tuple(check_steps(lesson, laboratory)))


def check_steps(lesson: Lesson, laboratory: Laboratory | None = None) -> Iterator[StepReport]:
    """Measure the steps of a lesson, one after the other."""
    with laboratory or Laboratory() as source:
        for number, step in enumerate(lesson.steps, start=1):
            found, error = [], ""
            try:
                if step.train_to:
                    source.history(step.state, 0)  # says whether it can be trained at all
                for claim in step.claims:
                    found.append(measured(claim, step, source))
            except ExperimentError as refused:
                error = str(refused)
            yield _report(number, step, tuple(found), error)


def _report(number: int, step: Step, found: tuple[Measured, ...], error: str) -> StepReport:
    return StepReport(
        number,
        step.title,
        found,
        tuple(numbers_without_proof(step)),
        tuple(plain_without_use(step)),
        tuple(claim for claim in step.claims if contradicts(claim)),
        error,
        tuple(too_long(step)),
    )


def too_long(step: Step) -> list[str]:
    """Return which words of a step are more than a hall can read."""
    words = [(tr("the text"), step.text.strip(), LONGEST_TEXT)]
    if step.question is not None:
        words.append((tr("the question"), step.question.ask, LONGEST_TEXT))
        for place, choice in enumerate(step.question.choices, start=1):
            answer = tr("answer {number}", number=place)
            reason = tr("the reason of answer {number}", number=place)
            words.append((answer, choice.text, LONGEST_CHOICE))
            words.append((reason, choice.because, LONGEST_CHOICE))
    return [
        tr(
            "{what} has {count} characters, more than a hall can read: at most {most} is advised",
            what=what,
            count=len(text),
            most=most,
        )
        for what, text, most in words
        if len(text) > most
    ]


def run(path: Path) -> int:
    """Print what becomes of a lesson; return 0 if all is true, else 1."""
    try:
        lesson = read_lesson(path)
    except LessonError as error:
        print(f"winit: {error}", file=sys.stderr)
        return 1
    print(tr("{title}: {count} steps", title=lesson.title, count=len(lesson.steps)))
    wrong, false, claims = 0, 0, 0
    for report in check_steps(lesson, Laboratory(workers=os.cpu_count() or 1)):
        print("\n".join(lines(report)), flush=True)
        wrong += not report.is_true
        false += sum(not one.holds for one in report.measured)
        claims += len(report.measured)
    if wrong:
        print(f"winit: {path}: {_verdict(wrong, false, len(lesson.steps))}", file=sys.stderr)
        return 1
    print(tr_n("the only claim is true", "all {count} claims are true", claims))
    return 0


def _verdict(wrong: int, false: int, steps: int) -> str:
    """Say how many steps are wrong, and how many claims are false."""
    untrue = tr("the only step is not true")
    if steps != 1:
        untrue = tr_n(
            "{count} of {steps} steps is not true",
            "{count} of {steps} steps are not true",
            wrong,
            steps=steps,
        )
    if not false:
        return untrue
    return untrue + ": " + tr_n("{count} claim is false", "{count} claims are false", false)


def lines(report: StepReport) -> list[str]:
    """Return a step's report as text."""
    head = f"{report.number}. {report.title}"
    yes, no = tr("ok "), tr("NO ")
    claims = [f"     {yes if one.holds else no} {_line(one)}" for one in report.measured]
    problems = [f"     {no} {text}" for text in report.problems]
    return [head, *claims, *problems, *(f"     (!) {text}" for text in report.hints)]


def _line(one: Measured) -> str:
    claim = one.claim
    what = f"{{{claim.name}}}" if claim.name else f"“{claim.says}”"
    quantity = QUANTITIES[claim.quantity]
    where = [] if claim.scheme is None else [claim.scheme.key]
    if quantity.has_layer and claim.layer is not None:
        where.append(tr("layer {number}", number=claim.layer + 1))
    if claim.step:
        where.append(tr("step {number}", number=claim.step))
    about = f" ({', '.join(where)})" if where else ""
    shown = number_text(one.value, claim.quantity, claim.digits)
    because = f": {one.reason}" if one.reason else ""
    said = [
        f"{what} = {shown} [{one.value:.6g}]{because}",
        f"{claim.quantity}{about}",
        tr("claimed {range}", range=_range(claim)),
    ]
    if claim.published:
        said.append(tr("published {number}", number=claim.published))
    return ", ".join(said)


def _range(claim: Claim) -> str:
    return tr("{low} to {high}", low=f"{claim.lowest:g}", high=f"{claim.highest:g}")
