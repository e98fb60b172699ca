"""Depth against width, or against std: how much of the error reaches layer 1, and the theory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array
from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.maps.cache import ResultCache
from winit_core.maps.outcomes import decades_between
from winit_core.network import affine, error_arriving, loss_and_delta
from winit_core.parameters import validated_integer, validated_number
from winit_core.prediction import input_sample
from winit_core.schemes import STD_LIMIT, SchemeChoice
from winit_core.simulation import (
    ShouldStop,
    SimulationStopped,
    simulate,
    weights_and_bias,
)
from winit_core.statistics import is_rounding, root_mean_square
from winit_core.theory import gaussian_quadrature as quadrature
from winit_core.theory.fixed_points import fixed_point
from winit_core.theory.mean_field import Doubles
from winit_core.theory.overflow import overflow_layer

BATCH = 64
"""Inputs of the map's nets; an experiment with fewer keeps its own number."""
MAX_DEPTH, MAX_WIDTH = 200, 1024
CONTOURS = (-3.0, -1.0, 1.0, 3.0)
"""Decades at which the verdict changes: the theory's lines are drawn for these."""

_NEVER = 1e9  # layers; a depth scale beyond is the rounding of an infinite one
_PER_DECADE = 8  # of the table of moments that the theory's lines are read from


class Across(Enum):
    """What is varied besides the depth."""

    WIDTH = "width"
    STD = "std"


