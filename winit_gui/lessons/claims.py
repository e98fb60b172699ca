"""A claim of a lesson: what it measures, whether it is true, how its number is written."""

from __future__ import annotations

import math

from winit_gui import wording
from winit_gui.lessons.laboratory import Source
from winit_gui.lessons.lesson import Claim, Step
from winit_gui.lessons.quantities import QUANTITIES, Case, Form

__all__ = ["QUANTITIES", "holds", "measure", "number_text"]


def measure(claim: Claim, step: Step, source: Source) -> float:
    """Return the number that a claim is about, measured on its step's own experiment.

    NaN where there is none: a net that never becomes infinite has no such layer.

    Parameters
    ----------
    claim, step
        As a lesson holds them.
    source
        What computes: a `Laboratory`, or whoever has the results.

    Raises
    ------
    ExperimentError
        If the step's experiment cannot be trained as it says.
    SimulationStopped
        When the source was told to stop.
    """
    quantity = QUANTITIES[claim.quantity]
    experiment = step.state.experiment
    index = 0 if claim.scheme is None else experiment.schemes.index(claim.scheme)
    layer = quantity.home.index(experiment) if claim.layer is None else claim.layer
    return float(quantity.of(Case(step.state, source, index, layer, claim.step)))


def holds(claim: Claim, value: float) -> bool:
    """Tell whether a measured number makes the claim's sentence true."""
    return claim.lowest <= value <= claim.highest


def number_text(value: float, quantity: str = "", digits: int = 0) -> str:
    """Return a measured number as a lesson shows it.

    Parameters
    ----------
    value
        What was measured.
    quantity
        Key of `QUANTITIES`: a share is written in per cent, a count as a whole number.
    digits
        Significant digits; 0: the quantity's own.
    """
    known = QUANTITIES.get(quantity)
    form = Form.NUMBER if known is None else known.form
    if form is not Form.NUMBER and math.isnan(value):
        return "none"
    if form is Form.SHARE:
        if digits and 0 < value < 1:
            return f"{100 * value:.{digits}g} %"
        return wording.percent(value)
    if form is Form.COUNT and math.isfinite(value):
        return f"{value:,.0f}"
    return wording.number(value, digits or (2 if known is None else known.digits))
