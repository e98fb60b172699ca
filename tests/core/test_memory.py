from __future__ import annotations

import dataclasses
import tracemalloc

import pytest

from winit_core import draws
from winit_core.experiment import MEMORY_LIMIT_BYTES, Experiment
from winit_core.memory import peak_bytes, workers_within
from winit_core.simulation import simulate

SCHEMES = ("glorot_normal", "he_normal", "lecun_normal")


@pytest.mark.parametrize("widths", [(256,) * 1000, (2048,) * 20])
def test_the_largest_named_nets_are_taken_on_within_the_limit(widths: tuple[int, ...]) -> None:
    experiment = Experiment(SCHEMES, hidden_widths=widths)
    workers = workers_within(experiment, 64)
    assert workers >= 1
    assert peak_bytes(experiment, workers) <= MEMORY_LIMIT_BYTES
    assert peak_bytes(experiment, workers + 1) > MEMORY_LIMIT_BYTES


def test_a_small_net_may_use_every_worker_and_a_huge_one_is_never_left_without() -> None:
    assert workers_within(Experiment(SCHEMES), 8) == 8
    assert workers_within(Experiment(SCHEMES), 8, limit=1) == 1


def test_what_is_announced_covers_what_two_workers_take() -> None:
    experiment = Experiment(SCHEMES, hidden_widths=(256,) * 30, batch_size=512)
    simulate(experiment)  # fills the caches of draws and data, which schemes share
    tracemalloc.start()
    simulate(experiment, workers=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    shared = peak_bytes(experiment, 0)
    assert shared > draws.CACHE_LIMIT_BYTES
    assert peak <= peak_bytes(experiment, 2) - shared


def test_more_of_anything_takes_more() -> None:
    experiment = Experiment(SCHEMES)
    for changes in (
        {"hidden_widths": (128,) * 20},
        {"hidden_widths": (256,) * 10},
        {"batch_size": 512},
        {"dtype": "float64"},
    ):
        assert peak_bytes(dataclasses.replace(experiment, **changes), 1) > peak_bytes(experiment, 1)
