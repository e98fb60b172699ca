"""What the Explain pane says of one scheme in one network, as HTML with formulas in it."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from winit_core.diagnosis import Diagnosis, Kind
from winit_core.prediction import NotPredicted, RunPrediction
from winit_core.schemes import SchemeChoice, recommended_gains
from winit_core.schemes.formula_numbers import latex_with_numbers
from winit_core.simulation import SchemeRun
from winit_core.symmetry import SymmetryEvidence
from winit_core.theory import FixedPointStatus, Regime
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.definitions import of_verdict
from winit_gui.wording import number

REGIMES = {
    Regime.ORDERED: tr("ordered: inputs merge, the error shrinks from layer to layer"),
    Regime.EDGE: tr("edge of chaos: the error keeps its size"),
    Regime.CHAOTIC: tr("chaotic: inputs part, the error grows from layer to layer"),
    Regime.HALF_STABLE: tr(
        "half-stable: a small deviation of the signal grows with depth, so the "
        "average net says little about a single one"
    ),
    Regime.NONE: tr("no fixed point: the signal grows without end"),
}
FIXED_POINTS = {
    FixedPointStatus.STABLE: tr("attracts"),
    FixedPointStatus.MARGINAL: tr("attracts from one side at most"),
    FixedPointStatus.UNSTABLE: tr("repels"),
    FixedPointStatus.ZERO: tr("the signal dies out exponentially"),
    FixedPointStatus.ZERO_ALGEBRAIC: tr("the signal dies out, slower than exponentially"),
    FixedPointStatus.SCALE_INVARIANT: tr("none: every size of the signal stays as it is"),
    FixedPointStatus.GROWS: tr("none: the signal grows without end"),
}
NOT_PREDICTED = {
    NotPredicted.CONSTANT: tr("Mean-field theory speaks of random weights; these are not random."),
    NotPredicted.NONZERO_MEAN: tr("Mean-field theory here needs weights of mean 0."),
    NotPredicted.DATA_DEPENDENT: tr(
        "These weights are made from the batch; they are only measured."
    ),
    NotPredicted.STRUCTURED: tr("These weights are not independent; they are only measured."),
}
_ENDLESS = 1e6
"""More layers than this are no limit to any net."""

DEFINE = "define:"
"""What a link to a definition begins with."""

_HERE = "\ufffc"
"""Stands in a text where a link comes."""

LIBRARY_NAMES = {"pytorch": "PyTorch", "keras": "Keras", "jax": "JAX"}


@dataclass(frozen=True)
class Explanation:
    """A page: HTML in which ``formula:0`` and so on stand for the formulas.

    A link to ``define:delta`` leads to the definition of that key.
    """

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
        page.heading(tr("What theory says"))
        page.text(NOT_PREDICTED[prediction])
    else:
        _theory(page, run, prediction)
    _activation(page, run, layer)
    _libraries(page, run.choice)
    page.heading(tr("Source"))
    page.text(tr(run.choice.record.reference))
    return page.finished()


class _Page:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._formulas: list[str] = []

    def heading(self, text: str) -> None:
        self._parts.append(f"<h4>{html.escape(text)}</h4>")

    def text(self, text: str, words: str = "", key: str = "") -> None:
        """Add a paragraph; `words` with a link to their definition come where `_HERE` stands."""
        self._parts.append(f"<p>{html.escape(text).replace(_HERE, _linked(words, key))}</p>")

    def formula(self, latex: str) -> None:
        self._parts.append(f'<p><img src="formula:{len(self._formulas)}"></p>')
        self._formulas.append(latex)

    def table(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Add rows of a key of a definition or nothing, a name, and what is to be said of it."""
        cells = "".join(
            f"<tr><td>{_linked(name, key)}&nbsp;&nbsp;</td><td>{html.escape(value)}</td></tr>"
            for key, name, value in rows
        )
        self._parts.append(f"<table cellspacing='2'>{cells}</table>")

    def finished(self) -> Explanation:
        return Explanation("".join(self._parts), tuple(self._formulas))


def _linked(text: str, key: str) -> str:
    """Return a text as HTML that leads to the definition of a key, if there is one."""
    if not key:
        return html.escape(text)
    tip = html.escape(tr("What this is"))
    return f'<a href="{DEFINE}{key}" title="{tip}">{html.escape(text)}</a>'


def _law(page: _Page, run: SchemeRun, layer: int) -> None:
    experiment = run.experiment
    choice = experiment.choice_at(run.index, layer)
    context = experiment.layer_context(layer)
    law = experiment.weight_law(run.index, layer)
    page.formula(choice.record.latex)
    numbers = latex_with_numbers(choice, context)
    if numbers != choice.record.latex:
        page.formula(numbers)
    words = wording.law_in_words(law, context.fan_in)
    page.text(tr("Layer {layer}: {law}.", layer=layer + 1, law=_HERE), words, "weights")
    if choice != run.choice:
        page.text(
            tr(
                "This layer uses {scheme} instead of {other}.",
                scheme=choice.label,
                other=run.choice.label,
            )
        )
    page.text(tr(choice.record.purpose))


