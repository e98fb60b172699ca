"""A scheme and its network as a program of PyTorch, Keras or JAX that gives weights of its law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from winit_core.code_generation import jax, keras, pytorch
from winit_core.code_generation.recipes import Plan, make_plan
from winit_core.experiment import Experiment
from winit_core.parameters import validated_key
from winit_core.schemes import SchemeChoice

__all__ = ["CODE_LIBRARIES", "as_code"]

_PROGRAMS: Mapping[str, Callable[[Plan], str]] = MappingProxyType(
    {"pytorch": pytorch.program, "keras": keras.program, "jax": jax.program}
)
CODE_LIBRARIES: Mapping[str, str] = MappingProxyType(
    {"pytorch": "PyTorch", "keras": "Keras 3", "jax": "JAX with Flax NNX"}
)
"""Names on screen, by key."""


def as_code(experiment: Experiment, choice: SchemeChoice, library: str) -> str:
    """Return a program that makes the network with weights of exactly this law.

    The widths, the activation, the overrides, the number format and the seed are the
    experiment's; so is whose way of sampling a named scheme is used (`Experiment.library`). The
    random numbers are the library's own.

    Parameters
    ----------
    experiment
        The network; which schemes it compares does not matter.
    choice
        The scheme of the layers without an override.
    library
        A key of `CODE_LIBRARIES`: the language of the program.

    Raises
    ------
    ExperimentError
        For an unknown library.
    NotImplementedError
        For a law that was added to a catalogue and not here.
    """
    validated_key("library", library, CODE_LIBRARIES)
    return _PROGRAMS[library](make_plan(replace(experiment, schemes=(choice,)), choice))
