"""The forward pass of a wide net: kernels layer by layer, and how they scatter between nets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from winit_core.activations import BoundActivation
from winit_core.theory.layer_kernels import (
    Kernels,
    Scaled,
    correlation_of,
    diagonal_weights,
    layer_kernels,
    relative_variance,
    weighted_mean,
)
from winit_core.theory.mean_field import Doubles


@dataclass(frozen=True)
class SignalFlow:
    """What the forward pass makes of a batch; lists have one entry per layer."""

    entering: list[Scaled]  # kernel of what enters each layer, per unit
    arriving: list[Scaled]  # kernel of each layer's pre-activations
    hidden: list[Kernels]
    spread: list[float]  # relative variance of the mean square of z
    wander: list[float]  # of its mean over infinitely many units
    leaving: list[float]  # of the mean square of each hidden layer's output
    noise: list[float]  # the part of `leaving` that the layer itself adds
    elasticity: list[float]  # what of ln q's wander reaches ln E f²
    through: list[float]  # share of a layer's q that comes through its weights

    def columns(self, weights: Doubles) -> tuple[Doubles, Doubles]:
        """Return log10 RMS of z and of what each layer puts out, (layers,) each."""
        z = np.array([kernel.log10_rms(weights) for kernel in self.arriving])
        leaving = [*self.entering[1:], self.arriving[-1]]
        return z, np.array([kernel.log10_rms(weights) for kernel in leaving])


def signal_flow(
    activations: Sequence[BoundActivation],
    sigma_w2: Doubles,
    sigma_b2: Doubles,
    sizes: Doubles,
    kernel: Doubles,
    pairs: Doubles,
) -> SignalFlow:
    """Follow the kernel of a batch from the inputs to the logits.

    Parameters
    ----------
    activations
        One per hidden layer.
    sigma_w2, sigma_b2
        (layers,) fan_in times the variance of a weight; variance of a bias.
    sizes
        (layers + 1,) widths, the inputs first.
    kernel
        (batch, batch) x xᵀ / n₀.
    pairs
        (batch, batch) share of all pairs that each pair stands for.
    """
    forward = SignalFlow([Scaled.of(kernel)], [], [], [], [], [], [], [], [])
    inputs = diagonal_weights(pairs)
    turning = np.zeros_like(kernel)  # variance of the correlations of what enters, between nets
    leaving = np.zeros_like(kernel)  # relative covariance of what enters, between nets
    for layer, (weight, bias) in enumerate(zip(sigma_w2, sigma_b2, strict=True)):
        entering = forward.entering[-1]
        z = _affine(entering, weight, bias)
        q = np.diagonal(z.matrix)
        # How much of z's second moment comes through the weights, per input.
        through = weight * np.diagonal(entering.matrix) * math.exp(min(entering.log - z.log, 700.0))
        through = np.divide(through, q, out=np.zeros_like(q), where=q > 0)
        wander = np.outer(through, through) * leaving
        forward.arriving.append(z)
        forward.through.append(weighted_mean(through, q * inputs))
        turning = np.outer(through, through) * turning
        correlated = np.square(correlation_of(z.matrix)) + turning + wander
        forward.spread.append(
            relative_variance(wander + 2 * correlated / sizes[layer + 1], q, pairs)
        )
        forward.wander.append(relative_variance(wander, q, pairs))
        if layer + 1 < sigma_w2.size:
            hidden = layer_kernels(activations[layer], z)
            noise = (hidden.square - 1) / sizes[layer + 1]
            noise = noise + (np.max(np.diagonal(hidden.square)) - 1) / sizes[layer + 1] * turning
            if activations[layer].homogeneous:
                noise = noise * (1 + wander)
            leaving = np.outer(hidden.elasticity, hidden.elasticity) * wander + noise
            turning = _turning(hidden, z, turning) + _turned(hidden) / sizes[layer + 1]
            forward.hidden.append(hidden)
            forward.entering.append(hidden.value)
            size = np.diagonal(hidden.value.matrix)
            forward.leaving.append(relative_variance(leaving, size, pairs))
            forward.noise.append(relative_variance(noise, size, pairs))
            forward.elasticity.append(weighted_mean(hidden.elasticity, size * inputs))
    return forward


def _turning(hidden: Kernels, z: Scaled, turning: Doubles) -> Doubles:
    """Pass on the variance of correlations by the slope of the correlation map."""
    before, after = np.diagonal(z.matrix), np.diagonal(hidden.value.matrix)
    products = np.outer(after, after)
    ratio = np.divide(
        np.outer(before, before), products, out=np.zeros_like(products), where=products > 0
    )
    scale = math.exp(2 * min(max(z.log - hidden.value.log, -300.0), 300.0))
    kept: Doubles = np.minimum(np.square(hidden.derivative) * ratio * scale * turning, 1.0)
    return kept


def _turned(hidden: Kernels) -> Doubles:
    """Return n times the variance that n units add to their correlations: (1 − c²)² if normal."""
    c2 = np.square(correlation_of(hidden.value.matrix))
    added: Doubles = np.maximum(hidden.square - c2, 0) * np.square(1 - c2) / (1 + c2)
    return added


def _affine(entering: Scaled, weight: float, bias: float) -> Scaled:
    # Common scale: the larger of the two, so that neither overflows nor loses the other.
    log_weight = entering.log + (math.log(weight) if weight > 0 else -math.inf)
    log_bias = math.log(bias) if bias > 0 else -math.inf
    log = max(log_weight, log_bias)
    if log == -math.inf:
        return Scaled(np.zeros_like(entering.matrix), 0.0)
    return Scaled.of(entering.matrix * math.exp(log_weight - log) + math.exp(log_bias - log), log)
