from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winit_core.activations import ACTIVATIONS, BoundActivation, get_activation
from winit_core.errors import ExperimentError
from winit_core.network import (
    LOSSES,
    Propagation,
    affine,
    error_arriving,
    propagate,
    weight_gradient,
)
from winit_core.statistics import moments

EPS32 = float(np.finfo(np.float32).eps)
SHORT = {"cross_entropy": "ce", "mse": "mse"}
TORCH_NAMES = {"leaky_relu_0.01": ("leaky_relu", {"slope": 0.01})}
# All cases of torch_cases.npz; a test below holds the two together.
CASES = (
    "tanh_xavier_normal_6x64",
    "relu_he_normal_10x128",
    "sigmoid_xavier_uniform_6x32",
    "leaky_he_uniform_rect",
    "selu_lecun_normal_8x32",
    "gelu_he_normal_5x24",
    "constant_0.1_tanh_4x8",
    "constant_0.5_relu_4x8",
    "zeros_sigmoid_4x8",
    "zeros_relu_4x8",
    "normal_std0.01_tanh_6x32",
    "normal_var0.01_tanh_6x32",
    "normal_std10_tanh_5x24",
    "normal_std10_relu_28x32_overflow",
)


def _bound(name: str) -> BoundActivation:
    key, params = TORCH_NAMES.get(name, (name, {}))
    return get_activation(key, **params)


class Case:
    """One network of torch_cases.npz, its weights transposed to (fan_in, fan_out)."""

    def __init__(self, arrays: Any, name: str, dtype: str) -> None:
        self.name, self.short = name, {"float32": "f32", "float64": "f64"}[dtype]
        self._arrays = arrays
        (self.about,) = [c for c in json.loads(str(arrays["meta"]))["cases"] if c["name"] == name]
        self.depth = len(self.about["widths"]) - 1
        self.weights = [self[f"W{i}"].T.astype(dtype) for i in range(self.depth)]
        with_bias = self.about["bias"] != "zero"
        self.biases = [
            self[f"b{i}"].astype(dtype) if with_bias else None for i in range(self.depth)
        ]
        self.inputs, self.labels = self["x"].astype(dtype), self["y"]
        self.activation = _bound(self.about["activation"])

    def __getitem__(self, key: str) -> Any:
        return self._arrays[f"{self.name}/{key}"]

    def run(self, loss: str) -> Propagation:
        return propagate(self.weights, self.biases, self.activation, self.inputs, self.labels, loss)

    def compare(self, actual: Any, expected: Any, small: float = 0.0) -> None:
        # The tolerances of the reference's README: float64 1e-10; float32 1e-5, but 1e-3 where
        # torch's 1 - tanh² cancels; what is zero but for rounding, 1e-12 absolute (in float32
        # `small`, which says what it follows from).
        rtol = 1e-10
        atol = 1e-12
        if self.short == "f32":
            rtol = 1e-3 if self.name == "normal_std10_tanh_5x24" else 1e-5
            atol = small
        if not self.name.startswith("constant"):
            atol = min(atol, 1e-12 * _largest(expected))
        np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


def _largest(values: Any) -> float:
    finite = np.abs(values)[np.isfinite(values)]
    return float(finite.max(initial=0.0))


def test_every_reference_case_is_listed(torch_cases) -> None:
    names = [case["name"] for case in json.loads(str(torch_cases["meta"]))["cases"]]
    assert sorted(names) == sorted(CASES)
    assert all(_bound(Case(torch_cases, n, "float64").about["activation"]) for n in names)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", CASES)
def test_agrees_with_torch(torch_cases, name: str, loss: str, dtype: str) -> None:
    case, kind = Case(torch_cases, name, dtype), SHORT[loss]
    result = case.run(loss)
    assert result.logits.dtype == dtype
    assert all(array.dtype == dtype for array in (*result.deltas, *result.grad_weights))

    def expected(what: str) -> Any:
        return case[f"{what}_{kind}_{case.short}"]

    largest_logit = _largest(case[f"logits_{case.short}"])
    # A logit is a sum of terms up to the largest, and cancellation leaves a share of its error.
    tolerance = {"f32": 1e-5, "f64": 1e-10}[case.short] * largest_logit
    np.testing.assert_allclose(
        result.logits, case[f"logits_{case.short}"], rtol=0, atol=max(tolerance, 1e-300)
    )
    case.compare(result.loss, expected("loss"))
    for what, arrays in (
        ("dW", result.grad_weights),
        ("db", result.grad_biases),
        ("dz", result.deltas),
    ):
        norms = [_norm(array) for array in arrays]
        # Under cross-entropy the hidden gradients of a constant net are what rounding leaves of
        # sums that cancel: some eps of the output layer's, which is the largest, and each layer
        # below makes it fan_out x weight times what it was.
        growth = max(1.0, *(float(w[0, 0]) * w.shape[1] for w in case.weights))
        small = 8 * EPS32 * _largest(expected(what)) * growth ** (case.depth - 2)
        case.compare(norms, expected(what), small)


