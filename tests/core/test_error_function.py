"""erf without scipy: scipy's numbers, byte for byte, and no scipy in the first picture."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy import special

from winit_core.error_function import erf_float32


@pytest.mark.parametrize("shape", [(300_001,), (128, 2048), (1, 1), (0, 3)])
def test_it_is_scipys_to_the_last_bit(shape: tuple[int, ...]) -> None:
    size = int(np.prod(shape))
    x = np.linspace(-7, 7, size, dtype=np.float32).reshape(shape)
    found = erf_float32(x)
    assert found.dtype == np.float32
    assert found.shape == shape
    np.testing.assert_array_equal(found, special.erf(x))


def test_small_and_extreme_numbers_are_scipys_too() -> None:
    small = np.geomspace(1e-44, 1, 100_000, dtype=np.float32)
    x = np.concatenate([small, -small, np.float32([0, 1, -1, 3e38, np.inf, -np.inf, np.nan])])
    np.testing.assert_array_equal(erf_float32(x), special.erf(x))


def test_uniform_weights_are_drawn_without_loading_scipy() -> None:
    program = (
        "import sys\n"
        "from winit_core import Experiment, SchemeChoice, simulate\n"
        "simulate(Experiment((SchemeChoice('he_uniform'),), hidden_widths=(8,)))\n"
        "sys.exit('scipy.special' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
