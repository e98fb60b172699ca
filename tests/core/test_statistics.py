from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from winit_core.statistics import (
    UNIT_TOLERANCE,
    count_distinct_units,
    dead_fraction,
    is_rounding,
    is_saturated,
    mean_cosine,
    moments,
    root_mean_square,
    saturated_fraction,
    unit_statistics,
)

DTYPES = ["float32", "float64"]
EPS = float(np.finfo(np.float64).eps)
SHAPES = npst.array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=30)


def _floats(dtype: str, largest: float) -> st.SearchStrategy[Any]:
    bound = float(np.dtype(dtype).type(largest))
    width = 8 * np.dtype(dtype).itemsize
    return npst.arrays(dtype, SHAPES, elements=st.floats(-bound, bound, width=width))


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_moments_are_those_of_extended_precision(dtype: str, data: st.DataObject) -> None:
    largest = data.draw(st.sampled_from([1.0, 1e-30, 1e30, 1e18]))
    values = data.draw(_floats(dtype, largest))
    wide = values.astype(np.longdouble).ravel()
    actual = moments(values)
    size = float(np.abs(wide).max())
    # Sums of n terms in float64: n eps of the largest, and the square root halves what it does
    # to a relative error. Below 1e-150 squares underflow, which costs at most that.
    allowed = 2 * wide.size * EPS * size + 1e-150
    assert abs(actual.mean - wide.mean()) <= allowed
    assert abs(actual.std - wide.std()) <= allowed
    assert abs(actual.rms - np.sqrt(np.square(wide).mean())) <= allowed
    assert root_mean_square(values) == actual.rms


@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        *(("float32", size) for size in (1e-45, 1e-38, 1e19, 1e30, 3.4e38)),
        *(("float64", size) for size in (1e-300, 1e-160, 1e160, 1e300, 1.7e308)),
    ],
)
def test_moments_neither_overflow_nor_underflow(dtype: str, size: float) -> None:
    values = np.full((20, 30), size, dtype=dtype)
    values[::2] *= -1
    exact = float(values[1, 0])
    actual = moments(values)
    # n eps, as above.
    assert actual.rms == pytest.approx(exact, rel=600 * EPS)
    assert actual.std == pytest.approx(exact, rel=600 * EPS)
    assert abs(actual.mean) <= 600 * EPS * exact
    assert moments(np.abs(values)).mean == pytest.approx(exact, rel=600 * EPS)


def test_a_mean_far_from_zero_does_not_swallow_the_spread() -> None:
    # E x² - (E x)² would lose all 16 digits here.
    values = 1e9 + np.random.default_rng(0).standard_normal((100, 100))
    exact = float(values.astype(np.longdouble).std())
    # Two passes: the stored numbers themselves carry eps 1e9.
    assert moments(values).std == pytest.approx(exact, abs=1e9 * EPS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("bad", "mean", "rms"),
    [
        ([np.nan], math.nan, math.nan),
        ([np.inf], math.inf, math.inf),
        ([-np.inf], -math.inf, math.inf),
        ([np.inf, -np.inf], math.nan, math.inf),
        ([np.inf, np.nan], math.nan, math.nan),
    ],
)
def test_what_is_not_finite_is_reported(
    dtype: str, bad: list[float], mean: float, rms: float
) -> None:
    values = np.ones((5, 7), dtype=dtype)
    values.flat[: len(bad)] = bad
    actual = moments(values)
    np.testing.assert_equal([actual.mean, actual.rms], [mean, rms])
    assert math.isnan(actual.std)
    np.testing.assert_equal(root_mean_square(values), rms)


def test_moments_of_nothing_and_of_one_value() -> None:
    nothing = moments(np.empty((0, 3), dtype=np.float32))
    assert all(math.isnan(number) for number in (nothing.mean, nothing.std, nothing.rms))
    assert math.isnan(root_mean_square(np.empty(0)))
    one = moments(np.float32([[0.1]]))
    assert (one.mean, one.std, one.rms) == (float(np.float32(0.1)), 0.0, pytest.approx(0.1))


