"""Run the generated programs and write docs/generated_code.md: python3 docs/run_generated_code.py.

Needs torch, keras, jax and flax beside what winit itself needs. Every scheme is run in every
library; its weights must pass the tests of the law (mean, std, bounds, Kolmogorov-Smirnov), and
the activations must be ours.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import itertools
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "generated_code.md"
RUNS = {"pytorch": "torch", "keras on jax": "jax", "keras on torch": "torch", "jax": "jax"}
WIDTHS = (80, 91, 120, 33)


def layers_of(names: dict[str, Any], library: str) -> list[tuple[Any, Any]]:
    """Return weights (fan_in, fan_out) and biases of each layer as float64 arrays."""
    import numpy as np

    def array(value: Any) -> Any:
        if hasattr(value, "detach"):
            value = value.detach().double().numpy()
        return np.asarray(value).astype(np.float64)

    if library == "pytorch":
        linears = [m for m in names["model"] if hasattr(m, "weight") and m.weight.ndim == 2]
        return [(array(m.weight).T, array(m.bias)) for m in linears]
    if library == "keras":
        dense = [m for m in names["model"].layers if type(m).__name__ == "Dense"]
        return [(array(m.kernel.value), array(m.bias.value)) for m in dense]
    linears = [m for m in names["model"].layers if hasattr(m, "kernel")]
    return [(array(m.kernel[...]), array(m.bias[...])) for m in linears]


def run_program(code: str) -> tuple[dict[str, Any], str]:
    """Run a program as a script, and return its names and what it printed."""
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "program.py", "exec"), names)
    return names, printed.getvalue()


def check_schemes(library: str) -> None:
    """Print a row per scheme; stop at the first that is not drawn from its law."""
    import numpy as np

    from tests.core.test_code_generation import CASES, assert_drawn_from, experiment
    from tests.core.test_code_generation import assert_orthonormal_but_for_a_factor as orthonormal
    from winit_core.code_generation import as_code

    for choice, sampled_as in CASES:
        asked = experiment(schemes=(choice,), library=sampled_as, hidden_widths=WIDTHS)
        names, printed = run_program(as_code(asked, choice, library))
        layers = layers_of(names, library)
        if len(layers) != asked.depth + 1 or len(printed.splitlines()) != len(layers):
            raise AssertionError((choice, printed))
        furthest = 0.0
        for layer, (weight, bias) in enumerate(layers):
            law = asked.weight_law(0, layer)
            assert_drawn_from(bias, asked.bias_law(0, layer), copies=1)
            if choice.key == "lsuv":
                orthonormal(weight)
                continue
            assert_drawn_from(weight, law, copies=4 if choice.key == "looks_linear" else 1)
            if choice.key == "orthogonal" and law.std:
                orthonormal(weight)
            if law.std:
                furthest = max(furthest, abs(float(np.std(weight)) / law.std - 1))
        changed = ", ".join(
            f"{p.name} {choice.values[p.name]}"
            for p in choice.record.parameters
            if choice.values[p.name] != p.default
        )
        told = "made orthonormal, then scaled" if choice.key == "lsuv" else f"{furthest:.2%}"
        print(f"| {choice.label} | {changed} | {sampled_as} | {told} |")


def check_activations(library: str) -> None:
    """Print the largest difference of any activation from ours."""
    import numpy as np

    from tests.core.test_code_generation import experiment
    from winit_core import ACTIVATIONS, SchemeChoice
    from winit_core.code_generation import as_code

    z = np.linspace(-8, 8, 401).astype(np.float32)[:, None]
    worst = (0.0, "")
    for key in ACTIVATIONS:
        # One unit: weight 1, so the network is the activation, then a factor of 1.
        asked = experiment(activation=key, hidden_widths=(1,), input_width=1)
        code = as_code(asked, SchemeChoice("constant", {"weight": 1, "bias": 0}), library)
        names, _ = run_program(code)
        model = names["model"]
        if library == "pytorch":
            import torch

            theirs = model(torch.from_numpy(z)).detach().numpy()[:, 0]
        else:
            theirs = model(z)
            theirs = theirs.detach().numpy() if hasattr(theirs, "detach") else theirs
            theirs = np.asarray(theirs)[:, 0]
        ours = asked.activation.value(z)[:, 0]
        difference = float(np.max(np.abs(theirs - ours) / (1 + np.abs(ours))))
        worst = max(worst, (difference, key))
        if difference > 1e-5:
            raise AssertionError((library, key, difference))
    print(f"\nAll {len(ACTIVATIONS)} activations agree with ours to {worst[0]:.1e} ({worst[1]}).")


def check_formats(library: str) -> None:
    """Print what comes of an override and of the other number formats."""
    import numpy as np

    from tests.core.test_code_generation import experiment
    from winit_core import SchemeChoice
    from winit_core.code_generation import as_code
    from winit_core.experiment import LayerOverride

    for dtype, key in itertools.product(
        ("float16", "bfloat16", "float64"), ("he_normal", "lsuv", "looks_linear", "sparse")
    ):
        overrides = (LayerOverride(1, "orthogonal"), LayerOverride(-1, "zeros"))
        asked = experiment(
            dtype=dtype, overrides=overrides, hidden_widths=WIDTHS, activation="relu"
        )
        names, _ = run_program(as_code(asked, SchemeChoice(key), library))
        layers = layers_of(names, library)
        spectrum = np.linalg.svd(layers[1][0], compute_uv=False)
        if np.any(layers[-1][0]) or not np.allclose(spectrum, spectrum[0], rtol=0.03):
            raise AssertionError((library, dtype, key))
    print("\nLayer 2 orthogonal, the output layer 0, in float16, bfloat16 and float64: as asked.")


def run_one(library: str) -> None:
    """Write the section of one library to standard output."""
    print("| scheme | parameters | sampled as | std off by at most |")
    print("|---|---|---|---|")
    check_schemes(library)
    check_activations(library)
    check_formats(library)


def main() -> int:
    """Run every library in a process of its own."""
    if len(sys.argv) > 1:
        sys.path.insert(0, str(ROOT))
        run_one(sys.argv[1])
        return 0
    sys.path.insert(0, str(ROOT))
    from winit_core import Experiment, SchemeChoice
    from winit_core.code_generation import as_code

    packages = ("torch", "keras", "jax", "flax", "numpy")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    smallest = WIDTHS[-1] * 10
    parts = [
        "# The generated programs, run",
        "",
        "Written by `python3 docs/run_generated_code.py`; do not edit. Run with "
        f"{versions}, Python {sys.version.split()[0]}.",
        "",
        f"Every scheme on a network 70–{'–'.join(map(str, WIDTHS))}–10: the weights and biases of "
        "each layer passed the tests of the law (mean, std and bounds within 5 standard errors, "
        "Kolmogorov–Smirnov against the exact distribution). The last column is how far the std of "
        "the worst layer is from the law's. That is mostly the output layer with its "
        f"{smallest} weights, whose standard error is {1 / math.sqrt(2 * smallest):.1%} if they "
        "are normal, and more if most of them are 0.",
        "",
    ]
    for title, backend in RUNS.items():
        command = [sys.executable, __file__, title.split()[0]]
        environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_ENABLE_X64": "0"}
        if title.startswith("keras on jax"):
            environment["JAX_ENABLE_X64"] = "1"
        done = subprocess.run(
            command, env=environment, cwd=ROOT, check=False, capture_output=True, text=True
        )
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-4000:], title)
            return 1
        print(title, done.stdout.count("\n"))
        parts += [f"## {title}", "", done.stdout, ""]
    for library in ("pytorch", "keras", "jax"):
        code = as_code(Experiment((), "relu"), SchemeChoice("he_normal"), library)
        parts += [f"## An example: {library}", "", "```python", code.rstrip(), "```", ""]
    TARGET.write_text("\n".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
