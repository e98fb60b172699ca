"""Many seeds of one experiment."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from winit_core import Experiment, ExperimentError, SimulationStopped, simulate
from winit_core.diagnosis import Kind
from winit_core.ensemble import Ensemble, simulate_seeds
from winit_core.experiment import MAX_SEED
from winit_core.schemes import SchemeChoice

SMALL = Experiment(
    ("glorot_normal", "zeros", "large_normal"), "relu", hidden_widths=(16,) * 4, batch_size=8
)


def test_it_is_the_simulation_of_every_seed_in_order() -> None:
    found = simulate_seeds(replace(SMALL, seed=5), 3)
    assert found.seeds == (5, 6, 7)
    for seed, simulation in zip(found.seeds, found.simulations, strict=True):
        alone = simulate(replace(SMALL, seed=seed))
        assert simulation.experiment == alone.experiment
        for one, other in zip(simulation.runs, alone.runs, strict=True):
            assert repr(one) == repr(other)


def test_after_the_largest_seed_comes_0() -> None:
    assert simulate_seeds(replace(SMALL, seed=MAX_SEED - 1), 3).seeds == (MAX_SEED - 1, MAX_SEED, 0)


def test_the_number_of_workers_does_not_matter() -> None:
    alone, together = (repr(simulate_seeds(SMALL, 6, workers=workers)) for workers in (1, 4))
    assert alone == together


@pytest.mark.parametrize("workers", [1, 3])
def test_it_stops_when_told(workers: int) -> None:
    calls = iter(range(10_000))
    with pytest.raises(SimulationStopped):
        simulate_seeds(SMALL, 8, should_stop=lambda: next(calls) > 20, workers=workers)


@pytest.mark.parametrize("count", [0, -1, 100_000, 2.5, True, None])
def test_an_impossible_number_of_seeds_is_named(count: object) -> None:
    with pytest.raises(ExperimentError, match="count"):
        simulate_seeds(SMALL, count)  # type: ignore[arg-type]


class TestQuantiles:
    found = simulate_seeds(SMALL, 11)

    def test_they_are_measured_values_of_every_scheme_and_layer(self) -> None:
        lowest, middle, highest = self.found.quantiles("activation_rms", (0, 0.5, 1))
        table = self.found.values("activation_rms")
        assert table.shape == (11, 3, 5)
        np.testing.assert_array_equal(lowest, table.min(axis=0))
        np.testing.assert_array_equal(middle, np.median(table, axis=0))
        np.testing.assert_array_equal(highest, table.max(axis=0))

    def test_relative_divides_every_net_by_its_own_output_layer(self) -> None:
        table = self.found.values("delta_rms", relative=True)
        assert (table[:, 0, -1] == 1).all()
        run = self.found.simulations[4].runs[0]
        assert table[4, 0, 1] == run.layers[1].delta_rms / run.layers[-1].delta_rms

    def test_nan_is_more_than_infinity_and_nothing_is_interpolated(self) -> None:
        values = (0.0, math.inf, 2.0, math.nan, math.nan)
        runs = [simulation.runs[0] for simulation in self.found.simulations[:5]]
        changed = tuple(
            replace(
                self.found.simulations[0],
                runs=(
                    replace(
                        run,
                        layers=tuple(replace(layer, delta_rms=value) for layer in run.layers),
                    ),
                ),
            )
            for run, value in zip(runs, values, strict=True)
        )
        experiment = replace(SMALL, schemes=SMALL.schemes[:1])
        found = Ensemble(experiment, tuple(range(5)), changed)
        shares = (0, 0.2, 0.21, 0.5, 0.6, 0.61, 1)
        expected = [0, 0, 2, math.inf, math.inf, math.nan, math.nan]
        np.testing.assert_array_equal(found.quantiles("delta_rms", shares)[:, 0, 0], expected)

    def test_ranks_do_not_stumble_over_rounding(self) -> None:
        ten = simulate_seeds(SMALL, 10)
        table = np.sort(ten.values("delta_rms")[:, 0, 0])
        shares = [step / 10 for step in range(1, 11)]
        np.testing.assert_array_equal(ten.quantiles("delta_rms", shares)[:, 0, 0], table)

    def test_what_does_not_exist_is_named(self) -> None:
        with pytest.raises(ExperimentError, match="name"):
            self.found.quantiles("gradient", (0.5,))
        for wrong in ((1.5,), (-0.1,), (math.nan,)):
            with pytest.raises(ExperimentError, match="probabilities"):
                self.found.quantiles("delta_rms", wrong)


def test_a_verdict_is_proved_by_the_median_over_all_nets() -> None:
    experiment = Experiment(
        ("glorot_normal", "zeros"), "tanh", hidden_widths=(16,) * 20, batch_size=16
    )
    found = simulate_seeds(experiment, 9)
    numbers = sorted(diagnoses[0].worst.number for diagnoses in found.diagnoses)
    assert len(found.verdicts(0)) > 1
    finding = found.finding(0)
    assert finding.number == pytest.approx(numbers[4], rel=1e-12)
    assert finding.kind is found.verdicts(0)[0][0]
    stands = found.diagnoses[found.representative(0)][0].worst
    agreeing = [d[0].worst.number for d in found.diagnoses if d[0].verdict is finding.kind]
    assert sum(number <= stands.number for number in agreeing) == (len(agreeing) + 1) // 2
    assert found.finding(1).kind is Kind.SYMMETRIC


def test_a_share_is_the_median_of_the_layer_where_it_is_largest() -> None:
    experiment = Experiment(
        (SchemeChoice("large_normal", {"std": 0.6}),), "tanh", hidden_widths=(64, 32), batch_size=16
    )
    found = simulate_seeds(experiment, 5)
    finding = found.finding(0)
    assert finding.kind is Kind.SATURATED
    medians = found.quantiles("saturated_fraction", (0.5,))[0, 0, :-1]
    assert finding.number != found.diagnoses[0][0].worst.number
    assert finding.number == medians.max() == medians[finding.layer]


def test_what_stops_is_shown_where_it_stops_in_the_middle_net() -> None:
    experiment = Experiment(("large_normal",), "relu", hidden_widths=(24,) * 45, batch_size=8)
    found = simulate_seeds(experiment, 7)
    finding = found.finding(0)
    assert finding.kind is Kind.NOT_FINITE
    layers = sorted(diagnoses[0].worst.layer for diagnoses in found.diagnoses)
    assert layers[0] < layers[-1]
    assert finding.layer == layers[3]


def test_verdicts_are_counted_commonest_first_and_worst_first_among_equals() -> None:
    experiment = Experiment(
        ("small_normal", "zeros"), "tanh", hidden_widths=(32,) * 10, batch_size=16
    )
    found = simulate_seeds(experiment, 8)
    assert found.verdicts(0) == ((Kind.VANISHING, 8),)
    assert found.verdicts(1) == ((Kind.SYMMETRIC, 8),)
    # Half of these nets fall on either side of a threshold.
    narrow = Experiment(("glorot_normal",), "relu", hidden_widths=(16,) * 6, batch_size=16)
    counted = simulate_seeds(narrow, 16).verdicts(0)
    assert sum(count for _, count in counted) == 16
    ranks = [(-count, kind.severity) for kind, count in counted]
    assert ranks == sorted(ranks)
