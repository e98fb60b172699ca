"""Inputs and labels: real digits, Gaussian noise of any width, planar sets, a user's own table."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from winit_core.draws import Float32Array, data_generator
from winit_core.errors import ExperimentError
from winit_core.parameters import one_of
from winit_core.planar_sets import CLASSES as PLANAR_CLASSES
from winit_core.planar_sets import PLANAR_SETS
from winit_core.translation import mark, tr

CLASSES = 10
TABLE_PREFIX = "table:"
_MADE = 16384


@dataclass(frozen=True)
class Dataset:
    """What is fixed about a kind of data.

    Attributes
    ----------
    key, label
        Stable ASCII name; name on screen.
    input_width
        The number of inputs, or None where any width can be made.
    default_width
        The width used where none is asked for.
    size
        The largest batch there is.
    classes
        The number of different labels.
    is_finite
        Whether there are `size` inputs and no more; otherwise they are made as they are needed.
    """

    key: str
    label: str
    input_width: int | None
    default_width: int
    size: int
    classes: int = CLASSES
    is_finite: bool = False


DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "digits": Dataset("digits", mark("Handwritten digits"), 64, 64, 1797, is_finite=True),
        "gaussian": Dataset("gaussian", mark("Gaussian noise"), None, 64, _MADE),
    }
)
PLANAR_DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        key: Dataset(key, planar.label, 2, 2, _MADE, PLANAR_CLASSES)
        for key, planar in PLANAR_SETS.items()
    }
)

_tables: dict[str, tuple[Dataset, Batch]] = {}
_tables_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs (batch, input_width) float32 and labels (batch,) int64, both read-only."""

    inputs: Float32Array
    labels: npt.NDArray[np.int64]


def open_table(dataset: Dataset, rows: Batch) -> None:
    """Make a table known, so that experiments can name it; its key names its content.

    Tables stay open as long as the program runs: an experiment that was possible once stays so.
    """
    with _tables_lock:
        _tables[dataset.key] = (dataset, rows)


def find_dataset(key: object) -> Dataset:
    """Return what is fixed about a kind of data, or about a table that is open.

    Raises
    ------
    ExperimentError
        Naming the field ``dataset``.
    """
    if isinstance(key, str):
        for known in (DATASETS, PLANAR_DATASETS):
            if key in known:
                return known[key]
        if key in _tables:
            return _tables[key][0]
        if key.startswith(TABLE_PREFIX):
            allowed = tr("a table that is open; load its file first")
            raise ExperimentError("dataset", key, allowed)
    raise ExperimentError("dataset", key, one_of([*DATASETS, *PLANAR_DATASETS]))


def all_rows(dataset: Dataset) -> Batch:
    """Return all of a finite data set, in its own order."""
    assert dataset.is_finite
    return digits() if dataset.key == "digits" else _tables[dataset.key][1]


def resource(*parts: str) -> Path:
    """Return the path of a file that the program ships."""
    package = Path(__file__).resolve().parent
    installed = package / "_resources"
    base = installed if installed.is_dir() else package.parent / "resources"
    return base.joinpath(*parts)


@lru_cache(maxsize=1)
def digits() -> Batch:
    """Return all 1,797 digits, standardised.

    Each pixel's mean over the set is removed; then everything is divided by the one standard
    deviation over the whole set, so that the mean square of all inputs is 1.
    """
    with np.load(resource("data", "digits.npz")) as stored:
        images = stored["images"].astype(np.float64)
        labels = stored["labels"].astype(np.int64)
    centred = images - images.mean(axis=0)
    return _read_only((centred / centred.std()).astype(np.float32), labels)


@lru_cache(maxsize=2)  # the largest takes a quarter of a gigabyte
def batch(dataset: str, input_width: int, batch_size: int, seed: int) -> Batch:
    """Return one batch, picked or made with the seed.

    Parameters
    ----------
    dataset
        A key of `DATASETS` or `PLANAR_DATASETS`, or that of an open table.
    input_width
        Number of inputs; it matters only where the data set can have any.
    batch_size
        Number of inputs to pick without replacement, or to make.
    seed
        A smaller batch of the same seed holds the first inputs of a larger one, with their labels.
    """
    generator = data_generator(seed)
    kind = find_dataset(dataset)
    if kind.is_finite:
        everything = all_rows(kind)
        chosen = generator.permutation(len(everything.labels))[:batch_size]
        return _read_only(everything.inputs[chosen], everything.labels[chosen])
    if dataset in PLANAR_SETS:
        return _read_only(*PLANAR_SETS[dataset].make(batch_size, generator))
    inputs = generator.standard_normal((batch_size, input_width), dtype=np.float32)
    (label_generator,) = generator.spawn(1)
    return _read_only(inputs, label_generator.integers(CLASSES, size=batch_size))


def _read_only(inputs: Float32Array, labels: npt.NDArray[np.int64]) -> Batch:
    inputs.flags.writeable = False
    labels.flags.writeable = False
    return Batch(inputs, labels)
