"""Unit random draws: one stream per layer, shared by every scheme.

A scheme turns the same standard normals into its own weights, so what differs between two schemes
is the scheme and not luck. The stream of layer l depends on the seed and on l alone: a deeper net
leaves the draws of its earlier layers as they were.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from winit_core import special_functions as special
from winit_core.error_function import erf_float32

Float32Array = npt.NDArray[np.float32]

_DATA_STREAM, _WEIGHT_STREAM, _BIAS_STREAM = range(3)
_PRIORITY = 0
CACHE_LIMIT_BYTES = 256 * 2**20
_ENTRY_BYTES = 1000
"""What an array of few numbers takes beside them: its key, and Python's share."""


class _ByteBoundedCache:
    """Least recently used arrays go first once the total exceeds the limit.

    A thread that wants what another is making waits for it: networks that run beside one another
    ask for the same draws at the same time.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._total = 0
        self._arrays: OrderedDict[tuple[Any, ...], Float32Array] = OrderedDict()
        self._making: dict[tuple[Any, ...], threading.Lock] = {}
        self._lock = threading.Lock()

    def obtain(self, key: tuple[Any, ...], make: Callable[[], Float32Array]) -> Float32Array:
        """Return the array of a key, made if it is not there, and read-only."""
        array = self.get(key)
        if array is not None:
            return array
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            array = self.get(key)
            if array is None:
                try:
                    array = make()
                    array.flags.writeable = False
                    self.put(key, array)
                finally:
                    with self._lock:
                        self._making.pop(key, None)
            return array

    def get(self, key: tuple[Any, ...]) -> Float32Array | None:
        with self._lock:
            array = self._arrays.get(key)
            if array is not None:
                self._arrays.move_to_end(key)
            return array

    def put(self, key: tuple[Any, ...], array: Float32Array) -> None:
        with self._lock:
            before = self._arrays.pop(key, None)  # it may have been dropped and made twice
            self._total += _cost(array) - (0 if before is None else _cost(before))
            self._arrays[key] = array
            while self._total > self._limit and len(self._arrays) > 1:
                self._total -= _cost(self._arrays.popitem(last=False)[1])


def _cost(array: Float32Array) -> int:
    return array.nbytes + _ENTRY_BYTES


_cache = _ByteBoundedCache(CACHE_LIMIT_BYTES)


def _generator(seed: int, *stream: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=stream))


def data_generator(seed: int) -> np.random.Generator:
    """Return the generator that picks or makes the batch of inputs."""
    return _generator(seed, _DATA_STREAM)


@dataclass(frozen=True)
class UnitDraws:
    """The random numbers of one layer, before any scheme scales them.

    Attributes
    ----------
    seed
        The experiment's seed.
    layer
        0-based index of the weight matrix.
    shape
        ``(fan_in, fan_out)`` of the weights, or ``(1, fan_out)`` of the biases.
    for_bias
        Whether this is the stream of the biases.
    """

    seed: int
    layer: int
    shape: tuple[int, int]
    for_bias: bool = False

    @property
    def normal(self) -> Float32Array:
        """Standard normals, float32, read-only."""
        return self._cached("normal")

    @property
    def uniform(self) -> Float32Array:
        """Uniform on [-1, 1], float32, read-only: the same normals through their own CDF."""
        return self._cached("uniform")

    @property
    def orthogonal(self) -> Float32Array:
        """A matrix with orthonormal rows or columns (the fewer of the two), read-only.

        Uniform over all of them (Haar measure): the Q of a normal matrix, with the signs that
        make the diagonal of R positive (Mezzadri 2007).
        """
        return self._cached("orthogonal")

    @property
    def priority(self) -> Float32Array:
        """Uniform on [0, 1), float32, read-only, independent of the other draws: a random order."""
        return self._cached("priority")

    def truncated_normal(self, cut: float) -> Float32Array:
        """Return standard normals confined to [-cut, cut], float32, read-only.

        The same normals, squeezed through the two distribution functions: changing the cut moves
        every number a little and redraws none.
        """
        return self._cached("truncated_normal", float(cut))

    @property
    def _stream(self) -> int:
        return _BIAS_STREAM if self.for_bias else _WEIGHT_STREAM

    def _cached(self, kind: str, *settings: float) -> Float32Array:
        key = (self.seed, self._stream, self.layer, self.shape, kind, *settings)
        return _cache.obtain(key, partial(self._made, kind, *settings))

    def _made(self, kind: str, *settings: float) -> Float32Array:
        if kind == "normal":
            generator = _generator(self.seed, self._stream, self.layer)
            return generator.standard_normal(self.shape, dtype=np.float32)
        if kind == "priority":
            generator = _generator(self.seed, self._stream, self.layer, _PRIORITY)
            return generator.random(self.shape, dtype=np.float32)
        if kind == "truncated_normal":
            return _truncated(self.normal, *settings)
        if kind == "orthogonal":
            return _orthogonal(self.normal)
        # erf keeps full relative precision near 0, which 2 Phi(x) - 1 would lose.
        return erf_float32(self.normal * np.float32(np.sqrt(0.5)))


def _truncated(normal: Float32Array, cut: float) -> Float32Array:
    # In terms of the probability *beyond* a number: its digits survive far out in the tail.
    half = np.sqrt(0.5)
    beyond_cut = special.erfc(cut * half)
    beyond = special.erfc(np.abs(normal.astype(np.float64)) * half)
    size = special.erfcinv(beyond * (1 - beyond_cut) + beyond_cut) / half
    confined = np.copysign(np.minimum(size, cut), normal)
    result: Float32Array = confined.astype(np.float32)
    return result


def _orthogonal(normal: Float32Array) -> Float32Array:
    tall = normal if normal.shape[0] >= normal.shape[1] else normal.T
    # float64: the rounding of the decomposition stays far below that of the result.
    q, r = np.linalg.qr(tall.astype(np.float64))
    q *= np.copysign(1.0, np.diagonal(r))
    result = q if tall is normal else q.T
    return np.ascontiguousarray(result, dtype=np.float32)
