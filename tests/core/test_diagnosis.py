from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.datasets import DATASETS
from winit_core.diagnosis import (
    Diagnosis,
    Finding,
    Kind,
    Remedy,
    diagnose,
    error_ratio,
    mended,
    ratio_scatter,
)
from winit_core.experiment import DTYPES, LOSSES, Experiment, LayerOverride
from winit_core.prediction import predict
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import SchemeRun, simulate
from winit_core.statistics import LayerStatistics

HEALTHY = LayerStatistics(
    fan_in=128,
    fan_out=128,
    weight_mean=0.0,
    weight_std=0.1,
    weight_rms=0.1,
    pre_activation_mean=0.0,
    pre_activation_std=1.0,
    pre_activation_rms=1.0,
    activation_mean=0.0,
    activation_std=0.5,
    activation_rms=0.5,
    delta_rms=0.01,
    grad_weight_rms=0.01,
    saturated_fraction=0.0,
    dead_fraction=0.0,
    distinct_units=128,
)


def _run(loss: float = 2.3, **changes: dict[int, Any]) -> SchemeRun:
    """Make a run of four layers that is healthy but for ``field={layer: value}``."""
    layers = [HEALTHY] * 4
    for name, values in changes.items():
        for index, value in values.items():
            layers[index] = dataclasses.replace(layers[index], **{name: value})
    experiment = Experiment(("glorot_normal",), hidden_widths=(128,) * 3)
    return SchemeRun(experiment, 0, tuple(layers), loss)


def _simulated(scheme: Any, activation: str = "tanh", **changes: Any) -> Diagnosis:
    return diagnose(simulate(Experiment((scheme,), activation, **changes)).runs[0])


def _kinds(diagnosis: Diagnosis) -> list[str]:
    return [finding.kind.value for finding in diagnosis.findings]


def test_the_kinds_are_those_of_the_product_worst_first() -> None:
    assert [kind.value for kind in sorted(Kind, key=lambda kind: kind.severity)] == [
        "not_finite",
        "symmetric",
        "no_gradient",
        "dead",
        "exploding",
        "vanishing",
        "saturated",
        "drifting",
        "healthy",
    ]


# What each kind looks like in a real network: scheme, activation, depth, dtype and all it shows.
REAL = [
    ("large_normal", "relu", 40, "float32", ["not_finite"]),
    ("zeros", "tanh", 10, "float32", ["symmetric", "no_gradient", "dead"]),
    ("zeros", "sigmoid", 10, "float32", ["symmetric", "no_gradient"]),
    ("constant", "relu", 10, "float32", ["symmetric", "no_gradient"]),
    ("constant", "tanh", 10, "float32", ["symmetric", "no_gradient", "saturated"]),
    ("small_normal", "sigmoid", 30, "float32", ["no_gradient"]),
    ("small_normal", "sigmoid", 30, "float64", ["vanishing"]),
    ("large_normal", "tanh", 10, "float32", ["exploding", "saturated"]),
    ("large_normal", "relu", 10, "float32", ["exploding"]),
    ("small_normal", "tanh", 10, "float32", ["vanishing"]),
    ("glorot_normal", "sigmoid", 10, "float32", ["vanishing"]),
    ("normal", "tanh", 3, "float32", ["saturated"]),
    ("glorot_normal", "relu", 10, "float32", ["drifting"]),
    ("glorot_normal", "tanh", 10, "float32", ["healthy"]),
    ("he_normal", "relu", 10, "float32", ["healthy"]),
]


@pytest.mark.parametrize(("scheme", "activation", "depth", "dtype", "kinds"), REAL)
def test_every_kind_is_reached_by_a_real_network(
    scheme: str, activation: str, depth: int, dtype: str, kinds: list[str]
) -> None:
    diagnosis = _simulated(scheme, activation, hidden_widths=(128,) * depth, dtype=dtype)
    assert _kinds(diagnosis) == kinds
    assert diagnosis.verdict.value == kinds[0]
    assert diagnosis.worst is diagnosis.findings[0]


def test_units_that_die_are_found_in_a_real_network() -> None:
    # With every bias at -2 the first layer fires rarely, and what is left is too small for the
    # second: its z is N(-2, a fraction of 1).
    choice = SchemeChoice("he_normal", {"bias": -2.0})
    diagnosis = _simulated(choice, "relu", hidden_widths=(128,) * 3)
    assert diagnosis.verdict in (Kind.DEAD, Kind.NO_GRADIENT)
    dead = next(f for f in diagnosis.findings if f.kind is Kind.DEAD)
    assert dead.number > dead.threshold == 0.5
    assert dead.quantity == "dead_fraction"


