"""The workspaces beside Compare: each computes one map of the present experiment as it is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.maps.cache import ResultCache
from winit_core.maps.depth_width import DepthMap, DepthRequest, depth_map
from winit_core.maps.luck import Luck, LuckRequest, Reading, luck
from winit_core.maps.phase_plane import (
    PhasePlane,
    choice_at,
    correlation_cobweb,
    phase_plane,
    scheme_point,
    variance_cobweb,
)
from winit_core.maps.verdict_matrix import Case, MatrixRequest, VerdictMatrix, verdict_matrix
from winit_gui import wording
from winit_gui.maps.depth_width_view import DepthCase, DepthWidthView
from winit_gui.maps.document_view import DocumentView
from winit_gui.maps.luck_view import LuckView
from winit_gui.maps.matrix_view import MatrixView
from winit_gui.maps.phase_plane_view import PhasePlaneView
from winit_gui.runner import Job, Runner
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import SPACE, Theme

_LUCKY_NETS = 300

Steps = Callable[[Callable[[], bool]], Iterator[Any]]


def told(runner: Runner, steps: Steps) -> Job:
    """Return a job that delivers every result of a generator."""

    def job(should_stop: Callable[[], bool]) -> None:
        for result in steps(should_stop):
            runner.tell(result)

    return job


class MapPage(QWidget):
    """One workspace; it computes only while it is on screen.

    Signals
    -------
    case_chosen(object, str)
        Changed fields of the experiment that open a place of the map in Compare, and a label.
    """

    case_chosen = Signal(object, str)

    def __init__(self, store: Store, cache: ResultCache, title: str, about: str) -> None:
        super().__init__()
        self._store = store
        self._cache = cache
        self._key: object = None
        self._runner = Runner()
        self._runner.told.connect(self._show)
        heading = QLabel(title)
        heading.setObjectName("panelTitle")
        self.about = QLabel(about)
        self.about.setObjectName("sentence")
        self.about.setWordWrap(True)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(2 * SPACE)
        head = QHBoxLayout()
        head.addWidget(heading, 1)
        head.addLayout(self.tools)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(head)
        self._column.addWidget(self.about)

    def enter(self) -> None:
        """Compute what the present experiment asks for, unless it is on screen."""
        key = self._wanted(self._store.state)
        if key is None:
            self.leave()
        elif key != self._key:
            self._key = key
            self._runner.submit(told(self._runner, partial(self._steps, key)))

    def leave(self) -> None:
        """Stop; what was found is kept in the cache."""
        self._key = None
        self._runner.cancel()

    def close_work(self) -> None:
        """Stop for good."""
        self._runner.close()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme; subclasses do it."""
        raise NotImplementedError

    def _wanted(self, state: State) -> Any:
        raise NotImplementedError

    def _steps(self, key: Any, should_stop: Callable[[], bool]) -> Iterator[Any]:
        raise NotImplementedError

    def _show(self, result: Any) -> None:
        raise NotImplementedError

    def _picker(self, name: str, items: dict[str, str]) -> QComboBox:
        combo = QComboBox()
        for key, label in items.items():
            combo.addItem(label, key)
        combo.setAccessibleName(name)
        combo.activated.connect(self.enter)
        self.tools.addWidget(combo)
        return combo


def _selected(state: State) -> int:
    """Return which compared scheme the maps of one scheme are about."""
    return min(state.view.selected, len(state.experiment.schemes) - 1)


def _random_one(state: State) -> int:
    """Return the selected scheme, or the first random one where that has no weights to scale."""
    selected, layer = _selected(state), state.shown_layer
    order = [selected, *range(len(state.experiment.schemes))]
    spread = [i for i in order if state.experiment.weight_law(i, layer).std > 0]
    return spread[0] if spread else selected


def _with_scheme(experiment: Experiment, index: int) -> Experiment:
    return replace(experiment, schemes=(experiment.schemes[index],))


class OneSchemePage(MapPage):
    """A workspace about one of the compared schemes, which can be chosen here, too."""

    def __init__(self, store: Store, cache: ResultCache, title: str, about: str) -> None:
        super().__init__(store, cache, title, about)
        self.scheme = QComboBox()
        self.scheme.setAccessibleName("Scheme of this map")
        self.scheme.activated.connect(self._on_picked)
        self.tools.addWidget(self.scheme)

    def _index(self, state: State) -> int:
        """Return the scheme that is meant, and show it in the list."""
        index = _random_one(state)
        names = [wording.scheme_name(choice) for choice in state.experiment.schemes]
        if names != [self.scheme.itemText(i) for i in range(self.scheme.count())]:
            self.scheme.clear()
            self.scheme.addItems(names)
        self.scheme.setCurrentIndex(index)
        return index

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        self._store.update_view("scheme of the map", selected=index)
        self.enter()


class MatrixPage(MapPage):
    """Which is better: every scheme with every activation."""

    def __init__(self, store: Store, cache: ResultCache) -> None:
        super().__init__(
            store,
            cache,
            "Which is better?",
            "Every scheme with every activation on this network, 8 nets each, measured. A click, "
            "or Enter, opens that case in Compare.",
        )
        self.matrix = MatrixView()
        self.document = DocumentView()
        for view in (self.matrix, self.document):
            view.case_chosen.connect(self._on_case)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.matrix)
        split.addWidget(self.document)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        self._column.addWidget(split, 1)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.matrix.set_theme(theme)
        self.document.set_theme(theme)

    def _wanted(self, state: State) -> MatrixRequest:
        return MatrixRequest.whole(state.experiment)

    def _steps(self, key: MatrixRequest, should_stop: Callable[[], bool]) -> Iterator[Any]:
        return verdict_matrix(key, cache=self._cache, should_stop=should_stop)

    def _show(self, result: VerdictMatrix) -> None:
        self.matrix.show_matrix(result)
        self.document.show_matrix(result)

    @Slot(object)
    def _on_case(self, case: Case) -> None:
        schemes = self._store.state.experiment.schemes
        if case.choice not in schemes:
            schemes = (*schemes, case.choice)
        label = f"{case.choice.label} with {case.activation.label}"
        self.case_chosen.emit({"schemes": schemes, "activation": case.activation}, label)


