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
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from winit_core import gaussian_quadrature as quadrature
from winit_core.activations import ActivationLike, BoundActivation, get_activation
from winit_core.correlation_maps import two_slope_kernels
from winit_core.mean_field import Doubles

_NODES = 7  # variances of a batch that are integrated at, and some more where they spread
_CANCELLED = 1e-3  # share of its diagonal that a sum over pairs is taken for at least
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
    signal_band, activation_band, error_band, weight_gradient_band
        One standard deviation of log10 RMS of z, of the layer's output, of delta and of dL/dW
        between single nets, in decades; of the last two relative to the output layer's.
    weight_gradient_shift
        By how much the median of log10 RMS of dL/dW is below its mean. The output layer's
        scatters as well, so this does not follow from the band.
    similarity
        Mean correlation of z between two inputs of the batch; NaN for a batch of one.
    orthogonal_similarity
        Correlation of z between two orthogonal inputs of the size asked for; NaN if not asked.
    output_delta, output_weight_gradient
        log10 RMS of delta and of dL/dW in the output layer, in the unit of the error kernel; of
        dL/dW per input, whose gradients add up over the batch.
    """

    pre_activation: Doubles
    activation: Doubles
    delta: Doubles
    weight_gradient: Doubles
    weight_gradient_norm: Doubles
    signal_band: Doubles
    activation_band: Doubles
    error_band: Doubles
    weight_gradient_band: Doubles
    weight_gradient_shift: Doubles
    similarity: Doubles
    orthogonal_similarity: Doubles
    output_delta: float
    output_weight_gradient: float

    @property
    def typical_pre_activation(self) -> Doubles:
        """Median over nets of log10 RMS of z: a log-normal's lies below its mean."""
        return self.pre_activation - self.signal_band**2 * _LN10

    @property
    def typical_activation(self) -> Doubles:
        """Median over nets of log10 RMS of the layer's output."""
        return self.activation - self.activation_band**2 * _LN10

    @property
    def typical_delta(self) -> Doubles:
        """Median over nets of log10 RMS of delta, relative to the output layer's."""
        return self.delta - self.error_band**2 * _LN10

    @property
    def typical_weight_gradient(self) -> Doubles:
        """Median over nets of log10 RMS of dL/dW, relative to the output layer's."""
        return self.weight_gradient - self.weight_gradient_shift


ErrorDraws = Callable[[Doubles, float], tuple[Doubles, Doubles]]
"""``errors, overlaps = draws(kernel, log)`` for the kernel of the logits, ``kernel · exp(log)``.

errors: (draws, batch, batch) samples of delta deltaᵀ; overlaps: (draws, batch) of z · delta, z in
units of its RMS.
"""


