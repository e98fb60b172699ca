"""What `import winit_core` brings along: it must be fast and know no screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_core_imports_no_screen_and_nothing_of_scipy() -> None:
    listed = subprocess.run(
        [sys.executable, "-c", "import sys, winit_core; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(listed.stdout.split())
    assert "winit_core.simulation" in modules
    screens = {"PySide6", "shiboken6", "pyqtgraph", "superqt", "winit_gui", "winit_boot"}
    assert not modules & screens
    # Even the special functions alone take longer than numpy: the window is shown before.
    assert not any(name.split(".")[0] == "scipy" for name in modules)


def test_every_public_name_exists_and_none_is_listed_twice() -> None:
    import winit_core

    assert len(set(winit_core.__all__)) == len(winit_core.__all__)
    assert all(hasattr(winit_core, name) for name in winit_core.__all__)
