"""How fast winit trains five schemes, beside a plain PyTorch loop that records the same.

Run ``python benchmarks/training.py``; PyTorch is optional (without it there is no ratio). The
network is 10 x 128, tanh, on the digits: batch 64, 300 steps, SGD 0.1. Both use one thread. On
a busy machine compare the processor's time, in brackets.

What is recorded: the training loss of every step, and whether and where a number left the finite
range (only the second PyTorch loop looks for that: compare with it); every 10 steps loss and
accuracy over the held-out images; every 25 steps, by layer, on the 256 images of the experiment:
mean, standard deviation and RMS of weights, pre-activations and activations, RMS of dL/dz and
dL/dW, update ratio, saturated and dead share, distinct units.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Before numpy is loaded.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# ruff: noqa: E402
from winit_core.datasets import batch
from winit_core.experiment import Experiment
from winit_core.simulation import weights_and_bias
from winit_core.training import Training, train
from winit_core.training_data import batch_rows, training_data

SCHEMES = ("zeros", "constant", "small_normal", "glorot_normal", "he_normal")


def ours(experiment: Experiment, training: Training, workers: int) -> list[list[float]]:
    """Return the training losses, step by step."""
    return [
        [scheme.train_loss for scheme in step.schemes]
        for step in train(experiment, training, workers=workers)
    ]


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


def medians(jobs: dict[str, Callable[[], object]], repeats: int) -> dict[str, tuple[float, float]]:
    """Return the median seconds of each job, by the clock and of the processor, in turns."""
    clock: dict[str, list[float]] = {name: [] for name in jobs}
    processor: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            start, busy = time.perf_counter(), time.process_time()
            job()
            clock[name].append(time.perf_counter() - start)
            processor[name].append(time.process_time() - busy)
    return {
        name: (statistics.median(clock[name]), statistics.median(processor[name])) for name in jobs
    }


def main() -> int:
    """Print the medians and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--bare", action="store_true", help="record the losses only")
    options = parser.parse_args()
    experiment = Experiment(SCHEMES, "tanh")
    every = {"evaluate_every": 300, "statistics_every": 300} if options.bare else {}
    training = Training(**every)
    jobs: dict[str, Callable[[], object]] = {
        "winit": lambda: ours(experiment, training, options.workers)
    }
    try:
        import torch
    except ImportError:
        torch = None
    if torch is not None:
        torch.set_num_threads(1)
        mine, its = ours(experiment, training, 1), with_torch(torch, experiment, training, False)
        apart = max(
            abs(a - b)
            for x, y in zip(mine[:20], its[:20], strict=True)
            for a, b in zip(x, y, strict=True)
        )
        print(f"largest difference of the losses over 20 steps: {apart:.1e}")
        jobs["torch"] = lambda: with_torch(torch, experiment, training, False)
        jobs["torch, locating"] = lambda: with_torch(torch, experiment, training, True)
    updates = training.steps * len(SCHEMES)
    found = medians(jobs, options.repeats)
    print(f"{'':16} {'clock':>8} {'processor':>10} {'updates/s':>10}   winit is faster by")
    for name, (clock, processor) in found.items():
        ratio = ""
        if name != "winit":
            ratio = f"   {clock / found['winit'][0]:.2f} x ({processor / found['winit'][1]:.2f} x)"
        print(f"{name:16} {clock:6.2f} s {processor:8.2f} s {updates / clock:10.0f}{ratio}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