def predict_layers(
    activation: ActivationLike | Sequence[ActivationLike],
    sigma_w2s: Sequence[float] | Doubles,
    sigma_b2s: Sequence[float] | Doubles,
    widths: Sequence[int],
    input_kernel: npt.ArrayLike,
    output_delta_kernel: npt.ArrayLike | ErrorDraws | None = None,
    pair_weights: npt.ArrayLike | None = None,
    orthogonal: float | None = None,
) -> Prediction:
    """Predict the size of the signal, of the error and of the gradients in every layer.

    Parameters
    ----------
    activation
        Of the hidden layers: one for all, or one each.
    sigma_w2s, sigma_b2s
        (layers,) fan_in times the variance of a weight; variance of a bias.
    widths
        (layers + 1,) inputs, hidden layers, outputs.
    input_kernel
        (batch, batch) x xᵀ / n₀ of the inputs, or of a sample of them; or the mean square of an
        input alone, a number: then as for a batch of one.
    output_delta_kernel
        (batch, batch) delta deltaᵀ of the output layer for the same inputs; only its shape, not
        its size matters but for `Prediction.output_delta`. Or a function that draws some from the
        kernel of the logits. None: the inputs' errors are orthogonal and of equal size.
    pair_weights
        (batch, batch) of which share of all pairs each pair stands for, where the inputs are a
        sample of a larger batch; they sum to 1. None: they are all there is.
    orthogonal
        Mean square of two orthogonal inputs that are followed besides the others.

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
    The backward pass treats the weights as fresh, but for what the error owes to the logits. Cost: 0.3 ms per layer for one input (hardly
    anything for homogeneous activations), and grows with batch²; a sample of 32 inputs is plenty.

    The bands take the fluctuations of independent layers to first order in 1/width, those of a
    batch with the kernels of all pairs; for homogeneous activations and one input those of signal
    and error are exact. They are for Gaussian weights: of orthogonal ones less is left to chance.
    """
    sigma_w2 = _variances("sigma_w2s", sigma_w2s)
    sigma_b2 = _variances("sigma_b2s", sigma_b2s)
    sizes = np.asarray(widths, dtype=np.float64)
    layers = sigma_w2.size
    if not layers or sigma_b2.size != layers or sizes.shape != (layers + 1,) or sizes.min() < 1:
        raise ValueError("there must be a σ_w², a σ_b² per layer, and one width more, all positive")
    hidden = _activations(activation, layers - 1)
    kernel = np.atleast_2d(np.asarray(input_kernel, dtype=np.float64))
    batch = len(kernel)
    if kernel.shape != (batch, batch) or not np.all(np.isfinite(kernel)):
        raise ValueError("input_kernel must be a finite square matrix, or a number")
    pairs = np.full(kernel.shape, 1 / kernel.size)
    if pair_weights is not None:
        pairs = np.asarray(pair_weights, dtype=np.float64)
        if pairs.shape != kernel.shape:
            raise ValueError("pair_weights must be as large as input_kernel")
    if orthogonal is not None:
        kernel = _bordered(kernel, orthogonal)
        pairs = _bordered(pairs, 0.0)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore", under="ignore"):
        forward = _forward(hidden, sigma_w2, sigma_b2, sizes, kernel, pairs)
        error, overlaps = np.eye(batch), np.zeros((1, batch))
        if callable(output_delta_kernel):
            last = forward.arriving[-1]
            error, overlaps = output_delta_kernel(last.matrix[:batch, :batch], last.log)
        elif output_delta_kernel is not None:
            error = np.atleast_2d(np.asarray(output_delta_kernel, dtype=np.float64))
        if error.shape[-2:] != (batch, batch) or not np.all(np.isfinite(error)):
            raise ValueError("output_delta_kernel must be finite and as large as input_kernel")
        errors = error.reshape(-1, batch, batch)
        if orthogonal is not None:
            errors = np.pad(errors, ((0, 0), (0, 2), (0, 2)))
            overlaps = np.pad(overlaps, ((0, 0), (0, 2)))
        backward = _backward(forward, sigma_w2, sizes, errors, overlaps, pairs)
        bands = _bands(forward, backward, sizes)
        z, a = forward.columns(_diagonal_weights(pairs))
        correlations = [_correlation(one.matrix) for one in forward.arriving]
    aside = [math.nan if orthogonal is None else float(c[-2, -1]) for c in correlations]
    prediction = Prediction(
        pre_activation=z,
        activation=a,
        delta=_relative(backward.delta),
        weight_gradient=_relative(backward.entry),
        weight_gradient_norm=_relative(backward.norm),
        signal_band=bands.signal,
        activation_band=bands.activation,
        error_band=bands.error,
        weight_gradient_band=bands.weight_gradient,
        weight_gradient_shift=bands.weight_gradient_shift,
        similarity=np.array([_mean_off_diagonal(c[:batch, :batch]) for c in correlations]),
        orthogonal_similarity=np.array(aside),
        output_delta=float(backward.delta[-1]),
        output_weight_gradient=float(backward.entry[-1]),
    )
    for column in vars(prediction).values():
        if isinstance(column, np.ndarray):
            column.flags.writeable = False
    return prediction


def _activations(
    given: ActivationLike | Sequence[ActivationLike], hidden: int
) -> tuple[BoundActivation, ...]:
    if isinstance(given, str | BoundActivation):
        return (get_activation(given),) * hidden
    if len(given) != hidden:
        raise ValueError("there must be one activation, or one per hidden layer")
    return tuple(get_activation(one) for one in given)


def _bordered(matrix: Doubles, diagonal: float) -> Doubles:
    """Return the matrix with two rows and columns more, zero but for the diagonal."""
    result = np.pad(matrix, ((0, 2), (0, 2)))
    result[-1, -1] = result[-2, -2] = diagonal
    return result


