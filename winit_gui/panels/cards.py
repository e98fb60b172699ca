"""The row of verdict cards below the panels; a compact table where cards would be too narrow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QEnterEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from winit_core.diagnosis import Kind
from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.fitting_button import FittingButton
from winit_gui.controls.fitting_label import FittingLabel
from winit_gui.controls.swatch import Swatch
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.picture import Picture
from winit_gui.store import Store
from winit_gui.style import LIGHT, SPACE, SchemeStyle, Theme
from winit_gui.verdicts import Verdict, verdict_of

_CARD_WIDTH = 196
_COMPACT_WIDTH = 330
_COMPACT_WIDTH_WITH_PROOF = 420
_HEIGHT_FOR_TWO_ROWS = 780
_SHARES = (9, 5, 8)
_SHARES_TRAINED = (15, 20, 20)
"""Of a line's room for name, verdict and proof; what became of a training takes more words."""


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
        self._kind = Kind.HEALTHY
        self._proofs: tuple[str, ...] = ("",)
        self._about: list[str] = []
        self._outcome = self._measured = ""
        self._room = 0
        self._shown: object = None
        self.setObjectName("card")
        self.swatch = Swatch(self)
        self.name = FittingLabel(self)
        self.verdict = FittingLabel(self)
        self.verdict.setObjectName("verdictCompact" if compact else "verdict")
        self.proof: QLabel = FittingLabel(self) if compact else QLabel(self)
        self.proof.setObjectName("sentence")
        self.remedy = FittingButton(self)
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
        policies = QSizePolicy.Policy
        keep = QSizePolicy(policies.Maximum, policies.Fixed)
        keep.setRetainSizeWhenHidden(True)  # no plot is to shrink when theory finds a remedy
        self.remedy.setSizePolicy(keep)
        foot = QHBoxLayout()
        foot.addWidget(self.remedy)
        foot.addStretch(1)
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
        self.remedy.set_wordings(tr("Mend"))
        policies = QSizePolicy.Policy
        self.verdict.setSizePolicy(policies.Ignored, policies.Preferred)
        for label in (self.name, self.proof):  # a ⁻⁶ of another font must not make a line higher
            label.setSizePolicy(policies.Ignored, policies.Ignored)
        layout.addWidget(self.swatch)
        for label in (self.name, self.verdict, self.proof):
            layout.addWidget(label)
        layout.addWidget(self.remedy)
        self._share_line()

    def _share_line(self) -> None:
        """Divide a line's room among its words."""
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        shares = _SHARES_TRAINED if self._outcome else _SHARES
        for label, share in zip((self.name, self.verdict, self.proof), shares, strict=True):
            layout.setStretchFactor(label, share)

    def show_verdict(self, verdict: Verdict, style: SchemeStyle, short_name: str) -> None:
        """Show what was found of a scheme."""
        choice, worst = verdict.run.choice, verdict.diagnosis.worst
        shown = (verdict.finding, verdict.counts, verdict.loss, verdict.diagnosis)
        if (choice, style, short_name, *shown) == self._shown:
            return
        self._shown = (choice, style, short_name, *shown)
        name = wording.scheme_name(choice)
        self._kind, self._proofs = verdict.finding.kind, verdict.proofs
        self._about = [wording.VERDICT_DEFINITIONS[self._kind], "", self._proofs[0]]
        self._about += verdict.others
        loss = wording.number(verdict.loss, 4)
        self._about.append(
            tr("Loss before training, median: {loss}", loss=loss)
            if verdict.counts
            else tr("Loss before training: {loss}", loss=loss)
        )
        self.swatch.show_style(style)
        self.name.set_wordings(name, short_name)
        self._tell()
        self.remedy.setVisible(worst.remedy is not None)
        if worst.remedy is not None:
            text = wording.remedy(worst.remedy)
            wordings = wording.remedy_wordings(worst.remedy)
            self.remedy.set_wordings(*(wordings[-1:] if self._compact else wordings))
            self.remedy.setAccessibleName(tr("{remedy} instead of {name}", remedy=text, name=name))
            self.remedy.setToolTip(
                tr("{remedy} instead of {name}; Ctrl+Z takes it back", remedy=text, name=name)
            )

    def offer_to_take_back(self, label: str) -> None:
        """Let the remedy's button undo the remedy that was applied here."""
        self._shown = None
        self.remedy.set_wordings(tr("Take back"))
        self.remedy.setToolTip(tr("Undo: {step}", step=label))
        self.remedy.setAccessibleName(tr("Take back: {step}", step=label))
        self.remedy.show()

    def show_outcome(self, text: str, measured: str) -> None:
        """Lead with what became of the training; nothing: there is none, the verdict leads.

        `measured` tells the numbers behind it.
        """
        if (text, measured) == (self._outcome, self._measured):
            return
        self._outcome, self._measured = text, measured
        if self._compact:
            self._share_line()
        self._tell()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the words anew for another width."""
        super().resizeEvent(event)
        self._prove(self.width())

    def proof_height(self, width: int) -> int:
        """Return the height that the proof takes as long as there is no training."""
        return self._height(self._proofs[0], width)

    def fitted_height(self, width: int, room: int) -> int:
        """Choose words for a width and a height of the proof; return the whole height."""
        self._room = room
        self._prove(width)
        return self.heightForWidth(width)

    def _tell(self) -> None:
        """Put the outcome or the verdict at the head; a verdict is one before any training."""
        word = wording.VERDICTS[self._kind]
        heads = wording.headline(self._outcome) if self._outcome else (word,)
        self.verdict.set_wordings(*heads)
        self._prove(self.width())
        proof, about = self._proofs[0], self._about
        if self._outcome:
            proof = wording.before_training(self._kind, self._proofs)[0]
            trained = [heads[0], self._measured] if self._measured else [heads[0]]
            about = [*trained, "", tr("{verdict} before training.", verdict=word), *about]
        self.setToolTip("\n".join(about))
        self.setAccessibleName(f"{self.name.whole}: {heads[0]}. {proof}")

    def _prove(self, width: int) -> None:
        told = self._proofs
        if self._outcome:
            told = wording.before_training(self._kind, told)
        if isinstance(self.proof, FittingLabel):
            self.proof.set_wordings(*(told if self._outcome else told[1:]))
            return
        room = max(self._room, self._height(self._proofs[0], width))
        fitting = (text for text in told if self._height(text, width) <= room)
        self.proof.setText(next(fitting, told[-1]))

    def _height(self, text: str, width: int) -> int:
        """Return how high a text gets in the place of the proof, in a card of a width."""
        layout = self.layout()
        assert layout is not None
        margins = layout.contentsMargins()
        inside = width - margins.left() - margins.right() - 2 * self.frameWidth()
        box, metrics = QRect(0, 0, inside, 10**5), self.proof.fontMetrics()
        return metrics.boundingRect(box, Qt.TextFlag.TextWordWrap, text).height()

    def set_forward(self, forward: bool) -> None:
        """Show whether this card's scheme is the one brought forward."""
        if self.property("brought_forward") != forward:
            self.setProperty("brought_forward", forward)
            self.style().unpolish(self)
            self.style().polish(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Have the scheme explained."""
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside:
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
        self._fitted_for: tuple[Experiment, QSize, int, float] | None = None
        self._fitted_seed = self._least = 0
        self._applied: tuple[str, SchemeChoice] | None = None
        self._outcomes: list[tuple[str, str]] = []
        self._columns_now, self._compact_now = 1, False
        self.cards: list[Card] = []
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Verdicts"))
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

    def show_outcomes(self, texts: Sequence[str], measured: Sequence[str]) -> None:
        """Show what became of each scheme's training; an empty list: there is none.

        `measured` tells the numbers behind each.
        """
        self._outcomes = list(zip(texts, measured, strict=True))
        if self._picture is not None:
            self._show_outcomes()
            self.fit()

    def _show_outcomes(self) -> None:
        matching = len(self._outcomes) == len(self.cards)
        for index, card in enumerate(self.cards):
            card.show_outcome(*(self._outcomes[index] if matching else ("", "")))

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
        self._order_for_tab()

    def _order_for_tab(self) -> None:
        """Let Tab come to new cards where the old ones were, not at the end of the window."""
        self._body.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Qt puts nothing behind what has none
        before: QWidget = self._body
        for card in self.cards:
            QWidget.setTabOrder(before, card.remedy)
            before = card.remedy
        self._body.setFocusPolicy(Qt.FocusPolicy.NoFocus)

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
                # No plot is to shrink when a training has an outcome: it takes no further line.
                room = max(card.proof_height(int(width)) for card in row)
                layout_height += max(card.fitted_height(int(width), room) for card in row)
                layout_height += 2 * SPACE if first else 0
        share = 0.22 if compact and columns == 1 else 0.3
        limit = round(share * self.window().height())
        height = max(min(layout_height + 2, limit), self._least_height())
        if height != self.height():
            self.setFixedHeight(height)
            self.refitted.emit()

    def _least_height(self) -> int:
        """Return what is not to be fallen short of: another seed alone moves no plot back."""
        if self._picture is None:
            return 0
        experiment = self._picture.experiment
        place = QSize(self.width(), self.window().height())
        alike = (replace(experiment, seed=0), place, self._columns_now, self._theme.type_scale)
        if alike != self._fitted_for:
            self._fitted_for, self._least = alike, 0
        elif experiment.seed != self._fitted_seed:
            self._least = self.height()
        self._fitted_seed = experiment.seed
        return self._least

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
