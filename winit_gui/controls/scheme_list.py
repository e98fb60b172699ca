"""The list of schemes to compare, each with its parameters in place."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QEnterEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.translation import tr, tr_n
from winit_gui import wording
from winit_gui.controls.fitting_button import FittingToolButton
from winit_gui.controls.number_field import CheckedField, silence
from winit_gui.controls.scheme_editor import SchemeEditor
from winit_gui.controls.swatch import Swatch
from winit_gui.defaults import DEFAULT_SCHEMES
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.state import Row
from winit_gui.store import Store
from winit_gui.style import SPACE, SchemeStyle, scheme_styles


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

    def __init__(self, store: Store, index: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        self._index = index
        self.swatch = Swatch(self)
        self.check = QCheckBox(self)
        self.check.clicked.connect(self._on_ticked)
        self.summary = FittingToolButton(self)
        self.summary.setObjectName("flat")
        self.summary.setCheckable(True)
        self.summary.toggled.connect(self._on_unfolded)
        line = QHBoxLayout()
        line.setSpacing(2 * SPACE)
        line.addWidget(self.swatch)
        line.addWidget(self.check, 1)
        line.addWidget(self.summary)
        self._editor: SchemeEditor | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE)
        self._layout.addLayout(line)

    @property
    def editor(self) -> SchemeEditor:
        """What unfolds below the name; made when it is first needed."""
        if self._editor is None:
            made = SchemeEditor(self.row.choice, self._propose, self._propose_gain, self)
            made.reset_asked.connect(self._on_reset)
            made.duplicate_asked.connect(self.duplicate_asked)
            made.remove_asked.connect(self.remove_asked)
            made.variance_asked.connect(self._on_read_as_variance)
            made.hide()
            self._layout.addWidget(made)
            self._editor = made
        return self._editor

    @property
    def row(self) -> Row:
        """The row of the state that is shown."""
        return self._store.state.rows[self._index]

    def parameter_field(self, name: str) -> CheckedField | QComboBox:
        """Return the control of one parameter."""
        return self.editor.parameters.field(name)

    def controls(self) -> list[QWidget]:
        """Return everything that takes the keyboard, in order."""
        fields = [] if self._editor is None else self._editor.controls()
        return [self.check, self.summary, *fields]

    def refresh(self, style: SchemeStyle, removable: bool) -> None:
        """Show the state."""
        choice, ticked = self.row.choice, self.row.ticked
        self.swatch.show_style(style, ticked)
        self.check.setText(choice.label)
        self.check.setChecked(ticked)
        self.check.setAccessibleName(tr("Compare {scheme}", scheme=wording.scheme_name(choice)))
        record = choice.record
        self.check.setToolTip(f"{tr(record.formula)}\n{tr(record.reference)}")
        self.summary.setVisible(bool(record.parameters))
        text = wording.parameters(choice)
        arrow = "▾" if self.summary.isChecked() else "▸"
        self.summary.set_wordings(text, end=f" {arrow}" if text else arrow)
        self.summary.setAccessibleName(
            tr("Parameters of {scheme}: {values}", scheme=choice.label, values=text)
            if text
            else tr("Parameters of {scheme}: standard", scheme=choice.label)
        )
        self.summary.setToolTip(tr(record.formula) + "\n" + tr("Click to change the parameters"))
        if self.summary.isChecked():
            self.editor.show_choice(choice, removable, self._store.state)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Bring the scheme forward."""
        self.hovered.emit(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Let it go back."""
        self.hovered.emit(False)
        super().leaveEvent(event)

    def _propose(self, name: str, value: object) -> None:
        choice = self.row.choice
        changed = SchemeChoice(choice.key, {**choice.values, name: value})
        self._set(replace(self.row, choice=changed), f"{choice.label}, {name}")

    def _propose_gain(self, gain: float) -> None:
        choice = self.row.choice
        changed = choice.with_gain(gain)
        self._set(
            replace(self.row, choice=changed),
            tr("{scheme}, gain {gain:.4g}", scheme=choice.label, gain=gain),
        )

    def _set(self, row: Row, label: str) -> None:
        rows = list(self._store.state.rows)
        rows[self._index] = row
        self._store.set_rows(tuple(rows), label)

    @Slot(bool)
    def _on_ticked(self, ticked: bool) -> None:
        name = self.row.choice.label
        label = (
            tr("compare {scheme}", scheme=name) if ticked else tr("leave out {scheme}", scheme=name)
        )
        self._set(replace(self.row, ticked=ticked), label)

    @Slot(bool)
    def _on_unfolded(self, unfolded: bool) -> None:
        self.editor.setVisible(unfolded)
        self.unfolded.emit()

    @Slot()
    def _on_reset(self) -> None:
        label = tr("reset {scheme}", scheme=self.row.choice.label)
        self._set(replace(self.row, choice=SchemeChoice(self.row.choice.key)), label)

    @Slot()
    def _on_read_as_variance(self) -> None:
        self._propose("std", math.sqrt(self.row.choice.values.number("std")))


class SchemeList(QWidget):
    """All rows; follows the store."""

    def __init__(self, store: Store, highlight: Highlight) -> None:
        super().__init__()
        self._store = store
        self._highlight = highlight
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE // 2)
        self.rows: list[SchemeRow] = []
        self._keys: tuple[str, ...] = ()
        self.is_rebuilding = False
        """Whether rows that go give the keyboard to rows that come."""
        self.more = FittingToolButton(self)
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
        styles = scheme_styles(tuple(ticked), tuple(SCHEMES), state.view.palette)
        for index, widget in enumerate(self.rows):
            widget.refresh(styles[index], keys.count(keys[index]) > 1)
        folded = 0
        for widget, row in zip(self.rows, state.rows, strict=True):
            usual = row.ticked or row.choice.key in DEFAULT_SCHEMES
            widget.setVisible(usual or self.more.isChecked())
            folded += not usual
        self.more.setVisible(folded > 0)
        self.more.set_wordings(
            "▾ " + tr("Fewer schemes")
            if self.more.isChecked()
            else "▸ " + tr_n("{count} more schemes", "{count} more schemes", folded)
        )

    def _rebuild(self, keys: tuple[str, ...]) -> None:
        """Make rows for a list of schemes; those before the first that differs stay."""
        same = next(
            (n for n, pair in enumerate(zip(keys, self._keys, strict=False)) if len(set(pair)) > 1),
            min(len(keys), len(self._keys)),
        )
        going = self.rows[same:]
        names = _named(self._keys)[same:]
        unfolded = [name for row, name in zip(going, names, strict=True) if row.summary.isChecked()]
        focus = QApplication.focusWidget()
        held = next((n for n, row in enumerate(going) if _holds(row, focus)), None)
        self.is_rebuilding = True
        if held is not None and focus is not None:
            focus.clearFocus()  # or it would wander down the rows as they go
        for row in going:
            self._layout.removeWidget(row)
            silence(row)
            row.hide()
            row.deleteLater()
        self._keys = keys
        self.rows = self.rows[:same]
        for index in range(same, len(keys)):
            row = SchemeRow(self._store, index, self)
            row.duplicate_asked.connect(partial(self._duplicate, index))
            row.remove_asked.connect(partial(self._remove, index))
            row.hovered.connect(partial(self._on_hovered, index))
            row.unfolded.connect(self._on_unfolded)
            self._layout.insertWidget(index, row)
            self.rows.append(row)
        for row, name in zip(self.rows[same:], _named(keys)[same:], strict=True):
            row.summary.setChecked(name in unfolded)
        self._order_tabs()
        if held is not None and self.rows:
            self.rows[min(same + held, len(self.rows) - 1)].check.setFocus()
        self.is_rebuilding = False

    def showEvent(self, event: QShowEvent) -> None:
        """Order the controls again: what was said before they were in the window is lost."""
        super().showEvent(event)
        self._order_tabs()

    @Slot()
    def _on_unfolded(self) -> None:
        self._refresh()
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Let Tab walk through the rows from top to bottom, whenever they were made."""
        chain = [control for row in self.rows for control in row.controls()]
        for first, second in pairwise([*chain, self.more]):
            QWidget.setTabOrder(first, second)

    def _duplicate(self, index: int) -> None:
        rows = list(self._store.state.rows)
        rows.insert(index + 1, replace(rows[index], ticked=True))
        label = tr("add {scheme} again", scheme=rows[index].choice.label)
        self._store.set_rows(tuple(rows), label)
        self.rows[index + 1].summary.setChecked(True)

    def _remove(self, index: int) -> None:
        rows = list(self._store.state.rows)
        gone = rows.pop(index)
        self._store.set_rows(tuple(rows), tr("remove {scheme}", scheme=gone.choice.label))

    def _on_hovered(self, index: int, inside: bool) -> None:
        rows = self._store.state.rows
        if index >= len(rows):
            return
        compared = [i for i, row in enumerate(rows) if row.ticked]
        forward = compared.index(index) if inside and index in compared else NOBODY
        self._highlight.set(forward)


def _holds(row: SchemeRow, focus: QWidget | None) -> bool:
    return focus is not None and row.isAncestorOf(focus)


def _named(keys: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return which time each key stands in the list, with the key."""
    return [(key, keys[:n].count(key)) for n, key in enumerate(keys)]
