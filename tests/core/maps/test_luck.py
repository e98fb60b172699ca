from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from winit_core.experiment import Experiment
from winit_core.maps.cache import ResultCache
from winit_core.maps.luck import (
    LogNormal,
    Luck,
    LuckRequest,
    Reading,
    luck,
    round_edges,
)
from winit_core.simulation import SimulationStopped, simulate

SMALL = Experiment(("zeros", "he_normal"), "relu", (64,) * 8, batch_size=32, seed=5)


def last(request: LuckRequest, **options: object) -> Luck:
    *_, found = luck(request, **options)  # type: ignore[arg-type]
    return found


@pytest.fixture(scope="module")
def many() -> Luck:
    return last(LuckRequest(SMALL, 1, 200))


def test_the_present_seed_comes_first_then_all_others_once() -> None:
    assert LuckRequest(SMALL, 1, 4).order == (5, 0, 1, 2)
    assert sorted(LuckRequest(SMALL, 1, 8).order) == list(range(8))
    assert LuckRequest(replace(SMALL, seed=2**32 - 1), 1, 3).order == (2**32 - 1, 0, 1)


def test_the_numbers_are_those_of_simulate(many: Luck) -> None:
    for n in (0, 17):
        one = replace(SMALL, schemes=SMALL.schemes[1:], seed=int(many.seeds[n]))
        layers = simulate(one).runs[0].layers
        assert many.error[n] == pytest.approx(
            math.log10(layers[0].delta_rms / layers[-1].delta_rms), abs=1e-12
        )
        assert many.signal[n] == pytest.approx(
            math.log10(layers[7].pre_activation_rms ** 2), abs=1e-12
        )


@pytest.mark.parametrize("reading", Reading)
def test_the_predicted_law_is_the_measured_one(many: Luck, reading: Reading) -> None:
    assert many.predicted is not None
    law, values = many.predicted[reading], many.values(reading)
    standard_error = values.std(ddof=1) / math.sqrt(values.size)
    # Of a median 1.25 times as large; the inputs change with the seed as well.
    assert np.median(values) == pytest.approx(law.median, abs=4 * 1.25 * standard_error)
    assert values.std(ddof=1) == pytest.approx(law.scatter, rel=0.25)


@pytest.mark.parametrize("reading", Reading)
def test_histogram_and_law_are_densities(many: Luck, reading: Reading) -> None:
    edges, density = many.histogram(reading)
    assert float(density @ np.diff(edges)) == pytest.approx(1)
    assert many.predicted is not None
    law = many.predicted[reading]
    x = np.linspace(law.median - 6 * law.scatter, law.median + 6 * law.scatter, 2001)
    assert float(law.density(x).sum() * (x[1] - x[0])) == pytest.approx(1, abs=1e-6)
    assert 0 <= many.rank(reading) <= 1
    below = np.mean(many.values(reading)[1:] < many.present(reading))
    assert many.rank(reading) == pytest.approx(below, abs=0.01)


def test_one_value_alone_still_has_a_histogram() -> None:
    edges = round_edges(np.array([0.25, 0.25]))
    assert edges[0] <= 0.25 <= edges[-1]
    assert (np.diff(edges) > 0).all()
    assert LogNormal(0.0, 0.0).density(np.array([0.0])).tolist() == [0.0]


def test_nothing_arrives_with_zero_weights() -> None:
    found = last(LuckRequest(SMALL, 0, 3))
    assert np.isneginf(found.error).all()
    assert found.predicted is None
    assert found.histogram(Reading.ERROR)[0].size == 0
    assert math.isnan(found.rank(Reading.ERROR))


def test_it_stops_and_goes_on() -> None:
    cache, request = ResultCache(), LuckRequest(SMALL, 1, 12)
    count = 0

    def enough() -> bool:
        return count >= 5

    def run() -> None:
        nonlocal count
        for found in luck(request, cache=cache, should_stop=enough, interval=0.0):
            count = found.seeds.size

    with pytest.raises(SimulationStopped):
        run()
    assert next(luck(request, cache=cache)).seeds.size == 5
    np.testing.assert_array_equal(last(request, cache=cache).error, last(request).error)
    assert len(list(luck(request, cache=cache))) == 1


def test_more_seeds_keep_the_ones_there_are() -> None:
    cache = ResultCache()
    last(LuckRequest(SMALL, 1, 4), cache=cache)
    assert next(luck(LuckRequest(SMALL, 1, 9), cache=cache)).seeds.size == 4
