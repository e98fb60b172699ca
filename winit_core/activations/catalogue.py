"""The catalogue of activations, with PyTorch's conventions at the kinks.

The formulas are in `winit_core.activations.formulas`; here is what is known about each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from winit_core.activations import formulas
from winit_core.activations.formulas import Array, Function
from winit_core.errors import ExperimentError
from winit_core.parameters import Parameter, Parameters, complete, validated_key
from winit_core.translation import mark

Bounds = tuple[float | None, float | None]


class LibraryCode(NamedTuple):
    """An activation in the languages of the libraries.

    Expressions of ``z``, with parameters in braces; one without ``z`` makes a layer.
    """

    pytorch: str
    keras: str
    jax: str


@dataclass(frozen=True)
class Activation:
    r"""One record of the catalogue.

    Attributes
    ----------
    key, label
        Stable ASCII name; name on screen.
    formula, derivative_formula
        Both as plain text, in terms of ``z`` and the parameters.
    latex
        The value as LaTeX, each parameter as ``\mathrm{name}``.
    reference
        Where it comes from.
    code
        The same function in PyTorch, Keras and JAX.
    value_function, derivative_function
        ``f(z, **parameters)``.
    parameters
        What it is adjusted by.
    bounds
        ``bounds(**parameters)`` gives the limits (lower, upper) of the value; None: unbounded.
    kinks
        ``kinks(**parameters)`` gives the points where the derivative jumps.
    homogeneous
        Whether f(c z) = c f(z) for every c > 0.
    odd
        Whether f(−z) = −f(z).
    scale
        ``scale(**parameters)`` gives the length over which it bends: what a quadrature has to
        resolve.
    torch_gain
        ``torch_gain(**parameters)`` gives ``torch.nn.init.calculate_gain``, for PReLU that of
        the leaky ReLU with its slope; None where PyTorch knows no gain.
    """

    key: str
    label: str
    formula: str
    latex: str
    derivative_formula: str
    reference: str
    value_function: Function
    derivative_function: Function
    code: LibraryCode
    parameters: tuple[Parameter, ...] = ()
    bounds: Callable[..., Bounds] = lambda **_: (None, None)
    kinks: Callable[..., tuple[float, ...]] = lambda **_: ()
    homogeneous: bool = False
    odd: bool = False
    scale: Callable[..., float] = lambda **_: 1.0
    torch_gain: Callable[..., float] | None = None


@dataclass(frozen=True)
class BoundActivation:
    """An activation with its parameters fixed; hashable, comparable.

    Raises
    ------
    ExperimentError
        For an unknown key, an unknown parameter or a value outside its range.
    """

    key: str
    params: Parameters = field(default_factory=Parameters)

    def __post_init__(self) -> None:
        validated_key("activation", self.key, ACTIVATIONS)
        try:
            params = complete(ACTIVATIONS[self.key].parameters, self.params)
        except ExperimentError as error:
            raise error.inside("activation") from None
        object.__setattr__(self, "params", params)

    @property
    def record(self) -> Activation:
        """The catalogue's entry."""
        return ACTIVATIONS[self.key]

    @property
    def label(self) -> str:
        """Name on screen."""
        return self.record.label

    @property
    def bounds(self) -> Bounds:
        """Limits (lower, upper) of the value; None where it is unbounded."""
        return self.record.bounds(**self.params)

    @property
    def at_rest(self) -> float:
        """The value at z = 0."""
        return float(self.value(np.zeros(1))[0])

    @property
    def kinks(self) -> tuple[float, ...]:
        """Points where the derivative jumps, ascending."""
        return self.record.kinks(**self.params)

    @property
    def homogeneous(self) -> bool:
        """Whether f(c z) = c f(z) for every c > 0."""
        return self.record.homogeneous

    @property
    def odd(self) -> bool:
        """Whether f(−z) = −f(z)."""
        return self.record.odd

    @property
    def is_sine(self) -> bool:
        """Whether it is the sine, whose Gaussian moments have closed forms."""
        return self.key == "sin"

    @property
    def scale(self) -> float:
        """Length over which it bends."""
        return self.record.scale(**self.params)

    @property
    def torch_gain(self) -> float | None:
        """What ``torch.nn.init.calculate_gain`` recommends; None where it knows no gain."""
        gain = self.record.torch_gain
        return None if gain is None else gain(**self.params)

    def value(self, z: Array) -> Array:
        """Return f(z), elementwise, in the dtype of `z`."""
        return self.record.value_function(z, **self.params)

    def derivative(self, z: Array) -> Array:
        """Return f'(z), elementwise, in the dtype of `z`; at a kink as PyTorch does."""
        return self.record.derivative_function(z, **self.params)


