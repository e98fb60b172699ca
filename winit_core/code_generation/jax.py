"""The network as a JAX program with Flax NNX. Kernels are (fan_in, fan_out)."""

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
    uses,
    widths,
    with_names,
)

_PRELU = "prelu"
_HALF = {"float16", "bfloat16"}
_WIDE_CUT = 5.0

_UNIFORM = '''
def uniform(low, high):
    """U(low, high); the library's own initializer of this name starts at 0."""
    return lambda key, shape, dtype, **_: jax.random.uniform(key, shape, dtype, low, high)

'''
_NORMAL = '''
def normal(mean, std):
    """N(mean, std²); the library's own initializer of this name has no mean."""
    return lambda key, shape, dtype, **_: mean + std * jax.random.normal(key, shape, dtype)

'''
_IDENTITY = '''
def identity(gain):
    """Gain on the diagonal."""
    return lambda key, shape, dtype, **_: gain * jnp.eye(*shape, dtype=dtype)

'''
_CLIPPED = '''
def clipped_normal(std, cut):
    """N(0, std²) held within cut std, which one weight in millions exceeds.

    Cut so far out, the library's truncated_normal now and then returns the cut itself.
    """

    def draw(key, shape, dtype, **_):
        return std * jnp.clip(jax.random.normal(key, shape, dtype), -cut, cut)

    return draw

'''
_SPARSE = '''
def sparse(zeros, std, per_unit):
    """N(0, std²) with as many zeros in every unit's (else every input's) weights."""

    def draw(key, shape, dtype, **_):
        order, values = jax.random.split(key)
        axis = 0 if per_unit else 1
        rank = jnp.argsort(jnp.argsort(jax.random.uniform(order, shape), axis), axis)
        return jnp.where(rank < zeros, 0, std * jax.random.normal(values, shape, dtype))

    return draw

'''
_MIRRORED = '''
def looks_linear(gain, mirrored_in, mirrored_out):
    """[[Q, -Q], [-Q, Q]]; a side of odd length keeps one line of zeros."""

    def draw(key, shape, dtype, **_):
        fan_in, fan_out = shape
        rows = fan_in // 2 if mirrored_in else fan_in
        columns = fan_out // 2 if mirrored_out else fan_out
        block = initializers.orthogonal(gain)(key, (rows, columns), dtype)
        if mirrored_out:
            block = jnp.concatenate([block, -block], axis=1)
        if mirrored_in:
            block = jnp.concatenate([block, -block], axis=0)
        missing = [(0, fan_in - block.shape[0]), (0, fan_out - block.shape[1])]
        return jnp.pad(block, missing)

    return draw

'''
_IN_FLOAT32 = '''
def in_float32(draw):
    """Draw in float32, then round: half-precision random numbers are too coarse."""
    return lambda key, shape, dtype, **_: draw(key, shape, jnp.float32).astype(dtype)

'''
_CALIBRATE = '''
def calibrate(model, batch):
    """Divide the weights by the std of their own output until that is 1 (LSUV)."""
    signal, layer = batch, 0
    for module in model.layers:
        if isinstance(module, nnx.Linear):
            tol, max_attempts = CALIBRATED.get(layer, (0, 0))
            for _ in range(max_attempts):
                std = float(jnp.std(module(signal).astype(jnp.float32)))
                if not math.isfinite(std) or std == 0 or abs(std - 1) <= tol:
                    break
                module.kernel[...] = module.kernel[...] / std
            layer += 1
        signal = module(signal)

'''


def program(plan: Plan) -> str:
    """Return the program."""
    experiment = plan.experiment
    half = experiment.dtype in _HALF
    bodies = {how: _layer(how, half) for _, how in plan.groups}
    body = branches(plan, bodies)
    takes = ["layer"] if len(plan.groups) > 1 else []
    takes += [name for name in ("fan_in", "fan_out") if uses(body, name)]
    made = [
        f"def make_initializers({', '.join(takes)}):",
        '    """Return the initializers of kernel and bias of one layer."""',
        *indented([*body, "return kernel, bias"]),
    ]
    helpers = _helpers(plan, body)
    lines = head(plan, "jax", "JAX with Flax NNX")
    needs_math = uses(body, "math.") or uses(helpers, "math.")
    lines += ["import math", ""] if needs_math else []
    lines += ["import jax", "import jax.numpy as jnp", "from flax import nnx"]
    lines += ["from jax.nn import initializers", ""]
    if experiment.dtype == "float64":
        lines += ['jax.config.update("jax_enable_x64", True)', ""]
    lines += [f"SEED = {experiment.seed}", widths(plan)]
    lines += calibrated(plan) if plan.calibrated else []
    lines += ["", *_activation(experiment.activation), *helpers, *made, "", ""]
    lines += [*_make_model(plan, takes), "", "", *_END.splitlines()]
    return "\n".join(lines) + "\n"


def _helpers(plan: Plan, body: list[str]) -> list[str]:
    text = ""
    for name, helper in (
        (" uniform(", _UNIFORM),
        (" normal(", _NORMAL),
        (" identity(", _IDENTITY),
        (" clipped_normal(", _CLIPPED),
        (" sparse(", _SPARSE),
        (" looks_linear(", _MIRRORED),
    ):
        if uses(body, name) or uses(body, name.replace(" ", "in_float32(")):
            text += helper
    text += _IN_FLOAT32 if plan.experiment.dtype in _HALF else ""
    text += _CALIBRATE if plan.calibrated else ""
    return [*text.splitlines(), ""] if text else [""]


