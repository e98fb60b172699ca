"""The update rules against PyTorch: numbers it gave once, and itself where it is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from winit_core.experiment import Experiment
from winit_core.training import Training
from winit_core.training.network_stack import NetworkStack
from winit_core.training.optimizers import OPTIMIZERS

STEPS, BATCH, INPUTS, UNITS, CLASSES = 20, 16, 6, 8, 10
RATES = {"sgd": 0.1, "momentum": 0.1, "rmsprop": 0.01, "adam": 0.01, "adamw": 0.01}
Arrays = Mapping[str, npt.NDArray[Any]]


def example() -> Arrays:
    """Explicit weights, and a batch for every step."""
    generator = np.random.default_rng(20)
    shapes = {"weight0": (INPUTS, UNITS), "bias0": (UNITS,)}
    shapes |= {"weight1": (UNITS, CLASSES), "bias1": (CLASSES,)}
    arrays: dict[str, npt.NDArray[Any]] = {
        name: (0.4 * generator.standard_normal(shape)).astype(np.float32)
        for name, shape in shapes.items()
    }
    inputs = generator.standard_normal((STEPS, BATCH, INPUTS)).astype(np.float32)
    return {**arrays, "inputs": inputs, "labels": generator.integers(CLASSES, size=(STEPS, BATCH))}


def with_torch(torch: Any, key: str) -> dict[str, npt.NDArray[np.float32]]:
    """Return the gradients and the parameters after each step, (STEPS, numbers)."""
    given = example()
    hidden, output = torch.nn.Linear(INPUTS, UNITS), torch.nn.Linear(UNITS, CLASSES)
    with torch.no_grad():
        for number, layer in enumerate((hidden, output)):
            layer.weight.copy_(torch.from_numpy(given[f"weight{number}"].T.copy()))
            layer.bias.copy_(torch.from_numpy(given[f"bias{number}"].copy()))
    net = torch.nn.Sequential(hidden, torch.nn.Tanh(), output)
    make = {
        "sgd": torch.optim.SGD,
        "momentum": lambda params, lr: torch.optim.SGD(params, lr=lr, momentum=0.9),
        "rmsprop": torch.optim.RMSprop,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
    }[key]
    optimizer = make(net.parameters(), lr=RATES[key])
    gradients, parameters = [], []

    def flat(tensors: Any) -> npt.NDArray[np.float32]:
        return np.concatenate([t.detach().numpy().T.ravel() for t in tensors])

    for inputs, labels in zip(given["inputs"], given["labels"], strict=True):
        optimizer.zero_grad()
        logits = net(torch.from_numpy(inputs.copy()))
        torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels.copy())).backward()
        gradients.append(flat(p.grad for p in net.parameters()))
        optimizer.step()
        parameters.append(flat(net.parameters()))
    return {"gradients": np.stack(gradients), "parameters": np.stack(parameters)}


def save_reference(path: Path) -> None:
    """Write what the tests compare with; run with torch 2.13.0 on a CPU."""
    import torch

    found = {key: with_torch(torch, key) for key in RATES}
    arrays = {f"{key}_{name}": a for key, case in found.items() for name, a in case.items()}
    np.savez_compressed(path, **arrays, **example())


def ours(key: str, dtype: str = "float32") -> dict[str, npt.NDArray[Any]]:
    gradients, parameters = [], []
    for stack in steps(key, dtype):
        gradients.append(flat(stack.gradient(0)))
        stack.update(lambda: False)
        parameters.append(flat(stack.network(0)))
    return {"gradients": np.stack(gradients), "parameters": np.stack(parameters)}


def steps(key: str, dtype: str) -> Iterator[NetworkStack]:
    given = example()
    experiment = Experiment(
        ("zeros",), "tanh", (UNITS,), dataset="gaussian", input_width=INPUTS, dtype=dtype
    )
    training = Training(optimizer=key, learning_rate=RATES[key], batch_size=BATCH)
    stack = NetworkStack(experiment, [0], training, lambda: False)
    weights, biases = stack.network(0)
    for number in range(2):
        weights[number][:] = given[f"weight{number}"]
        biases[number][:] = given[f"bias{number}"]
    for inputs, labels in zip(given["inputs"], given["labels"], strict=True):
        stack.compute_gradient(inputs, labels, lambda: False)
        yield stack


def flat(layers: tuple[list[npt.NDArray[Any]], list[npt.NDArray[Any]]]) -> npt.NDArray[Any]:
    pairs = zip(*layers, strict=True)
    return np.concatenate([array.ravel() for pair in pairs for array in pair])


def assert_close(found: Arrays, wanted: Arrays) -> None:
    for name in ("gradients", "parameters"):
        assert found[name].shape == wanted[name].shape
        for step in range(STEPS):
            size = np.abs(wanted[name][step]).max()
            apart = np.abs(found[name][step] - wanted[name][step]).max()
            assert apart <= 1e-5 * size, (name, step, apart / size)


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_twenty_steps_are_those_torch_made_once(key: str, data_folder: Path) -> None:
    with np.load(data_folder / "optimizer_steps.npz") as stored:
        for name, array in example().items():
            np.testing.assert_array_equal(array, stored[name])
        wanted = {name: stored[f"{key}_{name}"] for name in ("gradients", "parameters")}
    assert_close(ours(key), wanted)
    # In double precision the rules are the same: what differs is torch's float32.
    assert_close(ours(key, "float64"), wanted)


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_twenty_steps_are_those_of_torch(key: str) -> None:
    torch = pytest.importorskip("torch")
    assert_close(ours(key), with_torch(torch, key))


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_a_step_changes_what_it_says_and_nothing_else(key: str) -> None:
    optimizer = OPTIMIZERS[key]
    generator = np.random.default_rng(1)
    parameter, gradient = generator.standard_normal((2, 3, 4)).astype(np.float32)
    states = [np.zeros_like(parameter) for _ in range(optimizer.states)]
    before, given = parameter.copy(), gradient.copy()
    optimizer.step(parameter, gradient, states, 1, Training(), np.empty_like(parameter))
    np.testing.assert_array_equal(gradient, given)
    assert parameter.dtype == np.float32
    assert all(np.any(state) for state in states)
    assert np.all(parameter != before)
    assert np.all(np.sign(before - parameter) == np.sign(gradient)) or key == "adamw"
    assert set(optimizer.settings) <= set(Training().to_dict())


def test_the_first_step_of_adam_has_the_size_of_the_rate() -> None:
    parameter = np.zeros(5)
    gradient = np.array([1.0, -2.0, 1e3, -1e-3, 0.0])
    states = [np.zeros(5), np.zeros(5)]
    OPTIMIZERS["adam"].step(
        parameter, gradient, states, 1, Training(learning_rate=0.01), np.empty(5)
    )
    np.testing.assert_allclose(parameter, -0.01 * np.sign(gradient), rtol=1e-4)
