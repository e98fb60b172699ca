"""The network as a Keras 3 program, for any of its backends. Kernels are (fan_in, fan_out)."""

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

_TRUNCATED = '''
def truncated_normal(std, cut):
    """N(0, std²) redrawn beyond cut std; Keras' own initializer always cuts at 2."""

    def draw(shape, dtype=None):
        values = keras.random.normal(shape)
        while ops.any(ops.abs(values) > cut):
            values = ops.where(ops.abs(values) > cut, keras.random.normal(shape), values)
        return ops.cast(std * values, dtype)

    return draw

'''
_NARROW = '''
def truncated_normal(std, cut):
    """N(0, std²) redrawn beyond cut std; Keras' own initializer always cuts at 2."""

    def draw(shape, dtype=None):
        inside = math.erf(cut / math.sqrt(2))
        values = ops.erfinv(inside * keras.random.uniform(shape, -1, 1))
        return ops.cast(std * math.sqrt(2) * values, dtype)

    return draw

'''
_SPARSE = '''
def sparse(zeros, std, per_unit):
    """N(0, std²) with as many zeros in every unit's (else every input's) weights."""

    def draw(shape, dtype=None):
        rank = ops.argsort(ops.argsort(keras.random.uniform(shape), axis=0), axis=0)
        if not per_unit:
            rank = ops.argsort(ops.argsort(keras.random.uniform(shape), axis=1), axis=1)
        values = ops.where(rank < zeros, 0.0, std * keras.random.normal(shape))
        return ops.cast(values, dtype)

    return draw

'''
_MIRRORED = '''
def looks_linear(gain, mirrored_in, mirrored_out):
    """[[Q, -Q], [-Q, Q]]; a side of odd length keeps one line of zeros."""

    def draw(shape, dtype=None):
        fan_in, fan_out = shape
        rows = fan_in // 2 if mirrored_in else fan_in
        columns = fan_out // 2 if mirrored_out else fan_out
        block = initializers.Orthogonal(gain)((rows, columns), dtype="float32")
        if mirrored_out:
            block = ops.concatenate([block, -block], axis=1)
        if mirrored_in:
            block = ops.concatenate([block, -block], axis=0)
        missing = [[0, fan_in - block.shape[0]], [0, fan_out - block.shape[1]]]
        return ops.cast(ops.pad(block, missing), dtype)

    return draw

'''
_IN_FLOAT32 = '''
def in_float32(initializer):
    """Draw in float32, then round: half-precision random numbers are too coarse."""
    return lambda shape, dtype=None: ops.cast(initializer(shape, dtype="float32"), dtype)

'''
_CALIBRATE = '''
def calibrate(model, batch):
    """Divide the weights by the std of their own output until that is 1 (LSUV)."""
    signal, layer = batch, 0
    for module in model.layers:
        if isinstance(module, keras.layers.Dense):
            tol, max_attempts = CALIBRATED.get(layer, (0, 0))
            for _ in range(max_attempts):
                z = ops.matmul(signal, ops.cast(module.kernel, "float32"))
                std = float(ops.std(z + ops.cast(module.bias, "float32")))
                if not math.isfinite(std) or std == 0 or abs(std - 1) <= tol:
                    break
                module.kernel.assign(module.kernel / std)
            layer += 1
        signal = ops.cast(module(signal), "float32")

'''


def program(plan: Plan) -> str:
    """Return the program."""
    half = plan.experiment.dtype in _HALF
    bodies = {how: _layer(how, half) for _, how in plan.groups}
    body = branches(plan, bodies)
    takes = ["layer"] if len(plan.groups) > 1 else []
    takes += [name for name in ("fan_in", "fan_out") if uses(body, name)]
    made = [
        f"def make_initializers({', '.join(takes)}):",
        '    """Return fresh initializers of kernel and bias: one used twice repeats itself."""',
        *indented([*body, "return kernel, bias"]),
    ]
    helpers = _helpers(plan)
    lines = head(plan, "keras", "Keras 3", _notes(plan))
    needs_math = uses(body, "math.") or uses(helpers, "math.")
    lines += ["import math", ""] if needs_math else []
    lines += ["import keras", "from keras import initializers, ops", ""]
    lines += [f"SEED = {plan.experiment.seed}", widths(plan)]
    lines += calibrated(plan) if plan.calibrated else []
    lines += ["", *_activation(plan.experiment.activation), *helpers, *made, "", ""]
    lines += [*_make_model(plan, takes), "", "", *_END.splitlines()]
    text = "\n".join(lines) + "\n"
    return (
        text if "ops." in text else text.replace("import initializers, ops", "import initializers")
    )


def _notes(plan: Plan) -> tuple[str, ...]:
    if plan.experiment.dtype != "float64":
        return ()
    return ("With JAX as the backend, float64 takes the environment variable JAX_ENABLE_X64=1.",)


def _helpers(plan: Plan) -> list[str]:
    text = ""
    cuts = {
        float(how.weight["cut"])
        for how in plan.layers
        if how.weight.kind == "truncated_normal" and how.weight["cut"] != "2"
    }
    if cuts:
        # Redrawing wastes little unless the cut is narrow, where there are no tails to lose.
        text += _NARROW if min(cuts) < 0.5 else _TRUNCATED
    text += _SPARSE if "sparse" in plan.kinds else ""
    text += _MIRRORED if "mirrored" in plan.kinds else ""
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
        f"    return {expression(activation.record.code.keras, activation)}",
        "",
    ]


