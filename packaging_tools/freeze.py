"""Runs PyInstaller and does not believe it: what it warned of and what it left out is looked at."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from packaging_tools import elf, freeze_plan, trim
from packaging_tools.product import DIST, HERE, NAME, ROOT, Product

# What every Linux has for itself; a graphics driver must not meet another version of these.
_OF_THE_SYSTEM = re.compile(
    r"(?:ld-linux-.*|lib(?:c|m|dl|pthread|rt|util|resolv|gcc_s|stdc\+\+|GL|EGL|GLX|OpenGL|xcb"
    r"|wayland-(?:client|cursor|egl)))\.so\.\d+"
)
# The first needs PyOpenGL, which nothing here does; the second is older than this scipy.
_HARMLESS = (
    "Failed to collect submodules for 'pyqtgraph.opengl'",
    'Hidden import "scipy.special._cdflib" not found!',
)
_HIDDEN_IMPORT = re.compile(r'Hidden import "([^"]+)" not found!')
_MISSING_LIBRARY = re.compile(r"could not resolve '([^']+)', dependency of '([^']+)'")
_EXCLUDED_IMPORT = re.compile(r"^excluded module named (\S+) - imported by (.*)$", re.MULTILINE)
_IMPORTER = re.compile(r"(winit_\w+(?:\.\w+)*) \(")


class BuildError(Exception):
    """A build that must not be given to anybody; the text says why."""


def freeze(built: Product, say: Callable[[str], None]) -> Path:
    """Build the folder with the program, and return it.

    Raises
    ------
    BuildError
        If PyInstaller fails, or warns of anything that is not known to be harmless.
    """
    work = ROOT / "build" / "packaging"
    shutil.rmtree(work, ignore_errors=True)
    freeze_plan.write_inputs(work, built)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean"]
    command += ["--distpath", str(DIST), "--workpath", str(work), str(HERE / "winit.spec")]
    say("PyInstaller collects the program (about half a minute)")
    outcome = subprocess.run(
        [*command, "--", str(work)],
        cwd=ROOT,
        env={
            **os.environ,
            "SOURCE_DATE_EPOCH": str(built.moment),
            "PYTHONHASHSEED": "0",  # the order of sets is written into compiled modules
            "PYINSTALLER_CONFIG_DIR": str(work / "cache"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    (work / "pyinstaller.log").write_text(outcome.stdout, encoding="utf-8")
    if outcome.returncode:
        raise BuildError(f"PyInstaller failed:\n{outcome.stdout[-4000:]}")
    folder = DIST / NAME
    notes = work / NAME / f"warn-{NAME}.txt"
    troubles = [
        *warnings(outcome.stdout),
        *forbidden_imports(notes.read_text(encoding="utf-8")),
        *unresolved(folder),
    ]
    if troubles:
        raise BuildError("This build would not run everywhere:\n" + "\n".join(troubles))
    if sys.platform == "linux":
        _strip(folder)
        _share_copies(folder)
    return folder


def warnings(log: str) -> list[str]:
    """Return the warnings of PyInstaller's log that are not known to be harmless.

    A library that only a dropped plugin misses is harmless, or one that is left to the system
    anyway; so is a module that is left out on purpose.
    """
    found = []
    for line in log.splitlines():
        if "WARNING:" not in line or any(known in line for known in _HARMLESS):
            continue
        missing = _MISSING_LIBRARY.search(line)
        hidden = _HIDDEN_IMPORT.search(line)
        if missing is not None and (
            _OF_THE_SYSTEM.fullmatch(missing[1]) or not trim.is_wanted(missing[2])
        ):
            continue
        if hidden is not None and trim.is_unused_module(hidden[1]):
            continue
        found.append(line.partition("WARNING:")[2].strip())
    return found


def forbidden_imports(notes: str) -> list[str]:
    """Return the modules of winit that import what the bundle leaves out on purpose."""
    found = []
    for module, importers in _EXCLUDED_IMPORT.findall(notes):
        ours = _IMPORTER.findall(importers)
        # A cluster cannot be joined from an executable; that module says so when asked.
        if ours and module.split(".")[0] != "distributed":
            found.append(f"{', '.join(ours)} imports {module}, which packaging_tools.trim drops")
    return found


def unresolved(folder: Path) -> list[str]:
    """Return what Linux libraries of a bundle ask for and neither it nor every system has."""
    return [
        f"{asked_by} needs {name}, which is not on this computer"
        for name, asked_by in left_to_the_system(folder).items()
        if not _OF_THE_SYSTEM.fullmatch(name)
    ]


def left_to_the_system(folder: Path) -> dict[str, Path]:
    """Return the libraries that a bundle asks for and does not hold, and a file that asks."""
    bundled = {path.name for path in folder.rglob("*") if ".so" in path.name}
    return {
        name: path.relative_to(folder)
        for path, library in libraries_of(folder)
        for name in library.needed
        if name not in bundled
    }


def libraries_of(folder: Path) -> Iterable[tuple[Path, elf.Library]]:
    """Yield the Linux programs and libraries below a folder, each once, sorted."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            library = elf.read(path)
            if library is not None:
                yield path, library


def _strip(folder: Path) -> None:
    """Take out symbol tables and debugging records: 25 MB with a Python built from source.

    Not from the wheels' own ``.libs``: stripping breaks OpenBLAS, whose file was moved around in.
    """
    libraries = [
        str(path)
        for path, _ in libraries_of(folder / "_internal")
        if not path.parent.name.endswith(".libs")
    ]
    subprocess.run(["strip", "--strip-unneeded", *libraries], check=True)


def _share_copies(folder: Path) -> None:
    """Replace a library that two wheels bring along by a link to the other wheel's."""
    first: dict[tuple[str, bytes], Path] = {}
    for path, _ in libraries_of(folder / "_internal"):
        kept = first.setdefault((path.name, path.read_bytes()), path)
        if kept is not path:
            path.unlink()
            path.symlink_to(os.path.relpath(kept, path.parent))


def same_permissions(folder: Path) -> None:
    """Give every file the same rights, whatever the builder's umask was."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runs else 0o644)
