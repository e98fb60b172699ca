"""The source document's table "Which is Better?", each line with what was measured beside it."""

from __future__ import annotations

import math
from html import escape

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.maps.document_learning import (
    FamilyTrained,
    LearningJudgement,
    LearningReason,
    judge_learning,
)
from winit_core.maps.document_table import (
    DOCUMENT_TABLE,
    Entry,
    Family,
    Judgement,
    Measured,
    Reason,
    Ruling,
    judge,
)
from winit_core.maps.short_training import STEPS
from winit_core.maps.training_matrix import TrainingMatrix
from winit_core.maps.verdict_matrix import Case, VerdictMatrix
from winit_core.schemes import SchemeChoice
from winit_gui import wording
from winit_gui.style import BODY_POINTS, LIGHT, SENTENCE_POINTS, TITLE_POINTS, Theme, font

FAMILIES = {Family.XAVIER: "Xavier", Family.HE: "He"}
_SIGNS = {
    Ruling.CONFIRMED: "✓",
    Ruling.QUALIFIED: "≈",
    Ruling.CORRECTED: "✗",
    Ruling.UNKNOWN: "…",
}
RULINGS = {
    Ruling.CONFIRMED: "Confirmed",
    Ruling.QUALIFIED: "Confirmed, but",
    Ruling.CORRECTED: "Corrected",
    Ruling.UNKNOWN: "",
}


def share(measured: Measured) -> str:
    """Return how much of the error reaches layer 1."""
    if math.isnan(measured.decades):
        return "no error at all"
    if math.isinf(measured.decades):
        return "exactly 0"
    return f"{wording.number(10**measured.decades)} ×"


def judgement_sentence(judgement: Judgement) -> str:
    """Return what measuring says about one claim."""
    own, other = judgement.own, judgement.other
    if own is None or other is None:
        return "not measured yet"
    family = FAMILIES[judgement.entry.family]
    rival = FAMILIES[judgement.entry.family.other]
    nets = f"{own.healthy} of {own.nets} nets healthy"
    match judgement.reason:
        case Reason.BETTER:
            return f"layer 1 gets {share(own)} the error, {nets}; with {rival} {share(other)}"
        case Reason.AS_GOOD:
            return (
                f"{rival} is healthy here too: layer 1 gets {share(other)} the error, "
                f"with {family} {share(own)}"
            )
        case Reason.SIGNAL_GROWS:
            return (
                f"the error is fine ({share(own)}, {nets}), yet the signal drifts: "
                f"{wording.number(10**own.signal)} × as large in the last hidden layer, and it "
                "never settles"
            )
        case Reason.BETTER_NOT_HEALTHY:
            return f"better than {rival}, but {nets}: layer 1 gets {share(own)} the error"
        case Reason.WORSE:
            end = "neither is healthy" if not other.is_healthy else f"{rival} is healthy"
            return f"layer 1 gets {share(own)} the error, with {rival} {share(other)}: {end}"
        case Reason.HEALTHY:
            return f"{nets}, layer 1 gets {share(own)} the error"
        case Reason.NOT_HEALTHY:
            return f"{nets}: layer 1 gets {share(own)} the error"
        case Reason.BALANCED:
            return f"layer 1 gets {share(own)} the output layer's error"
        case Reason.UNBALANCED:
            return f"far from balanced: layer 1 gets {share(own)} the output layer's error"
        case Reason.ENHANCED:
            return f"layer 1 gets {share(own)} the error, with {rival} {share(other)}"
        case Reason.NOT_ENHANCED:
            return f"not more than with {rival}: {share(own)} against {share(other)}"
        case Reason.NO_DIVERGENCE:
            return f"none of {own.nets} nets amplifies the error tenfold"
        case Reason.DIVERGES:
            return f"{own.diverging} of {own.nets} nets amplify the error tenfold or overflow"
        case _:
            return "not measured yet"


