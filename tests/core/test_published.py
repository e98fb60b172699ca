"""Numbers others have published, and identities that hold exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from winit_core import Experiment, SchemeChoice, diagnose, propagate, simulate
from winit_core.datasets import batch
from winit_core.prediction import predict
from winit_core.presets import PRESETS
from winit_core.simulation import weights_and_bias

BY_KEY = dict(PRESETS)


def test_ten_tanh_layers_of_std_0_01_lose_the_signal_as_published() -> None:
    layers = simulate(BY_KEY["cs231n_tanh_small"]).runs[0].layers
    published = [0.2131, 0.0476, 0.0106, 0.0024, 0.00053, 0.00012]
    # One net of width 500 scatters by 1 / √500 in a layer, and the figures are rounded.
    for layer, std in zip(layers, published, strict=False):
        assert layer.activation_std == pytest.approx(std, rel=0.06)


def test_ten_tanh_layers_of_std_1_saturate_as_published() -> None:
    layers = simulate(BY_KEY["cs231n_tanh_large"]).runs[0].layers[:-1]
    assert [layer.activation_std for layer in layers] == pytest.approx([0.982] * 10, abs=0.0015)


def test_a_linear_net_of_512_leaves_float32_at_layer_28() -> None:
    experiment = BY_KEY["linear_overflow"]
    run = simulate(experiment).runs[0]
    worst = diagnose(run).worst
    assert worst.quantity == "pre_activation_rms"
    assert abs(worst.layer + 1 - 28) <= 1
    assert worst.predicted_layer is not None
    assert abs(worst.predicted_layer - worst.layer) <= 1
    prediction = predict(experiment, run.choice)
    assert prediction is not None
    assert prediction.overflow_layer == worst.predicted_layer


@pytest.mark.parametrize(("width", "published"), [(32, 24.05), (64, 22.0), (128, 20.2)])
def test_relu_nets_of_std_10_leave_float32_where_the_scale_says(
    width: int, published: float
) -> None:
    experiment = Experiment(("large_normal",), "relu", hidden_widths=(width,) * 30)
    worst = diagnose(simulate(experiment).runs[0]).worst
    assert abs(worst.layer + 1 - published) < 1.5
    assert worst.predicted_layer is not None
    assert abs(worst.predicted_layer - worst.layer) <= 1


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_every_format_overflows_in_the_layer_that_is_predicted(dtype: str) -> None:
    depth = 200 if dtype == "float64" else 40
    experiment = Experiment(
        (SchemeChoice("normal", {"std": 10.0}),),
        "relu",
        hidden_widths=(64,) * depth,
        batch_size=16,
        dtype=dtype,
    )
    worst = diagnose(simulate(experiment).runs[0]).worst
    assert worst.predicted_layer is not None
    assert abs(worst.predicted_layer - worst.layer) <= (2 if dtype == "float64" else 1)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "prelu", "identity"])
def test_euler_weights_times_gradients_is_one_number_for_all_layers(
    activation: str, loss: str
) -> None:
    experiment = Experiment(("he_normal",), activation, hidden_widths=(128,) * 10, batch_size=64)
    weights = [weights_and_bias(experiment, 0, layer)[0].astype(np.float64) for layer in range(11)]
    data = batch("digits", 64, 64, 0)
    inputs = data.inputs.astype(np.float64)
    passed = propagate(weights, [None] * 11, activation, inputs, data.labels, loss)
    products = [
        float(np.sum(weight * gradient))
        for weight, gradient in zip(weights, passed.grad_weights, strict=True)
    ]
    outer = float(np.sum(passed.logits * passed.deltas[-1]))
    assert products == pytest.approx([outer] * 11, rel=1e-5)
    in_single = propagate(
        [weight.astype(np.float32) for weight in weights],
        [None] * 11,
        activation,
        data.inputs,
        data.labels,
        loss,
    )
    for weight, gradient in zip(weights, in_single.grad_weights, strict=True):
        assert float(np.sum(weight * gradient)) == pytest.approx(outer, rel=1e-4)


def test_xavier_tanh_shrinks_by_the_law_of_the_edge() -> None:
    # q_50 = 0.0102 from q = 1 after 50 layers (theory); a single wide net scatters around it.
    choice = SchemeChoice("glorot_normal")
    experiment = Experiment(
        (choice,), "tanh", hidden_widths=(512,) * 51, dataset="gaussian", input_width=512
    )
    prediction = predict(experiment, choice)
    assert prediction is not None
    low, high = (
        2 * array[50]
        for array in (
            prediction.pre_activation_low,
            prediction.pre_activation_high,
        )
    )
    assert low < math.log10(0.0102) < high


def test_gradients_of_rectifier_nets_do_not_decay_towards_the_input() -> None:
    # |dL/dW| per layer is the same number at any scale; dL/dz is not.
    for std in (0.01, 0.125, 1.0):
        choice = SchemeChoice("normal", {"std": std})
        experiment = Experiment((choice,), "relu", hidden_widths=(128,) * 10)
        ratios = []
        for seed in range(10):
            layers = simulate(replace(experiment, seed=seed)).runs[0].layers[1:-1]
            sizes = [layer.grad_weight_rms for layer in layers]
            ratios.append(sizes[0] / sizes[-1])
        assert 0.3 < float(np.median(ratios)) < 3


def test_presets_are_named_once_and_all_run() -> None:
    keys = [key for key, _ in PRESETS]
    assert len(set(keys)) == len(keys)
    assert all(key.isascii() and key.replace("_", "").isalnum() for key in keys)
    for one, other in pairwise(experiment for _, experiment in PRESETS):
        assert one != other
    for _, experiment in PRESETS:
        small = replace(experiment, hidden_widths=(8,) * min(experiment.depth, 3), batch_size=4)
        for run in simulate(small).runs:
            assert diagnose(run).findings
