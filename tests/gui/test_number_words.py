"""Numbers as they are read: whole in a line on screen, with plain spaces in a terminal."""

from __future__ import annotations

import ast
import inspect
import json
import math
import re
from types import ModuleType

import numpy as np
import pytest

from tests.gui.fixtures import small_experiment
from winit_core.diagnosis import diagnose
from winit_core.experiment import Experiment
from winit_core.simulation import simulate
from winit_gui import explanation, text_report, verdicts, view_commands, wording
from winit_gui.panels import cards, explain_pane

EXPLODING = small_experiment(("large_normal",), activation="relu", hidden_widths=(64,) * 8)
SATURATED = small_experiment(("large_normal",), hidden_widths=(64,) * 3)
DEEP = small_experiment(("small_normal",), hidden_widths=(8,) * 14)


@pytest.mark.parametrize(
    "text",
    [
        wording.number(7.6e7),
        wording.number(-2.5e-9, 3),
        wording.number(0.13),
        wording.percent(0.5),
        wording.percent(0.001),
        wording.percent(0.9999),
        wording.decades(-12.3),
    ],
)
def test_a_number_has_no_space_at_which_a_line_could_end(text: str) -> None:
    assert not re.search(r"[\d×] [\d×%]", text)


@pytest.mark.parametrize("experiment", [EXPLODING, SATURATED, DEEP])
def test_no_proof_can_break_within_a_number(experiment: Experiment) -> None:
    run = simulate(experiment).runs[0]
    said = [
        text for finding in diagnose(run).findings for text in wording.proofs(finding, run, 3, 5)
    ]
    assert any("\u00a0" in text for text in said)
    assert not [text for text in said if re.search(r"\S [×%]|× 10", text)]


def test_a_terminal_and_a_program_get_plain_spaces() -> None:
    simulation = simulate(EXPLODING)
    table = text_report.table(simulation)
    assert re.search(r"\d × 10[⁰¹²³⁴⁵⁶⁷⁸⁹]+ ×  ", table)
    assert re.search(r"\d %  ", table)
    assert "\u00a0" not in table
    content = json.loads(text_report.to_json(simulation))
    said = [finding["words"] for finding in content["runs"][0]["findings"]]
    assert any("×" in text for text in said)
    assert not [text for text in said if "\u00a0" in text]


def outcome(accuracy: dict[int, float], steps: int = 45) -> wording.Outcome:
    """Return what is said of a training whose held-out data was looked at in some steps."""
    shares = np.full(steps + 1, np.nan)
    for step, share in accuracy.items():
        shares[step] = share
    said = wording.outcome(shares, np.full(steps + 1, 1.0), 2.303, 0.1, None)
    assert isinstance(said, wording.Outcome)
    return said


def test_an_accuracy_says_of_what_and_when() -> None:
    said = outcome({0: 0.1, 20: 0.6, 30: 0.96, 40: 0.94})
    assert said == "95\u00a0% of held-out data right by step 30"
    assert said.shorter[-2:] == ("held-out ≥ 95\u00a0%", "≥ 95\u00a0% right")
    assert [len(text) for text in said.shorter] == sorted(map(len, said.shorter), reverse=True)
    # It was looked at in step 40, not in the last one.
    said = outcome({0: 0.1, 40: 0.19})
    assert said == "19\u00a0% of held-out data right at step 40"
    assert outcome({}) == "training loss 1 after 45 steps"


def test_the_last_look_names_both_losses() -> None:
    nowhere = np.full(26, math.nan)
    accuracy, held_out = nowhere.copy(), nowhere.copy()
    train = np.linspace(60, 50, 26)
    assert wording.last_look(accuracy, train, held_out) == ""
    accuracy[0], held_out[0] = 0.1, 61
    assert wording.last_look(accuracy, train, held_out) == "", "nothing is trained yet"
    accuracy[20], held_out[20] = 0.19, 55
    assert wording.last_look(accuracy, train, held_out) == (
        "Step 20: training loss 52, held-out loss 55, 19\u00a0% of the held-out data right."
    )
    accuracy[25], held_out[25] = 0.2, 54
    assert wording.last_look(accuracy, train, held_out).startswith("Step 25:")


@pytest.mark.parametrize(
    "module", [cards, explain_pane, explanation, verdicts, view_commands, wording]
)
def test_there_is_one_kind_of_apostrophe(module: ModuleType) -> None:
    calls = list(ast.walk(ast.parse(inspect.getsource(module))))
    texts = [
        node.value
        for call in calls
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("tr", "tr_n")
        for node in call.args
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert texts
    assert not [text for text in texts if "'" in text]