def _diagonal_weights(pairs: Doubles) -> Doubles:
    diagonal = np.diagonal(pairs)
    return diagonal / np.sum(diagonal)


def _mean_off_diagonal(correlation: Doubles) -> float:
    """Mean over the pairs of different inputs that have any signal."""
    alive = np.flatnonzero(np.diagonal(correlation) > 0)
    count = alive.size
    if count < 2:
        return math.nan
    return float((np.sum(correlation[np.ix_(alive, alive)]) - count) / (count * (count - 1)))


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

    def log10_rms(self, weights: Doubles) -> float:
        return 0.5 * _log10(float(weights @ np.diagonal(self.matrix)), self.log)


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
    response: float  # d ln E f′² / d ln q
    mixed: float  # relative covariance of f² and f′² of one unit


@dataclass(frozen=True)
class _Forward:
    entering: list[_Scaled]  # kernel of what enters each layer, per unit
    arriving: list[_Scaled]  # kernel of each layer's pre-activations
    hidden: list[_Kernels]
    spread: list[float]  # relative variance of the mean square of z
    wander: list[float]  # of its mean over infinitely many units
    leaving: list[float]  # of the mean square of each hidden layer's output
    noise: list[float]  # the part of `leaving` that the layer itself adds
    elasticity: list[float]  # what of ln q's wander reaches ln E f²
    through: list[float]  # share of a layer's q that comes through its weights

    def columns(self, weights: Doubles) -> tuple[Doubles, Doubles]:
        z = np.array([kernel.log10_rms(weights) for kernel in self.arriving])
        leaving = [*self.entering[1:], self.arriving[-1]]
        return z, np.array([kernel.log10_rms(weights) for kernel in leaving])


def _decades(relative_variance: Sequence[float]) -> Doubles:
    # A log-normal of relative variance r has Var ln = ln(1 + r); the RMS has half its root.
    band = np.sqrt(np.log1p(np.array(relative_variance))) / (2 * _LN10)
    return np.where(np.isfinite(band), band, math.inf)


def _forward(
    activations: Sequence[BoundActivation],
    sigma_w2: Doubles,
    sigma_b2: Doubles,
    sizes: Doubles,
    kernel: Doubles,
    pairs: Doubles,
) -> _Forward:
    forward = _Forward([_Scaled.of(kernel)], [], [], [], [], [], [], [], [])
    inputs = _diagonal_weights(pairs)
    leaving = np.zeros_like(kernel)  # relative covariance of what enters, between nets
    for layer, (weight, bias) in enumerate(zip(sigma_w2, sigma_b2, strict=True)):
        entering = forward.entering[-1]
        z = _affine(entering, weight, bias)
        q = np.diagonal(z.matrix)
        # How much of z's second moment comes through the weights, per input.
        through = weight * np.diagonal(entering.matrix) * math.exp(entering.log - z.log)
        through = np.divide(through, q, out=np.zeros_like(q), where=q > 0)
        wander = np.outer(through, through) * leaving
        forward.arriving.append(z)
        forward.through.append(_mean(through, q * inputs))
        correlated = np.square(_correlation(z.matrix)) + wander
        forward.spread.append(_average(wander + 2 * correlated / sizes[layer + 1], q, pairs))
        forward.wander.append(_average(wander, q, pairs))
        if layer + 1 < sigma_w2.size:
            hidden = _kernels(activations[layer], z)
            noise = (hidden.square - 1) / sizes[layer + 1]
            if activations[layer].homogeneous:
                noise = noise * (1 + wander)
            leaving = np.outer(hidden.elasticity, hidden.elasticity) * wander + noise
            forward.hidden.append(hidden)
            forward.entering.append(hidden.value)
            size = np.diagonal(hidden.value.matrix)
            forward.leaving.append(_average(leaving, size, pairs))
            forward.noise.append(_average(noise, size, pairs))
            forward.elasticity.append(_mean(hidden.elasticity, size * inputs))
    return forward


def _affine(entering: _Scaled, weight: float, bias: float) -> _Scaled:
    # Common scale: the larger of the two, so that neither overflows nor loses the other.
    log_weight = entering.log + (math.log(weight) if weight > 0 else -math.inf)
    log_bias = math.log(bias) if bias > 0 else -math.inf
    log = max(log_weight, log_bias)
    if log == -math.inf:
        return _Scaled(np.zeros_like(entering.matrix), 0.0)
    return _Scaled.of(entering.matrix * math.exp(log_weight - log) + math.exp(log_bias - log), log)


