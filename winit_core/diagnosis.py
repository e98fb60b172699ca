"""diagnose(run): what is wrong with a run, with the number that proves it and a remedy.

Numbers and keys only; the words are the user interface's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from winit_core.remedies import Prediction, Remedy, candidates
from winit_core.simulation import SchemeRun
from winit_core.statistics import LayerStatistics

__all__ = ["Diagnosis", "Finding", "Kind", "Remedy", "diagnose", "error_ratio", "ratio_scatter"]

HEALTHY_FACTOR = 10.0
DRIFTING_FACTOR = 1000.0
DEAD_THRESHOLD = 0.5
SATURATED_THRESHOLD = 0.5
_NEAR_SIGMAS = 2.0


class Kind(Enum):
    """What a finding says, worst first."""

    NOT_FINITE = "not_finite"
    SYMMETRIC = "symmetric"
    NO_GRADIENT = "no_gradient"
    DEAD = "dead"
    EXPLODING = "exploding"
    VANISHING = "vanishing"
    SATURATED = "saturated"
    DRIFTING = "drifting"
    HEALTHY = "healthy"

    @property
    def severity(self) -> int:
        """0 for the worst."""
        return list(Kind).index(self)


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes
    ----------
    kind
        What it is.
    layer
        0-based index of the layer where it shows first or most.
    number
        The measured evidence, in the unit of `threshold`.
    threshold
        What the number was compared with.
    quantity
        Name of the `LayerStatistics` field (or ``"loss"``) that was measured.
    near_threshold
        Whether another seed could well fall on the other side of the threshold.
    remedy
        What to do about the run; None where nothing is wrong, or where no scheme and no
        activation of this shape is expected to do better.
    """

    kind: Kind
    layer: int
    number: float
    threshold: float
    quantity: str
    near_threshold: bool = False
    remedy: Remedy | None = None


@dataclass(frozen=True)
class Diagnosis:
    """All findings of a run, worst first; never empty."""

    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Finding:
        """The finding that gives the verdict."""
        return self.findings[0]

    @property
    def verdict(self) -> Kind:
        """The kind of the worst finding."""
        return self.worst.kind


def diagnose(run: SchemeRun) -> Diagnosis:
    """Judge a run.

    The error ratio is the RMS of dL/dz at layer 1 over that at the output layer. Within a factor
    of 10 the run is healthy, within 1,000 drifting, beyond that vanishing or exploding. A run
    with any other finding is not called healthy as well.
    """
    finders = (_not_finite, _symmetric, _no_gradient, _dead, _error_ratio, _saturated)
    findings = [found for finder in finders if (found := finder(run)) is not None]
    findings.sort(key=lambda finding: finding.kind.severity)
    worst = findings[0].kind
    if worst is Kind.HEALTHY:
        return Diagnosis(tuple(findings))
    remedy = _remedy(run, worst)
    return Diagnosis(
        tuple(replace(f, remedy=remedy) for f in findings if f.kind is not Kind.HEALTHY)
    )


def verdict(run: SchemeRun) -> Kind:
    """Return the kind of the worst finding of `diagnose`, without what else it looks for."""
    finders = (_not_finite, _symmetric, _no_gradient, _dead, _saturated)
    kinds = [found.kind for finder in finders if (found := finder(run)) is not None]
    decades = _error_decades(run)
    if decades is not None:
        kinds.append(_kind_of(decades))
    return min(kinds, key=lambda kind: kind.severity)


def error_ratio(run: SchemeRun) -> float:
    """Return RMS of dL/dz at layer 1 over that at the output layer; NaN where undefined."""
    first, last = run.layers[0].delta_rms, run.layers[-1].delta_rms
    return first / last if last else math.nan


def ratio_scatter(run: SchemeRun) -> float:
    """Return one net's scatter of the log10 error ratio, in decades (one standard deviation).

    The squared error of a wide He-ReLU net is log-normal with variance Σ ln(1 + 5/n) over its
    hidden layers (Hanin & Rolnick 2018; the constant from the chi-square law of one layer), and
    the ratio of RMS values has half that log. Where units are saturated only the others carry the
    error, so these are what n counts: rough, but right within a factor of two for tanh too.
    """
    carrying = (max(1.0, h.fan_out * (1 - h.saturated_fraction)) for h in run.layers[:-1])
    return 0.5 / math.log(10) * math.sqrt(sum(math.log1p(5 / units) for units in carrying))


def _computed(run: SchemeRun) -> Iterator[tuple[int, str, float]]:
    """Return layer, name and value of every measured size, in the order of computation."""
    for index, layer in enumerate(run.layers):
        for name in ("weight_rms", "pre_activation_rms", "activation_rms"):
            yield index, name, getattr(layer, name)
    yield len(run.layers) - 1, "loss", run.loss
    for index in reversed(range(len(run.layers))):
        for name in ("delta_rms", "grad_weight_rms"):
            yield index, name, getattr(run.layers[index], name)


