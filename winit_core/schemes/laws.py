"""The laws that weights are drawn from: moments, density, and the sample itself.

A density may hold spikes: ``atoms`` lists them as (value, probability) and ``density`` is the
smooth rest. A constant is one atom and no smooth part.
"""

# ruff: noqa: D102 (`Law` says what the members are that all laws share)

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from winit_core import special_functions as special
from winit_core.draws import Float32Array, UnitDraws

Float64Array = npt.NDArray[np.float64]


class Law(Protocol):
    """What is known about one entry of a layer's weight matrix, and how to draw them all."""

    @property
    def mean(self) -> float:
        """Expected value of one entry."""

    @property
    def std(self) -> float:
        """Exact standard deviation of one entry."""

    @property
    def reach(self) -> float:
        """Largest |weight| to be expected on a plot: the bound, or four standard deviations."""

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest weight that is possible; infinite where there is no bound."""

    @property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        """Spikes of the density as (value, probability)."""

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        """Smooth part of the probability density at `weight`, float64, in 1 / weight."""

    def sample(self, draws: UnitDraws) -> Float32Array:
        """Weights of shape ``draws.shape``, float32, made from the shared unit draws."""


@dataclass(frozen=True)
class PointMass:
    """Every entry is the same number."""

    value: float

    @property
    def mean(self) -> float:
        return self.value

    @property
    def std(self) -> float:
        return 0.0

    @property
    def reach(self) -> float:
        return abs(self.value)

    @property
    def support(self) -> tuple[float, float]:
        return (self.value, self.value)

    @property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        return ((self.value, 1.0),)

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        return np.zeros(np.shape(weight))

    def sample(self, draws: UnitDraws) -> Float32Array:
        return np.full(draws.shape, self.value, dtype=np.float32)


class _Centred:
    """What the laws without a mean and without spikes share."""

    @property
    def mean(self) -> float:
        return 0.0

    @property
    def support(self) -> tuple[float, float]:
        return (-math.inf, math.inf)

    @property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        return ()


@dataclass(frozen=True)
class Normal(_Centred):
    """N(0, std²) with std > 0."""

    std: float

    @property
    def reach(self) -> float:
        return 4 * self.std

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        ratio = np.asarray(weight, dtype=np.float64) / self.std
        peak = 1 / (self.std * math.sqrt(2 * math.pi))
        return np.asarray(peak * np.exp(-0.5 * ratio**2), dtype=np.float64)

    def sample(self, draws: UnitDraws) -> Float32Array:
        return draws.normal * np.float32(self.std)


@dataclass(frozen=True)
class Uniform(_Centred):
    """U(-bound, bound) with bound > 0; its std is bound / √3."""

    bound: float

    @classmethod
    def from_std(cls, std: float) -> Uniform:
        """Return the uniform law of a given standard deviation."""
        return cls(std * math.sqrt(3))

    @property
    def std(self) -> float:
        return self.bound / math.sqrt(3)

    @property
    def reach(self) -> float:
        return self.bound

    @property
    def support(self) -> tuple[float, float]:
        return (-self.bound, self.bound)

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        inside = np.abs(np.asarray(weight, dtype=np.float64)) <= self.bound
        return np.where(inside, 0.5 / self.bound, 0.0)

    def sample(self, draws: UnitDraws) -> Float32Array:
        return draws.uniform * np.float32(self.bound)


def centred_normal(std: float) -> Law:
    """Return N(0, std²), which is a spike at 0 when std is 0."""
    return Normal(std) if std > 0 else PointMass(0.0)


def centred_uniform(std: float) -> Law:
    """Return the centred uniform law of standard deviation `std`; a spike at 0 when it is 0."""
    return Uniform.from_std(std) if std > 0 else PointMass(0.0)


def truncated_normal_std(cut: float) -> float:
    """Return the std of a standard normal redrawn outside [-cut, cut]; 0.8796 for cut = 2."""
    # The shares of the chi-square laws with 3 and 1 degrees of freedom below cut²: unlike the
    # textbook's 1 - 2 cut pdf(cut) / P this loses no digits for a small cut.
    half_square = 0.5 * cut**2
    return math.sqrt(special.gammainc(1.5, half_square) / special.gammainc(0.5, half_square))


@dataclass(frozen=True)
class TruncatedNormal(_Centred):
    """N(0, parent_std²) redrawn outside ±cut parent standard deviations.

    Its own `std` is smaller than `parent_std`: by the factor 0.8796 for the usual cut of 2.
    """

    parent_std: float
    cut: float = 2.0

    @classmethod
    def from_std(cls, std: float, cut: float = 2.0) -> TruncatedNormal:
        """Return the law whose *resulting* standard deviation is `std`."""
        return cls(std / truncated_normal_std(cut), cut)

    @property
    def std(self) -> float:
        return self.parent_std * truncated_normal_std(self.cut)

    @property
    def reach(self) -> float:
        return min(self.cut, 4.0) * self.parent_std

    @property
    def support(self) -> tuple[float, float]:
        return (-self.cut * self.parent_std, self.cut * self.parent_std)

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        ratio = np.asarray(weight, dtype=np.float64) / self.parent_std
        inside = special.erf(self.cut / math.sqrt(2))
        peak = 1 / (self.parent_std * math.sqrt(2 * math.pi) * inside)
        return np.where(np.abs(ratio) <= self.cut, peak * np.exp(-0.5 * ratio**2), 0.0)

    def sample(self, draws: UnitDraws) -> Float32Array:
        return draws.truncated_normal(self.cut) * np.float32(self.parent_std)


def truncated_normal(std: float, cut: float = 2.0) -> Law:
    """Return the truncated normal whose own std is `std`; a spike at 0 when it is 0."""
    return TruncatedNormal.from_std(std, cut) if std > 0 else PointMass(0.0)


@dataclass(frozen=True)
class Shifted:
    """Another law, moved by `offset`."""

    law: Law
    offset: float

    @property
    def mean(self) -> float:
        return self.law.mean + self.offset

    @property
    def std(self) -> float:
        return self.law.std

    @property
    def reach(self) -> float:
        return abs(self.offset) + self.law.reach

    @property
    def support(self) -> tuple[float, float]:
        low, high = self.law.support
        return (low + self.offset, high + self.offset)

    @property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        return tuple((value + self.offset, share) for value, share in self.law.atoms)

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        return self.law.density(np.asarray(weight, dtype=np.float64) - self.offset)

    def sample(self, draws: UnitDraws) -> Float32Array:
        return self.law.sample(draws) + np.float32(self.offset)


def shifted(law: Law, offset: float) -> Law:
    """Return the law moved by `offset`: itself when that is 0."""
    if offset == 0:
        return law
    return PointMass(law.value + offset) if isinstance(law, PointMass) else Shifted(law, offset)


@dataclass(frozen=True)
class Orthogonal(_Centred):
    """Entries of a Haar-distributed (semi-)orthogonal matrix times `gain` > 0.

    The shorter side is orthonormal, so each row or column along the longer one, of n =
    max(fan_in, fan_out) entries, is a uniform point of the unit sphere: an entry has variance
    gain²/n and a density proportional to (1 - (w/gain)²)^((n - 3)/2).
    """

    fan_in: int
    fan_out: int
    gain: float = 1.0

    @property
    def _size(self) -> int:
        return max(self.fan_in, self.fan_out)

    @property
    def std(self) -> float:
        return self.gain / math.sqrt(self._size)

    @property
    def reach(self) -> float:
        return min(self.gain, 4 * self.std)

    @property
    def support(self) -> tuple[float, float]:
        return (-self.gain, self.gain)

    @property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        return ((-self.gain, 0.5), (self.gain, 0.5)) if self._size == 1 else ()

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        size = self._size
        square = np.square(np.asarray(weight, dtype=np.float64) / self.gain)
        # A pair of entries has an infinite density at its bounds: that one point is left out.
        inside = square < 1 if size < 3 else square <= 1
        if size == 1:
            return np.zeros(square.shape)
        log_peak = special.gammaln(size / 2) - special.gammaln((size - 1) / 2)
        peak = math.exp(log_peak) / (math.sqrt(math.pi) * self.gain)
        return np.where(inside, peak * (1 - np.where(inside, square, 0)) ** ((size - 3) / 2), 0.0)

    def sample(self, draws: UnitDraws) -> Float32Array:
        return draws.orthogonal * np.float32(self.gain)


def orthogonal(fan_in: int, fan_out: int, gain: float) -> Law:
    """Return the law of an orthogonal matrix times `gain`; a spike at 0 when that is 0."""
    return Orthogonal(fan_in, fan_out, gain) if gain > 0 else PointMass(0.0)


@dataclass(frozen=True)
class Identity:
    """`gain` on the diagonal and 0 elsewhere; nothing is random."""

    fan_in: int
    fan_out: int
    gain: float = 1.0

    @property
    def _share(self) -> float:
        return 1 / max(self.fan_in, self.fan_out)

    @property
    def mean(self) -> float:
        return self.gain * self._share

    @property
    def std(self) -> float:
        return abs(self.gain) * math.sqrt(self._share * (1 - self._share))

    @property
    def reach(self) -> float:
        return abs(self.gain)

    @property
    def support(self) -> tuple[float, float]:
        return (min(self.gain, 0.0), max(self.gain, 0.0))

    @property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        diagonal = (self.gain, self._share)
        return (diagonal,) if self._share == 1 else ((0.0, 1 - self._share), diagonal)

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        return np.zeros(np.shape(weight))

    def sample(self, draws: UnitDraws) -> Float32Array:
        return np.eye(*draws.shape, dtype=np.float32) * np.float32(self.gain)


@dataclass(frozen=True)
class Sparse(_Centred):
    """Zeros in a fixed number of places of every line, N(0, normal_std²) in the others.

    Attributes
    ----------
    fan_in, fan_out
        Shape of the matrix.
    zeros
        Number of zeros in a line.
    normal_std
        Standard deviation of an entry that is not one of the zeros.
    per_unit
        Whether a line is one unit's incoming weights (a column); else one input's outgoing ones.
    """

    fan_in: int
    fan_out: int
    zeros: int
    normal_std: float
    per_unit: bool

    @property
    def zero_share(self) -> float:
        """Share of all entries that are zero."""
        return self.zeros / (self.fan_in if self.per_unit else self.fan_out)

    @property
    def std(self) -> float:
        return self.normal_std * math.sqrt(1 - self.zero_share)

    @property
    def reach(self) -> float:
        return 4 * self.normal_std

    @property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        return ((0.0, self.zero_share),) if self.zeros else ()

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        return (1 - self.zero_share) * Normal(self.normal_std).density(weight)

    def sample(self, draws: UnitDraws) -> Float32Array:
        weights = draws.normal * np.float32(self.normal_std)
        if self.zeros:
            axis = 0 if self.per_unit else 1
            order = np.argpartition(draws.priority, self.zeros - 1, axis=axis)
            lowest = np.take(order, range(self.zeros), axis=axis)
            np.put_along_axis(weights, lowest, np.float32(0), axis=axis)
        return weights


@dataclass(frozen=True)
class MirroredOrthogonal(_Centred):
    """An orthogonal matrix repeated with alternating signs, [[Q, -Q], [-Q, Q]].

    A side that is not mirrored has the block once; an odd side leaves its last line zero.
    """

    fan_in: int
    fan_out: int
    gain: float
    mirrored_in: bool
    mirrored_out: bool

    @property
    def _block(self) -> Orthogonal:
        rows = self.fan_in // 2 if self.mirrored_in else self.fan_in
        columns = self.fan_out // 2 if self.mirrored_out else self.fan_out
        return Orthogonal(rows, columns, self.gain)

    @property
    def _share(self) -> float:
        """Share of the entries that belong to a block."""
        rows = self.fan_in - (self.fan_in % 2 if self.mirrored_in else 0)
        columns = self.fan_out - (self.fan_out % 2 if self.mirrored_out else 0)
        return rows * columns / (self.fan_in * self.fan_out)

    @property
    def std(self) -> float:
        return self._block.std * math.sqrt(self._share)

    @property
    def reach(self) -> float:
        return self._block.reach

    @property
    def support(self) -> tuple[float, float]:
        return self._block.support

    @property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        share = self._share
        inner = tuple((value, share * part) for value, part in self._block.atoms)
        return inner if share == 1 else (*inner, (0.0, 1 - share))

    def density(self, weight: npt.ArrayLike) -> Float64Array:
        return self._share * self._block.density(weight)

    def sample(self, draws: UnitDraws) -> Float32Array:
        law = self._block
        block = law.sample(replace(draws, shape=(law.fan_in, law.fan_out)))
        if self.mirrored_out:
            block = np.hstack([block, -block])
        if self.mirrored_in:
            block = np.vstack([block, -block])
        weights = np.zeros(draws.shape, dtype=np.float32)
        weights[: block.shape[0], : block.shape[1]] = block
        return weights


def mirrored_orthogonal(
    fan_in: int, fan_out: int, gain: float, *, mirrored_in: bool, mirrored_out: bool
) -> Law:
    """Return the mirrored law; a spike at 0 when the gain is 0 or a side too short to mirror."""
    too_short = (mirrored_in and fan_in < 2) or (mirrored_out and fan_out < 2)
    if gain == 0 or too_short:
        return PointMass(0.0)
    return MirroredOrthogonal(fan_in, fan_out, gain, mirrored_in, mirrored_out)
