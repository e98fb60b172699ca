"""Files and share lines from the command line, and views in files."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gui.fixtures import small_experiment
from winit_core import Experiment, SchemeChoice
from winit_core.experiment import LayerOverride
from winit_core.files.experiment_file import LAST_LINE, FileError, dump
from winit_core.files.share_line import encode
from winit_gui import app
from winit_gui.application import starting_state
from winit_gui.command_line import UsageError, parse
from winit_gui.defaults import default_experiment
from winit_gui.experiment_files import open_state, save_state, state_of, text_of
from winit_gui.state import State, View

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENT = Experiment(
    ("he_normal", SchemeChoice("normal", {"std": 0.25})),
    activation="relu",
    hidden_widths=(20, 30, 40),
    library="keras",
    overrides=(LayerOverride(1, "orthogonal"),),
    seed=8,
)
STATE = State.of(EXPERIMENT, View(layer=2, theme="dark", relative=False))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ü b.winit.toml"
    save_state(path, STATE)
    return path


def test_a_state_survives_its_file(file: Path) -> None:
    assert open_state(file) == STATE
    assert state_of(text_of(STATE)) == STATE


def test_a_file_without_a_view_is_shown_as_usual() -> None:
    assert state_of(dump(EXPERIMENT)) == State.of(EXPERIMENT)
    part = dump(EXPERIMENT, {"view": {"theme": "projector"}})
    assert state_of(part).view == View(theme="projector")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('theme = "dark"', 'theme = "pink"', "view.theme"),
        ('theme = "dark"', 'them = "dark"', "view.them"),
        ("relative = false", "relative = 0", "view.relative"),
        ("layer = 2\n", "layer = 2.5\n", "view.layer"),
        ("rows = [", "rowz = [", "offered.rowz"),
        ('ticked = false, key = "zeros"', 'ticked = 0, key = "zeros"', "offered.rows["),
        ('ticked = false, key = "zeros"', 'ticked = false, key = "z"', "offered.rows["),
        ('ticked = false, key = "zeros"', 'ticked = false, std = "z"', "offered.rows["),
    ],
)
def test_a_view_that_cannot_be_is_refused_with_its_line(old: str, new: str, key: str) -> None:
    text = text_of(STATE)
    assert old in text
    line = next(n for n, held in enumerate(text.splitlines(), 1) if old.strip() in held)
    with pytest.raises(FileError) as caught:
        state_of(text.replace(old, new))
    assert caught.value.line == line
    assert caught.value.key.startswith(key)


def test_the_command_line_opens_a_file(file: Path) -> None:
    command = parse([str(file)], default_experiment())
    assert command.experiment == EXPERIMENT
    assert command.has_experiment
    assert starting_state(command, State.of(default_experiment())) == STATE


def test_options_change_what_a_file_says_and_nothing_else(file: Path) -> None:
    command = parse([str(file), "--seed", "9", "--theme", "light"], default_experiment())
    assert command.experiment == replace(EXPERIMENT, seed=9)
    state = starting_state(command, None)
    assert state.experiment == replace(EXPERIMENT, seed=9)
    assert state.view == replace(STATE.view, theme="light")
    shallow = parse([str(file), "--depth", "2"], default_experiment()).experiment
    assert shallow.hidden_widths == (20, 30)
    wide = parse([str(file), "--width", "50"], default_experiment()).experiment
    assert wide.hidden_widths == (50,) * 3
    noise = parse([str(file), "--data", "gaussian", "--inputs", "9"], default_experiment())
    assert noise.experiment.input_width == 9


def test_the_command_line_opens_a_share_line() -> None:
    command = parse(["--share", f" {encode(EXPERIMENT)} "], default_experiment())
    assert starting_state(command, None).experiment == EXPERIMENT


def test_what_cannot_be_opened_is_said_with_the_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.winit.toml"
    path.write_text(f"format = 1\n[experiment]\nschemes = []\nseed = -1\n{LAST_LINE}\n")
    for arguments, part in (
        ([str(path)], "bad.winit.toml: line 4, experiment.seed: -1 is not possible"),
        ([str(tmp_path / "none")], "none could not be read: No such file"),
        ([str(tmp_path)], "could not be read"),
        (["--share", "winit1:xyz"], "--share: the share line is cut short"),
        ([str(path), "--share", "x"], "at once"),
        (["--export", str(path)], "is not a folder"),
        (["--export", str(tmp_path / "a" / "b")], "there is no folder"),
    ):
        assert app.main(arguments) == 2
        message = capsys.readouterr().err
        assert part in message
        assert "Traceback" not in message
    with pytest.raises(UsageError):
        parse([str(path)], default_experiment())


def run(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **{k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")},
        "HOME": str(home),
        "QT_QPA_PLATFORM": "",
    }
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_without_a_display_a_file_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.winit.toml"
    save_state(path, State.of(small_experiment(("he_normal",), seed=5)))
    done = run(str(path), home=tmp_path)
    assert done.returncode == 0
    assert "seed 5" in done.stdout
    assert "He normal" in done.stdout


def test_export_writes_everything_without_a_display(tmp_path: Path) -> None:
    path = tmp_path / "a.winit.toml"
    save_state(path, State.of(small_experiment(seed=5), View(theme="dark")))
    done = run(str(path), "--export", str(tmp_path / "out"), "--size", "1280x720", home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    names = {Path(line).name for line in done.stdout.splitlines()}
    assert names == {made.name for made in (tmp_path / "out").iterdir()}
    assert {"report.pdf", "report.html", "window.svg", "numbers.npz", "share-line.txt"} <= names
    assert open_state(tmp_path / "out" / "experiment.winit.toml") == open_state(path)


def test_a_wrong_view_stops_an_export_with_code_2(tmp_path: Path) -> None:
    path = tmp_path / "a.winit.toml"
    path.write_text(text_of(STATE).replace('"dark"', '"pink"'), encoding="utf-8")
    done = run(str(path), "--export", str(tmp_path / "out"), home=tmp_path)
    assert done.returncode == 2
    assert "view.theme" in done.stderr
    assert "line " in done.stderr
    assert "Traceback" not in done.stderr
