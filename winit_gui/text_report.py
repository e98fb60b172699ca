"""The comparison without a window: an aligned table, or all numbers as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from winit_core import Experiment, Simulation, __version__, diagnose
from winit_core.diagnosis import Finding, error_ratio
from winit_core.simulation import SchemeRun
from winit_core.translation import tr
from winit_gui import wording

_COLUMNS = (
    tr("scheme"),
    tr("verdict"),
    tr("error at layer 1"),
    tr("signal, last hidden"),
    tr("saturated"),
    tr("units"),
    tr("loss"),
)


def table(simulation: Simulation) -> str:
    """Return the comparison as text for a terminal."""
    rows = [_COLUMNS, *(_row(run) for run in simulation.runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = [wording.network_in_words(simulation.experiment), ""]
    for number, row in enumerate(rows):
        cells = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
        if number == 0:
            lines.append("  ".join("-" * width for width in widths))
    lines += ["", *_legend()]
    return wording.with_plain_spaces("\n".join(lines))


def _row(run: SchemeRun) -> tuple[str, ...]:
    hidden = run.layers[:-1]
    verdict = diagnose(run).verdict
    first = run.layers[0]
    rounding = first.delta_is_rounding
    ratio = tr("0 (rounding)") if rounding else f"{wording.number(error_ratio(run))} ×"
    return (
        wording.scheme_name(run.choice),
        wording.VERDICTS[verdict],
        ratio,
        wording.number(hidden[-1].activation_rms),
        wording.percent(max(layer.saturated_fraction for layer in hidden)),
        str(min(layer.distinct_units for layer in hidden)),
        wording.number(run.loss, 4),
    )


def _legend() -> list[str]:
    return [
        tr(
            "error at layer 1: RMS of ∂L/∂z there, relative to the output layer's; signal: RMS of "
            "h;"
        ),
        tr("saturated: most saturated layer; units: fewest distinct units in a hidden layer."),
    ]


def to_json(simulation: Simulation) -> str:
    """Return every number of a simulation as JSON; inf and NaN become strings."""
    content = {
        "winit": __version__,
        "experiment": simulation.experiment.to_dict(),
        "runs": [_run_to_dict(simulation.experiment, run) for run in simulation.runs],
    }
    return json.dumps(_plain(content), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _run_to_dict(experiment: Experiment, run: SchemeRun) -> dict[str, Any]:
    diagnosis = diagnose(run)
    return {
        "scheme": {"key": run.choice.key, **run.choice.values},
        "name": wording.scheme_name(run.choice),
        "verdict": diagnosis.verdict.value,
        "findings": [_finding_to_dict(finding, run) for finding in diagnosis.findings],
        "loss": run.loss,
        "layers": [asdict(layer) for layer in run.layers],
    }


def _finding_to_dict(finding: Finding, run: SchemeRun) -> dict[str, Any]:
    return {
        "kind": finding.kind.value,
        "layer": finding.layer + 1,
        "quantity": finding.quantity,
        "number": finding.number,
        "threshold": finding.threshold,
        "near_threshold": finding.near_threshold,
        "words": wording.with_plain_spaces(wording.evidence(finding, run)),
        "remedy": None if finding.remedy is None else wording.remedy(finding.remedy),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value
