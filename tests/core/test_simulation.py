from __future__ import annotations

import dataclasses
import math
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winit_core.datasets import batch
from winit_core.diagnosis import diagnose, error_ratio
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.network import propagate
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import (
    MAX_BINS,
    Quantity,
    SchemeRun,
    SimulationStopped,
    common_edges,
    histogram,
    layer_histograms,
    layer_values,
    simulate,
    weights_and_bias,
)
from winit_core.statistics import moments

EIGHT = (
    "zeros",
    "constant",
    "small_normal",
    "large_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
)
SMALL = Experiment(EIGHT, hidden_widths=(20, 12, 30), batch_size=40)
SEEDS = (0, 1, 2)


def _propagated(experiment: Experiment, index: int) -> Any:
    parameters = [
        weights_and_bias(experiment, index, layer) for layer in range(experiment.depth + 1)
    ]
    data = batch(experiment.dataset, experiment.input_width, experiment.batch_size, experiment.seed)
    return propagate(
        [weight for weight, _ in parameters],
        [bias for _, bias in parameters],
        experiment.activation,
        data.inputs.astype(experiment.numpy_dtype),
        data.labels,
        experiment.loss,
    )


@pytest.fixture(scope="module")
def deep() -> dict[int, dict[str, SchemeRun]]:
    """The network of the issue, 10 x 128 with tanh on the digits: seed -> scheme -> run."""
    simulations = [simulate(Experiment(EIGHT, seed=seed)) for seed in SEEDS]
    return {
        seed: {run.choice.key: run for run in simulation.runs}
        for seed, simulation in zip(SEEDS, simulations, strict=True)
    }


