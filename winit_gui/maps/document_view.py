"""The source document's table "Which is Better?", each line with what was measured beside it."""

from __future__ import annotations

import math
from html import escape

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.maps.document_table import (
    DOCUMENT_TABLE,
    Family,
    Judgement,
    Measured,
    Reason,
    Ruling,
    judge,
)
from winit_core.maps.verdict_matrix import Case, VerdictMatrix
from winit_core.schemes import SchemeChoice
from winit_gui import wording
from winit_gui.style import BODY_POINTS, LIGHT, SENTENCE_POINTS, TITLE_POINTS, Theme

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
    Ruling.UNKNOWN: "Not measured yet",
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


def document_html(matrix: VerdictMatrix, theme: Theme) -> str:
    """Return the table and its judgements as a page."""
    judgements = judge(matrix)
    colour = {
        Ruling.CONFIRMED: theme.text,
        Ruling.QUALIFIED: theme.accent,
        Ruling.CORRECTED: theme.error,
        Ruling.UNKNOWN: theme.muted,
    }
    small = f"font-size:{theme.points(SENTENCE_POINTS)}pt"
    depth = f"{matrix.request.experiment.depth} × {matrix.request.experiment.hidden_widths[0]}"
    parts = [
        f'<div style="font-size:{theme.points(TITLE_POINTS)}pt;font-weight:bold">'
        "“Which is Better?”</div>"
        f'<div style="color:{theme.muted};{small}">What the source document says, and what these '
        f"nets ({depth}) measure. Both schemes of a family count.</div>"
    ]
    for line in DOCUMENT_TABLE:
        parts.append(f'<div style="margin-top:10px;font-weight:bold">{escape(line.title)}</div>')
        for entry in line.entries:
            parts.append(
                f'<div style="margin-top:4px">{FAMILIES[entry.family]}: '
                f"<i>“{escape(entry.text)}”</i></div>"
            )
            for one in judgements:
                if one.entry is entry:
                    parts.append(_judgement_html(one, colour[one.ruling], theme, small))
    return (
        f'<div style="color:{theme.text};font-size:{theme.points(BODY_POINTS)}pt">'
        + "".join(parts)
        + "</div>"
    )


def _judgement_html(judgement: Judgement, colour: str, theme: Theme, small: str) -> str:
    label = ACTIVATIONS[judgement.activation].label
    scheme = judgement.entry.family.value[1]
    coarse = " (first sight)" if judgement.coarse and judgement.own is not None else ""
    return (
        f'<div style="margin-left:14px;{small}">'
        f'<b style="color:{colour}">{_SIGNS[judgement.ruling]} {RULINGS[judgement.ruling]}</b> '
        f'<a href="case:{scheme}/{judgement.activation}" style="color:{theme.accent}">'
        f"{escape(label)}</a>: {escape(judgement_sentence(judgement))}{coarse}</div>"
    )


_PLACES = [
    (scheme, activation)
    for activation in dict.fromkeys(
        a for n in DOCUMENT_TABLE for e in n.entries for a in e.activations
    )
    for family in Family
    for scheme in family.value
]


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

    def show_matrix(self, matrix: VerdictMatrix) -> None:
        """Judge the table by a matrix, complete or not."""
        before, self._matrix = self._matrix, matrix
        if (
            before is None
            or before.request != matrix.request
            or any(before.cell(*at) is not matrix.cell(*at) for at in _PLACES)
        ):
            self._render()

    def _render(self) -> None:
        if self._matrix is None:
            return
        html = document_html(self._matrix, self._theme)
        if html != self._html:
            place = self.page.verticalScrollBar().value()
            self.page.setHtml(html)
            self.page.verticalScrollBar().setValue(place)
            self._html = html

    @Slot(QUrl)
    def _on_link(self, url: QUrl) -> None:
        scheme, _, activation = url.path().partition("/")
        self.case_chosen.emit(Case(SchemeChoice(scheme), get_activation(activation)))
