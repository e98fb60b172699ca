"""A grid of experiments: every combination of what a file lists, one row of numbers each.

The rows of a sweep that is going on are in a journal beside its output, in the order in which they
were ready; each line carries its own check sum. Whatever stops a sweep, the next one with the same
file goes on from there, and the output comes out byte for byte as without the stop.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import math
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, fields, replace
from enum import Enum
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import winit_core
from winit_core.activations import BoundActivation
from winit_core.datasets import DATASETS, PLANAR_DATASETS
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.files.atomic_file import save_atomically
from winit_core.files.experiment_file import located, parsed, read
from winit_core.maps.outcomes import outcome_of
from winit_core.maps.short_training import trained
from winit_core.parameters import (
    Parameters,
    one_of,
    validated_integer,
    validated_key,
    validated_number,
)
from winit_core.schemes import SchemeChoice
from winit_core.simulation import simulate
from winit_core.training import Training, TrainingRun
from winit_core.translation import tr

MAX_CASES = 1_000_000
JOURNAL_ENDING = ".part"

_GRID = ("scheme", "std", "activation", "depth", "width", "precision", "seed")
_FIXED = ("batch_size", "dataset", "loss", "input_width", "library")
_SECTIONS = ("grid", "network", "training")
_TRAINING = tuple(f.name for f in fields(Training) if f.name != "betas")
_MEASURED = ("verdict", "log10_error_ratio", "log10_signal_ratio", "loss")
_TRAINED = ("final_loss", "held_out_accuracy", "steps_to_90_percent", "diverged_at_step")
_JOURNAL_VERSION = 1
_MOST_IN_PACKET = 16
_PACKET_OPERATIONS = 1.5e8  # about 30 ms of them
_LAYER = 1_500_000  # operations that are as long as what a layer costs besides its products


class Problem(Enum):
    """What keeps a sweep from starting or from going on."""

    OUTPUT_UNWRITABLE = "output_unwritable"
    OUTPUT_IS_OTHER = "output_is_other"
    JOURNAL_IS_OTHER = "journal_is_other"
    IN_USE = "in_use"
    DISK = "disk"
    WORKER_LOST = "worker_lost"


class SweepError(Exception):
    """A sweep that cannot start or go on; the rows that are finished are kept.

    Parameters
    ----------
    problem
        What it is.
    path
        The file it is about.
    detail
        What the system says.
    """

    def __init__(self, problem: Problem, path: Path, detail: str = "") -> None:
        self.problem = problem
        self.path = path
        self.detail = detail
        super().__init__(f"{problem.value}: {path} {detail}".rstrip())


# What a file asks for


@dataclass(frozen=True)
class Axis:
    """One thing that is varied; the name is that of its column."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class SweepCase:
    """One row to be: an experiment with one scheme, and how it is trained, if it is."""

    index: int
    settings: tuple[str, ...]
    experiment: Experiment
    training: Training | None


@dataclass(frozen=True)
class Sweep:
    """All combinations of some axes; the last axis changes fastest.

    Attributes
    ----------
    network
        What no axis says.
    axes
        In the order of the columns.
    training
        How every net is trained, where no axis says otherwise; None: not at all.
    """

    network: Experiment
    axes: tuple[Axis, ...]
    training: Training | None = None

    def __len__(self) -> int:
        return math.prod(len(axis.values) for axis in self.axes)

    @property
    def columns(self) -> tuple[str, ...]:
        """The first line of the output."""
        varied = tuple(axis.name for axis in self.axes)
        trained = _TRAINED if self.training is not None else ()
        return ("case", *varied, *_MEASURED, *trained)

    def case(self, index: int) -> SweepCase:
        """Return one case, counted from 0."""
        values: dict[str, Any] = {}
        rest = index
        for axis in reversed(self.axes):
            rest, position = divmod(rest, len(axis.values))
            values[axis.name] = axis.values[position]
        shown = tuple(_text(values[axis.name]) for axis in self.axes)
        return SweepCase(index, (str(index + 1), *shown), *self._applied(values))

    def _applied(self, values: Mapping[str, Any]) -> tuple[Experiment, Training | None]:
        first = self.network
        choice: SchemeChoice = values.get("scheme", first.schemes[0])
        if "std" in values:
            choice = SchemeChoice(choice.key, {**choice.values, "std": values["std"]})
        depth = values.get("depth", first.depth)
        width = values.get("width", first.hidden_widths[0])
        experiment = replace(
            first,
            schemes=(choice,),
            activation=values.get("activation", first.activation),
            hidden_widths=(width,) * depth,
            dtype=values.get("precision", first.dtype),
            seed=values.get("seed", first.seed),
        )
        changed = {
            name.removeprefix("training."): value
            for name, value in values.items()
            if name.startswith("training.")
        }
        training = None if self.training is None else replace(self.training, **changed)
        return experiment, training

    @cached_property
    def digest(self) -> str:
        """What tells this sweep from any other, and from the same one of another version."""
        plain = {
            "version": winit_core.__version__,
            "network": self.network.to_dict(),
            "training": None if self.training is None else _plain(self.training),
            "axes": [[axis.name, [_text(value) for value in axis.values]] for axis in self.axes],
        }
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _plain(training: Training) -> dict[str, Any]:
    return {f.name: getattr(training, f.name) for f in fields(training)}


