"""The workspace "Which is better?": every scheme with every activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from winit_core.maps.cache import ResultCache
from winit_core.maps.short_training import STEPS
from winit_core.maps.training_matrix import TrainingMatrix, TrainingRequest, training_matrix
from winit_core.maps.verdict_matrix import SEEDS, Case, MatrixRequest, VerdictMatrix, verdict_matrix
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.maps.cell_looks import SHOWN_LABELS, Shown
from winit_gui.maps.document_view import DocumentView
from winit_gui.maps.map_page import MapPage
from winit_gui.maps.matrix_view import MatrixView
from winit_gui.maps.numbers import matrix_csv
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import SPACE, Theme

_UNLEARNABLE = frozenset({"gaussian"})
"""Data with labels that nothing about an input tells."""

_MatrixKey = tuple[MatrixRequest, TrainingRequest | None]


class MatrixPage(MapPage):
    """Which is better: every scheme with every activation."""

    def __init__(self, store: Store, cache: ResultCache) -> None:
        super().__init__(store, cache, tr("Which is better?"), "which-is-better", "")
        self.rows = self._picker(
            tr("Which schemes"),
            tr("which schemes"),
            "matrix_rows",
            {"all": tr("all schemes"), "compared": tr("compared schemes")},
        )
        self.shown = self._picker(
            tr("What the cells show"),
            tr("what the cells show"),
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
            return tr(
                "Each scheme with every activation on this network, {nets} nets each, measured. "
                "A click, or Enter, opens that case in Compare.",
                nets=SEEDS,
            )
        if state.experiment.dataset in _UNLEARNABLE:
            return tr(
                "The labels of Gaussian noise are random: there is nothing to learn. Choose other "
                "data on the left to see what training makes of every pair."
            )
        return tr(
            "One net of every pair after {steps} steps of {optimizer} (learning rate {rate}, "
            "batches of {batch}); signs: before training. A click opens it in Compare.",
            steps=STEPS,
            optimizer=wording.OPTIMIZER_LABELS[training.optimizer],
            rate=wording.exact_number(training.learning_rate),
            batch=training.batch_size,
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
        label = tr(
            "{scheme} with {activation}",
            scheme=case.choice.label,
            activation=case.activation.label,
        )
        self.case_chosen.emit({"schemes": schemes, "activation": case.activation}, label)
