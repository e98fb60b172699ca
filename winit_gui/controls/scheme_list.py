"""The list of schemes to compare, each with its parameters in place."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from winit_core.schemes import SCHEMES, SchemeChoice
from winit_gui import wording
from winit_gui.controls.number_field import CheckedField, WheelGuard
from winit_gui.controls.parameter_editor import ParameterEditor
from winit_gui.controls.swatch import Swatch
from winit_gui.defaults import DEFAULT_SCHEMES
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.state import Row
from winit_gui.store import Store
from winit_gui.style import SPACE, SchemeStyle, scheme_styles

STD_SCHEMES = ("small_normal", "large_normal", "normal")


class SchemeRow(QWidget):
    """One scheme: swatch, check box, parameters, and the fields to change them.

    Signals
    -------
    duplicate_asked(), remove_asked()
        The row's buttons.
    hovered(bool)
        The pointer is over the row.
    unfolded()
        The fields were shown or hidden.
    """

    duplicate_asked = Signal()
    remove_asked = Signal()
    hovered = Signal(bool)
    unfolded = Signal()

    def __init__(self, store: Store, index: int, guard: WheelGuard, parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        self._index = index
        self.swatch = Swatch(self)
        self.check = QCheckBox(self)
        self.check.clicked.connect(self._on_ticked)
        self.summary = QToolButton(self)
        self.summary.setObjectName("flat")
        self.summary.setCheckable(True)
        self.summary.toggled.connect(self._on_unfolded)
        line = QHBoxLayout()
        line.setSpacing(2 * SPACE)
        line.addWidget(self.swatch)
        line.addWidget(self.check, 1)
        line.addWidget(self.summary)
        self.editor = QWidget(self)
        self._law = QLabel(self.editor)
        self._build_editor(guard)
        self.editor.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(line)
        layout.addWidget(self.editor)

    @property
    def row(self) -> Row:
        """The row of the state that is shown."""
        return self._store.state.rows[self._index]

    def parameter_field(self, name: str) -> CheckedField | QComboBox:
        """Return the control of one parameter."""
        return self.parameters.field(name)

    def controls(self) -> list[QWidget]:
        """Return everything that takes the keyboard, in order."""
        fields = self.parameters.controls()
        buttons = [self.reset, self.duplicate, self.remove]
        extra = [self.as_variance] if self.row.choice.key in STD_SCHEMES else []
        return [self.check, self.summary, *fields, *extra, *buttons]

    def refresh(self, style: SchemeStyle, removable: bool) -> None:
        """Show the state."""
        choice, ticked = self.row.choice, self.row.ticked
        self.swatch.show_style(style, ticked)
        self.check.setText(choice.label)
        self.check.setChecked(ticked)
        self.check.setAccessibleName(f"Compare {wording.scheme_name(choice)}")
        record = choice.record
        self.check.setToolTip(f"{record.formula}\n{record.reference}")
        self.summary.setVisible(bool(record.parameters))
        text = wording.parameters(choice)
        arrow = "▾" if self.summary.isChecked() else "▸"
        self.summary.setText(f"{text} {arrow}" if text else arrow)
        self.summary.setAccessibleName(f"Parameters of {choice.label}: {text or 'standard'}")
        self.summary.setToolTip(f"{record.formula}\nClick to change the parameters")
        self.parameters.show_values(choice.values, self._store.state.experiment.activation)
        self._refresh_law()
        self.remove.setVisible(removable)
        self.reset.setEnabled(choice != SchemeChoice(choice.key))
        if choice.key in STD_SCHEMES:
            std = choice.values.number("std")
            self.as_variance.setText(f"Read {wording.exact_number(std)} as variance")
            self.as_variance.setToolTip(
                f"{wording.TIPS['read_as_variance']}\nstd becomes √{wording.exact_number(std)} = "
                f"{wording.number(math.sqrt(std), 4)}"
            )

    def enterEvent(self, event: QEnterEvent) -> None:
        """Bring the scheme forward."""
        self.hovered.emit(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Let it go back."""
        self.hovered.emit(False)
        super().leaveEvent(event)

    def _build_editor(self, guard: WheelGuard) -> None:
        column = QVBoxLayout(self.editor)
        column.setContentsMargins(7 * SPACE, 0, 0, 2 * SPACE)
        column.setSpacing(SPACE)
        self.parameters = ParameterEditor(
            self.row.choice.record, self._propose, self._propose_gain, guard, self.editor
        )
        column.addWidget(self.parameters)
        self._law.setObjectName("muted")
        self._law.setWordWrap(True)
        column.addWidget(self._law)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        self.reset = self._button("Reset", "Back to this scheme's own parameters")
        self.reset.clicked.connect(self._on_reset)
        self.duplicate = self._button("Again", "Compare this scheme a second time, adjusted")
        self.duplicate.clicked.connect(self.duplicate_asked)
        self.remove = self._button("Remove", "Take this line off the list")
        self.remove.clicked.connect(self.remove_asked)
        for button in (self.reset, self.duplicate, self.remove):
            buttons.addWidget(button)
        buttons.addStretch(1)
        if self.row.choice.key in STD_SCHEMES:
            self.as_variance = self._button("", "")
            self.as_variance.clicked.connect(self._on_read_as_variance)
            column.addWidget(self.as_variance)
        column.addLayout(buttons)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self.editor)
        button.setText(text)
        button.setToolTip(tip)
        button.setObjectName("flat")
        return button

    def _propose(self, name: str, value: object) -> None:
        choice = self.row.choice
        changed = SchemeChoice(choice.key, {**choice.values, name: value})
        self._set(replace(self.row, choice=changed), f"{choice.label}, {name}")

    def _propose_gain(self, gain: float) -> None:
        choice = self.row.choice
        changed = choice.with_gain(gain)
        self._set(replace(self.row, choice=changed), f"{choice.label}, gain {gain:.4g}")

    def _set(self, row: Row, label: str) -> None:
        rows = list(self._store.state.rows)
        rows[self._index] = row
        self._store.set_rows(tuple(rows), label)

    @Slot(bool)
    def _on_ticked(self, ticked: bool) -> None:
        verb = "compare" if ticked else "leave out"
        self._set(replace(self.row, ticked=ticked), f"{verb} {self.row.choice.label}")

    @Slot(bool)
    def _on_unfolded(self, unfolded: bool) -> None:
        self.editor.setVisible(unfolded)
        self.unfolded.emit()

    def _refresh_law(self) -> None:
        """Say what the scheme means in the shown layer, where that is on screen."""
        if not self.summary.isChecked():
            return
        state = self._store.state
        context = state.experiment.layer_context(state.shown_layer)
        law = self.row.choice.weight_law_at(context, state.experiment.library)
        words = wording.law_in_words(law, context.fan_in)
        self._law.setText(f"Layer {state.shown_layer + 1}: {words}")

    @Slot()
    def _on_reset(self) -> None:
        label = f"reset {self.row.choice.label}"
        self._set(replace(self.row, choice=SchemeChoice(self.row.choice.key)), label)

    @Slot()
    def _on_read_as_variance(self) -> None:
        self._propose("std", math.sqrt(self.row.choice.values.number("std")))


