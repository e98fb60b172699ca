"""What the theory says about a net of given widths, layer by layer, and how far one net may stray.

Layers are counted by weight matrix, the output layer last and linear. σ_w² of a layer is its fan_in
times the variance of its weights.

References
----------
Poole et al. 2016, arXiv:1606.05340; Schoenholz et al. 2017, arXiv:1611.01232 (second moments);
Hanin 2018, arXiv:1801.03744; Hanin & Rolnick 2018, arXiv:1803.01719 (finite width); Roberts, Yaida
& Hanin 2022, arXiv:2106.10165, chapter 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from winit_core import gaussian_quadrature as quadrature
from winit_core.activations import ActivationLike, BoundActivation, get_activation
from winit_core.correlation_maps import two_slope_kernels
from winit_core.mean_field import Doubles

_TERMS = 48  # of the Hermite series of a kernel; the rest is one term more
_FAR = 1e14  # q beyond which an activation is its two asymptotes (to 1e-7),
_NEAR = 1e-28  # and below which, if f(0) = 0, it is its two slopes at 0 (to 1e-14)
_LN10 = math.log(10)


@dataclass(frozen=True)
class Prediction:
    """Mean-field prediction of a net, one number per weight matrix, the output layer last.

    All are log10, because they leave the range of float64: −inf stands for 0, and what relates
    to an output layer without any gradient is NaN. Arrays are
    (layers,) float64 and read-only. RMS means the root of the mean square over units and inputs,
    averaged over random nets before the root.

    Attributes
    ----------
    pre_activation, activation
        log10 RMS of z and of the layer's output; equal in the output layer.
    delta
        log10 RMS per unit of dL/dz, relative to the output layer's.
    weight_gradient
        log10 RMS per entry of dL/dW, relative to the output layer's.
    weight_gradient_norm
        log10 Frobenius norm of dL/dW, relative to the output layer's.
    signal_band, error_band
        One standard deviation of log10 RMS of z and of delta between single nets, in decades.
    """

    pre_activation: Doubles
    activation: Doubles
    delta: Doubles
    weight_gradient: Doubles
    weight_gradient_norm: Doubles
    signal_band: Doubles
    error_band: Doubles

    @property
    def typical_pre_activation(self) -> Doubles:
        """Median over nets of log10 RMS of z: a log-normal's lies below its mean."""
        return self.pre_activation - self.signal_band**2 * _LN10

    @property
    def typical_delta(self) -> Doubles:
        """Median over nets of log10 RMS of delta, relative to the output layer's."""
        return self.delta - self.error_band**2 * _LN10


