"""train(experiment, training): all schemes side by side, on the same batches.

After k updates a network is *at step k*; step 0 is the network of `simulate`. What a `TrainingStep`
says is measured with the weights of its step, so a training of n updates has n + 1 steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.errors import ExperimentError
from winit_core.experiment import MEMORY_LIMIT_BYTES, Experiment
from winit_core.simulation import SchemeRun, ShouldStop
from winit_core.threads import worthwhile
from winit_core.training.data import TrainingData, batch_rows, training_data
from winit_core.training.measurement import evaluated, measured
from winit_core.training.network_stack import (
    Diverged,
    NetworkStack,
    NetworkState,
    networks_bytes,
)
from winit_core.training.settings import Training
from winit_core.translation import tr

_STACKED_UP_TO = 2**16
"""Networks with a larger layer are trained one at a time: there is nothing to gain."""


@dataclass(frozen=True)
class SchemeStep:
    """One scheme at one step.

    Attributes
    ----------
    train_loss
        Mean loss over the batch of this step, before the update with it; NaN from the step on
        where the loss itself or something before it left the finite range.
    held_out_loss, held_out_accuracy
        Mean loss over all held-out inputs, and the share of them whose largest logit is their
        label; None where they were not looked at.
    measured
        What `simulate` would say of these weights, on the batch of the experiment: at step 0 it
        is what `simulate` says. None where the layers were not measured.
    update_ratios
        By layer: RMS of the change that the next update makes to the weights, over RMS of the
        weights; for SGD that is the learning rate times RMS dL/dW over RMS W, dL/dW being that of
        the training batch. None where the layers were not measured.
    diverged
        Where the network left the finite range, at this step or before; None as long as all is
        finite. It is measured once more at that step, and never after.
    """

    train_loss: float
    held_out_loss: float | None = None
    held_out_accuracy: float | None = None
    measured: SchemeRun | None = None
    update_ratios: tuple[float, ...] | None = None
    diverged: Diverged | None = None


@dataclass(frozen=True)
class TrainingStep:
    """All schemes, in the order of the experiment, after `step` updates."""

    step: int
    schemes: tuple[SchemeStep, ...]


def train(
    experiment: Experiment,
    training: Training | None = None,
    should_stop: ShouldStop | None = None,
    workers: int = 1,
) -> Iterator[TrainingStep]:
    """Train all schemes of the experiment in lockstep; give every step as it is reached.

    Whoever does not ask for the next step has paused the training. `TrainingHistory` keeps the
    steps and can go back to any of them.

    Parameters
    ----------
    experiment
        Which networks; their first weights and biases are those of `simulate`. A bias that is
        zero at first is learnt like any other.
    training
        How; the defaults of `Training` if None. The numbers are a function of these two alone.
    should_stop
        Asked before every layer of every pass and update.
    workers
        How many threads may be used; the numbers do not depend on it.

    Raises
    ------
    ExperimentError
        If the batch is larger than the training set (field ``training.batch_size``), or the
        networks do not fit into memory together (``hidden_widths``). Raised by the call itself.
    SimulationStopped
        When `should_stop` returned true.
    """
    run = TrainingRun(experiment, training or Training(), workers)

    def steps() -> Iterator[TrainingStep]:
        with run:
            while not run.is_finished:
                yield run.advance(should_stop)

    return steps()


class TrainingRun:
    """A training that goes one step at a time; close it, or use it in a ``with``.

    An advance that `should_stop` ended has changed nothing that matters: the next one goes on
    with the same outcome as if there had been no stop.
    """

    def __init__(self, experiment: Experiment, training: Training, workers: int = 1) -> None:
        _check_memory(experiment, training)
        assert experiment.input_width is not None
        self.experiment = experiment
        self.training = training
        self.data: TrainingData = training_data(
            experiment.dataset, experiment.input_width, experiment.seed
        )
        rows = len(self.data.labels)
        if training.batch_size > rows:
            allowed = tr("an integer from 1 to {rows}, what is left for training", rows=rows)
            raise ExperimentError("training.batch_size", training.batch_size, allowed)
        self._next = 0
        self._groups = _groups(experiment, training, workers)
        self._stacks: list[NetworkStack] = []
        self._reached: dict[int, dict[int, SchemeStep]] = {}
        threads = min(workers, len(self._groups))
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __enter__(self) -> TrainingRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads, if there are any."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    @property
    def step(self) -> int:
        """The step reached last; -1 before the first."""
        return self._next - 1

    @property
    def is_finished(self) -> bool:
        """Whether the last step was reached."""
        return self._next > self.training.steps

    def advance(self, should_stop: ShouldStop | None = None) -> TrainingStep:
        """Reach the next step and return it."""
        assert not self.is_finished
        stop = should_stop or (lambda: False)
        self._start(stop)

        def reach(number: int) -> None:
            if number not in self._reached:
                self._reached[number] = self._reach(self._stacks[number], stop)

        self._for_all(reach)
        schemes = {i: scheme for stack in self._reached.values() for i, scheme in stack.items()}
        step = TrainingStep(self._next, tuple(schemes[i] for i in sorted(schemes)))
        self._reached = {}
        self._next += 1
        return step

    def _start(self, should_stop: ShouldStop) -> None:
        while len(self._stacks) < len(self._groups):
            group = self._groups[len(self._stacks)]
            stack = NetworkStack(self.experiment, group, self.training, should_stop)
            self._stacks.append(stack)

    def _for_all(self, function: Callable[[int], None]) -> None:
        """Do the same to every stack; the first exception is raised after all have ended."""
        numbers = range(len(self._stacks))
        if self._pool is None:
            for number in numbers:
                function(number)
            return
        for future in wait([self._pool.submit(function, number) for number in numbers]).done:
            future.result()

    def _batch(self, step: int) -> tuple[Array, npt.NDArray[np.int64]]:
        data = self.data
        rows = batch_rows(self.experiment.seed, len(data.labels), self.training.batch_size, step)
        return data.inputs[rows], data.labels[rows]

    def _reach(self, stack: NetworkStack, should_stop: ShouldStop) -> dict[int, SchemeStep]:
        step, training = self._next, self.training
        if stack.updates < step:
            stack.update(should_stop)
        stack.compute_gradient(*self._batch(step), should_stop)
        ratios = stack.update_ratios(should_stop) if training.is_measured(step) else {}
        reached = {}
        for index in stack.indices:
            where = stack.diverged.get(index)
            if where is not None and where.step < step:
                reached[index] = SchemeStep(math.nan, diverged=where)
                continue
            weights, biases = stack.network(index)
            looked = SchemeStep(stack.losses[index], diverged=where)
            if where is not None or training.is_evaluated(step):
                loss, accuracy = evaluated(
                    self.experiment,
                    weights,
                    biases,
                    self.data.held_out_inputs,
                    self.data.held_out_labels,
                    should_stop,
                )
                looked = replace(looked, held_out_loss=loss, held_out_accuracy=accuracy)
            if where is not None or training.is_measured(step):
                run = measured(self.experiment, index, weights, biases, should_stop)
                looked = replace(looked, measured=run, update_ratios=ratios.get(index))
            reached[index] = looked
        return reached

    # Going back

    def states(self) -> tuple[NetworkState, ...]:
        """Return copies of all networks, as they are at the step reached last."""
        found = {index: stack.state(index) for stack in self._stacks for index in stack.indices}
        return tuple(found[index] for index in sorted(found))

    def network(self, index: int) -> tuple[list[Array], list[Array]]:
        """Return weights and biases of one scheme at the step reached last, layer by layer.

        They are views of arrays that the next advance changes.
        """
        (stack,) = (stack for stack in self._stacks if index in stack.indices)
        return stack.network(index)

    def update_ratios(self, should_stop: ShouldStop) -> dict[int, tuple[float, ...]]:
        """Return what `SchemeStep.update_ratios` says, of the schemes that have not diverged."""
        return {
            index: ratios
            for stack in self._stacks
            for index, ratios in stack.update_ratios(should_stop).items()
        }

    def restore(
        self,
        step: int,
        states: Sequence[NetworkState],
        should_stop: ShouldStop | None = None,
    ) -> None:
        """Go to a step whose states were kept; the next advance reaches the step after it."""
        stop = should_stop or (lambda: False)
        self._start(stop)
        self._reached = {}

        def go_back(number: int) -> None:
            stack = self._stacks[number]
            stack.restore(step, [states[index] for index in stack.indices])
            stack.compute_gradient(*self._batch(step), stop)

        self._for_all(go_back)
        self._next = step + 1


def _groups(experiment: Experiment, training: Training, workers: int) -> list[list[int]]:
    """Return which schemes are computed together."""
    indices = range(len(experiment.schemes))
    if max(fan_in * fan_out for fan_in, fan_out in experiment.layer_shapes) > _STACKED_UP_TO:
        return [[index] for index in indices]
    each = math.ceil(len(indices) / max(workers, 1))
    stacks = worthwhile(experiment, max(workers, 1), training.batch_size, each)
    groups = (list(indices[first::stacks]) for first in range(stacks))
    return [group for group in groups if group]


def _check_memory(experiment: Experiment, training: Training) -> None:
    need = networks_bytes(experiment, training)
    if need > MEMORY_LIMIT_BYTES:
        raise ExperimentError(
            "hidden_widths",
            tr(
                "{networks} networks of {layers} layers of up to {units} units",
                networks=len(experiment.schemes),
                layers=experiment.depth,
                units=max(experiment.hidden_widths),
            ),
            tr(
                "networks that can be trained within {limit:.0f} GiB; these need {need:.1f} GiB",
                limit=MEMORY_LIMIT_BYTES / 2**30,
                need=need / 2**30,
            ),
        )


def baseline_loss(experiment: Experiment) -> float:
    """Return the training loss of the best answer that ignores the inputs.

    That is the share of every class in the training set: its entropy in nats for cross-entropy
    (about ln 10 for the digits), its mean variance for the squared error.
    """
    assert experiment.input_width is not None
    data = training_data(experiment.dataset, experiment.input_width, experiment.seed)
    count: npt.NDArray[np.float64] = np.bincount(
        data.labels, minlength=experiment.data.classes
    ).astype(np.float64)
    share = count / count.sum()
    if experiment.loss == "mse":
        return float(np.mean(share * (1 - share)))
    present = share[share > 0]
    return float(-np.sum(present * np.log(present)))
