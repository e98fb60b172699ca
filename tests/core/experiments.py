"""Any experiment there is, small enough to be described in a test: strategies for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from winit_core.activations import ACTIVATIONS, BoundActivation
from winit_core.datasets import DATASETS
from winit_core.experiment import DTYPES, LOSSES, MAX_SEED, Experiment, LayerOverride
from winit_core.parameters import Parameter, Parameters
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.schemes.libraries import LIBRARIES


def values(parameter: Parameter) -> st.SearchStrategy[object]:
    """Return any value of a parameter, its default often."""
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    anything = st.floats(parameter.minimum, parameter.maximum, allow_nan=False)
    return st.just(parameter.default) | anything


@st.composite
def choices(draw: st.DrawFn) -> SchemeChoice:
    record = SCHEMES[draw(st.sampled_from(tuple(SCHEMES)))]
    return SchemeChoice(record.key, {p.name: draw(values(p)) for p in record.parameters})


@st.composite
def activations(draw: st.DrawFn) -> BoundActivation:
    record = ACTIVATIONS[draw(st.sampled_from(tuple(ACTIVATIONS)))]
    given = {p.name: draw(values(p)) for p in record.parameters}
    return BoundActivation(record.key, Parameters(given))  # type: ignore[arg-type]


@st.composite
def experiments(draw: st.DrawFn, widest: int = 200, deepest: int = 12) -> Experiment:
    dataset = draw(st.sampled_from(tuple(DATASETS)))
    depth = draw(st.integers(1, deepest))
    widths = st.lists(st.integers(1, widest), min_size=depth, max_size=depth)
    layers = draw(st.sets(st.integers(-1, depth - 1), max_size=3))
    free = DATASETS[dataset].input_width is None
    return Experiment(
        schemes=tuple(draw(st.lists(choices(), max_size=6))),
        activation=draw(activations()),
        hidden_widths=tuple(draw(widths | st.just([128] * depth))),
        batch_size=draw(st.integers(1, DATASETS[dataset].size) | st.just(256)),
        dataset=dataset,
        loss=draw(st.sampled_from(LOSSES)),
        seed=draw(st.integers(0, MAX_SEED)),
        dtype=draw(st.sampled_from(DTYPES)),
        input_width=draw(st.integers(1, widest) | st.none()) if free else None,
        library=draw(st.sampled_from(LIBRARIES)),
        overrides=tuple(LayerOverride(layer, draw(choices())) for layer in sorted(layers)),
    )
