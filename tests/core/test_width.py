"""The parameter that sets the width of a scheme's weights."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winit_core.experiment import Experiment, LayerOverride
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.width import Fixed, times_rule, why_fixed, width_parameter, with_std

FIXED = {
    "zeros": Fixed.SPIKES,
    "constant": Fixed.SPIKES,
    "identity": Fixed.SPIKES,
    "torch_linear": Fixed.OWN_RULE,
    "random_walk": Fixed.OWN_RULE,
    "critical": Fixed.OWN_RULE,
    "lsuv": Fixed.MEASURED,
}
LAYER = 1


def experiment(choice: SchemeChoice | str, **changes: object) -> Experiment:
    return Experiment((choice,), hidden_widths=(40, 60, 50), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", SCHEMES)
def test_every_scheme_has_a_width_or_a_reason(key: str) -> None:
    assert why_fixed(experiment(key), 0, LAYER) is FIXED.get(key)


@pytest.mark.parametrize("key", [key for key in SCHEMES if key not in FIXED])
@given(std=st.floats(0.002, 5))
def test_the_scheme_takes_the_width(key: str, std: float) -> None:
    before = experiment(key)
    made = with_std(before, 0, LAYER, std)
    after = experiment(made.choice).weight_law(0, LAYER).std
    assert not made.at_limit
    assert after == pytest.approx(std, rel=0.006)
    assert made.value == float(f"{made.value:.3g}")
    same = {
        **made.choice.values,
        made.parameter.name: before.schemes[0].values[made.parameter.name],
    }
    assert SchemeChoice(key, same) == before.schemes[0], "nothing else changes"


@pytest.mark.parametrize(
    ("key", "std", "value"),
    [
        ("glorot_normal", 1e6, 1000),
        ("siren", 1e-6, 1000),
        ("siren", 1e3, 0.01),
        ("normal", 1e9, 1e6),
    ],
)
def test_the_width_ends_where_the_parameter_does(key: str, std: float, value: float) -> None:
    made = with_std(experiment(key), 0, LAYER, std)
    assert made.at_limit
    assert made.value == value


def test_a_width_of_nothing_can_be_left() -> None:
    flat = SchemeChoice("he_normal", {"gain": 0})
    assert why_fixed(experiment(flat), 0, LAYER) is None
    made = with_std(experiment(flat), 0, LAYER, 0.1)
    assert experiment(made.choice).weight_law(0, LAYER).std == pytest.approx(0.1, rel=0.006)


def test_an_absolute_cut_bends_the_curve() -> None:
    """PyTorch cuts at a weight, not at so many std: the std is then no multiple of its own."""
    choice = SchemeChoice("truncated_normal", {"std": 0.5, "cut": 1.0})
    asked = experiment(choice, library="pytorch")
    made = with_std(asked, 0, LAYER, 0.4)
    law = experiment(made.choice, library="pytorch").weight_law(0, LAYER)
    assert law.std == pytest.approx(0.4, rel=0.006)
    assert with_std(asked, 0, LAYER, 0.9).at_limit, "no normal within ±1 is as wide"


def test_snapping_to_the_rule() -> None:
    unit = math.sqrt(2 / (40 + 60))
    assert with_std(experiment("glorot_normal"), 0, LAYER, 1.01 * unit, snap=True).value == 1
    assert with_std(experiment("glorot_normal"), 0, LAYER, 1.01 * unit).value == 1.01
    assert with_std(experiment("glorot_normal"), 0, LAYER, 1.03 * unit, snap=True).value == 1.03


def test_siren_in_its_first_layer_knows_no_frequency() -> None:
    assert why_fixed(experiment("siren"), 0, 0) is Fixed.OTHER_LAYERS
    assert why_fixed(experiment("siren"), 0, 1) is None


def test_an_override_has_a_width_of_its_own() -> None:
    override = (LayerOverride(LAYER, SchemeChoice("zeros")),)
    assert why_fixed(experiment("he_normal", overrides=override), 0, LAYER) is Fixed.OVERRIDDEN
    assert why_fixed(experiment("he_normal", overrides=override), 0, 2) is None


@pytest.mark.parametrize(
    ("choice", "times", "rule"),
    [
        (SchemeChoice("glorot_normal", {"gain": 1.7}), 1.7, "glorot_normal"),
        (SchemeChoice("he_normal", {"gain": 0.5, "slope": 1}), 0.5, "he_normal"),
        (SchemeChoice("variance_scaling", {"scale": 4}), 2.0, "variance_scaling"),
        (SchemeChoice("siren", {"omega_0": 15}), 2.0, "siren"),
        (SchemeChoice("normal", {"std": 0.1}), 0.1 / math.sqrt(2 / 100), "glorot_normal"),
        (SchemeChoice("zeros"), math.nan, "zeros"),
    ],
)
def test_how_far_from_the_rule(choice: SchemeChoice, times: float, rule: str) -> None:
    found, of = times_rule(experiment(choice), 0, LAYER)
    assert found == pytest.approx(times, nan_ok=True)
    assert of.key == rule


def test_the_parameter_is_one_of_the_weights() -> None:
    for key in SCHEMES:
        parameter = width_parameter(SchemeChoice(key))
        assert parameter is None or parameter in SCHEMES[key].weight_parameters
