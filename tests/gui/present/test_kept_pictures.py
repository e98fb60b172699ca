"""Pictures of steps on disk: the same numbers, or none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.gui.fixtures import small_experiment
from tests.gui.present.lessons import step
from winit_core.experiment import Experiment
from winit_core.prediction import RunPrediction
from winit_gui.lessons.lesson import Step
from winit_gui.picture import Picture
from winit_gui.present.kept_pictures import KeptPictures
from winit_gui.present.plain_values import Experiments, from_plain, to_plain
from winit_gui.present.prepared import begin
from winit_gui.state import View

MANY = View(seeds=3)
DEEP = small_experiment(
    ("normal", "zeros", "constant", "lsuv", "he_uniform"),
    activation="relu",
    hidden_widths=(32,) * 80,  # what is not finite is kept, too
)
STEPS = [
    step(),
    step(view=MANY),
    step(experiment=DEEP),
    step(experiment=small_experiment(()), view=MANY),
    step(experiment=small_experiment(("he_normal",), library="pytorch", dtype="float16")),
    step(view=View(weight_scale="log")),
]


def pictured(of: Step) -> Picture:
    return begin(of).picture


def drawn(picture: Picture) -> list[str]:
    """Return every number of a picture as a text that tells NaN and -0 apart."""
    weights = picture.weights
    rest = (picture.initial, picture.diagnoses, picture.ensemble, picture.request)
    ends = (weights.low, weights.high, weights.layer, weights.scale)
    parts: list[object] = [rest, ends, *(vars(curve.sampled) for curve in weights.curves)]
    for made in picture.predictions:
        parts.append(vars(made) if isinstance(made, RunPrediction) else made)
    with np.printoptions(threshold=100_000, floatmode="unique"):
        return [repr(part) for part in parts]


@pytest.mark.parametrize("of", STEPS)
def test_what_comes_back_is_what_was_kept(of: Step, tmp_path: Path) -> None:
    picture = pictured(of)
    KeptPictures(tmp_path).store(picture)
    again = KeptPictures(tmp_path).load(picture.request)
    assert again is not None
    assert drawn(again) == drawn(picture)
    for curve, held in zip(again.weights.curves, picture.weights.curves, strict=True):
        assert curve.law == held.law
        np.testing.assert_array_equal(curve.y, held.y)
        assert not curve.y.flags.writeable
    assert all(run.experiment is again.initial.experiment for run in again.initial.runs)


def test_another_request_has_a_picture_of_its_own(tmp_path: Path) -> None:
    picture = pictured(step())
    kept = KeptPictures(tmp_path)
    kept.store(picture)
    request = picture.request
    assert kept.load(request) is not None
    others: list[object] = [
        replace(request, layer=2),
        replace(request, axis=(-1.0, 1.0)),
        replace(request, nets=2),
        replace(request, scale="log"),
        replace(request, remedies=True),
        replace(request, experiment=replace(request.experiment, seed=1)),
        replace(request, details="fitting"),  # this is not kept
    ]
    assert [kept.load(other) for other in others] == [None] * len(others)  # type: ignore[arg-type]


def test_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    picture = pictured(step())
    KeptPictures(tmp_path).store(picture)
    (file,) = tmp_path.iterdir()
    text = file.read_text()
    file.write_text(text[: len(text) // 2])
    assert KeptPictures(tmp_path).load(picture.request) is None


def test_a_folder_that_cannot_be_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    picture = pictured(step())
    KeptPictures(blocked).store(picture)
    assert KeptPictures(blocked).load(picture.request) is None


def test_experiments_are_written_once() -> None:
    experiments = Experiments()
    one, other = small_experiment(("zeros",)), small_experiment(("zeros",), seed=1)
    plain = to_plain((one, other, one), tuple[Experiment, ...], experiments)
    assert plain == [0, 1, 0]
    assert len(experiments.tables) == 2
    again = from_plain(plain, tuple[Experiment, ...], Experiments(experiments.tables))
    assert again == (one, other, one)
    assert again[0] is again[2]
