"""Layers that use another scheme than the rest, in every compared network."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from winit_core.experiment import OUTPUT_LAYER, LayerOverride
from winit_core.parameters import validated_integer
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.combo_box import ComboBox
from winit_gui.controls.fitting_button import FittingToolButton
from winit_gui.controls.number_field import CheckedField, Stepping, silence
from winit_gui.controls.parameter_editor import ParameterEditor
from winit_gui.store import Store
from winit_gui.style import SPACE


class OverrideRow(QWidget):
    """One layer and the scheme it uses."""

    def __init__(self, store: Store, index: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        self._index = index
        self.layer = CheckedField(
            tr("Layer with another scheme"), self._propose_layer, Stepping.BY_ONE, True, parent=self
        )
        self.layer.field.setToolTip(tr("Which layer; the highest number is the output layer"))
        self.scheme = ComboBox(self)
        for key, record in SCHEMES.items():
            self.scheme.addItem(record.label, key)
        self.scheme.setAccessibleName(tr("Its scheme"))
        self.scheme.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.scheme.activated.connect(self._on_scheme)
        self.remove = QToolButton(self)
        self.remove.setObjectName("flat")
        self.remove.setText("×")
        self.remove.setToolTip(tr("Let this layer use the compared scheme again"))
        self.remove.setAccessibleName(tr("Remove this layer’s scheme"))
        self.remove.clicked.connect(self._on_remove)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        self.layer.field.setFixedWidth(72)
        line.addWidget(self.layer)
        line.addWidget(self.scheme, 1)
        line.addWidget(self.remove)
        self.parameters = ParameterEditor(
            self.override.choice.record, self._propose, self._propose_gain, self
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(line)
        column.addWidget(self.parameters)

    @property
    def override(self) -> LayerOverride:
        """What the row shows."""
        return self._store.state.experiment.overrides[self._index]

    def refresh(self) -> None:
        """Show the state."""
        experiment = self._store.state.experiment
        self.layer.show_value(self.override.index(experiment.depth) + 1)
        self.scheme.setCurrentIndex(self.scheme.findData(self.override.choice.key))
        self.parameters.show_values(self.override.choice.values, experiment.activation)

    def _set(self, override: LayerOverride | None, label: str) -> None:
        overrides = list(self._store.state.experiment.overrides)
        overrides[self._index : self._index + 1] = [] if override is None else [override]
        self._store.update(label, coalesce=True, overrides=tuple(overrides))

    def _propose_layer(self, value: object) -> None:
        depth = self._store.state.experiment.depth
        layer = validated_integer("layer", value, 1, depth + 1)
        at = OUTPUT_LAYER if layer == depth + 1 else layer - 1
        self._set(replace(self.override, layer=at), tr("layer with another scheme"))

    def _propose(self, name: str, value: object) -> None:
        choice = self.override.choice
        changed = SchemeChoice(choice.key, {**choice.values, name: value})
        label = tr("one layer, {parameter}", parameter=name)
        self._set(replace(self.override, choice=changed), label)

    def _propose_gain(self, gain: float) -> None:
        changed = self.override.choice.with_gain(gain)
        self._set(replace(self.override, choice=changed), tr("one layer, gain"))

    @Slot()
    def _on_scheme(self) -> None:
        choice = SchemeChoice(self.scheme.currentData())
        label = tr("one layer to {scheme}", scheme=choice.label)
        self._set(replace(self.override, choice=choice), label)

    @Slot()
    def _on_remove(self) -> None:
        self._set(None, tr("remove one layer’s scheme"))


class OverrideList(QWidget):
    """All rows, and the button that adds one; follows the store."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._keys: tuple[str, ...] | None = None
        self.rows: list[OverrideRow] = []
        self._heading = QLabel(tr("Layers with another scheme"))
        self._heading.setObjectName("muted")
        self._heading.setWordWrap(True)
        self.add = FittingToolButton(self)
        self.add.setObjectName("flat")
        self.add.set_wordings(
            tr("+ Another scheme for one layer"), tr("+ Scheme for one layer"), tr("+ One layer")
        )
        self.add.setToolTip(
            tr("For example a smaller output layer; it holds for every compared net")
        )
        self.add.clicked.connect(self._on_add)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE)
        self._layout.addWidget(self._heading)
        self._layout.addWidget(self.add)
        store.experiment_changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        experiment = self._store.state.experiment
        keys = tuple(override.choice.key for override in experiment.overrides)
        if keys != self._keys:
            self._keys = keys
            for row in self.rows:
                self._layout.removeWidget(row)
                silence(row)
                row.hide()
                row.deleteLater()
            self.rows = [OverrideRow(self._store, i, self) for i in range(len(keys))]
            for position, row in enumerate(self.rows):
                self._layout.insertWidget(position + 1, row)
        for row in self.rows:
            row.refresh()
        self._heading.setVisible(bool(keys))
        self.add.setEnabled(len(keys) <= experiment.depth)

    @Slot()
    def _on_add(self) -> None:
        experiment = self._store.state.experiment
        taken = {override.index(experiment.depth) for override in experiment.overrides}
        free = next(i for i in range(experiment.depth, -1, -1) if i not in taken)
        layer = OUTPUT_LAYER if free == experiment.depth else free
        override = LayerOverride(layer, SchemeChoice("small_normal"))
        self._store.update(
            tr(
                "{layer} to {scheme}",
                layer=wording.layer_range([free]),
                scheme=override.choice.label,
            ),
            overrides=(*experiment.overrides, override),
        )
