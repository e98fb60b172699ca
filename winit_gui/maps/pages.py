"""The workspaces beside Compare: each computes one map of the present experiment as it is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

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
from winit_core.maps.short_training import STEPS
from winit_core.maps.training_matrix import TrainingMatrix, TrainingRequest, training_matrix
from winit_core.maps.verdict_matrix import SEEDS, Case, MatrixRequest, VerdictMatrix, verdict_matrix
from winit_core.schemes import SchemeChoice
from winit_gui import wording
from winit_gui.exports import picture
from winit_gui.maps.cell_looks import SHOWN_LABELS, Shown
from winit_gui.maps.depth_width_view import DepthCase, DepthWidthView
from winit_gui.maps.document_view import DocumentView
from winit_gui.maps.luck_view import LuckView, luck_sentence
from winit_gui.maps.map_report import map_report
from winit_gui.maps.matrix_view import MatrixView
from winit_gui.maps.numbers import depth_csv, luck_csv, matrix_csv, plane_csv
from winit_gui.maps.phase_plane_view import PhasePlaneView, off_edge_sentence
from winit_gui.maps.take_along import MARGIN, TakeAlong
from winit_gui.maps.typography import rich
from winit_gui.runner import Job, Runner
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import SPACE, Theme

_LUCKY_NETS = 300
_DIGITS = 4  # of a number that is set by dragging
_UNLEARNABLE = frozenset({"gaussian"})
"""Data with labels that nothing about an input tells."""

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
        self._title = title
        self._pickers: dict[str, QComboBox] = {}
        self._key: object = None
        self._takes_long = False
        self._runner = Runner()
        self._runner.told.connect(self._show)
        self._runner.failed.connect(self._on_failed)
        self._runner.busy_changed.connect(self._on_busy)
        heading = QLabel(title)
        heading.setObjectName("panelTitle")
        self.about = QLabel()
        self.about.setObjectName("sentence")
        self.about.setWordWrap(True)
        self._say_about(about)
        self.refusal = QLabel()
        self.refusal.setObjectName("error")
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("Stop computing; what is known so far is kept")
        self.stop.clicked.connect(self._on_stop)
        self.stop.hide()
        self.tools = QHBoxLayout()
        self.tools.setSpacing(2 * SPACE)
        self.tools.addWidget(self.stop)
        self.export = TakeAlong(self)
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(heading, 1)
        head.addLayout(self.tools)
        head.addWidget(self.export)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(head)
        self._column.addWidget(self.about)
        self._column.addWidget(self.refusal)
        store.view_changed.connect(self._on_view)

    def enter(self) -> None:
        """Compute what the present experiment asks for, unless it is on screen."""
        self._show_choices()
        key = self._wanted(self._store.state)
        if key is None:
            self.leave()
        elif key != self._key:
            self._key = key
            self.refusal.hide()
            self._is_computing(True)
            self.stop.setVisible(self._takes_long)  # of work that goes on, nothing is said again
            self._runner.submit(told(self._runner, partial(self._steps, key)))

    def leave(self) -> None:
        """Stop; what was found is kept in the cache."""
        self._key = None
        self._runner.cancel()
        self.stop.hide()

    def close_work(self) -> None:
        """Stop for good."""
        self._runner.close()

    @property
    def is_busy(self) -> bool:
        """Whether something is being computed."""
        return not self._runner.idle

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme; subclasses do it."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        """Give the map the keyboard: its arrow keys move the cursor."""
        super().showEvent(event)
        self._map_widget().setFocus(Qt.FocusReason.OtherFocusReason)

    def _map_widget(self) -> QWidget:
        raise NotImplementedError

    # What can be taken along

    def file_name(self) -> str:
        """Return a name for its files, without an ending."""
        return self._title.lower().rstrip("?").replace(" ", "-")

    def pictured(self) -> QWidget:
        """Return what its picture shows."""
        return self

    def numbers(self) -> str | None:
        """Return its numbers as CSV; None as long as there are none."""
        raise NotImplementedError

    def report(self) -> str | None:
        """Return a report as HTML; None as long as there is nothing to report."""
        numbers = self.numbers()
        if numbers is None:
            return None
        return map_report(
            self._title,
            self._sentences(),
            self._store.state.experiment,
            picture.to_png(self.pictured(), 2, MARGIN),
            numbers,
            self._report_extra(),
        )

    def _sentences(self) -> list[str]:
        """Return what the map says, in plain text; subclasses do it."""
        raise NotImplementedError

    def _report_extra(self) -> str:
        return ""

    # Computing

    def _wanted(self, state: State) -> Any:
        raise NotImplementedError

    def _steps(self, key: Any, should_stop: Callable[[], bool]) -> Iterator[Any]:
        raise NotImplementedError

    def _show(self, result: Any) -> None:
        raise NotImplementedError

    def _say_about(self, text: str) -> None:
        """Say what is shown; plain text, in which σ_w² has its index below the line."""
        self._about = text
        self.about.setText(rich(text))

    def _is_computing(self, computing: bool) -> None:
        self.stop.setText("Stop" if computing else "Go on")
        self.stop.setToolTip(
            "Stop computing; what is known so far is kept"
            if computing
            else "Compute what is missing; what is known is not computed again"
        )

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        self._takes_long = busy
        self.stop.setVisible(busy)

    @Slot()
    def _on_stop(self) -> None:
        if self.is_busy:
            self._runner.cancel()
            self._is_computing(False)
            self.stop.show()
        else:
            self._key = None
            self.enter()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        said = f"This map cannot be computed: {error}"
        if isinstance(error, ExperimentError):
            said = wording.error_message(error, wording.FIELD_LABELS.get(error.field, error.field))
        self.refusal.setText(said)
        self.refusal.show()

    def _picker(self, name: str, held_in: str, items: dict[str, str]) -> QComboBox:
        """Return a choice of this map that is kept in a field of the view."""
        combo = QComboBox()
        for key, label in items.items():
            combo.addItem(label, key)
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        combo.activated.connect(self._on_choice)
        self.tools.addWidget(combo)
        self._pickers[held_in] = combo
        self._show_choices()
        return combo

    def _show_choices(self) -> None:
        """Let the pickers follow the view."""
        for field, combo in self._pickers.items():
            combo.setCurrentIndex(combo.findData(getattr(self._store.state.view, field)))

    @Slot()
    def _on_choice(self) -> None:
        for field, combo in self._pickers.items():
            if combo.currentData() != getattr(self._store.state.view, field):
                label = f"{combo.accessibleName().lower()}: {combo.currentText()}"
                self._store.update_view(label, **{field: combo.currentData()})

    @Slot()
    def _on_view(self) -> None:
        if self.isVisible():
            self.enter()


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


_MatrixKey = tuple[MatrixRequest, TrainingRequest | None]


class MatrixPage(MapPage):
    """Which is better: every scheme with every activation."""

    def __init__(self, store: Store, cache: ResultCache) -> None:
        super().__init__(store, cache, "Which is better?", "")
        self.rows = self._picker(
            "Which schemes",
            "matrix_rows",
            {"all": "all schemes", "compared": "compared schemes"},
        )
        self.shown = self._picker(
            "What the cells show",
            "matrix_cells",
            {shown.value: label for shown, label in SHOWN_LABELS.items()},
        )
        self.found: VerdictMatrix | None = None
        self.trained: TrainingMatrix | None = None
        self.matrix = MatrixView()
        self.document = DocumentView()
        for view in (self.matrix, self.document):
            view.case_chosen.connect(self._on_case)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.addWidget(self.matrix)
        self._split.addWidget(self.document)
        self._split.splitterMoved.connect(self._on_split)
        self._split.setHandleWidth(3 * SPACE)
        self._split_by_hand = False
        self._column.addWidget(self._split, 1)
        store.training_changed.connect(self._on_training)

    def enter(self) -> None:
        """Compute what is asked for; trainings of another kind go off the screen at once."""
        super().enter()
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.matrix.set_theme(theme)
        self.document.set_theme(theme)
        self._arrange()

    def numbers(self) -> str | None:
        """Return one row per pair."""
        return None if self.found is None else matrix_csv(self.found, self._trained_here())

    def _map_widget(self) -> QWidget:
        return self.matrix

    def _sentences(self) -> list[str]:
        return [self._about, self.matrix.progress.text()]

    def _report_extra(self) -> str:
        return self.document.html

    def _shown(self) -> Shown:
        return Shown(self.shown.currentData())

    def _wanted(self, state: State) -> _MatrixKey:
        self._say_about(self._what_is_shown(state))
        return self._matrix_wanted(state), self._training_wanted(state)

    def _matrix_wanted(self, state: State) -> MatrixRequest:
        whole = MatrixRequest.whole(state.experiment)
        chosen = state.experiment.schemes
        if self.rows.currentData() == "all" or not chosen:
            return whole
        return replace(whole, schemes=chosen)

    def _training_wanted(self, state: State) -> TrainingRequest | None:
        if self._shown() is Shown.ERROR or state.experiment.dataset in _UNLEARNABLE:
            return None
        return TrainingRequest.short(self._matrix_wanted(state), state.training)

    def _what_is_shown(self, state: State) -> str:
        training = state.training
        if self._shown() is Shown.ERROR:
            return (
                f"Each scheme with every activation on this network, {SEEDS} nets each, measured. "
                "A click, or Enter, opens that case in Compare."
            )
        if state.experiment.dataset in _UNLEARNABLE:
            return (
                "The labels of Gaussian noise are random: there is nothing to learn. Choose other "
                "data on the left to see what training makes of every pair."
            )
        return (
            f"One net of every pair after {STEPS} steps of "
            f"{wording.OPTIMIZER_LABELS[training.optimizer]} (learning rate "
            f"{wording.exact_number(training.learning_rate)}, batches of {training.batch_size}); "
            "signs: before training. A click opens it in Compare."
        )

    def _steps(self, key: _MatrixKey, should_stop: Callable[[], bool]) -> Iterator[Any]:
        matrix, training = key
        verdicts = verdict_matrix(matrix, cache=self._cache, should_stop=should_stop)
        if training is not None:
            # What is asked for comes first; the signs beside it are coarse until it is there.
            for found in verdicts:
                yield found
                if all(cell is not None for row in found.cells for cell in row):
                    break
            yield from training_matrix(training, cache=self._cache, should_stop=should_stop)
        yield from verdicts

    def _show(self, result: VerdictMatrix | TrainingMatrix) -> None:
        if isinstance(result, VerdictMatrix):
            self.found = result
        else:
            self.trained = result
        self._draw()

    def _trained_here(self) -> TrainingMatrix | None:
        """Return the trainings, where they are asked for and belong to what is shown."""
        if self.trained is None or self.found is None or self._shown() is Shown.ERROR:
            return None
        wanted = self._training_wanted(self._store.state)
        same = self.trained.request == wanted and wanted.matrix == self.found.request
        return self.trained if same else None

    @Slot()
    def _draw(self) -> None:
        if self.found is None:
            return
        first = self.matrix.is_empty
        trained = self._trained_here()
        self.matrix.show_matrix(self.found, trained, self._shown())
        self.document.show_matrix(self.found, trained)
        if first:
            self._arrange()

    @Slot()
    def _on_training(self) -> None:
        if self.isVisible():
            self.enter()

    # Room

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give both parts their room."""
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _on_split(self) -> None:
        self._split_by_hand = True

    def _arrange(self) -> None:
        """Put the document's table beside the matrix, or below it where that is too wide."""
        wanted = self.matrix.wanted_size
        beside = self._split.width() >= wanted.width() + self.document.least_width
        orientation = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if orientation is not self._split.orientation():
            self._split.setOrientation(orientation)
            self._split_by_hand = False
        if self._split_by_hand:
            return
        if beside:
            whole = self._split.width()
            matrix = max(wanted.width(), round(0.64 * whole))
        else:
            whole = self._split.height()
            matrix = max(min(wanted.height(), round(0.86 * whole)), round(0.6 * whole))
        self._split.setSizes([matrix, max(whole - matrix, 1)])

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
            "What is varied besides the depth",
            "depth_beside",
            {"width": "depth × width", "std": "depth × std"},
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
            self._say_about("Tick a scheme to see its map.")
            return None
        one = _with_scheme(state.experiment, self._index(state))
        name = wording.scheme_name(one.schemes[0])
        by_width = self.across.currentData() == "width"
        what = name if by_width else "N(0, std²)"
        self._say_about(
            f"{what} with {one.activation.label}: how much of the output layer’s error reaches "
            "layer 1. A click, or Enter, opens that net in Compare."
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
        self.case_chosen.emit(changes, f"{case.depth} layers from the map")


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
            "Phase plane",
            "Where the schemes stand for the shown layer: σ_w² = fan_in × variance of a weight, "
            "σ_b² = variance of a bias. Drag the point: the scheme that is explained follows.",
        )
        self.found: PhasePlane | None = None
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
            self._say_about(wording.error_message(error, "The point"))
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
            "luck_counts",
            {Reading.ERROR.value: "error at layer 1", Reading.SIGNAL.value: "signal, last layer"},
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
            self._say_about("Tick a scheme to see what another seed would have given.")
            return None
        index = self._index(state)
        name = wording.scheme_name(state.experiment.schemes[index])
        self._say_about(
            f"{name}: {_LUCKY_NETS} nets that differ in their seed alone, and what theory expects. "
            "A click on a bar, or Enter, opens one of its seeds in Compare."
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
        self.case_chosen.emit({"seed": seed}, f"seed {seed}")


PAGES: tuple[Callable[[Store, ResultCache], MapPage], ...] = (
    MatrixPage,
    DepthPage,
    PlanePage,
    LuckPage,
)
