"""Number formats of a network, the half-precision ones emulated as accelerators compute them.

A half-precision network keeps its weights, signals and errors in 16 bits, multiplies them
exactly, adds the products in float32 and rounds the sum. Here the 16-bit numbers live in float32
arrays that hold nothing else, which costs one rounding per result and leaves the matrix products
to the same library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from winit_core.activations import Array


@dataclass(frozen=True)
class Precision:
    """A number format.

    Attributes
    ----------
    name
        ``"float16"``, ``"bfloat16"``, ``"float32"`` or ``"float64"``.
    storage
        The dtype of the arrays that hold such numbers.
    eps
        Distance from 1 to the next larger number.
    max
        Largest finite number.
    min_normal
        Smallest positive number with all its digits.
    smallest_subnormal
        Smallest positive number.
    """

    name: str
    storage: np.dtype[np.floating[Any]]
    eps: float
    max: float
    min_normal: float
    smallest_subnormal: float

    @cached_property
    def rounds(self) -> bool:
        """Whether results have to be rounded: the storage is wider than the format."""
        return self.name != self.storage.name

    def round(self, array: Array) -> Array:
        """Return the nearest numbers of this format, ties to even, in the storage dtype.

        The array itself where nothing has to be done. What is beyond `max` becomes infinite.
        """
        stored = array.astype(self.storage, copy=False)
        if not self.rounds:
            return stored
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            if self.name == "float16":
                return stored.astype(np.float16).astype(self.storage)
            return _rounded_to_bfloat16(stored)


def _rounded_to_bfloat16(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Round float32 to its upper 16 bits; the carry of a mantissa moves on into the exponent."""
    bits = np.ascontiguousarray(array, dtype=np.float32).view(np.uint32)
    half_step = np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    rounded = ((bits + half_step) & np.uint32(0xFFFF0000)).view(np.float32)
    # The carry would turn some NaN into another number.
    return np.where(np.isnan(array), np.float32(np.nan), rounded)


def _native(name: str) -> Precision:
    info = np.finfo(name)
    return Precision(
        name=name,
        storage=np.dtype(name),
        eps=float(info.eps),
        max=float(info.max),
        min_normal=float(info.smallest_normal),
        smallest_subnormal=float(info.smallest_subnormal),
    )


def _half(name: str, mantissa_bits: int, exponent_bits: int) -> Precision:
    bias = 2 ** (exponent_bits - 1) - 1
    eps = 2.0**-mantissa_bits
    return Precision(
        name=name,
        storage=np.dtype(np.float32),
        eps=eps,
        max=(2 - eps) * 2.0**bias,
        min_normal=2.0 ** (1 - bias),
        smallest_subnormal=2.0 ** (1 - bias - mantissa_bits),
    )


PRECISIONS: Mapping[str, Precision] = MappingProxyType(
    {
        p.name: p
        for p in (
            _half("float16", mantissa_bits=10, exponent_bits=5),
            _half("bfloat16", mantissa_bits=7, exponent_bits=8),
            _native("float32"),
            _native("float64"),
        )
    }
)
