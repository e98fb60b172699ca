"""The two-dimensional sets, and the answers of a network all over the plane."""

from __future__ import annotations

import numpy as np
import pytest

from winit_core import Experiment, ExperimentError, simulate
from winit_core.datasets import PLANAR_DATASETS, batch, find_dataset
from winit_core.network import propagate
from winit_core.planar_sets import PLANAR_SETS
from winit_core.training import Training
from winit_core.training.decision_surface import Grid, decision_surface, grid_around
from winit_core.training.history import TrainingHistory


@pytest.mark.parametrize("key", PLANAR_SETS)
def test_a_planar_set_is_centred_and_of_mean_square_one(key: str) -> None:
    data = batch(key, 2, 16384, seed=0)
    assert (data.inputs.shape, data.inputs.dtype) == ((16384, 2), np.float32)
    assert np.bincount(data.labels).tolist() == [8192, 8192]
    inputs = data.inputs.astype(np.float64)
    # Five standard errors; a coordinate is below 4, so its square spreads by less than 4 √E x².
    assert np.abs(inputs.mean(axis=0)).max() < 5 * inputs.std() / 128
    square = np.square(inputs).mean(axis=1)
    assert abs(square.mean() - 1) < 5 * square.std() / 128
    with pytest.raises(ValueError, match="read-only"):
        data.inputs[0, 0] = 0


@pytest.mark.parametrize("key", PLANAR_SETS)
def test_a_smaller_planar_set_is_the_beginning_of_a_larger_one(key: str) -> None:
    small, large = batch(key, 2, 30, seed=4), batch(key, 2, 500, seed=4)
    np.testing.assert_array_equal(small.inputs, large.inputs[:30])
    np.testing.assert_array_equal(small.labels, large.labels[:30])
    assert not np.array_equal(small.inputs, batch(key, 2, 30, seed=5).inputs)


@pytest.mark.parametrize("key", PLANAR_SETS)
def test_no_straight_line_tells_the_classes_apart_but_neighbours_do(key: str) -> None:
    data = batch(key, 2, 1000, seed=1)
    inputs, labels = data.inputs.astype(np.float64), data.labels
    with_one = np.column_stack((inputs, np.ones(1000)))
    line, *_ = np.linalg.lstsq(with_one, 2.0 * labels - 1, rcond=None)
    assert np.mean((with_one @ line > 0) == labels) < 0.92
    apart = np.square(inputs[:, None] - inputs[None]).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    assert np.mean(labels[apart.argmin(axis=1)] == labels) > 0.98


@pytest.mark.parametrize("key", PLANAR_SETS)
def test_planar_sets_are_data_sets_of_experiments(key: str) -> None:
    assert find_dataset(key) is PLANAR_DATASETS[key]
    experiment = Experiment(("he_normal",), "relu", (16, 16), dataset=key)
    assert experiment.layer_shapes == ((2, 16), (16, 16), (16, 2))
    assert Experiment.from_dict(experiment.to_dict()) == experiment
    assert abs(simulate(experiment).runs[0].loss - np.log(2)) < 2
    with pytest.raises(ExperimentError) as caught:
        Experiment(("zeros",), dataset=key, input_width=3)
    assert caught.value.field == "input_width"


def test_a_network_learns_the_moons_and_its_surface_says_so() -> None:
    experiment = Experiment(("he_normal",), "tanh", (32, 32), dataset="moons", seed=1)
    with TrainingHistory(experiment, Training(steps=400, learning_rate=0.3)) as history:
        for _ in history.run():
            pass
        assert history.held_out_accuracy[-1, 0] > 0.95
        data = batch("moons", 2, 1000, seed=1)
        grid = grid_around(data.inputs, 60)
        surface = decision_surface(*history.network(400, 0), "tanh", grid)
    assert surface.winner.shape == (60, 60)
    assert surface.probabilities.shape == (60, 60, 2)
    np.testing.assert_allclose(surface.probabilities.sum(axis=2), 1, rtol=1e-12)
    column = np.abs(data.inputs[:, :1] - grid.x).argmin(axis=1)
    row = np.abs(data.inputs[:, 1:] - grid.y).argmin(axis=1)
    assert np.mean(surface.winner[row, column] == data.labels) > 0.94


def test_the_surface_is_the_networks_own_answer() -> None:
    generator = np.random.default_rng(0)
    weights = [generator.standard_normal((2, 5)), generator.standard_normal((5, 3))]
    biases = [generator.standard_normal(5), None]
    grid = Grid(np.linspace(-2, 2, 7), np.linspace(-1, 3, 4))
    surface = decision_surface(weights, biases, "relu", grid)
    passed = propagate(weights, biases, "relu", grid.points, np.zeros(28, dtype=np.int64))
    logits = passed.logits.reshape(4, 7, 3)
    np.testing.assert_array_equal(surface.winner, logits.argmax(axis=2))
    exponential = np.exp(logits)
    wanted = exponential / exponential.sum(axis=2, keepdims=True)
    np.testing.assert_allclose(surface.probabilities, wanted, rtol=1e-12)
    assert grid.points[8].tolist() == [grid.x[1], grid.y[1]]


def test_where_an_answer_is_not_finite_there_is_none() -> None:
    weights = [np.full((2, 4), 1e30, np.float32), np.full((4, 2), 1e30, np.float32)]
    grid = Grid(np.array([-1.0, 0.0, 1.0]), np.array([0.0, 1.0]))
    surface = decision_surface(weights, [None, None], "relu", grid)
    assert surface.winner.tolist() == [[0, 0, -1], [0, -1, -1]]
    assert np.isnan(surface.probabilities[1, 2]).all()


def test_the_grid_is_a_square_round_all_inputs() -> None:
    inputs = np.array([[-1.0, 5.0], [3.0, 6.0]], dtype=np.float32)
    grid = grid_around(inputs, 11, margin=0.25)
    assert (grid.x[0], grid.x[-1], len(grid.x)) == (-2, 4, 11)
    assert (grid.y[0], grid.y[-1], len(grid.y)) == (2.5, 8.5, 11)


def test_only_networks_with_two_inputs_have_a_surface() -> None:
    grid = Grid(np.zeros(1), np.zeros(1))
    with pytest.raises(ExperimentError, match=r"weights\[0\]"):
        decision_surface([np.zeros((3, 2))], [None], "relu", grid)
