"""The frozen description of one experiment: all that fixes its numbers, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set, Sized
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import islice, pairwise
from typing import Any

import numpy as np

from winit_core.activations import ActivationLike, BoundActivation, get_activation
from winit_core.datasets import Dataset, find_dataset
from winit_core.errors import ExperimentError
from winit_core.parameters import Parameters, one_of, validated_integer, validated_key
from winit_core.precision import PRECISIONS, Precision
from winit_core.schemes import LayerContext, SchemeChoice
from winit_core.schemes.laws import Law
from winit_core.schemes.libraries import LIBRARIES, REFERENCE
from winit_core.translation import tr

LOSSES = ("cross_entropy", "mse")
DTYPES = tuple(PRECISIONS)
MAX_DEPTH = 1000
MAX_WIDTH = 4096
MAX_SCHEMES = 32
MAX_SEED = 2**32 - 1
MEMORY_LIMIT_BYTES = 2 * 2**30
OUTPUT_LAYER = -1


@dataclass(frozen=True)
class LayerOverride:
    """One layer that uses another scheme than the rest, in every network of the comparison.

    Parameters
    ----------
    layer
        0-based index of the layer; ``experiment.depth`` is the output layer, and so is -1,
        whatever the depth.
    choice
        Key or `SchemeChoice` of the scheme it uses.

    Raises
    ------
    ExperimentError
        Naming the field, its value and what it accepts.
    """

    layer: int
    choice: SchemeChoice

    def __post_init__(self) -> None:
        layer = validated_integer("layer", self.layer, OUTPUT_LAYER, MAX_DEPTH)
        object.__setattr__(self, "layer", layer)
        if isinstance(self.choice, str):
            object.__setattr__(self, "choice", _choice("choice", self.choice))
        elif not isinstance(self.choice, SchemeChoice):
            raise ExperimentError("choice", self.choice, tr("a scheme key or a SchemeChoice"))

    def index(self, depth: int) -> int:
        """Return the 0-based index of the layer in a network with `depth` hidden layers."""
        return depth if self.layer == OUTPUT_LAYER else self.layer


@dataclass(frozen=True)
class Experiment:
    """Which schemes are compared, on which network and which data.

    Parameters
    ----------
    schemes
        Keys or `SchemeChoice` objects, in the order asked; the same scheme may appear twice.
    activation
        Key or `BoundActivation` of every hidden layer; the output layer is linear.
    hidden_widths
        Units of each hidden layer, 1 to 1,000 layers of 1 to 4,096 units.
    batch_size
        Number of inputs, at most what the data set has.
    dataset
        ``"digits"`` (1,797 real images, 64 inputs), ``"gaussian"`` (any `input_width`), one of
        ``"moons"``, ``"spirals"``, ``"circles"`` (2 inputs, 2 classes), or the key of a table that
        `winit_core.files.tables.load_table` has read, which names its content.
    loss
        ``"cross_entropy"`` or ``"mse"`` against one-hot targets.
    seed
        Fixes every random number.
    dtype
        ``"float16"``, ``"bfloat16"``, ``"float32"`` or ``"float64"``; the first two are emulated,
        see `winit_core.precision`.
    input_width
        Number of inputs; None stands for the data set's own.
    library
        Whose way of sampling a named scheme is used: ``"reference"`` for the published one, or
        ``"pytorch"``, ``"keras"``, ``"jax"``. A scheme that a library lacks stays as it is.
    overrides
        `LayerOverride` objects, at most one per layer; kept in the order of the layers.

    Raises
    ------
    ExperimentError
        Naming the field, its value and what it accepts.
    """

    schemes: tuple[SchemeChoice, ...]
    activation: BoundActivation = "tanh"  # type: ignore[assignment]
    hidden_widths: tuple[int, ...] = (128,) * 10
    batch_size: int = 256
    dataset: str = "digits"
    loss: str = "cross_entropy"
    seed: int = 0
    dtype: str = "float32"
    input_width: int | None = None
    library: str = REFERENCE
    overrides: tuple[LayerOverride, ...] = ()

    def __post_init__(self) -> None:
        def settle(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        settle("schemes", _validated_schemes(self.schemes))
        settle("activation", _validated_activation(self.activation))
        settle("hidden_widths", _validated_widths(self.hidden_widths))
        settle("dataset", find_dataset(self.dataset).key)
        size = self.data.size
        settle("batch_size", validated_integer("batch_size", self.batch_size, 1, size))
        settle("loss", validated_key("loss", self.loss, LOSSES))
        settle("seed", validated_integer("seed", self.seed, 0, MAX_SEED))
        settle("dtype", validated_key("dtype", self.dtype, DTYPES))
        settle("input_width", self._validated_input_width())
        settle("library", validated_key("library", self.library, LIBRARIES))
        settle("overrides", _validated_overrides(self.overrides, self.depth))
        if self.bytes_per_scheme > MEMORY_LIMIT_BYTES:
            raise ExperimentError(
                "hidden_widths",
                tr(
                    "{layers} layers of up to {units} units",
                    layers=self.depth,
                    units=max(self.hidden_widths),
                ),
                tr(
                    "a network that fits into {limit:.0f} GiB; with a batch of {batch} "
                    "this one needs {need:.1f} GiB",
                    limit=MEMORY_LIMIT_BYTES / 2**30,
                    batch=self.batch_size,
                    need=self.bytes_per_scheme / 2**30,
                ),
            )

    def _validated_input_width(self) -> int:
        data = self.data
        if self.input_width is None:
            return data.default_width
        width = validated_integer("input_width", self.input_width, 1, MAX_WIDTH)
        if data.input_width not in (None, width):
            allowed = tr("{width} for {data}", width=data.input_width, data=self.dataset)
            raise ExperimentError("input_width", width, allowed)
        return width

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.hidden_widths)

    @property
    def data(self) -> Dataset:
        """What is fixed about its data: the number of classes, for example."""
        return find_dataset(self.dataset)

    @cached_property
    def layer_shapes(self) -> tuple[tuple[int, int], ...]:
        """(fan_in, fan_out) of every weight matrix, the output layer last."""
        assert self.input_width is not None
        widths = (self.input_width, *self.hidden_widths, self.data.classes)
        return tuple(pairwise(widths))

    @property
    def numpy_dtype(self) -> np.dtype[np.floating[Any]]:
        """The dtype of every array of the network: float32 also holds the 16-bit formats."""
        return self.precision.storage

    @property
    def precision(self) -> Precision:
        """The number format of the network."""
        return PRECISIONS[self.dtype]

    def choice_at(self, index: int, layer: int) -> SchemeChoice:
        """Return the scheme that one layer uses in the network of ``schemes[index]``."""
        for override in self.overrides:
            if override.index(self.depth) == layer:
                return override.choice
        return self.schemes[index]

    def layer_context(self, layer: int) -> LayerContext:
        """Return what the laws of a layer depend on."""
        return LayerContext(*self.layer_shapes[layer], layer, self.depth, self.activation)

    def weight_law(self, index: int, layer: int) -> Law:
        """Return the law that a layer's weights are drawn from, the library and overrides heeded.

        Of a data-dependent scheme it is the law before the weights have met the batch.
        """
        return self.choice_at(index, layer).weight_law_at(self.layer_context(layer), self.library)

    def bias_law(self, index: int, layer: int) -> Law:
        """Return the law that a layer's biases are drawn from."""
        return self.choice_at(index, layer).bias_law_at(self.layer_context(layer), self.library)

    @property
    def bytes_per_scheme(self) -> int:
        """Memory that the arrays of one scheme's forward and backward pass take."""
        weights = sum(fan_in * fan_out for fan_in, fan_out in self.layer_shapes)
        units = sum(fan_in + fan_out for fan_in, fan_out in self.layer_shapes)
        return int(self.numpy_dtype.itemsize * (weights + self.batch_size * units))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON and TOML can hold."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["schemes"] = [_table(c) for c in self.schemes]
        plain["overrides"] = [
            {"layer": o.layer, "choice": _table(o.choice)} for o in self.overrides
        ]
        plain["activation"] = {"key": self.activation.key, **self.activation.params}
        plain["hidden_widths"] = list(self.hidden_widths)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Experiment:
        """Return the experiment that `to_dict` described.

        Raises
        ------
        ExperimentError
            For an unknown key or any value that no experiment can have.
        """
        if not isinstance(plain, Mapping):
            raise ExperimentError("experiment", plain, tr("a table of fields and values"))
        known = [f.name for f in fields(cls)]
        values = dict(plain)
        for name in values:
            if name not in known:
                raise ExperimentError(f"{name}", values[name], one_of(known))
        schemes = values.get("schemes")
        if not isinstance(schemes, list | tuple):
            raise ExperimentError("schemes", schemes, tr("a list of schemes"))
        values["schemes"] = tuple(
            _choice(f"schemes[{index}]", given) for index, given in enumerate(schemes)
        )
        if isinstance(values.get("activation"), Mapping):
            table = dict(values["activation"])
            values["activation"] = BoundActivation(table.pop("key", None), Parameters(table))
        if isinstance(values.get("overrides"), list | tuple):
            values["overrides"] = tuple(
                _override(f"overrides[{index}]", given)
                for index, given in enumerate(values["overrides"])
            )
        return cls(**values)


