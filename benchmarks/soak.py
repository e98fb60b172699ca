"""g. Whether ten thousand experiments in one process make it grow or slow down."""

from __future__ import annotations

import gc
import time

from benchmarks.measuring import Row, resident_bytes, row
from winit_core.diagnosis import diagnose
from winit_core.draws import CACHE_LIMIT_BYTES
from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice
from winit_core.simulation import simulate

TITLE = "10,000 experiments in one process (each with another seed and gain)"
_MIB = 2**20


def run(number: int) -> None:
    """Simulate and diagnose a small experiment that was never there before, some with theory."""
    gain = 0.5 + (number % 997) / 500
    experiment = Experiment(
        ("he_normal", SchemeChoice("glorot_uniform", {"gain": gain})),
        ("tanh", "relu")[number % 2],
        hidden_widths=(12, 16),
        batch_size=32,
        seed=number,
    )
    for one in simulate(experiment).runs:
        diagnose(one, with_theory=number % 10 == 0)


def fill_cache(quick: bool) -> None:
    """Fill the cache of draws, whose bound is known: what grows after that is a leak."""
    layer = 2**18 * 4
    for seed in range(0 if quick else CACHE_LIMIT_BYTES // (2 * 4 * layer) + 4):
        simulate(
            Experiment(("he_normal",), hidden_widths=(512,) * 9, batch_size=1, seed=2**31 + seed)
        )


def measure(quick: bool) -> list[Row]:
    """Measure memory after a thousand experiments and at the end, and the time of each part."""
    count, part = (60, 20) if quick else (10_000, 1_000)
    fill_cache(quick)
    seconds: list[float] = []
    resident: list[int] = []
    for start in range(0, count, part):
        began = time.process_time()
        for number in range(start, start + part):
            run(number)
        seconds.append((time.process_time() - began) / part)
        gc.collect()
        resident.append(resident_bytes())
    half = len(seconds) // 2
    growth = (resident[-1] - resident[0]) / _MIB
    return [
        row("memory after the first part", [resident[0] / _MIB], "MiB"),
        row("growth of memory from then to the end", [growth], "MiB", "<= 20"),
        row("processor time of an experiment", seconds, "ms", scale=1000),
        row(
            "second half over first half, best part of each",
            [min(seconds[half:]) / min(seconds[:half] or seconds)],
            target="<= 1.1",
        ),
    ]
