"""What the document's table says about learning, judged by a short training."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from statistics import fmean

from winit_core.maps.document_table import DOCUMENT_TABLE, Criterion, Entry, Family, Ruling
from winit_core.maps.short_training import EVALUATE_EVERY, Trained
from winit_core.maps.training_matrix import TrainingMatrix

_MUCH_LATER = 2
"""So many times the steps, and more than two looks apart; less is luck, with one net per scheme."""
_SAME_ACCURACY = 0.05


class LearningReason(Enum):
    """Why a claim is confirmed or corrected.

    A family learns when the nets of both its schemes get 90 % right. ALONE: it learns, and the
    other does not. FASTER: both learn, this one in half the steps. BOTH: both learn, about as fast.
    LATER: both learn, the other in half the steps. OTHER: only the other learns. CLOSER: neither
    does, but this one gets more right. NEITHER: neither does, and this one gets no more right.
    LEARNS, NOT_YET: it does, or not. FINITE: no net leaves the finite range. DIVERGES: some do.
    NOT_TRAINED: nets are missing.
    """

    ALONE = "alone"
    FASTER = "faster"
    BOTH = "both"
    LATER = "later"
    OTHER = "other"
    CLOSER = "closer"
    NEITHER = "neither"
    LEARNS = "learns"
    NOT_YET = "not_yet"
    FINITE = "finite"
    DIVERGES = "diverges"
    NOT_TRAINED = "not_trained"


@dataclass(frozen=True)
class FamilyTrained:
    """The nets of a family's schemes with one activation.

    Attributes
    ----------
    nets
        One per scheme.
    """

    nets: tuple[Trained, ...]

    @property
    def accuracy(self) -> float:
        """Mean accuracy at the end."""
        return fmean(net.accuracy for net in self.nets)

    @property
    def learns(self) -> bool:
        """Whether every net got 90 % right."""
        return all(net.is_good for net in self.nets)

    @property
    def good_at(self) -> int | None:
        """Step by which every net had 90 % right; None where one never had."""
        steps = [net.good_at for net in self.nets if net.good_at is not None]
        return max(steps) if self.learns else None

    @property
    def diverging(self) -> int:
        """Number of nets that left the finite range."""
        return sum(net.diverged_at is not None for net in self.nets)


@dataclass(frozen=True)
class LearningJudgement:
    """One claim of the table about one activation, beside what training made of it.

    Attributes
    ----------
    entry, activation
        The claim.
    ruling, reason
        What becomes of it.
    own, other
        The nets of the entry's family and of the other; None where not trained yet.
    """

    entry: Entry
    activation: str
    ruling: Ruling
    reason: LearningReason
    own: FamilyTrained | None
    other: FamilyTrained | None


def judge_learning(matrix: TrainingMatrix) -> tuple[LearningJudgement, ...]:
    """Judge every entry that is about learning: all but those about gradients, in order."""
    return tuple(
        _judged(matrix, entry, activation)
        for line in DOCUMENT_TABLE
        if line.criterion is not Criterion.GRADIENT
        for entry in line.entries
        for activation in entry.activations
    )


def family_trained(matrix: TrainingMatrix, family: Family, activation: str) -> FamilyTrained | None:
    """Return a family's nets; None unless all of them are trained."""
    found = [matrix.cell(scheme, activation) for scheme in family.value]
    nets = tuple(net for net in found if net is not None)
    return FamilyTrained(nets) if len(nets) == len(found) else None


def _judged(matrix: TrainingMatrix, entry: Entry, activation: str) -> LearningJudgement:
    own = family_trained(matrix, entry.family, activation)
    other = family_trained(matrix, entry.family.other, activation)
    reason = LearningReason.NOT_TRAINED
    if own is not None and other is not None:
        reason = _reason(entry.criterion, own, other)
    return LearningJudgement(entry, activation, _RULINGS[reason], reason, own, other)


_RULINGS = {
    LearningReason.ALONE: Ruling.CONFIRMED,
    LearningReason.FASTER: Ruling.CONFIRMED,
    LearningReason.LEARNS: Ruling.CONFIRMED,
    LearningReason.FINITE: Ruling.CONFIRMED,
    LearningReason.BOTH: Ruling.QUALIFIED,
    LearningReason.CLOSER: Ruling.QUALIFIED,
    LearningReason.LATER: Ruling.CORRECTED,
    LearningReason.OTHER: Ruling.CORRECTED,
    LearningReason.NEITHER: Ruling.CORRECTED,
    LearningReason.NOT_YET: Ruling.CORRECTED,
    LearningReason.DIVERGES: Ruling.CORRECTED,
    LearningReason.NOT_TRAINED: Ruling.UNKNOWN,
}


def _reason(criterion: Criterion, own: FamilyTrained, other: FamilyTrained) -> LearningReason:
    if criterion is Criterion.DIVERGENCE:
        return LearningReason.DIVERGES if own.diverging else LearningReason.FINITE
    if criterion is Criterion.DEFAULT:
        return LearningReason.LEARNS if own.learns else LearningReason.NOT_YET
    if own.good_at is None:
        if other.learns:
            return LearningReason.OTHER
        better = own.accuracy > other.accuracy + _SAME_ACCURACY
        return LearningReason.CLOSER if better else LearningReason.NEITHER
    if other.good_at is None:
        return LearningReason.ALONE
    if _is_much_later(own.good_at, other.good_at):
        return LearningReason.LATER
    faster = _is_much_later(other.good_at, own.good_at)
    return LearningReason.FASTER if faster else LearningReason.BOTH


def _is_much_later(step: int, other: int) -> bool:
    return step >= _MUCH_LATER * other and step - other > 2 * EVALUATE_EVERY
