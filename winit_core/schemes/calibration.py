"""Schemes that look at a batch: the step between drawing the weights and using them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from winit_core.activations import Array
from winit_core.network import affine
from winit_core.statistics import moments

Calibration = Callable[..., Array]
"""``calibrate(weight, bias, entering, **parameters)`` gives the weights to be used."""


def unit_std(
    weight: Array,
    bias: Array | None,
    entering: Array,
    *,
    tol: float,
    max_attempts: float,
) -> Array:
    """Divide the weights by the std of their own output until that is one.

    Parameters
    ----------
    weight
        (fan_in, fan_out) as drawn.
    bias
        (fan_out,) or None for zero; left as it is.
    entering
        (batch, fan_in): what the layers below make of the batch.
    tol
        Largest |std - 1| that is left alone.
    max_attempts
        Number of divisions after which it stays as it is.

    References
    ----------
    Mishkin & Matas 2016, algorithm 1.
    """
    for _ in range(int(max_attempts)):
        std = moments(affine(entering, weight, bias)).std
        if not math.isfinite(std) or std == 0 or abs(std - 1) <= tol:
            break
        weight = (weight / std).astype(weight.dtype)
    return np.asarray(weight)
