"""What goes into the bundle, what stays out, and what is complained about."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from packaging_tools import elf, freeze, trim
from packaging_tools.product import ROOT

QT = "PySide6/Qt/plugins"


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        (f"{QT}/platforms/libqxcb.so", True),
        (f"{QT}/platforms/libqwayland.so", True),
        (f"{QT}/platforms/libqoffscreen.so", True),
        (f"{QT}/platforms/libqeglfs.so", False),
        (f"{QT}/imageformats/libqsvg.so", True),
        (f"{QT}/imageformats/libqtiff.so", False),
        (f"{QT}/platformthemes/libqgtk3.so", False),
        (f"{QT}/tls/libqopensslbackend.so", False),
        (f"{QT}/wayland-graphics-integration-client/libqt-plugin-wayland-egl.so", True),
        (f"{QT}/wayland-shell-integration/libxdg-shell.so", True),
        (f"{QT}/wayland-shell-integration/libivi-shell.so", False),
        (r"PySide6\plugins\platforms\qwindows.dll", True),
        (r"PySide6\plugins\styles\qmodernwindowsstyle.dll", True),
        (r"PySide6\plugins\tls\qschannelbackend.dll", False),
        (r"PySide6\opengl32sw.dll", False),
        (r"PySide6\Qt6Widgets.dll", True),
        (r"PySide6\Qt6Network.dll", False),
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", True),
        ("PySide6/Qt/lib/QtQuick.framework/Versions/A/QtQuick", False),
        ("PySide6/Qt/lib/libQt6Core.so.6", True),
        ("libQt6EglFSDeviceIntegration.so.6", False),
        ("PySide6/Qt/translations/qt_de.qm", False),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("libstdc++.so.6", False),
        ("libgcc_s.so.1", False),
        ("libxcb-cursor.so.0", True),
        ("winit_core/_resources/fonts/DejaVuSans.ttf", True),
        ("numpy-2.4.6.dist-info/METADATA", True),
        ("numpy-2.4.6.dist-info/RECORD", False),
        ("numpy-2.4.6.dist-info/licenses/LICENSE.txt", False),
    ],
)
def test_what_is_wanted(place: str, wanted: bool):
    assert trim.is_wanted(place) is wanted


def test_qt_speaks_the_languages_of_the_catalogues(tmp_path: Path):
    assert trim.shipped_languages(tmp_path / "none") == set()
    for name in ("de.mo", "pt_BR.mo", "fr.po"):
        (tmp_path / name).touch()
    languages = trim.shipped_languages(tmp_path)
    assert languages == {"de", "pt_BR", "pt"}
    for name, wanted in (
        ("PySide6/Qt/translations/qtbase_de.qm", True),
        (r"PySide6\translations\qtbase_pt_BR.qm", True),
        ("PySide6/Qt/translations/qtbase_fr.qm", False),
        ("PySide6/Qt/translations/qt_de.qm", False),
        ("PySide6/Qt/translations/qtbase_den.qm", False),
    ):
        assert trim.is_wanted(name, languages) is wanted, name


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("pygments", True),
        ("pygments.lexer", True),
        ("pygments.lexers", True),
        ("pygments.lexers._mapping", True),
        ("pygments.lexers.python", False),
        ("pygments.styles.monokai", False),
        ("winit_gui.window", True),
    ],
)
def test_which_modules_are_wanted(name: str, wanted: bool):
    assert trim.is_wanted_module(name) is wanted


def library(*needed: str) -> elf.Library:
    return elf.Library("", needed)


def test_libraries_that_nobody_asks_for_any_more_go():
    contents = {
        "/v/QtGui.abi3.so": library("libfreetype.so.6", "libc.so.6"),
        "/u/libfreetype.so.6.18": library("libpng16.so.16"),
        "/u/libpng16.so.16.39": library(),
        "/u/libgtk-3.so.0": library("libcairo.so.2"),
        "/u/libcairo.so.2": library(),
        "/v/np.so": library("libopenblas.so"),
        "/v/libopenblas.so": library(),
    }
    binaries = [
        ("PySide6/QtGui.abi3.so", "/v/QtGui.abi3.so", "EXTENSION"),
        ("libfreetype.so.6", "/u/libfreetype.so.6.18", "BINARY"),
        ("libpng16.so.16", "/u/libpng16.so.16.39", "BINARY"),
        ("libgtk-3.so.0", "/u/libgtk-3.so.0", "BINARY"),
        ("libcairo.so.2", "/u/libcairo.so.2", "BINARY"),
        ("numpy/np.so", "/v/np.so", "EXTENSION"),
        ("numpy.libs/libopenblas.so", "/v/libopenblas.so", "BINARY"),
        ("libopenblas.so", "numpy.libs/libopenblas.so", "SYMLINK"),
    ]
    kept = trim.without_orphans(binaries, lambda path: contents[path.as_posix()])
    assert [entry[0] for entry in kept] == [
        "PySide6/QtGui.abi3.so",
        "libfreetype.so.6",
        "libpng16.so.16",
        "numpy/np.so",
        "numpy.libs/libopenblas.so",
        "libopenblas.so",
    ]


USES_NO_OPENGL = """
import importlib.util, sys
from pathlib import Path
from packaging_tools import freeze_plan, trim

