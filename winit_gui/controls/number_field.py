"""A field for one number that takes any text, and says at once what it cannot accept."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QVBoxLayout, QWidget

from winit_core.errors import ExperimentError
from winit_gui import wording

_REDO = QKeySequence.StandardKey.Redo
_BEYOND = 1e15


class Stepping(Enum):
    """What one step up or down does."""

    BY_ONE = "by one"
    DOUBLE = "to the next power of two"
    ONE_TWO_FIVE = "to the next of 1, 2, 5 times a power of ten"
    TENTH = "by 0.1"


class NumberField(QAbstractSpinBox):
    """A spin box that never corrects what was typed: the core judges the value.

    Signals
    -------
    proposed(object)
        The user finished a value: an int, a float, or the text where it is no number.
    entered()
        It was finished with Enter, and proposed.
    """

    proposed = Signal(object)
    entered = Signal()

    def __init__(self, stepping: Stepping, integer: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stepping = stepping
        self._integer = integer
        self._value: float = 0
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.editingFinished.connect(self._propose_text)

    def value(self) -> float:
        """Return the last value that was accepted."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a value without proposing it."""
        self._value = value
        self.lineEdit().setText(wording.exact_number(value))

    def sizeHint(self) -> QSize:
        """Return a width that holds a ten-digit seed."""
        hint = super().sizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance("0" * 11) + 24)
        return hint

    def minimumSizeHint(self) -> QSize:
        """Hold at least seven digits."""
        hint = super().minimumSizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance("0" * 7) + 24)
        return hint

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both ways; the core knows the limits."""
        flags = QAbstractSpinBox.StepEnabledFlag
        return flags.StepUpEnabled | flags.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        """Propose the next value up or down."""
        value = self._typed()
        # From inf, NaN or a number beyond all fields there is no next one.
        start = self._value if isinstance(value, str) else value
        if not -_BEYOND < start < _BEYOND:
            start = self._value
        for _ in range(abs(steps)):
            start = self._stepped(start, 1 if steps > 0 else -1)
        self.lineEdit().setText(wording.exact_number(start))
        self.proposed.emit(start)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept any text while it is typed."""
        return (QValidator.State.Acceptable, text, position)

    def event(self, event: QEvent) -> bool:
        """Let Escape and undo mean the typed text first, and the window's actions after it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape and not self._untouched:
                event.accept()
                return True
            undo = any(map(event.matches, (QKeySequence.StandardKey.Undo, _REDO)))
            if undo and self._untouched:
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape brings the last accepted value back."""
        if event.key() == Qt.Key.Key_Escape and not self._untouched:
            self.set_value(self._value)
            self.proposed.emit(self._value)
            event.accept()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step only with focus: a wheel that scrolls the side panel must change nothing."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select everything, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    @property
    def _untouched(self) -> bool:
        return self.lineEdit().text() == wording.exact_number(self._value)

    @Slot()
    def _propose_text(self) -> None:
        self.proposed.emit(self._value if self._untouched else self._typed())

    def _typed(self) -> float | str:
        text = self.lineEdit().text().strip().replace("−", "-")
        try:
            return int(text.replace("_", "x"))
        except ValueError:
            pass
        try:
            return float(text.replace(",", ".").replace("_", "x"))
        except ValueError:
            return text

    def _stepped(self, value: float, direction: int) -> float:
        match self._stepping:
            case Stepping.BY_ONE:
                return value + direction
            case Stepping.TENTH:
                return round(value + 0.1 * direction, 10)
            case Stepping.DOUBLE:
                return _next_power_of_two(value, direction)
            case Stepping.ONE_TWO_FIVE:
                return _next_one_two_five(value, direction)


def _next_power_of_two(value: float, direction: int) -> int:
    if value < 1:
        return 1
    exponent = (
        math.floor(math.log2(value)) + 1 if direction > 0 else math.ceil(math.log2(value)) - 1
    )
    return int(2 ** max(exponent, 0))


def _next_one_two_five(value: float, direction: int) -> float:
    if value <= 0:
        return 0.001 if direction > 0 else 0.0
    exponent = math.floor(math.log10(value))
    steps = [
        float(f"{mantissa}e{exponent + shift}") for shift in (-1, 0, 1) for mantissa in (1, 2, 5)
    ]
    if direction > 0:
        return min(step for step in steps if step > value * (1 + 1e-9))
    return max(step for step in steps if step < value * (1 - 1e-9))


class CheckedField(QWidget):
    """A number field with its refusal shown right below it.

    It hands no focus on (a proxy next to `setTabOrder` locks Tab in a ring): `field` takes it.
    After Enter the keyboard rests on this widget, which lets single keys mean the window's actions
    again; Tab leads back to the field.

    Parameters
    ----------
    name
        What the field is called on screen.
    propose
        Called with a new value; raises `ExperimentError` to refuse it.
    message
        A label elsewhere for the refusal, where there is no room below the field.
    """

    def __init__(
        self,
        name: str,
        propose: Callable[[object], None],
        stepping: Stepping,
        integer: bool = False,
        tip: str = "",
        parent: QWidget | None = None,
        message: QLabel | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._propose = propose
        self.field = NumberField(stepping, integer, self)
        self.field.setToolTip(tip)
        self.field.setAccessibleName(name)
        self.field.setAccessibleDescription(tip)
        self.field.proposed.connect(self._on_proposed)
        self.field.entered.connect(self._on_entered)
        self.message = message or QLabel(self)
        self.message.setObjectName("error")
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        self.message.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.field)
        if message is None:
            layout.addWidget(self.message)

    def show_value(self, value: float) -> None:
        """Show an accepted value; a refusal on screen goes."""
        self.field.set_value(value)
        self._show_refusal("")

    @Slot(object)
    def _on_proposed(self, value: object) -> None:
        try:
            self._propose(value)
        except ExperimentError as error:
            self._show_refusal(wording.error_message(error, self._name))
            return
        self._show_refusal("")
        if isinstance(value, int | float):
            self.field.set_value(value)

    @Slot()
    def _on_entered(self) -> None:
        if not self.field.property("refused"):
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Lead from where Enter left the keyboard back to the field."""
        if self.hasFocus():
            self.field.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return super().focusNextPrevChild(forward)

    def _show_refusal(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))
        if self.field.property("refused") != bool(text):
            self.field.setProperty("refused", bool(text))
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)


def silence(widget: QWidget) -> None:
    """Let no field of a widget that goes propose anything when it loses the keyboard."""
    for field in widget.findChildren(NumberField):
        field.blockSignals(True)
