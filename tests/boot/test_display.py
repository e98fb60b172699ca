"""Whether there is a screen: with real sockets, and none of the machine's own screens."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from winit_boot.display import has_display, uses_x11

# Numbers no X server of this machine uses.
FREE = 7351


@pytest.fixture
def x_server() -> Iterator[int]:
    """A display number at which something answers, under the abstract name only."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(f"\0/tmp/.X11-unix/X{FREE}")
        server.listen(8)
        yield FREE


@pytest.fixture
def wayland(tmp_path: Path) -> Iterator[dict[str, str]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "wayland-5"))
        server.listen(8)
        yield {"XDG_RUNTIME_DIR": str(tmp_path), "WAYLAND_DISPLAY": "wayland-5"}


linux = pytest.mark.skipif("sys.platform != 'linux'", reason="abstract sockets are of Linux")


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"DISPLAY": ""},
        {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""},
        {"DISPLAY": "nonsense"},
        {"DISPLAY": ":"},
        {"DISPLAY": ":x"},
        {"DISPLAY": ":-1"},
        {"DISPLAY": ":99999999"},  # no such port either
        {"DISPLAY": f":{FREE}"},  # nobody there: Qt would abort
        {"DISPLAY": f":{FREE}.0", "QT_QPA_PLATFORM": "xcb"},
        {"DISPLAY": f"localhost:{FREE}.0"},
        {"WAYLAND_DISPLAY": "wayland-0"},  # without XDG_RUNTIME_DIR
        {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": "/nonexistent"},
        {"QT_QPA_PLATFORM": "xcb"},
        {"QT_QPA_PLATFORM": "wayland-egl;xcb"},
        {"QT_QPA_PLATFORM": " ; "},
    ],
)
def test_no_display(environ: dict[str, str]):
    assert not has_display(environ, "linux")
    assert not uses_x11(environ, "linux")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_windows_and_macos_always_have_one(platform: str):
    assert has_display({}, platform)
    assert not uses_x11({}, platform)


@pytest.mark.parametrize("name", ["offscreen", "minimal", "vnc:size=800x600", "eglfs", "xcb;vnc"])
def test_a_platform_that_needs_no_screen_is_a_display(name: str):
    assert has_display({"QT_QPA_PLATFORM": name}, "linux")
    assert not uses_x11({"QT_QPA_PLATFORM": name}, "linux")


@linux
@pytest.mark.parametrize("form", [":{}", ":{}.0", "unix:{}", "unix/somehost:{}.1"])
@pytest.mark.parametrize("asked", ["", "xcb"])
def test_an_x_server_that_answers(x_server: int, form: str, asked: str):
    environ = {"DISPLAY": form.format(x_server), "QT_QPA_PLATFORM": asked}
    assert has_display(environ, "linux")
    assert uses_x11(environ, "linux")


@linux
def test_an_x_server_is_no_help_when_wayland_is_asked_for(x_server: int):
    environ = {"DISPLAY": f":{x_server}", "QT_QPA_PLATFORM": "wayland"}
    assert not has_display(environ, "linux")


@linux
def test_a_server_behind_ssh_is_reached_through_its_port():
    with socket.socket() as server:
        for number in range(100, 400):
            try:
                server.bind(("127.0.0.1", 6000 + number))
                break
            except OSError:
                continue
        server.listen(8)
        assert has_display({"DISPLAY": f"127.0.0.1:{number}.0"}, "linux")


def test_a_wayland_compositor_that_answers(wayland: dict[str, str]):
    assert has_display(wayland, "linux")
    assert not uses_x11(wayland, "linux")


def test_wayland_by_absolute_path(wayland: dict[str, str]):
    path = f"{wayland['XDG_RUNTIME_DIR']}/{wayland['WAYLAND_DISPLAY']}"
    assert has_display({"WAYLAND_DISPLAY": path}, "linux")


def test_wayland_is_no_help_when_x11_is_asked_for(wayland: dict[str, str]):
    assert not has_display({**wayland, "QT_QPA_PLATFORM": "xcb"}, "linux")


@linux
def test_beside_wayland_x11_is_not_needed(wayland: dict[str, str], x_server: int):
    both = {**wayland, "DISPLAY": f":{x_server}"}
    assert has_display(both, "linux")
    assert not uses_x11(both, "linux")
    assert uses_x11({**both, "QT_QPA_PLATFORM": "xcb"}, "linux")
