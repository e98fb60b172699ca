"""The boot package on a Python with nothing installed, and on Pythons that are too old."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from winit_boot import python_version

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "winit_boot"
MODULES = sorted(f"winit_boot.{path.stem}" for path in PACKAGE.glob("[!_]*.py"))


def test_every_module_imports_the_standard_library_only():
    # -S: no site-packages; -I: no PYTHONPATH. Whatever was imported must then be standard.
    script = (
        f"import sys; sys.path.append({str(ROOT)!r})\n"
        f"import {', '.join(MODULES)}\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(tops - set(sys.stdlib_module_names) - {'winit_boot', '__main__'}))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", script], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_start_that_has_its_packages_loads_no_installer():
    script = (
        "import sys; from pathlib import Path\n"
        "from winit_boot import environment, requirements\n"
        "requirements.RUN_TIME = ()\n"
        "environment.ensure(Path('/nonexistent'), ['main.py'])\n"
        "print([m for m in ('subprocess', 'tomllib', 'winit_boot.installer') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize(
    "name",
    [
        "main.py",
        "tests/__init__.py",
        "tests/__main__.py",
        "winit_boot/__init__.py",
        "winit_boot/python_version.py",
    ],
)
def test_what_an_old_python_reads_it_can_parse(name: str):
    source = (ROOT / name).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    futures = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    # "from __future__ import annotations" is a SyntaxError on 3.6
    assert not [node for node in futures if node.module == "__future__"]


def test_only_the_version_check_is_imported_before_it_ran():
    for name in ("main.py", "tests/__main__.py"):
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        imported = [
            f"{node.module}.{alias.name}"
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        ]
        assert imported == ["pathlib.Path", "winit_boot.python_version"], name


def test_an_old_python_is_refused_in_one_paragraph():
    text = python_version.complaint((3, 9, 18), "main.py", which=lambda name: None)
    assert text == (
        "winit needs Python 3.11 or newer, and this is Python 3.9.18. "
        "Install a newer Python and start the program with that one."
    )


def test_a_newer_python_on_the_path_is_named_with_the_command():
    found = {"python3.12": "/usr/bin/python3.12", "python3.11": "/usr/bin/python3.11"}
    text = python_version.complaint((3, 6, 15), "-m tests", which=found.get)
    assert text is not None
    assert text.endswith("start it with: python3.12 -m tests")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (4, 0, 0)])
def test_a_new_enough_python_is_accepted(version: tuple[int, ...]):
    assert python_version.complaint(version, "main.py", which=lambda name: None) is None


def test_the_main_program_refuses_with_an_exit_code(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(python_version, "OLDEST", (99, 0))
    with pytest.raises(SystemExit) as stop:
        python_version.require("main.py")
    assert str(stop.value.code).startswith("winit needs Python 99.0 or newer")