ActivationLike = str | BoundActivation


def get_activation(activation: ActivationLike, **params: float) -> BoundActivation:
    """Return the activation with its parameters bound, defaults where none are given.

    Raises
    ------
    ExperimentError
        For an unknown key, an unknown parameter or a value outside its range.
    """
    if isinstance(activation, BoundActivation):
        return (
            BoundActivation(activation.key, Parameters({**activation.params, **params}))
            if params
            else activation
        )
    return BoundActivation(activation, Parameters(params))


_CATALOGUE = (
    Activation(
        key="sigmoid",
        label="Sigmoid",
        formula="1 / (1 + exp(−z))",
        latex=r"\varphi(z) = \frac{1}{1 + e^{-z}}",
        derivative_formula="f(z) (1 − f(z))",
        reference=mark("Logistic function"),
        code=LibraryCode(
            pytorch="nn.Sigmoid()",
            keras="ops.sigmoid(z)",
            jax="jax.nn.sigmoid(z)",
        ),
        value_function=formulas.sigmoid,
        derivative_function=formulas.sigmoid_derivative,
        bounds=lambda: (0.0, 1.0),
        torch_gain=lambda: 1.0,
    ),
    Activation(
        key="tanh",
        label="Tanh",
        formula="tanh z",
        latex=r"\varphi(z) = \tanh z",
        derivative_formula="1 − tanh² z",
        reference=mark("LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 4.4"),
        code=LibraryCode(
            pytorch="nn.Tanh()",
            keras="ops.tanh(z)",
            jax="jnp.tanh(z)",
        ),
        value_function=formulas.tanh,
        derivative_function=formulas.tanh_derivative,
        bounds=lambda: (-1.0, 1.0),
        odd=True,
        torch_gain=lambda: 5 / 3,
    ),
    Activation(
        key="relu",
        label="ReLU",
        formula="max(z, 0)",
        latex=r"\varphi(z) = \max(z,\ 0)",
        derivative_formula=mark("1 for z > 0, else 0"),
        reference="Nair & Hinton 2010; Glorot, Bordes & Bengio 2011",
        code=LibraryCode(
            pytorch="nn.ReLU()",
            keras="ops.relu(z)",
            jax="jax.nn.relu(z)",
        ),
        value_function=formulas.relu,
        derivative_function=formulas.relu_derivative,
        bounds=lambda: (0.0, None),
        kinks=lambda: (0.0,),
        homogeneous=True,
        torch_gain=lambda: math.sqrt(2),
    ),
    Activation(
        key="leaky_relu",
        label="Leaky ReLU",
        formula=mark("z for z > 0, else slope · z"),
        latex=r"\varphi(z) = \begin{cases} z & z > 0 \\ \mathrm{slope}\, z & z \le 0 \end{cases}",
        derivative_formula=mark("1 for z > 0, else slope"),
        reference="Maas, Hannun & Ng 2013",
        code=LibraryCode(
            pytorch="nn.LeakyReLU({slope})",
            keras="ops.leaky_relu(z, negative_slope={slope})",
            jax="jax.nn.leaky_relu(z, {slope})",
        ),
        value_function=formulas.leaky_relu,
        derivative_function=formulas.leaky_relu_derivative,
        parameters=(Parameter("slope", 0.01, 0.0, 1.0),),
        bounds=lambda slope: (None if slope else 0.0, None),
        kinks=lambda slope: (0.0,),
        homogeneous=True,
        torch_gain=lambda slope: math.sqrt(2 / (1 + slope**2)),
    ),
    Activation(
        key="elu",
        label="ELU",
        formula=mark("z for z > 0, else alpha (exp z − 1)"),
        latex=(
            r"\varphi(z) = \begin{cases} z & z > 0 \\ \mathrm{alpha}\, (e^z - 1) & z \le 0 "
            r"\end{cases}"
        ),
        derivative_formula=mark("1 for z > 0, else alpha exp z"),
        reference="Clevert, Unterthiner & Hochreiter 2016",
        code=LibraryCode(
            pytorch="nn.ELU({alpha})",
            keras="ops.elu(z, alpha={alpha})",
            jax="jax.nn.elu(z, {alpha})",
        ),
        value_function=formulas.elu,
        derivative_function=formulas.elu_derivative,
        parameters=(Parameter("alpha", 1.0, 0.0, 10.0),),
        bounds=lambda alpha: (-alpha, None),
        kinks=lambda alpha: (0.0,),
    ),
    Activation(
        key="identity",
        label="Identity",
        formula="z",
        latex=r"\varphi(z) = z",
        derivative_formula="1",
        reference=mark("Linear network: Saxe, McClelland & Ganguli 2014"),
        code=LibraryCode(
            pytorch="nn.Identity()",
            keras="z",
            jax="z",
        ),
        value_function=np.positive,
        derivative_function=formulas.identity_derivative,
        homogeneous=True,
        odd=True,
        torch_gain=lambda: 1.0,
    ),
    Activation(
        key="lecun_tanh",
        label="LeCun's tanh",
        formula="1.7159 tanh(2 z / 3)",
        latex=r"\varphi(z) = 1.7159\, \tanh \frac{2 z}{3}",
        derivative_formula="1.7159 · 2/3 · (1 − tanh²(2 z / 3))",
        reference=mark("LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 4.4"),
        code=LibraryCode(
            pytorch="1.7159 * torch.tanh(2 / 3 * z)",
            keras="1.7159 * ops.tanh(2 / 3 * z)",
            jax="1.7159 * jnp.tanh(2 / 3 * z)",
        ),
        value_function=formulas.lecun_tanh,
        derivative_function=formulas.lecun_tanh_derivative,
        bounds=lambda: (-formulas.LECUN_SCALE, formulas.LECUN_SCALE),
        odd=True,
        scale=lambda: 1.5,
    ),
    Activation(
        key="softsign",
        label="Softsign",
        formula="z / (1 + |z|)",
        latex=r"\varphi(z) = \frac{z}{1 + |z|}",
        derivative_formula="1 / (1 + |z|)²",
        reference="Bergstra et al. 2009; Glorot & Bengio 2010",
        code=LibraryCode(
            pytorch="nn.Softsign()",
            keras="ops.softsign(z)",
            jax="jax.nn.soft_sign(z)",
        ),
        value_function=formulas.softsign,
        derivative_function=formulas.softsign_derivative,
        bounds=lambda: (-1.0, 1.0),
        odd=True,
    ),
    Activation(
        key="erf",
        label="Erf",
        formula="erf z",
        latex=r"\varphi(z) = \frac{2}{\sqrt{\pi}} \int_0^z e^{-t^2}\, dt",
        derivative_formula="2 / √π · exp(−z²)",
        reference="Williams 1997, Computing with infinite networks",
        code=LibraryCode(
            pytorch="torch.erf(z)",
            keras="ops.erf(z)",
            jax="jax.lax.erf(z)",
        ),
        value_function=formulas.erf,
        derivative_function=formulas.erf_derivative,
        bounds=lambda: (-1.0, 1.0),
        odd=True,
    ),
    Activation(
        key="hardtanh",
        label="Hard tanh",
        formula=mark("z held within ±1"),
        latex=r"\varphi(z) = \min(\max(z,\ -1),\ 1)",
        derivative_formula=mark("1 for |z| < 1, else 0"),
        reference="Collobert 2004",
        code=LibraryCode(
            pytorch="nn.Hardtanh()",
            keras="ops.hard_tanh(z)",
            jax="jax.nn.hard_tanh(z)",
        ),
        value_function=formulas.hardtanh,
        derivative_function=formulas.hardtanh_derivative,
        bounds=lambda: (-1.0, 1.0),
        kinks=lambda: (-1.0, 1.0),
        odd=True,
    ),
    Activation(
        key="sin",
        label="Sine",
        formula="sin(frequency · z)",
        latex=r"\varphi(z) = \sin(\mathrm{frequency}\, z)",
        derivative_formula="frequency · cos(frequency · z)",
        reference="Sitzmann et al. 2020 (SIREN: frequency 30)",
        code=LibraryCode(
            pytorch="torch.sin({frequency} * z)",
            keras="ops.sin({frequency} * z)",
            jax="jnp.sin({frequency} * z)",
        ),
        value_function=formulas.sin,
        derivative_function=formulas.sin_derivative,
        parameters=(Parameter("frequency", 1.0, 0.01, 100.0),),
        bounds=lambda frequency: (-1.0, 1.0),
        odd=True,
        scale=lambda frequency: 1 / frequency,
    ),
    Activation(
        key="relu6",
        label="ReLU6",
        formula=mark("z held within 0 and 6"),
        latex=r"\varphi(z) = \min(\max(z,\ 0),\ 6)",
        derivative_formula=mark("1 for 0 < z < 6, else 0"),
        reference="Krizhevsky 2010",
        code=LibraryCode(
            pytorch="nn.ReLU6()",
            keras="ops.relu6(z)",
            jax="jax.nn.relu6(z)",
        ),
        value_function=formulas.relu6,
        derivative_function=formulas.relu6_derivative,
        bounds=lambda: (0.0, 6.0),
        kinks=lambda: (0.0, 6.0),
    ),
    Activation(
        key="prelu",
        label="PReLU",
        formula=mark("z for z > 0, else slope · z"),
        latex=r"\varphi(z) = \begin{cases} z & z > 0 \\ \mathrm{slope}\, z & z \le 0 \end{cases}",
        derivative_formula=mark("1 for z > 0, else slope"),
        reference=mark("He, Zhang, Ren & Sun 2015; the slope before any training"),
        code=LibraryCode(
            pytorch="nn.PReLU(init={slope})",
            keras="layers.PReLU",
            jax="nnx.PReLU",
        ),
        value_function=formulas.leaky_relu,
        derivative_function=formulas.leaky_relu_derivative,
        parameters=(Parameter("slope", 0.25, 0.0, 1.0),),
        bounds=lambda slope: (None if slope else 0.0, None),
        kinks=lambda slope: (0.0,),
        homogeneous=True,
        torch_gain=lambda slope: math.sqrt(2 / (1 + slope**2)),
    ),
    Activation(
        key="selu",
        label="SELU",
        formula=mark("λ z for z > 0, else λ α (exp z − 1); λ = 1.0507, α = 1.6733"),
        latex=(
            r"\varphi(z) = \lambda \begin{cases} z & z > 0 \\ \alpha\, (e^z - 1) & z \le 0 "
            r"\end{cases}"
        ),
        derivative_formula=mark("λ for z > 0, else λ α exp z"),
        reference="Klambauer, Unterthiner, Mayr & Hochreiter 2017",
        code=LibraryCode(
            pytorch="nn.SELU()",
            keras="ops.selu(z)",
            jax="jax.nn.selu(z)",
        ),
        value_function=formulas.selu,
        derivative_function=formulas.selu_derivative,
        bounds=lambda: (-formulas.SELU_SCALE * formulas.SELU_ALPHA, None),
        kinks=lambda: (0.0,),
        torch_gain=lambda: 3 / 4,
    ),
    Activation(
        key="gelu",
        label="GELU",
        formula="z Φ(z)",
        latex=(
            r"\varphi(z) = z\, \Phi(z) = \frac{z}{2} \Big(1 + \mathrm{erf} "
            r"\frac{z}{\sqrt{2}}\Big)"
        ),
        derivative_formula="Φ(z) + z Φ′(z)",
        reference=mark("Hendrycks & Gimpel 2016; Φ: normal distribution function"),
        code=LibraryCode(
            pytorch="nn.GELU()",
            keras="ops.gelu(z, approximate=False)",
            jax="jax.nn.gelu(z, approximate=False)",
        ),
        value_function=formulas.gelu,
        derivative_function=formulas.gelu_derivative,
        bounds=lambda: (-0.16997120747990366, None),
    ),
    Activation(
        key="gelu_tanh",
        label="GELU (tanh)",
        formula="z/2 · (1 + tanh u), u = √(2/π) (z + 0.044715 z³)",
        latex=(
            r"\varphi(z) = \frac{z}{2} \Big(1 + \tanh \sqrt{\frac{2}{\pi}} (z + 0.044715\, "
            r"z^3)\Big)"
        ),
        derivative_formula="(1 + tanh u)/2 + z/2 · (1 − tanh² u) u′",
        reference=mark("Hendrycks & Gimpel 2016; the default of JAX"),
        code=LibraryCode(
            pytorch='nn.GELU(approximate="tanh")',
            keras="ops.gelu(z, approximate=True)",
            jax="jax.nn.gelu(z, approximate=True)",
        ),
        value_function=formulas.gelu_tanh,
        derivative_function=formulas.gelu_tanh_derivative,
        bounds=lambda: (-0.17004075057125403, None),
    ),
    Activation(
        key="silu",
        label="SiLU (Swish)",
        formula="z s(beta z), s(x) = 1 / (1 + exp(−x))",
        latex=r"\varphi(z) = \frac{z}{1 + e^{-\mathrm{beta}\, z}}",
        derivative_formula="s + beta z s (1 − s)",
        reference="Elfwing, Uchibe & Doya 2018; Ramachandran, Zoph & Le 2017",
        code=LibraryCode(
            pytorch="z * torch.sigmoid({beta} * z)",
            keras="z * ops.sigmoid({beta} * z)",
            jax="z * jax.nn.sigmoid({beta} * z)",
        ),
        value_function=formulas.silu,
        derivative_function=formulas.silu_derivative,
        parameters=(Parameter("beta", 1.0, 0.1, 10.0),),
        bounds=lambda beta: (-0.2784645427610738 / beta, None),
        scale=lambda beta: 1 / beta,
    ),
    Activation(
        key="mish",
        label="Mish",
        formula="z tanh(ln(1 + exp z))",
        latex=r"\varphi(z) = z \tanh(\ln(1 + e^z))",
        derivative_formula="t + z (1 − t²) / (1 + exp(−z)), t = tanh(ln(1 + exp z))",
        reference="Misra 2019",
        code=LibraryCode(
            pytorch="nn.Mish()",
            keras="z * ops.tanh(ops.softplus(z))",
            jax="z * jnp.tanh(jax.nn.softplus(z))",
        ),
        value_function=formulas.mish,
        derivative_function=formulas.mish_derivative,
        bounds=lambda: (-0.30884341301725043, None),
    ),
    Activation(
        key="softplus",
        label="Softplus",
        formula="ln(1 + exp(beta z)) / beta",
        latex=r"\varphi(z) = \frac{1}{\mathrm{beta}} \ln(1 + e^{\mathrm{beta}\, z})",
        derivative_formula="1 / (1 + exp(−beta z))",
        reference="Dugas, Bengio, Bélisle, Nadeau & Garcia 2001",
        code=LibraryCode(
            pytorch="nn.Softplus({beta})",
            keras="ops.softplus({beta} * z) / {beta}",
            jax="jax.nn.softplus({beta} * z) / {beta}",
        ),
        value_function=formulas.softplus,
        derivative_function=formulas.softplus_derivative,
        parameters=(Parameter("beta", 1.0, 0.1, 10.0),),
        bounds=lambda beta: (0.0, None),
        scale=lambda beta: 1 / beta,
    ),
    Activation(
        key="hardswish",
        label="Hard swish",
        formula="z · hardsigmoid(z)",
        latex=r"\varphi(z) = \frac{z}{6} \min(\max(z + 3,\ 0),\ 6)",
        derivative_formula=mark("0 for z ≤ −3, 1 for z ≥ 3, else z/3 + 1/2"),
        reference="Howard et al. 2019, MobileNetV3",
        code=LibraryCode(
            pytorch="nn.Hardswish()",
            keras="z * ops.relu6(z + 3) / 6",
            jax="z * jax.nn.relu6(z + 3) / 6",
        ),
        value_function=formulas.hardswish,
        derivative_function=formulas.hardswish_derivative,
        bounds=lambda: (-0.375, None),
        kinks=lambda: (-3.0, 3.0),
    ),
    Activation(
        key="hardsigmoid",
        label="Hard sigmoid",
        formula=mark("(z + 3) / 6 held within 0 and 1"),
        latex=r"\varphi(z) = \frac{1}{6} \min(\max(z + 3,\ 0),\ 6)",
        derivative_formula=mark("1/6 for |z| < 3, else 0"),
        reference="Courbariaux, Bengio & David 2015; Howard et al. 2019",
        code=LibraryCode(
            pytorch="nn.Hardsigmoid()",
            keras="ops.relu6(z + 3) / 6",
            jax="jax.nn.relu6(z + 3) / 6",
        ),
        value_function=formulas.hardsigmoid,
        derivative_function=formulas.hardsigmoid_derivative,
        bounds=lambda: (0.0, 1.0),
        kinks=lambda: (-3.0, 3.0),
    ),
    Activation(
        key="relu_squared",
        label="Squared ReLU",
        formula="max(z, 0)²",
        latex=r"\varphi(z) = \max(z,\ 0)^2",
        derivative_formula="2 max(z, 0)",
        reference="So et al. 2021, Primer",
        code=LibraryCode(
            pytorch="torch.relu(z) ** 2",
            keras="ops.square(ops.relu(z))",
            jax="jnp.square(jax.nn.relu(z))",
        ),
        value_function=formulas.relu_squared,
        derivative_function=formulas.relu_squared_derivative,
        bounds=lambda: (0.0, None),
    ),
)

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({a.key: a for a in _CATALOGUE})
