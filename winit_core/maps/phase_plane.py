"""The plane of (σ_w², σ_b²): where signals merge or part, and where the named schemes stand.

References
----------
Poole et al. 2016, arXiv:1606.05340, figure 1; Schoenholz et al. 2017, arXiv:1611.01232, figure 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from winit_core.activations import BoundActivation
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import ShouldStop, SimulationStopped
from winit_core.theory import gaussian_quadrature as quadrature
from winit_core.theory.correlation_maps import correlation_map
from winit_core.theory.fixed_points import EDGE_TOLERANCE, Regime, fixed_point
from winit_core.theory.mean_field import Doubles, bracketed_root, gaussian_moments, variance_map

COARSE, FINE = 48, 160
"""Points of the regime grid to a side, first and last."""
DEPTH_SCALES = (3.0, 10.0, 30.0)
"""Layers; a contour on either side of the edge of chaos for each."""
REGIMES = (Regime.ORDERED, Regime.EDGE, Regime.CHAOTIC, Regime.HALF_STABLE, Regime.NONE)
"""What the numbers of a regime grid stand for."""

_PER_DECADE = {False: 6, True: 30}  # q of the tables where things happen, coarse and fine
_SERIES = 96
_ROUNDING = 8 * float(np.finfo(np.float64).eps)
_CHUNK = 4096  # places of the grid looked at together


@dataclass(frozen=True)
class PlaneRange:
    """The part of the plane that is looked at; both axes begin at 0."""

    sigma_w2: float = 5.0
    sigma_b2: float = 1.0


@dataclass(frozen=True, eq=False)
class Curve:
    """Points in order, read-only; NaN ends a piece.

    Attributes
    ----------
    sigma_w2, sigma_b2
        (n,) each.
    q
        (n,) the fixed point of each.
    """

    sigma_w2: Doubles
    sigma_b2: Doubles
    q: Doubles


@dataclass(frozen=True, eq=False)
class Contour:
    """A line of equal depth scale, on one side of the edge of chaos.

    Attributes
    ----------
    layers
        Layers in which the squared gradient changes by a factor e; inputs merge at the same pace
        on the ordered side.
    chaotic
        Which side.
    curve
        The line.
    """

    layers: float
    chaotic: bool
    curve: Curve


@dataclass(frozen=True)
class SchemePoint:
    """A scheme on the plane, for one layer.

    Attributes
    ----------
    choice
        The scheme.
    sigma_w2
        fan_in times the variance of the layer's weights.
    sigma_b2
        Variance of its biases.
    centred
        Whether weights and biases have mean 0, as the theory has it.
    data_dependent
        Whether these are the variances before the scheme has looked at the batch.
    """

    choice: SchemeChoice
    sigma_w2: float
    sigma_b2: float
    centred: bool
    data_dependent: bool


@dataclass(frozen=True, eq=False)
class PhasePlane:
    """What is known about an activation's plane; arrays are read-only.

    Attributes
    ----------
    activation, extent
        Whose plane, and which part of it.
    sigma_w2, sigma_b2
        (n,) and (m,): the grid.
    regimes
        (m, n) positions in `REGIMES`, int8.
    chi_1
        (m, n) factor per layer of the squared gradient where q has settled.
    edge
        The edge of chaos; empty where there is none at all.
    contours
        Of `DEPTH_SCALES`.
    points
        The schemes, in the order of the catalogue.
    """

    activation: BoundActivation
    extent: PlaneRange
    sigma_w2: Doubles
    sigma_b2: Doubles
    regimes: npt.NDArray[np.int8]
    chi_1: Doubles
    edge: Curve
    contours: tuple[Contour, ...]
    points: tuple[SchemePoint, ...]

    @property
    def edge_in_view(self) -> bool:
        """Whether the edge of chaos crosses the part that is looked at."""
        w, b = self.edge.sigma_w2, self.edge.sigma_b2
        return bool(np.any((w <= self.extent.sigma_w2) & (b <= self.extent.sigma_b2)))


def phase_plane(
    experiment: Experiment,
    layer: int = 1,
    extent: PlaneRange | None = None,
    *,
    should_stop: ShouldStop | None = None,
) -> Iterator[PhasePlane]:
    """Compute the plane of the experiment's activation, coarse first.

    Parameters
    ----------
    experiment, layer
        Whose activation and schemes, and the 0-based layer that the schemes' points are for.
    extent
        What part is looked at; None: the usual one.
    should_stop
        Asked now and then.

    Raises
    ------
    SimulationStopped
        When `should_stop` returned true.
    """
    stop = should_stop or (lambda: False)
    activation, seen = experiment.activation, extent or PlaneRange()
    points = scheme_points(experiment, layer)
    for count, fine in ((COARSE, False), (FINE, True)):
        edge = edge_curve(activation, fine)
        contours = depth_contours(activation, fine)
        w = _read_only((np.arange(count) + 0.5) / count * seen.sigma_w2)
        b = _read_only((np.arange(count) + 0.5) / count * seen.sigma_b2)
        regimes, chi_1 = regime_grid(activation, w, b, fine, stop)
        yield PhasePlane(activation, seen, w, b, regimes, chi_1, edge, contours, points)


def _read_only(array: Doubles) -> Doubles:
    array.flags.writeable = False
    return array


# Curves


def edge_curve(activation: BoundActivation, fine: bool = True) -> Curve:
    """Return the edge of chaos: for every q the pair that `edge_of_chaos` gives, where it exists.

    Pairs whose q does not attract (χ_q > 1) are left out, save for q → 0 without a bias.
    """
    return _chi_curve(activation, 1.0, fine)


def depth_contours(activation: BoundActivation, fine: bool = True) -> tuple[Contour, ...]:
    """Return the lines along which ξ = 1/|ln χ₁| has the values of `DEPTH_SCALES`."""
    return tuple(
        Contour(layers, chaotic, _chi_curve(activation, math.exp(sign / layers), fine))
        for layers in DEPTH_SCALES
        for chaotic, sign in ((False, -1), (True, 1))
    )


@lru_cache(maxsize=256)
def _chi_curve(activation: BoundActivation, chi: float, fine: bool) -> Curve:
    """Return where χ₁ has a value: σ_w² = χ/E f′², σ_b² = q − σ_w² E f², a curve over q."""
    if activation.homogeneous:
        # Every q has the same σ_w²: a vertical line, of which on the edge only the foot is left.
        width = chi / gaussian_moments(activation, 1.0).derivative_second
        heights = np.array([0.0]) if chi == 1 else np.array([0.0, 1e3])
        line = np.full(heights.shape, width), heights, np.full(heights.shape, math.nan)
        return Curve(*map(_read_only, line))
    q, table = _table(activation, fine)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma_w2 = chi / table[:, quadrature.DERIVATIVE_SECOND]
        sigma_b2 = q - sigma_w2 * table[:, quadrature.SECOND]
        sigma_b2[np.abs(sigma_b2) <= _ROUNDING * q] = 0
        chi_q = sigma_w2 * table[:, quadrature.SECOND_SLOPE]
    exists = np.isfinite(sigma_w2) & (sigma_b2 >= 0) & (chi_q <= 1 + EDGE_TOLERANCE)
    # q = 0 without a bias attracts only where the small q beside it do.
    exists[0] = np.isfinite(sigma_w2[0]) and bool(sigma_b2[0] == 0) and bool(exists[1])
    columns = np.stack([sigma_w2, sigma_b2, q])
    gap = np.full((3, 1), math.nan)
    parts: list[Doubles] = []
    for run in np.split(np.arange(q.size), np.flatnonzero(np.diff(exists)) + 1):
        if exists[run[0]]:
            feet = [
                _foot(activation, chi, q[inner], q[outer])
                if 0 <= outer < q.size and sigma_b2[outer] < 0
                else np.empty((3, 0))
                for inner, outer in ((run[0], run[0] - 1), (run[-1], run[-1] + 1))
            ]
            parts += [feet[0], columns[:, run], feet[1], gap]
    joined = np.concatenate(parts, axis=1)[:, :-1] if parts else np.empty((3, 0))
    return Curve(*map(_read_only, joined.copy()))


def _foot(activation: BoundActivation, chi: float, inner: float, outer: float) -> Doubles:
    """Return the point (3, 1) between two q at which such a curve meets σ_b² = 0."""

    def sigma_b2(q: float) -> float:
        moments = gaussian_moments(activation, q)
        return q - chi * moments.second / moments.derivative_second

    q = bracketed_root(sigma_b2, inner, outer)
    return np.array([[chi / gaussian_moments(activation, q).derivative_second], [0.0], [q]])


@lru_cache(maxsize=64)
def _table(activation: BoundActivation, fine: bool) -> tuple[Doubles, Doubles]:
    """Return q, from 0 on and 1 among them, and its `quadrature.moments`."""
    decades = 10
    middle = np.logspace(-5, decades - 5, decades * _PER_DECADE[fine] + 1) * activation.scale**2
    ends = np.concatenate([[0.0], np.logspace(-16, -6, 6), np.logspace(6, 14, 5)])
    q = np.unique(np.concatenate([ends * activation.scale**2, middle, [1.0]]))
    return _read_only(q), _read_only(quadrature.moments(activation, q))


# Regimes


def regime_grid(
    activation: BoundActivation,
    sigma_w2: Doubles,
    sigma_b2: Doubles,
    fine: bool = True,
    should_stop: ShouldStop = lambda: False,
) -> tuple[npt.NDArray[np.int8], Doubles]:
    """Return regime and χ₁ for every pair, read from a table: what `fixed_point` solves exactly.

    Parameters
    ----------
    activation
        The activation.
    sigma_w2, sigma_b2
        (n,) and (m,).
    fine
        Whether from the table with 30 points per decade of q, or from the one with 6.
    should_stop
        Asked between pieces of the grid.

    Returns
    -------
    regimes, chi_1
        (m, n) each, read-only; the first int8, positions in `REGIMES`. Between two points of the
        table the moments are interpolated in the logarithm, so right beside a boundary a pair may
        be given to the other side.
    """
    b, w = (grid.ravel() for grid in np.meshgrid(sigma_b2, sigma_w2, indexing="ij"))
    regimes, chi_1 = np.empty(w.size, dtype=np.int8), np.empty(w.size)
    for first in range(0, w.size, _CHUNK):
        if should_stop():
            raise SimulationStopped
        part = slice(first, first + _CHUNK)
        regimes[part], chi_1[part] = _regimes(activation, w[part], b[part], fine)
    shape = (sigma_b2.size, sigma_w2.size)
    codes = regimes.reshape(shape)
    codes.flags.writeable = False
    return codes, _read_only(chi_1.reshape(shape))


def _regimes(
    activation: BoundActivation, w: Doubles, b: Doubles, fine: bool
) -> tuple[npt.NDArray[np.int8], Doubles]:
    ordered, edge, chaotic, half_stable, none = range(5)
    if activation.homogeneous:
        chi = w * gaussian_moments(activation, 1.0).second
        critical = np.abs(chi - 1) <= EDGE_TOLERANCE
        codes = np.where(chi < 1, ordered, none)
        return np.where(critical & (b == 0), edge, codes).astype(np.int8), chi
    q, table = (part[1:] for part in _table(activation, fine))
    second, slope = table[:, quadrature.SECOND], table[:, quadrature.DERIVATIVE_SECOND]
    start = int(np.searchsorted(q, 1.0))
    with np.errstate(over="ignore", invalid="ignore"):
        excess = w[:, None] * second + b[:, None] - q
    upward = excess[:, start] > 0
    # V − q keeps its sign from the start to the fixed point; beyond it the other one.
    above = excess[:, start:] <= 0
    below = excess[:, start::-1] >= 0
    found_up, found_down = above.any(axis=1), below.any(axis=1)
    index_up = start + np.argmax(above, axis=1)
    index_down = start - np.argmax(below, axis=1)
    # The pair of points of the table that the fixed point lies between.
    left = np.where(upward, index_up - 1, index_down)
    found = np.where(upward, found_up, found_down)
    left = np.clip(left, 0, q.size - 2)
    here, there = np.take_along_axis(excess, np.stack([left, left + 1], 1), 1).T
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(here / (here - there), 0, 1)
        log_slope = np.log(slope)
        rise = np.log(table[:, quadrature.SECOND_SLOPE])
        position = left + np.nan_to_num(share)
        grid = np.arange(q.size)
        chi_1 = w * np.exp(np.interp(position, grid, log_slope))
        chi_q = w * np.exp(np.interp(position, grid, rise))
    codes = np.where(chi_1 < 1, ordered, chaotic)
    codes = np.where(chi_q > 1, half_stable, codes)
    limits = quadrature.limits_at_infinity(activation)
    far = w * (limits[0] ** 2 + limits[1] ** 2) / 2
    grows = upward & ~found
    codes = np.where(grows, none, codes)
    chi_1 = np.where(grows, far, chi_1)
    # Down to 0: ordered, unless deviations grow on the way or something repels above.
    vanishes = ~upward & ~found
    zero = gaussian_moments(activation, 0.0)
    one = gaussian_moments(activation, 1.0)
    steep = one.d_second_dq > (1 + EDGE_TOLERANCE) * one.second
    repelled = (excess[:, start:] > 0).any(axis=1)
    at_zero = np.where(repelled | steep, half_stable, ordered)
    at_zero = np.where(np.abs(w * zero.d_second_dq - 1) <= EDGE_TOLERANCE, edge, at_zero)
    codes = np.where(vanishes, at_zero, codes)
    chi_1 = np.where(vanishes, w * zero.derivative_second, chi_1)
    return codes.astype(np.int8), chi_1


# Schemes


def scheme_points(experiment: Experiment, layer: int) -> tuple[SchemePoint, ...]:
    """Return every scheme of the catalogue as a point, for a layer of the experiment's network.

    Schemes of the experiment keep their parameters; its library is heeded, overrides are not.
    """
    choices = [
        next((c for c in experiment.schemes if c.key == key), SchemeChoice(key)) for key in SCHEMES
    ]
    return tuple(scheme_point(experiment, layer, choice) for choice in choices)


def scheme_point(experiment: Experiment, layer: int, choice: SchemeChoice) -> SchemePoint:
    """Return one scheme as a point, for a layer of the experiment's network."""
    one = replace(experiment, schemes=(choice,), overrides=())
    weight, bias = one.weight_law(0, layer), one.bias_law(0, layer)
    return SchemePoint(
        choice,
        one.layer_shapes[layer][0] * weight.std**2,
        bias.std**2,
        weight.mean == 0 and bias.mean == 0,
        choice.record.is_data_dependent,
    )


