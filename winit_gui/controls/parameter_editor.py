"""The fields of one scheme's parameters, in place below its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from winit_core.activations import BoundActivation
from winit_core.parameters import Parameter, Parameters
from winit_core.schemes import Scheme, recommended_gains
from winit_gui import wording
from winit_gui.controls.combo_box import ComboBox
from winit_gui.controls.number_field import CheckedField, Stepping
from winit_gui.style import SPACE

_STEPPINGS = {"std": Stepping.ONE_TWO_FIVE, "bias_std": Stepping.ONE_TWO_FIVE}


class ParameterEditor(QWidget):
    """A form with one control per parameter.

    Parameters
    ----------
    scheme
        Whose parameters.
    propose
        ``propose(name, value)``; raises `ExperimentError` to refuse.
    propose_gain
        Called with a recommended total gain; None where none can be applied.
    """

    def __init__(
        self,
        scheme: Scheme,
        propose: Callable[[str, object], None],
        propose_gain: Callable[[float], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._propose = propose
        self._propose_gain = propose_gain
        self._fields: dict[str, CheckedField | QComboBox] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(SPACE)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._gains: list[QToolButton] = []
        for parameter in scheme.parameters:
            control = self._control(parameter)
            self._fields[parameter.name] = control
            label = QLabel(wording.parameter_label(parameter), self)
            label.setBuddy(_taker(control))
            self._form.addRow(label, control)
            if parameter.name == "gain" and scheme.unit_gain is not None:
                self._add_gains()

    def field(self, name: str) -> CheckedField | QComboBox:
        """Return the control of one parameter."""
        return self._fields[name]

    @property
    def gain_buttons(self) -> list[QToolButton]:
        """The recommended gains; empty for a scheme without."""
        return self._gains

    def controls(self) -> list[QWidget]:
        """Return everything that takes the keyboard, in order."""
        made: list[QWidget] = []
        for name, control in self._fields.items():
            made.append(_taker(control))
            if name == "gain":
                made += self._gains
        return made

    def show_values(self, values: Parameters, activation: BoundActivation) -> None:
        """Show accepted values; refusals on screen go."""
        for name, control in self._fields.items():
            if isinstance(control, CheckedField):
                control.show_value(values.number(name))
            else:
                control.setCurrentText(str(values[name]))
        if self._gains:
            self._show_gains(activation)

    def _control(self, parameter: Parameter) -> CheckedField | QComboBox:
        name = wording.parameter_label(parameter)
        propose = partial(self._propose, parameter.name)
        if parameter.choices:
            combo = ComboBox(self)
            combo.addItems(list(parameter.choices))
            combo.setAccessibleName(name)
            combo.textActivated.connect(propose)
            return combo
        stepping = _STEPPINGS.get(parameter.name, Stepping.TENTH)
        tip = f"{name}: {parameter.allowed}"
        return CheckedField(name, propose, stepping, tip=tip, parent=self)

    def _add_gains(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(0)
        for _ in wording.GAIN_LABELS:
            button = QToolButton(self)
            button.setObjectName("flat")
            line.addWidget(button)
            self._gains.append(button)
        line.addStretch(1)
        self._form.addRow(line)
        for button in self._gains:
            button.clicked.connect(partial(self._on_gain, button))

    def _show_gains(self, activation: BoundActivation) -> None:
        """Offer PyTorch's gain and the two exact ones, with what each is for."""
        gains = recommended_gains(activation)
        for button, key in zip(self._gains, wording.GAIN_LABELS, strict=True):
            gain = getattr(gains, key)
            button.setVisible(gain is not None)
            if gain is not None:
                button.setText(f"{wording.GAIN_LABELS[key]} {gain:.4g}")
                button.setToolTip(wording.gain_definition(key, activation.label))
                button.setProperty("gain", gain)

    def _on_gain(self, button: QToolButton) -> None:
        self._propose_gain(float(button.property("gain")))


def _taker(control: CheckedField | QComboBox) -> QWidget:
    """Return what takes the keyboard."""
    return control.field if isinstance(control, CheckedField) else control
