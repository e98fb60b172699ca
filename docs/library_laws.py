"""Compare the library variants of all schemes with what PyTorch, Keras and JAX really sample.

Run by hand, in an environment that has the three besides numpy and scipy:

    KERAS_BACKEND=jax PYTHONPATH=. python docs/library_laws.py > docs/library_laws.md

It exits with 1 where a law disagrees. torch tensors are (fan_out, fan_in) and are transposed here;
Keras and JAX kernels are (fan_in, fan_out) as ours.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
import torch
from scipy import stats

from winit_core.draws import UnitDraws
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.schemes.laws import Law

Array = np.ndarray[Any, np.dtype[Any]]
Sampler = Callable[[tuple[int, int]], Array]

SHAPES = ((300, 200), (200, 300), (250, 250))
SMALLEST_P = 1e-4
LABELS = {"pytorch": "PyTorch", "keras": "Keras", "jax": "JAX"}


def in_torch(fill: Callable[[torch.Tensor], object]) -> Sampler:
    """Return a sampler from a function that fills a tensor."""

    def sample(shape: tuple[int, int]) -> Array:
        tensor = torch.empty(shape[1], shape[0])
        fill(tensor)
        return tensor.numpy().T

    return sample


def in_keras(initializer: Any) -> Sampler:
    """Return a sampler from an instance of an initializer."""
    return lambda shape: np.asarray(initializer(shape, dtype="float32"))


def in_jax(initializer: Any) -> Sampler:
    """Return a sampler from an initializer function."""
    return lambda shape: np.asarray(initializer(jax.random.key(1), shape))


@dataclass(frozen=True)
class Case:
    """A scheme with parameters, and how the libraries are asked for it."""

    key: str
    params: Mapping[str, object]
    samplers: Mapping[str, Sampler]


init, initializers, nn = torch.nn.init, keras.initializers, jax.nn.initializers


def seeded(name: str, **settings: Any) -> Sampler:
    """Return a sampler from a Keras initializer with a seed."""
    return in_keras(getattr(initializers, name)(seed=1, **settings))


CASES = (
    Case(
        "zeros",
        {},
        {
            "pytorch": in_torch(init.zeros_),
            "keras": in_keras(initializers.Zeros()),
            "jax": in_jax(nn.zeros),
        },
    ),
    Case(
        "constant",
        {"weight": -0.25},
        {
            "pytorch": in_torch(lambda w: init.constant_(w, -0.25)),
            "keras": in_keras(initializers.Constant(-0.25)),
            "jax": in_jax(nn.constant(-0.25)),
        },
    ),
    *(
        Case(
            key,
            {},
            {
                "pytorch": in_torch(lambda w, std=std: init.normal_(w, 0, std)),
                "keras": seeded("RandomNormal", stddev=std),
                "jax": in_jax(nn.normal(std)),
            },
        )
        for key, std in (("small_normal", 0.01), ("large_normal", 10.0), ("normal", 1.0))
    ),
    Case(
        "uniform",
        {"bound": 0.5, "mean": 0.25},
        {
            "pytorch": in_torch(lambda w: init.uniform_(w, -0.25, 0.75)),
            "keras": seeded("RandomUniform", minval=-0.25, maxval=0.75),
        },
    ),
    Case("uniform", {"bound": 0.5, "mean": 0.0}, {"jax": in_jax(nn.uniform(0.5))}),
    Case(
        "truncated_normal",
        {"std": 1.5, "cut": 2.0},
        {
            "pytorch": in_torch(lambda w: init.trunc_normal_(w, 0, 1.5, -2, 2)),
            "keras": seeded("TruncatedNormal", stddev=1.5),
            "jax": in_jax(nn.truncated_normal(1.5, lower=-2.0, upper=2.0)),
        },
    ),
    Case(
        "truncated_normal",
        {"std": 0.02, "cut": 1.0},
        {
            "pytorch": in_torch(lambda w: init.trunc_normal_(w, 0, 0.02, -1, 1)),
            "keras": seeded("TruncatedNormal", stddev=0.02),
            "jax": in_jax(nn.truncated_normal(0.02, lower=-1.0, upper=1.0)),
        },
    ),
    Case(
        "glorot_uniform",
        {},
        {
            "pytorch": in_torch(init.xavier_uniform_),
            "keras": seeded("GlorotUniform"),
            "jax": in_jax(nn.glorot_uniform()),
        },
    ),
    Case(
        "glorot_uniform",
        {"gain": 5 / 3},
        {
            "pytorch": in_torch(lambda w: init.xavier_uniform_(w, 5 / 3)),
            "keras": seeded(
                "VarianceScaling", scale=25 / 9, mode="fan_avg", distribution="uniform"
            ),
            "jax": in_jax(nn.variance_scaling(25 / 9, "fan_avg", "uniform")),
        },
    ),
    Case(
        "glorot_normal",
        {},
        {
            "pytorch": in_torch(init.xavier_normal_),
            "keras": seeded("GlorotNormal"),
            "jax": in_jax(nn.glorot_normal()),
        },
    ),
    Case(
        "he_uniform",
        {},
        {
            "pytorch": in_torch(init.kaiming_uniform_),
            "keras": seeded("HeUniform"),
            "jax": in_jax(nn.he_uniform()),
        },
    ),
    Case(
        "he_uniform",
        {"slope": 0.5, "mode": "fan_out"},
        {
            "pytorch": in_torch(lambda w: init.kaiming_uniform_(w, 0.5, "fan_out")),
            "keras": seeded("VarianceScaling", scale=1.6, mode="fan_out", distribution="uniform"),
            "jax": in_jax(nn.variance_scaling(1.6, "fan_out", "uniform")),
        },
    ),
    Case(
        "he_normal",
        {},
        {
            "pytorch": in_torch(init.kaiming_normal_),
            "keras": seeded("HeNormal"),
            "jax": in_jax(nn.he_normal()),
        },
    ),
    Case(
        "lecun_uniform",
        {},
        {
            "pytorch": in_torch(lambda w: init.kaiming_uniform_(w, nonlinearity="linear")),
            "keras": seeded("LecunUniform"),
            "jax": in_jax(nn.lecun_uniform()),
        },
    ),
    Case(
        "lecun_normal",
        {},
        {
            "pytorch": in_torch(lambda w: init.kaiming_normal_(w, nonlinearity="linear")),
            "keras": seeded("LecunNormal"),
            "jax": in_jax(nn.lecun_normal()),
        },
    ),
    *(
        Case(
            "variance_scaling",
            {"scale": 1.3, "mode": mode, "distribution": distribution},
            {
                "keras": seeded("VarianceScaling", scale=1.3, mode=mode, distribution=distribution),
                "jax": in_jax(nn.variance_scaling(1.3, mode, distribution)),
            },
        )
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "normal", "uniform")
    ),
    Case(
        "variance_scaling",
        {"scale": 1.3, "mode": "fan_geo_avg", "distribution": "normal"},
        {"jax": in_jax(nn.variance_scaling(1.3, "fan_geo_avg", "normal"))},
    ),
    Case(
        "torch_linear",
        {},
        {
            "pytorch": lambda shape: torch.nn.Linear(*shape).weight.detach().numpy().T,
            "keras": seeded("VarianceScaling", scale=1 / 3, mode="fan_in", distribution="uniform"),
            "jax": in_jax(nn.variance_scaling(1 / 3, "fan_in", "uniform")),
        },
    ),
    Case(
        "orthogonal",
        {"gain": 2.0},
        {
            "pytorch": in_torch(lambda w: init.orthogonal_(w, 2.0)),
            "keras": seeded("Orthogonal", gain=2.0),
            "jax": in_jax(nn.orthogonal(2.0)),
        },
    ),
    Case(
        "identity",
        {},
        {
            "pytorch": in_torch(init.eye_),
            "keras": in_keras(initializers.Identity()),
        },
    ),
    Case("identity", {"gain": 1.5}, {"keras": in_keras(initializers.Identity(1.5))}),
    Case(
        "sparse",
        {"sparsity": 0.3, "std": 2.0},
        {"pytorch": in_torch(lambda w: init.sparse_(w, 0.3, 2.0))},
    ),
)


@dataclass(frozen=True)
class Row:
    """One comparison."""

    label: str
    library: str
    shape: tuple[int, int]
    theirs: Array
    law: Law
    ours: Array

    @property
    def is_fixed(self) -> bool:
        """Whether nothing is random."""
        return bool(np.unique(self.ours).size <= 2)

    @property
    def p_value(self) -> float:
        """Of the Kolmogorov-Smirnov test between their sample and ours, zeros left out."""
        theirs, ours = (sample[sample != 0] for sample in (self.theirs, self.ours))
        return float(stats.ks_2samp(theirs, ours).pvalue)

    @property
    def faults(self) -> list[str]:
        """What disagrees."""
        theirs, law = self.theirs.astype(np.float64), self.law
        if self.is_fixed:
            return [] if np.array_equal(self.theirs, self.ours) else ["values"]
        found = []
        count = theirs.size
        if abs(theirs.mean() - law.mean) > 5 * law.std / math.sqrt(count):
            found.append("mean")
        kurtosis = float(np.mean((theirs - theirs.mean()) ** 4)) / theirs.var() ** 2
        scatter = math.sqrt(max(kurtosis - 1, 0.1) / count) / 2
        if abs(theirs.std() / law.std - 1) > 5 * scatter:
            found.append("std")
        low, high = law.support
        if theirs.min() < low * (1 + 1e-6) or theirs.max() > high * (1 + 1e-6):
            found.append("bounds")
        # Elsewhere a 0 is a normal number that happens to be one.
        if law.atoms and (self.theirs == 0).sum() != (self.ours == 0).sum():
            found.append("zeros")
        if self.p_value < SMALLEST_P:
            found.append("shape")
        return found

    def __str__(self) -> str:
        high = self.law.support[1]
        bound = f"{high:.6g}" if math.isfinite(high) else "none"
        p_value = "equal" if self.is_fixed and not self.faults else f"{self.p_value:.3f}"
        cells = [
            self.label,
            LABELS[self.library],
            f"{self.shape[0]} × {self.shape[1]}",
            f"{self.theirs.mean():+.2e}",
            f"{self.law.mean:+.2e}",
            f"{self.theirs.std():.6g}",
            f"{self.law.std:.6g}",
            f"{np.abs(self.theirs).max():.6g}",
            bound,
            p_value,
            ", ".join(self.faults) or "yes",
        ]
        return "| " + " | ".join(cells) + " |"


def rows() -> Iterator[Row]:
    """Compare everything."""
    for case in CASES:
        settings = ", ".join(
            f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in case.params.items()
        )
        label = f"`{case.key}`" + (f" ({settings})" if settings else "")
        choice = SchemeChoice(case.key, case.params)
        for library, sampler in case.samplers.items():
            for shape in SHAPES:
                law = choice.weight_law(*shape, library=library)
                ours = law.sample(UnitDraws(7, 0, shape))
                yield Row(label, library, shape, sampler(shape), law, ours)


def bias_lines() -> Iterator[tuple[str, bool]]:
    """Compare the biases of the layers that draw their own."""
    choice = SchemeChoice("torch_linear")
    theirs = torch.nn.Linear(50, 20000).bias.detach().numpy()
    bound = choice.bias_law(50, 20000, library="pytorch").support[1]
    p_value = float(stats.kstest(theirs, stats.uniform(-bound, 2 * bound).cdf).pvalue)
    yield (
        f"`torch.nn.Linear(50, 20000).bias` against U(±{bound:.6g}): p = {p_value:.3f}",
        p_value >= SMALLEST_P,
    )
    dense = keras.layers.Dense(5)
    dense.build((None, 7))
    zero = not np.any(np.asarray(dense.bias)) and choice.bias_law(7, 5, library="keras").std == 0
    yield f"`keras.layers.Dense(5).bias` is zero: {'yes' if zero else 'no'}", zero


def main() -> int:
    """Print the report; return 1 where something disagrees."""
    torch.manual_seed(1)
    missing = [
        f"{key} in {LABELS[library]}"
        for key, scheme in SCHEMES.items()
        for library, entry in scheme.libraries.items()
        if entry is not None
        and not any(case.key == key and library in case.samplers for case in CASES)
    ]
    wrong = len(missing)
    print("# What the libraries really sample\n")
    print(
        "Made by `docs/library_laws.py` with PyTorch "
        f"{torch.__version__.split('+')[0]}, Keras {keras.__version__} and JAX {jax.__version__}.\n"
        "Of every scheme that a library has: its own sample against our law of that library's "
        "variant.\np: Kolmogorov-Smirnov test between its sample and ours, exact zeros left out. "
        f"Agreement: mean\nand std within 5 standard errors, no weight beyond the bound, as many "
        f"zeros, p above {SMALLEST_P:g}.\n"
    )
    heads = [
        *("scheme", "library", "shape", "mean", "of the law", "std", "of the law"),
        *("largest", "bound", "p", "agrees"),
    ]
    print("| " + " | ".join(heads) + " |")
    print("|" + " --- |" * len(heads))
    compared = 0
    for row in rows():
        print(row)
        compared += 1
        wrong += bool(row.faults)
    print("\n## Biases\n")
    for line, agrees in bias_lines():
        print(f"- {line}")
        wrong += not agrees
    print(f"\n{compared} comparisons, {wrong} disagree.")
    if missing:
        print("Not compared: " + ", ".join(missing) + ".")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
