"""How to draw from a law, as expressions that stand in any program: ``math.sqrt(2 / fan_in)``.

A formula is taken only where it gives the law of the layer to nine digits; elsewhere the numbers
themselves stand. A scheme that is new in the catalogue gets right code this way, if not the most
readable.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from winit_core.experiment import Experiment
from winit_core.schemes import LayerContext, SchemeChoice, calibration
from winit_core.schemes.laws import (
    Identity,
    Law,
    MirroredOrthogonal,
    Normal,
    Orthogonal,
    PointMass,
    Shifted,
    Sparse,
    TruncatedNormal,
    Uniform,
    truncated_normal_std,
)

_CUT = 2.0
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Recipe:
    """A kind of law with its numbers as expressions of ``fan_in``, ``fan_out`` and ``math``.

    Attributes
    ----------
    kind
        ``"constant"`` (value), ``"normal"`` (mean, std), ``"uniform"`` (mean, bound),
        ``"truncated_normal"`` (std of the parent, cut in such stds), ``"orthogonal"`` (gain),
        ``"identity"`` (gain), ``"sparse"`` (zeros per line, std, per_unit) or ``"mirrored"``
        (gain, mirrored_in, mirrored_out).
    arguments
        (name, expression) of each number.
    """

    kind: str
    arguments: tuple[tuple[str, str], ...]

    def __getitem__(self, name: str) -> str:
        return dict(self.arguments)[name]

    def numbers(self, fan_in: int, fan_out: int) -> dict[str, float]:
        """Return the values of the expressions for one shape."""
        names: dict[str, object] = {
            "math": math,
            "fan_in": fan_in,
            "fan_out": fan_out,
            "__builtins__": {"True": True, "False": False},
        }
        # Expressions of this module only, never anything a user wrote.
        return {name: float(eval(text, names)) for name, text in self.arguments}

    @property
    def text(self) -> str:
        """All expressions, to see what they use."""
        return " ".join(text for _, text in self.arguments)


@dataclass(frozen=True)
class Scaling:
    """A scheme that is a case of variance scaling: Var W = gain² scale / fan."""

    gain: float
    scale: float
    mode: str
    slope: float | None = None

    def root(self, factor: int) -> str:
        """Return the expression of √(factor · Var W)."""
        mean_of_fans = self.mode == "fan_avg"
        top = factor * (2 if mean_of_fans else 1)
        divisor = {
            "fan_in": "fan_in",
            "fan_out": "fan_out",
            "fan_avg": "(fan_in + fan_out)",
        }.get(self.mode, "math.sqrt(fan_in * fan_out)")
        if self.slope:
            upper = f"{2 * top} / (1 + {number(self.slope)} ** 2)"
        else:
            upper = number(top * self.scale)
        root = f"math.sqrt({upper} / {divisor})"
        return root if self.gain == 1 else f"{number(self.gain)} * {root}"


@dataclass(frozen=True)
class LayerPlan:
    """What one layer is made with.

    Attributes
    ----------
    choice
        The scheme, overrides heeded.
    weight, bias
        How its weights and biases are drawn.
    calibration
        (tol, max_attempts) of a layer that is then adjusted to the batch, else None.
    """

    choice: SchemeChoice
    weight: Recipe
    bias: Recipe
    calibration: tuple[float, int] | None


@dataclass(frozen=True)
class Plan:
    """A network to be written in some library's words."""

    experiment: Experiment
    choice: SchemeChoice
    layers: tuple[LayerPlan, ...]

    @property
    def groups(self) -> list[tuple[tuple[int, ...], LayerPlan]]:
        """Layers that are made alike, the largest group last: (indices, how)."""
        found: dict[LayerPlan, list[int]] = {}
        for index, layer in enumerate(self.layers):
            found.setdefault(layer, []).append(index)
        largest = max(found, key=lambda plan: (len(found[plan]), found[plan][0]))
        ordered = [plan for plan in found if plan != largest] + [largest]
        return [(tuple(found[plan]), plan) for plan in ordered]

    @property
    def kinds(self) -> set[str]:
        """The kinds of recipe for weights that occur."""
        return {layer.weight.kind for layer in self.layers}

    @property
    def calibrated(self) -> tuple[int, ...]:
        """The layers that are adjusted to a batch."""
        return tuple(i for i, layer in enumerate(self.layers) if layer.calibration is not None)


def make_plan(experiment: Experiment, choice: SchemeChoice) -> Plan:
    """Return how every layer of the network with this scheme is made.

    Raises
    ------
    NotImplementedError
        For a scheme whose law or calibration has no code.
    """
    layers = []
    for layer, shape in enumerate(experiment.layer_shapes):
        context = experiment.layer_context(layer)
        held = experiment.choice_at(0, layer)
        weight_law, bias_law = experiment.weight_law(0, layer), experiment.bias_law(0, layer)
        layers.append(
            LayerPlan(
                held,
                _chosen(_weight_formulas(held, context, weight_law), weight_law, shape),
                _chosen(_bias_formulas(held), bias_law, shape),
                _calibration(held),
            )
        )
    return Plan(experiment, choice, tuple(layers))


