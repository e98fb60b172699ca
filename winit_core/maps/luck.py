"""One experiment with many seeds: how much of what is seen is luck."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from winit_core.experiment import MAX_SEED, Experiment
from winit_core.maps.cache import ResultCache
from winit_core.maps.outcomes import decades_between
from winit_core.maps.workers import computed
from winit_core.prediction import BAND_SIGMAS, predict
from winit_core.simulation import ShouldStop, simulate
from winit_core.theory.mean_field import Doubles
from winit_core.threads import worthwhile

MAX_SEEDS = 1000
_SAVE_EVERY = 5.0  # seconds
_MOST_BINS = 60


class Reading(Enum):
    """What is counted, as a logarithm to base 10.

    ERROR: RMS of dL/dz at layer 1 over that at the output layer. SIGNAL: mean square of z in the
    last hidden layer.
    """

    ERROR = "error"
    SIGNAL = "signal"


@dataclass(frozen=True)
class LuckRequest:
    """What is counted.

    Attributes
    ----------
    experiment
        Its scheme number `index` is meant; its own seed is the present one.
    index
        Which of its schemes.
    seeds
        How many seeds: the present one, then 0, 1, 2 …
    """

    experiment: Experiment
    index: int = 0
    seeds: int = MAX_SEEDS

    @property
    def one(self) -> Experiment:
        """The experiment with the one scheme."""
        return replace(self.experiment, schemes=(self.experiment.schemes[self.index],))

    @property
    def order(self) -> tuple[int, ...]:
        """The seeds in the order in which they are computed."""
        present = self.experiment.seed
        others = (n for n in range(min(self.seeds, MAX_SEED) + 1) if n != present)
        return (present, *others)[: self.seeds]


@dataclass(frozen=True)
class LogNormal:
    """A predicted law of the logarithm: normal with this median and scatter, in decades."""

    median: float
    scatter: float

    def density(self, decades: Doubles) -> Doubles:
        """Return the density per decade."""
        if self.scatter == 0:
            return np.zeros(np.shape(decades))
        u = (np.asarray(decades, dtype=np.float64) - self.median) / self.scatter
        return np.asarray(
            np.exp(-0.5 * u**2) / (self.scatter * math.sqrt(2 * math.pi)), dtype=np.float64
        )


@dataclass(frozen=True, eq=False)
class Luck:
    """What is known so far; arrays are read-only.

    Attributes
    ----------
    request
        What it answers.
    seeds
        (n,) those computed, in order.
    error, signal
        (n,) the two readings: −inf for exactly 0, NaN where a number is not finite.
    predicted
        The law that theory gives each reading; None where it does not reach the scheme.
    """

    request: LuckRequest
    seeds: npt.NDArray[np.int64]
    error: Doubles
    signal: Doubles
    predicted: dict[Reading, LogNormal] | None

    @property
    def is_complete(self) -> bool:
        """Whether all seeds are in."""
        return self.seeds.size == len(self.request.order)

    def values(self, reading: Reading) -> Doubles:
        """Return one reading of every seed."""
        return self.error if reading is Reading.ERROR else self.signal

    def present(self, reading: Reading) -> float:
        """Return the reading of the present seed; NaN as long as there is none."""
        return float(self.values(reading)[0]) if self.seeds.size else math.nan

    def rank(self, reading: Reading) -> float:
        """Return the share of the other seeds' finite values that lie below the present one's."""
        values, present = self.values(reading)[1:], self.present(reading)
        finite = values[np.isfinite(values)]
        if not finite.size or math.isnan(present):
            return math.nan
        ties = np.count_nonzero(finite == present) / 2
        return float((np.count_nonzero(finite < present) + ties) / finite.size)

    def histogram(self, reading: Reading) -> tuple[Doubles, Doubles]:
        """Return edges and density per decade; empty as long as no value is finite.

        The bins are round numbers wide, about a third of the scatter each.
        """
        values = self.values(reading)
        finite = values[np.isfinite(values)]
        if not finite.size:
            return np.empty(0), np.empty(0)
        edges = round_edges(finite)
        counts, _ = np.histogram(finite, edges)
        return edges, counts / (finite.size * np.diff(edges))


def round_edges(values: Doubles) -> Doubles:
    """Return bin edges at multiples of 1, 2 or 5 times a power of ten that hold all values."""
    low, high = float(values.min()), float(values.max())
    wanted = max(float(values.std()) / 3, (high - low) / _MOST_BINS, 1e-9 * max(abs(high), 1.0))
    power = 10.0 ** math.floor(math.log10(wanted))
    width = next(step * power for step in (1, 2, 5, 10) if step * power >= wanted * 0.999)
    first, last = math.floor(low / width), math.floor(high / width) + 1
    return np.asarray(np.arange(first, last + 1) * width, dtype=np.float64)


def luck(
    request: LuckRequest,
    *,
    cache: ResultCache | None = None,
    should_stop: ShouldStop | None = None,
    workers: int = 1,
    interval: float = 0.2,
) -> Iterator[Luck]:
    """Compute one net per seed, the present seed first; give what is known now and then.

    Raises
    ------
    SimulationStopped
        When `should_stop` returned true.
    """
    stop = should_stop or (lambda: False)
    one, order = request.one, request.order
    context: dict[str, Any] = one.to_dict()
    del context["seed"]
    stored = (cache.load("luck", context) if cache else None) or {}
    found: dict[int, tuple[float, float]] = {int(s): (e, v) for s, (e, v) in stored.items()}
    predicted = predicted_laws(one)

    def made() -> Luck:
        seeds = [seed for seed in order if seed in found]
        table = np.array([found[seed] for seed in seeds], dtype=np.float64).reshape(-1, 2)
        numbers = np.array(seeds, dtype=np.int64)
        error, signal = table.T.copy()
        for array in (numbers, error, signal):
            array.flags.writeable = False
        return Luck(request, numbers, error, signal, predicted)

    def measured(seed: int) -> tuple[float, float]:
        layers = simulate(replace(one, seed=seed), stop).runs[0].layers
        arrives = 0.0 if layers[0].delta_is_rounding else layers[0].delta_rms
        signal = 2 * decades_between(1.0, layers[-2].pre_activation_rms)
        return decades_between(layers[-1].delta_rms, arrives), signal

    def save() -> None:
        if cache is not None and added:
            cache.store("luck", context, {str(seed): pair for seed, pair in found.items()})

    shown = saved = time.monotonic()
    added = 0
    yield made()
    try:
        missing = [seed for seed in order if seed not in found]
        workers = worthwhile(one, workers, one.batch_size)
        for seed, pair in computed(measured, missing, stop, workers):
            found[seed] = pair
            added += 1
            now = time.monotonic()
            if now - saved > _SAVE_EVERY:
                save()
                saved = now
            if now - shown > interval or seed == order[0]:
                yield made()
                shown = now
        if added:
            yield made()
    finally:
        save()


def predicted_laws(one: Experiment) -> dict[Reading, LogNormal] | None:
    """Return the law of each reading over seeds, from the bands of the theory."""
    prediction = predict(one, one.schemes[0])
    if prediction is None:
        return None
    last = one.depth - 1
    low, middle, high = (
        float(array[last])
        for array in (
            prediction.pre_activation_low,
            prediction.pre_activation,
            prediction.pre_activation_high,
        )
    )
    laws = {
        Reading.ERROR: LogNormal(prediction.error_decades[1], prediction.error_scatter),
        # The reading is of the square, the prediction of its root.
        Reading.SIGNAL: LogNormal(2 * middle, (high - low) / BAND_SIGMAS),
    }
    finite = (math.isfinite(law.median) and math.isfinite(law.scatter) for law in laws.values())
    return laws if all(finite) else None
