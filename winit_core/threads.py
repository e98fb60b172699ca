"""When several threads compute faster than one."""

from __future__ import annotations

from winit_core.experiment import Experiment

SHARED_FROM = 2**23
"""Multiplications of one call from which on a second thread gains something.

Between two calls a thread needs the interpreter, which the other one holds, and is put to sleep
for tens of microseconds. Measured on two cores, five schemes of ten layers, 1 over 2 threads:
0.5 at 64 x 64 x 256, 0.8 at 128 x 128 x 256, 1.2 at 256 x 256 x 256, 1.4 at 384 x 384 x 256.
"""


def worthwhile(experiment: Experiment, workers: int, batch_size: int, networks: int = 1) -> int:
    """Return how many of the threads to use: all, or one where they would only wait for another.

    Parameters
    ----------
    experiment
        The network.
    workers
        How many threads there may be.
    batch_size
        Inputs in one matrix product.
    networks
        How many networks one call multiplies.
    """
    largest = max(fan_in * fan_out for fan_in, fan_out in experiment.layer_shapes)
    return workers if largest * batch_size * networks >= SHARED_FROM else 1
