"""What theory says of a scheme in an experiment; test_agreement holds it to measurements."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winit_core import Experiment, SchemeChoice
from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.activations.shifted import ShiftedActivation, shifted_activation
from winit_core.datasets import batch
from winit_core.experiment import DTYPES, LOSSES, LayerOverride
from winit_core.prediction import (
    NotPredicted,
    RunPrediction,
    input_sample,
    layer_laws,
    predict,
    saturated_share,
    why_not,
)
from winit_core.schemes import SCHEMES
from winit_core.statistics import saturated_fraction
from winit_core.theory import Regime, gaussian_moments
from winit_core.theory.layer_prediction import predict_layers

RANGES = ("activation", "pre_activation", "delta", "grad_weight")


def predicted(key: str, activation: str = "tanh", /, **changes: Any) -> RunPrediction:
    params = changes.pop("params", {})
    choice = SchemeChoice(key, params)
    found = predict(Experiment((choice,), activation, **changes), choice)
    assert found is not None
    return found


class TestWhyNot:
    @pytest.mark.parametrize(
        ("key", "params", "library", "reason"),
        [
            ("zeros", {}, "reference", NotPredicted.CONSTANT),
            ("constant", {}, "reference", NotPredicted.CONSTANT),
            ("constant", {"weight": 0, "bias": 1}, "reference", NotPredicted.CONSTANT),
            ("normal", {"std": 0}, "reference", NotPredicted.CONSTANT),
            ("uniform", {"mean": 0.1}, "reference", NotPredicted.NONZERO_MEAN),
            ("uniform", {}, "jax", NotPredicted.NONZERO_MEAN),
            ("uniform", {}, "keras", None),
            ("lsuv", {}, "reference", NotPredicted.DATA_DEPENDENT),
            ("identity", {}, "reference", NotPredicted.STRUCTURED),
            ("looks_linear", {}, "reference", NotPredicted.STRUCTURED),
            ("orthogonal", {}, "reference", None),
            ("sparse", {}, "reference", None),
            ("he_normal", {"bias": 0.5}, "reference", None),
        ],
    )
    def test_reason(
        self, key: str, params: dict[str, Any], library: str, reason: NotPredicted | None
    ) -> None:
        choice = SchemeChoice(key, params)
        experiment = Experiment(("he_normal",), hidden_widths=(16,) * 2, library=library)
        assert why_not(experiment, choice) is reason
        assert (predict(experiment, choice) is None) == (reason is not None)

    def test_an_override_counts(self) -> None:
        choice = SchemeChoice("he_normal")
        for other, reason in (
            ("constant", NotPredicted.CONSTANT),
            ("lsuv", NotPredicted.DATA_DEPENDENT),
            ("zeros", None),
        ):
            experiment = Experiment(
                (choice,),
                hidden_widths=(16,) * 3,
                overrides=(LayerOverride(1, SchemeChoice(other)),),
            )
            assert why_not(experiment, choice) is reason


def test_the_same_question_is_answered_once_whatever_the_other_schemes() -> None:
    choice = SchemeChoice("he_normal")
    one = predict(Experiment((choice,), "relu"), choice)
    other = predict(Experiment(("zeros", "orthogonal"), "relu"), choice)
    assert one is other


def test_shapes_ranges_and_read_only() -> None:
    found = predicted("he_normal", "gelu", hidden_widths=(32, 64, 16))
    for name in RANGES:
        low, median, high = (getattr(found, name + end) for end in ("_low", "", "_high"))
        assert low.shape == median.shape == high.shape == (4,)
        assert median.dtype == np.float64
        assert (low <= median).all()
        assert (median <= high).all()
        with pytest.raises(ValueError, match="read-only"):
            median[0] = 0
    assert found.delta[-1] == found.grad_weight[-1] == 0
    assert found.activation[-1] == found.pre_activation[-1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.similarity = 0.0  # type: ignore[misc]


def test_wider_nets_scatter_less() -> None:
    bands = [
        predicted("he_normal", "relu", hidden_widths=(width,) * 6).error_scatter
        for width in (32, 128, 512, 2048)
    ]
    for narrow, wide in pairwise(bands):
        assert 1.6 < narrow / wide < 2.6


def test_a_zero_output_layer_passes_no_error_and_no_signal() -> None:
    choice = SchemeChoice("he_normal")
    experiment = Experiment(
        (choice,),
        "relu",
        hidden_widths=(64,) * 3,
        overrides=(LayerOverride(-1, SchemeChoice("zeros")),),
    )
    found = predict(experiment, choice)
    assert found is not None
    assert found.pre_activation[-1] == -math.inf
    assert np.isfinite(found.activation[:-1]).all()
    assert (found.delta[:-1] == -math.inf).all()
    assert (found.grad_weight[:-1] == -math.inf).all()
    assert found.delta[-1] == 0


def test_the_library_and_the_overrides_are_heeded() -> None:
    choice = SchemeChoice("truncated_normal", {"std": 0.1})
    experiment = Experiment((choice,), "relu", hidden_widths=(64,) * 3)
    plain, keras = (
        predict(replace(experiment, library=name), choice) for name in ("reference", "keras")
    )
    assert plain is not None
    assert keras is not None
    assert keras.sigma_w2 / plain.sigma_w2 == pytest.approx(0.87962566**2, rel=1e-6)
    override = LayerOverride(1, SchemeChoice("normal", {"std": 0.2}))
    changed = predict(replace(experiment, overrides=(override,)), choice)
    assert changed is not None
    assert changed.sigma_w2 == pytest.approx(64 * 0.04)
    rise = changed.pre_activation[1:] - plain.pre_activation[1:]
    np.testing.assert_allclose(rise, math.log10(2), atol=1e-9)


@pytest.mark.parametrize(("fan_in", "fan_out"), [(64, 64), (64, 256), (256, 64)])
def test_orthogonal_weights_count_as_sigma_w2(fan_in: int, fan_out: int) -> None:
    choice = SchemeChoice("orthogonal", {"gain": 1.5})
    experiment = Experiment((choice,), hidden_widths=(fan_in, fan_out, 32))
    sigma_w2 = layer_laws(experiment).sigma_w2s[1]
    assert sigma_w2 == pytest.approx(1.5**2 * min(1, fan_in / fan_out))


def test_the_regimes_of_the_textbook() -> None:
    wide: dict[str, Any] = {"hidden_widths": (256,) * 4}
    assert predicted("glorot_normal", "tanh", **wide).regime is Regime.EDGE
    assert predicted("he_normal", "relu", **wide).regime is Regime.EDGE
    assert predicted("small_normal", "tanh", **wide).regime is Regime.ORDERED
    assert predicted("large_normal", "tanh", **wide).regime is Regime.CHAOTIC
    assert predicted("he_normal", "elu", **wide).regime is Regime.NONE
    half = predicted("he_normal", "gelu", **wide)
    assert half.regime is Regime.HALF_STABLE
    assert half.half_stable
    edge = predicted("critical", "gelu", params={"target": "both"}, **wide)
    assert edge.sigma_w2 == pytest.approx(1.9830583, rel=1e-6)
    assert edge.sigma_b2 == pytest.approx(0.1729224, rel=1e-6)
    assert edge.fixed_point.chi_1 == pytest.approx(1, abs=0.02)


class TestConstantBias:
    @pytest.mark.parametrize("key", ["relu", "tanh", "sin", "hardtanh", "gelu"])
    @pytest.mark.parametrize("offset", [-1.3, 0.4])
    def test_it_shifts_the_activation(self, key: str, offset: float) -> None:
        bound = shifted_activation(get_activation(key), offset)
        assert isinstance(bound, ShiftedActivation)
        z = np.linspace(-3, 3, 7)
        np.testing.assert_array_equal(bound.value(z), get_activation(key).value(z + offset))
        q = 1.7
        fine = np.linspace(-9, 9, 200_001)
        density = np.exp(-(fine**2) / 2) / math.sqrt(2 * math.pi)
        value = get_activation(key).value(math.sqrt(q) * fine + offset)
        slope = get_activation(key).derivative(math.sqrt(q) * fine + offset)
        moments = gaussian_moments(bound, q)
        step = fine[1] - fine[0]
        assert moments.second == pytest.approx(float(value**2 @ density) * step, rel=1e-6)
        assert moments.derivative_second == pytest.approx(
            float(slope**2 @ density) * step, rel=1e-4
        )

    def test_no_offset_is_no_shift(self) -> None:
        tanh = get_activation("tanh")
        assert shifted_activation(tanh, 0.0) is tanh

    def test_two_offsets_are_two_activations(self) -> None:
        tanh = get_activation("tanh")
        assert shifted_activation(tanh, 0.5) != shifted_activation(tanh, 0.6)
        assert shifted_activation(tanh, 0.5) == shifted_activation(tanh, 0.5)

    def test_its_square_is_part_of_z(self) -> None:
        found = predicted("normal", params={"std": 1e-9, "bias": 3.0}, hidden_widths=(64,) * 3)
        np.testing.assert_allclose(found.pre_activation, math.log10(3), atol=1e-6)
        np.testing.assert_allclose(found.activation[:-1], math.log10(math.tanh(3)), atol=1e-6)
        np.testing.assert_allclose(found.similarities, 1, atol=1e-6)
        assert found.similarity == pytest.approx(1)
        assert found.bias_mean == 3


class TestInputSample:
    @pytest.mark.parametrize("dataset", ["digits", "gaussian"])
    @pytest.mark.parametrize("batch_size", [1, 2, 20, 32, 33, 300])
    def test_it_stands_for_all_pairs_of_the_batch(self, dataset: str, batch_size: int) -> None:
        experiment = Experiment(("zeros",), dataset=dataset, batch_size=batch_size)
        sample = input_sample(experiment)
        assert len(sample.labels) <= 32
        assert sample.kernel.shape == sample.pair_weights.shape == (len(sample.labels),) * 2
        np.testing.assert_allclose(sample.kernel, sample.kernel.T)
        np.testing.assert_allclose(sample.pair_weights, sample.pair_weights.T)
        assert sample.pair_weights.sum() == pytest.approx(1)
        assert (sample.pair_weights >= 0).all()
        if batch_size <= 32:
            np.testing.assert_allclose(sample.pair_weights, batch_size**-2.0)

    def test_pairs_within_and_across_classes_keep_their_shares(self) -> None:
        experiment = Experiment(("zeros",), batch_size=300)
        labels = batch("digits", 64, 300, 0).labels
        sample = input_sample(experiment)
        names = np.array(sample.labels)
        same = names[:, None] == names
        counts = np.bincount(labels)
        # Only of a class with a single input in the sample its pairs would fall together.
        assert np.bincount(names).min() >= 2
        expected = float(np.sum(counts**2)) / 300**2
        assert sample.pair_weights[same].sum() == pytest.approx(expected)
        assert np.trace(sample.pair_weights) == pytest.approx(1 / 300)

    def test_the_mean_square_is_that_of_the_batch(self) -> None:
        sample = input_sample(Experiment(("zeros",), batch_size=300))
        inputs = batch("digits", 64, 300, 0).inputs.astype(np.float64)
        assert sample.mean_square == pytest.approx(float(np.mean(inputs**2)))


def test_the_error_of_small_logits_is_that_of_equal_odds() -> None:
    found = predicted("small_normal", "tanh", batch_size=128)
    # |p − y|² = 1 − 1/C over C classes, divided by the batch.
    assert found.output_delta == pytest.approx(math.log10(math.sqrt(0.09) / 128), abs=1e-3)
    mse = predicted("small_normal", "tanh", batch_size=128, loss="mse")
    assert mse.output_delta == pytest.approx(math.log10(0.2 * math.sqrt(0.1) / 128), abs=1e-3)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "hardsigmoid", "relu6", "relu"])
def test_saturated_share(activation: str) -> None:
    bound = get_activation(activation)
    z = np.random.default_rng(0).normal(0, 4.0, 200_000)
    lower, upper = bound.bounds
    share = saturated_share(bound, math.log10(4.0))
    if lower is None or upper is None:
        assert share == 0
        return
    assert share == pytest.approx(saturated_fraction(bound.value(z), bound.bounds), abs=0.02)


class TestPredictLayers:
    ARGUMENTS = ([1.5, 2.0, 1.0], [0.1, 0.0, 0.0], [20, 50, 40, 10])

    def test_one_activation_or_one_each(self) -> None:
        kernel = np.eye(3) + 0.3
        for key in ("tanh", "relu"):
            one = predict_layers(key, *self.ARGUMENTS, kernel)
            each = predict_layers([key, key], *self.ARGUMENTS, kernel)
            np.testing.assert_array_equal(one.delta, each.delta)
        mixed = predict_layers(["tanh", "relu"], *self.ARGUMENTS, kernel)
        tanh = predict_layers("tanh", *self.ARGUMENTS, kernel)
        assert mixed.activation[0] == tanh.activation[0]
        assert mixed.activation[1] != tanh.activation[1]
        with pytest.raises(ValueError, match="must be"):
            predict_layers(["tanh"], *self.ARGUMENTS, kernel)

    def test_pair_weights_of_the_whole_batch_change_nothing(self) -> None:
        rng = np.random.default_rng(0)
        x = rng.normal(size=(6, 20))
        delta = rng.normal(size=(6, 10))
        args = ("gelu", *self.ARGUMENTS, x @ x.T / 20, delta @ delta.T)
        plain, weighted = (
            predict_layers(*args, pair_weights=weights)
            for weights in (None, np.full((6, 6), 1 / 36))
        )
        np.testing.assert_allclose(plain.weight_gradient, weighted.weight_gradient, atol=1e-12)
        with pytest.raises(ValueError, match="must be"):
            predict_layers(*args, pair_weights=np.eye(3))

    def test_inputs_that_are_followed_besides_change_nothing_else(self) -> None:
        x = np.random.default_rng(0).normal(size=(5, 20))
        args = ("tanh", *self.ARGUMENTS, x @ x.T / 20)
        plain, besides = (predict_layers(*args, orthogonal=q) for q in (None, 1.0))
        for name in ("pre_activation", "delta", "weight_gradient", "signal_band", "error_band"):
            # Which variances are integrated at, and the largest kurtosis, depend on all inputs.
            allowed = 1e-4 if name.endswith("band") else 1e-6
            np.testing.assert_allclose(
                getattr(plain, name), getattr(besides, name), rtol=0, atol=allowed
            )
        assert np.isnan(plain.orthogonal_similarity).all()
        assert besides.orthogonal_similarity[0] == pytest.approx(0.1 / 1.6)

    def test_many_variances_are_interpolated(self) -> None:
        scales = np.exp(np.linspace(-1.5, 1.5, 30))
        kernel = np.diag(scales)
        for key in ("tanh", "gelu", "hardtanh"):
            together = predict_layers(key, *self.ARGUMENTS, kernel)
            alone = [
                predict_layers(key, *self.ARGUMENTS, float(scale)).pre_activation
                for scale in scales
            ]
            expected = 0.5 * np.log10(np.mean(10 ** (2 * np.array(alone)), axis=0))
            np.testing.assert_allclose(together.pre_activation, expected, atol=2e-6)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Small networks of every kind."""
    key = draw(st.sampled_from(list(SCHEMES)))
    params: dict[str, Any] = {}
    if key == "normal":
        params["std"] = draw(st.sampled_from([0.0, 1e-30, 1e-3, 1.0, 1e3, 1e6]))
    if draw(st.booleans()):
        params["bias"] = draw(st.sampled_from([-2.0, 0.5, 1e6]))
        params["bias_std"] = draw(st.sampled_from([0.0, 1.0, 1e6]))
        if "bias_rule" in {parameter.name for parameter in SCHEMES[key].parameters}:
            params["bias_rule"] = "set"
    last = draw(st.sampled_from(["zeros", "he_normal", None]))
    return Experiment(
        (SchemeChoice(key, params),),
        draw(st.sampled_from(list(ACTIVATIONS))),
        hidden_widths=draw(st.lists(st.sampled_from([1, 2, 9, 128]), min_size=1, max_size=20)),
        batch_size=draw(st.sampled_from([1, 2, 20, 200])),
        dataset=draw(st.sampled_from(["digits", "gaussian"])),
        loss=draw(st.sampled_from(LOSSES)),
        seed=draw(st.integers(0, 50)),
        dtype=draw(st.sampled_from(DTYPES)),
        overrides=() if last is None else (LayerOverride(-1, SchemeChoice(last)),),
    )


