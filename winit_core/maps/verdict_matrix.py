"""Schemes x activations: what each pair makes of the same network, over several seeds."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from winit_core.activations import ACTIVATIONS, BoundActivation, get_activation
from winit_core.diagnosis import Kind
from winit_core.experiment import MAX_SEED, Experiment
from winit_core.maps.cache import ResultCache
from winit_core.maps.coarse import coarse_outcomes
from winit_core.maps.lean_runs import lean_outcome
from winit_core.maps.outcomes import Outcome
from winit_core.maps.workers import Clock, computed
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import ShouldStop
from winit_core.threads import worthwhile

SEEDS = 8
_SAVE_EVERY = 5.0  # seconds
_CALMER = 5

CaseKey = tuple[SchemeChoice, BoundActivation, int]
"""Scheme, activation and seed of one net."""


@dataclass(frozen=True)
class Case:
    """A scheme with an activation: what a place on the matrix stands for."""

    choice: SchemeChoice
    activation: BoundActivation


@dataclass(frozen=True)
class MatrixRequest:
    """What a matrix is made of.

    Attributes
    ----------
    experiment
        The network and the data. Its schemes, its activation and its seed do not matter.
    schemes, activations
        The rows and the columns.
    seeds
        One net of each cell per seed; the first is that of the coarse form.
    """

    experiment: Experiment
    schemes: tuple[SchemeChoice, ...]
    activations: tuple[BoundActivation, ...]
    seeds: tuple[int, ...]

    @classmethod
    def whole(cls, experiment: Experiment, seeds: int = SEEDS) -> MatrixRequest:
        """Return the whole catalogue, with the parameters the experiment has where it has them."""
        schemes = [
            next((c for c in experiment.schemes if c.key == key), SchemeChoice(key))
            for key in SCHEMES
        ]
        activations = [
            experiment.activation if key == experiment.activation.key else get_activation(key)
            for key in ACTIVATIONS
        ]
        return cls(
            experiment, tuple(schemes), tuple(activations), seeds_from(experiment.seed, seeds)
        )

    def single(self, key: CaseKey) -> Experiment:
        """Return the experiment whose `simulate` gives one outcome."""
        choice, activation, seed = key
        return replace(self.experiment, schemes=(choice,), activation=activation, seed=seed)


def seeds_from(first: int, count: int) -> tuple[int, ...]:
    """Return so many consecutive seeds; after the largest comes 0."""
    return tuple((first + n) % (MAX_SEED + 1) for n in range(count))


@dataclass(frozen=True)
class Cell:
    """What is known about one pair.

    Attributes
    ----------
    outcomes
        One per seed known so far, in the order of the seeds.
    coarse
        Whether it is a first guess from few inputs, of one seed.
    """

    outcomes: tuple[Outcome, ...]
    coarse: bool = False

    @property
    def counts(self) -> Mapping[Kind, int]:
        """How many nets got which verdict, worst first."""
        found = Counter(outcome.kind for outcome in self.outcomes)
        return dict(sorted(found.items(), key=lambda item: item[0].severity))

    @property
    def verdict(self) -> Kind:
        """The verdict of most nets; of equals the worse one."""
        return max(self.counts.items(), key=lambda item: (item[1], -item[0].severity))[0]

    @property
    def decades(self) -> float:
        """Median log10 error ratio of the nets that have one; NaN where none has."""
        return median([outcome.decades for outcome in self.outcomes])

    @property
    def healthy(self) -> int:
        """Number of healthy nets."""
        return sum(outcome.kind is Kind.HEALTHY for outcome in self.outcomes)


def median(values: Iterable[float]) -> float:
    """Return the median of the values that are no NaN; NaN if there are none."""
    known = sorted(value for value in values if not math.isnan(value))
    if not known:
        return math.nan
    low, high = known[(len(known) - 1) // 2], known[len(known) // 2]
    return low if math.isinf(low) or math.isinf(high) else (low + high) / 2


@dataclass(frozen=True)
class VerdictMatrix:
    """A matrix as far as it is known.

    Attributes
    ----------
    request
        What it answers.
    cells
        By scheme, then by activation; None where nothing is known.
    known
        Number of nets computed in full, of `total`.
    """

    request: MatrixRequest
    cells: tuple[tuple[Cell | None, ...], ...]
    known: int

    @property
    def total(self) -> int:
        """Number of nets it takes."""
        request = self.request
        return len(request.schemes) * len(request.activations) * len(request.seeds)

    @property
    def is_complete(self) -> bool:
        """Whether every net was computed in full."""
        return self.known == self.total

    def case(self, row: int, column: int) -> Case:
        """Return what a cell stands for."""
        return Case(self.request.schemes[row], self.request.activations[column])

    def cell(self, scheme: str, activation: str) -> Cell | None:
        """Return the first cell with these keys; None if there is none or nothing is known."""
        for choice, row in zip(self.request.schemes, self.cells, strict=True):
            if choice.key == scheme:
                for bound, cell in zip(self.request.activations, row, strict=True):
                    if bound.key == activation:
                        return cell
        return None


def verdict_matrix(
    request: MatrixRequest,
    *,
    cache: ResultCache | None = None,
    known: Mapping[CaseKey, Outcome] | None = None,
    should_stop: ShouldStop | None = None,
    workers: int = 1,
    interval: float = 0.1,
) -> Iterator[VerdictMatrix]:
    """Compute a matrix, ever more of it.

    First all cells get a coarse outcome: few inputs, one seed. Then they are computed in full, seed
    by seed, each time those first that look worst so far. A full outcome is that of `simulate`.

    Parameters
    ----------
    request
        What to compute.
    cache
        Where outcomes are looked up and kept, also when the computation is stopped.
    known
        Outcomes known beforehand.
    should_stop
        Asked before every layer.
    workers
        Threads.
    interval
        Seconds between two matrices at least, and five times as many once every cell has its
        coarse outcome: what is drawn more often costs more than it tells. The first is what is
        known already, the last is complete.

    Raises
    ------
    SimulationStopped
        When `should_stop` returned true.
    """
    stop = should_stop or (lambda: False)
    board = _Board(request, cache, dict(known or {}))
    yield board.matrix()
    workers = worthwhile(request.experiment, workers, request.experiment.batch_size)
    clock = Clock(interval)
    try:
        unknown = [n for n in range(len(request.schemes)) if board.has_gaps(n)]

        def guess(row: int) -> list[Outcome]:
            one = request.single((request.schemes[row], request.activations[0], request.seeds[0]))
            return coarse_outcomes(one, request.activations, stop)

        cheapest = sorted(unknown, key=lambda n: (_cost(request.schemes[n]), n))
        for row, outcomes in computed(guess, cheapest, stop, workers):
            board.guess(row, outcomes)
            if clock.is_due():
                yield board.matrix()
        if unknown:
            yield board.matrix()
        clock = Clock(_CALMER * interval)

        def exact(key: CaseKey) -> Outcome:
            return lean_outcome(request.single(key), stop)

        for seed in request.seeds:
            for key, outcome in computed(exact, board.missing(seed), stop, workers):
                board.add(key, outcome)
                if clock.is_due():
                    yield board.matrix()
        if board.added:
            yield board.matrix()
    finally:
        board.save()


def _cost(choice: SchemeChoice) -> int:
    """Rank what takes longer before the first number is there."""
    return {"random_walk": 3, "lsuv": 2, "looks_linear": 1, "orthogonal": 1}.get(choice.key, 0)


class _Board:
    """The outcomes known so far, and the cells made of them."""

    def __init__(
        self, request: MatrixRequest, cache: ResultCache | None, known: dict[CaseKey, Outcome]
    ) -> None:
        self._request = request
        self._cache = cache
        self._stored = stored_outcomes(request.experiment, cache)
        self._outcomes: dict[CaseKey, Outcome] = {}
        self._saved = time.monotonic()
        self.added = 0
        rows = [[self._cell(c, a, known) for a in request.activations] for c in request.schemes]
        self._cells: list[list[Cell | None]] = rows
        self.known = sum(len(c.outcomes) for row in rows for c in row if c is not None)
        self.total = len(request.schemes) * len(request.activations) * len(request.seeds)

    def _cell(
        self, choice: SchemeChoice, activation: BoundActivation, known: Mapping[CaseKey, Outcome]
    ) -> Cell | None:
        kept = self._stored.get(pair_name(choice, activation), {})
        for seed in self._request.seeds:
            key = (choice, activation, seed)
            outcome = known.get(key) or kept.get(seed)
            if outcome is not None:
                self._outcomes[key] = outcome
        return self._made(choice, activation)

    def _made(self, choice: SchemeChoice, activation: BoundActivation) -> Cell | None:
        keys = [(choice, activation, seed) for seed in self._request.seeds]
        found = tuple(self._outcomes[key] for key in keys if key in self._outcomes)
        return Cell(found) if found else None

    def has_gaps(self, row: int) -> bool:
        return any(cell is None for cell in self._cells[row])

    def guess(self, row: int, outcomes: Sequence[Outcome]) -> None:
        for column, outcome in enumerate(outcomes):
            if self._cells[row][column] is None:
                self._cells[row][column] = Cell((outcome,), coarse=True)

    def missing(self, seed: int) -> list[CaseKey]:
        """Return what is to be computed for a seed, worst-looking cells first."""
        request = self._request
        found = []
        for row, choice in enumerate(request.schemes):
            for column, activation in enumerate(request.activations):
                key = (choice, activation, seed)
                cell = self._cells[row][column]
                if key not in self._outcomes:
                    rank = (-1, 0.0) if cell is None else (cell.verdict.severity, -_size(cell))
                    found.append((rank, row, column, key))
        return [key for *_, key in sorted(found, key=lambda entry: entry[:3])]

    def add(self, key: CaseKey, outcome: Outcome) -> None:
        choice, activation, seed = key
        self._outcomes[key] = outcome
        self.known += 1
        self.added += 1
        for row, one in enumerate(self._request.schemes):
            for column, other in enumerate(self._request.activations):
                if one == choice and other == activation:
                    self._cells[row][column] = self._made(choice, activation)
        self._stored.setdefault(pair_name(choice, activation), {})[seed] = outcome
        if time.monotonic() - self._saved > _SAVE_EVERY:
            self.save()

    def matrix(self) -> VerdictMatrix:
        return VerdictMatrix(self._request, tuple(map(tuple, self._cells)), self.known)

    def save(self) -> None:
        self._saved = time.monotonic()
        if self._cache is None or not self.added:
            return
        plain = {
            name: {str(seed): [o.kind.value, o.decades, o.signal] for seed, o in by_seed.items()}
            for name, by_seed in self._stored.items()
        }
        self._cache.store("matrix", network_context(self._request.experiment), plain)


def _size(cell: Cell) -> float:
    decades = abs(cell.decades)
    return 0.0 if math.isnan(decades) else decades


def pair_name(choice: SchemeChoice, activation: BoundActivation) -> str:
    """Return the name under which a pair is kept: its parameters belong to it."""
    parts = [choice.key, dict(choice.values), activation.key, dict(activation.params)]
    return json.dumps(parts, sort_keys=True)


def network_context(experiment: Experiment) -> dict[str, Any]:
    """Return what fixes the numbers besides scheme, activation and seed."""
    plain = experiment.to_dict()
    for name in ("schemes", "activation", "seed"):
        del plain[name]
    return plain


def stored_outcomes(
    experiment: Experiment, cache: ResultCache | None
) -> dict[str, dict[int, Outcome]]:
    """Return the outcomes that a cache holds for a network, by pair and seed."""
    plain = None if cache is None else cache.load("matrix", network_context(experiment))
    try:
        return {
            name: {
                int(seed): Outcome(Kind(kind), float(decades), float(signal))
                for seed, (kind, decades, signal) in rows.items()
            }
            for name, rows in (plain or {}).items()
        }
    except (AttributeError, TypeError, ValueError):
        return {}
