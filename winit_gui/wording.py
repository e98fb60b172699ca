"""The words of the program: names, definitions, verdicts, evidence, messages.

The core gives numbers and keys; every sentence a user reads is made here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from winit_core.diagnosis import Finding, Kind, Remedy
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.laws import Law
from winit_core.parameters import Parameter
from winit_core.schemes import SchemeChoice
from winit_core.simulation import Quantity, SchemeRun
from winit_core.training import Diverged, TrainedQuantity
from winit_core.width import Fixed

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

READINGS = {
    "delta": "Backpropagated error",
    "grad_weight": "Weight gradient",
    "update_ratio": "Update ratio",
}
READING_SYMBOLS = {
    "delta": "RMS of ∂L/∂z",
    "grad_weight": "RMS of ∂L/∂W",
    "update_ratio": "η · RMS of ∂L/∂W / RMS of W",
}
READING_DEFINITIONS = {
    "delta": "∂L/∂z: how much the loss would change if a unit's pre-activation changed. This is "
    "what “the gradient shrinks during backpropagation” means.",
    "grad_weight": "∂L/∂W: what a training step subtracts from a weight, before the learning "
    "rate. It also depends on the signal that enters the layer.",
    "update_ratio": "How large one step is beside the weights themselves: learning rate × RMS "
    "of ∂L/∂W, divided by RMS of W. About 10⁻³ is usual in a net that learns.",
}
LEARNING = {
    "train_loss": "Training loss",
    "held_out_loss": "Held-out loss",
    "held_out_accuracy": "Held-out accuracy",
    "surface": "Decision surface",
}
LEARNING_DEFINITIONS = {
    "train_loss": "Loss over the batch of each step, before the step is taken.",
    "held_out_loss": "Loss over the fifth of the data that is never trained on.",
    "held_out_accuracy": "Share of the data never trained on that is classified right.",
    "surface": "What each net answers all over the plane, at the shown step; the fuller the "
    "colour, the surer it is. For data with two inputs.",
}
PACES = {
    "full": "As fast as it can",
    "30": "30 steps a second",
    "10": "10 steps a second",
    "3": "3 steps a second",
}
OPTIMIZER_LABELS = {
    "sgd": "SGD",
    "momentum": "SGD with momentum",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
}
SCALES = {
    "near_rule": "Weight",
    "log": "log |weight|",
    "relative": "Weight × √n_in",
}
SCALE_DEFINITIONS = {
    "near_rule": "The weights themselves; the range fits the schemes near their rule, and what "
    "lies beyond is named above the plot.",
    "log": "Decades of |weight|: every scheme is seen at once, however small or large.",
    "relative": "Weights times √n_in: the rules become numbers near 1, in every layer.",
}
DETAIL_SCALES = {"fitting": "Axis that fits", "linear": "Value", "log": "log |value|"}
TENSORS = {
    Quantity.PRE_ACTIVATION: "z",
    Quantity.ACTIVATION: "h",
    Quantity.DELTA: "∂L/∂z",
    Quantity.WEIGHT: "W",
}
TENSOR_NAMES = {
    Quantity.PRE_ACTIVATION: "Pre-activation",
    Quantity.ACTIVATION: "Activation",
    Quantity.DELTA: "Backpropagated error",
    Quantity.WEIGHT: "Weights",
}
LOSS_LABELS = {"cross_entropy": "Cross-entropy", "mse": "Mean squared error"}
THEME_LABELS = {
    "system": "&System",
    "light": "&Light",
    "dark": "&Dark",
    "projector": "&Projector",
}

PALETTE_LABELS = {
    "okabe_ito": "Okabe and Ito",
    "tol_muted": "Tol, muted",
    "high_contrast": "High contrast",
}
PALETTE_DEFINITIONS = {
    "okabe_ito": "The colours of Okabe and Ito (2008), made for every kind of colour vision.",
    "tol_muted": "After Paul Tol’s “muted” scheme: further apart for colour-blind readers.",
    "high_contrast": "Every colour has a contrast of at least 3 : 1 to light and dark grounds.",
}

FIELD_LABELS = {
    "hidden_widths": "Hidden layers",
    "batch_size": "Batch",
    "input_width": "Inputs",
    "seed": "Seed",
    "std": "std",
    "weight": "weight",
    "bias": "bias",
    "gain": "gain",
    "slope": "slope",
    "alpha": "alpha",
    "mode": "fan",
}

GAIN_LABELS = {"torch": "PyTorch", "forward": "forward", "backward": "backward"}
GAIN_DEFINITIONS = {
    "torch": "torch.nn.init.calculate_gain for {}",
    "forward": "The gain that keeps the signal through {}: exact, for pre-activations of "
    "variance 1 and units with as many outputs as inputs",
    "backward": "The gain that keeps the backpropagated error through {}: exact, for "
    "pre-activations of variance 1 and units with as many outputs as inputs",
}
LIBRARY_LABELS = {
    "reference": "As published",
    "pytorch": "As PyTorch does",
    "keras": "As Keras does",
    "jax": "As JAX does",
}

TIPS = {
    "lessons": "Lessons that the program brings, and your own",
    "present": "Give a lesson full screen (F5): with the arrow keys or a clicker, Esc leaves",
    "depth": "Number of hidden layers, 1 to 1,000. A linear output layer with 10 classes follows.",
    "width": "Units in every hidden layer, 1 to 4,096.",
    "batch_size": "How many inputs are run through the net at once; all statistics are over this "
    "batch.",
    "seed": "Fixes every random number. All schemes use the same unit draws, rescaled: what "
    "differs on screen is the scheme, not luck.",
    "library": "Whose way of sampling the named schemes: truncated or plain normals, corrected or "
    "not, with that library’s bias. Explain tells how they differ.",
    "seeds": "How many nets, with the seeds from the chosen one on. With more than one the panels "
    "show the median and the range of 8 in 10 nets, and the verdict counts nets.",
    "dice": "Another seed (Ctrl+R)",
    "dataset": "What the net is shown: 1,797 real images of 8 × 8 pixels, or standard-normal "
    "inputs with random labels. Digits are standardised: each pixel's mean removed, then "
    "divided by the overall standard deviation.",
    "loss": "Cross-entropy of the softmax, averaged over the batch; or the mean squared error "
    "against one-hot targets, averaged over batch and classes.",
    "dtype": "Number format of weights, signals and gradients.",
    "input_width": "Number of inputs of the Gaussian data.",
    "activation": "The function every hidden unit applies to its pre-activation z; the output "
    "layer is linear.",
    "layer": "Which weight matrix panel 1 shows. A click on a layer in panel 2 or 3 chooses it.",
    "signal": "RMS (root mean square) of the activations h of each layer over batch and units.",
    "relative": "Each layer divided by the output layer: 1 means “arrives as it left”.",
    "absolute": "The numbers themselves.",
    "learning_rate": "Learning rate η: of the update ratio, and of the training in panel 4.",
    "steps": "Number of updates.",
    "training_batch": "Inputs per update.",
    "pace": "How fast the training goes at most; the numbers are the same.",
    "find_rates": "For each scheme, the largest learning rate that still brings the loss clearly "
    "below guessing within 100 steps: a bad scheme is often blamed for a bad rate.",
    "optimizer": "The rule of an update; the rules are PyTorch’s, with its default settings.",
    "detail_scale": "Axis that fits: logarithmic where the sizes of the schemes differ a "
    "thousandfold.",
    "width_handle": "Drag to make the weights of this scheme wider or narrower; its parameter "
    "follows. ← → 5 % (with Shift 1 %), Page up and down in larger steps, Home as the scheme has "
    "it, ↑ ↓ another scheme, Esc takes a drag back.",
    "depth_handle": "Drag to make the nets deeper or less deep. ← → one hidden layer, Page up and "
    "down ten, Esc takes a drag back.",
    "read_as_variance": "Some texts write N(mean, variance). Read that way, the same number "
    "means another width of the curve.",
}


PRESET_LABELS = {
    "compare_tanh": "What not to do, and what to do: tanh",
    "compare_relu": "What not to do, and what to do: ReLU",
    "symmetry": "Symmetry that is never broken",
    "zero_output_layer": "One layer of zeros",
    "std_or_variance": "N(0, 0.01): standard deviation or variance?",
    "cs231n_tanh_small": "10 × 500 tanh, std 0.01 (CS231n)",
    "cs231n_tanh_large": "10 × 500 tanh, std 1 (CS231n)",
    "cs231n_tanh_scaled": "10 × 500 tanh, std 1/√fan_in (CS231n)",
    "cs231n_relu": "10 × 500 ReLU (CS231n)",
    "glorot_bengio": "Standard and normalized (Glorot & Bengio 2010)",
    "sigmoid_vanishes": "Sigmoid vanishes with every usual scheme",
    "he_30_layers": "30 layers: Xavier stalls, He passes (He et al. 2015)",
    "linear_overflow": "N(0, 1), 512 wide: where float32 ends",
    "half_precision": "Half precision",
    "pytorch_default": "What nn.Linear does by default",
    "keras_default": "What Keras does by default",
    "selu": "SELU and its gain (Klambauer et al. 2017)",
    "gelu_critical": "GELU needs a bias to be critical",
    "edge_of_chaos": "Ordered, edge, chaotic (Schoenholz et al. 2017)",
    "inputs_merge": "Gradients fine, geometry lost",
    "orthogonal": "50 layers: independent or orthogonal",
    "siren": "SIREN and its frequency (Sitzmann et al. 2020)",
}


def power_of_ten(exponent: int) -> str:
    """Return 10⁻⁸ for -8; 1 and 10 stay plain."""
    if exponent in (0, 1):
        return "1" if exponent == 0 else "10"
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def number(value: float, digits: int = 2) -> str:
    """Return a number for reading: 0.13, 7.6 × 10⁷, 10⁻¹⁰, 0, ∞, NaN."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        few = f"{value:.{digits}g}"  # 99.6 is 1e+02 in two digits
        small = abs(value) < 100 and "e" not in few
        return few.replace("-", "−") if small else f"{value:,.0f}".replace("-", "−")
    mantissa, exponent = f"{abs(value):.{digits - 1}e}".split("e")
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPTS)
    sign = "−" if value < 0 else ""
    plain = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{sign}{power}" if plain == "1" else f"{sign}{plain} × {power}"


