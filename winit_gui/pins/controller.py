"""What the user can do with pins: pin, swap, rename, remove, show and hide; each undoable."""

from __future__ import annotations

from dataclasses import fields, replace

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QInputDialog, QLineEdit, QWidget

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.translation import tr
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
        self._names: dict[Experiment, str] = {}
        """What pins were called that were swapped out: the name belongs to the experiment."""

    @Slot()
    def pin(self) -> None:
        """Keep the present experiment as a reference."""
        state = self._store.state
        held = position_of(state.pins, state.experiment)
        if not state.experiment.schemes:
            self.said.emit(tr("Nothing to pin: no scheme is ticked"))
        elif held is not None:
            if not state.pins[held].shown:
                self.set_shown(held, True)
            name = state.pins[held].name
            self.said.emit(tr("This is pinned already, as “{name}”", name=name))
        elif len(state.pins) >= MAX_PINS:
            self.said.emit(tr("There are {count} pins already: remove one first", count=MAX_PINS))
        else:
            pins = with_pinned(state.pins, state.experiment, self._names.get(state.experiment))
            name = pins[-1].name
            self._store.set_pins(pins, tr("pin {name}", name=name))
            self.said.emit(
                tr("Pinned “{name}”: change anything, and it stays as a ghost", name=name)
            )

    @Slot()
    def swap_last(self) -> None:
        """Swap the present experiment with the one pinned last."""
        count = len(self._store.state.pins)
        if count:
            self.swap(count - 1)
        else:
            self.said.emit(tr("Nothing is pinned yet (Ctrl+P pins)"))

    def swap(self, position: int) -> None:
        """Let a pinned experiment and the present one change places."""
        state = self._store.state
        held = state.pins[position]
        if held.experiment == state.experiment:
            self.said.emit(tr("“{name}” is what is shown", name=held.name))
            return
        if state.experiment.schemes and position_of(state.pins, state.experiment) is None:
            before = self._names.get(state.experiment)
            pins = swapped(state.pins, position, state.experiment, before)
            self._names[held.experiment] = held.name
        else:
            pins = state.pins  # what is shown has a pin of its own, or nothing to pin
        changes = {name: getattr(held.experiment, name) for name in _FIELDS}
        state = replace(state.with_experiment(**changes), pins=pins)
        self._store.load(state, tr("swap with {name}", name=held.name))

    def rename(self, position: int, name: str) -> None:
        """Call a pin something else, or say why that cannot be."""
        pins = self._store.state.pins
        try:
            renamed = changed(pins, position, name=name)
        except ExperimentError as error:
            self.said.emit(
                tr(
                    "“{name}” cannot be a pin’s name: {allowed}",
                    name=name.strip()[:MAX_NAME],
                    allowed=error.allowed,
                )
            )
            return
        self._store.set_pins(renamed, tr("rename {name}", name=pins[position].name))

    def ask_name(self, position: int) -> None:
        """Let the user type another name."""
        name, accepted = QInputDialog.getText(
            self._parent,
            tr("Rename the pin"),
            tr("Name:"),
            QLineEdit.EchoMode.Normal,
            self._store.state.pins[position].name,
        )
        if accepted:
            self.rename(position, name)

    def remove(self, position: int) -> None:
        """Let a pin go."""
        pins = self._store.state.pins
        label = tr("remove {name}", name=pins[position].name)
        self._store.set_pins(without(pins, position), label)

    @Slot()
    def remove_all(self) -> None:
        """Let all pins go."""
        self._store.set_pins((), tr("remove all pins"))

    def set_shown(self, position: int, shown: bool) -> None:
        """Draw a pin's ghost, or not."""
        pins = self._store.state.pins
        name = pins[position].name
        label = tr("show {name}", name=name) if shown else tr("hide {name}", name=name)
        self._store.set_pins(changed(pins, position, shown=shown), label)
