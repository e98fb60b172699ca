"""What a claim can be about: every quantity by its key, and how it is taken from the results."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

import numpy as np

from winit_core.diagnosis import Kind, diagnose, error_ratio, verdict
from winit_core.ensemble import ranked
from winit_core.experiment import Experiment
from winit_core.prediction import LayerLaws, RunPrediction, layer_laws, predict, why_not
from winit_core.schemes import RecommendedGains, SchemeChoice, recommended_gains
from winit_core.simulation import Quantity as Tensor
from winit_core.simulation import SchemeRun, layer_values
from winit_core.training import baseline_loss
from winit_core.translation import tr
from winit_gui.lessons.laboratory import Source
from winit_gui.state import State

_LATE_STEPS = 20


class Form(Enum):
    """How a number is written."""

    NUMBER = "number"
    SHARE = "share"
    COUNT = "count"


class Home(Enum):
    """The layer that a quantity is taken at if the claim names none."""

    NONE = "none"
    FIRST = "first"
    LAST_HIDDEN = "last_hidden"

    def index(self, experiment: Experiment) -> int:
        """Return it as a 0-based index."""
        return experiment.depth - 1 if self is Home.LAST_HIDDEN else 0


class Needs(Enum):
    """What must be there before a quantity can be measured."""

    NETWORK = "network"
    TRAINING = "training"
    SEVERAL_NETS = "several_nets"


@dataclass(frozen=True)
class Case:
    """What a claim is measured on.

    Attributes
    ----------
    state, source
        The step's state, and what computes it.
    index, layer, step
        Which of the compared schemes; 0-based layer; after how many training steps.
    """

    state: State
    source: Source
    index: int
    layer: int
    step: int

    @property
    def experiment(self) -> Experiment:
        """What is simulated."""
        return self.state.experiment

    @property
    def choice(self) -> SchemeChoice:
        """The scheme."""
        return self.experiment.schemes[self.index]

    def runs(self) -> list[SchemeRun]:
        """Return the scheme's run in every net behind the picture."""
        if self.state.view.seeds > 1:
            return [one.runs[self.index] for one in self.source.ensemble(self.state).simulations]
        return [self.source.simulation(self.state, self.step).runs[self.index]]

    def over_nets(self, value: Callable[[SchemeRun], float], share: float = 0.5) -> float:
        """Return what a share of the nets does not exceed: the median, or the one net's value."""
        values = np.array([value(run) for run in self.runs()], dtype=np.float64)
        return float(ranked(values, [share])[0])


@dataclass(frozen=True)
class Quantity:
    """Something that can be measured.

    Attributes
    ----------
    label
        What it is, in words.
    of
        How it is measured.
    home
        The layer it is taken at unless told; NONE: it has no layer.
    needs
        What must be there.
    form, digits
        How it is written.
    """

    label: str
    of: Callable[[Case], float]
    home: Home = Home.NONE
    needs: Needs = Needs.NETWORK
    form: Form = Form.NUMBER
    digits: int = 2

    @property
    def has_layer(self) -> bool:
        """Whether a claim may name a layer."""
        return self.home is not Home.NONE


def _field(
    name: str, label: str, form: Form = Form.NUMBER, home: Home = Home.FIRST, digits: int = 2
) -> Quantity:
    def of(case: Case) -> float:
        return case.over_nets(lambda run: getattr(run.layers[case.layer], name))

    return Quantity(label, of, home, form=form, digits=digits)


def _against(name: str, label: str, reference: Home, home: Home = Home.FIRST) -> Quantity:
    """Return a layer's field over that of the output layer (NONE) or of another one."""

    def ratio(case: Case, run: SchemeRun) -> float:
        last = -1 if reference is Home.NONE else reference.index(case.experiment)
        above, below = (float(getattr(run.layers[i], name)) for i in (case.layer, last))
        return _divided(above, below)

    return Quantity(label, lambda case: case.over_nets(lambda run: ratio(case, run)), home)


def _divided(above: float, below: float) -> float:
    return above / below if below else math.nan


def _run(label: str, value: Callable[[SchemeRun], float], **how: object) -> Quantity:
    return replace(Quantity(label, lambda case: case.over_nets(value)), **how)  # type: ignore[arg-type]


def _most(name: str, smallest: bool = False) -> Callable[[SchemeRun], float]:
    take = min if smallest else max
    return lambda run: float(take(getattr(layer, name) for layer in run.layers[:-1]))


