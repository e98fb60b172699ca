"""The source document's table "Which is Better?", each line with what was measured beside it."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.maps.document_learning import LearningJudgement, judge_learning
from winit_core.maps.document_table import (
    DOCUMENT_TABLE,
    Entry,
    Family,
    Judgement,
    Ruling,
    judge,
)
from winit_core.maps.short_training import STEPS
from winit_core.maps.training_matrix import TrainingMatrix
from winit_core.maps.verdict_matrix import Case, VerdictMatrix
from winit_core.schemes import SchemeChoice
from winit_core.translation import tr
from winit_gui.maps.document_words import FAMILIES, judgement_sentence, learning_sentence
from winit_gui.style import BODY_POINTS, LIGHT, SENTENCE_POINTS, TITLE_POINTS, Theme, font

_SIGNS = {
    Ruling.CONFIRMED: "✓",
    Ruling.QUALIFIED: "≈",
    Ruling.CORRECTED: "✗",
    Ruling.UNKNOWN: "…",
}
RULINGS = {
    Ruling.CONFIRMED: tr("Confirmed"),
    Ruling.QUALIFIED: tr("Confirmed, but"),
    Ruling.CORRECTED: tr("Corrected"),
    Ruling.UNKNOWN: "",
}


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
    if trained is None:
        about = tr(
            "What the source document says, and what these nets ({depth}) measure.", depth=depth
        )
    else:
        about = tr(
            "What the source document says, and what these nets ({depth}) measure, untrained and "
            "after {steps} steps.",
            depth=depth,
            steps=STEPS,
        )
    title, families = tr("“Which is Better?”"), tr("Both schemes of a family count.")
    parts = [
        f'<div><span style="font-size:{theme.points(TITLE_POINTS)}pt;font-weight:bold">'
        f'{escape(title)}</span> <span style="color:{theme.muted};{small}">'
        f"{escape(about, quote=False)} {escape(families, quote=False)}</span></div>"
    ]
    for line in DOCUMENT_TABLE:
        parts.append(f'<div style="margin-top:8px;font-weight:bold">{escape(tr(line.title))}</div>')
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
    claim = escape(tr("“{claim}”", claim=tr(entry.text)))
    parts = [f'<div style="margin-top:4px">{FAMILIES[entry.family]}: <i>{claim}</i></div>']
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
        what, text = tr("{activation}, trained", activation=link), learning_sentence(judgement)
    else:
        what, text = link, judgement_sentence(judgement)
        if judgement.coarse and judgement.own is not None:
            text = tr("{judgement} (first sight)", judgement=text)
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
        self.page.setAccessibleName(tr("Which is better: the document's table, measured"))
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
