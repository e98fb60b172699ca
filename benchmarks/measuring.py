"""Timing in turns: what is compared was measured in the same seconds, on the same busy machine."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Job = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes
    ----------
    label, unit
        What was measured.
    value, low, high
        Median and quartiles; equal where there was one number only.
    target
        What it should be, if anything was promised: an upper or a lower limit.
    """

    label: str
    value: float
    low: float
    high: float
    unit: str = "x"
    target: str = ""


@dataclass(frozen=True)
class Timing:
    """Seconds by the clock and of the processor, round by round."""

    clock: tuple[float, ...]
    processor: tuple[float, ...]


def timed(job: Job) -> tuple[float, float]:
    """Return the seconds a job took by the clock, and of the processor in all threads."""
    start, busy = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - start, time.process_time() - busy


def in_turns(jobs: dict[str, Job], repeats: int) -> dict[str, Timing]:
    """Run all jobs, once for warmth and then in turns, every other round backwards."""
    for job in jobs.values():
        job()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for number in range(repeats):
        order = list(jobs) if number % 2 == 0 else list(reversed(jobs))
        for name in order:
            found[name].append(timed(jobs[name]))
    return {
        name: Timing(tuple(c for c, _ in pairs), tuple(p for _, p in pairs))
        for name, pairs in found.items()
    }


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median, the lower and the upper quartile."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, low, high


def row(
    label: str, values: Sequence[float], unit: str = "x", target: str = "", scale: float = 1.0
) -> Row:
    """Return the line of some measurements."""
    median, low, high = quartiles([scale * value for value in values])
    return Row(label, median, low, high, unit, target)


def ratio_rows(label: str, of: Timing, to: Timing, target: str = "") -> list[Row]:
    """Return how many times as long `of` takes as `to`, round by round, by clock and processor."""
    return [
        row(label, [a / b for a, b in zip(of.clock, to.clock, strict=True)], target=target),
        row(
            f"{label}, processor time",
            [a / b for a, b in zip(of.processor, to.processor, strict=True)],
        ),
    ]


def faster(found: dict[str, Timing], *names: str) -> Timing:
    """Return the timing with the least median: whoever is compared with may choose."""
    return min((found[name] for name in names), key=lambda one: statistics.median(one.clock))


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the slope of log seconds over log size, by least squares."""
    x = [math.log(size) for size in sizes]
    y = [math.log(second) for second in seconds]
    middle_x, middle_y = statistics.fmean(x), statistics.fmean(y)
    rise = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return rise / sum((a - middle_x) ** 2 for a in x)


def resident_bytes() -> int:
    """Return the memory this process has now; 0 where the system does not say."""
    return _status("VmRSS")


def peak_resident_bytes() -> int:
    """Return the most memory this process ever had; 0 where the system does not say."""
    return _status("VmHWM")


def _status(name: str) -> int:
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(f"{name}:"):
                    return 1024 * int(line.split()[1])
    except OSError:
        pass
    return 0
