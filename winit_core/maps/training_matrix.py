"""Schemes x activations once more: what a short training makes of each pair, one net each."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from winit_core.maps.cache import ResultCache
from winit_core.maps.document_table import DOCUMENT_TABLE, Family
from winit_core.maps.short_training import Trained, shortened, trained
from winit_core.maps.verdict_matrix import CaseKey, MatrixRequest, network_context, pair_name
from winit_core.maps.workers import Clock, computed
from winit_core.simulation import ShouldStop
from winit_core.threads import worthwhile
from winit_core.training import TrainingRun
from winit_core.training.settings import Training

_SAVE_EVERY = 5.0  # seconds


@dataclass(frozen=True)
class TrainingRequest:
    """What is trained, and how.

    Attributes
    ----------
    matrix
        The pairs; its first seed is that of the nets.
    training
        How.
    """

    matrix: MatrixRequest
    training: Training

    @classmethod
    def short(cls, matrix: MatrixRequest, training: Training) -> TrainingRequest:
        """Return a request of short trainings: optimizer and rates are those of `training`."""
        return cls(matrix, shortened(training))

    @property
    def total(self) -> int:
        """Number of nets."""
        return len(self.matrix.schemes) * len(self.matrix.activations)

    @property
    def order(self) -> list[tuple[int, int]]:
        """Rows and columns in the order in which they are trained.

        First what the source document's table is about, then the column of the experiment's
        activation, then the rows of its schemes, then the rest, column by column.
        """
        experiment = self.matrix.experiment
        families = {key for family in Family for key in family.value}
        claimed = {a for line in DOCUMENT_TABLE for e in line.entries for a in e.activations}

        def rank(place: tuple[int, int]) -> tuple[int, int, int]:
            choice = self.matrix.schemes[place[0]]
            activation = self.matrix.activations[place[1]]
            if choice.key in families and activation.key in claimed:
                first = 0
            elif activation == experiment.activation:
                first = 1
            else:
                first = 2 if choice in experiment.schemes else 3
            return first, place[1], place[0]

        rows, columns = range(len(self.matrix.schemes)), range(len(self.matrix.activations))
        return sorted(((row, column) for row in rows for column in columns), key=rank)

    def key(self, row: int, column: int) -> CaseKey:
        """Return which net a place stands for."""
        matrix = self.matrix
        return matrix.schemes[row], matrix.activations[column], matrix.seeds[0]


@dataclass(frozen=True)
class TrainingMatrix:
    """The outcomes as far as they are known.

    Attributes
    ----------
    request
        What it answers.
    cells
        By scheme, then by activation; None where the net is not trained yet.
    """

    request: TrainingRequest
    cells: tuple[tuple[Trained | None, ...], ...]

    @property
    def known(self) -> int:
        """Number of nets trained."""
        return sum(cell is not None for row in self.cells for cell in row)

    @property
    def is_complete(self) -> bool:
        """Whether every net was trained."""
        return self.known == self.request.total

    def cell(self, scheme: str, activation: str) -> Trained | None:
        """Return the first cell with these keys; None if there is none or nothing is known."""
        matrix = self.request.matrix
        for choice, row in zip(matrix.schemes, self.cells, strict=True):
            if choice.key == scheme:
                for bound, cell in zip(matrix.activations, row, strict=True):
                    if bound.key == activation:
                        return cell
        return None


def training_matrix(
    request: TrainingRequest,
    *,
    cache: ResultCache | None = None,
    should_stop: ShouldStop | None = None,
    workers: int = 1,
    interval: float = 0.4,
) -> Iterator[TrainingMatrix]:
    """Train one net per pair, in the order of the request; give what is known now and then.

    The first matrix is what the cache holds, the last is complete. What was trained is kept in the
    cache, also when it is stopped; a net that was being trained then is trained anew.

    Raises
    ------
    ExperimentError
        If such nets cannot be trained so; before any is.
    SimulationStopped
        When `should_stop` returned true.
    """
    stop = should_stop or (lambda: False)
    matrix = request.matrix
    first = matrix.single(request.key(0, 0))
    TrainingRun(first, request.training).close()
    context = _context(request)
    stored = _stored(cache, context)
    cells: list[list[Trained | None]] = [
        [stored.get(pair_name(choice, activation)) for activation in matrix.activations]
        for choice in matrix.schemes
    ]
    added, saved = 0, time.monotonic()

    def made() -> TrainingMatrix:
        return TrainingMatrix(request, tuple(map(tuple, cells)))

    def save() -> None:
        if cache is not None and added:
            cache.store("training", context, {name: _plain(one) for name, one in stored.items()})

    def outcome(place: tuple[int, int]) -> Trained:
        return trained(matrix.single(request.key(*place)), request.training, stop)

    yield made()
    workers = worthwhile(first, workers, request.training.batch_size)
    clock = Clock(interval)
    missing = [(row, column) for row, column in request.order if cells[row][column] is None]
    try:
        for (row, column), one in computed(outcome, missing, stop, workers):
            cells[row][column] = one
            stored[pair_name(matrix.schemes[row], matrix.activations[column])] = one
            added += 1
            if time.monotonic() - saved > _SAVE_EVERY:
                save()
                saved = time.monotonic()
            if clock.is_due():
                yield made()
        if added:
            yield made()
    finally:
        save()


def _context(request: TrainingRequest) -> dict[str, Any]:
    training = {f.name: getattr(request.training, f.name) for f in fields(Training)}
    return {
        **network_context(request.matrix.experiment),
        "seed": request.matrix.seeds[0],
        "training": {**training, "betas": list(request.training.betas)},
    }


def _plain(one: Trained) -> list[float | int | None]:
    return [one.loss, one.accuracy, one.good_at, one.diverged_at]


def _stored(cache: ResultCache | None, context: Mapping[str, Any]) -> dict[str, Trained]:
    plain = None if cache is None else cache.load("training", context)
    try:
        return {
            name: Trained(float(loss), float(accuracy), good_at, diverged_at)
            for name, (loss, accuracy, good_at, diverged_at) in (plain or {}).items()
        }
    except (AttributeError, TypeError, ValueError):
        return {}
