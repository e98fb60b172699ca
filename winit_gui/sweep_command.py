"""``--sweep``: runs a grid from the command line, with progress on stderr."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from winit_core import sweep_executors
from winit_core.files.experiment_file import FileError
from winit_core.sweep import Problem, Progress, Sweep, SweepError, read_sweep, run_sweep
from winit_core.sweep_executors import ClusterError, ClusterProblem, Computers
from winit_core.translation import tr

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
        return _say(tr("{file} could not be read: {cause}", file=file, cause=error.strerror), 1)
    try:
        with _computers(sweep, scheduler) as computers:
            _carry_out(sweep, output, computers)
    except ClusterError as error:
        return _say(_cluster_message(error), 1)
    except SweepError as error:
        return _say(_sweep_message(error, output), 1)
    except sweep_executors.LOST:
        if scheduler is None:
            lost = tr("A process that computed was ended.")
        else:
            lost = tr("The cluster is gone.")
        return _say(f"{lost} {_KEPT}", 1)
    except KeyboardInterrupt:
        return _say(tr("Interrupted.") + " " + _KEPT, INTERRUPTED)
    return 0


_KEPT = tr("The finished rows are kept: the same command goes on from there.")


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
        complete = tr("{file} is complete: {count:,} rows", file=output, count=last.total)
        print(complete, file=sys.stderr)
        return
    seconds = time.monotonic() - started
    done = tr(
        "{file}: {count:,} rows, {seconds:.0f} s", file=output, count=last.total, seconds=seconds
    )
    print(done, file=sys.stderr)


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
    fresh = progress.done - progress.before
    if progress.before and not fresh:
        return tr(
            "{done:,} of {total:,} rows, {before:,} of them from before ({workers} at a time)",
            done=progress.done,
            total=progress.total,
            before=progress.before,
            workers=workers,
        )
    if fresh:
        return tr(
            "{done:,} of {total:,} rows, {duration} left ({workers} at a time)",
            done=progress.done,
            total=progress.total,
            duration=_duration(seconds / fresh * (progress.total - progress.done)),
            workers=workers,
        )
    return tr(
        "{done:,} of {total:,} rows ({workers} at a time)",
        done=progress.done,
        total=progress.total,
        workers=workers,
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _sweep_message(error: SweepError, output: Path) -> str:
    match error.problem:
        case Problem.OUTPUT_UNWRITABLE:
            return tr(
                "{file} cannot be written: {cause} ({place})",
                file=output,
                cause=error.detail,
                place=error.path,
            )
        case Problem.OUTPUT_IS_OTHER:
            return tr(
                "{file} is already there and is not the output of this sweep. "
                "Name another file, or remove it.",
                file=output,
            )
        case Problem.JOURNAL_IS_OTHER:
            return tr(
                "{file} holds the finished rows of another sweep, or of this file before "
                "it was changed. Name another output, or remove it.",
                file=error.path,
            )
        case Problem.IN_USE:
            return tr("another sweep is writing {file} at this moment", file=error.path)
        case Problem.DISK:
            unwritten = tr(
                "{file} could not be written: {cause}.", file=error.path, cause=error.detail
            )
            return f"{unwritten} {_KEPT}"
        case _:
            return f"{error}. {_KEPT}"


def _cluster_message(error: ClusterError) -> str:
    match error.problem:
        case ClusterProblem.NOT_INSTALLED:
            # The program's own Python, which is not always the one that is called python.
            return tr(
                "--scheduler needs the extra “distributed”: {command}",
                command=f"{sys.executable} -m pip install distributed",
            )
        case ClusterProblem.NO_ANSWER:
            return tr("--scheduler: no Dask scheduler answers at {address}", address=error.address)
        case ClusterProblem.NO_WORKERS:
            return tr("--scheduler: the cluster at {address} has no workers", address=error.address)
        case ClusterProblem.OTHER_VERSION:
            return tr(
                "--scheduler: the workers at {address} have another winit or numpy, so "
                "their rows could differ: {detail}",
                address=error.address,
                detail=error.detail,
            )
