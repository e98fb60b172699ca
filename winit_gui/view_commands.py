"""What keys, menus and clicks change of the view."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from winit_core.translation import tr
from winit_gui.highlight import Highlight
from winit_gui.state import View
from winit_gui.store import Store


class ViewCommands(QObject):
    """Changes the view of a store, each time as a step that can be undone.

    Signals
    -------
    explained()
        A scheme was asked to be explained.
    """

    explained = Signal()

    def __init__(self, store: Store, highlight: Highlight) -> None:
        super().__init__()
        self._store = store
        self._highlight = highlight
        self._view = store.state.view
        self._explained_last = False
        store.view_changed.connect(self._on_view)
        self._opening = QTimer(self)  # a click may be the first half of a double click
        self._opening.setSingleShot(True)
        self._opening.setInterval(QApplication.doubleClickInterval())
        self._opening.timeout.connect(self._open_details)

    @Slot()
    def toggle_theory(self) -> None:
        """Draw predictions over the measurement, or not."""
        theory = not self._store.state.view.theory
        self._store.update_view(tr("show theory") if theory else tr("hide theory"), theory=theory)

    @property
    def explanation_is_next(self) -> bool:
        """Whether going back closes the explanation before anything else."""
        view = self._store.state.view
        return view.explain and (self._explained_last or not (view.enlarged or view.details))

    @Slot(object)
    def _on_view(self, view: View) -> None:
        """Note what was opened last."""
        before, self._view = self._view, view
        if (view.details and not before.details) or view.enlarged not in (0, before.enlarged):
            self._explained_last = False
        elif view.explain and not before.explain:
            self._explained_last = True

    @Slot()
    def toggle_explain(self) -> None:
        """Explain the scheme that is brought forward; where that is done, or none is, toggle."""
        view, forward = self._store.state.view, self._highlight.index
        last = len(self._store.state.experiment.schemes) - 1
        if 0 <= forward <= last and forward != min(view.selected, last):
            self.explain_scheme(forward)
        elif view.explain:
            self.close_explanation()
        else:
            self._store.update_view(tr("explain"), explain=True)
            self.explained.emit()

    @Slot()
    def close_explanation(self) -> None:
        """Close the explaining pane."""
        self._store.update_view(tr("close explanation"), explain=False)

    @Slot(int)
    def explain_scheme(self, index: int) -> None:
        """Explain one of the compared schemes."""
        self._store.update_view(tr("explain a scheme"), explain=True, selected=index)
        self.explained.emit()

    @Slot(int)
    def turn_explanation(self, step: int) -> None:
        """Explain the scheme so many places on."""
        count = len(self._store.state.experiment.schemes)
        present = min(self._store.state.view.selected, count - 1)
        self._store.update_view(tr("explain a scheme"), selected=(present + step) % count)

    @Slot(int)
    def toggle_enlarged(self, number: int) -> None:
        """Let a panel fill the window, or all four."""
        enlarged = 0 if self._store.state.view.enlarged == number else number
        label = tr("panel {number} alone", number=number) if enlarged else tr("all panels")
        self._store.update_view(label, enlarged=enlarged)

    @Slot()
    def show_all(self) -> None:
        """Close the distributions, if they are open; else show all panels."""
        if self._store.state.view.details:
            self.toggle_details()
        else:
            self._store.update_view(tr("all panels"), enlarged=0)

    @Slot()
    def toggle_details(self) -> None:
        """Open the distributions in the shown layer, or close them."""
        details = not self._store.state.view.details
        label = tr("distributions in a layer") if details else tr("close the distributions")
        self._store.update_view(label, details=details)

    @Slot()
    def open_details_soon(self) -> None:
        """Open the distributions unless the click turns out to be half of a double click."""
        if not self._store.state.view.details:
            self._opening.start()

    @Slot()
    def stay_closed(self) -> None:
        """Take that back: it was a double click, or the end."""
        self._opening.stop()

    @Slot()
    def _open_details(self) -> None:
        if not self._store.state.view.details:
            self.toggle_details()