def _text(value: object) -> str:
    """Return a setting as the command line would have it."""
    if isinstance(value, SchemeChoice):
        defaults = SchemeChoice(value.key).values
        changed = {name: v for name, v in value.values.items() if v != defaults[name]}
        return ":".join([value.key, *(f"{name}={_text(v)}" for name, v in changed.items())])
    if isinstance(value, BoundActivation):
        return ":".join([value.key, *(f"{name}={_text(v)}" for name, v in value.params.items())])
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def read_sweep(path: Path | str) -> Sweep:
    """Return the sweep that a TOML file describes.

    Raises
    ------
    FileError
        For whatever is wrong with it, with the line where it stands.
    OSError
        If it cannot be read.
    """
    return parse_sweep(read(path))


def parse_sweep(text: str) -> Sweep:
    """Return the sweep that a text describes; see `read_sweep`."""
    plain = parsed(text)
    for name, section in plain.items():
        if name not in _SECTIONS or not isinstance(section, dict):
            known = ", ".join(_SECTIONS)
            raise located(text, name, tr("there are only the sections {sections}", sections=known))
    try:
        return sweep_from(plain)
    except ExperimentError as error:
        raise located(text, error.field, error.reason) from None


def sweep_from(plain: Mapping[str, Any]) -> Sweep:
    """Return the sweep that plain values describe, checked as a whole before anything is run.

    Raises
    ------
    ExperimentError
        Naming the field, its value and what it accepts.
    """
    grid = _known("grid", plain.get("grid", {}), _GRID)
    fixed = _known("network", plain.get("network", {}), _FIXED)
    if "dataset" in fixed:
        sets = (*DATASETS, *PLANAR_DATASETS)
        validated_key("network.dataset", fixed["dataset"], sets)
    counts = {name: _count(f"grid.{name}", given) for name, given in grid.items()}
    settings = plain.get("training")
    lists = {}
    if settings is not None:
        names = tuple(f.name for f in fields(Training))
        settings = _known("training", settings, names)
        lists = {
            name: value
            for name, value in settings.items()
            if name in _TRAINING and isinstance(value, list | dict)
        }
        counts |= {f"training.{n}": _count(f"training.{n}", v) for n, v in lists.items()}
    total = math.prod(counts.values())
    if not counts:
        raise ExperimentError(tr("grid"), {}, tr("a section with at least one list"))
    if total > MAX_CASES:
        allowed = tr("at most {count:,} cases", count=MAX_CASES)
        raise ExperimentError("grid", tr("{count:,} cases", count=total), allowed)
    axes = [Axis(name, _values(f"grid.{name}", name, grid[name])) for name in _GRID if name in grid]
    training = None
    if settings is not None:
        training, varied = _training(settings, lists)
        axes += [varied[name] for name in _TRAINING if name in varied]
    # The seed changes fastest, whatever else is varied.
    axes.sort(key=lambda axis: axis.name == "seed")
    first = SchemeChoice("he_normal")
    try:
        network = Experiment((first,), **fixed)
    except ExperimentError as error:
        raise error.inside("network") from None
    sweep = Sweep(network, tuple(axes), training)
    _check(sweep)
    return sweep