def _calibration(choice: SchemeChoice) -> tuple[float, int] | None:
    calibrate = choice.record.calibrate
    if calibrate is None:
        return None
    if calibrate is not calibration.unit_std:
        raise NotImplementedError(f"there is no code for the step after drawing of {choice.key}")
    return choice.values.number("tol"), int(choice.values.number("max_attempts"))


def _chosen(formulas: Iterator[Recipe], law: Law, shape: tuple[int, int]) -> Recipe:
    """Return the first formula that gives the law, else its numbers."""
    exact = recipe_of(law)
    wanted = exact.numbers(*shape)
    for formula in formulas:
        if formula.kind == exact.kind:
            numbers = formula.numbers(*shape)
            if all(
                math.isclose(numbers[name], wanted[name], rel_tol=_TOLERANCE) for name in wanted
            ):
                return formula
    return exact


def number(value: float) -> str:
    """Return the shortest text that reads back as the same number: 2, 0.1, 1e-06."""
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(float(value))


def recipe_of(law: Law) -> Recipe:
    """Return the recipe of a law with its numbers written out."""
    offset = 0.0
    if isinstance(law, Shifted):
        offset, law = law.offset, law.law
    mean = number(offset)
    match law:
        case PointMass(value):
            return Recipe("constant", (("value", number(value + offset)),))
        case Normal(std):
            return Recipe("normal", (("mean", mean), ("std", number(std))))
        case Uniform(bound):
            return Recipe("uniform", (("mean", mean), ("bound", number(bound))))
        case TruncatedNormal(std, cut) if offset == 0:
            return Recipe("truncated_normal", (("std", number(std)), ("cut", number(cut))))
        case Orthogonal(_, _, gain) if offset == 0:
            return Recipe("orthogonal", (("gain", number(gain)),))
        case Identity(_, _, gain) if offset == 0:
            return Recipe("identity", (("gain", number(gain)),))
        case Sparse(_, _, zeros, std, per_unit) if offset == 0:
            return _sparse(str(zeros), std, per_unit)
        case MirroredOrthogonal(_, _, gain, mirrored_in, mirrored_out) if offset == 0:
            return Recipe(
                "mirrored",
                (
                    ("gain", number(gain)),
                    ("mirrored_in", str(mirrored_in)),
                    ("mirrored_out", str(mirrored_out)),
                ),
            )
    raise NotImplementedError(f"there is no code for the law {law}")


def _sparse(zeros: str, std: float, per_unit: bool) -> Recipe:
    return Recipe("sparse", (("zeros", zeros), ("std", number(std)), ("per_unit", str(per_unit))))


def scaling_of(choice: SchemeChoice) -> Scaling | None:
    """Return the scheme as a case of variance scaling, if it is one."""
    values: Mapping[str, object] = choice.values
    kind, _, _ = choice.key.rpartition("_")
    if kind in ("lecun", "glorot"):
        gain = choice.values.number("gain")
        return Scaling(gain, 1.0, "fan_in" if kind == "lecun" else "fan_avg")
    if kind == "he":
        slope = choice.values.number("slope")
        scale = 2 / (1 + slope**2)
        return Scaling(choice.values.number("gain"), scale, str(values["mode"]), slope)
    if choice.key == "variance_scaling":
        return Scaling(1.0, choice.values.number("scale"), str(values["mode"]))
    return None


def _uniform(bound: str) -> Recipe:
    return Recipe("uniform", (("mean", "0"), ("bound", bound)))


_BOUND_OF_FAN_IN = _uniform("1 / math.sqrt(fan_in)")


def _weight_formulas(choice: SchemeChoice, context: LayerContext, law: Law) -> Iterator[Recipe]:
    values = choice.values
    scaling = scaling_of(choice)
    if scaling is not None:
        yield Recipe("normal", (("mean", "0"), ("std", scaling.root(1))))
        yield _uniform(scaling.root(3))
        shrinks = number(truncated_normal_std(_CUT))
        parent = f"{scaling.root(1)} / {shrinks}"
        yield Recipe("truncated_normal", (("std", parent), ("cut", number(_CUT))))
    elif choice.key == "torch_linear":
        yield _BOUND_OF_FAN_IN
    elif choice.key == "siren":
        yield _uniform("1 / fan_in")
        yield _uniform(f"math.sqrt(6 / fan_in) / {number(values.number('omega_0'))}")
    elif choice.key == "critical":
        sigma_w2 = float(f"{law.std**2 * context.fan_in:.12g}")
        root = f"math.sqrt({number(sigma_w2)} / fan_in)"
        yield Recipe("normal", (("mean", "0"), ("std", root)))
    elif choice.key == "sparse":
        sparsity, std = number(values.number("sparsity")), values.number("std")
        yield _sparse(f"math.ceil({sparsity} * fan_in)", std, True)
        yield _sparse(f"math.ceil({sparsity} * fan_out)", std, False)


def _bias_formulas(choice: SchemeChoice) -> Iterator[Recipe]:
    yield _BOUND_OF_FAN_IN
