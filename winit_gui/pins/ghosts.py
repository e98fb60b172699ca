"""What is drawn of a pinned experiment behind the present one: lines, outlined bars, curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from winit_core.experiment import Experiment
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import SchemeRun, Simulation, simulate
from winit_gui.highlight import NOBODY
from winit_gui.panels.layer_chart import LayerChart
from winit_gui.pins.pin import Pin
from winit_gui.style import SchemeStyle, scheme_styles
from winit_gui.weight_picture import exact_curve

Float64Array = npt.NDArray[np.float64]
OTHER = -2
"""Owner of a ghost whose scheme is not compared now."""


@dataclass(frozen=True)
class GhostRequest:
    """The pins to show, and what panel 1 shows of them."""

    pins: tuple[Pin, ...]
    layer: int
    scale: str
    palette: str


@dataclass(frozen=True)
class GhostCurve:
    """The exact weights of one scheme: a density and the places of its spikes."""

    x: Float64Array
    y: Float64Array
    spikes: tuple[float, ...]


@dataclass(frozen=True)
class Ghost:
    """A pinned experiment, computed.

    Attributes
    ----------
    number
        Position among the shown pins: it fixes the dashes.
    curves
        Panel 1's, one per scheme; none if the network has no such layer.
    """

    number: int
    name: str
    simulation: Simulation
    styles: tuple[SchemeStyle, ...]
    curves: tuple[GhostCurve, ...]

    @property
    def runs(self) -> tuple[SchemeRun, ...]:
        """One per scheme."""
        return self.simulation.runs


@dataclass(frozen=True)
class GhostLine:
    """One dashed line in a plot.

    Attributes
    ----------
    number
        Of its ghost.
    owner
        Which compared scheme it belongs to; `OTHER` if that one is not compared now.
    x, y
        Its points; NaN is a gap.
    """

    number: int
    owner: int
    colour: str
    x: Float64Array
    y: Float64Array


def ghosts(
    request: GhostRequest,
    known: Mapping[Experiment, Simulation],
    should_stop: Callable[[], bool] = lambda: False,
    workers: int = 1,
) -> tuple[Ghost, ...]:
    """Compute the ghosts of a request, reusing the simulations that are known."""
    made = []
    for number, pin in enumerate(request.pins):
        experiment = pin.experiment
        simulation = known.get(experiment) or simulate(experiment, should_stop, workers)
        choices, keys = experiment.schemes, tuple(SCHEMES)
        styles = tuple(scheme_styles(choices, keys, request.palette))
        curves = _curves(experiment, request.layer, request.scale)
        made.append(Ghost(number, pin.name, simulation, styles, curves))
    return tuple(made)


def _curves(experiment: Experiment, layer: int, scale: str) -> tuple[GhostCurve, ...]:
    if layer > experiment.depth:
        return ()
    fan_in, _ = experiment.layer_shapes[layer]
    factor = float(np.sqrt(fan_in)) if scale == "relative" else 1.0
    curves = []
    for index in range(len(experiment.schemes)):
        law = experiment.weight_law(index, layer)
        x, y = exact_curve(law, fan_in, scale)
        with np.errstate(divide="ignore"):
            spikes = tuple(
                float(np.log10(abs(value))) if scale == "log" else value * factor
                for value, _ in law.atoms
            )
        curves.append(GhostCurve(x, y, spikes))
    return tuple(curves)


def owner_of(choice: SchemeChoice, compared: Sequence[SchemeChoice]) -> int:
    """Return which compared scheme a ghost stands behind: the same, else one of the same key."""
    for index, other in enumerate(compared):
        if other == choice:
            return index
    same = [index for index, other in enumerate(compared) if other.key == choice.key]
    return same[0] if same else OTHER


Values = tuple[Float64Array, npt.NDArray[np.bool_]]
"""By layer: values, and which of them are nothing but rounding."""


def numbers_of(
    shown: Sequence[Ghost], read: Callable[[SchemeRun], Values]
) -> list[tuple[float, bool]]:
    """Return all values of the ghosts with whether they are rounding, for an axis to hold."""
    found = []
    for ghost in shown:
        for run in ghost.runs:
            values, rounding = read(run)
            found += [(float(v), bool(r)) for v, r in zip(values, rounding, strict=True)]
    return found


def lines_by_layer(
    shown: Sequence[Ghost],
    read: Callable[[SchemeRun], Values],
    chart: LayerChart,
    compared: Sequence[SchemeChoice],
) -> list[GhostLine]:
    """Return a line over the layers per ghost and scheme."""
    lines = []
    for ghost in shown:
        for run, style in zip(ghost.runs, ghost.styles, strict=True):
            y = _heights(read(run), chart)
            x = np.arange(1, len(y) + 1, dtype=np.float64)
            owner = owner_of(run.choice, compared)
            lines.append(GhostLine(ghost.number, owner, style.colour, x, y))
    return lines


def outlined_bars(
    shown: Sequence[Ghost],
    read: Callable[[SchemeRun], Values],
    chart: LayerChart,
    compared: Sequence[SchemeChoice],
    base: float,
    offsets: Sequence[float],
    width: float,
) -> list[GhostLine]:
    """Return the outlines of the ghosts' bars in the places of the compared schemes' bars.

    A scheme that is not compared now has no place of its own: it is a line over the layers.
    """
    outlines = []
    for line in lines_by_layer(shown, read, chart, compared):
        if line.owner in (OTHER, NOBODY):
            outlines.append(line)
            continue
        middle = line.x + offsets[line.owner]
        left, right, gap = middle - width / 2, middle + width / 2, np.full(len(middle), np.nan)
        on_axis = (line.y >= chart.low) & (line.y <= chart.high)
        foot = np.where(on_axis, base, np.nan)  # what stands on a level has no height
        x = np.stack([left, left, right, right, gap], axis=1).ravel()
        y = np.stack([foot, line.y, line.y, foot, gap], axis=1).ravel()
        outlines.append(GhostLine(line.number, line.owner, line.colour, x, y))
    return outlines


def weight_lines(
    shown: Sequence[Ghost], compared: Sequence[SchemeChoice], top: float
) -> list[GhostLine]:
    """Return panel 1's curves, spikes as upright lines up to `top`."""
    lines = []
    for ghost in shown:
        for curve, run, style in zip(ghost.curves, ghost.runs, ghost.styles, strict=False):
            x, y = curve.x, curve.y
            for spike in curve.spikes:
                if np.isfinite(spike):
                    x = np.concatenate([x, [np.nan, spike, spike]])
                    y = np.concatenate([y, [np.nan, 0.0, 0.94 * top]])
            owner = owner_of(run.choice, compared)
            lines.append(GhostLine(ghost.number, owner, style.colour, x, y))
    return lines


def _heights(values: Values, chart: LayerChart) -> Float64Array:
    numbers, rounding = values
    pairs = zip(numbers, rounding, strict=True)
    return np.array([chart.height_of(float(value), bool(r)) for value, r in pairs])
