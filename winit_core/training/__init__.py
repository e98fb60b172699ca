"""Training all schemes side by side: settings, the run, its history, where it breaks down."""

from winit_core.training.network_stack import Diverged, NetworkState, TrainedQuantity
from winit_core.training.run import (
    SchemeStep,
    TrainingRun,
    TrainingStep,
    baseline_loss,
    train,
)
from winit_core.training.settings import Training

__all__ = [
    "Diverged",
    "NetworkState",
    "SchemeStep",
    "TrainedQuantity",
    "Training",
    "TrainingRun",
    "TrainingStep",
    "baseline_loss",
    "train",
]