def _verdict(
    page: _Page, run: SchemeRun, diagnosis: Diagnosis, verdicts: Sequence[tuple[Kind, int]]
) -> None:
    page.heading(tr("What was measured"))
    if verdicts:
        nets = sum(count for _, count in verdicts)
        counted = ", ".join(f"{count} {wording.VERDICTS[kind]}" for kind, count in verdicts)
        page.text(
            tr(
                "Of {nets} nets: {counted}. The numbers are those of the middle net with the "
                "commonest verdict, seed {seed}.",
                nets=nets,
                counted=counted,
                seed=run.experiment.seed,
            )
        )
    rows = [
        (
            of_verdict(finding.kind),
            wording.VERDICTS[finding.kind],
            wording.evidence(finding, run),
        )
        for finding in diagnosis.findings
    ]
    loss = number(run.loss, 4)
    if diagnosis.loss_at_chance:
        loss = tr("{loss}, as good as guessing", loss=loss)
    rows.append(("loss", tr("Loss"), loss))
    similarity = diagnosis.similarity
    between = tr(
        "{first} in layer 1, {last} in the last",
        first=_similarity(similarity.inputs),
        last=_similarity(similarity.last_hidden),
    )
    rows.append(("similarity", tr("Similarity of inputs"), between))
    page.table(rows)


def _similarity(value: float) -> str:
    return tr("undefined") if math.isnan(value) else number(value)


def _symmetry(page: _Page, layer: int, evidence: SymmetryEvidence) -> None:
    page.heading(tr("Are the units of layer {layer} one unit?", layer=layer + 1))
    rows = []
    for name, matrix in (("W", evidence.weight), ("∂L/∂W", evidence.gradient)):
        distinct = tr(
            "distinct units {units}, distinct inputs {inputs}",
            units=matrix.distinct_columns,
            inputs=matrix.distinct_rows,
        )
        rank = tr("not finite") if matrix.rank is None else tr("rank {rank}", rank=matrix.rank)
        rows.append(("rank", name, f"{rank}; {distinct}"))
    page.table(rows)


def _theory(page: _Page, run: SchemeRun, prediction: RunPrediction) -> None:
    page.heading(tr("What theory says of a very wide net"))
    point = prediction.fixed_point
    decades = float(prediction.delta[0])
    readable = abs(decades) < 300 or not math.isfinite(decades)
    ratio = number(10**decades) if readable else wording.power_of_ten(round(decades))
    similarity = _similarity(prediction.similarity)
    rows = [
        ("regime", tr("Regime"), REGIMES[prediction.regime]),
        (
            "sigma",
            "σ_w², σ_b²",
            f"{number(prediction.sigma_w2, 4)}, {number(prediction.sigma_b2, 4)}",
        ),
        (
            "chi_1",
            tr("Error per layer"),
            tr("χ₁ = {chi} of its square", chi=number(point.chi_1, 4)),
        ),
        ("fixed_point", tr("Fixed point"), _fixed_point(point.q, point.status)),
        ("depth_scales", tr("Depth scales"), _scales(prediction)),
        ("delta", tr("Error at layer 1"), tr("{ratio}\u00a0× the output layer’s", ratio=ratio)),
        (
            "similarity",
            tr("Orthogonal inputs"),
            tr("similarity {value} in the last layer", value=similarity),
        ),
    ]
    if prediction.overflow_layer is not None:
        where = tr("expected in layer {layer}", layer=prediction.overflow_layer + 1)
        rows.append(("overflow", tr("Overflow"), where))
    page.table(rows)
    if prediction.half_stable:
        page.text(
            tr(
                "The signal has no balance that attracts: single nets stray far from this "
                "prediction."
            )
        )


def _fixed_point(q: float, status: FixedPointStatus) -> str:
    words = FIXED_POINTS[status]
    return words if not math.isfinite(q) or q == 0 else f"q* = {number(q, 4)}, {words}"


def _scales(prediction: RunPrediction) -> str:
    def layers(value: float) -> str:
        if math.isnan(value):
            return tr("undefined")
        if value > _ENDLESS:
            return tr("without limit")
        return tr("{number}\u00a0layers", number=number(value))

    scales = prediction.scales
    return tr(
        "signal {signal}, similarity {similarity}, error {error}",
        signal=layers(scales.xi_q),
        similarity=layers(scales.xi_c),
        error=layers(scales.xi_grad),
    )


def _activation(page: _Page, run: SchemeRun, layer: int) -> None:
    activation = run.experiment.activation
    if run.experiment.weight_law(run.index, layer).std == 0:  # a gain scales what is random
        page.heading(activation.label)
        page.formula(activation.record.latex)
        return
    gains = recommended_gains(activation)
    page.heading(tr("{activation}, and the gain that suits it", activation=activation.label))
    page.formula(activation.record.latex)
    torch = tr("PyTorch has none") if gains.torch is None else f"{gains.torch:.4g}"
    page.table(
        [
            ("gain", "calculate_gain", torch),
            ("gain", tr("keeps the signal"), f"{gains.forward:.4g}"),
            ("gain", tr("keeps the error"), f"{gains.backward:.4g}"),
        ]
    )


def _libraries(page: _Page, choice: SchemeChoice) -> None:
    page.heading(tr("In the libraries"))
    rows = []
    for key, entry in choice.record.libraries.items():
        if entry is None:
            rows.append(("", LIBRARY_NAMES[key], tr("has no such scheme")))
            continue
        words = f"{entry.name}: {tr(entry.sampling)}"
        if entry.differences:
            words += f". {tr(entry.differences)}"
        rows.append(("", LIBRARY_NAMES[key], f"{words} ({tr(entry.source)})"))
    page.table(rows)
