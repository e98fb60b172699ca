"""How long it takes until something is on screen: the executable and the source, alternating.

Measured from outside, by looking at the screen, so that both are measured in the same way.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging_tools import screen
from packaging_tools.product import DIST, NAME, ROOT

LARGEST_RATIO = 1.3
_LONGEST = 30.0


@dataclass(frozen=True)
class Startup:
    """Seconds until the first picture, of each start."""

    packaged: tuple[float, ...]
    source: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median of the executable against the source's."""
        return statistics.median(self.packaged) / statistics.median(self.source)


def measure(rounds: int) -> Startup:
    """Start both in turn; the first round, which reads from the disk, is not counted."""
    commands = ([str(DIST / NAME / NAME)], [sys.executable, str(ROOT / "main.py")])
    with screen.virtual_screen(resets=True) as shown:
        times = [[_first_picture(command, shown) for command in commands] for _ in range(rounds)]
    packaged, source = zip(*times[1:], strict=True)
    return Startup(packaged, source)


def _first_picture(command: Sequence[str], shown: screen.Screen) -> float:
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "PATH": os.environ["PATH"], "DISPLAY": shown.name}
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=home, env=environment, stderr=subprocess.DEVNULL, text=True
        )
        try:
            while shown.is_empty():
                if process.poll() is not None or time.perf_counter() - begun > _LONGEST:
                    raise OSError(f"{Path(command[0]).name} showed nothing")
                time.sleep(0.002)
            taken = time.perf_counter() - begun
        finally:
            process.kill()
            process.wait()
        until = time.perf_counter() + _LONGEST
        while not shown.is_empty() and time.perf_counter() < until:
            time.sleep(0.02)
    return taken
