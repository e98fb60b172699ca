"""Every quantity is measured, and is what the core says of the same nets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.gui.lessons.writing import lesson, plain_step, write
from winit_core import Experiment, SchemeChoice, simulate
from winit_core.diagnosis import error_ratio
from winit_core.ensemble import simulate_seeds
from winit_core.errors import ExperimentError
from winit_core.prediction import predict
from winit_core.simulation import Simulation, SimulationStopped
from winit_core.training import train
from winit_core.training.settings import Training
from winit_gui.lessons import claims
from winit_gui.lessons.check import check
from winit_gui.lessons.claims import QUANTITIES, holds, measure
from winit_gui.lessons.laboratory import Laboratory
from winit_gui.lessons.lesson import Claim, Step
from winit_gui.lessons.quantities import Needs
from winit_gui.state import State, View

EXPERIMENT = Experiment(
    ("zeros", "small_normal", "glorot_uniform"),
    hidden_widths=(16,) * 3,
    batch_size=32,
)
TRAINING = Training(steps=20, batch_size=32, evaluate_every=5)
GLOROT = SchemeChoice("glorot_uniform")
SMALL = SchemeChoice("small_normal")


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    with Laboratory() as made:
        yield made


def step_of(seeds: int = 1, experiment: Experiment = EXPERIMENT) -> Step:
    state = replace(State.of(experiment, View(seeds=seeds)), training=TRAINING)
    return Step("A step", "Words.", "", state, train_to=TRAINING.steps)


def measured(
    laboratory: Laboratory,
    key: str,
    scheme: SchemeChoice | None = GLOROT,
    layer: int | None = None,
    step: int = 0,
    seeds: int = 1,
    experiment: Experiment = EXPERIMENT,
) -> float:
    claim = Claim(key, 0, 1, scheme=scheme, layer=layer, step=step)
    return measure(claim, step_of(seeds, experiment), laboratory)


@pytest.mark.parametrize("key", QUANTITIES)
def test_every_quantity_gives_a_number(laboratory: Laboratory, key: str) -> None:
    needs = QUANTITIES[key].needs
    value = measured(
        laboratory,
        key,
        step=TRAINING.steps if needs is Needs.TRAINING else 0,
        seeds=5 if needs is Needs.SEVERAL_NETS else 1,
    )
    assert isinstance(value, float)
    absent = {"not_finite_layer", "predicted_not_finite_layer", "diverged_step"}
    slow = {"steps_to_80", "steps_to_90", "steps_to_95", "steps_to_50"}
    assert math.isnan(value) or key not in absent
    endless = {"depth_scale_error", "depth_scale_similarity"}  # at the edge of chaos
    assert math.isfinite(value) or key in absent | slow | endless


def test_layers_are_those_of_the_simulation(laboratory: Laboratory) -> None:
    run = simulate(EXPERIMENT).runs[2]
    for name in (
        *("weight_mean", "weight_std", "weight_rms", "pre_activation_std", "pre_activation_rms"),
        *("activation_mean", "activation_std", "activation_rms", "delta_rms", "grad_weight_rms"),
        *("saturated_fraction", "dead_fraction", "distinct_units", "similarity"),
    ):
        for layer in range(4):
            wanted = getattr(run.layers[layer], name)
            assert measured(laboratory, name, layer=layer) == wanted
    assert measured(laboratory, "similarity") == run.layers[2].similarity
    assert measured(laboratory, "weight_std") == run.layers[0].weight_std
    assert measured(laboratory, "error_ratio") == error_ratio(run)
    first, last = run.layers[0], run.layers[-1]
    assert measured(laboratory, "grad_weight_ratio") == first.grad_weight_rms / last.grad_weight_rms
    assert (
        measured(laboratory, "signal_ratio") == run.layers[2].activation_rms / first.activation_rms
    )
    assert measured(laboratory, "update_ratio") == pytest.approx(
        0.1 * first.grad_weight_rms / first.weight_rms, rel=1e-12
    )
    assert measured(laboratory, "loss") == run.loss


def test_the_first_compared_scheme_is_meant_unless_told(laboratory: Laboratory) -> None:
    assert measured(laboratory, "law_std", scheme=None) == 0
    assert measured(laboratory, "law_std", scheme=SMALL) == 0.01
    bound = math.sqrt(6 / (64 + 16))
    assert measured(laboratory, "law_bound") == pytest.approx(bound, rel=1e-12)
    assert 0.9 * bound < measured(laboratory, "weight_largest") <= bound
    assert measured(laboratory, "law_bound", scheme=SMALL) == math.inf


def test_theory(laboratory: Laboratory) -> None:
    assert measured(laboratory, "sigma_w2") == pytest.approx(1.0)
    deep = replace(EXPERIMENT, activation="relu", schemes=("he_normal",))
    assert measured(laboratory, "chi_1", None, experiment=deep) == pytest.approx(1.0)
    assert measured(laboratory, "gain_forward", None, experiment=deep) == pytest.approx(2**0.5)
    biased = replace(EXPERIMENT, schemes=("critical",), activation="gelu")
    for experiment in (EXPERIMENT, deep, biased):
        prediction = predict(experiment, experiment.schemes[-1])
        assert prediction is not None
        for key in ("sigma_w2", "sigma_b2"):
            expected = getattr(prediction, key)
            choice = experiment.schemes[-1]
            assert measured(laboratory, key, choice, experiment=experiment) == expected
    constant = replace(EXPERIMENT, schemes=("constant",))
    assert math.isnan(measured(laboratory, "sigma_w2", None, experiment=constant))
    assert math.isnan(measured(laboratory, "predicted_error_ratio", None, experiment=constant))
    for key in ("activation_rms", "error_ratio"):
        ratio = measured(laboratory, f"predicted_{key}") / measured(laboratory, key)
        assert 0.5 < ratio < 2


def test_what_is_not_finite(laboratory: Laboratory) -> None:
    huge = replace(
        EXPERIMENT, schemes=("large_normal",), activation="relu", hidden_widths=(16,) * 40
    )
    layer = measured(laboratory, "not_finite_layer", None, experiment=huge)
    assert 15 < layer < 40
    run = simulate(huge).runs[0]
    assert not math.isfinite(run.layers[int(layer) - 1].pre_activation_rms)
    assert math.isfinite(run.layers[int(layer) - 2].pre_activation_rms)
    predicted = measured(laboratory, "predicted_not_finite_layer", None, experiment=huge)
    assert abs(predicted - layer) <= 2
    assert not holds(Claim("not_finite_layer", 0, 100), math.nan)
    assert holds(Claim("activation_rms", math.inf, math.inf), math.inf)


def test_training(laboratory: Laboratory) -> None:
    steps = list(train(EXPERIMENT, TRAINING))
    losses = [step.schemes[2].train_loss for step in steps]
    for step in (0, 7, 20):
        assert measured(laboratory, "train_loss", step=step) == losses[step]
    assert measured(laboratory, "late_train_loss", step=20) == np.mean(losses[-20:])
    accuracy = [step.schemes[2].held_out_accuracy for step in steps]
    assert measured(laboratory, "held_out_accuracy", step=10) == accuracy[10]
    assert measured(laboratory, "held_out_accuracy", step=14) == accuracy[10]
    halfway = measured(laboratory, "steps_to_50", step=20)
    reached = [n for n, share in enumerate(accuracy) if share is not None and share >= 0.5]
    assert halfway == reached[0] if reached else math.isnan(halfway)
    last = steps[-1].schemes[2].measured
    assert last is not None
    assert measured(laboratory, "weight_std", step=20) == last.layers[0].weight_std
    assert measured(laboratory, "weight_largest", step=20) != measured(laboratory, "weight_largest")


def test_a_training_that_diverges(laboratory: Laboratory) -> None:
    wild = replace(EXPERIMENT, schemes=("large_normal",), activation="relu")
    step = measured(laboratory, "diverged_step", None, step=20, experiment=wild)
    assert 1 <= step <= 20
    assert math.isnan(measured(laboratory, "diverged_step", None, step=0, experiment=wild))


def test_a_number_that_is_none_because_the_training_diverged_says_so(
    laboratory: Laboratory,
) -> None:
    wild = replace(EXPERIMENT, schemes=("large_normal",), activation="relu")
    claim = Claim("train_loss", -math.inf, math.inf, "loss", step=20)
    found = claims.measured(claim, step_of(1, wild), laboratory)
    where = measured(laboratory, "diverged_step", None, step=20, experiment=wild)
    assert math.isnan(found.value)
    assert f"“loss” is NaN (the training diverged at step {where:.0f})" in found.doubt
    before = claims.measured(replace(claim, step=0), step_of(1, wild), laboratory)
    assert before.reason == ""


def test_a_doubt_names_number_and_range() -> None:
    claim = Claim("activation_rms", 20, 40, "grown")
    assert claims.Measured(claim, 30).doubt == ""
    assert claims.Measured(claim, 9.2).doubt == "“grown” is 9.2, the file claims 20 to 40"
    assert "is 40.001, the file claims 20 to 40" in claims.Measured(claim, 40.001).doubt
    exact = Claim("error_ratio", 0, 0, says="nothing at all")
    assert claims.Measured(exact, 1).doubt == "“nothing at all” is 1, the file claims 0"


def test_several_nets(laboratory: Laboratory) -> None:
    nets = simulate_seeds(EXPERIMENT, 9)
    ratios = sorted(error_ratio(one.runs[2]) for one in nets.simulations)
    assert measured(laboratory, "error_ratio", seeds=9) == ratios[4]
    assert measured(laboratory, "error_ratio_low", seeds=9) == ratios[0]
    assert measured(laboratory, "error_ratio_high", seeds=9) == ratios[8]
    assert measured(laboratory, "error_ratio_scatter", seeds=9) == ratios[8] / ratios[0]
    assert measured(laboratory, "healthy_share", seeds=9) == 1
    assert measured(laboratory, "healthy_share", scheme=SMALL, seeds=9) == 0
    largest = measured(laboratory, "weight_largest", seeds=9)
    assert largest <= math.sqrt(6 / 80)


def test_results_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    from winit_gui.lessons import laboratory as module

    asked: list[Experiment] = []

    def counted(experiment: Experiment, *rest: object) -> Simulation:
        asked.append(experiment)
        return simulate(experiment)

    monkeypatch.setattr(module, "simulate", counted)
    with Laboratory() as laboratory:
        for key in ("error_ratio", "weight_std", "loss"):
            measured(laboratory, key)
    assert asked == [EXPERIMENT]


def test_it_can_be_stopped() -> None:
    with Laboratory(should_stop=lambda: True) as laboratory:
        for key, step in (("error_ratio", 0), ("train_loss", 3)):
            with pytest.raises(SimulationStopped):
                measured(laboratory, key, step=step)


def test_what_cannot_be_trained(laboratory: Laboratory, tmp_path: Path) -> None:
    step = step_of()
    state = replace(step.state, training=replace(TRAINING, batch_size=1700))
    with pytest.raises(ExperimentError, match="batch_size"):
        measure(Claim("train_loss", 0, 1, step=1), replace(step, state=state), laboratory)
    text = lesson(plain_step("training = { batch_size = 1700 }\ntrain_to = 3"))
    report = check(write(tmp_path, text))
    assert not report.is_true
    assert "batch_size" in report.steps[0].problems[0]
