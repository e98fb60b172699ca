"""What of Qt, scipy and the build system's libraries the program does not need."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path, PurePosixPath

from packaging_tools import elf
from packaging_tools.product import ROOT

# pyqtgraph imports them without using them; `without_opengl` takes their place.
STOOD_IN_FOR = ("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets")

# Of scipy only scipy.special is used, and of that what needs no linear algebra; the rest, with
# an OpenBLAS of its own, is 60 MB. `freeze` fails when winit imports something of this list.
UNUSED_MODULES = (
    *(
        f"scipy.{name}"
        for name in (
            "cluster",
            "constants",
            "datasets",
            "differentiate",
            "fft",
            "fftpack",
            "integrate",
            "interpolate",
            "io",
            "linalg",
            "misc",
            "ndimage",
            "odr",
            "optimize",
            "signal",
            "sparse",
            "spatial",
            "stats",
        )
    ),
    # No network and no terminal of its own: OpenSSL, readline and curses are not needed.
    *("ssl", "_ssl", "_hashlib", "readline", "curses", "sqlite3"),
    "PySide6.QtNetwork",
    "PySide6.QtDBus",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    *STOOD_IN_FOR,
    # Optional friends of pyqtgraph, superqt and numpy; a build environment may have them.
    *("OpenGL", "cupy", "numba", "h5py", "matplotlib", "PIL", "IPython", "jupyter_rfb", "pint"),
    *("PyQt5", "PyQt6", "PySide2", "PySide6.QtTest"),
    *("tkinter", "setuptools", "pkg_resources", "pip", "pytest", "_pytest", "hypothesis"),
    # The extras of winit that an executable cannot install.
    *("torch", "distributed", "dask"),
)

_KEPT_PLUGINS = {
    "platforms": ("xcb", "wayland", "offscreen", "minimal", "windows", "cocoa"),
    # A lesson may show pictures; PNG needs no plugin.
    "imageformats": ("svg", "jpeg", "gif"),
    "iconengines": ("svgicon",),
    "platforminputcontexts": ("composeplatforminputcontext", "ibusplatforminputcontext"),
    "platformthemes": ("xdgdesktopportal",),
    "styles": ("modernwindowsstyle", "macstyle"),
    "xcbglintegrations": ("xcb-egl-integration", "xcb-glx-integration"),
    "wayland-decoration-client": ("bradient",),
    "wayland-graphics-integration-client": ("qt-plugin-wayland-egl",),
    "wayland-shell-integration": ("xdg-shell",),
}
_PLUGIN = re.compile(r"(?:^|/)plugins/([^/]+)/(?:lib)?(?:q(?!t-))?([^/.]+)\.(?:so|dll|dylib)$")
_DROPPED = re.compile(
    r"(?:^|/)translations/"
    r"|^pyqtgraph/icons/peegee/"  # its own emblem, in large
    # The About box reads versions; the texts of the licences lie in a folder of their own.
    r"|\.dist-info/(?!METADATA$)"
    # Also what the loader links to from the top folder.
    r"|(?:^|/)(?:lib)?Qt6?(?:Network|Qml|Quick|Pdf|Sql|Help|Designer|VirtualKeyboard|EglFS)[^/]*"
    # 20 MB of software OpenGL and a shader compiler; nothing is drawn with OpenGL here.
    r"|(?:^|/)(?:opengl32sw|d3dcompiler_\d+|dxcompiler|dxil)\.dll$",
    re.IGNORECASE,
)
# Qt's own words, such as those of a dialog's buttons: 6.0 MB in 33 languages, 0.2 MB in one.
_QT_WORDS = re.compile(r"(?:^|/)translations/qtbase_([A-Za-z_]+)\.qm$")
_CATALOGUES = ROOT / "resources" / "languages"
# Newer graphics drivers need newer ones than the build system's (pyinstaller #6993).
_RUN_TIME_OF_THE_SYSTEM = re.compile(r"^(?:libstdc\+\+|libgcc_s)\.so")


# superqt imports Pygments when it is itself imported; nobody highlights anything with it.
_KEPT_OF_PYGMENTS = re.compile(r"pygments(\.(lexers|styles)(\._mapping)?|\.(?!lexers|styles).*)?")


def is_wanted_module(name: str) -> bool:
    """Return whether a module that was found belongs into the bundle."""
    return not name.startswith("pygments") or bool(_KEPT_OF_PYGMENTS.fullmatch(name))


def is_unused_module(name: str) -> bool:
    """Return whether a module is left out on purpose, itself or with its package."""
    return any(name == unused or name.startswith(f"{unused}.") for unused in UNUSED_MODULES)


def shipped_languages(folder: Path = _CATALOGUES) -> frozenset[str]:
    """Return the languages that the program speaks, and those whose words of Qt may stand in."""
    codes = [path.stem for path in folder.glob("*.mo")]
    return frozenset(name for code in codes for name in (code, code.partition("_")[0]))


def is_wanted(destination: str, languages: Collection[str] = ()) -> bool:
    """Return whether a file belongs into the bundle, by its place there.

    Parameters
    ----------
    destination
        The place.
    languages
        Those in which Qt is to speak, too.
    """
    place = destination.replace("\\", "/")
    words = _QT_WORDS.search(place)
    if words is not None:
        return words[1] in languages
    plugin = _PLUGIN.search(place)
    if plugin is not None:
        folder, name = plugin.groups()
        return name in _KEPT_PLUGINS.get(folder, ())
    return not (_DROPPED.search(place) or _RUN_TIME_OF_THE_SYSTEM.search(place))


Toc = list[tuple[str, str, str]]
"""PyInstaller's table of contents: destination, source, kind."""


def trimmed(toc: Iterable[tuple[str, str, str]]) -> Toc:
    """Return the wanted entries."""
    languages = shipped_languages()
    return [entry for entry in toc if is_wanted(entry[0], languages)]


def without_orphans(
    binaries: Toc,
    read: Callable[[Path], elf.Library | None] = elf.read,
) -> Toc:
    """Return the binaries without the Linux libraries that nothing wanted asks for any more.

    What is loaded by name (modules, plugins) is a root; a plain library must be asked for.
    """
    needed: dict[str, list[str]] = {}
    for destination, source, kind in binaries:
        if kind == "SYMLINK":
            # The name at the top leads to the file below; who asks for one asks for the other.
            needed.setdefault(PurePosixPath(destination).name, []).append(
                PurePosixPath(source).name
            )
            continue
        library = read(Path(source))
        if library is not None:
            needed.setdefault(PurePosixPath(destination).name, []).extend(library.needed)
    roots = [PurePosixPath(d).name for d, _, kind in binaries if _is_root(d, kind)]
    reached = elf.closure(needed, roots)
    return [entry for entry in binaries if PurePosixPath(entry[0]).name in reached]


def _is_root(destination: str, kind: str) -> bool:
    place = PurePosixPath(destination)
    if kind == "SYMLINK":
        return False
    return (
        kind == "EXTENSION"
        or "plugins" in place.parts
        or place.name.endswith(".abi3.so")
        or place.name.startswith("libpython")
    )
