"""What PyInstaller is told: called from ``winit.spec``, which is run by PyInstaller."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging_tools import product, trim
from packaging_tools.product import HERE, ROOT, Product
from winit_core.build_info import STAMP

RECORD = "inside.json"
WINDOWS_VERSION = "version_info.txt"
_RESOURCES = "winit_core/_resources"
# Packages that open files beside their modules, and for which PyInstaller has no hook.
_WITH_DATA = ("ziamath", "ziafont", "latex2mathml")
# Packages whose versions the About box names, which it reads from their metadata.
_NAMED = ("numpy", "scipy", "pyqtgraph", "superqt", "ziamath", "pygments")


@dataclass(frozen=True)
class Plan:
    """What the spec file fills in.

    Attributes
    ----------
    root, work, entry
        The checkout, the folder of what is generated, and the script that starts the program.
    datas
        Files to bundle, with their folders there.
    excludes
        Modules to leave out.
    programs
        Their names, and whether each has a console of its own.
    icon, windows_version
        Files of the program's icon and Windows' version record; None where not used.
    version
        Of winit.
    """

    root: str
    work: str
    entry: str
    datas: list[tuple[str, str]]
    excludes: list[str]
    programs: tuple[tuple[str, bool], ...]
    icon: str | None
    windows_version: str | None
    version: str

    def record(self, modules: trim.Toc, binaries: trim.Toc) -> None:
        """Write down what is inside, for the licences and the bill of materials."""
        found = {
            "modules": sorted({name.split(".")[0] for name, _, _ in self.modules(modules)}),
            "libraries": sorted(source for _, source, kind in binaries if kind != "SYMLINK"),
        }
        (Path(self.work) / RECORD).write_text(json.dumps(found, indent=1), encoding="utf-8")

    def modules(self, toc: trim.Toc) -> trim.Toc:
        """Return the wanted Python modules, and those that stand in for unwanted libraries."""
        wanted = [entry for entry in toc if trim.is_wanted_module(entry[0])]
        stand_in = str(HERE / "without_opengl.py")
        return [*wanted, *((name, stand_in, "PYMODULE") for name in trim.STOOD_IN_FOR)]

    def binaries(self, toc: trim.Toc) -> trim.Toc:
        """Return the wanted programs and libraries."""
        wanted = trim.trimmed(toc)
        return trim.without_orphans(wanted) if sys.platform == "linux" else wanted

    def data_files(self, toc: trim.Toc, binaries: trim.Toc) -> trim.Toc:
        """Return the wanted data, without links to libraries that are gone."""
        there = {PurePosixPath(destination).name for destination, _, _ in binaries}
        return [
            entry
            for entry in trim.trimmed(toc)
            if entry[2] != "SYMLINK" or PurePosixPath(entry[1]).name in there
        ]

    @property
    def mac_info(self) -> dict[str, object]:
        """What macOS reads from Info.plist: it opens .toml files, but claims none of them."""
        return {
            "CFBundleDisplayName": product.NAME,
            "CFBundleShortVersionString": self.version,
            "NSHighResolutionCapable": True,
            "NSHumanReadableCopyright": "MIT licence; parts under other licences, see licences",
            "LSMinimumSystemVersion": "13.0",
            "CFBundleDocumentTypes": [
                {
                    "CFBundleTypeName": "winit experiment",
                    "CFBundleTypeRole": "Editor",
                    "LSHandlerRank": "Alternate",
                    "CFBundleTypeExtensions": ["toml"],
                }
            ],
        }


def plan(work: Path) -> Plan:
    """Return the plan of a build whose generated files lie in a work folder."""
    from PyInstaller.utils.hooks import collect_data_files, copy_metadata

    built = product.current()
    datas = [(str(ROOT / "resources"), _RESOURCES), (str(work / STAMP), _RESOURCES)]
    for package in _WITH_DATA:
        datas += collect_data_files(package)
    for package in _NAMED:
        datas += copy_metadata(package)
    return Plan(
        root=str(ROOT),
        work=str(work),
        entry=str(HERE / "entry.py"),
        datas=datas,
        excludes=list(trim.UNUSED_MODULES),
        programs=_programs(),
        icon=_icon(),
        windows_version=str(work / WINDOWS_VERSION) if sys.platform == "win32" else None,
        version=built.version,
    )


def write_inputs(work: Path, built: Product) -> None:
    """Write the generated files that a plan names."""
    work.mkdir(parents=True, exist_ok=True)
    stamp = {"commit": built.commit, "changed": built.changed, "date": built.date}
    (work / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    (work / WINDOWS_VERSION).write_text(_windows_version(built.version), encoding="utf-8")


def _programs() -> tuple[tuple[str, bool], ...]:
    """Name two programs for Windows, where each has a console or none: for mouse and script."""
    if sys.platform == "win32":
        return (("winit", False), ("winit-console", True))
    return (("winit", sys.platform != "darwin"),)


def _icon() -> str | None:
    names = {"win32": "winit.ico", "darwin": "winit.icns"}
    name = names.get(sys.platform)
    return None if name is None else str(ROOT / "resources" / "icons" / "application" / name)


def _windows_version(version: str) -> str:
    numbers = (*(int(part) for part in version.split(".")), 0, 0, 0)[:4]
    strings = {
        "CompanyName": "the winit authors",
        "FileDescription": "winit",
        "FileVersion": version,
        "InternalName": "winit",
        "LegalCopyright": "MIT licence; parts under other licences, see the folder licences",
        "OriginalFilename": "winit.exe",
        "ProductName": "winit",
        "ProductVersion": version,
    }
    listed = ", ".join(f"StringStruct({key!r}, {value!r})" for key, value in strings.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}),\n"
        f"  kids=[StringFileInfo([StringTable('040904B0', [{listed}])]),\n"
        "        VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )
