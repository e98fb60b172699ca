"""A scheme with its parameters fixed, and the gains that go with an activation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from winit_core.activations import ActivationLike, BoundActivation, get_activation
from winit_core.errors import ExperimentError
from winit_core.parameters import Parameters, complete, validated_key
from winit_core.schemes.laws import Law
from winit_core.schemes.libraries import LIBRARIES, REFERENCE, LibraryEntry
from winit_core.schemes.records import SCHEMES, Scheme
from winit_core.schemes.rules import LawRule, LayerContext
from winit_core.theory.mean_field import backward_gain, forward_gain
from winit_core.translation import tr


@dataclass(frozen=True)
class SchemeChoice:
    """A scheme with its parameters fixed; hashable, comparable.

    Raises
    ------
    ExperimentError
        For an unknown key, an unknown parameter or a value outside its range.
    """

    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        validated_key("key", self.key, SCHEMES)
        if not isinstance(self.params, Mapping):
            raise ExperimentError(
                tr("params"), self.params, tr("a mapping of parameter names to values")
            )
        params = complete(SCHEMES[self.key].parameters, self.params)
        object.__setattr__(self, "params", params)

    @property
    def record(self) -> Scheme:
        """The catalogue's entry."""
        return SCHEMES[self.key]

    @property
    def label(self) -> str:
        """Name on screen."""
        return self.record.label

    @property
    def values(self) -> Parameters:
        """All parameters with their values, in the record's order."""
        assert isinstance(self.params, Parameters)
        return self.params

    @property
    def weight_values(self) -> dict[str, object]:
        """The parameters of the weights alone."""
        return {p.name: self.values[p.name] for p in self.record.weight_parameters}

    def weight_law(
        self,
        fan_in: int,
        fan_out: int,
        layer: int = 1,
        depth: int = 2,
        activation: BoundActivation | None = None,
        library: str = REFERENCE,
    ) -> Law:
        """Return the law of the weights of one layer: some layer in the middle if not told which.

        For a layer of an experiment ask `Experiment.weight_law`.
        """
        context = _context(fan_in, fan_out, layer, depth, activation)
        return self.weight_law_at(context, library)

    def bias_law(
        self,
        fan_in: int,
        fan_out: int,
        layer: int = 1,
        depth: int = 2,
        activation: BoundActivation | None = None,
        library: str = REFERENCE,
    ) -> Law:
        """Return the law of the biases of one layer, as `weight_law` does."""
        context = _context(fan_in, fan_out, layer, depth, activation)
        return self.bias_law_at(context, library)

    def weight_law_at(self, context: LayerContext, library: str = REFERENCE) -> Law:
        """Return the law of the weights of the layer, as the library draws them."""
        rule: LawRule = self.record.weight_law
        entry = library_entry(self, library)
        if entry is not None and entry.weight_law is not None:
            rule = entry.weight_law
        return rule(context, **self.weight_values)

    def bias_law_at(self, context: LayerContext, library: str = REFERENCE) -> Law:
        """Return the law of the biases of the layer, as the library draws them."""
        rule: LawRule = self.record.bias_law
        entry = library_entry(self, library)
        if entry is not None and entry.bias_law is not None:
            rule = entry.bias_law
        return rule(context, **self.values)

    def with_gain(self, gain: float) -> SchemeChoice:
        """Return the scheme with its parameter `gain` set so that std √fan_in is `gain`.

        That is for a square layer; `recommended_gains` are such numbers. A scheme without a gain
        comes back as it is.

        Raises
        ------
        ExperimentError
            If that takes a parameter outside its range.
        """
        if self.record.unit_gain is None:
            return self
        unit = self.record.unit_gain(**self.weight_values)
        return SchemeChoice(self.key, {**self.values, "gain": gain / unit})


def _context(
    fan_in: int, fan_out: int, layer: int, depth: int, activation: BoundActivation | None
) -> LayerContext:
    if activation is None:
        return LayerContext(fan_in, fan_out, layer, depth)
    return LayerContext(fan_in, fan_out, layer, depth, activation)


def library_entry(choice: SchemeChoice, library: str) -> LibraryEntry | None:
    """Return how a library has the scheme; None for the reference, or if it has no such scheme.

    Raises
    ------
    ExperimentError
        For an unknown library.
    """
    validated_key("library", library, LIBRARIES)
    return choice.record.libraries.get(library)


class RecommendedGains(NamedTuple):
    """Gains g of std = g / √fan_in for one activation.

    Attributes
    ----------
    torch
        ``torch.nn.init.calculate_gain``; None where PyTorch knows no gain.
    forward, backward
        What keeps E z² and E (dL/dz)² at E z² = 1, by quadrature.
    """

    torch: float | None
    forward: float
    backward: float


def recommended_gains(activation: ActivationLike) -> RecommendedGains:
    """Return PyTorch's gain for an activation beside the two exact ones."""
    bound = get_activation(activation)
    return RecommendedGains(bound.torch_gain, forward_gain(bound), backward_gain(bound))
