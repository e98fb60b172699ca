"""The menu of the pinned experiments: everything about them by keys alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMenu

from winit_core.translation import tr
from winit_gui.pins.controller import Pins
from winit_gui.store import Store


class PinMenu(QObject):
    """Fills a menu with a submenu per pin whenever it opens."""

    def __init__(self, menu: QMenu, store: Store, pins: Pins) -> None:
        super().__init__(menu)
        self._menu = menu
        self._store = store
        self._pins = pins
        menu.aboutToShow.connect(self.fill)

    @Slot()
    def fill(self) -> None:
        """List the present pins."""
        self._menu.clear()
        pins = self._store.state.pins
        for position, pin in enumerate(pins):
            name = pin.name.replace("&", "&&")
            submenu = self._menu.addMenu(f"&{position + 1} {name}")
            shown = submenu.addAction(tr("&Ghost in panels 1 to 3"))
            shown.setCheckable(True)
            shown.setChecked(pin.shown)
            turned = partial(self._pins.set_shown, position, not pin.shown)
            shown.triggered.connect(turned)
            for text, call in (
                (tr("&Swap with what is shown"), self._pins.swap),
                (tr("&Rename…"), self._pins.ask_name),
                (tr("Re&move"), self._pins.remove),
            ):
                submenu.addAction(text).triggered.connect(partial(chosen, call, position))
        if not pins:
            self._menu.addAction(tr("Nothing is pinned: Ctrl+P pins")).setEnabled(False)
            return
        self._menu.addSeparator()
        self._menu.addAction(tr("Remove &all")).triggered.connect(self._pins.remove_all)


def chosen(call: Callable[[int], None], position: int, _checked: bool = False) -> None:
    """Do what an entry of a menu stands for, whether or not Qt says if it is ticked."""
    call(position)
