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

from winit_core.activations import ActivationLike, BoundActivation, get_activation
from winit_core.theory.error_flow import ErrorFlow, error_flow
from winit_core.theory.layer_kernels import LN10, Kernels, correlation_of, diagonal_weights
from winit_core.theory.mean_field import Doubles
from winit_core.theory.signal_flow import SignalFlow, signal_flow


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
        return self.pre_activation - self.signal_band**2 * LN10

    @property
    def typical_activation(self) -> Doubles:
        """Median over nets of log10 RMS of the layer's output."""
        return self.activation - self.activation_band**2 * LN10

    @property
    def typical_delta(self) -> Doubles:
        """Median over nets of log10 RMS of delta, relative to the output layer's."""
        return self.delta - self.error_band**2 * LN10

    @property
    def typical_weight_gradient(self) -> Doubles:
        """Median over nets of log10 RMS of dL/dW, relative to the output layer's."""
        return self.weight_gradient - self.weight_gradient_shift


ErrorDraws = Callable[[Doubles, float], tuple[Doubles, Doubles]]
"""``errors, overlaps = draws(kernel, log)`` for the kernel of the logits, ``kernel · exp(log)``.

errors: (draws, batch, batch) samples of delta deltaᵀ; overlaps: (draws, batch, batch), the product
of both inputs' z · delta, z in units of its RMS, less what it is where delta ignores z.
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
    The backward pass treats the weights as fresh, but for what the error owes to the logits that
    the same weights made. Cost: 0.3 ms per layer for one input (hardly anything for homogeneous
    activations), 2 ms for 32.

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
        forward = signal_flow(hidden, sigma_w2, sigma_b2, sizes, kernel, pairs)
        error, overlaps = np.eye(batch), np.zeros((1, batch, batch))
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
            overlaps = np.pad(overlaps, ((0, 0), (0, 2), (0, 2)))
        backward = error_flow(forward, sigma_w2, sizes, errors, overlaps, pairs)
        bands = _bands(forward, backward, sizes)
        z, a = forward.columns(diagonal_weights(pairs))
        correlations = [correlation_of(one.matrix) for one in forward.arriving]
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


def _decades(relative_variance: Sequence[float]) -> Doubles:
    # A log-normal of relative variance r has Var ln = ln(1 + r); the RMS has half its root.
    band = np.sqrt(np.log1p(np.maximum(relative_variance, 0))) / (2 * LN10)
    return np.where(np.isfinite(band), band, math.inf)


@dataclass(frozen=True)
class _Bands:
    signal: Doubles
    activation: Doubles
    error: Doubles
    weight_gradient: Doubles
    weight_gradient_shift: Doubles


def _bands(forward: SignalFlow, backward: ErrorFlow, sizes: Doubles) -> _Bands:
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
        noise, agreement = forward.noise[layer], _agreement(hidden)
        reach_error = through * on_error
        reach_signal = 1.0 if layer + 1 == last else through * on_signal
        added_error += reach_error**2 * noise
        added_error += 2 * reach_error * agreement * _both(noise, backward.spread, layer)
        reach = reach_error - reach_signal
        added_gradient += reach**2 * noise
        added_gradient += 2 * reach * agreement * _both(noise, backward.gradient_spread, layer)
        elasticity = forward.elasticity[layer]
        on_error = hidden.response + elasticity * reach_error
        on_signal = elasticity * reach_signal
        error[layer] = (
            math.log1p(backward.spread[layer]) + added_error + on_error**2 * forward.wander[layer]
        )
        own = math.log1p(backward.gradient_spread[layer])
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
        (np.array(alone) - alone[-1] + backward.drawn_norm) / (4 * LN10),
    )


def _agreement(hidden: Kernels) -> float:
    """Correlation of what a layer of random units adds to the signal and to the error."""
    signal = float(np.max(np.diagonal(hidden.square))) - 1
    error = 3 * float(np.max(np.diagonal(hidden.derivative_square))) - 1
    if not (signal > 0 and error > 0):
        return 0.0
    return float(np.clip(hidden.mixed / math.sqrt(signal * error), -1, 1))


def _both(noise: float, spread: Sequence[float], layer: int) -> float:
    """Product of the standard deviations that a layer adds to the ln of the two."""
    own = math.log1p(spread[layer]) - math.log1p(spread[layer + 1])
    return math.sqrt(max(noise, 0.0) * max(own, 0.0))


def _log_decades(variance: Doubles) -> Doubles:
    band = np.sqrt(np.maximum(variance, 0)) / (2 * LN10)
    return np.where(np.isfinite(band), band, math.inf)


def _relative(column: Doubles) -> Doubles:
    # Where the output layer has no gradient at all there is nothing to relate to.
    return column - column[-1] if np.isfinite(column[-1]) else np.full_like(column, math.nan)
