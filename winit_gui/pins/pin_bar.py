"""The corner above the panels: a button that pins, and one for each pin, or one for them all."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from winit_core.translation import tr, tr_n
from winit_gui.pins.controller import Pins
from winit_gui.pins.ghost_items import SIGNS
from winit_gui.pins.pin import MAX_PINS, Pin
from winit_gui.pins.pin_menu import PinMenu, chosen
from winit_gui.store import Store
from winit_gui.style import SPACE

_WIDEST = 240
_FEWEST = "– · ·  Nnnnnnnn"
"""What must be readable of a pin that has a button of its own."""
_PIN, _PIN_SHORT = tr("Pin result"), tr("Pin")


class PinBar(QWidget):
    """Shows the pins of a store and lets the user act on them."""

    def __init__(self, store: Store, pins: Pins) -> None:
        super().__init__()
        self._store = store
        self._pins = pins
        self._room = 0
        self.setAccessibleName(tr("Pinned experiments"))
        self.add = QToolButton(self)
        self.add.setText(_PIN)
        self.add.setAccessibleName(tr("Pin this experiment"))
        self.add.setToolTip(
            tr(
                "Keep this experiment as a reference: while you change it, the pinned one stays "
                "in panels 1 to 3 as dashed ghosts (Ctrl+P). The curves of panel 4 have a pin of "
                "their own (P)"
            )
        )
        self.add.clicked.connect(pins.pin)
        self.buttons = [self._made(position) for position in range(MAX_PINS)]
        self.whole = QToolButton(self)
        self.whole.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.whole.setToolTip(tr("All pinned experiments"))
        menu = QMenu(self.whole)
        PinMenu(menu, store, pins)
        self.whole.setMenu(menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 5 * SPACE, 0)
        layout.setSpacing(SPACE)
        for button in (*self.buttons, self.whole, self.add):
            layout.addWidget(button)
        store.pins_changed.connect(self._refresh)
        self._refresh()

    def _made(self, position: int) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("pin")
        button.setCheckable(True)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        button.clicked.connect(partial(self._on_clicked, position))
        menu = QMenu(button)
        for text, call in (
            (tr("&Swap with what is shown"), self._pins.swap),
            (tr("&Rename…"), self._pins.ask_name),
            (tr("Re&move"), self._pins.remove),
        ):
            menu.addAction(text).triggered.connect(partial(chosen, call, position))
        button.setMenu(menu)
        return button

    @property
    def least_width(self) -> int:
        """Pixels that it needs, whatever is pinned."""
        buttons = [self.add, *([self.whole] if self._store.state.pins else [])]
        return sum(button.sizeHint().width() + 2 * SPACE for button in buttons) + 5 * SPACE

    def fit(self, room: int) -> None:
        """Take up at most so many pixels."""
        self._room = room
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        pins = self._store.state.pins
        self.whole.setText(tr_n("{count} pinned", "{count} pinned", len(pins)))
        self._name_add(bool(pins))
        left = self._room - self.add.sizeHint().width() - 7 * SPACE
        share = left // max(len(pins), 1) - SPACE
        metrics = self.add.fontMetrics()
        least = metrics.horizontalAdvance(_FEWEST) + 12 * SPACE
        too_narrow = share < least
        self.whole.setVisible(too_narrow and bool(pins))
        for position, button in enumerate(self.buttons):
            button.setVisible(position < len(pins) and not too_narrow)
            if position < len(pins):
                self._show(button, pins, position, max(min(share, _WIDEST), least))
        self.updateGeometry()  # the tabs give it its size

    def _name_add(self, beside_pins: bool) -> None:
        """Tell the button from panel 4's; where that would cost a tab its name, be short."""
        self.add.ensurePolished()
        metrics = self.add.fontMetrics()
        frame = self.add.sizeHint().width() - metrics.horizontalAdvance(self.add.text())
        needed = metrics.horizontalAdvance(_PIN) + frame + 6 * SPACE
        if beside_pins:
            needed += self.whole.sizeHint().width() + SPACE
        self.add.setText(_PIN if needed <= self._room else _PIN_SHORT)

    def _show(self, button: QToolButton, pins: tuple[Pin, ...], position: int, width: int) -> None:
        pin = pins[position]
        number = sum(other.shown for other in pins[:position])
        sign = f"{SIGNS[number]}  " if pin.shown else ""
        text = sign + pin.name
        button.ensurePolished()
        metrics = button.fontMetrics()
        wanted = metrics.horizontalAdvance(text) + 12 * SPACE
        button.setFixedWidth(min(wanted, width))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - 12 * SPACE)
        button.setText(shown.replace("&", "&&"))
        button.setChecked(pin.shown)
        button.setAccessibleName(tr("Pinned: {name}", name=pin.name))
        button.setToolTip(
            tr(
                "Pinned: {name}. A click hides its ghost; the arrow swaps, renames, removes it",
                name=pin.name,
            )
            if pin.shown
            else tr(
                "Pinned: {name}. A click shows its ghost again; the arrow swaps, renames, removes "
                "it",
                name=pin.name,
            )
        )

    def _on_clicked(self, position: int) -> None:
        self._pins.set_shown(position, self.buttons[position].isChecked())
