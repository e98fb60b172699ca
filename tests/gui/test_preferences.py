"""What a user prefers: chosen in a dialog, seen at once, remembered, taken back by Cancel."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_gui.application import starting_state
from winit_gui.command_line import parse
from winit_gui.defaults import DEFAULT_SCHEMES, default_experiment
from winit_gui.dialogs.preferences import PreferencesDialog
from winit_gui.experiment_files import state_of, text_of
from winit_gui.heavy_start import HeavyStart, is_heavy
from winit_gui.preferences import Preferences
from winit_gui.settings import Settings
from winit_gui.state import State, View
from winit_gui.store import Store
from winit_gui.style import DARK, LIGHT, PALETTES, PROJECTOR, contrast, scheme_styles
from winit_gui.window import Window

OWN = small_experiment(("zeros", "he_normal"), activation="relu")


def test_preferences_survive_their_file(settings_file: Path) -> None:
    preferences = Preferences(threads=2, resume=False, default=OWN, toured=True)
    settings = Settings(settings_file)
    settings.save_preferences(preferences)
    settings.flush()
    assert Settings(settings_file).preferences() == preferences
    assert Preferences.from_dict(json.loads(json.dumps(preferences.to_dict()))) == preferences


@pytest.mark.parametrize(
    "text", ["", "garbage", "[]", "7", '{"threads": "many"}', "[" * 100_000, '{"default": 5}']
)
def test_preferences_that_cannot_be_read_count_as_none(settings_file: Path, text: str) -> None:
    raw = QSettings(str(settings_file), QSettings.Format.IniFormat)
    raw.setValue("preferences", text)
    raw.sync()
    assert Settings(settings_file).preferences() == Preferences()


def test_one_bad_value_spoils_no_other() -> None:
    plain = {"threads": -1, "resume": False, "default": {"schemes": 3}, "toured": "yes", "x": 1}
    assert Preferences.from_dict(plain) == Preferences(resume=False)


def test_threads_are_at_most_the_cores() -> None:
    assert Preferences().workers(6) == 6
    assert Preferences(threads=2).workers(6) == 2
    assert Preferences(threads=9).workers(6) == 6


def in_dialog(window: Window, act: Callable[[PreferencesDialog], None], button: Any) -> None:
    """Open the preferences, act, and end with a button."""

    def go() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, PreferencesDialog)
        act(dialog)
        dialog.buttons.button(button).click()

    QTimer.singleShot(0, go)
    action(window, "Preferences").trigger()


def choose(dialog: PreferencesDialog, combo: Any, key: object) -> None:
    """Choose an item as a user does."""
    combo.setCurrentIndex(combo.findData(key))
    combo.activated.emit(combo.currentIndex())


OK, CANCEL = QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Cancel


def test_what_is_chosen_shows_at_once_and_is_one_step(
    make_window: MakeWindow, qtbot: QtBot, settings_file: Path
) -> None:
    window = make_window(State.of(OWN, View(theme="light")))
    before = window.store.state
    seen = []

    def act(dialog: PreferencesDialog) -> None:
        choose(dialog, dialog.theme, "dark")
        choose(dialog, dialog.type_size, 125)
        choose(dialog, dialog.palette_choice, "tol_muted")
        seen.append((window.signal.theme.name, window.signal.theme.type_scale))
        dialog.use_present.click()
        choose(dialog, dialog.dtype, "float64")
        dialog.begin.click()
        dialog.threads.setValue(1)

    in_dialog(window, act, OK)
    settle(qtbot, window)
    assert seen == [("dark", 1.25)]
    view = window.store.state.view
    assert (view.theme, view.type_size, view.palette) == ("dark", 125, "tol_muted")
    assert window.picture is not None
    assert [style.colour for style in window.picture.styles] == ["#999999", "#AA4499"]
    wanted = Preferences(
        threads=window.preferences.threads, resume=False, default=replace(OWN, dtype="float64")
    )
    assert window.preferences == Settings(settings_file).preferences() == wanted
    assert window.workers == 1
    assert window.store.undo_label == "preferences"
    window.store.undo()
    assert window.store.state == before
    action(window, "New").trigger()
    assert window.store.state.experiment == replace(OWN, dtype="float64")
    settle(qtbot, window)


def test_cancel_takes_everything_back(
    make_window: MakeWindow, qtbot: QtBot, settings_file: Path
) -> None:
    window = make_window(State.of(OWN, View(theme="light")))
    before = window.store.state

    def act(dialog: PreferencesDialog) -> None:
        choose(dialog, dialog.theme, "projector")
        dialog.use_present.click()
        dialog.begin.click()

    in_dialog(window, act, CANCEL)
    settle(qtbot, window)
    assert window.store.state == before
    assert window.store.undo_label == ""
    assert window.signal.theme == LIGHT
    assert window.preferences == Settings(settings_file).preferences() == Preferences()


def test_defaults_can_be_restored(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(State.of(OWN, View(theme="dark", palette="high_contrast", type_size=90)))
    window.prefer(Preferences(threads=1, resume=False, default=OWN, toured=True))
    in_dialog(window, lambda dialog: dialog.restore_defaults(), OK)
    view = window.store.state.view
    assert (view.theme, view.type_size, view.palette) == ("system", 100, "okabe_ito")
    assert window.preferences == Preferences(toured=True)
    settle(qtbot, window)


def test_every_control_of_the_dialog_is_named(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(OWN)
    dialog = PreferencesDialog(window, window.store, Preferences(), window.prefer)
    for control in (
        dialog.theme,
        dialog.type_size,
        dialog.palette_choice,
        dialog.dtype,
        dialog.threads,
    ):
        assert control.accessibleName()
    dialog.deleteLater()


def test_a_file_changes_no_reader_s_eyes() -> None:
    view = View(palette="tol_muted", type_size=140, theme="dark")
    read = state_of(text_of(State.of(OWN, view)))
    assert read.view == View(theme="dark")
    assert read.view.for_reader_of(view) == view


def test_what_the_program_begins_with() -> None:
    plain = parse([], default_experiment())
    remembered = State.of(small_experiment(), View(palette="tol_muted"))
    own = Preferences(resume=False, default=OWN)
    assert starting_state(plain, None, own).experiment == OWN
    begun = starting_state(plain, remembered, own)
    assert begun.experiment == OWN
    assert begun.view.palette == "tol_muted"
    assert starting_state(plain, remembered, Preferences()).experiment == small_experiment()
    asked = parse(["--depth", "3"], default_experiment())
    assert starting_state(asked, remembered, own).experiment.depth == 3
    assert starting_state(asked, remembered, own).view.palette == "tol_muted"


# A heavy start


HEAVY = State.of(replace(default_experiment(), hidden_widths=(1024,) * 30))


def test_what_is_heavy() -> None:
    assert is_heavy(HEAVY)
    assert not is_heavy(State.of(default_experiment()))
    assert is_heavy(State.of(default_experiment(), View(seeds=64)))


def held_window(qtbot: QtBot, experiment: Any) -> Window:
    window = Window(Store(State.of(experiment)), None, ask_first=True)
    qtbot.addWidget(window)
    window.show()
    return window


def page_of(window: Window) -> HeavyStart:
    (page,) = window.findChildren(HeavyStart)
    return page


def test_a_heavy_start_asks_and_then_computes(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = held_window(qtbot, OWN)
    page = page_of(window)
    assert page.isVisible()
    assert window.picture is None
    window.store.update_view("theme", theme="dark")
    assert page.isVisible(), "another theme is no reason to compute"
    qtbot.mouseClick(page.compute, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert not page.isVisible()
    assert window.picture is not None
    assert window.picture.experiment == OWN
    window.close()


def test_a_heavy_start_can_begin_with_something_else(qtbot: QtBot) -> None:
    window = held_window(qtbot, OWN)
    window.prefer(Preferences(default=replace(OWN, seed=4)))
    qtbot.mouseClick(page_of(window).begin, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert window.store.state.experiment == replace(OWN, seed=4)
    window.store.undo()
    settle(qtbot, window)
    assert window.store.state.experiment == OWN
    window.close()


# Colours

_VISION = {
    # Machado, Oliveira and Fernandes (2009): complete lack of one kind of cone.
    "all": np.eye(3),
    "no long": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no middle": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no short": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, vision: str) -> Any:
    """Return CIE L*a*b* of a colour as somebody sees it."""
    made = QColor(colour)
    given = np.array([made.redF(), made.greenF(), made.blueF()])
    linear = np.where(given <= 0.04045, given / 12.92, ((given + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(_VISION[vision]) @ linear, 0, 1)
    ratio = _XYZ @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", list(_VISION))
@pytest.mark.parametrize("palette", ["tol_muted", "high_contrast"])
def test_colours_of_the_further_palettes_differ_for_everybody(palette: str, vision: str) -> None:
    seen = [lab(colour, vision) for colour in PALETTES[palette]]
    nearest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))
    assert nearest > 10  # about 2 can be told apart side by side


def test_high_contrast_is_that_on_every_ground() -> None:
    for colour in PALETTES["high_contrast"]:
        for theme in (LIGHT, DARK, PROJECTOR):
            assert contrast(colour, theme.ground) >= 3


@pytest.mark.parametrize("palette", list(PALETTES))
def test_no_two_schemes_look_alike_in_any_palette(palette: str) -> None:
    everything = scheme_styles(tuple(map(SchemeChoice, SCHEMES)), tuple(SCHEMES), palette)
    assert len(set(everything)) == len(everything)
    named = scheme_styles(tuple(map(SchemeChoice, DEFAULT_SCHEMES)), tuple(SCHEMES), palette)
    assert tuple(style.colour for style in named) == PALETTES[palette]
