"""The update rules of PyTorch, as pure steps on explicit arrays.

A step changes the parameters and the optimizer's own arrays in place and needs one scratch array
of the same shape; nothing else is remembered. The order of the operations is that of
``torch.optim``, so that float32 results agree to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from winit_core.activations import Array


class Settings(Protocol):
    """The numbers an optimizer is adjusted by; `winit_core.training.Training` has them all."""

    @property
    def learning_rate(self) -> float:
        """Factor of every update."""

    @property
    def momentum(self) -> float:
        """Share of the last velocity that is kept (momentum)."""

    @property
    def alpha(self) -> float:
        """Share of the old mean square that is kept (RMSprop)."""

    @property
    def betas(self) -> tuple[float, float]:
        """Shares of the old mean and the old mean square that are kept (Adam, AdamW)."""

    @property
    def eps(self) -> float:
        """Added to the root of the mean square (RMSprop, Adam, AdamW)."""

    @property
    def weight_decay(self) -> float:
        """Share, times the learning rate, that is taken off every parameter (AdamW)."""


Step = Callable[[Array, Array, Sequence[Array], int, Settings, Array], None]
"""``step(parameter, gradient, state, count, settings, scratch)``.

All arrays have one shape and one dtype. `parameter` and `state` are changed in place, `scratch` is
overwritten, `gradient` is left as it is. `count` is 1 for the first step.
"""


@dataclass(frozen=True)
class Optimizer:
    """One record of the catalogue.

    Attributes
    ----------
    key, label
        Stable ASCII name; name on screen.
    formula
        The update of a parameter w with the gradient g, as plain text; η is the learning rate.
    reference
        Where it comes from.
    states
        How many arrays, zero at first, it keeps beside every parameter.
    settings
        The fields of `Settings` it uses, besides the learning rate.
    step
        The update rule.
    """

    key: str
    label: str
    formula: str
    reference: str
    states: int
    settings: tuple[str, ...]
    step: Step


def sgd(
    parameter: Array,
    gradient: Array,
    state: Sequence[Array],
    count: int,
    settings: Settings,
    scratch: Array,
) -> None:
    """Take a step down the gradient."""
    np.multiply(gradient, settings.learning_rate, out=scratch)
    np.subtract(parameter, scratch, out=parameter)


def momentum(
    parameter: Array,
    gradient: Array,
    state: Sequence[Array],
    count: int,
    settings: Settings,
    scratch: Array,
) -> None:
    """Take a step along the velocity, a decaying sum of the gradients; no dampening."""
    (velocity,) = state
    np.multiply(velocity, settings.momentum, out=velocity)
    np.add(velocity, gradient, out=velocity)
    np.multiply(velocity, settings.learning_rate, out=scratch)
    np.subtract(parameter, scratch, out=parameter)


def rmsprop(
    parameter: Array,
    gradient: Array,
    state: Sequence[Array],
    count: int,
    settings: Settings,
    scratch: Array,
) -> None:
    """Divide the gradient by the root of its running mean square; not centred."""
    (square,) = state
    _decay_square(square, gradient, settings.alpha, scratch)
    np.sqrt(square, out=scratch)
    np.add(scratch, settings.eps, out=scratch)
    np.divide(gradient, scratch, out=scratch)
    np.multiply(scratch, settings.learning_rate, out=scratch)
    np.subtract(parameter, scratch, out=parameter)


def adam(
    parameter: Array,
    gradient: Array,
    state: Sequence[Array],
    count: int,
    settings: Settings,
    scratch: Array,
) -> None:
    """Divide the running mean by the root of the running mean square, both freed of their bias."""
    mean, square = state
    beta1, beta2 = settings.betas
    np.subtract(gradient, mean, out=scratch)
    np.multiply(scratch, 1 - beta1, out=scratch)
    np.add(mean, scratch, out=mean)
    _decay_square(square, gradient, beta2, scratch)
    np.sqrt(square, out=scratch)
    np.divide(scratch, math.sqrt(1 - beta2**count), out=scratch)
    np.add(scratch, settings.eps, out=scratch)
    np.divide(mean, scratch, out=scratch)
    np.multiply(scratch, settings.learning_rate / (1 - beta1**count), out=scratch)
    np.subtract(parameter, scratch, out=parameter)


def adamw(
    parameter: Array,
    gradient: Array,
    state: Sequence[Array],
    count: int,
    settings: Settings,
    scratch: Array,
) -> None:
    """Shrink the parameters, then do as Adam."""
    np.multiply(parameter, 1 - settings.learning_rate * settings.weight_decay, out=parameter)
    adam(parameter, gradient, state, count, settings, scratch)


def _decay_square(square: Array, gradient: Array, keep: float, scratch: Array) -> None:
    np.multiply(square, keep, out=square)
    np.multiply(gradient, gradient, out=scratch)
    np.multiply(scratch, 1 - keep, out=scratch)
    np.add(square, scratch, out=square)


_CATALOGUE = (
    Optimizer(
        key="sgd",
        label="SGD",
        formula="w ← w − η g",
        reference="Robbins & Monro 1951; torch.optim.SGD",
        states=0,
        settings=(),
        step=sgd,
    ),
    Optimizer(
        key="momentum",
        label="SGD with momentum",
        formula="v ← momentum v + g;  w ← w − η v",
        reference="Polyak 1964; Sutskever, Martens, Dahl & Hinton 2013; torch.optim.SGD",
        states=1,
        settings=("momentum",),
        step=momentum,
    ),
    Optimizer(
        key="rmsprop",
        label="RMSprop",
        formula="s ← alpha s + (1 − alpha) g²;  w ← w − η g / (√s + eps)",
        reference="Tieleman & Hinton 2012, lecture 6.5; torch.optim.RMSprop",
        states=1,
        settings=("alpha", "eps"),
        step=rmsprop,
    ),
    Optimizer(
        key="adam",
        label="Adam",
        formula="m ← β₁ m + (1 − β₁) g;  s ← β₂ s + (1 − β₂) g²;  "
        "w ← w − η m / (1 − β₁ᵗ) / (√(s / (1 − β₂ᵗ)) + eps)",
        reference="Kingma & Ba 2015; torch.optim.Adam",
        states=2,
        settings=("betas", "eps"),
        step=adam,
    ),
    Optimizer(
        key="adamw",
        label="AdamW",
        formula="w ← (1 − η weight_decay) w;  then as Adam",
        reference="Loshchilov & Hutter 2019; torch.optim.AdamW",
        states=2,
        settings=("betas", "eps", "weight_decay"),
        step=adamw,
    ),
)

OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType({o.key: o for o in _CATALOGUE})
