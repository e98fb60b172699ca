"""What a simulation takes in memory, and how many schemes fit beside one another."""

from __future__ import annotations

from winit_core.draws import CACHE_LIMIT_BYTES
from winit_core.experiment import MEMORY_LIMIT_BYTES, Experiment

_PROGRAM_BYTES = 192 * 2**20
"""The interpreter, its libraries and the data, as measured."""
_TEMPORARIES = 6
"""So many arrays of a layer's size, beside those that are kept, are needed at a time."""
_OVERHEAD = 1.15
"""What arrays take that several threads allocate and free, over their own size, as measured."""


def peak_bytes(experiment: Experiment, workers: int) -> int:
    """Return about what a process takes that simulates with so many schemes at a time.

    Parameters
    ----------
    experiment
        What is simulated.
    workers
        How many of its networks run at the same time.
    """
    largest = max(
        max(fan_in * fan_out, experiment.batch_size * fan_out)
        for fan_in, fan_out in experiment.layer_shapes
    )
    temporary = _TEMPORARIES * experiment.numpy_dtype.itemsize * largest
    running = workers * (experiment.bytes_per_scheme + temporary)
    return _PROGRAM_BYTES + int(_OVERHEAD * (CACHE_LIMIT_BYTES + running))


def workers_within(experiment: Experiment, workers: int, limit: int = MEMORY_LIMIT_BYTES) -> int:
    """Return how many schemes may run at the same time without exceeding the limit.

    At least one: an experiment whose single network does not fit cannot be made.
    """
    while workers > 1 and peak_bytes(experiment, workers) > limit:
        workers -= 1
    return workers
