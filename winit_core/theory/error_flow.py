"""The backward pass of a wide net: what becomes of the errors of a batch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from winit_core.theory.layer_kernels import (
    LN10,
    Scaled,
    correlation_of,
    diagonal_weights,
    relative_variance,
    weighted_mean,
)
from winit_core.theory.mean_field import Doubles
from winit_core.theory.signal_flow import SignalFlow

_FEW = 8  # draws of the error, where a mean over them will do
_CANCELLED = 1e-3  # share of its diagonal that a sum over pairs is taken for at least


@dataclass(frozen=True)
class ErrorFlow:
    """What the backward pass makes of the errors of a batch, layer by layer."""

    delta: Doubles  # log10 RMS per unit
    entry: Doubles  # log10 RMS of an entry of dL/dW
    norm: Doubles  # log10 Frobenius norm of dL/dW
    spread: list[float]  # relative variance of |delta|² that the layers above add by themselves
    gradient_spread: list[float]  # the same of |dL/dW|²
    drawn_delta: Doubles  # variance of ln |delta|² between draws of the error, relative to output
    drawn_norm: Doubles  # the same of ln |dL/dW|²


def error_flow(
    forward: SignalFlow,
    sigma_w2: Doubles,
    sizes: Doubles,
    errors: Doubles,
    overlaps: Doubles,
    pairs: Doubles,
) -> ErrorFlow:
    """Follow delta deltaᵀ of a batch from the output layer to the first.

    Parameters
    ----------
    forward
        The forward pass.
    sigma_w2, sizes, pairs
        As there.
    errors, overlaps
        (draws, batch, batch), as `layer_prediction.ErrorDraws` makes them.
    """
    layers, inputs = sigma_w2.size, diagonal_weights(pairs)
    draws = errors.reshape(len(errors), -1)
    lengths = np.diagonal(errors, axis1=1, axis2=2)
    ln_delta, ln_norm = np.empty((2, layers, len(errors)))
    spread, gradient_spread = [0.0] * layers, [0.0] * layers
    # E of G_aa G_bb and of G_ab² over random nets, relative to E G_aa E G_bb; G = delta deltaᵀ.
    sizes_product = np.ones_like(pairs)
    overlap = _mean_square_correlation(errors)
    passed = Scaled(np.ones_like(pairs), 0.0)
    # Part of the error comes back along the signal, whose weights made the logits it depends on:
    # `along` is its squared length before f′, and `aligned` what such parts add up to.
    aligned = np.zeros_like(pairs)
    log_along = -math.log(sizes[-2])
    own_overlaps = np.diagonal(overlaps, axis1=1, axis2=2)
    overlaps = overlaps.reshape(len(overlaps), -1)
    for layer in range(layers - 1, -1, -1):
        if layer + 1 < layers:
            hidden = forward.hidden[layer]
            kick = (sizes_product + 2 * overlap) * hidden.derivative_square
            kept = np.square(correlation_of(hidden.derivative)) * overlap
            sizes_product = sizes_product + (kick - sizes_product) / sizes[layer + 1]
            overlap = kept + (kick - kept) / sizes[layer + 1]
            # E|delta|² shrinks by χ₁ = σ_w² E f′²: fan_in, not fan_out.
            factor = float(sigma_w2[layer + 1])
            log = passed.log + (math.log(factor) if factor > 0 else 0.0)
            unscaled = passed.log
            passed = Scaled.of(passed.matrix * hidden.derivative * (factor > 0), log)
            scale = math.exp(log - passed.log) * (factor > 0)
            if factor == 0:
                log_along = -math.inf
            elif layer + 2 == layers:
                log_along += log - unscaled
            slopes = weighted_mean(np.diagonal(hidden.derivative), inputs)
            source = math.exp(min(log_along - passed.log, 0.0)) * (1 + hidden.mixed) * slopes
            aligned = aligned * hidden.derivative * scale
            aligned += source * (factor > 0) * correlation_of(hidden.value.matrix)
            log_along += _log_kept_along(forward, layer, sizes)
        spread[layer] = relative_variance(
            np.maximum(sizes_product - 1, 0), np.diagonal(passed.matrix) * lengths.mean(0), pairs
        )
        length = lengths @ (inputs * np.diagonal(passed.matrix))
        length = np.maximum(
            length + own_overlaps @ (inputs * np.diagonal(aligned)), _CANCELLED * length
        )
        ln_delta[layer] = np.log(length) + passed.log - math.log(sizes[layer + 1])
        entering = forward.entering[layer]
        terms = pairs * passed.matrix * entering.matrix
        # A sample of a batch may miss how exactly its errors cancel.
        floor = _CANCELLED * (lengths @ np.diagonal(terms))
        total = draws @ terms.ravel() + overlaps @ (pairs * aligned * entering.matrix).ravel()
        total = np.maximum(total, floor)
        if layer + 1 < layers:
            own = _gradient_kick(errors[:_FEW], terms, forward.hidden[layer].derivative_square)
            above = gradient_spread[layer + 1]
            gradient_spread[layer] = max(0.0, (1 + above) * (1 + own / sizes[layer + 1]) - 1)
        ln_norm[layer] = np.log(total) + passed.log + entering.log + math.log(sizes[layer])
    delta, drawn_delta = _over_draws(ln_delta)
    norm, drawn_norm = _over_draws(ln_norm)
    entry = norm - 0.5 * np.log10(sizes[:-1] * sizes[1:])
    return ErrorFlow(delta, entry, norm, spread, gradient_spread, drawn_delta, drawn_norm)


def _gradient_kick(errors: Doubles, terms: Doubles, derivative_square: Doubles) -> float:
    """Return n times the relative variance that a layer adds to Σ terms_ab delta_a · delta_b.

    A sum of many errors that have little to do with one another averages, one common error of all
    inputs does not: what counts is the share of Σ² in the sum's own square.
    """
    forms = errors * terms
    totals = forms.sum(axis=(1, 2))
    by_pair = errors @ terms
    squares = np.einsum("dab,dba->d", by_pair, by_pair)
    common = np.divide(squares, totals**2, out=np.ones_like(squares), where=totals > 0)
    sizes = np.abs(forms).sum(axis=0)
    whole = float(sizes.sum())
    kurtosis = float(np.sum(sizes * derivative_square)) / whole if whole > 0 else 1.0
    return kurtosis * (1 + 2 * float(np.mean(np.clip(common, 0, 1)))) - 1


def _log_kept_along(forward: SignalFlow, layer: int, sizes: Doubles) -> float:
    """Return ln of what a layer leaves of the squared length of an error along the signal."""
    through, elasticity = forward.through[layer], forward.elasticity[layer]
    leaving, entering = forward.entering[layer + 1], forward.entering[layer]
    top, bottom = float(np.trace(leaving.matrix)), float(np.trace(entering.matrix))
    kept = (elasticity * through) ** 2 * sizes[layer + 1] / sizes[layer]
    if not (kept > 0 and top > 0 and bottom > 0):
        return -math.inf
    return math.log(kept) + math.log(top / bottom) + leaving.log - entering.log


def _mean_square_correlation(errors: Doubles) -> Doubles:
    sizes = np.diagonal(errors, axis1=1, axis2=2)
    product = sizes[:, :, None] * sizes[:, None, :]
    square = np.divide(errors**2, product, out=np.zeros_like(errors), where=product > 0)
    return np.asarray(np.mean(square, axis=0), dtype=np.float64)


def _over_draws(logs: Doubles) -> tuple[Doubles, Doubles]:
    """Return log10 of the mean's root, and the variance of each layer relative to the last.

    The last row is averaged as it is, the others relative to it; both as log-normal.
    """
    last = np.where(np.isfinite(logs[-1]), logs[-1], -math.inf)
    if not np.all(np.isfinite(last)):
        return np.where(np.isfinite(logs[:, 0]), logs[:, 0], -math.inf) / (2 * LN10), np.zeros(
            len(logs)
        )
    relative = logs - last
    settled = np.isfinite(relative).all(axis=1)
    variance = np.where(settled, np.var(relative, axis=1), 0.0)
    size = math.log(float(np.mean(np.exp(last - last.max())))) + float(last.max())
    mean = np.where(settled, np.mean(relative, axis=1), relative.min(axis=1))
    return (mean + variance / 2 + size) / (2 * LN10), variance
