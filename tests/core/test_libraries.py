"""The library switch: the law of each library's own sampler, by its formulas and against torch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from scipy import stats

from winit_core import Experiment, simulate
from winit_core.draws import UnitDraws
from winit_core.errors import ExperimentError
from winit_core.schemes import LIBRARIES, SCHEMES, SchemeChoice, library_entry
from winit_core.schemes.laws import Law, PointMass, Shifted, Sparse, TruncatedNormal, Uniform

TRUNCATION = 0.87962566103423978
SMALLEST_P = 1e-6

HE = math.sqrt(2 / 60)
GLOROT = math.sqrt(2 / 100)
LECUN = math.sqrt(1 / 60)

# Where a library departs from the reference law of a 60 x 40 layer.
DEPARTURES: dict[tuple[str, str], Law] = {
    ("glorot_normal", "keras"): TruncatedNormal(GLOROT / TRUNCATION),
    ("glorot_normal", "jax"): TruncatedNormal(GLOROT / TRUNCATION),
    ("he_normal", "keras"): TruncatedNormal(HE / TRUNCATION),
    ("he_normal", "jax"): TruncatedNormal(HE / TRUNCATION),
    ("lecun_normal", "keras"): TruncatedNormal(LECUN / TRUNCATION),
    ("lecun_normal", "jax"): TruncatedNormal(LECUN / TRUNCATION),
    ("truncated_normal", "pytorch"): TruncatedNormal(0.02, 100.0),
    ("truncated_normal", "keras"): TruncatedNormal(0.02, 2.0),
    ("truncated_normal", "jax"): TruncatedNormal(0.02, 2.0),
    ("uniform", "jax"): Shifted(Uniform(0.025), 0.025),
    ("sparse", "pytorch"): Sparse(60, 40, 36, 0.01, per_unit=False),
}


def parts(law: Law) -> tuple[object, ...]:
    """The law in numbers that can be compared up to rounding."""
    if isinstance(law, Shifted):
        return ("shifted", *parts(law.law), pytest.approx(law.offset))
    return (
        type(law),
        *(v if isinstance(v, bool) else pytest.approx(v) for v in vars(law).values()),
    )


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("key", SCHEMES)
def test_the_law_of_a_library(key: str, library: str) -> None:
    choice = SchemeChoice(key)
    reference = choice.weight_law(60, 40)
    expected = DEPARTURES.get((key, library), reference)
    assert parts(expected) == parts(choice.weight_law(60, 40, library=library))


@pytest.mark.parametrize(
    ("key", "params", "library", "expected"),
    [
        ("truncated_normal", {"std": 0.5, "cut": 3}, "pytorch", TruncatedNormal(0.5, 6.0)),
        ("truncated_normal", {"std": 0.5, "cut": 3}, "keras", TruncatedNormal(0.5, 2.0)),
        ("truncated_normal", {"std": 0.5, "cut": 3}, "jax", TruncatedNormal(0.5, 3.0)),
        (
            "variance_scaling",
            {"distribution": "normal"},
            "keras",
            TruncatedNormal(LECUN / TRUNCATION),
        ),
        ("he_normal", {"gain": 2}, "keras", TruncatedNormal(2 * HE / TRUNCATION)),
    ],
)
def test_a_library_keeps_the_parameters_and_changes_the_law(
    key: str, params: Mapping[str, object], library: str, expected: Law
) -> None:
    law = SchemeChoice(key, params).weight_law(60, 40, library=library)
    assert parts(expected) == parts(law)


def test_the_bias_of_a_default_layer_is_the_librarys() -> None:
    choice = SchemeChoice("torch_linear")
    assert choice.bias_law(16, 4, library="pytorch") == Uniform(0.25)
    assert choice.bias_law(16, 4, library="keras") == PointMass(0.0)
    assert choice.bias_law(16, 4, library="jax") == PointMass(0.0)
    asked = SchemeChoice("torch_linear", {"bias_rule": "set", "bias": 1})
    assert asked.bias_law(16, 4, library="keras") == PointMass(1.0)


@pytest.mark.parametrize("key", SCHEMES)
def test_every_entry_has_a_call_a_law_and_a_source(key: str) -> None:
    record = SCHEMES[key]
    assert list(record.libraries) == list(LIBRARIES[1:])
    for library, entry in record.libraries.items():
        assert library_entry(SchemeChoice(key), library) is entry
        if entry is None:
            continue
        assert re.fullmatch(r"[\w.]+(\(.*\))?", entry.name)
        assert entry.sampling
        assert entry.source
        if entry.weight_law is not None or entry.bias_law is not None:
            assert entry.differences, "a departure is said"


def test_the_reference_has_no_entry_and_an_unknown_library_is_refused() -> None:
    assert library_entry(SchemeChoice("he_normal"), "reference") is None
    with pytest.raises(ExperimentError) as caught:
        library_entry(SchemeChoice("he_normal"), "theano")
    assert caught.value.field == "library"


def test_an_experiment_draws_as_its_library() -> None:
    plain, keras = (
        simulate(Experiment(("he_normal", "normal"), library=library, hidden_widths=(300, 300)))
        for library in ("reference", "keras")
    )
    assert keras.runs[1].layers == plain.runs[1].layers
    assert keras.runs[0].layers != plain.runs[0].layers
    assert keras.experiment.weight_law(0, 1) == TruncatedNormal.from_std(math.sqrt(2 / 300))


# Against torch itself, where it is installed. Its tensors are (fan_out, fan_in).

TORCH_SAMPLERS: dict[str, tuple[Mapping[str, object], Callable[[Any, Any], object]]] = {
    "zeros": ({}, lambda init, w: init.zeros_(w)),
    "constant": ({}, lambda init, w: init.constant_(w, 0.5)),
    "small_normal": ({}, lambda init, w: init.normal_(w, 0, 0.01)),
    "large_normal": ({}, lambda init, w: init.normal_(w, 0, 10)),
    "normal": ({}, lambda init, w: init.normal_(w)),
    "uniform": ({"bound": 0.5, "mean": 0.5}, lambda init, w: init.uniform_(w)),
    "truncated_normal": (
        {"std": 1.5, "cut": 2},
        lambda init, w: init.trunc_normal_(w, 0, 1.5, -2, 2),
    ),
    "glorot_uniform": ({"gain": 3}, lambda init, w: init.xavier_uniform_(w, 3)),
    "glorot_normal": ({"gain": 3}, lambda init, w: init.xavier_normal_(w, 3)),
    "he_uniform": (
        {"slope": 0.5, "mode": "fan_out"},
        lambda init, w: init.kaiming_uniform_(w, 0.5, "fan_out"),
    ),
    "he_normal": ({"slope": 0.5}, lambda init, w: init.kaiming_normal_(w, 0.5)),
    "lecun_uniform": ({}, lambda init, w: init.kaiming_uniform_(w, nonlinearity="linear")),
    "lecun_normal": ({}, lambda init, w: init.kaiming_normal_(w, nonlinearity="linear")),
    "torch_linear": ({}, lambda init, w: init.kaiming_uniform_(w, math.sqrt(5))),
    "orthogonal": ({"gain": 3}, lambda init, w: init.orthogonal_(w, 3)),
    "identity": ({}, lambda init, w: init.eye_(w)),
    "sparse": (
        {"sparsity": 0.3, "std": 2},
        lambda init, w: init.sparse_(w, 0.3, 2),
    ),
}


def test_every_scheme_of_pytorch_is_compared() -> None:
    known = {key for key, scheme in SCHEMES.items() if scheme.libraries["pytorch"] is not None}
    assert set(TORCH_SAMPLERS) == known


@pytest.mark.parametrize("key", TORCH_SAMPLERS)
def test_torch_samples_the_same_law(key: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    params, sampler = TORCH_SAMPLERS[key]
    fan_in, fan_out = 300, 200
    theirs = torch.empty(fan_out, fan_in)
    sampler(torch.nn.init, theirs)
    other = theirs.numpy().T
    law = SchemeChoice(key, params).weight_law(fan_in, fan_out, library="pytorch")
    ours = law.sample(UnitDraws(2, 0, (fan_in, fan_out)))
    assert theirs.numpy().std() == pytest.approx(law.std, rel=0.05, abs=1e-12)
    if law.std == 0 or key == "identity":
        assert np.array_equal(ours, other)
        return
    if key == "sparse":
        assert np.array_equal(np.sort((ours == 0).sum(axis=1)), np.sort((other == 0).sum(axis=1)))
        ours, other = ours[ours != 0], other[other != 0]
    assert stats.ks_2samp(ours.ravel(), other.ravel()).pvalue > SMALLEST_P
    # The density is theirs as well as ours: the bounds do not come from our own sampler.
    low, high = law.support
    assert other.min() >= low * (1 + 1e-6)
    assert other.max() <= high * (1 + 1e-6)


def test_torch_linear_is_nn_linear() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    layer = torch.nn.Linear(50, 4000)
    choice = SchemeChoice("torch_linear")
    for tensor, law in (
        (layer.weight, choice.weight_law(50, 4000)),
        (layer.bias, choice.bias_law(50, 4000)),
    ):
        values = tensor.detach().numpy().ravel()
        bound = law.support[1]
        assert stats.kstest(values, stats.uniform(-bound, 2 * bound).cdf).pvalue > SMALLEST_P


@pytest.mark.parametrize("key", TORCH_SAMPLERS)
def test_the_named_call_exists_in_torch(key: str) -> None:
    torch = pytest.importorskip("torch")
    entry = SCHEMES[key].libraries["pytorch"]
    assert entry is not None
    found: Any = torch
    for name in entry.name.split("(")[0].split(".")[1:]:
        found = getattr(found, name)
    assert callable(found)