class DepthPage(OneSchemePage):
    """How deep, how wide: the error ratio of one scheme."""

    def __init__(self, store: Store, cache: ResultCache) -> None:
        super().__init__(store, cache, "Depth and width", "")
        self.across = self._picker(
            "What is varied besides the depth", {"width": "depth × width", "std": "depth × std"}
        )
        self.view = DepthWidthView()
        self.view.case_chosen.connect(self._on_case)
        self._column.addWidget(self.view, 1)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.view.set_theme(theme)

    def _wanted(self, state: State) -> DepthRequest | None:
        if not state.experiment.schemes:
            self.about.setText("Tick a scheme to see its map.")
            return None
        one = _with_scheme(state.experiment, self._index(state))
        name = wording.scheme_name(one.schemes[0])
        by_width = self.across.currentData() == "width"
        what = name if by_width else "N(0, std²)"
        self.about.setText(
            f"{what} with {one.activation.label}: how much of the output layer’s error reaches "
            "layer 1. A click opens that net in Compare."
        )
        return DepthRequest.widths(one) if by_width else DepthRequest.stds(one)

    def _steps(self, key: DepthRequest, should_stop: Callable[[], bool]) -> Iterator[Any]:
        return depth_map(key, cache=self._cache, should_stop=should_stop)

    def _show(self, result: DepthMap) -> None:
        self.view.show_map(result)

    @Slot(object)
    def _on_case(self, case: DepthCase) -> None:
        experiment = case.request.case(case.depth, case.value)
        changes = {
            "schemes": experiment.schemes,
            "hidden_widths": experiment.hidden_widths,
            "overrides": (),
        }
        self.case_chosen.emit(changes, f"{case.depth} layers from the map")


class PlanePage(OneSchemePage):
    """The phase plane of the activation, with every scheme on it."""

    def __init__(self, store: Store, cache: ResultCache) -> None:
        super().__init__(
            store,
            cache,
            "Phase plane",
            "Where the schemes stand for the shown layer: σ_w² = fan_in × variance of a weight, "
            "σ_b² = variance of a bias. Drag the point: the scheme that is explained follows.",
        )
        self.view = PhasePlaneView()
        self.view.point_moved.connect(self._on_moved)
        self.view.point_chosen.connect(self._on_point)
        self.view.scheme_chosen.connect(self._on_scheme)
        self._column.addWidget(self.view, 1)

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

    def _show(self, result: PhasePlane) -> None:
        self.view.show_plane(result)
        state = self._store.state
        if state.experiment.schemes:
            choice = state.experiment.schemes[self._index(state)]
            point = scheme_point(state.experiment, state.shown_layer, choice)
            self.view.show_point(point.sigma_w2, point.sigma_b2, wording.scheme_name(choice))
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
            schemes[index] = choice_at(
                state.experiment, state.shown_layer, sigma_w2, sigma_b2, schemes[index]
            )
        except ExperimentError as error:
            self.about.setText(wording.error_message(error, "The point"))
            return
        self._store.update("move on the phase plane", coalesce=True, schemes=tuple(schemes))

    @Slot(object)
    def _on_scheme(self, choice: Any) -> None:
        schemes = self._store.state.experiment.schemes
        if choice not in schemes:
            schemes = (*schemes, choice)
        self.case_chosen.emit({"schemes": schemes}, f"{choice.label} from the phase plane")


class LuckPage(OneSchemePage):
    """What another seed would have given."""

    def __init__(self, store: Store, cache: ResultCache) -> None:
        super().__init__(store, cache, "Luck", "")
        self.reading = self._picker(
            "What is counted",
            {Reading.ERROR.value: "error at layer 1", Reading.SIGNAL.value: "signal, last layer"},
        )
        self.reading.activated.connect(self._on_reading)
        self.view = LuckView()
        self.view.seed_chosen.connect(self._on_seed)
        self.found: Luck | None = None
        self._column.addWidget(self.view, 1)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.view.set_theme(theme)

    def _wanted(self, state: State) -> LuckRequest | None:
        if not state.experiment.schemes:
            self.about.setText("Tick a scheme to see what another seed would have given.")
            return None
        index = self._index(state)
        name = wording.scheme_name(state.experiment.schemes[index])
        self.about.setText(
            f"{name}: {_LUCKY_NETS} nets that differ in their seed alone, and what theory expects. "
            "A click on a bar opens one of its seeds in Compare."
        )
        return LuckRequest(state.experiment, index, _LUCKY_NETS)

    def _steps(self, key: LuckRequest, should_stop: Callable[[], bool]) -> Iterator[Any]:
        return luck(key, cache=self._cache, should_stop=should_stop)

    def _show(self, result: Luck) -> None:
        self.found = result
        self.view.show_luck(result, Reading(self.reading.currentData()))

    @Slot()
    def _on_reading(self) -> None:
        if self.found is not None:
            self._show(self.found)

    @Slot(int)
    def _on_seed(self, seed: int) -> None:
        self.case_chosen.emit({"seed": seed}, f"seed {seed}")


PAGES: tuple[Callable[[Store, ResultCache], MapPage], ...] = (
    MatrixPage,
    DepthPage,
    PlanePage,
    LuckPage,
)