def _known(section: str, given: object, names: Sequence[str]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        allowed = tr("a section with {names}", names=", ".join(names))
        raise ExperimentError(section, given, allowed)
    for name, value in given.items():
        if name not in names:
            raise ExperimentError(f"{section}.{name}", value, one_of(names))
    return dict(given)


def _count(field: str, given: object) -> int:
    """Return how many values an axis has, without making them."""
    if isinstance(given, Mapping) and "key" not in given:
        if "count" in given:
            return validated_integer(f"{field}.count", given["count"], 1, 2**62)
        low = validated_integer(f"{field}.from", given.get("from"), 0, 2**62)
        high = validated_integer(f"{field}.to", given.get("to"), low, 2**62)
        return (high - low) // validated_integer(
            f"{field}.step", given.get("step", 1), 1, 2**62
        ) + 1
    if isinstance(given, list):
        if not given:
            raise ExperimentError(field, given, tr("a list with at least one value"))
        return len(given)
    return 1


def _values(field: str, name: str, given: object) -> tuple[Any, ...]:
    if isinstance(given, Mapping) and "key" not in given:
        known = _known(field, given, ("from", "to", "step", "count"))
        return tuple(_value(field, name, value) for value in _range(field, known))
    listed = given if isinstance(given, list) else [given]
    values = tuple(_value(f"{field}[{n}]", name, value) for n, value in enumerate(listed))
    for n, value in enumerate(values):
        if value in values[:n]:
            raise ExperimentError(
                f"{field}[{n}]", _text(value), tr("a value that is not listed twice")
            )
    return values


def _range(field: str, given: Mapping[str, Any]) -> list[Any]:
    """Return whole numbers by steps, or `count` numbers evenly in the logarithm."""
    if "count" not in given:
        return list(range(given["from"], given["to"] + 1, given.get("step", 1)))
    low = validated_number(f"{field}.from", given.get("from"), 1e-300, 1e300)
    high = validated_number(f"{field}.to", given.get("to"), low, 1e300)
    points = np.geomspace(low, high, given["count"])
    return [float(f"{point:.6g}") for point in points]


def _value(field: str, name: str, given: Any) -> Any:
    table = {"key": given} if isinstance(given, str) else given
    try:
        if name == "scheme" and isinstance(table, Mapping):
            params = dict(table)
            return SchemeChoice(params.pop("key", None), params)
        if name == "activation" and isinstance(table, Mapping):
            params = dict(table)
            return BoundActivation(params.pop("key", None), Parameters(params))
    except ExperimentError as error:
        if error.field in ("key", "activation"):
            raise ExperimentError(field, error.value, error.allowed) from None
        raise error.inside(field) from None
    if name in ("scheme", "activation"):
        raise ExperimentError(field, given, tr("a key, or a table with a key and parameters"))
    return given


def _training(
    settings: dict[str, Any], lists: Mapping[str, Any]
) -> tuple[Training, dict[str, Axis]]:
    axes = {
        name: Axis(f"training.{name}", _values(f"training.{name}", name, given))
        for name, given in lists.items()
    }
    plain = {**settings, **{name: axis.values[0] for name, axis in axes.items()}}
    if isinstance(plain.get("betas"), list):
        plain["betas"] = tuple(plain["betas"])
    try:
        training = Training(**plain)
    except ExperimentError as error:
        raise error.inside("training") from None
    for name, axis in axes.items():
        for n, value in enumerate(axis.values):
            try:
                replace(training, **{name: value})
            except ExperimentError as error:
                raise ExperimentError(f"training.{name}[{n}]", error.value, error.allowed) from None
    return training, axes


def _check(sweep: Sweep) -> None:
    """Try every value of every axis, the others at their first, and the largest net of all."""
    extremes: dict[str, Any] = {}
    for axis in sweep.axes:
        for n, value in enumerate(axis.values):
            values = {other.name: other.values[0] for other in sweep.axes} | {axis.name: value}
            _try(sweep, values, f"grid.{axis.name}[{n}]")
            if axis.name == "std":
                for scheme in next((a.values for a in sweep.axes if a.name == "scheme"), ()):
                    _try(sweep, values | {"scheme": scheme}, "grid.std")
        numbers = axis.name in ("depth", "width", "training.batch_size")
        extremes[axis.name] = max(axis.values) if numbers else axis.values[0]
    if "precision" in extremes and "float64" in _axis_values(sweep, "precision"):
        extremes["precision"] = "float64"
    experiment, training = _try(sweep, extremes, "grid")
    if training is not None:
        try:
            TrainingRun(experiment, training).close()
        except ExperimentError as error:
            raise error if error.field.startswith("training") else error.inside("grid") from None


def _axis_values(sweep: Sweep, name: str) -> tuple[Any, ...]:
    return next((axis.values for axis in sweep.axes if axis.name == name), ())


