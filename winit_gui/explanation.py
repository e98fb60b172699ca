"""What the Explain pane says of one scheme in one network, as HTML with formulas in it."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from winit_core.diagnosis import Diagnosis, Kind
from winit_core.formula_numbers import latex_with_numbers
from winit_core.prediction import NotPredicted, RunPrediction
from winit_core.schemes import SchemeChoice, recommended_gains
from winit_core.simulation import SchemeRun
from winit_core.symmetry import SymmetryEvidence
from winit_core.theory import FixedPointStatus, Regime
from winit_gui import wording
from winit_gui.wording import number

REGIMES = {
    Regime.ORDERED: "ordered: inputs merge, the error shrinks from layer to layer",
    Regime.EDGE: "edge of chaos: the error keeps its size",
    Regime.CHAOTIC: "chaotic: inputs part, the error grows from layer to layer",
    Regime.HALF_STABLE: "half-stable: a small deviation of the signal grows with depth, so the "
    "average net says little about a single one",
    Regime.NONE: "no fixed point: the signal grows without end",
}
FIXED_POINTS = {
    FixedPointStatus.STABLE: "attracts",
    FixedPointStatus.MARGINAL: "attracts from one side at most",
    FixedPointStatus.UNSTABLE: "repels",
    FixedPointStatus.ZERO: "the signal dies out exponentially",
    FixedPointStatus.ZERO_ALGEBRAIC: "the signal dies out, slower than exponentially",
    FixedPointStatus.SCALE_INVARIANT: "none: every size of the signal stays as it is",
    FixedPointStatus.GROWS: "none: the signal grows without end",
}
NOT_PREDICTED = {
    NotPredicted.CONSTANT: "Mean-field theory speaks of random weights; these are not random.",
    NotPredicted.NONZERO_MEAN: "Mean-field theory here needs weights of mean 0.",
    NotPredicted.DATA_DEPENDENT: "These weights are made from the batch; they are only measured.",
    NotPredicted.STRUCTURED: "These weights are not independent; they are only measured.",
}
_ENDLESS = 1e6
"""More layers than this are no limit to any net."""

LIBRARY_NAMES = {"pytorch": "PyTorch", "keras": "Keras", "jax": "JAX"}


@dataclass(frozen=True)
class Explanation:
    """A page: HTML in which ``formula:0`` and so on stand for the formulas."""

    html: str
    formulas: tuple[str, ...]


def explain(
    run: SchemeRun,
    diagnosis: Diagnosis,
    prediction: RunPrediction | NotPredicted,
    layer: int,
    symmetry: SymmetryEvidence | None = None,
    verdicts: Sequence[tuple[Kind, int]] = (),
) -> Explanation:
    """Return the page of one scheme, with the numbers of one 0-based layer.

    `symmetry` is of that layer; None where it was not measured. `verdicts` counts many nets, the
    commonest first; `run` is then one of those.
    """
    page = _Page()
    _law(page, run, layer)
    _verdict(page, run, diagnosis, verdicts)
    if symmetry is not None:
        _symmetry(page, layer, symmetry)
    if isinstance(prediction, NotPredicted):
        page.heading("What theory says")
        page.text(NOT_PREDICTED[prediction])
    else:
        _theory(page, run, prediction)
    _activation(page, run, layer)
    _libraries(page, run.choice)
    page.heading("Source")
    page.text(run.choice.record.reference)
    return page.finished()


class _Page:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._formulas: list[str] = []

    def heading(self, text: str) -> None:
        self._parts.append(f"<h4>{html.escape(text)}</h4>")

    def text(self, text: str) -> None:
        self._parts.append(f"<p>{html.escape(text)}</p>")

    def formula(self, latex: str) -> None:
        self._parts.append(f'<p><img src="formula:{len(self._formulas)}"></p>')
        self._formulas.append(latex)

    def table(self, rows: Sequence[tuple[str, str]]) -> None:
        cells = "".join(
            f"<tr><td>{html.escape(name)}&nbsp;&nbsp;</td><td>{html.escape(value)}</td></tr>"
            for name, value in rows
        )
        self._parts.append(f"<table cellspacing='2'>{cells}</table>")

    def finished(self) -> Explanation:
        return Explanation("".join(self._parts), tuple(self._formulas))


def _law(page: _Page, run: SchemeRun, layer: int) -> None:
    experiment = run.experiment
    choice = experiment.choice_at(run.index, layer)
    context = experiment.layer_context(layer)
    law = experiment.weight_law(run.index, layer)
    page.formula(choice.record.latex)
    numbers = latex_with_numbers(choice, context)
    if numbers != choice.record.latex:
        page.formula(numbers)
    page.text(f"Layer {layer + 1}: {wording.law_in_words(law, context.fan_in)}.")
    if choice != run.choice:
        page.text(f"This layer uses {choice.label} instead of {run.choice.label}.")
    page.text(choice.record.purpose)


def _verdict(
    page: _Page, run: SchemeRun, diagnosis: Diagnosis, verdicts: Sequence[tuple[Kind, int]]
) -> None:
    page.heading("What was measured")
    if verdicts:
        nets = sum(count for _, count in verdicts)
        counted = ", ".join(f"{count} {wording.VERDICTS[kind]}" for kind, count in verdicts)
        page.text(
            f"Of {nets} nets: {counted}. The numbers are those of the middle net with the "
            f"commonest verdict, seed {run.experiment.seed}."
        )
    rows = [
        (wording.VERDICTS[finding.kind], wording.evidence(finding, run))
        for finding in diagnosis.findings
    ]
    loss = number(run.loss, 4)
    if diagnosis.loss_at_chance:
        loss += ", as good as guessing"
    rows.append(("Loss", loss))
    entering, leaving = diagnosis.similarity.inputs, diagnosis.similarity.last_hidden
    rows.append(
        (
            "Similarity of inputs",
            f"{_similarity(entering)} in layer 1, {_similarity(leaving)} in the last",
        )
    )
    page.table(rows)


def _similarity(value: float) -> str:
    return "undefined" if math.isnan(value) else number(value)


def _symmetry(page: _Page, layer: int, evidence: SymmetryEvidence) -> None:
    page.heading(f"Are the units of layer {layer + 1} one unit?")
    rows = []
    for name, matrix in (("W", evidence.weight), ("∂L/∂W", evidence.gradient)):
        rank = "not finite" if matrix.rank is None else f"rank {matrix.rank}"
        units = f"distinct units {matrix.distinct_columns}"
        rows.append((name, f"{rank}; {units}, distinct inputs {matrix.distinct_rows}"))
    page.table(rows)


def _theory(page: _Page, run: SchemeRun, prediction: RunPrediction) -> None:
    page.heading("What theory says of a very wide net")
    point = prediction.fixed_point
    decades = float(prediction.delta[0])
    readable = abs(decades) < 300 or not math.isfinite(decades)
    ratio = number(10**decades) if readable else wording.power_of_ten(round(decades))
    rows = [
        ("Regime", REGIMES[prediction.regime]),
        ("σ_w², σ_b²", f"{number(prediction.sigma_w2, 4)}, {number(prediction.sigma_b2, 4)}"),
        ("Error per layer", f"χ₁ = {number(point.chi_1, 4)} of its square"),
        ("Fixed point", _fixed_point(point.q, point.status)),
        ("Depth scales", _scales(prediction)),
        ("Error at layer 1", f"{ratio} × the output layer’s"),
        ("Orthogonal inputs", f"similarity {_similarity(prediction.similarity)} in the last layer"),
    ]
    if prediction.overflow_layer is not None:
        rows.append(("Overflow", f"expected in layer {prediction.overflow_layer + 1}"))
    page.table(rows)
    if prediction.half_stable:
        page.text(
            "The signal has no balance that attracts: single nets stray far from this prediction."
        )


def _fixed_point(q: float, status: FixedPointStatus) -> str:
    words = FIXED_POINTS[status]
    return words if not math.isfinite(q) or q == 0 else f"q* = {number(q, 4)}, {words}"


def _scales(prediction: RunPrediction) -> str:
    def layers(value: float) -> str:
        if math.isnan(value):
            return "undefined"
        return "without limit" if value > _ENDLESS else f"{number(value)} layers"

    scales = prediction.scales
    return (
        f"signal {layers(scales.xi_q)}, similarity {layers(scales.xi_c)}, "
        f"error {layers(scales.xi_grad)}"
    )


def _activation(page: _Page, run: SchemeRun, layer: int) -> None:
    activation = run.experiment.activation
    if run.experiment.weight_law(run.index, layer).std == 0:  # a gain scales what is random
        page.heading(activation.label)
        page.formula(activation.record.latex)
        return
    gains = recommended_gains(activation)
    page.heading(f"{activation.label}, and the gain that suits it")
    page.formula(activation.record.latex)
    torch = "PyTorch has none" if gains.torch is None else f"{gains.torch:.4g}"
    page.table(
        [
            ("calculate_gain", torch),
            ("keeps the signal", f"{gains.forward:.4g}"),
            ("keeps the error", f"{gains.backward:.4g}"),
        ]
    )


def _libraries(page: _Page, choice: SchemeChoice) -> None:
    page.heading("In the libraries")
    rows = []
    for key, entry in choice.record.libraries.items():
        if entry is None:
            rows.append((LIBRARY_NAMES[key], "has no such scheme"))
            continue
        words = f"{entry.name}: {entry.sampling}"
        if entry.differences:
            words += f". {entry.differences}"
        rows.append((LIBRARY_NAMES[key], f"{words} ({entry.source})"))
    page.table(rows)
