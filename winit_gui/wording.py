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
from winit_core.parameters import Parameter
from winit_core.schemes import SchemeChoice
from winit_core.schemes.laws import Law
from winit_core.simulation import Quantity, SchemeRun
from winit_core.training import Diverged, TrainedQuantity
from winit_core.translation import tr, tr_n
from winit_core.width import Fixed

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_NO_BREAK = "\u00a0"
"""A space at which no line ends: within a number, and before its × or its %."""

READINGS = {
    "delta": tr("Backpropagated error"),
    "grad_weight": tr("Weight gradient"),
    "update_ratio": tr("Update ratio"),
}
READING_SYMBOLS = {
    "delta": tr("RMS of ∂L/∂z"),
    "grad_weight": tr("RMS of ∂L/∂W"),
    "update_ratio": tr("η · RMS of ∂L/∂W / RMS of W"),
}
READING_DEFINITIONS = {
    "delta": tr(
        "∂L/∂z: how much the loss would change if a unit’s pre-activation changed. This is "
        "what “the gradient shrinks during backpropagation” means."
    ),
    "grad_weight": tr(
        "∂L/∂W: what a training step subtracts from a weight, before the learning "
        "rate. It also depends on the signal that enters the layer."
    ),
    "update_ratio": tr(
        "How large one step is beside the weights themselves: learning rate × RMS "
        "of ∂L/∂W, divided by RMS of W. About 10⁻³ is usual in a net that learns."
    ),
}
LEARNING = {
    "train_loss": tr("Training loss"),
    "held_out_loss": tr("Held-out loss"),
    "held_out_accuracy": tr("Held-out accuracy"),
    "surface": tr("Decision surface"),
}
LEARNING_DEFINITIONS = {
    "train_loss": tr("Loss over the batch of each step, before the step is taken."),
    "held_out_loss": tr("Loss over the fifth of the data that is never trained on."),
    "held_out_accuracy": tr("Share of the data never trained on that is classified right."),
    "surface": tr(
        "What each net answers all over the plane, at the shown step; the fuller the "
        "colour, the surer it is. For data with two inputs."
    ),
}
PACES = {
    "full": tr("As fast as it can"),
    "30": tr("30 steps a second"),
    "10": tr("10 steps a second"),
    "3": tr("3 steps a second"),
}
OPTIMIZER_LABELS = {
    "sgd": "SGD",
    "momentum": tr("SGD with momentum"),
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
}
SCALES = {
    "near_rule": tr("Weight"),
    "log": tr("log |weight|"),
    "relative": tr("Weight × √n_in"),
}
SCALE_DEFINITIONS = {
    "near_rule": tr(
        "The weights themselves; the range fits the schemes near their rule, and what "
        "lies beyond is named above the plot."
    ),
    "log": tr("Decades of |weight|: every scheme is seen at once, however small or large."),
    "relative": tr("Weights times √n_in: the rules become numbers near 1, in every layer."),
}
DETAIL_SCALES = {"fitting": tr("Axis that fits"), "linear": tr("Value"), "log": tr("log |value|")}
TENSORS = {
    Quantity.PRE_ACTIVATION: "z",
    Quantity.ACTIVATION: "h",
    Quantity.DELTA: "∂L/∂z",
    Quantity.WEIGHT: "W",
}
TENSOR_NAMES = {
    Quantity.PRE_ACTIVATION: tr("Pre-activation"),
    Quantity.ACTIVATION: tr("Activation"),
    Quantity.DELTA: tr("Backpropagated error"),
    Quantity.WEIGHT: tr("Weights"),
}
LOSS_LABELS = {"cross_entropy": tr("Cross-entropy"), "mse": tr("Mean squared error")}
THEME_LABELS = {
    "system": tr("&System"),
    "light": tr("&Light"),
    "dark": tr("&Dark"),
    "projector": tr("&Projector"),
}

