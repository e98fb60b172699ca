from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from winit_gui.maps import colours
from winit_gui.style import DARK, LIGHT, PROJECTOR, Theme, contrast

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK, PROJECTOR], ids=lambda theme: theme.name)


def oklab(image: np.ndarray) -> np.ndarray:
    """Return OKLab of sRGB bytes, the way back, written down anew."""
    encoded = image / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(cones) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


@THEMES
def test_equal_steps_look_equal(theme: Theme) -> None:
    lab = oklab(colours.table(theme).astype(float))
    steps = np.linalg.norm(np.diff(lab[7::8], axis=0), axis=1)
    assert steps.max() < 1.35 * steps.min()


@THEMES
def test_both_sides_are_as_light_and_grey_tells_the_size(theme: Theme) -> None:
    lightness = oklab(colours.table(theme).astype(float))[:, 0]
    np.testing.assert_allclose(lightness, lightness[::-1], atol=0.012)
    half = np.diff(lightness[colours.STEPS // 2 :: 8])
    assert (half > 0).all() or (half < 0).all()


@THEMES
def test_the_two_ends_differ_for_every_kind_of_colour_vision(theme: Theme) -> None:
    """Blue against orange: the blue-yellow axis, which red-green blindness leaves alone."""
    lab = oklab(colours.table(theme).astype(float))
    assert abs(lab[0, 2] - lab[-1, 2]) > 0.15
    assert abs(lab[0, 1] - lab[-1, 1]) > 0.08


@THEMES
def test_what_stands_on_a_colour_can_be_read(theme: Theme) -> None:
    for decades in np.linspace(-8, 8, 65):
        ground = colours.colour(theme, float(decades))
        assert contrast(colours.ink(ground), ground) >= 4.5


def test_nothing_known_has_no_colour_of_its_own() -> None:
    assert colours.colour(LIGHT, float("nan")) == LIGHT.grid
    assert colours.colour(LIGHT, -99.0) == colours.colour(LIGHT, -colours.REACH)
    assert QColor(colours.mixed("#000000", "#FFFFFF", 0.5)).red() == 128
