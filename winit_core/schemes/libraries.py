"""How a scheme is named and sampled in PyTorch, Keras and JAX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from winit_core.schemes.rules import LawRule
from winit_core.translation import mark

REFERENCE = "reference"
LIBRARIES = (REFERENCE, "pytorch", "keras", "jax")

PYTORCH_SOURCE = mark("torch/nn/init.py of PyTorch 2.13")
PYTORCH_LAYER_SOURCE = mark("torch/nn/modules/linear.py of PyTorch 2.13")
KERAS_SOURCE = mark("keras/src/initializers/random_initializers.py of Keras 3")
KERAS_CONSTANT_SOURCE = mark("keras/src/initializers/constant_initializers.py of Keras 3")
JAX_SOURCE = "jax/_src/nn/initializers.py"


@dataclass(frozen=True)
class LibraryEntry:
    """One scheme in one library.

    Attributes
    ----------
    name
        The call that makes it, with the scheme's own parameters.
    sampling
        What it draws from.
    differences
        What is not as in the reference law, or what is easily taken for something else; empty
        where there is nothing to say.
    source
        Where that was read.
    weight_law, bias_law
        Its own rules, with the signature of the scheme's; None: as the scheme's.
    """

    name: str
    sampling: str
    differences: str
    source: str
    weight_law: LawRule | None = None
    bias_law: LawRule | None = None


Libraries = Mapping[str, LibraryEntry | None]


def libraries(
    pytorch: LibraryEntry | None = None,
    keras: LibraryEntry | None = None,
    jax: LibraryEntry | None = None,
) -> Libraries:
    """Return the entries by library; None: it has no such scheme."""
    return MappingProxyType({"pytorch": pytorch, "keras": keras, "jax": jax})


def pytorch(
    name: str,
    sampling: str,
    differences: str = "",
    weight_law: LawRule | None = None,
    bias_law: LawRule | None = None,
    source: str = PYTORCH_SOURCE,
) -> LibraryEntry:
    """Return an entry for PyTorch."""
    return LibraryEntry(name, sampling, differences, source, weight_law, bias_law)


def keras(
    name: str,
    sampling: str,
    differences: str = "",
    weight_law: LawRule | None = None,
    bias_law: LawRule | None = None,
    source: str = KERAS_SOURCE,
) -> LibraryEntry:
    """Return an entry for Keras."""
    return LibraryEntry(name, sampling, differences, source, weight_law, bias_law)


def jax(
    name: str,
    sampling: str,
    differences: str = "",
    weight_law: LawRule | None = None,
    bias_law: LawRule | None = None,
    source: str = JAX_SOURCE,
) -> LibraryEntry:
    """Return an entry for JAX."""
    return LibraryEntry(name, sampling, differences, source, weight_law, bias_law)
