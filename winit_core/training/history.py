"""A training that can be looked at as it was at any step it has reached."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.parameters import validated_integer
from winit_core.simulation import (
    Histogram,
    Quantity,
    SchemeRun,
    ShouldStop,
    Simulation,
    common_edges,
    histogram,
)
from winit_core.training import (
    Diverged,
    NetworkState,
    SchemeStep,
    Training,
    TrainingRun,
    TrainingStep,
)
from winit_core.training.measurement import evaluated, measured, tensor
from winit_core.translation import tr

Doubles = npt.NDArray[np.float64]

MEMORY_LIMIT_BYTES = 256 * 2**20
_MEASURED_LAYERS = 50_000
"""About 50 MB of `LayerStatistics`."""
_SNAPSHOT_EVERY = 10


class TrainingHistory:
    """The steps of a training, in the order they are reached; nothing is ever changed or removed.

    One thread runs the training, and any other may read: what is read is complete. Weights are
    kept at some steps, at most as many as the memory limit allows; the weights of any other step
    are computed again from there, to the same bytes.

    Parameters
    ----------
    experiment, training, workers
        As of `train`, with the same errors.
    memory_limit
        Bytes for the weights that are kept. The first step is kept in any case.
    """

    def __init__(
        self,
        experiment: Experiment,
        training: Training | None = None,
        workers: int = 1,
        memory_limit: int = MEMORY_LIMIT_BYTES,
    ) -> None:
        self.experiment = experiment
        self.training = training or Training()
        self._run = TrainingRun(experiment, self.training, workers)
        self._replay: TrainingRun | None = None
        self._replay_lock = threading.Lock()
        self._memory_limit = memory_limit
        self._length = 0
        shape = (self.training.steps + 1, len(experiment.schemes))
        self._train_loss = np.full(shape, np.nan)
        self._held_out_loss = np.full(shape, np.nan)
        self._held_out_accuracy = np.full(shape, np.nan)
        self._recorded: dict[int, TrainingStep] = {}
        self._snapshots: dict[int, tuple[NetworkState, ...]] = {}
        self._snapshot_every = _SNAPSHOT_EVERY
        self._diverged: tuple[Diverged | None, ...] = (None,) * shape[1]

    def __enter__(self) -> TrainingHistory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads, if there are any; everything can still be looked at."""
        self._run.close()

    # The training

    def __len__(self) -> int:
        """Return the number of steps reached: 1 when the network is as `simulate` shows it."""
        return self._length

    @property
    def is_finished(self) -> bool:
        """Whether the last step was reached."""
        return self._run.is_finished

    def advance(self, should_stop: ShouldStop | None = None) -> TrainingStep:
        """Reach the next step.

        Raises
        ------
        SimulationStopped
            When `should_stop` returned true; the next advance goes on as if there had been no
            stop.
        """
        step = self._run.advance(should_stop)
        for index, scheme in enumerate(step.schemes):
            self._train_loss[step.step, index] = scheme.train_loss
            if scheme.held_out_loss is not None and scheme.held_out_accuracy is not None:
                self._held_out_loss[step.step, index] = scheme.held_out_loss
                self._held_out_accuracy[step.step, index] = scheme.held_out_accuracy
        self._diverged = tuple(scheme.diverged for scheme in step.schemes)
        self._keep_snapshot(step.step)
        self._keep_record(step)
        self._length = step.step + 1
        return step

    def run(self, should_stop: ShouldStop | None = None) -> Iterator[TrainingStep]:
        """Give the steps still to come; can be called again after a stop."""
        while not self.is_finished:
            yield self.advance(should_stop)

    def _keep_snapshot(self, step: int) -> None:
        if step % self._snapshot_every:
            return
        # New dictionaries, so that a reader in another thread never sees one change.
        kept = {**self._snapshots, step: self._run.states()}
        size = sum(state.nbytes for state in kept[step])
        while len(kept) > 1 and len(kept) * size > self._memory_limit:
            self._snapshot_every *= 2
            kept = {n: states for n, states in kept.items() if n % self._snapshot_every == 0}
        self._snapshots = kept

    def _keep_record(self, step: TrainingStep) -> None:
        if all(scheme.measured is None for scheme in step.schemes):
            return
        kept = {**self._recorded, step.step: step}
        layers = len(step.schemes) * (self.experiment.depth + 1)
        while len(kept) > 2 and len(kept) * layers > _MEASURED_LAYERS:
            kept = {
                n: record
                for place, (n, record) in enumerate(kept.items())
                if place % 2 == 0 or n == step.step
            }
        self._recorded = kept

    # What was

    @property
    def train_loss(self) -> Doubles:
        """Loss of each step's batch, (steps reached, schemes); NaN after a divergence."""
        return self._reached(self._train_loss)

    @property
    def held_out_loss(self) -> Doubles:
        """Loss over the held-out inputs, likewise; NaN at steps where they were not looked at."""
        return self._reached(self._held_out_loss)

    @property
    def held_out_accuracy(self) -> Doubles:
        """Share of the held-out inputs that were right, likewise."""
        return self._reached(self._held_out_accuracy)

    @property
    def diverged(self) -> tuple[Diverged | None, ...]:
        """Where each scheme left the finite range; None where it has not."""
        return self._diverged

    @property
    def recorded_steps(self) -> tuple[int, ...]:
        """Steps that were measured on the way: those that `simulation` has at hand."""
        return tuple(self._recorded)

    def _reached(self, array: Doubles) -> Doubles:
        view = array[: self._length]
        view.flags.writeable = False
        return view

    def network(
        self, step: int, index: int, should_stop: ShouldStop | None = None
    ) -> tuple[list[Array], list[Array]]:
        """Return the weights (fan_in, fan_out) and biases of one scheme at a step: copies.

        Of a scheme that diverged before, those of the step where it did.
        """
        self._check(step, index)
        with self._replay_lock:
            weights, biases = self._replayed(step, should_stop).network(index)
            return [w.copy() for w in weights], [b.copy() for b in biases]

    def simulation(self, step: int, should_stop: ShouldStop | None = None) -> Simulation:
        """Return what `simulate` would say of the weights of a step; at step 0, what it says.

        It can be diagnosed and drawn like any simulation.

        Raises
        ------
        ExperimentError
            For a step that has not been reached.
        SimulationStopped
            When `should_stop` returned true.
        """
        return Simulation(self.experiment, self._measured(step, should_stop))

    def at(self, step: int, should_stop: ShouldStop | None = None) -> TrainingStep:
        """Return a step with everything in it: looked at and measured now if it was not then.

        A scheme that diverged before has the measurements of the step where it did.
        """
        stop = should_stop or (lambda: False)
        runs = self._measured(step, should_stop)
        data = self._run.data
        schemes = []
        with self._replay_lock:
            replay = self._replayed(step, should_stop)
            ratios = replay.update_ratios(stop)
            for index, run in enumerate(runs):
                loss, accuracy = evaluated(
                    self.experiment,
                    *replay.network(index),
                    data.held_out_inputs,
                    data.held_out_labels,
                    stop,
                )
                where = self._diverged[index]
                schemes.append(
                    SchemeStep(
                        float(self._train_loss[step, index]),
                        loss,
                        accuracy,
                        run,
                        ratios.get(index),
                        where if where is not None and where.step <= step else None,
                    )
                )
        return TrainingStep(step, tuple(schemes))

    def histograms(
        self,
        step: int,
        layer: int,
        quantity: Quantity = Quantity.WEIGHT,
        edges: Doubles | None = None,
        should_stop: ShouldStop | None = None,
    ) -> tuple[Histogram, ...]:
        """Return one histogram per scheme of a layer's tensor at a step, all on the same bins.

        The tensors other than weights are those of the batch of the experiment, as in
        `layer_histograms`; the edges too are as there.
        """
        arrays = self.layer_values(step, layer, quantity, should_stop)
        bins = common_edges(arrays) if edges is None else edges
        return tuple(histogram(array, bins) for array in arrays)

    def layer_values(
        self,
        step: int,
        layer: int,
        quantity: Quantity = Quantity.WEIGHT,
        should_stop: ShouldStop | None = None,
    ) -> list[Array]:
        """Return the arrays behind `histograms`."""
        self._check(step)
        validated_integer("layer", layer, 0, self.experiment.depth)
        stop = should_stop or (lambda: False)
        with self._replay_lock:
            replay = self._replayed(step, should_stop)
            return [
                tensor(self.experiment, *replay.network(index), layer, quantity, stop).copy()
                for index in range(len(self.experiment.schemes))
            ]

    def _measured(self, step: int, should_stop: ShouldStop | None) -> tuple[SchemeRun, ...]:
        self._check(step)
        stop = should_stop or (lambda: False)
        recorded = self._recorded.get(step)
        runs: list[SchemeRun] = []
        for index in range(len(self.experiment.schemes)):
            run = None if recorded is None else recorded.schemes[index].measured
            if run is None:
                with self._replay_lock:
                    weights, biases = self._replayed(step, should_stop).network(index)
                    run = measured(self.experiment, index, weights, biases, stop)
            runs.append(run)
        return tuple(runs)

    def _check(self, step: int, index: int = 0) -> None:
        if not self._length:
            raise ExperimentError("step", step, tr("a step that was reached; there is none yet"))
        validated_integer("step", step, 0, self._length - 1)
        validated_integer("index", index, 0, max(len(self.experiment.schemes) - 1, 0))

    def _replayed(self, step: int, should_stop: ShouldStop | None) -> TrainingRun:
        """Return a run of its own that stands at the step; the caller holds the lock."""
        replay, self._replay = self._replay, None
        if replay is None:
            silent = replace(
                self.training,
                evaluate_every=self.training.steps,
                statistics_every=self.training.steps,
            )
            replay = TrainingRun(self.experiment, silent)
        snapshots = self._snapshots
        start = max(n for n in snapshots if n <= step)
        if not start <= replay.step <= step:
            replay.restore(start, snapshots[start], should_stop)
        while replay.step < step:
            replay.advance(should_stop)
        self._replay = replay
        return replay
