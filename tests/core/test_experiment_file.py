"""Files of experiments: what is written reads back, and nothing that is not one is taken for one.

The 10,000 mutated files take about 15 s; WINIT_MUTATIONS sets another number. CI runs them all.
"""

from __future__ import annotations

import os
import pickle
import random
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.experiments import experiments
from winit_core import Experiment, SchemeChoice, simulate
from winit_core.experiment import LayerOverride
from winit_core.files.experiment_file import LAST_LINE, FileError, dump, load, read
from winit_core.files.toml_text import line_of, value_text

MUTATIONS = int(os.environ.get("WINIT_MUTATIONS", "10000" if os.environ.get("CI") else "2000"))
EXAMPLE = Experiment(
    ("zeros", SchemeChoice("he_normal", {"slope": 0.1}), "critical"),
    activation="gelu",
    hidden_widths=(20, 30, 20),
    overrides=(LayerOverride(-1, SchemeChoice("constant", {"weight": 1e-7})),),
    seed=77,
)
VIEW = {"layer": 2, "theme": "dark", "relative": True, "rate": 1e-300, "note": 'ü "x" \x7f \\ \n'}
TEXT = dump(EXAMPLE, {"view": VIEW, "offered": {"rows": [{"key": "zeros", "ticked": False}]}})
texts = st.text(st.characters(codec="utf-8"))  # a lone surrogate has no place in a file
plain = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(experiments(), st.dictionaries(texts, plain, max_size=4))
def test_what_is_written_reads_back_exactly(experiment: Experiment, view: dict[str, Any]) -> None:
    text = dump(experiment, {"view": view})
    again, extra = load(text)
    assert again == experiment
    assert extra == {"view": view}
    assert dump(again, extra) == text
    assert load(text.replace("\n", "\r\n"))[0] == experiment


def test_the_file_is_made_for_reading() -> None:
    lines = TEXT.splitlines()
    assert lines[2] == "format = 1"
    assert "hidden_widths = [20, 30, 20]" in lines
    assert '    { key = "zeros", bias = 0.0, bias_std = 0.0 },' in lines
    assert lines[-1] == LAST_LINE
    long = dump(Experiment((), hidden_widths=(128,) * 200))
    assert max(map(len, long.splitlines())) <= 100


def test_a_short_file_by_hand_gets_the_defaults() -> None:
    text = f'format = 1\n[experiment]\nschemes = ["zeros"]\nactivation = "relu"\n{LAST_LINE}'
    assert load(text) == (Experiment(("zeros",), "relu"), {})


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "reason"),
    [
        ("seed = 77", "seed = -1", "seed = 77", "experiment.seed", "from 0 to"),
        ("seed = 77", 'seed = "x"', "seed = 77", "experiment.seed", "integer"),
        ("seed = 77", "seed = 1e999", "seed = 77", "experiment.seed", "integer"),
        ("seed = 77", "sed = 77", "seed = 77", "experiment.sed", "one of"),
        ("seed = 77", "seed = 0x" + "f" * 9000, "seed = 77", "experiment.seed", "integer"),
        ("seed = 77", "seed = " + "7" * 9000, "seed = 77", "", "too many digits"),
        ("seed = 77", "seed = " + "[" * 9000, "seed = 77", "", "nested too deeply"),
        ("seed = 77", "seed = ", "seed = 77", "", "a value is missing (not TOML: "),
        ("seed = 77", "seed = 77\nseed = 78", "dtype", "", "given before"),
        ("seed = 77", "a" + ".a" * 200 + " = 1", "seed = 77", "", "too many dots"),
        ("slope = 0.1", "slope = -3", "slope", "experiment.schemes[1].slope", "from 0 to 10"),
        ("slope = 0.1", "slope = nan", "slope", "experiment.schemes[1].slope", "from 0 to 10"),
        ("slope", "slop", "slope", "experiment.schemes[1].slop", "known parameters"),
        ('"gelu"', '"gel"', "activation", "experiment.activation", "one of"),
        ("30, 20]", "30, 2000000]", "hidden_widths", "experiment.hidden_widths[2]", "4096"),
        ("layer = -1", "layer = 9", "layer = -1", "experiment.overrides[0].layer", "0 to 3"),
        ("1e-07", "2000-01-01", "1e-07", "experiment.overrides[0].choice.weight", "number"),
        ("[view]", "[viw]", "[view]", "viw", "no such section"),
        ("format = 1", "format = 2", "format", "format", "newer winit"),
        ("format = 1", "format = true", "format", "format", "the number 1"),
        ("format = 1", "", "# An exp", "format", "no experiment of winit"),
        (f"{LAST_LINE}\n", "", "rows", "", "cut short"),
    ],
)
def test_the_message_names_line_and_key(
    old: str, new: str, line: str, key: str, reason: str
) -> None:
    assert TEXT.count(old) >= 1
    wanted = next(n for n, held in enumerate(TEXT.splitlines(), start=1) if line in held)
    if line == "rows":
        wanted += 2  # the row and the bracket
    with pytest.raises(FileError) as caught:
        load(TEXT.replace(old, new, 1))
    assert (caught.value.line, caught.value.key) == (wanted, key)
    assert reason in caught.value.reason
    assert str(caught.value).startswith(f"line {wanted}")
    assert len(str(caught.value)) < 700
    assert pickle.loads(pickle.dumps(caught.value)).args == caught.value.args


def test_every_shortened_file_is_refused() -> None:
    whole = len(TEXT.rstrip())
    for length in range(whole):
        with pytest.raises(FileError):
            load(TEXT[:length])
    assert load(TEXT[:whole])[0] == EXAMPLE


