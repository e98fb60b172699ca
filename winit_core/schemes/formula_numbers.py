r"""The formula of a scheme with the numbers of one layer in it.

A record's LaTeX writes the fans as ``n_{\mathrm{in}}`` and ``n_{\mathrm{out}}``, the fan that a
scheme chooses as ``n_{\mathrm{mode}}`` or ``n_{\mathrm{per}}``, and a parameter as
``\mathrm{name}`` (of ``omega_0``: ``\mathrm{omega}_0``). Its last clause may define the bound `a`
or the standard deviation `s`.
"""

from __future__ import annotations

import math

from winit_core.schemes import SchemeChoice
from winit_core.schemes.laws import PointMass, Shifted, TruncatedNormal
from winit_core.schemes.libraries import REFERENCE
from winit_core.schemes.rules import LayerContext, fan

_CLAUSE = r",\quad "
_DIGITS = 4


def latex_with_numbers(
    choice: SchemeChoice, context: LayerContext, library: str = REFERENCE
) -> str:
    r"""Return the clause that defines the scale of the weights, in numbers, and what it comes to.

    Parameters
    ----------
    choice, context
        The scheme and the layer.
    library
        Whose law the result is of; the formula is that of the scheme.

    Returns
    -------
    str
        LaTeX that ends in ``= value``: ``s = 1 \sqrt{\frac{2}{(1 + 0^2)\, 128}} = 0.125``. The
        record's own where it holds no number at all.
    """
    law = choice.weight_law_at(context, library)
    latex = choice.record.latex
    if choice.key == "siren" and context.is_first:
        latex = r"W \sim \mathcal{U}(-a,\ a),\quad a = \frac{1}{n_{\mathrm{in}}}"
    *_, last = latex.split(_CLAUSE)
    for symbol, value in (("a", law.support[1]), ("s", law.std)):
        if last.startswith(f"{symbol} = "):
            return f"{_filled(last, choice, context)} = {latex_number(value)}"
    filled = _filled(latex.split(_CLAUSE)[0], choice, context)
    filled = filled.replace(r"\sigma_w^2", latex_number(context.fan_in * law.std**2))
    parent = law.law if isinstance(law, Shifted) else law
    if isinstance(parent, TruncatedNormal):
        filled = filled.replace(r"p^2", f"{latex_number(parent.parent_std)}^2")
        filled = filled.replace(r"\, p", rf" \cdot {latex_number(parent.parent_std)}")
    if filled == latex or isinstance(law, PointMass):
        return filled
    return filled + _CLAUSE + rf"\mathrm{{std}}(W) = {latex_number(law.std)}"


def _filled(latex: str, choice: SchemeChoice, context: LayerContext) -> str:
    values = choice.values
    numbers: dict[str, float] = {
        r"n_{\mathrm{in}}": context.fan_in,
        r"n_{\mathrm{out}}": context.fan_out,
    }
    if "mode" in values:
        numbers[r"n_{\mathrm{mode}}"] = fan(context, str(values["mode"]))
    if "per" in values:
        numbers[r"n_{\mathrm{per}}"] = (
            context.fan_in if values["per"] == "unit" else context.fan_out
        )
    for name, value in values.items():
        if not isinstance(value, str):
            numbers[r"\mathrm{omega}_0" if name == "omega_0" else rf"\mathrm{{{name}}}"] = value
    for token, number in numbers.items():
        text = latex_number(number)
        if number < 0 or "^" in text:
            text = f"({text})"
        latex = latex.replace(token, text)
    return latex


def latex_number(value: float) -> str:
    """Return a number as LaTeX, to four digits; powers of ten where it is very large or small."""
    if not math.isfinite(value):
        return r"\infty" if value > 0 else r"-\infty"
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        return f"{value:.{max(_DIGITS, len(str(int(abs(value)))))}g}"
    digits, exponent = f"{value:.{_DIGITS - 1}e}".split("e")
    digits = digits.rstrip("0").rstrip(".")
    power = f"10^{{{int(exponent)}}}"
    if digits in ("1", "-1"):
        return power if digits == "1" else f"-{power}"
    return rf"{digits} \cdot {power}"
