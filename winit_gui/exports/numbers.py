"""The numbers of a simulation as CSV, JSON and NPZ."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from winit_core import Simulation, __version__, diagnose
from winit_core.ensemble import Ensemble
from winit_core.files.experiment_file import dump
from winit_core.simulation import SchemeRun, weights_and_bias
from winit_core.statistics import LayerStatistics
from winit_gui import text_report, wording

_ABOUT = ("step", "scheme", "key", "name", "verdict", "loss", "layer")
_STATISTICS = tuple(field.name for field in fields(LayerStatistics))


def to_csv(simulation: Simulation, step: int = 0) -> str:
    """Return one row per scheme and layer with all statistics; schemes and layers from 1.

    `step` says after how many steps of training these are the numbers.

    Text has semicolons in the place of commas, so that readers without quoting get it right, too;
    true and false are 1 and 0; a number has all its digits, or is inf or nan.
    """
    return _csv([*_ABOUT, *_STATISTICS], _rows(simulation, step))


def nets_to_csv(ensemble: Ensemble) -> str:
    """Return the rows of `to_csv` for every net before training, each with its seed first."""
    rows = (
        [str(simulation.experiment.seed), *row]
        for simulation in ensemble.simulations
        for row in _rows(simulation, 0)
    )
    return _csv(["seed", *_ABOUT, *_STATISTICS], rows)


def _csv(head: list[str], rows: Iterable[list[str]]) -> str:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerows([head, *rows])
    return target.getvalue()


def _rows(simulation: Simulation, step: int) -> Iterator[list[str]]:
    for run in simulation.runs:
        about = [
            str(step),
            str(run.index + 1),
            run.choice.key,
            wording.scheme_name(run.choice).replace(",", ";"),
            diagnose(run).verdict.value,
            _cell(run.loss),
        ]
        for number, layer in enumerate(run.layers, start=1):
            row = [_cell(getattr(layer, name)) for name in _STATISTICS]
            yield [*about, str(number), *row]


def _cell(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    return repr(float(value)) if isinstance(value, float) else str(value)


def to_json(simulation: Simulation) -> str:
    """Return all numbers, findings and settings; inf and NaN as strings."""
    return text_report.to_json(simulation)


def to_npz(simulation: Simulation, with_weights: bool = False) -> bytes:
    """Return arrays that ``numpy.load`` reads without pickle.

    Parameters
    ----------
    simulation
        What to write.
    with_weights
        Whether to add the weights (fan_in, fan_out) and biases (fan_out,) of every scheme and
        layer, counted from 1, as ``weights_1_1`` and ``biases_1_1``.

    Notes
    -----
    Every statistic is an array (schemes, layers) under its own name; ``key``, ``name``,
    ``verdict`` and ``loss`` have one entry per scheme; ``experiment`` is the text of its file.
    """
    runs = simulation.runs
    arrays: dict[str, Any] = {
        "key": np.array([run.choice.key for run in runs], dtype=np.str_),
        "name": np.array([wording.scheme_name(run.choice) for run in runs], dtype=np.str_),
        "verdict": np.array([diagnose(run).verdict.value for run in runs], dtype=np.str_),
        "loss": np.array([run.loss for run in runs], dtype=np.float64),
        "experiment": np.array(dump(simulation.experiment)),
        "winit": np.array(__version__),
    }
    shape = (len(runs), simulation.experiment.depth + 1)
    for name in _STATISTICS:
        arrays[name] = _table(runs, name).reshape(shape)
    if with_weights:
        for index, layer in np.ndindex(*shape):
            weight, bias = weights_and_bias(simulation.experiment, index, layer)
            place = f"{index + 1}_{layer + 1}"
            arrays[f"weights_{place}"] = weight
            if bias is None:
                bias = np.zeros(weight.shape[1], dtype=weight.dtype)
            arrays[f"biases_{place}"] = bias
    target = io.BytesIO()
    np.savez_compressed(target, **arrays)
    return target.getvalue()


def _table(runs: tuple[SchemeRun, ...], name: str) -> np.ndarray[Any, Any]:
    return np.array([[getattr(layer, name) for layer in run.layers] for run in runs])
