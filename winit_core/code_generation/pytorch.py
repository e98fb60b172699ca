"""The network as a PyTorch program. Weights are (fan_out, fan_in) there."""

from __future__ import annotations

from winit_core.activations import BoundActivation
from winit_core.code_generation.recipes import LayerPlan, Plan, Recipe, number, scaling_of
from winit_core.code_generation.text import (
    branches,
    calibrated,
    expression,
    head,
    indented,
    limits,
    named,
    uses,
    widths,
)

_HALF = {"float16", "bfloat16"}

_MIRRORED = '''
def looks_linear_(weight, gain, mirrored_in, mirrored_out):
    """Fill with [[Q, -Q], [-Q, Q]]; a side of odd length keeps one line of zeros."""
    fan_out, fan_in = weight.shape
    rows = fan_out // 2 if mirrored_out else fan_out
    columns = fan_in // 2 if mirrored_in else fan_in
    block = nn.init.orthogonal_(torch.empty(rows, columns), gain)
    if mirrored_out:
        block = torch.cat([block, -block], dim=0)
    if mirrored_in:
        block = torch.cat([block, -block], dim=1)
    weight.zero_()
    weight[: block.shape[0], : block.shape[1]] = block

'''
_CALIBRATE = '''
@torch.no_grad()
def calibrate(model, batch):
    """Divide the weights by the std of their own output until that is 1 (LSUV)."""
    signal, layer = batch, 0
    for module in model:
        if isinstance(module, nn.Linear):
            tol, max_attempts = CALIBRATED.get(layer, (0, 0))
            for _ in range(max_attempts):
                std = float(module(signal).std(correction=0))
                if not math.isfinite(std) or std == 0 or abs(std - 1) <= tol:
                    break
                module.weight /= std
            layer += 1
        signal = module(signal)

'''


def program(plan: Plan) -> str:
    """Return the program."""
    bodies = {how: _layer(how) for _, how in plan.groups}
    body = branches(plan, bodies)
    start = ["weight, bias = linear.weight, linear.bias"]
    if uses(body, "fan_"):
        start.append("fan_out, fan_in = weight.shape  # PyTorch keeps weights transposed")
    initialize = [
        "@torch.no_grad()",
        f"def initialize(linear{', layer' if len(plan.groups) > 1 else ''}):",
        '    """Give one layer its first weights and biases."""',
        *indented([*start, *body]),
    ]
    activation = plan.experiment.activation
    lines = head(plan, "pytorch", "PyTorch")
    lines += ["import math", ""] if uses(body, "math.") or plan.calibrated else []
    lines += ["import torch", "from torch import nn", ""]
    lines += [f"SEED = {plan.experiment.seed}", widths(plan)]
    lines += calibrated(plan) if plan.calibrated else []
    lines += ["", *_activation_class(activation), *initialize, ""]
    lines += _MIRRORED.splitlines() if "mirrored" in plan.kinds else []
    lines += _CALIBRATE.splitlines() if plan.calibrated else []
    lines += ["", *_make_model(plan), "", ""]
    lines += _END.splitlines()
    return "\n".join(lines) + "\n"


def _is_module(activation: BoundActivation) -> bool:
    """Tell whether PyTorch has the activation as a layer."""
    return activation.record.code.pytorch.startswith("nn.")


def _activation_class(activation: BoundActivation) -> list[str]:
    template = None if _is_module(activation) else activation.record.code.pytorch
    if template is None:
        return [""]
    return [
        "",
        "class Activation(nn.Module):",
        f'    """{activation.label}."""',
        "",
        "    def forward(self, z):",
        f"        return {expression(template, activation)}",
        "",
        "",
    ]


def _make_model(plan: Plan) -> list[str]:
    activation = plan.experiment.activation
    module = "Activation()"
    if _is_module(activation):
        module = expression(activation.record.code.pytorch, activation)
    call = "initialize(linear, layer)" if len(plan.groups) > 1 else "initialize(linear)"
    loop = "for layer, (fan_in, fan_out) in enumerate(zip(WIDTHS, WIDTHS[1:])):"
    if len(plan.groups) == 1:
        loop = "for fan_in, fan_out in zip(WIDTHS, WIDTHS[1:]):"
    lines = [
        "def make_model(seed=SEED):",
        '    """Return the network with its first weights; the output layer is linear."""',
        "    torch.manual_seed(seed)",
        "    modules = []",
        f"    {loop}",
        "        linear = nn.Linear(fan_in, fan_out)",
        f"        {call}",
        f"        modules += [linear, {module}]",
        "    model = nn.Sequential(*modules[:-1])",
    ]
    if plan.calibrated:
        rows = plan.experiment.batch_size
        lines += [
            f"    batch = torch.randn({rows}, WIDTHS[0])  # put a batch of your own inputs here",
            "    calibrate(model, batch)",
        ]
    if plan.experiment.dtype == "float32":
        return [*lines, "    return model"]
    comment = "  # drawn in float32, then rounded" if plan.experiment.dtype in _HALF else ""
    return [*lines, f"    return model.to(torch.{plan.experiment.dtype}){comment}"]


