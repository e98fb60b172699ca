"""What to try instead: the field's usual answers, in the order that mean-field theory allows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from winit_core.activations import BoundActivation, get_activation
from winit_core.experiment import Experiment
from winit_core.prediction import layer_laws, saturated_share
from winit_core.schemes import SchemeChoice
from winit_core.theory.layer_prediction import predict_layers
from winit_core.theory.mean_field import gaussian_moments

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
    if (
        None not in activation.bounds
        or gaussian_moments(activation, 1.0).derivative_second > _RECTIFIER_BELOW
    ):
        return SchemeChoice("glorot_normal")
    if "slope" in activation.params:
        return SchemeChoice("he_normal", {"slope": activation.params["slope"]})
    return SchemeChoice("he_normal")


def predict(experiment: Experiment) -> Prediction:
    """Follow the mean squares of signal and error through a very wide net of the first scheme.

    The inputs have a mean square near 1, of which the less favourable side counts: a net of
    finite width scatters, and where its signal runs away from a balance nothing is promised.
    The means of weights are taken for 0.
    """
    return _predict(replace(experiment, seed=0))


@lru_cache(maxsize=256)
def _predict(experiment: Experiment) -> Prediction:
    sides = [_follow(experiment, start) for start in (1 / _SIDE, _SIDE)]
    return max(sides, key=lambda side: (math.isnan(side.decades), abs(side.decades)))


def _follow(experiment: Experiment, signal: float) -> Prediction:
    laws = layer_laws(experiment)
    found = predict_layers(laws.activations, laws.sigma_w2s, laws.sigma_b2s, laws.widths, signal)
    hidden = zip(laws.activations, found.pre_activation[:-1], strict=True)
    saturated = max(saturated_share(activation, size) for activation, size in hidden)
    lost = float(max(found.pre_activation)) > math.log10(experiment.precision.max)
    return Prediction(math.nan if lost else float(found.delta[0]), saturated)
