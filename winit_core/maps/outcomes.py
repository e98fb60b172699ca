"""What is left of a run on a map: its verdict and how much of the error reaches layer 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

from winit_core.diagnosis import Kind, verdict
from winit_core.simulation import SchemeRun


@dataclass(frozen=True)
class Outcome:
    """One net in two values.

    Attributes
    ----------
    kind
        Of the worst finding.
    decades
        log10 of the RMS of dL/dz at layer 1 over that at the output layer; −inf where exactly 0
        arrives, NaN where the output layer has no error or a number is not finite.
    """

    kind: Kind
    decades: float


def outcome_of(run: SchemeRun) -> Outcome:
    """Return the outcome of a run."""
    return Outcome(verdict(run), error_decades(run.layers[0].delta_rms, run.layers[-1].delta_rms))


def error_decades(first: float, last: float) -> float:
    """Return log10(first / last), also where the ratio leaves the range of float64."""
    if not (math.isfinite(first) and math.isfinite(last)) or last == 0:
        return math.nan
    return -math.inf if first == 0 else math.log10(first) - math.log10(last)
