from __future__ import annotations

from dataclasses import replace

import pytest

from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.experiment import Experiment
from winit_core.maps.lean_runs import lean_outcome
from winit_core.maps.outcomes import outcome_of
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import simulate

SMALL = Experiment(("he_normal",), "tanh", (20, 12, 12, 12), batch_size=40)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("key", SCHEMES)
def test_the_outcome_is_that_of_simulate_bit_for_bit(key: str, dtype: str) -> None:
    for activation in ACTIVATIONS:
        one = replace(
            SMALL,
            schemes=(SchemeChoice(key),),
            activation=get_activation(activation),
            dtype=dtype,
        )
        # As text, since a NaN differs from itself.
        assert repr(lean_outcome(one, lambda: False)) == repr(outcome_of(simulate(one).runs[0]))


@pytest.mark.parametrize(
    ("scheme", "activation", "depth", "dtype"),
    [
        ("large_normal", "relu", 30, "float32"),  # inf, then NaN
        ("large_normal", "relu", 3, "float16"),  # only the gradients overflow
        ("zeros", "sigmoid", 3, "float32"),
        ("constant", "tanh", 3, "float32"),
        ("small_normal", "relu", 60, "float32"),  # underflow to exactly 0
    ],
)
def test_extremes_too(scheme: str, activation: str, depth: int, dtype: str) -> None:
    one = Experiment((scheme,), activation, (32,) * depth, batch_size=64, dtype=dtype)
    assert repr(lean_outcome(one, lambda: False)) == repr(outcome_of(simulate(one).runs[0]))


def test_one_unit_a_layer_is_not_symmetric() -> None:
    one = Experiment(("he_normal",), "tanh", (1, 1), batch_size=8)
    assert repr(lean_outcome(one, lambda: False)) == repr(outcome_of(simulate(one).runs[0]))
