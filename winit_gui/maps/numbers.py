"""The numbers of every map as CSV: schemes and activations with their parameters, all digits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from winit_core.activations import BoundActivation
from winit_core.maps.depth_width import DepthMap
from winit_core.maps.luck import Luck
from winit_core.maps.phase_plane import PhasePlane
from winit_core.maps.training_matrix import TrainingMatrix
from winit_core.maps.verdict_matrix import VerdictMatrix
from winit_core.schemes import SchemeChoice


def matrix_csv(matrix: VerdictMatrix, trained: TrainingMatrix | None) -> str:
    """Return one row per scheme and activation; empty where nothing is known yet.

    ``log10_error_ratio`` is the median over the nets; ``first_sight`` is 1 where it stands on few
    inputs of one net. The columns of the training are there when it was asked for.
    """
    head = ["scheme", "activation", "verdict", "nets", "healthy", "log10_error_ratio"]
    head.append("first_sight")
    if trained is not None:
        head += ["accuracy", "step_of_90_percent", "diverged_at_step", "training_loss", "steps"]
    rows = []
    for row, cells in enumerate(matrix.cells):
        for column, cell in enumerate(cells):
            case = matrix.case(row, column)
            entry: list[object] = [_scheme(case.choice), _activation(case.activation)]
            if cell is None:
                entry += [""] * 5
            else:
                entry += [cell.verdict.value, len(cell.outcomes), cell.healthy]
                entry += [cell.decades, int(cell.coarse)]
            if trained is not None:
                net = trained.cells[row][column]
                if net is None:
                    entry += [""] * 5
                else:
                    entry += [net.accuracy, net.good_at, net.diverged_at, net.loss]
                    entry.append(trained.request.training.steps)
            rows.append(entry)
    return _csv(head, rows)


def depth_csv(found: DepthMap) -> str:
    """Return one row per place that is computed: −inf where nothing arrives."""
    request = found.request
    return _csv(
        ("scheme", "activation", "hidden_layers", request.across.value, "log10_error_ratio"),
        (
            (
                _scheme(request.case(depth, value).schemes[0]),
                _activation(request.experiment.activation),
                depth,
                int(value) if request.across.value == "width" else value,
                float(found.decades[row, column]),
            )
            for column, value in enumerate(request.values)
            if found.known[column]
            for row, depth in enumerate(request.depths)
        ),
    )


def plane_csv(plane: PhasePlane) -> str:
    """Return the schemes' points, then the edge of chaos from its foot on."""
    edge = plane.edge
    points: list[Iterable[object]] = [
        ("scheme", _scheme(point.choice), point.sigma_w2, point.sigma_b2, "")
        for point in plane.points
    ]
    points += [
        ("edge_of_chaos", "", float(w), float(b), float(q))
        for w, b, q in zip(edge.sigma_w2, edge.sigma_b2, edge.q, strict=True)
    ]
    return _csv(("what", "scheme", "sigma_w2", "sigma_b2", "q"), points)


def luck_csv(luck: Luck) -> str:
    """Return one row per seed, the present one first."""
    columns = zip(luck.seeds, luck.error, luck.signal, strict=True)
    return _csv(
        ("seed", "log10_error_ratio", "log10_mean_square_z_last_hidden"),
        ((int(seed), float(error), float(signal)) for seed, error, signal in columns),
    )


def _scheme(choice: SchemeChoice) -> str:
    return _with_parameters(choice.key, choice.values)


def _activation(activation: BoundActivation) -> str:
    return _with_parameters(activation.key, activation.params)


def _with_parameters(key: str, values: Mapping[str, object]) -> str:
    """Return a key with its parameters as the command line would have them."""
    return ":".join([key, *(f"{name}={_cell(value)}" for name, value in values.items())])


def _csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return target.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)