def choice_at(
    experiment: Experiment,
    layer: int,
    sigma_w2: float,
    sigma_b2: float,
    like: SchemeChoice | None = None,
) -> SchemeChoice:
    """Return a scheme that stands at a point of the plane: `scheme_point` the other way round.

    Parameters
    ----------
    experiment, layer
        The network, and the layer the point is for.
    sigma_w2, sigma_b2
        The point; negative numbers count as 0.
    like
        A scheme to keep if its gain, scale or std can be set so; None, or where that is not
        possible: variance scaling by fan_in, which stands there in every layer.

    Raises
    ------
    ExperimentError
        If that takes a parameter outside its range.
    """
    w, b = max(sigma_w2, 0.0), max(sigma_b2, 0.0)
    biases = {"bias_std": math.sqrt(b)}
    if like is not None:
        if "bias_rule" in like.values:
            biases |= {"bias_rule": "set"}  # type: ignore[dict-item]
        moved = _moved(experiment, layer, w, SchemeChoice(like.key, {**like.values, **biases}))
        if moved is not None:
            return moved
    return SchemeChoice(
        "variance_scaling",
        {"scale": w, "mode": "fan_in", "distribution": "normal", "bias_std": math.sqrt(b)},
    )


def _moved(
    experiment: Experiment, layer: int, sigma_w2: float, like: SchemeChoice
) -> SchemeChoice | None:
    """Return the scheme with the parameter of its size set; None if it has none."""
    for name, power in (("gain", 2), ("std", 2), ("scale", 1)):
        if name not in like.weight_values:
            continue
        unit = SchemeChoice(like.key, {**like.values, name: 1.0})
        at_one = scheme_point(experiment, layer, unit).sigma_w2
        if at_one == 0:
            return None
        value = (sigma_w2 / at_one) ** (1 / power)
        try:
            moved = SchemeChoice(like.key, {**like.values, name: value})
        except ExperimentError:
            return None
        reached = scheme_point(experiment, layer, moved).sigma_w2
        return moved if math.isclose(reached, sigma_w2, rel_tol=1e-6) else None
    return None


