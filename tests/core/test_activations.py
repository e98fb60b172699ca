"""Activations: formulas against torch and finite differences, and safe on every input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winit_core.activations import ACTIVATIONS, BoundActivation, get_activation
from winit_core.errors import ExperimentError

# The names of the reference files and what they are here: all rows of the catalogue.
REFERENCE_NAMES = {
    **{key: get_activation(key) for key in ACTIVATIONS if key not in ("leaky_relu", "prelu")},
    "leaky_relu_0.01": get_activation("leaky_relu"),
    "leaky_relu_0.1": get_activation("leaky_relu", slope=0.1),
    "leaky_relu_0.2": get_activation("leaky_relu", slope=0.2),
    "leaky_relu_0.3": get_activation("leaky_relu", slope=0.3),
    "prelu_0.25": get_activation("prelu"),
}
VARIED = (
    *REFERENCE_NAMES.values(),
    get_activation("leaky_relu", slope=0.0),
    get_activation("elu", alpha=0.3),
    get_activation("sin", frequency=30.0),
    get_activation("silu", beta=10.0),
    get_activation("silu", beta=0.1),
    get_activation("softplus", beta=10.0),
    get_activation("softplus", beta=0.1),
)
# These see no difference between one z and another of the same piece, so not a NaN either.
PIECEWISE_CONSTANT_DERIVATIVE = {
    *("relu", "leaky_relu", "prelu", "identity", "hardtanh", "relu6", "hardsigmoid"),
}
STORED_BY_TORCH = (
    *("identity", "relu", "leaky_relu_0.01", "leaky_relu_0.2", "elu", "selu", "gelu"),
    *("gelu_tanh", "silu", "softplus", "sigmoid", "tanh", "lecun_tanh", "hardtanh", "hardswish"),
    *("relu6", "erf", "relu_squared"),
)
# Beyond 20 torch's softplus is the identity, which is exp(-20) off.
TORCH_SOFTPLUS_CUT = 2.1e-9


def label(activation: BoundActivation) -> str:
    return activation.key + "".join(f"_{value:g}" for value in activation.params.values())


every_activation = pytest.mark.parametrize("activation", VARIED, ids=label)
every_dtype = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])


def test_the_first_six_keep_their_place():
    first = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "identity"]
    assert list(ACTIVATIONS)[:6] == first


def test_every_record_is_complete():
    for key, record in ACTIVATIONS.items():
        assert record.key == key
        assert key.isascii()
        assert record.label
        assert record.formula
        assert record.derivative_formula
        assert record.reference
        assert len({p.name for p in record.parameters}) == len(record.parameters)


def test_every_array_of_torch_is_compared(torch_cases):
    stored = {name.split("/")[1] for name in torch_cases if name.startswith("act/")}
    assert stored == set(STORED_BY_TORCH)


@pytest.mark.parametrize("name", STORED_BY_TORCH)
@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("which", ["value", "derivative"])
def test_agrees_with_torch_on_the_hard_grid(torch_cases, name, bits, which):
    activation = REFERENCE_NAMES[name]
    dtype = np.dtype(f"float{bits}")
    x = torch_cases["act_x"].astype(dtype)
    expected = torch_cases[f"act/{name}/{which[0].replace('v', 'y')}{bits}"]
    with np.errstate(all="raise", under="ignore", over="ignore" if bits == 32 else "raise"):
        result = getattr(activation, which)(x)
    assert result.dtype == dtype
    relative = {32: 1e-5, 64: 1e-10}[bits]
    absolute = 16 * np.finfo(dtype).eps
    if name == "softplus":
        relative = max(relative, TORCH_SOFTPLUS_CUT)
    if name in ("hardswish", "hardsigmoid"):
        relative, absolute = max(relative, 1e-7), 1e-7
    known = ~np.isnan(expected)  # torch's tanh GELU at 1e30 in float32
    assert np.count_nonzero(~known) <= 2
    assert np.all(np.isfinite(result[~known]))
    x, result, expected = x[known], result[known], expected[known]
    huge = np.isinf(expected)
    np.testing.assert_array_equal(result[huge], expected[huge])
    error = np.abs(result[~huge] - expected[~huge])
    allowed = relative * np.abs(expected[~huge]) + absolute * np.maximum(1, np.abs(x[~huge]))
    worst = np.argmax(error - allowed)
    assert error[worst] <= allowed[worst], (x[~huge][worst], result[~huge][worst])


CONVENTIONS = [
    ("relu", 0.0, 0.0),
    ("relu", -0.0, 0.0),
    ("leaky_relu", 0.0, 0.01),
    ("prelu", 0.0, 0.25),
    ("elu", 0.0, 1.0),
    ("selu", 0.0, 1.0507009873554805 * 1.6732632423543772),
    ("hardtanh", 1.0, 0.0),
    ("hardtanh", -1.0, 0.0),
    ("relu6", 0.0, 0.0),
    ("relu6", 6.0, 0.0),
    ("hardswish", -3.0, 0.0),
    ("hardswish", 3.0, 1.0),
    ("hardsigmoid", -3.0, 0.0),
    ("hardsigmoid", 3.0, 0.0),
    ("relu_squared", 0.0, 0.0),
]


@pytest.mark.parametrize(("key", "at", "expected"), CONVENTIONS)
def test_derivative_at_a_kink_is_torchs(key, at, expected):
    assert get_activation(key).derivative(np.array([at]))[0] == pytest.approx(expected, rel=1e-15)


SLOPES_AT_ZERO = {
    **{"sigmoid": 1 / 4, "tanh": 1, "lecun_tanh": 1.7159 * 2 / 3, "softsign": 1, "hardtanh": 1},
    **{"erf": 2 / math.sqrt(math.pi), "sin": 1, "relu": 0, "gelu": 1 / 2, "gelu_tanh": 1 / 2},
    **{"silu": 1 / 2, "mish": 0.6, "softplus": 1 / 2, "hardswish": 1 / 2, "hardsigmoid": 1 / 6},
}


@pytest.mark.parametrize(("key", "slope"), SLOPES_AT_ZERO.items())
def test_slope_at_zero(key, slope):
    assert get_activation(key).derivative(np.zeros(1))[0] == pytest.approx(slope, rel=1e-14)


@every_activation
def test_derivative_is_the_slope_of_the_value(activation):
    step = 1e-5 * activation.scale
    z = np.random.default_rng(2024).uniform(-30, 30, 4000)
    z = np.concatenate([z, z / 10, z / 100])
    for kink in (*activation.kinks, 0.0):
        z = z[np.abs(z - kink) > step]
    above, below = z + step, z - step
    difference = activation.value(above) - activation.value(below)
    error = np.abs(difference / (above - below) - activation.derivative(z))
    # Truncation of order (step / scale)², and the rounding of f divided by the step; that of a
    # sine is the rounding of its phase.
    size = np.maximum(1, np.abs(activation.value(z)))
    if activation.key == "sin":
        size = np.maximum(1, np.abs(z) / activation.scale)
    allowed = 2e-10 * max(1, 1 / activation.scale) + 4e-16 * size / step
    assert np.all(error <= allowed)


@every_activation
def test_derivative_jumps_exactly_where_the_kinks_are(activation):
    grid = np.round(np.arange(-8, 8, 1 / 64), 6)
    step = 1e-9
    jumps = np.abs(activation.derivative(grid + step) - activation.derivative(grid - step))
    found = set(grid[jumps > 1e-4])
    expected = set() if activation.params == {"slope": 1.0} else set(activation.kinks)
    if activation.key == "elu" and activation.params["alpha"] == 1:
        expected = set()  # for other alphas its derivative jumps
    assert found == expected
    assert list(activation.kinks) == sorted(activation.kinks)


@every_activation
@every_dtype
def test_safe_on_every_number_and_keeps_the_dtype(activation, dtype):
    largest = float(np.finfo(dtype).max)
    smallest = float(np.finfo(dtype).smallest_subnormal)
    magnitudes = [0.0, smallest, 1e-6, 0.5, 1.0, 3.0, 6.0, 20.0, 89.0, 800.0, largest]
    magnitudes += [1e30] if largest > 1e30 else []
    finite = np.array([sign * m for m in magnitudes for sign in (1, -1)], dtype)
    infinite = np.array([np.inf, -np.inf], dtype)
    for function in (activation.value, activation.derivative):
        before = finite.copy()
        result = function(finite)
        np.testing.assert_array_equal(finite, before)
        assert result.dtype == dtype
        assert result.shape == finite.shape
        assert not np.any(np.isnan(result))
        overflows = np.isinf(result)
        if activation.key in ("relu_squared", "selu"):
            assert np.all(np.abs(finite[overflows].astype(float)) > 0.4 * math.sqrt(largest))
        else:
            assert not np.any(overflows)
        limit = function(infinite)
        assert limit.dtype == dtype
        assert np.all(np.isnan(limit) == (activation.key == "sin"))
    assert np.all(np.isnan(activation.value(np.array([np.nan], dtype))))
    passed = np.isnan(activation.derivative(np.array([np.nan], dtype)))
    assert np.all(passed != (activation.key in PIECEWISE_CONSTANT_DERIVATIVE))


@every_activation
@every_dtype
def test_empty_scalar_and_strided_arrays(activation, dtype):
    table = np.linspace(-4, 4, 24).astype(dtype).reshape(4, 6)
    for function in (activation.value, activation.derivative):
        assert function(np.empty((0, 3), dtype)).shape == (0, 3)
        whole = function(table)
        np.testing.assert_array_equal(function(table.T), whole.T)
        np.testing.assert_array_equal(function(table[:, ::2]), whole[:, ::2])
        single = function(np.array(table[1, 2]))
        assert single.dtype == dtype
        assert single == whole[1, 2]


@every_activation
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_short_dtype_is_the_rounded_double(activation, dtype):
    z = np.linspace(-12, 12, 4001).astype(dtype)
    eps = float(np.finfo(dtype).eps)
    tiny = 8 * float(np.finfo(dtype).smallest_normal)
    for function in (activation.value, activation.derivative):
        exact = function(z.astype(np.float64))
        # An input error of half an eps is unavoidable where the argument is scaled.
        slack = 1 + np.abs(z.astype(np.float64)) / activation.scale
        size = max(1.0, 1 / activation.scale) if activation.key == "sin" else np.abs(exact)
        if activation.key.startswith(("gelu", "silu", "mish", "hard")):
            size = np.maximum(size, 0.5)  # they cross zero: 16 eps absolute there
        assert np.all(np.abs(function(z) - exact) <= 8 * eps * slack * size + tiny)


# Values at -12 to 40 digits: what a formula with a cancellation would get wrong.
LEFT_TAILS = {
    "sigmoid": 6.14417460221471783e-06,
    "gelu": -2.1317785344932148e-32,
    "silu": -7.37300952265766139e-05,
    "softplus": 6.14419347773280543e-06,
    "mish": -7.37303217318658646e-05,
}


@pytest.mark.parametrize(("key", "expected"), LEFT_TAILS.items())
def test_left_tail_keeps_its_digits(key, expected):
    assert get_activation(key).value(np.array([-12.0]))[0] == pytest.approx(expected, rel=1e-14)


def test_saturated_tanh_keeps_its_slope():
    z = np.array([15.0], np.float32)
    derivative = get_activation("tanh").derivative(z)[0]
    assert derivative == pytest.approx(4 * math.exp(-30), rel=1e-5)


@every_activation
def test_value_keeps_within_its_bounds_and_comes_near_them(activation):
    z = np.concatenate([np.linspace(-40, 40, 80001), [-1e30, 1e30]])
    value = activation.value(z)
    lower, upper = activation.bounds
    for bound, extreme in ((lower, value.min()), (upper, value.max())):
        if bound is None:
            assert abs(extreme) > 1e20
        else:
            assert extreme == pytest.approx(bound, rel=1e-6, abs=1e-6)
    if lower is not None:
        assert value.min() >= lower - 1e-15
    if upper is not None:
        assert value.max() <= upper + 1e-15


@every_activation
@settings(max_examples=10)
@given(factor=st.floats(0.01, 100))
def test_symmetries_are_those_declared(activation, factor):
    z = np.linspace(-5, 5, 101)
    value = activation.value(z)
    assert activation.odd == np.allclose(activation.value(-z), -value, rtol=1e-14, atol=0)
    if activation.homogeneous:
        np.testing.assert_allclose(activation.value(factor * z), factor * value, rtol=1e-14)
    else:
        assert not np.allclose(activation.value(3 * z), 3 * value)


TORCH_GAINS = {
    "identity": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "leaky_relu": 1.4141428569978354,
    "prelu": math.sqrt(2 / (1 + 0.25**2)),
    "selu": 0.75,
}


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_torch_gain(key):
    expected = TORCH_GAINS.get(key)
    gain = get_activation(key).torch_gain
    assert gain is None if expected is None else gain == pytest.approx(expected, rel=1e-15)


def test_torch_gain_follows_the_slope():
    gain = get_activation("leaky_relu", slope=0.2).torch_gain
    assert gain == pytest.approx(1.3867504905630728, rel=1e-15)


@pytest.mark.parametrize(
    ("key", "params", "field"),
    [
        ("swish", {}, "activation"),
        ("silu", {"beta": 0.0}, "activation.beta"),
        ("softplus", {"beta": math.nan}, "activation.beta"),
        ("sin", {"frequency": -1.0}, "activation.frequency"),
        ("prelu", {"slope": 1.5}, "activation.slope"),
        ("selu", {"alpha": 1.0}, "activation.alpha"),
    ],
)
def test_impossible_parameters_name_their_field(key, params, field):
    with pytest.raises(ExperimentError) as raised:
        get_activation(key, **params)
    assert raised.value.field == field


class TestAgainstTorchItself:
    """Where torch is installed."""

    @pytest.fixture
    def torch(self):
        return pytest.importorskip("torch")

    @staticmethod
    def function(torch, activation):
        functional = torch.nn.functional
        p = activation.params
        if activation.key in ("silu", "sin"):
            factor = next(iter(p.values()))
            if activation.key == "sin":
                return lambda z: torch.sin(factor * z)
            return lambda z: functional.silu(factor * z) / factor
        return {
            "identity": lambda z: z * 1,
            "lecun_tanh": lambda z: 1.7159 * torch.tanh(2 / 3 * z),
            "erf": torch.erf,
            "sigmoid": torch.sigmoid,
            "tanh": torch.tanh,
            "leaky_relu": lambda z: functional.leaky_relu(z, p["slope"]),
            "prelu": lambda z: functional.prelu(z, torch.tensor([p["slope"]], dtype=z.dtype)),
            "elu": lambda z: functional.elu(z, p["alpha"]),
            "gelu_tanh": lambda z: functional.gelu(z, approximate="tanh"),
            "softplus": lambda z: functional.softplus(z, p["beta"]),
            "relu_squared": lambda z: functional.relu(z) ** 2,
        }.get(activation.key) or getattr(functional, activation.key)

    @every_activation
    def test_value_and_derivative(self, torch, activation):
        grid = np.concatenate([np.linspace(-10, 10, 401), [0.0, 1.0, -1.0, 3.0, -3.0, 6.0]])
        z = torch.tensor(grid, requires_grad=True)
        value = self.function(torch, activation)(z)
        value.sum().backward()
        tolerance = {"softplus": 3e-9 / activation.scale}.get(activation.key, 1e-10)
        if activation.key.startswith("hard"):
            tolerance = 1e-7
        np.testing.assert_allclose(
            activation.value(grid), value.detach().numpy(), rtol=tolerance, atol=3e-14
        )
        np.testing.assert_allclose(
            activation.derivative(grid), z.grad.numpy(), rtol=tolerance, atol=1e-13
        )

    @every_activation
    def test_gain(self, torch, activation):
        name = {"identity": "linear", "prelu": "leaky_relu"}.get(activation.key, activation.key)
        slope = activation.params.get("slope")
        if activation.torch_gain is None:
            with pytest.raises(ValueError, match="nsupported"):
                torch.nn.init.calculate_gain(name, slope)
        else:
            gain = torch.nn.init.calculate_gain(name, slope)
            assert activation.torch_gain == pytest.approx(gain, rel=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("company", [0.0, 1.0, 1000.0, np.inf, np.nan])
def test_a_slope_does_not_depend_on_its_neighbours(dtype: str, company: float) -> None:
    tanh = get_activation("tanh")
    z = np.array([-1000, -300, -50, -30, -3, 0, 3, 30, 33, 36, 50, 300, np.inf], dtype=dtype)
    together = tanh.derivative(np.append(z, np.array([company], dtype=dtype)))[:-1]
    alone = [tanh.derivative(z[i : i + 1])[0] for i in range(len(z))]
    assert together.tolist() == [float(slope) for slope in alone]
    # 4 exp(-2|z|), down to 1e-30 (1e-290) exactly, then nothing.
    exact = 4 * np.exp(-2 * np.abs(z[[3, 7]].astype(float)))
    np.testing.assert_allclose(together[[3, 7]], exact, rtol=1e-5)
    assert (together[[0, -1]] == 0).all()
    assert (together[2] == 0) == (dtype == "float32")
