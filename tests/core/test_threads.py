"""Threads are used where they gain something, and change no number."""

from __future__ import annotations

import threading

import pytest

from winit_core import threads
from winit_core.experiment import Experiment
from winit_core.simulation import simulate
from winit_core.threads import worthwhile

WIDE = Experiment(("glorot_normal", "he_normal"), hidden_widths=(512,), batch_size=64)
NARROW = Experiment(("glorot_normal", "he_normal"), hidden_widths=(16,), batch_size=64)


@pytest.fixture(autouse=True)
def as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "SHARED_FROM", 2**23)


def test_only_large_products_are_shared() -> None:
    assert worthwhile(NARROW, 8, NARROW.batch_size) == 1
    assert worthwhile(WIDE, 8, 16 * WIDE.batch_size) == 8
    assert worthwhile(WIDE, 8, 1) == 1
    assert worthwhile(WIDE, 8, 1, networks=1000) == 8


def threads_used(experiment: Experiment) -> int:
    """Return how many threads simulate the experiment."""
    seen: set[int] = set()

    def note() -> bool:
        seen.add(threading.get_ident())
        return False

    simulate(experiment, note, workers=2)
    return len(seen - {threading.get_ident()})


def test_a_small_experiment_takes_no_thread_of_its_own() -> None:
    assert threads_used(NARROW) == 0
    assert threads_used(Experiment(WIDE.schemes, hidden_widths=(512,), batch_size=1024)) > 0
