"""The source document's table "Which is Better?", each line judged by what was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from winit_core.diagnosis import HEALTHY_FACTOR, Kind
from winit_core.maps.outcomes import Outcome
from winit_core.maps.verdict_matrix import VerdictMatrix, median
from winit_core.theory.fixed_points import FixedPointStatus, fixed_point
from winit_core.translation import mark

_SAME = 0.1  # decades between two medians that are called the same
_GROWN = 0.1  # decades by which a signal has to have grown to be worth a word
_BALANCED = math.log10(HEALTHY_FACTOR)


class Family(Enum):
    """A column of the table; the value lists the schemes that are meant."""

    XAVIER = ("glorot_uniform", "glorot_normal")
    HE = ("he_uniform", "he_normal")

    @property
    def other(self) -> Family:
        """The other column."""
        return Family.HE if self is Family.XAVIER else Family.XAVIER


class Criterion(Enum):
    """A line of the table."""

    BEST_FOR = "best_for"
    GRADIENT = "gradient"
    DIVERGENCE = "divergence"
    DEFAULT = "default"


@dataclass(frozen=True)
class Entry:
    """One entry of the table: what it says, and for which activations that can be measured."""

    criterion: Criterion
    family: Family
    text: str
    activations: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One line of the table, with an entry per family."""

    criterion: Criterion
    title: str
    xavier: Entry
    he: Entry

    @property
    def entries(self) -> tuple[Entry, Entry]:
        """Both entries, Xavier's first."""
        return self.xavier, self.he


def _line(
    criterion: Criterion,
    title: str,
    xavier: str,
    he: str,
    for_xavier: tuple[str, ...],
    for_he: tuple[str, ...],
) -> Line:
    return Line(
        criterion,
        title,
        Entry(criterion, Family.XAVIER, xavier, for_xavier),
        Entry(criterion, Family.HE, he, for_he),
    )


_BOUNDED = ("sigmoid", "tanh")
_RECTIFIERS = ("relu", "leaky_relu", "elu")

DOCUMENT_TABLE = (
    _line(
        Criterion.BEST_FOR,
        mark("Best for Activations"),
        mark("Sigmoid, tanh"),
        mark("ReLU, Leaky ReLU, ELU"),
        _BOUNDED,
        _RECTIFIERS,
    ),
    _line(
        Criterion.GRADIENT,
        mark("Gradient Propagation"),
        mark("Balanced gradients"),
        mark("Enhanced gradients for ReLU"),
        _BOUNDED,
        ("relu",),
    ),
    _line(
        Criterion.DIVERGENCE,
        mark("Divergence Risk"),
        mark("Low"),
        mark("Low"),
        _BOUNDED,
        _RECTIFIERS,
    ),
    _line(
        Criterion.DEFAULT,
        mark("Default Choice"),
        mark("For tanh, sigmoid networks"),
        mark("For ReLU-based networks"),
        ("tanh", "sigmoid"),
        _RECTIFIERS,
    ),
)
"""The four lines, word for word."""


class Ruling(Enum):
    """What measuring makes of a claim; QUALIFIED: it holds, but that is not all there is to say."""

    CONFIRMED = "confirmed"
    QUALIFIED = "qualified"
    CORRECTED = "corrected"
    UNKNOWN = "unknown"


class Reason(Enum):
    """Why a claim is confirmed or corrected.

    BETTER: healthy, and the other family is not. AS_GOOD: healthy, and so is the other.
    BETTER_NOT_HEALTHY: less bad than the other, but not healthy itself. WORSE: the other family
    does better. HEALTHY: most nets are; NOT_HEALTHY: most are not. BALANCED, UNBALANCED: layer 1
    gets within a factor of 10 of the output layer's error, or not. ENHANCED, NOT_ENHANCED: more of
    the error arrives than with the other family, or not. NO_DIVERGENCE: no net explodes, overflows
    or amplifies the error tenfold; DIVERGES: some do. SIGNAL_GROWS: the error is fine, but the
    theory knows no size at which the signal would settle, and it has grown measurably.
    NOT_MEASURED: cells are missing.
    """

    BETTER = "better"
    AS_GOOD = "as_good"
    BETTER_NOT_HEALTHY = "better_not_healthy"
    WORSE = "worse"
    HEALTHY = "healthy"
    NOT_HEALTHY = "not_healthy"
    BALANCED = "balanced"
    UNBALANCED = "unbalanced"
    ENHANCED = "enhanced"
    NOT_ENHANCED = "not_enhanced"
    NO_DIVERGENCE = "no_divergence"
    DIVERGES = "diverges"
    SIGNAL_GROWS = "signal_grows"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True)
class Measured:
    """Both schemes of a family on one activation.

    Attributes
    ----------
    decades
        Median log10 error ratio; NaN where there is none.
    signal
        Median log10 of RMS h in the last hidden layer over that in the first.
    healthy, diverging, nets
        How many nets are healthy; explode, overflow or amplify the error more than tenfold; were
        measured.
    """

    decades: float
    signal: float
    healthy: int
    diverging: int
    nets: int

    @property
    def is_healthy(self) -> bool:
        """Whether more than half of the nets are healthy."""
        return 2 * self.healthy > self.nets