def test_moments_leave_the_array_alone() -> None:
    values = np.array([[1e300, -1.0]])
    moments(values)
    root_mean_square(values)
    np.testing.assert_array_equal(values, [[1e300, -1.0]])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("bounds", "inside", "beyond"),
    [
        ((-1.0, 1.0), [0, 0.969, -0.969], [0.971, -0.971, 1, -1]),
        ((0.0, 1.0), [0.5, 0.016, 0.984], [0.014, 0.986, 0, 1]),
        ((-1.7159, 1.7159), [1.66, -1.66], [1.67, -1.67]),
    ],
)
def test_saturated_is_within_three_percent_of_a_limit(
    dtype: str, bounds: tuple[float, float], inside: list[float], beyond: list[float]
) -> None:
    values = np.array([[*inside, *beyond]], dtype=dtype)
    expected = [False] * len(inside) + [True] * len(beyond)
    assert is_saturated(values, bounds).tolist() == [expected]
    assert saturated_fraction(values, bounds) == len(beyond) / values.size


@pytest.mark.parametrize("bounds", [(None, None), (0.0, None), (None, 1.0)])
def test_what_is_not_bounded_on_both_sides_cannot_saturate(bounds: Any) -> None:
    values = np.array([[-1e30, 0, 1, 1e30]])
    assert saturated_fraction(values, bounds) == 0
    assert not is_saturated(values, bounds).any()


def test_nan_is_not_saturated() -> None:
    assert saturated_fraction(np.array([[np.nan, 1.0]]), (-1.0, 1.0)) == 0.5


def test_a_dead_unit_is_zero_for_the_whole_batch() -> None:
    h = np.zeros((4, 10), dtype=np.float32)
    assert dead_fraction(h) == 1
    h[2, 0], h[0, 1], h[1, 2], h[:, 3] = 1e-45, np.nan, -0.0, 1
    assert dead_fraction(h) == 0.7
    assert dead_fraction(np.ones((1, 3))) == 0


