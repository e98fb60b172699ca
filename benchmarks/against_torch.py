"""b. The engine against PyTorch eager on the processor, doing the same work."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import math
import os
from dataclasses import replace
from typing import Any

from benchmarks.engine import experiment_of
from benchmarks.measuring import Row, faster, in_turns, ratio_rows, row
from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.simulation import simulate

TITLE = "Engine over PyTorch eager, same networks, passes and statistics"


class InTorch:
    """What `simulate` does, in plain PyTorch: init, forward, autograd, statistics by layer."""

    def __init__(
        self, torch: Any, experiment: Experiment, threads: int, count_units: bool = True
    ) -> None:
        self._torch = torch
        self._threads = threads
        self._experiment = experiment
        self._count_units = count_units
        assert experiment.input_width is not None
        data = batch(experiment.dataset, experiment.input_width, experiment.batch_size, 0)
        self._inputs = torch.from_numpy(data.inputs.copy())
        self._labels = torch.from_numpy(data.labels.copy())

    def __call__(self) -> None:
        """Run all schemes, one after the other."""
        self._torch.set_num_threads(self._threads)
        for choice in self._experiment.schemes:
            self._one(choice.key)

    def _one(self, scheme: str) -> None:
        torch = self._torch
        linears = [torch.nn.Linear(*shape) for shape in self._experiment.layer_shapes]
        for linear in linears:
            self._initialize(scheme, linear)
        activate = getattr(torch, self._experiment.activation.key)
        signal = self._inputs
        layers = []
        for linear in linears:
            z = linear(signal)
            z.retain_grad()
            signal = activate(z) if linear is not linears[-1] else z
            layers.append((linear, z, signal))
        torch.nn.functional.cross_entropy(signal, self._labels).backward()
        with torch.no_grad():
            _cosine(torch, self._inputs)
            for linear, z, h in layers:
                self._measure(linear, z, h)

    def _initialize(self, scheme: str, linear: Any) -> None:
        init = self._torch.nn.init
        fill = {
            "constant": lambda w: init.constant_(w, 0.5),
            "small_normal": lambda w: init.normal_(w, 0, 0.01),
            "large_normal": lambda w: init.normal_(w, 0, 10.0),
            "glorot_uniform": init.xavier_uniform_,
            "glorot_normal": init.xavier_normal_,
            "he_uniform": lambda w: init.kaiming_uniform_(w, nonlinearity="relu"),
            "he_normal": lambda w: init.kaiming_normal_(w, nonlinearity="relu"),
        }[scheme]
        fill(linear.weight)
        init.zeros_(linear.bias)

    def _measure(self, linear: Any, z: Any, h: Any) -> tuple[Any, ...]:
        return (
            *_moments(linear.weight),
            *_moments(z),
            *_moments(h),
            _rms(z.grad),
            _rms(linear.weight.grad),
            (h.abs() > 0.97).float().mean().item(),
            (h == 0).all(dim=0).float().mean().item(),
            _cosine(self._torch, z),
            self._torch.unique(z, dim=1).shape[1] if self._count_units else 0,
        )


def _moments(tensor: Any) -> tuple[float, float, float]:
    return tensor.mean().item(), tensor.std(unbiased=False).item(), _rms(tensor)


def _rms(tensor: Any) -> float:
    return math.sqrt(tensor.square().mean().item())


def _cosine(torch: Any, rows: Any) -> float:
    total = torch.nn.functional.normalize(rows, dim=1).sum(dim=0)
    count = len(rows)
    return float(((total @ total).item() - count) / (count * (count - 1)))


def measure(quick: bool) -> list[Row]:
    """Measure with new weights every time, as PyTorch draws them; no row without PyTorch."""
    if importlib.util.find_spec("torch") is None:
        return []
    torch: Any = importlib.import_module("torch")
    workers = os.cpu_count() or 1
    experiment = experiment_of(quick)
    seeds = itertools.count(1000)
    found = in_turns(
        {
            "redrawn": lambda: simulate(replace(experiment, seed=next(seeds)), workers=workers),
            "cached": lambda: simulate(experiment, workers=workers),
            "one thread": InTorch(torch, experiment, 1),
            "all threads": InTorch(torch, experiment, workers),
            "uncounted": InTorch(torch, experiment, 1, count_units=False),
        },
        2 if quick else 9,
    )
    its = faster(found, "one thread", "all threads")
    return [
        row("PyTorch, 1 thread", found["one thread"].clock, "ms", scale=1000),
        row(f"PyTorch, {workers} threads", found["all threads"].clock, "ms", scale=1000),
        *ratio_rows("winit redrawn / PyTorch at its best", found["redrawn"], its, "<= 0.6"),
        *ratio_rows("winit, draws kept / PyTorch at its best", found["cached"], its),
        *ratio_rows(
            "winit redrawn / PyTorch that counts no units", found["redrawn"], found["uncounted"]
        ),
    ]