def _average(covariance: Doubles, sizes: Doubles, pairs: Doubles) -> float:
    """Relative variance of a mean over the batch from relative covariances and the sizes."""
    weights = np.outer(sizes, sizes) * pairs
    total = float(np.sum(weights))
    return float(np.sum(weights * covariance)) / total if total > 0 else 0.0


def _mean(values: Doubles, sizes: Doubles) -> float:
    total = float(np.sum(sizes))
    return float(values @ sizes) / total if total > 0 else 0.0


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
        0.0,
        (below**4 + above**4) / 2 / relative - 1,
    )


def _series_layer(activation: BoundActivation, z: _Scaled) -> _Kernels:
    c = _correlation(z.matrix)
    q = np.diagonal(z.matrix) * math.exp(min(z.log, 700))
    if not np.all(np.isfinite(q)):  # only the squared ReLU gets here, doubling its digits
        lost, ones = np.full_like(c, math.inf), np.ones_like(c)
        return _Kernels(_Scaled(lost, 0.0), lost, ones, ones, ones[0], 0.0, 0.0)
    nodes, spread = _variance_nodes(q)
    table = spread @ quadrature.moments(activation, nodes)
    second, slope = table[:, quadrature.SECOND], table[:, quadrature.SECOND_SLOPE]
    fourth = table[:, quadrature.FOURTH]
    derivative_second = table[:, quadrature.DERIVATIVE_SECOND]
    derivative_fourth = table[:, quadrature.DERIVATIVE_FOURTH]
    if len(c) == 1:
        value, derivative = second[:, None], derivative_second[:, None]
        square, derivative_square = fourth[:, None], derivative_fourth[:, None]
    else:
        points, weight = quadrature.shared_rule(float(np.max(nodes)), activation)
        x = np.sqrt(nodes)[:, None] * points
        f, slopes = activation.value(x), activation.derivative(x)
        basis = quadrature.hermite_polynomials(points, _TERMS) * weight
        powers = np.ones((_TERMS + 1, *c.shape))
        np.cumprod(np.broadcast_to(c, (_TERMS, *c.shape)), axis=0, out=powers[1:])
        value, derivative, square, derivative_square = (
            _series_kernel(spread @ (sample @ basis.T), total, powers)
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
        *_slope_statistics(activation, float(np.median(q))),
    )


def _variance_nodes(q: Doubles) -> tuple[Doubles, Doubles]:
    """Return variances to integrate at, and the matrix from values there to values at all of q.

    Few distinct q are taken as they are; of many, what is smooth in ln q is interpolated.
    """
    distinct, which = np.unique(q, return_inverse=True)
    if distinct[0] <= 0:
        return distinct, np.eye(distinct.size)[which]
    low, high = math.log(distinct[0]), math.log(distinct[-1])
    count = _NODES + math.ceil(2 * (high - low))
    if distinct.size <= count:
        return distinct, np.eye(distinct.size)[which]
    chebyshev = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    middle, half = (low + high) / 2, (high - low) / 2
    polynomials = np.polynomial.chebyshev.chebvander(chebyshev, count - 1)
    at = np.polynomial.chebyshev.chebvander((np.log(q) - middle) / half, count - 1)
    return np.exp(middle + half * chebyshev), at @ np.linalg.inv(polynomials)


def _slope_statistics(activation: BoundActivation, q: float) -> tuple[float, float]:
    """Return d ln E f′² / d ln q, and the relative covariance of f² and f′²."""
    if q <= 0:
        return 0.0, 0.0
    root = math.sqrt(q)
    z, weight = quadrature.half_line_rule(np.array([root]), activation.kinks, activation.scale)
    z, weight = np.concatenate([z[0], -z[0]]), np.concatenate([weight[0], weight[0]])
    f2, slope2 = activation.value(root * z) ** 2, activation.derivative(root * z) ** 2
    mean_f2, mean_slope2 = float(weight @ f2), float(weight @ slope2)
    if not (mean_f2 > 0 and mean_slope2 > 0):
        return 0.0, 0.0
    response = float(weight @ (slope2 * (z**2 - 1))) / (2 * mean_slope2)
    return response, float(weight @ (f2 * slope2)) / (mean_f2 * mean_slope2) - 1


