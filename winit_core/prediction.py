"""predict(experiment, choice): what theory says about one scheme, layer by layer as it is drawn.

The laws of an experiment, its library, overrides and biases heeded, and its batch go into
`layer_prediction.predict_layers`; what comes out is the typical net and the range of single nets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from winit_core.activations import BoundActivation
from winit_core.activations.shifted import shifted_activation
from winit_core.datasets import CLASSES, batch
from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice
from winit_core.schemes.laws import Identity, MirroredOrthogonal, PointMass
from winit_core.statistics import is_saturated
from winit_core.theory import gaussian_quadrature as quadrature
from winit_core.theory.correlation_maps import DepthScales, depth_scales
from winit_core.theory.fixed_points import FixedPoint, Regime, fixed_point
from winit_core.theory.layer_prediction import Prediction, predict_layers
from winit_core.theory.mean_field import Doubles

SAMPLE = 32
"""So many inputs of the batch stand for all of it."""
BAND_SIGMAS = 2.0
"""The range of single nets that is given reaches so many standard deviations either way."""
_DRAWS = 32  # of the logits, for the error that softmax makes of them
_LOG_LARGEST_LOGIT = {"cross_entropy": 18.0, "mse": 340.0}  # ln; errors change no more beyond
_LN10 = math.log(10)


class NotPredicted(Enum):
    """Why a scheme is outside the theory.

    CONSTANT: the weights of a layer are one number other than 0, or nothing is random.
    NONZERO_MEAN: weights with a mean. DATA_DEPENDENT: they look at the batch. STRUCTURED: their
    entries hang together in another way than those of a random or an orthogonal matrix.
    """

    CONSTANT = "constant"
    NONZERO_MEAN = "nonzero_mean"
    DATA_DEPENDENT = "data_dependent"
    STRUCTURED = "structured"


@dataclass(frozen=True, eq=False)
class RunPrediction:
    """What a net of this scheme should measure; one number per weight matrix, the last the output.

    All sizes are log10 of an RMS over batch and units, float64 and read-only; −inf stands for 0.
    The plain name is the median over random nets, ``_low`` and ``_high`` are two standard
    deviations of single nets below and above it. What relates to an output layer without any
    gradient is NaN, and so is the error where the signal leaves even float64.

    Attributes
    ----------
    activation, activation_low, activation_high
        h; of the output layer z.
    pre_activation, pre_activation_low, pre_activation_high
        z.
    delta, delta_low, delta_high
        dL/dz per unit, relative to the output layer's.
    grad_weight, grad_weight_low, grad_weight_high
        dL/dW per entry, relative to the output layer's.
    similarities
        Mean cosine of z between two inputs of the batch; NaN for a batch of one.
    output_delta, output_grad_weight
        What the last two relate to.
    sigma_w2, sigma_b2
        fan_in times the variance of a weight, and the variance of a bias, in the middle of the
        net; `fixed_point`, `regime` and `scales` are those of that layer, repeated for ever.
    bias_mean
        Constant part of the bias there, which the activation is shifted by.
    overflow_layer
        0-based index of the first layer whose largest z or h leaves the experiment's number
        format; None where none does.
    error_overflow_layer
        0-based index of the first layer, from the output down, whose dL/dz or dL/dW does; None
        where none does, or z is lost before.
    similarity
        Correlation of z in the last hidden layer between two orthogonal inputs that are as large
        as those of the batch.
    """

    activation: Doubles
    activation_low: Doubles
    activation_high: Doubles
    pre_activation: Doubles
    pre_activation_low: Doubles
    pre_activation_high: Doubles
    delta: Doubles
    delta_low: Doubles
    delta_high: Doubles
    grad_weight: Doubles
    grad_weight_low: Doubles
    grad_weight_high: Doubles
    similarities: Doubles
    output_delta: float
    output_grad_weight: float
    sigma_w2: float
    sigma_b2: float
    bias_mean: float
    fixed_point: FixedPoint
    scales: DepthScales
    overflow_layer: int | None
    error_overflow_layer: int | None
    similarity: float

    @property
    def regime(self) -> Regime:
        """The verdict on the middle of the net."""
        return self.fixed_point.regime

    @property
    def half_stable(self) -> bool:
        """Whether deviations grow with depth: one net may then leave the theory's mean behind."""
        return self.regime is Regime.HALF_STABLE

    @property
    def error_decades(self) -> tuple[float, float, float]:
        """log10 of the error at layer 1 over that at the output layer: low, median, high."""
        return float(self.delta_low[0]), float(self.delta[0]), float(self.delta_high[0])

    @property
    def error_scatter(self) -> float:
        """One standard deviation of that between single nets, in decades."""
        low, _, high = self.error_decades
        scatter = (high - low) / (2 * BAND_SIGMAS)
        return scatter if math.isfinite(scatter) else 0.0