@dataclass(frozen=True)
class DepthRequest:
    """What a map is made of.

    Attributes
    ----------
    experiment
        Its first scheme, activation, data, loss, seed and number format count. Overrides are left
        out, and every hidden layer has one width: its own first, where std is varied.
    across
        What is varied besides the depth.
    depths
        Numbers of hidden layers, ascending.
    values
        Widths, or standard deviations of N(0, std²), ascending.
    """

    experiment: Experiment
    across: Across
    depths: tuple[int, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        for depth in self.depths:
            validated_integer("depths", depth, 1, MAX_DEPTH)
        for value in self.values:
            if self.across is Across.WIDTH:
                validated_integer("values", int(value), 1, MAX_WIDTH)
            else:
                validated_number("values", value, 0, STD_LIMIT)

    @classmethod
    def widths(cls, experiment: Experiment) -> DepthRequest:
        """Return depth 1 to 200 against width 8 to 1,024."""
        return cls(
            experiment,
            Across.WIDTH,
            usual_depths(),
            tuple(float(round(2 ** (n / 2))) for n in range(6, 21)),
        )

    @classmethod
    def stds(cls, experiment: Experiment) -> DepthRequest:
        """Return depth 1 to 200 against std 0.001 to 10."""
        values = tuple(float(f"{10 ** (n / 8):.3g}") for n in range(-24, 9))
        return cls(experiment, Across.STD, usual_depths(), values)

    def case(self, depth: int, value: float) -> Experiment:
        """Return the experiment whose `simulate` gives the number of one place."""
        first = self.experiment
        width, choice = first.hidden_widths[0], first.schemes[0]
        if self.across is Across.WIDTH:
            width = int(value)
        else:
            choice = SchemeChoice("normal", {"std": value})
        return replace(
            first,
            schemes=(choice,),
            overrides=(),
            hidden_widths=(width,) * depth,
            batch_size=min(BATCH, first.batch_size),
        )


def usual_depths() -> tuple[int, ...]:
    """Return 1 to 200, about evenly in the logarithm."""
    return (1, 2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 56, 80, 113, 160, 200)


@dataclass(frozen=True, eq=False)
class DepthTheory:
    """What the theory draws over the measurement; arrays are read-only, one entry per value.

    Attributes
    ----------
    contours
        (4, values) depth at which the median net's log10 error ratio reaches each of `CONTOURS`;
        NaN where it does not within `MAX_DEPTH`.
    depth_scale
        Layers in which the squared error changes by a factor e once the signal has settled; inf
        at the edge of chaos.
    overflow
        Layers after which z leaves the number format; NaN where it does not.
    """

    contours: Doubles
    depth_scale: Doubles
    overflow: Doubles


@dataclass(frozen=True, eq=False)
class DepthMap:
    """A map as far as it is known; arrays are read-only.

    Attributes
    ----------
    request
        What it answers.
    decades
        (depths, values) log10 error ratio: −inf where nothing arrives, or nothing but rounding;
        NaN where a number is not finite, and where it is not known yet.
    known
        (values,) which columns are computed.
    theory
        None where the theory does not reach the scheme.
    """

    request: DepthRequest
    decades: Doubles
    known: npt.NDArray[np.bool_]
    theory: DepthTheory | None

    @property
    def is_complete(self) -> bool:
        """Whether every column is computed."""
        return bool(self.known.all())


def depth_map(
    request: DepthRequest,
    *,
    cache: ResultCache | None = None,
    should_stop: ShouldStop | None = None,
) -> Iterator[DepthMap]:
    """Compute a map column by column: every fourth first, then those between, narrow nets first.

    All depths of a column share their weights, as `simulate` has it: a deeper net has the same
    earlier layers.

    Raises
    ------
    SimulationStopped
        When `should_stop` returned true.
    """
    stop = should_stop or (lambda: False)
    theory = _theory(request)
    key = _context(request)
    kept: dict[str, list[float]] = dict((cache.load("depth", key) if cache else None) or {})
    decades = np.full((len(request.depths), len(request.values)), math.nan)
    known = np.zeros(len(request.values), dtype=np.bool_)
    for column, value in enumerate(request.values):
        if len(kept.get(repr(value), ())) == len(request.depths):
            decades[:, column] = kept[repr(value)]
            known[column] = True

    def made() -> DepthMap:
        arrays = decades.copy(), known.copy()
        for array in arrays:
            array.flags.writeable = False
        return DepthMap(request, *arrays, theory)

    yield made()
    try:
        for column in coarse_to_fine(len(request.values)):
            if not known[column]:
                value = request.values[column]
                decades[:, column] = _column(request, value, stop)
                known[column] = True
                kept[repr(value)] = decades[:, column].tolist()
                yield made()
    finally:
        if cache is not None and kept:
            cache.store("depth", key, kept)


def coarse_to_fine(count: int) -> list[int]:
    """Return 0 … count − 1: every fourth, the ones half-way between, the rest; each ascending."""
    return [*range(0, count, 4), *range(2, count, 4), *range(1, count, 2)]


def _context(request: DepthRequest) -> dict[str, Any]:
    plain: Mapping[str, Any] = request.case(1, request.values[0]).to_dict()
    left_out = {"hidden_widths"}
    if request.across is Across.STD:
        left_out = {"schemes"}
    context = {name: value for name, value in plain.items() if name not in left_out}
    return {**context, "across": request.across.value, "depths": list(request.depths)}


def _column(request: DepthRequest, value: float, should_stop: ShouldStop) -> list[float]:
    deepest = request.case(max(request.depths), value)
    record = deepest.schemes[0].record
    if record.is_data_dependent or not _shares_layers(request, value):
        found = []
        for depth in request.depths:
            layers = simulate(request.case(depth, value), should_stop).runs[0].layers
            arrives = 0.0 if layers[0].delta_is_rounding else layers[0].delta_rms
            found.append(decades_between(layers[-1].delta_rms, arrives))
        return found
    with np.errstate(all="ignore"):
        return _shared_column(request, value, deepest, should_stop)


def _shares_layers(request: DepthRequest, value: float) -> bool:
    """Tell whether a layer's law is the same in nets of different depth."""
    deepest = request.case(max(request.depths), value)
    for depth in request.depths:
        one = request.case(depth, value)
        for layer in {0, min(1, depth - 1), depth - 1}:
            same_weight = one.weight_law(0, layer) == deepest.weight_law(0, layer)
            if not same_weight or one.bias_law(0, layer) != deepest.bias_law(0, layer):
                return False
    return True


def _shared_column(
    request: DepthRequest, value: float, deepest: Experiment, should_stop: ShouldStop
) -> list[float]:
    assert deepest.input_width is not None
    precision, activation = deepest.precision, deepest.activation
    data = batch(deepest.dataset, deepest.input_width, deepest.batch_size, deepest.seed)
    signal = precision.round(data.inputs)
    weights: list[Array] = []
    sizes: list[float] = []
    slopes: list[Array] = []
    found: dict[int, float] = {}
    for layer in range(deepest.depth + 1):
        if layer in request.depths:
            one = request.case(layer, value)
            top, bias = weights_and_bias(one, 0, layer)
            logits = precision.round(affine(signal, top, bias))
            _, delta = loss_and_delta(logits, data.labels, one.loss)
            found[layer] = _arriving(
                precision.round(delta),
                [*weights, top],
                [*sizes, root_mean_square(top)],
                slopes,
                one,
                should_stop,
            )
        if layer == deepest.depth:
            break
        if should_stop():
            raise SimulationStopped
        weight, bias = weights_and_bias(deepest, 0, layer)
        z = precision.round(affine(signal, weight, bias))
        signal = precision.round(activation.value(z))
        weights.append(weight)
        sizes.append(root_mean_square(weight))
        slopes.append(activation.derivative(z))
    return [found[depth] for depth in request.depths]


def _arriving(
    delta: Array,
    weights: list[Array],
    sizes: list[float],
    slopes: list[Array],
    one: Experiment,
    should_stop: ShouldStop,
) -> float:
    """Return the log10 error ratio of one net from the error at its output."""
    precision = one.precision
    eps = precision.eps if precision.rounds else 0.0
    last = size = root_mean_square(delta)
    for layer in range(len(weights) - 1, 0, -1):
        if should_stop():
            raise SimulationStopped
        arriving = error_arriving(delta, weights[layer])
        if is_rounding(arriving, size, sizes[layer], weights[layer].shape[1], eps):
            return -math.inf
        delta = precision.round(arriving * slopes[layer - 1])
        size = root_mean_square(delta)
        if size == 0 or not math.isfinite(size):
            break
    return decades_between(last, size)


def _theory(request: DepthRequest) -> DepthTheory | None:
    cases = [request.case(2, value) for value in request.values]
    laws = [case.weight_law(0, 1) for case in cases]
    if any(law.mean != 0 for law in laws) or cases[0].schemes[0].record.is_data_dependent:
        return None
    table = _Moments(cases[0])
    contours = np.full((len(CONTOURS), len(cases)), math.nan)
    scales, overflows = np.full(len(cases), math.nan), np.full(len(cases), math.nan)
    mean_square = input_sample(cases[0]).mean_square
    for column, case in enumerate(cases):
        first, inner, output = (
            shape[0] * case.weight_law(0, layer).std ** 2
            for layer, shape in enumerate(case.layer_shapes)
        )
        bias = case.bias_law(0, 1).std ** 2
        start = first * mean_square + case.bias_law(0, 0).std ** 2
        if not 0 < start < math.inf:
            continue
        fan_in, fan_out = case.layer_shapes[-1]
        path = table.decades(start, inner, bias, output * fan_out / fan_in, case.hidden_widths[0])
        for row, level in enumerate(CONTOURS):
            contours[row, column] = _crossing(path, level)
        scale = fixed_point(case.activation, inner, bias, start).xi_grad
        scales[column] = scale if scale < _NEVER else math.inf
        overflow = overflow_layer(
            case.activation, inner, case.dtype, sigma_b2=bias, start=start, most=MAX_DEPTH
        )
        overflows[column] = math.nan if overflow is None else overflow + 1
    for array in (contours, scales, overflows):
        array.flags.writeable = False
    return DepthTheory(contours, scales, overflows)


class _Moments:
    """E f², E f′² and E f′⁴ of an activation, interpolated in log q: enough for a line."""

    def __init__(self, case: Experiment) -> None:
        q = np.logspace(-30, 30, 60 * _PER_DECADE + 1)
        table = quadrature.moments(case.activation, q)
        with np.errstate(divide="ignore"):
            self._second = np.log(table[:, quadrature.SECOND])
            self._slope = np.log(table[:, quadrature.DERIVATIVE_SECOND])
            self._fourth = np.log(table[:, quadrature.DERIVATIVE_FOURTH])
        self._log_q = np.log(q)

    def _at(self, column: Doubles, log_q: float) -> float:
        return float(np.interp(log_q, self._log_q, column))

    def decades(
        self, start: float, sigma_w2: float, sigma_b2: float, output: float, width: int
    ) -> Doubles:
        """Return the median net's log10 error ratio for 1 to `MAX_DEPTH` hidden layers.

        A median lies below the mean: ln of the squared ratio has a variance of about
        3 E f′⁴ / (E f′²)² − 1 over the width, per layer (5 for ReLU, where it is exact).
        """
        found = np.full(MAX_DEPTH, math.nan)
        log_q, hidden, scatter = math.log(start), 0.0, 0.0
        log_w = math.log(sigma_w2) if sigma_w2 > 0 else -math.inf
        log_b = math.log(sigma_b2) if sigma_b2 > 0 else -math.inf
        log_output = math.log(output) if output > 0 else -math.inf
        for depth in range(MAX_DEPTH):
            slope = self._at(self._slope, log_q)
            excess = self._at(self._fourth, log_q) - 2 * slope
            if not math.isfinite(slope):
                break
            scatter += math.log1p((3 * math.exp(min(excess, 50)) - 1) / width)
            found[depth] = (log_output + slope + hidden - scatter / 2) / 2 / math.log(10)
            hidden += log_w + slope
            log_q = float(np.logaddexp(log_w + self._at(self._second, log_q), log_b))
            if not math.isfinite(log_q) or log_q > self._log_q[-1]:
                break
        return found


def _crossing(path: Doubles, level: float) -> float:
    """Return the depth, between whole numbers, where a path first passes a level."""
    beyond = path >= level if level > 0 else path <= level
    hits = np.flatnonzero(beyond)
    if not hits.size:
        return math.nan
    index = int(hits[0])
    if index == 0 or not math.isfinite(path[index]):
        return float(index + 1)
    before, after = path[index - 1], path[index]
    return float(index + (level - before) / (after - before))
