"""Making, completing, reusing and repairing ``.venv``, without a network and without pip."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from winit_boot import environment, installer, requirements, stamp, system_libraries
from winit_boot.lock import InstallLock
from winit_boot.messages import Stop, listed

posix = pytest.mark.skipif("sys.platform == 'win32'", reason="uses links and exec")
pytestmark = posix

ROOT = Path(__file__).resolve().parents[2]


class HandedOver(BaseException):
    """Stands for exec, after which nothing of this process runs."""

    def __init__(self, command: list[str]) -> None:
        super().__init__(command)
        self.command = command


class Commands:
    """Records what would be run, and does of it what the test needs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seen: list[list[str]] = []
        self.codes: dict[str, int] = {}  # "venv" or "pip" -> exit code
        self.interrupt_in = ""

    def run(self, command: Sequence[str], lock: InstallLock) -> int:
        self.seen.append(list(command))
        step = command[2]
        assert lock.unfinished, f"{step} ran without the mark that says so"
        if step == self.interrupt_in:
            raise KeyboardInterrupt
        code = self.codes.get(step, 0)
        if step == "venv" and code == 0:
            make_venv(self.root)
        return code

    @property
    def steps(self) -> list[str]:
        return [command[2] for command in self.seen]


def make_venv(root: Path) -> None:
    folder = stamp.venv_folder(root)
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    home = os.path.dirname(os.path.realpath(sys.executable))
    (folder / "pyvenv.cfg").write_text(f"home = {home}\nversion = 3.11.2\n")
    python = stamp.venv_python(root)
    python.unlink(missing_ok=True)
    python.symlink_to(os.path.realpath(sys.executable))


