"""Training: the documented outcomes, the same bytes however it is run, and going back."""

from __future__ import annotations

import json
import math
import pickle
import threading
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from winit_core import (
    Experiment,
    ExperimentError,
    SchemeChoice,
    diagnose,
    propagate,
    simulate,
)
from winit_core.datasets import digits
from winit_core.diagnosis import Kind
from winit_core.simulation import Quantity, SimulationStopped, layer_histograms, weights_and_bias
from winit_core.training import (
    Diverged,
    TrainedQuantity,
    Training,
    TrainingRun,
    TrainingStep,
    baseline_loss,
    train,
)
from winit_core.training import history as recording
from winit_core.training.data import batch_rows, training_data
from winit_core.training.history import TrainingHistory
from winit_core.training.learning_rate import AVERAGED, MARGIN, STEPS, largest_learning_rate
from winit_core.training.network_stack import NetworkStack
from winit_core.training.optimizers import OPTIMIZERS

LN10 = math.log(10)
SMALL = Experiment(("glorot_normal", "zeros", "large_normal"), "tanh", (24, 24), batch_size=50)
SHORT = Training(steps=33, batch_size=32, evaluate_every=7, statistics_every=11)


def finished(
    experiment: Experiment, training: Training | None = None, **options: Any
) -> TrainingHistory:
    with TrainingHistory(experiment, training, **options) as history:
        for _ in history.run():
            pass
    return history