class TestDeepNets:
    """The physics of issue 2.

    Every layer multiplies the squared error per unit by fan_out x std² x E tanh'², so its mean
    over networks is known; one network scatters.
    """

    @pytest.mark.parametrize("seed", SEEDS)
    def test_small_random_weights_lose_ten_decades(self, deep, seed: int) -> None:
        # tanh' = 1 here: nine layers of 128 x 0.01² and one of 10 x 0.01².
        expected = 0.5 * (9 * math.log10(128 * 1e-4) + math.log10(10 * 1e-4))
        assert expected == pytest.approx(-10, abs=0.02)
        # ln of one net's squared error has variance 2/n a layer (chi-square of n = 128 terms).
        one_std = 0.5 / math.log(10) * math.sqrt(10 * 2 / 128)
        measured = math.log10(error_ratio(deep[seed]["small_normal"]))
        assert abs(measured - expected) < 4 * one_std

    @pytest.mark.parametrize("seed", SEEDS)
    def test_large_random_weights_amplify_by_eight_decades(self, deep, seed: int) -> None:
        # 30 seeds, simulated once: log10 has mean 7.56 and standard deviation 0.57. The few
        # unsaturated units that carry the error make it scatter that much.
        measured = math.log10(error_ratio(deep[seed]["large_normal"]))
        assert abs(measured - 7.56) < 4 * 0.57

    @pytest.mark.parametrize("seed", SEEDS)
    def test_large_random_weights_saturate_98_percent(self, deep, seed: int) -> None:
        run = deep[seed]["large_normal"]
        # z ~ N(0, 10² x 128 E h²) and E h² is nearly 1: P(|z| < artanh 0.97), to first order.
        free = 2 * math.atanh(0.97) / (10 * math.sqrt(128) * math.sqrt(2 * math.pi))
        for layer in run.layers[1:-1]:
            # Five standard errors of a share of 128 x 256 entries.
            assert abs(1 - layer.saturated_fraction - free) < 5 * math.sqrt(free / (128 * 256))
        mean = np.mean([layer.saturated_fraction for layer in run.layers[:-1]])
        assert round(float(mean), 2) == 0.98
        assert run.layers[-1].saturated_fraction == 0

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize("scheme", ["glorot_uniform", "glorot_normal"])
    def test_xavier_keeps_the_error_within_a_factor_of_ten(
        self, deep, seed: int, scheme: str
    ) -> None:
        assert 0.1 < error_ratio(deep[seed][scheme]) < 10

    @pytest.mark.parametrize("seed", SEEDS)
    def test_zero_weights_give_hidden_layers_no_gradient_at_all(self, deep, seed: int) -> None:
        run = deep[seed]["zeros"]
        for layer in run.layers[:-1]:
            assert (layer.delta_rms, layer.grad_weight_rms) == (0, 0)
        assert run.layers[-1].delta_rms > 0
        assert run.layers[-1].grad_weight_rms == 0  # its inputs are zero as well
        # All classes are equally likely: each probability is 1/10, in float64 exactly.
        assert run.loss == pytest.approx(math.log(10), rel=1e-15)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_constant_weights_make_one_unit_of_every_layer(self, deep, seed: int) -> None:
        assert [layer.distinct_units for layer in deep[seed]["constant"].layers] == [1] * 11
        # The errors of softmax add up to zero: nothing but rounding arrives further down.
        assert [layer.delta_is_rounding for layer in deep[seed]["constant"].layers] == (
            [True] * 10 + [False]
        )
        for scheme in ("small_normal", "large_normal", "glorot_uniform", "he_normal"):
            layers = deep[seed][scheme].layers
            assert [layer.distinct_units for layer in layers] == [128] * 10 + [10]
            assert not any(layer.delta_is_rounding for layer in layers)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_the_weight_gradient_of_small_weights_is_the_same_in_every_layer(
        self, deep, seed: int
    ) -> None:
        # What the error loses per layer on its way down, the signal loses on its way up: only
        # the first layer (64 inputs) and the last (10 outputs) differ from the rest.
        sizes = [layer.grad_weight_rms for layer in deep[seed]["small_normal"].layers[1:-1]]
        # In a linear net two layers differ by what one layer scatters, on both ways.
        assert max(sizes) / min(sizes) < math.exp(5 * math.sqrt(2 * 2 / 128))

    @pytest.mark.parametrize("seed", SEEDS)
    def test_large_weights_overflow_a_deep_relu_net_where_theory_says(self, seed: int) -> None:
        experiment = Experiment(
            ("large_normal",), activation="relu", hidden_widths=(128,) * 40, seed=seed
        )
        finding = diagnose(simulate(experiment).runs[0]).worst
        # The RMS of z grows by 10 √(128/2) a layer, and by 10 √64 = the same in the first.
        predicted = math.log(float(np.finfo(np.float32).max)) / math.log(10 * math.sqrt(128 / 2))
        assert predicted == pytest.approx(20.2, abs=0.1)
        # The largest entry is about 4.5 RMS, a third of a layer early; a net scatters by a tenth
        # of a layer, and a whole layer comes of counting layers.
        assert abs(finding.layer + 1 - predicted) < 1
        assert (finding.quantity, finding.number) == ("pre_activation_rms", math.inf)
        first = [np.isfinite(z).all() for z in _propagated(experiment, 0).pre_activations]
        assert first.index(False) == finding.layer
        # With the range of float64 nothing overflows.
        wide = simulate(dataclasses.replace(experiment, dtype="float64")).runs[0]
        assert diagnose(wide).verdict.value == "exploding"
        assert all(math.isfinite(layer.grad_weight_rms) for layer in wide.layers)

    def test_half_the_range_is_no_overflow(self) -> None:
        # Squares overflow float32 at 1.8e19, in layer 11; the numbers themselves last to 20.
        experiment = Experiment(("large_normal",), activation="relu", hidden_widths=(128,) * 16)
        layers = simulate(experiment).runs[0].layers
        assert layers[-1].pre_activation_rms > 1e30
        assert all(math.isfinite(layer.pre_activation_std) for layer in layers)


