"""The built program, started: in every surrounding that has broken such programs before.

The program under test is the executable, never this Python: it gets an environment of its own,
and everything it says on standard error counts as a failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging_tools import screen
from packaging_tools.product import ROOT
from winit_core import __version__

EXPERIMENT = """\
format = 1

[experiment]
activation = { key = "tanh" }
hidden_widths = [32, 32, 32]
batch_size = 64
seed = 7
schemes = [{ key = "small_normal" }, { key = "large_normal" }, { key = "glorot_normal" }]

# end of the experiment
"""
_GRID = """\
[grid]
scheme = ["he_normal", "glorot_normal"]
activation = "relu"
depth = 3
width = 16
seed = { from = 0, to = 5 }
"""
_STEPS = 20
_NOBODY = 65534
_PICTURES = tuple(
    f"{name}.{kind}"
    for name in ("window", "panel-1-weights", "panel-4-learning")
    for kind in ("png", "svg", "pdf")
)
_EMPTY_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{0}/none</dir><cachedir>{0}/cache</cachedir></fontconfig>
"""


class SmokeError(Exception):
    """What the program did wrong."""


@dataclass(frozen=True)
class Program:
    """The executable in one surrounding.

    Attributes
    ----------
    command
        How it is started.
    scratch
        A folder for its files.
    environment
        All of its environment.
    cwd
        The folder it is started in.
    user
        The number of the user it runs as; None: the one who tests.
    tolerated
        What it may say on standard error nevertheless.
    """

    command: tuple[str, ...]
    scratch: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = Path("/")
    user: int | None = None
    tolerated: str = ""

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Start it."""
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.cwd,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def run(self, *arguments: str, **more: str) -> str:
        """Run it to its end, which must be a silent success; return its standard output."""
        return self.finish(self.start(*arguments, **more), " ".join(arguments))

    def finish(self, process: subprocess.Popen[str], name: str, seconds: int = 120) -> str:
        """Wait for a process that must succeed without a word on standard error."""
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise SmokeError(f"{name}: not finished within {seconds} s") from None
        said = [line for line in err.splitlines() if not self._may_say(line)]
        if process.returncode or said:
            raise SmokeError(f"{name}: exit code {process.returncode}\n{out}{err}")
        return out

    def _may_say(self, line: str) -> bool:
        return bool(self.tolerated and re.match(self.tolerated, line))


def expect(fact: bool, text: str) -> None:
    """Raise unless something is as it has to be."""
    if not fact:
        raise SmokeError(text)


# --- what is tried


def ask_version(program: Program) -> None:
    """Start it: it is of this version."""
    said = program.run("--version").strip()
    expect(said.startswith(f"winit {__version__}"), f"--version says {said!r}")


def print_tables(program: Program) -> None:
    """Print numbers without a screen: a table, and JSON."""
    experiment = _experiment(program)
    table = program.run(experiment, "--table")
    expect("Tanh" in table and len(table.splitlines()) > 5, f"this is no table:\n{table}")
    said = json.loads(program.run(experiment, "--json", "-"))
    expect(said["experiment"]["seed"] == 7, "--json is not about the experiment of the file")


def export_everything(program: Program) -> None:
    """Open an experiment, train it, and write it as pictures, numbers and a report."""
    experiment = _experiment(program)
    folder = program.scratch / "exported"
    trained = ("--train", str(_STEPS))
    program.run(experiment, *trained, "--export", str(folder))
    for name in _PICTURES:
        _check_picture(folder / name)
    numbers = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))
    expect(numbers["experiment"]["hidden_widths"] == [32, 32, 32], "another experiment was opened")
    report = (folder / "report.html").read_text(encoding="utf-8")
    expect("<img" in report or "<svg" in report, "the report has no pictures")
    _check_picture(folder / "report.pdf")
    before, after = program.scratch / "before.png", program.scratch / "after.png"
    program.run(experiment, "--screenshot", str(before), "--size", "1280x720")
    program.run(experiment, *trained, "--screenshot", str(after), "--size", "1280x720")
    _check_picture(after)
    expect(before.read_bytes() != after.read_bytes(), f"{_STEPS} steps of training changed nothing")


def run_sweep(program: Program) -> None:
    """Let it start processes of its own, which are this program again."""
    grid, rows = program.scratch / "grid.toml", program.scratch / "rows.csv"
    grid.write_text(_GRID, encoding="utf-8")
    # Progress goes to standard error.
    process = program.start("--sweep", str(grid), "--out", str(rows))
    try:
        _, err = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        raise SmokeError("--sweep hangs") from None
    expect(process.returncode == 0, f"--sweep: exit code {process.returncode}\n{err}")
    expect(len(rows.read_text().splitlines()) == 13, "--sweep wrote another number of rows")


def step_a_lesson(program: Program) -> None:
    """Measure the claims of the shortest shipped lesson, and draw its steps."""
    shortest = min(_LESSONS, key=lambda path: path.stat().st_size)
    folder = program.scratch / "lesson"
    program.run("--check-lesson", _number(shortest))
    program.run("--export-lesson", _number(shortest), str(folder))
    steps = sorted(folder.rglob("*.png"))
    expect(len(steps) > 1, "--export-lesson wrote no steps")
    for step in steps:
        _check_picture(step)


def check_all_lessons(program: Program) -> None:
    """Measure every claim of every shipped lesson."""
    for lesson in _LESSONS:
        program.run("--check-lesson", _number(lesson))


_LESSONS = sorted((ROOT / "resources" / "lessons").glob("*.lesson.toml"))


def _number(lesson: Path) -> str:
    """Return what a shipped lesson is called by: the program has to find its own copy."""
    return lesson.name.split("-")[0]


def work_in_window(program: Program) -> None:
    """Open a file in a real window, train with keys, ask it to close."""
    with _on_screen(program, _experiment(program)) as (shown, process):
        window = _window(shown, process)
        drawn = _settled(shown)
        expect(_colours(drawn) > 50, "the window is empty")
        sizes = shown.icon_sizes(window)
        expect({16, 128} <= set(sizes), f"the window has icons of these sizes only: {sizes}")
        shown.press(window, *["period"] * _STEPS)
        trained = _settled(shown)
        expect(trained != drawn, f"{_STEPS} steps of training changed nothing on screen")
        shown.press(window, "e")  # the formulas have fonts and tables of their own
        expect(_settled(shown) != trained, "no explanation came up")
        shown.close_window(window)
        program.finish(process, "window", seconds=30)


def present_a_lesson(program: Program) -> None:
    """Give a lesson on the whole screen, step by step with keys, and leave it."""
    lesson = _LESSONS[1]
    title = tomllib.loads(lesson.read_text(encoding="utf-8"))["lesson"]["title"]
    with _on_screen(program, "--lesson", _number(lesson)) as (shown, process):
        stage = _window(shown, process, title)
        steps = [_upper_half(shown, different_from=())]
        for _ in range(2):
            shown.press(stage, "Right")
            steps.append(_upper_half(shown, different_from=steps))
        shown.press(stage, "Escape")
        until = time.monotonic() + 20
        while shown.window(title) is not None:
            expect(time.monotonic() < until, "Escape does not leave the lesson")
            time.sleep(0.1)
        shown.close_window(_window(shown, process))
        program.finish(process, "lesson", seconds=30)


def refuse_a_broken_file(program: Program) -> None:
    """Tell who double-clicked a broken file in a box, and end with an error."""
    path = program.scratch / "broken.winit.toml"
    path.write_text(EXPERIMENT.replace("seed = 7", "seed = -7"), encoding="utf-8")
    with _on_screen(program, str(path)) as (shown, process):
        shown.press(_window(shown, process), "Return")
        try:
            _, err = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            raise SmokeError("Return does not close the box about a broken file") from None
        expect(process.returncode == 2, f"a broken file: exit code {process.returncode}\n{err}")
        expect("-7 is not possible" in err, f"a broken file: on standard error only {err!r}")


@contextmanager
def _on_screen(
    program: Program, *arguments: str
) -> Iterator[tuple[screen.Screen, subprocess.Popen[str]]]:
    """Start the program on a virtual screen of its own; nothing of it is left afterwards."""
    with screen.virtual_screen() as shown:
        process = program.start(*arguments, DISPLAY=shown.name)
        try:
            yield shown, process
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


def _window(shown: screen.Screen, process: subprocess.Popen[str], title: str = ".") -> int:
    window = screen.wait_for_window(shown, process, 60, title)
    if window is None:
        raise SmokeError(_last_words(process))
    return window


def _last_words(process: subprocess.Popen[str]) -> str:
    process.kill()  # it may have ended long ago
    out, err = process.communicate()
    return f"no window came up; exit code {process.returncode}\n{out}{err}"


def _settled(shown: screen.Screen, seconds: float = 30, quiet: float = 1.0) -> bytes:
    """Return the screen once it stayed the same for a while."""
    until = time.monotonic() + seconds
    last, since = shown.picture(), time.monotonic()
    while time.monotonic() < until and time.monotonic() - since < quiet:
        time.sleep(0.1)
        now = shown.picture()
        if now != last:
            last, since = now, time.monotonic()
    return last


def _upper_half(shown: screen.Screen, different_from: Sequence[bytes]) -> bytes:
    """Return the upper half of the screen once it shows something else, and for a while.

    The lower half has hints that come and go by themselves.
    """
    until = time.monotonic() + 30
    while True:
        picture = _settled(shown, quiet=0.3)
        half = picture[: len(picture) // 2]
        if half not in different_from and _colours(half) > 50:
            return half
        expect(time.monotonic() < until, f"step {len(different_from) + 1} of the lesson is empty")


def _colours(picture: bytes) -> int:
    return len(set(memoryview(picture).cast("I")))


def _experiment(program: Program) -> str:
    path = program.scratch / "ein Versuch für alle.winit.toml"
    if not path.exists():
        path.write_text(EXPERIMENT, encoding="utf-8")
    return str(path)


def _check_picture(path: Path) -> None:
    expect(path.is_file(), f"{path.name} was not written")
    data = path.read_bytes()
    expect(len(data) > 1000, f"{path.name} has {len(data)} bytes only")
    match path.suffix:
        case ".png":
            expect(data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82"), path.name)
        case ".svg":
            expect(ET.fromstring(data).tag.endswith("svg"), f"{path.name} is no SVG")
        case ".pdf":
            expect(data.startswith(b"%PDF") and b"%%EOF" in data[-32:], f"{path.name} is no PDF")
            fonts = re.findall(rb"/FontName /\w+\+([\w-]+)", data)
            expect(b"DejaVuSans" in fonts, f"{path.name} has only these fonts: {fonts}")


# --- in which surroundings


@dataclass(frozen=True)
class Variant:
    """A surrounding, and what is tried in it."""

    name: str
    prepare: Callable[[Program, Path], Program]
    tries: tuple[Callable[[Program], None], ...]


def _plain(program: Program, built: Path) -> Program:
    return program


def _elsewhere(program: Program, built: Path) -> Program:
    """Move it to a folder with spaces and an umlaut, and start it there."""
    folder = program.scratch / "Hörsaal 3, erste Reihe"
    folder.mkdir()
    _place(built, folder / built.name)
    name = Path(program.command[0]).name
    return replace(program, command=(str(folder / built.name / name),), cwd=folder)


def _read_only_home(program: Program, built: Path) -> Program:
    """Let nothing be remembered: no settings, no cache. Root could write anyway."""
    home = program.scratch / "home-read-only"
    home.mkdir(mode=0o555)
    return replace(
        _as_nobody(program),
        environment={**program.environment, "HOME": str(home)},
        tolerated="there is no log file: ",
    )


def _as_nobody(program: Program) -> Program:
    if sys.platform == "win32" or os.geteuid() != 0:
        return program
    os.chown(program.scratch, _NOBODY, _NOBODY)
    return replace(program, user=_NOBODY)


def _nonsense_python(program: Program, built: Path) -> Program:
    """Break the Python of the user, which must not be looked at."""
    folder = program.scratch / "nonsense"
    folder.mkdir()
    for module in ("numpy", "encodings", "site", "winit_core", "PySide6"):
        (folder / f"{module}.py").write_text("raise SystemExit('a foreign module was imported')")
    variables = {
        "PYTHONPATH": str(folder),
        "PYTHONHOME": str(folder),
        "PYTHONSTARTUP": str(folder / "site.py"),
        "QT_PLUGIN_PATH": str(folder),
    }
    return replace(program, environment={**program.environment, **variables}, cwd=folder)


def _no_fonts(program: Program, built: Path) -> Program:
    """Take all fonts of the system away: what is drawn comes from the bundled one."""
    file = program.scratch / "fonts.conf"
    file.write_text(_EMPTY_FONTS.format(program.scratch), encoding="utf-8")
    variables = {"FONTCONFIG_FILE": str(file)}
    return replace(program, environment={**program.environment, **variables})


def _everything_at_once(program: Program, built: Path) -> Program:
    for prepare in (_elsewhere, _nonsense_python, _no_fonts, _read_only_home):
        program = prepare(program, built)
    return program


_WITHOUT_SCREEN = (ask_version, print_tables, export_everything)
_ALL = (*_WITHOUT_SCREEN, run_sweep)
_ON_SCREEN = (work_in_window, present_a_lesson, refuse_a_broken_file)
FULL = (
    Variant("as it is", _plain, (*_ALL, step_a_lesson, check_all_lessons, *_ON_SCREEN)),
    Variant("a path with spaces and ü", _elsewhere, (*_ALL, work_in_window)),
    Variant("a home that cannot be written", _read_only_home, (*_ALL, work_in_window)),
    Variant("nonsense in PYTHONPATH", _nonsense_python, (*_ALL, work_in_window)),
    Variant("no fonts but the bundled one", _no_fonts, (*_ALL, work_in_window)),
)
ESSENTIAL = (Variant("all troubles at once", _everything_at_once, (*_ALL, *_ON_SCREEN)),)


def smoke(
    folder: Path, variants: tuple[Variant, ...], say: Callable[[str], None], window: bool = True
) -> list[str]:
    """Try a built folder; return what went wrong, one text each.

    Parameters
    ----------
    folder
        With the executable in it.
    variants
        The surroundings.
    say
        Told of each try.
    window
        Whether to try windows, which needs a virtual screen.
    """
    failures = [f"left out of the bundle: {name}" for name in missing_resources(folder)]
    with ExitStack() as stack:
        for variant in variants:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="winit smoke ")))
            scratch.chmod(0o755)
            copy = _readable_copy(folder, scratch)
            inner = scratch / "files"
            inner.mkdir()
            program = Program((str(copy / executable_name()),), inner, _environment(inner))
            program = variant.prepare(program, copy)
            for trial in variant.tries:
                if trial in _ON_SCREEN and not window:
                    continue
                failures += _tried(trial, program, variant.name, say)
    return failures


def _tried(
    trial: Callable[[Program], None], program: Program, surrounding: str, say: Callable[[str], None]
) -> list[str]:
    name = trial.__name__.replace("_", " ")
    started = time.monotonic()
    try:
        trial(program)
    except SmokeError as error:
        say(f"  FAILED  {surrounding}: {name}\n{error}")
        return [f"{surrounding}: {name}: {error}"]
    say(f"  ok  {surrounding}: {name} ({time.monotonic() - started:.1f} s)")
    return []


def executable_name() -> str:
    """Return the name of the program that can print: on Windows the one with a console."""
    return "winit-console.exe" if sys.platform == "win32" else "winit"


def missing_resources(folder: Path) -> list[str]:
    """Return the files of resources/ that are not in a bundle, or are not the same there."""
    bundled = folder / "_internal" / "winit_core" / "_resources"
    return [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "resources").rglob("*"))
        if path.is_file() and not _same(path, bundled / path.relative_to(ROOT / "resources"))
    ]


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _readable_copy(folder: Path, scratch: Path) -> Path:
    """Copy the program to where another user may read it; a checkout may be private."""
    target = scratch / "program"
    _place(folder, target)
    return target


def _place(folder: Path, target: Path) -> None:
    """Copy a folder, by links to the same files where the disk allows it."""

    def link(source: str, destination: str) -> str:
        try:
            os.link(source, destination, follow_symlinks=False)
        except (OSError, NotImplementedError):
            shutil.copy2(source, destination, follow_symlinks=False)
        return destination

    shutil.copytree(folder, target, symlinks=True, copy_function=link)


def _environment(scratch: Path) -> dict[str, str]:
    """Return an environment in which nothing of the tester's is seen, and no screen."""
    home = scratch / "home"
    home.mkdir()
    if sys.platform != "linux":
        return {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