PALETTE_LABELS = {
    "okabe_ito": "Okabe and Ito",
    "tol_muted": tr("Tol, muted"),
    "high_contrast": tr("High contrast"),
}
PALETTE_DEFINITIONS = {
    "okabe_ito": tr("The colours of Okabe and Ito (2008), made for every kind of colour vision."),
    "tol_muted": tr("After Paul Tol’s “muted” scheme: further apart for colour-blind readers."),
    "high_contrast": tr("Every colour has a contrast of at least 3 : 1 to light and dark grounds."),
}

FIELD_LABELS = {
    "hidden_widths": tr("Hidden layers"),
    "batch_size": tr("Batch"),
    "input_width": tr("Inputs"),
    "seed": tr("Seed"),
    "std": "std",
    "weight": tr("weight"),
    "bias": tr("bias"),
    "gain": tr("gain"),
    "slope": tr("slope"),
    "alpha": "alpha",
    "beta": "beta",
    "mode": tr("fan"),
    "scale": tr("scale"),
    "bound": tr("bound"),
    "mean": tr("mean"),
    "cut": tr("cut"),
    "std_of": tr("std of"),
    "sparsity": tr("sparsity"),
    "per": tr("per"),
    "target": tr("target"),
    "distribution": tr("distribution"),
    "frequency": tr("frequency"),
    "max_attempts": tr("max attempts"),
    "tol": tr("tol"),
    "bias_rule": tr("bias rule"),
    "bias_std": tr("bias std"),
}
"""Fields of an experiment, and the parameters of its schemes and activations."""

GAIN_LABELS = {"torch": "PyTorch", "forward": tr("forward"), "backward": tr("backward")}


def gain_definition(key: str, activation: str) -> str:
    """Return what one of the gains of `GAIN_LABELS` is for an activation."""
    match key:
        case "torch":
            return tr("torch.nn.init.calculate_gain for {activation}", activation=activation)
        case "forward":
            return tr(
                "The gain that keeps the signal through {activation}: exact, for pre-activations "
                "of variance 1 and units with as many outputs as inputs",
                activation=activation,
            )
        case _:
            return tr(
                "The gain that keeps the backpropagated error through {activation}: exact, for "
                "pre-activations of variance 1 and units with as many outputs as inputs",
                activation=activation,
            )


LIBRARY_LABELS = {
    "reference": tr("As published"),
    "pytorch": tr("As PyTorch does"),
    "keras": tr("As Keras does"),
    "jax": tr("As JAX does"),
}

TIPS = {
    "lessons": tr("Lessons that the program brings, and your own"),
    "present": tr("Give a lesson full screen (F5): with the arrow keys or a clicker, Esc leaves"),
    "depth": tr(
        "Number of hidden layers, 1 to 1,000. A linear output layer with 10 classes follows."
    ),
    "width": tr("Units in every hidden layer, 1 to 4,096."),
    "batch_size": tr(
        "How many inputs are run through the net at once; all statistics are over this batch."
    ),
    "seed": tr(
        "Fixes every random number. All schemes use the same unit draws, rescaled: what "
        "differs on screen is the scheme, not luck."
    ),
    "library": tr(
        "Whose way of sampling the named schemes: truncated or plain normals, corrected or "
        "not, with that library’s bias. Explain tells how they differ."
    ),
    "seeds": tr(
        "How many nets, with the seeds from the chosen one on. With more than one the panels "
        "show the median and the range of 8 in 10 nets, and the verdict counts nets."
    ),
    "dice": tr("Another seed (Ctrl+R)"),
    "dataset": tr(
        "What the net is shown: 1,797 real images of 8 × 8 pixels, or standard-normal "
        "inputs with random labels. Digits are standardised: each pixel’s mean removed, then "
        "divided by the overall standard deviation."
    ),
    "loss": tr(
        "Cross-entropy of the softmax, averaged over the batch; or the mean squared error "
        "against one-hot targets, averaged over batch and classes."
    ),
    "dtype": tr("Number format of weights, signals and gradients."),
    "input_width": tr("Number of inputs of the Gaussian data."),
    "activation": tr(
        "The function every hidden unit applies to its pre-activation z; the output "
        "layer is linear."
    ),
    "layer": tr(
        "Which weight matrix panel 1 shows. A click on a layer in panel 2 or 3 chooses it."
    ),
    "signal": tr("RMS (root mean square) of the activations h of each layer over batch and units."),
    "relative": tr("Each layer divided by the output layer: 1 means “arrives as it left”."),
    "absolute": tr("The numbers themselves."),
    "learning_rate": tr("Learning rate η: of the update ratio, and of the training in panel 4."),
    "steps": tr("Number of updates."),
    "training_batch": tr("Inputs per update."),
    "pace": tr("How fast the training goes at most; the numbers are the same."),
    "find_rates": tr(
        "For each scheme, the largest learning rate that still brings the loss clearly "
        "below guessing within 100 steps: a bad scheme is often blamed for a bad rate."
    ),
    "optimizer": tr("The rule of an update; the rules are PyTorch’s, with its default settings."),
    "detail_scale": tr(
        "Axis that fits: logarithmic where the sizes of the schemes differ a thousandfold."
    ),
    "width_handle": tr(
        "Drag to make the weights of this scheme wider or narrower; its parameter follows. ← → 5 % "
        "(with Shift 1 %), Page up and down in larger steps, Home as the scheme has it, ↑ ↓ "
        "another scheme, Esc takes a drag back."
    ),
    "depth_handle": tr(
        "Drag to make the nets deeper or less deep. ← → one hidden layer, Page up and "
        "down ten, Esc takes a drag back."
    ),
    "read_as_variance": tr(
        "Some texts write N(mean, variance). Read that way, the same number "
        "means another width of the curve."
    ),
}