def predict_layers(
    activation: ActivationLike,
    sigma_w2s: Sequence[float] | Doubles,
    sigma_b2s: Sequence[float] | Doubles,
    widths: Sequence[int],
    input_kernel: npt.ArrayLike,
    output_delta_kernel: npt.ArrayLike | None = None,
) -> Prediction:
    """Predict the size of the signal, of the error and of the gradients in every layer.

    Parameters
    ----------
    activation
        Of the hidden layers.
    sigma_w2s, sigma_b2s
        (layers,) fan_in times the variance of a weight; variance of a bias.
    widths
        (layers + 1,) inputs, hidden layers, outputs.
    input_kernel
        (batch, batch) x xᵀ / n₀ of the inputs, or of a sample of them; or the mean square of an
        input alone, a number: then as for a batch of one.
    output_delta_kernel
        (batch, batch) delta deltaᵀ of the output layer for the same inputs; only its shape, not
        its size matters. None: the inputs' errors are orthogonal and of equal size.

    Returns
    -------
    Prediction

    Raises
    ------
    ValueError
        If shapes do not fit or a variance is negative or not finite.

    Notes
    -----
    Weights must be independent, with mean 0; a constant initialization is outside the theory.
    The backward pass treats the weights as fresh. Cost: 0.3 ms per layer for one input (hardly
    anything for homogeneous activations), and grows with batch²; a sample of 32 inputs is plenty.

    The bands take the fluctuations of independent layers to first order in 1/width, those of a
    batch with the kernels of all pairs; for homogeneous activations and one input the signal's
    is exact. The error's leaves out that f′ feels the fluctuation of the signal.
    """
    bound = get_activation(activation)
    sigma_w2 = _variances("sigma_w2s", sigma_w2s)
    sigma_b2 = _variances("sigma_b2s", sigma_b2s)
    sizes = np.asarray(widths, dtype=np.float64)
    layers = sigma_w2.size
    if not layers or sigma_b2.size != layers or sizes.shape != (layers + 1,) or sizes.min() < 1:
        raise ValueError("there must be a σ_w², a σ_b² per layer, and one width more, all positive")
    kernel = np.atleast_2d(np.asarray(input_kernel, dtype=np.float64))
    batch = len(kernel)
    if kernel.shape != (batch, batch) or not np.all(np.isfinite(kernel)):
        raise ValueError("input_kernel must be a finite square matrix, or a number")
    error = np.eye(batch)
    if output_delta_kernel is not None:
        error = np.atleast_2d(np.asarray(output_delta_kernel, dtype=np.float64))
        if error.shape != kernel.shape or not np.all(np.isfinite(error)):
            raise ValueError("output_delta_kernel must be finite and as large as input_kernel")
    with np.errstate(divide="ignore", over="ignore", invalid="ignore", under="ignore"):
        forward = _forward(bound, sigma_w2, sigma_b2, sizes, kernel)
        backward = _backward(forward, sigma_w2, sizes, error)
    columns = (*forward.columns(), *backward)
    for column in columns:
        column.flags.writeable = False
    z, a, signal_band, delta, entry, norm, error_band = columns
    return Prediction(z, a, delta, entry, norm, signal_band, error_band)


def _variances(name: str, values: npt.ArrayLike) -> Doubles:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.all(np.isfinite(array)) or np.any(array < 0):
        raise ValueError(f"{name} must be a list of finite numbers of at least 0")
    return array


@dataclass(frozen=True)
class _Scaled:
    """matrix · exp(log): kernels leave float64's range long before depth ends."""

    matrix: Doubles
    log: float

    @classmethod
    def of(cls, matrix: Doubles, log: float = 0.0) -> _Scaled:
        largest = float(np.max(np.abs(np.diagonal(matrix)))) if matrix.size else 0.0
        if not 0 < largest < math.inf:
            return cls(matrix, log)
        return cls(matrix / largest, log + math.log(largest))

    @property
    def log10_rms(self) -> float:
        return 0.5 * _log10(float(np.mean(np.diagonal(self.matrix))), self.log)


def _log10(value: float, log: float) -> float:
    return -math.inf if value <= 0 else (math.log(value) + log) / _LN10


@dataclass(frozen=True)
class _Kernels:
    """Pair expectations of one hidden layer; `value` and `square` in the scale of their logs."""

    value: _Scaled  # E[f f]
    derivative: Doubles  # E[f′ f′]
    square: Doubles  # E[f² f²] over E f² E f² of the pair
    derivative_square: Doubles  # E[f′² f′²] over E f′² E f′² of the pair
    elasticity: Doubles  # (batch,) d ln E f² / d ln q


@dataclass(frozen=True)
class _Forward:
    entering: list[_Scaled]  # kernel of what enters each layer, per unit
    arriving: list[_Scaled]  # kernel of each layer's pre-activations
    hidden: list[_Kernels]
    spread: list[float]  # relative variance of the mean square of z

    def columns(self) -> tuple[Doubles, Doubles, Doubles]:
        z = np.array([kernel.log10_rms for kernel in self.arriving])
        leaving = [*self.entering[1:], self.arriving[-1]]
        a = np.array([kernel.log10_rms for kernel in leaving])
        return z, a, _decades(self.spread)


def _decades(relative_variance: Sequence[float]) -> Doubles:
    # A log-normal of relative variance r has Var ln = ln(1 + r); the RMS has half its root.
    band = np.sqrt(np.log1p(np.array(relative_variance))) / (2 * _LN10)
    return np.where(np.isfinite(band), band, math.inf)