def _activation(activation: BoundActivation) -> list[str]:
    if activation.key == _PRELU:
        return []
    return [
        "",
        "def activation(z):",
        f'    """{activation.label}."""',
        f"    return {expression(activation.record.code.jax, activation)}",
        "",
    ]


def _make_model(plan: Plan, takes: list[str]) -> list[str]:
    experiment = plan.experiment
    activation, comment = "activation", ""
    if experiment.activation.key == _PRELU:
        slope = number(float(experiment.activation.params["slope"]))
        activation, comment = f"nnx.PReLU({slope})", ""
    kind = "" if experiment.dtype == "float32" else f"jnp.{experiment.dtype}"
    lines = [
        "def make_model(seed=SEED):",
        '    """Return the network with its first weights; the output layer is linear."""',
        "    rngs = nnx.Rngs(seed)",
        "    modules = []",
        "    for layer, (fan_in, fan_out) in enumerate(zip(WIDTHS, WIDTHS[1:])):"
        if "layer" in takes
        else "    for fan_in, fan_out in zip(WIDTHS, WIDTHS[1:]):",
        f"        kernel, bias = make_initializers({', '.join(takes)})",
        "        linear = nnx.Linear(",
        "            fan_in,",
        "            fan_out,",
        "            kernel_init=kernel,",
        "            bias_init=bias,",
    ]
    lines += [f"            dtype={kind},", f"            param_dtype={kind},"] if kind else []
    lines += [
        "            rngs=rngs,",
        "        )",
        f"        modules += [linear, {activation}]{comment}",
        "    model = nnx.Sequential(*modules[:-1])",
    ]
    if plan.calibrated:
        lines += [
            "    # put a batch of your own inputs here",
            f"    batch = jax.random.normal(rngs.params(), ({experiment.batch_size}, WIDTHS[0]))",
            "    calibrate(model, batch)",
        ]
    return [*lines, "    return model"]


_END = """\
model = make_model()

if __name__ == "__main__":
    linears = [module for module in model.layers if isinstance(module, nnx.Linear)]
    for number, linear in enumerate(linears, start=1):
        fan_in, fan_out = linear.kernel.shape
        std = float(jnp.std(linear.kernel[...].astype(jnp.float32)))
        print(f"layer {number}: {fan_in} -> {fan_out}, std of the weights {std:.6g}")
"""


def _layer(how: LayerPlan, half: bool) -> list[str]:
    lines, kernel = _weight(how)
    more, bias = _drawn(how.bias, "bias_")
    if half:
        kernel, bias = f"in_float32({kernel})", f"in_float32({bias})"
    return [*lines, *more, f"kernel = {kernel}", f"bias = {bias}"]


def _weight(how: LayerPlan) -> tuple[list[str], str]:
    """Return lines that go before, and the initializer as an expression."""
    recipe, scaling = how.weight, scaling_of(how.choice)
    if scaling is None or "math" not in recipe.text:
        return _drawn(recipe)
    family, _, _ = how.choice.key.rpartition("_")
    usual = "fan_avg" if family == "glorot" else "fan_in"
    plain = scaling.gain == 1 and not scaling.slope and scaling.mode == usual
    if plain and family in ("glorot", "he", "lecun") and recipe.kind != "normal":
        kind = "uniform" if recipe.kind == "uniform" else "normal"
        return [], f"initializers.{family}_{kind}()"
    scale = number(scaling.gain**2 * scaling.scale)
    return [], f'initializers.variance_scaling({scale}, "{scaling.mode}", "{recipe.kind}")'


def _drawn(recipe: Recipe, prefix: str = "") -> tuple[list[str], str]:
    lines, short = with_names(recipe, prefix)
    return lines, _plain(short)


def _plain(recipe: Recipe) -> str:
    match recipe.kind:
        case "constant":
            value = recipe["value"]
            return "initializers.zeros" if value == "0" else f"initializers.constant({value})"
        case "normal":
            if recipe["mean"] == "0":
                return f"initializers.normal({recipe['std']})"
            return f"normal({recipe['mean']}, {recipe['std']})"
        case "uniform":
            low, high = limits(recipe["mean"], recipe["bound"])
            return f"uniform({low}, {high})"
        case "truncated_normal":
            std, cut = recipe["std"], recipe["cut"]
            if float(cut) > _WIDE_CUT:
                return f"clipped_normal({std}, {cut})"
            return f"initializers.truncated_normal({std}, lower=-{cut}, upper={cut})"
        case "orthogonal":
            return f"initializers.orthogonal({recipe['gain']})"
        case "identity":
            return f"identity({recipe['gain']})"
        case "sparse":
            return f"sparse({recipe['zeros']}, {recipe['std']}, per_unit={recipe['per_unit']})"
        case "mirrored":
            flags = f"mirrored_in={recipe['mirrored_in']}, mirrored_out={recipe['mirrored_out']}"
            return f"looks_linear({recipe['gain']}, {flags})"
    raise NotImplementedError(recipe.kind)
