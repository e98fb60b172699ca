"""The left side: what is compared, on which network and which data."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from winit_core.activations import ACTIVATIONS, get_activation
from winit_core.datasets import DATASETS, PLANAR_DATASETS, Dataset, find_dataset
from winit_core.errors import ExperimentError
from winit_core.experiment import DTYPES, LOSSES, MAX_DEPTH, MAX_SEED, Experiment
from winit_core.parameters import validated_integer
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.combo_box import ComboBox
from winit_gui.controls.fitting_button import FittingToolButton
from winit_gui.controls.number_field import CheckedField, Stepping, silence
from winit_gui.controls.override_list import OverrideList
from winit_gui.controls.scheme_list import SchemeList
from winit_gui.highlight import Highlight
from winit_gui.store import Store
from winit_gui.style import SIDE_PANEL_WIDTH, SPACE

_OPEN_TABLE = "open a table"
_WIDEST = 0.38
"""Share of the window that the panel takes at most, unless its content needs more."""

_STRETCHED = 1.15
"""So many times its usual width, at most, it is where that leaves its texts whole."""

_LONG_LABEL = 20
"""Letters beyond which the label of a field wraps rather than widening the panel."""

_FIELD_WORDS = {
    "input_width": tr("inputs"),
    "batch_size": tr("batch"),
    "seed": tr("seed"),
    "learning_rate": tr("learning rate"),
    "steps": tr("steps"),
    "training_batch": tr("training batch"),
}
"""What a change of a field is called in the history."""


class SidePanel(QScrollArea):
    """All controls of the experiment; they read and write the store.

    Signals
    -------
    table_asked()
        The user wants data of their own.
    rates_asked()
        The user wants to know the largest learning rates.
    """

    table_asked = Signal()
    rates_asked = Signal()

    def __init__(self, store: Store, highlight: Highlight) -> None:
        super().__init__()
        self.setObjectName("sideScroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._store = store
        self._type_scale = 1.0
        self._anchors: list[tuple[QWidget, int]] = []
        self._moves_itself = False
        self._activation_fields: dict[str, CheckedField] = {}
        self.training_fields: dict[str, CheckedField] = {}
        body = QWidget()
        body.setObjectName("side")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(4 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        self._column.setSpacing(2 * SPACE)
        self._heading(tr("Schemes to compare"))
        self.schemes = SchemeList(store, highlight)
        self._column.addWidget(self.schemes)
        self._heading(tr("Activation"))
        self._build_activation()
        self._heading(tr("Network"))
        self._build_network()
        self._heading(tr("Data"))
        self._build_data()
        self._heading(tr("Training"))
        self._build_training()
        self._column.addStretch(1)
        self._body = body
        self.setWidget(body)
        self._build_foot()
        self._refresh()
        self._refresh_training()
        store.training_changed.connect(self._refresh_training)
        store.experiment_changed.connect(self._refresh)
        store.view_changed.connect(self._refresh)
        store.drag_changed.connect(self._fit_width)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)
        self.verticalScrollBar().valueChanged.connect(self._remember_place)

    def _build_foot(self) -> None:
        """Build what stays at the bottom, however far the rest is scrolled."""
        self._foot = QWidget(self)
        self._foot.setObjectName("side")
        self.lessons = FittingToolButton()
        self.lessons.set_wordings(tr("Lessons"))
        self.lessons.setToolTip(wording.TIPS["lessons"])
        self.lessons.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.present = FittingToolButton()
        self.present.set_wordings(tr("Present (F5)"), tr("Present"))
        self.present.setToolTip(wording.TIPS["present"])
        line = QHBoxLayout(self._foot)
        line.setContentsMargins(4 * SPACE, 2 * SPACE, 4 * SPACE, 2 * SPACE)
        line.setSpacing(2 * SPACE)
        for button in (self.lessons, self.present):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            line.addWidget(button)

    def offer_lessons(self, menu: QMenu, present: Callable[[], None]) -> None:
        """Connect the buttons at the bottom."""
        self.lessons.setMenu(menu)
        self.present.clicked.connect(present)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the foot at the bottom."""
        super().resizeEvent(event)
        self._place_foot()

    def _place_foot(self) -> None:
        height = self._foot.sizeHint().height()
        self.setViewportMargins(0, 0, 0, height)
        edge = 1  # the line beside the panel
        self._foot.setGeometry(0, self.height() - height, self.width() - edge, height)

    @Slot(QWidget, QWidget)
    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        """Scroll to the control that has the keyboard now, unless its last one just went away."""
        if new is None or not self.isAncestorOf(new) or self.schemes.is_rebuilding:
            return
        if old is None or old.isVisible() or not self.isAncestorOf(old):
            self.ensureWidgetVisible(new)

    def set_type_scale(self, scale: float) -> None:
        """Widen the panel with the type."""
        self._type_scale = scale
        self._fit_width()

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the width of the window."""
        super().showEvent(event)
        self.window().installEventFilter(self)
        self._fit_width()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Widen the panel where its content needs it, and keep what is looked at in its place."""
        kinds = QEvent.Type
        if watched is not self._body:
            if event.type() == kinds.Resize and watched is self.window():
                self._fit_width()
            return False
        if event.type() not in (kinds.LayoutRequest, kinds.Resize):
            return super().eventFilter(watched, event)
        before, self._moves_itself = self._moves_itself, True
        done = super().eventFilter(watched, event)
        if event.type() == kinds.LayoutRequest:
            self._fit_width()
        kept = self._keep_place()
        self._moves_itself = before
        if kept and not before:
            self._remember_place()  # others may stand elsewhere now
        return done

    @Slot()
    def _remember_place(self) -> None:
        """Note where the controls in sight are, from the top down."""
        if self._moves_itself:
            return
        places = [
            (control, self._height_of(control))
            for kind in (QLabel, QCheckBox, QComboBox)
            for control in self._body.findChildren(kind)
            if control.isVisible()
        ]
        seen = range(self.viewport().height())
        self._anchors = sorted((p for p in places if p[1] in seen), key=lambda place: place[1])

    def _height_of(self, control: QWidget) -> int:
        return control.mapTo(self.viewport(), control.rect().topLeft()).y()

    def _keep_place(self) -> bool:
        """Scroll so that the first control that is still there is where it was, if it can be."""
        bar = self.verticalScrollBar()
        for control, height in self._anchors:
            if isValid(control) and control.isVisible():
                bar.setValue(bar.value() + self._height_of(control) - height)
                return self._height_of(control) == height
        return True

    @Slot()
    def _fit_width(self) -> None:
        """Take a part of the window, and as much as keeps all from being cut."""
        if self._store.dragging:
            return  # the plot that is dragged in would move
        wanted = round(SIDE_PANEL_WIDTH * (1 + 0.75 * (self._type_scale - 1)))
        beside = self.verticalScrollBar().sizeHint().width() + 1  # the line at the edge
        whole = self._body.sizeHint().width() + beside
        wanted = max(wanted, min(whole, round(_STRETCHED * wanted)))
        wanted = min(wanted, max(round(_WIDEST * self.window().width()), SIDE_PANEL_WIDTH))
        needed = self._body.minimumSizeHint().width() + beside
        self.setFixedWidth(max(wanted, needed, self._foot.minimumSizeHint().width() + 1))
        self._place_foot()

    def _heading(self, text: str) -> None:
        label = QLabel(text)
        label.setObjectName("heading")
        label.setWordWrap(True)
        self._column.addSpacing(SPACE)
        self._column.addWidget(label)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setSpacing(2 * SPACE)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._column.addLayout(form)
        return form

    def _row(self, form: QFormLayout, text: str, control: QWidget) -> None:
        label = QLabel(text)
        label.setWordWrap(len(text) > _LONG_LABEL)
        label.setBuddy(control.field if isinstance(control, CheckedField) else control)
        form.addRow(label, control)

    def _combo(self, name: str, tip: str, items: dict[str, str]) -> QComboBox:
        combo = ComboBox()
        for key, label in items.items():
            combo.addItem(label, key)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(6)
        combo.setAccessibleName(name)
        combo.setAccessibleDescription(tip)
        combo.setToolTip(tip)
        return combo

    def _build_activation(self) -> None:
        labels = {key: record.label for key, record in ACTIVATIONS.items()}
        self.activation = self._combo(tr("Activation"), wording.TIPS["activation"], labels)
        self.activation.activated.connect(self._on_activation)
        self._column.addWidget(self.activation)
        self.activation_formula = QLabel()
        self.activation_formula.setObjectName("muted")
        self.activation_formula.setWordWrap(True)
        self._column.addWidget(self.activation_formula)
        self._activation_form = self._form()

    def _build_network(self) -> None:
        form = self._form()
        self.depth_field = CheckedField(
            tr("Hidden layers"), self._propose_depth, Stepping.BY_ONE, True, wording.TIPS["depth"]
        )
        self._row(form, tr("Hidden &layers"), self.depth_field)
        self.width_field = CheckedField(
            tr("Units per layer"), self._propose_width, Stepping.DOUBLE, True, wording.TIPS["width"]
        )
        self._row(form, tr("&Units per layer"), self.width_field)
        self.loss = self._combo(
            tr("Loss"), wording.TIPS["loss"], {key: wording.LOSS_LABELS[key] for key in LOSSES}
        )
        self.loss.activated.connect(partial(self._on_combo, "loss"))
        self._row(form, tr("L&oss"), self.loss)
        self.dtype = self._combo(
            tr("Precision"), wording.TIPS["dtype"], {key: key for key in DTYPES}
        )
        self.dtype.activated.connect(partial(self._on_combo, "dtype"))
        self._row(form, tr("&Precision"), self.dtype)
        self.library = self._combo(tr("Sampling"), wording.TIPS["library"], wording.LIBRARY_LABELS)
        self.library.activated.connect(partial(self._on_combo, "library"))
        self._row(form, tr("Samplin&g"), self.library)
        self.overrides = OverrideList(self._store)
        self._column.addWidget(self.overrides)

    def _build_data(self) -> None:
        self.dataset = self._combo(
            tr("Data"),
            wording.TIPS["dataset"],
            {key: tr(data.label) for key, data in {**DATASETS, **PLANAR_DATASETS}.items()},
        )
        self.dataset.addItem(tr("Open a table…"), _OPEN_TABLE)
        self.dataset.activated.connect(self._on_dataset)
        self._column.addWidget(self.dataset)
        form = self._form()
        self.input_width = CheckedField(
            tr("Inputs"),
            partial(self._propose, "input_width"),
            Stepping.DOUBLE,
            True,
            wording.TIPS["input_width"],
        )
        self._row(form, tr("&Inputs"), self.input_width)
        self._data_form = form
        self.batch = CheckedField(
            tr("Batch"),
            partial(self._propose, "batch_size"),
            Stepping.DOUBLE,
            True,
            wording.TIPS["batch_size"],
        )
        self._row(form, tr("&Batch"), self.batch)
        self.seed = CheckedField(
            tr("Seed"), partial(self._propose, "seed"), Stepping.BY_ONE, True, wording.TIPS["seed"]
        )
        self.dice = QToolButton()
        self.dice.setText("⚄")
        self.dice.setToolTip(wording.TIPS["dice"])
        self.dice.setAccessibleName(tr("Another seed"))
        self.dice.clicked.connect(self.roll)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.seed, 1)
        line.addWidget(self.dice, 0, Qt.AlignmentFlag.AlignTop)
        label = QLabel(tr("See&d"))
        label.setBuddy(self.seed.field)
        form.addRow(label, line)
        self.seeds = CheckedField(
            tr("Nets"), self._propose_seeds, Stepping.DOUBLE, True, wording.TIPS["seeds"]
        )
        self._row(form, tr("&Nets"), self.seeds)

    def _build_training(self) -> None:
        form = self._form()
        self.optimizer = self._combo(
            tr("Optimizer"), wording.TIPS["optimizer"], wording.OPTIMIZER_LABELS
        )
        self.optimizer.activated.connect(self._on_optimizer)
        self._row(form, tr("Optimi&zer"), self.optimizer)
        for name, label, stepping in (
            ("learning_rate", tr("Learning rate"), Stepping.ONE_TWO_FIVE),
            ("steps", tr("Steps"), Stepping.ONE_TWO_FIVE),
            ("training_batch", tr("Batch of a step"), Stepping.DOUBLE),
        ):
            field = CheckedField(
                label,
                partial(self._propose_training, name),
                stepping,
                name != "learning_rate",
                wording.TIPS[name],
            )
            self.training_fields[name] = field
            self._row(form, label, field)
        self.pace = self._combo(tr("Pace"), wording.TIPS["pace"], wording.PACES)
        self.pace.activated.connect(self._on_pace)
        self._row(form, tr("Pace"), self.pace)
        self.find_rates = FittingToolButton()
        self.find_rates.set_wordings(tr("Largest rates that train…"))
        self.find_rates.setObjectName("flat")
        self.find_rates.setToolTip(wording.TIPS["find_rates"])
        self.find_rates.clicked.connect(self.rates_asked)
        self._column.addWidget(self.find_rates)

    @Slot()
    def _refresh_training(self) -> None:
        training = self._store.state.training
        self._select(self.optimizer, training.optimizer)
        self.training_fields["learning_rate"].show_value(training.learning_rate)
        self.training_fields["steps"].show_value(training.steps)
        self.training_fields["training_batch"].show_value(training.batch_size)

    @Slot()
    def _on_pace(self) -> None:
        changes: dict[str, Any] = {"pace": self.pace.currentData()}
        label = tr("pace to {pace}", pace=self.pace.currentText())
        self._store.update_view(label, **changes)

    @Slot()
    def _on_optimizer(self) -> None:
        changes: dict[str, Any] = {"optimizer": self.optimizer.currentData()}
        label = tr("optimizer to {optimizer}", optimizer=self.optimizer.currentText())
        self._store.update_training(label, **changes)

    def _propose_training(self, name: str, value: object) -> None:
        field = "batch_size" if name == "training_batch" else name
        if field == "steps" and isinstance(value, float) and value.is_integer():
            value = int(value)
        changes: dict[str, Any] = {field: value}
        self._store.update_training(_FIELD_WORDS[name], coalesce=True, **changes)

    @Slot()
    def _refresh(self) -> None:
        experiment = self._store.state.experiment
        self._select(self.activation, experiment.activation.key)
        self._refresh_activation_fields(experiment)
        self.depth_field.show_value(experiment.depth)
        widths = set(experiment.hidden_widths)
        self.width_field.show_value(max(widths))
        self._select(self.loss, experiment.loss)
        self._select(self.dtype, experiment.dtype)
        self._select(self.library, experiment.library)
        if self.dataset.findData(experiment.dataset) < 0:
            last = self.dataset.count() - 1
            self.dataset.insertItem(last, tr(experiment.data.label), experiment.dataset)
        self._select(self.dataset, experiment.dataset)
        free = experiment.data.input_width is None
        self._data_form.setRowVisible(self.input_width, free)
        self.input_width.show_value(experiment.input_width or 0)
        self.batch.show_value(experiment.batch_size)
        self.seed.show_value(experiment.seed)
        self.seeds.show_value(self._store.state.view.seeds)
        self._select(self.pace, self._store.state.view.pace)

    def _select(self, combo: QComboBox, key: str) -> None:
        combo.setCurrentIndex(combo.findData(key))

    def _refresh_activation_fields(self, experiment: Experiment) -> None:
        activation = experiment.activation
        record = activation.record
        formula, derivative = tr(record.formula), tr(record.derivative_formula)
        self.activation_formula.setText(f"h = {formula}\nh′ = {derivative}")
        self.activation_formula.setToolTip(tr(record.reference))
        names = [parameter.name for parameter in record.parameters]
        if names != list(self._activation_fields):
            while self._activation_form.rowCount():
                # Not removeRow: it deletes at once, and the field may be handling a key just now.
                taken = self._activation_form.takeRow(0)
                for item in (taken.labelItem, taken.fieldItem):
                    widget = item.widget()
                    if widget is not None:
                        self._retire(widget)
            self._activation_fields = {}
            for parameter in record.parameters:
                name = wording.parameter_label(parameter)
                field = CheckedField(
                    name,
                    partial(self._propose_activation_parameter, parameter.name),
                    Stepping.TENTH,
                    tip=f"{name}: {parameter.allowed}",
                )
                self._activation_fields[parameter.name] = field
                self._row(self._activation_form, name, field)
        for name, field in self._activation_fields.items():
            field.show_value(activation.params.number(name))

    @staticmethod
    def _retire(widget: QWidget) -> None:
        silence(widget)
        widget.hide()
        widget.deleteLater()

    def activation_field(self, name: str) -> CheckedField:
        """Return the field of one parameter of the present activation."""
        return self._activation_fields[name]

    @Slot()
    def _on_activation(self) -> None:
        key = self.activation.currentData()
        if key != self._store.state.experiment.activation.key:
            bound = get_activation(key)
            label = tr("activation to {activation}", activation=bound.label)
            self._store.update(label, activation=bound)

    def _propose_activation_parameter(self, name: str, value: object) -> None:
        present = self._store.state.experiment.activation
        changed = get_activation(present, **{name: value})  # type: ignore[arg-type]
        self._store.update(f"{present.label}, {name}", coalesce=True, activation=changed)

    def _propose(self, name: str, value: object) -> None:
        self._store.update(_FIELD_WORDS[name], coalesce=True, **{name: value})

    def _propose_seeds(self, value: object) -> None:
        changes: dict[str, Any] = {"seeds": value}
        self._store.update_view(tr("number of nets"), coalesce=True, **changes)

    def _propose_depth(self, value: object) -> None:
        depth = validated_integer("hidden_widths", value, 1, MAX_DEPTH)
        widths = self._store.state.experiment.hidden_widths
        longer = widths + (widths[-1],) * max(depth - len(widths), 0)
        overrides = self._store.state.experiment.overrides
        self._store.update(
            tr("hidden layers"),
            coalesce=True,
            hidden_widths=longer[:depth],
            overrides=tuple(o for o in overrides if o.index(depth) <= depth),
        )

    def _propose_width(self, value: object) -> None:
        depth = self._store.state.experiment.depth
        try:
            label = tr("units per layer")
            self._store.update(label, coalesce=True, hidden_widths=(value,) * depth)
        except ExperimentError as error:
            if error.field.startswith("hidden_widths["):
                raise ExperimentError("width", error.value, error.allowed) from None
            raise

    def _on_combo(self, name: str, _index: int) -> None:
        combo, label = {
            "loss": (self.loss, tr("loss to {loss}", loss=self.loss.currentText())),
            "dtype": (self.dtype, tr("precision to {format}", format=self.dtype.currentText())),
            "library": (self.library, tr("sampling to {way}", way=self.library.currentText())),
        }[name]
        changes: dict[str, Any] = {name: combo.currentData()}
        self._store.update(label, **changes)

    @Slot()
    def _on_dataset(self) -> None:
        key = self.dataset.currentData()
        if key == _OPEN_TABLE:
            self._select(self.dataset, self._store.state.experiment.dataset)
            self.table_asked.emit()
        else:
            self.choose_data(find_dataset(key))

    def choose_data(self, data: Dataset) -> None:
        """Show the nets another kind of data; the batch shrinks to what there is."""
        size = min(self._store.state.experiment.batch_size, data.size)
        label = tr("data to {data}", data=tr(data.label))
        self._store.update(label, dataset=data.key, input_width=None, batch_size=size)

    @Slot()
    def roll(self) -> None:
        """Choose another seed."""
        present = self._store.state.experiment.seed
        rolled = random.randrange(min(10_000, MAX_SEED))
        self._store.update(tr("seed"), seed=rolled if rolled != present else rolled + 1)
