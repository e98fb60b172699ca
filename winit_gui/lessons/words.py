"""The words of a step: formulas, places for measured numbers, and the numbers they state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from winit_gui.lessons.claims import number_text
from winit_gui.lessons.lesson import Claim, Step

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""What a claim may be called."""

NOT_YET = "…"
"""Stands where a number is not measured yet."""

_FORMULA_OR_CODE = re.compile(r"(?<!\\)\$(?P<formula>.*?)(?<!\\)\$|(?P<code>`[^`]*`)", re.DOTALL)
_LONE_DOLLAR = re.compile(r"(?<!\\)\$")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_NUMBER = re.compile(
    r"""
    (?<![\w.,])[−-]?
    \d+(?:,\d{3})*(?:\.\d+)?
    (?:[ \u00a0]?[×·][ \u00a0]?10(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]))?
    [⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*
    """,
    re.VERBOSE,
)
_COUNTED = re.compile(
    r"\b(?:layers?|panels?|steps?|lessons?|figures?|tables?|equations?|sections?|chapters?)"
    r"[ \u00a0]\d+(?:(?:[ \u00a0]?(?:–|-|,|and|to|or)[ \u00a0]?)\d+)*",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"^[ \t]*\d+[.)][ \t]", re.MULTILINE)
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
_POWER = re.compile(r"(?:(.*?)[ \u00a0]?[×·][ \u00a0]?)?(-|−)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")


class Kind(Enum):
    """What a piece of a text is."""

    WORDS = "words"
    FORMULA = "formula"
    CODE = "code"


@dataclass(frozen=True)
class Piece:
    """A stretch of a text.

    Attributes
    ----------
    kind
        What it is.
    text
        Markdown; of a formula its LaTeX without the dollar signs.
    start
        Where it begins in the whole.
    """

    kind: Kind
    text: str
    start: int


def pieces(text: str) -> list[Piece]:
    """Split a text into words, formulas and code."""
    found = []
    end = 0
    for match in _FORMULA_OR_CODE.finditer(text):
        if match.start() > end:
            found.append(Piece(Kind.WORDS, text[end : match.start()], end))
        if match["code"] is not None:
            found.append(Piece(Kind.CODE, match["code"], match.start()))
        else:
            found.append(Piece(Kind.FORMULA, match["formula"], match.start()))
        end = match.end()
    if end < len(text):
        found.append(Piece(Kind.WORDS, text[end:], end))
    return found


def has_lone_dollar(text: str) -> bool:
    """Tell whether a formula begins that does not end."""
    return any(
        piece.kind is Kind.WORDS and _LONE_DOLLAR.search(piece.text) for piece in pieces(text)
    )


def names_in(text: str) -> list[str]:
    """Return the names in braces that stand for measured numbers."""
    return [
        name
        for piece in pieces(text)
        if piece.kind is Kind.WORDS
        for name in _PLACE.findall(piece.text)
    ]


def spoken(step: Step) -> tuple[str, ...]:
    """Return all texts of a step that an audience sees."""
    asked: tuple[str, ...] = ()
    if step.question is not None:
        choices = step.question.choices
        asked = (step.question.ask, *(c.text for c in choices), *(c.because for c in choices))
    return (step.title, step.text, *asked)


def filled(step: Step, values: Mapping[str, float]) -> str:
    """Return a step's text with its measured numbers in their places."""
    return filled_text(step.text, step, values)


def filled_text(text: str, step: Step, values: Mapping[str, float]) -> str:
    """Return any text of a step with the measured numbers in their places.

    Parameters
    ----------
    text
        Of the step: its question, for example.
    step
        Whose claims name the numbers.
    values
        By name; what is missing is shown as not known yet.
    """
    claims = {claim.name: claim for claim in step.claims if claim.name}

    def number(match: re.Match[str]) -> str:
        name = match[1]
        if name not in claims:
            return match[0]
        if name not in values:
            return NOT_YET
        return number_text(values[name], claims[name].quantity, claims[name].digits)

    def parts() -> Iterator[str]:
        for piece in pieces(text):
            if piece.kind is Kind.FORMULA:
                yield f"${piece.text}$"
            else:
                words = piece.kind is Kind.WORDS
                yield _PLACE.sub(number, piece.text) if words else piece.text

    return "".join(parts())