def test_every_kind_is_among_the_real_networks() -> None:
    reached = {kind for *_, kinds in REAL for kind in kinds}
    assert reached == {kind.value for kind in Kind}


class TestNotFinite:
    @pytest.mark.parametrize("number", [math.inf, math.nan])
    @pytest.mark.parametrize(
        ("field", "layer"),
        [
            ("weight_rms", 2),
            ("pre_activation_rms", 0),
            ("activation_rms", 1),
            ("delta_rms", 3),
            ("grad_weight_rms", 0),
        ],
    )
    def test_any_size_that_is_not_finite_is_found(
        self, field: str, layer: int, number: float
    ) -> None:
        worst = diagnose(_run(**{field: {layer: number}})).worst
        assert (worst.kind, worst.layer, worst.quantity) == (Kind.NOT_FINITE, layer, field)
        assert repr(worst.number) == repr(number)

    def test_the_first_in_the_order_of_computation_is_named(self) -> None:
        everything = {
            "pre_activation_rms": {2: math.inf, 3: math.nan},
            "activation_rms": {1: math.inf, 2: math.inf},
            "delta_rms": {0: math.nan, 1: math.nan, 2: math.nan, 3: math.nan},
        }
        order = [("activation_rms", 1), ("pre_activation_rms", 2), ("activation_rms", 2)]
        order += [("pre_activation_rms", 3), ("loss", 3), ("delta_rms", 3), ("delta_rms", 2)]
        for field, layer in order:
            worst = diagnose(_run(math.nan if order else 2.3, **everything)).worst
            assert (worst.quantity, worst.layer) == (field, layer)
            if field == "loss":
                break
            everything[field].pop(layer)
        worst = diagnose(_run(**everything)).worst
        assert (worst.quantity, worst.layer) == ("delta_rms", 3)

    def test_a_loss_that_is_not_finite_is_found(self) -> None:
        worst = diagnose(_run(loss=math.inf)).worst
        assert (worst.kind, worst.quantity, worst.layer) == (Kind.NOT_FINITE, "loss", 3)


class TestSymmetric:
    def test_the_first_layer_of_one_unit_is_named(self) -> None:
        worst = diagnose(_run(distinct_units={1: 1, 2: 1})).worst
        assert (worst.kind, worst.layer, worst.number, worst.threshold) == (
            Kind.SYMMETRIC,
            1,
            1,
            128,
        )

    def test_two_units_are_enough_and_the_output_layer_does_not_count(self) -> None:
        assert _kinds(diagnose(_run(distinct_units={0: 2, 3: 1}))) == ["healthy"]

    def test_a_layer_of_width_one_is_not_symmetric(self) -> None:
        run = _run(distinct_units={0: 1}, fan_out={0: 1})
        assert Kind.SYMMETRIC not in [f.kind for f in diagnose(run).findings]

    def test_units_that_differ_but_receive_nothing_are_not_symmetric(self) -> None:
        # The signal underflows on the way up: z is 0 everywhere, yet the weights are all different.
        diagnosis = _simulated("small_normal", hidden_widths=(128,) * 60)
        assert Kind.SYMMETRIC not in [f.kind for f in diagnosis.findings]
        assert diagnosis.verdict is Kind.NO_GRADIENT
        run = simulate(Experiment(("small_normal",), hidden_widths=(128,) * 60)).runs[0]
        assert run.layers[-2].pre_activation_rms == 0
        assert run.layers[-2].distinct_units == 1


class TestNoGradient:
    def test_the_layer_nearest_the_output_is_named(self) -> None:
        finding = diagnose(_run(delta_rms={0: 0.0, 1: 0.0})).worst
        assert (finding.kind, finding.layer, finding.number) == (Kind.NO_GRADIENT, 1, 0.0)

    def test_what_is_nothing_but_rounding_is_nothing(self) -> None:
        finding = diagnose(_run(delta_is_rounding={0: True, 1: True})).worst
        assert (finding.kind, finding.layer, finding.number) == (Kind.NO_GRADIENT, 1, 0.01)

    def test_an_output_layer_without_error_is_named_as_such(self) -> None:
        diagnosis = diagnose(_run(delta_rms=dict.fromkeys(range(4), 0.0)))
        assert _kinds(diagnosis) == ["no_gradient"]
        assert diagnosis.worst.layer == 3