# Cobwebs


@dataclass(frozen=True, eq=False)
class Cobweb:
    """A map of one number per layer, and the way of an iteration; arrays are read-only.

    Attributes
    ----------
    x, y
        (n,) the map's curve.
    steps_x, steps_y
        (k,) the polyline between curve and diagonal.
    """

    x: Doubles
    y: Doubles
    steps_x: Doubles
    steps_y: Doubles


def variance_cobweb(
    activation: BoundActivation,
    sigma_w2: float,
    sigma_b2: float,
    start: float = 1.0,
    steps: int = 20,
    points: int = 129,
) -> Cobweb:
    """Return the variance map q ← V(q) and the way from `start`.

    The axes hold the start, the fixed point where there is one, and every step within 50 times
    the start.
    """
    way = [start]
    for _ in range(steps):
        following = sigma_w2 * gaussian_moments(activation, way[-1]).second + sigma_b2
        if not math.isfinite(following) or following > 50 * max(start, 1.0):
            break
        way.append(following)
    settled = fixed_point(activation, sigma_w2, sigma_b2, start).q
    largest = max([*way, settled if 0 < settled < 50 * max(start, 1.0) else 0.0])
    x = np.linspace(0, 1.15 * largest, points)
    return _cobweb(x, variance_map(activation, x, sigma_w2, sigma_b2), way)