def project(numpy: str = "numpy>=2.0,<3") -> str:
    return (
        f'[project]\nname = "winit"\ndependencies = ["{numpy}"]\n'
        '[project.optional-dependencies]\ntest = ["pytest"]\n'
    )


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose packages this Python does not have."""
    monkeypatch.setattr(requirements, "missing", lambda extra: ("scipy", "superqt"))
    monkeypatch.delenv(environment.GUARD, raising=False)
    (tmp_path / "pyproject.toml").write_text(project())
    return tmp_path


@pytest.fixture
def commands(root: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    found = Commands(root)
    monkeypatch.setattr(installer, "_run", found.run)
    # an environment that the fake made has no pip to ask for
    monkeypatch.setattr(installer, "_is_usable", lambda root: stamp.venv_python(root).exists())
    return found


@pytest.fixture(autouse=True)
def exec_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def execv(path: str, command: list[str]) -> None:
        assert path == command[0]
        raise HandedOver(command)

    monkeypatch.setattr(os, "execv", execv)


def start(root: Path, extra: str | None = None) -> list[str]:
    """Start the program; return the command it hands over to."""
    try:
        environment.ensure(root, ["main.py", "--list"], extra)
    except HandedOver as handed:
        os.environ.pop(environment.GUARD)
        return handed.command
    pytest.fail("went on in this Python, which lacks the packages")


def stopped(root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int | str | None, str]:
    """Start the program; return its exit code and what it said last."""
    with pytest.raises(SystemExit) as stop:
        environment.ensure(root, ["main.py"])
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return stop.value.code, err


def test_with_all_packages_it_does_nothing_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(requirements, "missing", lambda extra: ())
    monkeypatch.setenv(environment.GUARD, "1")
    environment.ensure(tmp_path, ["main.py"])
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr() == ("", "")
    assert environment.GUARD not in os.environ, "children must be free to hand over"


def test_an_executable_brings_its_packages(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    environment.ensure(root, ["main.py"])
    assert not (root / ".venv.lock").exists()


def test_the_first_start_installs_and_goes_on(
    root: Path, commands: Commands, capsys: pytest.CaptureFixture[str]
):
    assert start(root) == [str(root / ".venv/bin/python"), "main.py", "--list"]
    assert commands.steps == ["venv", "pip"]
    assert commands.seen[1][3:] == ["install", "--editable", str(root)]
    out, err = capsys.readouterr()
    assert out == "", "standard output belongs to the program"
    assert err.startswith("winit needs scipy and superqt in versions that this Python")
    assert str(root / ".venv") in err


def test_the_second_start_is_silent(
    root: Path, commands: Commands, capsys: pytest.CaptureFixture[str]
):
    start(root)
    capsys.readouterr()
    commands.seen.clear()
    start(root)
    assert commands.seen == []
    assert capsys.readouterr() == ("", "")


def test_the_guard_is_set_for_the_next_python(root: Path, commands: Commands):
    with pytest.raises(HandedOver):
        environment.ensure(root, ["main.py"])
    assert os.environ.pop(environment.GUARD) == "1"


def test_it_never_hands_over_twice(
    root: Path,
    commands: Commands,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    start(root)
    capsys.readouterr()
    monkeypatch.setenv(environment.GUARD, "1")
    code, text = stopped(root, capsys)
    assert code == 1
    assert "scipy and superqt cannot be found there" in text
    assert "Start again, which installs what is missing: python3 main.py" in text
    commands.seen.clear()
    start(root)
    assert commands.steps == ["pip"], "the start after that repairs"


def test_an_extra_is_added_to_what_is_there(root: Path, commands: Commands):
    start(root)
    commands.seen.clear()
    start(root, extra="test")
    assert commands.steps == ["pip"]
    assert commands.seen[0][-1] == f"{root}[test]"
    commands.seen.clear()
    start(root)
    start(root, extra="test")
    assert commands.seen == []


def test_new_dependencies_are_installed_with_the_extras_of_before(root: Path, commands: Commands):
    start(root, extra="test")
    commands.seen.clear()
    (root / "pyproject.toml").write_text(project("numpy>=2.1,<3"))
    start(root)
    assert commands.steps == ["pip"]
    assert commands.seen[0][-1] == f"{root}[test]"


def test_other_edits_of_pyproject_install_nothing(root: Path, commands: Commands):
    start(root)
    commands.seen.clear()
    (root / "pyproject.toml").write_text(project() + "[tool.ruff]\nline-length = 90\n")
    start(root)
    assert commands.seen == []


def break_python(root: Path) -> None:
    stamp.venv_python(root).unlink()
    stamp.venv_python(root).symlink_to("/nonexistent/python3")


def test_a_venv_whose_python_is_gone_is_made_anew(root: Path, commands: Commands):
    start(root)
    commands.seen.clear()
    break_python(root)
    start(root)
    assert commands.steps == ["venv", "pip"]
    assert "--clear" in commands.seen[0]


def test_a_venv_whose_python_became_another_one_is_not_taken(root: Path, commands: Commands):
    start(root)
    other = root / "python3.99"
    other.write_text("")
    stamp.venv_python(root).unlink()
    stamp.venv_python(root).symlink_to(other)
    assert not stamp.is_complete(root, None)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"extras": 3}', "\x00\xff"])
def test_a_damaged_stamp_counts_as_none(root: Path, commands: Commands, content: str):
    start(root)
    stamp.stamp_file(root).write_text(content, encoding="latin-1")
    commands.seen.clear()
    start(root)
    assert commands.steps == ["pip"]
    assert json.loads(stamp.stamp_file(root).read_text())["extras"] == []


@pytest.mark.parametrize("step", ["venv", "pip"])
def test_ctrl_c_says_how_to_finish_and_the_next_start_begins_anew(
    root: Path, commands: Commands, capsys: pytest.CaptureFixture[str], step: str
):
    commands.interrupt_in = step
    code, text = stopped(root, capsys)
    assert code == 130
    assert text.rstrip().endswith("To finish it, start again: python3 main.py")
    assert not stamp.stamp_file(root).exists()

    commands.interrupt_in = ""
    commands.seen.clear()
    start(root)
    assert commands.steps == ["venv", "pip"], "half an installation is not built upon"
    assert stamp.is_complete(root, None)


def test_pip_failing_names_the_command_to_retry(
    root: Path, commands: Commands, capsys: pytest.CaptureFixture[str]
):
    commands.codes["pip"] = 2
    code, text = stopped(root, capsys)
    assert code == 1
    assert "pip ended with exit status 2" in text
    assert "the network or the package index cannot be reached" in text
    assert "python3 main.py\n" in text
    assert f"{root}/.venv/bin/python -m pip install --editable {root}" in text
    assert not stamp.stamp_file(root).exists()

    commands.codes.clear()
    commands.seen.clear()
    start(root)
    assert commands.steps == ["pip"], "the environment itself was fine"


def test_venv_failing_is_said(root: Path, commands: Commands, capsys: pytest.CaptureFixture[str]):
    commands.codes["venv"] = 1
    code, text = stopped(root, capsys)
    assert code == 1
    assert f"could not make its environment {root}/.venv" in text
    assert commands.steps == ["venv"]


@pytest.fixture
def no_ensurepip(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_spec(name: str) -> object | None:
        return None if name == "ensurepip" else object()

    monkeypatch.setattr(installer.importlib.util, "find_spec", find_spec)
    monkeypatch.setattr(installer, "_base_python", lambda: "/usr/bin/python3")
    monkeypatch.setattr(installer.os.path, "realpath", lambda path: str(path) + ".11")
    monkeypatch.setattr(installer.shutil, "which", lambda name, path: "/usr/bin/python3")
    monkeypatch.setattr(system_libraries, "is_debian", lambda: True)
    monkeypatch.setattr(system_libraries, "missing_packages", lambda window: ())


@pytest.mark.parametrize(("user", "sudo"), [(0, ""), (1000, "sudo ")])
def test_debian_without_python3_venv_gets_the_apt_line(
    root: Path,
    commands: Commands,
    no_ensurepip: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    sudo: str,
):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    code, text = stopped(root, capsys)
    assert code == 1
    assert text.splitlines()[-1] == f"{sudo}apt-get install python3-venv"
    assert commands.seen == []


def test_the_line_names_qt_libraries_too_so_that_one_trip_will_do(
    root: Path,
    commands: Commands,
    no_ensurepip: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(system_libraries, "missing_packages", lambda window: ("libgl1",))
    assert stopped(root, capsys)[1].splitlines()[-1] == "apt-get install python3-venv libgl1"


def test_a_second_python_of_debian_has_a_venv_package_of_its_own(
    root: Path,
    commands: Commands,
    no_ensurepip: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(installer, "_base_python", lambda: "/usr/bin/python3.12")
    monkeypatch.setattr(installer.os.path, "realpath", str)
    assert stopped(root, capsys)[1].rstrip().endswith("apt-get install python3.12-venv")


def test_elsewhere_no_apt_line(
    root: Path,
    commands: Commands,
    no_ensurepip: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(system_libraries, "is_debian", lambda: False)
    code, text = stopped(root, capsys)
    assert code == 1
    assert "without the venv module" in text
    assert "apt-get" not in text


def test_a_read_only_checkout_is_said(
    root: Path,
    commands: Commands,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    def refuse(*args: object) -> int:
        raise OSError(30, "Read-only file system")

    # root may write everywhere, so the refusal is played
    monkeypatch.setattr("winit_boot.lock.os.open", refuse)
    code, text = stopped(root, capsys)
    assert code == 1
    assert f"cannot write its environment {root}/.venv: Read-only file system" in text
    assert "Copy the checkout into a folder of your own" in text


def test_two_starts_at_once_install_one_after_the_other(root: Path):
    script = (
        "import sys, time; from pathlib import Path; from winit_boot.lock import InstallLock\n"
        "with InstallLock(Path(sys.argv[1]), lambda: print('waiting', flush=True)):\n"
        "    print('mine', flush=True); sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", script, str(root / ".venv.lock")]

    def begin() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    with begin() as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "mine\n"
        with begin() as second:
            assert second.stdout is not None
            assert second.stdout.readline() == "waiting\n"
            first.kill()  # however the holder ends, the lock is free
            assert second.stdout.readline() == "mine\n"
            second.communicate("\n", timeout=30)
        assert second.returncode == 0


def test_the_one_that_waited_finds_the_work_done(
    root: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch
):
    entered = InstallLock.__enter__

    def enter_late(lock: InstallLock) -> InstallLock:
        make_venv(root)
        stamp.write(root, frozenset())
        return entered(lock)

    monkeypatch.setattr(InstallLock, "__enter__", enter_late)
    start(root)
    assert commands.seen == []


def test_ctrl_c_ends_the_child_without_its_traceback(tmp_path: Path):
    (tmp_path / "child.py").write_text(
        "import os, time, sys\nopen(sys.argv[1], 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    )
    note = tmp_path / "pid"
    script = (
        "import signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background
        "from winit_boot.installer import _run; from winit_boot.lock import InstallLock\n"
        "try:\n"
        f"    with InstallLock(Path({str(tmp_path / 'lock')!r}), print) as lock:\n"
        f"        _run([sys.executable, {str(tmp_path / 'child.py')!r}, {str(note)!r}], lock)\n"
        "except KeyboardInterrupt: sys.exit(130)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as parent:
        deadline = time.monotonic() + 30
        while not (note.exists() and note.read_text()):
            assert time.monotonic() < deadline, "the child did not start"
            time.sleep(0.02)
        os.killpg(parent.pid, signal.SIGINT)
        _, err = parent.communicate(timeout=30)
    assert (parent.returncode, err) == (130, "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_stop_carries_the_exit_code():
    assert (Stop("text").code, Stop("text", 3).code) == (1, 3)


def test_names_are_listed_as_in_a_sentence():
    assert [listed(x) for x in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
