"""Measured and predicted, over random nets: z-scores in units of the finite-width band."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from winit_core import Experiment, SchemeChoice, simulate
from winit_core.prediction import BAND_SIGMAS, predict

SEEDS = 20
WIDTHS = (48, 96, 192)
DEPTH = 8
NAMES = ("activation", "pre_activation", "delta", "grad_weight")

# Each activation with the scheme the field uses for it.
CASES = (
    ("glorot_normal", "tanh", {}),
    ("he_normal", "relu", {}),
    ("glorot_normal", "sigmoid", {}),
    ("lecun_normal", "elu", {}),
    ("lecun_normal", "selu", {}),
)
# What the theory has to get right besides: other laws, biases, scales, losses and formats.
OTHERS: tuple[tuple[str, str, dict[str, float], dict[str, Any]], ...] = (
    ("torch_linear", "tanh", {}, {}),
    ("glorot_uniform", "softsign", {}, {"library": "keras"}),
    ("he_normal", "relu", {"bias": 0.5}, {}),
    ("lecun_normal", "tanh", {"gain": 1.5, "bias_std": 0.5}, {"loss": "mse"}),
    ("normal", "leaky_relu", {"std": 0.5}, {"loss": "mse"}),
    ("large_normal", "tanh", {}, {}),
    ("he_uniform", "relu", {}, {"dataset": "gaussian", "input_width": 200}),
    ("sparse", "hardtanh", {"std": 0.15, "sparsity": 0.5}, {"batch_size": 7}),
    ("glorot_normal", "tanh", {}, {"hidden_widths": (64, 200, 32, 128, 96)}),
)


def z_scores(experiment: Experiment, name: str, seeds: int = SEEDS) -> npt.NDArray[np.float64]:
    """(seeds, layers): distance of log10 RMS from the median, in standard deviations.

    Layers whose band is 0 by construction (the output layer relative to itself) are left out.
    """
    choice = experiment.schemes[0]
    scores = []
    for seed in range(seeds):
        one = replace(experiment, seed=seed)
        prediction = predict(one, choice)
        assert prediction is not None
        layers = simulate(one).runs[0].layers
        measured = np.log10([getattr(layer, f"{name}_rms") for layer in layers])
        if name in ("delta", "grad_weight"):
            measured -= measured[-1]
        low, median, high = (getattr(prediction, name + end) for end in ("_low", "", "_high"))
        band = (high - low) / (2 * BAND_SIGMAS)
        chosen = band > 1e-9
        assert np.abs(measured - median)[~chosen].max(initial=0) < 1e-5
        scores.append((measured - median)[chosen] / band[chosen])
    return np.array(scores)


def check(scores: npt.NDArray[np.float64], widest: float = 1.0) -> None:
    """Hold the scores of independent nets to a normal law; the layers of a net are not independent.

    `widest` is a factor of their standard deviation.
    """
    nets = len(scores)
    # Of every layer the mean is known to 1 / √nets, the mean square of all to √(2 / nets) at worst.
    assert np.abs(scores.mean(axis=0)).max() < 4.5 * widest / math.sqrt(nets)
    assert np.mean(scores**2) < widest**2 * (1 + 4 * math.sqrt(2 / nets))
    assert np.mean(scores**2) > 0.15
    assert np.mean(np.abs(scores) < 2 * widest) > 0.8


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "activation", "params"), CASES)
def test_signal_error_and_gradient_stay_within_the_band(
    scheme: str, activation: str, params: dict[str, float], width: int
) -> None:
    experiment = Experiment(
        (SchemeChoice(scheme, params),),
        activation,
        hidden_widths=(width,) * DEPTH,
        batch_size=64,
    )
    for name in NAMES:
        check(z_scores(experiment, name))


@pytest.mark.parametrize(("scheme", "activation", "params", "fields"), OTHERS)
def test_so_they_do_with_other_laws_biases_losses_and_shapes(
    scheme: str, activation: str, params: dict[str, float], fields: dict[str, Any]
) -> None:
    settings: dict[str, Any] = {"hidden_widths": (96,) * DEPTH, "batch_size": 64, **fields}
    experiment = Experiment((SchemeChoice(scheme, params),), activation, **settings)
    for name in NAMES:
        check(z_scores(experiment, name, 12), 1.25)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("activation", ["gelu", "silu", "mish"])
def test_half_stable_nets_say_so_and_keep_to_a_wider_band(activation: str, width: int) -> None:
    choice = SchemeChoice("he_normal")
    experiment = Experiment((choice,), activation, hidden_widths=(width,) * DEPTH, batch_size=64)
    prediction = predict(experiment, choice)
    assert prediction is not None
    assert prediction.half_stable
    for name in NAMES:
        check(z_scores(experiment, name, 12), 2.0)


@pytest.mark.parametrize(("scheme", "activation", "params"), CASES)
def test_stable_nets_are_not_called_half_stable(
    scheme: str, activation: str, params: dict[str, float]
) -> None:
    choice = SchemeChoice(scheme, params)
    prediction = predict(Experiment((choice,), activation), choice)
    assert prediction is not None
    assert not prediction.half_stable


def test_an_orthogonal_net_scatters_less_than_the_band_allows() -> None:
    experiment = Experiment(
        (SchemeChoice("orthogonal"),), "tanh", hidden_widths=(96,) * DEPTH, batch_size=64
    )
    for name in NAMES:
        scores = z_scores(experiment, name, 8)
        assert np.abs(scores.mean(axis=0)).max() < 1
        assert scores.std(axis=0)[:-1].max() < 1


@pytest.mark.parametrize(
    ("scheme", "activation"), [("he_normal", "relu"), ("torch_linear", "tanh"), ("normal", "erf")]
)
def test_the_similarity_of_inputs_is_predicted(scheme: str, activation: str) -> None:
    choice = SchemeChoice(scheme)
    experiment = Experiment((choice,), activation, hidden_widths=(256,) * 6, batch_size=128)
    measured = np.array(
        [
            [layer.similarity for layer in simulate(replace(experiment, seed=seed)).runs[0].layers]
            for seed in range(6)
        ]
    )
    prediction = predict(experiment, choice)
    assert prediction is not None
    # The ten outputs are too few to tell; thirty inputs stand for all pairs.
    np.testing.assert_allclose(measured.mean(axis=0)[:-1], prediction.similarities[:-1], atol=0.05)


def test_orthogonal_inputs_are_followed_to_the_last_hidden_layer() -> None:
    choice = SchemeChoice("he_normal")
    wide: dict[str, Any] = {"hidden_widths": (64,) * 10, "dataset": "gaussian", "input_width": 4096}
    prediction = predict(Experiment((choice,), "relu", **wide), choice)
    assert prediction is not None
    # The map of Cho & Saul, nine times over: the first layer leaves them orthogonal.
    c = 0.0
    for _ in range(9):
        c = (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / math.pi
    assert prediction.similarity == pytest.approx(c, abs=1e-9)
    run = simulate(Experiment((choice,), "relu", **{**wide, "batch_size": 32})).runs[0]
    assert run.layers[9].similarity == pytest.approx(c, abs=0.1)