class TestPairedDraws:
    @pytest.mark.parametrize("layer", range(4))
    def test_all_schemes_of_a_layer_are_made_of_the_same_draws(self, layer: int) -> None:
        weights = dict(
            zip(
                EIGHT,
                (layer_values(SMALL, i, layer, Quantity.WEIGHT) for i in range(8)),
                strict=True,
            )
        )
        fan_in, fan_out = SMALL.layer_shapes[layer]
        unit = weights["small_normal"].astype(np.float64) / 0.01
        for scheme, std in (
            ("large_normal", 10),
            ("glorot_normal", math.sqrt(2 / (fan_in + fan_out))),
            ("he_normal", math.sqrt(2 / fan_in)),
        ):
            # Multiples, but for the rounding of three float32 numbers.
            np.testing.assert_allclose(
                weights[scheme] / std, unit, rtol=3 * float(np.finfo(np.float32).eps)
            )
        for scheme in ("glorot_uniform", "he_uniform"):
            in_order = weights[scheme].ravel()[np.argsort(unit.ravel())]
            assert (np.diff(in_order) >= 0).all()
            np.testing.assert_array_equal(np.sign(weights[scheme]), np.sign(unit))
        np.testing.assert_array_equal(weights["zeros"], 0)
        np.testing.assert_array_equal(weights["constant"], 0.5)

    def test_a_deeper_net_keeps_the_weights_of_its_earlier_layers(self) -> None:
        deeper = dataclasses.replace(SMALL, hidden_widths=(20, 12, 30, 30, 30))
        for index in range(8):
            for layer in range(3):
                before = layer_values(SMALL, index, layer, Quantity.WEIGHT)
                after = layer_values(deeper, index, layer, Quantity.WEIGHT)
                assert before.tobytes() == after.tobytes()
        shallow, deep = simulate(SMALL), simulate(deeper)
        for before, after in zip(shallow.runs, deep.runs, strict=True):
            for a, b in zip(before.layers[:3], after.layers[:3], strict=True):
                assert (a.pre_activation_rms, a.activation_std) == (
                    b.pre_activation_rms,
                    b.activation_std,
                )

    def test_a_scheme_does_not_depend_on_its_company(self) -> None:
        alone = simulate(dataclasses.replace(SMALL, schemes=("he_normal",))).runs[0]
        assert repr(alone.layers) == repr(simulate(SMALL).runs[7].layers)

    def test_float64_computes_with_the_same_weights(self) -> None:
        wide = dataclasses.replace(SMALL, dtype="float64")
        for index in range(8):
            before = layer_values(SMALL, index, 1, Quantity.WEIGHT)
            after = layer_values(wide, index, 1, Quantity.WEIGHT)
            assert (before.dtype, after.dtype) == (np.float32, np.float64)
            np.testing.assert_array_equal(before, after)

    def test_another_seed_is_another_experiment(self) -> None:
        other = dataclasses.replace(SMALL, seed=1)
        for index, scheme in enumerate(EIGHT):
            same = np.array_equal(
                layer_values(SMALL, index, 0, Quantity.WEIGHT),
                layer_values(other, index, 0, Quantity.WEIGHT),
            )
            assert same == (scheme in ("zeros", "constant"))