def _forward(
    activation: BoundActivation,
    sigma_w2: Doubles,
    sigma_b2: Doubles,
    sizes: Doubles,
    kernel: Doubles,
) -> _Forward:
    forward = _Forward([_Scaled.of(kernel)], [], [], [])
    wander = np.zeros_like(kernel)  # relative covariance of the kernel's diagonal between nets
    for layer, (weight, bias) in enumerate(zip(sigma_w2, sigma_b2, strict=True)):
        entering = forward.entering[-1]
        z = _affine(entering, weight, bias)
        q = np.diagonal(z.matrix)
        if layer:
            # How much of z's second moment comes through the weights, per input.
            through = weight * np.diagonal(entering.matrix) * math.exp(entering.log - z.log)
            through = np.divide(through, q, out=np.zeros_like(q), where=q > 0)
            hidden = forward.hidden[-1]
            noise = (hidden.square - 1) / sizes[layer]
            if activation.homogeneous:
                noise = noise * (1 + wander)
            elasticity = hidden.elasticity
            wander = np.outer(through, through) * (
                np.outer(elasticity, elasticity) * wander + noise
            )
        forward.arriving.append(z)
        correlated = np.square(_correlation(z.matrix)) + wander
        forward.spread.append(_average(wander + 2 * correlated / sizes[layer + 1], q))
        if layer + 1 < sigma_w2.size:
            forward.hidden.append(_kernels(activation, z))
            forward.entering.append(forward.hidden[-1].value)
    return forward


def _affine(entering: _Scaled, weight: float, bias: float) -> _Scaled:
    # Common scale: the larger of the two, so that neither overflows nor loses the other.
    log_weight = entering.log + (math.log(weight) if weight > 0 else -math.inf)
    log_bias = math.log(bias) if bias > 0 else -math.inf
    log = max(log_weight, log_bias)
    if log == -math.inf:
        return _Scaled(np.zeros_like(entering.matrix), 0.0)
    return _Scaled.of(entering.matrix * math.exp(log_weight - log) + math.exp(log_bias - log), log)


def _average(covariance: Doubles, q: Doubles) -> float:
    """Relative variance of a mean over the batch from relative covariances and the sizes q."""
    total = float(np.sum(q))
    return float(q @ covariance @ q) / total**2 if total > 0 else 0.0


def _correlation(matrix: Doubles) -> Doubles:
    root = np.sqrt(np.diagonal(matrix))
    product = np.outer(root, root)
    c: Doubles = np.divide(matrix, product, out=np.zeros_like(matrix), where=product > 0)
    np.fill_diagonal(c, np.where(root > 0, 1.0, 0.0))
    np.clip(c, -1, 1, out=c)
    return c


def _kernels(activation: BoundActivation, z: _Scaled) -> _Kernels:
    if activation.homogeneous:
        return _two_slope_layer(*quadrature.homogeneous_slopes(activation), z)
    offset, below, above = 0.0, 0.0, 0.0
    if z.log > math.log(_FAR):
        below, above = quadrature.limits_at_infinity(activation)
    elif z.log < math.log(_NEAR):
        offset, below, above = quadrature.limits_at_zero(activation)
    if offset == 0 and 0 < below**2 + above**2 < math.inf:
        return _two_slope_layer(below, above, z)
    return _series_layer(activation, z)


def _two_slope_layer(below: float, above: float, z: _Scaled) -> _Kernels:
    c = _correlation(z.matrix)
    value, derivative, square, derivative_square = two_slope_kernels(below, above, c)
    root = np.sqrt(np.diagonal(z.matrix))
    second = (below**2 + above**2) / 2
    relative = second**2 if second else 1.0
    return _Kernels(
        _Scaled.of(value * np.outer(root, root), z.log),
        derivative,
        square / relative,
        derivative_square / relative,
        np.ones(len(c)),
    )


