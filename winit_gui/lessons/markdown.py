"""What the texts of a lesson may hold: Markdown without pictures or HTML, and formulas."""

from __future__ import annotations

import re

from winit_core.translation import tr
from winit_gui.lessons.words import Kind, has_lone_dollar, pieces

LONGEST_FORMULA = 300
DEEPEST_FORMULA = 6
_REASONS = {
    "no available tokens": tr("something is missing at its end"),
    "parse": tr("it holds a sign that must be written as a command, such as \\& for &"),
    "assertion": tr("its braces do not match"),
}
_HTML = re.compile(r"<\s*[A-Za-z/!?]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_OPENING = re.compile(r"\\begin\b|\\left\b|(?<!\\)\{")
_CLOSING = re.compile(r"\\end\b|\\right\b|(?<!\\)\}")
_DEFINING = re.compile(r"\\(?:newcommand|renewcommand|def|let|newenvironment|input|include)\b")


def fault(text: str) -> str:
    """Return what is wrong with a text, or nothing."""
    if _CONTROL.search(text):
        return tr("there is a character in it that cannot be shown")
    if has_lone_dollar(text):
        return tr("a formula begins with $ and does not end; write \\\\$ for a dollar")
    for piece in pieces(text):
        if piece.kind is Kind.FORMULA and (wrong := formula_fault(piece.text)):
            # What is wrong is a phrase that goes on from here.
            return tr("the formula ${formula}$ {wrong}", formula=piece.text[:60], wrong=wrong)
        if piece.kind is not Kind.WORDS:
            continue
        if "![" in piece.text:
            return tr("a picture is given with the key “picture”, not inside a text")
        if _HTML.search(piece.text):
            return tr("HTML is not possible; write a blank after a “<” that means “less than”")
    return ""


def formula_fault(latex: str) -> str:
    """Return why a formula cannot be set, or nothing."""
    if not latex.strip():
        return tr("is empty")
    if len(latex) > LONGEST_FORMULA:
        return tr("is longer than {most} characters", most=LONGEST_FORMULA)
    if match := _DEFINING.search(latex):
        return tr("uses {command}, which is not possible here", command=match[0])
    if not _braces_match(latex):  # the setter closes what is left open, somewhere
        return tr("cannot be set: {reason}", reason=_REASONS["assertion"])
    # The time that setting takes doubles with every level.
    if _depth(latex) > DEEPEST_FORMULA:
        return tr("is nested more than {most} times", most=DEEPEST_FORMULA)
    # Not at the top: they take a third of a second, and most files have no formula.
    from latex2mathml.converter import convert

    from winit_gui.formulas import formula_svg

    try:
        if match := re.search(r"\\[A-Za-z]+", convert(latex)):
            return tr("uses {command}, which is not known", command=match[0])
        formula_svg(latex)
    except Exception as error:  # whatever a hostile text makes of two libraries
        return tr("cannot be set: {reason}", reason=_reason(error))
    return ""


def _depth(latex: str) -> int:
    depth = deepest = 0
    marks = [(m.start(), 1) for m in _OPENING.finditer(latex)]
    marks += [(m.start(), -1) for m in _CLOSING.finditer(latex)]
    for _, change in sorted(marks):
        depth = max(depth + change, 0)
        deepest = max(deepest, depth)
    return deepest


def _braces_match(latex: str) -> bool:
    depth = 0
    for brace in re.sub(r"\\.|[^{}\\]", "", latex, flags=re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0


def _reason(error: Exception) -> str:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).removesuffix(" Error").lower()
    return _REASONS.get(name, name)
