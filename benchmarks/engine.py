"""a. The engine against the limit: nothing but the matrix products of the same shapes."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.bare_engine import BareEngine
from benchmarks.measuring import Row, in_turns, ratio_rows, row
from winit_core import network_pass
from winit_core.activations import BoundActivation
from winit_core.experiment import Experiment
from winit_core.simulation import simulate

TITLE = "Engine over its matrix products (7 schemes, 10 x 256, batch 256, float32)"
SCHEMES = (
    "constant",
    "small_normal",
    "large_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
)


def experiment_of(quick: bool, activation: str = "tanh") -> Experiment:
    """Return what is simulated."""
    depth, width, batch = (2, 16, 32) if quick else (10, 256, 256)
    return Experiment(SCHEMES, activation, hidden_widths=(width,) * depth, batch_size=batch)


class Products:
    """The three matrix products of every layer, for as many networks as there are schemes."""

    def __init__(self, experiment: Experiment, workers: int) -> None:
        generator = np.random.default_rng(0)
        batch = experiment.batch_size
        self._layers = [
            (
                generator.standard_normal((batch, fan_in), dtype=np.float32),
                generator.standard_normal((fan_in, fan_out), dtype=np.float32),
                generator.standard_normal((batch, fan_out), dtype=np.float32),
            )
            for fan_in, fan_out in experiment.layer_shapes
        ]
        self._networks = range(len(experiment.schemes))
        self._workers = workers

    def __call__(self) -> None:
        """Multiply."""
        with ThreadPoolExecutor(self._workers) as pool:
            list(pool.map(self._one, self._networks))

    def _one(self, _network: int) -> None:
        for signal, weight, _delta in self._layers:
            signal @ weight
        for number in range(len(self._layers) - 1, -1, -1):
            signal, weight, delta = self._layers[number]
            signal.T @ delta
            if number > 0:
                delta @ weight.T


PARTS = {
    "the three products": ("affine", "error_arriving", "weight_gradient"),
    "weights from unit draws": ("drawn",),
    "statistics of weights and h": ("moments", "saturated_fraction", "dead_fraction"),
    "statistics of z": ("unit_statistics",),
    "sizes of the errors": ("root_mean_square", "is_rounding"),
    "loss": ("loss_and_delta",),
}


def parts(experiment: Experiment, rounds: int) -> list[Row]:
    """Return the processor time of a layer by its parts, draws kept, in one thread."""
    spent: dict[str, float] = dict.fromkeys([*PARTS, "activation", "its derivative"], 0.0)

    def noted(label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            start = time.thread_time()
            result = function(*arguments)
            spent[label] += time.thread_time() - start
            return result

        return call

    with ExitStack() as stack:
        for label, names in PARTS.items():
            for name in names:
                replaced = noted(label, getattr(network_pass, name))
                stack.enter_context(patch.object(network_pass, name, replaced))
        for label, name in (("activation", "value"), ("its derivative", "derivative")):
            replaced = noted(label, getattr(BoundActivation, name))
            stack.enter_context(patch.object(BoundActivation, name, replaced))
        start = time.thread_time()
        for _ in range(rounds):
            simulate(experiment)
        total = time.thread_time() - start
    spent["everything else"] = total - sum(spent.values())
    layers = rounds * len(experiment.schemes) * len(experiment.layer_shapes)
    return [
        row(f"a layer: {label}", [seconds / layers], "us", scale=1e6)
        for label, seconds in spent.items()
    ]


def measure(quick: bool) -> list[Row]:
    """Measure tanh and ReLU, with the unit draws kept and with all of them redrawn."""
    workers = os.cpu_count() or 1
    seeds = itertools.count(1000)
    rows: list[Row] = []
    for activation in ("tanh", "relu"):
        experiment = experiment_of(quick, activation)

        def redrawn(experiment: Experiment = experiment) -> None:
            simulate(replace(experiment, seed=next(seeds)), workers=workers)

        def cached(experiment: Experiment = experiment) -> None:
            simulate(experiment, workers=workers)

        found = in_turns(
            {"products": Products(experiment, workers), "cached": cached, "redrawn": redrawn},
            2 if quick else 15,
        )
        floor = found["products"]
        rows.append(row(f"{activation}: products alone", floor.clock, "ms", scale=1000))
        rows += ratio_rows(f"{activation}: draws kept", found["cached"], floor, "<= 1.2")
        rows += ratio_rows(f"{activation}: redrawn", found["redrawn"], floor, "<= 1.7")
    one = replace(experiment_of(quick), schemes=("glorot_normal",) * 7)
    return rows + alone(one, 2 if quick else 15) + parts(one, 1 if quick else 10)


def alone(experiment: Experiment, rounds: int) -> list[Row]:
    """Measure one thread beside its products, and beside it the least that numpy can do."""
    found = in_turns(
        {
            "products": Products(experiment, 1),
            "engine": lambda: simulate(experiment),
            "bare": BareEngine(experiment),
        },
        rounds,
    )
    return [
        *ratio_rows("one thread: draws kept", found["engine"], found["products"]),
        *ratio_rows("one thread: the fewest calls", found["bare"], found["products"]),
    ]
