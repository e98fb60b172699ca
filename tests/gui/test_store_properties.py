"""Any sequence of changes can be undone to its start and redone to its end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.gui.fixtures import small_experiment
from winit_core.activations import ACTIVATIONS
from winit_core.datasets import DATASETS
from winit_core.errors import ExperimentError
from winit_core.experiment import DTYPES
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.training.settings import Training
from winit_gui.pins.pin import changed, position_of, swapped, with_pinned, without
from winit_gui.state import Row, State
from winit_gui.store import Store
from winit_gui.style import PALETTES
from winit_gui.wording import READINGS, SCALES

CHANGES = 300


class Clock:
    """Goes on by what a test wants."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Somebody:
    """Changes a store at random, in every way there is; refused values included."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clock = Clock()
        self.store = Store(State.of(small_experiment()), self.clock)
        self.doings: tuple[Callable[[], None], ...] = (
            self.experiment,
            self.experiment,
            self.drag,
            self.view,
            self.training,
            self.rows,
            self.pins,
            self.swap,
            self.load,
            self.dialog,
        )

    def act(self) -> None:
        self.clock.now += self.chance.choice((0.0, 0.1, 0.5, 3.0))
        doing = self.chance.choice(self.doings)
        before = self.store.state
        try:
            doing()
        except ExperimentError:
            assert self.store.state is before

    def some(self, *values: object) -> object:
        return self.chance.choice(values)

    def experiment(self) -> None:
        name, value = self.chance.choice(
            (
                ("activation", self.some(*ACTIVATIONS)),
                ("seed", self.chance.randrange(-1, 4)),
                ("dtype", self.some(*DTYPES)),
                ("dataset", self.some(*DATASETS)),
                ("hidden_widths", (8,) * self.chance.randrange(0, 5)),
                ("batch_size", self.chance.randrange(0, 64)),
                ("loss", self.some("mse", "cross_entropy", "none")),
            )
        )
        self.store.update(name, coalesce=self.chance.random() < 0.5, **{name: value})

    def drag(self) -> None:
        seeds = [self.chance.randrange(5) for _ in range(3)]
        if self.chance.random() < 0.5:
            seeds.append(self.store.state.experiment.seed)  # back to where it began
        for seed in seeds:
            self.clock.now += 0.2
            self.store.update("drag", coalesce=True, seed=seed)

    def view(self) -> None:
        name, value = self.chance.choice(
            (
                ("layer", self.chance.randrange(-1, 4)),
                ("weight_scale", self.some(*SCALES)),
                ("reading", self.some(*READINGS)),
                ("relative", self.some(True, False)),
                ("enlarged", self.chance.randrange(0, 6)),
                ("palette", self.some(*PALETTES)),
                ("type_size", self.chance.randrange(70, 170)),
            )
        )
        self.store.update_view(name, coalesce=self.chance.random() < 0.5, **{name: value})

    def training(self) -> None:
        rate = self.some(0.1, 0.01, -1.0)
        self.store.update_training("rate", coalesce=self.chance.random() < 0.5, learning_rate=rate)

    def rows(self) -> None:
        rows = list(self.store.state.rows)
        at = self.chance.randrange(len(rows))
        way = self.chance.randrange(4)
        if way == 0:
            rows.insert(at, Row(SchemeChoice("normal", {"std": self.chance.random()}), True))
        elif way == 1:
            del rows[at]
        elif way == 2:
            self.chance.shuffle(rows)
        else:
            rows[at] = replace(rows[at], ticked=not rows[at].ticked)
        self.store.set_rows(tuple(rows), "rows")

    def pins(self) -> None:
        pins, experiment = self.store.state.pins, self.store.state.experiment
        at = self.chance.randrange(len(pins)) if pins else 0
        way = self.chance.randrange(4) if pins else 0
        if way == 0:
            pins = with_pinned(pins, experiment)
        elif way == 1:
            pins = without(pins, at)
        elif way == 2:
            pins = changed(pins, at, name=self.some("a", "b", ""))
        else:
            pins = changed(pins, at, shown=not pins[at].shown)
        self.store.set_pins(pins, "pins")

    def swap(self) -> None:
        state = self.store.state
        if not state.pins or position_of(state.pins, state.experiment) is not None:
            return
        held = state.pins[0].experiment
        pins = swapped(state.pins, 0, state.experiment)
        self.store.load(replace(State.of(held, state.view), pins=pins), "swap")

    def load(self) -> None:
        keys = self.chance.sample(tuple(SCHEMES), 3)
        experiment = small_experiment(tuple(keys), seed=self.chance.randrange(9))
        self.store.load(replace(State.of(experiment), training=Training(learning_rate=0.5)), "open")

    def dialog(self) -> None:
        view = self.store.state.view
        with self.store.one_step("preferences"):
            for _ in range(self.chance.randrange(3)):
                self.store.update_view("p", theme=self.some("light", "dark", "projector"))
            if self.chance.random() < 0.5:
                self.store.update_view("p", theme=view.theme)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
@example(0)
def test_all_can_be_undone_and_redone(seed: int) -> None:
    somebody = Somebody(seed)
    store = somebody.store
    first = store.state
    for _ in range(CHANGES):
        somebody.act()
    last = store.state

    walked = [last]
    while store.undo_label:
        store.undo()
        assert store.state != walked[-1], "an empty step"
        walked.append(store.state)
    assert store.state == first
    assert len(walked) > CHANGES / 4
    for state in reversed(walked[:-1]):
        store.redo()
        assert store.state == state
    assert store.state == last
    assert store.redo_label == ""
