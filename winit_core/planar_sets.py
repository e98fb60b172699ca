"""Two-dimensional sets of two classes, made with the seed: their decision surface can be drawn.

Every set is centred and divided by one number for both coordinates, so that the mean square of
the inputs is 1; both numbers follow from the shape and are not those of a sample, so that a
smaller set is the beginning of a larger one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from winit_core.draws import Float32Array
from winit_core.translation import mark

Doubles = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

CLASSES = 2
_RADII = (1.0, 0.5)


@dataclass(frozen=True)
class PlanarSet:
    """One shape.

    Attributes
    ----------
    key, label
        Stable ASCII name; name on screen.
    noise
        Standard deviation of the normal noise on both coordinates, in units of the shape.
    shape
        ``shape(along, labels)`` gives the points (rows, 2) without noise, from numbers uniform
        on [0, 1) that say how far along its curve each point lies.
    centre
        Mean of the points.
    mean_square
        Mean square of a coordinate of the centred points, without noise.
    """

    key: str
    label: str
    noise: float
    shape: Callable[[Doubles, Labels], Doubles]
    centre: tuple[float, float]
    mean_square: float

    def make(
        self, rows: int, generator: np.random.Generator
    ) -> tuple[Float32Array, npt.NDArray[np.int64]]:
        """Return inputs (rows, 2) and labels (rows,), the two classes in turn."""
        along_generator, noise_generator = generator.spawn(2)
        labels = np.arange(rows, dtype=np.int64) % CLASSES
        points = self.shape(along_generator.random(rows), labels)
        points += self.noise * noise_generator.standard_normal((rows, 2))
        points -= self.centre
        points /= math.sqrt(self.mean_square + self.noise**2)
        return points.astype(np.float32), labels


def _moons(along: Doubles, labels: Labels) -> Doubles:
    """Return an upper half circle round (0, 0), and a lower one round (1, 1/2), of radius 1."""
    side = 1.0 - 2.0 * labels
    angle = math.pi * along
    return np.column_stack((labels + side * np.cos(angle), labels / 2 + side * np.sin(angle)))


def _spirals(along: Doubles, labels: Labels) -> Doubles:
    """Return two arms of one and a half turns, each the other one turned by half a turn."""
    radius = np.sqrt(along)
    angle = 3 * math.pi * radius + math.pi * labels
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _circles(along: Doubles, labels: Labels) -> Doubles:
    """Return a circle in a circle of twice its radius."""
    radius = np.where(labels == 0, *_RADII)
    angle = 2 * math.pi * along
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


_CATALOGUE = (
    PlanarSet(
        key="moons",
        label=mark("Two moons"),
        noise=0.1,
        shape=_moons,
        centre=(0.5, 0.25),
        # E x² = (1/2 + 3/2) / 2 and E y² = (1/2 + 3/4 − 2/π) / 2, less the squared centre.
        mean_square=(1 - 0.25 + 0.625 - 1 / math.pi - 0.0625) / 2,
    ),
    PlanarSet(
        key="spirals",
        label=mark("Two spirals"),
        noise=0.02,
        shape=_spirals,
        centre=(0.0, 0.0),
        mean_square=0.25,  # the squared radius is uniform on [0, 1)
    ),
    PlanarSet(
        key="circles",
        label=mark("Two circles"),
        noise=0.07,
        shape=_circles,
        centre=(0.0, 0.0),
        mean_square=sum(radius**2 for radius in _RADII) / 4,
    ),
)

PLANAR_SETS: Mapping[str, PlanarSet] = MappingProxyType({p.key: p for p in _CATALOGUE})
