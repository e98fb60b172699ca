from __future__ import annotations

import math
from dataclasses import replace

import pytest

from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.diagnosis import Kind, diagnose, verdict
from winit_core.experiment import Experiment
from winit_core.maps.cache import ResultCache
from winit_core.maps.coarse import INPUTS, coarse_outcomes
from winit_core.maps.outcomes import Outcome, outcome_of
from winit_core.maps.verdict_matrix import (
    Cell,
    MatrixRequest,
    VerdictMatrix,
    median,
    seeds_from,
    verdict_matrix,
)
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import SimulationStopped, simulate

SMALL = Experiment(("he_normal",), "tanh", (16,) * 4, batch_size=64)
SCHEME_KEYS = ("zeros", "he_normal", "large_normal", "lsuv", "critical")
ACTIVATION_KEYS = ("tanh", "relu", "sigmoid")


def small_request(seeds: int = 2) -> MatrixRequest:
    return MatrixRequest(
        SMALL,
        tuple(map(SchemeChoice, SCHEME_KEYS)),
        tuple(map(get_activation, ACTIVATION_KEYS)),
        seeds_from(0, seeds),
    )


def last(request: MatrixRequest, **options: object) -> VerdictMatrix:
    *_, matrix = verdict_matrix(request, **options)  # type: ignore[arg-type]
    return matrix


@pytest.mark.parametrize("workers", [1, 2])
def test_every_outcome_is_that_of_simulate_and_diagnose(workers: int) -> None:
    request = small_request()
    matrix = last(request, workers=workers)
    assert matrix.is_complete
    for row, choice in enumerate(request.schemes):
        for column, activation in enumerate(request.activations):
            cell = matrix.cells[row][column]
            assert cell is not None
            assert not cell.coarse
            for seed, outcome in zip(request.seeds, cell.outcomes, strict=True):
                one = request.single((choice, activation, seed))
                run = simulate(one).runs[0]
                assert outcome == outcome_of(run) or math.isnan(outcome.decades)
                assert outcome.kind is diagnose(run).verdict


@pytest.mark.parametrize("key", SCHEMES)
def test_the_short_verdict_is_that_of_the_diagnosis(key: str) -> None:
    for activation in ACTIVATIONS:
        one = replace(SMALL, schemes=(SchemeChoice(key),), activation=get_activation(activation))
        run = simulate(one).runs[0]
        assert verdict(run) is diagnose(run).verdict


@pytest.mark.parametrize("key", SCHEMES)
def test_the_coarse_form_computes_what_simulate_would_of_fewer_inputs(key: str) -> None:
    activations = [get_activation(name) for name in ACTIVATIONS]
    experiment = replace(SMALL, schemes=(SchemeChoice(key),))
    guesses = coarse_outcomes(experiment, activations, lambda: False)
    for activation, guess in zip(activations, guesses, strict=True):
        few = replace(experiment, activation=activation, batch_size=INPUTS)
        exact = outcome_of(simulate(few).runs[0])
        assert guess.kind is exact.kind
        if exact.kind is not Kind.SYMMETRIC:  # there it is the rounding that is compared
            assert guess.decades == pytest.approx(exact.decades, abs=1e-3, nan_ok=True)


def test_all_cells_are_there_coarse_before_any_is_computed_in_full() -> None:
    complete = [
        matrix
        for matrix in verdict_matrix(small_request(), interval=0.0)
        if all(cell is not None for row in matrix.cells for cell in row)
    ]
    first = complete[0]
    assert first.known == 0
    assert all(cell is not None and cell.coarse for row in first.cells for cell in row)
    known = [matrix.known for matrix in complete]
    assert known == sorted(known)
    assert complete[-1].is_complete


def test_the_worst_looking_cells_are_computed_first() -> None:
    guess: VerdictMatrix | None = None
    order: list[int] = []
    before: set[tuple[int, int]] = set()
    for matrix in verdict_matrix(small_request(1), interval=0.0):
        if guess is None and all(cell is not None for row in matrix.cells for cell in row):
            guess = matrix
        exact = {
            (r, c)
            for r, row in enumerate(matrix.cells)
            for c, cell in enumerate(row)
            if cell is not None and not cell.coarse
        }
        if guess is not None and matrix.known:
            for r, c in exact - before:
                cell = guess.cells[r][c]
                assert cell is not None
                order.append(cell.verdict.severity)
        before = exact
    assert len(order) == 15
    assert order == sorted(order)


def test_a_stopped_computation_goes_on_from_where_it_was() -> None:
    request = small_request()
    cache = ResultCache()
    known = 0

    def enough() -> bool:
        return known >= 7

    def run() -> None:
        nonlocal known
        for matrix in verdict_matrix(request, cache=cache, should_stop=enough, interval=0.0):
            known = matrix.known

    with pytest.raises(SimulationStopped):
        run()
    first = next(verdict_matrix(request, cache=cache))
    assert 7 <= first.known < first.total
    assert repr(last(request, cache=cache).cells) == repr(last(request).cells)


def test_what_is_known_is_not_computed_again() -> None:
    request = small_request(1)
    made_up = Outcome(Kind.DEAD, -1.25, 0.5)
    known = {(request.schemes[1], request.activations[1], 0): made_up}
    cell = last(request, known=known).cell("he_normal", "relu")
    assert cell == Cell((made_up,))


def test_a_complete_matrix_is_there_at_once() -> None:
    request, cache = small_request(), ResultCache()
    whole = last(request, cache=cache)
    matrices = list(verdict_matrix(request, cache=cache))
    assert len(matrices) == 1
    assert repr(matrices[0].cells) == repr(whole.cells)


def test_the_whole_catalogue_keeps_the_parameters_of_the_experiment() -> None:
    own = SchemeChoice("constant", {"weight": 0.25})
    experiment = Experiment((own,), get_activation("elu", alpha=0.5), seed=2**32 - 3)
    request = MatrixRequest.whole(experiment)
    assert own in request.schemes
    assert len(request.schemes) == len(SCHEMES)
    assert get_activation("elu", alpha=0.5) in request.activations
    assert request.seeds[:4] == (2**32 - 3, 2**32 - 2, 2**32 - 1, 0)
    assert len(set(request.seeds)) == 8


def test_a_cell_has_the_verdict_of_most_nets_and_of_equals_the_worse() -> None:
    def cell(*kinds: Kind) -> Cell:
        return Cell(tuple(Outcome(kind, 0.0) for kind in kinds))

    assert cell(Kind.HEALTHY, Kind.HEALTHY, Kind.DEAD).verdict is Kind.HEALTHY
    assert cell(Kind.HEALTHY, Kind.DRIFTING).verdict is Kind.DRIFTING
    assert cell(Kind.HEALTHY, Kind.HEALTHY, Kind.DEAD).healthy == 2
    assert list(cell(Kind.HEALTHY, Kind.DEAD).counts) == [Kind.DEAD, Kind.HEALTHY]


def test_a_median_knows_of_infinities_and_leaves_out_what_is_no_number() -> None:
    assert median([1.0, 3.0]) == 2.0
    assert median([math.nan, 4.0]) == 4.0
    assert median([-math.inf, -math.inf, 1.0]) == -math.inf
    assert median([-math.inf, 1.0]) == -math.inf
    assert math.isnan(median([math.nan]))
