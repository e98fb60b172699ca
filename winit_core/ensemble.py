"""The same experiment under many seeds: what is the scheme's doing, and what was one net's luck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from winit_core.diagnosis import Diagnosis, Finding, Kind, diagnose
from winit_core.errors import ExperimentError
from winit_core.experiment import MAX_SEED, Experiment
from winit_core.memory import workers_within
from winit_core.parameters import one_of, validated_integer
from winit_core.simulation import ShouldStop, Simulation, simulate
from winit_core.statistics import LayerStatistics
from winit_core.threads import worthwhile
from winit_core.translation import tr

MAX_SEEDS = 256
_BY_LAYER = (Kind.NOT_FINITE, Kind.NO_GRADIENT, Kind.SYMMETRIC)
"""Verdicts whose proof is a layer; that of the others is a number."""


@dataclass(frozen=True)
class Ensemble:
    """One simulation per seed.

    Attributes
    ----------
    experiment
        That of the first seed.
    seeds, simulations
        In the order of the seeds.
    """

    experiment: Experiment
    seeds: tuple[int, ...]
    simulations: tuple[Simulation, ...]

    def values(self, name: str, relative: bool = False) -> npt.NDArray[np.float64]:
        """Return a field of `LayerStatistics`, (seeds, schemes, layers) float64.

        Parameters
        ----------
        name
            The field.
        relative
            Divide each net's layers by its own output layer; 0/0 and inf/inf are NaN.

        Raises
        ------
        ExperimentError
            For a field that does not exist.
        """
        if name not in LayerStatistics.__dataclass_fields__:
            raise ExperimentError("name", name, one_of(LayerStatistics.__dataclass_fields__))
        layers = self.experiment.depth + 1
        table = np.array(
            [
                [[getattr(layer, name) for layer in run.layers] for run in simulation.runs]
                for simulation in self.simulations
            ],
            dtype=np.float64,
        ).reshape(len(self.simulations), len(self.experiment.schemes), layers)
        if relative:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                table = table / table[:, :, -1:]
        return table

    def quantiles(
        self, name: str, probabilities: Sequence[float], relative: bool = False
    ) -> npt.NDArray[np.float64]:
        """Return what a share of the seeds stays below, layer by layer.

        Parameters
        ----------
        name, relative
            As of `values`.
        probabilities
            From 0 to 1; 0.5 is the median.

        Returns
        -------
        (probabilities, schemes, layers) float64
            The smallest measured value that at least that share of the seeds does not exceed: no
            number is made up between 0, finite ones and infinity. Of two in the middle the median
            is the lower. NaN counts as larger than infinity.

        Raises
        ------
        ExperimentError
            For a field that does not exist, or a probability out of range.
        """
        return ranked(self.values(name, relative), probabilities)

    @cached_property
    def diagnoses(self) -> tuple[tuple[Diagnosis, ...], ...]:
        """Of every seed, of every scheme; without remedies: `diagnosis.mended` looks for one."""
        judged = partial(diagnose, with_remedy=False)
        return tuple(tuple(map(judged, one.runs)) for one in self.simulations)

    def verdicts(self, index: int) -> tuple[tuple[Kind, int], ...]:
        """Return how many seeds give each verdict on a scheme.

        The commonest first, the worst first among equals.
        """
        counts = Counter(diagnoses[index].verdict for diagnoses in self.diagnoses)
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0].severity)))

    def representative(self, index: int) -> int:
        """Return the place, among the seeds, of the net that stands for all nets of a scheme.

        Of those with the commonest verdict it is the one in the middle: by the layer where
        something stops, by the number that proves anything else.
        """
        kind, _ = self.verdicts(index)[0]
        found = [diagnoses[index].worst for diagnoses in self.diagnoses]
        agreeing = [place for place, finding in enumerate(found) if finding.kind is kind]

        def rank(place: int) -> float:
            return found[place].layer if kind in _BY_LAYER else found[place].number

        return sorted(agreeing, key=rank)[(len(agreeing) - 1) // 2]

    def finding(self, index: int) -> Finding:
        """Return what proves the commonest verdict on a scheme, for all nets together.

        Its number is the median over all of them, also over those that have another verdict: that
        of the error ratio, or of the share in the layer where this median is largest. What has no
        number but a layer is that of the net that stands for all. Whether another seed would
        differ is what the count of the verdicts says.
        """
        diagnoses = self.diagnoses[self.representative(index)]
        worst = replace(diagnoses[index].worst, near_threshold=False)
        if worst.kind in (Kind.DEAD, Kind.SATURATED):
            hidden = self.quantiles(worst.quantity, (0.5,))[0, index, :-1]
            layer = int(np.nanargmax(hidden))
            return replace(worst, layer=layer, number=float(hidden[layer]))
        if worst.kind not in _BY_LAYER:
            ratio = self.quantiles("delta_rms", (0.5,), relative=True)[0, index, 0]
            return replace(worst, number=float(ratio))
        return worst


def ranked(
    values: npt.NDArray[np.float64], probabilities: Sequence[float]
) -> npt.NDArray[np.float64]:
    """Return quantiles over the first axis as `Ensemble.quantiles` defines them.

    Raises
    ------
    ExperimentError
        For a probability out of range.
    """
    wanted = np.asarray(probabilities, dtype=np.float64)
    if wanted.ndim != 1 or not np.all((wanted >= 0) & (wanted <= 1)):
        raise ExperimentError(tr("probabilities"), probabilities, tr("numbers from 0 to 1"))
    ordered = np.sort(values, axis=0)  # NaN last
    count = len(ordered)
    # A product such as 0.1 * 10 may exceed the whole number it is meant to be.
    ranks = np.ceil(np.round(wanted * count, 9)).astype(np.intp) - 1
    result: npt.NDArray[np.float64] = ordered[np.clip(ranks, 0, count - 1)]
    return result


def simulate_seeds(
    experiment: Experiment,
    count: int,
    should_stop: ShouldStop | None = None,
    workers: int = 1,
) -> Ensemble:
    """Simulate an experiment under its own seed and those that follow.

    Parameters
    ----------
    experiment
        What to run.
    count
        How many seeds, 1 to 256; after the largest possible one comes 0.
    should_stop
        Asked before every layer.
    workers
        How many seeds may run at the same time; fewer do where that is faster, or they would not
        fit into memory together. The result does not depend on it.

    Raises
    ------
    ExperimentError
        If `count` is out of range.
    SimulationStopped
        When `should_stop` returned true.
    """
    count = validated_integer("count", count, 1, MAX_SEEDS)
    seeds = tuple((experiment.seed + step) % (MAX_SEED + 1) for step in range(count))

    def run(seed: int) -> Simulation:
        return simulate(replace(experiment, seed=seed), should_stop)

    workers = workers_within(experiment, worthwhile(experiment, workers, experiment.batch_size))
    if workers > 1 and count > 1:
        with ThreadPoolExecutor(min(workers, count)) as pool:
            simulations = tuple(pool.map(run, seeds))
    else:
        simulations = tuple(map(run, seeds))
    return Ensemble(experiment, seeds, simulations)