def _norm(array: Any) -> float:
    return float(np.sqrt(np.square(array, dtype=np.float64).sum())) if array.size else 0.0


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", CASES)
def test_the_gradients_agree_with_torch_entry_by_entry(torch_cases, name: str, loss: str) -> None:
    case, kind = Case(torch_cases, name, "float64"), SHORT[loss]
    result = case.run(loss)
    for layer in range(case.depth):
        gradient = result.grad_weights[layer].T  # as torch has it
        flat = gradient.ravel()
        positions = np.linspace(0, flat.size - 1, 6).astype(int)
        # Entries cancel where norms do not: relative to the largest entry of the layer.
        allowed = 1e-10 * np.abs(flat).max() + 1e-12 * name.startswith("constant")
        np.testing.assert_allclose(
            flat[positions], case[f"probe_{kind}"][layer], rtol=1e-10, atol=allowed
        )
        if case.about["full_gradients"]:
            np.testing.assert_allclose(
                gradient, case[f"gW{layer}_{kind}"], rtol=1e-10, atol=allowed
            )
            bias_gradient = result.grad_biases[layer]
            allowed = 1e-10 * np.abs(bias_gradient).max() + 1e-12 * name.startswith("constant")
            np.testing.assert_allclose(
                bias_gradient, case[f"gb{layer}_{kind}"], rtol=1e-10, atol=allowed
            )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_the_statistics_agree_with_torch(torch_cases, name: str, dtype: str) -> None:
    case = Case(torch_cases, name, dtype)
    result = case.run("cross_entropy")
    columns = json.loads(str(torch_cases["meta"]))["stat_columns"]
    for layer, row in enumerate(case[f"stats_{case.short}"]):
        expected = dict(zip(columns, row, strict=True))
        of_z, of_h = moments(result.pre_activations[layer]), moments(result.activations[layer])
        if not np.isfinite(expected["z_rms"]):
            assert not math.isfinite(of_z.rms)
            assert not math.isfinite(of_h.rms)
            continue
        rtol = 1e-5 if dtype == "float32" else 1e-10
        for actual, name_of_expected in (
            (of_z.std, "z_std"),
            (of_z.rms, "z_rms"),
            (of_h.rms, "a_rms"),
        ):
            np.testing.assert_allclose(actual, expected[name_of_expected], rtol=rtol)
        # A mean cancels: its error is relative to the size of what is averaged.
        for actual, what, size in (
            (of_z.mean, "z_mean", of_z.rms),
            (of_h.mean, "a_mean", of_h.rms),
        ):
            np.testing.assert_allclose(actual, expected[what], rtol=rtol, atol=rtol * size)


def test_the_layer_that_overflows_in_float32_is_the_one_of_torch(torch_cases) -> None:
    case = Case(torch_cases, "normal_std10_relu_28x32_overflow", "float32")
    finite = [bool(np.isfinite(z).all()) for z in case.run("mse").pre_activations]
    expected = np.isfinite(case["stats_f32"][:, columns_of(torch_cases).index("z_rms")])
    assert finite == expected.tolist()
    assert finite.index(False) == 23


def columns_of(torch_cases) -> list[str]:
    return json.loads(str(torch_cases["meta"]))["stat_columns"]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_homogeneous_net_without_biases_obeys_eulers_identity(torch_cases, loss: str) -> None:
    # <W, dL/dW> = <z_out, dL/dz_out> in every layer: exact, so only rounding is allowed. Each is
    # a sum of n products, whose error is at most n eps times the sum of their sizes.
    generator = np.random.default_rng(0)
    for activation in ("relu", "leaky_relu", "identity"):
        widths = (16, 40, 30, 50, 10)
        weights = [
            generator.standard_normal(shape) * math.sqrt(2 / shape[0]) for shape in pairwise(widths)
        ]
        labels = generator.integers(10, size=20)
        result = propagate(
            weights, [None] * 4, activation, generator.standard_normal((20, 16)), labels, loss
        )
        expected = np.vdot(result.logits, result.deltas[-1])
        for weight, gradient in zip(weights, result.grad_weights, strict=True):
            size = np.abs(weight * gradient).sum()
            allowed = weight.size * np.finfo(np.float64).eps * size
            assert abs(np.vdot(weight, gradient) - expected) < allowed
    case = Case(torch_cases, "relu_he_normal_10x128", "float64")
    products = [
        np.vdot(w, g)
        for w, g in zip(case.weights, case.run("cross_entropy").grad_weights, strict=True)
    ]
    np.testing.assert_allclose(products, case.about["euler_W_dot_dW_ce"], rtol=1e-10)