def _result(family: FamilyTrained) -> str:
    """Return what training made of a family, short."""
    if family.diverging:
        return f"{family.diverging} of {len(family.nets)} nets overflow"
    accuracy = f"{100 * family.accuracy:.0f} %"
    return accuracy if family.good_at is None else f"{accuracy}, 90 % by step {family.good_at}"


def learning_sentence(judgement: LearningJudgement) -> str:
    """Return what a short training says about one claim."""
    own, other = judgement.own, judgement.other
    if own is None or other is None:
        return "not trained yet"
    rival = FAMILIES[judgement.entry.family.other]
    both = f"{_result(own)}; with {rival} {_result(other)}"
    match judgement.reason:
        case LearningReason.ALONE:
            return f"it learns, with {rival} it does not: {both}"
        case LearningReason.FASTER:
            return f"it learns in half the steps: {both}"
        case LearningReason.BOTH:
            return f"{rival} learns here about as fast: {both}"
        case LearningReason.LATER:
            return f"{rival} learns in half the steps: {both}"
        case LearningReason.OTHER:
            return f"{rival} learns, this does not: {both}"
        case LearningReason.CLOSER:
            return f"more than with {rival}, but it does not learn: {both}"
        case LearningReason.NEITHER:
            return f"neither learns: {both}"
        case LearningReason.LEARNS:
            return f"it learns: {_result(own)}"
        case LearningReason.NOT_YET:
            return f"it does not learn: {_result(own)}"
        case LearningReason.FINITE:
            return f"none of {len(own.nets)} nets leaves the finite range"
        case _:
            return f"{own.diverging} of {len(own.nets)} nets leave the finite range"


_Said = dict[tuple[Entry, str], list[Judgement | LearningJudgement]]


def document_html(
    matrix: VerdictMatrix,
    theme: Theme,
    trained: TrainingMatrix | None = None,
    side_by_side: bool = True,
) -> str:
    """Return the table and its judgements as a page.

    Parameters
    ----------
    matrix
        What the untrained nets measure.
    theme
        Colours and sizes.
    trained
        What a short training makes of them, where it was asked for.
    side_by_side
        Whether there is room for Xavier and He beside each other.
    """
    said: _Said = {}
    of_training = () if trained is None else judge_learning(trained)
    for one in judge(matrix):
        said[one.entry, one.activation] = [one]
    for learned in of_training:
        said[learned.entry, learned.activation].append(learned)
    small = f"font-size:{theme.points(SENTENCE_POINTS)}pt"
    depth = f"{matrix.request.experiment.depth} × {matrix.request.experiment.hidden_widths[0]}"
    about = f"What the source document says, and what these nets ({depth}) measure"
    if trained is not None:
        about += f", untrained and after {STEPS} steps"
    parts = [
        f'<div><span style="font-size:{theme.points(TITLE_POINTS)}pt;font-weight:bold">'
        f'“Which is Better?”</span> <span style="color:{theme.muted};{small}">{about}. '
        "Both schemes of a family count.</span></div>"
    ]
    for line in DOCUMENT_TABLE:
        parts.append(f'<div style="margin-top:8px;font-weight:bold">{escape(line.title)}</div>')
        entries = ["".join(_entry_html(entry, said, theme, small)) for entry in line.entries]
        if side_by_side:
            cells = "".join(f'<td width="50%" valign="top">{entry}</td>' for entry in entries)
            parts.append(f'<table width="100%" cellspacing="0"><tr>{cells}</tr></table>')
        else:
            parts += entries
    return (
        f'<div style="color:{theme.text};font-size:{theme.points(BODY_POINTS)}pt">'
        + "".join(parts)
        + "</div>"
    )


def _entry_html(
    entry: Entry,
    said: _Said,
    theme: Theme,
    small: str,
) -> list[str]:
    parts = [
        f'<div style="margin-top:4px">{FAMILIES[entry.family]}: <i>“{escape(entry.text)}”</i></div>'
    ]
    for activation in entry.activations:
        label, scheme = ACTIVATIONS[activation].label, entry.family.value[1]
        link = (
            f'<a href="case:{scheme}/{activation}" style="color:{theme.accent}">{escape(label)}</a>'
        )
        for one in said[entry, activation]:
            parts.append(_judgement_html(one, link, theme, small))
    return parts


