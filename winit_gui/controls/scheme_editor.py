"""What unfolds below a scheme's name: its parameters, what they mean, and what to do with it."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from winit_core.schemes import SchemeChoice
from winit_core.schemes.laws import Law
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.parameter_editor import ParameterEditor
from winit_gui.state import State
from winit_gui.style import SPACE

_STD_SCHEMES = ("small_normal", "large_normal", "normal")


class SchemeEditor(QWidget):
    """Fields and buttons of one scheme.

    Signals
    -------
    reset_asked(), duplicate_asked(), remove_asked(), variance_asked()
        The buttons.
    """

    reset_asked = Signal()
    duplicate_asked = Signal()
    remove_asked = Signal()
    variance_asked = Signal()

    def __init__(
        self,
        choice: SchemeChoice,
        propose: Callable[[str, object], None],
        propose_gain: Callable[[float], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._reads_variance = choice.key in _STD_SCHEMES
        self.parameters = ParameterEditor(choice.record, propose, propose_gain, self)
        self._law = QLabel(self)
        self._law.setObjectName("muted")
        self._law.setWordWrap(True)
        self.as_variance = self._button("", "", self.variance_asked)
        self.as_variance.setVisible(self._reads_variance)
        self.reset = self._button(
            tr("Reset"), tr("Back to this scheme's own parameters"), self.reset_asked
        )
        self.duplicate = self._button(
            tr("Again"), tr("Compare this scheme a second time, adjusted"), self.duplicate_asked
        )
        self.remove = self._button(
            tr("Remove"), tr("Take this line off the list"), self.remove_asked
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        for button in (self.reset, self.duplicate, self.remove):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(7 * SPACE, 0, 0, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self.parameters)
        column.addWidget(self._law)
        column.addWidget(self.as_variance)
        column.addLayout(buttons)

    def controls(self) -> list[QWidget]:
        """Return everything that takes the keyboard, in order."""
        extra = [self.as_variance] if self._reads_variance else []
        return [*self.parameters.controls(), *extra, self.reset, self.duplicate, self.remove]

    def show_choice(self, choice: SchemeChoice, removable: bool, state: State) -> None:
        """Show a scheme with its parameters, in the shown layer of a state."""
        experiment, layer = state.experiment, state.shown_layer
        self.parameters.show_values(choice.values, experiment.activation)
        context = experiment.layer_context(layer)
        law: Law = choice.weight_law_at(context, experiment.library)
        told = wording.law_in_words(law, context.fan_in)
        self._law.setText(tr("Layer {layer}: {law}", layer=layer + 1, law=told))
        self.remove.setVisible(removable)
        self.reset.setEnabled(choice != SchemeChoice(choice.key))
        if self._reads_variance:
            std = choice.values.number("std")
            typed = wording.exact_number(std)
            self.as_variance.setText(tr("Read {number} as variance", number=typed))
            becomes = tr(
                "std becomes √{number} = {root}",
                number=typed,
                root=wording.number(math.sqrt(std), 4),
            )
            self.as_variance.setToolTip(f"{wording.TIPS['read_as_variance']}\n{becomes}")

    def _button(self, text: str, tip: str, signal: SignalInstance) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setObjectName("flat")
        button.clicked.connect(signal)
        return button