PRESET_LABELS = {
    "compare_tanh": tr("What not to do, and what to do: tanh"),
    "compare_relu": tr("What not to do, and what to do: ReLU"),
    "symmetry": tr("Symmetry that is never broken"),
    "zero_output_layer": tr("One layer of zeros"),
    "std_or_variance": tr("N(0, 0.01): standard deviation or variance?"),
    "cs231n_tanh_small": tr("10 × 500 tanh, std 0.01 (CS231n)"),
    "cs231n_tanh_large": tr("10 × 500 tanh, std 1 (CS231n)"),
    "cs231n_tanh_scaled": tr("10 × 500 tanh, std 1/√fan_in (CS231n)"),
    "cs231n_relu": tr("10 × 500 ReLU (CS231n)"),
    "glorot_bengio": tr("Standard and normalized (Glorot & Bengio 2010)"),
    "sigmoid_vanishes": tr("Sigmoid vanishes with every usual scheme"),
    "he_30_layers": tr("30 layers: Xavier stalls, He passes (He et al. 2015)"),
    "linear_overflow": tr("N(0, 1), 512 wide: where float32 ends"),
    "half_precision": tr("Half precision"),
    "pytorch_default": tr("What nn.Linear does by default"),
    "keras_default": tr("What Keras does by default"),
    "selu": tr("SELU and its gain (Klambauer et al. 2017)"),
    "gelu_critical": tr("GELU needs a bias to be critical"),
    "edge_of_chaos": tr("Ordered, edge, chaotic (Schoenholz et al. 2017)"),
    "inputs_merge": tr("Gradients fine, geometry lost"),
    "orthogonal": tr("50 layers: independent or orthogonal"),
    "siren": tr("SIREN and its frequency (Sitzmann et al. 2020)"),
}


def power_of_ten(exponent: int) -> str:
    """Return 10⁻⁸ for -8; 1 and 10 stay plain."""
    if exponent in (0, 1):
        return "1" if exponent == 0 else "10"
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def number(value: float, digits: int = 2) -> str:
    """Return a number for reading: 0.13, 7.6 × 10⁷, 10⁻¹⁰, 0, ∞, NaN; no line breaks in it."""
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
    return f"{sign}{power}" if plain == "1" else f"{sign}{plain}{_NO_BREAK}×{_NO_BREAK}{power}"


def with_plain_spaces(text: str) -> str:
    """Return a text for a terminal or a program: with no spaces but plain ones."""
    return text.replace(_NO_BREAK, " ")


