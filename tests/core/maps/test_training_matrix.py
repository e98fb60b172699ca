from __future__ import annotations

import math
from dataclasses import replace

import pytest

from winit_core.activations import get_activation
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.maps.cache import ResultCache
from winit_core.maps.document_table import DOCUMENT_TABLE, Family
from winit_core.maps.short_training import Trained, shortened, trained
from winit_core.maps.training_matrix import TrainingMatrix, TrainingRequest, training_matrix
from winit_core.maps.verdict_matrix import MatrixRequest
from winit_core.schemes import SchemeChoice
from winit_core.simulation import SimulationStopped
from winit_core.training import train
from winit_core.training.settings import Training

SMALL = Experiment(("lsuv",), "erf", (12,) * 3, batch_size=32)
SCHEMES = ("zeros", "large_normal", "he_normal", "lsuv")
ACTIVATIONS = ("tanh", "relu", "erf")
FEW = Training(steps=12, evaluate_every=4, statistics_every=12)


def small_request(training: Training = FEW) -> TrainingRequest:
    matrix = MatrixRequest(
        SMALL,
        tuple(map(SchemeChoice, SCHEMES)),
        tuple(map(get_activation, ACTIVATIONS)),
        (0, 1),
    )
    return TrainingRequest(matrix, training)


def last(request: TrainingRequest, **options: object) -> TrainingMatrix:
    *_, matrix = training_matrix(request, **options)  # type: ignore[arg-type]
    return matrix


@pytest.mark.parametrize("workers", [1, 2])
def test_every_cell_is_what_training_it_alone_gives(workers: int) -> None:
    request = small_request()
    matrix = last(request, workers=workers)
    assert matrix.is_complete
    for row, choice in enumerate(request.matrix.schemes):
        for column, activation in enumerate(request.matrix.activations):
            one = replace(SMALL, schemes=(choice,), activation=activation)
            *_, step = train(one, FEW)
            cell = matrix.cells[row][column]
            assert cell is not None
            (net,) = step.schemes
            if cell.diverged_at is None:
                assert cell.accuracy == net.held_out_accuracy
                assert cell.loss == net.train_loss
            else:
                assert net.diverged is not None
                assert net.diverged.step == cell.diverged_at


def test_a_training_says_when_most_was_right_for_the_first_time() -> None:
    one = Experiment(("he_normal",), "tanh", (64,) * 2)
    net = trained(one, Training(steps=60, evaluate_every=5))
    looks = [
        (step.step, step.schemes[0].held_out_accuracy)
        for step in train(one, Training(steps=60, evaluate_every=5))
        if step.schemes[0].held_out_accuracy is not None
    ]
    assert net.good_at == next(step for step, accuracy in looks if accuracy >= 0.9)
    assert 0 < net.good_at < 60
    assert net.accuracy == looks[-1][1]
    assert net.is_good


def test_a_training_ends_where_the_finite_range_is_left() -> None:
    net = trained(Experiment(("large_normal",), "relu", (64,) * 40), Training(steps=50))
    assert net.diverged_at == 0
    assert math.isnan(net.loss)
    assert not net.is_good


def test_a_short_training_keeps_optimizer_and_rate() -> None:
    own = Training(learning_rate=0.02, optimizer="adam", batch_size=32, steps=5000)
    short = shortened(own)
    assert (short.steps, short.learning_rate, short.optimizer) == (200, 0.02, "adam")
    assert short.batch_size == 32


def test_the_documents_cases_come_first_then_the_experiments() -> None:
    experiment = Experiment(("siren",), "gelu", (8,) * 2)
    request = TrainingRequest(MatrixRequest.whole(experiment), FEW)
    order = [request.key(*place)[:2] for place in request.order]
    keys = [(choice.key, activation.key) for choice, activation in order]
    claimed = {a for line in DOCUMENT_TABLE for e in line.entries for a in e.activations}
    families = {key for family in Family for key in family.value}
    assert set(keys[:20]) == {(scheme, a) for scheme in families for a in claimed}
    schemes, activations = len(request.matrix.schemes), len(request.matrix.activations)
    assert {a for _, a in keys[20 : 20 + schemes]} == {"gelu"}
    assert {s for s, _ in keys[20 + schemes : 20 + schemes + activations - 1]} == {"siren"}
    assert len(set(keys)) == len(keys) == request.total


def test_a_stopped_training_goes_on_from_where_it_was() -> None:
    request, cache, known = small_request(), ResultCache(), 0

    def enough() -> bool:
        return known >= 5

    def run() -> None:
        nonlocal known
        for matrix in training_matrix(request, cache=cache, should_stop=enough, interval=0.0):
            known = matrix.known

    with pytest.raises(SimulationStopped):
        run()
    first = next(training_matrix(request, cache=cache))
    assert first.known == 5
    assert repr(last(request, cache=cache).cells) == repr(last(request).cells)
    assert len(list(training_matrix(request, cache=cache))) == 1


def test_what_is_kept_belongs_to_its_training_and_its_seed() -> None:
    request, cache = small_request(), ResultCache()
    last(request, cache=cache)
    others = [
        replace(request, training=replace(FEW, learning_rate=0.2)),
        replace(request, training=replace(FEW, betas=(0.8, 0.99))),
        replace(request, matrix=replace(request.matrix, seeds=(1, 0))),
        replace(request, matrix=replace(request.matrix, experiment=replace(SMALL, loss="mse"))),
    ]
    for other in others:
        assert next(training_matrix(other, cache=cache)).known == 0


def test_what_cannot_be_trained_is_refused_before_anything_is() -> None:
    request = small_request(replace(FEW, batch_size=2000))
    with pytest.raises(ExperimentError, match=r"training\.batch_size"):
        next(training_matrix(request))


def test_a_damaged_cache_counts_as_none() -> None:
    class Broken(ResultCache):
        def load(self, kind: str, key: object) -> object:
            return {"what": ["is", "this"]}

    assert next(training_matrix(small_request(), cache=Broken())).known == 0


def test_a_net_is_good_only_if_it_stays_finite() -> None:
    assert Trained(0.1, 0.95, 30).is_good
    assert not Trained(math.nan, 0.95, 30, 40).is_good
    assert not Trained(0.4, 0.85).is_good
