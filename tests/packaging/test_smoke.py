"""The smoke test of the built program fails when something is wrong with it.

These need a build: ``python3 -m packaging_tools build --folder-only``.
"""

import shutil
import sys
from pathlib import Path

import pytest

from packaging_tools import product, smoke
from packaging_tools.product import ROOT

BUILT = product.DIST / product.NAME
WITHOUT_SCREEN = smoke.Variant("as it is", smoke.FULL[0].prepare, (smoke.print_tables,))
NO_FONTS = smoke.Variant("no fonts", smoke.FULL[-1].prepare, (smoke.export_everything,))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in with shell scripts")
needs_build = pytest.mark.skipif(
    not BUILT.is_dir() or sys.platform != "linux", reason="no build in dist/"
)


def fake(folder: Path, says: str) -> Path:
    """Make a program that says something and ends."""
    folder.mkdir()
    program = folder / "winit"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    resources = folder / "_internal" / "winit_core" / "_resources"
    shutil.copytree(ROOT / "resources", resources)
    return folder


@pytest.mark.parametrize(
    ("says", "complaint"),
    [
        ("echo winit 0.0.0", "--version says"),
        (f"echo winit {smoke.__version__}; echo careful >&2", "careful"),
        (f"echo winit {smoke.__version__}; exit 3", "exit code 3"),
    ],
)
def test_a_wrong_program_fails(tmp_path: Path, says: str, complaint: str):
    variant = smoke.Variant("as it is", smoke.FULL[0].prepare, (smoke.ask_version,))
    (failure,) = smoke.smoke(fake(tmp_path / "b", says), (variant,), lambda text: None)
    assert complaint in failure


def test_a_right_program_passes_and_a_missing_resource_is_named(tmp_path: Path):
    folder = fake(tmp_path / "b", f"echo winit {smoke.__version__}")
    variant = smoke.Variant("as it is", smoke.FULL[0].prepare, (smoke.ask_version,))
    assert smoke.smoke(folder, (variant,), lambda text: None) == []
    (folder / "_internal/winit_core/_resources/icons/winit.svg").unlink()
    (failure,) = smoke.smoke(folder, (variant,), lambda text: None)
    assert failure == "left out of the bundle: resources/icons/winit.svg"


@needs_build
@pytest.mark.parametrize(
    ("left_out", "variant"),
    [
        ("winit_core/_resources/data/digits.npz", WITHOUT_SCREEN),
        ("winit_core/_resources/fonts/DejaVuSans.ttf", NO_FONTS),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", NO_FONTS),
    ],
)
def test_the_started_program_shows_what_is_left_out(
    tmp_path: Path, left_out: str, variant: smoke.Variant
):
    copy = tmp_path / "winit"
    shutil.copytree(BUILT, copy, symlinks=True)
    (copy / "_internal" / left_out).unlink()
    failures = smoke.smoke(copy, (variant,), lambda text: None)
    # Found by running it, not only by comparing lists of files.
    assert any(failure.startswith(variant.name) for failure in failures)
