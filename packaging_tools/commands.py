"""The command line of the build."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from packaging_tools import product, screen


def main(arguments: Sequence[str]) -> int:
    """Carry out a command and return its exit code."""
    options = _parser().parse_args(arguments)
    return int(options.do(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m packaging_tools", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="make dist/: folder, archive, package, checksums")
    build.add_argument("--folder-only", action="store_true", help="nothing but the folder")
    build.set_defaults(do=_build)
    icons = commands.add_parser("icons", help="draw resources/icons/application/ anew")
    icons.set_defaults(do=_icons)
    smoke = commands.add_parser("smoke", help="start the built program in difficult surroundings")
    smoke.add_argument("--essential", action="store_true", help="the shorter set, for CI")
    smoke.add_argument("--folder", type=Path, default=product.DIST / product.NAME)
    smoke.set_defaults(do=_smoke)
    bare = commands.add_parser("bare-debian", help="try the package in a bare Debian (as root)")
    bare.add_argument("--tree", type=Path, help="one made before by debootstrap; else a new one")
    bare.set_defaults(do=_bare_debian)
    startup = commands.add_parser("startup", help="first picture: executable against source")
    startup.add_argument("--rounds", type=int, default=11)
    startup.set_defaults(do=_startup)
    compare = commands.add_parser("compare", help="what differs between two built folders")
    compare.add_argument("one", type=Path)
    compare.add_argument("other", type=Path)
    compare.set_defaults(do=_compare)
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


def _build(options: argparse.Namespace) -> int:
    from packaging_tools import build, freeze, licences

    try:
        build.build(_say, options.folder_only)
    except (freeze.BuildError, licences.LicenceError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    return 0


def _icons(options: argparse.Namespace) -> int:
    from packaging_tools import icons

    for path in icons.write_all():
        _say(str(path.relative_to(product.ROOT)))
    return 0


def _smoke(options: argparse.Namespace) -> int:
    from packaging_tools import smoke

    absent = screen.missing_tools() if sys.platform == "linux" else screen.NEEDED
    if absent and sys.platform == "linux":
        _say(f"The smoke test needs {' and '.join(absent)}: apt-get install xvfb xdotool")
        return 1
    variants = smoke.ESSENTIAL if options.essential else smoke.FULL
    failures = smoke.smoke(options.folder.resolve(), variants, _say, window=not absent)
    _say(f"{len(failures)} failures" if failures else "The built program works.")
    return 1 if failures else 0


def _bare_debian(options: argparse.Namespace) -> int:
    from packaging_tools import bare_debian

    packages = sorted(product.DIST.glob("*.deb"))
    if len(packages) != 1:
        _say("There is not exactly one package in dist/: build first")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        tree = options.tree
        if tree is None:
            tree = Path(folder) / "tree"
            _say("debootstrap makes a bare Debian (about a minute)")
            bare_debian.make_tree(tree)
        failures = bare_debian.try_package(tree.resolve(), packages[0], _say)
    _say(f"{len(failures)} failures" if failures else "The package works on a bare Debian.")
    return 1 if failures else 0


def _startup(options: argparse.Namespace) -> int:
    from packaging_tools import startup

    times = startup.measure(options.rounds)
    for name, values in (("executable", times.packaged), ("source", times.source)):
        _say(f"{name:10} median {statistics.median(values):.3f} s, fastest {min(values):.3f} s")
    _say(f"ratio {times.ratio:.2f}; at most {startup.LARGEST_RATIO}")
    return 0 if times.ratio <= startup.LARGEST_RATIO else 1


def _compare(options: argparse.Namespace) -> int:
    from packaging_tools import differences

    found = differences.differences(options.one, options.other)
    for line in found:
        _say(line)
    _say(f"{len(found)} differences")
    return 1 if found else 0
