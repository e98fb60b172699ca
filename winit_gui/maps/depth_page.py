"""The workspace "Depth and width": how deep, how wide, for one scheme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from winit_core.maps.cache import ResultCache
from winit_core.maps.depth_width import DepthMap, DepthRequest, depth_map
from winit_core.translation import tr, tr_n
from winit_gui import wording
from winit_gui.maps.depth_width_view import DepthCase, DepthWidthView
from winit_gui.maps.map_page import OneSchemePage
from winit_gui.maps.numbers import depth_csv
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import Theme


class DepthPage(OneSchemePage):
    """How deep, how wide: the error ratio of one scheme."""

    def __init__(self, store: Store, cache: ResultCache) -> None:
        super().__init__(store, cache, tr("Depth and width"), "depth-and-width", "")
        self.across = self._picker(
            tr("What is varied besides the depth"),
            tr("what is varied besides the depth"),
            "depth_beside",
            {"width": tr("depth × width"), "std": tr("depth × std")},
        )
        self.found: DepthMap | None = None
        self.view = DepthWidthView()
        self.view.case_chosen.connect(self._on_case)
        self._column.addWidget(self.view, 1)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.view.set_theme(theme)

    def _wanted(self, state: State) -> DepthRequest | None:
        if not state.experiment.schemes:
            self._say_about(tr("Tick a scheme to see its map."))
            return None
        choice = state.experiment.schemes[self._index(state)]
        one = replace(state.experiment, schemes=(choice,))
        by_width = self.across.currentData() == "width"
        self._say_about(
            tr(
                "{scheme} with {activation}: how much of the output layer’s error reaches layer 1. "
                "A click, or Enter, opens that net in Compare.",
                scheme=wording.scheme_name(choice) if by_width else "N(0, std²)",
                activation=one.activation.label,
            )
        )
        return DepthRequest.widths(one) if by_width else DepthRequest.stds(one)

    def _steps(self, key: DepthRequest, should_stop: Callable[[], bool]) -> Iterator[Any]:
        return depth_map(key, cache=self._cache, should_stop=should_stop)

    def _show(self, result: DepthMap) -> None:
        self.found = result
        self.view.show_map(result)

    def _map_widget(self) -> QWidget:
        return self.view

    def numbers(self) -> str | None:
        """Return one row per place."""
        return None if self.found is None else depth_csv(self.found)

    def _sentences(self) -> list[str]:
        return [self._about, self.view.key.text()]

    @Slot(object)
    def _on_case(self, case: DepthCase) -> None:
        experiment = case.request.case(case.depth, case.value)
        changes = {
            "schemes": experiment.schemes,
            "hidden_widths": experiment.hidden_widths,
            "overrides": (),
        }
        label = tr_n("{count} layer from the map", "{count} layers from the map", case.depth)
        self.case_chosen.emit(changes, label)
