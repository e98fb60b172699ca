"""The generated programs: readable by Python for all there is, and right where torch is at hand."""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from tests.core.test_schemes import SMALLEST_P, K, central_moment, exact_cdf
from winit_core import ACTIVATIONS, SCHEMES, Experiment, ExperimentError, SchemeChoice
from winit_core.code_generation import CODE_LIBRARIES, as_code
from winit_core.code_generation.recipes import make_plan, recipe_of
from winit_core.experiment import LayerOverride
from winit_core.schemes.laws import Law
from winit_core.schemes.libraries import LIBRARIES

VARIANTS: dict[str, tuple[dict[str, object], ...]] = {
    "constant": ({}, {"weight": -3.5, "bias": 2.0, "bias_std": 0.5}),
    "small_normal": ({}, {"std": 0.0}, {"bias": 0.25}),
    "glorot_uniform": ({}, {"gain": 5 / 3}, {"gain": 0.0}),
    "glorot_normal": ({}, {"gain": 5 / 3, "bias_std": 0.1}),
    "he_uniform": ({}, {"slope": 0.2}, {"mode": "fan_avg", "gain": 3.0}),
    "he_normal": ({}, {"slope": 0.2, "mode": "fan_out"}, {"mode": "fan_avg", "gain": 3.0}),
    "uniform": ({}, {"bound": 0.5, "mean": 0.5}, {"bound": 0.0, "mean": 2.0}),
    "truncated_normal": (
        {},
        {"std_of": "parent"},
        {"std": 0.5, "cut": 0.7},
        {"std": 0.3, "cut": 0.05},
        {"std": 0.5, "cut": 30.0},
    ),
    "lecun_uniform": ({}, {"gain": 2.0}),
    "lecun_normal": ({}, {"gain": 2.0}),
    "variance_scaling": tuple(
        {"scale": 3.0, "mode": mode, "distribution": distribution}
        for mode, distribution in itertools.product(
            ("fan_in", "fan_out", "fan_avg", "fan_geo_avg"),
            ("truncated_normal", "normal", "uniform"),
        )
    ),
    "torch_linear": ({}, {"bias_rule": "set", "bias": 1.0}),
    "orthogonal": ({}, {"gain": 2.0}, {"gain": 0.0}),
    "identity": ({}, {"gain": 2.0}),
    "sparse": ({}, {"sparsity": 0.3, "std": 3.0, "per": "input"}, {"sparsity": 1.0}),
    "siren": ({}, {"omega_0": 10.0}),
    "lsuv": ({}, {"tol": 1e-3, "bias": 0.5}),
    "looks_linear": ({}, {"gain": 1.5}),
    "critical": ({}, {"target": "both"}, {"target": "backward", "q": 2.0}),
}
WIDTHS = (80, 91, 120, 120, 33)
CHOICES = [SchemeChoice(key, params) for key in SCHEMES for params in VARIANTS.get(key, ({},))]


def experiment(**changes: Any) -> Experiment:
    values: dict[str, Any] = {
        "schemes": (),
        "activation": "gelu",
        "hidden_widths": WIDTHS,
        "dataset": "gaussian",
        "input_width": 70,
    }
    return Experiment(**{**values, **changes})


def named(choice: SchemeChoice) -> str:
    given = VARIANTS.get(choice.key, ({},))
    changed = [p.name for p in choice.record.parameters if choice.values[p.name] != p.default]
    return f"{choice.key}-{'-'.join(changed)}" if len(given) > 1 else choice.key


def cases() -> Iterator[tuple[SchemeChoice, str]]:
    """Every choice as published; and as each library draws it, where that differs."""
    for choice in CHOICES:
        laws: list[list[Law]] = []
        for library in LIBRARIES:
            asked = experiment(schemes=(choice,), library=library)
            held = [asked.weight_law(0, layer) for layer in range(asked.depth + 1)]
            held += [asked.bias_law(0, layer) for layer in range(asked.depth + 1)]
            if held not in laws:
                laws.append(held)
                yield choice, library


CASES = list(cases())
IDS = [f"{named(choice)}-{library}" for choice, library in CASES]


@pytest.mark.parametrize("library", CODE_LIBRARIES)
@pytest.mark.parametrize("activation", ["relu", "prelu", "sin", "silu", "lecun_tanh"])
def test_every_scheme_gives_a_program(library: str, activation: str) -> None:
    asked = experiment(activation=activation, overrides=(LayerOverride(-1, "zeros"),))
    for choice in CHOICES:
        code = as_code(asked, choice, library)
        tree = ast.parse(code)
        assert ast.get_docstring(tree), code
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert "make_model" in functions
        assert code.endswith("\n")
        assert not [line for line in code.splitlines() if len(line) > 100 or line != line.rstrip()]
        assert_no_unused_names(tree, code)