def _batch(generator: np.random.Generator, kind: str, batch: int, units: int) -> Any:
    columns = generator.standard_normal((batch, units))
    if kind == "spread":  # units of very different sizes
        return columns * 10.0 ** generator.uniform(-12, 12, size=units)
    if kind == "multiples":  # all along one direction
        return columns[:, :1] * np.linspace(1, 2, units)
    return columns


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=120, deadline=None)
@given(
    kind=st.sampled_from(["plain", "spread", "multiples"]),
    batch=st.integers(2, 40),
    distinct=st.integers(1, 60),
    copies=st.integers(0, 60),
    seed=st.integers(0, 2**32 - 1),
)
def test_planted_units_are_found(
    dtype: str, kind: str, batch: int, distinct: int, copies: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    originals = _batch(generator, kind, batch, distinct)
    source = np.concatenate([np.arange(distinct), generator.integers(distinct, size=copies)])
    generator.shuffle(source)
    # Copies differ by a tenth of the tolerance: from one another by less than a quarter of it.
    noise = generator.uniform(-1, 1, size=(batch, len(source))) * UNIT_TOLERANCE[dtype] / 10
    z = (originals[:, source] * (1 + noise)).astype(dtype)
    # Originals differ: with a batch of 2 and 60 units two of them may agree to 1e-5 in both
    # entries with a probability of 60² / 2 x (1e-5)², which is 2 in 10^7.
    assert count_distinct_units(z) == distinct


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_tolerance_is_relative_to_the_unit_and_not_to_the_layer(dtype: str) -> None:
    tolerance = UNIT_TOLERANCE[dtype]
    unit = np.random.default_rng(0).standard_normal(50)
    unit /= np.abs(unit).max()
    for size in (1e-20, 1.0, 1e20):
        pair = np.stack([unit, unit * (1 + 0.5 * tolerance), np.full(50, 1e20 / size)], axis=1)
        assert count_distinct_units((size * pair).astype(dtype)) == 2
        pair[:, 1] = unit * (1 + 2 * tolerance)
        assert count_distinct_units((size * pair).astype(dtype)) == 3
        # One input is enough to tell two units apart.
        pair[:, 1] = unit
        pair[7, 1] += 2 * tolerance
        assert count_distinct_units((size * pair).astype(dtype)) == 3


@pytest.mark.parametrize("dtype", DTYPES)
def test_signs_multiples_and_zeros_are_told_apart(dtype: str) -> None:
    unit = np.random.default_rng(0).standard_normal((9, 1)).astype(dtype)
    zero = np.zeros_like(unit)
    assert count_distinct_units(np.hstack([unit, -unit])) == 2
    assert count_distinct_units(np.hstack([unit, 2 * unit, 1.001 * unit])) == 3
    assert count_distinct_units(np.hstack([unit, zero, unit, -zero])) == 2
    assert count_distinct_units(np.zeros((9, 5), dtype=dtype)) == 1
    assert count_distinct_units(-np.zeros((9, 5), dtype=dtype)) == 1
    assert count_distinct_units(unit) == 1
    largest = np.finfo(dtype).max
    assert count_distinct_units(np.array([[largest, -largest, largest]])) == 2
    smallest = np.finfo(dtype).smallest_subnormal
    assert count_distinct_units(np.array([[smallest, -smallest, 0, smallest]], dtype=dtype)) == 3


@pytest.mark.parametrize("dtype", DTYPES)
def test_units_with_nan_and_infinities_are_compared_by_place(dtype: str) -> None:
    nan, inf = np.nan, np.inf
    tiny = 0.1 * UNIT_TOLERANCE[dtype]
    units = [
        [1, nan, inf],
        [1 + tiny, nan, inf],  # the same up to rounding
        [1, inf, nan],
        [1, nan, -inf],
        [2, nan, inf],
        [nan, nan, nan],
        [-nan, nan, -nan],  # NaN has no sign
        [1, 2, 3],
    ]
    assert count_distinct_units(np.array(units, dtype=dtype).T) == 6


def test_thousands_of_units_of_one_net_are_counted_in_a_moment() -> None:
    generator = np.random.default_rng(0)
    half = generator.standard_normal((64, 2000)).astype(np.float32)
    half *= 10.0 ** generator.uniform(-20, 0, size=2000).astype(np.float32)
    # Comparing all pairs would take 8 million comparisons of 64 numbers, many seconds.
    assert count_distinct_units(np.hstack([half, half])) == 2000


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_rounding_leaves_of_a_sum_that_cancels_is_recognised(dtype: str) -> None:
    generator = np.random.default_rng(0)
    for batch, terms in ((256, 10), (64, 1000)):
        # The errors of cross-entropy add up to zero, and equal weights make that the sum.
        delta = generator.standard_normal((batch, terms))
        delta = (delta - delta.mean(axis=1, keepdims=True)).astype(dtype)
        equal = np.full((terms, 20), 0.3, dtype=dtype)
        sizes = root_mean_square(delta), root_mean_square(equal), terms
        assert is_rounding(delta @ equal, *sizes)
        # A sum of random terms is no such thing, nor is one that cancels all but 1 in 1,000.
        weight = generator.standard_normal((terms, 20)).astype(dtype)
        sizes = root_mean_square(delta), root_mean_square(weight), terms
        assert not is_rounding(delta @ weight, *sizes)
        assert not is_rounding(delta @ weight / 1000, *sizes)


@pytest.mark.parametrize("size", [0.0, math.nan, math.inf])
def test_no_error_at_all_and_no_number_are_not_rounding(size: float) -> None:
    arriving = np.full((2, 2), size)
    assert not is_rounding(arriving, size, 1.0, 2)
    assert not is_rounding(arriving, 1.0, size, 2)


def test_a_limit_that_is_the_value_at_rest_is_no_saturation():
    values = np.array([0.0, 3.0, 5.9, 6.0])
    assert is_saturated(values, (0.0, 6.0), rest=0.0).tolist() == [False, False, True, True]
    sigmoid = np.array([0.01, 0.5, 0.99])
    assert is_saturated(sigmoid, (0.0, 1.0), rest=0.5).tolist() == [True, False, True]


class TestMeanCosine:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_it_is_the_mean_over_all_pairs(self, dtype: type) -> None:
        rows = np.random.default_rng(0).normal(0.3, 1, (7, 5)).astype(dtype)
        unit = rows / np.linalg.norm(rows, axis=1)[:, None]
        expected = np.mean((unit @ unit.T)[~np.eye(7, dtype=bool)])
        assert mean_cosine(rows) == pytest.approx(float(expected), rel=1e-6)

    def test_equal_rows_opposite_rows_and_orthogonal_rows(self) -> None:
        row = np.array([1.0, -2.0, 3.0])
        assert mean_cosine(np.array([row, 5 * row])) == pytest.approx(1)
        assert mean_cosine(np.array([row, -row])) == pytest.approx(-1)
        assert mean_cosine(np.eye(4)) == pytest.approx(0, abs=1e-15)

    @pytest.mark.parametrize("size", [1e-320, 1e-200, 1e200, 1e308])
    def test_the_size_does_not_matter(self, size: float) -> None:
        rows = np.array([[1.0, 0.0], [1.0, 1.0]])
        assert mean_cosine(rows * size) == pytest.approx(math.sqrt(0.5), rel=1e-3)

    def test_rows_of_zeros_are_left_out(self) -> None:
        rows = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
        assert mean_cosine(rows) == pytest.approx(math.sqrt(0.5))

    @pytest.mark.parametrize(
        "rows",
        [
            np.ones((1, 3)),
            np.zeros((4, 3)),
            np.array([[1.0, np.inf], [1.0, 1.0]]),
            np.array([[1.0, np.nan], [1.0, 1.0]]),
        ],
    )
    def test_where_there_is_no_pair_there_is_no_number(self, rows: np.ndarray) -> None:
        assert math.isnan(mean_cosine(rows))


class TestLargeArrays:
    """Sums of float32 numbers that are not copied to float64: rows first, then all rows."""

    # Half an eps for each of some dozen numbers that meet in one float32 sum, were all errors of
    # one sign; a variance of 1 % of the mean square is its difference from the squared mean.
    RELATIVE = 64 * float(np.finfo(np.float32).eps) / 2

    @pytest.mark.parametrize("size", [1e-40, 1e-30, 1e-20, 1e-8, 1.0, 1e8, 1e14, 1e18, 1e30])
    @pytest.mark.parametrize("kind", ["normal", "relu", "offset", "far"])
    def test_they_agree_with_extended_precision(self, kind: str, size: float) -> None:
        values = np.random.default_rng(0).standard_normal((97, 211))
        if kind == "relu":
            values = np.maximum(values, 0)
        values += {"offset": 9.0, "far": 300.0}.get(kind, 0.0)
        narrow = (values * size).astype(np.float32)
        wide = narrow.astype(np.longdouble)
        rms = float(np.sqrt(np.square(wide).mean()))
        found = moments(narrow)
        assert found.rms == pytest.approx(rms, rel=self.RELATIVE)
        assert root_mean_square(narrow) == pytest.approx(rms, rel=self.RELATIVE)
        assert found.mean == pytest.approx(float(wide.mean()), abs=self.RELATIVE * rms)
        assert found.std == pytest.approx(float(wide.std()), rel=100 * self.RELATIVE)

    def test_no_spread_is_exactly_none(self) -> None:
        assert moments(np.full((100, 100), 0.1, dtype=np.float32)).std == 0

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_what_is_not_finite_is_not_lost(self, bad: float) -> None:
        values = np.ones((100, 100), dtype=np.float32)
        values[57, 3] = bad
        found = moments(values)
        np.testing.assert_equal([found.mean, found.rms], [bad, abs(bad)])
        assert math.isnan(found.std)
        assert math.isnan(mean_cosine(values))

    @pytest.mark.parametrize("kind", ["plain", "zero row", "equal", "tiny", "nan"])
    def test_all_at_once_is_as_one_by_one(self, kind: str) -> None:
        z = np.random.default_rng(0).standard_normal((80, 120)).astype(np.float32)
        z[:, 60:70] = z[:, :10]
        if kind == "zero row":
            z[5] = 0
        elif kind == "equal":
            z[:] = z[:, :1]
        elif kind == "tiny":
            z *= np.float32(1e-30)
        elif kind == "nan":
            z[0, 0] = np.nan
        of_z, similarity, distinct = unit_statistics(z)
        one_by_one = moments(z), mean_cosine(z), count_distinct_units(z)
        assert repr((of_z, similarity, distinct)) == repr(one_by_one)
        assert distinct == {"equal": 1, "nan": 111}.get(kind, 110)

    def test_the_similarity_is_that_of_float64(self) -> None:
        rows = np.random.default_rng(0).normal(0.2, 1, (90, 130)).astype(np.float32)
        # A sum of 90 rows in float32, over 90 x 89 pairs.
        assert mean_cosine(rows) == pytest.approx(mean_cosine(rows.astype(float)), abs=1e-7)


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 24, 25, 70])
def test_one_input_that_wakes_a_unit_is_enough(rows: int) -> None:
    for last in range(rows):
        h = np.zeros((rows, 5), dtype=np.float32)
        h[last, 2] = 1
        assert dead_fraction(h) == 0.8