def _not_finite(run: SchemeRun) -> Finding | None:
    """Name the first quantity, in the order of computation, that left the finite range."""
    for layer, name, number in _computed(run):
        if not math.isfinite(number):
            return Finding(Kind.NOT_FINITE, layer, number, math.inf, name)
    return None


def _symmetric(run: SchemeRun) -> Finding | None:
    """Report the first hidden layer whose units are all the same unit.

    Units that differ in their weights but get an input of exactly 0 are not meant.
    """
    for index, layer in enumerate(run.layers[:-1]):
        signal = layer.pre_activation_rms
        same = layer.distinct_units == 1 and (signal > 0 or layer.weight_std == 0)
        if same and math.isfinite(signal) and layer.fan_out > 1:
            return Finding(Kind.SYMMETRIC, index, 1.0, layer.fan_out, "distinct_units")
    return None


def _no_gradient(run: SchemeRun) -> Finding | None:
    """Report the layer nearest the output that gets no error at all."""
    for index in range(len(run.layers) - 1, -1, -1):
        layer = run.layers[index]
        if layer.delta_rms == 0 or layer.delta_is_rounding:
            return Finding(Kind.NO_GRADIENT, index, layer.delta_rms, 0.0, "delta_rms")
    return None


def _most(run: SchemeRun, name: str) -> tuple[int, LayerStatistics]:
    hidden = run.layers[:-1]
    index = max(range(len(hidden)), key=lambda i: float(getattr(hidden[i], name)))
    return index, hidden[index]


def _dead(run: SchemeRun) -> Finding | None:
    index, layer = _most(run, "dead_fraction")
    if layer.dead_fraction <= DEAD_THRESHOLD:
        return None
    return Finding(Kind.DEAD, index, layer.dead_fraction, DEAD_THRESHOLD, "dead_fraction")


def _saturated(run: SchemeRun) -> Finding | None:
    index, layer = _most(run, "saturated_fraction")
    if layer.saturated_fraction <= SATURATED_THRESHOLD:
        return None
    return Finding(
        Kind.SATURATED, index, layer.saturated_fraction, SATURATED_THRESHOLD, "saturated_fraction"
    )


def _error_ratio(run: SchemeRun) -> Finding | None:
    decades = _error_decades(run)
    if decades is None:
        return None
    inner, outer = math.log10(HEALTHY_FACTOR), math.log10(DRIFTING_FACTOR)
    kind = _kind_of(decades)
    threshold = inner if kind in (Kind.HEALTHY, Kind.DRIFTING) else outer
    distance = min(abs(abs(decades) - inner), abs(abs(decades) - outer))
    return Finding(
        kind,
        0,
        error_ratio(run),
        10 ** math.copysign(threshold, decades),
        "delta_rms",
        near_threshold=distance < _NEAR_SIGMAS * ratio_scatter(run),
    )


def _error_decades(run: SchemeRun) -> float | None:
    """Return the log10 error ratio; None where there is none, or only that of rounding."""
    first, last = run.layers[0], run.layers[-1]
    sizes = (first.delta_rms, last.delta_rms)
    if first.delta_is_rounding or not all(math.isfinite(size) and size > 0 for size in sizes):
        return None
    # As a difference of logarithms: the ratio of two float64 numbers can leave their range.
    return math.log10(first.delta_rms) - math.log10(last.delta_rms)


def _kind_of(decades: float) -> Kind:
    """Return what a log10 error ratio is called."""
    if abs(decades) <= math.log10(HEALTHY_FACTOR):
        return Kind.HEALTHY
    if abs(decades) <= math.log10(DRIFTING_FACTOR):
        return Kind.DRIFTING
    return Kind.VANISHING if decades < 0 else Kind.EXPLODING


def _remedy(run: SchemeRun, worst: Kind) -> Remedy | None:
    """Return the smallest change that is expected to be healthy, else the best there is."""
    best, best_kind = None, worst
    for remedy, prediction in candidates(run.experiment, run.index):
        kind = _expected(prediction)
        if kind.severity > best_kind.severity:
            best, best_kind = remedy, kind
    return best


def _expected(prediction: Prediction) -> Kind:
    if not math.isfinite(prediction.decades):
        return Kind.NOT_FINITE  # or nothing arrives: as good as nothing known, either way
    kind = _kind_of(prediction.decades)
    saturated = prediction.saturated > SATURATED_THRESHOLD
    return min(kind, Kind.SATURATED, key=lambda k: k.severity) if saturated else kind
