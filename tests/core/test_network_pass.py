from __future__ import annotations

import numpy as np
import pytest

from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.network import propagate
from winit_core.network_pass import (
    NetworkPass,
    SimulationStopped,
    first_parameters,
    given_parameters,
    statistics_of,
)

EXPERIMENT = Experiment(("he_normal", "lsuv"), "relu", hidden_widths=(20, 12), batch_size=30)


def never() -> bool:
    return False


@pytest.mark.parametrize("index", [0, 1])
def test_a_pass_computes_what_propagate_does(index: int) -> None:
    net = NetworkPass(EXPERIMENT, first_parameters(EXPERIMENT, index), never).run_forward()
    data = batch("digits", 64, 30, 0)
    expected = propagate(net.weights, net.biases, "relu", data.inputs, data.labels)
    for found, wanted in zip(net.pre_activations, expected.pre_activations, strict=True):
        np.testing.assert_array_equal(found, wanted)
    for layer in range(3):
        np.testing.assert_array_equal(net.delta(layer), expected.deltas[layer])
    assert net.loss == expected.loss


def test_the_statistics_of_given_weights_are_those_of_the_scheme_that_drew_them() -> None:
    drawn = NetworkPass(EXPERIMENT, first_parameters(EXPERIMENT, 1), never).run_forward()
    given = NetworkPass(EXPERIMENT, given_parameters(drawn.weights, drawn.biases), never)
    again = NetworkPass(EXPERIMENT, first_parameters(EXPERIMENT, 1), never)
    assert repr(statistics_of(given)) == repr(statistics_of(again))


def test_a_pass_ends_where_it_was_told_to() -> None:
    net = NetworkPass(EXPERIMENT, first_parameters(EXPERIMENT, 0), never).run_forward(1)
    assert (len(net.weights), len(net.signals)) == (2, 3)
    stopped = NetworkPass(EXPERIMENT, first_parameters(EXPERIMENT, 0), lambda: True)
    with pytest.raises(SimulationStopped):
        stopped.run_forward()
    assert stopped.weights == []