class TestSimulate:
    def test_one_run_per_scheme_in_the_order_asked(self) -> None:
        choices = (
            SchemeChoice("normal", {"std": 0.3}),
            SchemeChoice("zeros"),
            SchemeChoice("normal", {"std": 0.1}),
        )
        simulation = simulate(dataclasses.replace(SMALL, schemes=choices))
        assert tuple(run.choice for run in simulation.runs) == choices
        assert [run.index for run in simulation.runs] == [0, 1, 2]
        assert all(run.experiment is simulation.experiment for run in simulation.runs)
        assert simulate(dataclasses.replace(SMALL, schemes=())).runs == ()

    @pytest.mark.parametrize("workers", [1, 2])
    def test_the_same_experiment_gives_the_same_bytes(self, workers: int) -> None:
        twin = Experiment.from_dict(SMALL.to_dict())
        # repr of a float is exact, and unlike == it holds for NaN.
        assert repr(simulate(twin, workers=workers)) == repr(simulate(SMALL))

    @pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("activation", ["tanh", "relu", "elu"])
    def test_the_statistics_are_those_of_propagate(
        self, activation: str, dtype: str, loss: str
    ) -> None:
        experiment = dataclasses.replace(SMALL, activation=activation, dtype=dtype, loss=loss)
        for run in simulate(experiment).runs:
            result = _propagated(experiment, run.index)
            assert run.loss == result.loss
            for index, layer in enumerate(run.layers):
                weight = weights_and_bias(experiment, run.index, index)[0]
                assert (layer.fan_in, layer.fan_out) == weight.shape
                of_w, of_z = moments(weight), moments(result.pre_activations[index])
                of_h = moments(result.activations[index])
                # The same arithmetic in the same order: equal to the last bit.
                assert (layer.weight_mean, layer.weight_std, layer.weight_rms) == _triple(of_w)
                assert _triple(of_z) == (
                    layer.pre_activation_mean,
                    layer.pre_activation_std,
                    layer.pre_activation_rms,
                )
                assert _triple(of_h) == (
                    layer.activation_mean,
                    layer.activation_std,
                    layer.activation_rms,
                )
                assert layer.delta_rms == moments(result.deltas[index]).rms
                assert layer.grad_weight_rms == moments(result.grad_weights[index]).rms
                hidden = index < experiment.depth
                dead = (result.activations[index] == 0).all(axis=0).mean()
                assert layer.dead_fraction == (dead if hidden else 0)

    def test_the_biases_of_constant_are_there(self) -> None:
        choice = SchemeChoice("constant", {"weight": 0.25, "bias": -0.5})
        experiment = dataclasses.replace(SMALL, schemes=(choice, "he_normal"))
        weight, bias = weights_and_bias(experiment, 0, 2)
        np.testing.assert_array_equal(weight, 0.25)
        np.testing.assert_array_equal(bias, np.full(30, -0.5, dtype=np.float32))
        assert weights_and_bias(experiment, 1, 2)[1] is None

    @pytest.mark.parametrize("allowed", [0, 1, 5, 30, 63])
    def test_it_stops_at_the_next_layer(self, allowed: int) -> None:
        asked = 0

        def should_stop() -> bool:
            nonlocal asked
            asked += 1
            return asked > allowed

        # Eight schemes ask in four layers, up and down: 64 times.
        with pytest.raises(SimulationStopped):
            simulate(SMALL, should_stop)
        assert asked == allowed + 1

    def test_it_asks_before_every_layer_and_goes_on_while_told_so(self) -> None:
        answers = []
        simulation = simulate(SMALL, lambda: bool(answers.append(0)))
        assert len(answers) == 64
        assert repr(simulation) == repr(simulate(SMALL))

    def test_two_workers_stop_and_leave_no_thread(self) -> None:
        before = threading.active_count()
        with pytest.raises(SimulationStopped):
            simulate(SMALL, lambda: True, workers=2)
        assert threading.active_count() == before

    @pytest.mark.parametrize("quantity", [q for q in Quantity if q is not Quantity.WEIGHT])
    def test_histograms_that_need_a_pass_stop_too(self, quantity: Quantity) -> None:
        with pytest.raises(SimulationStopped):
            layer_histograms(SMALL, 1, quantity, should_stop=lambda: True)


def _triple(m: Any) -> tuple[float, float, float]:
    return m.mean, m.std, m.rms


def _area(h: Any) -> float:
    return float((h.density * np.diff(h.edges)).sum()) + sum(h.outside)


# An integral is a sum of 100 shares, each good to some eps.
AREA = {"abs": 1000 * float(np.finfo(np.float64).eps)}


