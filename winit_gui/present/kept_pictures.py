"""Pictures of steps that took long, on disk: a lesson that is given again is there at once."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from winit_core.build_info import build_info
from winit_core.diagnosis import Diagnosis
from winit_core.ensemble import Ensemble
from winit_core.errors import ExperimentError
from winit_core.maps.cache import ResultCache
from winit_core.prediction import NotPredicted, RunPrediction
from winit_core.simulation import Histogram, Simulation
from winit_gui.picture import Picture, Request
from winit_gui.present.plain_values import Experiments, from_plain, to_plain
from winit_gui.weight_picture import Float64Array, WeightCurve, WeightPicture

_KIND = "step"


@dataclass(frozen=True)
class _Curve:
    """A `WeightCurve` without its law, which the experiment says."""

    sampled: Histogram
    x: Float64Array
    y: Float64Array
    spikes: tuple[float, ...]
    reach: float
    exact_zeros: float


@dataclass(frozen=True)
class _Results:
    """What a `Picture` holds that takes time."""

    initial: Simulation
    low: float
    high: float
    curves: tuple[_Curve, ...]
    diagnoses: tuple[Diagnosis, ...]
    predictions: tuple[RunPrediction | NotPredicted | None, ...]
    ensemble: Ensemble | None


class KeptPictures:
    """Finds the picture of a request that was computed before, by this very program.

    Parameters
    ----------
    folder
        Where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self._cache = ResultCache(folder)

    def load(self, request: Request) -> Picture | None:
        """Return the picture that answers a request, if there is one."""
        if not _is_plain(request):
            return None
        held = self._cache.load(_KIND, _key(request))
        if held is None:
            return None
        try:
            tables, plain = held
            results = from_plain(plain, _Results, Experiments(tables))
        except (ValueError, TypeError, LookupError, ExperimentError):
            return None  # another format: it is computed again
        experiment, layer = request.experiment, request.layer
        if results.initial.experiment != experiment:
            return None
        curves = tuple(
            WeightCurve(
                experiment.weight_law(index, layer),
                one.sampled,
                one.x,
                one.y,
                one.spikes,
                one.reach,
                one.exact_zeros,
            )
            for index, one in enumerate(results.curves)
        )
        weights = WeightPicture(experiment, layer, request.scale, results.low, results.high, curves)
        return Picture(
            request,
            results.initial,
            weights,
            results.initial,
            results.diagnoses,
            results.predictions,
            results.ensemble,
        )

    def store(self, picture: Picture) -> None:
        """Keep a picture for another time; a disk that refuses it is no error."""
        if not _is_plain(picture.request):
            return
        weights = picture.weights
        curves = tuple(
            _Curve(one.sampled, one.x, one.y, one.spikes, one.reach, one.exact_zeros)
            for one in weights.curves
        )
        results = _Results(
            picture.initial,
            weights.low,
            weights.high,
            curves,
            picture.diagnoses,
            picture.predictions,
            picture.ensemble,
        )
        experiments = Experiments()
        plain = to_plain(results, _Results, experiments)
        self._cache.store(_KIND, _key(picture.request), [experiments.tables, plain])


def _is_plain(request: Request) -> bool:
    """Tell whether a request asks for nothing that is not kept."""
    return request.history is None and not (request.surface or request.details or request.draft)


def _key(request: Request) -> dict[str, Any]:
    return {
        "program": _program(),
        "experiment": request.experiment.to_dict(),
        "layer": request.layer,
        "scale": request.scale,
        "nets": request.nets,
        "axis": request.axis,
        "remedies": request.remedies,
    }


@lru_cache(maxsize=1)
def _program() -> str:
    """Return a digest of what makes a picture of the numbers; the cache adds what makes those."""
    digest = hashlib.sha256(f"{build_info().version} {build_info().commit}".encode())
    # A frozen program has no sources; there version and commit alone must tell.
    room = Path(__file__).resolve().parent
    for name in ("../picture.py", "../weight_picture.py", "kept_pictures.py", "plain_values.py"):
        with contextlib.suppress(OSError):
            digest.update((room / name).read_bytes())
    return digest.hexdigest()
