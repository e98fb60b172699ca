from __future__ import annotations

import numpy as np
import pytest

from winit_core.datasets import CLASSES, DATASETS, batch, digits, resource

EPS32 = float(np.finfo(np.float32).eps)


def test_the_digits_are_all_there() -> None:
    everything = digits()
    assert everything.inputs.shape == (1797, 64)
    assert everything.inputs.dtype == np.float32
    assert everything.labels.dtype == np.int64
    # The published numbers of images of each digit (Alpaydin & Kaynak 1998, test set).
    assert np.bincount(everything.labels).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ]  # fmt: skip


def test_the_digits_are_standardised_as_the_documentation_says() -> None:
    inputs = digits().inputs.astype(np.float64)
    # Each stored number is off by at most half an eps of itself, so a mean of n of them, of which
    # the largest is below 32 here, by no more than 16 eps.
    assert np.abs(inputs).max() < 32
    assert np.abs(inputs.mean(axis=0)).max() < 16 * EPS32
    assert abs(inputs.std() - 1) < EPS32
    # One divisor for all: pixels at the edge stay quiet, pixels in the middle loud.
    by_pixel = inputs.std(axis=0)
    assert by_pixel.min() == 0
    assert by_pixel.max() > 1.3


def test_the_digits_are_the_shipped_images() -> None:
    with np.load(resource("data", "digits.npz")) as stored:
        images = stored["images"].astype(np.float64)
    inputs = digits().inputs.astype(np.float64)
    scale = np.sqrt(np.square(images - images.mean(axis=0)).mean())
    # Rounding to float32: half an eps of numbers below 32, times the scale (about 4.3).
    np.testing.assert_allclose(
        inputs * scale + images.mean(axis=0), images, rtol=0, atol=16 * EPS32 * scale
    )
    assert resource("data", "LICENSE.md").is_file()


def test_a_batch_of_digits_is_picked_without_replacement() -> None:
    everything = digits()
    whole = batch("digits", 64, 1797, seed=3)
    assert sorted(map(bytes, whole.inputs)) == sorted(map(bytes, everything.inputs))
    assert not np.array_equal(whole.labels, everything.labels)
    rows = {image.tobytes(): label for image, label in zip(*_pair(everything), strict=True)}
    assert all(rows[image.tobytes()] == label for image, label in zip(*_pair(whole), strict=True))


def _pair(data):
    return data.inputs, data.labels


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_smaller_batch_is_the_beginning_of_a_larger_one(dataset: str) -> None:
    small, large = batch(dataset, 64, 20, seed=5), batch(dataset, 64, 300, seed=5)
    np.testing.assert_array_equal(small.inputs, large.inputs[:20])
    np.testing.assert_array_equal(small.labels, large.labels[:20])


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_seed_fixes_the_batch(dataset: str) -> None:
    first = batch(dataset, 64, 256, seed=1).inputs.copy()
    batch.cache_clear()
    np.testing.assert_array_equal(batch(dataset, 64, 256, seed=1).inputs, first)
    assert not np.array_equal(batch(dataset, 64, 256, seed=2).inputs, first)


def test_gaussian_inputs_are_standard_normal_with_random_labels() -> None:
    data = batch("gaussian", 500, 4000, seed=0)
    assert (data.inputs.shape, data.inputs.dtype) == ((4000, 500), np.float32)
    assert (data.labels.shape, data.labels.dtype) == ((4000,), np.int64)
    count = data.inputs.size
    values = data.inputs.astype(np.float64)
    # Five standard errors: a false alarm in 10^6, and the seed is fixed.
    assert abs(values.mean()) < 5 / np.sqrt(count)
    assert abs(np.square(values).mean() - 1) < 5 * np.sqrt(2 / count)
    share = np.bincount(data.labels, minlength=CLASSES) / 4000
    assert np.abs(share - 0.1).max() < 5 * np.sqrt(0.1 * 0.9 / 4000)
    # Labels come from a stream of their own.
    assert abs(np.corrcoef(data.labels, values[:, 0])[0, 1]) < 5 / np.sqrt(4000)


@pytest.mark.parametrize("data", [digits(), batch("digits", 64, 8, 0), batch("gaussian", 3, 8, 0)])
def test_the_arrays_are_read_only(data) -> None:
    with pytest.raises(ValueError, match="read-only"):
        data.inputs[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        data.labels[0] = 1
