"""What the programs of all libraries have in common: the head, the conditions, the wrapping."""

from __future__ import annotations

import re
import textwrap
from itertools import groupby

from winit_core import __version__
from winit_core.activations import BoundActivation
from winit_core.code_generation.recipes import LayerPlan, Plan, Recipe, number
from winit_core.schemes import library_entry

WIDTH = 88
_STRING = re.compile(r'"[^"]*"')


def head(plan: Plan, library: str, title: str, notes: tuple[str, ...] = ()) -> list[str]:
    """Return the docstring of a program: what it makes, and what is easily got wrong here."""
    experiment, choice = plan.experiment, plan.choice
    inputs, depth = experiment.layer_shapes[0][0], experiment.depth
    sampled = "" if experiment.library == "reference" else f", sampled as {experiment.library} does"
    parts = [
        f"{choice.label} weights for a {experiment.activation.label} network, in {title}.",
        f"{inputs} inputs, {depth} hidden layers, {experiment.layer_shapes[-1][1]} outputs. "
        f"Written by winit {__version__}: seed, widths and law are those of the experiment"
        f"{sampled}; the random numbers are those of {title}.",
        f"{choice.label}: {choice.record.formula}. {choice.record.reference}.",
    ]
    entry = library_entry(choice, library)
    if entry is None:
        parts.append(f"{title} has no such scheme: what follows draws it by hand.")
    elif entry.differences:
        parts.append(f"In {title} it is called {entry.name}. {entry.differences}")
    lines = [f'"""{parts[0]}', ""]
    for part in [*parts[1:], *notes]:
        lines += [*textwrap.wrap(part, WIDTH, break_long_words=False), ""]
    return [*[line.replace("\\", "/") for line in lines[:-1]], '"""', ""]


def widths(plan: Plan) -> str:
    """Return the list of the layers' sizes from the inputs to the outputs."""
    shapes = plan.experiment.layer_shapes
    sizes = [shapes[0][0], *(fan_out for _, fan_out in shapes)]
    runs = [(size, len(list(same))) for size, same in groupby(sizes)]
    parts: list[str] = []
    alone: list[str] = []
    for size, count in runs:
        if count < 4:
            alone += [str(size)] * count
            continue
        if alone:
            parts.append(f"[{', '.join(alone)}]")
            alone = []
        parts.append(f"[{size}] * {count}")
    if alone:
        parts.append(f"[{', '.join(alone)}]")
    line = f"WIDTHS = {' + '.join(parts)}"
    if len(line) <= WIDTH:
        return line
    inner = textwrap.wrap(", ".join(map(str, sizes)) + ",", WIDTH - 4)
    return "\n".join(["WIDTHS = [", *(f"    {text}" for text in inner), "]"])


def condition(layers: tuple[int, ...]) -> str:
    """Return the condition that a layer is one of these."""
    first, last = layers[0], layers[-1]
    if first == last:
        return f"layer == {first}"
    if last - first + 1 == len(layers):
        return f"layer <= {last}" if first == 0 else f"{first} <= layer <= {last}"
    return f"layer in ({', '.join(map(str, layers))})"


def branches(plan: Plan, bodies: dict[LayerPlan, list[str]]) -> list[str]:
    """Return an ``if`` with one branch per group of layers, or the one body alone."""
    groups = plan.groups
    if len(groups) == 1:
        return bodies[groups[0][1]]
    lines = []
    for position, (layers, how) in enumerate(groups):
        is_last = position == len(groups) - 1
        comment = f"  # {how.choice.label}" if how.choice != plan.choice else ""
        keyword = "else:" if is_last else f"{'elif' if position else 'if'} {condition(layers)}:"
        if len(keyword + comment) > WIDTH - 4 and not is_last:
            keyword = "\n    ".join(
                textwrap.wrap(keyword.replace("in (", "in ( "), WIDTH - 8, break_long_words=False)
            ).replace("( ", "(")
        lines += [keyword + comment, *indented(bodies[how])]
    return lines


def indented(lines: list[str], levels: int = 1) -> list[str]:
    """Return lines moved to the right."""
    space = "    " * levels
    return [
        "\n".join(space + part if part else part for part in line.split("\n")) for line in lines
    ]


def limits(mean: str, bound: str) -> tuple[str, str]:
    """Return the two ends of an interval as expressions."""
    if mean == "0":
        # -a / b and -a * b are minus the whole; a sum would need parentheses.
        return f"-{bound}", bound
    low, high = float(mean) - float(bound), float(mean) + float(bound)
    return number(low), number(high)


def calibrated(plan: Plan) -> list[str]:
    """Return the table of the layers that are adjusted to the batch."""
    held = {index: plan.layers[index].calibration for index in plan.calibrated}
    settings = set(held.values())
    comment = "# layer: how near to 1 the std must come, after how many attempts at most"
    if len(settings) == 1 and len(held) == len(plan.layers):
        table = f"dict.fromkeys(range(len(WIDTHS) - 1), {next(iter(settings))})"
        return [comment, f"CALIBRATED = {table}"]
    lines = [f"    {layer}: {setting}," for layer, setting in held.items()]
    return [comment, "CALIBRATED = {", *lines, "}"]


def named(text: str, name: str) -> tuple[list[str], str]:
    """Return a line that names a long expression, and what to write in its place."""
    if "(" not in text and " " not in text:
        return [], text
    return [f"{name} = {text}"], name


def with_names(recipe: Recipe, prefix: str = "") -> tuple[list[str], Recipe]:
    """Return lines that name a recipe's roots, and the recipe in terms of these names."""
    lines: list[str] = []
    arguments = []
    for name, text in recipe.arguments:
        more, short = named(text, prefix + name) if "math.sqrt" in text else ([], text)
        lines += more
        arguments.append((name, short))
    return lines, Recipe(recipe.kind, tuple(arguments))


def uses(lines: list[str], name: str) -> bool:
    """Tell whether a name occurs in some lines, outside of strings."""
    return any(name in _STRING.sub("", line) for line in lines)


def expression(template: str, activation: BoundActivation) -> str:
    """Return an activation's expression with its parameters filled in; a factor of 1 left out."""
    values = {}
    for name, value in activation.params.items():
        values[name] = number(float(value))
        if values[name] == "1":
            template = template.replace(f"{{{name}}} * ", "").replace(f" / {{{name}}}", "")
    return template.format(**values)
