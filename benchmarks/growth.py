"""f. How time and memory grow with depth, width, batch and number of schemes."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.measuring import Row, exponent, peak_resident_bytes, timed
from winit_core.experiment import Experiment
from winit_core.memory import peak_bytes, workers_within
from winit_core.simulation import simulate

TITLE = "Growth of time and memory, from a common middle of 30 x 128, batch 256, 4 schemes"
SCHEMES = ("glorot_uniform", "glorot_normal", "he_normal", "lecun_normal")
SIZES = {
    "depth": (10, 30, 100, 300, 1000),
    "width": (64, 128, 256, 512, 1024, 2048),
    "batch": (64, 128, 256, 512, 1024, 1797),
    "schemes": (1, 3, 10, 30),
}
QUICK_SIZES = {"depth": (2, 4), "schemes": (1, 2)}
LARGE = {"1,000 x 256": (256,) * 1000, "20 x 2,048": (2048,) * 20}
GIB = 2**30


def experiment_of(axis: str, size: int, quick: bool) -> Experiment:
    """Return the middle of all axes, but for one."""
    depth, width, batch, schemes = (3, 12, 24, 2) if quick else (30, 128, 256, 4)
    if axis == "width":
        depth = min(depth, 8)
    return Experiment(
        (SCHEMES * 8)[: size if axis == "schemes" else schemes],
        "tanh",
        hidden_widths=(size if axis == "width" else width,) * (size if axis == "depth" else depth),
        batch_size=size if axis == "batch" else batch,
    )


def simulated(experiment: Experiment, repeats: int, workers: int) -> tuple[float, int]:
    """Return the seconds of the processor, the least of some, and the peak memory so far."""
    seconds = [timed(lambda: simulate(experiment, workers=workers))[1] for _ in range(repeats + 1)]
    return min(seconds[1:]), peak_resident_bytes()


def measure(quick: bool) -> list[Row]:
    """Measure every size in a process of its own, which knows its own peak."""
    rows: list[Row] = []
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        for axis, sizes in (QUICK_SIZES if quick else SIZES).items():
            experiments = [experiment_of(axis, size, quick) for size in sizes]
            found = [
                pool.submit(simulated, experiment, 2 if size == sizes[-1] else 3, 1).result()
                for size, experiment in zip(sizes, experiments, strict=True)
            ]
            times = [seconds for seconds, _ in found]
            slope, upper = exponent(sizes, times), exponent(sizes[-2:], times[-2:])
            span = f"{sizes[0]:,} to {sizes[-1]:,}"
            target = "" if axis == "width" else "0.9 to 1.1"
            rows.append(_row(f"{axis} {span}: exponent of time", slope, "", target))
            rows.append(_row(f"{axis} {sizes[-2]:,} to {sizes[-1]:,}: exponent of time", upper, ""))
            rows.append(_row(f"{axis} {span}: time at the end", found[-1][0], "s"))
            rows.append(_row(f"{axis} {span}: peak memory", found[-1][1] / GIB, "GiB"))
        workers = os.cpu_count() or 1
        for name, widths in {} if quick else LARGE.items():
            experiment = Experiment(SCHEMES[:2], hidden_widths=widths)
            seconds, peak = pool.submit(simulated, experiment, 1, workers).result()
            fitting = workers_within(experiment, workers)
            estimate = peak_bytes(experiment, fitting) / GIB
            label = f"{name}, 2 schemes"
            rows.append(_row(f"{label}: peak memory", peak / GIB, "GiB", "<= 2"))
            rows.append(_row(f"{label}: estimate ({fitting} at a time)", estimate, "GiB"))
            rows.append(_row(f"{label}: processor time", seconds, "s"))
    return rows


def _row(label: str, value: float, unit: str, target: str = "") -> Row:
    return Row(label, value, value, value, unit, target)
