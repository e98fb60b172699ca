"""What the user can do with pins: pin, swap, rename, remove, show and hide; each undoable."""

from __future__ import annotations

from dataclasses import fields, replace

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QInputDialog, QLineEdit, QWidget

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_gui.pins.pin import (
    MAX_NAME,
    MAX_PINS,
    changed,
    position_of,
    swapped,
    with_pinned,
    without,
)
from winit_gui.store import Store

_FIELDS = [field.name for field in fields(Experiment)]


class Pins(QObject):
    """Changes the pins of a store.

    Signals
    -------
    said(str)
        A sentence for the user about what happened, or why it did not.
    """

    said = Signal(str)

    def __init__(self, store: Store, parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        self._parent = parent

    @Slot()
    def pin(self) -> None:
        """Keep the present experiment as a reference."""
        state = self._store.state
        held = position_of(state.pins, state.experiment)
        if not state.experiment.schemes:
            self.said.emit("Nothing to pin: no scheme is ticked")
        elif held is not None:
            if not state.pins[held].shown:
                self.set_shown(held, True)
            self.said.emit(f"This is pinned already, as “{state.pins[held].name}”")
        elif len(state.pins) >= MAX_PINS:
            self.said.emit(f"There are {MAX_PINS} pins already: remove one first")
        else:
            pins = with_pinned(state.pins, state.experiment)
            self._store.set_pins(pins, f"pin {pins[-1].name}")
            self.said.emit(f"Pinned “{pins[-1].name}”: change anything, and it stays as a ghost")

    @Slot()
    def swap_last(self) -> None:
        """Swap the present experiment with the one pinned last."""
        count = len(self._store.state.pins)
        if count:
            self.swap(count - 1)
        else:
            self.said.emit("Nothing is pinned yet (Ctrl+P pins)")

    def swap(self, position: int) -> None:
        """Let a pinned experiment and the present one change places."""
        state = self._store.state
        held = state.pins[position]
        if held.experiment == state.experiment:
            self.said.emit(f"“{held.name}” is what is shown")
            return
        if state.experiment.schemes and position_of(state.pins, state.experiment) is None:
            pins = swapped(state.pins, position, state.experiment)
        else:
            pins = state.pins  # what is shown has a pin of its own, or nothing to pin
        changes = {name: getattr(held.experiment, name) for name in _FIELDS}
        state = replace(state.with_experiment(**changes), pins=pins)
        self._store.load(state, f"swap with {held.name}")

    def rename(self, position: int, name: str) -> None:
        """Call a pin something else, or say why that cannot be."""
        pins = self._store.state.pins
        try:
            renamed = changed(pins, position, name=name)
        except ExperimentError as error:
            self.said.emit(f"“{name.strip()[:MAX_NAME]}” cannot be a pin’s name: {error.allowed}")
            return
        self._store.set_pins(renamed, f"rename {pins[position].name}")

    def ask_name(self, position: int) -> None:
        """Let the user type another name."""
        name, accepted = QInputDialog.getText(
            self._parent,
            "Rename the pin",
            "Name:",
            QLineEdit.EchoMode.Normal,
            self._store.state.pins[position].name,
        )
        if accepted:
            self.rename(position, name)

    def remove(self, position: int) -> None:
        """Let a pin go."""
        pins = self._store.state.pins
        self._store.set_pins(without(pins, position), f"remove {pins[position].name}")

    @Slot()
    def remove_all(self) -> None:
        """Let all pins go."""
        self._store.set_pins((), "remove all pins")

    def set_shown(self, position: int, shown: bool) -> None:
        """Draw a pin's ghost, or not."""
        pins = self._store.state.pins
        verb = "show" if shown else "hide"
        label = f"{verb} {pins[position].name}"
        self._store.set_pins(changed(pins, position, shown=shown), label)