def _make_model(plan: Plan, takes: list[str]) -> list[str]:
    experiment = plan.experiment
    is_layer = experiment.activation.key == _PRELU
    dtype = "" if experiment.dtype == "float32" else f', dtype="{experiment.dtype}"'
    lines = [
        "def make_model(seed=SEED):",
        '    """Return the network with its first weights; the output layer is linear."""',
        "    keras.utils.set_random_seed(seed)",
        f"    model = keras.Sequential([keras.Input((WIDTHS[0],){dtype})])",
        "    for layer, (fan_in, fan_out) in enumerate(zip(WIDTHS, WIDTHS[1:])):",
        f"        kernel, bias = make_initializers({', '.join(takes)})",
        "        is_output = layer == len(WIDTHS) - 2",
        "        model.add(",
        "            keras.layers.Dense(",
        "                fan_out,",
    ]
    if not is_layer:
        lines.append("                activation=None if is_output else activation,")
    lines += [
        "                kernel_initializer=kernel,",
        "                bias_initializer=bias,",
    ]
    lines += [f"                {dtype.removeprefix(', ')},"] if dtype else []
    lines += ["            )", "        )"]
    if is_layer:
        slope = number(float(experiment.activation.params["slope"]))
        lines += [
            "        if not is_output:  # one slope for all units, as in PyTorch",
            f"            slope = initializers.Constant({slope})",
            f"            model.add(keras.layers.PReLU(slope, shared_axes=[1]{dtype}))",
        ]
    if plan.calibrated:
        shape = f"({experiment.batch_size}, WIDTHS[0])"
        lines += [
            f"    batch = keras.random.normal({shape})  # put a batch of your own inputs here",
            "    calibrate(model, batch)",
        ]
    return [*lines, "    return model"]


_END = """\
model = make_model()

if __name__ == "__main__":
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    for number, layer in enumerate(dense, start=1):
        fan_in, fan_out = layer.kernel.shape
        std = float(ops.std(ops.cast(layer.kernel, "float32")))
        print(f"layer {number}: {fan_in} -> {fan_out}, std of the weights {std:.6g}")
"""


def _layer(how: LayerPlan, half: bool) -> list[str]:
    notes, kernel = _weight(how)
    more, bias = _drawn(how.bias, "bias_")
    notes = [*notes, *more]
    if half:
        kernel, bias = f"in_float32({kernel})", f"in_float32({bias})"
    return [*notes, f"kernel = {kernel}", f"bias = {bias}"]


_NAMES = {"glorot": "Glorot", "he": "He", "lecun": "Lecun"}


def _weight(how: LayerPlan) -> tuple[list[str], str]:
    """Return comments, and the initializer as an expression."""
    recipe, scaling = how.weight, scaling_of(how.choice)
    if scaling is None or "math" not in recipe.text or scaling.mode == "fan_geo_avg":
        return _drawn(recipe)
    family, _, _ = how.choice.key.rpartition("_")
    plain = scaling.gain == 1 and not scaling.slope and scaling.mode == _usual_mode(family)
    if plain and family in _NAMES and recipe.kind in ("uniform", "truncated_normal"):
        kind = "Uniform" if recipe.kind == "uniform" else "Normal"
        return [], f"initializers.{_NAMES[family]}{kind}()"
    notes = []
    if recipe.kind == "normal":
        notes = ['# "normal" would be another word for the truncated one']
    distribution = "untruncated_normal" if recipe.kind == "normal" else recipe.kind
    scale = number(scaling.gain**2 * scaling.scale)
    call = f'initializers.VarianceScaling({scale}, "{scaling.mode}", "{distribution}")'
    return notes, call


def _usual_mode(family: str) -> str:
    return "fan_avg" if family == "glorot" else "fan_in"


def _drawn(recipe: Recipe, prefix: str = "") -> tuple[list[str], str]:
    lines, short = with_names(recipe, prefix)
    return lines, _plain(short)


def _plain(recipe: Recipe) -> str:
    match recipe.kind:
        case "constant":
            value = recipe["value"]
            return "initializers.Zeros()" if value == "0" else f"initializers.Constant({value})"
        case "normal":
            return f"initializers.RandomNormal({recipe['mean']}, {recipe['std']})"
        case "uniform":
            low, high = limits(recipe["mean"], recipe["bound"])
            return f"initializers.RandomUniform({low}, {high})"
        case "truncated_normal":
            if recipe["cut"] == "2":
                return f"initializers.TruncatedNormal(stddev={recipe['std']})"
            return f"truncated_normal({recipe['std']}, {recipe['cut']})"
        case "orthogonal":
            return f"initializers.Orthogonal({recipe['gain']})"
        case "identity":
            return f"initializers.Identity({recipe['gain']})"
        case "sparse":
            return f"sparse({recipe['zeros']}, {recipe['std']}, per_unit={recipe['per_unit']})"
        case "mirrored":
            flags = f"mirrored_in={recipe['mirrored_in']}, mirrored_out={recipe['mirrored_out']}"
            return f"looks_linear({recipe['gain']}, {flags})"
    raise NotImplementedError(recipe.kind)
