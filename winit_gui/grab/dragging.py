"""What is different while something is dragged: axes stand still, and theory waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from winit_gui.panels.panel import Panel
from winit_gui.picture import Picture, Request
from winit_gui.store import Store
from winit_gui.training_control import TrainingControl


class Dragging:
    """Holds the axes of the panels during a drag, and a training that went on before it.

    Parameters
    ----------
    store
        Knows whether something is dragged.
    panels
        Those whose axes stand still.
    training
        Rests meanwhile.
    picture
        Gives what the panels show.
    """

    def __init__(
        self,
        store: Store,
        panels: Sequence[Panel],
        training: TrainingControl,
        picture: Callable[[], Picture | None],
    ) -> None:
        self._store = store
        self._panels = panels
        self._training = training
        self._picture = picture
        self._axis: tuple[float, float] | None = None
        self._ran = False

    def begin(self) -> None:
        """Keep the axes as they are, and let a training rest."""
        shown = self._picture()
        self._axis = None if shown is None else (shown.weights.low, shown.weights.high)
        for panel in self._panels:
            panel.ends = panel.shown_ends()
        self._ran = self._training.runs
        if self._ran:
            self._training.play_or_pause()

    def end(self) -> None:
        """Let the axes fit again, and a training go on."""
        for panel in self._panels:
            panel.ends = None
        if self._ran:
            self._training.play_or_pause()

    def draft(self, request: Request) -> Request:
        """Return what is to be computed of a request now."""
        if not self._store.dragging:
            return request
        return replace(request, draft=True, axis=self._axis, nets=1)