def mutated(text: str, chance: random.Random) -> str:
    data = bytearray(text.encode("utf-8"))
    for _ in range(chance.choice((1, 1, 1, 2, 5, 50))):
        place = chance.randrange(len(data))
        match chance.randrange(6):
            case 0:
                data[place] ^= 1 << chance.randrange(8)
            case 1:
                del data[place : place + chance.choice((1, 3, 40))]
            case 2:
                data[place:place] = data[: chance.randrange(60)]
            case 3:
                data[place:place] = chance.choice(HOSTILE)
            case 4:
                lines = data.split(b"\n")
                chance.shuffle(lines)
                data = bytearray(b"\n".join(lines))
            case _:
                words = data.split(b" ")
                words[chance.randrange(len(words))] = chance.choice(HOSTILE)
                data = bytearray(b" ".join(words))
        if not data:
            return ""
    return data.decode("utf-8", chance.choice(("replace", "ignore")))


HOSTILE = (
    b"1e999",
    b"-1",
    b"nan",
    b"9" * 400,
    b"9" * 5000,
    b"0x" + b"f" * 400,
    b'"""',
    b"[[[[[[[[[[",
    b"{" * 2000,
    b"[" * 2000,
    b"a.b.c.d" * 12,
    b"1979-05-27T07:32:00Z",
    b"true",
    b"''",
    b"\x00",
    b'"\\ud800"',
    b"\xef\xbb\xbf",
    b"\n[experiment]\n",
    b"\n[[experiment.schemes]]\n",
    b"\nformat = 99\n",
)


def test_mutated_files_give_an_error_or_a_valid_experiment() -> None:
    chance = random.Random(6)
    slowest, accepted = 0.0, 0
    refused: list[tuple[FileError, int]] = []
    for _ in range(MUTATIONS):
        text = mutated(TEXT, chance)
        begun = time.process_time()
        try:
            experiment, extra = load(text)
        except FileError as error:
            refused.append((error, text.count("\n") + 1))
        else:
            accepted += 1
            assert load(dump(experiment, {})) == (experiment, {})
            assert set(extra) <= {"view", "offered", "training", "lesson"}
        slowest = max(slowest, time.process_time() - begun)
    assert all(str(error) and 0 <= error.line <= lines for error, lines in refused)
    assert accepted + len(refused) == MUTATIONS
    assert accepted < MUTATIONS / 2
    assert slowest < 5


@pytest.mark.parametrize(
    "hostile",
    [
        "a = " + "[" * 390_000,
        "a = " + "{a=" * 130_000,
        "\n".join(f"a{number}" + ".a" * 28 + " = 1" for number in range(5_000)),
        "\n".join(f"[a{number}" + ".a" * 28 + "]" for number in range(5_000)),
        "a = '" + "x" * 390_000,
        'a = """' + "\\" * 390_000,
        "a = " + "1_" * 190_000 + "1",
        "[[a]]\n" * 60_000,
        "x" * 10_000_000,
    ],
    ids=range(9),
)
def test_hostile_texts_are_refused_in_a_moment(hostile: str) -> None:
    begun = time.process_time()
    with pytest.raises(FileError):
        load(f"format = 1\n{hostile}")
    assert time.process_time() - begun < 10


def test_reading_a_file(tmp_path: Any) -> None:
    path = tmp_path / "a.winit.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert load(read(path))[0] == EXAMPLE
    path.write_bytes(b"format = 1\n\n\xff\xfe")
    with pytest.raises(FileError, match="line 3: this is not text"):
        read(path)
    path.write_bytes(b" " * 10_000_000)
    with pytest.raises(FileError, match="too long"):
        read(path)


def test_only_known_sections_are_written() -> None:
    with pytest.raises(ValueError, match="not one of the sections"):
        dump(EXAMPLE, {"colours": {}})
    with pytest.raises(TypeError, match="no object"):
        dump(EXAMPLE, {"view": {"a": object()}})


def test_lines_of_values() -> None:
    text = """\
a = 1
[b.c]
"d e" = [
 1,
 {x = 2, y.z = '''

'''},
]
[[f]]
g = 1
[[f]]
g = 2
[f.h]
i = 3"""
    expected = {
        ("a",): 1,
        ("b",): 2,
        ("b", "c", "d e"): 3,
        ("b", "c", "d e", 0): 4,
        ("b", "c", "d e", 1, "y", "z"): 5,
        ("f",): 9,
        ("f", 0, "g"): 10,
        ("f", 1): 11,
        ("f", 1, "g"): 12,
        ("f", 1, "h", "i"): 14,
        ("a", "nowhere"): 1,
    }
    assert {path: line_of(text, path) for path in expected} == expected
    assert line_of(text, ("nowhere",)) is None


def test_numbers_are_exact() -> None:
    assert value_text(0.1 + 0.2) == "0.30000000000000004"
    assert value_text(5e-324) == "5e-324"
    assert value_text(float("inf")) == "inf"


def test_a_reopened_experiment_gives_identical_numbers_in_a_new_process(tmp_path: Any) -> None:
    path = tmp_path / "again.winit.toml"
    path.write_text(TEXT, encoding="utf-8")
    program = (
        "import pickle, sys; from winit_core import simulate;"
        "from winit_core.files.experiment_file import load, read;"
        f"runs = simulate(load(read({str(path)!r}))[0]).runs;"
        "sys.stdout.buffer.write(pickle.dumps([(r.loss, r.layers) for r in runs]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    here = [(run.loss, run.layers) for run in simulate(EXAMPLE).runs]
    assert repr(pickle.loads(done.stdout)) == repr(here)
