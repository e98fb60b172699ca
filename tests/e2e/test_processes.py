"""main.py as a user starts it, without a display."""

from __future__ import annotations

import json
import os
import struct
import sys
import time
import zlib
from pathlib import Path

import pytest

from tests.e2e.programs import finish, run, start

SMALL = ["--depth", "4", "--width", "16", "--batch", "32"]


def test_without_a_display_the_table_is_printed(tmp_path: Path) -> None:
    code, out, err = run(SMALL, tmp_path)
    assert (code, err) == (0, "")
    assert "There is no display" in out
    for name in ("Zero", "Constant", "Xavier normal", "He normal"):
        assert name in out


def test_the_table_survives_a_terminal_of_ascii(tmp_path: Path) -> None:
    code, out, err = run([*SMALL, "--table"], tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (code, err) == (0, "")
    assert "Xavier normal" in out


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    process = start([*SMALL, "--table"], tmp_path)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, _, err = finish(process)
    assert "Traceback" not in err


def test_an_unknown_scheme_is_refused(tmp_path: Path) -> None:
    code, out, err = run(["--schemes", "xavier"], tmp_path)
    assert (code, out) == (2, "")
    assert "xavier" in err
    assert "glorot_normal" in err
    assert "Traceback" not in err


def test_json_on_standard_output_is_nothing_but_json(tmp_path: Path) -> None:
    code, out, err = run([*SMALL, "--json", "-"], tmp_path)
    assert (code, err) == (0, "")
    assert len(json.loads(out)["runs"]) == 8


def test_help(tmp_path: Path) -> None:
    code, out, err = run(["--help"], tmp_path)
    assert (code, err) == (0, "")
    assert "--screenshot" in out


def picture_of(png: bytes) -> tuple[int, int, set[bytes]]:
    """Return width, height and the distinct colours of a picture; needs no Qt."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, head = 8, b"", b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        head = body if kind == b"IHDR" else head
        data += body if kind == b"IDAT" else b""
        at += length + 12
    width, height, depth, colour = struct.unpack(">IIBB", head[:10])
    assert (depth, colour) in ((8, 2), (8, 6))
    channels = 3 if colour == 2 else 4
    raw, stride = zlib.decompress(data), width * channels
    line, colours = bytearray(stride), set()
    for row in range(height):
        start_of_row = row * (stride + 1)
        how, fresh = raw[start_of_row], raw[start_of_row + 1 : start_of_row + 1 + stride]
        line = _unfiltered(how, fresh, line, channels)
        if row % 7 == 0:
            colours |= {bytes(line[i : i + 3]) for i in range(0, stride, channels)}
    return width, height, colours


def _unfiltered(how: int, fresh: bytes, above: bytearray, step: int) -> bytearray:
    made = bytearray(fresh)
    for i in range(len(made)):
        left = made[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        up = above[i]
        if how == 1:
            made[i] = (made[i] + left) & 255
        elif how == 2:
            made[i] = (made[i] + up) & 255
        elif how == 3:
            made[i] = (made[i] + (left + up) // 2) & 255
        elif how == 4:
            guess = left + up - corner
            near = min(
                (abs(guess - left), 0, left),
                (abs(guess - up), 1, up),
                (abs(guess - corner), 2, corner),
            )
            made[i] = (made[i] + near[2]) & 255
    return made


@pytest.mark.parametrize(
    ("theme", "ground", "size"),
    [("light", b"\xff\xff\xff", (900, 640)), ("dark", b"\x0f\x14\x19", (1000, 600))],
)
def test_a_screenshot_has_its_size_and_shows_something(
    tmp_path: Path, theme: str, ground: bytes, size: tuple[int, int]
) -> None:
    file = tmp_path / "shot.png"
    wanted = f"{size[0]}x{size[1]}"
    arguments = ["--screenshot", str(file), "--size", wanted, "--theme", theme]
    code, out, err = run([*SMALL, *arguments], tmp_path)
    assert (code, out) == (0, "")
    lines = [line for line in err.splitlines() if "propagateSizeHints" not in line]
    assert lines == []
    width, height, colours = picture_of(file.read_bytes())
    assert (width, height) == size
    assert ground in colours
    assert len(colours) > 50
    for scheme in ("#D55E00", "#0072B2", "#E69F00"):
        assert bytes.fromhex(scheme[1:]) in colours


def test_a_screenshot_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    arguments = ["--screenshot", str(tmp_path / "folder.png"), "--size", "800x600"]
    code, _, err = run([*SMALL, *arguments], tmp_path)
    assert code == 1
    assert "could not be written" in err
    assert "Traceback" not in err


def test_a_screenshot_leaves_the_settings_alone(tmp_path: Path) -> None:
    file = tmp_path / "shot.png"
    run([*SMALL, "--screenshot", str(file), "--size", "800x600"], tmp_path)
    assert not list((tmp_path / "config").glob("**/*winit*"))


AT_ONCE = 2
TIMES = 20


def test_closing_while_it_computes_ends_with_0_twenty_times(tmp_path: Path) -> None:
    slow = ["--depth", "300", "--width", "256"]
    delays = [0, 1, 5, 20, 60, 120, 160, 200, 300, 400] * (TIMES // 10)
    ends = []
    for first in range(0, TIMES, AT_ONCE):
        pair = []
        for number in range(first, first + AT_ONCE):
            home = tmp_path / str(number)
            home.mkdir()
            arguments = [str(delays[number]), *slow]
            pair.append(start(arguments, home, "close_while_busy.py", QT_QPA_PLATFORM="offscreen"))
        ends += [finish(process) for process in pair]
    assert len(ends) == TIMES
    for code, out, err in ends:
        assert code == 0, err
        assert out == "busy\n"
        lines = [line for line in err.splitlines() if "propagateSizeHints" not in line]
        assert lines == []


def signalled(name: str, delay: int, options: list[str], home: Path) -> tuple[int, str, list[str]]:
    """Send a signal to the real program; return its exit code and what it said."""
    arguments = [name, str(delay), *options]
    code, out, err = run(arguments, home, "send_signal.py", QT_QPA_PLATFORM="offscreen")
    return code, out, [line for line in err.splitlines() if "propagateSizeHints" not in line]


def left(home: Path) -> list[Path]:
    """Return the autosaved files in a home."""
    return list((home / "data").glob("**/autosave/*.winit.toml"))


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process there")
@pytest.mark.parametrize("options", [["--lesson", "2"], SMALL], ids=["lesson", "window"])
def test_ctrl_c_ends_it_at_any_moment(tmp_path: Path, options: list[str]) -> None:
    for delay in (0, 30, 150, 500, 1200):
        assert signalled("SIGINT", delay, options, tmp_path) == (0, "", [])


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process there")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_the_end_of_the_desktop_is_no_crash(tmp_path: Path, name: str) -> None:
    assert signalled(name, 300, [*SMALL, "--seed", "31"], tmp_path) == (0, "", [])
    assert left(tmp_path) == []
    (settings,) = (tmp_path / "config").glob("**/winit.ini")
    assert '\\"seed\\": 31' in settings.read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process there")
def test_what_a_crash_left_is_not_lost_by_an_end_without_an_answer(tmp_path: Path) -> None:
    crashed = start([*SMALL, "--seed", "32"], tmp_path, DISPLAY="", QT_QPA_PLATFORM="offscreen")
    until = time.monotonic() + 30
    while not left(tmp_path) and time.monotonic() < until:
        time.sleep(0.02)
    crashed.kill()
    finish(crashed)
    (file,) = left(tmp_path)
    kept = file.read_bytes()
    for options in ([], ["--lesson", "2"]):
        assert signalled("SIGTERM", 400, options, tmp_path) == (0, "", [])
        assert [one.read_bytes() for one in left(tmp_path)] == [kept]


def test_what_was_closed_while_computing_is_remembered(tmp_path: Path) -> None:
    arguments = ["100", "--depth", "300", "--width", "256", "--seed", "3"]
    run(arguments, tmp_path, "close_while_busy.py", QT_QPA_PLATFORM="offscreen")
    (file,) = (tmp_path / "config").glob("**/winit.ini")
    assert "state" in file.read_text("utf-8")


def experiment_file(folder: Path) -> Path:
    path = folder / "mine.winit.toml"
    path.write_text(
        'format = 1\n[experiment]\nactivation = { key = "tanh" }\nhidden_widths = [16, 16]\n'
        'seed = 77\nschemes = [{ key = "he_normal" }]\n\n# end of the experiment\n',
        encoding="utf-8",
    )
    return path


def test_the_file_is_still_open_at_the_next_start(tmp_path: Path) -> None:
    path = experiment_file(tmp_path)
    title = "mine.winit.toml[*] – winit mine.winit.toml"

    def told(*arguments: str) -> str:
        script = "tell_the_file.py"
        code, out, err = run(list(arguments), tmp_path, script, QT_QPA_PLATFORM="offscreen")
        assert (code, err) == (0, "")
        return out.strip()

    assert told("-", path.name) == f"{title} 77 False", "a relative name"
    assert told("78") == f"{title} 78 True"
    assert told("77") == f"{title} 77 False", "it was changed back"
    path.write_text(path.read_text("utf-8").replace("77", "79"), encoding="utf-8")
    assert told("-") == f"{title} 77 True", "the file was changed meanwhile"
    path.unlink()
    assert told("-") == "winit none 77 False"


def test_a_file_of_the_system_opens_in_the_window(tmp_path: Path) -> None:
    path = experiment_file(tmp_path)
    said = run([str(path)], tmp_path, "hand_over_a_file.py", QT_QPA_PLATFORM="offscreen")
    assert said == (0, "mine.winit.toml[*] – winit 77\n", "")


def test_the_program_itself_starts_without_pytest_or_tests_in_its_path(tmp_path: Path) -> None:
    code, out, _ = run([*SMALL, "--table"], tmp_path, PYTHONPATH="", PYTHONWARNINGS="error")
    assert code == 0
    assert "Xavier" in out
    assert os.path.isfile(sys.executable)
