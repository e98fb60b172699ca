"""Many independent computations in threads, their results as they come."""

from __future__ import annotations

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