def assert_same_bytes(one: TrainingHistory, other: TrainingHistory) -> None:
    for name in ("train_loss", "held_out_loss", "held_out_accuracy"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
    assert one.diverged == other.diverged
    last = len(one) - 1
    for index in range(len(one.experiment.schemes)):
        for these, those in zip(one.network(last, index), other.network(last, index), strict=True):
            assert [a.tobytes() for a in these] == [b.tobytes() for b in those]


# What the document says of training, on the digits


@pytest.fixture(scope="module")
def tanh_run() -> TrainingHistory:
    schemes = ("zeros", "constant", "small_normal", "glorot_normal", "he_normal", "large_normal")
    return finished(Experiment(schemes, "tanh", (128,) * 10, seed=0))


def evaluations(history: TrainingHistory, index: int) -> Any:
    losses = history.held_out_loss[:, index]
    return losses[~np.isnan(losses)]


@pytest.mark.parametrize("index", [0, 2], ids=["zeros", "small_normal"])
def test_zeros_and_small_weights_stay_at_ln_10(tanh_run: TrainingHistory, index: int) -> None:
    losses = evaluations(tanh_run, index)
    assert len(losses) == 31
    assert np.abs(losses / LN10 - 1).max() < 0.01
    assert np.nanmax(tanh_run.held_out_accuracy[:, index]) < 0.2


def test_a_constant_never_learns(tanh_run: TrainingHistory) -> None:
    losses = evaluations(tanh_run, 1)
    # All the logits can do is follow the frequencies of the classes in the last few batches, and
    # 128 equal units make them follow too fast: the loss is thrown above ln 10, never below it.
    assert losses.min() > 0.99 * LN10
    assert losses.max() < 1.2 * LN10
    assert np.nanmax(tanh_run.held_out_accuracy[:, 1]) < 0.2


def test_a_small_constant_learns_what_one_unit_can() -> None:
    # 128 equal units are one, and one number for each image tells some digits from others.
    small = SchemeChoice("constant", {"weight": 0.01, "bias": 0.0})
    history = finished(Experiment((small,), "tanh", (128,) * 10))
    assert 0.6 * LN10 < evaluations(history, 0).min() < 0.9 * LN10
    assert np.nanmax(history.held_out_accuracy) < 0.5
    layers = history.simulation(300).runs[0].layers
    assert {layer.distinct_units for layer in layers[:-1]} == {1}


@pytest.mark.parametrize("index", [3, 4], ids=["glorot_normal", "he_normal"])
def test_scaled_weights_learn_the_digits(tanh_run: TrainingHistory, index: int) -> None:
    assert tanh_run.held_out_accuracy[-1, index] > 0.9
    assert evaluations(tanh_run, index)[-1] < 0.3
    assert tanh_run.train_loss[-1, index] < 0.1


def test_large_weights_stay_above_their_starting_order(tanh_run: TrainingHistory) -> None:
    assert tanh_run.diverged == (None,) * 6
    losses = evaluations(tanh_run, 5)
    assert losses[0] > 100
    assert losses.min() > losses[0] / 10
    assert losses.min() > 10 * LN10


@pytest.mark.parametrize("index", [0, 1], ids=["zeros", "constant"])
def test_equal_units_stay_equal(tanh_run: TrainingHistory, index: int) -> None:
    for step in tanh_run.recorded_steps:
        layers = tanh_run.simulation(step).runs[index].layers
        assert {layer.distinct_units for layer in layers[:-1]} == {1}
    weights, biases = tanh_run.network(300, index)
    for weight, bias in zip(weights[1:-1], biases[1:-1], strict=True):
        assert weight.min() == weight.max()
        assert bias.min() == bias.max()
    # The first layer: every unit has the same weights; the last: every class its own.
    assert (weights[0] == weights[0][:, :1]).all()
    assert (weights[-1] == weights[-1][:1]).all()


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_of_zeros_only_the_last_bias_moves(activation: str) -> None:
    experiment = Experiment(("zeros",), activation, (32,) * 3)
    weights, biases = finished(experiment).network(300, 0)
    assert not any(weight.any() for weight in weights)
    assert not any(bias.any() for bias in biases[:-1])
    assert biases[-1].any()


def test_deep_relu_networks() -> None:
    schemes = ("he_normal", "glorot_normal", "large_normal")
    history = finished(Experiment(schemes, "relu", (128,) * 20, seed=0))
    he, glorot = (evaluations(history, index) for index in (0, 1))

    def first_below(losses: Any, share: float) -> int:
        return int(10 * np.flatnonzero(losses < share * LN10)[0])

    assert he.min() < 1.2
    assert history.held_out_accuracy[-1, 0] > 0.4
    # 9 of 10 nats in a third of the steps, 7 in half.
    assert first_below(glorot, 0.9) >= 2.5 * first_below(he, 0.9)
    assert first_below(glorot, 0.7) >= 2 * first_below(he, 0.7)
    # The largest of 8,192 numbers is beyond float32 before their RMS is, in layer 20.2.
    assert history.diverged[2] == Diverged(0, 19, TrainedQuantity.PRE_ACTIVATION)
    assert history.diverged[:2] == (None, None)
    assert np.isnan(history.train_loss[:, 2]).all()
    verdict = diagnose(history.simulation(0).runs[2])
    assert verdict.verdict is Kind.NOT_FINITE


# The first weights, the data, the batches


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_step_0_is_what_simulate_says(dtype: str) -> None:
    schemes = ("glorot_normal", "torch_linear", "lsuv", "constant", "large_normal", "orthogonal")
    experiment = Experiment(schemes, "gelu", (30, 20, 40), batch_size=70, dtype=dtype)
    first = next(train(experiment, Training(batch_size=16)))
    assert first.step == 0
    # By repr: NaN is not equal to itself.
    assert repr(tuple(s.measured for s in first.schemes)) == repr(simulate(experiment).runs)
    with TrainingHistory(experiment, Training(batch_size=16)) as history:
        history.advance()
        assert repr(history.simulation(0)) == repr(simulate(experiment))
        for index in range(len(schemes)):
            weights, biases = history.network(0, index)
            for layer in range(4):
                weight, bias = weights_and_bias(experiment, index, layer)
                assert weight.tobytes() == weights[layer].tobytes()
                wanted = np.zeros_like(biases[layer]) if bias is None else bias
                assert np.array_equal(wanted, biases[layer])
        for quantity in Quantity:
            for ours, simulated in zip(
                history.histograms(0, 2, quantity),
                layer_histograms(experiment, 2, quantity),
                strict=True,
            ):
                np.testing.assert_array_equal(ours.density, simulated.density)
                np.testing.assert_array_equal(ours.edges, simulated.edges)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_a_step_is_propagate_and_an_update(loss: str) -> None:
    experiment = Experiment(("torch_linear",), "elu", (20, 30), loss=loss, dtype="float64", seed=3)
    training = Training(learning_rate=0.05, batch_size=32, steps=4, statistics_every=1)
    data = training_data("digits", 64, 3)
    with TrainingHistory(experiment, training) as history:
        weights, biases = None, None
        for step in history.run():
            if weights is None or biases is None:
                weights, biases = history.network(0, 0)
            rows = batch_rows(3, len(data.labels), 32, step.step)
            inputs = data.inputs[rows].astype(np.float64)
            passed = propagate(weights, biases, "elu", inputs, data.labels[rows], loss)
            (scheme,) = step.schemes
            assert scheme.train_loss == pytest.approx(passed.loss, rel=1e-12)
            ratios = [
                0.05 * np.sqrt(np.mean(g**2) / np.mean(w**2))
                for g, w in zip(passed.grad_weights, weights, strict=True)
            ]
            np.testing.assert_allclose(scheme.update_ratios, ratios, rtol=1e-9)
            for now, wanted in zip(history.network(step.step, 0), (weights, biases), strict=True):
                for ours, theirs in zip(now, wanted, strict=True):
                    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-14)
            weights = [w - 0.05 * g for w, g in zip(weights, passed.grad_weights, strict=True)]
            biases = [b - 0.05 * g for b, g in zip(biases, passed.grad_biases, strict=True)]