def _table(choice: SchemeChoice) -> dict[str, Any]:
    return {"key": choice.key, **choice.values}


def _override(field: str, given: object) -> object:
    """Make an override from a table with a layer and a choice; leave other things as they are."""
    if not isinstance(given, Mapping):
        return given
    known = [f.name for f in fields(LayerOverride)]
    for name in given:
        if name not in known:
            raise ExperimentError(f"{field}.{name}", given[name], one_of(known))
    choice = _choice(f"{field}.choice", given.get("choice"))
    try:
        return LayerOverride(given.get("layer"), choice)  # type: ignore[arg-type]
    except ExperimentError as error:
        raise error.inside(field) from None


def _choice(field: str, given: object) -> SchemeChoice:
    """Make a choice from a key, or from a table with a key and parameters."""
    table = {"key": given} if isinstance(given, str) else given
    if not isinstance(table, Mapping):
        allowed = tr("a key, or a table with a key and parameters")
        raise ExperimentError(field, given, allowed)
    params = dict(table)
    try:
        return SchemeChoice(params.pop("key", None), params)
    except ExperimentError as error:
        raise error.inside(field) from None


def _listed(
    field: str, value: object, longest: int, counted: Callable[[str], str], allowed: str
) -> list[Any]:
    """Return the items of anything that has an order, however long it pretends to be.

    Parameters
    ----------
    field, value, longest, allowed
        What is looked at, and what it accepts.
    counted
        Says how many items there are, when there are too many.
    """
    if isinstance(value, str | bytes | bytearray | Mapping | Set) or not isinstance(
        value, Iterable
    ):
        raise ExperimentError(field, value, allowed)
    try:
        items = list(islice(value, longest + 1))
        count = len(value) if isinstance(value, Sized) else None
    except TypeError:  # an array without dimensions says it is iterable
        raise ExperimentError(field, value, allowed) from None
    if len(items) > longest:
        many = tr("more than {count}", count=longest) if count is None else str(count)
        raise ExperimentError(field, counted(many), allowed)
    return items


