"""What the phase plane says: regions, places, schemes and the edge of chaos in words."""

from __future__ import annotations

import math

import numpy as np

from winit_core.activations import BoundActivation
from winit_core.maps.phase_plane import PhasePlane, SchemePoint
from winit_core.schemes import SchemeChoice
from winit_core.theory.fixed_points import Regime, fixed_point
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.maps.phase_plane_marks import PointGroup

REGIME_NAMES = {
    Regime.ORDERED: tr("ordered"),
    Regime.EDGE: tr("edge of chaos"),
    Regime.CHAOTIC: tr("chaotic"),
    Regime.HALF_STABLE: tr("half-stable"),
    Regime.NONE: tr("grows without end"),
}
REGIME_DEFINITIONS = {
    Regime.ORDERED: tr("inputs merge, gradients vanish"),
    Regime.EDGE: tr("gradients keep their size"),
    Regime.CHAOTIC: tr("inputs part, gradients explode"),
    Regime.HALF_STABLE: tr("the signal settles on nothing but 0, or deviations grow"),
    Regime.NONE: tr("the signal settles on no size"),
}


def edge_sentence(plane: PhasePlane) -> str:
    """Return what there is to say about the activation's edge of chaos."""
    label, edge = plane.activation.label, plane.edge
    if not edge.q.size:
        return tr(
            "{activation} has no edge of chaos: no weights and biases keep the gradient's size.",
            activation=label,
        )
    if plane.activation.homogeneous:
        return tr(
            "{activation}: its edge of chaos is the one point σ_w² = {point} without a bias; with "
            "one the signal grows without end.",
            activation=label,
            point=f"{edge.sigma_w2[0]:.4g}",
        )
    if not plane.edge_in_view:
        start = float(np.nanmin(edge.sigma_w2))
        return tr(
            "{activation}: its edge of chaos begins at σ_w² = {start} (σ_w = {root}), far to the "
            "right of this picture.",
            activation=label,
            start=f"{start:.4g}",
            root=f"{math.sqrt(start):.4g}",
        )
    return tr(
        "{activation}: on the edge of chaos (thick) gradients keep their size at any depth.",
        activation=label,
    )


def point_sentence(plane: PhasePlane, sigma_w2: float, sigma_b2: float) -> str:
    """Return what the theory says at a place."""
    settled = fixed_point(plane.activation, max(sigma_w2, 0.0), max(sigma_b2, 0.0))
    regime, chi, scale = settled.regime, settled.chi_1, settled.xi_grad
    said = tr(
        "σ_w² {weights}, σ_b² {biases}: {regime} ({definition}); χ₁ {chi}",
        weights=wording.number(sigma_w2, 3),
        biases=wording.number(sigma_b2, 3),
        regime=REGIME_NAMES[regime],
        definition=REGIME_DEFINITIONS[regime],
        chi=wording.number(chi, 3),
    )
    if scale >= 1e4:
        return said
    return tr("{place}, ξ {scale} layers", place=said, scale=wording.number(scale, 2))


def off_edge_sentence(
    choice: SchemeChoice, activation: BoundActivation, sigma_w2: float, sigma_b2: float
) -> str:
    """Return why a scheme that is called critical is not on the edge; nothing where it is."""
    reason = _off_edge(choice, activation, sigma_w2, sigma_b2)
    return reason[:1].upper() + reason[1:]


def _off_edge(
    choice: SchemeChoice, activation: BoundActivation, sigma_w2: float, sigma_b2: float
) -> str:
    """Return the same to be put after a colon."""
    if fixed_point(activation, sigma_w2, sigma_b2).regime is Regime.EDGE:
        return ""
    if choice.key == "random_walk":
        return tr(
            "off the edge on purpose: it keeps the mean logarithm of a signal in nets of finite "
            "width; the edge is for infinitely wide ones."
        )
    if choice.key != "critical":
        return ""
    target, q = choice.values["target"], wording.exact_number(choice.values["q"])
    if target == "both":
        return tr(
            "{activation} has no point that keeps signal and error: this is a compromise.",
            activation=activation.label,
        )
    if target == "forward":
        return tr(
            "off the edge on purpose: its target is the signal alone, which keeps its size at "
            "q = {q}; the error does not. The target “both” is for the edge.",
            q=q,
        )
    return tr(
        "off the edge on purpose: its target is the error alone, which keeps its size at "
        "q = {q}; the signal does not. The target “both” is for the edge.",
        q=q,
    )


def scheme_sentence(point: SchemePoint) -> str:
    """Return where a scheme stands, in words."""
    scheme = wording.scheme_name(point.choice)
    weights, biases = wording.number(point.sigma_w2, 3), wording.number(point.sigma_b2, 3)
    if point.data_dependent:
        return tr(
            "{scheme}: σ_w² {weights}, σ_b² {biases} before it looks at the batch",
            scheme=scheme,
            weights=weights,
            biases=biases,
        )
    return tr(
        "{scheme}: σ_w² {weights}, σ_b² {biases}", scheme=scheme, weights=weights, biases=biases
    )


def group_sentence(group: PointGroup, activation: BoundActivation) -> str:
    """Return where the schemes of a mark stand, and why there, in words."""
    parts = ["; ".join(map(scheme_sentence, group.points))]
    for point in group.points:
        reason = _off_edge(point.choice, activation, point.sigma_w2, point.sigma_b2)
        if reason:
            scheme = wording.scheme_name(point.choice)
            parts.append(tr("{scheme}: {reason}", scheme=scheme, reason=reason))
    return ". ".join(part.rstrip(".") for part in parts)


def names_sentence(groups: list[PointGroup]) -> str:
    """Return the names of numbered marks in one line."""
    named = [
        tr("{number}: {names}", number=number, names=group.name)
        for number, group in enumerate(groups, 1)
    ]
    return "   ".join(
        text.replace(" ", "\u00a0", 1) for text in named
    )  # no line ends after a number


def key_sentence(plane: PhasePlane) -> str:
    """Return what the lines mean."""
    dashed = tr(
        "Dashed: depth scale ξ in layers, over which the squared gradient changes by a factor e."
    )
    return f"{edge_sentence(plane)} {dashed}"
