"""What the command line accepts, refuses, prints and writes."""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from tests.gui.fixtures import small_experiment
from winit_core import ACTIVATIONS, SCHEMES, __version__
from winit_core.activations import get_activation
from winit_core.datasets import DATASETS
from winit_core.experiment import DTYPES, LOSSES, Experiment
from winit_core.schemes import SchemeChoice
from winit_core.simulation import simulate
from winit_gui import app, text_report
from winit_gui.application import export, starting_state
from winit_gui.command_line import UsageError, parse
from winit_gui.defaults import default_experiment
from winit_gui.experiment_files import open_state, save_state
from winit_gui.state import State, View

SMALL = ["--depth", "3", "--width", "12", "--batch", "20"]
DEFAULT = default_experiment()


def experiment(*arguments: str) -> Experiment:
    return parse(arguments, DEFAULT).experiment


def test_nothing_said_is_the_default() -> None:
    command = parse([], DEFAULT)
    assert command.experiment == DEFAULT
    assert not command.has_experiment
    assert (command.screenshot, command.size, command.theme) == (None, None, None)
    assert not command.table
    assert command.json is None


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (["--activation", "relu"], "activation", get_activation("relu")),
        (["--activation", "elu:alpha=0.5"], "activation", get_activation("elu", alpha=0.5)),
        (
            ["--activation=leaky_relu:slope=0.2"],
            "activation",
            get_activation("leaky_relu", slope=0.2),
        ),
        (["--depth", "40"], "hidden_widths", (128,) * 40),
        (["--width", "50"], "hidden_widths", (50,) * 10),
        (["--depth", "2", "--width", "7"], "hidden_widths", (7, 7)),
        (["--batch", "100"], "batch_size", 100),
        (["--data", "gaussian"], "dataset", "gaussian"),
        (["--data", "gaussian", "--inputs", "30"], "input_width", 30),
        (["--loss", "mse"], "loss", "mse"),
        (["--dtype", "float64"], "dtype", "float64"),
        (["--seed", "4294967295"], "seed", 4294967295),
        (["--schemes", "he_normal"], "schemes", (SchemeChoice("he_normal"),)),
        (
            ["--schemes", "zeros, small_normal:std=0.05"],
            "schemes",
            (SchemeChoice("zeros"), SchemeChoice("small_normal", {"std": 0.05})),
        ),
        (
            ["--schemes", "constant:weight=1:bias=-1"],
            "schemes",
            (SchemeChoice("constant", {"weight": 1, "bias": -1}),),
        ),
    ],
)
def test_options_of_the_experiment(arguments: list[str], field: str, value: object) -> None:
    command = parse(arguments, DEFAULT)
    assert getattr(command.experiment, field) == value
    assert command.has_experiment


@pytest.mark.parametrize("key", SCHEMES)
def test_every_scheme_can_be_asked_for(key: str) -> None:
    assert experiment("--schemes", key).schemes == (SchemeChoice(key),)


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_every_activation_can_be_asked_for(key: str) -> None:
    assert experiment("--activation", key).activation == get_activation(key)


def test_a_number_of_nets(tmp_path: Path) -> None:
    command = parse(["--nets", "8"], DEFAULT)
    assert (command.nets, command.has_experiment, command.changes_file) == (8, True, False)
    remembered = State.of(small_experiment(seed=3), View(seeds=5))
    shown = starting_state(command, remembered)
    assert (shown.experiment, shown.view.seeds) == (DEFAULT, 8), "not the last experiment"
    path = tmp_path / "three.winit.toml"
    save_state(path, State.of(small_experiment(("zeros",), seed=3), View(seeds=3)))
    for arguments, seeds in (([], 3), (["--nets", "1"], 1), (["--nets=64", "--seed=4"], 64)):
        state = starting_state(parse([str(path), *arguments], DEFAULT), remembered)
        assert (state.view.seeds, len(state.experiment.schemes)) == (seeds, 1)
    assert parse(["--nets", "1", "--table"], DEFAULT).table, "a table is of one net"


def test_several_nets_are_in_an_export(tmp_path: Path) -> None:
    asked = [*SMALL, "--schemes", "he_normal", "--nets", "3", "--seed", "7"]
    exported = parse([*asked, "--export", str(tmp_path / "out")], DEFAULT)
    assert exported.export is not None
    export(exported, exported.export)
    rows = (tmp_path / "out" / "nets.csv").read_text("utf-8").splitlines()
    assert {row.split(",")[0] for row in rows[1:]} == {"7", "8", "9"}
    assert open_state(tmp_path / "out" / "experiment.winit.toml").view.seeds == 3


def test_without_a_display_a_table_says_that_it_is_of_one_net(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "")
    for nets, is_said in (("1", False), ("4", True)):
        assert app.main([*SMALL, "--nets", nets]) == 0
        assert ("the first of 4 nets" in capsys.readouterr().out) is is_said


