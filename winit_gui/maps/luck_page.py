"""The workspace "Luck": what another seed would have given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from winit_core.maps.cache import ResultCache
from winit_core.maps.luck import Luck, LuckRequest, Reading, luck
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.maps.luck_view import LuckView, luck_sentence
from winit_gui.maps.map_page import OneSchemePage
from winit_gui.maps.numbers import luck_csv
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import Theme

_LUCKY_NETS = 300


class LuckPage(OneSchemePage):
    """What another seed would have given."""

    def __init__(self, store: Store, cache: ResultCache) -> None:
        super().__init__(store, cache, tr("Luck"), "luck", "")
        self.reading = self._picker(
            tr("What is counted"),
            tr("what is counted"),
            "luck_counts",
            {
                Reading.ERROR.value: tr("error at layer 1"),
                Reading.SIGNAL.value: tr("signal, last layer"),
            },
        )
        self.view = LuckView()
        self.view.seed_chosen.connect(self._on_seed)
        self.found: Luck | None = None
        self._column.addWidget(self.view, 1)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.view.set_theme(theme)

    def _wanted(self, state: State) -> LuckRequest | None:
        if not state.experiment.schemes:
            self._say_about(tr("Tick a scheme to see what another seed would have given."))
            return None
        index = self._index(state)
        name = wording.scheme_name(state.experiment.schemes[index])
        self._say_about(
            tr(
                "{scheme}: {nets} nets that differ in their seed alone, and what theory expects. "
                "A click on a bar, or Enter, opens one of its seeds in Compare.",
                scheme=name,
                nets=_LUCKY_NETS,
            )
        )
        return LuckRequest(state.experiment, index, _LUCKY_NETS)

    def _steps(self, key: LuckRequest, should_stop: Callable[[], bool]) -> Iterator[Any]:
        return luck(key, cache=self._cache, should_stop=should_stop)

    def _map_widget(self) -> QWidget:
        return self.view

    def numbers(self) -> str | None:
        """Return one row per seed."""
        return None if self.found is None else luck_csv(self.found)

    def _sentences(self) -> list[str]:
        if self.found is None:
            return []
        return [self._about, luck_sentence(self.found, Reading(self.reading.currentData()))]

    def _show(self, result: Luck) -> None:
        self.found = result
        self.view.show_luck(result, Reading(self.reading.currentData()))

    def enter(self) -> None:
        """Compute the nets; what is counted of them may be another quantity than before."""
        super().enter()
        if self.found is not None:
            self._show(self.found)

    @Slot(int)
    def _on_seed(self, seed: int) -> None:
        self.case_chosen.emit({"seed": seed}, tr("seed {seed}", seed=seed))
