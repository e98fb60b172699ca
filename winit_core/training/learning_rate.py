"""The largest learning rate with which a scheme still trains."""

from __future__ import annotations

import math
from dataclasses import replace

from winit_core.experiment import Experiment
from winit_core.parameters import validated_integer
from winit_core.simulation import ShouldStop
from winit_core.training import Training, TrainingRun, baseline_loss

STEPS = 100
AVERAGED = 20
MARGIN = 0.9
LARGEST, SMALLEST = 100.0, 1e-6
_COARSE = math.sqrt(10)
FINE = 1.1


def largest_learning_rate(
    experiment: Experiment,
    training: Training | None = None,
    index: int = 0,
    should_stop: ShouldStop | None = None,
) -> float | None:
    """Return the largest learning rate with which ``experiment.schemes[index]`` still trains.

    A rate *trains* when, within `STEPS` updates from the first weights, with the batches and the
    optimizer of `training`, nothing leaves the finite range and the mean of the last `AVERAGED`
    batch losses is at most `MARGIN` times `baseline_loss`: clearly better than any answer that
    ignores the inputs. A network that starts with a huge loss has to get below that as well.

    Rates are tried from `LARGEST` down to `SMALLEST` by factors of √10; between the first that
    trains and the one above it, the interval is halved (geometrically) until it is narrower than a
    factor of `FINE`. The answer is a rate that was seen to train. Rates need not be ordered: one
    that trains between two tried ones that do not is missed.

    Parameters
    ----------
    experiment
        Which network and data; its other schemes do not matter.
    training
        Optimizer with its settings, and batch size; its rate and number of steps do not matter.
    index
        Which scheme.
    should_stop
        Asked before every layer.

    Returns
    -------
    float or None
        None: no rate that was tried trains.

    Raises
    ------
    ExperimentError
        As `train`, or for an index that is none.
    SimulationStopped
        When `should_stop` returned true.
    """
    validated_integer("index", index, 0, max(len(experiment.schemes) - 1, 0))
    alone = replace(experiment, schemes=(experiment.schemes[index],))
    wanted = MARGIN * baseline_loss(alone)
    given = replace(
        training or Training(), steps=STEPS, evaluate_every=STEPS, statistics_every=STEPS
    )

    def trains(rate: float) -> bool:
        return _final_loss(alone, replace(given, learning_rate=rate), should_stop) <= wanted

    rate = LARGEST
    while not trains(rate):
        rate /= _COARSE
        if rate < SMALLEST / FINE:
            return None
    if rate == LARGEST:
        return rate
    fails = rate * _COARSE
    while fails / rate > FINE:
        middle = math.sqrt(rate * fails)
        if trains(middle):
            rate = middle
        else:
            fails = middle
    return rate


def _final_loss(
    experiment: Experiment, training: Training, should_stop: ShouldStop | None
) -> float:
    """Return the mean of the last losses; inf if anything left the finite range."""
    losses = []
    with TrainingRun(experiment, training) as run:
        # The last batch loss is that before the last update; what follows is not needed.
        while run.step < training.steps - 1:
            (scheme,) = run.advance(should_stop).schemes
            if scheme.diverged is not None:
                return math.inf
            losses.append(scheme.train_loss)
    return sum(losses[-AVERAGED:]) / AVERAGED