def test_a_fifth_of_every_digit_is_held_out() -> None:
    split, again = training_data("digits", 64, 5), training_data("digits", 64, 6)
    everything = digits()
    held, all_of = np.bincount(split.held_out_labels), np.bincount(everything.labels)
    assert np.abs(held - 0.2 * all_of).max() <= 0.5
    assert len(split.labels) + len(split.held_out_labels) == 1797
    rows = {*map(bytes, split.inputs)} | {*map(bytes, split.held_out_inputs)}
    assert rows == {*map(bytes, everything.inputs)}
    assert not {*map(bytes, split.inputs)} & {*map(bytes, split.held_out_inputs)}
    assert not np.array_equal(split.held_out_inputs, again.held_out_inputs)
    with pytest.raises(ValueError, match="read-only"):
        split.inputs[0] = 0


def test_made_data_is_held_out_afresh() -> None:
    split = training_data("gaussian", 7, 2)
    assert (split.inputs.shape, split.held_out_inputs.shape) == ((1000, 7), (500, 7))
    assert not {*map(bytes, split.inputs)} & {*map(bytes, split.held_out_inputs)}
    experiment = Experiment(("glorot_normal",), "tanh", (64,), dataset="gaussian", input_width=64)
    history = finished(experiment, Training(learning_rate=0.5, steps=400))
    # Random labels can be learnt by heart, and that is all.
    assert history.train_loss[-20:, 0].mean() < 1.5
    assert abs(history.held_out_accuracy[-1, 0] - 0.1) < 5 * math.sqrt(0.09 / 500)


def test_an_epoch_shows_every_input_at_most_once() -> None:
    first = [batch_rows(1, 100, 30, step) for step in range(6)]
    for epoch in (first[:3], first[3:]):
        assert len({*np.concatenate(epoch).tolist()}) == 90
    assert not np.array_equal(first[0], first[3])
    assert np.array_equal(first[4], batch_rows(1, 100, 30, 4))
    assert not np.array_equal(first[0], batch_rows(2, 100, 30, 0))


def test_what_ignores_the_inputs_has_the_loss_of_the_frequencies() -> None:
    assert baseline_loss(SMALL) == pytest.approx(LN10, rel=1e-3)
    assert baseline_loss(replace(SMALL, loss="mse")) == pytest.approx(0.09, rel=1e-3)
    assert baseline_loss(replace(SMALL, dataset="moons", input_width=None)) == math.log(2)


# The same bytes


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_seed_fixes_every_byte(optimizer: str, dtype: str) -> None:
    experiment = replace(SMALL, dtype=dtype)
    training = replace(SHORT, optimizer=optimizer, learning_rate=0.01)
    one = finished(experiment, training)
    assert_same_bytes(one, finished(experiment, training))
    assert_same_bytes(one, finished(experiment, training, workers=3))
    other = finished(replace(experiment, seed=1), training)
    assert not np.array_equal(one.train_loss, other.train_loss)