def why_not(experiment: Experiment, choice: SchemeChoice) -> NotPredicted | None:
    """Return why the theory does not reach a scheme in this experiment; None: it does."""
    layers = range(experiment.depth + 1)
    used = replace(experiment, schemes=(choice,))
    laws = [used.weight_law(0, layer) for layer in layers]
    if any(isinstance(law, PointMass) and law.value != 0 for law in laws):
        return NotPredicted.CONSTANT
    if all(isinstance(law, PointMass) for law in laws):
        return NotPredicted.CONSTANT
    if any(used.choice_at(0, layer).record.is_data_dependent for layer in layers):
        return NotPredicted.DATA_DEPENDENT
    if any(isinstance(law, Identity | MirroredOrthogonal) for law in laws):
        return NotPredicted.STRUCTURED
    if any(law.mean != 0 for law in laws):
        return NotPredicted.NONZERO_MEAN
    return None


def predict(experiment: Experiment, choice: SchemeChoice) -> RunPrediction | None:
    """Predict what a scheme makes of the experiment's network and batch.

    Parameters
    ----------
    experiment
        The network, its overrides, library, data and loss; its own schemes do not matter.
    choice
        The scheme.

    Returns
    -------
    RunPrediction or None
        None where the theory does not reach: `why_not` says why.

    Notes
    -----
    Of the batch at most 32 inputs are followed: some of each class, evenly from the shortest to
    the longest, scaled to the mean square of all. The error starts from the labels and from draws
    of logits as large and as alike as the theory says they are.

    Of a bias the random part counts as σ_b²; a constant one shifts the activation, and its square
    is added to that of z. Orthogonal weights count as independent ones of the same variance,
    σ_w² = gain² min(1, fan_in/fan_out): right for the median of wide nets, while the range of
    single nets is that of Gaussian weights and too wide where layers are close to linear.
    """
    if why_not(experiment, choice) is not None:
        return None
    return _predict(replace(experiment, schemes=(choice,)))


@dataclass(frozen=True)
class LayerLaws:
    """What the theory takes from the laws of an experiment's first scheme, layer by layer."""

    sigma_w2s: tuple[float, ...]
    sigma_b2s: tuple[float, ...]
    bias_means: tuple[float, ...]
    activations: tuple[BoundActivation, ...]
    widths: tuple[int, ...]


def layer_laws(experiment: Experiment) -> LayerLaws:
    """Return the variances of the experiment's first scheme, each constant bias in its place."""
    shapes = experiment.layer_shapes
    weights = [experiment.weight_law(0, layer) for layer in range(len(shapes))]
    biases = [experiment.bias_law(0, layer) for layer in range(len(shapes))]
    return LayerLaws(
        tuple(shape[0] * law.std**2 for shape, law in zip(shapes, weights, strict=True)),
        tuple(law.std**2 for law in biases),
        tuple(law.mean for law in biases),
        tuple(shifted_activation(experiment.activation, law.mean) for law in biases[:-1]),
        (shapes[0][0], *(fan_out for _, fan_out in shapes)),
    )