def _ratio(top: Doubles, bottom: Doubles, otherwise: float = 1.0) -> Doubles:
    return np.divide(top, bottom, out=np.full_like(top, otherwise), where=bottom > 0)


def _series_kernel(coefficients: Doubles, total: Doubles, powers: Doubles) -> Doubles:
    """Σ a_n b_n c^n for all pairs; what the series leaves of the total goes into the next power.

    coefficients: (batch, terms); total: (batch,), the exact value for c = 1; powers: of c.
    """
    rest = np.sqrt(np.maximum(total - np.sum(coefficients**2, axis=1), 0))
    columns = np.concatenate([coefficients, rest[:, None]], axis=1).T
    kernel: Doubles = np.einsum("nb,nc,nbc->bc", columns, columns, powers)
    np.fill_diagonal(kernel, total)
    return kernel


@dataclass(frozen=True)
class _Backward:
    delta: Doubles  # log10 RMS per unit
    entry: Doubles  # log10 RMS of an entry of dL/dW
    norm: Doubles  # log10 Frobenius norm of dL/dW
    spread: list[float]  # relative variance of |delta|² that the layers above add by themselves
    drawn_delta: Doubles  # variance of ln |delta|² between draws of the error, relative to output
    drawn_norm: Doubles  # the same of ln |dL/dW|²


def _backward(
    forward: _Forward,
    sigma_w2: Doubles,
    sizes: Doubles,
    errors: Doubles,
    overlaps: Doubles,
    pairs: Doubles,
) -> _Backward:
    layers, inputs = sigma_w2.size, _diagonal_weights(pairs)
    draws = errors.reshape(len(errors), -1)
    lengths = np.diagonal(errors, axis1=1, axis2=2)
    ln_delta, ln_norm = np.empty((2, layers, len(errors)))
    spread = [0.0] * layers
    # E of G_aa G_bb and of G_ab² over random nets, relative to E G_aa E G_bb; G = delta deltaᵀ.
    sizes_product = np.ones_like(pairs)
    overlap = _mean_square_correlation(errors)
    passed = _Scaled(np.ones_like(pairs), 0.0)
    # Part of the error comes back along the signal, whose weights made the logits it depends on:
    # `along` is its squared length before f′, and `aligned` what such parts add up to.
    aligned = np.zeros_like(pairs)
    log_along = -math.log(sizes[-2])
    squared_overlaps = np.square(overlaps)
    products = (overlaps[:, :, None] * overlaps[:, None, :]).reshape(len(overlaps), -1)
    for layer in range(layers - 1, -1, -1):
        if layer + 1 < layers:
            hidden = forward.hidden[layer]
            kick = (sizes_product + 2 * overlap) * hidden.derivative_square
            kept = np.square(_correlation(hidden.derivative)) * overlap
            sizes_product = sizes_product + (kick - sizes_product) / sizes[layer + 1]
            overlap = kept + (kick - kept) / sizes[layer + 1]
            # E|delta|² shrinks by χ₁ = σ_w² E f′²: fan_in, not fan_out.
            factor = float(sigma_w2[layer + 1])
            log = passed.log + (math.log(factor) if factor > 0 else 0.0)
            unscaled = passed.log
            passed = _Scaled.of(passed.matrix * hidden.derivative * (factor > 0), log)
            scale = math.exp(log - passed.log) * (factor > 0)
            if layer + 2 == layers:
                log_along += log - unscaled
            slopes = _mean(np.diagonal(hidden.derivative), inputs)
            source = math.exp(min(log_along - passed.log, 0.0)) * (1 + hidden.mixed) * slopes
            aligned = aligned * hidden.derivative * scale
            aligned += source * (factor > 0) * _correlation(hidden.value.matrix)
            log_along += _log_kept_along(forward, layer, sizes)
        spread[layer] = _average(
            np.maximum(sizes_product - 1, 0), np.diagonal(passed.matrix) * lengths.mean(0), pairs
        )
        length = lengths @ (inputs * np.diagonal(passed.matrix))
        length = length + squared_overlaps @ (inputs * np.diagonal(aligned))
        ln_delta[layer] = np.log(length) + passed.log - math.log(sizes[layer + 1])
        entering = forward.entering[layer]
        terms = pairs * passed.matrix * entering.matrix
        # A sample of a batch may miss how exactly its errors cancel.
        floor = _CANCELLED * (lengths @ np.diagonal(terms))
        total = draws @ terms.ravel() + products @ (pairs * aligned * entering.matrix).ravel()
        total = np.maximum(total, floor)
        ln_norm[layer] = np.log(total) + passed.log + entering.log + math.log(sizes[layer])
    delta, drawn_delta = _over_draws(ln_delta)
    norm, drawn_norm = _over_draws(ln_norm)
    entry = norm - 0.5 * np.log10(sizes[:-1] * sizes[1:])
    return _Backward(delta, entry, norm, spread, drawn_delta, drawn_norm)


