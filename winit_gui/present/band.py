"""The band above the panels: title, text or question, choices, answer, published numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from winit_core.translation import tr
from winit_gui.lessons.claims import number_text
from winit_gui.lessons.lesson import Question
from winit_gui.lessons.words import filled, filled_text
from winit_gui.present.prepared import Words
from winit_gui.present.rich_text import RichText
from winit_gui.style import Theme

MARKS = "1234"
DOUBTED = "(!)"
"""Stands beside the place in the lesson where a claim is false: who knows it sees it."""

QUESTION_TITLE = tr("Question")
"""Stands for the title while the answer is not shown: titles tell it."""

_TITLE, _TEXT = 1.5, 1.15
"""Type sizes in the smallest size that is legible from the back row."""

_SHARE = 0.34
"""Of the stage: above this the text is set in the smallest size."""


class ChoiceBox(QWidget):
    """One answer on offer; a click chooses it.

    Signals
    -------
    chosen(int)
        Its number.
    """

    chosen = Signal(int)

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.number = number
        self.text = RichText(self)
        self._theme: Theme | None = None
        self._pixels = 20.0
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_text(self, markdown: str, pixels: float, theme: Theme) -> None:
        """Show an answer."""
        self._theme, self._pixels = theme, pixels
        self.text.set_text(markdown, pixels, theme.text)
        mark = MARKS[self.number]
        self.setAccessibleName(f"{mark}: {self.text.plain}")
        self.setToolTip(tr("Key {key}", key=mark))
        self.update()

    def fit(self, width: int) -> int:
        """Lay out for a width; return the height that is needed."""
        pad, mark = round(0.35 * self._pixels), round(1.5 * self._pixels)
        inside = width - mark - 2 * pad
        height = self.text.heightForWidth(inside)
        self.text.setGeometry(pad + mark, pad, inside, height)
        return height + 2 * pad

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose this answer."""
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside:
            self.chosen.emit(self.number)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame and the number."""
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.line))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(QColor(self._theme.accent))
        painter.setFont(_font(self.font(), self._pixels, bold=True))
        place = self.rect().adjusted(round(0.45 * self._pixels), self.text.y(), 0, 0)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(place, flags, MARKS[self.number])
        painter.end()


class Mark(QWidget):
    """The place in the lesson, and how far the training of this step has come."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._position, self._training = "", ""
        self._share = 1.0
        self._theme: Theme | None = None
        self._pixels = 20.0

    @property
    def text(self) -> str:
        """What it says."""
        return "   ".join(part for part in (self._training, self._position) if part)

    def show_place(
        self, position: str, training: str, share: float, pixels: float, theme: Theme
    ) -> None:
        """Say where the lesson is, and what share of the training is done."""
        self._position, self._training, self._share = position, training, share
        self._pixels, self._theme = pixels, theme
        self.setAccessibleName(self.text)
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for one line."""
        metrics = QFontMetricsF(_font(self.font(), self._pixels))
        width = metrics.horizontalAdvance(self._position)
        if self._training:
            width += metrics.horizontalAdvance(self._training) + 2.5 * self._pixels
        return QSize(math.ceil(width) + 2, math.ceil(metrics.height()) + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the place at the right, the training as a filling bar left of it."""
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = _font(self.font(), self._pixels)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), right, self._position)
        if self._training:
            metrics = QFontMetricsF(font)
            width = metrics.horizontalAdvance(self._training) + 1.2 * self._pixels
            left = self.width() - metrics.horizontalAdvance(self._position) - self._pixels - width
            bar = QRectF(left, 0.5, width, self.height() - 1)
            fill = QRectF(left, 0.5, width * self._share, self.height() - 1)
            tint = QColor(self._theme.accent)
            tint.setAlphaF(0.16)
            painter.fillRect(fill, tint)
            painter.setPen(QColor(self._theme.line))
            painter.drawRect(bar)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, self._training)
        painter.end()