def assert_no_unused_names(tree: ast.Module, code: str) -> None:
    """Everything imported or defined is used, and everything used is there."""
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    defined: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        if isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    assert defined <= used | {"jax"}, (defined - used, code)
    for name in ("math", "ops", "truncated_normal", "sparse", "in_float32", "normal", "uniform"):
        assert name not in used or name in defined, (name, code)


@pytest.mark.parametrize("library", CODE_LIBRARIES)
def test_every_activation_gives_a_program(library: str) -> None:
    for key in ACTIVATIONS:
        ast.parse(as_code(experiment(activation=key), SchemeChoice("he_normal"), library))


@pytest.mark.parametrize("library", CODE_LIBRARIES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_the_number_format_is_in_the_program(library: str, dtype: str) -> None:
    code = as_code(experiment(dtype=dtype), SchemeChoice("orthogonal"), library)
    ast.parse(code)
    assert (dtype in code) == (dtype != "float32" or library != "pytorch") or "float32" in code


def test_an_unknown_library_is_refused() -> None:
    with pytest.raises(ExperimentError, match="one of pytorch, keras, jax"):
        as_code(experiment(), SchemeChoice("zeros"), "numpy")


def test_the_usual_schemes_are_written_with_the_names_of_the_library() -> None:
    def code(library: str, key: str, sampled_as: str) -> str:
        return as_code(experiment(library=sampled_as), SchemeChoice(key), library)

    assert "nn.init.kaiming_normal_(weight, a=0," in code("pytorch", "he_normal", "reference")
    assert "nn.init.xavier_uniform_(weight)" in code("pytorch", "glorot_uniform", "reference")
    assert "initializers.HeNormal()" in code("keras", "he_normal", "keras")
    assert '"untruncated_normal"' in code("keras", "he_normal", "reference")
    assert "initializers.he_normal()" in code("jax", "he_normal", "jax")
    assert 'variance_scaling(2, "fan_in", "normal")' in code("jax", "he_normal", "reference")
    assert "initializers.LecunNormal()" in code("keras", "lecun_normal", "keras")


def test_a_long_list_of_widths_is_short() -> None:
    code = as_code(Experiment(()), SchemeChoice("zeros"), "pytorch")
    assert "WIDTHS = [64] + [128] * 10 + [10]\n" in code


@pytest.mark.parametrize(("choice", "library"), CASES, ids=IDS)
def test_the_recipes_have_the_numbers_of_the_law(choice: SchemeChoice, library: str) -> None:
    asked = experiment(schemes=(choice,), library=library)
    for layer, plan in enumerate(make_plan(asked, choice).layers):
        shape = asked.layer_shapes[layer]
        for recipe, law in (
            (plan.weight, asked.weight_law(0, layer)),
            (plan.bias, asked.bias_law(0, layer)),
        ):
            wanted = recipe_of(law)
            assert recipe.kind == wanted.kind
            assert recipe.numbers(*shape) == pytest.approx(wanted.numbers(*shape), rel=1e-9)


def run(code: str) -> dict[str, Any]:
    """Run a program as ``python program.py`` would, and return its names."""
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "program.py", "exec"), names)
    names["printed"] = printed.getvalue()
    return names


def assert_drawn_from(values: npt.NDArray[Any], law: Law, copies: int) -> None:
    """Mean, std, bounds and distribution, as `test_schemes` asks of our own samples."""
    low, high = law.support
    slack = 1e-6 * abs(values).max()
    assert low - slack <= values.min()
    assert values.max() <= high + slack
    if law.std == 0:
        assert np.abs(values - law.mean).max() <= slack
        return
    count = values.size / copies
    deviation = values - law.mean
    second, fourth = (central_moment(law, power) for power in (2, 4))
    assert abs(deviation.mean()) <= K * law.std / math.sqrt(count)
    error = K * math.sqrt(max(fourth - second**2, 0) / count) + 1e-6 * second
    assert abs((deviation**2).mean() - second) <= error
    zeros = sum(share for value, share in law.atoms if value == 0)
    assert np.count_nonzero(values == 0) == round(zeros * values.size)
    cdf = exact_cdf(law)
    if cdf is not None:
        pvalue = stats.kstest(values.ravel(), cdf, method="asymp").pvalue
        assert pvalue > SMALLEST_P