class TestHistograms:
    @pytest.mark.parametrize("quantity", Quantity)
    @pytest.mark.parametrize("layer", range(4))
    @pytest.mark.parametrize("activation", ["tanh", "relu"])
    def test_all_schemes_share_the_bins_and_each_integrates_to_one(
        self, quantity: Quantity, layer: int, activation: str
    ) -> None:
        experiment = dataclasses.replace(SMALL, activation=activation)
        histograms = layer_histograms(experiment, layer, quantity)
        assert len(histograms) == 8
        for index, h in enumerate(histograms):
            assert len(h.density) == MAX_BINS == 100
            np.testing.assert_array_equal(h.edges, histograms[0].edges)
            assert _area(h) == pytest.approx(1, **AREA)
            assert h.outside == (0, 0)
            assert h.non_finite == 0
            values = layer_values(experiment, index, layer, quantity)
            assert (h.smallest, h.largest) == (values.min(), values.max())
            assert h.edges[0] <= h.smallest <= h.largest <= h.edges[-1]

    @pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
    @pytest.mark.parametrize("layer", range(4))
    def test_the_values_are_those_of_propagate(self, layer: int, loss: str) -> None:
        experiment = dataclasses.replace(SMALL, loss=loss)
        for index in range(8):
            result = _propagated(experiment, index)
            for quantity, arrays in (
                (Quantity.PRE_ACTIVATION, result.pre_activations),
                (Quantity.ACTIVATION, result.activations),
                (Quantity.DELTA, result.deltas),
            ):
                values = layer_values(experiment, index, layer, quantity)
                assert values.dtype == np.float32
                np.testing.assert_array_equal(values, arrays[layer])

    def test_given_bins_say_what_is_outside(self) -> None:
        values = np.array([-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, np.nan, np.inf])
        h = histogram(values, np.array([-1.0, 0.0, 1.0]))
        assert h.outside == (1 / 6, 1 / 6)
        # The last bin holds its right edge, as numpy's do.
        assert h.density.tolist() == [1 / 6, 3 / 6]
        assert (h.non_finite, h.smallest, h.largest) == (2, -3.0, 2.0)
        (zeros, _) = layer_histograms(
            dataclasses.replace(SMALL, schemes=("zeros", "he_normal")), 0, edges=[1.0, 2.0]
        )
        assert zeros.outside == (1.0, 0.0)
        assert zeros.density.tolist() == [0.0]

    @pytest.mark.parametrize(
        "edges",
        [
            [], [1], [1, 1], [2, 1], [0, np.nan], [0, np.inf], [[0, 1]], range(102), 3, [None, 1],
            "ab", {},
        ],
    )  # fmt: skip
    def test_what_makes_no_bins_is_refused(self, edges: Any) -> None:
        with pytest.raises(ExperimentError) as caught:
            layer_histograms(SMALL, 0, edges=edges)
        assert caught.value.field == "edges"

    @pytest.mark.parametrize("quantity", Quantity)
    @pytest.mark.parametrize("layer", [-1, 4, 1.0, None, True])
    def test_a_layer_that_is_not_there_is_refused(self, layer: Any, quantity: Quantity) -> None:
        with pytest.raises(ExperimentError, match="from 0 to 3") as caught:
            layer_histograms(SMALL, layer, quantity)
        assert caught.value.field == "layer"

    def test_the_arrays_are_read_only(self) -> None:
        h = layer_histograms(SMALL, 0)[0]
        for array in (h.edges, h.density):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1

    def test_nothing_finite_is_an_empty_histogram(self) -> None:
        nothing = np.full((3, 4), np.nan)
        h = histogram(nothing, common_edges([nothing, np.full(2, np.inf)]))
        assert (h.non_finite, h.density.sum(), h.outside) == (12, 0, (0, 0))
        assert math.isnan(h.smallest)
        assert math.isnan(h.largest)

    def test_the_ends_are_exact_even_where_half_of_them_is_not(self) -> None:
        array = np.array([-1.0, -3.963511769661929e-308])  # a subnormal with an odd last bit
        h = histogram(array, common_edges([array]))
        assert (h.edges[0], h.edges[-1]) == (array[0], array[1])
        assert h.outside == (0, 0)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @settings(max_examples=150, deadline=None)
    @given(data=st.data())
    def test_any_array_integrates_to_one(self, dtype: str, data: st.DataObject) -> None:
        width = 8 * np.dtype(dtype).itemsize
        rows = data.draw(
            st.lists(
                st.lists(st.floats(width=width), min_size=1, max_size=30), min_size=1, max_size=3
            )
        )
        arrays = [np.array(row, dtype=dtype) for row in rows]
        edges = common_edges(arrays)
        assert len(edges) == 101
        assert np.isfinite(edges).all()
        assert (np.diff(edges) > 0).all()
        for array in arrays:
            h = histogram(array, edges)
            assert h.non_finite == np.count_nonzero(~np.isfinite(array))
            assert np.isfinite(h.density).all()
            if h.non_finite < array.size:
                # An infinite range times a share of 1/100 would be the largest number.
                assert _area(h) == pytest.approx(1, **AREA)
                assert h.outside == (0, 0)

    @pytest.mark.parametrize(
        "value", [0.0, 0.5, -1.0, -1e-30, 1e30, 1.7e308, -1.7e308, 5e-324, 1e-305, 1 / 3]
    )
    def test_equal_values_are_a_spike_with_air_around_it(self, value: float) -> None:
        array = np.full((4, 4), value)
        array[0, 0] = np.nextafter(value, 0)  # a rounding error apart is the same spike
        edges = common_edges([array])
        h = histogram(array, edges)
        assert edges[0] < value < edges[-1]
        assert np.count_nonzero(h.density) <= 2
        assert _area(h) == pytest.approx(1, **AREA)


def test_every_scheme_of_the_catalogue_can_be_simulated() -> None:
    experiment = dataclasses.replace(SMALL, schemes=tuple(SCHEMES))
    for run in simulate(experiment).runs:
        assert len(run.layers) == 4
        assert math.isfinite(run.loss)
