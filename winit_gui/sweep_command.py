"""``--sweep``: runs a grid from the command line, with progress on stderr."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from winit_core import sweep_executors
from winit_core.experiment_file import FileError
from winit_core.sweep import Problem, Progress, Sweep, SweepError, read_sweep, run_sweep
from winit_core.sweep_executors import ClusterError, ClusterProblem, Computers

_EVERY_SECONDS = 0.2, 10.0
"""Between two lines of progress: on a terminal, and in a log."""

INTERRUPTED = 130


def run(file: Path, output: Path, scheduler: str | None = None) -> int:
    """Run a sweep and return the exit code: 0 done, 1 failed, 2 not possible, 130 interrupted."""
    try:
        sweep = read_sweep(file)
    except FileError as error:
        return _say(f"{file}: {error}", 2)
    except OSError as error:
        return _say(f"{file} could not be read: {error.strerror}", 1)
    try:
        with _computers(sweep, scheduler) as computers:
            _carry_out(sweep, output, computers)
    except ClusterError as error:
        return _say(_cluster_message(error), 1)
    except SweepError as error:
        return _say(_sweep_message(error, output), 1)
    except sweep_executors.LOST:
        lost = "A process that computed was ended" if scheduler is None else "The cluster is gone"
        return _say(f"{lost}. {_KEPT}", 1)
    except KeyboardInterrupt:
        return _say(f"Interrupted. {_KEPT}", INTERRUPTED)
    return 0


_KEPT = "The finished rows are kept: the same command goes on from there."


def _say(message: str, code: int) -> int:
    print(f"winit: {message}", file=sys.stderr)
    return code


@contextlib.contextmanager
def _computers(sweep: Sweep, scheduler: str | None) -> Iterator[Computers]:
    if scheduler is not None:
        with sweep_executors.cluster(scheduler) as found:
            yield found
        return
    few = 2 * sweep_executors.cores()
    with sweep_executors.this_machine(1 if len(sweep) <= few else None) as found:
        yield found


def _carry_out(sweep: Sweep, output: Path, computers: Computers) -> None:
    started = time.monotonic()
    line = _ProgressLine(started, computers.workers)
    last = None
    for last in run_sweep(sweep, output, computers.executor, computers.ahead):
        line.show(last)
    assert last is not None
    line.end()
    if last.before == last.total:
        print(f"{output} is complete: {last.total:,} rows", file=sys.stderr)
        return
    seconds = time.monotonic() - started
    print(f"{output}: {last.total:,} rows, {seconds:.0f} s", file=sys.stderr)


class _ProgressLine:
    """One line that is written over on a terminal, a line now and then in a log."""

    def __init__(self, started: float, workers: int) -> None:
        self._started = started
        self._workers = workers
        self._terminal = sys.stderr.isatty()
        self._next = 0.0

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY_SECONDS[0 if self._terminal else 1]
        text = progress_text(progress, now - self._started, self._workers)
        print(f"\r\x1b[K{text}" if self._terminal else text, end="", file=sys.stderr)
        print(end="" if self._terminal else "\n", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr)


def progress_text(progress: Progress, seconds: float, workers: int) -> str:
    """Return how far a sweep is, and how long it will take from here."""
    text = f"{progress.done:,} of {progress.total:,} rows"
    fresh = progress.done - progress.before
    if progress.before and not fresh:
        text += f", {progress.before:,} of them from before"
    if fresh:
        left = seconds / fresh * (progress.total - progress.done)
        text += f", {_duration(left)} left"
    return f"{text} ({workers} at a time)"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _sweep_message(error: SweepError, output: Path) -> str:
    match error.problem:
        case Problem.OUTPUT_UNWRITABLE:
            return f"{output} cannot be written: {error.detail} ({error.path})"
        case Problem.OUTPUT_IS_OTHER:
            return (
                f"{output} is already there and is not the output of this sweep. "
                "Name another file, or remove it."
            )
        case Problem.JOURNAL_IS_OTHER:
            return (
                f"{error.path} holds the finished rows of another sweep, or of this file before "
                "it was changed. Name another output, or remove it."
            )
        case Problem.IN_USE:
            return f"another sweep is writing {error.path} at this moment"
        case Problem.DISK:
            return f"{error.path} could not be written: {error.detail}. {_KEPT}"
        case _:
            return f"{error}. {_KEPT}"


def _cluster_message(error: ClusterError) -> str:
    match error.problem:
        case ClusterProblem.NOT_INSTALLED:
            # The program's own Python, which is not always the one that is called python.
            return (
                "--scheduler needs the extra “distributed”: "
                f"{sys.executable} -m pip install distributed"
            )
        case ClusterProblem.NO_ANSWER:
            return f"--scheduler: no Dask scheduler answers at {error.address}"
        case ClusterProblem.NO_WORKERS:
            return f"--scheduler: the cluster at {error.address} has no workers"
        case ClusterProblem.OTHER_VERSION:
            return (
                f"--scheduler: the workers at {error.address} have another winit or numpy, so "
                f"their rows could differ: {error.detail}"
            )
