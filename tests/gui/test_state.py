from __future__ import annotations

import copy
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QSettings

from tests.gui.fixtures import small_experiment
from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.errors import ExperimentError
from winit_core.experiment import DTYPES, LOSSES, Experiment
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_gui.defaults import default_experiment
from winit_gui.settings import Settings
from winit_gui.state import Row, State, View, merged_rows
from winit_gui.style import ThemeName
from winit_gui.wording import READINGS, SCALES


@st.composite
def choices(draw: st.DrawFn) -> SchemeChoice:
    key = draw(st.sampled_from(list(SCHEMES)))
    params: dict[str, Any] = {}
    for parameter in SCHEMES[key].parameters:
        if draw(st.booleans()):
            continue
        if parameter.choices:
            params[parameter.name] = draw(st.sampled_from(parameter.choices))
        else:
            low, high = max(parameter.minimum, 0.01), min(parameter.maximum, 3.0)
            params[parameter.name] = draw(st.floats(low, max(low, high)))
    try:
        return SchemeChoice(key, params)
    except ExperimentError:
        return SchemeChoice(key)


experiments = st.builds(
    Experiment,
    st.lists(choices(), max_size=12).map(tuple),
    activation=st.sampled_from(list(ACTIVATIONS)).map(get_activation),
    hidden_widths=st.lists(st.integers(1, 64), min_size=1, max_size=5).map(tuple),
    batch_size=st.integers(1, 1797),
    dataset=st.sampled_from(["digits", "gaussian"]),
    loss=st.sampled_from(LOSSES),
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from(DTYPES),
)
views = st.builds(
    View,
    layer=st.integers(0, 2000),
    weight_scale=st.sampled_from(list(SCALES)),
    reading=st.sampled_from(list(READINGS)),
    relative=st.booleans(),
    seeds=st.integers(1, 64),
    explain=st.booleans(),
    theory=st.booleans(),
    theme=st.sampled_from([name.value for name in ThemeName]),
    enlarged=st.integers(0, 4),
)
rows = st.lists(st.builds(Row, choices(), st.booleans()), max_size=25).map(tuple)
states = st.builds(State.of, experiments, views)


@given(rows, experiments)
def test_merging_ticks_exactly_the_schemes_of_the_experiment(
    listed: tuple[Row, ...], experiment: Experiment
) -> None:
    merged = merged_rows(listed, experiment)
    ticked = [row.choice for row in merged if row.ticked]
    assert Counter(ticked) == Counter(experiment.schemes)
    assert len(merged) >= len(listed)
    kept = Counter(row.choice.key for row in merged)
    assert all(kept[key] >= n for key, n in Counter(row.choice.key for row in listed).items())
    again = merged_rows(merged, experiment)
    assert again == merged


@given(states)
def test_every_scheme_is_on_offer_and_the_ticked_ones_are_the_experiment(state: State) -> None:
    assert {row.choice.key for row in state.rows} == set(SCHEMES)
    assert tuple(row.choice for row in state.rows if row.ticked) == state.experiment.schemes
    assert 0 <= state.shown_layer <= state.experiment.depth


@given(states)
def test_a_state_survives_being_written_down(state: State) -> None:
    assert State.from_dict(json.loads(json.dumps(state.to_dict()))) == state


def test_a_scheme_with_other_parameters_takes_the_row_of_its_key() -> None:
    state = State.of(default_experiment())
    changed = SchemeChoice("small_normal", {"std": 0.05})
    schemes = tuple(changed if c.key == "small_normal" else c for c in default_experiment().schemes)
    after = state.with_experiment(schemes=schemes)
    assert len(after.rows) == len(state.rows)
    assert after.experiment.schemes == schemes


def test_the_same_scheme_twice_gets_a_row_below() -> None:
    twice = (SchemeChoice("he_normal"), SchemeChoice("he_normal", {"gain": 2.0}))
    state = State.of(small_experiment(twice))
    keys = [row.choice.key for row in state.rows]
    assert keys.count("he_normal") == 2
    assert keys.index("he_normal") + 1 == len(keys) - 1 - keys[::-1].index("he_normal")


def test_equal_schemes_both_stay() -> None:
    state = State.of(small_experiment(("zeros", "zeros")))
    assert [c.key for c in state.experiment.schemes] == ["zeros", "zeros"]


def test_a_state_saved_by_an_older_catalogue_offers_the_new_schemes() -> None:
    plain = State.of(small_experiment(("zeros",))).to_dict()
    plain["rows"] = [row for row in plain["rows"] if row["key"] in ("zeros", "he_normal")]
    state = State.from_dict(plain)
    assert {row.choice.key for row in state.rows} == set(SCHEMES)
    assert [c.key for c in state.experiment.schemes] == ["zeros"]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["zeros", "tanh", "key", "std"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def _places(plain: Any) -> list[tuple[Any, Any]]:
    if isinstance(plain, dict):
        own = [(plain, key) for key in plain]
        return own + [place for value in plain.values() for place in _places(value)]
    if isinstance(plain, list):
        own = [(plain, index) for index in range(len(plain))]
        return own + [place for value in plain for place in _places(value)]
    return []


_SAVED = State.of(small_experiment(("zeros", "small_normal"))).to_dict()


@settings(max_examples=400)
@given(st.data())
def test_a_hostile_saved_state_is_refused_or_valid(data: st.DataObject) -> None:
    plain = copy.deepcopy(_SAVED)
    for _ in range(data.draw(st.integers(1, 3))):
        places = _places(plain)
        if not places:
            break
        holder, key = places[data.draw(st.integers(0, len(places) - 1))]
        if data.draw(st.booleans()):
            holder[key] = data.draw(json_values)
        else:
            del holder[key]
    try:
        state = State.from_dict(plain)
    except ExperimentError:
        return
    assert State.from_dict(json.loads(json.dumps(state.to_dict()))) == state
    assert isinstance(state.view.relative, bool)
    assert isinstance(state.view.theory, bool)


@pytest.mark.parametrize("plain", [None, 1, "state", [], {}, {"experiment": {}}])
def test_what_is_no_state_is_refused(plain: Any) -> None:
    with pytest.raises(ExperimentError):
        State.from_dict(plain)


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", "3", '"x"', "[" * 100_000, '{"experiment": 1}', "NaN", "\x00"],
)
def test_a_settings_file_with_garbage_counts_as_none(settings_file: Any, text: str) -> None:
    held = State.of(small_experiment())
    kept = Settings(settings_file)
    kept.save_state(held)
    kept.flush()
    assert Settings(settings_file).state() == held
    raw = QSettings(str(settings_file), QSettings.Format.IniFormat)
    raw.setValue("state", text)
    raw.sync()
    assert Settings(settings_file).state() is None


def test_changing_the_experiment_keeps_the_view_and_other_rows() -> None:
    state = State.of(default_experiment(), View(layer=3, theme="dark"))
    after = state.with_experiment(seed=9)
    assert (after.view, after.rows) == (state.view, state.rows)
    assert after == replace(state, experiment=replace(state.experiment, seed=9))