def exact_number(value: object) -> str:
    """Return a parameter as a user would type it."""
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def percent(fraction: float) -> str:
    """Return a share in per cent, never rounding something to nothing."""
    if 0 < fraction < 0.01:
        return "under 1 %"
    if 0.99 < fraction < 1:
        return "over 99 %"
    return f"{100 * fraction:.0f} %"


def layer_range(layers: list[int]) -> str:
    """Return 0-based layers as 1-based ranges: layers 1–9, 11."""
    if not layers:
        return ""
    runs: list[list[int]] = []
    for layer in sorted(layers):
        if runs and layer == runs[-1][1] + 1:
            runs[-1][1] = layer
        else:
            runs.append([layer, layer])
    parts = [f"{a + 1}" if a == b else f"{a + 1}–{b + 1}" for a, b in runs]
    return ("layer " if len(layers) == 1 else "layers ") + ", ".join(parts)


def parameters(choice: SchemeChoice) -> str:
    """Return the parameters worth showing beside a scheme's name."""
    values = choice.values
    if choice.key in ("small_normal", "large_normal", "normal"):
        return f"std {exact_number(values['std'])}"
    if choice.key == "constant":
        return f"w {exact_number(values['weight'])}, b {exact_number(values['bias'])}"
    changed = [
        f"{p.name} {exact_number(values[p.name])}"
        for p in choice.record.parameters
        if values[p.name] != p.default
    ]
    return ", ".join(changed)


