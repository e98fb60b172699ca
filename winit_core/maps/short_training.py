"""One net trained for a while: what is left of it on a map, or in a row of a sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from winit_core.experiment import Experiment
from winit_core.simulation import ShouldStop
from winit_core.training import TrainingRun
from winit_core.training.settings import Training

GOOD_ACCURACY = 0.9
STEPS, EVALUATE_EVERY = 200, 10
"""Of a short training: half a second for a net of 10 x 128, and enough to tell a ReLU net that gets
90 % of the digits right after 70 steps (He) from one that takes 160 (Xavier)."""


@dataclass(frozen=True)
class Trained:
    """What became of one net.

    Attributes
    ----------
    loss
        Of the batch of the last step; NaN where the net left the finite range.
    accuracy
        Share of the held-out inputs that are classified right at the last step, or where the
        finite range was left.
    good_at
        First step looked at with an accuracy of `GOOD_ACCURACY`; None where there is none.
    diverged_at
        Step at which the finite range was left; None where it was not.
    """

    loss: float
    accuracy: float
    good_at: int | None = None
    diverged_at: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether it reached `GOOD_ACCURACY`, and stayed finite."""
        return self.good_at is not None and self.diverged_at is None


def shortened(training: Training) -> Training:
    """Return the same training with the steps of a short one, looked at every few steps."""
    return replace(training, steps=STEPS, evaluate_every=EVALUATE_EVERY, statistics_every=STEPS)


def trained(
    experiment: Experiment, training: Training, should_stop: ShouldStop | None = None
) -> Trained:
    """Train the experiment's one scheme to the end, or until it leaves the finite range.

    Raises
    ------
    ExperimentError
        If it cannot be trained so: see `winit_core.training.train`.
    SimulationStopped
        When `should_stop` returned true.
    """
    loss = accuracy = math.nan
    good_at = diverged_at = None
    with TrainingRun(experiment, replace(training, statistics_every=training.steps)) as run:
        while not run.is_finished and diverged_at is None:
            step = run.advance(should_stop)
            (net,) = step.schemes
            loss = net.train_loss
            if net.held_out_accuracy is not None:
                accuracy = net.held_out_accuracy
                if good_at is None and accuracy >= GOOD_ACCURACY:
                    good_at = step.step
            if net.diverged is not None:
                diverged_at = net.diverged.step
    return Trained(loss, accuracy, good_at, diverged_at)
