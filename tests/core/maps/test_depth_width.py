from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.maps.cache import ResultCache
from winit_core.maps.depth_width import (
    CONTOURS,
    Across,
    DepthMap,
    DepthRequest,
    coarse_to_fine,
    depth_map,
)
from winit_core.schemes import SchemeChoice
from winit_core.simulation import SimulationStopped, simulate

DEPTHS = (1, 3, 7)


def request(scheme: str = "he_normal", activation: str = "relu", **changes: object) -> DepthRequest:
    experiment = replace(Experiment((scheme,), activation), **changes)  # type: ignore[arg-type]
    return DepthRequest(experiment, Across.WIDTH, DEPTHS, (4.0, 16.0, 33.0))


def last(wanted: DepthRequest, **options: object) -> DepthMap:
    *_, found = depth_map(wanted, **options)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("scheme", "activation", "dtype"),
    [
        ("he_normal", "relu", "float32"),
        ("glorot_uniform", "tanh", "float64"),
        ("torch_linear", "gelu", "float16"),
        ("looks_linear", "elu", "float32"),
        ("lsuv", "sigmoid", "float32"),
        ("siren", "sin", "float32"),
        ("critical", "gelu", "float32"),
    ],
)
def test_every_number_is_that_of_simulate(scheme: str, activation: str, dtype: str) -> None:
    wanted = request(scheme, activation, dtype=dtype)
    found = last(wanted)
    assert found.is_complete
    for row, depth in enumerate(wanted.depths):
        for column, value in enumerate(wanted.values):
            layers = simulate(wanted.case(depth, value)).runs[0].layers
            expected = math.log10(layers[0].delta_rms) - math.log10(layers[-1].delta_rms)
            assert found.decades[row, column] == expected


def test_std_may_be_varied_instead_of_the_width() -> None:
    experiment = Experiment(("he_normal",), "tanh", (12, 40))
    wanted = DepthRequest(experiment, Across.STD, (2, 5), (0.01, 1.0))
    found = last(wanted)
    one = wanted.case(5, 0.01)
    assert one.hidden_widths == (12,) * 5
    assert one.schemes == (SchemeChoice("normal", {"std": 0.01}),)
    layers = simulate(one).runs[0].layers
    expected = math.log10(layers[0].delta_rms) - math.log10(layers[-1].delta_rms)
    assert found.decades[1, 0] == expected


def test_nothing_that_arrives_and_no_finite_number_are_told_apart() -> None:
    experiment = Experiment(("normal",), "relu", (32,))
    wanted = DepthRequest(experiment, Across.STD, (2, 100), (1e-3, 10.0))
    found = last(wanted)
    assert np.isneginf(found.decades[1, 0])
    assert np.isnan(found.decades[1, 1])
    assert found.known.all()
    symmetric = last(request("constant", "tanh"))
    assert np.isneginf(symmetric.decades[1:]).all()  # nothing but rounding arrives


def test_it_comes_coarse_first_and_ever_more() -> None:
    wanted = replace(request(), values=tuple(map(float, range(4, 12))))
    maps = list(depth_map(wanted))
    assert [int(found.known.sum()) for found in maps] == list(range(9))
    order = [
        int(np.flatnonzero(after.known & ~before.known)[0]) for before, after in pairwise(maps)
    ]
    assert order == coarse_to_fine(8) == [0, 4, 2, 6, 1, 3, 5, 7]
    assert not maps[-1].decades.flags.writeable
    assert maps[1].known.sum() == 1


def test_it_stops_and_goes_on() -> None:
    cache = ResultCache()
    wanted = request()
    columns = 0

    def enough() -> bool:
        return columns >= 2

    def run() -> None:
        nonlocal columns
        for found in depth_map(wanted, cache=cache, should_stop=enough):
            columns = int(found.known.sum())

    with pytest.raises(SimulationStopped):
        run()
    first = next(depth_map(wanted, cache=cache))
    assert first.known.sum() == 2
    np.testing.assert_array_equal(last(wanted, cache=cache).decades, last(wanted).decades)
    assert len(list(depth_map(wanted, cache=cache))) == 1


@pytest.mark.parametrize(
    ("across", "depths", "values"),
    [
        (Across.WIDTH, (201,), (8.0,)),
        (Across.WIDTH, (0,), (8.0,)),
        (Across.WIDTH, (1,), (1025.0,)),
        (Across.STD, (1,), (-1.0,)),
        (Across.STD, (1,), (math.inf,)),
    ],
)
def test_what_is_beyond_its_limits_is_refused(
    across: Across, depths: tuple[int, ...], values: tuple[float, ...]
) -> None:
    with pytest.raises(ExperimentError):
        DepthRequest(Experiment(("he_normal",)), across, depths, values)


def test_the_lines_of_the_theory_are_where_the_colours_change() -> None:
    """Over 10 seeds the median net crosses −3 and +3 decades near the predicted depths."""
    values = (0.06, 0.09, 0.25, 0.4)
    depths = tuple(range(1, 60))
    columns = []
    for seed in range(10):
        experiment = Experiment(("normal",), "relu", (64,), seed=seed)
        columns.append(last(DepthRequest(experiment, Across.STD, depths, values)))
    theory = columns[0].theory
    assert theory is not None
    decades = np.median([found.decades for found in columns], axis=0)
    for column, value in enumerate(values):
        level = -3.0 if value < math.sqrt(2 / 64) else 3.0
        predicted = theory.contours[CONTOURS.index(level), column]
        beyond = decades[:, column] <= level if level < 0 else decades[:, column] >= level
        assert depths[int(np.argmax(beyond))] == pytest.approx(predicted, rel=0.1, abs=1.5)


def test_depth_scale_and_overflow_are_the_theorys() -> None:
    experiment = Experiment(("normal",), "relu", (32,))
    theory = next(
        depth_map(DepthRequest(experiment, Across.STD, (5,), (0.1, math.sqrt(2 / 32), 10.0)))
    ).theory
    assert theory is not None
    assert theory.depth_scale[0] == pytest.approx(1 / abs(math.log(32 * 0.01 / 2)))
    assert np.isinf(theory.depth_scale[1])
    assert np.isnan(theory.overflow[:2]).all()
    assert theory.overflow[2] == pytest.approx(24, abs=1.0)  # observed: inf in layer 24


def test_outside_the_theory_there_are_no_lines() -> None:
    assert next(depth_map(request("constant", "tanh"))).theory is None
    assert next(depth_map(request("lsuv", "tanh"))).theory is None