def _log_kept_along(forward: _Forward, layer: int, sizes: Doubles) -> float:
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
        return np.where(np.isfinite(logs[:, 0]), logs[:, 0], -math.inf) / (2 * _LN10), np.zeros(
            len(logs)
        )
    relative = logs - last
    variance = np.where(np.isfinite(relative[:, 0]), np.var(relative, axis=1), 0.0)
    size = math.log(float(np.mean(np.exp(last - last.max())))) + float(last.max())
    return (np.mean(relative, axis=1) + variance / 2 + size) / (2 * _LN10), variance


@dataclass(frozen=True)
class _Bands:
    signal: Doubles
    activation: Doubles
    error: Doubles
    weight_gradient: Doubles
    weight_gradient_shift: Doubles


def _bands(forward: _Forward, backward: _Backward, sizes: Doubles) -> _Bands:
    """Put the fluctuations together, those of the gradients relative to the output layer.

    The error feels each layer twice: through the weights it passes, and through f′, which feels
    what the signal did further down. dL/dW is the product of the error and of the signal that
    enters its layer. First order in all of them, averaged over the batch.
    """
    last = len(forward.arriving) - 1
    error, gradient, alone = ([0.0] * (last + 1) for _ in range(3))
    alone[last] = forward.leaving[-1] if forward.leaving else 0.0
    # What a wander of ln q, here and from here on, does to ln |delta|² and to the ln of the mean
    # square of what enters the output layer.
    on_error, on_signal = 0.0, 1.0
    added_error = added_gradient = 0.0
    for layer in range(last - 1, -1, -1):
        hidden, through = forward.hidden[layer], forward.through[layer + 1]
        noise, mixed = forward.noise[layer], hidden.mixed / sizes[layer + 1]
        reach_error = through * on_error
        reach_signal = 1.0 if layer + 1 == last else through * on_signal
        added_error += reach_error**2 * noise + 2 * reach_error * mixed
        reach = reach_error - reach_signal
        added_gradient += reach**2 * noise + 2 * reach * mixed
        elasticity = forward.elasticity[layer]
        on_error = hidden.response + elasticity * reach_error
        on_signal = elasticity * reach_signal
        own = math.log1p(backward.spread[layer])
        error[layer] = own + added_error + on_error**2 * forward.wander[layer]
        below = forward.leaving[layer - 1] if layer else 0.0
        carried = 1 + forward.through[layer] * (on_error - on_signal)
        gradient[layer] = own + added_gradient + carried**2 * below
        alone[layer] = own + added_error + (1 + forward.through[layer] * on_error) ** 2 * below
    outputs = [*forward.leaving, forward.spread[-1]]
    return _Bands(
        _decades(forward.spread),
        _decades(outputs),
        _log_decades(np.array(error) + backward.drawn_delta),
        _log_decades(np.array(gradient) + backward.drawn_norm),
        (np.array(alone) - alone[-1] + backward.drawn_norm) / (4 * _LN10),
    )


def _log_decades(variance: Doubles) -> Doubles:
    band = np.sqrt(np.maximum(variance, 0)) / (2 * _LN10)
    return np.where(np.isfinite(band), band, math.inf)


def _relative(column: Doubles) -> Doubles:
    # Where the output layer has no gradient at all there is nothing to relate to.
    return column - column[-1] if np.isfinite(column[-1]) else np.full_like(column, math.nan)