def scheme_name(choice: SchemeChoice) -> str:
    """Return a scheme's name with its parameters: Small random N(0, 0.01²)."""
    values = choice.values
    if choice.key in ("small_normal", "large_normal", "normal"):
        return f"{choice.label} N(0, {exact_number(values['std'])}²)"
    rest = parameters(choice)
    return f"{choice.label} ({rest})" if rest else choice.label


def short_scheme_name(choice: SchemeChoice, among: Sequence[SchemeChoice]) -> str:
    """Return a scheme's name without parameters, unless another scheme has the same."""
    alone = sum(other.label == choice.label for other in among) <= 1
    return choice.label if alone else scheme_name(choice)


def whose_weights(layer: int, layers: int, shape: tuple[int, int], step: int) -> tuple[str, ...]:
    """Return what the bars and lines of panel 1 are, ever shorter; layers count from 1."""
    size = f"{shape[0]} × {shape[1]}"
    if step == 0:
        which, at, short = "weights: sampled (bars), exact (lines)", "", "bars sampled, lines exact"
    else:
        at = f" at step {step}"
        which = f"weights{at} (bars), as first drawn (lines)"
        short = "bars now, lines at first"
    return (
        f"Layer {layer} of {layers}, {size} {which}",
        f"Layer {layer}, {size} {which}",
        f"Layer {layer}, {size}{at}: {short}",
        f"Layer {layer}{at}: {short}",
        f"Layer {layer}, {size}{at}",
        f"Layer {layer}",
    )


