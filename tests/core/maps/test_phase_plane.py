from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.experiment import Experiment
from winit_core.maps.phase_plane import (
    COARSE,
    DEPTH_SCALES,
    FINE,
    REGIMES,
    choice_at,
    correlation_cobweb,
    depth_contours,
    edge_curve,
    phase_plane,
    scheme_point,
    scheme_points,
    variance_cobweb,
)
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import SimulationStopped, simulate
from winit_core.theory import correlation_map, depth_scales, variance_map
from winit_core.theory.fixed_points import fixed_point
from winit_core.theory.mean_field import edge_of_chaos

RECTANGULAR = Experiment(("he_normal",), "tanh", (96, 48, 200), batch_size=32)


@pytest.mark.parametrize("key", ["tanh", "erf", "hardtanh", "elu", "selu", "sigmoid", "gelu"])
@pytest.mark.parametrize("fine", [False, True])
def test_every_point_of_the_edge_is_edge_of_chaos(key: str, fine: bool) -> None:
    curve = edge_curve(get_activation(key), fine)
    known = np.flatnonzero(np.isfinite(curve.q))
    assert known.size > 20
    for n in known[:: max(1, known.size // 25)]:
        sigma_w2, sigma_b2 = edge_of_chaos(key, float(curve.q[n]))
        assert curve.sigma_w2[n] == pytest.approx(sigma_w2, rel=1e-12)
        assert curve.sigma_b2[n] == pytest.approx(sigma_b2, rel=1e-8, abs=1e-12)


def test_the_edge_of_tanh_goes_through_the_published_points(
    theory_values: dict[str, Any],
) -> None:
    curve = edge_curve(get_activation("tanh"))
    for point in theory_values["edge_of_chaos"]["tanh"]:
        on_curve = np.interp(point["sigma_b2"], curve.sigma_b2, curve.sigma_w2)
        # The drawn polygon: a quarter of a pixel, where 600 pixels stand for 5.
        assert on_curve == pytest.approx(point["sigma_w2"], abs=2e-3)
        on_edge = edge_of_chaos("tanh", point["q_star"])
        assert on_edge == pytest.approx((point["sigma_w2"], point["sigma_b2"]), abs=1e-9)


def test_an_activation_without_an_edge_has_an_empty_one() -> None:
    assert edge_curve(get_activation("softplus")).q.size == 0
    *_, plane = phase_plane(replace(RECTANGULAR, activation=get_activation("sigmoid")))
    assert plane.edge.q.size
    assert not plane.edge_in_view
    assert math.sqrt(np.nanmin(plane.edge.sigma_w2)) == pytest.approx(10.149, rel=1e-4)
    relu = edge_curve(get_activation("relu"))
    assert (relu.sigma_w2.tolist(), relu.sigma_b2.tolist()) == ([2.0], [0.0])


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_the_regions_are_those_of_fixed_point(key: str) -> None:
    experiment = replace(RECTANGULAR, activation=get_activation(key))
    coarse, fine = phase_plane(experiment)
    assert coarse.regimes.shape == (COARSE, COARSE)
    assert fine.regimes.shape == (FINE, FINE)
    generator = np.random.default_rng(0)
    wrong = 0
    for row, column in generator.integers(0, FINE, (25, 2)):
        w, b = float(fine.sigma_w2[column]), float(fine.sigma_b2[row])
        settled = fixed_point(key, w, b)
        wrong += REGIMES[fine.regimes[row, column]] is not settled.regime
        if math.isfinite(settled.chi_1) and math.isfinite(settled.q) and settled.q > 0:
            assert fine.chi_1[row, column] == pytest.approx(settled.chi_1, rel=0.01)
    assert wrong == 0


@pytest.mark.parametrize("key", ["tanh", "selu", "relu"])
def test_contours_have_the_depth_scale_they_say(key: str) -> None:
    activation = get_activation(key)
    contours = depth_contours(activation)
    assert {contour.layers for contour in contours} == set(DEPTH_SCALES)
    for contour in contours:
        curve = contour.curve
        inside = np.flatnonzero((curve.sigma_b2 > 1e-3) & (curve.sigma_b2 < 1))
        for n in inside[::10]:
            settled = fixed_point(activation, float(curve.sigma_w2[n]), float(curve.sigma_b2[n]))
            assert settled.xi_grad == pytest.approx(contour.layers, rel=1e-5)
            assert (settled.chi_1 > 1) is contour.chaotic


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_a_scheme_stands_at_fan_in_times_its_variance(layer: int) -> None:
    points = scheme_points(RECTANGULAR, layer)
    assert [point.choice.key for point in points] == list(SCHEMES)
    fan_in = RECTANGULAR.layer_shapes[layer][0]
    for point in points:
        one = replace(RECTANGULAR, schemes=(point.choice,))
        assert point.sigma_w2 == fan_in * one.weight_law(0, layer).std ** 2
        assert point.sigma_b2 == one.bias_law(0, layer).std ** 2
    by_key = {point.choice.key: point for point in points}
    n_in, n_out = RECTANGULAR.layer_shapes[layer]
    assert by_key["he_normal"].sigma_w2 == pytest.approx(2)
    assert by_key["glorot_normal"].sigma_w2 == pytest.approx(2 * n_in / (n_in + n_out))
    assert by_key["torch_linear"].sigma_w2 == pytest.approx(1 / 3)
    assert by_key["torch_linear"].sigma_b2 == pytest.approx(1 / (3 * n_in))
    assert not by_key["constant"].centred
    assert by_key["lsuv"].data_dependent


@pytest.mark.parametrize("key", [None, *SCHEMES])
@pytest.mark.parametrize(("sigma_w2", "sigma_b2"), [(1.7, 0.05), (3.25, 0.0), (0.0, 0.2)])
def test_a_point_becomes_a_scheme_that_stands_there(
    key: str | None, sigma_w2: float, sigma_b2: float
) -> None:
    like = None if key is None else SchemeChoice(key)
    choice = choice_at(RECTANGULAR, 2, sigma_w2, sigma_b2, like)
    point = scheme_point(RECTANGULAR, 2, choice)
    assert point.sigma_w2 == pytest.approx(sigma_w2, abs=1e-12)
    assert point.sigma_b2 == pytest.approx(sigma_b2, abs=1e-12)
    if key in ("he_normal", "glorot_uniform", "orthogonal", "normal"):
        assert choice.key == key


def test_variance_scaling_stands_there_in_every_layer() -> None:
    choice = choice_at(RECTANGULAR, 1, 1.7, 0.05)
    for layer in range(4):
        assert scheme_point(RECTANGULAR, layer, choice).sigma_w2 == pytest.approx(1.7)


def test_cobwebs_follow_their_maps() -> None:
    tanh = get_activation("tanh")
    web = variance_cobweb(tanh, 1.5, 0.1, start=2.0, steps=60)
    np.testing.assert_allclose(web.y, variance_map("tanh", web.x, 1.5, 0.1))
    assert (web.steps_x[0], web.steps_y[0]) == (2.0, 0.0)
    assert web.steps_x[-1] == pytest.approx(fixed_point("tanh", 1.5, 0.1).q, rel=1e-6)
    pair = correlation_cobweb(tanh, 1.5, 0.1, start=0.2)
    assert pair is not None
    np.testing.assert_allclose(pair.y, correlation_map("tanh", pair.x, 1.5, 0.1), rtol=0, atol=1e-9)
    assert pair.y[-1] == pytest.approx(1)


def test_the_correlation_map_of_a_kinked_activation_is_right_to_a_thousandth() -> None:
    web = correlation_cobweb(get_activation("hardtanh"), 1.5, 0.1, points=20)
    assert web is not None
    exact = correlation_map("hardtanh", web.x[::6], 1.5, 0.1)
    np.testing.assert_allclose(web.y[::6], exact, rtol=0, atol=1e-3)


def test_there_is_no_correlation_map_where_the_signal_goes_to_nothing_or_to_infinity() -> None:
    assert correlation_cobweb(get_activation("tanh"), 0.5, 0.0) is None
    assert correlation_cobweb(get_activation("relu"), 3.0, 0.0) is None
    assert correlation_cobweb(get_activation("relu"), 2.0, 0.0) is not None


def test_it_stops_when_told() -> None:
    with pytest.raises(SimulationStopped):
        list(phase_plane(RECTANGULAR, should_stop=lambda: True))


# Measured against theory


def measured_rates(key: str, sigma_w2: float, sigma_b2: float) -> np.ndarray[Any, Any]:
    """Return ln of the factor per layer of the squared error, of 20 nets of 40 x 128."""
    shape = Experiment(("he_normal",), key, (128,) * 40, batch_size=16)
    choice = choice_at(shape, 1, sigma_w2, sigma_b2)
    rates = []
    for seed in range(20):
        layers = simulate(replace(shape, schemes=(choice,), seed=seed)).runs[0].layers
        first, last = 8, 36  # the signal has settled, the output layer is far
        change = math.log(layers[first].delta_rms / layers[last].delta_rms)
        rates.append(2 * change / (last - first))
    return np.array(rates)


@pytest.mark.parametrize(
    ("key", "sigma_w2", "sigma_b2"),
    [
        ("tanh", 1.2, 0.05),
        ("tanh", 1.7609546396, 0.05),
        ("tanh", 3.0, 0.05),
        ("relu", 2.0, 0.0),
    ],
    ids=["ordered", "edge", "chaotic", "relu"],
)
def test_the_measured_depth_scale_is_within_the_band_of_20_seeds(
    key: str, sigma_w2: float, sigma_b2: float
) -> None:
    rates = measured_rates(key, sigma_w2, sigma_b2)
    chi_1 = fixed_point(key, sigma_w2, sigma_b2).chi_1
    predicted = math.log(chi_1)
    assert abs(rates.mean() - predicted) < 2 * rates.std(ddof=1)
    scale = depth_scales(key, sigma_w2, sigma_b2).xi_grad
    if key == "tanh" and abs(predicted) > 0.05:
        assert 1 / abs(rates.mean()) == pytest.approx(scale, rel=0.25)
    else:
        assert scale > 1e4
        assert 1 / abs(rates.mean()) > 20
