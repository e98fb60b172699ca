"""The Debian package: the folder under /usr/lib/winit, and all that a desktop looks for."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from packaging_tools import freeze, icons, licences
from packaging_tools.manual import manual
from packaging_tools.product import HERE, MAINTAINER, NAME, ROOT, SUMMARY, Product

_HOME = Path("usr/lib") / NAME
# Nothing links to it, but without its configuration no system font is found.
_FONTS = "fontconfig-config"
_CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
Depends: {depends}
Section: education
Priority: optional
Description: {summary}
 A laboratory for weight initialization: the same random numbers become the
 first weights of several schemes (zero, too small, too large, Xavier, He and
 more), real digits run forward through the nets and the error backward, and
 what becomes of both is shown layer by layer. All nets can be trained side by
 side; lessons lead through a lecture.
 .
 The package brings its own Python, Qt and numpy.
"""
_COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: {name}
Comment: The program brings Python, Qt, numpy and further libraries along.
 What they are, in which version and under which licence, with all texts:
 /{home}/licences/

Files: *
Copyright: the winit authors
License: Expat

License: Expat
{licence}
"""


def write_deb(built: Product, folder: Path, target: Path, work: Path) -> str:
    """Wrap a built folder up; return the dependencies that apt will ask for."""
    tree = work / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(folder, tree / _HOME, symlinks=True, copy_function=_linked)
    _add_desktop_files(built, tree)
    (tree / "DEBIAN").mkdir()  # by it dpkg-shlibdeps knows the root of the package
    depends = f"{shared_libraries(tree, work, built)}, {_FONTS}"
    _add_control(built, tree, depends)
    _same_rights_and_dates(tree, built.moment)
    subprocess.run(
        [
            *("dpkg-deb", "--root-owner-group", "-Zxz", "-z6"),
            "--threads-max=1",  # with several, the packed bytes depend on their number
            *("--build", str(tree), str(target)),
        ],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(built.moment)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return depends


def shared_libraries(tree: Path, work: Path, built: Product) -> str:
    """Return the packages whose libraries the bundle leaves to the system, with their versions.

    Debian's own tool knows which version has a symbol, but takes the bundled libraries for the
    system's: only the packages of those that are not bundled are kept of its answer.
    """
    scratch = work / "shlibdeps"
    (scratch / "debian").mkdir(parents=True, exist_ok=True)
    (scratch / "debian" / "control").write_text(
        f"Source: {NAME}\n\nPackage: {NAME}\nArchitecture: {built.debian_architecture}\n"
    )
    libraries = [path for path, _ in freeze.libraries_of(tree / _HOME)]
    owners = {licences.owner(_found(name)) for name in freeze.left_to_the_system(tree / _HOME)}
    answer = subprocess.run(
        ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0", f"-S{tree}"]
        + [f"-l{folder}" for folder in sorted({path.parent for path in libraries})]
        + [f"-e{path}" for path in libraries],
        cwd=scratch,
        capture_output=True,
        text=True,
        check=True,
    )
    asked = answer.stdout.strip().removeprefix("shlibs:Depends=").split(", ")
    kept = [text for text in asked if text.split(" ")[0] in owners]
    lost = owners - {text.split(" ")[0] for text in kept}
    if lost:
        raise freeze.BuildError(f"dpkg-shlibdeps does not name {', '.join(sorted(lost))}")
    return ", ".join(kept)


def _found(library: str) -> Path:
    """Return where the build system keeps a library; the loader's own list says it."""
    listed = subprocess.run(
        ["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True
    ).stdout
    for line in listed.splitlines():
        if line.split()[:1] == [library]:
            return Path(line.rpartition("=> ")[2])
    raise freeze.BuildError(f"{library} is needed to run the program and is not on this computer")


def _add_desktop_files(built: Product, tree: Path) -> None:
    share = tree / "usr/share"
    _put(HERE / "linux/winit.desktop", share / "applications/winit.desktop")
    _put(HERE / "linux/winit.xml", share / "mime/packages/winit.xml")
    for size in icons.SIZES:
        place = share / f"icons/hicolor/{size}x{size}"
        _put(icons.raster(size), place / "apps/winit.png")
        _put(icons.raster(size), place / "mimetypes/application-x-winit.png")
    scalable = share / "icons/hicolor/scalable"
    _put(icons.DRAWING, scalable / "apps/winit.svg")
    _put(icons.DRAWING, scalable / "mimetypes/application-x-winit.svg")
    _write_gz(manual(built), share / "man/man1/winit.1.gz")
    documents = share / "doc" / NAME
    text = (ROOT / "LICENSE").read_text(encoding="utf-8").rstrip()
    licence = "\n".join(f" {line}" if line.strip() else " ." for line in text.splitlines())
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(
        _COPYRIGHT.format(name=NAME, home=_HOME, licence=licence),
        encoding="utf-8",
    )
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin" / NAME).symlink_to(Path("../lib") / NAME / NAME)


def _add_control(built: Product, tree: Path, depends: str) -> None:
    control = tree / "DEBIAN"
    files = [path for path in _sorted_files(tree) if not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    (control / "md5sums").write_text(
        "".join(f"{_md5(path)}  {path.relative_to(tree)}\n" for path in files), encoding="utf-8"
    )
    (control / "control").write_text(
        _CONTROL.format(
            name=NAME,
            version=built.version,
            architecture=built.debian_architecture,
            maintainer=MAINTAINER,
            size=size // 1024,
            depends=depends,
            summary=SUMMARY,
        ),
        encoding="utf-8",
    )


def _same_rights_and_dates(tree: Path, moment: int) -> None:
    for path in [tree, *tree.rglob("*")]:
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)
        os.utime(path, (moment, moment))


def _sorted_files(tree: Path) -> Iterable[Path]:
    return sorted(path for path in tree.rglob("*") if not path.is_dir() or path.is_symlink())


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write_gz(text: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(text.encode(), mtime=0))


def _linked(source: str, target: str) -> str:
    os.link(source, target, follow_symlinks=False)
    return target