def _small_net(seed: int = 0, batch: int = 4) -> tuple[list[Any], list[Any], Any, Any]:
    generator = np.random.default_rng(seed)
    widths = (5, 7, 6, 3)
    weights = [generator.standard_normal(shape) for shape in pairwise(widths)]
    biases = [generator.standard_normal(width) for width in widths[1:]]
    return weights, biases, generator.standard_normal((batch, 5)), generator.integers(3, size=batch)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradients_are_those_of_the_loss(activation: str, loss: str) -> None:
    weights, biases, inputs, labels = _small_net()
    result = propagate(weights, biases, activation, inputs, labels, loss)
    # Central differences of fourth order: with step h the truncation is of order h⁴ = 1e-14 and
    # the rounding of order eps L / h = 1e-12; both times constants, hence three orders more.
    step = 3e-4
    scale = max(1.0, result.loss, *(float(np.abs(g).max()) for g in result.grad_weights))
    allowed = 1e-8 * scale
    generator = np.random.default_rng(1)
    kinks = np.array(get_activation(activation).kinks)
    if kinks.size:
        # No pre-activation may cross a kink on the way: it moves by less than this.
        reach = 2 * step * 30
        nearest = min(
            float(np.abs(z[..., None] - kinks).min()) for z in result.pre_activations[:-1]
        )
        step = min(step, step * nearest / reach)
        allowed = max(allowed, 1e-14 * scale / step)
    for parameters, gradients in ((weights, result.grad_weights), (biases, result.grad_biases)):
        for array, gradient in zip(parameters, gradients, strict=True):
            for _ in range(6):
                place = tuple(generator.integers(size) for size in array.shape)
                before = array[place]

                def loss_at(shift: float, array=array, place=place, before=before) -> float:
                    array[place] = before + shift
                    return propagate(weights, biases, activation, inputs, labels, loss).loss

                near = (loss_at(step) - loss_at(-step)) / (2 * step)
                far = (loss_at(2 * step) - loss_at(-2 * step)) / (4 * step)
                array[place] = before
                assert abs((4 * near - far) / 3 - gradient[place]) < allowed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("seed", range(4))
def test_random_nets_agree_with_torch_itself(seed: int, loss: str, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    functions = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": functional.leaky_relu,
        "elu": functional.elu,
        "identity": lambda z: z,
    }
    generator = np.random.default_rng(seed)
    widths = (*generator.integers(1, 40, size=generator.integers(2, 6)), 10)
    batch = int(generator.integers(1, 30))
    inputs = generator.standard_normal((batch, widths[0])).astype(dtype)
    labels = generator.integers(10, size=batch)
    std = 10 ** generator.uniform(-2, 0)
    shapes = list(pairwise(widths))
    weights = [(generator.standard_normal(shape) * std).astype(dtype) for shape in shapes]
    biases = [(generator.standard_normal(shape[1]) * std).astype(dtype) for shape in shapes]
    for activation, function in functions.items():
        tensors = [torch.tensor(w, requires_grad=True) for w in weights]
        shifts = [torch.tensor(b, requires_grad=True) for b in biases]
        signal = torch.tensor(inputs)
        for index, (weight, bias) in enumerate(zip(tensors, shifts, strict=True)):
            z = signal @ weight + bias
            signal = function(z) if index < len(tensors) - 1 else z
        wanted = torch.tensor(labels)
        if loss == "mse":
            value = functional.mse_loss(signal, functional.one_hot(wanted, 10).to(signal.dtype))
        else:
            value = functional.cross_entropy(signal, wanted)
        value.backward()
        result = propagate(weights, biases, activation, inputs, labels, loss)
        rtol = 1e-5 if dtype == "float32" else 1e-10
        np.testing.assert_allclose(result.loss, value.item(), rtol=rtol)
        for gradients, leaves in ((result.grad_weights, tensors), (result.grad_biases, shifts)):
            for gradient, leaf in zip(gradients, leaves, strict=True):
                # Entries cancel: relative to the largest of the layer.
                allowed = rtol * float(leaf.grad.abs().max())
                np.testing.assert_allclose(gradient, leaf.grad.numpy(), rtol=rtol, atol=allowed)