def test_a_scheme_does_not_notice_the_others() -> None:
    together = finished(SMALL, SHORT)
    for index, choice in enumerate(SMALL.schemes):
        alone = finished(replace(SMALL, schemes=(choice,)), SHORT)
        assert together.train_loss[:, index].tobytes() == alone.train_loss[:, 0].tobytes()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_stopping_and_going_on_changes_nothing(workers: int, optimizer: str) -> None:
    training = replace(SHORT, optimizer=optimizer)
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked % 61 == 0 or asked % 89 == 0

    stops = 0
    with TrainingHistory(SMALL, training, workers) as history:
        while not history.is_finished:
            try:
                for step in history.run(should_stop):
                    assert isinstance(step, TrainingStep)
            except SimulationStopped:
                stops += 1
            if stops % 5 == 0 and len(history):
                history.simulation(len(history) // 2)  # looking back does not matter either
    assert stops > 10
    assert_same_bytes(history, finished(SMALL, training))


def test_every_layer_asks_whether_to_stop() -> None:
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return False

    quiet = Training(steps=2, evaluate_every=2, statistics_every=2)
    with TrainingRun(SMALL, quiet) as run:
        run.advance(should_stop)
        asked = 0
        run.advance(should_stop)  # update, forward, backward
    assert asked == 3 * 3
    steps = train(SMALL, quiet, lambda: True)
    with pytest.raises(SimulationStopped):
        next(steps)


@pytest.mark.parametrize("optimizer", ["momentum", "adamw"])
def test_every_step_can_be_seen_again(optimizer: str) -> None:
    training = replace(SHORT, optimizer=optimizer, statistics_every=1, evaluate_every=1)
    seen: list[TrainingStep] = []
    parameters: list[list[bytes]] = []
    with TrainingRun(SMALL, training) as run:
        while not run.is_finished:
            seen.append(run.advance())
            parameters.append([w.tobytes() for w in run.network(0)[0]])
    # Room for two snapshots only, and nothing measured on the way.
    rare = replace(training, statistics_every=1000, evaluate_every=1000)
    state_bytes = 3 * 4 * 3 * 2500
    history = finished(SMALL, rare, memory_limit=2 * state_bytes)
    assert history.recorded_steps == (0, 33)
    for step in (33, 5, 6, 20, 19, 0, 32):
        again = history.at(step)
        for wanted, found in zip(seen[step].schemes, again.schemes, strict=True):
            assert repr(found) == repr(wanted)
        assert [w.tobytes() for w in history.network(step, 0)[0]] == parameters[step]


def test_records_are_thinned_but_for_the_first_and_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "_MEASURED_LAYERS", 5 * 3 * 3)
    history = finished(SMALL, replace(SHORT, statistics_every=1))
    kept = history.recorded_steps
    assert {0, 33} <= {*kept}
    assert len(kept) <= 6
    assert repr(history.simulation(32)) == repr(finished(SMALL, SHORT).simulation(32))


def test_what_was_not_reached_is_not_shown() -> None:
    with TrainingHistory(SMALL, SHORT) as history:
        with pytest.raises(ExperimentError) as caught:
            history.simulation(0)
        assert caught.value.field == "step"
        assert (len(history), history.train_loss.shape) == (0, (0, 3))
        history.advance()
        for step in (1, -1, True, 0.5, "0"):
            with pytest.raises(ExperimentError):
                history.at(step)
        with pytest.raises(ExperimentError):
            history.network(0, 3)
        with pytest.raises(ValueError, match="read-only"):
            history.train_loss[0, 0] = 0