@lru_cache(maxsize=256)
def _predict(experiment: Experiment) -> RunPrediction:
    laws = layer_laws(experiment)
    inputs = input_sample(experiment)
    mean_square = inputs.mean_square
    layers = predict_layers(
        laws.activations,
        laws.sigma_w2s,
        laws.sigma_b2s,
        laws.widths,
        inputs.kernel,
        partial(_errors, experiment.loss, inputs.labels, laws.bias_means[-1]),
        pair_weights=inputs.pair_weights,
        orthogonal=mean_square,
    )
    means = np.square(laws.bias_means)
    z, z_band, share = _with_bias_mean(layers, means, laws.widths)
    h, h_band = layers.activation.copy(), layers.activation_band.copy()
    h[-1], h_band[-1] = z[-1], z_band[-1]
    h, z = (np.where(np.isnan(size), math.inf, size) for size in (h, z))
    middle = experiment.depth // 2
    activation = laws.activations[middle]
    sigma_w2, sigma_b2 = laws.sigma_w2s[middle], laws.sigma_b2s[middle]
    first = mean_square * laws.sigma_w2s[0] + laws.sigma_b2s[0]
    ranges = (
        _range(h, h_band, h_band**2 * _LN10),
        _range(z, z_band, z_band**2 * _LN10),
        _range(layers.delta, layers.error_band, layers.error_band**2 * _LN10),
        _range(layers.weight_gradient, layers.weight_gradient_band, layers.weight_gradient_shift),
    )
    (h, h_low, h_high), (z, z_low, z_high), (d, d_low, d_high), (g, g_low, g_high) = ranges
    similarities = layers.similarity * share + (1 - share)
    for array in (*(array for triple in ranges for array in triple), similarities):
        array.flags.writeable = False
    last_hidden = experiment.depth - 1
    output_delta = layers.output_delta - math.log10(experiment.batch_size)
    units = [fan_out for _, fan_out in experiment.layer_shapes]
    entries = [fan_in * fan_out for fan_in, fan_out in experiment.layer_shapes]
    overflow = _first_beyond(experiment, units, np.maximum(z, h))
    errors = _first_beyond(experiment, units[::-1], (output_delta + d)[::-1])
    gradients = _first_beyond(
        experiment, entries[::-1], (layers.output_weight_gradient + g)[::-1], batch_size=1
    )
    reached = [one for one in (errors, gradients) if one is not None]
    error_overflow = experiment.depth - min(reached) if reached else None
    orthogonal = float(layers.orthogonal_similarity[last_hidden])
    return RunPrediction(
        h, h_low, h_high,
        z, z_low, z_high,
        d, d_low, d_high,
        g, g_low, g_high,
        similarities,
        output_delta,
        layers.output_weight_gradient,
        sigma_w2,
        sigma_b2,
        laws.bias_means[middle],
        fixed_point(activation, sigma_w2, sigma_b2, first if 0 < first < math.inf else 1.0),
        depth_scales(activation, sigma_w2, sigma_b2),
        overflow,
        None if overflow is not None else error_overflow,
        float(orthogonal * share[last_hidden] + 1 - share[last_hidden]),
    )  # fmt: skip