def test_the_arrays_fit_together() -> None:
    weights, biases, inputs, labels = _small_net()
    result = propagate(weights, biases, "tanh", inputs, labels)
    assert [z.shape for z in result.pre_activations] == [(4, 7), (4, 6), (4, 3)]
    for layer, entering in enumerate([inputs, *result.activations[:-1]]):
        np.testing.assert_array_equal(
            result.pre_activations[layer], entering @ weights[layer] + biases[layer]
        )
        np.testing.assert_array_equal(result.grad_biases[layer], result.deltas[layer].sum(axis=0))
    np.testing.assert_array_equal(result.activations[0], np.tanh(result.pre_activations[0]))
    assert result.logits is result.pre_activations[-1]
    assert result.activations[-1] is result.logits


def test_no_bias_is_a_bias_of_zero_and_labels_are_one_hot_rows() -> None:
    weights, biases, inputs, labels = _small_net()
    zero = [np.zeros_like(bias) for bias in biases]
    rows = np.eye(3)[labels]
    for loss in LOSSES:
        one = propagate(weights, [None] * 3, "tanh", inputs, labels, loss)
        other = propagate(weights, zero, get_activation("tanh"), inputs, rows, loss)
        assert one.loss == other.loss
        for a, b in zip(one.grad_weights, other.grad_weights, strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_arrays_given_stay_as_they_were() -> None:
    weights, biases, inputs, labels = _small_net()
    arrays = [*weights, *biases, inputs, labels]
    copies = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    propagate(weights, biases, "relu", inputs, labels, "mse")
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_is_exact_where_the_naive_formula_overflows(dtype: type) -> None:
    weight = np.array([[1000.0, -1000.0, 0.0]], dtype=dtype)
    inputs = np.ones((2, 1), dtype=dtype)
    result = propagate([weight], [None], "tanh", inputs, np.array([0, 2]))
    # One input right with certainty, one wrong by 1000 nats: in float64 exactly, and in float32
    # too, since the loss is added up in float64.
    assert result.loss == 500.0
    np.testing.assert_array_equal(result.deltas[0], [[0, 0, 0], [0.5, 0, -0.5]])


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_not_finite_passes_through_without_a_warning(loss: str) -> None:
    weights, biases, inputs, labels = _small_net()
    for bad in (np.inf, -np.inf, np.nan, 1e308):
        weights[1][0, 0] = bad
        for activation in ACTIVATIONS:
            result = propagate(weights, biases, activation, inputs, labels, loss)
            assert len(result.grad_weights) == 3
    # Here it must arrive everywhere: NaN is never lost.
    weights[1][0, 0] = np.nan
    result = propagate(weights, biases, "relu", inputs, labels, loss)
    assert math.isnan(result.loss)
    assert all(np.isnan(gradient).any() for gradient in result.grad_weights)


def _broken(**changes: Any) -> dict[str, Any]:
    weights, biases, inputs, labels = _small_net()
    good = {
        "weights": weights,
        "biases": biases,
        "activation": "tanh",
        "inputs": inputs,
        "targets": labels,
        "loss": "mse",
    }
    return {**good, **{name: change(good[name]) for name, change in changes.items()}}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("weights", {"weights": lambda w: []}),
        ("weights[1]", {"weights": lambda w: [w[0], w[1].T, w[2]]}),
        ("weights[0]", {"weights": lambda w: [w[0][0], *w[1:]]}),
        ("weights[2]", {"weights": lambda w: [*w[:2], w[2][:, :0]]}),
        ("weights[2]", {"weights": lambda w: [*w[:2], w[2].astype(int)]}),
        ("biases", {"biases": lambda b: b[:2]}),
        ("biases[1]", {"biases": lambda b: [b[0], b[2], b[1]]}),
        ("biases[0]", {"biases": lambda b: [b[0][None, :], *b[1:]]}),
        ("inputs", {"inputs": lambda x: x[0]}),
        ("inputs", {"inputs": lambda x: x[:0], "targets": lambda t: t[:0]}),
        ("weights[0]", {"inputs": lambda x: x[:, :4]}),
        ("targets", {"targets": lambda t: t[:3]}),
        ("targets", {"targets": lambda t: t + 3}),
        ("targets", {"targets": lambda t: t - 3}),
        ("targets", {"targets": lambda t: t.astype(float)}),
        ("targets", {"targets": lambda t: np.eye(4)[t]}),
        ("loss", {"loss": lambda _: "hinge"}),
        ("activation", {"activation": lambda _: "swiglu"}),
    ],
)
def test_arrays_that_make_no_network_are_refused_by_name(field: str, changes: Any) -> None:
    with pytest.raises(ExperimentError) as caught:
        propagate(**_broken(**changes))
    assert caught.value.field == field