def test_another_thread_may_look_while_it_trains() -> None:
    wanted = finished(SMALL, SHORT)
    wrong: list[object] = []
    with TrainingHistory(SMALL, SHORT) as history:

        def look() -> None:
            try:
                while not history.is_finished:
                    if len(history):
                        last = len(history) - 1
                        assert history.train_loss.shape[0] >= last
                        history.simulation(last // 2)
            except Exception as error:
                wrong.append(error)

        thread = threading.Thread(target=look)
        thread.start()
        for _ in history.run():
            pass
        thread.join()
    assert not wrong
    assert_same_bytes(history, wanted)


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    steps = train(SMALL, SHORT, workers=3)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    finished(SMALL, SHORT, workers=2)
    assert threading.active_count() == before


# Leaving the finite range


def test_a_diverged_scheme_is_located_and_the_others_go_on() -> None:
    experiment = Experiment(("he_normal", "normal", "glorot_normal"), "relu", (40, 40), loss="mse")
    training = Training(steps=40, learning_rate=1.0, batch_size=50)
    history = finished(replace(experiment, schemes=("he_normal", "large_normal")), training)
    where = history.diverged[1]
    assert where is not None
    assert 0 < where.step < 20
    losses = history.train_loss[:, 1]
    assert np.isfinite(losses[: where.step]).all()
    assert np.isnan(losses[where.step + 1 :]).all()
    assert history.diverged[0] is None
    alone = finished(replace(experiment, schemes=("he_normal",)), training)
    assert history.train_loss[:, 0].tobytes() == alone.train_loss[:, 0].tobytes()
    # It is measured at that step, and shown as it was there ever after.
    runs = [history.simulation(step).runs[1] for step in (where.step, 40)]
    assert repr(runs[0]) == repr(runs[1])
    assert history.at(where.step - 1).schemes[1].diverged is None
    assert history.at(40).schemes[1].diverged == where


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("what", ["weight", "bias"])
def test_what_is_first_lost_is_named(bad: float, layer: int, what: str) -> None:
    stack = NetworkStack(SMALL, [0, 1], SHORT, lambda: False)
    data = training_data("digits", 64, 0)
    batch = data.inputs[:32], data.labels[:32]
    stack.compute_gradient(*batch, lambda: False)
    gradients = stack.gradient(1)[what == "bias"]
    gradients[layer].flat[0] = bad
    stack.update(lambda: False)
    quantity = TrainedQuantity.WEIGHT if what == "weight" else TrainedQuantity.BIAS
    assert stack.diverged == {1: Diverged(1, layer, quantity)}
    stack.compute_gradient(*batch, lambda: False)
    assert math.isfinite(stack.losses[0])
    assert math.isnan(stack.losses[1])


def huge(size: float, layer: int) -> NetworkStack:
    experiment = Experiment(("glorot_normal",), "relu", (24, 24), loss="mse")
    stack = NetworkStack(experiment, [0], SHORT, lambda: False)
    with np.errstate(over="ignore"):
        stack.network(0)[0][layer][:] *= size
    data = training_data("digits", 64, 0)
    stack.compute_gradient(data.inputs[:32], data.labels[:32], lambda: False)
    return stack


def test_the_first_of_the_backward_pass_is_named() -> None:
    # z = 1e37, whose square is beyond float32 but not beyond the float64 of the loss; dL/dz of the
    # layer below is 1e37 times 1e37.
    (where,) = huge(1e37, 2).diverged.values()
    assert where == Diverged(0, 1, TrainedQuantity.DELTA)
    # z = 1e25 in all layers: dL/dW of the last is 1e25 times 1e25.
    (where,) = huge(1e25, 0).diverged.values()
    assert where == Diverged(0, 2, TrainedQuantity.WEIGHT_GRADIENT)
    (where,) = huge(1e39, 0).diverged.values()
    assert where == Diverged(0, 0, TrainedQuantity.PRE_ACTIVATION)


def test_float16_is_lost_where_float32_is_not() -> None:
    experiment = Experiment(("large_normal",), "relu", (64,) * 6, dtype="float16")
    (where,) = finished(experiment, SHORT).diverged
    assert where == Diverged(0, 2, TrainedQuantity.PRE_ACTIVATION)
    training = Training(steps=1)
    for dtype in ("bfloat16", "float32"):
        (step, _) = train(replace(experiment, dtype=dtype), training)
        assert step.schemes[0].diverged is None


def test_half_precision_networks_hold_half_precision_numbers_and_learn() -> None:
    experiment = Experiment(("glorot_normal",), "tanh", (64, 64), dtype="bfloat16")
    history = finished(experiment, Training(steps=150))
    assert history.held_out_accuracy[-1, 0] > 0.85
    for arrays in history.network(150, 0):
        for array in arrays:
            assert np.array_equal(array, experiment.precision.round(array))


# The description


def test_the_defaults_are_those_of_pytorch() -> None:
    assert Training().to_dict() == {
        "learning_rate": 0.1,
        "steps": 300,
        "batch_size": 64,
        "optimizer": "sgd",
        "momentum": 0.9,
        "alpha": 0.99,
        "betas": [0.9, 0.999],
        "eps": 1e-8,
        "weight_decay": 0.01,
        "evaluate_every": 10,
        "statistics_every": 25,
    }


@pytest.mark.parametrize(
    "training", [Training(), Training(Fraction(1, 3), np.int64(7), optimizer="adam", betas=[0, 0])]
)
def test_a_training_survives_every_way_of_keeping_it(training: Training) -> None:
    for twin in (
        Training.from_dict(training.to_dict()),
        Training.from_dict(json.loads(json.dumps(training.to_dict()))),
        pickle.loads(pickle.dumps(training)),
        replace(training),
    ):
        assert twin == training
        assert hash(twin) == hash(training)
    assert Training.from_dict({}) == Training()


BAD_NUMBERS = [None, "1", math.nan, math.inf, -1, True, 1j, []]
WRONG = {
    "learning_rate": [*BAD_NUMBERS, 1001],
    "steps": [*BAD_NUMBERS, 0, 1.5, 100_001],
    "batch_size": [*BAD_NUMBERS, 0, 1.5, 10**6],
    "optimizer": [None, "SGD", 5, []],
    "momentum": [*BAD_NUMBERS, 1],
    "alpha": [*BAD_NUMBERS, 1],
    "betas": [None, 0.9, (0.9,), (0.9, 0.9, 0.9), "ab"],
    "betas[1]": [(0.9, bad) for bad in (*BAD_NUMBERS, 1)],
    "eps": [*BAD_NUMBERS, 2],
    "weight_decay": [*BAD_NUMBERS, 2],
    "evaluate_every": [*BAD_NUMBERS, 0],
    "statistics_every": [*BAD_NUMBERS, 0],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(field: str) -> None:
    for value in WRONG[field]:
        with pytest.raises(ExperimentError) as caught:
            Training(**{field.split("[")[0]: value})
        assert caught.value.field == field
        assert caught.value.allowed


def test_an_unknown_key_is_refused() -> None:
    for table, field in (({"rate": 1}, "rate"), ([], "training")):
        with pytest.raises(ExperimentError) as caught:
            Training.from_dict(table)  # type: ignore[arg-type]
        assert caught.value.field == field


def test_what_cannot_be_trained_is_refused_at_once() -> None:
    with pytest.raises(ExperimentError, match=r"1 to 14\d\d") as caught:
        train(SMALL, Training(batch_size=1500))
    assert caught.value.field == "training.batch_size"
    wide = Experiment(("zeros",) * 4, hidden_widths=(4096,) * 5, batch_size=8)
    with pytest.raises(ExperimentError, match="2 GiB") as caught:
        train(wide)
    assert caught.value.field == "hidden_widths"


def test_without_schemes_there_are_steps_and_nothing_in_them() -> None:
    steps = list(train(replace(SMALL, schemes=()), SHORT))
    assert [step.step for step in steps] == list(range(34))
    assert all(step.schemes == () for step in steps)


def test_what_is_looked_at_and_when() -> None:
    steps = list(train(SMALL, SHORT))
    evaluated = [s.step for s in steps if s.schemes[0].held_out_loss is not None]
    measured = [s.step for s in steps if s.schemes[0].measured is not None]
    assert evaluated == [0, 7, 14, 21, 28, 33]
    assert measured == [0, 11, 22, 33]
    assert all((s.schemes[0].update_ratios is None) == (s.step not in measured) for s in steps)
    assert steps[0].schemes[1].update_ratios == (0.0, 0.0, 0.0)


# The largest rate


@pytest.fixture(scope="module")
def shallow() -> Experiment:
    return Experiment(("glorot_normal", "zeros", "small_normal"), "relu", (32, 32))


def test_the_largest_rate_trains_and_a_larger_one_does_not(shallow: Experiment) -> None:
    rate = largest_learning_rate(shallow, index=0)
    assert rate is not None
    assert 0.1 < rate < 10
    alone = replace(shallow, schemes=shallow.schemes[:1])
    wanted = MARGIN * baseline_loss(alone)

    def final(rate: float) -> float:
        history = finished(alone, Training(learning_rate=rate, steps=STEPS - 1))
        return float(history.train_loss[-AVERAGED:, 0].mean())

    assert final(rate) <= wanted
    # Rates are not ordered, but far above it none trains.
    assert not any(final(rate * factor) <= wanted for factor in (3, 10, 30))
    assert largest_learning_rate(shallow, index=0) == rate
    adam = largest_learning_rate(shallow, Training(optimizer="adam"), 0)
    assert adam is not None
    assert adam < rate


def test_no_rate_trains_equal_units(shallow: Experiment) -> None:
    assert largest_learning_rate(shallow, index=1) is None


def test_the_search_can_be_stopped_and_needs_a_scheme(shallow: Experiment) -> None:
    with pytest.raises(SimulationStopped):
        largest_learning_rate(shallow, should_stop=lambda: True)
    with pytest.raises(ExperimentError) as caught:
        largest_learning_rate(shallow, index=3)
    assert caught.value.field == "index"
