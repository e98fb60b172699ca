"""Where the measured numbers of a lesson come from: simulations and trainings, kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Protocol, TypeVar

from winit_core.ensemble import Ensemble, simulate_seeds
from winit_core.simulation import ShouldStop, Simulation, simulate
from winit_core.training.history import TrainingHistory
from winit_gui.state import State

_SIMULATIONS, _HISTORIES = 16, 2
_HISTORY_BYTES = 64 * 2**20

Result = TypeVar("Result")


class Source(Protocol):
    """Gives what a state computes."""

    def simulation(self, state: State, step: int) -> Simulation:
        """Return the nets as they are after so many training steps."""

    def ensemble(self, state: State) -> Ensemble:
        """Return all the nets that stand behind what the state draws."""

    def history(self, state: State, step: int) -> TrainingHistory:
        """Return the training, which has reached the step."""


class Laboratory:
    """Computes what is asked for, and keeps the last results for the next claim.

    Parameters
    ----------
    workers
        How many schemes are computed at the same time.
    should_stop
        Asked all the time; `SimulationStopped` is raised when it says so.
    """

    def __init__(self, workers: int = 1, should_stop: ShouldStop | None = None) -> None:
        self._workers = workers
        self._should_stop = should_stop
        self._simulations: OrderedDict[Hashable, Simulation] = OrderedDict()
        self._ensembles: OrderedDict[Hashable, Ensemble] = OrderedDict()
        self._histories: OrderedDict[Hashable, TrainingHistory] = OrderedDict()

    def __enter__(self) -> Laboratory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads of the trainings."""
        while self._histories:
            self._histories.popitem()[1].close()

    def simulation(self, state: State, step: int) -> Simulation:
        """Return the nets as they are after so many training steps."""
        experiment = state.experiment
        if step:
            return self.history(state, step).simulation(step, self._should_stop)
        return _kept(
            self._simulations,
            experiment,
            lambda: simulate(experiment, self._should_stop, self._workers),
            _SIMULATIONS,
        )

    def ensemble(self, state: State) -> Ensemble:
        """Return one simulation per seed of the state."""
        experiment, seeds = state.experiment, state.view.seeds
        return _kept(
            self._ensembles,
            (experiment, seeds),
            lambda: simulate_seeds(experiment, seeds, self._should_stop, self._workers),
            _SIMULATIONS,
        )

    def history(self, state: State, step: int) -> TrainingHistory:
        """Return the training of the state, gone on to the step if it was not there yet.

        Raises
        ------
        ExperimentError
            If the experiment cannot be trained so.
        """
        key = (state.experiment, state.training)
        history = _kept(
            self._histories,
            key,
            lambda: TrainingHistory(
                state.experiment, state.training, self._workers, _HISTORY_BYTES
            ),
            _HISTORIES,
            TrainingHistory.close,
        )
        while len(history) <= step:
            history.advance(self._should_stop)
        return history


def _kept(
    results: OrderedDict[Hashable, Result],
    key: Hashable,
    make: Callable[[], Result],
    most: int,
    end: Callable[[Result], None] = lambda result: None,
) -> Result:
    """Return the result of a key, made if it is not there; the one longest unused is let go."""
    if key not in results:
        made = make()
        while len(results) >= most:
            end(results.popitem(last=False)[1])
        results[key] = made
    results.move_to_end(key)
    return results[key]
