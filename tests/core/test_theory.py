"""Theory: the reference numbers, direct integration, simulated nets, and what has no number."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from winit_core.activations import ACTIVATIONS, BoundActivation, get_activation
from winit_core.theory import (
    FixedPointStatus,
    NoEdgeOfChaos,
    Regime,
    backward_gain,
    correlation_fixed_point,
    correlation_map,
    depth_scale,
    depth_scales,
    doubly_critical,
    edge_of_chaos,
    edge_of_chaos_curve,
    fixed_point,
    forward_gain,
    gaussian_moments,
    initial_cross_entropy,
    overflow_layer,
    pair_kernels,
    predict_layers,
    variance_map,
)

# Also behind the fixture `theory_values`; read here to make one test of every row.
VALUES = json.loads(
    (Path(__file__).resolve().parent.parent / "data" / "theory_values.json").read_text("utf-8")
)
EXACT = 1e-11  # relative, of numbers known to 16 digits; what is promised is 1e-9


def named(name: str) -> BoundActivation:
    """An activation by its name in the reference, slope included."""
    if name in ACTIVATIONS:
        return get_activation(name)
    key, slope = name.rsplit("_", 1)
    return get_activation(key, slope=float(slope))


def rows(table: str) -> list[dict]:
    return VALUES[table]["rows"]


def names(table: str) -> list[str]:
    return [name for name in VALUES[table] if name != "_doc"]


class TestMoments:
    @pytest.mark.parametrize("name", names("moments"))
    @pytest.mark.parametrize("q", ["0.25", "1", "4"])
    def test_reference(self, name, q):
        expected = VALUES["moments"][name][q]
        moments = gaussian_moments(named(name), float(q))
        found = {
            "E_phi": moments.mean,
            "E_phi2": moments.second,
            "E_phi4": moments.fourth,
            "E_dphi": moments.derivative_mean,
            "E_dphi2": moments.derivative_second,
            "E_dphi4": moments.derivative_fourth,
            "dE_phi2_dq": moments.d_second_dq,
            "Var_phi": moments.variance,
            "forward_gain": forward_gain(named(name), float(q)),
            "backward_gain": backward_gain(named(name), float(q)),
            "width_fluct_const": moments.width_constant,
        }
        assert found == pytest.approx(expected, rel=EXACT, abs=1e-13)

    def test_every_activation_is_in_the_reference(self):
        assert {named(name).key for name in names("moments")} == set(ACTIVATIONS)

    @pytest.mark.parametrize("q", [1e-8, 0.01, 1.0, 30.0, 1e4, 1e8])
    def test_closed_forms(self, q):
        closed = {
            "erf": 2 / math.pi * math.asin(2 * q / (1 + 2 * q)),
            "sin": -math.expm1(-2 * q) / 2,
            "gelu": q
            * (
                1 / 4
                + math.asin(q / (1 + q)) / (2 * math.pi)
                + q / (math.pi * (1 + q) * math.sqrt(1 + 2 * q))
            ),
            "relu": q / 2,
            "leaky_relu": q * (1 + 0.01**2) / 2,
            "relu_squared": 1.5 * q**2,
        }
        for key, second in closed.items():
            assert gaussian_moments(key, q).second == pytest.approx(second, rel=EXACT), key
        steep = {
            "erf": 4 / (math.pi * math.sqrt(1 + 4 * q)),
            "hardtanh": math.erf(1 / math.sqrt(2 * q)),
            "sin": (1 + math.exp(-2 * q)) / 2,
        }
        for key, second in steep.items():
            found = gaussian_moments(key, q).derivative_second
            assert found == pytest.approx(second, rel=EXACT), key

    # That it cannot reach 1e-11 is no matter: 1e-8 is compared.
    @pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
    @settings(max_examples=60, deadline=None)
    @given(
        key=st.sampled_from(sorted(ACTIVATIONS)),
        log_q=st.floats(-3, 2.5),
        share=st.floats(0, 1),
    )
    def test_against_direct_integration(self, key, log_q, share):
        record = ACTIVATIONS[key]
        ranges = {p.name: (p.minimum, min(p.maximum, 4.0)) for p in record.parameters}
        params = {name: low + share * (high - low) for name, (low, high) in ranges.items()}
        activation, q = get_activation(key, **params), 10**log_q
        moments = gaussian_moments(activation, q)

        def expected(function):
            def density(x):
                return function(np.array([x]))[0] * math.exp(-x * x / (2 * q))

            marks = sorted({-30.0, -6.0, -1.0, 0.0, 1.0, 6.0, 30.0, *activation.kinks})
            reach = 9 * math.sqrt(q)
            inside = [mark for mark in marks if abs(mark) < reach]
            edges = [-reach, *inside, reach]
            parts = (
                quad(density, a, b, epsabs=1e-13, epsrel=1e-11, limit=200)[0]
                for a, b in pairwise(edges)
            )
            return sum(parts) / math.sqrt(2 * math.pi * q)

        second = expected(lambda x: activation.value(x) ** 2)
        assert moments.second == pytest.approx(second, rel=1e-8, abs=1e-12)
        assert moments.mean == pytest.approx(expected(activation.value), rel=1e-8, abs=1e-10)
        derivative = expected(lambda x: activation.derivative(x) ** 2)
        assert moments.derivative_second == pytest.approx(derivative, rel=1e-8, abs=1e-12)
        # The definition of the slope by (Z² - 1) / (2 q).
        slope = expected(lambda x: activation.value(x) ** 2 * (x**2 / q - 1) / (2 * q))
        assert moments.d_second_dq == pytest.approx(slope, rel=1e-7, abs=1e-9 / q)

    @pytest.mark.parametrize("key", ACTIVATIONS)
    def test_slope_is_the_difference_quotient(self, key):
        for q in (0.3, 1.0, 5.0):
            step = 1e-5 * q
            rise = gaussian_moments(key, q + step).second - gaussian_moments(key, q - step).second
            found = gaussian_moments(key, q).d_second_dq
            assert found == pytest.approx(rise / (2 * step), rel=1e-8, abs=1e-9)

    @pytest.mark.parametrize("key", ACTIVATIONS)
    def test_zero_is_the_limit(self, key):
        limit, close = gaussian_moments(key, 0.0), gaussian_moments(key, 1e-14)
        for name in ("mean", "second", "derivative_second", "d_second_dq", "derivative_fourth"):
            assert getattr(limit, name) == pytest.approx(getattr(close, name), abs=2e-6), name
        if key == "relu_squared":
            assert limit.forward_gain == limit.backward_gain == math.inf
        else:
            assert limit.forward_gain == pytest.approx(close.forward_gain, rel=1e-6, abs=1e-6)

    @pytest.mark.parametrize("key", ACTIVATIONS)
    def test_extreme_variances_neither_warn_nor_fail(self, key):
        for q in (5e-324, 1e-200, 1e-30, 1e12, 1e60, 1e300):
            moments = gaussian_moments(key, q)
            assert moments.second >= 0
            assert not math.isnan(moments.second)
            assert not math.isnan(moments.derivative_second)

    @pytest.mark.parametrize("q", [-1.0, math.nan, math.inf])
    def test_no_variance(self, q):
        with pytest.raises(ValueError, match="variance"):
            gaussian_moments("tanh", q)

    def test_parameters_are_honoured(self):
        steep = gaussian_moments(get_activation("silu", beta=5.0), 1.0)
        assert steep.second == pytest.approx(gaussian_moments("silu", 25.0).second / 25, rel=EXACT)
        fast = gaussian_moments(get_activation("sin", frequency=30.0), 1.0)
        assert fast.derivative_second == pytest.approx(450.0, rel=EXACT)


class TestVarianceMap:
    @pytest.mark.parametrize("row", rows("variance_trajectories"), ids=lambda r: r["label"])
    def test_trajectory(self, row):
        q, trajectory, factors = 1.0, {}, [0.0]
        for layer in range(61):
            trajectory[str(layer)] = q
            slope = gaussian_moments(row["phi"], q).derivative_second
            factors.append(factors[-1] + math.log10(row["sigma_w2"] * slope))
            q = float(variance_map(row["phi"], q, row["sigma_w2"], row["sigma_b2"]))
        assert {k: trajectory[k] for k in row["q"]} == pytest.approx(row["q"], rel=1e-9, abs=0)
        expected = row["log10_grad_norm2_from_layer_L_to_1"]
        found = {depth: factors[int(depth)] for depth in expected}
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)

    def test_shape_and_order(self):
        q = np.array([[4.0, 0.01], [1.0, 1e5]])
        mapped = variance_map("gelu", q, 2.0, 0.1)
        assert mapped.shape == q.shape
        for at in np.ndindex(q.shape):
            assert mapped[at] == pytest.approx(
                2 * gaussian_moments("gelu", q[at]).second + 0.1, rel=1e-13
            )

    @pytest.mark.parametrize(("weight", "bias"), [(-1, 0), (1, -1), (math.nan, 0), (1, math.inf)])
    def test_impossible_variances(self, weight, bias):
        with pytest.raises(ValueError, match="sigma_"):
            variance_map("tanh", 1.0, weight, bias)
        with pytest.raises(ValueError, match="sigma_"):
            fixed_point("tanh", weight, bias)


STATUS = {
    "converged": FixedPointStatus.STABLE,
    "collapses_to_zero_exponentially": FixedPointStatus.ZERO,
    "collapses_to_zero_algebraically": FixedPointStatus.ZERO_ALGEBRAIC,
    "collapses_to_zero_logarithmically": FixedPointStatus.ZERO_ALGEBRAIC,
    "marginal_every_q": FixedPointStatus.SCALE_INVARIANT,
    "diverges_exponentially": FixedPointStatus.GROWS,
    "diverges_linearly": FixedPointStatus.GROWS,
}


def is_reference_slip(row: dict) -> bool:
    """χ₁ = 1 at q = 0 makes SiLU and Mish leave 0, not collapse: V(q) = q + c q² with c > 0."""
    return row["phi"] in ("silu", "mish") and "algebraically" in row["status"]


class TestFixedPoint:
    @pytest.mark.parametrize(
        "row",
        rows("fixed_points"),
        ids=lambda r: f"{r['phi']}-{r['sigma_w2']:.3g}-{r['sigma_b2']:.3g}",
    )
    def test_reference(self, row):
        if is_reference_slip(row):
            assert float(variance_map(row["phi"], 1.0, row["sigma_w2"], 0)) > 1.2
            small = float(variance_map(row["phi"], 1e-3, row["sigma_w2"], 0))
            assert small > 1e-3 * (1 + 1e-4)
            return
        found = fixed_point(named(row["phi"]), row["sigma_w2"], row["sigma_b2"])
        assert found.status is STATUS[row["status"]]
        if row["q_star"] is not None:
            assert found.q == pytest.approx(row["q_star"], rel=EXACT, abs=0)
        elif found.status is FixedPointStatus.GROWS:
            assert found.q == math.inf
            assert found.regime is Regime.NONE
        else:
            assert math.isnan(found.q)
            assert found.regime is Regime.EDGE
        if "chi_1" in row:
            assert found.chi_1 == pytest.approx(row["chi_1"], rel=EXACT)
            assert found.chi_q == pytest.approx(row["chi_q"], rel=EXACT)
        if "phase" in row:
            assert found.regime.value == row["phase"]
            assert found.xi_q == pytest.approx(row["xi_q"], rel=1e-9)
            assert found.xi_grad == pytest.approx(row["xi_grad"], rel=1e-9)
        if "c_star" in row:
            settled = correlation_fixed_point(named(row["phi"]), row["sigma_w2"], row["sigma_b2"])
            assert settled.c == pytest.approx(row["c_star"], rel=1e-9, abs=1e-12)
            assert settled.slope == pytest.approx(row["chi_c_star"], rel=1e-9)
            scales = depth_scales(named(row["phi"]), row["sigma_w2"], row["sigma_b2"])
            assert scales.xi_c == pytest.approx(row["xi_c"], rel=1e-9)
            assert (scales.xi_q, scales.xi_grad) == (found.xi_q, found.xi_grad)

    def test_reference_has_no_other_slip(self):
        assert sum(map(is_reference_slip, rows("fixed_points"))) == 2

    @settings(max_examples=60, deadline=None)
    @given(
        key=st.sampled_from(sorted(ACTIVATIONS)),
        weight=st.floats(0.05, 8),
        bias=st.floats(0, 2),
        log_start=st.floats(-2, 2),
    )
    def test_is_where_the_iteration_goes(self, key, weight, bias, log_start):
        start = 10**log_start
        found = fixed_point(key, weight, bias, start)
        q = start
        for _ in range(60):
            following = float(variance_map(key, q, weight, bias))
            if following > 1e12:
                break
            q = following
        if found.status is FixedPointStatus.GROWS:
            assert q >= start  # equal only where a bias is lost in rounding
        elif found.status in (FixedPointStatus.ZERO, FixedPointStatus.ZERO_ALGEBRAIC):
            assert bias == 0
            assert q < start
        elif found.status is FixedPointStatus.STABLE:
            mapped = float(variance_map(key, found.q, weight, bias))
            assert mapped == pytest.approx(found.q, rel=1e-10)
            assert found.chi_q < 1
            # Never past it, and as near as its slope allows on the worst part of the way.
            assert min(start, found.q) * (1 - 1e-9) <= q <= max(start, found.q) * (1 + 1e-9)
            if found.chi_q < 0.7 and found.separatrix is None:
                assert abs(q - found.q) <= 0.5 * abs(start - found.q) + 1e-9 * found.q

    @pytest.mark.parametrize(
        ("key", "weight", "bias", "status", "regime"),
        [
            ("elu", 2.0, 0.0, FixedPointStatus.GROWS, Regime.NONE),
            ("selu", 2.0, 0.0, FixedPointStatus.GROWS, Regime.NONE),
            ("softplus", 2.0, 0.0, FixedPointStatus.GROWS, Regime.NONE),
            ("relu", 2.0, 0.1, FixedPointStatus.GROWS, Regime.NONE),
            ("relu", 2.0, 0.0, FixedPointStatus.SCALE_INVARIANT, Regime.EDGE),
            ("tanh", 1.0, 0.0, FixedPointStatus.ZERO_ALGEBRAIC, Regime.EDGE),
            ("gelu", 2.0, 0.0, FixedPointStatus.ZERO, Regime.HALF_STABLE),
            ("selu", 1.0, 0.0, FixedPointStatus.STABLE, Regime.CHAOTIC),
            ("sigmoid", 1.0, 0.0, FixedPointStatus.STABLE, Regime.ORDERED),
            ("tanh", 0.0, 0.0, FixedPointStatus.ZERO, Regime.ORDERED),
            ("sin", 1e6, 0.0, FixedPointStatus.STABLE, Regime.CHAOTIC),
        ],
    )
    def test_every_class(self, key, weight, bias, status, regime):
        found = fixed_point(key, weight, bias)
        assert (found.status, found.regime) == (status, regime)

    @pytest.mark.parametrize("key", ["gelu", "silu", "mish", "hardswish", "relu_squared"])
    def test_forward_gain_of_a_half_stable_activation_repels(self, key):
        weight = forward_gain(key) ** 2
        balanced = fixed_point(key, weight, 0.0)
        assert (balanced.status, balanced.regime) == (
            FixedPointStatus.UNSTABLE,
            Regime.HALF_STABLE,
        )
        assert balanced.q == 1
        assert balanced.chi_q > 1
        below, above = (fixed_point(key, weight, 0.0, start) for start in (0.99, 1.01))
        assert (below.status, above.status) == (FixedPointStatus.ZERO, FixedPointStatus.GROWS)
        assert below.separatrix == pytest.approx(1, rel=1e-9)
        assert above.separatrix == pytest.approx(1, rel=1e-9)

    @pytest.mark.parametrize("key", ["tanh", "erf", "sigmoid", "softsign", "hardtanh", "elu"])
    def test_forward_gain_of_the_others_attracts(self, key):
        found = fixed_point(key, forward_gain(key) ** 2, 0.0, start=0.7)
        assert found.status is FixedPointStatus.STABLE
        assert found.q == pytest.approx(1, rel=1e-9)

    def test_depth_scale(self):
        assert depth_scale(1.0) == math.inf
        assert depth_scale(0.0) == 0
        assert depth_scale(math.inf) == 0
        assert depth_scale(math.exp(-0.25)) == pytest.approx(4)
        assert depth_scale(math.exp(0.25)) == pytest.approx(4)

    @pytest.mark.parametrize("start", [0.0, -1.0, math.inf, math.nan])
    def test_start_must_be_positive(self, start):
        with pytest.raises(ValueError, match="start"):
            fixed_point("tanh", 1.0, 0.0, start)


class TestEdgeOfChaos:
    @pytest.mark.parametrize("key", ["tanh", "lecun_tanh", "hardtanh"])
    def test_reference_points(self, key):
        for row in VALUES["edge_of_chaos"][key]:
            sigma_w2, sigma_b2 = edge_of_chaos(key, row["q_star"])
            assert sigma_w2 == pytest.approx(row["sigma_w2"], rel=1e-10)
            assert math.sqrt(sigma_w2) == pytest.approx(row["sigma_w"], rel=1e-10)
            assert sigma_b2 == pytest.approx(row["sigma_b2"], rel=1e-9, abs=1e-14)
            if "chi_q" in row:
                found = fixed_point(key, row["sigma_w2"], row["sigma_b2"])
                assert found.regime is Regime.EDGE
                assert found.q == pytest.approx(row["q_star"], rel=1e-9)
                assert found.chi_q == pytest.approx(row["chi_q"], rel=1e-9)

    @pytest.mark.parametrize("key", ["gelu", "silu", "selu", "sigmoid"])
    def test_reference_curve(self, key):
        curve = VALUES["edge_of_chaos"][f"{key}_curve"]
        q = [row["q_star"] for row in curve]
        sigma_w2, sigma_b2 = edge_of_chaos_curve(key, q)
        np.testing.assert_allclose(sigma_w2, [row["sigma_w2"] for row in curve], rtol=1e-11)
        np.testing.assert_allclose(
            sigma_b2, [row["sigma_b2"] for row in curve], rtol=1e-10, atol=1e-11
        )
        chi_q = sigma_w2 * [gaussian_moments(key, one).d_second_dq for one in q]
        np.testing.assert_allclose(chi_q, [row["chi_q"] for row in curve], rtol=1e-11)

    def test_homogeneous_is_one_point(self):
        for slope in (0.0, 0.01, 0.3):
            for q in (0.0, 1e-3, 1.0, 1e9):
                point = edge_of_chaos(get_activation("leaky_relu", slope=slope), q)
                assert point == pytest.approx((2 / (1 + slope**2), 0.0), rel=1e-15)

    def test_sigmoid_begins_late(self):
        first = VALUES["edge_of_chaos"]["sigmoid_smallest_weight_at_zero_bias"]
        sigma_w2, sigma_b2 = edge_of_chaos_curve("sigmoid", [first["q_star"]])
        assert sigma_w2[0] == pytest.approx(first["sigma_w2"], rel=1e-10)
        assert sigma_b2[0] == pytest.approx(0, abs=1e-8)
        assert edge_of_chaos("sigmoid", 46.0)[1] > 0
        with pytest.raises(NoEdgeOfChaos, match="Sigmoid"):
            edge_of_chaos("sigmoid", 45.0)

    @pytest.mark.parametrize("q", [0.0, 1e-3, 1.0, 100.0, 1e5])
    def test_softplus_has_none(self, q):
        with pytest.raises(NoEdgeOfChaos):
            edge_of_chaos("softplus", q)

    @pytest.mark.parametrize("key", sorted(set(ACTIVATIONS) - {"softplus", "sigmoid"}))
    def test_point_is_a_fixed_point_with_chi_1(self, key):
        sigma_w2, sigma_b2 = edge_of_chaos_curve(key, [2.0])
        moments = gaussian_moments(key, 2.0)
        assert sigma_w2[0] * moments.derivative_second == pytest.approx(1, rel=1e-12)
        assert sigma_w2[0] * moments.second + sigma_b2[0] == pytest.approx(2, rel=1e-12)

    @pytest.mark.parametrize("key", ["gelu", "gelu_tanh", "silu", "mish"])
    def test_doubly_critical(self, key):
        expected = VALUES["edge_of_chaos"]["half_stable_double_critical"][key]
        found = doubly_critical(key)
        assert found is not None
        sigma_w2, sigma_b2, q = found
        assert sigma_w2 == pytest.approx(expected["C_W"], rel=1e-11)
        assert sigma_b2 == pytest.approx(expected["C_b"], rel=1e-10)
        assert q == pytest.approx(expected["K_star"], rel=1e-9)
        # It attracts from one side: below for SiLU and Mish, above for the GELUs.
        start = 0.1 if key in ("silu", "mish") else 100.0
        settled = fixed_point(key, sigma_w2, sigma_b2, start)
        assert settled.status is FixedPointStatus.MARGINAL
        assert settled.regime is Regime.HALF_STABLE
        assert settled.q == pytest.approx(q, rel=1e-6)
        assert settled.chi_1 == pytest.approx(1, abs=1e-6)
        assert settled.chi_q == pytest.approx(1, abs=1e-6)

    @pytest.mark.parametrize("key", ["relu", "tanh", "selu", "softplus", "sin", "identity"])
    def test_no_doubly_critical_point(self, key):
        assert doubly_critical(key) is None


class TestCorrelations:
    @pytest.mark.parametrize("name", names("correlation_map_q1"))
    def test_reference(self, name):
        table = VALUES["correlation_map_q1"][name]
        c = np.array([row["c"] for row in table])
        value, derivative = pair_kernels(named(name), c)
        np.testing.assert_allclose(value, [row["E_phi_phi"] for row in table], atol=1e-12)
        np.testing.assert_allclose(derivative, [row["E_dphi_dphi"] for row in table], atol=1e-12)
        np.testing.assert_allclose(
            correlation_map(named(name), c, 1.7, 0.0, q=1.0),
            [row["c_out_zero_bias"] for row in table],
            atol=1e-12,
        )

    @pytest.mark.parametrize(
        ("key", "table", "weight", "bias"),
        [("relu", "relu", 2.0, 0.0), ("tanh", "tanh_sb2=0.05", 1.7609546396067393, 0.05)],
    )
    def test_decay_on_the_edge(self, key, table, weight, bias):
        expected = VALUES["correlation_decay_on_EOC"][table]["c_l"]
        found, c = {}, 0.0
        for layer in range(1, 1 + max(map(int, expected))):
            c = float(correlation_map(key, c, weight, bias))
            found[str(layer)] = c
        assert {layer: found[layer] for layer in expected} == pytest.approx(expected, rel=1e-10)

    @pytest.mark.parametrize("key", ACTIVATIONS)
    @pytest.mark.parametrize("q", [0.3, 12.0])
    def test_ends_are_the_moments(self, key, q):
        moments = gaussian_moments(key, q)
        value, derivative = pair_kernels(key, [0.0, 1.0], q)
        scale = moments.second
        assert value == pytest.approx([moments.mean**2, scale], rel=1e-9, abs=1e-11 * scale)
        steep = moments.derivative_second
        expected = [moments.derivative_mean**2, steep]
        assert derivative == pytest.approx(expected, rel=1e-9, abs=1e-10 * steep)

    @pytest.mark.parametrize("key", ["hardtanh", "selu", "relu6", "softsign", "tanh", "gelu"])
    @pytest.mark.parametrize("q", [0.5, 20.0])
    def test_derivative_kernel_is_the_slope_of_the_other(self, key, q):
        # d/dc E[f(u) f(v)] = q E[f'(u) f'(v)]: no formula is shared by the two.
        for c in (-0.9, 0.1, 0.7, 0.98):
            step = 1e-4 * (1 - abs(c))
            (low, high), _ = pair_kernels(key, [c - step, c + step], q)
            _, derivative = pair_kernels(key, c, q)
            assert (high - low) / (2 * step * q) == pytest.approx(float(derivative), rel=2e-6)

    @settings(max_examples=15, deadline=None)
    @given(
        key=st.sampled_from(["elu", "tanh", "hardswish", "selu", "relu6"]),
        c=st.floats(-0.95, 0.95),
        q=st.floats(0.1, 10),
    )
    def test_against_a_plain_sum_over_the_plane(self, key, c, q):
        activation = get_activation(key)
        # Exact to rounding but for the kinks: their square of the step, a jump costs the step.
        z = np.linspace(-9, 9, 1440)
        weight = np.exp(-z * z / 2) * (z[1] - z[0]) / math.sqrt(2 * math.pi)
        u = math.sqrt(q) * z
        v = c * u[:, None] + math.sqrt(1 - c * c) * u
        value, derivative = pair_kernels(key, c, q)
        expected = weight * activation.value(u) @ activation.value(v) @ weight
        assert float(value) == pytest.approx(expected, rel=3e-4, abs=3e-4 * q)
        expected = weight * activation.derivative(u) @ activation.derivative(v) @ weight
        assert float(derivative) == pytest.approx(expected, abs=0.015)

    def test_relu_closed_form_close_to_one(self):
        for c in (1 - 1e-12, 0.3, -1.0):
            value, derivative = pair_kernels("relu", c, 4.0)
            angle = math.acos(c)
            root = math.sqrt((1 - c) * (1 + c))
            assert value == pytest.approx(4 * (root + c * (math.pi - angle)) / (2 * math.pi))
            assert derivative == pytest.approx((math.pi - angle) / (2 * math.pi), abs=1e-12)

    def test_shapes_and_errors(self):
        assert pair_kernels("hardtanh", [[0.1, 0.2], [0.3, 0.4]])[0].shape == (2, 2)
        assert correlation_map("tanh", 0.5, 2.0, 0.1).shape == ()
        for c, q in ((1.1, 1.0), (math.nan, 1.0), (0.5, 0.0), (0.5, math.inf)):
            with pytest.raises(ValueError, match=r"correlation|positive"):
                pair_kernels("tanh", c, q)

    def test_where_there_is_no_fixed_point_there_is_no_correlation(self):
        for key, weight in (("tanh", 0.5), ("selu", 2.0)):
            assert math.isnan(correlation_fixed_point(key, weight, 0.0).c)
            assert math.isnan(correlation_map(key, 0.5, weight, 0.0))
            assert math.isnan(depth_scales(key, weight, 0.0).xi_c)

    def test_edge_has_no_depth_scale(self):
        assert depth_scales("relu", 2.0, 0.0).xi_c == math.inf
        assert depth_scales("tanh", *edge_of_chaos("tanh", 0.8)).xi_c == math.inf


class TestOverflow:
    @pytest.mark.parametrize(
        "row", VALUES["overflow"]["rows"], ids=lambda r: f"{r['weight_std']:.3g}-{r['width']}"
    )
    def test_reference(self, row):
        weight = row["width"] * row["weight_std"] ** 2
        for dtype, layers in row["layers_to_overflow"].items():
            assert overflow_layer("relu", weight, dtype) == pytest.approx(layers, rel=1e-12)

    def test_iterated_map_meets_the_closed_form_where_it_is_one(self):
        # ELU is the identity for large z > 0 and bounded below: half the signal, as for ReLU.
        relu, elu = (overflow_layer(key, 3200.0, np.float32) for key in ("relu", "elu"))
        assert relu is not None
        assert elu == pytest.approx(relu, abs=0.2)
        with_bias = overflow_layer("relu", 3200.0, "float32", sigma_b2=1e-12)
        assert with_bias == pytest.approx(relu, rel=1e-9)

    def test_squared_relu_doubles_its_digits(self):
        q, layers = 1.0, 0
        while math.sqrt(q) < 65504:
            q, layers = 3 * q**2, layers + 1
        found = overflow_layer("relu_squared", 2.0, "float16")
        assert found is not None
        assert layers - 1 < found <= layers
        far = overflow_layer("relu_squared", 2.0, "float64")
        assert far is not None
        assert found < far < found + 7

    def test_linear_growth(self):
        steps = 65504.0**2 / 1e6
        assert overflow_layer("relu", 2.0, "float16", sigma_b2=1e6) == pytest.approx(steps, abs=2)

    @pytest.mark.parametrize(
        ("key", "weight", "bias"),
        [("tanh", 1e4, 0.0), ("relu", 2.0, 0.0), ("gelu", 2.0, 0.0), ("elu", 2.0, 0.0)],
    )
    def test_never(self, key, weight, bias):
        assert overflow_layer(key, weight, "float16", sigma_b2=bias) is None

    def test_at_once(self):
        assert overflow_layer("relu", 2.0, "float16", start=1e12) == 0
        settles_too_high = overflow_layer("tanh", 1e12, "float16")
        assert settles_too_high is not None
        assert 0 < settles_too_high < 1


class TestInitialCrossEntropy:
    @pytest.mark.parametrize(
        "row", rows("initial_cross_entropy"), ids=lambda r: f"{r['C']}-{r['q_logits']}"
    )
    def test_reference(self, row):
        # Two classes at q = 100 are stored with an error of 9e-10: see the next test.
        found = initial_cross_entropy(row["C"], row["q_logits"])
        assert found == pytest.approx(row["E_loss"], abs=1.2e-9)
        assert initial_cross_entropy(row["C"], 0.0) == row["lnC"]

    @pytest.mark.parametrize("q", [1e-3, 0.5, 0.999, 1.001, 30.0, 100.0, 1e4])
    def test_two_classes_are_a_softplus(self, q):
        expected = gaussian_moments("softplus", 2 * q).mean
        assert initial_cross_entropy(2, q) == pytest.approx(expected, rel=1e-11)

    def test_large_variance_is_the_largest_logit(self):
        largest_of_ten = 1.538752730835  # mean of the maximum of 10 standard normals
        found = initial_cross_entropy(10, 1e10) / 1e5
        assert found == pytest.approx(largest_of_ten, rel=1e-9)

    def test_one_class_costs_nothing(self):
        assert initial_cross_entropy(1, 5.0) == pytest.approx(0, abs=1e-11)

    @pytest.mark.parametrize(("classes", "q"), [(0, 1.0), (10, -1.0), (10, math.inf)])
    def test_impossible(self, classes, q):
        with pytest.raises(ValueError, match="class"):
            initial_cross_entropy(classes, q)


def relative_std(band: float) -> float:
    """Of a mean square, from the standard deviation of log10 of its root."""
    return math.sqrt(math.expm1((2 * math.log(10) * band) ** 2))


def simulated(key, weight, bias, widths, x, delta, nets):
    """(nets, 4, layers): mean squares of z, of the output and of delta; squared norm of dL/dW."""
    rng = np.random.default_rng(7)
    activation, layers = get_activation(key), len(widths) - 1
    results = np.empty((nets, 4, layers))
    for result in results:
        weights = [
            rng.normal(0, math.sqrt(weight / fan_in), (fan_in, fan_out))
            for fan_in, fan_out in pairwise(widths)
        ]
        signal, entering, pre = x, [], []
        for layer, w in enumerate(weights):
            entering.append(signal)
            pre.append(signal @ w + rng.normal(0, math.sqrt(bias), w.shape[1]))
            signal = activation.value(pre[-1]) if layer < layers - 1 else pre[-1]
            result[:2, layer] = np.mean(pre[-1] ** 2), np.mean(signal**2)
        error = delta
        for layer in range(layers - 1, -1, -1):
            result[2:, layer] = np.mean(error**2), np.sum((entering[layer].T @ error) ** 2)
            if layer:
                error = (error @ weights[layer].T) * activation.derivative(pre[layer - 1])
    return results


class TestPredictLayers:
    @pytest.mark.parametrize(
        ("key", "weight", "bias"),
        [
            ("relu", 2.0, 0.0),
            ("tanh", 1.5, 0.05),
            ("sigmoid", 1.0, 0.0),
            ("hardtanh", 1.5, 0.1),
            ("selu", 1.0, 0.0),
        ],
    )
    def test_rectangular_nets_with_correlated_inputs(self, key, weight, bias):
        widths, nets = [20, 64, 128, 64, 96, 10], 400
        rng = np.random.default_rng(3)
        x, delta = rng.normal(0.5, 0.8, (6, 20)), rng.normal(0.7, 1.0, (6, 10))
        predicted = predict_layers(
            key, [weight] * 5, [bias] * 5, widths, x @ x.T / 20, delta @ delta.T
        )
        measured = simulated(key, weight, bias, widths, x, delta, nets)
        mean, error = measured.mean(axis=0), measured.std(axis=0) / math.sqrt(nets)
        relative = (
            2
            * np.log(10)
            * np.array(
                [
                    predicted.pre_activation,
                    predicted.activation,
                    predicted.delta,
                    predicted.weight_gradient_norm,
                ]
            )
        )
        mean[2:] /= mean[2:, -1:]  # the output layer's error is the same in all nets
        error[2:] /= measured.mean(axis=0)[2:, -1:]
        # 4.5 standard errors, and 1.5 % for what is of higher order in 1/width.
        assert np.all(np.abs(np.exp(relative) - mean) <= 4.5 * error + 0.015 * mean)
        entries = np.array(widths[:-1]) * np.array(widths[1:])
        np.testing.assert_allclose(
            predicted.weight_gradient,
            predicted.weight_gradient_norm - 0.5 * np.log10(entries / entries[-1]),
            atol=1e-12,
        )
        for band, row in ((predicted.signal_band, 0), (predicted.error_band, 2)):
            spread = np.std(np.log10(measured[:, row]), axis=0) / 2
            np.testing.assert_allclose(band, spread, rtol=0.2, atol=1e-12)
        for typical, row in ((predicted.typical_pre_activation, 0),):
            median = np.median(np.log10(measured[:, row]), axis=0) / 2
            np.testing.assert_allclose(typical, median, atol=0.012)

    @pytest.mark.parametrize(
        ("key", "weight", "expected"),
        [
            ("relu", 2.0, (0.71, 0.66, 0.45, 0.31)),
            ("tanh", 1.0, (0.28, 0.24, 0.17, 0.12)),
            ("tanh", 25 / 9, (0.21, 0.15, 0.10, 0.05)),
            ("sigmoid", 1.0, (0.19, 0.13, 0.09, 0.05)),
            ("selu", 1.0, (0.30, 0.22, 0.15, 0.08)),
            ("gelu", forward_gain("gelu") ** 2, (0.77, 0.76, 0.53, 0.38)),
        ],
    )
    def test_published_spread_of_one_net(self, key, weight, expected):
        for (depth, width), spread in zip(
            ((6, 64), (10, 128), (10, 256), (20, 1024)), expected, strict=True
        ):
            found = predict_layers(key, [weight] * depth, [0] * depth, [9] + [width] * depth, 1.0)
            assert relative_std(found.signal_band[-1]) == pytest.approx(spread, abs=0.0055)

    @pytest.mark.parametrize(
        "row", VALUES["finite_width_relu_he"]["rows"], ids=lambda r: r["hidden_widths"]
    )
    def test_relu_fluctuation_is_exact(self, row):
        depth, width = map(int, row["hidden_widths"].split("x"))
        found = predict_layers(
            "relu", [2.0] * (depth + 1), [0.0] * (depth + 1), [9] + [width] * depth + [10], 1.0
        )
        # The error passes `depth` layers of factors 1 + 5/width on its way down.
        ratio = 1 + relative_std(found.error_band[0]) ** 2
        assert ratio == pytest.approx(row["relu_he_second_moment_ratio"], rel=1e-9)
        # The signal's K has passed as many, and ten logits sample it.
        signal = 1 + relative_std(found.signal_band[-1]) ** 2
        assert signal == pytest.approx(ratio * (1 + 2 / 10), rel=1e-9)
        median = 10 ** (2 * (found.typical_delta[0] - found.delta[0]))
        assert median == pytest.approx(1 / math.sqrt(ratio), rel=1e-9)

    @pytest.mark.parametrize("row", rows("variance_trajectories"), ids=lambda r: r["label"])
    def test_reference_trajectory(self, row):
        depth = 60
        weights = np.full(depth + 1, row["sigma_w2"])
        biases = np.full(depth + 1, row["sigma_b2"])
        # The first matrix turns a mean square of 1 into q = 1, as the table begins.
        weights[0], biases[0] = 1.0, 0.0
        found = predict_layers(row["phi"], weights, biases, [50] * (depth + 2), 1.0)
        q = 10 ** (2 * found.pre_activation)
        for layer, expected in row["q"].items():
            assert q[int(layer)] == pytest.approx(expected, rel=1e-9)
        for layers, decades in row["log10_grad_norm2_from_layer_L_to_1"].items():
            passed = 2 * (found.delta[0] - found.delta[int(layers)])
            assert passed == pytest.approx(decades, rel=1e-9, abs=1e-11)

    def test_rectangular_rules(self):
        widths = [512, 1024, 256, 2048, 512]
        glorot = [2 * n / (n + m) for n, m in pairwise(widths)]
        found = predict_layers("relu", glorot, [0] * 4, widths, 1.0)
        per_unit = 10 ** (2 * np.diff(found.delta))
        np.testing.assert_allclose(1 / per_unit, [0.2, 0.8889, 0.2], atol=1e-4)
        norms = 1 / per_unit * np.array(widths[1:-1]) / np.array(widths[2:])
        np.testing.assert_allclose(norms, [0.8, 0.1111, 0.8], atol=1e-4)

    def test_same_input_twice_is_one_input(self):
        args = [1.8] * 4, [0.1] * 4, [10, 30, 20, 40, 5]
        for key in ("tanh", "relu", "hardswish"):
            single = predict_layers(key, *args, [[0.7]], [[2.0]])
            double = predict_layers(key, *args, np.full((2, 2), 0.7), np.full((2, 2), 3.0))
            # The kernel of a batch does not follow the kinks.
            allowed = 1e-4 if key == "hardswish" else 1e-9
            for name in ("pre_activation", "delta", "weight_gradient", "signal_band", "error_band"):
                found, expected = getattr(double, name), getattr(single, name)
                np.testing.assert_allclose(found, expected, rtol=0, atol=allowed)

    def test_gradients_of_homogeneous_nets_are_the_same_in_every_layer(self):
        for weight in (0.01, 2.0, 100.0):
            found = predict_layers("relu", [weight] * 30, [0] * 30, [64] * 31, 1.0)
            np.testing.assert_allclose(found.weight_gradient_norm, 0, atol=1e-10)

    @pytest.mark.parametrize("key", ACTIVATIONS)
    @pytest.mark.parametrize("weight", [0.0, 1e-30, 1e12])
    @pytest.mark.parametrize("inputs", [1.0, np.eye(3) + 0.1, np.zeros((2, 2))])
    def test_nothing_warns_at_any_size(self, key, weight, inputs):
        found = predict_layers(key, [weight] * 12, [0.0] * 12, [8] * 13, inputs)
        assert not np.any(np.isnan(found.pre_activation))
        assert not np.any(np.isnan(found.signal_band))

    def test_depth_beyond_the_range_of_float64(self):
        for weight in (1e4, 1e-4):
            relu, tanh = (
                predict_layers(key, [weight] * 400, [0] * 400, [64] * 401, 1.0)
                for key in ("relu", "tanh")
            )
            expected = 0.5 * (400 * math.log10(weight) - 399 * math.log10(2))
            assert relu.pre_activation[-1] == pytest.approx(expected, rel=1e-12)
            assert np.all(np.isfinite(tanh.delta))
        # Where tanh is linear it is the identity.
        assert tanh.pre_activation[-1] == pytest.approx(-800, rel=1e-6)

    def test_results_are_read_only(self):
        found = predict_layers("relu", [2.0], [0.0], [3, 4], 1.0)
        with pytest.raises(ValueError, match="read-only"):
            found.delta[0] = 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"sigma_w2s": [1.0]},
            {"sigma_w2s": [1.0, -1.0]},
            {"sigma_b2s": [1.0, math.nan]},
            {"widths": [3, 4]},
            {"widths": [3, 0, 2]},
            {"input_kernel": np.ones((2, 3))},
            {"input_kernel": math.inf},
            {"output_delta_kernel": np.eye(2)},
        ],
        ids=str,
    )
    def test_shapes_that_do_not_fit(self, changes):
        fitting = {
            "sigma_w2s": [1.0, 1.0],
            "sigma_b2s": [0.0, 0.0],
            "widths": [3, 4, 2],
            "input_kernel": 1.0,
        }
        predict_layers("tanh", **fitting)
        with pytest.raises(ValueError, match=r"must be|there must"):
            predict_layers("tanh", **{**fitting, **changes})


def test_the_reference_holds_nothing_that_is_not_compared():
    elsewhere = {  # of weights, not of layers: the tests of schemes and laws
        *(
            "truncated_normal",
            "distribution_facts",
            "init_std_table",
            "finite_width_relu_he_exact_log",
        ),
    }
    here = {
        *("_doc", "moments", "closed_forms_check", "fixed_points", "edge_of_chaos"),
        *("correlation_map_q1", "correlation_decay_on_EOC", "variance_trajectories"),
        *("initial_cross_entropy", "finite_width_relu_he", "overflow"),
    }
    assert set(VALUES) == here | elsewhere
