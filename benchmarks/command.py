"""The command line: which benchmarks, how they are printed, what the machine is."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path

from benchmarks.measuring import Row

NAMES = ("engine", "torch", "training", "interaction", "dragging", "start", "growth", "soak")
"""In the order of `docs/performance.md`; each is a module of this package."""
MODULES = {"torch": "against_torch"}
PACKAGES = ("numpy", "scipy", "PySide6-Essentials", "pyqtgraph", "torch")


def measured(name: str, quick: bool) -> tuple[str, list[Row]]:
    """Return the title of a benchmark and what it measured."""
    module = importlib.import_module(f"benchmarks.{MODULES.get(name, name)}")
    return module.TITLE, module.measure(quick)


def machine() -> dict[str, str]:
    """Return what the numbers depend on; no names."""
    described = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "blas": _blas(),
    }
    for package in PACKAGES:
        try:
            described[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            described[package] = "-"
    return described


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _blas() -> str:
    import numpy as np

    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[index]
    return f"{found['name']} {found['version']}"


def load() -> float:
    """Return how many processes wanted to run in the last minute; NaN where it is not known."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    listed = f"which: {', '.join(NAMES)}; all of them if none is named"
    parser.add_argument("names", nargs="*", metavar="NAMES", help=listed)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all?")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"{unknown[0]} is none of {', '.join(NAMES)}")
    described = machine()
    print(", ".join(f"{name} {value}" for name, value in described.items()))
    results = {}
    for name in options.names or NAMES:
        began, busy = time.perf_counter(), load()
        # Each in a process of its own: none finds the caches, the threads or the memory of another.
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            title, rows = pool.submit(measured, name, options.quick).result()
        seconds = time.perf_counter() - began
        print(f"\n{name}: {title}")
        print(f"  ({seconds:.0f} s; load {busy:.1f} at the start, {load():.1f} at the end)")
        for line in rows:
            print(formatted(line))
        results[name] = {
            "title": title,
            "seconds": seconds,
            "load": [busy, load()],
            "rows": [asdict(line) for line in rows],
        }
    if options.json is not None:
        document = {"machine": described, "results": results}
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0


def formatted(line: Row) -> str:
    """Return a row as text."""
    spread = f"({line.low:.3g} to {line.high:.3g})" if line.low != line.high else ""
    target = f"wanted {line.target}" if line.target else ""
    text = f"  {line.label:62} {line.value:9.3g} {line.unit:4} {spread:22} {target}"
    return text.rstrip()
