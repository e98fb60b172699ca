"""--check-lesson: read a lesson, measure every claim, and find numbers that nothing proves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from winit_core.errors import ExperimentError
from winit_gui.lessons.claims import QUANTITIES, holds, measure, number_text
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


@dataclass(frozen=True)
class Measured:
    """A claim with what was measured."""

    claim: Claim
    value: float

    @property
    def holds(self) -> bool:
        """Whether the sentence is true."""
        return holds(self.claim, self.value)


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
    """

    number: int
    title: str
    measured: tuple[Measured, ...]
    unproved: tuple[BareNumber, ...] = ()
    unused: tuple[str, ...] = ()
    contradictory: tuple[Claim, ...] = ()
    error: str = ""

    @property
    def is_true(self) -> bool:
        """Whether nothing is wrong."""
        return all(one.holds for one in self.measured) and not self.problems

    @property
    def problems(self) -> list[str]:
        """Sentences about what is wrong besides what was measured."""
        said = [f"“{c.says}” is not within {_range(c)}" for c in self.contradictory]
        bare = [
            f"{bare.number} in “{bare.around}” is neither a claim's number nor plain"
            for bare in self.unproved
        ]
        idle = [f"plain “{entry}” stands nowhere in the words" for entry in self.unused]
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
            measured, error = [], ""
            try:
                if step.train_to:
                    source.history(step.state, 0)  # says whether it can be trained at all
                for claim in step.claims:
                    measured.append(Measured(claim, measure(claim, step, source)))
            except ExperimentError as refused:
                error = str(refused)
            yield _report(number, step, tuple(measured), error)


def _report(number: int, step: Step, measured: tuple[Measured, ...], error: str) -> StepReport:
    return StepReport(
        number,
        step.title,
        measured,
        tuple(numbers_without_proof(step)),
        tuple(plain_without_use(step)),
        tuple(claim for claim in step.claims if contradicts(claim)),
        error,
    )


def run(path: Path) -> int:
    """Print what becomes of a lesson; return 0 if all is true, else 1."""
    try:
        lesson = read_lesson(path)
    except LessonError as error:
        print(f"winit: {error}", file=sys.stderr)
        return 1
    print(f"{lesson.title}: {len(lesson.steps)} steps")
    wrong, claims = 0, 0
    for report in check_steps(lesson, Laboratory(workers=os.cpu_count() or 1)):
        print("\n".join(lines(report)), flush=True)
        wrong += not report.is_true
        claims += len(report.measured)
    if wrong:
        print(f"winit: {path}: {wrong} of {len(lesson.steps)} steps are not true", file=sys.stderr)
        return 1
    print(f"all {claims} claims are true")
    return 0


def lines(report: StepReport) -> list[str]:
    """Return a step's report as text."""
    head = f"{report.number}. {report.title}"
    claims = [f"     {'ok ' if one.holds else 'NO '} {_line(one)}" for one in report.measured]
    return [head, *claims, *(f"     NO  {text}" for text in report.problems)]


def _line(one: Measured) -> str:
    claim = one.claim
    what = f"{{{claim.name}}}" if claim.name else f"“{claim.says}”"
    quantity = QUANTITIES[claim.quantity]
    where = [] if claim.scheme is None else [claim.scheme.key]
    if quantity.has_layer and claim.layer is not None:
        where.append(f"layer {claim.layer + 1}")
    if claim.step:
        where.append(f"step {claim.step}")
    about = f" ({', '.join(where)})" if where else ""
    shown = number_text(one.value, claim.quantity, claim.digits)
    published = f", published {claim.published}" if claim.published else ""
    return (
        f"{what} = {shown} [{one.value:.6g}], {claim.quantity}{about}, "
        f"claimed {_range(claim)}{published}"
    )


def _range(claim: Claim) -> str:
    return f"{claim.lowest:g} to {claim.highest:g}"