@pytest.mark.parametrize(
    ("ratio", "kind", "threshold"),
    [
        (1.0, Kind.HEALTHY, 10),
        (9.9, Kind.HEALTHY, 10),
        (10.1, Kind.DRIFTING, 10),
        (990.0, Kind.DRIFTING, 10),
        (1010.0, Kind.EXPLODING, 1000),
        (1e30, Kind.EXPLODING, 1000),
        (0.101, Kind.HEALTHY, 0.1),
        (0.099, Kind.DRIFTING, 0.1),
        (1.01e-3, Kind.DRIFTING, 0.1),
        (0.99e-3, Kind.VANISHING, 1e-3),
        (1e-30, Kind.VANISHING, 1e-3),
    ],
)
def test_the_error_ratio_is_judged_by_ten_and_a_thousand(
    ratio: float, kind: Kind, threshold: float
) -> None:
    run = _run(delta_rms={0: 0.01 * ratio})
    worst = diagnose(run).worst
    assert (worst.kind, worst.layer, worst.quantity) == (kind, 0, "delta_rms")
    assert worst.number == error_ratio(run) == pytest.approx(ratio)
    assert worst.threshold == pytest.approx(threshold)


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [
        (1e300, 1e-300, Kind.EXPLODING),
        (1e-300, 1e300, Kind.VANISHING),
        (5e-324, 1.0, Kind.VANISHING),
    ],
)
def test_a_ratio_beyond_the_range_of_float64_is_still_judged(
    first: float, last: float, kind: Kind
) -> None:
    assert diagnose(_run(delta_rms={0: first, 3: last})).verdict is kind


@pytest.mark.parametrize(
    ("field", "kind"), [("dead_fraction", Kind.DEAD), ("saturated_fraction", Kind.SATURATED)]
)
def test_more_than_half_of_the_worst_layer_counts(field: str, kind: Kind) -> None:
    assert _kinds(diagnose(_run(**{field: {0: 0.5, 1: 0.5}}))) == ["healthy"]
    worst = diagnose(_run(**{field: {0: 0.6, 1: 0.7, 2: 0.4}})).worst
    assert (worst.kind, worst.layer, worst.number) == (kind, 1, 0.7)
    assert (worst.threshold, worst.quantity) == (0.5, field)


def test_several_findings_are_listed_worst_first_and_none_of_them_is_healthy() -> None:
    run = _run(
        saturated_fraction={1: 0.9},
        dead_fraction={0: 0.9},
        distinct_units={2: 1},
        delta_rms={0: 0.1},
        pre_activation_rms={3: math.inf},
    )
    assert _kinds(diagnose(run)) == ["not_finite", "symmetric", "dead", "saturated"]


class TestNearThreshold:
    def test_it_is_two_standard_deviations_of_one_net(self) -> None:
        run = _run()
        scatter = ratio_scatter(run)
        prediction = predict(run.experiment, run.choice)
        assert prediction is not None
        assert scatter == prediction.error_scatter > 0
        for threshold in (-3, -1, 1, 3):
            for sigmas, near in ((1.9, True), (2.1, False)):
                for side in (-1, 1):
                    ratio = 10 ** (threshold + side * sigmas * scatter)
                    (finding,) = diagnose(_run(delta_rms={0: 0.01 * ratio})).findings
                    assert finding.near_threshold == near

    def test_only_the_error_ratio_can_be_near(self) -> None:
        run = _run(saturated_fraction={0: 0.51}, dead_fraction={0: 0.51})
        assert not any(finding.near_threshold for finding in diagnose(run).findings)

    @pytest.mark.parametrize(
        ("scheme", "activation", "factor"),
        # Of 32 saturated units a handful carries all the error: no first order in 1/width.
        [("he_normal", "relu", 1.4), ("large_normal", "tanh", 2), ("glorot_normal", "relu", 1.4)],
    )
    def test_the_scatter_is_that_of_real_networks(
        self, scheme: str, activation: str, factor: float
    ) -> None:
        runs = [
            simulate(
                Experiment((scheme,), activation, hidden_widths=(32,) * 8, batch_size=32, seed=seed)
            ).runs[0]
            for seed in range(60)
        ]
        measured = np.std([math.log10(error_ratio(run)) for run in runs], ddof=1)
        predicted = float(np.mean([ratio_scatter(run) for run in runs]))
        assert 1 / factor < measured / predicted < factor  # 60 nets measure it to 1 / √120