def _series_layer(activation: BoundActivation, z: _Scaled) -> _Kernels:
    c = _correlation(z.matrix)
    q = np.diagonal(z.matrix) * math.exp(min(z.log, 700))
    if not np.all(np.isfinite(q)):  # only the squared ReLU gets here, doubling its digits
        lost, ones = np.full_like(c, math.inf), np.ones_like(c)
        return _Kernels(_Scaled(lost, 0.0), lost, ones, ones, ones[0])
    distinct, which = np.unique(q, return_inverse=True)
    table = quadrature.moments(activation, distinct)[which]
    second, slope = table[:, quadrature.SECOND], table[:, quadrature.SECOND_SLOPE]
    fourth = table[:, quadrature.FOURTH]
    derivative_second = table[:, quadrature.DERIVATIVE_SECOND]
    derivative_fourth = table[:, quadrature.DERIVATIVE_FOURTH]
    if len(c) == 1:
        value, derivative = second[:, None], derivative_second[:, None]
        square, derivative_square = fourth[:, None], derivative_fourth[:, None]
    else:
        points, weight = quadrature.shared_rule(float(distinct[-1]), activation)
        x = np.sqrt(distinct)[:, None] * points
        f, slopes = activation.value(x), activation.derivative(x)
        basis = quadrature.hermite_polynomials(points, _TERMS) * weight
        value, derivative, square, derivative_square = (
            _series_kernel((sample @ basis.T)[which], total, c)
            for sample, total in (
                (f, second),
                (slopes, derivative_second),
                (f**2, fourth),
                (slopes**2, derivative_fourth),
            )
        )
    return _Kernels(
        _Scaled.of(value),
        derivative,
        _ratio(square, np.outer(second, second)),
        _ratio(derivative_square, np.outer(derivative_second, derivative_second)),
        _ratio(q * slope, second, otherwise=0.0),
    )


def _ratio(top: Doubles, bottom: Doubles, otherwise: float = 1.0) -> Doubles:
    return np.divide(top, bottom, out=np.full_like(top, otherwise), where=bottom > 0)


def _series_kernel(coefficients: Doubles, total: Doubles, c: Doubles) -> Doubles:
    """Σ a_n b_n c^n for all pairs; what the series leaves of the total goes into the next power.

    coefficients: (batch, terms); total: (batch,), the exact value for c = 1.
    """
    kernel = np.zeros_like(c)
    power = np.ones_like(c)
    for column in coefficients.T:
        kernel += np.outer(column, column) * power
        power *= c
    rest = np.sqrt(np.maximum(total - np.sum(coefficients**2, axis=1), 0))
    kernel += np.outer(rest, rest) * power
    np.fill_diagonal(kernel, total)
    return kernel


def _backward(
    forward: _Forward, sigma_w2: Doubles, sizes: Doubles, error: Doubles
) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    layers = sigma_w2.size
    delta, entry, norm = (np.empty(layers) for _ in range(3))
    spread = [0.0] * layers
    wander = np.zeros_like(error)  # relative covariance of the squared norms between nets
    arriving = _Scaled.of(error)
    for layer in range(layers - 1, -1, -1):
        if layer + 1 < layers:
            hidden = forward.hidden[layer]
            kick = (1 + 2 * np.square(_correlation(arriving.matrix))) * hidden.derivative_square
            wander = (1 + wander) * (1 + (kick - 1) / sizes[layer + 1]) - 1
            # E|delta|² shrinks by χ₁ = σ_w² E f′²: fan_in, not fan_out.
            factor = float(sigma_w2[layer + 1])
            log = arriving.log + (math.log(factor) if factor > 0 else 0.0)
            arriving = _Scaled.of(arriving.matrix * hidden.derivative * (factor > 0), log)
        spread[layer] = _average(np.maximum(wander, 0), np.diagonal(arriving.matrix))
        delta[layer] = arriving.log10_rms - 0.5 * math.log10(sizes[layer + 1])
        entering = forward.entering[layer]
        total = float(np.sum(arriving.matrix * entering.matrix)) * sizes[layer]
        norm[layer] = 0.5 * _log10(total, arriving.log + entering.log)
        entry[layer] = norm[layer] - 0.5 * math.log10(sizes[layer] * sizes[layer + 1])
    return _relative(delta), _relative(entry), _relative(norm), _decades(spread)


def _relative(column: Doubles) -> Doubles:
    # Where the output layer has no gradient at all there is nothing to relate to.
    return column - column[-1] if np.isfinite(column[-1]) else np.full_like(column, math.nan)