def test_output_and_look(tmp_path: Path) -> None:
    command = parse(
        ["--screenshot", str(tmp_path / "a.PNG"), "--size", "1280X720", "--theme", "dark"], DEFAULT
    )
    assert command.screenshot == tmp_path / "a.PNG"
    assert (command.size, command.theme) == ((1280, 720), "dark")
    assert not command.has_experiment
    assert parse(["--table"], DEFAULT).table
    assert str(parse(["--json", "-"], DEFAULT).json) == "-"


@pytest.mark.parametrize(
    ("arguments", "option", "known"),
    [
        (["--schemes", "xavier"], "--schemes", SCHEMES),
        (["--schemes", "zeros,nonsense"], "--schemes", SCHEMES),
        (["--activation", "swish"], "--activation", ACTIVATIONS),
        (["--data", "mnist"], "--data", DATASETS),
        (["--loss", "l1"], "--loss", LOSSES),
        (["--dtype", "int8"], "--dtype", DTYPES),
        (["--theme", "pink"], "--theme", ("light", "dark", "projector")),
    ],
)
def test_unknown_names_list_the_known_ones(
    arguments: list[str], option: str, known: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments, DEFAULT)
    message = str(caught.value)
    assert option in message
    assert arguments[1].split(",")[-1] in message
    for name in known:
        assert name in message
    assert app.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("winit: ")
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--depth", "0"], ["--depth", "0", "1 to 1000"]),
        (["--depth", "10000"], ["--depth", "10000", "1 to 1000"]),
        (["--depth", "ten"], ["--depth", "ten", "whole number"]),
        (["--width", "0"], ["--width", "0", "1 to 4096"]),
        (["--width", "-5"], ["--width", "-5", "1 to 4096"]),
        (["--depth", "1000", "--width", "4096"], ["--width", "GiB"]),
        (["--batch", "1798"], ["--batch", "1798", "1 to 1797"]),
        (["--seed", "-1"], ["--seed", "-1"]),
        (["--nets", "0"], ["--nets", "0", "1 to 64"]),
        (["--nets", "65"], ["--nets", "65", "1 to 64"]),
        (["--nets", "two"], ["--nets", "two", "whole number"]),
        (["--nets", "2", "--table"], ["--nets 2", "--table", "one net", "--export"]),
        (["--nets", "2", "--json", "-"], ["--nets 2", "--json", "one net", "--export"]),
        (["--nets", "2", "--lesson", "1"], ["--nets", "--lesson"]),
        (["--nets", "2", "--sweep", "a", "--out", "b.csv"], ["--nets", "--sweep", "seeds in a"]),
        (["--inputs", "30"], ["--inputs", "30", "64 for digits"]),
        (["--schemes", "small_normal:std=abc"], ["--schemes", "small_normal", "std", "abc"]),
        (["--schemes", "small_normal:std=-1"], ["--schemes", "std", "-1"]),
        (["--schemes", "small_normal:std=nan"], ["--schemes", "std", "nan"]),
        (["--schemes", "small_normal:std"], ["small_normal:std", "name=value"]),
        (["--schemes", "zeros:std=1"], ["--schemes", "zeros", "std"]),
        (["--activation", "elu:alpha=-1"], ["alpha", "-1"]),
        (["--activation", "tanh:alpha=1"], ["alpha"]),
        (["--schemes", ",".join(["zeros"] * 33)], ["--schemes", "33", "32"]),
        (["--size", "1440"], ["--size", "1440", "WIDTHxHEIGHT"]),
        (["--size", "10x10"], ["--size", "10x10", "800x600"]),
        (["--size", "99999x900"], ["--size", "7680x4320"]),
        (["--size", "1440x"], ["--size", "1440x"]),
        (["--size", "-1440x900"], ["--size"]),
        (["--screenshot", "a.jpg"], ["--screenshot", "a.jpg", ".png"]),
        (["--screenshot", "no/such/folder/a.png"], ["--screenshot", "no folder"]),
        (["--json", "no/such/folder/a.json"], ["--json", "no folder"]),
        (["--nonsense"], ["--nonsense", "--help"]),
        (["--dep", "3"], ["--dep", "--help"]),
        (["--depth"], ["--depth"]),
        (["stray"], ["stray"]),
    ],
)
def test_what_is_not_possible_is_said(
    arguments: list[str], parts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    for part in parts:
        assert part in captured.err
    assert "Traceback" not in captured.err


def test_help_mentions_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        app.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    from winit_gui.command_line import Command

    for option in (
        *("schemes", "activation", "depth", "width", "batch", "data", "inputs", "loss", "dtype"),
        *("seed", "nets", "screenshot", "table", "json", "size", "theme", "version", "help"),
    ):
        assert f"--{option}" in text
    for field in ("screenshot", "size", "theme", "table", "json"):
        assert field in Command.__dataclass_fields__
    for names in (SCHEMES, ACTIVATIONS, DATASETS, LOSSES, DTYPES):
        for name in names:
            assert re.search(rf"\b{name}\b", text), name
    assert max(map(len, text.splitlines())) <= 110


def test_the_examples_of_the_help_work(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app.main(["--help"])
    examples = re.findall(r"python3? main\.py (.*)", capsys.readouterr().out)
    assert len(examples) >= 4
    for example in examples:
        parse(example.split(), DEFAULT)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        app.main(["--version"])
    assert caught.value.code == 0
    assert __version__ in capsys.readouterr().out


# The table


def table_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert app.main([*SMALL, *arguments, "--table"]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_table_is_aligned_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    lines = table_of(capsys)
    rule = next(i for i, line in enumerate(lines) if line and set(line) <= {"-", " "})
    edges = [match.span() for match in re.finditer("-+", lines[rule])]
    assert len(edges) == 7
    body = lines[rule - 1 : rule] + lines[rule + 1 : rule + 9]
    assert len(body) == 9
    for line in body:
        padded = line.ljust(edges[-1][1])
        for (_, end), (start, _) in itertools.pairwise(edges):
            assert padded[end:start].strip() == ""
        cells = [padded[start:end].strip() for start, end in edges]
        assert all(cells), line
    for text in ("Zero", "Xavier normal", "He normal", "N(0, 0.01²)"):
        assert any(line.startswith(text) or text in line for line in body)
    assert "tanh" in lines[0].lower()
    assert "3 × 12" in lines[0]
    assert "nan" not in "\n".join(body).lower()


def test_a_table_of_numbers_that_left_their_range_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = table_of(
        capsys, "--activation", "relu", "--depth", "45", "--schemes", "large_normal,he_normal"
    )
    (row,) = [line for line in lines if line.startswith("Large random")]
    assert "Not finite" in row


def test_a_table_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main([*SMALL, "--schemes", "", "--table"]) == 0
    assert "scheme" in capsys.readouterr().out


@pytest.mark.parametrize("activation", ["relu", "sin", "identity"])
def test_a_table_of_every_scheme(capsys: pytest.CaptureFixture[str], activation: str) -> None:
    lines = table_of(capsys, "--schemes", ",".join(SCHEMES), "--activation", activation)
    assert len(lines) >= len(SCHEMES) + 5


# JSON


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def read(text: str) -> Any:
    """Read strict JSON."""
    return json.loads(text, parse_constant=_refuse)


def test_json_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main([*SMALL, "--json", "-", "--seed", "5"]) == 0
    content = read(capsys.readouterr().out)
    assert Experiment.from_dict(content["experiment"]) == experiment(*SMALL, "--seed", "5")


def test_json_holds_every_number(tmp_path: Path) -> None:
    asked = [*SMALL, "--schemes", "small_normal:std=0.02,he_normal", "--loss", "mse"]
    file = tmp_path / "résultat.json"
    assert app.main([*asked, "--json", str(file)]) == 0
    content = read(file.read_text("utf-8"))
    wanted = experiment(*asked)
    assert Experiment.from_dict(content["experiment"]) == wanted
    assert content["winit"] == __version__
    for run, told in zip(simulate(wanted).runs, content["runs"], strict=True):
        assert told["loss"] == run.loss
        assert told["scheme"] == {"key": run.choice.key, **run.choice.values}
        assert len(told["layers"]) == 4
        for layer, numbers in zip(run.layers, told["layers"], strict=True):
            assert numbers["delta_rms"] == layer.delta_rms
            assert numbers["distinct_units"] == layer.distinct_units
        for finding in told["findings"]:
            assert 1 <= finding["layer"] <= 4
            assert finding["words"]


def test_json_of_infinity_and_nan_is_strict(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--activation", "relu", "--depth", "45", "--width", "24", "--batch", "16"]
    assert app.main([*arguments, "--schemes", "large_normal", "--json", "-"]) == 0
    text = capsys.readouterr().out
    content = read(text)
    (run,) = content["runs"]
    assert run["verdict"] == "not_finite"
    assert '"inf"' in text or '"NaN"' in text
    result = simulate(Experiment.from_dict(content["experiment"])).runs[0]
    for layer, numbers in zip(result.layers, run["layers"], strict=True):
        told, value = numbers["delta_rms"], layer.delta_rms
        assert math.isnan(value) if told == "NaN" else float(told) == value


def test_json_is_written_beside_the_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    assert app.main([*SMALL, "--table", "--json", str(file)]) == 0
    assert "Xavier" in capsys.readouterr().out
    assert len(read(file.read_text("utf-8"))["runs"]) == 8


def test_a_file_that_cannot_be_written_is_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "folder.json").mkdir()
    assert app.main([*SMALL, "--json", str(tmp_path / "folder.json")]) == 1
    captured = capsys.readouterr()
    assert "folder.json could not be written" in captured.err
    assert "Traceback" not in captured.err


def test_the_report_is_the_same_for_the_same_experiment() -> None:
    small = experiment(*SMALL)
    assert text_report.to_json(simulate(small)) == text_report.to_json(simulate(small, workers=4))
    assert text_report.table(simulate(small)) == text_report.table(simulate(small))
