"""What every quantity on screen is: one entry each, found by its key."""

from __future__ import annotations

import html
from dataclasses import dataclass

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
        "Layers, z and h",
        "A layer multiplies what enters it by its weights W and adds its biases b: z = h·W + b, "
        "the pre-activation. The activation function makes h of it, which enters the next layer. "
        "Layers are counted from 1; the last one, the output layer, has no activation function: "
        "its h is z.",
    ),
    Definition(
        "rms",
        "RMS",
        "Root mean square: the square root of the mean of the squares, over all inputs of the "
        "batch and all units of the layer. It is the size of a typical number, whatever its sign.",
    ),
    Definition(
        "weights",
        "Weights, std, n_in and n_out",
        "How the first weights of a layer are spread: bars are the weights that were drawn, lines "
        "the law they were drawn from. std is its standard deviation, the square root of the "
        "variance. n_in (fan_in) is the number of inputs of a unit, n_out (fan_out) of units. "
        "n_in × variance says what a layer does to the size of a signal before the activation.",
    ),
    Definition("near_rule", "Axis: weight", wording.SCALE_DEFINITIONS["near_rule"]),
    Definition("log", "Axis: log |weight|", wording.SCALE_DEFINITIONS["log"]),
    Definition("relative_axis", "Axis: weight × √n_in", wording.SCALE_DEFINITIONS["relative"]),
    Definition("signal", "Signal: RMS of h", wording.TIPS["signal"]),
)
_MORE = (
    Definition(
        "relative",
        "Relative to the output, absolute",
        f"{wording.TIPS['relative']} Or absolute: the numbers themselves.",
    ),
    Definition("learning_rate", "Learning rate η", wording.TIPS["learning_rate"]),
    Definition(
        "predicted",
        "Predicted: bands and ticks",
        "What theory expects without running the net: the median over all random nets of this "
        "kind, and two standard deviations of a single net to either side. Panels draw it over the "
        "measurement, so that each checks the other. T hides it.",
    ),
    Definition(
        "levels",
        "0, ≈ 0, ∞ and NaN",
        "What has no logarithm stands on a level of its own beside the axis. “≈ 0” is 0 but for "
        "rounding: numbers that would cancel exactly and do so but for the last digits. NaN (not a "
        "number) is what ∞ − ∞ or 0 × ∞ gives.",
    ),
    Definition(
        "saturated",
        "Saturated",
        "An activation within 3 % of the limit of its function, where the curve is flat: hardly "
        "any error passes through.",
    ),
    Definition("dead", "Dead unit", "A unit whose activation is 0 for every input of the batch."),
    Definition(
        "distinct",
        "Distinct units",
        "How many units of a layer differ in their numbers. Units that start alike and are "
        "changed alike stay alike: 128 of them act as 1.",
    ),
    Definition(
        "seed",
        "Seed, and the same draws for all",
        wording.TIPS["seed"],
    ),
    Definition(
        "nets",
        "Several nets: middle and strokes",
        wording.TIPS["seeds"],
    ),
    Definition(
        "ghost",
        "Pinned: dashed ghosts",
        "A pinned experiment as it was, before training: thin dashed lines in the colours of its "
        "schemes. It changes nothing of what is measured.",
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
        Definition(f"verdict_{kind.name.lower()}", f"Verdict: {wording.VERDICTS[kind]}", text)
        for kind, text in wording.VERDICT_DEFINITIONS.items()
    ]
    return (*_BASICS, *readings, *_MORE, *learning, *verdicts)


def of_panel(number: int, view: View) -> str:
    """Return the key of what a panel draws."""
    axis = {"near_rule": "weights", "log": "log", "relative": "relative_axis"}
    return {1: axis[view.weight_scale], 2: "signal", 3: view.reading, 4: view.learning}[number]


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