def correlation_cobweb(
    activation: BoundActivation,
    sigma_w2: float,
    sigma_b2: float,
    start: float = 0.0,
    steps: int = 20,
    points: int = 129,
) -> Cobweb | None:
    """Return the correlation map c ← c′(c) at the fixed point of q, and the way from `start`.

    For a drawing: where no closed form is known, 96 terms of the Hermite series, the rest of
    which, at most 0.001, is put into one term more. None where q settles on nothing but 0 or
    infinity.
    """
    settled = fixed_point(activation, sigma_w2, sigma_b2)
    q = 1.0 if activation.homogeneous and math.isnan(settled.q) else settled.q
    if not 0 < q < math.inf:
        return None
    x = np.sin(np.linspace(-math.pi / 2, math.pi / 2, 2 * points))
    x = np.unique(np.concatenate([x[x >= min(0.0, start)], [min(0.0, start), 1.0]]))
    if activation.homogeneous or activation.is_sine:
        y = correlation_map(activation, x, sigma_w2, sigma_b2, q)
    else:
        squares = np.square(quadrature.hermite_coefficients(activation, q, _SERIES))
        second = gaussian_moments(activation, q).second
        series = np.append(squares, max(second - float(squares.sum()), 0.0))
        kernel = np.polynomial.polynomial.polyval(x, series)
        y = np.clip((sigma_w2 * kernel + sigma_b2) / (sigma_w2 * second + sigma_b2), -1, 1)
    way = [start]
    for _ in range(steps):
        way.append(float(np.interp(way[-1], x, y)))
    return _cobweb(x, np.asarray(y, dtype=np.float64), way)


def _cobweb(x: Doubles, y: Doubles, way: Sequence[float]) -> Cobweb:
    steps_x, steps_y = [way[0]], [0.0]
    for before, after in pairwise(way):
        steps_x += [before, after]
        steps_y += [after, after]
    arrays = (x, y, np.array(steps_x), np.array(steps_y))
    return Cobweb(*map(_read_only, arrays))
