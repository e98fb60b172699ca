"""The matrix of schemes and activations with what its cell under the cursor says."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from winit_core.maps.training_matrix import TrainingMatrix
from winit_core.maps.verdict_matrix import VerdictMatrix
from winit_core.translation import tr
from winit_gui.maps.cell_looks import (
    LEGENDS,
    Shown,
    progress_sentence,
    training_progress_sentence,
)
from winit_gui.maps.matrix_grid import MatrixGrid
from winit_gui.maps.scale_bar import ScaleBar
from winit_gui.maps.sign_legend import SignLegend
from winit_gui.style import SENTENCE_POINTS, SPACE, Theme, font


class MatrixView(QWidget):
    """The table with what its cell under the cursor says, its signs and its colours.

    Signals
    -------
    case_chosen(object)
        A `winit_core.maps.verdict_matrix.Case`: this scheme with this activation was asked for.
    """

    case_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._matrix: VerdictMatrix | None = None
        self.grid = MatrixGrid()
        self.readout = QLabel(tr("Nothing is computed yet"))
        self.readout.setWordWrap(True)
        self.readout.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QLabel()
        self.progress.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.legend = SignLegend()
        self.scale = ScaleBar()
        self.grid.moved.connect(self._on_moved)
        self.grid.chosen.connect(self._on_chosen)
        first = QHBoxLayout()
        first.addWidget(self.readout, 1)
        first.addWidget(self.progress)
        second = QHBoxLayout()
        second.setSpacing(4 * SPACE)
        second.addWidget(self.legend, 1)
        second.addWidget(self.scale)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.grid, 1)
        layout.addLayout(first)
        layout.addLayout(second)
        self.setFocusProxy(self.grid)

    def set_theme(self, theme: Theme) -> None:
        """Take colours and sizes of a theme."""
        for part in (self.grid, self.legend, self.scale):
            part.set_theme(theme)
        self.readout.setFont(font(theme, SENTENCE_POINTS))
        self.progress.setFont(font(theme, SENTENCE_POINTS))
        self.readout.setStyleSheet(f"color: {theme.text}")
        self.progress.setStyleSheet(f"color: {theme.muted}")
        # Two lines, so that the table does not jump when one is enough.
        self.readout.setMinimumHeight(round(2 * QFontMetricsF(self.readout.font()).height()))

    def show_matrix(
        self,
        matrix: VerdictMatrix,
        trained: TrainingMatrix | None = None,
        shown: Shown = Shown.ERROR,
    ) -> None:
        """Draw a matrix, complete or not, and what short trainings made of it, where asked for."""
        self._matrix = matrix
        self.grid.show_matrix(matrix, trained, shown)
        self.scale.show_legend(LEGENDS[shown])
        said = progress_sentence(matrix)
        if trained is not None:
            said = training_progress_sentence(trained, matrix)
        self.progress.setText(said)
        self._on_moved(*self.grid.cursor_cell)

    @property
    def wanted_size(self) -> QSize:
        """The size at which nothing has to be scrolled, nor to be small."""
        grid = self.grid.sizeHint()
        return QSize(grid.width(), self.height() - self.grid.height() + grid.height())

    @property
    def is_empty(self) -> bool:
        """Whether nothing was shown yet."""
        return self._matrix is None

    @Slot(int, int)
    def _on_moved(self, row: int, column: int) -> None:
        if self._matrix is not None:
            text = self.grid.sentence(row, column)
            self.readout.setText(text)
            self.grid.setAccessibleDescription(text)

    @Slot(int, int)
    def _on_chosen(self, row: int, column: int) -> None:
        if self._matrix is not None:
            self.case_chosen.emit(self._matrix.case(row, column))
