"""From a checkout to everything in ``dist/``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging_tools import archive, bill, debian, freeze, licences, product
from packaging_tools.freeze_plan import RECORD
from packaging_tools.product import DIST, HERE, NAME, ROOT, Product

WORK = ROOT / "build" / "packaging"
MEGABYTE = 10**6
LARGEST_FOLDER, LARGEST_ARCHIVE = 200 * MEGABYTE, 60 * MEGABYTE
_DEBIAN_TOOLS = ("dpkg-deb", "dpkg-shlibdeps", "dpkg-query")


def build(say: Callable[[str], None], folder_only: bool = False) -> Path:
    """Build the folder and, unless only that is wanted, what is made from it.

    Raises
    ------
    BuildError, LicenceError
        If the result would not be fit to be given away.
    """
    built = product.current()
    say(f"{built.stem}, commit {built.commit[:12] or 'unknown'}, dated {built.date}")
    if built.changed:
        say("The checkout has changes that are not in that commit.")
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    folder = freeze.freeze(built, say)
    listed = licences.parts(WORK / RECORD)
    licences.write(folder / licences.FOLDER, listed)
    if sys.platform == "linux":
        shutil.copy(HERE / "linux" / "README.txt", folder / "README.txt")
        freeze.same_permissions(folder)
    size = _size(folder)
    _check(f"{folder.relative_to(ROOT)}/", size, LARGEST_FOLDER, say)
    if folder_only:
        return folder
    text = bill.bill(built, listed)
    (DIST / f"{built.stem}.cdx.json").write_text(text, encoding="utf-8")
    if sys.platform == "linux":
        _linux(built, folder, say)
    elif sys.platform == "darwin":
        _mac(built, folder)
    else:
        shutil.make_archive(str(DIST / built.stem), "zip", DIST, NAME)
    files = [path for path in DIST.iterdir() if path.is_file()]
    archive.write_checksums(files, DIST / "SHA256SUMS")
    for path in sorted(files):
        _check(path.name, path.stat().st_size, LARGEST_ARCHIVE, say)
    return folder


def _linux(built: Product, folder: Path, say: Callable[[str], None]) -> None:
    """Pack the archive and the Debian package side by side: each takes a processor."""
    say("Packing (about two minutes)")
    with ThreadPoolExecutor() as pool:
        packed = pool.submit(
            archive.write_tar_xz, folder, DIST / f"{built.stem}.tar.xz", built.stem, built.moment
        )
        absent = [name for name in _DEBIAN_TOOLS if shutil.which(name) is None]
        if absent:
            say(f"No Debian package: {', '.join(absent)} not installed (apt-get install dpkg-dev)")
        else:
            name = f"{NAME}_{built.version}_{built.debian_architecture}.deb"
            depends = debian.write_deb(built, folder, DIST / name, WORK)
            say(f"The Debian package depends on {depends}")
        packed.result()


def _mac(built: Product, folder: Path) -> None:
    """Complete the application, sign it for this purpose only, and zip it with its links."""
    application = DIST / f"{NAME}.app"
    texts = application / "Contents" / "Resources" / licences.FOLDER
    shutil.copytree(folder / licences.FOLDER, texts)
    # "-" is no identity: it says that nothing was changed since, not who made it.
    subprocess.run(["codesign", "--force", "--deep", "--sign", "-", str(application)], check=True)
    target = DIST / f"{built.stem}.zip"
    subprocess.run(["ditto", "-c", "-k", "--keepParent", str(application), str(target)], check=True)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def _check(name: str, size: int, largest: int, say: Callable[[str], None]) -> None:
    say(f"{name:44} {size / MEGABYTE:7.1f} MB ({size:,} bytes)")
    if size > largest:
        raise freeze.BuildError(f"{name} is larger than {largest // MEGABYTE} MB")
