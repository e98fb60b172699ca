"""What is remembered from one process to the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QByteArray, QSettings
from pytestqt.qtbot import QtBot

from tests.gui.acting import settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.activations import get_activation
from winit_core.files.share_line import encode
from winit_core.schemes import SchemeChoice
from winit_gui.application import starting_file, starting_state
from winit_gui.command_line import parse
from winit_gui.defaults import default_experiment
from winit_gui.experiment_files import save_state
from winit_gui.preferences import Preferences
from winit_gui.settings import Settings
from winit_gui.state import State, View

ROOT = Path(__file__).resolve().parents[2]
WRITE = """
import sys
from pathlib import Path
from winit_core.activations import get_activation
from winit_core.experiment import Experiment
from winit_core.schemes import SchemeChoice
from winit_gui.application import make_application
from winit_gui.settings import Settings
from winit_gui.state import State, View
from winit_gui.store import Store
from winit_gui.window import Window
application = make_application()
experiment = Experiment(
    (SchemeChoice("he_normal", {"gain": 0.1}), SchemeChoice("he_normal"), SchemeChoice("zeros")),
    activation=get_activation("leaky_relu", slope=0.25),
    hidden_widths=(8, 16, 8), batch_size=17, seed=4294967295, dtype="float64",
)
view = View(layer=2, weight_scale="log", relative=False, theme="dark")
store = Store(State.of(experiment, view))
store.update_training("learning rate", learning_rate=1e-3)
window = Window(store, Settings(Path(sys.argv[1])))
window.resize(800, 640)  # the offscreen screen has 800 x 800 pixels
window.show()
window.close()
window.deleteLater()
"""
READ = """
import json, sys
from pathlib import Path
from winit_gui.application import make_application
from winit_gui.settings import Settings
from winit_gui.store import Store
from winit_gui.window import Window
application = make_application()
settings = Settings(Path(sys.argv[1]))
state = settings.state()
window = Window(Store(state), settings)
restored = window.restore_geometry()
print(json.dumps({
    "state": state.to_dict(), "restored": restored, "size": [window.width(), window.height()],
}))
window.close()
window.deleteLater()
"""


def run(script: str, file: Path) -> str:
    """Run a script in a process of its own and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(file)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_another_process_finds_it_with_its_types(settings_file: Path) -> None:
    run(WRITE, settings_file)
    read = json.loads(run(READ, settings_file))
    assert read["restored"] is True
    assert read["size"] == [800, 640]
    state = State.from_dict(read["state"])
    assert state.experiment.schemes == (
        SchemeChoice("zeros"),
        SchemeChoice("he_normal"),
        SchemeChoice("he_normal", {"gain": 0.1}),
    )
    assert state.experiment.activation == get_activation("leaky_relu", slope=0.25)
    assert state.experiment.hidden_widths == (8, 16, 8)
    assert (state.experiment.seed, state.experiment.dtype) == (4294967295, "float64")
    view = state.view
    assert (view.layer, view.weight_scale, view.relative) == (2, "log", False)
    assert (state.training.learning_rate, view.theme) == (1e-3, "dark")
    assert type(view.relative) is bool
    assert type(view.layer) is int
    assert type(state.training.learning_rate) is float


def test_a_change_is_written_soon_and_at_the_end(
    make_window: MakeWindow, qtbot: QtBot, settings_file: Path
) -> None:
    window = make_window(small_experiment(("zeros",)), settings=Settings(settings_file))
    window.store.update("seed", seed=12)

    def is_written() -> bool:
        held = Settings(settings_file).state()
        return held is not None and held.experiment.seed == 12

    qtbot.waitUntil(is_written)
    window.store.update_view("layer", layer=3)
    settle(qtbot, window)
    window.close()
    assert Settings(settings_file).state() == window.store.state
    assert Settings(settings_file).geometry() is not None


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe" * 50, b"[General]\nstate=@Invalid()\n"])
def test_a_file_that_is_no_settings_counts_as_none(
    make_window: MakeWindow, settings_file: Path, content: bytes
) -> None:
    settings_file.write_bytes(content)
    settings = Settings(settings_file)
    assert settings.state() is None
    assert settings.geometry() is None
    window = make_window(small_experiment(("zeros",)), settings=settings)
    assert not window.restore_geometry()


@pytest.mark.parametrize("value", ["garbage", 7, QByteArray(b"garbage"), ["a", "b"]])
def test_a_place_that_cannot_be_restored_is_ignored(
    make_window: MakeWindow, settings_file: Path, value: Any
) -> None:
    raw = QSettings(str(settings_file), QSettings.Format.IniFormat)
    raw.setValue("geometry", value)
    raw.setValue("state", value)
    raw.sync()
    settings = Settings(settings_file)
    assert settings.state() is None
    window = make_window(small_experiment(("zeros",)), settings=settings)
    assert not window.restore_geometry()


def test_a_folder_that_cannot_be_written_costs_nothing(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    window = make_window(small_experiment(("zeros",)), settings=Settings(blocked / "settings.ini"))
    window.store.update("seed", seed=3)
    window.close()


def test_what_the_window_opens_with() -> None:
    default = default_experiment()
    remembered = State.of(small_experiment(), View(theme="dark", enlarged=2, layer=3))
    plain = parse([], default)
    assert starting_state(plain, None) == State.of(default)
    resumed = starting_state(plain, remembered)
    assert resumed.experiment == remembered.experiment
    assert (resumed.view.theme, resumed.view.layer, resumed.view.enlarged) == ("dark", 3, 0)
    themed = starting_state(parse(["--theme", "light"], default), remembered)
    assert (themed.experiment, themed.view.theme) == (remembered.experiment, "light")
    asked = starting_state(parse(["--depth", "3"], default), remembered)
    assert asked.experiment.depth == 3


def test_which_file_belongs_to_what_the_window_opens_with(
    tmp_path: Path, settings_file: Path
) -> None:
    default, kept, given = default_experiment(), tmp_path / "kept", tmp_path / "given.winit.toml"
    remembered = State.of(small_experiment())
    save_state(given, remembered)
    settings = Settings(settings_file)
    assert starting_file(parse([], default), None, settings) is None
    settings.save_state(remembered, kept)
    for arguments, file in (
        ([], kept),
        (["--theme", "dark"], kept),
        ([str(given)], given),
        ([str(given), "--seed", "3"], given),
        (["--seed", "3"], None),
        (["--share", encode(default)], None),
    ):
        assert starting_file(parse(arguments, default), remembered, settings) == file
    assert starting_file(parse([], default), None, settings) is None, "its state is unreadable"
    settings.save_preferences(Preferences(resume=False))
    assert starting_file(parse([], default), remembered, settings) is None


@pytest.mark.parametrize("value", ["garbage", 7, '{"a": 1}', "[3]", ["a", "b"]])
def test_a_remembered_file_that_is_no_name_is_none(settings_file: Path, value: Any) -> None:
    raw = QSettings(str(settings_file), QSettings.Format.IniFormat)
    raw.setValue("file", value)
    raw.sync()
    assert Settings(settings_file).file() is None
