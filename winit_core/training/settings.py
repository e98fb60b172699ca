"""The frozen description of a training: all that fixes its numbers besides the experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from winit_core.errors import ExperimentError
from winit_core.parameters import one_of, validated_integer, validated_key, validated_number
from winit_core.training.optimizers import OPTIMIZERS
from winit_core.translation import tr

MAX_STEPS = 100_000
MAX_TRAINING_BATCH = 16384
MAX_LEARNING_RATE = 1000.0


@dataclass(frozen=True)
class Training:
    """How the networks of an experiment are trained; the defaults are PyTorch's.

    Parameters
    ----------
    learning_rate
        Factor of every update, 0 to 1,000.
    steps
        Number of updates, 1 to 100,000.
    batch_size
        Inputs per update; at most what the data set leaves for training, which `train` checks.
    optimizer
        A key of `winit_core.training.optimizers.OPTIMIZERS`.
    momentum
        Of ``"momentum"``: share of the last velocity that is kept, 0 to below 1.
    alpha
        Of ``"rmsprop"``: share of the old mean square that is kept, 0 to below 1.
    betas
        Of ``"adam"`` and ``"adamw"``: shares of the old mean and of the old mean square that are
        kept, 0 to below 1.
    eps
        Of these three: added to the root of the mean square, 0 to 1.
    weight_decay
        Of ``"adamw"``: share, times the learning rate, taken off every parameter, 0 to 1.
    evaluate_every
        Steps between two looks at the held-out inputs; there is always one at the first step and
        at the last.
    statistics_every
        Steps between two measurements of all layers, likewise.

    Raises
    ------
    ExperimentError
        Naming the field, its value and what it accepts.
    """

    learning_rate: float = 0.1
    steps: int = 300
    batch_size: int = 64
    optimizer: str = "sgd"
    momentum: float = 0.9
    alpha: float = 0.99
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.01
    evaluate_every: int = 10
    statistics_every: int = 25

    def __post_init__(self) -> None:
        def settle(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        def integer(name: str, largest: int) -> None:
            settle(name, validated_integer(name, getattr(self, name), 1, largest))

        rate = validated_number("learning_rate", self.learning_rate, 0, MAX_LEARNING_RATE)
        settle("learning_rate", rate)
        integer("steps", MAX_STEPS)
        integer("batch_size", MAX_TRAINING_BATCH)
        settle("optimizer", validated_key("optimizer", self.optimizer, OPTIMIZERS))
        settle("momentum", _share("momentum", self.momentum))
        settle("alpha", _share("alpha", self.alpha))
        settle("betas", _two_shares("betas", self.betas))
        settle("eps", validated_number("eps", self.eps, 0, 1))
        settle("weight_decay", validated_number("weight_decay", self.weight_decay, 0, 1))
        integer("evaluate_every", MAX_STEPS)
        integer("statistics_every", MAX_STEPS)

    def is_evaluated(self, step: int) -> bool:
        """Tell whether the held-out inputs are looked at after so many updates."""
        return step % self.evaluate_every == 0 or step == self.steps

    def is_measured(self, step: int) -> bool:
        """Tell whether all layers are measured after so many updates."""
        return step % self.statistics_every == 0 or step == self.steps

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON and TOML can hold."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["betas"] = list(self.betas)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Training:
        """Return the training that `to_dict` described; what is missing has its default.

        Raises
        ------
        ExperimentError
            For an unknown key or any value that no training can have.
        """
        if not isinstance(plain, Mapping):
            raise ExperimentError(tr("training"), plain, tr("a table of fields and values"))
        known = [f.name for f in fields(cls)]
        for name in plain:
            if name not in known:
                raise ExperimentError(f"{name}", plain[name], one_of(known))
        return cls(**plain)


def _share(field: str, value: object) -> float:
    allowed = tr("a number from 0 to below 1")
    try:
        share = validated_number(field, value, 0, 1)
    except ExperimentError:
        raise ExperimentError(field, value, allowed) from None
    if share == 1:
        raise ExperimentError(field, value, allowed)
    return share


def _two_shares(field: str, value: object) -> tuple[float, float]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ExperimentError(field, value, tr("two numbers from 0 to below 1"))
    first, second = (_share(f"{field}[{i}]", share) for i, share in enumerate(value))
    return first, second