def _validated_schemes(schemes: object) -> tuple[SchemeChoice, ...]:
    allowed = tr(
        "a sequence of at most {count} scheme keys or SchemeChoice objects", count=MAX_SCHEMES
    )
    choices: list[SchemeChoice] = []
    listed = _listed(
        "schemes", schemes, MAX_SCHEMES, lambda many: tr("{many} schemes", many=many), allowed
    )
    for index, choice in enumerate(listed):
        if not isinstance(choice, str | SchemeChoice):
            raise ExperimentError(f"schemes[{index}]", choice, tr("a scheme key or a SchemeChoice"))
        choices.append(_choice(f"schemes[{index}]", choice) if isinstance(choice, str) else choice)
    return tuple(choices)


def _validated_overrides(overrides: object, depth: int) -> tuple[LayerOverride, ...]:
    allowed = tr("a sequence of LayerOverride objects, at most one per layer")
    by_layer: dict[int, LayerOverride] = {}
    listed = _listed(
        "overrides",
        overrides,
        MAX_DEPTH + 1,
        lambda many: tr("{many} overrides", many=many),
        allowed,
    )
    for index, override in enumerate(listed):
        if not isinstance(override, LayerOverride):
            raise ExperimentError(f"overrides[{index}]", override, tr("a LayerOverride"))
        layer = override.index(depth)
        if layer > depth:
            raise ExperimentError(
                f"overrides[{index}].layer",
                override.layer,
                tr(
                    "a layer of the network: 0 to {depth}, or {output} for the output layer",
                    depth=depth,
                    output=OUTPUT_LAYER,
                ),
            )
        if layer in by_layer:
            raise ExperimentError(
                f"overrides[{index}].layer",
                override.layer,
                tr("a layer that no other override has"),
            )
        by_layer[layer] = override
    return tuple(by_layer[layer] for layer in sorted(by_layer))


def _validated_activation(activation: ActivationLike) -> BoundActivation:
    if not isinstance(activation, str | BoundActivation):
        allowed = tr("an activation key or a BoundActivation")
        raise ExperimentError("activation", activation, allowed)
    return get_activation(activation)


def _validated_widths(widths: object) -> tuple[int, ...]:
    allowed = tr(
        "1 to {layers} hidden layers of 1 to {units} units each", layers=MAX_DEPTH, units=MAX_WIDTH
    )
    listed = _listed(
        "hidden_widths", widths, MAX_DEPTH, lambda many: tr("{many} layers", many=many), allowed
    )
    if not listed:
        raise ExperimentError("hidden_widths", tr("{many} layers", many=0), allowed)
    return tuple(
        validated_integer(f"hidden_widths[{index}]", width, 1, MAX_WIDTH)
        for index, width in enumerate(listed)
    )
