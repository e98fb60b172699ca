"""The science of winit: weight initialization simulated, measured and diagnosed.

Usable in a script or a notebook; imports neither Qt nor any drawing library.
"""

__version__ = "0.1.0"

from winit_core.activations import ACTIVATIONS, BoundActivation, get_activation
from winit_core.diagnosis import Diagnosis, Finding, Kind, diagnose
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.network import Propagation, propagate
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.simulation import Simulation, SimulationStopped, layer_histograms, simulate
from winit_core.statistics import LayerStatistics

__all__ = [
    "ACTIVATIONS",
    "SCHEMES",
    "BoundActivation",
    "Diagnosis",
    "Experiment",
    "ExperimentError",
    "Finding",
    "Kind",
    "LayerStatistics",
    "Propagation",
    "SchemeChoice",
    "Simulation",
    "SimulationStopped",
    "diagnose",
    "get_activation",
    "layer_histograms",
    "propagate",
    "simulate",
]
