"""What is drawn on the phase plane, and where: regions, their names, the marks of the schemes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from winit_core.maps.phase_plane import REGIMES, PhasePlane, SchemePoint
from winit_core.theory.fixed_points import Regime
from winit_core.translation import tr_n
from winit_gui import wording
from winit_gui.maps import colours
from winit_gui.style import Theme

_TOGETHER = 7.0  # pixels between points that are named together
_NAMES_IN_ONE = 3
_SMALLEST_REGION = 0.02
"""Share of the picture below which a region has no name."""

_FAMILIES = ("Xavier", "He", "LeCun")
_TINTS = {Regime.ORDERED: -1.4, Regime.CHAOTIC: 1.4}


def regime_colour(theme: Theme, regime: Regime) -> str:
    """Return the colour of a region."""
    if regime in _TINTS:
        return colours.colour(theme, _TINTS[regime])
    if regime is Regime.EDGE:
        return theme.ground
    return colours.mixed(theme.ground, theme.muted, 0.22 if regime is Regime.NONE else 0.12)


def region_picture(plane: PhasePlane, theme: Theme) -> npt.NDArray[np.uint8]:
    """Return the regions as a picture (σ_w², σ_b², 3)."""
    table = np.array(
        [
            [int(regime_colour(theme, regime)[n : n + 2], 16) for n in (1, 3, 5)]
            for regime in REGIMES
        ],
        dtype=np.uint8,
    )
    picture: npt.NDArray[np.uint8] = table[plane.regimes.T]
    return picture


def region_centres(
    plane: PhasePlane, regime: Regime, width: float, height: float
) -> list[tuple[float, float]]:
    """Return where a word may stand that lies within one region, the deepest places first.

    Parameters
    ----------
    plane
        Whose region.
    regime
        What it must be everywhere below the word.
    width, height
        Of the word, as shares of the picture.

    Returns
    -------
    list of (float, float)
        Its centre on the two axes; none where the region is too small for it.
    """
    inside = plane.regimes == REGIMES.index(regime)
    rows, columns = inside.shape
    if inside.mean() < _SMALLEST_REGION or regime is Regime.EDGE:
        return []
    high, wide = math.ceil(height * rows) + 2, math.ceil(width * columns) + 2
    if high > rows or wide > columns:
        return []
    sums = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    sums[1:, 1:] = inside.cumsum(axis=0).cumsum(axis=1)
    covered = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    tops, lefts = np.nonzero(covered == high * wide)
    if not tops.size:
        return []
    at_row, at_column = tops + (high - 1) / 2, lefts + (wide - 1) / 2
    middle = np.argwhere(inside).mean(axis=0)
    order = np.argsort(np.hypot(at_row - middle[0], at_column - middle[1]))
    steps = np.arange(columns), np.arange(rows)
    return [
        (float(w), float(b))
        for w, b in zip(
            np.interp(at_column[order], steps[0], plane.sigma_w2),
            np.interp(at_row[order], steps[1], plane.sigma_b2),
            strict=True,
        )
    ]


@dataclass(frozen=True)
class PointGroup:
    """Schemes that stand at the same place, as far as one can see.

    Attributes
    ----------
    points
        The schemes.
    sigma_w2, sigma_b2
        Where the mark is: at the edge of the plot for schemes beyond it.
    beyond
        Whether they are.
    """

    points: tuple[SchemePoint, ...]
    sigma_w2: float
    sigma_b2: float
    beyond: bool

    @property
    def name(self) -> str:
        """Their names, shortened."""
        names = list(dict.fromkeys(_short(point.choice.label) for point in self.points))
        if len(names) > _NAMES_IN_ONE:
            rest = len(names) - _NAMES_IN_ONE + 1
            names = [*names[: _NAMES_IN_ONE - 1], tr_n("{count} more", "{count} more", rest)]
        text = ", ".join(names)
        if self.beyond:
            values = {wording.number(point.sigma_w2, 2) for point in self.points}
            return f"{text} ({', '.join(values)}) →" if len(values) == 1 else f"{text} →"
        return text


def _short(label: str) -> str:
    """Return a scheme's name without its law where that does not move its point."""
    family, _, law = label.rpartition(" ")
    return family if law in ("uniform", "normal") and family in _FAMILIES else label


def grouped(plane: PhasePlane, per_w: float, per_b: float) -> list[PointGroup]:
    """Return the schemes in groups that are told apart on screen.

    Parameters
    ----------
    plane
        Its points; those without a place in the theory are left out.
    per_w, per_b
        Size of a pixel on the two axes.
    """
    groups: list[list[SchemePoint]] = []
    places: list[tuple[float, float, bool]] = []
    for point in plane.points:
        if not point.centred or (point.sigma_w2 == 0 and point.sigma_b2 == 0):
            continue
        w = min(point.sigma_w2, plane.extent.sigma_w2)
        b = min(point.sigma_b2, plane.extent.sigma_b2)
        beyond = (w, b) != (point.sigma_w2, point.sigma_b2)
        for n, (other_w, other_b, other_beyond) in enumerate(places):
            near = math.hypot((w - other_w) / per_w, (b - other_b) / per_b) < _TOGETHER
            if near and beyond == other_beyond:
                groups[n].append(point)
                break
        else:
            groups.append([point])
            places.append((w, b, beyond))
    return [
        PointGroup(tuple(members), *place) for members, place in zip(groups, places, strict=True)
    ]


def regime_at(plane: PhasePlane, sigma_w2: float, sigma_b2: float) -> Regime:
    """Return the regime at a place, as far as the picture shows it."""
    column = int(np.argmin(np.abs(plane.sigma_w2 - sigma_w2)))
    row = int(np.argmin(np.abs(plane.sigma_b2 - sigma_b2)))
    return REGIMES[plane.regimes[row, column]]


def contour_label(
    plane: PhasePlane, w: npt.NDArray[np.float64], b: npt.NDArray[np.float64], share: float
) -> tuple[float, float] | None:
    """Return a place for a contour's number: on it, at a share of the picture's height."""
    height = share * plane.extent.sigma_b2
    crossing = np.flatnonzero((b[:-1] <= height) & (b[1:] > height))
    for index in crossing:
        along = (height - b[index]) / (b[index + 1] - b[index])
        at = float(w[index] + along * (w[index + 1] - w[index]))
        if 0.02 * plane.extent.sigma_w2 < at < 0.98 * plane.extent.sigma_w2:
            return at, height
    return None