def _judgement_html(
    judgement: Judgement | LearningJudgement, link: str, theme: Theme, small: str
) -> str:
    colour = {
        Ruling.CONFIRMED: theme.text,
        Ruling.QUALIFIED: theme.accent,
        Ruling.CORRECTED: theme.error,
        Ruling.UNKNOWN: theme.muted,
    }[judgement.ruling]
    if isinstance(judgement, LearningJudgement):
        what, text = f"{link}, trained", learning_sentence(judgement)
    else:
        what, text = link, judgement_sentence(judgement)
        if judgement.coarse and judgement.own is not None:
            text += " (first sight)"
    ruling = f"{_SIGNS[judgement.ruling]} {RULINGS[judgement.ruling]}".rstrip()
    return (
        f'<div style="margin-left:14px;{small}">'
        f'<b style="color:{colour}">{ruling}</b> '
        f"{what}: {escape(text)}</div>"
    )


_PLACES = [
    (scheme, activation)
    for activation in dict.fromkeys(
        a for n in DOCUMENT_TABLE for e in n.entries for a in e.activations
    )
    for family in Family
    for scheme in family.value
]
_ROOM_FOR_ONE, _ROOM_FOR_TWO = 25, 50
"""Widths of the table with one column and with two, at least, in lines of small type."""


def _cells(matrix: VerdictMatrix | TrainingMatrix | None) -> list[object]:
    """Return what the table is judged by."""
    return [] if matrix is None else [id(matrix.cell(*place)) for place in _PLACES]


class DocumentView(QWidget):
    """The document's table, judged.

    Signals
    -------
    case_chosen(object)
        A `winit_core.maps.verdict_matrix.Case` whose link was followed.
    """

    case_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._matrix: VerdictMatrix | None = None
        self._trained: TrainingMatrix | None = None
        self._html = ""
        self.page = QTextBrowser()
        self.page.setOpenLinks(False)
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.setAccessibleName("Which is better: the document's table, measured")
        self.page.anchorClicked.connect(self._on_link)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.page)

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        self._theme = theme
        self.page.setStyleSheet(f"background: {theme.ground}; border: none")
        self._render()

    def show_matrix(self, matrix: VerdictMatrix, trained: TrainingMatrix | None = None) -> None:
        """Judge the table by a matrix, complete or not, and by trainings, where there are any."""
        before = self._matrix, self._trained
        self._matrix, self._trained = matrix, trained
        same = before[0] is not None and before[0].request == matrix.request
        if not same or _cells(before[0]) != _cells(matrix) or _cells(before[1]) != _cells(trained):
            self._render()

    @property
    def html(self) -> str:
        """The page that is shown."""
        return self._html

    @property
    def least_width(self) -> int:
        """How wide it has to be to be read well."""
        return round(_ROOM_FOR_ONE * self._line)

    @property
    def _line(self) -> float:
        return QFontMetricsF(font(self._theme, SENTENCE_POINTS)).height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put Xavier and He beside each other where there is room."""
        super().resizeEvent(event)
        self._render()

    def _render(self) -> None:
        if self._matrix is None:
            return
        wide = self.width() > _ROOM_FOR_TWO * self._line
        html = document_html(self._matrix, self._theme, self._trained, wide)
        if html != self._html:
            place = self.page.verticalScrollBar().value()
            self.page.setHtml(html)
            self.page.verticalScrollBar().setValue(place)
            self._html = html

    @Slot(QUrl)
    def _on_link(self, url: QUrl) -> None:
        scheme, _, activation = url.path().partition("/")
        self.case_chosen.emit(Case(SchemeChoice(scheme), get_activation(activation)))