class Band(QWidget):
    """What a step says.

    Signals
    -------
    chosen(int)
        An answer was clicked.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = RichText(self)
        self.mark = Mark(self)
        self.text = RichText(self)
        self.answer = RichText(self)
        self.published = RichText(self)
        self.choices: list[ChoiceBox] = []
        self._content: tuple[Words, bool, int | None] | None = None
        self._position = ""
        self._least = 20.0
        self._theme: Theme | None = None

    def show_step(
        self, prepared: Words, position: str, revealed: bool, choice: int | None, theme: Theme
    ) -> None:
        """Show the words of a step; `fit` must follow.

        Parameters
        ----------
        prepared
            The step and its measured numbers.
        position
            Where the lesson is, in words.
        revealed
            Whether the answer of its question is shown, if it asks one.
        choice
            The answer that was chosen, if one was.
        theme
            Colours.
        """
        self._content = prepared, revealed, choice
        self._position, self._theme = position, theme

    @property
    def texts(self) -> list[RichText]:
        """What is on screen."""
        own = [self.title, self.text, self.answer, self.published]
        offered = [box.text for box in self.choices if not box.isHidden()]
        return [text for text in own if not text.isHidden()] + offered

    def fit(self, width: int, stage_height: int, least: float) -> int:
        """Lay out for a width; return the height that is needed.

        Parameters
        ----------
        width, stage_height
            In logical pixels.
        least
            The smallest type size.
        """
        self._least = least
        height = self._lay_out(width, least, _TEXT)
        if height > _SHARE * stage_height:
            height = self._lay_out(width, least, 1.0)
        return height

    def _lay_out(self, width: int, least: float, size: float) -> int:
        if self._content is None or self._theme is None:
            return 0
        prepared, revealed, choice = self._content
        step, theme = prepared.step, self._theme
        values, question = prepared.named_values, step.question
        pixels, gap = math.ceil(least * size), round(0.3 * least)
        asked = question is not None and not revealed
        self._show_mark(prepared)
        title = math.ceil(least * (_TITLE if size > 1 else 1.25))
        heading = QUESTION_TITLE if asked else filled_text(step.title, step, values)
        self.title.set_text(heading, title, theme.text, bold=True)
        mark = self.mark.sizeHint()
        y = self._put(self.title, 0, width - mark.width() - gap, gap=0)
        self.mark.setGeometry(self._place_of_mark())
        y = max(y, mark.height() + 2)
        words = filled(step, values)
        if asked:
            assert question is not None
            words = filled_text(question.ask, step, values)
        self.text.set_text(words, pixels, theme.text)
        y = self._put(self.text, y, width, gap)
        y = self._lay_out_choices(question if asked else None, prepared, y, width, pixels)
        told = _answer(question, choice) if question is not None and not asked else ""
        self.answer.set_text(filled_text(told, step, values), pixels, theme.text)
        y = self._put(self.answer, y, width, gap)
        beside = "" if asked else _published(prepared)
        self.published.set_text(beside, math.ceil(least), theme.text)
        return self._put(self.published, y, width, gap)

    def _put(self, text: RichText, y: int, width: int, gap: int) -> int:
        """Place a text below what ends at a height, if it says anything; return where it ends."""
        height = text.heightForWidth(width)
        text.setVisible(height > 0)
        if not height:
            return y
        text.setGeometry(0, y + gap, width, height)
        return y + gap + height

    def _lay_out_choices(
        self, question: Question | None, prepared: Words, y: int, width: int, pixels: int
    ) -> int:
        offered = () if question is None else question.choices
        while len(self.choices) < len(offered):
            box = ChoiceBox(len(self.choices), self)
            box.chosen.connect(self.chosen)
            self.choices.append(box)
        for box in self.choices:
            box.setVisible(box.number < len(offered))
        if not offered or self._theme is None:
            return y
        shown = self.choices[: len(offered)]
        values = prepared.named_values
        for box, choice in zip(shown, offered, strict=True):
            box.set_text(filled_text(choice.text, prepared.step, values), pixels, self._theme)
        gap = round(0.4 * pixels)
        return y + gap + _in_columns(shown, y + gap, width, gap)

    def show_progress(self, prepared: Words) -> None:
        """Say how far the training is; nothing else moves."""
        self._show_mark(prepared)
        self.mark.setGeometry(self._place_of_mark())

    def _place_of_mark(self) -> QRect:
        size = self.mark.sizeHint()
        return QRect(self.width() - size.width(), 2, size.width(), size.height())

    def _show_mark(self, prepared: Words) -> None:
        assert self._theme is not None
        wanted = prepared.step.train_to
        training, share = "", 1.0
        if wanted:
            share = prepared.reached / wanted
            training = tr("step {number} of {count}", number=prepared.reached, count=wanted)
        pixels = math.ceil(self._least)
        place = f"{DOUBTED} {self._position}" if prepared.doubts else self._position
        self.mark.show_place(place, training, share, pixels, self._theme)


def _in_columns(boxes: Sequence[ChoiceBox], y: int, width: int, gap: int) -> int:
    """Place boxes in as many columns as make them lowest; return their height."""
    count = len(boxes)

    def room(columns: int) -> int:
        return (width - (columns - 1) * gap) // columns

    def lines(columns: int) -> list[int]:
        heights = [box.fit(room(columns)) for box in boxes]
        return [max(heights[at : at + columns]) for at in range(0, count, columns)]

    options = [n for n in range(count, 0, -1) if count % n == 0 or n == 1]
    columns = min(options, key=lambda n: sum(lines(n)) + gap * (len(lines(n)) - 1))
    heights, top = lines(columns), y
    for row, height in enumerate(heights):
        for column, box in enumerate(boxes[row * columns : (row + 1) * columns]):
            box.setGeometry(QRect(column * (room(columns) + gap), top, room(columns), height))
        top += height + gap
    return top - gap - y


def _answer(question: Question, choice: int | None) -> str:
    """Return the answer with its reason, and the reason for the one that was chosen instead."""
    lines = []
    for number, offered in enumerate(question.choices):
        if offered.right or number == choice:
            sign = "✓" if offered.right else "✗"
            reason = f" {offered.because}" if offered.because else ""
            lines.append(f"**{sign} {MARKS[number]}** {offered.text}.{reason}")
    return "  \n".join(line.replace("..", ".") for line in lines)


def _published(prepared: Words) -> str:
    """Return every published number beside the one just measured."""
    lines = []
    found = prepared.measured
    for place, claim in enumerate(prepared.step.claims):
        if not claim.published:
            continue
        measured = "…"
        if place < len(found):
            measured = number_text(found[place].value, claim.quantity, claim.digits)
        published = tr("Published: **{number}**", number=claim.published)
        source = f" ({claim.source})" if claim.source else ""
        here = tr("measured here: **{number}**", number=measured)
        lines.append(f"{published}{source} · {here}")
    return "  \n".join(lines)


def _font(base: QFont, pixels: float, bold: bool = False) -> QFont:
    made = QFont(base)
    made.setPixelSize(round(pixels))
    made.setBold(bold)
    return made
