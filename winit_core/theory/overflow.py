"""After how many layers a signal leaves the range of a floating format."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from winit_core.activations import ActivationLike, get_activation
from winit_core.theory.fixed_points import FixedPointStatus, fixed_point
from winit_core.theory.mean_field import gaussian_moments

LARGEST = {
    "float16": 65504.0,
    "bfloat16": 3.3895313892515355e38,
    "float32": float(np.finfo(np.float32).max),
    "float64": float(np.finfo(np.float64).max),
}


def overflow_layer(
    activation: ActivationLike,
    sigma_w2: float,
    dtype: npt.DTypeLike | str,
    *,
    sigma_b2: float = 0.0,
    start: float = 1.0,
    most: int = 10_000,
) -> float | None:
    """Return after how many layers the RMS of the pre-activations exceeds a floating format.

    Parameters
    ----------
    activation, sigma_w2, sigma_b2
        The layer, the same at every depth.
    dtype
        ``"float16"``, ``"bfloat16"``, ``"float32"``, ``"float64"`` or a numpy dtype of these.
    start
        Mean square the count starts from.
    most
        Layers after which to give up.

    Returns
    -------
    float or None
        Not rounded: interpolated in log RMS between layers. None: never, or not within `most`.
        The largest of a layer's units goes a little earlier, statistics that square float32
        numbers after half as many layers.
    """
    bound = get_activation(activation)
    name = "bfloat16" if dtype == "bfloat16" else np.dtype(dtype).name
    limit = 2 * math.log(LARGEST[name])
    log_q = math.log(start)
    if log_q >= limit:
        return 0.0
    settled = fixed_point(bound, sigma_w2, sigma_b2, start)
    if settled.status is not FixedPointStatus.GROWS and (
        math.isnan(settled.q) or settled.q == 0 or math.log(settled.q) < limit
    ):
        return None
    if bound.homogeneous and sigma_b2 == 0:
        rise = math.log(settled.chi_q)
        layer = (limit - log_q) / rise if rise > 0 else math.inf
        return layer if layer <= most else None
    far = math.log(1e30)
    beyond = gaussian_moments(bound, 1e30)
    # Out there ln E f² is a straight line in ln q: degree 1, but 2 for the squared ReLU.
    degree = 1e30 * beyond.d_second_dq / beyond.second if beyond.second else 0.0
    last_step = 0.0
    for layer in range(most):
        if log_q < far:
            second = sigma_w2 * gaussian_moments(bound, math.exp(log_q)).second
            following = math.log(second + sigma_b2)
        else:
            following = math.log(sigma_w2 * beyond.second) + degree * (log_q - far)
        if following >= limit:
            return layer + (limit - log_q) / (following - log_q)
        if settled.chi_q <= 1 and log_q < far:
            # Not exponential in the end. Once the steps hardly grow, will they do?
            step = math.exp(following) - math.exp(log_q)
            reach = math.exp(log_q) + 10 * (most - layer) * step
            if step <= 1.001 * last_step and math.log(reach) < limit:
                return None
            last_step = step
        log_q = following
    return None
