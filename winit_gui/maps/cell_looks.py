"""What a cell of the matrix shows and says: the verdict, or what a short training made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from winit_core.diagnosis import Kind
from winit_core.maps.short_training import EVALUATE_EVERY, GOOD_ACCURACY, STEPS, Trained
from winit_core.maps.training_matrix import TrainingMatrix
from winit_core.maps.verdict_matrix import Cell, VerdictMatrix
from winit_core.translation import tr, tr_n
from winit_gui import wording
from winit_gui.maps import colours
from winit_gui.maps.scale_bar import ERROR, Legend
from winit_gui.style import Theme

_PALE = 0.5  # how far a first guess fades into the ground
_WORDS = {
    Kind.NOT_FINITE: "inf",
    Kind.SYMMETRIC: "–",
    Kind.NO_GRADIENT: "0",
}
_WITHOUT_COLOUR = frozenset({Kind.NOT_FINITE, Kind.SYMMETRIC, Kind.NO_GRADIENT})


class Shown(Enum):
    """What the numbers and colours of the cells are; signs are the verdict's in every case."""

    ERROR = "error"
    ACCURACY = "accuracy"
    STEPS = "steps"


SHOWN_LABELS = {
    Shown.ERROR: tr("error at layer 1, untrained"),
    Shown.ACCURACY: tr("accuracy after {steps} steps", steps=STEPS),
    Shown.STEPS: tr("steps to {share}", share=wording.percent(GOOD_ACCURACY)),
}
LEGENDS = {
    Shown.ERROR: ERROR,
    Shown.ACCURACY: Legend(
        colours.share_table,
        tuple((n / 100, f"{n}") for n in (0, 25, 50, 75, 100)),
        tr("none"),
        tr("all"),
        tr("Colours: held-out accuracy in per cent"),
        tr(
            "Share of the held-out inputs that are classified right after {steps} steps, in per "
            "cent",
            steps=STEPS,
        ),
    ),
    Shown.STEPS: Legend(
        colours.share_table,
        tuple((1 - n / STEPS, f"{n}") for n in range(0, STEPS + 1, STEPS // 4)),
        tr("late"),
        tr("early"),
        tr("Colours: steps until 90 % are right"),
        tr(
            "Steps until 90 % of the held-out inputs are classified right, looked at every "
            "{steps} steps",
            steps=EVALUATE_EVERY,
        ),
    ),
}


@dataclass(frozen=True)
class CellLook:
    """What is drawn of a cell.

    Attributes
    ----------
    ground, ink
        Its colour and that of what stands on it.
    kind
        Whose sign; None: none is known.
    text
        The number, or a word where there is none.
    healthy
        Share of healthy nets.
    coarse
        Whether it is a first guess.
    """

    ground: str
    ink: str
    kind: Kind | None
    text: str
    healthy: float = 0.0
    coarse: bool = False


def cell_look(cell: Cell, theme: Theme) -> CellLook:
    """Return what is drawn of a verdict in a theme."""
    kind, decades = cell.verdict, cell.decades
    without = kind in _WITHOUT_COLOUR or not math.isfinite(decades)
    ground = theme.grid if without else colours.colour(theme, decades)
    if cell.coarse:
        ground = colours.mixed(ground, theme.ground, _PALE)
    text = _WORDS.get(kind) or decades_text(decades)
    healthy = cell.healthy / len(cell.outcomes)
    return CellLook(ground, colours.ink(ground), kind, text, healthy, cell.coarse)


def trained_look(cell: Cell | None, net: Trained | None, theme: Theme, shown: Shown) -> CellLook:
    """Return what is drawn of a training in a theme, beside the sign of the untrained verdict."""
    kind = None if cell is None else cell.verdict
    if net is None:
        return CellLook(theme.card, theme.muted, kind, "")
    if net.diverged_at is not None:
        return CellLook(theme.grid, colours.ink(theme.grid), Kind.NOT_FINITE, "inf")
    share = net.accuracy
    text = f"{100 * net.accuracy:.0f}"
    if shown is Shown.STEPS:
        share = math.nan if net.good_at is None else 1 - net.good_at / STEPS
        text = "–" if net.good_at is None else str(net.good_at)
    ground = colours.share_colour(theme, share)
    return CellLook(ground, colours.ink(ground), kind, text)


def look_of(cell: Cell | None, net: Trained | None, theme: Theme, shown: Shown) -> CellLook | None:
    """Return what is drawn of a cell; None where nothing is known."""
    if shown is Shown.ERROR:
        return None if cell is None else cell_look(cell, theme)
    return trained_look(cell, net, theme, shown)


def decades_text(decades: float) -> str:
    """Return a number of decades as it stands in a cell."""
    if math.isnan(decades):
        return "–"
    if math.isinf(decades):
        return "0" if decades < 0 else "inf"
    digits = 1 if abs(decades) < 9.95 else 0
    shown = f"{decades:.{digits}f}"
    return "0.0" if float(shown) == 0 and digits else shown.replace("-", "−")


def cell_sentence(matrix: VerdictMatrix, row: int, column: int) -> str:
    """Return what a cell says, in words."""
    case, cell = matrix.case(row, column), matrix.cells[row][column]
    scheme, activation = wording.scheme_name(case.choice), case.activation.label
    if cell is None:
        return tr(
            "{scheme} with {activation}: not computed yet", scheme=scheme, activation=activation
        )
    return tr(
        "{scheme} with {activation}: {verdict}. {error}",
        scheme=scheme,
        activation=activation,
        verdict=_found(cell),
        error=arrives_sentence(cell.decades, median=True),
    )


_IN_A_LINE = {
    Kind.NOT_FINITE: tr("not finite"),
    Kind.SYMMETRIC: tr("symmetric"),
    Kind.NO_GRADIENT: tr("no gradient"),
    Kind.DEAD: tr("dead units"),
    Kind.EXPLODING: tr("exploding"),
    Kind.VANISHING: tr("vanishing"),
    Kind.SATURATED: tr("saturated"),
    Kind.DRIFTING: tr("drifting"),
    Kind.HEALTHY: tr("healthy"),
}
"""Verdicts within a sentence; a language decides itself which words begin with a capital."""


def _found(cell: Cell) -> str:
    """Return the verdicts of a cell, and on how many nets they stand."""
    verdict = wording.VERDICTS[cell.verdict]
    if cell.coarse:
        return tr("{verdict} at first sight (one net, few inputs)", verdict=verdict)
    if len(cell.counts) > 1:
        return ", ".join(
            tr("{verdict} {count}", verdict=_IN_A_LINE[kind], count=count)
            for kind, count in cell.counts.items()
            if count
        )
    if len(cell.outcomes) == 1:
        return tr("{verdict} in the one net computed so far", verdict=verdict)
    return tr_n(
        "{verdict} in the {count} net",
        "{verdict} in all {count} nets",
        len(cell.outcomes),
        verdict=verdict,
    )


def arrives_sentence(decades: float, median: bool = False) -> str:
    """Return how much of the error reaches layer 1, in words; of several nets it is the median."""
    if math.isnan(decades):
        return tr("There is no error to follow.")
    if math.isinf(decades):
        return tr("Nothing of the error reaches layer 1.")
    times = wording.number(10**decades) if abs(decades) < 300 else f"10^{decades:.0f}"
    if median:
        return tr("Layer 1 receives {times} × the output layer's error (median).", times=times)
    return tr("Layer 1 receives {times} × the output layer's error.", times=times)


def trained_sentence(matrix: TrainingMatrix, row: int, column: int) -> str:
    """Return what became of a cell's net in training, in words."""
    net = matrix.cells[row][column]
    if net is None:
        return tr("Not trained yet.")
    if net.diverged_at is not None:
        return tr("Trained: it left the finite range at step {step}.", step=net.diverged_at)
    right = f"{100 * net.accuracy:.1f} %"
    if net.good_at is None:
        return tr(
            "Trained: {share} right after {steps} steps; 90 % never.", share=right, steps=STEPS
        )
    return tr(
        "Trained: {share} right after {steps} steps; 90 % for the first time at step {step}.",
        share=right,
        steps=STEPS,
        step=net.good_at,
    )


def progress_sentence(matrix: VerdictMatrix) -> str:
    """Return how far a matrix is."""
    if matrix.is_complete:
        return tr_n("{count:,} net", "{count:,} nets", matrix.total)
    done = tr_n(
        "{known:,} of {count:,} net",
        "{known:,} of {count:,} nets",
        matrix.total,
        known=matrix.known,
    )
    coarse = sum(cell is not None and cell.coarse for row in matrix.cells for cell in row)
    if not coarse:
        return done
    return tr_n(
        "{nets}; {count} cell is a first sight",
        "{nets}; {count} cells are a first sight",
        coarse,
        nets=done,
    )


def training_progress_sentence(matrix: TrainingMatrix, verdicts: VerdictMatrix) -> str:
    """Return how far the trainings are, and the signs beside them."""
    total = matrix.request.total
    if matrix.is_complete:
        text = tr_n("{count:,} net trained", "{count:,} nets trained", total)
    else:
        text = tr_n(
            "{known:,} of {count:,} net trained",
            "{known:,} of {count:,} nets trained",
            total,
            known=matrix.known,
        )
    coarse = any(cell is not None and cell.coarse for row in verdicts.cells for cell in row)
    return tr("{nets}; signs at first sight", nets=text) if coarse else text
