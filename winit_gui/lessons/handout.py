"""A lesson as a PDF handout: a page a step, with its words, its picture and its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QIODevice,
    QMarginsF,
    QPoint,
    QRect,
    QSize,
)
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter, QRegion
from PySide6.QtWidgets import QWidget

from winit_core import __version__
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.exports.plots import symbols_as_shapes
from winit_gui.lessons.claims import QUANTITIES, Measured, number_text
from winit_gui.lessons.lesson import Claim, Lesson, Step
from winit_gui.lessons.page_text import PageText
from winit_gui.lessons.quantities import Needs
from winit_gui.lessons.words import filled_text
from winit_gui.present.band import DOUBTED, MARKS
from winit_gui.present.prepared import Prepared
from winit_gui.present.stage import Stage
from winit_gui.present.stills import position, scenes

_MARGIN_MM = 15.0
_DOTS = 1600
"""Across the page: the stage is so many pixels wide, and drawn pixel by pixel."""

_HEIGHTS = (1200, 1100, 1000, 900, 800, 700, 600, 500)
_POINTS = (11.0, 10.0, 9.0, 8.0, 7.0, 6.0)
_SMALL = 0.8
_GAP = 28


def draw_pages(lesson: Lesson, prepared: list[Prepared], target: QIODevice) -> Iterator[int]:
    """Write the handout, giving the number of every page that is done.

    Only in the window's thread. The file is complete when the last page has been given.

    Parameters
    ----------
    lesson, prepared
        The lesson and its computed steps.
    target
        Open for writing.
    """
    writer = _writer(target, lesson.title)
    painter = QPainter(writer)
    try:
        size = QSize(_DOTS, _HEIGHTS[0])
        for number, (made, stage) in enumerate(scenes(lesson, prepared, size), 1):
            if number > 1:
                writer.newPage()
            _page(painter, writer, stage, lesson, number, made)
            yield number
    finally:
        painter.end()  # a device must not go before its painter


def _writer(target: QIODevice, title: str) -> QPdfWriter:
    writer = QPdfWriter(target)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            margins,
            QPageLayout.Unit.Millimeter,
        )
    )
    # One dot per pixel of the stage, where lines of fixed width have the width of the screen.
    inches = writer.pageLayout().paintRect(QPageLayout.Unit.Inch).width()
    writer.setResolution(round(_DOTS / inches))
    writer.setTitle(title)
    writer.setCreator(f"winit {__version__}")
    return writer


def _page(
    painter: QPainter,
    writer: QPdfWriter,
    stage: Stage,
    lesson: Lesson,
    number: int,
    made: Prepared,
) -> None:
    """Draw a page; picture and type shrink until all fits."""
    width, room = writer.width(), writer.height()
    for height, points in _sizes():
        above = PageText(_above(lesson, number, made), points, width, writer)
        below = PageText(words_below(made), points, width, writer)
        foot = PageText(_foot(lesson, number, made.step), points * _SMALL, width, writer)
        stage.resize(_DOTS, height)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        picture = _panels(stage)
        needed = above.height + picture.height() + below.height + foot.height + 3 * _GAP
        if needed <= room:
            break
    above.draw(painter, 0)
    top = round(above.height) + _GAP
    with symbols_as_shapes(stage):
        flags = QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren
        stage.render(painter, QPoint(0, top), QRegion(picture), flags)
    below.draw(painter, top + picture.height() + _GAP)
    foot.draw(painter, room - foot.height)


def _sizes() -> Iterator[tuple[int, float]]:
    """Give heights of the stage and sizes of the type, the largest first."""
    for points in _POINTS:
        for height in _HEIGHTS[: 6 if points > 9 else None]:
            yield height, points


def _panels(stage: Stage) -> QRect:
    """Return where panels and verdicts stand: the words are set in the page's own type."""
    top = stage.band.geometry().bottom() + 1
    return QRect(0, top, stage.width(), stage.height() - top)


def _above(lesson: Lesson, number: int, made: Prepared) -> str:
    step = made.step
    head = f"# {lesson.title}\n\n{lesson.summary}\n\n" if number == 1 else ""
    text = f"{head}## {number}. {step.title}\n\n{filled_text(step.text, step, made.named_values)}"
    if step.question is None:
        return text
    ask = filled_text(step.question.ask, step, made.named_values)
    choices = "  \n".join(
        f"**{mark}**\u2002{filled_text(choice.text, step, made.named_values)}"
        for mark, choice in zip(MARKS, step.question.choices, strict=False)
    )
    return "\n\n".join([text, tr("**Predict:** {question}", question=ask), choices])


def words_below(made: Prepared) -> str:
    """Return what stands below the picture: the answer, and what was measured."""
    step = made.step
    parts = []
    if step.question is not None:
        for mark, choice in zip(MARKS, step.question.choices, strict=False):
            if choice.right:
                because = filled_text(choice.because, step, made.named_values)
                parts.append(tr("**Answer: {mark}.** {because}", mark=mark, because=because))
    if step.claims:
        lines = [f"- {_number(one.claim, one.value, step)}{_doubt(one)}" for one in made.measured]
        parts.append("\n\n".join([tr("**Measured**"), "\n".join(lines)]))
    return "\n\n".join(parts)


def _doubt(one: Measured) -> str:
    if not one.doubt:
        return ""
    claimed = tr("the file claims {range}", range=one.claimed)
    return f" · **{DOUBTED} {claimed}**"


def _number(claim: Claim, value: float, step: Step) -> str:
    """Return a measured number with what it is, and the one that was published."""
    quantity = QUANTITIES[claim.quantity]
    schemes = step.state.experiment.schemes
    parts = [quantity.label, wording.scheme_name(claim.scheme or schemes[0])]
    if quantity.has_layer:
        layer = quantity.home.index(step.state.experiment) if claim.layer is None else claim.layer
        parts.append(tr("layer {number}", number=layer + 1))
    if step.train_to:
        parts.append(tr("step {number}", number=claim.step))
    if step.state.view.seeds > 1 and quantity.needs is Needs.NETWORK:
        parts.append(tr("median of {count} nets", count=step.state.view.seeds))
    shown = f"**{number_text(value, claim.quantity, claim.digits)}** · {', '.join(parts)}"
    if not claim.published:
        return shown
    published = tr("published: **{number}**", number=claim.published)
    return f"{shown}; {published}{f' ({claim.source})' if claim.source else ''}"


def _foot(lesson: Lesson, number: int, step: Step) -> str:
    network = wording.network_in_words(step.state.experiment)
    place = position(number, len(lesson.steps))
    author = f", {lesson.author}" if lesson.author else ""
    return f"{lesson.title}{author} · {place} · {network}"
