"""Help that points and explains: the tour, the definitions, the About box."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from winit_core.translation import tr
from winit_gui.definitions import of_panel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from winit_gui.dialogs.definitions import DefinitionsDialog
    from winit_gui.tour import Tour
    from winit_gui.window import Window


class Help(QObject):
    """Opens what the Help menu of a window offers; made when it is first asked for."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._definitions: DefinitionsDialog | None = None
        self.tour: Tour | None = None

    @Slot()
    @Slot(int)
    def define(self, panel: int = 0) -> None:
        """Show what a panel draws; without a number, the enlarged panel's, or all."""
        view = self._window.store.state.view
        number = panel or view.enlarged
        self.define_quantity(of_panel(number, view) if number else "layers")

    @Slot(str)
    def define_quantity(self, key: str) -> None:
        """Show the definition of a key."""
        from winit_gui.dialogs.definitions import DefinitionsDialog

        if self._definitions is None:
            self._definitions = DefinitionsDialog(self._window)
        self._definitions.show_entry(key)

    @property
    def definitions(self) -> DefinitionsDialog | None:
        """The page of definitions, if it was opened."""
        return self._definitions

    @Slot()
    def about(self) -> None:
        """Show versions and licences."""
        from winit_gui.dialogs.about import show_about

        show_about(self._window)

    def offer_tour(self) -> None:
        """Show the hints to a newcomer, and never again by themselves."""
        preferences = self._window.preferences
        if not preferences.toured:
            self._window.prefer(replace(preferences, toured=True))
            self.start_tour()

    @Slot()
    def start_tour(self) -> None:
        """Show the five hints, from the first."""
        from winit_gui.tour import Hint, Tour

        if self.tour is not None:
            return
        window = self._window
        window.tabs.setCurrentIndex(0)
        window.commands.show_all()

        def first_card() -> QWidget:
            return window.cards.cards[0] if window.cards.cards else window.cards

        self.tour = Tour(
            window,
            (
                Hint(
                    tr("Choose what to compare"),
                    tr(
                        "Tick schemes here; the arrow opens a scheme’s parameters. Activation, "
                        "network and data follow below."
                    ),
                    lambda: window.side,
                ),
                Hint(
                    tr("Four panels, cause and effect"),
                    tr(
                        "Weights make the signal, the signal makes the gradient, the gradient "
                        "makes the learning. Keys 1 to 4 enlarge a panel, ? says what it shows."
                    ),
                    lambda: window.weights,
                ),
                Hint(
                    tr("The verdict, with its proof"),
                    tr(
                        "A card per scheme. A click on it explains why; the blue line applies a "
                        "remedy, and Ctrl+Z takes it back."
                    ),
                    first_card,
                ),
                Hint(
                    tr("See who learns"),
                    tr(
                        "Train (Ctrl+T) runs all nets on the same batches; the other panels follow."
                    ),
                    lambda: window.learning,
                ),
                Hint(
                    tr("Keep it, and change one thing"),
                    tr(
                        "Pin result (Ctrl+P) keeps this experiment as dashed ghosts. The tabs "
                        "beside it are maps of what would happen elsewhere. F1 lists all keys."
                    ),
                    lambda: window.pin_bar,
                ),
            ),
        )
        self.tour.ended.connect(self._on_tour_ended)

    @Slot()
    def _on_tour_ended(self) -> None:
        self.tour = None
        self._window.setFocus()
