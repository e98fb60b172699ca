"""Computes the ghosts of the shown pins in the background; the latest wish wins."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from winit_core.experiment import Experiment
from winit_core.simulation import Simulation
from winit_gui.pins.ghosts import Ghost, GhostRequest, ghosts
from winit_gui.runner import Runner
from winit_gui.state import State


class GhostWork(QObject):
    """Holds the ghosts of a state's shown pins. Its thread begins with the first pin.

    Signals
    -------
    changed()
        There are other ghosts to draw.
    failed(object)
        The exception of a computation.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._runner: Runner | None = None
        self._asked: GhostRequest | None = None
        self._known: dict[Experiment, Simulation] = {}
        self.ghosts: tuple[Ghost, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether the ghosts are those that were asked for."""
        return self._runner is None or self._runner.idle

    def request(self, state: State, shown: Simulation | None, workers: int) -> None:
        """Have the ghosts of a state; what the panels show now need not be computed again."""
        pins = tuple(pin for pin in state.pins if pin.shown)
        wish = GhostRequest(pins, state.shown_layer, state.view.weight_scale, state.view.palette)
        if wish == self._asked or (not pins and self._asked is None):
            return
        kept = {pin.experiment for pin in state.pins}
        if shown is not None:
            self._known[shown.experiment] = shown
        self._known = {e: s for e, s in self._known.items() if e in kept}
        self._asked = wish
        if not pins:
            if self._runner is not None:
                self._runner.cancel()
            self._show(())
            return
        known = dict(self._known)
        self._begun().submit(lambda should_stop: ghosts(wish, known, should_stop, workers))

    def close(self) -> None:
        """Stop, and wait for the thread."""
        if self._runner is not None:
            self._runner.close()

    def _begun(self) -> Runner:
        if self._runner is None:
            self._runner = Runner()
            self._runner.finished.connect(self._show)
            self._runner.failed.connect(self.failed)
        return self._runner

    @Slot(object)
    def _show(self, made: tuple[Ghost, ...]) -> None:
        self._known |= {ghost.simulation.experiment: ghost.simulation for ghost in made}
        self.ghosts = made
        self.changed.emit()