def _update_ratio(case: Case) -> float:
    rate = case.state.training.learning_rate

    def value(run: SchemeRun) -> float:
        layer = run.layers[case.layer]
        return _divided(rate * layer.grad_weight_rms, layer.weight_rms)

    return case.over_nets(value)


def _not_finite_layer(run: SchemeRun) -> float:
    worst = diagnose(run, with_theory=False).worst
    return worst.layer + 1 if worst.kind is Kind.NOT_FINITE else math.nan


def _largest_weight(case: Case) -> float:
    if case.step:
        weights = case.source.history(case.state, case.step).network(case.step, case.index)[0]
        return float(np.abs(weights[case.layer]).max())

    def of(seed: int) -> float:
        drawn = replace(case.experiment, seed=seed)
        return float(np.abs(layer_values(drawn, case.index, case.layer, Tensor.WEIGHT)).max())

    if case.state.view.seeds == 1:
        return of(case.experiment.seed)
    values = np.array([of(seed) for seed in case.source.ensemble(case.state).seeds])
    return float(ranked(values, [0.5])[0])


# Over several nets


def _share(kinds: tuple[Kind, ...], label: str) -> Quantity:
    def of(case: Case) -> float:
        verdicts = [verdict(run) for run in case.runs()]
        return sum(one in kinds for one in verdicts) / len(verdicts)

    return Quantity(label, of, needs=Needs.SEVERAL_NETS, form=Form.SHARE)


def _quantile(label: str, share: float) -> Quantity:
    return Quantity(
        label, lambda case: case.over_nets(error_ratio, share), needs=Needs.SEVERAL_NETS
    )


def _scatter(case: Case) -> float:
    return _divided(case.over_nets(error_ratio, 0.9), case.over_nets(error_ratio, 0.1))


# Theory


def _predicted(
    label: str,
    value: Callable[[RunPrediction, int], float],
    home: Home = Home.NONE,
    digits: int = 2,
) -> Quantity:
    def of(case: Case) -> float:
        prediction = predict(case.experiment, case.choice)
        return math.nan if prediction is None else float(value(prediction, case.layer))

    return Quantity(label, of, home, digits=digits)


