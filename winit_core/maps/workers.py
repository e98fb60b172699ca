"""Many independent computations in threads, their results as they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

from winit_core.simulation import ShouldStop, SimulationStopped

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2  # computations that wait per thread


def computed(
    function: Callable[[T], R], items: Iterable[T], should_stop: ShouldStop, workers: int
) -> Iterator[tuple[T, R]]:
    """Give every item with its result, in the order in which they are ready.

    Raises
    ------
    SimulationStopped
        When `should_stop` returned true; what has begun is waited for.
    """
    if workers <= 1:
        for item in items:
            if should_stop():
                raise SimulationStopped
            yield item, function(item)
        return
    waiting = iter(items)
    with ThreadPoolExecutor(workers) as pool:
        running: dict[Future[R], T] = {}

        def fill() -> None:
            for item in islice(waiting, workers * _AHEAD - len(running)):
                running[pool.submit(function, item)] = item

        try:
            fill()
            while running:
                if should_stop():
                    raise SimulationStopped
                done, _ = wait(running, timeout=0.1, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
                fill()
        finally:
            for future in running:
                future.cancel()


class Clock:
    """Tells when so many seconds have passed since it last said so."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._last = time.monotonic()

    def is_due(self) -> bool:
        """Tell whether it is time again."""
        now = time.monotonic()
        if now - self._last < self._interval:
            return False
        self._last = now
        return True