@settings(max_examples=120, deadline=None)
@given(experiments())
def test_every_experiment_has_a_prediction_or_a_reason(experiment: Experiment) -> None:
    choice = experiment.schemes[0]
    found = predict(experiment, choice)
    assert (found is None) == (why_not(experiment, choice) is not None)
    if found is None:
        return
    for name in RANGES:
        for end in ("_low", "", "_high"):
            values = getattr(found, name + end)
            assert values.shape == (experiment.depth + 1,)
            if name in ("activation", "pre_activation"):
                assert not np.isnan(values).any()
    # Squared rectifiers leave even float64, and an infinite weight times an error of 0 is no
    # number; else only an output without gradient has no ratio.
    if experiment.activation.key != "relu_squared" and found.overflow_layer is None:
        assert not np.isnan(found.delta).any() or np.isnan(found.delta).all()
    assert found.overflow_layer is None or 0 <= found.overflow_layer <= experiment.depth
    assert found.overflow_layer is None or found.error_overflow_layer is None


def test_units_that_are_all_but_dead_are_predicted() -> None:
    # E f² falls from e^-48 to e^-139 within the batch: interpolating it may round below 0.
    choice = SchemeChoice("small_normal", {"bias": -1, "bias_std": 0})
    experiment = Experiment([choice], "relu6", (5,) * 5, batch_size=99, seed=8)
    prediction = predict(experiment, choice)
    assert prediction is not None
    hidden = prediction.activation[:-1]
    assert np.all(np.diff(hidden[np.isfinite(hidden)]) < 0)
    assert hidden[-1] == -np.inf
