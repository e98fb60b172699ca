"""A claim of a lesson: what it measures, whether it is true, how its number is written."""

from __future__ import annotations

import math
from dataclasses import dataclass

from winit_core.translation import tr
from winit_gui import wording
from winit_gui.lessons.laboratory import Source
from winit_gui.lessons.lesson import Claim, Step
from winit_gui.lessons.quantities import QUANTITIES, Case, Form

__all__ = ["QUANTITIES", "Measured", "holds", "measure", "measured", "number_text"]

_RANGE_DIGITS = 4
"""Of a range's ends, where the claim says nothing of its figures."""


@dataclass(frozen=True)
class Measured:
    """A claim with what was measured.

    Attributes
    ----------
    claim, value
        The number that the claim is about.
    reason
        Why there is no number, where there is none; else empty.
    """

    claim: Claim
    value: float
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether the sentence is true."""
        return holds(self.claim, self.value)

    @property
    def claimed(self) -> str:
        """The range within which the sentence is true, in words."""
        low, high = self._ends
        if self.claim.lowest == self.claim.highest:
            return low
        return tr("{low} to {high}", low=low, high=high)

    @property
    def _ends(self) -> tuple[str, str]:
        claim = self.claim
        digits = claim.digits or _RANGE_DIGITS
        low, high = (number_text(e, claim.quantity, digits) for e in (claim.lowest, claim.highest))
        return low, high

    @property
    def doubt(self) -> str:
        """What is wrong with the sentence, in words; empty if nothing is."""
        if self.holds:
            return ""
        claim = self.claim
        what = claim.name or claim.says
        shown = number_text(self.value, claim.quantity, claim.digits)
        if shown in self._ends and math.isfinite(self.value):
            shown = f"{self.value:.6g}"  # just beyond an end that reads the same
        said = {"what": what, "number": shown, "range": self.claimed}
        if not self.reason:
            return tr("“{what}” is {number}, the file claims {range}", **said)
        return tr(
            "“{what}” is {number} ({reason}), the file claims {range}", reason=self.reason, **said
        )


def measured(claim: Claim, step: Step, source: Source) -> Measured:
    """Measure a claim; see `measure` for what it takes and raises."""
    value = measure(claim, step, source)
    return Measured(claim, value, _why_not_finite(claim, step, source, value))


def _why_not_finite(claim: Claim, step: Step, source: Source, value: float) -> str:
    """Return at which step the training of a number's net diverged, if that is why it is none."""
    if math.isfinite(value) or not claim.step or claim.quantity == "diverged_step":
        return ""
    where = source.history(step.state, claim.step).diverged[_index(claim, step)]
    if where is None or where.step > claim.step:
        return ""
    return tr("the training diverged at step {step}", step=where.step)


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
    layer = quantity.home.index(experiment) if claim.layer is None else claim.layer
    return float(quantity.of(Case(step.state, source, _index(claim, step), layer, claim.step)))


def _index(claim: Claim, step: Step) -> int:
    return 0 if claim.scheme is None else step.state.experiment.schemes.index(claim.scheme)


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
        return tr("none")
    if form is Form.SHARE:
        if digits and 0 < value < 1:
            return f"{100 * value:.{digits}g} %"
        return wording.percent(value)
    if form is Form.COUNT and math.isfinite(value):
        return f"{value:,.0f}"
    return wording.number(value, digits or (2 if known is None else known.digits))