class Shown(Protocol):
    """How many nets a picture shows, and after how many steps."""

    @property
    def nets(self) -> int:
        """Nets behind every number."""

    @property
    def step(self) -> int:
        """Updates behind the weights."""


def how_measured(measured: str, predicted: str, shown: Shown, theory: bool) -> str:
    """Return which part of a plot is measured, on how many nets, and which is predicted."""
    if shown.step:
        return f"{measured} measured at step {shown.step}"
    text = f"{measured} measured"
    if shown.nets > 1:
        text = f"{measured}: middle of {shown.nets} nets, strokes: 8 in 10 of them"
    return f"{text}, {predicted} predicted" if theory else text


FIXED_WIDTHS = {
    Fixed.OVERRIDDEN: "this layer uses another scheme, set on the left",
    Fixed.MEASURED: "its width is made from the batch and cannot be dragged",
    Fixed.SPIKES: "single values, which have no width to drag",
    Fixed.OWN_RULE: "its rule fixes the width: there is no parameter to drag",
    Fixed.OTHER_LAYERS: "its parameter acts in the other layers only",
}


def width_in_words(
    choice: SchemeChoice, std: float, times: float, rule: SchemeChoice, layer: int, limit: str = ""
) -> tuple[str, ...]:
    """Return how wide a scheme's weights are and how far that is from a rule, ever shorter."""
    far = "" if math.isnan(times) else f" = {number(times, 3)} × {rule.label}"
    end = f"; {limit}" if limit else ""
    what = f"std {number(std, 3)}"
    return (
        f"{choice.label}: {what}{far} in layer {layer + 1}{end}",
        f"{choice.label}: {what}{far}{end}",
        f"{what}{far}{end}",
        what,
    )


DEPTH_LIMITS = {True: "there must be one", False: "there cannot be more"}


def hidden_layers(depth: int) -> str:
    """Return how deep a net is."""
    return f"{depth:,} hidden layer" + ("" if depth == 1 else "s")


def parameter_limit(name: str, value: float) -> str:
    """Return that a parameter has come to an end of its range."""
    return f"{name} ends at {exact_number(value)}"


