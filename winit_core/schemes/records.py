"""The catalogue of weight-initialization schemes, one record each.

Words about a library describe the version that its source line names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from winit_core.parameters import Parameter
from winit_core.schemes import calibration, criticality, rules
from winit_core.schemes.laws import Identity as IdentityLaw
from winit_core.schemes.laws import Orthogonal, PointMass, orthogonal
from winit_core.schemes.libraries import (
    KERAS_CONSTANT_SOURCE,
    PYTORCH_LAYER_SOURCE,
    Libraries,
    LibraryEntry,
    jax,
    keras,
    libraries,
    pytorch,
)
from winit_core.schemes.rules import LawRule
from winit_core.translation import mark

STD_LIMIT = 1e6

BIAS_PARAMETERS = (
    Parameter("bias", 0.0, -STD_LIMIT, STD_LIMIT),
    Parameter("bias_std", 0.0, 0.0, STD_LIMIT),
)
OWN_BIAS_PARAMETERS = (
    Parameter("bias_rule", "scheme", choices=("scheme", "set")),
    *BIAS_PARAMETERS,
)
"""For a scheme with a bias of its own: ``bias_rule = "set"`` replaces it by the other two."""


@dataclass(frozen=True)
class Scheme:
    """One record of the catalogue.

    Attributes
    ----------
    key, label
        Stable ASCII name; name on screen.
    formula
        The law of a weight in terms of n_in (fan_in), n_out (fan_out) and the parameters.
    latex
        The same as LaTeX; `formula_numbers` knows its tokens and fills in a layer's numbers.
    purpose
        What it was made for.
    reference
        Paper and equation, or the library that uses it.
    weight_law
        ``weight_law(context, **weight_parameters)`` gives the law of the weights.
    weight_parameters
        What the weights are adjusted by.
    libraries
        How PyTorch, Keras and JAX have it, by library; None where one has not.
    bias_law
        ``bias_law(context, **parameters)`` gives the law of the biases, from all parameters.
    bias_parameters
        What the biases are adjusted by.
    calibrate
        For a scheme that looks at the batch: what makes the weights in use from those drawn;
        `weight_law` is then the law before that step.
    unit_gain
        ``unit_gain(**weight_parameters)`` gives std √n_in of a square layer at ``gain = 1``; None
        where there is no gain to recommend.
    """

    key: str
    label: str
    formula: str
    latex: str
    purpose: str
    reference: str
    weight_law: LawRule
    weight_parameters: tuple[Parameter, ...] = ()
    libraries: Libraries = field(default_factory=libraries)
    bias_law: LawRule = rules.plain_bias
    bias_parameters: tuple[Parameter, ...] = BIAS_PARAMETERS
    calibrate: calibration.Calibration | None = None
    unit_gain: Callable[..., float] | None = None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All it is adjusted by, the biases last."""
        return self.weight_parameters + self.bias_parameters

    @property
    def is_data_dependent(self) -> bool:
        """Whether the weights in use depend on the batch."""
        return self.calibrate is not None


_GAIN = Parameter("gain", 1.0, 0.0, 1000.0)
_FANS = ("fan_in", "fan_out", "fan_avg")
_HE_PARAMETERS = (
    Parameter("slope", 0.0, 0.0, 10.0),
    Parameter("mode", "fan_in", choices=_FANS),
    _GAIN,
)

_GLOROT_PURPOSE = mark(
    "Keeps the variance of the signal forward and of the error backward about constant in a deep "
    "tanh or softsign net; the average of the two fans is the compromise between the two wishes."
)
_HE_PURPOSE = mark(
    "Makes up for the half of the variance that a ReLU cuts off, so that rectifier nets of tens "
    "of layers start with signals of one size."
)
_LECUN_PURPOSE = mark(
    "Gives every unit a pre-activation as large as its inputs; with SELU that is the fixed point "
    "of a self-normalizing net."
)
_NORMAL_PURPOSE = mark("One standard deviation for every layer, whatever its width.")
_GLOROT_REFERENCE = "Glorot & Bengio 2010, eq. (16)"
_HE_REFERENCE = mark("He, Zhang, Ren & Sun 2015, eq. (10) and (15)")
_LECUN_REFERENCE = mark(
    "LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 4.6; "
    "Klambauer, Unterthiner, Mayr & Hochreiter 2017"
)

