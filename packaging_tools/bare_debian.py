"""Tries the Debian package where nothing else is: a bare tree made by debootstrap, as root.

The package is installed with what it declares and no more, the program is run there without a
screen and on a virtual one, and removed; the tree must then be as it was before.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from packaging_tools import product
from packaging_tools.smoke import (
    Program,
    SmokeError,
    ask_version,
    expect,
    export_everything,
    present_a_lesson,
    print_tables,
    refuse_a_broken_file,
    run_sweep,
    step_a_lesson,
    work_in_window,
)

_TRIES = (
    *(ask_version, print_tables, export_everything, run_sweep, step_a_lesson),
    *(work_in_window, present_a_lesson, refuse_a_broken_file),
)

_TREE = "/srv/winit-test"
_MIRROR = "http://deb.debian.org/debian"
# What apt and dpkg keep for themselves, and what the removal of a dependency leaves to purge.
_BOOKKEEPING = ("/var/lib/dpkg/", "/var/lib/apt/", "/var/cache/", "/var/log/", "/proc/", "/srv/")


def make_tree(folder: Path, release: str = "bookworm") -> None:
    """Make a bare Debian of the smallest kind."""
    subprocess.run(
        ["debootstrap", "--variant=minbase", release, str(folder), _MIRROR],
        stdout=subprocess.DEVNULL,
        check=True,
    )


def try_package(tree: Path, package: Path, say: Callable[[str], None]) -> list[str]:
    """Install, run and remove a package in a tree; return what went wrong."""
    failures = []
    before = _files(tree)
    with _mounted(tree):
        _in(tree, "apt-get", "update", "-qq")
        shutil.copy(package, tree / "tmp" / package.name)
        _in(tree, *_APT, "install", f"/tmp/{package.name}")
        added = _in(tree, "sh", "-c", "dpkg-query -W -f='${Package}\\n' | wc -l").strip()
        say(f"  installed; {added} packages are in the tree now")
        for trial in _TRIES:
            try:
                with _program(tree) as program:
                    trial(program)
            except SmokeError as error:
                failures.append(f"{trial.__name__}: {error}")
                say(f"  FAILED  {trial.__name__}: {error}")
            else:
                say(f"  ok  bare Debian: {trial.__name__.replace('_', ' ')}")
        _in(tree, *_APT, "purge", product.NAME)
        _in(tree, *_APT, "autoremove", "--purge")
        (tree / "tmp" / package.name).unlink()
    left = sorted(name for name in _files(tree) - before if not name.startswith(_BOOKKEEPING))
    ours = [name for name in left if product.NAME in name]
    if ours:
        failures.append(f"left behind: {', '.join(ours)}")
    say(f"  removed; files of winit left: {len(ours)}, of its dependencies: {len(left)}")
    return failures


_APT = ("apt-get", "-y", "-qq", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0")


@contextmanager
def _program(tree: Path) -> Iterator[Program]:
    """Provide the installed program; its files are in the tree and have the same names here."""
    place = Path(_TREE)
    inside = tree / _TREE.removeprefix("/")
    inside.mkdir(parents=True, exist_ok=True)
    expect(not place.exists(), f"{place} is in the way")
    place.symlink_to(inside)
    try:
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            # The symbolic link stays: it is the tree's own name for the folder.
            yield Program(
                ("chroot", str(tree), "/usr/bin/winit"),
                Path(scratch),
                {"HOME": _TREE, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
            )
    finally:
        place.unlink()


@contextmanager
def _mounted(tree: Path) -> Iterator[None]:
    """Give a tree what every system has: processes and devices."""
    shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
    mounts = [("proc", "proc", tree / "proc"), ("none", "/dev", tree / "dev")]
    done: list[Path] = []
    try:
        for kind, source, target in mounts:
            options = ["-t", kind] if kind == "proc" else ["--bind"]
            subprocess.run(["mount", *options, source, str(target)], check=True)
            done.append(target)
        yield
    finally:
        for target in reversed(done):
            subprocess.run(["umount", str(target)], check=True)


def _in(tree: Path, *command: str) -> str:
    return subprocess.run(
        ["chroot", str(tree), *command],
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            "LANG": "C.UTF-8",
            **{name: value for name, value in os.environ.items() if name.endswith("_proxy")},
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def _files(tree: Path) -> frozenset[str]:
    found = []
    for folder, folders, names in os.walk(tree):
        if folder == str(tree):
            folders[:] = [name for name in folders if name not in ("proc", "dev", "sys")]
        found += [f"{folder.removeprefix(str(tree))}/{name}" for name in names]
    return frozenset(found)
