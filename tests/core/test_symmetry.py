"""Ranks and distinct lines of weights and gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest

from winit_core import Experiment, ExperimentError, SchemeChoice, SimulationStopped
from winit_core.symmetry import matrix_evidence, symmetry_evidence

EPS = float(np.finfo(np.float32).eps)


def test_a_constant_net_is_one_unit_wide_in_weights_and_gradients() -> None:
    experiment = Experiment(
        ("constant",), "sigmoid", hidden_widths=(32,) * 3, loss="mse", dtype="float64"
    )
    for layer in (1, 2):
        found = symmetry_evidence(experiment, 0, layer)
        for matrix in (found.weight, found.gradient):
            assert matrix.rank == 1
            assert matrix.stable_rank == pytest.approx(1)
            assert (matrix.distinct_rows, matrix.distinct_columns) == (1, 1)
    first = symmetry_evidence(experiment, 0, 0)
    assert first.gradient.rank == 1
    assert first.gradient.distinct_columns == 1
    assert first.gradient.distinct_rows > 20  # the inputs differ


def test_zeros_have_no_rank() -> None:
    found = symmetry_evidence(Experiment(("zeros",), hidden_widths=(8,) * 2), 0, 1)
    assert found.weight.rank == 0
    assert math.isnan(found.weight.stable_rank)
    assert found.weight.distinct_columns == 1


def test_random_weights_are_all_different() -> None:
    found = symmetry_evidence(Experiment(("he_normal",), "relu", hidden_widths=(200,) * 3), 0, 1)
    assert found.weight.rank == 200
    assert (found.weight.distinct_rows, found.weight.distinct_columns) == (200, 200)
    # |W|²_F = 200² v against |W|²₂ → 4 · 200 v (Marchenko and Pastur).
    assert found.weight.stable_rank == pytest.approx(200 / 4, rel=0.15)
    assert found.gradient.rank is not None
    assert 1 < found.gradient.rank <= 200


def test_what_is_not_finite_has_no_rank() -> None:
    experiment = Experiment(
        (SchemeChoice("normal", {"std": 1e6}),), "relu", hidden_widths=(64,) * 12
    )
    found = symmetry_evidence(experiment, 0, 1)
    assert found.weight.rank == 64
    assert found.gradient.rank is None
    assert math.isnan(found.gradient.stable_rank)


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e300])
def test_the_size_of_the_entries_does_not_matter(size: float) -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(6, 2)) @ rng.normal(size=(2, 9))
    found = matrix_evidence(matrix * size, 1e-15)
    assert found.rank == 2
    assert found.stable_rank == pytest.approx(np.sum(matrix**2) / np.linalg.norm(matrix, 2) ** 2)


def test_rounding_is_no_rank() -> None:
    ones = np.ones((40, 30), dtype=np.float32)
    rounded = ones + EPS * np.random.default_rng(0).integers(0, 2, ones.shape).astype(np.float32)
    assert matrix_evidence(rounded, EPS).rank == 1


def test_a_layer_that_does_not_exist_is_named() -> None:
    with pytest.raises(ExperimentError, match="layer"):
        symmetry_evidence(Experiment(("zeros",), hidden_widths=(4,)), 0, 2)


def test_it_stops_when_told() -> None:
    with pytest.raises(SimulationStopped):
        symmetry_evidence(Experiment(("zeros",), hidden_widths=(4,)), 0, 1, lambda: True)