@pytest.mark.parametrize(("choice", "library"), CASES, ids=IDS)
def test_pytorch_draws_from_the_law(choice: SchemeChoice, library: str) -> None:
    torch = pytest.importorskip("torch")
    asked = experiment(schemes=(choice,), library=library)
    names = run(as_code(asked, choice, "pytorch"))
    linears = [m for m in names["model"] if isinstance(m, torch.nn.Linear)]
    assert len(linears) == asked.depth + 1
    assert len(names["printed"].splitlines()) == asked.depth + 1
    for layer, linear in enumerate(linears):
        fan_in, fan_out = asked.layer_shapes[layer]
        weight = linear.weight.detach().numpy().T.astype(np.float64)
        bias = linear.bias.detach().numpy().astype(np.float64)
        assert weight.shape == (fan_in, fan_out)
        assert_drawn_from(bias, asked.bias_law(0, layer), copies=1)
        if choice.key == "lsuv":
            assert_orthonormal_but_for_a_factor(weight)
            continue
        copies = 4 if choice.key == "looks_linear" else 1
        law = asked.weight_law(0, layer)
        assert_drawn_from(weight, law, copies)
        assert_structure(choice, weight, law)


def assert_orthonormal_but_for_a_factor(weight: npt.NDArray[Any]) -> None:
    shorter = weight if weight.shape[0] <= weight.shape[1] else weight.T
    gram = shorter @ shorter.T
    assert gram == pytest.approx(gram[0, 0] * np.eye(len(gram)), abs=1e-5 * gram[0, 0])


def assert_structure(choice: SchemeChoice, weight: npt.NDArray[Any], law: Law) -> None:
    """What a distribution of single weights does not show."""
    if law.std == 0:
        return
    if choice.key == "orthogonal":
        assert_orthonormal_but_for_a_factor(weight)
    if choice.key == "identity":
        assert np.count_nonzero(np.diagonal(weight)) == min(weight.shape)
    if choice.key == "sparse":
        zeros = (weight == 0).sum(axis=0 if getattr(law, "per_unit", True) else 1)
        assert np.ptp(zeros) == 0


def test_lsuv_in_pytorch_gives_unit_outputs() -> None:
    torch = pytest.importorskip("torch")
    choice = SchemeChoice("lsuv", {"tol": 1e-3})
    asked = experiment(activation="tanh")
    names = run(as_code(asked, choice, "pytorch"))
    torch.manual_seed(1)
    signal = torch.randn(4000, asked.layer_shapes[0][0])
    for module in names["model"]:
        signal = module(signal).detach()
        if isinstance(module, torch.nn.Linear):
            # Another batch than the one it was adjusted to: 256 rows, so a few per cent.
            assert float(signal.std()) == pytest.approx(1, abs=0.1)


def test_overrides_and_number_format_in_pytorch() -> None:
    torch = pytest.importorskip("torch")
    overrides = (
        LayerOverride(1, SchemeChoice("orthogonal", {"gain": 2.0})),
        LayerOverride(-1, "zeros"),
    )
    for dtype in ("float16", "bfloat16", "float64"):
        asked = experiment(overrides=overrides, dtype=dtype)
        model = run(as_code(asked, SchemeChoice("he_normal"), "pytorch"))["model"]
        linears = [m for m in model if isinstance(m, torch.nn.Linear)]
        assert {p.dtype for p in model.parameters()} == {getattr(torch, dtype)}
        values = [linear.weight.detach().double().numpy() for linear in linears]
        assert not values[-1].any()
        spectrum = np.linalg.svd(values[1], compute_uv=False)
        assert spectrum == pytest.approx(2, rel=2e-2)
        assert values[2].std() == pytest.approx(math.sqrt(2 / 91), rel=0.05)


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_activations_in_pytorch_are_ours(key: str) -> None:
    torch = pytest.importorskip("torch")
    asked = experiment(activation=key, hidden_widths=(3,))
    changed = {p.name: 0.5 for p in ACTIVATIONS[key].parameters}
    for bound in {
        asked.activation,
        type(asked.activation)(key, type(asked.activation.params)(changed)),
    }:
        code = as_code(
            experiment(activation=bound, hidden_widths=(3,)), SchemeChoice("zeros"), "pytorch"
        )
        module = run(code)["model"][1]
        z = np.linspace(-8, 8, 401).astype(np.float32)
        theirs = module(torch.from_numpy(z)).detach().numpy()
        assert theirs == pytest.approx(bound.value(z), rel=2e-5, abs=2e-6)