plan = freeze_plan.Plan("", "", "", [], [], (), None, None, "")
stand_ins = {name: source for name, source, _ in plan.modules([])}
assert set(stand_ins) == set(trim.STOOD_IN_FOR), stand_ins
for name, source in stand_ins.items():
    spec = importlib.util.spec_from_file_location(name, source)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
import winit_gui.window
import pyqtgraph
from PySide6.QtWidgets import QApplication

application = QApplication([])
plot = pyqtgraph.PlotWidget()
plot.plot([1, 2], [1, 2])
plot.grab()
assert "OpenGL.abi3" not in Path("/proc/self/maps").read_text()
try:
    plot.useOpenGL(True)
except NotImplementedError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux which libraries are loaded")
def test_what_stands_in_for_opengl_is_enough():
    done = subprocess.run(
        [sys.executable, "-c", USES_NO_OPENGL],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "not part of this program" in done.stdout


MISSING = "12 WARNING: Library not found: could not resolve '{}', dependency of '{}'."


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (MISSING.format("libxcb-cursor.so.0", f"/v/{QT}/platforms/libqxcb.so"), True),
        (MISSING.format("libgtk-3.so.0", f"/v/{QT}/platformthemes/libqgtk3.so"), False),
        (MISSING.format("libwayland-client.so.0", "/v/libQt6WaylandClient.so.6"), False),
        ('9 WARNING: Hidden import "scipy.stats._x" not found!', False),
        ('9 WARNING: Hidden import "numpy.random._x" not found!', True),
        ("9 INFO: Library not found is what this is not about", False),
    ],
)
def test_which_warnings_stop_a_build(line: str, complaint: bool):
    assert bool(freeze.warnings(f"1 INFO: begin\n{line}\n")) is complaint


def test_an_import_of_what_is_left_out_stops_a_build():
    notes = (
        "excluded module named scipy.stats - imported by winit_core.new (top-level)\n"
        "excluded module named scipy.linalg - imported by scipy.special._basic (delayed)\n"
        "excluded module named distributed - imported by winit_core.sweep_executors (delayed)\n"
    )
    (complaint,) = freeze.forbidden_imports(notes)
    assert "winit_core.new" in complaint
    assert "scipy.stats" in complaint


@pytest.mark.skipif(sys.platform != "linux", reason="reads a Linux library")
def test_a_real_library_is_read():
    import numpy._core._multiarray_umath as module

    found = elf.read(Path(str(module.__file__)))
    assert found is not None
    assert "libc.so.6" in found.needed
    assert any("openblas" in name or "blas" in name for name in found.needed)


def test_what_is_no_library_is_none(tmp_path: Path):
    file = tmp_path / "text.so"
    file.write_text("INPUT(libc.so.6)")
    assert elf.read(file) is None