_TRUNCATED_SAMPLING = mark(
    "normal redrawn beyond 2 parent std, parent widened by 1/0.8796: std exact"
)
_TRUNCATED_DIFFERENCE = mark(
    "No weight exceeds 2.274 std; the tails of the plain normal are missing. "
    "Its named initializer takes no gain; std and shape are those of VarianceScaling."
)
_BY_HAND = mark("Its named initializer takes no gain; std and shape are those of VarianceScaling.")


def _truncated_entries(
    pytorch_entry: LibraryEntry, keras_name: str, jax_name: str, truncated_law: LawRule
) -> Libraries:
    """Return the entries of a named normal scheme: plain in PyTorch, truncated in the others."""
    return libraries(
        pytorch_entry,
        keras(keras_name, _TRUNCATED_SAMPLING, _TRUNCATED_DIFFERENCE, truncated_law),
        jax(jax_name, _TRUNCATED_SAMPLING, _TRUNCATED_DIFFERENCE, truncated_law),
    )


def _normal(key: str, label: str, std: float, purpose: str, reference: str) -> Scheme:
    return Scheme(
        key=key,
        label=label,
        formula="W ~ N(0, std²)",
        latex=r"W \sim \mathcal{N}(0,\ \mathrm{std}^2)",
        purpose=purpose,
        reference=reference,
        weight_law=rules.normal,
        weight_parameters=(Parameter("std", std, 0.0, STD_LIMIT),),
        libraries=libraries(
            pytorch(
                "torch.nn.init.normal_(w, 0, std)", "N(0, std²)", mark("std is 1 if not given.")
            ),
            keras(
                "RandomNormal(stddev=std)",
                "N(0, std²)",
                mark(
                    "std is 0.05 if not given. An instance with an integer seed gives all layers "
                    "of one shape the same numbers."
                ),
            ),
            jax("jax.nn.initializers.normal(std)", "N(0, std²)", mark("std is 0.01 if not given.")),
        ),
    )