@settings(max_examples=60, deadline=None)
@given(
    widths=st.lists(st.integers(1, 12), min_size=2, max_size=5),
    batch=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
    activation=st.sampled_from(list(ACTIVATIONS)),
)
def test_the_batch_gradient_is_the_mean_of_the_gradients(
    widths: list[int], batch: int, seed: int, activation: str
) -> None:
    generator = np.random.default_rng(seed)
    shapes = list(pairwise(widths))
    weights = [generator.standard_normal(shape) for shape in shapes]
    biases = [generator.standard_normal(shape[1]) for shape in shapes]
    inputs = generator.standard_normal((batch, widths[0]))
    labels = generator.integers(widths[-1], size=batch)
    together = propagate(weights, biases, activation, inputs, labels)
    single = [
        propagate(weights, biases, activation, inputs[i : i + 1], labels[i : i + 1])
        for i in range(batch)
    ]
    np.testing.assert_allclose(together.loss, np.mean([one.loss for one in single]), rtol=1e-12)
    for layer, gradient in enumerate(together.grad_weights):
        parts = np.array([one.grad_weights[layer] for one in single])
        # Sums of at most 12 products in another order: a few eps of the largest.
        allowed = 1e-12 * max(1.0, float(np.abs(parts).max()))
        np.testing.assert_allclose(gradient, parts.mean(axis=0), rtol=0, atol=allowed)


class TestFaintSignals:
    """Products of numbers so small that a processor takes a hundred times as long over them."""

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("kind", ["tails", "dying", "dead but for one"])
    def test_products_are_those_of_plain_arithmetic(self, kind: str, dtype: str) -> None:
        generator = np.random.default_rng(0)
        info = np.finfo(dtype)
        signal = generator.standard_normal((40, 30))
        if kind == "tails":
            lowest = math.log10(float(info.smallest_normal))
            signal *= 10.0 ** generator.uniform(lowest - 5, 0, signal.shape)
        elif kind == "dying":
            signal *= 100 * float(info.smallest_normal)
        else:
            signal[1:] = 0
            signal[0] *= 100 * float(info.smallest_normal)
        signal = signal.astype(dtype)
        weight = generator.standard_normal((30, 20)).astype(dtype)
        for found, left, right in (
            (affine(signal, weight, None), signal, weight),
            (error_arriving(signal, weight.T), signal, weight),
            (weight_gradient(signal, signal), signal.T, signal),
        ):
            assert found.dtype == dtype
            exact = left.astype(np.longdouble) @ right.astype(np.longdouble)
            sizes = np.abs(left).astype(np.longdouble) @ np.abs(right).astype(np.longdouble)
            # 40 roundings, and the last digit of what is below the normal range.
            allowed = 40 * info.eps * sizes + 40 * info.smallest_subnormal
            assert (np.abs(found - exact) <= allowed).all()

    def test_what_overflows_only_on_the_way_does_not(self) -> None:
        signal = np.full((5, 4), 1e9, dtype=np.float32)
        signal[:, 0] = 1e-35
        weight = np.full((4, 3), 1e15, dtype=np.float32)
        np.testing.assert_allclose(affine(signal, weight, None), 3e24, rtol=1e-6)

    def test_what_is_not_finite_stays(self) -> None:
        signal = np.full((5, 4), 1e-35, dtype=np.float32)
        signal[3, 1] = np.inf
        weight = np.ones((4, 3), dtype=np.float32)
        with np.errstate(invalid="ignore"):
            assert np.isinf(affine(signal, weight, None)[3]).all()
            signal[3, 1] = np.nan
            assert np.isnan(affine(signal, weight, None)[3]).all()

    def test_nothing_and_an_empty_batch_pass(self) -> None:
        weight = np.ones((4, 3), dtype=np.float32)
        assert (affine(np.zeros((5, 4), dtype=np.float32), weight, None) == 0).all()
        assert affine(np.zeros((0, 4), dtype=np.float32), weight, None).shape == (0, 3)
