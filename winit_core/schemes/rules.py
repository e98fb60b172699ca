"""From a layer to the law of its weights: what the records of the schemes are made of.

A rule takes the `LayerContext` and a scheme's parameters and returns a `Law`. Most are thin cases
of variance scaling.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from winit_core.activations import BoundActivation, get_activation
from winit_core.schemes.laws import (
    Law,
    PointMass,
    Sparse,
    TruncatedNormal,
    Uniform,
    centred_normal,
    centred_uniform,
    mirrored_orthogonal,
    shifted,
    truncated_normal,
)

LawRule = Callable[..., Law]
"""``rule(context, **parameters)``."""

_USUAL_ACTIVATION = get_activation("tanh")


@dataclass(frozen=True)
class LayerContext:
    """Where in a network a weight matrix stands.

    Attributes
    ----------
    fan_in, fan_out
        Numbers of inputs and outputs of the layer.
    layer
        0-based index; the one equal to `depth` is the output layer.
    depth
        Number of hidden layers. The defaults stand for some layer in the middle of a net.
    activation
        The nonlinearity between the layers.
    """

    fan_in: int
    fan_out: int
    layer: int = 1
    depth: int = 2
    activation: BoundActivation = _USUAL_ACTIVATION

    @property
    def is_first(self) -> bool:
        """Whether the layer reads the data, which no activation has passed."""
        return self.layer == 0

    @property
    def is_output(self) -> bool:
        """Whether the layer makes the logits, which pass no activation."""
        return self.layer == self.depth


def fan(context: LayerContext, mode: str) -> float:
    """Return the number of units that a variance is divided by."""
    if mode == "fan_in":
        return context.fan_in
    if mode == "fan_out":
        return context.fan_out
    if mode == "fan_avg":
        return (context.fan_in + context.fan_out) / 2
    return math.sqrt(context.fan_in * context.fan_out)


def variance_scaling(context: LayerContext, *, scale: float, mode: str, distribution: str) -> Law:
    """Return the law with variance ``scale / fan``.

    Parameters
    ----------
    context
        The layer.
    scale
        Dimensionless; 1 for LeCun and Glorot, 2 for He.
    mode
        ``"fan_in"``, ``"fan_out"``, ``"fan_avg"`` or ``"fan_geo_avg"``: which fan divides.
    distribution
        ``"normal"``, ``"uniform"`` or ``"truncated_normal"`` (at two parent standard deviations,
        widened so that the std is exact).
    """
    std = math.sqrt(scale / fan(context, mode))
    if distribution == "uniform":
        return centred_uniform(std)
    return truncated_normal(std) if distribution == "truncated_normal" else centred_normal(std)


def lecun(distribution: str) -> LawRule:
    """Return the rule var = gain² / fan_in."""

    def law(context: LayerContext, *, gain: float) -> Law:
        return variance_scaling(context, scale=gain**2, mode="fan_in", distribution=distribution)

    return law


def glorot(distribution: str) -> LawRule:
    """Return the rule var = 2 gain² / (fan_in + fan_out)."""

    def law(context: LayerContext, *, gain: float) -> Law:
        return variance_scaling(context, scale=gain**2, mode="fan_avg", distribution=distribution)

    return law


def he(distribution: str) -> LawRule:
    """Return the rule var = 2 gain² / ((1 + slope²) fan)."""

    def law(context: LayerContext, *, slope: float, mode: str, gain: float) -> Law:
        return variance_scaling(
            context, scale=2 / (1 + slope**2) * gain**2, mode=mode, distribution=distribution
        )

    return law


def keras_variance_scaling(
    context: LayerContext, *, scale: float, mode: str, distribution: str
) -> Law:
    """Return variance scaling with Keras's reading of ``"normal"``, which is truncated there."""
    if distribution == "normal":
        distribution = "truncated_normal"
    return variance_scaling(context, scale=scale, mode=mode, distribution=distribution)