class TestRemedies:
    def test_they_can_be_looked_for_later(self) -> None:
        schemes = ("zeros", "small_normal", "large_normal", "he_normal")
        for run in simulate(Experiment(schemes, "relu", hidden_widths=(32,) * 12)).runs:
            plain, whole = diagnose(run, with_remedy=False), diagnose(run)
            assert all(finding.remedy is None for finding in plain.findings)
            assert mended(run, plain) == whole
            assert (whole.worst.remedy is None) is (whole.verdict is Kind.HEALTHY)

    @pytest.mark.parametrize("depth", [3, 10, 30])
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_every_remedy_makes_the_verdict_better(self, activation: str, depth: int) -> None:
        experiment = Experiment(
            ("zeros", "constant", "small_normal", "large_normal", "normal", *KNOWN_GOOD),
            activation,
            hidden_widths=(128,) * depth,
            batch_size=64,
        )
        after: dict[Experiment, Kind] = {}
        for run in simulate(experiment).runs:
            diagnosis = diagnose(run)
            remedy = diagnosis.worst.remedy
            assert all(finding.remedy == remedy for finding in diagnosis.findings)
            if diagnosis.verdict is Kind.HEALTHY:
                assert remedy is None
                continue
            assert remedy is not None
            changed = dataclasses.replace(experiment, **remedy.applied(experiment, run.index))
            alone = dataclasses.replace(changed, schemes=(changed.schemes[run.index],))
            if alone not in after:
                after[alone] = diagnose(simulate(alone).runs[0]).verdict
            assert after[alone] is Kind.HEALTHY

    def test_the_scheme_of_the_field_is_recommended_and_the_activation_kept(self) -> None:
        for activation, scheme in (
            ("tanh", SchemeChoice("glorot_normal")),
            ("identity", SchemeChoice("glorot_normal")),
            ("relu", SchemeChoice("he_normal")),
            ("elu", SchemeChoice("he_normal")),
            (get_activation("leaky_relu", slope=0.3), SchemeChoice("he_normal", {"slope": 0.3})),
        ):
            diagnosis = _simulated("small_normal", activation)
            assert diagnosis.worst.remedy == Remedy(scheme=scheme)

    def test_sigmoid_is_replaced_since_no_scheme_of_the_field_helps_it(self) -> None:
        remedy = _simulated("glorot_normal", "sigmoid").worst.remedy
        assert remedy == Remedy(activation=get_activation("tanh"))

    def test_no_remedy_is_offered_where_none_is_known(self) -> None:
        # 4,096 units against 10 outputs: the error per unit falls by √(10 / 4096) in the last step,
        # whatever the scheme.
        diagnosis = _simulated("he_normal", "relu", hidden_widths=(4096, 4096), batch_size=2)
        assert diagnosis.verdict is Kind.DRIFTING
        assert diagnosis.worst.remedy is None

    def test_a_layer_that_stays_broken_is_not_mended_by_another_scheme(self) -> None:
        experiment = Experiment(
            ("glorot_normal",), overrides=(LayerOverride(3, SchemeChoice("zeros")),)
        )
        diagnosis = diagnose(simulate(experiment).runs[0])
        assert diagnosis.verdict is Kind.SYMMETRIC
        assert diagnosis.worst.remedy is None

    def test_applying_changes_only_the_scheme_in_question(self) -> None:
        experiment = Experiment(("zeros", "large_normal", "zeros"))
        scheme, relu = SchemeChoice("he_normal"), get_activation("relu")
        assert Remedy(scheme=scheme).applied(experiment, 2) == {
            "schemes": (SchemeChoice("zeros"), SchemeChoice("large_normal"), scheme)
        }
        assert Remedy(activation=relu).applied(experiment, 0) == {"activation": relu}
        both = dataclasses.replace(experiment, **Remedy(scheme, relu).applied(experiment, 0))
        assert (both.schemes[0], both.activation) == (scheme, relu)


