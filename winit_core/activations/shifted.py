"""An activation behind a constant bias: f(z + offset) for a z whose mean is 0."""

from __future__ import annotations

from dataclasses import dataclass

from winit_core.activations import Array, BoundActivation


@dataclass(frozen=True)
class ShiftedActivation(BoundActivation):
    """z ↦ f(z + offset), with which a layer of constant bias has a pre-activation of mean 0.

    Bounds, label and record are those of f.
    """

    offset: float = 0.0

    @property
    def kinks(self) -> tuple[float, ...]:
        """Points where the derivative jumps, and those between which f bends, ascending."""
        bends = (-self.offset - self.scale, -self.offset, -self.offset + self.scale)
        return tuple(sorted({*bends, *(kink - self.offset for kink in super().kinks)}))

    @property
    def homogeneous(self) -> bool:
        """Never: the offset has a size."""
        return False

    @property
    def odd(self) -> bool:
        """Never: the offset has a sign."""
        return False

    @property
    def is_sine(self) -> bool:
        """No: the closed forms are for a phase of 0."""
        return False

    def value(self, z: Array) -> Array:
        """Return f(z + offset), elementwise."""
        return super().value(z + z.dtype.type(self.offset))

    def derivative(self, z: Array) -> Array:
        """Return f′(z + offset), elementwise."""
        return super().derivative(z + z.dtype.type(self.offset))


def shifted_activation(activation: BoundActivation, offset: float) -> BoundActivation:
    """Return z ↦ f(z + offset): the activation itself where the offset is 0."""
    if offset == 0:
        return activation
    return ShiftedActivation(activation.key, activation.params, offset)
