"""A user's own data: a table of numbers with one column of labels, from a CSV or an NPZ file.

A loaded table is a data set like any other. Its key names its content and not its place, e.g.
``table:0f3a9c2e51d7b684``: an experiment on it stays small, hashable and comparable, gives the same
numbers wherever the file lies, and tells nobody where that is. Whoever opens an experiment again
has to load the file first.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from winit_core.datasets import TABLE_PREFIX, Batch, Dataset, open_table
from winit_core.draws import Float32Array
from winit_core.experiment import MAX_WIDTH
from winit_core.simulation import ShouldStop, SimulationStopped
from winit_core.translation import mark, tr

MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 256 * 2**20
MIN_ROWS = 10
MAX_ROWS = 200_000
MAX_CLASSES = 100

LABEL_NAMES = ("label", "labels", "class", "target", "y")
INPUT_ARRAYS = ("inputs", "x", "data")
"""Names, in any case, of the arrays of an NPZ file; the labels are found by `LABEL_NAMES`."""

_ZIP_ERRORS = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error)
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})
_DELIMITERS = ",;\t"

_Content = tuple[tuple[str, ...], npt.NDArray[np.float64], str, list[str]]
"""Names of the input columns, the inputs, name of the column of labels, the labels as written."""

_HOW_TO_LABEL = mark("Name the column of the labels 'label', or say which one it is.")


class TableError(ValueError):
    """A file that makes no table.

    Parameters
    ----------
    path
        The file.
    row, column
        Where: the row counts from 1 as a spreadsheet does, the header being the first of a CSV
        file (in an NPZ file: the first row of the array); the column by its name, or counting from
        1 where it has none. None where it is not about one.
    reason
        What is wrong, as the end of a sentence that begins with the place.
    what_to_do
        A sentence.
    """

    def __init__(
        self,
        path: str | Path,
        row: int | None,
        column: str | int | None,
        reason: str,
        what_to_do: str,
    ) -> None:
        self.path = Path(path)
        self.row = row
        self.column = column
        self.reason = reason
        self.what_to_do = what_to_do
        place = [self.path.name]
        if row is not None:
            place.append(tr("row {number}", number=row))
        if column is not None:
            name = _quoted(column) if isinstance(column, str) else column
            place.append(tr("column {name}", name=name))
        super().__init__(f"{', '.join(place)}: {reason}. {what_to_do}")

    def __reduce__(self) -> tuple[type[TableError], tuple[Any, ...]]:
        arguments = (self.path, self.row, self.column, self.reason, self.what_to_do)
        return type(self), arguments


@dataclass(frozen=True, eq=False)
class Table:
    """What a file held; arrays are read-only.

    Attributes
    ----------
    path
        The file it came from.
    key
        The `Experiment.dataset` that stands for it, as long as the program runs.
    inputs
        (rows, columns) float32, every column standardised: its mean removed, divided by its
        standard deviation (ddof 0). A column that is the same everywhere is 0.
    labels
        (rows,) int64, from 0.
    columns
        Names of the input columns.
    classes
        The labels as they were written: in the order of the numbers if all are numbers, else of
        the letters.
    """

    path: Path
    key: str
    inputs: Float32Array
    labels: npt.NDArray[np.int64]
    columns: tuple[str, ...]
    classes: tuple[str, ...]

    @property
    def dataset(self) -> Dataset:
        """What is fixed about it, as of any data set."""
        rows, width = self.inputs.shape
        return Dataset(
            self.key, self.path.name, width, width, rows, len(self.classes), is_finite=True
        )


def load_table(
    path: str | Path, label: str | None = None, should_stop: ShouldStop = lambda: False
) -> Table:
    """Read a table, check and standardise it, and make it a data set.

    Parameters
    ----------
    path
        A ``.npz`` file with an array of inputs (rows, columns; more axes are flattened) under one
        of `INPUT_ARRAYS` and labels (rows,) under one of `LABEL_NAMES`; anything else is read as
        CSV: UTF-8, a header of names, separated by comma, semicolon or tab, decimal points. Every
        column but that of the labels has to hold numbers. Lines without anything are skipped.
    label
        Name of the column (CSV) or the array (NPZ) of the labels; None: the one that is called
        like one of `LABEL_NAMES`, in any case.
    should_stop
        Asked now and then.

    Raises
    ------
    TableError
        Naming row and column where there is one. Nothing was changed then.
    SimulationStopped
        When `should_stop` returned true.
    """
    path = Path(path)
    _check_file(path)
    if path.suffix.lower() == ".npz":
        columns, numbers, label, written = _read_npz(path, label)
    else:
        columns, numbers, label, written = _read_csv(path, label, should_stop)
    classes, labels = _encoded(written)
    _check_size(path, len(labels), label, classes)
    inputs = _standardised(numbers)
    inputs.flags.writeable = False
    labels.flags.writeable = False
    table = Table(path, _key(inputs, labels), inputs, labels, columns, classes)
    open_table(table.dataset, Batch(inputs, labels))
    return table


def _check_file(path: Path) -> None:
    try:
        found = os.stat(path)
        readable = stat.S_ISREG(found.st_mode) and os.access(path, os.R_OK)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or tr("not a path")
        reason = tr("cannot be opened ({cause})", cause=cause)
        raise TableError(path, None, None, reason, tr("Check the name and the folder.")) from None
    if not readable:
        raise TableError(path, None, None, tr("is no file that can be read"), tr("Choose a file."))
    if found.st_size > MAX_FILE_BYTES:
        size, limit = found.st_size / 2**20, MAX_FILE_BYTES / 2**20
        reason = tr(
            "is {size:,.0f} MB large, and at most {limit:.0f} MB are read", size=size, limit=limit
        )
        raise TableError(path, None, None, reason, tr("Keep fewer rows or columns."))
    if found.st_size == 0:
        raise TableError(path, None, None, tr("is empty"), tr("Choose another file."))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = tr("cannot be read ({cause})", cause=error.strerror)
        raise TableError(path, None, None, reason, tr("Check the file.")) from None


# CSV


def _read_csv(path: Path, label: str | None, should_stop: ShouldStop) -> _Content:
    rows = _rows(path, _decoded(path))
    header_row, header = next(rows, (1, []))
    names = [name.strip() for name in header]
    _check_header(path, header_row, names)
    place = _label_place(path, header_row, names, label)
    columns = names[:place] + names[place + 1 :]
    values: list[list[float]] = []
    written: list[str] = []
    for count, (row, cells) in enumerate(rows):
        if count % 1000 == 0 and should_stop():
            raise SimulationStopped
        if len(cells) != len(names):
            reason = tr(
                "has {cells} cells where the header has {header}",
                cells=len(cells),
                header=len(names),
            )
            raise TableError(
                path, row, None, reason, tr("Add or remove cells; text with commas needs quotes.")
            )
        text = cells.pop(place).strip()
        if text.lower() in _MISSING:
            raise TableError(
                path, row, names[place], tr("has no label"), tr("Fill it in, or delete the row.")
            )
        if count >= MAX_ROWS:
            reason = tr("is beyond the {limit:,} rows that are read", limit=MAX_ROWS)
            raise TableError(path, row, None, reason, tr("Keep fewer."))
        values.append(_numbers(path, row, columns, cells))
        written.append(text)
    numbers = np.array(values, dtype=np.float64).reshape(len(values), len(columns))
    return tuple(columns), numbers, names[place], written


def _decoded(path: Path) -> str:
    content = _read(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        reason = tr("is not UTF-8 text (byte {byte:#04x})", byte=content[error.start])
        raise TableError(
            path, row, None, reason, tr("Save it as CSV with the encoding UTF-8.")
        ) from None
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        reason = tr("is not UTF-8 text (it holds a null character)")
        raise TableError(path, row, None, reason, tr("Save it as CSV with the encoding UTF-8."))
    return text


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row that holds anything, and its number in a spreadsheet."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            reason = tr("cannot be taken apart ({error})", error=error)
            raise TableError(path, row, None, reason, tr("Check its quotation marks.")) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield row, cells


def _check_header(path: Path, row: int, names: Sequence[str]) -> None:
    if not names:
        raise TableError(path, None, None, tr("is empty"), tr("Choose another file."))
    if all(_number(name) is not None or name.lower() in _MISSING for name in names):
        raise TableError(
            path,
            row,
            None,
            tr("holds numbers where the names of the columns should be"),
            tr("Write a first row with a name for every column."),
        )
    for place, name in enumerate(names):
        if not name:
            raise TableError(path, row, place + 1, tr("has no name"), tr("Give the column a name."))
        if name in names[:place]:
            first = names.index(name) + 1
            reason = tr("is named like column {number}", number=first)
            raise TableError(path, row, name, reason, tr("Give every column a name of its own."))


def _label_place(path: Path, row: int | None, names: Sequence[str], label: str | None) -> int:
    if label is not None:
        if label in names:
            places = [names.index(label)]
        else:
            reason = tr(
                "has no column {text}; there are {names}", text=_quoted(label), names=_listed(names)
            )
            raise TableError(path, row, None, reason, tr(_HOW_TO_LABEL))
    else:
        places = [place for place, name in enumerate(names) if name.lower() in LABEL_NAMES]
    if not places:
        reason = tr("has no column of labels; there are {names}", names=_listed(names))
        raise TableError(path, row, None, reason, tr(_HOW_TO_LABEL))
    if len(places) > 1:
        several = _listed([names[place] for place in places])
        reason = tr("has more than one column that could be the labels: {several}", several=several)
        raise TableError(path, row, None, reason, tr("Say which one it is, or rename the others."))
    if len(names) == 1:
        raise TableError(
            path,
            row,
            None,
            tr("has labels but no inputs"),
            tr("Add at least one column of numbers."),
        )
    if len(names) - 1 > MAX_WIDTH:
        reason = tr(
            "has {count:,} input columns, and at most {limit:,} are possible",
            count=len(names) - 1,
            limit=MAX_WIDTH,
        )
        raise TableError(path, row, None, reason, tr("Keep fewer columns."))
    return places[0]


def _numbers(path: Path, row: int, columns: Sequence[str], cells: Sequence[str]) -> list[float]:
    try:
        # At once, since nearly every row is in order; float takes "1_0" and "nan" too.
        if not any("_" in cell for cell in cells):
            values = [float(cell) for cell in cells]
            if all(map(math.isfinite, values)):
                return values
    except ValueError:
        pass
    return [
        _checked_number(path, row, name, cell) for name, cell in zip(columns, cells, strict=True)
    ]


def _checked_number(path: Path, row: int, column: str, cell: str) -> float:
    text = cell.strip()
    if text.lower() in _MISSING:
        what = tr("is empty") if not text else tr("has no number ({text})", text=_quoted(text))
        raise TableError(path, row, column, what, tr("Fill it in, or delete the row."))
    value = _number(text)
    if value is None:
        what_to_do = tr("Turn the words into numbers, or delete the column.")
        if re.fullmatch(r"[-+]?\d+,\d+", text):
            what_to_do = tr("Write decimal points, not commas.")
        reason = tr("is text, not a number ({text})", text=_quoted(text))
        raise TableError(path, row, column, reason, what_to_do)
    if not math.isfinite(value):
        reason = tr("is not finite ({text})", text=_quoted(text))
        raise TableError(path, row, column, reason, tr("Replace it, or delete the row."))
    return value


def _number(text: str) -> float | None:
    if "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


# NPZ


def _read_npz(path: Path, label: str | None) -> _Content:
    broken = tr("Write it with numpy.savez(file, inputs=..., labels=...).")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            size, limit = unpacked / 2**20, MAX_UNPACKED_BYTES / 2**20
            reason = tr(
                "is {size:,.0f} MB large when unpacked, and at most {limit:.0f} MB are read",
                size=size,
                limit=limit,
            )
            raise TableError(path, None, None, reason, tr("Keep fewer rows or columns."))
        with np.load(path, allow_pickle=False) as stored:
            names = list(stored.files)
            inputs_name = _array_name(path, names, INPUT_ARRAYS, "inputs", None)
            labels_name = _array_name(path, names, LABEL_NAMES, "labels", label)
            inputs = _loaded(path, stored, inputs_name)
            labels = _loaded(path, stored, labels_name)
    except TableError:
        raise
    except (OSError, EOFError, ValueError, RuntimeError, MemoryError, *_ZIP_ERRORS):
        reason = tr("is not an NPZ file, or is damaged")
        raise TableError(path, None, None, reason, broken) from None
    return _checked_arrays(path, inputs_name, inputs, labels_name, labels)


def _array_name(
    path: Path, names: Sequence[str], known: Sequence[str], what: str, given: str | None
) -> str:
    fits: Callable[[str], bool] = (
        (lambda name: name == given) if given is not None else (lambda name: name.lower() in known)
    )
    found = [name for name in names if fits(name)]
    if len(found) != 1:
        there = _listed(names) if names else tr("none")
        if found:
            reason = tr(
                "has more than one array of {what}; there are {there}", what=what, there=there
            )
        else:
            reason = tr("has no array of {what}; there are {there}", what=what, there=there)
        what_to_do = tr("Name the array of the {what} '{what}'.", what=what)
        raise TableError(path, None, None, reason, what_to_do)
    return found[0]


def _loaded(path: Path, stored: Any, name: str) -> npt.NDArray[Any]:
    try:
        array = stored[name]
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        reason = tr("holds Python objects, which are not read from a file")
        raise TableError(
            path, None, name, reason, tr("Store an array of numbers or text.")
        ) from None
    if not isinstance(array, np.ndarray):
        raise TableError(
            path, None, name, tr("is no numpy array"), tr("Write it with numpy.savez.")
        )
    return array


def _checked_arrays(
    path: Path,
    inputs_name: str,
    inputs: npt.NDArray[Any],
    labels_name: str,
    labels: npt.NDArray[Any],
) -> _Content:
    if inputs.ndim < 2 or inputs.dtype.kind not in "fiub":
        reason = tr("is of shape {shape} and dtype {dtype}", shape=inputs.shape, dtype=inputs.dtype)
        raise TableError(
            path,
            None,
            inputs_name,
            reason,
            tr("It has to be numbers, (rows, columns) or more axes."),
        )
    if labels.ndim != 1 or labels.dtype.kind not in "fiubUS" or len(labels) != len(inputs):
        reason = tr("is of shape {shape} and dtype {dtype}", shape=labels.shape, dtype=labels.dtype)
        raise TableError(
            path,
            None,
            labels_name,
            reason,
            tr("It has to be one label for each of {count}.", count=len(inputs)),
        )
    if len(inputs) > MAX_ROWS:
        reason = tr(
            "has {count:,} rows, and at most {limit:,} are read", count=len(inputs), limit=MAX_ROWS
        )
        raise TableError(path, None, inputs_name, reason, tr("Keep fewer."))
    width = math.prod(inputs.shape[1:])
    if not 1 <= width <= MAX_WIDTH:
        reason = tr(
            "has {count:,} numbers in a row, and 1 to {limit:,} are possible",
            count=width,
            limit=MAX_WIDTH,
        )
        raise TableError(path, None, inputs_name, reason, tr("Keep fewer columns."))
    numbers = inputs.reshape(len(inputs), width).astype(np.float64)
    wrong = np.argwhere(~np.isfinite(numbers))
    if len(wrong):
        row, column = (int(place) for place in wrong[0])
        value = numbers[row, column]
        reason = (
            tr("has no number (nan)")
            if math.isnan(value)
            else tr("is not finite ({value})", value=value)
        )
        raise TableError(path, row + 1, column + 1, reason, tr("Replace it, or delete the row."))
    written = [_label_text(path, row, labels_name, value) for row, value in enumerate(labels)]
    columns = tuple(f"{inputs_name}[{n}]" for n in range(width))
    return columns, numbers, labels_name, written


def _label_text(path: Path, row: int, name: str, value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if text.strip().lower() in _MISSING:
        raise TableError(
            path, row + 1, name, tr("has no label"), tr("Fill it in, or delete the row.")
        )
    return text.strip()


# Both


def _encoded(written: Sequence[str]) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Return the different labels in order, and for every row which one it has."""
    numbers = {text: _number(text) for text in set(written)}
    values = [value for value in numbers.values() if value is not None]
    if len(values) == len(numbers):
        # "1" and "1.0" are one label.
        distinct = sorted(set(values))
        place_of = {value: place for place, value in enumerate(distinct)}
        index = {text: place_of[v] for text, v in numbers.items() if v is not None}
        classes = tuple(f"{v:g}" if v == float(f"{v:g}") else repr(v) for v in distinct)
    else:
        classes = tuple(sorted(numbers))
        index = {text: place for place, text in enumerate(classes)}
    return classes, np.array([index[text] for text in written], dtype=np.int64)


