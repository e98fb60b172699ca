from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gui.fixtures import small_experiment
from winit_core.errors import ExperimentError
from winit_gui.state import State
from winit_gui.store import Store


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Heard:
    """Everything a store emits, in order."""

    def __init__(self, store: Store) -> None:
        self.names: list[str] = []
        self._store = store
        store.experiment_changed.connect(self.experiment)
        store.view_changed.connect(self.view)
        store.rows_changed.connect(self.rows)
        store.history_changed.connect(self.history)

    def experiment(self, value: object) -> None:
        assert value == self._store.state.experiment
        self.names.append("experiment")

    def view(self, value: object) -> None:
        assert value == self._store.state.view
        self.names.append("view")

    def rows(self, value: object) -> None:
        assert value == self._store.state.rows
        self.names.append("rows")

    def history(self) -> None:
        self.names.append("history")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Store:
    return Store(State.of(small_experiment()), clock)


def test_says_what_changed_and_nothing_else(store: Store) -> None:
    heard = Heard(store)
    store.update("seed", seed=5)
    assert heard.names == ["experiment", "history"]
    heard.names.clear()
    store.update_view("layer", layer=3)
    assert heard.names == ["view", "history"]
    heard.names.clear()
    rows = store.state.rows
    store.set_rows((replace(rows[0], ticked=not rows[0].ticked), *rows[1:]), "tick")
    assert heard.names == ["rows", "experiment", "history"]


def test_an_unticked_row_that_changes_computes_nothing(store: Store) -> None:
    rows = [*store.state.rows]
    at = next(i for i, row in enumerate(rows) if not row.ticked)
    heard = Heard(store)
    store.set_rows((*rows[: at + 1], rows[at], *rows[at + 1 :]), "again")
    assert heard.names == ["rows", "history"]


def test_the_same_value_is_no_change(store: Store) -> None:
    heard, before = Heard(store), store.state
    store.update("seed", seed=before.experiment.seed)
    store.update_view("layer", layer=before.view.layer)
    store.set_rows(before.rows, "rows")
    store.load(before, "load")
    assert heard.names == []
    assert store.undo_label == ""
    assert store.state is before


def test_a_refused_value_changes_nothing(store: Store) -> None:
    heard, before = Heard(store), store.state
    with pytest.raises(ExperimentError):
        store.update("seed", seed=-1)
    with pytest.raises(ExperimentError):
        store.update_view("layer", layer=-1)
    assert heard.names == []
    assert store.state is before


def test_undo_and_redo_walk_the_states(store: Store, clock: Clock) -> None:
    states = [store.state]
    for seed in (1, 2, 3):
        clock.now += 5
        store.update(f"seed {seed}", seed=seed)
        states.append(store.state)
    for at in (2, 1, 0):
        assert store.undo_label == f"seed {at + 1}"
        store.undo()
        assert store.state == states[at]
        assert store.redo_label == f"seed {at + 1}"
    store.undo()
    assert store.state == states[0]
    assert store.undo_label == ""
    for at in (1, 2, 3):
        store.redo()
        assert store.state == states[at]
    store.redo()
    assert store.state == states[3]
    assert store.redo_label == ""


def test_a_new_change_forgets_what_was_undone(store: Store) -> None:
    store.update("seed", seed=1)
    store.undo()
    store.update("loss", loss="mse")
    assert store.redo_label == ""
    store.redo()
    assert store.state.experiment.loss == "mse"


@pytest.mark.parametrize(
    ("labels", "pauses", "steps"),
    [
        (("seed", "seed", "seed"), (0.1, 0.9, 0.9), 1),
        (("seed", "seed", "seed"), (0.1, 1.1, 0.1), 2),
        (("seed", "batch", "seed"), (0.1, 0.1, 0.1), 3),
    ],
)
def test_one_gesture_is_one_step(
    store: Store,
    clock: Clock,
    labels: tuple[str, ...],
    pauses: tuple[float, ...],
    steps: int,
) -> None:
    before = store.state
    for value, (label, pause) in enumerate(zip(labels, pauses, strict=True), start=1):
        clock.now += pause
        store.update(label, coalesce=True, seed=value)
    for _ in range(steps):
        assert store.undo_label
        store.undo()
    assert store.undo_label == ""
    assert store.state == before


def test_a_gesture_that_ends_where_it_began_leaves_nothing(store: Store) -> None:
    store.update("loss", loss="mse")
    for seed in (3, 4, 0):
        store.update("seed", coalesce=True, seed=seed)
    assert store.undo_label == "loss"
    store.update("seed", coalesce=True, seed=7)
    assert store.undo_label == "seed"
    store.undo()
    assert store.state.experiment.seed == 0


def test_many_changes_can_be_one_step(store: Store) -> None:
    before, heard = store.state, Heard(store)
    with store.one_step("preferences"):
        store.update_view("theme", theme="dark")
        store.update("seed", seed=2)
        assert store.state.view.theme == "dark"
        store.undo()
        assert store.state.experiment.seed == 2, "nothing is undone in the middle"
    assert heard.names == ["view", "experiment", "history"]
    assert store.undo_label == "preferences"
    store.undo()
    assert store.state == before
    assert store.undo_label == ""


def test_a_step_that_ends_where_it_began_is_none(store: Store) -> None:
    store.update("seed", seed=1)
    store.undo()
    with store.one_step("preferences"):
        store.update_view("theme", theme="dark")
        store.update_view("theme", theme="system")
    assert store.undo_label == ""
    assert store.redo_label == "seed"


def test_only_what_asks_for_it_is_merged(store: Store) -> None:
    store.update("seed", seed=1)
    store.update("seed", coalesce=True, seed=2)
    store.update("seed", coalesce=True, seed=3)
    store.update("seed", seed=4)
    seeds = []
    while store.undo_label:
        store.undo()
        seeds.append(store.state.experiment.seed)
    assert seeds == [3, 1, 0]


def test_after_undo_a_gesture_begins_anew(store: Store) -> None:
    store.update("seed", coalesce=True, seed=1)
    store.update("loss", loss="mse")
    store.undo()
    store.update("seed", coalesce=True, seed=2)
    store.undo()
    assert store.state.experiment.seed == 1


def test_the_history_is_bounded(store: Store) -> None:
    for seed in range(1, 700):
        store.update("seed", seed=seed)
    steps = 0
    while store.undo_label:
        store.undo()
        steps += 1
    assert steps == 500
    assert store.state.experiment.seed == 199