def _range(mean: Doubles, band: Doubles, shift: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Return median and range of single nets, from log10 of the mean, its scatter and its shift."""
    finite = np.isfinite(mean)
    median = mean - np.where(finite, shift, 0.0)
    reach = np.where(np.isfinite(median), BAND_SIGMAS * band, 0.0)
    return median, median - reach, median + reach


def _with_bias_mean(
    layers: Prediction, means: Doubles, widths: tuple[int, ...]
) -> tuple[Doubles, Doubles, Doubles]:
    """Add the square of the constant biases to that of z.

    Returns log10 RMS, its scatter, and the share of z² that is not theirs.
    """
    if not np.any(means):
        return layers.pre_activation, layers.signal_band, np.ones(means.shape)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        log_mean = np.log10(means)
        log_total = np.logaddexp(2 * _LN10 * layers.pre_activation, _LN10 * log_mean) / _LN10
        log_share = np.where(means > 0, 2 * layers.pre_activation - log_total, 0.0)
        share = 10 ** np.minimum(log_share, 0)
        relative = np.expm1(np.square(2 * _LN10 * layers.signal_band))
        # The mean of z itself scatters by its variance over the width.
        total = share**2 * relative + 4 * share * (1 - share) / np.array(widths[1:])
    total[share == 0] = 0
    return log_total / 2, np.sqrt(np.log1p(total)) / (2 * _LN10), share


@dataclass(frozen=True, eq=False)
class InputSample:
    """The inputs that stand for a batch; arrays are read-only.

    Attributes
    ----------
    kernel
        (sample, sample) x xᵀ / n₀, scaled to the mean square of all inputs.
    labels
        Of the sample.
    pair_weights
        (sample, sample) share of all pairs of the batch that each pair stands for.
    """

    kernel: Doubles
    labels: tuple[int, ...]
    pair_weights: Doubles

    @property
    def mean_square(self) -> float:
        """Of all inputs of the batch."""
        weights = np.diagonal(self.pair_weights)
        return float(weights @ np.diagonal(self.kernel)) / float(weights.sum())


def input_sample(experiment: Experiment) -> InputSample:
    """Return the inputs that stand for the experiment's batch, the same for every scheme."""
    assert experiment.input_width is not None
    return _sample(
        experiment.dataset, experiment.input_width, experiment.batch_size, experiment.seed
    )


@lru_cache(maxsize=64)
def _sample(dataset: str, input_width: int, batch_size: int, seed: int) -> InputSample:
    data = batch(dataset, input_width, batch_size, seed)
    squares = np.mean(np.square(data.inputs, dtype=np.float64), axis=1)
    chosen = np.arange(batch_size)
    if batch_size > SAMPLE:
        chosen = np.concatenate(
            [
                _evenly(members[np.argsort(squares[members], kind="stable")])
                for name in range(CLASSES)
                if (members := np.flatnonzero(data.labels == name)).size
            ]
        )
    inputs, names = data.inputs[chosen].astype(np.float64), data.labels[chosen]
    stands_for = np.bincount(data.labels, minlength=CLASSES) / np.bincount(
        names, minlength=CLASSES
    ).clip(1)
    each = stands_for[names]
    pairs = np.outer(each, each)
    # Within a class: all ordered pairs of different inputs, and each input with itself.
    count = np.bincount(names, minlength=CLASSES)[names]
    many = count > 1
    same = names[:, None] == names
    within = each * (each * count - 1) / np.where(many, count - 1, 1)
    pairs = np.where(same, within[:, None], pairs)
    np.fill_diagonal(pairs, np.where(many, each, each**2))
    kernel = inputs @ inputs.T / input_width
    own = float(each @ np.diagonal(kernel)) / batch_size
    kernel *= float(np.mean(squares)) / own if own else 1.0
    pairs /= pairs.sum()
    kernel.flags.writeable = pairs.flags.writeable = False
    return InputSample(kernel, tuple(map(int, names)), pairs)


def _evenly(members: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    count = min(SAMPLE // CLASSES, members.size)
    chosen: npt.NDArray[np.intp] = members[
        ((np.arange(count) + 0.5) * members.size / count).astype(np.intp)
    ]
    return chosen


def _errors(
    loss: str, labels: tuple[int, ...], bias_mean: float, kernel: Doubles, log: float
) -> tuple[Doubles, Doubles]:
    """Draw Gaussian logits; return what `layer_prediction.ErrorDraws` asks for.

    Without the 1/batch of the loss. Of cross-entropy delta is p − y: centred labels where the
    logits are small.
    """
    if not np.all(np.isfinite(kernel)):  # beyond any size: nothing is known but that
        kernel, log = np.eye(len(kernel)), math.inf
    values, vectors = np.linalg.eigh(kernel)
    root = vectors * np.sqrt(np.maximum(values, 0))
    size = math.exp(min(log / 2, _LOG_LARGEST_LOGIT[loss]))
    unit = np.tensordot(root, _normals(len(kernel)), axes=1)  # (sample, draws, classes)
    logits = size * unit
    if loss == "mse":
        error = logits + bias_mean
        error[np.arange(len(labels)), :, labels] -= 1
        error *= 2 / CLASSES
    else:
        logits -= logits.max(axis=2, keepdims=True)
        error = np.exp(logits)
        error /= error.sum(axis=2, keepdims=True)
        error[np.arange(len(labels)), :, labels] -= 1
    by_draw = error.transpose(1, 0, 2)
    rms = np.sqrt(np.diagonal(kernel))[:, None, None]
    unit = np.divide(unit, rms, out=np.zeros_like(unit), where=rms > 0)
    products: Doubles = by_draw @ by_draw.transpose(0, 2, 1)
    overlaps = np.sum(unit * error, axis=2).T
    alike = np.divide(kernel, rms[:, 0] * rms[:, 0].T, out=np.zeros_like(kernel), where=kernel != 0)
    return products, overlaps[:, :, None] * overlaps[:, None, :] - alike * products


@lru_cache(maxsize=4)
def _normals(sample: int) -> Doubles:
    return np.random.default_rng(0).standard_normal((sample, _DRAWS, CLASSES))


def _first_beyond(
    experiment: Experiment, units: Sequence[int], log10_rms: Doubles, batch_size: int | None = None
) -> int | None:
    """Return the first layer whose largest of so many normal numbers leaves the number format."""
    limit = math.log10(experiment.precision.max)
    for layer, (count, size) in enumerate(zip(units, log10_rms, strict=True)):
        numbers = max(2, count * (batch_size or experiment.batch_size))
        if size + 0.5 * math.log10(max(1.0, 2 * math.log(numbers))) > limit:
            return layer
    return None


def saturated_share(activation: BoundActivation, log10_rms: float) -> float:
    """Return the expected share of saturated units where z is normal with this log10 RMS."""
    if None in activation.bounds:
        return 0.0
    root = 10 ** min(max(log10_rms, -150.0), 150.0)
    z, weight = quadrature.half_line_rule(np.array([root]), activation.kinks, activation.scale)
    return float(
        sum(
            weight[0] @ is_saturated(activation.value(side * root * z[0]), activation.bounds)
            for side in (1.0, -1.0)
        )
    )
