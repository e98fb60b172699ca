"""What a crash leaves behind is offered at the next start; tested by killing real processes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures import small_experiment
from winit_core import SchemeChoice
from winit_gui.autosave import Autosave
from winit_gui.experiment_files import open_state, save_state
from winit_gui.state import State, View
from winit_gui.store import Store

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from tests.gui.fixtures import small_experiment
from winit_gui.autosave import Autosave
from winit_gui.state import State
from winit_gui.store import Store

application = QCoreApplication([])
store = Store(State.of(small_experiment(seed=1)))
autosave = Autosave(Path(sys.argv[1]))
assert autosave.recovered() is None
autosave.start(store)
print("ready", flush=True)
seed = 1
def change():
    global seed
    seed += 1
    store.update("seed", seed=seed)
    autosave.save()
timer = QTimer()
timer.timeout.connect(change)
if sys.argv[2] == "busy":
    timer.start(0)
elif sys.argv[2] == "once":
    store.update("seed", seed=77)
application.exec()
"""
posix = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")


def killed(folder: Path, mode: str, after: float) -> None:
    command = [sys.executable, "-c", PROGRAM, str(folder), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(after)
        child.kill()


@posix
def test_a_killed_program_leaves_its_last_state(qapp: object, tmp_path: Path) -> None:
    folder = tmp_path / "a folder" / "autosave"
    killed(folder, "once", 1.5)
    autosave = Autosave(folder)
    state = autosave.recovered()
    assert state == State.of(small_experiment(seed=77))
    again = Autosave(folder)
    assert again.recovered() is None, "it is claimed by the program that found it"
    store = Store(state)
    autosave.start(store)
    assert len(list(folder.glob("*.winit.toml"))) == 1
    autosave.finish()
    assert list(folder.glob("*.winit.toml")) == []
    assert Autosave(folder).recovered() is None


@posix
def test_killed_while_it_saves_it_still_leaves_a_whole_state(qapp: object, tmp_path: Path) -> None:
    chance = random.Random(2)
    for _ in range(5):
        killed(tmp_path, "busy", chance.random() * 0.1)
        autosave = Autosave(tmp_path)
        state = autosave.recovered()
        assert state is not None
        assert state == State.of(small_experiment(seed=state.experiment.seed))
        autosave.start(Store(state))
        autosave.finish()


@posix
def test_a_program_that_runs_is_not_a_crash(qapp: object, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "idle"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert Autosave(tmp_path).recovered() is None
        child.kill()
    assert Autosave(tmp_path).recovered() is not None


def test_changes_are_kept_after_a_moment(qtbot: QtBot, tmp_path: Path) -> None:
    store = Store(State.of(small_experiment()))
    autosave = Autosave(tmp_path)
    assert autosave.recovered() is None
    autosave.start(store)
    (file,) = tmp_path.glob("*.winit.toml")
    assert open_state(file) == store.state
    for seed in range(5):
        store.update("seed", seed=seed + 10)
    store.update_view("theme", theme="dark")
    qtbot.waitUntil(lambda: open_state(file) == store.state, timeout=5000)
    autosave.finish()
    assert not file.exists()
    store.update("seed", seed=3)
    QCoreApplication.processEvents()
    assert not file.exists()


def test_a_damaged_leftover_is_passed_over(qtbot: QtBot, tmp_path: Path) -> None:
    good = State.of(small_experiment(seed=5), View(theme="dark"))
    save_state(tmp_path / "1-a.winit.toml", good)
    os.utime(tmp_path / "1-a.winit.toml", (1e9, 1e9))
    (tmp_path / "2-b.winit.toml").write_text("format = 1\n[exper")
    autosave = Autosave(tmp_path)
    assert autosave.recovered() == good
    autosave.start(Store(good))
    assert len(list(tmp_path.glob("*.winit.toml"))) == 1
    autosave.finish()


def test_a_folder_that_cannot_be_used_stops_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    autosave = Autosave(tmp_path / "file" / "folder")
    assert autosave.recovered() is None
    autosave.start(Store(State.of(small_experiment())))
    assert not autosave.save()
    autosave.finish()


def test_any_state_of_the_scheme_list_survives(tmp_path: Path) -> None:
    state = State.of(small_experiment(("zeros", SchemeChoice("normal", {"std": 0.3}), "zeros")))
    rows = (state.rows[3], *state.rows[:3], *reversed(state.rows[4:]))
    state = state.with_rows(rows)
    save_state(tmp_path / "a", state)
    assert open_state(tmp_path / "a") == state
