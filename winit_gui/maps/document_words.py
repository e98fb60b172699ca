"""What measuring and training say about the claims of the source document."""

from __future__ import annotations

import math

from winit_core.maps.document_learning import FamilyTrained, LearningJudgement, LearningReason
from winit_core.maps.document_table import Family, Judgement, Measured, Reason
from winit_core.translation import tr, tr_n
from winit_gui import wording

FAMILIES = {Family.XAVIER: "Xavier", Family.HE: "He"}


def share(measured: Measured) -> str:
    """Return how much of the error reaches layer 1."""
    if math.isnan(measured.decades):
        return tr("no error at all")
    if math.isinf(measured.decades):
        return tr("exactly 0")
    return f"{wording.number(10**measured.decades)} ×"


def judgement_sentence(judgement: Judgement) -> str:
    """Return what measuring says about one claim."""
    own, other = judgement.own, judgement.other
    if own is None or other is None:
        return tr("not measured yet")
    rival, error, rivals = FAMILIES[judgement.entry.family.other], share(own), share(other)
    nets = tr_n(
        "{healthy} of {count} net healthy",
        "{healthy} of {count} nets healthy",
        own.nets,
        healthy=own.healthy,
    )
    match judgement.reason:
        case Reason.BETTER:
            return tr(
                "layer 1 gets {error} the error, {nets}; with {rival} {rivals}",
                error=error,
                nets=nets,
                rival=rival,
                rivals=rivals,
            )
        case Reason.AS_GOOD:
            return tr(
                "{rival} is healthy here too: layer 1 gets {rivals} the error, with {family} "
                "{error}",
                rival=rival,
                rivals=rivals,
                family=FAMILIES[judgement.entry.family],
                error=error,
            )
        case Reason.SIGNAL_GROWS:
            return tr(
                "the error is fine ({error}, {nets}), yet the signal drifts: {times} × as large "
                "in the last hidden layer, and it never settles",
                error=error,
                nets=nets,
                times=wording.number(10**own.signal),
            )
        case Reason.BETTER_NOT_HEALTHY:
            return tr(
                "better than {rival}, but {nets}: layer 1 gets {error} the error",
                rival=rival,
                nets=nets,
                error=error,
            )
        case Reason.WORSE if other.is_healthy:
            return tr(
                "layer 1 gets {error} the error, with {rival} {rivals}: {rival} is healthy",
                error=error,
                rival=rival,
                rivals=rivals,
            )
        case Reason.WORSE:
            return tr(
                "layer 1 gets {error} the error, with {rival} {rivals}: neither is healthy",
                error=error,
                rival=rival,
                rivals=rivals,
            )
        case Reason.HEALTHY:
            return tr("{nets}, layer 1 gets {error} the error", nets=nets, error=error)
        case Reason.NOT_HEALTHY:
            return tr("{nets}: layer 1 gets {error} the error", nets=nets, error=error)
        case Reason.BALANCED:
            return tr("layer 1 gets {error} the output layer's error", error=error)
        case Reason.UNBALANCED:
            return tr(
                "far from balanced: layer 1 gets {error} the output layer's error", error=error
            )
        case Reason.ENHANCED:
            return tr(
                "layer 1 gets {error} the error, with {rival} {rivals}",
                error=error,
                rival=rival,
                rivals=rivals,
            )
        case Reason.NOT_ENHANCED:
            return tr(
                "not more than with {rival}: {error} against {rivals}",
                rival=rival,
                error=error,
                rivals=rivals,
            )
        case Reason.NO_DIVERGENCE:
            return tr_n(
                "the {count} net does not amplify the error tenfold",
                "none of {count} nets amplifies the error tenfold",
                own.nets,
            )
        case Reason.DIVERGES:
            return tr_n(
                "{diverging} of {count} net amplifies the error tenfold or overflows",
                "{diverging} of {count} nets amplify the error tenfold or overflow",
                own.nets,
                diverging=own.diverging,
            )
        case _:
            return tr("not measured yet")


def _result(family: FamilyTrained) -> str:
    """Return what training made of a family, short."""
    if family.diverging:
        return tr_n(
            "{diverging} of {count} net overflows",
            "{diverging} of {count} nets overflow",
            len(family.nets),
            diverging=family.diverging,
        )
    accuracy = f"{100 * family.accuracy:.0f} %"
    if family.good_at is None:
        return accuracy
    return tr("{accuracy}, 90 % by step {step}", accuracy=accuracy, step=family.good_at)


def learning_sentence(judgement: LearningJudgement) -> str:
    """Return what a short training says about one claim."""
    own, other = judgement.own, judgement.other
    if own is None or other is None:
        return tr("not trained yet")
    rival, result = FAMILIES[judgement.entry.family.other], _result(own)
    both = tr("{own}; with {rival} {rivals}", own=result, rival=rival, rivals=_result(other))
    nets = len(own.nets)
    match judgement.reason:
        case LearningReason.ALONE:
            return tr("it learns, with {rival} it does not: {results}", rival=rival, results=both)
        case LearningReason.FASTER:
            return tr("it learns in half the steps: {results}", results=both)
        case LearningReason.BOTH:
            return tr("{rival} learns here about as fast: {results}", rival=rival, results=both)
        case LearningReason.LATER:
            return tr("{rival} learns in half the steps: {results}", rival=rival, results=both)
        case LearningReason.OTHER:
            return tr("{rival} learns, this does not: {results}", rival=rival, results=both)
        case LearningReason.CLOSER:
            return tr(
                "more than with {rival}, but it does not learn: {results}",
                rival=rival,
                results=both,
            )
        case LearningReason.NEITHER:
            return tr("neither learns: {results}", results=both)
        case LearningReason.LEARNS:
            return tr("it learns: {result}", result=result)
        case LearningReason.NOT_YET:
            return tr("it does not learn: {result}", result=result)
        case LearningReason.FINITE:
            return tr_n(
                "the {count} net does not leave the finite range",
                "none of {count} nets leaves the finite range",
                nets,
            )
        case _:
            return tr_n(
                "{diverging} of {count} net leaves the finite range",
                "{diverging} of {count} nets leave the finite range",
                nets,
                diverging=own.diverging,
            )