def _check_size(path: Path, rows: int, label: str, classes: Sequence[str]) -> None:
    if rows < MIN_ROWS:
        reason = tr("has {count} rows, and at least {limit} are needed", count=rows, limit=MIN_ROWS)
        raise TableError(path, None, None, reason, tr("Add rows."))
    if len(classes) == 1:
        reason = tr(
            "has one class only, {name}: there is nothing to tell apart", name=_quoted(classes[0])
        )
        raise TableError(path, None, label, reason, tr("Add rows of another class."))
    if len(classes) > MAX_CLASSES:
        reason = tr(
            "has {count:,} different labels, and at most {limit} are possible",
            count=len(classes),
            limit=MAX_CLASSES,
        )
        raise TableError(
            path, None, label, reason, tr("Choose a column of classes, not of measured numbers.")
        )


def _standardised(numbers: npt.NDArray[np.float64]) -> Float32Array:
    # By the largest number first: the squares of very large ones would not fit.
    scale = np.abs(numbers).max(axis=0)
    relative = numbers / np.where(scale > 0, scale, 1.0)
    # What would be left of equal numbers is rounding.
    same = np.ptp(relative, axis=0) <= 1e-12
    relative -= relative.mean(axis=0)
    spread = relative.std(axis=0)
    relative /= np.where(same | (spread == 0), 1.0, spread)
    relative[:, same] = 0.0
    result: Float32Array = relative.astype(np.float32)
    return result


def _key(inputs: Float32Array, labels: npt.NDArray[np.int64]) -> str:
    content = hashlib.sha256(repr(inputs.shape).encode())
    content.update(inputs.tobytes())
    content.update(labels.tobytes())
    return TABLE_PREFIX + content.hexdigest()[:16]


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(_quoted(name) for name in names[:8])
    if len(names) <= 8:
        return shown
    return tr("{names} and {count} more", names=shown, count=len(names) - 8)