_CATALOGUE = (
    Scheme(
        key="zeros",
        label="Zero",
        formula="W = 0",
        latex=r"W = 0",
        purpose=mark(
            "Right for biases; as weights it shows that units that start alike stay alike."
        ),
        reference=mark("What not to do: no symmetry is ever broken"),
        weight_law=rules.zero,
        libraries=libraries(
            pytorch("torch.nn.init.zeros_(w)", "0"),
            keras("Zeros()", "0", source=KERAS_CONSTANT_SOURCE),
            jax("jax.nn.initializers.zeros", "0"),
        ),
    ),
    Scheme(
        key="constant",
        label="Constant",
        formula="W = weight, b = bias",
        latex=r"W = \mathrm{weight}",
        purpose=mark(
            "Shows that a layer of equal units is as good as one unit, however wide it is."
        ),
        reference=mark("What not to do: all units of a layer stay one unit"),
        weight_law=lambda context, weight: PointMass(weight),
        weight_parameters=(Parameter("weight", 0.5, -STD_LIMIT, STD_LIMIT),),
        bias_parameters=(replace(BIAS_PARAMETERS[0], default=0.1), BIAS_PARAMETERS[1]),
        libraries=libraries(
            pytorch("torch.nn.init.constant_(w, weight)", mark("the constant")),
            keras("Constant(weight)", mark("the constant"), source=KERAS_CONSTANT_SOURCE),
            jax("jax.nn.initializers.constant(weight)", mark("the constant")),
        ),
    ),
    _normal(
        "small_normal",
        "Small random",
        0.01,
        mark("The usual choice before scaled schemes: small enough that no unit saturates."),
        "Krizhevsky, Sutskever & Hinton 2012",
    ),
    _normal(
        "large_normal",
        "Large random",
        10.0,
        mark("Shows saturation under bounded activations and overflow under the others."),
        mark("What not to do: signals explode or saturate"),
    ),
    Scheme(
        key="glorot_uniform",
        label="Xavier uniform",
        formula="W ~ U(−a, a), a = gain √(6 / (n_in + n_out))",
        latex=(
            r"W \sim \mathcal{U}(-a,\ a),\quad a = \mathrm{gain} "
            r"\sqrt{\frac{6}{n_{\mathrm{in}} + n_{\mathrm{out}}}}"
        ),
        purpose=_GLOROT_PURPOSE,
        reference=_GLOROT_REFERENCE,
        weight_law=rules.glorot("uniform"),
        weight_parameters=(_GAIN,),
        unit_gain=lambda gain: 1.0,
        libraries=libraries(
            pytorch("torch.nn.init.xavier_uniform_(w, gain)", "U(−a, a)"),
            keras(
                "GlorotUniform()",
                "U(−a, a)",
                mark(
                    "What Dense uses if not told otherwise. It takes no gain: "
                    "VarianceScaling(gain**2, 'fan_avg', 'uniform') does."
                ),
            ),
            jax(
                "jax.nn.initializers.glorot_uniform()",
                "U(−a, a)",
                mark("It takes no gain: variance_scaling(gain**2, 'fan_avg', 'uniform') does."),
            ),
        ),
    ),
    Scheme(
        key="glorot_normal",
        label="Xavier normal",
        formula="W ~ N(0, std²), std = gain √(2 / (n_in + n_out))",
        latex=(
            r"W \sim \mathcal{N}(0,\ s^2),\quad s = \mathrm{gain} "
            r"\sqrt{\frac{2}{n_{\mathrm{in}} + n_{\mathrm{out}}}}"
        ),
        purpose=_GLOROT_PURPOSE,
        reference=_GLOROT_REFERENCE,
        weight_law=rules.glorot("normal"),
        weight_parameters=(_GAIN,),
        unit_gain=lambda gain: 1.0,
        libraries=_truncated_entries(
            pytorch("torch.nn.init.xavier_normal_(w, gain)", mark("N(0, std²), not truncated")),
            "GlorotNormal()",
            "jax.nn.initializers.glorot_normal()",
            rules.glorot("truncated_normal"),
        ),
    ),
    Scheme(
        key="he_uniform",
        label="He uniform",
        formula="W ~ U(−a, a), a = gain √(6 / ((1 + slope²) n))",
        latex=(
            r"W \sim \mathcal{U}(-a,\ a),\quad a = \mathrm{gain} \sqrt{\frac{6}{(1 + "
            r"\mathrm{slope}^2)\, n_{\mathrm{mode}}}}"
        ),
        purpose=_HE_PURPOSE,
        reference=_HE_REFERENCE,
        weight_law=rules.he("uniform"),
        weight_parameters=_HE_PARAMETERS,
        unit_gain=lambda slope, mode, gain: math.sqrt(2 / (1 + slope**2)),
        libraries=libraries(
            pytorch(
                "torch.nn.init.kaiming_uniform_(w, a=slope, mode=mode)",
                "U(−a, a)",
                mark(
                    "slope counts only with nonlinearity='leaky_relu', its default; no fan_avg, no "
                    "gain. nn.Linear calls it with slope √5, which is not He's variance."
                ),
            ),
            keras(
                "HeUniform()",
                "U(−a, a)",
                mark("fan_in only and no slope; VarianceScaling has both."),
            ),
            jax(
                "jax.nn.initializers.he_uniform()",
                "U(−a, a)",
                mark("fan_in only and no slope; variance_scaling has both."),
            ),
        ),
    ),
    Scheme(
        key="he_normal",
        label="He normal",
        formula="W ~ N(0, std²), std = gain √(2 / ((1 + slope²) n))",
        latex=(
            r"W \sim \mathcal{N}(0,\ s^2),\quad s = \mathrm{gain} \sqrt{\frac{2}{(1 + "
            r"\mathrm{slope}^2)\, n_{\mathrm{mode}}}}"
        ),
        purpose=_HE_PURPOSE,
        reference=_HE_REFERENCE,
        weight_law=rules.he("normal"),
        weight_parameters=_HE_PARAMETERS,
        unit_gain=lambda slope, mode, gain: math.sqrt(2 / (1 + slope**2)),
        libraries=_truncated_entries(
            pytorch(
                "torch.nn.init.kaiming_normal_(w, a=slope, mode=mode)",
                mark("N(0, std²), not truncated"),
                mark(
                    "slope counts only with nonlinearity='leaky_relu', its default; no fan_avg, no "
                    "gain."
                ),
            ),
            "HeNormal()",
            "jax.nn.initializers.he_normal()",
            rules.he("truncated_normal"),
        ),
    ),
    _normal(
        "normal",
        "Normal",
        1.0,
        _NORMAL_PURPOSE,
        mark("torch.nn.init.normal_, whose default std is 1"),
    ),
    Scheme(
        key="uniform",
        label="Uniform",
        formula="W ~ U(mean − bound, mean + bound)",
        latex=(
            r"W \sim \mathcal{U}(\mathrm{mean} - \mathrm{bound},\ \mathrm{mean} + "
            r"\mathrm{bound})"
        ),
        purpose=mark("One interval for every layer, whatever its width."),
        reference=mark("Keras RandomUniform, whose default bound is 0.05"),
        weight_law=rules.uniform,
        weight_parameters=(
            Parameter("bound", 0.05, 0.0, STD_LIMIT),
            Parameter("mean", 0.0, -STD_LIMIT, STD_LIMIT),
        ),
        libraries=libraries(
            pytorch(
                "torch.nn.init.uniform_(w, mean - bound, mean + bound)",
                "U(mean − bound, mean + bound)",
                mark("From 0 to 1 if nothing is given, so never negative."),
            ),
            keras(
                "RandomUniform(mean - bound, mean + bound)",
                "U(mean − bound, mean + bound)",
                mark("From −0.05 to 0.05 if nothing is given."),
            ),
            jax(
                "jax.nn.initializers.uniform(bound)",
                mark("U(0, bound), here with mean added"),
                mark(
                    "It starts at 0, so all weights have one sign. From 0 to 0.01 if nothing is "
                    "given."
                ),
                rules.uniform_from_mean,
            ),
        ),
    ),
    Scheme(
        key="truncated_normal",
        label="Truncated normal",
        formula=mark(
            "W ~ N(0, s²) redrawn beyond ±cut s; s = std, or wider so that std is the result's"
        ),
        latex=r"W \sim \mathcal{N}(0,\ p^2)\ \text{within}\ \pm \mathrm{cut}\, p",
        purpose=mark("A normal without outliers: one extreme weight can saturate a unit for good."),
        reference=mark("BERT and ViT, std 0.02; the correction: Keras VarianceScaling"),
        weight_law=rules.truncated,
        weight_parameters=(
            Parameter("std", 0.02, 0.0, STD_LIMIT),
            Parameter("cut", 2.0, 0.01, 100.0),
            Parameter("std_of", "result", choices=("result", "parent")),
        ),
        libraries=libraries(
            pytorch(
                "torch.nn.init.trunc_normal_(w, 0, std, -cut, cut)",
                mark("N(0, std²) redrawn outside ±cut"),
                mark(
                    "The bounds are weights, not multiples of std: with std 0.02 and bounds ±2 "
                    "nothing is ever cut. The std is the parent's."
                ),
                rules.truncated_at_absolute,
            ),
            keras(
                "TruncatedNormal(stddev=std)",
                mark("N(0, std²) redrawn beyond 2 std"),
                mark(
                    "The cut is always 2 and the std is the parent's: the weights have 0.8796 std."
                ),
                rules.truncated_at_two,
            ),
            jax(
                "jax.nn.initializers.truncated_normal(std, lower=-cut, upper=cut)",
                mark("N(0, std²) redrawn beyond cut std"),
                mark("The std is the parent's: at a cut of 2 the weights have 0.8796 std."),
                rules.truncated_uncorrected,
            ),
        ),
    ),
    Scheme(
        key="lecun_uniform",
        label="LeCun uniform",
        formula="W ~ U(−a, a), a = gain √(3 / n_in)",
        latex=(
            r"W \sim \mathcal{U}(-a,\ a),\quad a = \mathrm{gain} "
            r"\sqrt{\frac{3}{n_{\mathrm{in}}}}"
        ),
        purpose=_LECUN_PURPOSE,
        reference=_LECUN_REFERENCE,
        weight_law=rules.lecun("uniform"),
        weight_parameters=(_GAIN,),
        unit_gain=lambda gain: 1.0,
        libraries=libraries(
            pytorch(
                "torch.nn.init.kaiming_uniform_(w, nonlinearity='linear')",
                "U(−a, a)",
                mark("It has no name of its own."),
            ),
            keras("LecunUniform()", "U(−a, a)", _BY_HAND),
            jax("jax.nn.initializers.lecun_uniform()", "U(−a, a)", _BY_HAND),
        ),
    ),
    Scheme(
        key="lecun_normal",
        label="LeCun normal",
        formula="W ~ N(0, std²), std = gain / √n_in",
        latex=r"W \sim \mathcal{N}(0,\ s^2),\quad s = \frac{\mathrm{gain}}{\sqrt{n_{\mathrm{in}}}}",
        purpose=_LECUN_PURPOSE,
        reference=_LECUN_REFERENCE,
        weight_law=rules.lecun("normal"),
        weight_parameters=(_GAIN,),
        unit_gain=lambda gain: 1.0,
        libraries=_truncated_entries(
            pytorch(
                "torch.nn.init.kaiming_normal_(w, nonlinearity='linear')",
                mark("N(0, std²), not truncated"),
                mark("It has no name of its own."),
            ),
            "LecunNormal()",
            "jax.nn.initializers.lecun_normal()",
            rules.lecun("truncated_normal"),
        ),
    ),
    Scheme(
        key="variance_scaling",
        label="Variance scaling",
        formula=mark("Var W = scale / n, n by mode; normal, truncated normal or uniform"),
        latex=r"\mathrm{Var}\, W = s^2,\quad s = \sqrt{\frac{\mathrm{scale}}{n_{\mathrm{mode}}}}",
        purpose=mark(
            "The one rule that LeCun's, Xavier's and He's are cases of, each choice open."
        ),
        reference=mark("Keras and JAX; the geometric mean of the fans: JAX"),
        weight_law=rules.variance_scaling,
        weight_parameters=(
            Parameter("scale", 1.0, 0.0, 1e6),
            Parameter("mode", "fan_in", choices=(*_FANS, "fan_geo_avg")),
            Parameter(
                "distribution",
                "truncated_normal",
                choices=("truncated_normal", "normal", "uniform"),
            ),
        ),
        libraries=libraries(
            pytorch=None,
            keras=keras(
                "VarianceScaling(scale, mode, distribution)",
                mark("truncated normal (corrected) or uniform"),
                mark(
                    "'normal' is another word for 'truncated_normal'; the plain one is called "
                    "'untruncated_normal'. No fan_geo_avg."
                ),
                rules.keras_variance_scaling,
            ),
            jax=jax(
                "jax.nn.initializers.variance_scaling(scale, mode, distribution)",
                mark("normal, truncated normal (corrected) or uniform"),
                mark("fan_geo_avg only in newer versions."),
            ),
        ),
    ),
    Scheme(
        key="torch_linear",
        label="PyTorch default",
        formula="W, b ~ U(−a, a), a = 1 / √n_in",
        latex=r"W,\ b \sim \mathcal{U}(-a,\ a),\quad a = \frac{1}{\sqrt{n_{\mathrm{in}}}}",
        purpose=mark(
            "What a dense layer of PyTorch holds when nobody initializes it. Its variance "
            "1/(3 n_in) keeps neither direction under any usual activation."
        ),
        reference=mark(
            "torch.nn.Linear; Glorot & Bengio 2010, eq. (1), where it is the old heuristic"
        ),
        weight_law=rules.bound_of_fan_in,
        bias_law=rules.own_bias(rules.bound_of_fan_in),
        bias_parameters=OWN_BIAS_PARAMETERS,
        libraries=libraries(
            pytorch(
                "torch.nn.Linear(n_in, n_out)",
                mark("W and b ~ U(−a, a)"),
                mark(
                    "Written as kaiming_uniform_(a=√5), which has He's name and a sixth of He's "
                    "variance."
                ),
                source=PYTORCH_LAYER_SOURCE,
            ),
            keras(
                "VarianceScaling(1/3, 'fan_in', 'uniform')",
                "W ~ U(−a, a), b = 0",
                mark("A Dense layer's biases are zero unless told otherwise."),
                bias_law=rules.own_bias(rules.zero),
            ),
            jax(
                "jax.nn.initializers.variance_scaling(1/3, 'fan_in', 'uniform')",
                "W ~ U(−a, a), b = 0",
                mark(
                    "A flax Dense layer's biases are zero unless told otherwise; equinox draws "
                    "them as PyTorch does."
                ),
                bias_law=rules.own_bias(rules.zero),
            ),
        ),
    ),
    Scheme(
        key="orthogonal",
        label="Orthogonal",
        formula=mark("W = gain Q, the shorter side of Q orthonormal"),
        latex=r"W = \mathrm{gain}\, Q,\quad Q^{\top} Q = I\ \text{or}\ Q\, Q^{\top} = I",
        purpose=mark(
            "Keeps lengths and angles exactly in a deep linear net, not only on average; all "
            "singular values are the gain."
        ),
        reference=mark("Saxe, McClelland & Ganguli 2014; uniform sampling: Mezzadri 2007"),
        weight_law=lambda context, gain: orthogonal(context.fan_in, context.fan_out, gain),
        weight_parameters=(_GAIN,),
        unit_gain=lambda gain: 1.0,
        libraries=libraries(
            pytorch("torch.nn.init.orthogonal_(w, gain)", mark("Haar measure")),
            keras("Orthogonal(gain)", mark("Haar measure")),
            jax("jax.nn.initializers.orthogonal(gain)", mark("Haar measure")),
        ),
    ),
    Scheme(
        key="identity",
        label="Identity",
        formula="W = gain I",
        latex=r"W = \mathrm{gain}\, I",
        purpose=mark(
            "Passes everything on unchanged, which lets a recurrent ReLU net remember; in a "
            "dense net each unit starts as a copy of the one below."
        ),
        reference="Le, Jaitly & Hinton 2015 (IRNN)",
        weight_law=lambda context, gain: (
            IdentityLaw(context.fan_in, context.fan_out, gain) if gain else PointMass(0.0)
        ),
        weight_parameters=(_GAIN,),
        unit_gain=lambda gain: 1.0,
        libraries=libraries(
            pytorch("torch.nn.init.eye_(w)", mark("the identity"), mark("It takes no gain.")),
            keras("Identity(gain)", mark("gain times the identity"), source=KERAS_CONSTANT_SOURCE),
            jax=None,
        ),
    ),
    Scheme(
        key="sparse",
        label="Sparse",
        formula=mark("W ~ N(0, std²), but ⌈sparsity n⌉ of every n weights are 0"),
        latex=(
            r"W \sim \mathcal{N}(0,\ \mathrm{std}^2),\ \text{but}\ \lceil \mathrm{sparsity} "
            r"\cdot n_{\mathrm{per}} \rceil\ \text{of}\ n_{\mathrm{per}}\ \text{weights are}\ "
            r"0"
        ),
        purpose=mark(
            "Few incoming weights per unit: they can be large without saturating it, and the "
            "units stay unlike one another in any width."
        ),
        reference=mark("Martens 2010, section 5"),
        weight_law=rules.sparse,
        weight_parameters=(
            Parameter("sparsity", 0.9, 0.0, 1.0),
            Parameter("std", 0.01, 0.0, STD_LIMIT),
            Parameter("per", "unit", choices=("unit", "input")),
        ),
        libraries=libraries(
            pytorch(
                "torch.nn.init.sparse_(w, sparsity, std)",
                mark("N(0, std²), ⌈sparsity n_out⌉ of the n_out weights of every input are 0"),
                mark(
                    "The zeros are counted per input, so the units differ in how many weights they "
                    "have left. std is 0.01 if not given."
                ),
                rules.sparse_per_input,
            ),
        ),
    ),
    Scheme(
        key="siren",
        label="SIREN",
        formula=mark("W ~ U(−a, a), a = √(6 / n_in) / omega_0; in the first layer a = 1 / n_in"),
        latex=(
            r"W \sim \mathcal{U}(-a,\ a),\quad a = \frac{1}{\mathrm{omega}_0} "
            r"\sqrt{\frac{6}{n_{\mathrm{in}}}}"
        ),
        purpose=mark(
            "For activations sin(omega_0 z): pre-activations become standard normal and their "
            "law the same in every layer."
        ),
        reference=mark(
            "Sitzmann, Martel, Bergman, Lindell & Wetzstein 2020, section 3.2; the biases as "
            "in the authors' code, which leaves PyTorch's"
        ),
        weight_law=rules.siren,
        weight_parameters=(Parameter("omega_0", 30.0, 0.01, 1000.0),),
        bias_law=rules.own_bias(rules.bound_of_fan_in),
        bias_parameters=OWN_BIAS_PARAMETERS,
    ),
    Scheme(
        key="lsuv",
        label="LSUV",
        formula=mark("W = Q / std(h Q): orthonormal, then each layer's output divided by its std"),
        latex=(
            r"W = \frac{Q}{\mathrm{std}(h\, Q)},\quad Q^{\top} Q = I\ \text{or}\ Q\, Q^{\top} "
            r"= I"
        ),
        purpose=mark(
            "Measures instead of assuming: whatever the activation, every layer's "
            "pre-activations have unit variance on the batch."
        ),
        reference=mark(
            "Mishkin & Matas 2016; the authors' code also moves the biases so that every "
            "layer's mean is 0, which is left out here"
        ),
        weight_law=lambda context, tol, max_attempts: Orthogonal(context.fan_in, context.fan_out),
        weight_parameters=(
            Parameter("tol", 0.1, 1e-6, 1.0),
            Parameter("max_attempts", 10.0, 1.0, 100.0),
        ),
        calibrate=calibration.unit_std,
    ),
    Scheme(
        key="random_walk",
        label="Random walk",
        formula="W ~ N(0, g² / n_in), ln g² = −E ln((1/n_in) Σ φ(Z_i)²), Z_i ~ N(0, 1)",
        latex=(
            r"W \sim \mathcal{N}(0,\ s^2),\quad \ln(n_{\mathrm{in}}\, s^2) = -\mathbb{E} "
            r"\ln\Big(\frac{1}{n_{\mathrm{in}}} \sum_{i} \varphi(Z_i)^2\Big)"
        ),
        purpose=mark(
            "Keeps the typical net and not the mean over nets: the logarithm of a narrow deep "
            "net's signal drifts downwards under He, and this takes the drift out."
        ),
        reference=mark("Sussillo & Abbott 2014, where a fit stands for the exact mean logarithm"),
        weight_law=criticality.random_walk,
    ),
    Scheme(
        key="looks_linear",
        label="Looks linear",
        formula=mark("W = [[Q, −Q], [−Q, Q]], Q = gain × orthogonal"),
        latex=(
            r"W = \begin{pmatrix} Q & -Q \\ -Q & Q \end{pmatrix},\quad Q^{\top} Q = "
            r"\mathrm{gain}^2\, I\ \text{or}\ Q\, Q^{\top} = \mathrm{gain}^2\, I"
        ),
        purpose=mark(
            "Pairs of rectifiers that add up to the identity: the net starts exactly linear, "
            "and orthogonal blocks make it keep every length."
        ),
        reference="Balduzzi et al. 2017; Burkholz & Dubatovka 2019",
        weight_law=rules.looks_linear,
        weight_parameters=(_GAIN,),
    ),
    Scheme(
        key="critical",
        label="Critical",
        formula=mark("W ~ N(0, σ_w² / n_in), b ~ N(0, σ_b²), both solved for the activation"),
        latex=(
            r"W \sim \mathcal{N}(0,\ \sigma_w^2 / n_{\mathrm{in}}),\quad b \sim "
            r"\mathcal{N}(0,\ \sigma_b^2)"
        ),
        purpose=mark(
            "The variance at which this very activation keeps the signal, the error, or both, "
            "from integrals instead of a rule of thumb."
        ),
        reference="Poole et al. 2016; Schoenholz et al. 2017; Hayou, Doucet & Rousseau 2019",
        weight_law=criticality.critical,
        weight_parameters=(
            Parameter("target", "forward", choices=("forward", "backward", "both")),
            Parameter("q", 1.0, 1e-3, 1e3),
        ),
        bias_law=rules.own_bias(criticality.critical_bias),
        bias_parameters=OWN_BIAS_PARAMETERS,
    ),
)

SCHEMES: Mapping[str, Scheme] = MappingProxyType({s.key: s for s in _CATALOGUE})
