"""c. Training five schemes, beside a straightforward PyTorch loop that records the same.

The network is 10 x 128, tanh, on the digits: batch 64, 300 steps, SGD 0.1. What is recorded: the
training loss of every step; every 10 steps loss and accuracy over the held-out images; every 25
steps, by layer, on the 256 images of the experiment: mean, standard deviation and RMS of weights,
pre-activations and activations, RMS of dL/dz and dL/dW, update ratio, saturated and dead share,
distinct units. winit also finds out where a number leaves the finite range; only the second PyTorch
loop looks for that.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import Job, Row, in_turns, ratio_rows, row
from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.simulation import weights_and_bias
from winit_core.training import Training, train
from winit_core.training.data import batch_rows, training_data

Array = npt.NDArray[np.float32]

TITLE = "Training: PyTorch's time over winit's (5 schemes, 10 x 128, batch 64, 300 steps)"
SCHEMES = ("zeros", "constant", "small_normal", "glorot_normal", "he_normal")


def ours(experiment: Experiment, training: Training) -> list[list[float]]:
    """Return the training losses, step by step."""
    steps = train(experiment, training, workers=os.cpu_count() or 1)
    return [[scheme.train_loss for scheme in step.schemes] for step in steps]


def with_torch(
    torch: Any, experiment: Experiment, training: Training, locate: bool
) -> list[list[float]]:
    """Do the same in the plainest PyTorch, one scheme after the other in every step."""
    assert experiment.input_width is not None
    split = training_data(experiment.dataset, experiment.input_width, experiment.seed)
    inputs, labels, held_inputs, held_labels = (
        torch.from_numpy(array.copy())
        for array in (split.inputs, split.labels, split.held_out_inputs, split.held_out_labels)
    )
    shown = batch("digits", experiment.input_width, experiment.batch_size, experiment.seed)
    shown_inputs, shown_labels = (
        torch.from_numpy(array.copy()) for array in (shown.inputs, shown.labels)
    )
    loss_of = torch.nn.CrossEntropyLoss()
    nets = [_net(torch, experiment, index) for index in range(len(experiment.schemes))]
    optimizers = [torch.optim.SGD(net.parameters(), lr=training.learning_rate) for net in nets]
    history: list[list[float]] = []
    records: list[Any] = []
    for step in range(training.steps + 1):
        rows = torch.from_numpy(
            batch_rows(experiment.seed, len(labels), training.batch_size, step).copy()
        )
        losses = []
        for net, optimizer in zip(nets, optimizers, strict=True):
            if training.is_evaluated(step):
                with torch.no_grad():
                    logits = net(held_inputs)
                    right = (logits.argmax(dim=1) == held_labels).float().mean()
                    records.append((loss_of(logits, held_labels).item(), right.item()))
            if training.is_measured(step):
                rate = training.learning_rate
                records.append(_measured(torch, net, loss_of, shown_inputs, shown_labels, rate))
            optimizer.zero_grad()
            found = []
            if locate:
                signal = inputs[rows]
                for part in net:
                    signal = part(signal)
                    found.append(torch.isfinite(signal).all().item())
                loss = loss_of(signal, labels[rows])
            else:
                loss = loss_of(net(inputs[rows]), labels[rows])
            loss.backward()
            losses.append(loss.item())
            if locate:
                found += [torch.isfinite(p.grad).all().item() for p in net.parameters()]
            if step < training.steps:
                optimizer.step()
            if locate:
                found += [torch.isfinite(p).all().item() for p in net.parameters()]
                records.append(all(found))
        history.append(losses)
    return history


def _net(torch: Any, experiment: Experiment, index: int) -> Any:
    parts: list[Any] = []
    for layer, shape in enumerate(experiment.layer_shapes):
        linear = torch.nn.Linear(*shape)
        weight, bias = weights_and_bias(experiment, index, layer)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
            linear.bias.zero_()
            if bias is not None:
                linear.bias.copy_(torch.from_numpy(bias.copy()))
        parts += [linear, torch.nn.Tanh()]
    return torch.nn.Sequential(*parts[:-1])


def _measured(
    torch: Any, net: Any, loss_of: Any, inputs: Any, labels: Any, rate: float
) -> list[tuple[Any, ...]]:
    net.zero_grad()
    signal, layers = inputs, []
    for part in net:
        signal = part(signal)
        if isinstance(part, torch.nn.Linear):
            signal.retain_grad()
            layers.append([part, signal, signal])
        else:
            layers[-1][2] = signal
    loss_of(signal, labels).backward()
    result = []
    with torch.no_grad():
        for part, z, h in layers:
            weight_rms = _rms(part.weight)
            gradient_rms = _rms(part.weight.grad)
            result.append(
                (
                    part.weight.mean().item(),
                    part.weight.std(unbiased=False).item(),
                    weight_rms,
                    z.mean().item(),
                    z.std(unbiased=False).item(),
                    _rms(z),
                    h.mean().item(),
                    h.std(unbiased=False).item(),
                    _rms(h),
                    _rms(z.grad),
                    gradient_rms,
                    rate * gradient_rms / weight_rms if weight_rms else 0.0,
                    (h.abs() > 0.97).float().mean().item(),
                    (h == 0).all(dim=0).float().mean().item(),
                    torch.unique(z, dim=1).shape[1],
                )
            )
    return result


def _rms(tensor: Any) -> float:
    return float(tensor.square().mean().sqrt().item())


def apart(mine: list[list[float]], its: list[list[float]]) -> float:
    """Return the largest difference of two histories over their first 20 steps."""
    pairs = zip(mine[:20], its[:20], strict=True)
    return max(abs(a - b) for x, y in pairs for a, b in zip(x, y, strict=True))


class Products:
    """The matrix products of the whole training and of its records, and nothing else."""

    def __init__(self, experiment: Experiment, training: Training) -> None:
        assert experiment.input_width is not None
        split = training_data(experiment.dataset, experiment.input_width, experiment.seed)
        networks, generator = len(experiment.schemes), np.random.default_rng(0)
        self._training = training

        def stacks(rows: int) -> list[tuple[Array, Array, Array]]:
            """Return signal, weight and error of every layer, of all networks."""
            return [
                tuple(
                    generator.standard_normal((networks, *shape), dtype=np.float32)
                    for shape in ((rows, fan_in), (fan_in, fan_out), (rows, fan_out))
                )
                for fan_in, fan_out in experiment.layer_shapes
            ]

        self._step = stacks(training.batch_size)
        self._evaluated = stacks(len(split.held_out_labels))
        self._measured = stacks(experiment.batch_size)

    def __call__(self) -> None:
        """Multiply."""
        for step in range(self._training.steps + 1):
            self._pass(self._step)
            if self._training.is_evaluated(step):
                for signal, weight, _ in self._evaluated:
                    signal @ weight
            if self._training.is_measured(step):
                self._pass(self._measured)

    @staticmethod
    def _pass(layers: list[tuple[Array, Array, Array]]) -> None:
        for number, (signal, weight, delta) in enumerate(layers):
            signal @ weight
            signal.swapaxes(1, 2) @ delta
            if number > 0:
                delta @ weight.swapaxes(1, 2)


def measure(quick: bool) -> list[Row]:
    """Measure the whole recording and the bare steps; without PyTorch there is no ratio.

    Both have one thread: products of 64 x 128 numbers are too small to be shared by several.
    """
    experiment = Experiment(SCHEMES, "tanh")
    training = Training(steps=3) if quick else Training()
    bare = Training(steps=training.steps, evaluate_every=10_000, statistics_every=10_000)
    jobs: dict[str, Job] = {
        "products alone": Products(experiment, training),
        "winit": lambda: ours(experiment, training),
        "winit, losses only": lambda: ours(experiment, bare),
    }
    rows: list[Row] = []
    has_torch = importlib.util.find_spec("torch") is not None
    if has_torch:
        torch: Any = importlib.import_module("torch")
        torch.set_num_threads(1)
        its = with_torch(torch, experiment, training, False)
        difference = apart(ours(experiment, training), its)
        rows.append(row("largest difference of the losses over 20 steps", [difference], ""))
        jobs["PyTorch"] = lambda: with_torch(torch, experiment, training, False)
        jobs["PyTorch that locates"] = lambda: with_torch(torch, experiment, training, True)
        jobs["PyTorch, losses only"] = lambda: with_torch(torch, experiment, bare, False)
    found = in_turns(jobs, 1 if quick else 3)
    rows += [row(name, timing.clock, "s") for name, timing in found.items()]
    if has_torch:
        for its_name, name, target in (
            ("PyTorch", "winit", ">= 2"),
            ("PyTorch", "products alone", ""),
            ("PyTorch that locates", "winit", ""),
            ("PyTorch, losses only", "winit, losses only", ""),
        ):
            rows += ratio_rows(f"{its_name} / {name}", found[its_name], found[name], target)
    return rows
