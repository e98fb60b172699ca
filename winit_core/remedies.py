"""What to try instead: the field's usual answers, in the order that mean-field theory allows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from winit_core.activations import BoundActivation, get_activation
from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice
from winit_core.statistics import is_saturated

_REACH, _PANELS, _ORDER = 8.0, 32, 8
_RECTIFIER_BELOW = 0.7
_SIDE = 1.25


@dataclass(frozen=True)
class Remedy:
    """What would mend it: another scheme in this one's place, another activation, or both.

    Attributes
    ----------
    scheme
        The scheme to put in its place, or None to keep it.
    activation
        The activation to change to, or None to keep it.
    """

    scheme: SchemeChoice | None = None
    activation: BoundActivation | None = None

    def applied(self, experiment: Experiment, index: int) -> dict[str, object]:
        """Return the changed fields of the experiment."""
        changes: dict[str, object] = {}
        if self.scheme is not None:
            schemes = list(experiment.schemes)
            schemes[index] = self.scheme
            changes["schemes"] = tuple(schemes)
        if self.activation is not None:
            changes["activation"] = self.activation
        return changes


@dataclass(frozen=True)
class Prediction:
    """What a very wide network of the same shape would do.

    Attributes
    ----------
    decades
        log10 of the RMS of dL/dz at layer 1 over that at the output layer; NaN or infinite where
        the signal leaves the range of numbers.
    saturated
        Share of saturated activations in the layer that has most of them.
    """

    decades: float
    saturated: float


def candidates(experiment: Experiment, index: int) -> Iterator[tuple[Remedy, Prediction]]:
    """Return what to try in the place of ``experiment.schemes[index]``, smallest change first."""
    activation, choice = experiment.activation, experiment.schemes[index]
    tanh, relu = get_activation("tanh"), get_activation("relu")
    usual = recommended_scheme(activation)
    other = SchemeChoice("he_normal" if usual.key == "glorot_normal" else "glorot_normal")
    pairs = dict.fromkeys(
        (
            (activation, usual),
            (activation, other),
            (tanh, recommended_scheme(tanh)),
            (relu, recommended_scheme(relu)),
        )
    )
    for function, scheme in pairs:
        remedy = Remedy(
            scheme=None if scheme == choice else scheme,
            activation=None if function == activation else function,
        )
        if remedy != Remedy():
            yield remedy, predict(replace(experiment, schemes=(scheme,), activation=function))


def recommended_scheme(activation: BoundActivation) -> SchemeChoice:
    """Return what the field uses with an activation: He for the rectifiers, Xavier otherwise.

    A rectifier passes about half of the squared error, E f'(Z)² for a standard normal Z, and is
    not bounded on both sides.
    """
    if None not in activation.bounds or _mean_squares(activation, 1.0)[1] > _RECTIFIER_BELOW:
        return SchemeChoice("glorot_normal")
    if "slope" in activation.params:
        return SchemeChoice("he_normal", {"slope": activation.params["slope"]})
    return SchemeChoice("he_normal")


@lru_cache(maxsize=256)
def predict(experiment: Experiment) -> Prediction:
    """Follow the mean squares of signal and error through a very wide net of the first scheme.

    The inputs have a mean square near 1, of which the less favourable side counts: a net of
    finite width scatters, and where its signal runs away from a balance nothing is promised.
    The means of weights and biases are taken for 0.

    References
    ----------
    Poole et al. 2016, eq. (3); Schoenholz et al. 2017, section 4, here per unit.
    """
    sides = [_follow(experiment, start) for start in (1 / _SIDE, _SIDE)]
    return max(sides, key=lambda side: (math.isnan(side.decades), abs(side.decades)))


def _follow(experiment: Experiment, signal: float) -> Prediction:
    shapes = experiment.layer_shapes
    variances = [experiment.weight_law(0, layer).std ** 2 for layer in range(len(shapes))]
    saturated, decades = 0.0, 0.0
    for layer, (fan_in, _) in enumerate(shapes[:-1]):
        pre_activation = fan_in * variances[layer] * signal
        signal, passing, beyond = _mean_squares(experiment.activation, pre_activation)
        saturated = max(saturated, beyond)
        gain = shapes[layer + 1][1] * variances[layer + 1] * passing
        decades += 0.5 * math.log10(gain) if gain > 0 else -math.inf
    return Prediction(decades if math.isfinite(signal) else math.nan, saturated)


def _mean_squares(activation: BoundActivation, q: float) -> tuple[float, float, float]:
    """Return E f(z)², E f'(z)² and the saturated share, for z ~ N(0, q)."""
    nodes, masses = _gaussian_rule()
    with np.errstate(all="ignore"):
        z = math.sqrt(q) * nodes
        value, derivative = activation.value(z), activation.derivative(z)
        return (
            float(masses @ np.square(value)),
            float(masses @ np.square(derivative)),
            float(masses @ is_saturated(value, activation.bounds)),
        )


@lru_cache(maxsize=1)
def _gaussian_rule() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return nodes and masses of the standard normal: equal panels, of which one ends at 0."""
    points, weights = np.polynomial.legendre.leggauss(_ORDER)
    edges = np.linspace(-_REACH, _REACH, _PANELS + 1)
    half = _REACH / _PANELS
    nodes = (edges[:-1, None] + half * (points + 1)).ravel()
    masses = np.tile(half * weights, _PANELS) * np.exp(-0.5 * nodes**2)
    return nodes, masses / masses.sum()
