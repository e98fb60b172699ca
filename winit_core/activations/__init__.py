"""Activations: the catalogue, their formulas, and an activation with its parameters fixed."""

from winit_core.activations.catalogue import (
    ACTIVATIONS,
    Activation,
    ActivationLike,
    BoundActivation,
    Bounds,
    get_activation,
)
from winit_core.activations.formulas import Array

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "ActivationLike",
    "Array",
    "BoundActivation",
    "Bounds",
    "get_activation",
]
