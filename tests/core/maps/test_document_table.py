"""Each row of the document's table, on the default net: 10 x 128, digits, three seeds."""

from __future__ import annotations

import pytest

from winit_core.activations import get_activation
from winit_core.experiment import Experiment
from winit_core.maps.document_table import (
    DOCUMENT_TABLE,
    Criterion,
    Family,
    Judgement,
    Reason,
    Ruling,
    judge,
    measured,
)
from winit_core.maps.verdict_matrix import (
    MatrixRequest,
    VerdictMatrix,
    seeds_from,
    verdict_matrix,
)
from winit_core.schemes import SchemeChoice

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu")


@pytest.fixture(scope="module")
def matrix() -> VerdictMatrix:
    schemes = tuple(SchemeChoice(key) for family in Family for key in family.value)
    request = MatrixRequest(
        Experiment(schemes), schemes, tuple(map(get_activation, ACTIVATIONS)), seeds_from(0, 3)
    )
    *_, made = verdict_matrix(request)
    return made


@pytest.fixture(scope="module")
def judgements(matrix: VerdictMatrix) -> dict[tuple[Criterion, Family, str], Judgement]:
    return {(j.entry.criterion, j.entry.family, j.activation): j for j in judge(matrix)}


# log10 of what arrives at layer 1, measured over 8 seeds; one net's scatter is below 0.07.
@pytest.mark.parametrize(
    ("family", "activation", "decades", "healthy"),
    [
        (Family.XAVIER, "sigmoid", -6.71, False),
        (Family.HE, "sigmoid", -5.59, False),
        (Family.XAVIER, "tanh", -0.91, True),
        (Family.HE, "tanh", -0.50, True),
        (Family.XAVIER, "relu", -1.93, False),
        (Family.HE, "relu", -0.55, True),
        (Family.XAVIER, "leaky_relu", -1.93, False),
        (Family.HE, "leaky_relu", -0.55, True),
        (Family.XAVIER, "elu", -0.93, True),
        (Family.HE, "elu", -0.14, True),
    ],
)
def test_the_numbers_of_the_table(
    matrix: VerdictMatrix, family: Family, activation: str, decades: float, healthy: bool
) -> None:
    found = measured(matrix, family, activation)
    assert found is not None
    assert found.decades == pytest.approx(decades, abs=0.12)
    assert found.is_healthy is healthy
    assert found.nets == 6


XAVIER, HE = Family.XAVIER, Family.HE


@pytest.mark.parametrize(
    ("criterion", "family", "activation", "ruling", "reason"),
    [
        (Criterion.BEST_FOR, XAVIER, "sigmoid", Ruling.CORRECTED, Reason.WORSE),
        (Criterion.BEST_FOR, XAVIER, "tanh", Ruling.QUALIFIED, Reason.AS_GOOD),
        (Criterion.BEST_FOR, HE, "relu", Ruling.CONFIRMED, Reason.BETTER),
        (Criterion.BEST_FOR, HE, "leaky_relu", Ruling.CONFIRMED, Reason.BETTER),
        (Criterion.BEST_FOR, HE, "elu", Ruling.QUALIFIED, Reason.SIGNAL_GROWS),
        (Criterion.GRADIENT, XAVIER, "sigmoid", Ruling.CORRECTED, Reason.UNBALANCED),
        (Criterion.GRADIENT, XAVIER, "tanh", Ruling.CONFIRMED, Reason.BALANCED),
        (Criterion.GRADIENT, HE, "relu", Ruling.CONFIRMED, Reason.ENHANCED),
        (Criterion.DIVERGENCE, XAVIER, "sigmoid", Ruling.CONFIRMED, Reason.NO_DIVERGENCE),
        (Criterion.DIVERGENCE, XAVIER, "tanh", Ruling.CONFIRMED, Reason.NO_DIVERGENCE),
        (Criterion.DIVERGENCE, HE, "relu", Ruling.CONFIRMED, Reason.NO_DIVERGENCE),
        (Criterion.DIVERGENCE, HE, "leaky_relu", Ruling.CONFIRMED, Reason.NO_DIVERGENCE),
        (Criterion.DIVERGENCE, HE, "elu", Ruling.CONFIRMED, Reason.NO_DIVERGENCE),
        (Criterion.DEFAULT, XAVIER, "tanh", Ruling.CONFIRMED, Reason.HEALTHY),
        (Criterion.DEFAULT, XAVIER, "sigmoid", Ruling.CORRECTED, Reason.NOT_HEALTHY),
        (Criterion.DEFAULT, HE, "relu", Ruling.CONFIRMED, Reason.HEALTHY),
        (Criterion.DEFAULT, HE, "leaky_relu", Ruling.CONFIRMED, Reason.HEALTHY),
        (Criterion.DEFAULT, HE, "elu", Ruling.QUALIFIED, Reason.SIGNAL_GROWS),
    ],
)
def test_every_claim_is_judged_by_the_numbers(
    judgements: dict[tuple[Criterion, Family, str], Judgement],
    criterion: Criterion,
    family: Family,
    activation: str,
    ruling: Ruling,
    reason: Reason,
) -> None:
    judgement = judgements[criterion, family, activation]
    assert judgement.reason is reason
    assert judgement.ruling is ruling
    assert not judgement.coarse


def test_no_claim_is_left_out(
    judgements: dict[tuple[Criterion, Family, str], Judgement],
) -> None:
    assert len(judgements) == 18


def test_the_words_are_the_documents() -> None:
    expected = [
        "Best for Activations\tSigmoid, tanh\tReLU, Leaky ReLU, ELU",
        "Gradient Propagation\tBalanced gradients\tEnhanced gradients for ReLU",
        "Divergence Risk\tLow\tLow",
        "Default Choice\tFor tanh, sigmoid networks\tFor ReLU-based networks",
    ]
    assert [f"{n.title}\t{n.xavier.text}\t{n.he.text}" for n in DOCUMENT_TABLE] == expected


def test_what_is_not_measured_is_not_judged() -> None:
    request = MatrixRequest(
        Experiment(("he_normal",)),
        (SchemeChoice("he_normal"),),
        (get_activation("relu"),),
        (0,),
    )
    nothing = VerdictMatrix(request, ((None,),), 0)
    for judgement in judge(nothing):
        assert judgement.ruling is Ruling.UNKNOWN
        assert judgement.reason is Reason.NOT_MEASURED
