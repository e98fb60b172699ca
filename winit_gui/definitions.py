"""What every quantity on screen is: one entry each, found by its key."""

from __future__ import annotations

import html
from dataclasses import dataclass

from winit_core.diagnosis import Kind
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.state import View


@dataclass(frozen=True)
class Definition:
    """One entry; its text is plain."""

    key: str
    title: str
    text: str


_BASICS = (
    Definition(
        "layers",
        tr("Layers, z and h"),
        tr(
            "A layer multiplies what enters it by its weights W and adds its biases b: z = h·W + "
            "b, the pre-activation. The activation function makes h of it, which enters the next "
            "layer. Layers are counted from 1; the last one, the output layer, has no activation "
            "function: its h is z."
        ),
    ),
    Definition(
        "rms",
        tr("RMS"),
        tr(
            "Root mean square: the square root of the mean of the squares, over all inputs of the "
            "batch and all units of the layer. It is the size of a typical number, whatever its "
            "sign."
        ),
    ),
    Definition(
        "weights",
        tr("Weights, std, n_in and n_out"),
        tr(
            "How the first weights of a layer are spread: bars are the weights that were drawn, "
            "lines the law they were drawn from. std is its standard deviation, the square root of "
            "the variance. n_in (fan_in) is the number of inputs of a unit, n_out (fan_out) of "
            "units. n_in × variance says what a layer does to the size of a signal before the "
            "activation."
        ),
    ),
    Definition("near_rule", tr("Axis: weight"), wording.SCALE_DEFINITIONS["near_rule"]),
    Definition("log", tr("Axis: log |weight|"), wording.SCALE_DEFINITIONS["log"]),
    Definition("relative_axis", tr("Axis: weight × √n_in"), wording.SCALE_DEFINITIONS["relative"]),
    Definition("signal", tr("Signal: RMS of h"), wording.TIPS["signal"]),
)
_MORE = (
    Definition(
        "relative",
        tr("Relative to the output, absolute"),
        wording.TIPS["relative"] + " " + tr("Or absolute: the numbers themselves."),
    ),
    Definition("learning_rate", tr("Learning rate η"), wording.TIPS["learning_rate"]),
    Definition(
        "predicted",
        tr("Predicted: bands and ticks"),
        tr(
            "What theory expects without running the net: the median over all random nets of this "
            "kind, and two standard deviations of a single net to either side. Panels draw it over "
            "the measurement, so that each checks the other. T hides it."
        ),
    ),
    Definition(
        "levels",
        tr("0, ≈ 0, ∞ and NaN"),
        tr(
            "What has no logarithm stands on a level of its own beside the axis. “≈ 0” is 0 but "
            "for rounding: numbers that would cancel exactly and do so but for the last digits. "
            "NaN (not a number) is what ∞ − ∞ or 0 × ∞ gives."
        ),
    ),
    Definition(
        "saturated",
        tr("Saturated"),
        tr(
            "An activation within 3 % of the limit of its function, where the curve is flat: "
            "hardly any error passes through."
        ),
    ),
    Definition(
        "dead", tr("Dead unit"), tr("A unit whose activation is 0 for every input of the batch.")
    ),
    Definition(
        "distinct",
        tr("Distinct units"),
        tr(
            "How many units of a layer differ in their numbers. Units that start alike and are "
            "changed alike stay alike: 128 of them act as 1."
        ),
    ),
    Definition(
        "seed",
        tr("Seed, and the same draws for all"),
        wording.TIPS["seed"],
    ),
    Definition(
        "nets",
        tr("Several nets: middle and strokes"),
        wording.TIPS["seeds"],
    ),
    Definition(
        "ghost",
        tr("Pinned: dashed ghosts"),
        tr(
            "A pinned experiment as it was, before training: thin dashed lines in the colours of "
            "its schemes. It changes nothing of what is measured."
        ),
    ),
)
_EXPLAINED = (
    Definition(
        "loss",
        tr("Loss before training"),
        tr(
            "How far the answers of the first weights are from the labels, over the batch. With "
            "cross-entropy, guessing without looking costs the logarithm of the number of classes."
        ),
    ),
    Definition(
        "similarity",
        tr("Similarity of inputs"),
        tr(
            "The mean cosine of the pre-activations z of two inputs. 1: the layer answers all "
            "inputs in one direction and no longer tells them apart; 0: its answers are unrelated. "
            "Theory gives it for two inputs that are orthogonal to each other."
        ),
    ),
    Definition(
        "rank",
        tr("Rank of W and ∂L/∂W"),
        tr(
            "In how many directions a matrix stretches: its singular values above rounding. Units "
            "that are all alike leave it one direction at most."
        ),
    ),
    Definition(
        "sigma",
        tr("σ_w² and σ_b²"),
        tr(
            "n_in times the variance of a weight, and the variance of a bias, in the middle of "
            "the net: all that theory needs to know of the scheme there."
        ),
    ),
    Definition(
        "regime",
        tr("Regime: ordered, edge of chaos, chaotic"),
        tr(
            "Where a very deep net of such layers leads. Ordered, χ₁ < 1: inputs become alike and "
            "the error shrinks from layer to layer. Chaotic, χ₁ > 1: inputs part and the error "
            "grows. At the edge between them, χ₁ = 1, the error keeps its size."
        ),
    ),
    Definition(
        "chi_1",
        tr("Error per layer: χ₁"),
        tr(
            "What one layer multiplies the square of the error by on its way back, in a very wide "
            "net whose signal has settled. Each further layer does it once more."
        ),
    ),
    Definition(
        "fixed_point",
        tr("Fixed point q*"),
        tr(
            "The mean square of z that a layer hands on as it came. If it attracts, signals of "
            "every size in reach come to this one in a deep net."
        ),
    ),
    Definition(
        "depth_scales",
        tr("Depth scales ξ"),
        tr(
            "Over so many layers a deviation changes by a factor of e ≈ 2.7: that of the signal "
            "from its fixed point, that of the similarity of two inputs, and the squared error. "
            "How deep a net can be trained goes with the similarity’s."
        ),
    ),
    Definition(
        "overflow",
        tr("Overflow"),
        tr(
            "The first layer in which theory expects a number beyond its format: float32 ends at "
            "3.4 × 10³⁸, float16 at 65,504. What is larger becomes ∞."
        ),
    ),
    Definition(
        "gain",
        tr("Gain"),
        tr(
            "What the standard deviation of a scheme is multiplied by, to make up for the "
            "activation function. One gain keeps the size of the signal, another that of the "
            "error; calculate_gain is PyTorch’s table."
        ),
    ),
)


