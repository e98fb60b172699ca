"""What a network is trained on, what is held out, and the order of the batches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from winit_core.datasets import Batch, all_rows, batch, find_dataset
from winit_core.draws import Float32Array

HELD_OUT_SHARE = 0.2
MADE_ROWS = 1000
"""How many inputs of a set that is made are trained on."""
MADE_HELD_OUT_ROWS = 500

# Streams of their own: beside those of `winit_core.draws`, which start from 0.
_SPLIT_STREAM, _ORDER_STREAM = 100, 101

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TrainingData:
    """A split of one data set; all arrays are read-only.

    Attributes
    ----------
    inputs, labels
        What is trained on: (rows, input_width) float32 and (rows,) int64.
    held_out_inputs, held_out_labels
        What is never trained on.
    """

    inputs: Float32Array
    labels: Labels
    held_out_inputs: Float32Array
    held_out_labels: Labels


@lru_cache(maxsize=2)
def training_data(dataset: str, input_width: int, seed: int) -> TrainingData:
    """Return the split of a data set, fixed by the seed.

    Of a finite set a fifth of every class is held out (stratified; rounded, but never the whole
    class and never nothing of all classes together). Of a set that is made, the first `MADE_ROWS`
    inputs of the seed are trained on, so the batch of a simulation is the beginning of them, and
    the next `MADE_HELD_OUT_ROWS` are fresh draws from the same law.
    """
    kind = find_dataset(dataset)
    if kind.is_finite:
        everything = all_rows(kind)
        held_out = _stratified(everything.labels, seed)
    else:
        everything = batch(dataset, input_width, MADE_ROWS + MADE_HELD_OUT_ROWS, seed)
        held_out = np.arange(MADE_ROWS + MADE_HELD_OUT_ROWS) >= MADE_ROWS
    return _split(everything, held_out)


def _stratified(labels: Labels, seed: int) -> npt.NDArray[np.bool_]:
    generator = _generator(seed, _SPLIT_STREAM)
    held_out = np.zeros(len(labels), dtype=np.bool_)
    order = generator.permutation(len(labels))
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        count = min(round(HELD_OUT_SHARE * len(rows)), len(rows) - 1)
        held_out[rows[:count]] = True
    if not held_out.any():
        held_out[order[0]] = True
    return held_out


def _split(everything: Batch, held_out: npt.NDArray[np.bool_]) -> TrainingData:
    arrays = (
        everything.inputs[~held_out],
        everything.labels[~held_out],
        everything.inputs[held_out],
        everything.labels[held_out],
    )
    for array in arrays:
        array.flags.writeable = False
    return TrainingData(*arrays)


def batch_rows(seed: int, rows: int, batch_size: int, step: int) -> npt.NDArray[np.intp]:
    """Return which rows make the batch of one step, (batch_size,).

    Every epoch is one shuffle of all rows, dealt out in whole batches; what is left over at its
    end is too few for a batch and waits for the next shuffle. A step's batch follows from the seed
    and the step alone.
    """
    epoch, place = divmod(step, rows // batch_size)
    return _shuffle(seed, rows, epoch)[place * batch_size : (place + 1) * batch_size]


@lru_cache(maxsize=8)
def _shuffle(seed: int, rows: int, epoch: int) -> npt.NDArray[np.intp]:
    order = _generator(seed, _ORDER_STREAM, epoch).permutation(rows)
    order.flags.writeable = False
    return order


def _generator(seed: int, *stream: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=stream))
