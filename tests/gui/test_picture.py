"""What a picture takes over from one computation to the next, and leaves out if nobody asks."""

from __future__ import annotations

from dataclasses import replace

from tests.gui.fixtures import small_experiment
from winit_core.diagnosis import diagnose
from winit_core.simulation import simulate
from winit_gui.picture import Request, make_picture
from winit_gui.state import State, View

BROKEN = small_experiment(("zeros", "small_normal", "he_normal"))


def test_remedies_are_left_out_where_nobody_asks_for_them() -> None:
    wanted = Request.of(State.of(BROKEN))
    whole = make_picture(wanted)
    plain = make_picture(replace(wanted, remedies=False))
    for one, other in zip(whole.diagnoses, plain.diagnoses, strict=True):
        without = [replace(finding, remedy=None) for finding in one.findings]
        assert list(other.findings) == without
    offered = [diagnosis.worst.remedy is not None for diagnosis in whole.diagnoses]
    assert offered == [True, True, False]
    # What was made without them is no answer to who wants them.
    assert make_picture(wanted, plain).diagnoses == whole.diagnoses


def test_the_first_of_many_nets_is_that_of_the_experiment() -> None:
    picture = make_picture(Request.of(State.of(BROKEN, View(seeds=3))))
    assert picture.initial == simulate(BROKEN)
    assert picture.ensemble is not None
    assert picture.initial is picture.ensemble.simulations[0]


def test_what_stands_for_many_nets_is_judged_like_any_net() -> None:
    request = Request.of(State.of(BROKEN, View(seeds=3)))
    for index in range(len(BROKEN.schemes)):
        run, diagnosis = make_picture(request).representative(index)
        assert diagnosis == diagnose(run)
        _, plain = make_picture(replace(request, remedies=False)).representative(index)
        assert plain == diagnose(run, with_remedy=False)
