from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import special

from winit_core.draws import _ENTRY_BYTES, UnitDraws, _ByteBoundedCache, data_generator

SHAPE = (200, 300)
COUNT = SHAPE[0] * SHAPE[1]


def test_the_normals_are_standard_normal() -> None:
    normal = UnitDraws(0, 0, SHAPE).normal
    assert (normal.shape, normal.dtype) == (SHAPE, np.float32)
    ordered = np.sort(normal.astype(np.float64).ravel())
    # Kolmogorov-Smirnov: P(D > 2.5 / sqrt(n)) = 2 exp(-2 * 2.5^2), about 7 in 10^6.
    distance = np.abs(special.ndtr(ordered) - (np.arange(COUNT) + 0.5) / COUNT).max()
    assert distance < 2.5 / np.sqrt(COUNT)


def test_the_uniforms_are_uniform_and_in_the_order_of_the_normals() -> None:
    draws = UnitDraws(0, 0, SHAPE)
    uniform = draws.uniform.astype(np.float64).ravel()
    ordered = np.sort(uniform)
    assert -1 <= ordered[0] <= ordered[-1] <= 1
    distance = np.abs((ordered + 1) / 2 - (np.arange(COUNT) + 0.5) / COUNT).max()
    assert distance < 2.5 / np.sqrt(COUNT)
    by_normal = np.argsort(draws.normal.ravel())
    assert (np.diff(uniform[by_normal]) >= 0).all()
    # erf in float32 is good to 2 eps.
    expected = special.erf(draws.normal.astype(np.float64) / np.sqrt(2))
    np.testing.assert_allclose(
        draws.uniform, expected, rtol=4 * float(np.finfo(np.float32).eps), atol=0
    )


def test_every_stream_is_its_own() -> None:
    streams = [
        UnitDraws(0, 0, SHAPE).normal,
        UnitDraws(1, 0, SHAPE).normal,
        UnitDraws(0, 1, SHAPE).normal,
        UnitDraws(0, 0, SHAPE, for_bias=True).normal,
        data_generator(0).standard_normal(SHAPE, dtype=np.float32),
    ]
    for index, one in enumerate(streams):
        for other in streams[:index]:
            # Correlation of independent draws: five standard errors.
            assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 5 / np.sqrt(COUNT)


def test_draws_do_not_depend_on_what_was_asked_before() -> None:
    kept = UnitDraws(12, 3, (5, 7)).normal.copy()
    fresh = np.random.default_rng(np.random.SeedSequence(12, spawn_key=(1, 3)))
    np.testing.assert_array_equal(kept, fresh.standard_normal((5, 7), dtype=np.float32))


def test_draws_are_cached_and_read_only() -> None:
    draws = UnitDraws(7, 0, (4, 4))
    assert draws.normal is UnitDraws(7, 0, (4, 4)).normal
    for array in (draws.normal, draws.uniform):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0


def test_threads_that_ask_at_the_same_time_get_the_same_draws() -> None:
    draws, threads = UnitDraws(21, 0, (1000, 1000)), 4
    together = threading.Barrier(threads)

    def ask() -> np.ndarray:
        together.wait()
        return draws.uniform

    with ThreadPoolExecutor(threads) as pool:
        first, *others = [job.result() for job in [pool.submit(ask) for _ in range(threads)]]
    assert all(other is first for other in others)


def test_draws_that_could_not_be_made_can_be_asked_for_again() -> None:
    cache = _ByteBoundedCache(10_000)
    made = np.ones(3, dtype=np.float32)

    def fail() -> np.ndarray:
        raise MemoryError

    with pytest.raises(MemoryError):
        cache.obtain(("a",), fail)
    assert cache.obtain(("a",), lambda: made) is made


def test_the_cache_forgets_the_longest_unused_and_keeps_what_is_larger_than_itself() -> None:
    cache = _ByteBoundedCache(100 + 2 * _ENTRY_BYTES)
    small = [np.zeros(10, dtype=np.float32) for _ in range(3)]
    cache.put(("a",), small[0])
    cache.put(("b",), small[1])
    assert cache.get(("a",)) is small[0]
    cache.put(("c",), small[2])  # three are too many: "b" was used longest ago
    assert cache.get(("b",)) is None
    assert cache.get(("a",)) is small[0]
    assert cache.get(("c",)) is small[2]
    large = np.zeros(1000, dtype=np.float32)
    cache.put(("d",), large)
    assert cache.get(("d",)) is large
    assert cache.get(("a",)) is None