@dataclass(frozen=True)
class Judgement:
    """One claim of the table about one activation, beside what was measured.

    Attributes
    ----------
    entry, activation
        The claim.
    ruling, reason
        What becomes of it.
    own, other
        The numbers of the entry's family and of the other; None where not measured yet.
    coarse
        Whether cells it stands on are coarse still.
    """

    entry: Entry
    activation: str
    ruling: Ruling
    reason: Reason
    own: Measured | None
    other: Measured | None
    coarse: bool


def judge(matrix: VerdictMatrix) -> tuple[Judgement, ...]:
    """Judge every entry of the table, activation by activation, in the table's order."""
    return tuple(
        _judged(matrix, entry, activation)
        for line in DOCUMENT_TABLE
        for entry in line.entries
        for activation in entry.activations
    )


def measured(matrix: VerdictMatrix, family: Family, activation: str) -> Measured | None:
    """Return a family's numbers; None unless something is known about each of its schemes."""
    outcomes: list[Outcome] = []
    for scheme in family.value:
        cell = matrix.cell(scheme, activation)
        if cell is None:
            return None
        outcomes += cell.outcomes
    return Measured(
        median(o.decades for o in outcomes),
        median(o.signal for o in outcomes),
        sum(o.kind is Kind.HEALTHY for o in outcomes),
        sum(_diverges(o) for o in outcomes),
        len(outcomes),
    )


def _diverges(outcome: Outcome) -> bool:
    grown = outcome.decades > _BALANCED
    return grown or outcome.kind in (Kind.EXPLODING, Kind.NOT_FINITE)


def _judged(matrix: VerdictMatrix, entry: Entry, activation: str) -> Judgement:
    own = measured(matrix, entry.family, activation)
    other = measured(matrix, entry.family.other, activation)
    ruling, reason = Ruling.UNKNOWN, Reason.NOT_MEASURED
    if own is not None and other is not None:
        reason = _reason(entry.criterion, entry.family, own, other)
        if reason in _CONFIRMING and entry.criterion in (Criterion.BEST_FOR, Criterion.DEFAULT):
            grows = own.signal > _GROWN and _never_settles(matrix, entry.family, activation)
            reason = Reason.SIGNAL_GROWS if grows else reason
        ruling = _CONFIRMING.get(reason, Ruling.CORRECTED)
    cells = [matrix.cell(scheme, activation) for f in Family for scheme in f.value]
    coarse = any(cell is not None and cell.coarse for cell in cells)
    return Judgement(entry, activation, ruling, reason, own, other, coarse)


def _never_settles(matrix: VerdictMatrix, family: Family, activation: str) -> bool:
    """Tell whether the variance map of a layer in the middle grows without end."""
    request = matrix.request
    bound = next(a for a in request.activations if a.key == activation)
    choice = next(c for c in request.schemes if c.key in family.value)
    experiment = replace(request.experiment, schemes=(choice,), activation=bound)
    middle = experiment.depth // 2
    sigma_w2 = experiment.layer_shapes[middle][0] * experiment.weight_law(0, middle).std ** 2
    sigma_b2 = experiment.bias_law(0, middle).std ** 2
    return fixed_point(bound, sigma_w2, sigma_b2).status is FixedPointStatus.GROWS


def _reason(criterion: Criterion, family: Family, own: Measured, other: Measured) -> Reason:
    if criterion is Criterion.BEST_FOR:
        return _comparison(own, other)
    if criterion is Criterion.DEFAULT:
        return Reason.HEALTHY if own.is_healthy else Reason.NOT_HEALTHY
    if criterion is Criterion.DIVERGENCE:
        return Reason.DIVERGES if own.diverging else Reason.NO_DIVERGENCE
    if family is Family.XAVIER:
        return Reason.BALANCED if abs(own.decades) <= _BALANCED else Reason.UNBALANCED
    enhanced = own.decades > other.decades + _SAME
    return Reason.ENHANCED if enhanced else Reason.NOT_ENHANCED


_CONFIRMING = {
    Reason.BETTER: Ruling.CONFIRMED,
    Reason.HEALTHY: Ruling.CONFIRMED,
    Reason.BALANCED: Ruling.CONFIRMED,
    Reason.ENHANCED: Ruling.CONFIRMED,
    Reason.NO_DIVERGENCE: Ruling.CONFIRMED,
    Reason.AS_GOOD: Ruling.QUALIFIED,
    Reason.SIGNAL_GROWS: Ruling.QUALIFIED,
}


def _comparison(own: Measured, other: Measured) -> Reason:
    if own.is_healthy:
        return Reason.AS_GOOD if other.is_healthy else Reason.BETTER
    # A NaN is no number to be better with.
    better = abs(own.decades) + _SAME < abs(other.decades) or math.isnan(other.decades)
    return Reason.BETTER_NOT_HEALTHY if better and not other.is_healthy else Reason.WORSE
