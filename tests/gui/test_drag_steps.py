"""A drag is one step of the history, or none."""

from __future__ import annotations

import pytest

from tests.gui.fixtures import small_experiment
from winit_gui.state import State
from winit_gui.store import Store


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(qapp: object, clock: Clock) -> Store:
    return Store(State.of(small_experiment()), clock)


def drag(store: Store, key: str, *seeds: int) -> None:
    store.begin_drag(key)
    for seed in seeds:
        store.update(f"seed to {seed}", seed=seed)
    store.end_drag()


def test_a_drag_is_one_step_named_by_its_last_change(store: Store) -> None:
    before = store.state
    drag(store, "a", 1, 2, 3)
    assert store.undo_label == "seed to 3"
    store.undo()
    assert store.state == before
    assert not store.undo_label
    store.redo()
    assert store.state.experiment.seed == 3


def test_back_at_the_beginning_it_is_no_step(store: Store) -> None:
    store.update("batch", batch_size=8)
    store.undo()
    drag(store, "a", 1, 0)
    assert not store.undo_label
    assert store.redo_label == "batch"


def test_a_cancelled_drag_leaves_everything(store: Store) -> None:
    store.update("batch", batch_size=8)
    store.undo()
    before = store.state
    store.begin_drag("a")
    store.update("seed", seed=9)
    assert store.dragging
    store.cancel_drag()
    assert not store.dragging
    assert store.state == before
    assert (store.undo_label, store.redo_label) == ("", "batch")


def test_drags_of_a_kind_in_a_row_are_one_step(store: Store, clock: Clock) -> None:
    drag(store, "a", 1)
    clock.now += 0.5
    drag(store, "a", 2)
    store.undo()
    assert store.state.experiment.seed == 0
    drag(store, "a", 1)
    clock.now += 5
    drag(store, "a", 2)
    clock.now += 0.1
    drag(store, "b", 3)
    for seed in (2, 1, 0):
        store.undo()
        assert store.state.experiment.seed == seed


def test_undo_waits_for_the_end_of_a_drag(store: Store) -> None:
    store.update("batch", batch_size=8)
    store.begin_drag("a")
    store.update("seed", seed=9)
    store.undo()
    assert store.state.experiment.seed == 9
    store.end_drag()
    store.undo()
    assert store.state.experiment.seed == 0


def test_another_step_of_many_changes_ends_a_drag(store: Store) -> None:
    store.begin_drag("a")
    store.update("seed", seed=9)
    with store.one_step("two things"):
        store.update("batch", batch_size=8)
        store.update("batch", batch_size=9)
    assert not store.dragging
    assert store.undo_label == "two things"
    store.undo()
    assert store.state.experiment.seed == 9
    store.undo()
    assert store.state.experiment.seed == 0


def test_who_listens_hears_of_begin_and_end(store: Store) -> None:
    heard: list[bool] = []
    store.drag_changed.connect(heard.append)
    drag(store, "a", 1)
    store.begin_drag("a")
    store.cancel_drag()
    store.end_drag()
    store.cancel_drag()
    assert heard == [True, False, True, False]
