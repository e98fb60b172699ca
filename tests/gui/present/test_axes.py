"""Axes that stay within a lesson."""

from __future__ import annotations

from dataclasses import replace

from tests.gui.fixtures import small_experiment
from tests.gui.present.lessons import step
from winit_gui.panels.layer_chart import Ends, Level
from winit_gui.present.axes import fixed_ends, weight_axes
from winit_gui.present.prepared import begin
from winit_gui.state import View

ZERO = frozenset({Level.ZERO})


def test_steps_with_the_same_reading_share_the_union_of_their_ends() -> None:
    steps = [step(), step(), step(view=View(reading="grad_weight"))]
    natural = [
        {2: Ends(-2, 0), 3: Ends(-1, 0, ZERO)},
        {2: Ends(-9, 1), 3: Ends(-8, 3)},
        {2: Ends(-3, 0), 3: Ends(-5, -2)},
    ]
    ends = fixed_ends(steps, [None] * 3, natural)
    assert [made[2] for made in ends] == [Ends(-9, 1)] * 3
    assert [made[3] for made in ends] == [Ends(-8, 3, ZERO)] * 2 + [Ends(-5, -2)]


def test_other_nets_have_axes_of_their_own() -> None:
    deep = step(experiment=small_experiment(("zeros",), hidden_widths=(16,) * 9))
    ends = fixed_ends([step(), deep], [None] * 2, [{2: Ends(-2, 0)}, {2: Ends(-30, 0)}])
    assert [made[2] for made in ends] == [Ends(-2, 0), Ends(-30, 0)]


def test_what_the_author_fixed_counts() -> None:
    fixed = step(axes={"signal": (-4.0, 1.0), "weights": (-0.5, 0.5)}, panels=(1, 2))
    ends = fixed_ends([fixed, step()], [None] * 2, [{2: Ends(-9, 0, ZERO)}, {2: Ends(-2, 0)}])
    assert ends[0][2] == Ends(-4.0, 1.0, ZERO)
    assert weight_axes([fixed]) == [(-0.5, 0.5)]


def test_a_step_that_is_not_computed_takes_the_axis_of_the_others() -> None:
    ends = fixed_ends([step(), step()], [None] * 2, [{2: Ends(-2, 0)}, {}])
    assert ends[1][2] == Ends(-2, 0)
    assert 3 not in ends[1]


def test_weights_near_their_rule_share_an_axis_and_large_ones_do_not() -> None:
    def of(scheme: str) -> object:
        return step(experiment=small_experiment((scheme,)), panels=(1,))

    steps = [of("small_normal"), of("he_normal"), of("large_normal")]
    small, he, large = weight_axes(steps)  # type: ignore[arg-type]
    assert small == he
    assert large is not None
    assert he is not None
    assert large[1] > 20 * he[1]


def test_heights_of_densities_are_shared_if_they_are_alike() -> None:
    steps = [step(panels=(1,))] * 4
    natural = [{1: Ends(0, high)} for high in (4.0, 5.0, 6.0, 40.0)]
    ends = fixed_ends(steps, [(-0.5, 0.5)] * 4, natural)
    assert [made[1].high for made in ends] == [6.0, 6.0, 6.0, 40.0]


def test_natural_ends_hold_what_is_drawn() -> None:
    made = begin(step(panels=(1, 2, 3)))
    assert set(made.ends) == {1, 2, 3}
    assert Level.ZERO in made.ends[2].levels
    assert made.ends[3].low <= 0 <= made.ends[3].high
    shifted = begin(replace(step(), panels=(2,)))
    assert set(shifted.ends) == {2}
