from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winit_core.errors import ExperimentError
from winit_core.parameters import (
    Parameter,
    Parameters,
    complete,
    number_range,
    validated_integer,
    validated_key,
    validated_number,
)

STD = Parameter("std", 0.01, 0.0, 1e6)
MODE = Parameter("mode", "fan_in", choices=("fan_in", "fan_out"))
HUGE = pytest.param(10**5000, id="huge")  # more digits than Python converts to text
WRONG_TYPES = ["1", None, True, np.True_, 1j, [], {}, [1.0], np.array([1.0, 2.0]), object(), b"1"]


@pytest.mark.parametrize("value", [*WRONG_TYPES, math.nan, math.inf, -math.inf, -1, 1e7, HUGE])
def test_a_number_out_of_question_is_refused(value: object) -> None:
    with pytest.raises(ExperimentError) as caught:
        STD.validated(value)
    assert caught.value.field == "std"
    assert caught.value.allowed == "a number from 0 to 1000000"


@pytest.mark.parametrize("value", [0, 1e6, 0.5, Fraction(1, 3), np.float32(0.25), np.int64(3)])
def test_a_number_within_the_bounds_is_stored_as_a_float(value: float) -> None:
    stored = STD.validated(value)
    assert type(stored) is float
    assert stored == float(value)


def test_negative_zero_is_zero() -> None:
    assert math.copysign(1, validated_number("std", -0.0, -1, 1)) == 1


@pytest.mark.parametrize("value", [*WRONG_TYPES, 1.0, Fraction(2), 0, 11, -(10**400), HUGE])
def test_an_integer_out_of_question_is_refused(value: object) -> None:
    with pytest.raises(ExperimentError) as caught:
        validated_integer("seed", value, 1, 10)
    assert (caught.value.field, caught.value.allowed) == ("seed", "an integer from 1 to 10")


@given(st.integers(1, 10))
def test_an_integer_within_the_bounds_is_kept(value: int) -> None:
    for given_value in (value, np.uint8(value)):
        stored = validated_integer("seed", given_value, 1, 10)
        assert type(stored) is int
        assert stored == value


@pytest.mark.parametrize("value", [*WRONG_TYPES, "fan_avg", "", "FAN_IN"])
def test_a_word_that_is_not_a_choice_is_refused(value: object) -> None:
    with pytest.raises(ExperimentError, match="one of fan_in, fan_out") as caught:
        MODE.validated(value)
    assert caught.value.field == "mode"


def test_a_key_is_stored_as_the_catalogue_spells_it() -> None:
    stored = validated_key("loss", np.str_("mse"), ("cross_entropy", "mse"))
    assert type(stored) is str


@pytest.mark.parametrize(
    ("minimum", "maximum", "noun", "phrase"),
    [
        (-math.inf, math.inf, "number", "a finite number"),
        (-math.inf, math.inf, "integer", "a finite integer"),
        (0, math.inf, "number", "a number of at least 0"),
        (-math.inf, 1e6, "number", "a number of at most 1000000"),
        (1, 4096, "integer", "an integer from 1 to 4096"),
        (1e-6, 0.5, "number", "a number from 1e-06 to 0.5"),
    ],
)
def test_ranges_in_words(minimum: float, maximum: float, noun: str, phrase: str) -> None:
    assert number_range(minimum, maximum, noun) == phrase


def test_complete_fills_in_defaults_in_the_order_of_the_record() -> None:
    assert list(complete((STD, MODE), {"mode": "fan_out"}).items()) == [
        ("std", 0.01),
        ("mode", "fan_out"),
    ]
    assert complete((STD,), None) == {"std": 0.01}


@pytest.mark.parametrize(("specifications", "known"), [((STD,), "std"), ((), "none at all")])
def test_an_unknown_parameter_is_refused_and_the_known_are_listed(
    specifications: tuple[Parameter, ...], known: str
) -> None:
    with pytest.raises(ExperimentError, match=known) as caught:
        complete(specifications, {"gain": 2})
    assert (caught.value.field, caught.value.value) == ("gain", 2)


@pytest.mark.parametrize("given_value", [5, "std", ["std"], [("std", 1)], 0, ""])
def test_what_is_no_mapping_is_refused(given_value: object) -> None:
    with pytest.raises(ExperimentError) as caught:
        complete((STD,), given_value)  # type: ignore[arg-type]
    assert caught.value.field == "params"


def test_equal_parameters_have_equal_hashes_whatever_their_order() -> None:
    one, other = Parameters({"a": 1.0, "b": 2.0}), Parameters({"b": 2.0, "a": 1.0})
    assert one == other
    assert hash(one) == hash(other)
    assert one != Parameters({"a": 1.0})


def test_parameters_are_a_read_only_mapping_that_can_be_pickled() -> None:
    parameters = Parameters({"std": 0.01, "mode": "fan_in"})
    with pytest.raises(TypeError):
        parameters["std"] = 1.0  # type: ignore[index]
    assert pickle.loads(pickle.dumps(parameters)) == parameters
    assert parameters.number("std") == 0.01
    assert repr(parameters) == "{'std': 0.01, 'mode': 'fan_in'}"