@dataclass(frozen=True)
class BareNumber:
    """A number in a text that nothing proves, and the words around it."""

    number: str
    around: str


def numbers_without_proof(step: Step) -> list[BareNumber]:
    """Return the numbers a step states that neither a claim nor `Step.plain` covers.

    Formulas, code, the numbers of list items, and what counts layers, panels, steps, figures and
    the like are left out.
    """
    covers = (*step.plain, *(claim.says for claim in step.claims if claim.says))
    return [
        BareNumber(number, _around(text, start, start + len(number)))
        for text in spoken(step)
        for number, start in _numbers(text)
        if not _is_covered(text, start, start + len(number), covers)
    ]


def plain_without_use(step: Step) -> list[str]:
    """Return the entries of `Step.plain` that stand in none of its texts."""
    texts = spoken(step)
    return [plain for plain in step.plain if not any(plain in text for text in texts)]


def _numbers(text: str) -> Iterator[tuple[str, int]]:
    for piece in pieces(text):
        if piece.kind is not Kind.WORDS:
            continue
        aside = [m.span() for rule in (_COUNTED, _LIST_MARK) for m in rule.finditer(piece.text)]
        for match in _NUMBER.finditer(piece.text):
            start, end = match.span()
            if not any(low <= start and end <= high for low, high in aside):
                yield match[0], piece.start + start


def _around(text: str, start: int, end: int) -> str:
    before, after = text[:start].split()[-3:], text[end:].split()[:3]
    joint = "" if start and not text[start - 1].isspace() else " "
    return f"{' '.join(before)}{joint}{text[start:end]} {' '.join(after)}".strip()


def _is_covered(text: str, start: int, end: int, covers: tuple[str, ...]) -> bool:
    for cover in covers:
        at = text.find(cover)
        while at >= 0:
            if at <= start and end <= at + len(cover):
                return True
            at = text.find(cover, at + 1)
    return False


def contradicts(claim: Claim) -> bool:
    """Tell whether the very words of a claim state a number that its range does not hold.

    A text may state a share in per cent, what is left of it, or the inverse of a factor. Words
    with no number, or with several, are left alone.
    """
    numbers = [number for number, _ in _numbers(claim.says)]
    if len(numbers) != 1:
        return False
    value = number_of(numbers[0])
    readings = [value, -value, 1 / value if value else value]
    if "%" in claim.says or "per cent" in claim.says:
        readings += [value / 100, 1 - value / 100]
    low, high = claim.lowest, claim.highest
    slack = 1e-9 * max(abs(low), abs(high)) if abs(low) + abs(high) < float("inf") else 0.0
    return not any(low - slack <= reading <= high + slack for reading in readings)


def number_of(text: str) -> float:
    """Return the value of a number as `number_text` and people write it."""
    plain = text.replace(",", "")
    if match := _POWER.fullmatch(plain):
        factor = float((match[1] or "1").translate(_SUPERSCRIPTS))
        sign = -1.0 if match[2] else 1.0
        exponent = match[3].translate(_SUPERSCRIPTS)
        try:
            return float(sign * factor * 10.0 ** int(exponent))
        except (OverflowError, ValueError):
            return float("nan")
    digits = plain.rstrip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    value = float(digits.translate(_SUPERSCRIPTS))
    power = plain[len(digits) :].translate(_SUPERSCRIPTS)
    try:
        return float(value ** int(power)) if power else value
    except (OverflowError, ValueError, ZeroDivisionError):
        return float("nan")
