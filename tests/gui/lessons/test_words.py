"""Numbers, formulas and names in the words of a step."""

from __future__ import annotations

import pytest

from winit_gui.defaults import default_experiment
from winit_gui.lessons.claims import QUANTITIES, number_text
from winit_gui.lessons.lesson import Choice, Claim, Question, Step
from winit_gui.lessons.words import (
    Kind,
    contradicts,
    filled,
    filled_text,
    names_in,
    number_of,
    numbers_without_proof,
    pieces,
    plain_without_use,
)
from winit_gui.state import State

STATE = State.of(default_experiment())


def step(text: str, *claims: Claim, plain: tuple[str, ...] = (), title: str = "A step") -> Step:
    return Step(title, text, "", STATE, claims=claims, plain=plain)


def bare(shown: Step) -> list[str]:
    return [found.number for found in numbers_without_proof(shown)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Nothing at all.", []),
        ("It is 0.13, or 10⁻¹⁰, or 7.6 × 10⁷.", ["0.13", "10⁻¹⁰", "7.6 × 10⁷"]),
        ("98 % of 1,797 images in 2010", ["98", "1,797", "2010"]),
        ("N(0, 0.01²)", ["0", "0.01²"]),
        ("at −0.5 and -2", ["−0.5", "-2"]),
        ("float32 and W1 and x₁ and CS231n", []),
        ("Layer 1, layers 1 to 9, panels 2 and 3, step 300, figure 7, Layers 1–9", []),
        ("$10^{-3}$ and `a = 3` and \\$5", ["5"]),
        ("1. one\n2. two", []),
        ("{ratio} of it", []),
        ("10 × 128 units", ["10", "128"]),
    ],
)
def test_numbers_of_a_text(text: str, numbers: list[str]) -> None:
    assert bare(step(text)) == numbers


def test_numbers_of_title_and_question_count() -> None:
    question = Question("Is it 3?", (3,), (Choice("4", True, "5"), Choice("a", False, "b")))
    asked = Step("Of 2", "One", "7 minutes", STATE, question=question)
    assert bare(asked) == ["2", "3", "4", "5"]


def test_what_is_claimed_or_plain_is_covered() -> None:
    claim = Claim("error_ratio", 0, 1, says="about 10⁻¹⁰")
    text = "It is about 10⁻¹⁰, in 10 layers of 128, std 0.01, since 2010."
    shown = step(text, claim, plain=("10 layers", "128", "2010"))
    assert bare(shown) == ["0.01"]
    assert "std 0.01" in numbers_without_proof(shown)[0].around
    assert bare(step("100 and 10", plain=("10",))) == ["100"]
    assert plain_without_use(step("10 units", plain=("10", "11"))) == ["11"]


def test_places_are_filled() -> None:
    claims = (
        Claim("error_ratio", 0, 1, name="ratio"),
        Claim("held_out_accuracy", 0, 1, name="right"),
        Claim("error_ratio", 0, 1, name="exact", digits=4),
    )
    shown = step("{ratio}, {right}, {exact}, {other}, $x_{ratio}$, `{ratio}`", *claims)
    assert (
        filled(shown, {"ratio": 1.2345e-8, "exact": 0.123456})
        == "1.2\u00a0×\u00a010⁻⁸, …, 0.1235, {other}, $x_{ratio}$, `{ratio}`"
    )
    assert filled_text("Is it {right}?", shown, {"right": 0.984}) == "Is it 98\u00a0%?"
    assert names_in(shown.text) == ["ratio", "right", "exact", "other"]


def test_pieces_make_up_the_text() -> None:
    found = pieces("a $b$ `c$d` \\$ e")
    assert [(piece.kind, piece.text) for piece in found] == [
        (Kind.WORDS, "a "),
        (Kind.FORMULA, "b"),
        (Kind.WORDS, " "),
        (Kind.CODE, "`c$d`"),
        (Kind.WORDS, " \\$ e"),
    ]


@pytest.mark.parametrize(
    ("value", "quantity", "digits", "text"),
    [
        (0.0, "error_ratio", 0, "0"),
        (9.94e-11, "error_ratio", 0, "9.9\u00a0×\u00a010⁻¹¹"),
        (99.6, "error_ratio", 0, "100"),
        (1e-10, "", 0, "10⁻¹⁰"),
        (float("inf"), "activation_rms", 0, "∞"),
        (2.302585, "train_loss", 0, "2.3"),
        (2.302585, "train_loss", 4, "2.303"),
        (0.08839, "weight_std", 0, "0.0884"),
        (0.984, "held_out_accuracy", 0, "98\u00a0%"),
        (0.9844, "held_out_accuracy", 3, "98.4 %"),
        (0.001, "saturated_fraction", 0, "under 1\u00a0%"),
        (1.0, "saturated_fraction", 2, "100\u00a0%"),
        (1234.0, "steps_to_90", 0, "1,234"),
        (float("nan"), "steps_to_90", 0, "none"),
        (float("nan"), "error_ratio", 0, "NaN"),
    ],
)
def test_a_number_as_it_is_shown(value: float, quantity: str, digits: int, text: str) -> None:
    assert number_text(value, quantity, digits) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10⁻¹⁰", 1e-10),
        ("7.6 × 10⁷", 7.6e7),
        ("−10²", -100.0),
        ("1,797", 1797.0),
        ("−0.5", -0.5),
        ("0.01²", 1e-4),
    ],
)
def test_the_value_of_a_written_number(text: str, value: float) -> None:
    assert number_of(text) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("says", "low", "high", "wrong"),
    [
        ("10⁻¹⁰", 1e-11, 1e-9, False),
        ("10⁻⁹", 1e-12, 1e-10, True),
        ("98 %", 0.97, 0.99, False),
        ("2 % are left", 0.97, 0.99, False),
        ("a thousand", 0, 1e-9, False),
        ("1,000 times less", 5e-4, 2e-3, False),
        ("1,000 times less", 5e-3, 2e-2, True),
        ("0", 0, 0, False),
        ("3 of 4", 10, 11, False),
        ("∞ after 20 layers", float("inf"), float("inf"), True),
    ],
)
def test_words_that_contradict_their_range(says: str, low: float, high: float, wrong: bool) -> None:
    assert contradicts(Claim("error_ratio", low, high, says=says)) is wrong


def test_every_quantity_has_its_words() -> None:
    for key, quantity in QUANTITIES.items():
        assert quantity.label
        assert key == key.lower()
    labels = [quantity.label for quantity in QUANTITIES.values()]
    assert len(set(labels)) == len(labels)
