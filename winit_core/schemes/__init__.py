"""Weight-initialization schemes: the catalogue, and a scheme with its parameters fixed.

Weights have shape (fan_in, fan_out). `records` is the catalogue, `rules` turns its entries into
the `laws` that weights are drawn from; `libraries` says how PyTorch, Keras and JAX do it.
"""

from winit_core.schemes.choice import (
    RecommendedGains,
    SchemeChoice,
    library_entry,
    recommended_gains,
)
from winit_core.schemes.libraries import LIBRARIES, LibraryEntry
from winit_core.schemes.records import SCHEMES, STD_LIMIT, Scheme
from winit_core.schemes.rules import LayerContext

__all__ = [
    "LIBRARIES",
    "SCHEMES",
    "STD_LIMIT",
    "LayerContext",
    "LibraryEntry",
    "RecommendedGains",
    "Scheme",
    "SchemeChoice",
    "library_entry",
    "recommended_gains",
]