def _variance(label: str, values: Callable[[LayerLaws], tuple[float, ...]]) -> Quantity:
    """Return what the theory takes from the middle of the net: no prediction is needed for it."""

    def of(case: Case) -> float:
        if why_not(case.experiment, case.choice) is not None:
            return math.nan
        laws = layer_laws(replace(case.experiment, schemes=(case.choice,)))
        return values(laws)[case.experiment.depth // 2]

    return Quantity(label, of, digits=3)


def _power(decades: float) -> float:
    try:
        return float(10.0 ** float(decades))
    except OverflowError:
        return math.inf


def _counted(layer: int | None) -> float:
    return math.nan if layer is None else layer + 1


def _law_std(case: Case) -> float:
    return case.experiment.weight_law(case.index, case.layer).std


def _law_bound(case: Case) -> float:
    low, high = case.experiment.weight_law(case.index, case.layer).support
    return max(abs(low), abs(high))


def _gain(label: str, value: Callable[[RecommendedGains], float | None]) -> Quantity:
    def of(case: Case) -> float:
        gain = value(recommended_gains(case.experiment.activation))
        return math.nan if gain is None else gain

    return Quantity(label, of, digits=3)


# Training


def _train_loss(case: Case) -> float:
    return float(case.source.history(case.state, case.step).train_loss[case.step, case.index])


def _late_loss(case: Case) -> float:
    losses = case.source.history(case.state, case.step).train_loss[: case.step + 1, case.index]
    return float(np.mean(losses[-_LATE_STEPS:]))


def _held_out(name: str) -> Callable[[Case], float]:
    def of(case: Case) -> float:
        values = getattr(case.source.history(case.state, case.step), name)
        looked_at = values[: case.step + 1, case.index]
        looked_at = looked_at[np.isfinite(looked_at)]
        return float(looked_at[-1]) if looked_at.size else math.nan

    return of


def _steps_to(share: float) -> Quantity:
    def of(case: Case) -> float:
        history = case.source.history(case.state, case.step)
        accuracy = history.held_out_accuracy[: case.step + 1, case.index]
        reached = np.flatnonzero(accuracy >= share)
        return float(reached[0]) if reached.size else math.nan

    of_data = f"{share:.0%}".replace("%", " %")
    label = tr("steps until {share} of the held-out data are right", share=of_data)
    return Quantity(label, of, needs=Needs.TRAINING, form=Form.COUNT)


def _diverged(case: Case) -> float:
    where = case.source.history(case.state, case.step).diverged[case.index]
    return math.nan if where is None or where.step > case.step else float(where.step)


QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        # Weights
        "weight_mean": _field("weight_mean", tr("mean of the weights")),
        "weight_std": _field("weight_std", tr("standard deviation of the weights"), digits=3),
        "weight_rms": _field("weight_rms", tr("RMS of the weights"), digits=3),
        "weight_largest": Quantity(tr("largest |weight|"), _largest_weight, Home.FIRST, digits=3),
        "law_std": Quantity(
            tr("standard deviation of the weights' law"), _law_std, Home.FIRST, digits=3
        ),
        "law_bound": Quantity(
            tr("bound of the weights' law: no |weight| is larger"), _law_bound, Home.FIRST, digits=3
        ),
        # Signal
        "pre_activation_mean": _field("pre_activation_mean", tr("mean of z")),
        "pre_activation_std": _field("pre_activation_std", tr("standard deviation of z")),
        "pre_activation_rms": _field("pre_activation_rms", tr("RMS of z")),
        "activation_mean": _field("activation_mean", tr("mean of the activations h")),
        "activation_std": _field("activation_std", tr("standard deviation of the activations h")),
        "activation_rms": _field("activation_rms", tr("RMS of the activations h")),
        "signal_ratio": _against(
            "activation_rms",
            tr("RMS of h at a layer over that at layer 1"),
            Home.FIRST,
            Home.LAST_HIDDEN,
        ),
        "saturated_fraction": _field(
            "saturated_fraction", tr("share of saturated activations"), Form.SHARE
        ),
        "most_saturated": _run(
            tr("share of saturated activations in the layer with the most"),
            _most("saturated_fraction"),
            form=Form.SHARE,
        ),
        "dead_fraction": _field(
            "dead_fraction", tr("share of units that are 0 for the whole batch"), Form.SHARE
        ),
        "most_dead": _run(
            tr("share of units that are 0 for the whole batch, in the layer with the most"),
            _most("dead_fraction"),
            form=Form.SHARE,
        ),
        "distinct_units": _field("distinct_units", tr("number of different units"), Form.COUNT),
        "fewest_distinct_units": _run(
            tr("number of different units in the hidden layer with the fewest"),
            _most("distinct_units", smallest=True),
            form=Form.COUNT,
        ),
        "similarity": _field(
            "similarity", tr("mean cosine between two inputs' z"), home=Home.LAST_HIDDEN
        ),
        "input_similarity": _run(
            tr("mean cosine between two inputs"), lambda run: run.input_similarity
        ),
        "loss": _run(tr("loss over the experiment's batch"), lambda run: run.loss, digits=3),
        "guessing_loss": Quantity(
            tr("loss of the best answer that ignores the inputs"),
            lambda case: baseline_loss(case.experiment),
            digits=3,
        ),
        "not_finite_layer": _run(
            tr("first layer with an inf or a NaN, in the order of computation"),
            _not_finite_layer,
            form=Form.COUNT,
        ),
        # Gradient
        "delta_rms": _field("delta_rms", tr("RMS of ∂L/∂z")),
        "error_ratio": _against(
            "delta_rms", tr("RMS of ∂L/∂z at a layer over that at the output layer"), Home.NONE
        ),
        "grad_weight_rms": _field("grad_weight_rms", tr("RMS of ∂L/∂W")),
        "grad_weight_ratio": _against(
            "grad_weight_rms",
            tr("RMS of ∂L/∂W at a layer over that at the output layer"),
            Home.NONE,
        ),
        "grad_weight_ratio_hidden": _against(
            "grad_weight_rms",
            tr("RMS of ∂L/∂W at a layer over that at the last hidden layer"),
            Home.LAST_HIDDEN,
        ),
        "update_ratio": Quantity(
            tr("learning rate × RMS of ∂L/∂W over RMS of W"), _update_ratio, Home.FIRST
        ),
        # Theory
        "predicted_activation_rms": _predicted(
            tr("predicted RMS of h"), lambda p, layer: _power(p.activation[layer]), Home.FIRST
        ),
        "predicted_pre_activation_rms": _predicted(
            tr("predicted RMS of z"), lambda p, layer: _power(p.pre_activation[layer]), Home.FIRST
        ),
        "predicted_error_ratio": _predicted(
            tr("predicted RMS of ∂L/∂z at a layer over that at the output layer"),
            lambda p, layer: _power(p.delta[layer]),
            Home.FIRST,
        ),
        "predicted_grad_weight_ratio": _predicted(
            tr("predicted RMS of ∂L/∂W at a layer over that at the output layer"),
            lambda p, layer: _power(p.grad_weight[layer]),
            Home.FIRST,
        ),
        "predicted_similarity": _predicted(
            tr("predicted mean cosine between two inputs' z"),
            lambda p, layer: p.similarities[layer],
            Home.LAST_HIDDEN,
        ),
        "predicted_scatter": _predicted(
            tr("predicted factor by which the error ratio scatters (one standard deviation)"),
            lambda p, layer: _power(p.error_scatter),
        ),
        "predicted_not_finite_layer": replace(
            _predicted(
                tr("layer where theory expects the first inf"),
                lambda p, layer: _counted(p.overflow_layer),
            ),
            form=Form.COUNT,
        ),
        "sigma_w2": _variance(tr("n_in × variance of the weights"), lambda laws: laws.sigma_w2s),
        "sigma_b2": _variance(tr("variance of the biases"), lambda laws: laws.sigma_b2s),
        "chi_1": _predicted(
            tr("χ₁: factor per layer of the squared error"),
            lambda p, _: p.fixed_point.chi_1,
            digits=3,
        ),
        "fixed_point": _predicted(
            tr("mean square of z that the layers tend to"), lambda p, _: p.fixed_point.q
        ),
        "depth_scale_error": _predicted(
            tr("layers in which the squared error changes by a factor e"),
            lambda p, _: p.scales.xi_grad,
        ),
        "depth_scale_similarity": _predicted(
            tr("layers in which the likeness of two inputs changes by a factor e"),
            lambda p, _: p.scales.xi_c,
        ),
        "gain_torch": _gain(tr("PyTorch's gain for the activation"), lambda g: g.torch),
        "gain_forward": _gain(tr("gain that keeps the signal"), lambda g: g.forward),
        "gain_backward": _gain(tr("gain that keeps the error"), lambda g: g.backward),
        # Training
        "train_loss": Quantity(
            tr("training loss of a step's batch"), _train_loss, needs=Needs.TRAINING, digits=3
        ),
        "late_train_loss": Quantity(
            tr("mean training loss of the last {count} steps", count=_LATE_STEPS),
            _late_loss,
            needs=Needs.TRAINING,
            digits=3,
        ),
        "held_out_loss": Quantity(
            tr("loss over the held-out data"),
            _held_out("held_out_loss"),
            needs=Needs.TRAINING,
            digits=3,
        ),
        "held_out_accuracy": Quantity(
            tr("share of the held-out data that is right"),
            _held_out("held_out_accuracy"),
            needs=Needs.TRAINING,
            form=Form.SHARE,
        ),
        "steps_to_50": _steps_to(0.5),
        "steps_to_80": _steps_to(0.8),
        "steps_to_90": _steps_to(0.9),
        "steps_to_95": _steps_to(0.95),
        "diverged_step": Quantity(
            tr("step at which the training left the finite range"),
            _diverged,
            needs=Needs.TRAINING,
            form=Form.COUNT,
        ),
        # Several nets
        "healthy_share": _share((Kind.HEALTHY,), tr("share of nets that are healthy")),
        "drifting_share": _share((Kind.DRIFTING,), tr("share of nets that drift")),
        "vanishing_share": _share((Kind.VANISHING,), tr("share of nets whose error vanishes")),
        "exploding_share": _share((Kind.EXPLODING,), tr("share of nets whose error explodes")),
        "error_ratio_low": _quantile(tr("error ratio that 1 net in 10 does not exceed"), 0.1),
        "error_ratio_high": _quantile(tr("error ratio that 9 nets in 10 do not exceed"), 0.9),
        "error_ratio_scatter": Quantity(
            tr("error ratio that 9 nets in 10 do not exceed, over that of 1 in 10"),
            _scatter,
            needs=Needs.SEVERAL_NETS,
        ),
    }
)
"""By the key that a lesson file uses."""
