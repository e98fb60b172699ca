"""Single layers with another scheme than the rest, and the library, as fields of an experiment."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winit_core import Experiment, ExperimentError, SchemeChoice, simulate
from winit_core.experiment import OUTPUT_LAYER, LayerOverride
from winit_core.schemes import LIBRARIES, SCHEMES
from winit_core.schemes.laws import Normal, PointMass
from winit_core.simulation import weights_and_bias

DEPTH = 4


def build(*overrides: LayerOverride) -> Experiment:
    schemes = ("he_normal", "orthogonal")
    return Experiment(schemes, "relu", (30,) * DEPTH, batch_size=20, overrides=overrides)


def test_an_override_replaces_one_layer_of_every_scheme() -> None:
    plain = build()
    changed = build(LayerOverride(2, SchemeChoice("constant", {"weight": 0.25, "bias": 3.0})))
    for index in range(2):
        for layer in range(DEPTH + 1):
            weight, bias = weights_and_bias(changed, index, layer)
            if layer == 2:
                assert np.unique(weight).tolist() == [0.25]
                assert bias is not None
                assert np.unique(bias).tolist() == [3.0]
                assert changed.weight_law(index, layer) == PointMass(0.25)
            else:
                assert np.array_equal(weight, weights_and_bias(plain, index, layer)[0])
                assert bias is None
    before, after = simulate(plain), simulate(changed)
    for old, new in zip(before.runs, after.runs, strict=True):
        assert old.layers[1].pre_activation_rms == new.layers[1].pre_activation_rms
        assert old.layers[3].pre_activation_rms != new.layers[3].pre_activation_rms
        assert new.choice == old.choice


def test_minus_one_is_the_output_layer_at_any_depth() -> None:
    last = LayerOverride(OUTPUT_LAYER, SchemeChoice("small_normal"))
    for depth in (1, 3):
        experiment = Experiment(("he_normal",), hidden_widths=(20,) * depth, overrides=(last,))
        assert experiment.weight_law(0, depth) == Normal(0.01)
        assert experiment.choice_at(0, depth - 1) == SchemeChoice("he_normal")


def test_a_data_dependent_override_sees_what_comes_from_below() -> None:
    experiment = build(LayerOverride(2, SchemeChoice("lsuv", {"tol": 1e-4})))
    for run in simulate(experiment).runs:
        assert run.layers[2].pre_activation_std == pytest.approx(1, abs=1e-4)
        assert abs(run.layers[1].pre_activation_std - 1) > 1e-3


def test_the_order_in_which_overrides_are_given_does_not_matter() -> None:
    one, other = LayerOverride(3, "zeros"), LayerOverride(0, "normal")  # type: ignore[arg-type]
    assert build(one, other) == build(other, one)
    assert build(one).overrides[0].choice == SchemeChoice("zeros")


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        (5, "overrides"),
        ("zeros", "overrides"),
        ([3], "overrides[0]"),
        ([LayerOverride(DEPTH + 1, SchemeChoice("zeros"))], "overrides[0].layer"),
        ([LayerOverride(2, SchemeChoice("zeros"))] * 2, "overrides[1].layer"),
        (
            [LayerOverride(DEPTH, SchemeChoice("zeros")), LayerOverride(-1, SchemeChoice("zeros"))],
            "overrides[1].layer",
        ),
    ],
)
def test_an_impossible_override_is_named(overrides: Any, field: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        Experiment(("zeros",), hidden_widths=(30,) * DEPTH, overrides=overrides)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({"layer": -2, "choice": "zeros"}, "overrides[0].layer"),
        ({"layer": 1.5, "choice": "zeros"}, "overrides[0].layer"),
        ({"choice": "zeros"}, "overrides[0].layer"),
        ({"layer": 1}, "overrides[0].choice"),
        ({"layer": 1, "choice": "bogus"}, "overrides[0].choice.key"),
        ({"layer": 1, "choice": {"key": "normal", "std": -1}}, "overrides[0].choice.std"),
        ({"layer": 1, "choice": "zeros", "scheme": 3}, "overrides[0].scheme"),
        ("zeros", "overrides[0]"),
    ],
)
def test_an_impossible_table_is_named(table: object, field: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        Experiment.from_dict({"schemes": ["zeros"], "overrides": [table]})
    assert caught.value.field == field


@pytest.mark.parametrize(("layer", "choice"), [(True, "zeros"), (1, 3), (1, None)])
def test_an_override_checks_itself(layer: Any, choice: Any) -> None:
    with pytest.raises(ExperimentError):
        LayerOverride(layer, choice)


@pytest.mark.parametrize("library", ["torch", "", None, 3])
def test_an_unknown_library_is_named(library: Any) -> None:
    with pytest.raises(ExperimentError) as caught:
        Experiment(("zeros",), library=library)
    assert caught.value.field == "library"


choices = st.builds(SchemeChoice, st.sampled_from(sorted(SCHEMES)))


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    depth = draw(st.integers(1, 6))
    layers = draw(st.lists(st.integers(0, depth), unique=True, max_size=4))
    overrides = [LayerOverride(layer, draw(choices)) for layer in layers]
    if depth not in layers and draw(st.booleans()):
        overrides.append(LayerOverride(OUTPUT_LAYER, draw(choices)))
    return Experiment(
        tuple(draw(st.lists(choices, max_size=3))),
        hidden_widths=(5,) * depth,
        dtype=draw(st.sampled_from(["float16", "bfloat16", "float32", "float64"])),
        library=draw(st.sampled_from(LIBRARIES)),
        overrides=tuple(overrides),
    )


@given(experiments())
def test_the_fields_survive_a_round_trip(experiment: Experiment) -> None:
    again = Experiment.from_dict(json.loads(json.dumps(experiment.to_dict())))
    assert again == experiment
    assert hash(again) == hash(experiment)
    for index in range(len(experiment.schemes)):
        for layer in range(experiment.depth + 1):
            assert again.weight_law(index, layer) == experiment.weight_law(index, layer)
