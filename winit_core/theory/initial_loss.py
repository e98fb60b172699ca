"""The expected loss of a net that has learnt nothing yet."""

from __future__ import annotations

import math

import numpy as np

from winit_core import special_functions as special
from winit_core.theory import gaussian_quadrature as quadrature
from winit_core.theory.mean_field import Doubles


def initial_cross_entropy(n_classes: int, q: float) -> float:
    """Return the expected cross-entropy, in nats, of independent N(0, q) logits.

    The label is independent of the logits, so it is E ln Σ exp z, close to ln C + q/2 for small
    q. Absolute accuracy is about 1e-12 for q up to 100, relative 1e-9 beyond.

    Parameters
    ----------
    n_classes
        C ≥ 1.
    q
        Variance of a logit, ≥ 0.

    Raises
    ------
    ValueError
        If either is out of range.

    Notes
    -----
    With independent standard Gumbel variables G_i, max(z_i + G_i) has the mean ln Σ exp z_i + γ;
    so E ln Σ exp z = ∫ (P(maximum > w) − [w < 0]) dw − γ, and the maximum's distribution function
    is the C-th power of that of one z + G.
    """
    if n_classes < 1 or not (math.isfinite(q) and q >= 0):
        raise ValueError("there must be at least 1 class, and a finite variance of at least 0")
    if q == 0:
        return math.log(n_classes)
    spread = math.sqrt(q)
    # Both integrands are analytic and die out on both sides: the trapezoidal rule is exact to
    # rounding, once its step is short against the bend of a Gumbel variable (1) and of z.
    step = 0.1 * max(1.0, spread)
    reach = 45.0 + 12 * spread + math.log(n_classes)
    w = step * np.arange(-math.ceil(reach / step), math.ceil(reach / step) + 1)
    distribution = np.concatenate(
        [_gumbel_and_normal(part, spread) for part in np.array_split(w, 1 + w.size // 512)]
    )
    below = distribution**n_classes
    integrand = np.where(w > 0, 1 - below, -below)
    integrand[w.size // 2] = 0.5 - below[w.size // 2]
    return step * float(np.sum(integrand)) - float(np.euler_gamma)


def _gumbel_and_normal(w: Doubles, spread: float) -> Doubles:
    """P(G + spread · Z < w)."""
    if spread < 1:
        z, weight = quadrature.half_line_rule(np.ones(1), (), 1.0)
        z, weight = np.concatenate([-z[0], z[0]]), np.concatenate([weight[0], weight[0]])
        with np.errstate(over="ignore"):
            return np.exp(-np.exp(np.clip(spread * z - w[:, None], -745, 700))) @ weight
    step = 0.05
    g = np.arange(-4.5, 45.0, step)
    density = step * np.exp(-g - np.exp(-g))
    return special.ndtr((w[:, None] - g) / spread) @ density  # type: ignore[no-any-return]
