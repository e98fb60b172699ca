"""The licences of all that a bundle holds, beside the program as their owners ask for.

What is inside is taken from PyInstaller's own lists, never from a list kept by hand.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging_tools.product import HERE, ROOT

FOLDER = "licences"
_TEXTS = HERE / "licences"
# What wheels do not say, of themselves or of a font they hold: it stands in
# packaging_tools/licences.
_TEXTS_OF_OURS = {
    "PySide6_Essentials": ("LGPL-3.0.txt", "GPL-3.0.txt", "Qt-and-PySide6.txt"),
    "shiboken6": ("LGPL-3.0.txt", "GPL-3.0.txt", "Qt-and-PySide6.txt"),
    "latex2mathml": ("latex2mathml.txt",),
    "ziamath": ("STIX-Two-Math.txt",),
}
_LICENCE_FILE = re.compile(r"(?i)(?:^|/)(?:licen[cs]e|copying|notice|copyright)[^/]*$")


class LicenceError(Exception):
    """Something would be given away without its licence."""


@dataclass(frozen=True)
class Part:
    """Something that is inside a bundle.

    Attributes
    ----------
    name, version
        As its packager calls it.
    licence
        In a word; empty where only the text says it.
    kind
        ``python`` (a wheel), ``system`` (a package of the build system), ``runtime``.
    texts
        The files that hold the licence.
    """

    name: str
    version: str
    licence: str
    kind: str
    texts: tuple[Path, ...]


def parts(record: Path) -> list[Part]:
    """Return what is inside, from the record that the spec file left.

    Raises
    ------
    LicenceError
        If a part has no licence text.
    """
    found = json.loads(record.read_text(encoding="utf-8"))
    listed = [
        *_wheels(found["modules"]),
        *_runtime(),
        *_system_packages(Path(source) for source in found["libraries"]),
    ]
    silent = [part.name for part in listed if not part.texts]
    if silent:
        raise LicenceError(f"no licence text is at hand for {', '.join(silent)}")
    return listed


def write(folder: Path, listed: Iterable[Part]) -> None:
    """Write the texts into a folder, and an overview of them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(ROOT / "LICENSE", folder / "winit.txt")
    rows = []
    for part in listed:
        own = folder / part.name
        own.mkdir(exist_ok=True)
        for number, text in enumerate(part.texts):
            name = text.name if number == 0 or not (own / text.name).exists() else ""
            shutil.copyfile(text, own / (name or f"{number + 1}-{text.name}"))
        rows.append(f"{part.name} {part.version}".ljust(44) + part.licence)
    overview = "winit is under the MIT licence (winit.txt). It brings along:\n\n"
    listing = "\n".join(row.rstrip() for row in rows)
    (folder / "README.txt").write_text(f"{overview}{listing}\n", encoding="utf-8")


def _wheels(modules: Iterable[str]) -> list[Part]:
    providers = importlib.metadata.packages_distributions()
    names = {name for module in modules for name in providers.get(module, ())} - {"winit"}
    # Its loader starts the program; the rest of it stays at home.
    return [_wheel(name) for name in sorted(names | {"pyinstaller"}, key=str.lower)]


def _wheel(name: str) -> Part:
    found = importlib.metadata.distribution(name)
    texts = [
        Path(str(found.locate_file(file)))
        for file in found.files or ()
        if _LICENCE_FILE.search(str(file)) and not str(file).endswith((".py", ".pyc"))
    ]
    texts += [_TEXTS / text for text in _TEXTS_OF_OURS.get(found.name, ())]
    return Part(found.name, found.version, _licence(found.metadata), "python", tuple(texts))


def _licence(metadata: importlib.metadata.PackageMetadata) -> str:
    """Return the licence in a word, wherever a wheel says it; some put the whole text there."""
    names = [name for name in ("License-Expression", "License") if name in metadata]
    said = metadata[names[0]] if names else ""
    if said and len(said) < 60:
        return said
    classes = metadata.get_all("Classifier") or []
    return ", ".join(text.split(" :: ")[-1] for text in classes if text.startswith("License ::"))


def _runtime() -> list[Part]:
    version = platform.python_version()
    places = (
        Path(sysconfig.get_path("stdlib")) / "LICENSE.txt",
        Path(sys.base_prefix) / "LICENSE.txt",
        Path(f"/usr/share/doc/python{sys.version_info[0]}.{sys.version_info[1]}/copyright"),
    )
    texts = tuple(place for place in places if place.is_file())[:1]
    return [Part("Python", version, "PSF-2.0", "runtime", texts)]


def _system_packages(libraries: Iterable[Path]) -> list[Part]:
    """Return the Debian packages that bundled libraries come from; elsewhere there are none."""
    if sys.platform != "linux" or shutil.which("dpkg-query") is None:
        return []
    prefixes = (sys.prefix, sys.base_prefix) if sys.base_prefix != "/usr" else (sys.prefix,)
    owners = {
        owner(path)
        for path in libraries
        if not str(path).startswith(prefixes) and "python" not in path.name
    }
    return [_system_package(name) for name in sorted(owners)]


def owner(library: Path) -> str:
    """Return the package that installed a file, whose folder may since be a link into /usr."""
    real = str(library.resolve())
    for name in (real, real.removeprefix("/usr"), str(library)):
        answer = _query("--search", name)
        if answer:
            return answer.split(":")[0]
    raise LicenceError(f"no package owns {library}, which would be bundled")


def _system_package(name: str) -> Part:
    version = _query("--show", "--showformat=${Version}\n", name).splitlines()[0]
    copyright_file = Path("/usr/share/doc") / name / "copyright"
    texts = (copyright_file,) if copyright_file.is_file() else ()
    return Part(name, version, "see its text", "system", texts)


def _query(*arguments: str) -> str:
    answer = subprocess.run(["dpkg-query", *arguments], capture_output=True, text=True)
    return answer.stdout if answer.returncode == 0 else ""
