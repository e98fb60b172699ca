from __future__ import annotations

import copy
import dataclasses
import itertools
import json
import math
import pickle
import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winit_core.activations import ACTIVATIONS, BoundActivation, get_activation
from winit_core.datasets import DATASETS
from winit_core.errors import ExperimentError
from winit_core.experiment import (
    DTYPES,
    LOSSES,
    MAX_DEPTH,
    MAX_SCHEMES,
    MAX_SEED,
    MAX_WIDTH,
    MEMORY_LIMIT_BYTES,
    Experiment,
)
from winit_core.parameters import Parameter, Parameters
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import simulate

TINY = {"hidden_widths": (8, 8), "batch_size": 16}


def _values(parameter: Parameter) -> st.SearchStrategy[Any]:
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    low = parameter.minimum if math.isfinite(parameter.minimum) else -1e6
    high = parameter.maximum if math.isfinite(parameter.maximum) else 1e6
    return st.floats(low, high)


def _chosen(parameters: tuple[Parameter, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={p.name: _values(p) for p in parameters})


CHOICES = st.sampled_from(list(SCHEMES.values())).flatmap(
    lambda scheme: _chosen(scheme.parameters).map(lambda given: (scheme.key, given))
)
BOUND_ACTIVATIONS = st.sampled_from(list(ACTIVATIONS.values())).flatmap(
    lambda record: _chosen(record.parameters).map(
        lambda given: BoundActivation(record.key, Parameters(given))
    )
)


@st.composite
def valid_experiments(draw: st.DrawFn) -> Experiment:
    choices = []
    for key, given_values in draw(st.lists(CHOICES, max_size=4)):
        try:
            choices.append(SchemeChoice(key, given_values))
        except ExperimentError:  # a scheme may refuse a pair of values that are each in range
            choices.append(SchemeChoice(key))
    dataset = draw(st.sampled_from(list(DATASETS)))
    return Experiment(
        schemes=tuple(choices),
        activation=draw(BOUND_ACTIVATIONS),
        hidden_widths=draw(st.lists(st.integers(1, 300), min_size=1, max_size=12)),
        batch_size=draw(st.integers(1, DATASETS[dataset].size)),
        dataset=dataset,
        loss=draw(st.sampled_from(LOSSES)),
        seed=draw(st.integers(0, MAX_SEED)),
        dtype=draw(st.sampled_from(DTYPES)),
        input_width=draw(st.integers(1, MAX_WIDTH)) if dataset == "gaussian" else None,
    )


@settings(max_examples=150, deadline=None)
@given(valid_experiments())
def test_every_valid_experiment_survives_every_way_of_keeping_it(experiment: Experiment) -> None:
    plain = experiment.to_dict()
    for twin in (
        Experiment.from_dict(plain),
        Experiment.from_dict(json.loads(json.dumps(plain, allow_nan=False))),
        pickle.loads(pickle.dumps(experiment)),
        copy.deepcopy(experiment),
        dataclasses.replace(experiment),
    ):
        assert twin == experiment
        assert hash(twin) == hash(experiment)
        assert repr(twin) == repr(experiment)
        assert twin.to_dict() == plain


def test_the_defaults_are_those_of_the_contract() -> None:
    experiment = Experiment(["glorot_normal"])
    assert experiment.to_dict() == {
        "schemes": [{"key": "glorot_normal", **SchemeChoice("glorot_normal").values}],
        "activation": {"key": "tanh"},
        "hidden_widths": [128] * 10,
        "batch_size": 256,
        "dataset": "digits",
        "loss": "cross_entropy",
        "seed": 0,
        "dtype": "float32",
        "input_width": 64,
        "library": "reference",
        "overrides": [],
    }
    assert experiment.depth == 10
    assert experiment.layer_shapes == ((64, 128), *((128, 128),) * 9, (128, 10))
    assert experiment.numpy_dtype == np.float32


def test_what_is_equal_is_equal_however_it_was_written() -> None:
    written = [
        Experiment(("small_normal",), "leaky_relu", (8, 8)),
        Experiment(["small_normal"], get_activation("leaky_relu", slope=0.01), [8, 8]),
        Experiment(
            (c for c in [SchemeChoice("small_normal", {"std": 0.01})]), "leaky_relu", (8, 8)
        ),
        Experiment(("small_normal",), "leaky_relu", np.array([8, 8]), seed=np.int64(0)),
        Experiment(("small_normal",), "leaky_relu", (8, 8), np.uint16(256), input_width=64),
    ]
    assert len(set(written)) == 1
    assert len({repr(experiment) for experiment in written}) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"schemes": ("zeros",)},
        {"activation": "relu"},
        {"activation": get_activation("leaky_relu", slope=0.2)},
        {"hidden_widths": (8,)},
        {"batch_size": 17},
        {"loss": "mse"},
        {"seed": 1},
        {"dtype": "float64"},
        {"dataset": "gaussian"},
    ],
)
def test_a_replaced_field_is_another_experiment(change: dict[str, Any]) -> None:
    before = Experiment(("small_normal",), **TINY)
    after = dataclasses.replace(before, **change)
    assert after != before
    assert dataclasses.replace(after, **{name: getattr(before, name) for name in change}) == before


def test_it_is_frozen() -> None:
    experiment = Experiment(("zeros",))
    with pytest.raises(dataclasses.FrozenInstanceError):
        experiment.seed = 1  # type: ignore[misc]
    with pytest.raises(ExperimentError):
        dataclasses.replace(experiment, seed=-1)


def test_the_same_scheme_may_appear_twice_and_the_order_is_kept() -> None:
    choices = (
        SchemeChoice("normal", {"std": 2.0}),
        SchemeChoice("zeros"),
        SchemeChoice("normal", {"std": 0.1}),
        SchemeChoice("zeros"),
    )
    assert Experiment(choices).schemes == choices
    assert Experiment(()).schemes == ()


HUGE = 10**5000  # more digits than Python converts to text
ODD = [None, True, 1.5, math.nan, 1j, "", "abc", b"abc", b"", object(), {}, {"a": 1}, set()]
NOT_COUNTS = [-1, HUGE, 1.0, "12", True, np.True_, math.nan, [1], {1}, np.array([1, 2])]
NO_WIDTHS = (0, -1, MAX_WIDTH + 1, HUGE, 8.0, "8", None, True, [8], math.nan)
WRONG: dict[str, list[Any]] = {
    "schemes": [
        *(*ODD, "zeros", 5, {"zeros"}, {"zeros": 1}, np.array(5)),
        *(itertools.repeat("zeros"), ("zeros",) * (MAX_SCHEMES + 1)),
    ],
    "schemes[1]": [("zeros", value) for value in (*ODD, 5, "He", "zeros ", ("normal", 1))],
    "activation": [*ODD, 5, "Tanh", ["tanh"], "swiglu"],
    "hidden_widths": [
        *(*ODD, 128, "128", {128}, (), [], iter(()), np.array(128)),
        *((128,) * 10_000, itertools.repeat(8), range(1, 10**12)),
    ],
    "hidden_widths[1]": [(8, width) for width in NO_WIDTHS],
    "batch_size": [*NOT_COUNTS, 0, None, Fraction(3), 1798, 5000],
    "dataset": [*ODD, "mnist", 5, ["digits"]],
    "loss": [*ODD, "hinge", 5, ["mse"]],
    "seed": [*NOT_COUNTS, None, -(10**30), MAX_SEED + 1],
    "dtype": [*ODD, "float8", np.float32, "int64", np.dtype("float64")],
    "input_width": [*NOT_COUNTS, 0, 63, 64.0, 65, MAX_WIDTH + 1, np.array([64])],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param(field, value, id=f"{field}-{number}")
        for field, values in WRONG.items()
        for number, value in enumerate(values)
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(field: str, value: object) -> None:
    arguments: dict[str, Any] = {"schemes": ("zeros",), field.split("[")[0]: value}
    with pytest.raises(ExperimentError) as caught:
        Experiment(**arguments)
    error = caught.value
    assert error.field == field or error.field.startswith(f"{field}.")
    assert error.allowed
    assert len(str(error)) < 1000


@pytest.mark.parametrize(
    "std", ["abc", math.nan, -1, -1e-300, math.inf, True, None, 1e300, 10**400, [], "1", 1j]
)
def test_a_wrong_std_is_refused_by_name(std: object) -> None:
    with pytest.raises(ExperimentError) as caught:
        SchemeChoice("normal", {"std": std})
    assert caught.value.field == "std"
    assert caught.value.value is std
    assert "number from 0 to 1000000" in str(caught.value)
    table = {"schemes": ["zeros", {"key": "normal", "std": std}]}
    with pytest.raises(ExperimentError) as caught:
        Experiment.from_dict(table)
    assert caught.value.field == "schemes[1].std"


def test_a_batch_larger_than_the_data_says_how_large_it_may_be() -> None:
    with pytest.raises(ExperimentError, match="1 to 1797") as caught:
        Experiment(("zeros",), batch_size=1798)
    assert (caught.value.field, caught.value.value) == ("batch_size", 1798)


def test_ten_thousand_layers_are_refused_with_the_number_and_the_range() -> None:
    with pytest.raises(ExperimentError, match=r"10000 layers.*1 to 1000 hidden layers") as caught:
        Experiment(("zeros",), hidden_widths=(128,) * 10_000)
    assert caught.value.field == "hidden_widths"
    assert Experiment(("zeros",), hidden_widths=(1,) * MAX_DEPTH).depth == MAX_DEPTH


def test_gaussian_inputs_have_any_width_and_digits_have_their_own() -> None:
    wide = Experiment(("zeros",), dataset="gaussian", input_width=300)
    assert wide.layer_shapes[0] == (300, 128)
    assert Experiment(("zeros",), dataset="gaussian").input_width == 64
    with pytest.raises(ExperimentError, match="64 for digits") as caught:
        dataclasses.replace(wide, dataset="digits")
    assert (caught.value.field, caught.value.value) == ("input_width", 300)


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({}, "schemes"),
        ({"schemes": None}, "schemes"),
        ({"schemes": "zeros"}, "schemes"),
        ({"schemes": {"key": "zeros"}}, "schemes"),
        ({"schemes": [{}]}, "schemes[0].key"),
        ({"schemes": ["zeros", {"std": 1}]}, "schemes[1].key"),
        ({"schemes": [{"key": None}]}, "schemes[0].key"),
        ({"schemes": [{"key": ["zeros"]}]}, "schemes[0].key"),
        ({"schemes": ["he"]}, "schemes[0].key"),
        ({"schemes": [{"key": "zeros", "std": 1}]}, "schemes[0].std"),
        ({"schemes": [{"key": "normal", 1: 2}]}, "schemes[0].1"),
        ({"schemes": [{"key": "normal", "key ": 2}]}, "schemes[0].key "),
        ({"schemes": [["normal", 1]]}, "schemes[0]"),
        ({"schemes": [3]}, "schemes[0]"),
        ({"schemes": [], "activation": {}}, "activation"),
        ({"schemes": [], "activation": {"key": "tanh", "slope": 1}}, "activation.slope"),
        ({"schemes": [], "activation": {"key": "tanh", "activation": 1}}, "activation.activation"),
        ({"schemes": [], "activation": {"key": "tanh", "self": 1}}, "activation.self"),
        ({"schemes": [], "activation": {"key": "leaky_relu", "slope": "x"}}, "activation.slope"),
        ({"schemes": [], "activation": [1]}, "activation"),
        ({"schemes": [], "depth": 3}, "depth"),
        ({"schemes": [], 5: 3}, "5"),
        ({"schemes": [], "__class__": 3}, "__class__"),
        ({"schemes": [], "self": 3}, "self"),
        ({"schemes": [], "hidden_widths": {"a": 1}}, "hidden_widths"),
        ({"schemes": [], "hidden_widths": [8, None]}, "hidden_widths[1]"),
        (None, "experiment"),
        ([("schemes", [])], "experiment"),
        ("schemes", "experiment"),
        (5, "experiment"),
    ],
)
def test_a_hostile_table_is_refused_by_the_name_of_what_is_wrong(table: Any, field: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        Experiment.from_dict(table)
    assert caught.value.field == field


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([*SCHEMES, *ACTIVATIONS, *DATASETS, *LOSSES, *DTYPES, "key", "std"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = [field.name for field in dataclasses.fields(Experiment)]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), ANYTHING, max_size=4))
def test_any_table_gives_an_experiment_or_the_name_of_a_field(table: dict[str, Any]) -> None:
    table = {"schemes": ["zeros"], **table}
    refused = None
    try:
        experiment = Experiment.from_dict(table)
    except ExperimentError as error:
        refused = error.field
    if refused is None:
        assert Experiment.from_dict(experiment.to_dict()) == experiment
    else:
        assert any(refused.startswith(name) for name in table)