def normal(context: LayerContext, *, std: float) -> Law:
    """N(0, std²) in every layer."""
    return centred_normal(std)


def uniform(context: LayerContext, *, bound: float, mean: float) -> Law:
    """U(mean - bound, mean + bound) in every layer."""
    return shifted(Uniform(bound) if bound > 0 else PointMass(0.0), mean)


def uniform_from_mean(context: LayerContext, *, bound: float, mean: float) -> Law:
    """U(mean, mean + bound) in every layer: the mean parameter is its lower end."""
    return uniform(context, bound=bound / 2, mean=mean + bound / 2)


def truncated(context: LayerContext, *, std: float, cut: float, std_of: str) -> Law:
    """Return a truncated normal whose own std, or whose parent's, is `std`."""
    if std_of == "result":
        return truncated_normal(std, cut)
    return TruncatedNormal(std, cut) if std > 0 else PointMass(0.0)


def truncated_at_two(context: LayerContext, *, std: float, cut: float, std_of: str) -> Law:
    """Return N(0, std²) redrawn beyond two std, uncorrected."""
    return truncated(context, std=std, cut=2.0, std_of="parent")


def truncated_uncorrected(context: LayerContext, *, std: float, cut: float, std_of: str) -> Law:
    """Return N(0, std²) redrawn beyond `cut` std, uncorrected."""
    return truncated(context, std=std, cut=cut, std_of="parent")


def truncated_at_absolute(context: LayerContext, *, std: float, cut: float, std_of: str) -> Law:
    """Return N(0, std²) redrawn where a *weight* exceeds `cut`, uncorrected."""
    return TruncatedNormal(std, cut / std) if std > 0 else PointMass(0.0)


def sparse(context: LayerContext, *, sparsity: float, std: float, per: str) -> Law:
    """Return N(0, std²) with exactly ceil(sparsity n) zeros in every line of n weights."""
    per_unit = per == "unit"
    line = context.fan_in if per_unit else context.fan_out
    zeros = math.ceil(sparsity * line)
    if std == 0 or zeros >= line:
        return PointMass(0.0)
    return Sparse(context.fan_in, context.fan_out, zeros, std, per_unit)


def sparse_per_input(context: LayerContext, *, sparsity: float, std: float, per: str) -> Law:
    """Return the sparse law with its zeros counted over one input's outgoing weights."""
    return sparse(context, sparsity=sparsity, std=std, per="input")


def siren(context: LayerContext, *, omega_0: float) -> Law:
    """U(±1/fan_in) in the first layer, U(±√(6/fan_in)/omega_0) in the others."""
    if context.is_first:
        return Uniform(1 / context.fan_in)
    return Uniform(math.sqrt(6 / context.fan_in) / omega_0)


def looks_linear(context: LayerContext, *, gain: float) -> Law:
    """Return mirrored blocks wherever an activation stands between two layers."""
    return mirrored_orthogonal(
        context.fan_in,
        context.fan_out,
        gain,
        mirrored_in=not context.is_first,
        mirrored_out=not context.is_output,
    )


def zero(context: LayerContext, **_: object) -> Law:
    """Everything is 0."""
    return PointMass(0.0)


def bound_of_fan_in(context: LayerContext, **_: object) -> Law:
    """U(±1/√fan_in), which a dense layer of PyTorch draws both its weights and biases from."""
    return Uniform(1 / math.sqrt(context.fan_in))


def plain_bias(context: LayerContext, *, bias: float, bias_std: float, **_: object) -> Law:
    """N(bias, bias_std²): the constant `bias` where `bias_std` is 0."""
    return shifted(centred_normal(bias_std), bias)


def own_bias(rule: LawRule) -> LawRule:
    """Return the rule that follows the scheme's own bias unless the user sets one."""

    def law(
        context: LayerContext, *, bias_rule: str, bias: float, bias_std: float, **others: object
    ) -> Law:
        if bias_rule == "set":
            return plain_bias(context, bias=bias, bias_std=bias_std)
        return rule(context, **others)

    return law