def exact_number(value: object) -> str:
    """Return a parameter as a user would type it."""
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def percent(fraction: float) -> str:
    """Return a share in per cent, never rounding something to nothing."""
    if 0 < fraction < 0.01:
        return tr("under 1\u00a0%")
    if 0.99 < fraction < 1:
        return tr("over 99\u00a0%")
    return f"{100 * fraction:.0f}{_NO_BREAK}%"


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
    return tr_n("layer {layers}", "layers {layers}", len(layers), layers=", ".join(parts))


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
        return (
            tr(
                "Layer {layer} of {layers}, {size} weights: sampled (bars), exact (lines)",
                layer=layer,
                layers=layers,
                size=size,
            ),
            tr(
                "Layer {layer}, {size} weights: sampled (bars), exact (lines)",
                layer=layer,
                size=size,
            ),
            tr("Layer {layer}, {size}: bars sampled, lines exact", layer=layer, size=size),
            tr("Layer {layer}: bars sampled, lines exact", layer=layer),
            tr("Layer {layer}, {size}", layer=layer, size=size),
            tr("Layer {layer}", layer=layer),
        )
    return (
        tr(
            "Layer {layer} of {layers}, {size} weights at step {step} (bars), "
            "as first drawn (lines)",
            layer=layer,
            layers=layers,
            size=size,
            step=step,
        ),
        tr(
            "Layer {layer}, {size} weights at step {step} (bars), as first drawn (lines)",
            layer=layer,
            size=size,
            step=step,
        ),
        tr(
            "Layer {layer}, {size} at step {step}: bars now, lines at first",
            layer=layer,
            size=size,
            step=step,
        ),
        tr("Layer {layer} at step {step}: bars now, lines at first", layer=layer, step=step),
        tr("Layer {layer}, {size} at step {step}", layer=layer, size=size, step=step),
        tr("Layer {layer}", layer=layer),
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
        return tr("{measured} measured at step {step}", measured=measured, step=shown.step)
    if shown.nets > 1 and theory:
        return tr(
            "{measured}: middle of {nets} nets, strokes: 8 in 10 of them, {predicted} predicted",
            measured=measured,
            nets=shown.nets,
            predicted=predicted,
        )
    if shown.nets > 1:
        return tr(
            "{measured}: middle of {nets} nets, strokes: 8 in 10 of them",
            measured=measured,
            nets=shown.nets,
        )
    if theory:
        return tr(
            "{measured} measured, {predicted} predicted", measured=measured, predicted=predicted
        )
    return tr("{measured} measured", measured=measured)


def of_nets(measured: str, shown: Shown) -> tuple[str, ...]:
    """Return the few words that say how many nets there are, if there are several."""
    if shown.step or shown.nets == 1:
        return ()
    return (tr("{measured}, middle of {nets} nets", measured=measured, nets=shown.nets),)


FIXED_WIDTHS = {
    Fixed.OVERRIDDEN: tr("this layer uses another scheme, set on the left"),
    Fixed.MEASURED: tr("its width is made from the batch and cannot be dragged"),
    Fixed.SPIKES: tr("single values, which have no width to drag"),
    Fixed.OWN_RULE: tr("its rule fixes the width: there is no parameter to drag"),
    Fixed.OTHER_LAYERS: tr("its parameter acts in the other layers only"),
}


def width_in_words(
    choice: SchemeChoice, std: float, times: float, rule: SchemeChoice, layer: int, limit: str = ""
) -> tuple[str, ...]:
    """Return how wide a scheme's weights are and how far that is from a rule, ever shorter."""
    far = "" if math.isnan(times) else f" = {number(times, 3)} × {rule.label}"
    end = f"; {limit}" if limit else ""
    what = f"std {number(std, 3)}"
    where = tr("{width} in layer {layer}", width=f"{what}{far}", layer=layer + 1)
    return (
        f"{choice.label}: {where}{end}",
        f"{choice.label}: {what}{far}{end}",
        f"{what}{far}{end}",
        what,
    )


DEPTH_LIMITS = {True: tr("there must be one"), False: tr("there cannot be more")}


def hidden_layers(depth: int) -> str:
    """Return how deep a net is."""
    return tr_n("{count:,} hidden layer", "{count:,} hidden layers", depth)


def parameter_limit(name: str, value: float) -> str:
    """Return that a parameter has come to an end of its range."""
    return tr("{parameter} ends at {value}", parameter=name, value=exact_number(value))


def awaited_theory(awaited: Sequence[int], schemes: Sequence[SchemeChoice]) -> str:
    """Return that the prediction of some schemes, which are being dragged, is yet to come."""
    if not awaited:
        return ""
    if len(awaited) == 1:
        return tr("; prediction of {scheme} follows", scheme=schemes[awaited[0]].label)
    return tr("; predictions follow")


def predicted_in_words(
    low: npt.NDArray[np.float64],
    middle: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    layer: int,
) -> str:
    """Return what theory expects of a layer, given in decades, after the measured number."""
    centre = decades(float(middle[layer]))
    lowest, highest = decades(float(low[layer])), decades(float(high[layer]))
    if lowest == highest:
        return tr(", predicted {value}", value=centre)
    return tr(", predicted {value} ({low} to {high})", value=centre, low=lowest, high=highest)


def decades(exponent: float) -> str:
    """Return ten to a power as a number, however far it is beyond all floats."""
    if math.isfinite(exponent) and abs(exponent) >= 300:
        return power_of_ten(round(exponent))
    return number(10.0**exponent)


def law_in_words(law: Law, fan_in: int) -> str:
    """Return what a law means in one layer: std, variance, and fan_in × variance."""
    if law.std == 0:
        return tr("every weight is {value}", value=number(law.mean, 4))
    return tr(
        "std {std}, variance {variance}, fan_in\u00a0×\u00a0variance {product}",
        std=number(law.std, 4),
        variance=number(law.std**2, 3),
        product=number(fan_in * law.std**2, 3),
    )


VERDICTS = {
    Kind.NOT_FINITE: tr("Not finite"),
    Kind.SYMMETRIC: tr("Symmetric"),
    Kind.NO_GRADIENT: tr("No gradient"),
    Kind.DEAD: tr("Dead units"),
    Kind.EXPLODING: tr("Exploding"),
    Kind.VANISHING: tr("Vanishing"),
    Kind.SATURATED: tr("Saturated"),
    Kind.DRIFTING: tr("Drifting"),
    Kind.HEALTHY: tr("Healthy"),
}
VERDICT_DEFINITIONS = {
    Kind.NOT_FINITE: tr("A number left the range of its format: inf or NaN."),
    Kind.SYMMETRIC: tr(
        "All units of a layer compute the same, get the same gradient and stay the same for ever."
    ),
    Kind.NO_GRADIENT: tr("A layer receives an error of exactly 0 (or nothing but rounding)."),
    Kind.DEAD: tr("More than half of a layer’s units are 0 for the whole batch."),
    Kind.EXPLODING: tr(
        "The error arriving at layer 1 is more than 1,000 times the output layer’s."
    ),
    Kind.VANISHING: tr(
        "The error arriving at layer 1 is less than a 1,000th of the output layer’s."
    ),
    Kind.SATURATED: tr("More than half of a layer’s activations are within 3\u00a0% of the limit."),
    Kind.DRIFTING: tr(
        "The error arriving at layer 1 differs 10 to 1,000 times from the output layer’s."
    ),
    Kind.HEALTHY: tr(
        "The error arriving at layer 1 is within a factor of 10 of the output layer’s."
    ),
}
_TENSORS = {
    "weight_rms": "W",
    "pre_activation_rms": "z",
    "activation_rms": "h",
    "delta_rms": "∂L/∂z",
    "grad_weight_rms": "∂L/∂W",
}


def evidence(finding: Finding, run: SchemeRun, begins: bool = True) -> str:
    """Return the sentence that proves a finding with its number.

    Parameters
    ----------
    finding, run
        The finding, and the net it is of.
    begins
        Whether the sentence stands alone; else it goes on after a colon or another word.
    """
    layer = finding.layer + 1
    match finding.kind:
        case Kind.NOT_FINITE:
            sentence = _not_finite(finding)
            if finding.predicted_layer is None:
                return sentence
            expected = finding.predicted_layer + 1
            return tr(
                "{sentence}; theory expects it in layer {layer}", sentence=sentence, layer=expected
            )
        case Kind.SYMMETRIC:
            units = f"{finding.threshold:.0f}"
            return tr("{units} units act as 1 from layer {layer} on", units=units, layer=layer)
        case Kind.NO_GRADIENT:
            return _no_gradient(finding, len(run.layers) - 1, begins)
        case Kind.DEAD:
            share = percent(finding.number)
            return tr("{share} of layer {layer}’s units are always 0", share=share, layer=layer)
        case Kind.SATURATED:
            share = percent(finding.number)
            return tr("{share} of layer {layer} saturated", share=share, layer=layer)
        case _:
            ratio = number(finding.number)
            if begins:
                sentence = tr(
                    "Layer 1 receives {ratio}\u00a0× the output layer’s error", ratio=ratio
                )
            else:
                sentence = tr(
                    "layer 1 receives {ratio}\u00a0× the output layer’s error", ratio=ratio
                )
            if finding.near_threshold:
                return tr("{sentence}; near a limit, another seed may differ", sentence=sentence)
            return sentence


def _not_finite(finding: Finding) -> str:
    what = "NaN" if math.isnan(finding.number) else tr("infinite")
    if finding.quantity == "loss":
        return tr("the loss becomes {what}", what=what)
    return tr(
        "{tensor} becomes {what} in layer {layer}",
        tensor=_TENSORS[finding.quantity],
        what=what,
        layer=finding.layer + 1,
    )


def _no_gradient(finding: Finding, last: int, begins: bool) -> str:
    amount = tr("exactly 0") if finding.number == 0 else tr("0 but for rounding")
    if finding.layer == last and begins:
        return tr("The output layer’s error is {amount}", amount=amount)
    if finding.layer == last:
        return tr("the output layer’s error is {amount}", amount=amount)
    if finding.layer == last - 1 and begins:
        return tr("Hidden layers receive {amount}: they cannot learn", amount=amount)
    if finding.layer == last - 1:
        return tr("hidden layers receive {amount}: they cannot learn", amount=amount)
    layer = finding.layer + 1
    if begins:
        return tr("From layer {layer} down, the error is {amount}", layer=layer, amount=amount)
    return tr("from layer {layer} down, the error is {amount}", layer=layer, amount=amount)


def short_evidence(finding: Finding) -> tuple[str, ...]:
    """Return the number that proves a finding, for narrow places: ever shorter."""
    layer = finding.layer + 1
    match finding.kind:
        case Kind.NOT_FINITE:
            return (_not_finite(finding),)
        case Kind.SYMMETRIC:
            units = f"{finding.threshold:.0f}"
            return (
                tr("{units} units act as 1 from layer {layer}", units=units, layer=layer),
                tr("{units} units act as 1", units=units),
            )
        case Kind.NO_GRADIENT:
            return tr("error 0 from layer {layer} down", layer=layer), tr("error 0")
        case Kind.DEAD | Kind.SATURATED:
            share = percent(finding.number)
            return tr("{share} of layer {layer}", share=share, layer=layer), share
        case _:
            ratio = number(finding.number)
            return (
                tr("layer 1: {ratio}\u00a0× output", ratio=ratio),
                tr("layer 1: {ratio}", ratio=ratio),
                ratio,
            )


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
    whole, short = evidence(finding, run), short_evidence(finding)
    if nets == 1:
        return whole, *short
    count = tr("{agreeing} of {nets} nets", agreeing=agreeing, nets=nets)
    if finding.kind is Kind.SYMMETRIC:
        return f"{count}. {whole}", f"{count}; {short[0]}", *short
    inside = evidence(finding, run, begins=False)
    if finding.kind in _BY_LAYER:
        typically = tr("Typically {proof}", proof=inside)
        return f"{count}. {typically}", f"{count}; {short[0]}", *short
    longest = tr("Median: {proof}", proof=inside)
    longer = tr("median: {proof}", proof=short[0])
    median = tr("median {proof}", proof=short[-1])
    return f"{count}. {longest}", f"{count}; {longer}", f"{count}; {median}", median


def before_training(kind: Kind, proofs: tuple[str, ...]) -> tuple[str, ...]:
    """Return a verdict on the first weights beside what training made of them, ever shorter."""
    verdict = tr("{verdict} before training", verdict=VERDICTS[kind])
    shorter = [f"{verdict}: {proof}" for proof in proofs[1:]]
    at_first = tr("{verdict} at step 0", verdict=VERDICTS[kind])
    return f"{verdict}. {proofs[0]}", *shorter, verdict, at_first


class Outcome(str):
    """What became of a training, as the end of a sentence.

    Attributes
    ----------
    shorter
        The same for narrow places, ever shorter.
    """

    __slots__ = ("shorter",)
    shorter: tuple[str, ...]

    def __new__(cls, text: str, *shorter: str) -> Outcome:
        """Return a text that knows its shorter forms."""
        made = super().__new__(cls, text)
        made.shorter = shorter
        return made


def headline(outcome: str) -> tuple[str, ...]:
    """Return what became of a training as the first words of a card, ever shorter."""
    shorter = outcome.shorter if isinstance(outcome, Outcome) else ()
    return tuple(dict.fromkeys(text[:1].upper() + text[1:] for text in (outcome, *shorter)))


_TRAINED = {
    TrainedQuantity.PRE_ACTIVATION: "z",
    TrainedQuantity.LOSS: tr("loss"),
    TrainedQuantity.DELTA: "∂L/∂z",
    TrainedQuantity.WEIGHT_GRADIENT: tr("weight gradient"),
    TrainedQuantity.BIAS_GRADIENT: tr("bias gradient"),
    TrainedQuantity.WEIGHT: tr("weight"),
    TrainedQuantity.BIAS: tr("bias"),
}


def divergence(diverged: Diverged) -> Outcome:
    """Return where a training left the finite range."""
    step, quantity = diverged.step, _TRAINED[diverged.quantity]
    if diverged.quantity is TrainedQuantity.LOSS:
        whole = tr("diverged at step {step}, {quantity}", step=step, quantity=quantity)
    else:
        whole = tr(
            "diverged at step {step}, layer {layer}, {quantity}",
            step=step,
            layer=diverged.layer + 1,
            quantity=quantity,
        )
    return Outcome(whole, tr("diverged at step {step}", step=step), tr("diverged"))


def guessing(baseline: float, experiment: Experiment) -> str:
    """Return the meaning of the dashed line of panel 4."""
    classes = experiment.data.classes
    chance = f"ln {classes} ≈ " if experiment.loss == "cross_entropy" else ""
    value = f"{chance}{number(baseline, 3)}"
    return tr("dashed: {loss}, guessing without looking", loss=value)


def largest_rate(rate: float | None) -> str:
    """Return what the search for a learning rate found."""
    if rate is None:
        return tr("no rate trains")
    return tr("trains up to η = {rate}", rate=number(rate))


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
            return _reached(percent(share), int(reached[0]))
    late = float(np.mean(loss[-min(20, steps) :]))
    looked = np.flatnonzero(np.isfinite(accuracy))
    if abs(late / baseline - 1) < 0.02 or (looked.size and accuracy[looked[-1]] <= 1.2 * chance):
        if late > 1.02 * baseline:
            whole = tr("worse than guessing after {steps} steps", steps=steps)
            return Outcome(whole, tr("worse than guessing"))
        whole = tr("still guessing after {steps} steps", steps=steps)
        return Outcome(whole, tr("still guessing"), tr("guessing"))
    if looked.size:
        return _right(percent(float(accuracy[looked[-1]])), int(looked[-1]))
    shown = number(late)
    whole = tr("training loss {loss} after {steps} steps", loss=shown, steps=steps)
    return Outcome(whole, tr("training loss {loss}", loss=shown), tr("loss {loss}", loss=shown))


def _reached(share: str, step: int) -> Outcome:
    return Outcome(
        tr("{share} of held-out data right by step {step}", share=share, step=step),
        tr("{share} of held-out right by step {step}", share=share, step=step),
        tr("held-out: {share} by step {step}", share=share, step=step),
        tr("held-out ≥ {share}, step {step}", share=share, step=step),
        tr("held-out ≥ {share}", share=share),
        tr("≥ {share} right", share=share),
    )


def _right(share: str, step: int) -> Outcome:
    return Outcome(
        tr("{share} of held-out data right at step {step}", share=share, step=step),
        tr("{share} of held-out right at step {step}", share=share, step=step),
        tr("held-out: {share} at step {step}", share=share, step=step),
        *_right_in_brief(share, step),
    )


def _right_in_brief(share: str, step: int) -> tuple[str, ...]:
    return (
        tr("held-out: {share}, step {step}", share=share, step=step),
        tr("held-out: {share} right", share=share),
        tr("held-out: {share}", share=share),
        tr("{share} right", share=share),
    )


def last_look(
    accuracy: npt.NDArray[np.float64],
    train_loss: npt.NDArray[np.float64],
    held_out_loss: npt.NDArray[np.float64],
) -> str:
    """Return what was measured of one scheme when its held-out data was last looked at.

    All are by step; NaN where nobody looked. Nothing before the first step.
    """
    looked = np.flatnonzero(np.isfinite(accuracy) & np.isfinite(held_out_loss))
    if not looked.size or looked[-1] < 1:
        return ""
    step = int(looked[-1])
    return tr(
        "Step {step}: training loss {train}, held-out loss {held_out}, {share} of the "
        "held-out data right.",
        step=step,
        train=number(float(train_loss[step])),
        held_out=number(float(held_out_loss[step])),
        share=percent(float(accuracy[step])),
    )


def remedy(remedy: Remedy) -> str:
    """Return the label of the button that applies a remedy."""
    return remedy_wordings(remedy)[0]


def remedy_wordings(remedy: Remedy) -> tuple[str, ...]:
    """Return the labels of that button, ever shorter."""
    names = [] if remedy.activation is None else [remedy.activation.label]
    if remedy.scheme is not None:
        names.append(scheme_name(remedy.scheme))
    short = " + ".join(names)
    wordings = (tr("Use {change}", change=short), short, tr("Mend"))
    if len(names) < 2:
        return wordings
    activation, scheme = names
    return tr("Use {activation} with {scheme}", activation=activation, scheme=scheme), *wordings


def error_message(error: ExperimentError, label: str) -> str:
    """Return what is shown at the field that was refused."""
    value = error.value
    shown = f"“{value}”" if isinstance(value, str) else number_as_typed(value)
    if error.field == "hidden_widths" and isinstance(value, str):
        shown = value
    return tr(
        "{label}: {value} is not possible. Allowed: {allowed}.",
        label=label,
        value=shown,
        allowed=error.allowed,
    )


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
    return tr(
        "{activation}, {shape} hidden units, {data}, batch {batch}, {loss}, {format}, seed {seed}",
        activation=experiment.activation.label,
        shape=shape,
        data=_DATA_IN_A_LINE.get(experiment.dataset) or experiment.data.label.lower(),
        batch=experiment.batch_size,
        loss=_LOSSES_IN_A_LINE[experiment.loss],
        format=experiment.dtype,
        seed=experiment.seed,
    )


_DATA_IN_A_LINE = {
    "digits": tr("handwritten digits"),
    "gaussian": tr("gaussian noise"),
    "moons": tr("two moons"),
    "spirals": tr("two spirals"),
    "circles": tr("two circles"),
}
_LOSSES_IN_A_LINE = {"cross_entropy": tr("cross-entropy"), "mse": tr("mean squared error")}