def test_a_network_that_needs_too_much_memory_is_refused_with_both_numbers() -> None:
    with pytest.raises(ExperimentError, match=r"2 GiB.*needs 11\.7 GiB") as caught:
        Experiment(("zeros",), hidden_widths=(MAX_WIDTH,) * 100, batch_size=1797)
    assert caught.value.field == "hidden_widths"
    # (4 bytes x (4096² weights + 1797 x 2 x 4096 signals) in each of 100 layers.)
    # What fits in float32 does not in float64, which needs twice as much.
    fits = Experiment(("zeros",), hidden_widths=(MAX_WIDTH,) * 20, batch_size=256)
    assert MEMORY_LIMIT_BYTES / 2 < fits.bytes_per_scheme <= MEMORY_LIMIT_BYTES
    with pytest.raises(ExperimentError):
        dataclasses.replace(fits, dtype="float64")


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_memory_that_is_announced_is_the_memory_that_is_taken(dtype: str) -> None:
    experiment = Experiment(
        ("small_normal",), hidden_widths=(256,) * 30, batch_size=512, dtype=dtype
    )
    simulate(experiment)  # fills the caches of draws and data, which schemes share
    tracemalloc.start()
    simulate(experiment)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Beyond it: temporaries of one layer of 30, at most eight of its arrays in float64.
    one_layer = 8 * 8 * 512 * 256
    assert experiment.bytes_per_scheme <= peak <= experiment.bytes_per_scheme + one_layer
