"""What the document's table says about learning, on the default net: 10 x 128, digits, seed 0."""

from __future__ import annotations

import pytest

from winit_core.activations import get_activation
from winit_core.experiment import Experiment
from winit_core.maps.document_learning import (
    FamilyTrained,
    LearningJudgement,
    LearningReason,
    family_trained,
    judge_learning,
)
from winit_core.maps.document_table import Criterion, Family, Ruling
from winit_core.maps.short_training import Trained
from winit_core.maps.training_matrix import TrainingMatrix, TrainingRequest, training_matrix
from winit_core.maps.verdict_matrix import MatrixRequest
from winit_core.schemes import SchemeChoice
from winit_core.training.settings import Training

XAVIER, HE = Family.XAVIER, Family.HE
ACTIVATIONS = ("sigmoid", "tanh", "relu", "elu")


def request(*activations: str) -> TrainingRequest:
    schemes = tuple(SchemeChoice(key) for family in Family for key in family.value)
    matrix = MatrixRequest(
        Experiment(schemes), schemes, tuple(map(get_activation, activations)), (0,)
    )
    return TrainingRequest.short(matrix, Training())


Key = tuple[Criterion, Family, str]


@pytest.fixture(scope="module")
def judgements() -> dict[Key, LearningJudgement]:
    wanted = request(*ACTIVATIONS)
    *_, matrix = training_matrix(wanted)
    found = judge_learning(matrix)
    return {(j.entry.criterion, j.entry.family, j.activation): j for j in found}


@pytest.mark.parametrize(
    ("criterion", "family", "activation", "ruling", "reason"),
    [
        (Criterion.BEST_FOR, XAVIER, "sigmoid", Ruling.CORRECTED, LearningReason.NEITHER),
        (Criterion.BEST_FOR, XAVIER, "tanh", Ruling.QUALIFIED, LearningReason.BOTH),
        (Criterion.BEST_FOR, HE, "relu", Ruling.CONFIRMED, LearningReason.FASTER),
        (Criterion.BEST_FOR, HE, "elu", Ruling.QUALIFIED, LearningReason.BOTH),
        (Criterion.DIVERGENCE, XAVIER, "sigmoid", Ruling.CONFIRMED, LearningReason.FINITE),
        (Criterion.DIVERGENCE, HE, "relu", Ruling.CONFIRMED, LearningReason.FINITE),
        (Criterion.DEFAULT, XAVIER, "sigmoid", Ruling.CORRECTED, LearningReason.NOT_YET),
        (Criterion.DEFAULT, XAVIER, "tanh", Ruling.CONFIRMED, LearningReason.LEARNS),
        (Criterion.DEFAULT, HE, "relu", Ruling.CONFIRMED, LearningReason.LEARNS),
        (Criterion.BEST_FOR, HE, "leaky_relu", Ruling.UNKNOWN, LearningReason.NOT_TRAINED),
    ],
)
def test_claims_about_learning_are_judged_by_training(
    judgements: dict[Key, LearningJudgement],
    criterion: Criterion,
    family: Family,
    activation: str,
    ruling: Ruling,
    reason: LearningReason,
) -> None:
    judgement = judgements[criterion, family, activation]
    assert (judgement.ruling, judgement.reason) == (ruling, reason)


def test_what_is_said_about_gradients_is_left_to_the_gradients(
    judgements: dict[Key, LearningJudgement],
) -> None:
    assert {criterion for criterion, _, _ in judgements} == set(Criterion) - {Criterion.GRADIENT}
    assert len(judgements) == 15


def made_up(xavier: Trained, he: Trained) -> dict[Criterion, LearningJudgement]:
    """Return what is said of Xavier with tanh when the nets came out like this."""
    wanted = request("tanh")
    cells = tuple(
        (xavier if choice.key in XAVIER.value else he,) for choice in wanted.matrix.schemes
    )
    found = judge_learning(TrainingMatrix(wanted, cells))
    return {
        j.entry.criterion: j for j in found if j.activation == "tanh" and j.entry.family is XAVIER
    }


@pytest.mark.parametrize(
    ("xavier", "he", "reason"),
    [
        (Trained(0.1, 0.97, 30), Trained(0.1, 0.97, 50), LearningReason.BOTH),
        (Trained(0.1, 0.97, 20), Trained(0.1, 0.97, 10), LearningReason.BOTH),
        (Trained(0.1, 0.97, 30), Trained(0.1, 0.97, 60), LearningReason.FASTER),
        (Trained(0.1, 0.97, 60), Trained(0.1, 0.97, 30), LearningReason.LATER),
        (Trained(0.1, 0.97, 60), Trained(2.3, 0.1), LearningReason.ALONE),
        (Trained(2.3, 0.1), Trained(0.1, 0.97, 60), LearningReason.OTHER),
        (Trained(1.0, 0.7), Trained(2.3, 0.1), LearningReason.CLOSER),
        (Trained(2.3, 0.12), Trained(2.3, 0.1), LearningReason.NEITHER),
        (Trained(0.1, 0.97, 10, 90), Trained(2.3, 0.1), LearningReason.CLOSER),
    ],
)
def test_best_for_is_a_comparison(xavier: Trained, he: Trained, reason: LearningReason) -> None:
    assert made_up(xavier, he)[Criterion.BEST_FOR].reason is reason


def test_a_net_that_leaves_the_finite_range_is_a_divergence() -> None:
    found = made_up(Trained(float("nan"), 0.1, None, 3), Trained(0.1, 0.97, 10))
    assert found[Criterion.DIVERGENCE].ruling is Ruling.CORRECTED
    assert found[Criterion.DEFAULT].reason is LearningReason.NOT_YET
    own = found[Criterion.DIVERGENCE].own
    assert own is not None
    assert own.diverging == 2


def test_a_family_is_as_slow_as_its_slowest_net() -> None:
    family = FamilyTrained((Trained(0.1, 0.96, 20), Trained(0.1, 0.98, 40)))
    assert (family.learns, family.good_at) == (True, 40)
    assert family.accuracy == pytest.approx(0.97)
    half = FamilyTrained((Trained(0.1, 0.96, 20), Trained(0.1, 0.5)))
    assert (half.learns, half.good_at) == (False, None)


def test_a_family_counts_when_all_its_nets_are_trained() -> None:
    wanted = request("tanh")
    one = Trained(0.1, 0.97, 20)
    cells = tuple((one if choice.key == "he_normal" else None,) for choice in wanted.matrix.schemes)
    assert family_trained(TrainingMatrix(wanted, cells), HE, "tanh") is None
