from __future__ import annotations

import copy
import pickle

import pytest

from winit_core.errors import ExperimentError


def test_message_names_field_value_and_what_is_allowed() -> None:
    error = ExperimentError("batch_size", 5000, "an integer from 1 to 1797")
    assert str(error) == "batch_size = 5000 is not possible: it must be an integer from 1 to 1797"


@pytest.mark.parametrize(("inner", "outer"), [("std", "schemes[2].std"), ("[0]", "schemes[2][0]")])
def test_inside_names_the_field_from_further_outside(inner: str, outer: str) -> None:
    error = ExperimentError(inner, -1, "positive").inside("schemes[2]")
    assert (error.field, error.value, error.allowed) == (outer, -1, "positive")


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_survives_the_way_between_processes(duplicate) -> None:
    error = ExperimentError("std", "abc", "a number")
    twin = duplicate(error)
    assert type(twin) is ExperimentError
    assert (twin.field, twin.value, twin.allowed, str(twin)) == (
        "std",
        "abc",
        "a number",
        str(error),
    )


class _Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("value", ["x" * 10**6, 10**5000, _Unprintable(), [0] * 10**5], ids=type)
def test_any_value_makes_a_short_message(value: object) -> None:
    # 120 characters of the value and less than 80 of the sentence around it.
    assert len(str(ExperimentError("std", value, "a number"))) < 200
