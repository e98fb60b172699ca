"""The workspace "Phase plane": every scheme on the plane of the activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QScrollArea, QWidget

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.maps.cache import ResultCache
from winit_core.maps.phase_plane import (
    PhasePlane,
    choice_at,
    correlation_cobweb,
    phase_plane,
    scheme_point,
    variance_cobweb,
)
from winit_core.schemes import SchemeChoice
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.maps.map_page import OneSchemePage
from winit_gui.maps.numbers import plane_csv
from winit_gui.maps.phase_plane_view import PhasePlaneView
from winit_gui.maps.phase_plane_words import off_edge_sentence
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import Theme

_DIGITS = 4  # of a number that is set by dragging


def _rounded(choice: SchemeChoice) -> SchemeChoice:
    """Return a scheme with numbers that can be read: no pixel of the plane is as narrow."""
    short = {
        name: float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
        for name, value in choice.values.items()
    }
    return SchemeChoice(choice.key, short)


class PlanePage(OneSchemePage):
    """The phase plane of the activation, with every scheme on it."""

    def __init__(self, store: Store, cache: ResultCache) -> None:
        super().__init__(
            store,
            cache,
            tr("Phase plane"),
            "phase-plane",
            tr(
                "Where the schemes stand for the shown layer: σ_w² = fan_in × variance of a "
                "weight, σ_b² = variance of a bias. Drag the point: the scheme that is explained "
                "follows."
            ),
        )
        self.found: PhasePlane | None = None
        self.view = PhasePlaneView()
        self.view.point_moved.connect(self._on_moved)
        self.view.point_chosen.connect(self._on_point)
        self.view.scheme_chosen.connect(self._on_scheme)
        scroll = QScrollArea()  # where there is no room for plane and words
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setObjectName("centre")
        scroll.setWidget(self.view)
        self._column.addWidget(scroll, 1)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.view.set_theme(theme)

    def _wanted(self, state: State) -> tuple[Experiment, int, int]:
        index = self._index(state) if state.experiment.schemes else -1
        return state.experiment, state.shown_layer, index

    def _steps(
        self, key: tuple[Experiment, int, int], should_stop: Callable[[], bool]
    ) -> Iterator[Any]:
        experiment, layer, _ = key
        return phase_plane(experiment, layer, should_stop=should_stop)

    def _map_widget(self) -> QWidget:
        return self.view

    def numbers(self) -> str | None:
        """Return the schemes' points and the edge of chaos."""
        return None if self.found is None else plane_csv(self.found)

    def _sentences(self) -> list[str]:
        return self.view.sentences()

    def _show(self, result: PhasePlane) -> None:
        self.found = result
        self.view.show_plane(result)
        state = self._store.state
        if state.experiment.schemes:
            choice = state.experiment.schemes[self._index(state)]
            point = scheme_point(state.experiment, state.shown_layer, choice)
            place = point.sigma_w2, point.sigma_b2
            # The first layer has another σ_w²: no activation stands before it.
            note = off_edge_sentence(choice, result.activation, *place)
            self.view.show_point(*place, wording.scheme_name(choice), note)
            self._on_moved(point.sigma_w2, point.sigma_b2)

    @Slot(float, float)
    def _on_moved(self, sigma_w2: float, sigma_b2: float) -> None:
        activation = self._store.state.experiment.activation
        self.view.show_cobwebs(
            variance_cobweb(activation, sigma_w2, sigma_b2),
            correlation_cobweb(activation, sigma_w2, sigma_b2),
        )

    @Slot(float, float)
    def _on_point(self, sigma_w2: float, sigma_b2: float) -> None:
        state = self._store.state
        if not state.experiment.schemes:
            return
        index = self._index(state)
        schemes = list(state.experiment.schemes)
        try:
            schemes[index] = _rounded(
                choice_at(state.experiment, state.shown_layer, sigma_w2, sigma_b2, schemes[index])
            )
        except ExperimentError as error:
            self._say_about(wording.error_message(error, tr("The point")))
            return
        self._store.update(tr("move on the phase plane"), coalesce=True, schemes=tuple(schemes))

    @Slot(object)
    def _on_scheme(self, choice: Any) -> None:
        schemes = self._store.state.experiment.schemes
        if choice not in schemes:
            schemes = (*schemes, choice)
        label = tr("{scheme} from the phase plane", scheme=choice.label)
        self.case_chosen.emit({"schemes": schemes}, label)