KNOWN_GOOD = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal")


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Return small networks of every kind, healthy or not."""
    keys = draw(st.lists(st.sampled_from(list(SCHEMES)), min_size=1, max_size=3))
    schemes: list[Any] = list(keys)
    if draw(st.booleans()):
        std = draw(st.sampled_from([0.0, 1e-30, 1e-3, 1.0, 1e3, 1e6]))
        schemes.append(SchemeChoice("normal", {"std": std}))
    return Experiment(
        schemes=schemes,
        activation=draw(st.sampled_from(list(ACTIVATIONS))),
        hidden_widths=draw(st.lists(st.integers(1, 24), min_size=1, max_size=30)),
        batch_size=draw(st.integers(1, 20)),
        dataset=draw(st.sampled_from(list(DATASETS))),
        loss=draw(st.sampled_from(LOSSES)),
        seed=draw(st.integers(0, 1000)),
        dtype=draw(st.sampled_from(DTYPES)),
    )


@settings(max_examples=150, deadline=None)
@given(experiments())
def test_nothing_goes_wrong_without_a_finding(experiment: Experiment) -> None:
    for run in simulate(experiment).runs:
        diagnosis = diagnose(run)
        kinds = [finding.kind for finding in diagnosis.findings]
        assert kinds
        assert kinds == sorted(set(kinds), key=lambda kind: kind.severity)
        assert (Kind.HEALTHY not in kinds) or kinds == [Kind.HEALTHY]
        sizes = [
            getattr(layer, name)
            for layer in run.layers
            for name in (
                "weight_rms",
                "pre_activation_rms",
                "activation_rms",
                "delta_rms",
                "grad_weight_rms",
            )
        ]
        all_finite = all(map(math.isfinite, [*sizes, run.loss]))
        assert (Kind.NOT_FINITE in kinds) != all_finite
        no_error = any(layer.delta_rms == 0 or layer.delta_is_rounding for layer in run.layers)
        assert (Kind.NO_GRADIENT in kinds) == no_error
        for finding in diagnosis.findings:
            assert isinstance(finding, Finding)
            assert 0 <= finding.layer <= experiment.depth
            assert (finding.remedy is None) or finding.kind is not Kind.HEALTHY


class TestWhatIsReportedBesides:
    def test_the_similarity_of_inputs_at_both_ends(self) -> None:
        # Nothing vanishes under He with ReLU, and yet the inputs merge.
        run = simulate(Experiment(("he_normal",), "relu", hidden_widths=(128,) * 20)).runs[0]
        diagnosis = diagnose(run)
        assert diagnosis.verdict is Kind.HEALTHY
        assert abs(diagnosis.similarity.inputs) < 0.1
        assert diagnosis.similarity.last_hidden > 0.9
        assert diagnosis.similarity == (run.input_similarity, run.layers[-2].similarity)

    def test_a_single_input_is_like_no_other(self) -> None:
        similarity = _simulated("he_normal", "relu", batch_size=1).similarity
        assert math.isnan(similarity.inputs)
        assert math.isnan(similarity.last_hidden)

    def test_a_loss_of_ln_10_is_recognised(self) -> None:
        assert _simulated("small_normal").loss_at_chance
        assert _simulated("zeros").loss_at_chance
        assert not _simulated("large_normal").loss_at_chance
        assert not _simulated("zeros", loss="mse").loss_at_chance
        chance = math.log(128)  # of the layers made here
        for factor, expected in ((1.0, True), (1.009, True), (0.991, True), (1.011, False)):
            assert diagnose(_run(loss=factor * chance)).loss_at_chance is expected
        assert not diagnose(_run(loss=math.nan)).loss_at_chance

    def test_where_numbers_are_lost_is_compared_with_theory(self) -> None:
        worst = _simulated("large_normal", "relu", hidden_widths=(128,) * 30).worst
        assert worst.kind is Kind.NOT_FINITE
        assert worst.predicted_layer == worst.layer
        # The error of a saturated net grows although its signal does not.
        deep = _simulated(
            SchemeChoice("normal", {"std": 100.0}), "tanh", hidden_widths=(256,) * 60
        ).worst
        if deep.kind is Kind.NOT_FINITE:
            assert deep.quantity in ("delta_rms", "grad_weight_rms")
            assert deep.predicted_layer is not None
        constant = _simulated(
            SchemeChoice("constant", {"weight": 1e6}), "relu", hidden_widths=(128,) * 10
        ).worst
        assert constant.kind is Kind.NOT_FINITE
        assert constant.predicted_layer is None
