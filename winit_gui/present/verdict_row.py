"""The row below the panels: every scheme's name, its verdict and the proof, as far as they fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.swatch import Swatch
from winit_gui.lessons.lesson import Step
from winit_gui.picture import Request
from winit_gui.present.prepared import Prepared
from winit_gui.style import SchemeStyle, Theme
from winit_gui.training_session import outcomes
from winit_gui.verdicts import verdict_of

_VERDICT = 1.2
_MOST_COLUMNS = 6
_PROOF_LINES = 2


@dataclass(frozen=True)
class Card:
    """What stands on a card, everything from the fullest to the shortest.

    At the head is the verdict, or what became of the training; then the proofs speak of before.
    """

    style: SchemeStyle
    names: tuple[str, ...]
    verdicts: tuple[str, ...]
    proofs: tuple[str, ...]


def cards_of(step: Step, prepared: Prepared | None, revealed: bool) -> list[Card]:
    """Return the cards of a step; before the reveal, or its results, they only name the schemes."""
    schemes = step.state.experiment.schemes
    styles = Request.of(step.state).styles
    curves = None if prepared is None else prepared.curves
    trained = outcomes(curves) if curves is not None else []
    cards = []
    for index, (choice, style) in enumerate(zip(schemes, styles, strict=True)):
        names = (wording.scheme_name(choice), wording.short_scheme_name(choice, schemes))
        if prepared is None or not revealed:
            cards.append(Card(style, names, ("",), ()))
            continue
        found = verdict_of(prepared.picture, index)
        kind = found.finding.kind
        verdicts: tuple[str, ...] = (wording.VERDICTS[kind],)
        proofs = found.proofs
        if trained and trained[index]:
            verdicts = wording.headline(trained[index])
            proofs = wording.before_training(kind, proofs)
        cards.append(Card(style, names, verdicts, proofs))
    return cards


def _widest(wordings: tuple[str, ...], metrics: QFontMetricsF, width: float) -> str:
    """Return the fullest wording that fits a width, else the last."""
    fitting = (text for text in wordings if metrics.horizontalAdvance(text) <= width)
    return next(fitting, wordings[-1])


class VerdictRow(QWidget):
    """Draws the cards; `fit` chooses how many stand beside one another and what they say."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._cards: list[Card] = []
        self._theme: Theme | None = None
        self._least = 20.0
        self._columns, self._width = 1, 0
        self._card_height = 0.0
        self._proofs: list[str] = []
        self._names: list[str] = []
        self._verdicts: list[str] = []
        self._swatches: list[Swatch] = []
        self._forward = -1

    @property
    def names(self) -> list[str]:
        """The names as they are written."""
        return list(self._names)

    @property
    def verdicts(self) -> list[str]:
        """The verdicts as they are written; empty before the reveal."""
        return list(self._verdicts)

    def show_cards(self, cards: Sequence[Card], theme: Theme, forward: int) -> None:
        """Show cards, one of them brought forward or none; `fit` must follow."""
        self._cards, self._theme, self._forward = list(cards), theme, forward
        self._verdicts = [card.verdicts[0] for card in cards]
        words = [": ".join(filter(None, (c.names[0], c.verdicts[0], *c.proofs[:1]))) for c in cards]
        self.setAccessibleName(tr("Verdicts. {cards}", cards=". ".join(words)))
        while len(self._swatches) < len(cards):
            self._swatches.append(Swatch(self))
        for place, swatch in enumerate(self._swatches):
            swatch.setVisible(place < len(cards))
        self.update()

    def fit(self, width: int, limit: int, least: float) -> int:
        """Choose columns and wordings for a width; return the height that is needed."""
        self._least, self._width = math.ceil(least), width
        count = len(self._cards)
        if not count:
            return 0
        name = QFontMetricsF(self._font())
        bold = QFontMetricsF(self._font(_VERDICT, bold=True))
        gap, pad = self._gap, self._pad
        head = self._swatch_width + 2 * pad
        least_width = max(
            max(name.horizontalAdvance(card.names[-1]) + head for card in self._cards),
            max(bold.horizontalAdvance(card.verdicts[-1]) + 2 * pad for card in self._cards),
        )
        fitting = max(int((width + gap) / (least_width + gap)), 1)
        lines = math.ceil(count / min(fitting, count, _MOST_COLUMNS))
        self._columns = math.ceil(count / lines)
        inside = (width - (self._columns - 1) * gap) / self._columns - 2 * pad
        self._names = [_widest(card.names, name, inside - head) for card in self._cards]
        self._verdicts = [_widest(card.verdicts, bold, inside) for card in self._cards]
        revealed = bool(self._verdicts[0])
        base = name.height() + 2 * pad + (bold.height() if revealed else 0)
        self._proofs, self._card_height = [""] * count, base
        if revealed:
            for most in range(_PROOF_LINES, 0, -1):
                height = base + most * name.lineSpacing()
                if lines * height + (lines - 1) * gap > limit:
                    continue
                self._proofs = [self._proof(card, inside, most, name) for card in self._cards]
                used = max(self._lines(text, inside, name) for text in self._proofs)
                self._card_height = base + used * name.lineSpacing()
                break
        self._place_swatches()
        return math.ceil(lines * self._card_height + (lines - 1) * gap)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cards."""
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        name, bold = QFontMetricsF(self._font()), QFontMetricsF(self._font(_VERDICT, bold=True))
        for place in range(len(self._cards)):
            box = self._box(place)
            chosen = place == self._forward
            painter.setPen(QColor(self._theme.accent if chosen else self._theme.line))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            painter.setPen(QColor(self._theme.text))
            painter.setFont(self._font())
            inside = box.adjusted(self._pad, self._pad, -self._pad, -self._pad)
            line = inside.adjusted(self._swatch_width, 0, 0, 0)
            line.setHeight(name.height())
            left = Qt.AlignmentFlag.AlignLeft
            painter.drawText(line, left | Qt.AlignmentFlag.AlignVCenter, self._names[place])
            if not self._verdicts[place]:
                continue
            painter.setFont(self._font(_VERDICT, bold=True))
            line = QRectF(inside.left(), line.bottom(), inside.width(), bold.height())
            painter.drawText(line, left | Qt.AlignmentFlag.AlignVCenter, self._verdicts[place])
            painter.setFont(self._font())
            rest = QRectF(
                inside.left(), line.bottom(), inside.width(), box.bottom() - line.bottom()
            )
            flags = int(left | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(rest, flags, self._proofs[place])
        painter.end()

    def _font(self, size: float = 1.0, bold: bool = False) -> QFont:
        made = QFont(self.font())
        made.setPixelSize(math.ceil(self._least * size))
        made.setBold(bold)
        return made

    @property
    def _gap(self) -> float:
        return round(0.5 * self._least)

    @property
    def _pad(self) -> float:
        return round(0.35 * self._least)

    @property
    def _swatch_width(self) -> float:
        return round(1.5 * self._least)

    def _box(self, place: int) -> QRectF:
        width = (self._width - (self._columns - 1) * self._gap) / self._columns
        row, column = divmod(place, self._columns)
        return QRectF(
            column * (width + self._gap),
            row * (self._card_height + self._gap),
            width,
            self._card_height,
        )

    def _place_swatches(self) -> None:
        side = round(0.85 * self._least)
        for place, (card, swatch) in enumerate(zip(self._cards, self._swatches, strict=False)):
            box = self._box(place)
            swatch.setFixedSize(round(1.25 * side), side)
            height = QFontMetricsF(self._font()).height()
            y = box.top() + self._pad + (height - side) / 2
            swatch.move(round(box.left() + self._pad), round(y))
            swatch.show_style(card.style)

    def _proof(self, card: Card, width: float, most: int, metrics: QFontMetricsF) -> str:
        fitting = (p for p in card.proofs if self._lines(p, width, metrics) <= most)
        return next(fitting, "")

    def _lines(self, text: str, width: float, metrics: QFontMetricsF) -> int:
        if not text:
            return 0
        room = QRectF(0, 0, width, 1e4)
        needed = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), text)
        if needed.width() > width:
            return 99
        return round(needed.height() / metrics.lineSpacing())
