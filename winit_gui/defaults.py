"""What a newcomer sees first."""

from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice

DEFAULT_SCHEMES = (
    "zeros",
    "constant",
    "small_normal",
    "large_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
)
WINDOW_SIZE = (1440, 900)
MAX_SEEDS = 64
"""How many nets may stand behind what is drawn."""


def default_experiment() -> Experiment:
    """Return the eight named schemes on a tanh net of 10 x 128 units."""
    return Experiment(tuple(map(SchemeChoice, DEFAULT_SCHEMES)))