def definitions() -> tuple[Definition, ...]:
    """Return all entries in the order of the page."""
    readings = [
        Definition(key, f"{label}: {wording.READING_SYMBOLS[key]}", text)
        for key, text in wording.READING_DEFINITIONS.items()
        for label in (wording.READINGS[key],)
    ]
    learning = [
        Definition(key, wording.LEARNING[key], text)
        for key, text in wording.LEARNING_DEFINITIONS.items()
    ]
    verdicts = [
        Definition(of_verdict(kind), _verdict_title(kind), text)
        for kind, text in wording.VERDICT_DEFINITIONS.items()
    ]
    return (*_BASICS, *readings, *_MORE, *learning, *verdicts, *_EXPLAINED)


def _verdict_title(kind: Kind) -> str:
    return tr("Verdict: {verdict}", verdict=wording.VERDICTS[kind])


def of_panel(number: int, view: View) -> str:
    """Return the key of what a panel draws."""
    axis = {"near_rule": "weights", "log": "log", "relative": "relative_axis"}
    return {1: axis[view.weight_scale], 2: "signal", 3: view.reading, 4: view.learning}[number]


def of_verdict(kind: Kind) -> str:
    """Return the key of a verdict."""
    return f"verdict_{kind.name.lower()}"


def page(chosen: str, accent: str) -> str:
    """Return all entries as HTML, one of them marked."""
    parts = []
    for entry in definitions():
        mark = f" style='color:{accent}'" if entry.key == chosen else ""
        parts.append(
            f"<a name='{entry.key}'></a><h4{mark}>{html.escape(entry.title)}</h4>"
            f"<p>{html.escape(entry.text)}</p>"
        )
    return "".join(parts)
