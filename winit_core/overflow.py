"""After how many layers a signal leaves the range of a floating format."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from winit_core.activations import ActivationLike, get_activation
from winit_core.fixed_points import FixedPointStatus, fixed_point
from winit_core.mean_field import gaussian_moments

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
    most: int = 100_000,
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
    limit = 2 * math.log(LARGEST[dtype if dtype == "bfloat16" else np.dtype(dtype).name])  # type: ignore[index]
    log_q = math.log(start)
    if log_q >= limit:
        return 0.0
    settled = fixed_point(bound, sigma_w2, sigma_b2, start)
    if (
        settled.status is not FixedPointStatus.GROWS
        and not 2 * limit > math.log(max(settled.q, 1e-300)) > limit
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
    for layer in range(most):
        if log_q < far:
            second = sigma_w2 * gaussian_moments(bound, math.exp(log_q)).second
            following = math.log(second + sigma_b2)
        else:
            following = math.log(sigma_w2 * beyond.second) + degree * (log_q - far)
        if following >= limit:
            return layer + (limit - log_q) / (following - log_q)
        if following - log_q < (limit - log_q) / (most - layer) * 1e-3:
            return None  # growing, but too slowly
        log_q = following
    return None
