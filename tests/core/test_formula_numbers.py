"""LaTeX of schemes and activations, and a layer's numbers in it."""

from __future__ import annotations

import math
import re

import pytest

from winit_core.activations import ACTIVATIONS
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.schemes.formula_numbers import latex_number, latex_with_numbers
from winit_core.schemes.rules import LayerContext

CONTEXT = LayerContext(50, 200, 1, 2)
_KNOWN = {"in", "out", "mode", "per"}
_FUNCTIONS = {"Var", "std", "erf", "omega"}


def rendered(latex: str) -> str:
    ziamath = pytest.importorskip("ziamath")
    return str(ziamath.Latex(latex).svg())


@pytest.mark.parametrize("key", SCHEMES)
def test_every_law_can_be_set(key: str) -> None:
    assert "<svg" in rendered(SCHEMES[key].latex)
    for layer in range(3):
        filled = latex_with_numbers(SchemeChoice(key), LayerContext(50, 200, layer, 2))
        assert "<svg" in rendered(filled)


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_every_activation_can_be_set(key: str) -> None:
    assert "<svg" in rendered(ACTIVATIONS[key].latex)


@pytest.mark.parametrize("key", SCHEMES)
def test_every_token_is_a_fan_or_a_parameter_and_none_is_left(key: str) -> None:
    record = SCHEMES[key]
    tokens = set(re.findall(r"\\mathrm\{(\w+)\}", record.latex))
    names = {parameter.name for parameter in record.parameters}
    assert tokens - _KNOWN - _FUNCTIONS <= names
    # What the law is adjusted by is in its formula, unless it is a word.
    numeric = {p.name for p in record.weight_parameters if not p.choices}
    numeric -= {"tol", "max_attempts", "q"}  # of a procedure, not of the formula
    assert {name.removesuffix("_0") for name in numeric} - {"std"} <= tokens
    filled = latex_with_numbers(SchemeChoice(key), CONTEXT)
    assert set(re.findall(r"\\mathrm\{(\w+)\}", filled)) <= _FUNCTIONS - {"omega"}


@pytest.mark.parametrize(
    ("key", "params", "expected"),
    [
        ("he_normal", {}, r"s = 1 \sqrt{\frac{2}{(1 + 0^2)\, 50}} = 0.2"),
        (
            "he_normal",
            {"slope": 0.5, "mode": "fan_out", "gain": 2},
            rf"s = 2 \sqrt{{\frac{{2}}{{(1 + 0.5^2)\, 200}}}} = {2 * math.sqrt(1.6 / 200):.4g}",
        ),
        ("glorot_uniform", {}, r"a = 1 \sqrt{\frac{6}{50 + 200}} = 0.1549"),
        ("lecun_normal", {}, r"s = \frac{1}{\sqrt{50}} = 0.1414"),
        ("variance_scaling", {"scale": 3, "mode": "fan_avg"}, r"s = \sqrt{\frac{3}{125}} = 0.1549"),
        ("torch_linear", {}, r"a = \frac{1}{\sqrt{50}} = 0.1414"),
        ("zeros", {}, "W = 0"),
        ("constant", {"weight": -0.5}, "W = (-0.5)"),
        (
            "normal",
            {"std": 1e-5},
            r"W \sim \mathcal{N}(0,\ (10^{-5})^2),\quad \mathrm{std}(W) = 10^{-5}",
        ),
        (
            "siren",
            {},
            rf"a = \frac{{1}}{{30}} \sqrt{{\frac{{6}}{{50}}}} = {math.sqrt(6 / 50) / 30:.4g}",
        ),
    ],
)
def test_the_numbers_are_those_of_the_layer(
    key: str, params: dict[str, object], expected: str
) -> None:
    assert latex_with_numbers(SchemeChoice(key, params), CONTEXT) == expected


def test_the_first_layer_of_siren_has_its_own_rule() -> None:
    found = latex_with_numbers(SchemeChoice("siren"), LayerContext(50, 200, 0, 2))
    assert found == r"a = \frac{1}{50} = 0.02"


@pytest.mark.parametrize("key", SCHEMES)
def test_what_it_comes_to_is_the_law(key: str) -> None:
    choice = SchemeChoice(key)
    law = choice.weight_law_at(CONTEXT)
    filled = latex_with_numbers(choice, CONTEXT)
    value = filled.rsplit(" = ", 1)[1]
    expected = law.support[1] if filled.startswith("a = ") else law.std or law.mean
    assert value == latex_number(expected)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (128, "128"),
        (2048.0, "2048"),
        (123456, "123456"),
        (0.125, "0.125"),
        (1 / 3, "0.3333"),
        (1e-5, "10^{-5}"),
        (-1e6, "-10^{6}"),
        (1.25e-7, r"1.25 \cdot 10^{-7}"),
        (math.inf, r"\infty"),
    ],
)
def test_numbers_are_short(number: float, text: str) -> None:
    assert latex_number(number) == text