_FIELDS = {"hidden_widths": "grid.width", "dtype": "grid.precision", "seed": "grid.seed"}


def _try(sweep: Sweep, values: Mapping[str, Any], field: str) -> tuple[Experiment, Training | None]:
    try:
        for name in ("depth", "width"):
            if name in values:
                most = 1000 if name == "depth" else 4096
                validated_integer(name, values[name], 1, most)
        return sweep._applied(values)
    except ExperimentError as error:
        if error.field == "std" and "std" in values:
            choice: SchemeChoice = values.get("scheme", sweep.network.schemes[0])
            has_std = "std" in choice.values
            allowed = error.allowed if has_std else tr("left out: {key} has no std", key=choice.key)
            raise ExperimentError("grid.std", values["std"], allowed) from None
        if field == "grid":
            field = _FIELDS.get(error.field, field)
        raise ExperimentError(field, error.value, error.allowed) from None


# One row


def run_case(case: SweepCase) -> tuple[str, ...]:
    """Return the row of a case; the same text on every machine of one kind."""
    run = simulate(case.experiment).runs[0]
    outcome = outcome_of(run)
    row = (
        *case.settings,
        outcome.kind.value,
        _number(outcome.decades),
        _number(outcome.signal),
        _number(run.loss),
    )
    return row if case.training is None else (*row, *_trained(case.experiment, case.training))


def run_cases(cases: Sequence[SweepCase]) -> list[tuple[str, ...]]:
    """Return the rows of several cases: what is sent to another process or machine at once."""
    return [run_case(case) for case in cases]


def _trained(experiment: Experiment, training: Training) -> tuple[str, ...]:
    net = trained(experiment, training)
    good, diverged = ("" if at is None else str(at) for at in (net.good_at, net.diverged_at))
    accuracy = "" if math.isnan(net.accuracy) else _number(net.accuracy)
    return _number(net.loss), accuracy, good, diverged


def _number(value: float) -> str:
    return repr(float(value))


def identity() -> str:
    """Return what must be the same wherever the rows of one sweep are computed."""
    return f"winit {winit_core.__version__}, numpy {np.__version__}"


# The output


class Executor(Protocol):
    """What runs cases: the part of `concurrent.futures.Executor` that is needed."""

    def submit(
        self,
        function: Callable[[Sequence[SweepCase]], list[tuple[str, ...]]],
        cases: Sequence[SweepCase],
        /,
    ) -> Future[list[tuple[str, ...]]]:
        """Run some cases some time."""


@dataclass(frozen=True)
class Progress:
    """How far a sweep is: rows finished, of which some before this start, and rows in all."""

    done: int
    before: int
    total: int


def run_sweep(
    sweep: Sweep, output: Path, executor: Executor | None = None, ahead: int = 1
) -> Iterator[Progress]:
    """Compute the rows that are missing and write them all when they are there.

    Parameters
    ----------
    sweep
        What to compute.
    output
        The CSV file; its journal is beside it until it is complete.
    executor
        Who computes; None: this thread, one case after the other.
    ahead
        How many packets of cases are submitted at a time. A packet holds up to 16 cases of nets
        that take no time; a kill costs no more than the packets under way.

    Yields
    ------
    Progress
        Before the first case and after every row.

    Raises
    ------
    SweepError
        If there is no way to start or to go on. Rows that are finished are kept.
    """
    total = len(sweep)
    journal = output.with_name(output.name + JOURNAL_ENDING)
    if output.exists():
        if not _is_output_of(sweep, output):
            raise SweepError(Problem.OUTPUT_IS_OTHER, output)
        with contextlib.suppress(OSError):
            journal.unlink(missing_ok=True)
        yield Progress(total, total, total)
        return
    with _Journal(journal, sweep) as rows:
        before = len(rows.done)
        yield Progress(before, before, total)
        missing = (sweep.case(n) for n in range(total) if n not in rows.done)
        finished = _serially(missing) if executor is None else _submitted(missing, executor, ahead)
        for index, row in finished:
            rows.add(index, row)
            yield Progress(len(rows.done), before, total)
        _write(sweep, rows.sorted_rows(), output)
        rows.remove()


