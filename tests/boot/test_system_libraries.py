"""The one apt line that mends a Linux without Qt's libraries."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from winit_boot import messages, system_libraries

DRAWING = "libglib2.0-0 libgl1 libegl1 libdbus-1-3 libfontconfig1 libxkbcommon0"
WINDOW = "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0"


@pytest.fixture(autouse=True)
def debian_12(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries.sys, "platform", "linux")
    monkeypatch.setattr(system_libraries, "_codename", lambda: "bookworm")
    monkeypatch.setattr(system_libraries, "is_debian", lambda: True)
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the loader refuse the named libraries, or all of them."""

    def lack(*names: str) -> None:
        def load(name: str) -> object:
            if not names or name in names:
                raise OSError(f"{name}: cannot open shared object file")
            return object()

        monkeypatch.setattr(ctypes, "CDLL", load)

    return lack


def test_a_bare_debian_that_only_draws(lacking: Callable[..., None]):
    lacking()
    hint = system_libraries.install_hint(window=False)
    assert hint is not None
    assert hint.splitlines()[-1] == f"apt-get install {DRAWING}"


def test_a_bare_debian_with_a_window(lacking: Callable[..., None]):
    lacking()
    hint = system_libraries.install_hint(window=True)
    assert hint is not None
    assert hint.splitlines()[-1] == f"apt-get install {DRAWING} {WINDOW}"


def test_sudo_for_everyone_but_root(lacking: Callable[..., None], monkeypatch: pytest.MonkeyPatch):
    lacking("libGL.so.1", "libxcb-cursor.so.0")
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    hint = system_libraries.install_hint(window=True)
    assert hint is not None
    assert hint.splitlines()[-1] == "sudo apt-get install libgl1 libxcb-cursor0"


def test_only_the_missing_are_named_and_each_once(lacking: Callable[..., None]):
    lacking("libgthread-2.0.so.0", "libglib-2.0.so.0", "libEGL.so.1", "libxcb-xkb.so.1")
    assert system_libraries.missing_packages(window=False) == ("libglib2.0-0", "libegl1")
    assert system_libraries.missing_packages(window=True)[-1] == "libxcb-xkb1"


@pytest.mark.parametrize("codename", ["trixie", "noble", "forky", ""])
def test_newer_releases_have_another_glib(
    lacking: Callable[..., None], monkeypatch: pytest.MonkeyPatch, codename: str
):
    lacking("libglib-2.0.so.0")
    monkeypatch.setattr(system_libraries, "_codename", lambda: codename)
    assert system_libraries.missing_packages(window=False) == ("libglib2.0-0t64",)


def test_other_distributions_are_told_the_libraries(
    lacking: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    lacking("libEGL.so.1", "libxcb-cursor.so.0")
    monkeypatch.setattr(system_libraries, "is_debian", lambda: False)
    hint = system_libraries.install_hint(window=True)
    assert hint is not None
    assert hint.splitlines()[-1] == "libEGL.so.1 libxcb-cursor.so.0"
    assert "apt-get" not in hint


def test_nothing_to_say_when_all_are_here(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert system_libraries.install_hint(window=True) is None


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_nothing_to_do_elsewhere(
    lacking: Callable[..., None], monkeypatch: pytest.MonkeyPatch, platform: str
):
    lacking()
    monkeypatch.setattr(system_libraries.sys, "platform", platform)
    assert system_libraries.missing_packages(window=True) == ()
    assert system_libraries.install_hint(window=True) is None


@pytest.mark.parametrize(
    ("release", "codename"),
    [
        ('ID=debian\nVERSION_CODENAME=bookworm\nVERSION_ID="12"\n', "bookworm"),
        ("ID=linuxmint\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n", "noble"),
        ("ID=linuxmint\nVERSION_CODENAME=faye\nDEBIAN_CODENAME=bookworm\n", "bookworm"),
        ('ID=ubuntu\nVERSION_CODENAME="jammy"\n', "jammy"),
        ("# a comment\nID=fedora\n", ""),
    ],
)
def test_the_release_is_read_from_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: str, codename: str
):
    monkeypatch.undo()
    (tmp_path / "os-release").write_text(release)
    assert system_libraries._codename(tmp_path / "os-release") == codename


def test_apt_line_is_what_the_user_types(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert messages.apt_line(["python3-venv"]) == "sudo apt-get install python3-venv"