def awaited_theory(awaited: Sequence[int], schemes: Sequence[SchemeChoice]) -> str:
    """Return that the prediction of some schemes, which are being dragged, is yet to come."""
    if not awaited:
        return ""
    if len(awaited) == 1:
        return f"; prediction of {schemes[awaited[0]].label} follows"
    return "; predictions follow"


def predicted_in_words(
    low: npt.NDArray[np.float64],
    middle: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    layer: int,
) -> str:
    """Return what theory expects of a layer, given in decades, after the measured number."""
    centre = decades(float(middle[layer]))
    ends = decades(float(low[layer])), decades(float(high[layer]))
    return f", predicted {centre}" + ("" if ends[0] == ends[1] else f" ({ends[0]} to {ends[1]})")


def decades(exponent: float) -> str:
    """Return ten to a power as a number, however far it is beyond all floats."""
    if math.isfinite(exponent) and abs(exponent) >= 300:
        return power_of_ten(round(exponent))
    return number(10.0**exponent)


def law_in_words(law: Law, fan_in: int) -> str:
    """Return what a law means in one layer: std, variance, and fan_in × variance."""
    if law.std == 0:
        return f"every weight is {number(law.mean, 4)}"
    return (
        f"std {number(law.std, 4)}, variance {number(law.std**2, 3)}, "
        f"fan_in × variance {number(fan_in * law.std**2, 3)}"
    )


VERDICTS = {
    Kind.NOT_FINITE: "Not finite",
    Kind.SYMMETRIC: "Symmetric",
    Kind.NO_GRADIENT: "No gradient",
    Kind.DEAD: "Dead units",
    Kind.EXPLODING: "Exploding",
    Kind.VANISHING: "Vanishing",
    Kind.SATURATED: "Saturated",
    Kind.DRIFTING: "Drifting",
    Kind.HEALTHY: "Healthy",
}
VERDICT_DEFINITIONS = {
    Kind.NOT_FINITE: "A number left the range of its format: inf or NaN.",
    Kind.SYMMETRIC: "All units of a layer compute the same, get the same gradient and stay the "
    "same for ever.",
    Kind.NO_GRADIENT: "A layer receives an error of exactly 0 (or nothing but rounding).",
    Kind.DEAD: "More than half of a layer's units are 0 for the whole batch.",
    Kind.EXPLODING: "The error arriving at layer 1 is more than 1,000 times the output layer's.",
    Kind.VANISHING: "The error arriving at layer 1 is less than a 1,000th of the output layer's.",
    Kind.SATURATED: "More than half of a layer's activations are within 3 % of the limit.",
    Kind.DRIFTING: "The error arriving at layer 1 differs 10 to 1,000 times from the output "
    "layer's.",
    Kind.HEALTHY: "The error arriving at layer 1 is within a factor of 10 of the output layer's.",
}
_TENSORS = {
    "weight_rms": "W",
    "pre_activation_rms": "z",
    "activation_rms": "h",
    "delta_rms": "∂L/∂z",
    "grad_weight_rms": "∂L/∂W",
    "loss": "the loss",
}


def evidence(finding: Finding, run: SchemeRun) -> str:
    """Return the sentence that proves a finding with its number."""
    layer = finding.layer + 1
    last = len(run.layers) - 1
    match finding.kind:
        case Kind.NOT_FINITE:
            what = "NaN" if math.isnan(finding.number) else "infinite"
            tensor = _TENSORS[finding.quantity]
            where = "" if finding.quantity == "loss" else f" in layer {layer}"
            expected = finding.predicted_layer
            theory = "" if expected is None else f"; theory expects it in layer {expected + 1}"
            return f"{tensor} becomes {what}{where}{theory}"
        case Kind.SYMMETRIC:
            return f"{finding.threshold:.0f} units act as 1 from layer {layer} on"
        case Kind.NO_GRADIENT:
            amount = "exactly 0" if finding.number == 0 else "0 but for rounding"
            if finding.layer == last:
                return f"The output layer's error is {amount}"
            if finding.layer == last - 1:
                return f"Hidden layers receive {amount}: they cannot learn"
            return f"From layer {layer} down, the error is {amount}"
        case Kind.DEAD:
            return f"{percent(finding.number)} of layer {layer}'s units are always 0"
        case Kind.SATURATED:
            return f"{percent(finding.number)} of layer {layer} saturated"
        case _:
            sentence = f"Layer 1 receives {number(finding.number)} × the output layer's error"
            if finding.near_threshold:
                sentence += "; near a limit, another seed may differ"
            return sentence