def _serially(cases: Iterator[SweepCase]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for case in cases:
        yield case.index, run_case(case)


def _submitted(
    cases: Iterator[SweepCase], executor: Executor, ahead: int
) -> Iterator[tuple[int, tuple[str, ...]]]:
    running: dict[Future[list[tuple[str, ...]]], list[SweepCase]] = {}
    try:
        while True:
            while len(running) < ahead and (packet := _packet(cases)):
                running[executor.submit(run_cases, packet)] = packet
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                packet = running.pop(future)
                yield from zip((case.index for case in packet), future.result(), strict=True)
    finally:
        for future in running:
            future.cancel()


def _packet(cases: Iterator[SweepCase]) -> list[SweepCase]:
    """Take the next cases: a few milliseconds of work at least, so that sending them is little."""
    packet: list[SweepCase] = []
    operations = 0
    for case in islice(cases, _MOST_IN_PACKET):
        packet.append(case)
        experiment = case.experiment
        weights = sum(fan_in * fan_out for fan_in, fan_out in experiment.layer_shapes)
        operations += weights * experiment.batch_size + _LAYER * experiment.depth
        if case.training is not None or operations > _PACKET_OPERATIONS:
            break
    return packet


def _write(sweep: Sweep, rows: Sequence[Sequence[str]], output: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(sweep.columns)
    writer.writerows(rows)
    try:
        save_atomically(output, text.getvalue())
    except OSError as error:
        raise SweepError(Problem.DISK, output, error.strerror or str(error)) from error


def _is_output_of(sweep: Sweep, output: Path) -> bool:
    """Tell whether a file is the complete output of this sweep, by its settings' columns."""
    try:
        with output.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != sweep.columns:
                return False
            count = 0
            for count, row in enumerate(reader, start=1):
                settings = sweep.case(count - 1).settings if count <= len(sweep) else ()
                if len(row) != len(sweep.columns) or tuple(row[: len(settings)]) != settings:
                    return False
            return count == len(sweep)
    except (OSError, ValueError, csv.Error):
        return False


class _Journal:
    """The rows of a sweep that is going on: append only, one line each."""

    def __init__(self, path: Path, sweep: Sweep) -> None:
        self._path = path
        self._width = len(sweep.columns)
        self._head = json.dumps({"winit sweep": _JOURNAL_VERSION, "digest": sweep.digest})
        self.done: dict[int, tuple[str, ...]] = {}
        self._total = len(sweep)
        self._file: io.FileIO | None = None

    def __enter__(self) -> _Journal:
        try:
            self._file = io.FileIO(self._path, "a+")
            _lock(self._file, self._path)
            self._resume()
        except OSError as error:
            self._close()
            raise SweepError(
                Problem.OUTPUT_UNWRITABLE, self._path, error.strerror or str(error)
            ) from error
        except SweepError:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _resume(self) -> None:
        assert self._file is not None
        self._file.seek(0)
        content = self._file.readall() or b""
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            self._file.truncate(len(whole))  # the line that a kill has torn
        head, *lines = whole.decode("utf-8", "replace").split("\n")
        if not whole:
            self._append(self._head)
        elif head != self._head:
            raise SweepError(Problem.JOURNAL_IS_OTHER, self._path)
        for line in lines:
            entry = _entry(line)
            if entry is not None and entry[0] < self._total and len(entry[1]) == self._width:
                self.done[entry[0]] = entry[1]

    def add(self, index: int, row: tuple[str, ...]) -> None:
        body = json.dumps([index, *row])
        try:
            self._append(f"{zlib.crc32(body.encode()):08x} {body}")
        except OSError as error:
            raise SweepError(Problem.DISK, self._path, error.strerror or str(error)) from error
        self.done[index] = row

    def _append(self, line: str) -> None:
        assert self._file is not None
        data = f"{line}\n".encode()
        end = self._file.seek(0, os.SEEK_END)
        written = 0
        try:
            while written < len(data):
                written += self._file.write(data[written:]) or 0
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(end)
            raise

    def sorted_rows(self) -> list[tuple[str, ...]]:
        return [self.done[index] for index in range(self._total)]

    def remove(self) -> None:
        self._close()
        with contextlib.suppress(OSError):
            self._path.unlink()


def _entry(line: str) -> tuple[int, tuple[str, ...]] | None:
    check, _, body = line.partition(" ")
    try:
        if int(check, 16) != zlib.crc32(body.encode()):
            return None
        index, *row = json.loads(body)
    except (ValueError, TypeError):
        return None
    return int(index), tuple(row)


def _lock(file: io.FileIO, path: Path) -> None:
    """Keep a second process away, where the system has such locks; they end with the process."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SweepError(Problem.IN_USE, path) from None
