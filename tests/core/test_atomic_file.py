"""A file that is being saved is whole at any moment, also when the process is killed."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from winit_core.files import atomic_file
from winit_core.files.atomic_file import save_atomically

MODULE = Path(atomic_file.__file__)
SIZE = 300_000
# Loads the one module without the package around it: a process that starts in 20 ms.
PROGRAM = """
import importlib.util, os, signal, sys
spec = importlib.util.spec_from_file_location("atomic_file", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
"""
ENDLESS = (
    PROGRAM
    + """
number = 0
while True:
    number += 1
    module.save_atomically(sys.argv[2], f"{number:08d}" * 37500)
    if number == 1:
        print("begun", flush=True)
"""
)
# Kills itself at the n-th of the system calls that saving makes.
AT_CALL = (
    PROGRAM
    + """
left = int(sys.argv[3])
def counted(call):
    def wrapped(*given, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        done = call(*given, **named)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return wrapped
for name in ("fdopen", "fsync", "chmod", "chown", "replace", "open"):
    setattr(os, name, counted(getattr(os, name)))
module.tempfile.mkstemp = counted(module.tempfile.mkstemp)
module.save_atomically(sys.argv[2], "new" * 100000)
"""
)
posix = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")


def is_whole(text: str) -> bool:
    return len(text) == SIZE and text == text[:8] * (SIZE // 8)


@posix
def test_a_killed_writer_leaves_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "state.toml"
    chance = random.Random(1)
    for _ in range(25):
        command = [sys.executable, "-c", ENDLESS, str(MODULE), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.random() * 0.03)
            child.kill()
        assert is_whole(path.read_text("utf-8"))


@posix
def test_killed_at_every_system_call_it_is_the_old_or_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "state.toml"
    seen = []
    for call in range(1, 40):
        path.write_text("old" * 100_000, encoding="utf-8")
        command = [sys.executable, "-c", AT_CALL, str(MODULE), str(path), str(call)]
        code = subprocess.run(command, check=False).returncode
        text = path.read_text("utf-8")
        assert text in ("old" * 100_000, "new" * 100_000)
        seen.append(text[:3])
        if code == 0:
            break
    else:
        pytest.fail("it was never let through")
    assert seen == sorted(seen, reverse=True)
    assert seen.count("old") >= 6
    assert seen.count("new") >= 2


def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    save_atomically(link, "new ü\n")
    assert link.is_symlink()
    assert real.read_bytes() == "new ü\n".encode()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    save_atomically(tmp_path / "fresh", b"\x00\r\n")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o666 & ~mask
    assert (tmp_path / "fresh").read_bytes() == b"\x00\r\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fresh", "link.toml", "real.toml"]


def test_what_cannot_be_written_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OSError, match="nowhere"):
        save_atomically(tmp_path / "nowhere" / "a", "x")
    path = tmp_path / "a"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_write_protected_file_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(PermissionError):
        save_atomically(path, "new")
    assert path.read_text() == "old"


def test_what_a_killed_process_left_is_removed_some_time_later(tmp_path: Path) -> None:
    for name, age in ((".a.x1.tmp", 10_000), (".a.x2.tmp", 1), (".b.x3.tmp", 10_000)):
        left = tmp_path / name
        left.write_text("")
        os.utime(left, (time.time() - age,) * 2)
    save_atomically(tmp_path / "a", "new")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".a.x2.tmp", ".b.x3.tmp", "a"]
