"""diagnose(run): what is wrong with a run, with the number that proves it and a remedy.

Numbers and keys only; the words are the user interface's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from winit_core.prediction import NotPredicted, predict, why_not
from winit_core.remedies import Prediction, Remedy, candidates
from winit_core.schemes import SchemeChoice
from winit_core.simulation import SchemeRun
from winit_core.statistics import LayerStatistics

__all__ = [
    "Diagnosis",
    "Finding",
    "Kind",
    "Remedy",
    "Similarity",
    "diagnose",
    "error_ratio",
    "loss_at_chance",
    "mended",
    "ratio_scatter",
]

HEALTHY_FACTOR = 10.0
DRIFTING_FACTOR = 1000.0
DEAD_THRESHOLD = 0.5
SATURATED_THRESHOLD = 0.5
CHANCE_TOLERANCE = 0.01
_NEAR_SIGMAS = 2.0
_FAR_DECADES = 3.0  # no net scatters so far that this were near


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
    predicted_layer
        Of what is not finite: the layer where theory expects it; None where it expects none or
        has nothing to say.
    remedy
        What to do about the run; None where nothing is wrong, where no scheme and no activation
        of this shape is expected to do better, or where nobody asked.
    """

    kind: Kind
    layer: int
    number: float
    threshold: float
    quantity: str
    near_threshold: bool = False
    remedy: Remedy | None = None
    predicted_layer: int | None = None


class Similarity(NamedTuple):
    """Mean cosine between two inputs of the batch, as they come in and as they end; may be NaN.

    Attributes
    ----------
    inputs
        Of the inputs themselves.
    last_hidden
        Of z in the last hidden layer: near 1 the net hardly tells them apart any more.
    """

    inputs: float
    last_hidden: float


_NOT_MEASURED = Similarity(math.nan, math.nan)


@dataclass(frozen=True)
class Diagnosis:
    """What a run shows.

    Attributes
    ----------
    findings
        All of them, worst first; never empty.
    loss_at_chance
        Whether the cross-entropy is that of guessing, ln C, within 1 %.
    similarity
        What becomes of the likeness of two inputs.
    """

    findings: tuple[Finding, ...]
    loss_at_chance: bool = False
    similarity: Similarity = _NOT_MEASURED

    @property
    def worst(self) -> Finding:
        """The finding that gives the verdict."""
        return self.findings[0]

    @property
    def verdict(self) -> Kind:
        """The kind of the worst finding."""
        return self.worst.kind


def diagnose(run: SchemeRun, with_theory: bool = True, with_remedy: bool = True) -> Diagnosis:
    """Judge a run.

    The error ratio is the RMS of dL/dz at layer 1 over that at the output layer. Within a factor
    of 10 the run is healthy, within 1,000 drifting, beyond that vanishing or exploding. A run
    with any other finding is not called healthy as well.

    Parameters
    ----------
    run
        What to judge.
    with_theory
        Whether to look for what takes theory, and most of the time: nearness to a threshold, the
        layer where an overflow was to be expected, and the remedy.
    with_remedy
        Whether to look for the remedy, which takes most of that; `mended` does it later.
    """
    finders = (_symmetric, _no_gradient, _dead, _saturated)
    found = [
        _not_finite(run, with_theory),
        _error_ratio(run, with_theory),
        *(finder(run) for finder in finders),
    ]
    findings = [finding for finding in found if finding is not None]
    findings.sort(key=lambda finding: finding.kind.severity)
    if findings[0].kind is not Kind.HEALTHY:
        findings = [finding for finding in findings if finding.kind is not Kind.HEALTHY]
    similarity = Similarity(run.input_similarity, run.layers[-2].similarity)
    diagnosis = Diagnosis(tuple(findings), loss_at_chance(run), similarity)
    return mended(run, diagnosis) if with_theory and with_remedy else diagnosis


def mended(run: SchemeRun, diagnosis: Diagnosis) -> Diagnosis:
    """Return a run's diagnosis with the remedy in each of its findings."""
    remedy = None if diagnosis.verdict is Kind.HEALTHY else _remedy(run, diagnosis.verdict)
    if remedy is None:
        return diagnosis
    findings = tuple(replace(finding, remedy=remedy) for finding in diagnosis.findings)
    return replace(diagnosis, findings=findings)


def loss_at_chance(run: SchemeRun) -> bool:
    """Tell whether the cross-entropy is within 1 % of ln C, that of equal odds for all classes."""
    if run.experiment.loss != "cross_entropy":
        return False
    chance = math.log(run.layers[-1].fan_out)
    return abs(run.loss - chance) <= CHANCE_TOLERANCE * chance


def verdict(run: SchemeRun) -> Kind:
    """Return the kind of the worst finding of `diagnose`, without what else it looks for."""
    if not all(math.isfinite(number) for _, _, number in _computed(run)):
        return Kind.NOT_FINITE
    finders = (_symmetric, _no_gradient, _dead, _saturated)
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

    It is that of the theory at finite width, for any seed. Of LSUV it is the scatter of the
    critical scheme, which has the same sizes; of other schemes that theory does not reach it is
    taken for 0: where all weights are fixed nothing scatters.

    References
    ----------
    Hanin & Rolnick 2018, arXiv:1803.01719.
    """
    experiment, choice = replace(run.experiment, seed=0), run.choice
    if why_not(experiment, choice) is NotPredicted.DATA_DEPENDENT:
        choice = SchemeChoice("critical")
    prediction = predict(experiment, choice)
    return 0.0 if prediction is None else prediction.error_scatter


def _computed(run: SchemeRun) -> Iterator[tuple[int, str, float]]:
    """Return layer, name and value of every measured size, in the order of computation."""
    for index, layer in enumerate(run.layers):
        for name in ("weight_rms", "pre_activation_rms", "activation_rms"):
            yield index, name, getattr(layer, name)
    yield len(run.layers) - 1, "loss", run.loss
    for index in reversed(range(len(run.layers))):
        for name in ("delta_rms", "grad_weight_rms"):
            yield index, name, getattr(run.layers[index], name)


def _not_finite(run: SchemeRun, with_theory: bool) -> Finding | None:
    """Name the first quantity, in the order of computation, that left the finite range."""
    for layer, name, number in _computed(run):
        if not math.isfinite(number):
            predicted = _predicted_overflow(run, name) if with_theory else None
            return Finding(
                Kind.NOT_FINITE, layer, number, math.inf, name, predicted_layer=predicted
            )
    return None


def _predicted_overflow(run: SchemeRun, name: str) -> int | None:
    prediction = predict(run.experiment, run.choice)
    if prediction is None:
        return None
    backward = name in ("delta_rms", "grad_weight_rms")
    return prediction.error_overflow_layer if backward else prediction.overflow_layer


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


def _error_ratio(run: SchemeRun, with_theory: bool) -> Finding | None:
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
        near_threshold=with_theory
        and distance < _FAR_DECADES
        and distance < _NEAR_SIGMAS * ratio_scatter(run),
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