_END = """\
model = make_model()

if __name__ == "__main__":
    for layer, linear in enumerate(m for m in model if isinstance(m, nn.Linear)):
        fan_out, fan_in = linear.weight.shape
        std = linear.weight.double().std(correction=0).item()
        print(f"layer {layer + 1}: {fan_in} -> {fan_out}, std of the weights {std:.6g}")
"""


def _layer(how: LayerPlan) -> list[str]:
    return [*_weight(how), *_plain(how.bias, "bias", bias_of_linear=True)]


def _weight(how: LayerPlan) -> list[str]:
    recipe, choice = how.weight, how.choice
    scaling = scaling_of(choice)
    has_name = (
        recipe.kind in ("normal", "uniform") and scaling is not None and "math" in recipe.text
    )
    if has_name and scaling is not None:
        kind, _, _ = choice.key.rpartition("_")
        gain = "" if scaling.gain == 1 else f", gain={number(scaling.gain)}"
        if kind == "glorot":
            return [f"nn.init.xavier_{recipe.kind}_(weight{gain})"]
        if kind == "lecun" and not gain:
            return [f'nn.init.kaiming_{recipe.kind}_(weight, nonlinearity="linear")']
        if kind == "he" and not gain and scaling.mode in ("fan_in", "fan_out"):
            # a counts with nonlinearity="leaky_relu" only: said, since it is easily changed.
            slope, mode = number(scaling.slope or 0), scaling.mode
            call = f'nn.init.kaiming_{recipe.kind}_(weight, a={slope}, mode="{mode}",'
            whole = f'{call} nonlinearity="leaky_relu")'
            if len(whole) <= 80:
                return [whole]
            return [
                f"nn.init.kaiming_{recipe.kind}_(",
                f'    weight, a={slope}, mode="{mode}", nonlinearity="leaky_relu"',
                ")",
            ]
    if recipe.kind == "sparse":
        sparsity, std = number(choice.values.number("sparsity")), recipe["std"]
        if recipe["per_unit"] == "True":
            return [
                "# sparse_ counts the zeros of each column: of the transpose, each unit's",
                f"nn.init.sparse_(weight.T, sparsity={sparsity}, std={std})",
            ]
        return [f"nn.init.sparse_(weight, sparsity={sparsity}, std={std})"]
    return _plain(recipe, "weight")


def _plain(recipe: Recipe, tensor: str, bias_of_linear: bool = False) -> list[str]:
    match recipe.kind:
        case "constant":
            value = recipe["value"]
            if value == "0":
                return [f"nn.init.zeros_({tensor})"]
            return [f"nn.init.constant_({tensor}, {value})"]
        case "normal":
            lines, std = named(recipe["std"], "std")
            return [*lines, f"nn.init.normal_({tensor}, {recipe['mean']}, {std})"]
        case "uniform":
            lines, bound = named(recipe["bound"], "bound")
            low, high = limits(recipe["mean"], bound)
            if bias_of_linear and lines:
                lines = [f"{lines[0]}  # as nn.Linear does by itself"]
            return [*lines, f"nn.init.uniform_({tensor}, {low}, {high})"]
        case "truncated_normal":
            lines, std = named(recipe["std"], "std")
            bound = f"{recipe['cut']} * {std}"
            return [
                *lines,
                f"bound = {bound}  # for trunc_normal_ a weight, not a multiple of std",
                f"nn.init.trunc_normal_({tensor}, 0, {std}, -bound, bound)",
            ]
        case "orthogonal":
            gain = "" if recipe["gain"] == "1" else f", gain={recipe['gain']}"
            return [f"nn.init.orthogonal_({tensor}{gain})"]
        case "identity":
            lines = [f"nn.init.eye_({tensor})"]
            gain = recipe["gain"]
            return lines if gain == "1" else [*lines, f"{tensor}.mul_({gain})"]
        case "mirrored":
            flags = f"mirrored_in={recipe['mirrored_in']}, mirrored_out={recipe['mirrored_out']}"
            return [f"looks_linear_({tensor}, {recipe['gain']}, {flags})"]
    raise NotImplementedError(recipe.kind)