def short_evidence(finding: Finding, run: SchemeRun) -> tuple[str, ...]:
    """Return the number that proves a finding, for narrow places: ever shorter."""
    layer = finding.layer + 1
    match finding.kind:
        case Kind.NOT_FINITE:
            return (evidence(finding, run).split(";")[0],)
        case Kind.SYMMETRIC:
            whole = evidence(finding, run)
            return whole.removesuffix(" on"), whole.split(" from")[0]
        case Kind.NO_GRADIENT:
            return f"error 0 from layer {layer} down", "error 0"
        case Kind.DEAD | Kind.SATURATED:
            return f"{percent(finding.number)} of layer {layer}", percent(finding.number)
        case _:
            ratio = number(finding.number)
            return f"layer 1 gets {ratio} ×", f"layer 1: {ratio}", ratio


_BY_LAYER = (Kind.NOT_FINITE, Kind.NO_GRADIENT)
"""Findings whose layer, not number, is the middle one of several nets."""


def proofs(finding: Finding, run: SchemeRun, agreeing: int = 1, nets: int = 1) -> tuple[str, ...]:
    """Return what proves a finding of one net or several, from a sentence to a few words.

    Parameters
    ----------
    finding
        Of several nets with the median in it.
    run
        Of the net that stands for all.
    agreeing, nets
        How many nets have this verdict, of how many.
    """
    whole, short = evidence(finding, run), short_evidence(finding, run)
    if nets == 1:
        return whole, *short
    count = f"{agreeing} of {nets} nets"
    if finding.kind is Kind.SYMMETRIC:
        return f"{count}. {whole}", f"{count}; {short[0]}", *short
    if finding.kind in _BY_LAYER:
        return f"{count}. Typically {_inside(whole)}", f"{count}; {_inside(short[0])}", *short
    return (
        f"{count}. Median: {_inside(whole)}",
        f"{count}; median: {short[0]}",
        f"{count}; median {short[-1]}",
        f"median {short[-1]}",
    )


def _inside(sentence: str) -> str:
    """Return a sentence to go on with after a colon or another word."""
    return sentence[:1].lower() + sentence[1:]


def before_training(kind: Kind, proofs: tuple[str, ...]) -> tuple[str, ...]:
    """Return a verdict on the first weights beside what training made of them, ever shorter."""
    verdict = f"{VERDICTS[kind]} before training"
    shorter = [f"{verdict}: {proof}" for proof in proofs[1:]]
    return f"{verdict}. {proofs[0]}", *shorter, verdict, f"{VERDICTS[kind]} at step 0"


def headline(outcome: str) -> tuple[str, ...]:
    """Return what became of a training as the first words of a card, ever shorter."""
    whole = outcome[:1].upper() + outcome[1:]
    short = whole.split(" at step ")[0].split(" after ")[0]
    shortest = short.removeprefix("Still ").capitalize()
    return tuple(dict.fromkeys((whole, whole.split(",")[0], short, shortest)))


_TRAINED = {
    TrainedQuantity.PRE_ACTIVATION: "z",
    TrainedQuantity.LOSS: "loss",
    TrainedQuantity.DELTA: "∂L/∂z",
    TrainedQuantity.WEIGHT_GRADIENT: "weight gradient",
    TrainedQuantity.BIAS_GRADIENT: "bias gradient",
    TrainedQuantity.WEIGHT: "weight",
    TrainedQuantity.BIAS: "bias",
}


