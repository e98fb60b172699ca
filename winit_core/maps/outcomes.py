"""What is left of a run on a map: its verdict, and what becomes of the error and of the signal."""

from __future__ import annotations

import math
from dataclasses import dataclass

from winit_core.diagnosis import Kind, verdict
from winit_core.simulation import SchemeRun


@dataclass(frozen=True)
class Outcome:
    """One net in three values.

    Attributes
    ----------
    kind
        Of the worst finding.
    decades
        log10 of the RMS of dL/dz at layer 1 over that at the output layer; −inf where exactly 0
        arrives, NaN where the output layer has no error or a number is not finite.
    signal
        log10 of the RMS of h in the last hidden layer over that in the first, likewise.
    """

    kind: Kind
    decades: float
    signal: float = math.nan


def outcome_of(run: SchemeRun) -> Outcome:
    """Return the outcome of a run."""
    first, last, output = run.layers[0], run.layers[-2], run.layers[-1]
    return Outcome(
        verdict(run),
        decades_between(output.delta_rms, first.delta_rms),
        decades_between(first.activation_rms, last.activation_rms),
    )


def decades_between(start: float, end: float) -> float:
    """Return log10(end / start), also where the ratio leaves the range of float64."""
    if not (math.isfinite(start) and math.isfinite(end)) or start == 0:
        return math.nan
    return -math.inf if end == 0 else math.log10(end) - math.log10(start)
