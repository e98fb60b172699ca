"""How far a computation has come, counted by how often it asks whether to stop."""

from __future__ import annotations

from collections.abc import Callable

from winit_core.experiment import Experiment


class Progress:
    """Counts the layers that are done: each is asked for once forward and once backward."""

    def __init__(self, experiment: Experiment, nets: int = 1) -> None:
        self._asked = 0
        passes = len(experiment.schemes) * nets
        self._expected = max(2 * passes * (experiment.depth + 1), 1)

    def counting(self, should_stop: Callable[[], bool]) -> Callable[[], bool]:
        """Return `should_stop`, counting how often it is asked."""

        def asked() -> bool:
            # Threads may lose a count to one another; a percentage does not mind.
            self._asked += 1
            return should_stop()

        return asked

    @property
    def percent(self) -> int:
        """Share that is done, 0 to 99: 100 would be over."""
        return min(100 * self._asked // self._expected, 99)
