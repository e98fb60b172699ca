"""The colours of a log error ratio: from nothing arrives, over as it left, to far too much.

Both halves run in a straight line through OKLab (Ottosson 2020), so equal steps look equal; blue
and orange are told apart by every kind of colour vision, and in grey the size still shows. Shares,
from none to all, have one such line of a third hue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from winit_gui.style import Theme, contrast

Float64Array = npt.NDArray[np.float64]

REACH = 6.0
"""Decades either way at which the colours end; what lies beyond has the last one."""
STEPS = 255

_BLUE, _ORANGE, _GREEN = 252.0, 48.0, 165.0  # hues in degrees
_GREEN_CHROMA = 0.75  # of the others': there are no stronger greens as dark as this on a screen


@dataclass(frozen=True)
class Scale:
    """The scale of one theme; the ends differ in hue alone.

    Attributes
    ----------
    middle
        Lightness at 0 decades, without any hue.
    end, chroma
        Lightness and strength of the colour at `REACH`.
    """

    middle: float
    end: float
    chroma: float


_LIGHT = Scale(middle=0.965, end=0.47, chroma=0.125)
_DARK = Scale(middle=0.29, end=0.80, chroma=0.115)


def scale_of(theme: Theme) -> Scale:
    """Return the scale that stands out from a theme's ground."""
    return _DARK if theme.is_dark else _LIGHT


def lab(scale: Scale, decades: Float64Array) -> Float64Array:
    """Return OKLab coordinates (n, 3) of numbers of decades (n,)."""
    share = np.clip(decades / REACH, -1, 1)
    size = np.abs(share)
    hue = np.radians(np.where(share < 0, _BLUE, _ORANGE))
    return np.stack(
        [
            scale.middle + (scale.end - scale.middle) * size,
            scale.chroma * size * np.cos(hue),
            scale.chroma * size * np.sin(hue),
        ],
        axis=1,
    )


def share_lab(scale: Scale, shares: Float64Array) -> Float64Array:
    """Return OKLab coordinates (n, 3) of shares (n,) from 0 to 1."""
    size = np.clip(shares, 0, 1)
    hue = math.radians(_GREEN)
    strength = _GREEN_CHROMA * scale.chroma * size
    return np.stack(
        [
            scale.middle + (scale.end - scale.middle) * size,
            strength * math.cos(hue),
            strength * math.sin(hue),
        ],
        axis=1,
    )


def rgb(coordinates: Float64Array) -> npt.NDArray[np.uint8]:
    """Return sRGB bytes (n, 3) of OKLab coordinates (n, 3)."""
    to_cones = np.array(
        [
            [1.0, 0.3963377774, 0.2158037573],
            [1.0, -0.1055613458, -0.0638541728],
            [1.0, -0.0894841775, -1.2914855480],
        ]
    )
    to_linear = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip((coordinates @ to_cones.T) ** 3 @ to_linear.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(255 * encoded), dtype=np.uint8)


def table(theme: Theme) -> npt.NDArray[np.uint8]:
    """Return `STEPS` colours (STEPS, 3) from −REACH to REACH decades."""
    return rgb(lab(scale_of(theme), np.linspace(-REACH, REACH, STEPS)))


def colour(theme: Theme, decades: float) -> str:
    """Return the colour of a number of decades; NaN has none of its own."""
    if math.isnan(decades):
        return theme.grid
    return _written(lab(scale_of(theme), np.array([decades])))


def share_table(theme: Theme) -> npt.NDArray[np.uint8]:
    """Return `STEPS` colours (STEPS, 3) from none to all."""
    return rgb(share_lab(scale_of(theme), np.linspace(0, 1, STEPS)))


def share_colour(theme: Theme, share: float) -> str:
    """Return the colour of a share; NaN has none of its own."""
    if math.isnan(share):
        return theme.grid
    return _written(share_lab(scale_of(theme), np.array([share])))


def _written(coordinates: Float64Array) -> str:
    red, green, blue = rgb(coordinates)[0]
    return f"#{red:02X}{green:02X}{blue:02X}"


def ink(ground: str) -> str:
    """Return black or white, whichever is easier to read on a colour."""
    return max(("#000000", "#FFFFFF"), key=lambda candidate: contrast(candidate, ground))


def mixed(first: str, second: str, share: float) -> str:
    """Return a colour between two; a share of 0 is the first."""
    a, b = QColor(first), QColor(second)
    parts = (
        round(x + (y - x) * share)
        for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)  # type: ignore[index]
    )
    return "#" + "".join(f"{part:02X}" for part in parts)