def divergence(diverged: Diverged) -> str:
    """Return where a training left the finite range."""
    where = "" if diverged.quantity is TrainedQuantity.LOSS else f", layer {diverged.layer + 1}"
    return f"diverged at step {diverged.step}{where}, {_TRAINED[diverged.quantity]}"


def guessing(baseline: float, experiment: Experiment) -> str:
    """Return the meaning of the dashed line of panel 4."""
    classes = experiment.data.classes
    chance = f"ln {classes} ≈ " if experiment.loss == "cross_entropy" else ""
    return f"dashed: {chance}{number(baseline, 3)}, guessing without looking"


def largest_rate(rate: float | None) -> str:
    """Return what the search for a learning rate found."""
    return "no rate trains" if rate is None else f"trains up to η = {number(rate)}"


def outcome(
    accuracy: npt.NDArray[np.float64],
    loss: npt.NDArray[np.float64],
    baseline: float,
    chance: float,
    diverged: Diverged | None,
) -> str:
    """Return what became of one scheme's training so far; nothing before the first step.

    `accuracy` is by step, NaN where nobody looked; `loss` is the training loss by step; `baseline`
    and `chance` are loss and accuracy of guessing.
    """
    if diverged is not None:
        return divergence(diverged)
    steps = len(loss) - 1
    if steps < 1:
        return ""
    for share in (0.95, 0.9, 0.8, 0.5):
        if share <= 1.2 * chance:
            break
        reached = np.flatnonzero(accuracy >= share)
        if reached.size:
            return f"{100 * share:.0f} % right after {reached[0]} steps"
    late = float(np.mean(loss[-min(20, steps) :]))
    known = accuracy[np.isfinite(accuracy)]
    if abs(late / baseline - 1) < 0.02 or (known.size and known[-1] <= 1.2 * chance):
        how = "worse than" if late > 1.02 * baseline else "still"
        return f"{how} guessing after {steps} steps"
    right = f"{percent(float(known[-1]))} right" if known.size else f"loss {number(late)}"
    return f"{right} after {steps} steps"


def remedy(remedy: Remedy) -> str:
    """Return the label of the button that applies a remedy."""
    parts = []
    if remedy.activation is not None:
        parts.append(remedy.activation.label)
    if remedy.scheme is not None:
        parts.append(scheme_name(remedy.scheme))
    return "Use " + " with ".join(parts)


def remedy_wordings(mending: Remedy) -> tuple[str, ...]:
    """Return the labels of that button, ever shorter."""
    whole = remedy(mending)
    short = whole.replace(" with ", " + ")
    return tuple(dict.fromkeys((whole, short, short.removeprefix("Use "), "Mend")))


def error_message(error: ExperimentError, label: str) -> str:
    """Return what is shown at the field that was refused."""
    value = error.value
    shown = f"“{value}”" if isinstance(value, str) else number_as_typed(value)
    if error.field == "hidden_widths" and isinstance(value, str):
        shown = value
    return f"{label}: {shown} is not possible. Allowed: {error.allowed}."


def number_as_typed(value: object) -> str:
    """Return a refused value as the user would recognise it."""
    return exact_number(value) if isinstance(value, int | float) else repr(value)


def parameter_label(parameter: Parameter) -> str:
    """Return a parameter's name on screen."""
    return FIELD_LABELS.get(parameter.name, parameter.name.replace("_", " "))


def network_in_words(experiment: Experiment) -> str:
    """Return the network and data of an experiment in one line."""
    widths = set(experiment.hidden_widths)
    shape = f"{experiment.depth} × {experiment.hidden_widths[0]}"
    if len(widths) > 1:
        shape = "–".join(map(str, experiment.hidden_widths))
    return (
        f"{experiment.activation.label}, {shape} hidden units, "
        f"{experiment.data.label.lower()}, batch {experiment.batch_size}, "
        f"{LOSS_LABELS[experiment.loss].lower()}, {experiment.dtype}, seed {experiment.seed}"
    )
