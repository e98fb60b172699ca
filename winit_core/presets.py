"""Experiments worth starting from: textbook cases and published ones. Keys and numbers only."""

from __future__ import annotations

from typing import Any

from winit_core.activations import BoundActivation, get_activation
from winit_core.experiment import Experiment, LayerOverride
from winit_core.schemes import SchemeChoice


def _normal(std: float) -> SchemeChoice:
    return SchemeChoice("normal", {"std": std})


_COMPARED = ("zeros", "constant", "small_normal", "large_normal", "glorot_normal", "he_normal")
_SMALL_TO_LARGE = ("small_normal", "glorot_normal", "he_normal", "large_normal")


Schemes = tuple[str | SchemeChoice, ...]


def _experiment(
    schemes: Schemes, activation: str | BoundActivation = "tanh", **fields: Any
) -> Experiment:
    return Experiment(
        tuple(SchemeChoice(one) if isinstance(one, str) else one for one in schemes),
        get_activation(activation),
        **fields,
    )


def _ten_by_500(*schemes: str | SchemeChoice, activation: str) -> Experiment:
    """1,000 inputs of 500 standard normals through ten layers of 500."""
    return _experiment(
        schemes,
        activation,
        hidden_widths=(500,) * 10,
        dataset="gaussian",
        input_width=500,
        batch_size=1000,
    )


PRESETS: tuple[tuple[str, Experiment], ...] = (
    # Zero, constant, too small, too large, Xavier and He side by side.
    ("compare_tanh", _experiment(_COMPARED)),
    ("compare_relu", _experiment(_COMPARED, "relu")),
    # No symmetry is ever broken, and half a remedy: one layer that is.
    ("symmetry", _experiment(("zeros", "constant", "glorot_normal"), hidden_widths=(128,) * 3)),
    (
        "zero_output_layer",
        _experiment(("he_normal",), "relu", overrides=(LayerOverride(-1, SchemeChoice("zeros")),)),
    ),
    # What N(0, 0.01) means when it is read as a standard deviation, and as a variance.
    (
        "std_or_variance",
        _experiment((_normal(0.01), _normal(0.1), _normal(10.0), _normal(10**0.5))),
    ),
    # Karpathy's lecture on activation statistics (Stanford CS231n, 2016, lecture 5).
    ("cs231n_tanh_small", _ten_by_500(_normal(0.01), activation="tanh")),
    ("cs231n_tanh_large", _ten_by_500(_normal(1.0), activation="tanh")),
    (
        "cs231n_tanh_scaled",
        _ten_by_500("lecun_normal", activation="tanh"),
    ),
    (
        "cs231n_relu",
        _ten_by_500("lecun_normal", "he_normal", activation="relu"),
    ),
    # Glorot & Bengio 2010: the heuristic they argue against, and theirs.
    (
        "glorot_bengio",
        _experiment(("torch_linear", "glorot_uniform"), "tanh", hidden_widths=(1000,) * 5),
    ),
    ("sigmoid_vanishes", _experiment(("glorot_normal", "torch_linear"), "sigmoid")),
    # He et al. 2015, figure 3: thirty layers of rectifiers, which Xavier's scale stalls.
    (
        "he_30_layers",
        _experiment(("glorot_normal", "he_normal"), "relu", hidden_widths=(256,) * 30),
    ),
    # Standard normal weights, linear, 512 wide: float32 ends at layer 28.
    (
        "linear_overflow",
        _experiment(
            ("normal", "lecun_normal"),
            "identity",
            hidden_widths=(512,) * 50,
            dataset="gaussian",
            input_width=512,
            batch_size=200,
        ),
    ),
    ("half_precision", _experiment(_SMALL_TO_LARGE, "relu", dtype="float16")),
    # The layer that nobody initialized, against the scheme its name suggests.
    ("pytorch_default", _experiment(("torch_linear", "he_uniform"), "relu", library="pytorch")),
    ("keras_default", _experiment(("glorot_uniform", "he_uniform"), "relu", library="keras")),
    # Klambauer et al. 2017; the gain that torch.nn.init.calculate_gain gives for SELU is 3/4.
    (
        "selu",
        _experiment(
            ("lecun_normal", SchemeChoice("lecun_normal", {"gain": 0.75}), "he_normal"),
            "selu",
            hidden_widths=(256,) * 20,
        ),
    ),
    # He's scale under GELU has no balance; its own critical point needs a bias.
    (
        "gelu_critical",
        _experiment(
            ("he_normal", "critical", SchemeChoice("critical", {"target": "both"})),
            "gelu",
            hidden_widths=(256,) * 20,
        ),
    ),
    # Schoenholz et al. 2017: ordered, at the edge, chaotic.
    (
        "edge_of_chaos",
        _experiment(
            tuple(
                SchemeChoice("lecun_normal", {"gain": gain, "bias_std": 0.05**0.5})
                for gain in (0.8, 1.7609546396**0.5, 2.5)
            ),
            "tanh",
            hidden_widths=(256,) * 40,
        ),
    ),
    # Gradients fine, geometry lost: He keeps sizes, and inputs still merge.
    (
        "inputs_merge",
        _experiment(
            ("he_normal", "looks_linear", "orthogonal"),
            "relu",
            hidden_widths=(256,) * 30,
            dataset="gaussian",
        ),
    ),
    ("orthogonal", _experiment(("lecun_normal", "orthogonal"), hidden_widths=(256,) * 50)),
    (
        "siren",
        _experiment(
            ("siren", SchemeChoice("siren", {"omega_0": 1.0})),
            get_activation("sin", frequency=30.0),
            hidden_widths=(256,) * 4,
        ),
    ),
)
"""``(key, experiment)`` in the order of a menu."""
