"""Every scheme: one row in `ROWS`, and it is sampled as its law says.

Tolerances follow from the sample: a mean of n independent numbers may be off by K of its standard
errors. K = 5 is passed by chance once in two million.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy import integrate, special, stats

from winit_core import ACTIVATIONS, BoundActivation, Experiment, get_activation, simulate
from winit_core.draws import UnitDraws
from winit_core.errors import ExperimentError
from winit_core.parameters import Parameter
from winit_core.schemes import SCHEMES, LayerContext, SchemeChoice, recommended_gains
from winit_core.schemes.criticality import CriticalPoint, critical_point, mean_log_of_mean_square
from winit_core.schemes.laws import (
    Law,
    Normal,
    Orthogonal,
    PointMass,
    Shifted,
    TruncatedNormal,
    Uniform,
)
from winit_core.simulation import weights_and_bias

K = 5.0
SMALLEST_P = 2 * special.ndtr(-K)
SHAPES = {"square": (150, 150), "wide": (60, 400), "tall": (400, 60)}

Formula = Callable[[int, int], float]


@dataclass(frozen=True)
class Row:
    """What a scheme must be: its std from the literature, without the code under test."""

    key: str
    std: Formula
    params: Mapping[str, object] = field(default_factory=dict)
    mean: Formula = lambda i, o: 0.0
    copies: int = 1  # how often an independent number occurs


ROWS = (
    Row("zeros", lambda i, o: 0),
    Row("constant", lambda i, o: 0, mean=lambda i, o: 0.5),
    Row("small_normal", lambda i, o: 0.01),
    Row("large_normal", lambda i, o: 10),
    Row("glorot_uniform", lambda i, o: math.sqrt(6 / (i + o)) / math.sqrt(3)),
    Row("glorot_normal", lambda i, o: 5 / 3 * math.sqrt(2 / (i + o)), {"gain": 5 / 3}),
    Row("he_uniform", lambda i, o: math.sqrt(2 / i)),
    Row("he_normal", lambda i, o: math.sqrt(2 / i)),
    Row("he_normal", lambda i, o: math.sqrt(2 / (1.04 * o)), {"slope": 0.2, "mode": "fan_out"}),
    Row("he_uniform", lambda i, o: 3 * math.sqrt(4 / (i + o)), {"mode": "fan_avg", "gain": 3}),
    Row("normal", lambda i, o: 1),
    Row("uniform", lambda i, o: 0.05 / math.sqrt(3)),
    Row(
        "uniform",
        lambda i, o: 1 / math.sqrt(12),
        {"bound": 0.5, "mean": 0.5},
        mean=lambda i, o: 0.5,
    ),
    Row("truncated_normal", lambda i, o: 0.02),
    Row("truncated_normal", lambda i, o: 0.02 * 0.87962566103, {"std_of": "parent"}),
    Row("truncated_normal", lambda i, o: 0.5, {"std": 0.5, "cut": 0.7}),
    Row("lecun_uniform", lambda i, o: 1 / math.sqrt(i)),
    Row("lecun_normal", lambda i, o: 0.75 / math.sqrt(i), {"gain": 0.75}),
    Row("variance_scaling", lambda i, o: 1 / math.sqrt(i)),
    Row(
        "variance_scaling",
        lambda i, o: math.sqrt(3 / math.sqrt(i * o)),
        {"scale": 3, "mode": "fan_geo_avg", "distribution": "uniform"},
    ),
    Row(
        "variance_scaling",
        lambda i, o: math.sqrt(2 / o),
        {"scale": 2, "mode": "fan_out", "distribution": "normal"},
    ),
    Row("torch_linear", lambda i, o: 1 / math.sqrt(3 * i)),
    Row("orthogonal", lambda i, o: 2 / math.sqrt(max(i, o)), {"gain": 2}),
    Row(
        "identity",
        lambda i, o: 2 * math.sqrt((1 - 1 / max(i, o)) / max(i, o)),
        {"gain": 2},
        mean=lambda i, o: 2 / max(i, o),
    ),
    Row("sparse", lambda i, o: 0.01 * math.sqrt(1 - math.ceil(0.9 * i) / i)),
    Row(
        "sparse",
        lambda i, o: 3 * math.sqrt(1 - math.ceil(0.3 * o) / o),
        {"sparsity": 0.3, "std": 3, "per": "input"},
    ),
    Row("siren", lambda i, o: math.sqrt(2 / i) / 30),
    Row("lsuv", lambda i, o: 1 / math.sqrt(max(i, o))),
    Row(
        "random_walk",
        # E ln of a chi-square with n degrees of freedom: the activation is the identity here.
        lambda i, o: math.exp(-0.5 * (special.digamma(i / 2) + math.log(2 / i))) / math.sqrt(i),
    ),
    Row("looks_linear", lambda i, o: 1 / math.sqrt(max(i // 2, o // 2)), copies=4),
    Row("critical", lambda i, o: 1 / math.sqrt(i), {"target": "both"}),
)
CASES = list(itertools.product(ROWS, SHAPES))
IDS = [f"{row.key}-{dict(row.params)}-{shape}" for row, shape in CASES]


def law_of(row: Row, shape: tuple[int, int]) -> Law:
    context = LayerContext(*shape, activation=get_activation("identity"))
    return SchemeChoice(row.key, row.params).weight_law_at(context)


def test_every_scheme_has_a_row() -> None:
    assert {row.key for row in ROWS} == set(SCHEMES)


@pytest.mark.parametrize(("row", "shape"), CASES, ids=IDS)
def test_the_law_has_the_std_and_mean_of_the_literature(row: Row, shape: str) -> None:
    law = law_of(row, SHAPES[shape])
    assert law.std == pytest.approx(row.std(*SHAPES[shape]), rel=1e-9)
    assert law.mean == pytest.approx(row.mean(*SHAPES[shape]), rel=1e-12)


def central_moment(law: Law, power: int) -> float:
    low, high = law.support
    low, high = max(low, -4 * law.reach), min(high, 4 * law.reach)
    grid = np.linspace(low, high, 20001)
    smooth = integrate.simpson(law.density(grid) * (grid - law.mean) ** power, x=grid)
    atoms = sum(share * (value - law.mean) ** power for value, share in law.atoms)
    return float(smooth) + atoms


@pytest.mark.parametrize(("row", "shape"), CASES, ids=IDS)
def test_samples_have_the_moments_and_bounds_of_the_law(row: Row, shape: str) -> None:
    law = law_of(row, SHAPES[shape])
    weights = law.sample(UnitDraws(11, 3, SHAPES[shape])).astype(np.float64)
    low, high = law.support
    slack = 1e-6 * abs(weights).max()
    assert low - slack <= weights.min()
    assert weights.max() <= high + slack
    if law.std == 0:
        assert np.array_equal(weights, np.full_like(weights, np.float32(law.mean)))
        return
    count = weights.size / row.copies
    deviation = weights - law.mean
    second, fourth, eighth = (central_moment(law, power) for power in (2, 4, 8))
    assert second == pytest.approx(law.std**2, rel=1e-6)
    assert abs(deviation.mean()) <= K * law.std / math.sqrt(count)
    rounding = 1e-6
    error = K * math.sqrt(max(fourth - second**2, 0) / count) + rounding * second
    assert abs((deviation**2).mean() - second) <= error
    # The fourth moment stands for the kurtosis fourth / second².
    error = K * math.sqrt(max(eighth - fourth**2, 0) / count) + rounding * fourth
    assert abs((deviation**4).mean() - fourth) <= error


def exact_cdf(law: Law) -> Callable[[np.ndarray], np.ndarray] | None:
    """The distribution function of a law without atoms, from scipy."""
    match law:
        case Normal():
            return stats.norm(0, law.std).cdf  # type: ignore[no-any-return]
        case Uniform():
            return stats.uniform(-law.bound, 2 * law.bound).cdf  # type: ignore[no-any-return]
        case TruncatedNormal():
            frozen = stats.truncnorm(-law.cut, law.cut, 0, law.parent_std)
            return frozen.cdf  # type: ignore[no-any-return]
        case Shifted():
            inner = exact_cdf(law.law)
            return None if inner is None else lambda w: inner(w - law.offset)
        case Orthogonal():
            half = (max(law.fan_in, law.fan_out) - 1) / 2
            return stats.beta(half, half, -law.gain, 2 * law.gain).cdf  # type: ignore[no-any-return]
    return None


@pytest.mark.parametrize(("row", "shape"), CASES, ids=IDS)
def test_samples_follow_the_exact_distribution(row: Row, shape: str) -> None:
    law = law_of(row, SHAPES[shape])
    cdf = exact_cdf(law)
    if cdf is None:
        assert law.atoms or row.key == "looks_linear"
        return
    weights = law.sample(UnitDraws(12, 3, SHAPES[shape])).astype(np.float64).ravel()
    assert stats.kstest(weights, cdf, method="asymp").pvalue > SMALLEST_P


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.key}-{dict(row.params)}")
def test_the_other_entries_of_a_sparse_or_mirrored_matrix_follow_their_law_too(row: Row) -> None:
    if row.key not in ("sparse", "looks_linear"):
        return
    shape = SHAPES["wide"]
    weights = law_of(row, shape).sample(UnitDraws(13, 3, shape)).astype(np.float64)
    if row.key == "sparse":
        std = float(SchemeChoice(row.key, row.params).values.number("std"))
        assert stats.kstest(weights[weights != 0], stats.norm(0, std).cdf).pvalue > SMALLEST_P
        return
    block = weights[: shape[0] // 2, : shape[1] // 2].ravel()
    half = (shape[1] // 2 - 1) / 2
    assert stats.kstest(block, stats.beta(half, half, -1, 2).cdf).pvalue > SMALLEST_P


# What the records say


@pytest.mark.parametrize("key", SCHEMES)
def test_every_record_says_what_it_is_for_and_where_it_is_from(key: str) -> None:
    record = SCHEMES[key]
    assert record.key == key
    assert key.isascii()
    assert key == key.lower()
    for text in (record.label, record.formula, record.purpose, record.reference):
        assert text.strip() == text != ""
    assert record.purpose.endswith(".")
    assert len({parameter.name for parameter in record.parameters}) == len(record.parameters)


def test_the_first_schemes_keep_their_order_and_defaults() -> None:
    keys = ["zeros", "constant", "small_normal", "large_normal", "glorot_uniform"]
    keys += ["glorot_normal", "he_uniform", "he_normal", "normal"]
    assert list(SCHEMES)[: len(keys)] == keys
    assert SchemeChoice("small_normal").values["std"] == 0.01
    assert SchemeChoice("large_normal").values["std"] == 10
    assert dict(SchemeChoice("constant").values) == {"weight": 0.5, "bias": 0.1, "bias_std": 0}


def extremes(parameter: Parameter) -> tuple[object, ...]:
    return parameter.choices or (parameter.minimum, parameter.default, parameter.maximum)


@pytest.mark.parametrize("key", SCHEMES)
def test_every_extreme_of_the_parameters_gives_a_finite_law(key: str) -> None:
    names = [p.name for p in SCHEMES[key].parameters]
    activations = [get_activation(a) for a in ("tanh", "relu", "gelu", "sigmoid")]
    for values in itertools.product(*(extremes(p) for p in SCHEMES[key].parameters)):
        choice = SchemeChoice(key, dict(zip(names, values, strict=True)))
        for activation, layer in itertools.product(activations, (0, 1, 2)):
            context = LayerContext(3, 2, layer, 2, activation)
            for law in (choice.weight_law_at(context), choice.bias_law_at(context)):
                assert math.isfinite(law.std)
                assert math.isfinite(law.mean)
                assert law.reach >= 0


# Biases


@pytest.mark.parametrize("key", SCHEMES)
def test_every_scheme_takes_a_constant_or_a_random_bias(key: str) -> None:
    params: dict[str, object] = {"bias": 0.25, "bias_std": 0.0}
    if SCHEMES[key].parameters[-3:-2] and SCHEMES[key].parameters[-3].name == "bias_rule":
        params["bias_rule"] = "set"
    assert SchemeChoice(key, params).bias_law(10, 20) == PointMass(0.25)
    params["bias_std"] = 0.5
    assert SchemeChoice(key, params).bias_law(10, 20) == Shifted(Normal(0.5), 0.25)


@pytest.mark.parametrize("key", sorted(set(SCHEMES) - {"constant", "torch_linear", "siren"}))
def test_biases_are_zero_unless_the_scheme_says_otherwise(key: str) -> None:
    assert SchemeChoice(key).bias_law(10, 20) == PointMass(0.0)


def test_torch_linear_draws_its_biases_like_its_weights() -> None:
    assert SchemeChoice("torch_linear").bias_law(16, 20) == Uniform(0.25)
    experiment = Experiment(("torch_linear",), hidden_widths=(30, 40))
    _, bias = weights_and_bias(experiment, 0, 1)
    assert bias is not None
    assert bias.shape == (40,)
    assert np.abs(bias).max() <= 1 / math.sqrt(30)
    assert len(np.unique(bias)) == 40


# Gains


def test_recommended_gains_put_torch_beside_the_exact_ones() -> None:
    tanh = recommended_gains("tanh")
    assert tanh.torch == 5 / 3
    assert tanh.forward == pytest.approx(1.592537, abs=1e-6)
    assert tanh.backward == pytest.approx(1.467414, abs=1e-6)
    assert recommended_gains("gelu").torch is None
    assert recommended_gains(get_activation("leaky_relu", slope=0.3)).torch == pytest.approx(
        recommended_gains(get_activation("leaky_relu", slope=0.3)).forward
    )


@pytest.mark.parametrize("key", SCHEMES)
def test_with_gain_gives_the_std_that_the_gain_names(key: str) -> None:
    choice = SchemeChoice(key).with_gain(1.25)
    if SCHEMES[key].unit_gain is None:
        assert choice == SchemeChoice(key)
        return
    law = choice.weight_law(50, 50)
    assert math.sqrt(50 * (law.std**2 + law.mean**2)) == pytest.approx(1.25)


# Schemes that depend on the layer, the activation or the data


def test_siren_begins_with_another_interval() -> None:
    experiment = Experiment(("siren",), hidden_widths=(30, 30))
    assert experiment.weight_law(0, 0) == Uniform(1 / 64)
    assert experiment.weight_law(0, 1) == Uniform(math.sqrt(6 / 30) / 30)
    assert experiment.weight_law(0, 2) == Uniform(math.sqrt(6 / 30) / 30)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu", "softplus"])
def test_lsuv_brings_every_layer_to_unit_std(activation: str) -> None:
    choice = SchemeChoice("lsuv", {"tol": 1e-4})
    run = simulate(Experiment((choice,), activation, hidden_widths=(60, 90, 40, 70))).runs[0]
    for layer in run.layers:
        assert layer.pre_activation_std == pytest.approx(1, abs=1e-4)


def test_lsuv_leaves_alone_what_is_within_its_tolerance() -> None:
    choice = SchemeChoice("lsuv", {"tol": 1.0})
    experiment = Experiment((choice,), "tanh", hidden_widths=(60, 60))
    law = experiment.weight_law(0, 1)
    drawn = law.sample(UnitDraws(0, 1, (60, 60)))
    assert np.array_equal(weights_and_bias(experiment, 0, 1)[0], drawn)


def test_lsuv_gives_up_on_a_signal_that_cannot_be_scaled() -> None:
    # A dead layer: its std is 0, or nothing but the bias.
    schemes = (SchemeChoice("lsuv", {"bias": -1e6}), "lsuv")
    experiment = Experiment(schemes, "relu", hidden_widths=(20, 20, 20), seed=3)
    for run in simulate(experiment).runs:
        assert all(math.isfinite(layer.weight_rms) for layer in run.layers)


def test_looks_linear_passes_a_relu_net_isometrically() -> None:
    experiment = Experiment(("looks_linear",), "relu", hidden_widths=(128,) * 12)
    layers = simulate(experiment).runs[0].layers
    for layer in layers[1:-1]:
        assert layer.pre_activation_rms == pytest.approx(layers[0].pre_activation_rms, rel=1e-5)
        assert layer.delta_rms == pytest.approx(layers[0].delta_rms, rel=1e-5)


# Random walk


@pytest.mark.parametrize(
    ("units", "expected"),
    [(8, -0.3987772698667566), (16, -0.1763973244070501), (32, -0.08254020809622686)],
)
def test_the_mean_log_of_a_he_relu_layer(units: int, expected: float) -> None:
    # The values of theory_values.json, from the mixture of chi-square laws.
    mean_log = mean_log_of_mean_square(get_activation("relu"), units)
    assert mean_log + math.log(2) == pytest.approx(expected, rel=1e-10)


def test_random_walk_agrees_with_the_published_fit() -> None:
    for width in (16, 64, 256):
        gain = SchemeChoice("random_walk").weight_law(
            width, width, activation=get_activation("relu")
        ).std * math.sqrt(width)
        fit = math.sqrt(2) * math.exp(1.2 / (width - 2.4))
        assert gain == pytest.approx(fit, rel=1.5e-3)


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_the_mean_log_is_that_of_a_simulation(key: str) -> None:
    activation, units = get_activation(key), 12
    z = np.random.default_rng(7).standard_normal((20000, units))
    with np.errstate(divide="ignore"):
        log = np.log((np.asarray(activation.value(z)) ** 2).mean(axis=1))
    log = log[np.isfinite(log)]
    error = K * log.std() / math.sqrt(len(log))
    assert abs(log.mean() - mean_log_of_mean_square(activation, units)) < error


# Criticality


def gaussian_mean(function: Callable[[np.ndarray], np.ndarray], q: float) -> float:
    """E f(√q Z) by a plain fine sum, unlike the quadrature under test."""
    z = np.linspace(-13, 13, 400_001)
    weight = np.exp(-0.5 * z**2)
    return float((function(math.sqrt(q) * z) * weight).sum() / weight.sum())


def chis(point: CriticalPoint, activation: BoundActivation) -> tuple[float, float]:
    """V(q)/q and chi_1 at the point."""
    forward = gaussian_mean(lambda z: np.asarray(activation.value(z)) ** 2, point.q)
    backward = gaussian_mean(lambda z: np.asarray(activation.derivative(z)) ** 2, point.q)
    kept = (point.sigma_w2 * forward + point.sigma_b2) / point.q
    return kept, point.sigma_w2 * backward


@pytest.mark.parametrize("q", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("key", ACTIVATIONS)
def test_critical_keeps_what_it_says(key: str, q: float) -> None:
    activation = get_activation(key)
    forward = critical_point(activation, "forward", q)
    assert (forward.q, forward.sigma_b2, forward.exact) == (q, 0, True)
    assert chis(forward, activation)[0] == pytest.approx(1, abs=1e-5)
    backward = critical_point(activation, "backward", q)
    assert (backward.q, backward.sigma_b2, backward.exact) == (q, 0, True)
    assert chis(backward, activation)[1] == pytest.approx(1, abs=1e-4)
    both = critical_point(activation, "both", q)
    assert both.sigma_w2 > 0
    assert both.sigma_b2 >= 0
    if both.exact:
        assert chis(both, activation) == pytest.approx((1, 1), abs=1e-4)
    else:
        kept, chi_1 = chis(both, activation)
        assert kept * chi_1 == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("key", "sigma_w2", "sigma_b2", "q"),
    [
        ("gelu", 1.9830583, 0.1729224, 3.5615528),
        ("silu", 1.9880047, 0.5551432, 14.3201736),
        ("mish", 2.0135241, 0.0945218, 1.6701692),
    ],
)
def test_half_stable_activations_are_set_to_their_own_point(
    key: str, sigma_w2: float, sigma_b2: float, q: float
) -> None:
    point = critical_point(get_activation(key), "both", 1.0)
    assert (point.sigma_w2, point.sigma_b2, point.q) == pytest.approx((sigma_w2, sigma_b2, q))


def test_what_has_no_edge_of_chaos_gets_a_compromise() -> None:
    for key in ("softplus", "sigmoid"):
        assert not critical_point(get_activation(key), "both", 1.0).exact


def test_critical_is_he_for_relu_and_starts_at_its_q() -> None:
    choice = SchemeChoice("critical", {"target": "both", "q": 3.0})
    experiment = Experiment((choice,), "relu", hidden_widths=(30, 40))
    assert experiment.weight_law(0, 1).std == pytest.approx(math.sqrt(2 / 30))
    assert experiment.weight_law(0, 0).std == pytest.approx(math.sqrt(3 / 64))
    assert experiment.bias_law(0, 1) == PointMass(0.0)
    tanh = Experiment((choice,), "tanh", hidden_widths=(30, 40))
    point = critical_point(tanh.activation, "both", 3.0)
    assert tanh.bias_law(0, 1).std == pytest.approx(math.sqrt(point.sigma_b2))
    assert point.sigma_b2 > 0


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(ExperimentError) as caught:
        SchemeChoice("torch_linear", {"gain": 2})
    assert caught.value.field == "gain"
