"""The half-precision formats: rounding to the bit, and what it does to a network."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from winit_core import Experiment, Kind, SchemeChoice, diagnose, simulate
from winit_core.experiment import DTYPES
from winit_core.precision import PRECISIONS
from winit_core.simulation import Quantity, layer_values, weights_and_bias

HALVES = ("float16", "bfloat16")
FLOAT32_BITS = arrays.arrays(np.uint32, st.integers(1, 40), elements=st.integers(0, 2**32 - 1))


def nearest_even(values: npt.NDArray[np.float32], mantissa: int, exponent: int) -> npt.NDArray:
    """Round in float64 arithmetic: to a multiple of the spacing at each number."""
    bias = 2 ** (exponent - 1) - 1
    with np.errstate(invalid="ignore"):  # signalling NaN
        wide = values.astype(np.float64)
    finite = np.where(np.isfinite(wide), wide, 0)
    _, power = np.frexp(finite)
    spacing = np.ldexp(1.0, np.maximum(power - 1, 1 - bias) - mantissa)
    rounded = np.rint(finite / spacing) * spacing  # rint: ties to even
    largest = (2 - 2.0**-mantissa) * 2.0**bias
    rounded = np.where(np.abs(rounded) > largest, np.copysign(np.inf, finite), rounded)
    return np.where(np.isfinite(wide), rounded, wide)


@given(FLOAT32_BITS)
def test_bfloat16_is_exact_to_the_bit(bits: npt.NDArray[np.uint32]) -> None:
    values = bits.view(np.float32)
    rounded = PRECISIONS["bfloat16"].round(values)
    assert rounded.dtype == np.float32
    assert not (rounded.view(np.uint32)[~np.isnan(values)] & 0xFFFF).any()
    np.testing.assert_array_equal(rounded, nearest_even(values, 7, 8))
    zeros = values == 0
    assert np.array_equal(np.signbit(rounded[zeros]), np.signbit(values[zeros]))


@given(FLOAT32_BITS)
def test_float16_is_numpys(bits: npt.NDArray[np.uint32]) -> None:
    values = bits.view(np.float32)
    rounded = PRECISIONS["float16"].round(values)
    assert rounded.dtype == np.float32
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(rounded, values.astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(rounded, nearest_even(values, 10, 5))


def test_bfloat16_ties_go_to_the_even_neighbour() -> None:
    # In bits: a tie above an even number, one above an odd number, and just beyond a tie.
    bits = np.array([0x3F808000, 0x3F818000, 0x3F808001, 0x7F7FFFFF, 0x7FFFFFFF], dtype=np.uint32)
    wanted = np.array([0x3F800000, 0x3F820000, 0x3F810000, 0x7F800000], dtype=np.uint32)
    rounded = PRECISIONS["bfloat16"].round(bits.view(np.float32))
    assert np.array_equal(rounded[:4].view(np.uint32), wanted)
    assert np.isnan(rounded[4])


@pytest.mark.parametrize("name", HALVES)
def test_rounding_twice_changes_nothing_and_leaves_the_argument(name: str) -> None:
    values = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    before = values.copy()
    once = PRECISIONS[name].round(values)
    assert np.array_equal(before, values)
    assert np.array_equal(once, PRECISIONS[name].round(once))
    assert np.abs(once / values - 1).max() <= PRECISIONS[name].eps / 2


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_the_full_formats_cost_nothing(name: str) -> None:
    values = np.ones(3, dtype=name)
    assert PRECISIONS[name].round(values) is values
    assert not PRECISIONS[name].rounds


@pytest.mark.parametrize("name", DTYPES)
def test_the_limits_are_those_of_the_format(name: str) -> None:
    precision = PRECISIONS[name]
    one = precision.storage.type(1)
    if name != "bfloat16":
        info = np.finfo(name)
        assert precision.max == float(info.max)
        assert precision.eps == float(info.eps)
        assert precision.min_normal == float(info.smallest_normal)
        assert precision.smallest_subnormal == float(info.smallest_subnormal)
    else:
        assert precision.max == 3.3895313892515355e38
        assert precision.min_normal == float(np.finfo(np.float32).smallest_normal)
        assert precision.eps == 2**-7
    with np.errstate(all="ignore"):
        keeps = np.array([precision.max, precision.smallest_subnormal], precision.storage)
        assert np.array_equal(precision.round(keeps), keeps)
        loses = np.array([precision.max * (1 + precision.eps), precision.smallest_subnormal * 0.4])
        assert precision.round(loses.astype(precision.storage)).tolist() == [math.inf, 0]
    above = np.array([1 + precision.eps], precision.storage)
    assert precision.round(above)[0] > one


# Networks


@pytest.mark.parametrize("name", HALVES)
def test_everything_in_a_half_precision_network_is_a_half_precision_number(name: str) -> None:
    experiment = Experiment(("torch_linear",), "gelu", (40, 30, 20), dtype=name, batch_size=50)
    precision = experiment.precision
    for layer in range(4):
        weight, bias = weights_and_bias(experiment, 0, layer)
        assert bias is not None
        found = [weight, bias]
        found += [layer_values(experiment, 0, layer, quantity) for quantity in Quantity]
        for array in found:
            assert array.dtype == np.float32
            assert np.array_equal(array, precision.round(array))


def test_a_layer_is_rounded_once_after_a_sum_in_float32() -> None:
    experiment = Experiment(("he_normal",), "relu", (64, 64), dtype="float16")
    weight, _ = weights_and_bias(experiment, 0, 1)
    entering = layer_values(experiment, 0, 0, Quantity.ACTIVATION)
    sums = entering.astype(np.float64) @ weight.astype(np.float64)
    z = layer_values(experiment, 0, 1, Quantity.PRE_ACTIVATION)
    exact = sums.astype(np.float16).astype(np.float32)
    # The float32 sum decides near a tie; elsewhere the rounding is that of the exact sum.
    assert np.mean(z == exact) > 0.99
    np.testing.assert_allclose(z, exact, rtol=2**-9, atol=1e-4)


def first_non_finite(dtype: str, depth: int) -> int | None:
    experiment = Experiment(("large_normal",), "relu", (64,) * depth, dtype=dtype)
    layers = simulate(experiment).runs[0].layers
    lost = [i for i, layer in enumerate(layers) if not math.isfinite(layer.pre_activation_rms)]
    return lost[0] if lost else None


def test_large_weights_overflow_float16_in_the_third_layer() -> None:
    # rms of z: 80 in the first layer, then a factor 10 √32 = 57 each: 4,500 and 256,000 > 65,504.
    assert first_non_finite("float16", 6) == 2
    # bfloat16 has the range of float32, ln(3e38 / 80) / ln 57 = 21 layers further.
    assert first_non_finite("bfloat16", 6) is None
    assert first_non_finite("bfloat16", 26) == first_non_finite("float32", 26)
    assert first_non_finite("float32", 26) == pytest.approx(22, abs=1)


def test_small_errors_die_in_float16_alone() -> None:
    def experiment(dtype: str) -> Experiment:
        return Experiment(("small_normal",), "tanh", (64,) * 6, dtype=dtype)

    assert simulate(experiment("float16")).runs[0].layers[0].delta_rms == 0
    assert diagnose(simulate(experiment("float16")).runs[0]).verdict is Kind.NO_GRADIENT
    for dtype in ("bfloat16", "float32"):
        assert simulate(experiment(dtype)).runs[0].layers[0].delta_rms > 0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_equal_units_are_one_unit_in_any_precision(dtype: str, activation: str) -> None:
    constant = SchemeChoice("constant", {"weight": 0.02})
    schemes = (constant, "he_normal", "glorot_uniform")
    experiment = Experiment(schemes, activation, (100,) * 8, dtype=dtype)
    alike, *random = simulate(experiment).runs
    assert {layer.distinct_units for layer in alike.layers[:-1]} == {1}
    assert alike.layers[-2].delta_is_rounding or alike.layers[-2].delta_rms == 0
    for run in random:
        assert not any(layer.delta_is_rounding for layer in run.layers)
        assert all(layer.distinct_units == 100 for layer in run.layers[:-1])


@pytest.mark.parametrize("width", [16, 1024])
def test_a_wide_sum_of_coarse_numbers_is_not_taken_for_rounding(width: int) -> None:
    experiment = Experiment(("he_normal",), "relu", (width,) * 3, dtype="bfloat16")
    assert not any(layer.delta_is_rounding for layer in simulate(experiment).runs[0].layers)
