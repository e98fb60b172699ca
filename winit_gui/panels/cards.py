"""The row of verdict cards below the panels; a compact table where cards would be too narrow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QEnterEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from winit_core.diagnosis import Diagnosis
from winit_core.schemes import SchemeChoice
from winit_core.simulation import SchemeRun
from winit_gui import wording
from winit_gui.controls.fitting_label import FittingLabel
from winit_gui.controls.swatch import Swatch
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.picture import Picture
from winit_gui.store import Store
from winit_gui.style import LIGHT, SPACE, SchemeStyle, Theme

_CARD_WIDTH = 196
_COMPACT_WIDTH = 330
_COMPACT_WIDTH_WITH_PROOF = 420
_HEIGHT_FOR_TWO_ROWS = 780


@dataclass(frozen=True)
class Verdict:
    """A run and its diagnosis that stand for all nets of a scheme, and how many agree."""

    run: SchemeRun
    diagnosis: Diagnosis
    share: str


def verdict_of(picture: Picture, index: int) -> Verdict:
    """Return the commonest verdict on a scheme, with the first net that has it."""
    ensemble = picture.ensemble
    share = ""
    if ensemble is not None:
        _, count = ensemble.verdicts(index)[0]
        share = f"{count} of {len(ensemble.seeds)} nets. "
    return Verdict(*picture.representative(index), share)


class Card(QFrame):
    """One scheme's verdict with its proof and its remedy.

    Signals
    -------
    hovered(int), left()
        The pointer or the focus came and went.
    remedy_asked(int)
        The remedy's button.
    chosen(int)
        A click on the card.
    """

    chosen = Signal(int)
    hovered = Signal(int)
    left = Signal()
    remedy_asked = Signal(int)

    def __init__(self, index: int, compact: bool) -> None:
        super().__init__()
        self._index = index
        self._compact = compact
        self._short: tuple[str, ...] = ("",)
        self._shown: object = None
        self.setObjectName("card")
        self.swatch = Swatch(self)
        self.name = FittingLabel(self)
        self.verdict = QLabel(self)
        self.verdict.setObjectName("verdictCompact" if compact else "verdict")
        self.proof: QLabel = FittingLabel(self) if compact else QLabel(self)
        self.proof.setObjectName("sentence")
        self.outcome = FittingLabel(self)
        self.outcome.hide()
        self.remedy = QPushButton(self)
        self.remedy.setObjectName("remedy")
        self.remedy.setCursor(Qt.CursorShape.PointingHandCursor)
        self.remedy.clicked.connect(self._on_remedy)
        if compact:
            self._lay_out_line()
        else:
            self._lay_out_card()

    def _lay_out_card(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE + 2)
        head.addWidget(self.swatch)
        head.addWidget(self.name, 1)
        self.proof.setWordWrap(True)
        self.proof.setAlignment(Qt.AlignmentFlag.AlignTop)
        # No plot is to shrink when they come: they share a line that is always there.
        policies = QSizePolicy.Policy
        self.outcome.setSizePolicy(policies.Ignored, policies.Preferred)
        self.outcome.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for widget in (self.outcome, self.remedy):
            keep = widget.sizePolicy()
            keep.setRetainSizeWhenHidden(widget is self.outcome)
            widget.setSizePolicy(keep)
        foot = QHBoxLayout()
        foot.setSpacing(2 * SPACE)
        foot.addWidget(self.remedy)
        foot.addWidget(self.outcome, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(head)
        layout.addWidget(self.verdict)
        layout.addWidget(self.proof, 1)
        layout.addLayout(foot)

    def _lay_out_line(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE // 2, 2 * SPACE, SPACE // 2)
        layout.setSpacing(2 * SPACE)
        keep = self.remedy.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.remedy.setSizePolicy(keep)
        self.remedy.setText("Mend")
        policies = QSizePolicy.Policy
        self.verdict.setSizePolicy(policies.Ignored, policies.Preferred)
        for label in (self.name, self.proof):  # a ⁻⁶ of another font must not make a line higher
            label.setSizePolicy(policies.Ignored, policies.Ignored)
        layout.addWidget(self.swatch)
        layout.addWidget(self.name, 9)
        layout.addWidget(self.verdict, 5)
        layout.addWidget(self.proof, 8)
        layout.addWidget(self.remedy)

    def show_verdict(self, verdict: Verdict, style: SchemeStyle, short_name: str) -> None:
        """Show what was found of a scheme."""
        run, diagnosis = verdict.run, verdict.diagnosis
        shown = (run.choice, run.loss, diagnosis, verdict.share, style, short_name)
        if shown == self._shown:
            return
        self._shown = shown
        worst = diagnosis.worst
        name, word = wording.scheme_name(run.choice), wording.VERDICTS[worst.kind]
        proof = verdict.share + wording.evidence(worst, run)
        self.swatch.show_style(style)
        self.name.set_wordings(name, short_name)
        self.verdict.setText(word)
        short = wording.short_evidence(worst, run)
        self._short = (verdict.share + short[0], *short)
        self._prove(self._short if self._compact else (proof,))
        lines = [wording.VERDICT_DEFINITIONS[worst.kind], "", proof]
        for finding in diagnosis.findings[1:]:
            lines.append(f"{wording.VERDICTS[finding.kind]}: {wording.evidence(finding, run)}")
        lines.append(f"Loss before training: {wording.number(run.loss, 4)}")
        self.setToolTip("\n".join(lines))
        self.setAccessibleName(f"{name}: {word}. {proof}")
        self.remedy.setVisible(worst.remedy is not None)
        if worst.remedy is not None:
            text = wording.remedy(worst.remedy)
            self.remedy.setText("Mend" if self._compact else text)
            self.remedy.setAccessibleName(f"{text} instead of {name}")
            self.remedy.setToolTip(f"{text} instead of {name}; Ctrl+Z takes it back")

    def offer_to_take_back(self, label: str) -> None:
        """Let the remedy's button undo the remedy that was applied here."""
        self._shown = None
        self.remedy.setText("Take back")
        self.remedy.setToolTip(f"Undo: {label}")
        self.remedy.setAccessibleName(f"Take back: {label}")
        self.remedy.show()

    def show_outcome(self, text: str) -> None:
        """Show what became of the training, or nothing."""
        if self._compact:
            self._prove((text,) if text else self._short)
            return
        self.outcome.set_wordings(text, text.split(" after ")[0])
        self.outcome.setToolTip(text)
        self.outcome.setVisible(bool(text))

    def _prove(self, wordings: tuple[str, ...]) -> None:
        if isinstance(self.proof, FittingLabel):
            self.proof.set_wordings(*wordings)
        else:
            self.proof.setText(wordings[0])

    def set_forward(self, forward: bool) -> None:
        """Show whether this card's scheme is the one brought forward."""
        if self.property("brought_forward") != forward:
            self.setProperty("brought_forward", forward)
            self.style().unpolish(self)
            self.style().polish(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Have the scheme explained."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.pos()):
            self.chosen.emit(self._index)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Bring the scheme forward."""
        self.hovered.emit(self._index)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Let it go back."""
        self.left.emit()
        super().leaveEvent(event)

    @Slot()
    def _on_remedy(self) -> None:
        self.remedy_asked.emit(self._index)


class Cards(QScrollArea):
    """All cards, in one row, two rows, or as a table of single lines.

    Signals
    -------
    explain_asked(int)
        A card was clicked.
    refitted()
        The height changed: everything above gets another one, too.
    """

    explain_asked = Signal(int)
    refitted = Signal()

    def __init__(self, store: Store, highlight: Highlight) -> None:
        super().__init__()
        self._store = store
        self._highlight = highlight
        self._picture: Picture | None = None
        self._theme: Theme = LIGHT
        self._shape: tuple[int, bool, int, float] | None = None
        self._applied: tuple[str, SchemeChoice] | None = None
        self._outcomes: list[str] = []
        self._columns_now, self._compact_now = 1, False
        self.cards: list[Card] = []
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Verdicts")
        self._body = QWidget()
        self._body.setObjectName("centre")
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2 * SPACE)
        self.setWidget(self._body)
        highlight.changed.connect(self._on_highlight)

    def set_theme(self, theme: Theme) -> None:
        """Size the cards for a theme's type."""
        self._theme = theme
        self._arrange()

    def show_picture(self, picture: Picture) -> None:
        """Show the verdicts of a picture."""
        self._picture = picture
        self._arrange()

    def show_outcomes(self, texts: list[str]) -> None:
        """Show what became of each scheme's training; an empty list: there is none."""
        self._outcomes = texts
        if self._picture is not None:
            self._show_outcomes()
            self.fit()

    def _show_outcomes(self) -> None:
        matching = len(self._outcomes) == len(self.cards)
        for index, card in enumerate(self.cards):
            card.show_outcome(self._outcomes[index] if matching else "")

    def fit(self) -> None:
        """Take the height that the cards want."""
        self._fit_height(len(self.cards), self._columns_now, self._compact_now)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the arrangement that fits."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        picture = self._picture
        if picture is None:
            return
        count = len(picture.diagnoses)
        columns, compact = self._columns(count)
        shape = (count, compact, columns, self._theme.type_scale)
        if shape != self._shape:
            self._shape = shape
            self._rebuild(count, columns, compact)
        schemes = picture.experiment.schemes
        for index, (card, style) in enumerate(zip(self.cards, picture.styles, strict=True)):
            name = wording.short_scheme_name(schemes[index], schemes)
            card.show_verdict(verdict_of(picture, index), style, name)
            if self._is_applied(index):
                card.offer_to_take_back(self._store.undo_label)
            room = self.width() / columns / self._theme.type_scale
            card.proof.setVisible(not compact or room >= _COMPACT_WIDTH_WITH_PROOF)
        self._columns_now, self._compact_now = columns, compact
        self._show_outcomes()
        if not picture.request.draft:  # nothing moves under a hand that drags
            self._fit_height(count, columns, compact)

    def _columns(self, count: int) -> tuple[int, bool]:
        """Return the number of columns, and whether a card is a single line."""
        scale = self._theme.type_scale
        room = max(self.width(), 1)
        fitting = max(int(room / (_CARD_WIDTH * scale)), 1)
        if count <= fitting:
            return max(count, 1), False
        tall = self.window().height() >= _HEIGHT_FOR_TWO_ROWS * scale
        half = math.ceil(count / 2)
        if tall and count <= 8 and half <= fitting:
            return half, False
        return max(int(room / (_COMPACT_WIDTH * scale)), 1), True

    def _rebuild(self, count: int, columns: int, compact: bool) -> None:
        for card in self.cards:
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._grid.setSpacing(SPACE if compact else 2 * SPACE)
        self.cards = []
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        lines = math.ceil(count / columns)
        for index in range(count):
            card = Card(index, compact)
            card.hovered.connect(self._highlight.set)
            card.left.connect(self._on_left)
            card.remedy_asked.connect(self._on_remedy)
            card.chosen.connect(self.explain_asked)
            place = (index % lines, index // lines) if compact else divmod(index, columns)
            self._grid.addWidget(card, *place)
            self._grid.setColumnStretch(place[1], 1)
            self.cards.append(card)

    def _fit_height(self, count: int, columns: int, compact: bool) -> None:
        if count == 0:
            self.setFixedHeight(0)
            return
        self._body.ensurePolished()
        layout_height = self._grid.sizeHint().height()
        if not compact:
            width = self.width() / columns - 2 * SPACE
            layout_height = 0
            for first in range(0, count, columns):
                row = self.cards[first : first + columns]
                layout_height += max(card.heightForWidth(int(width)) for card in row)
                layout_height += 2 * SPACE if first else 0
        share = 0.22 if compact and columns == 1 else 0.3
        limit = round(share * self.window().height())
        height = min(layout_height + 2, limit)
        if height != self.height():
            self.setFixedHeight(height)
            self.refitted.emit()

    @Slot(int)
    def _on_highlight(self, index: int) -> None:
        for position, card in enumerate(self.cards):
            card.set_forward(position == index)

    @Slot()
    def _on_left(self) -> None:
        self._highlight.set(NOBODY)

    @Slot(int)
    def _on_remedy(self, index: int) -> None:
        picture = self._picture
        if picture is None:
            return
        if self._applied is not None and self._is_applied(index):
            self._store.undo()
            return
        remedy = verdict_of(picture, index).diagnosis.worst.remedy
        choice = picture.experiment.schemes[index]
        experiment = self._store.state.experiment
        if remedy is not None and choice in experiment.schemes:
            changes: dict[str, Any] = remedy.applied(experiment, experiment.schemes.index(choice))
            label = wording.remedy(remedy)
            self._applied = (label, remedy.scheme or choice)
            self._store.update(label, **changes)

    def _is_applied(self, index: int) -> bool:
        """Tell whether the last change was a remedy, and this is the card it led to."""
        if self._applied is None or self._picture is None:
            return False
        label, choice = self._applied
        schemes = self._picture.experiment.schemes
        return self._store.undo_label == label and schemes[index] == choice