class SchemeList(QWidget):
    """All rows; follows the store."""

    def __init__(self, store: Store, highlight: Highlight, guard: WheelGuard) -> None:
        super().__init__()
        self._store = store
        self._highlight = highlight
        self._guard = guard
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE // 2)
        self.rows: list[SchemeRow] = []
        self._keys: tuple[str, ...] = ()
        self.more = QToolButton(self)
        self.more.setObjectName("flat")
        self.more.setCheckable(True)
        self.more.toggled.connect(self._refresh)
        self._refresh()
        self._layout.addWidget(self.more)
        store.rows_changed.connect(self._refresh)
        store.experiment_changed.connect(self._refresh)
        store.view_changed.connect(self._refresh)

    @Slot()
    def _refresh(self) -> None:
        state = self._store.state
        keys = tuple(row.choice.key for row in state.rows)
        if keys != self._keys:
            self._rebuild(keys)
        ticked = [row.choice for row in state.rows]
        styles = scheme_styles(tuple(ticked), tuple(SCHEMES))
        for index, widget in enumerate(self.rows):
            widget.refresh(styles[index], keys.count(keys[index]) > 1)
        folded = 0
        for widget, row in zip(self.rows, state.rows, strict=True):
            usual = row.ticked or row.choice.key in DEFAULT_SCHEMES
            widget.setVisible(usual or self.more.isChecked())
            folded += not usual
        self.more.setVisible(folded > 0)
        self.more.setText(
            "▾ Fewer schemes" if self.more.isChecked() else f"▸ {folded} more schemes"
        )

    def _rebuild(self, keys: tuple[str, ...]) -> None:
        for row in self.rows:
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._keys = keys
        self.rows = []
        for index in range(len(keys)):
            row = SchemeRow(self._store, index, self._guard, self)
            row.duplicate_asked.connect(partial(self._duplicate, index))
            row.remove_asked.connect(partial(self._remove, index))
            row.hovered.connect(partial(self._on_hovered, index))
            row.unfolded.connect(self._refresh)
            self._layout.insertWidget(index, row)
            self.rows.append(row)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Let Tab walk through the rows from top to bottom, whenever they were made."""
        chain = [control for row in self.rows for control in row.controls()]
        for first, second in pairwise([*chain, self.more]):
            QWidget.setTabOrder(first, second)

    def _duplicate(self, index: int) -> None:
        rows = list(self._store.state.rows)
        rows.insert(index + 1, replace(rows[index], ticked=True))
        self._store.set_rows(tuple(rows), f"add {rows[index].choice.label} again")
        self.rows[index + 1].summary.setChecked(True)

    def _remove(self, index: int) -> None:
        rows = list(self._store.state.rows)
        gone = rows.pop(index)
        self._store.set_rows(tuple(rows), f"remove {gone.choice.label}")

    def _on_hovered(self, index: int, inside: bool) -> None:
        rows = self._store.state.rows
        if index >= len(rows):
            return
        compared = [i for i, row in enumerate(rows) if row.ticked]
        forward = compared.index(index) if inside and index in compared else NOBODY
        self._highlight.set(forward)
