"""A grip that lies over a plot, for the mouse, a finger, and the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from winit_gui.style import LIGHT, Theme

_SIZE = 30
"""Logical pixels, enough for a finger; what is drawn is smaller."""

STEP_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_PageUp: 10,
}
_OTHER_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home)


class Handle(QWidget):
    """A ring with an arrow to each side; it is seen with the keyboard or while it is `awake`.

    Signals
    -------
    entered(), departed()
        The pointer or the keyboard came to it, and went.
    grabbed(), moved(QPointF), released(), cancelled()
        It was taken; its middle is to go to a place of the plot; it was let go; Escape.
    key_went_down(), stepped(int, bool), key_came_up()
        The arrow keys: so many steps, small ones if Shift is held, between press and release.
    turned(int)
        Up and down: the next or the previous one.
    reset_asked()
        Home.
    """

    entered = Signal()
    departed = Signal()
    grabbed = Signal()
    moved = Signal(QPointF)
    released = Signal()
    cancelled = Signal()
    key_went_down = Signal()
    stepped = Signal(int, bool)
    key_came_up = Signal()
    turned = Signal(int)
    reset_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._colour = LIGHT.text
        self._awake = False
        self._held = False
        self._key_is_down = False
        self._offset = QPointF()
        self._under = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.set_theme(LIGHT)

    @property
    def is_held(self) -> bool:
        """Whether the mouse or a key has it."""
        return self._held or self._key_is_down

    @property
    def is_meant(self) -> bool:
        """Whether the pointer or the keyboard is on it."""
        return self._under or self.is_held or self.hasFocus()

    @property
    def is_seen(self) -> bool:
        """Whether it is drawn."""
        return self._awake or self.is_meant

    def hold(self) -> None:
        """Be held, though the pointer took something else: the curve it stands on."""
        self._held = True
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.update()

    def let_go(self) -> None:
        """Be held no more."""
        self._held = self._key_is_down = False
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the sizes and colours of a theme."""
        self._theme = theme
        size = round(_SIZE * theme.type_scale)
        self.setFixedSize(QSize(size, size))

    def set_colour(self, colour: str) -> None:
        """Be drawn in the colour of what it holds."""
        if colour != self._colour:
            self._colour = colour
            self.update()

    def set_awake(self, awake: bool) -> None:
        """Be seen, or only be found by Tab."""
        if awake != self._awake:
            self._awake = awake
            self.update()

    def put(self, middle: QPointF) -> None:
        """Stand with the middle at a place of the plot."""
        self.move((middle - QPointF(self.width() / 2, self.height() / 2)).toPoint())

    def middle(self) -> QPointF:
        """Return where in the plot it stands."""
        return QPointF(self.pos()) + QPointF(self.width() / 2, self.height() / 2)

    # Mouse and finger

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Be taken."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self._offset = self.middle() - self.mapToParent(event.position())
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.grabbed.emit()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow."""
        if self._held:
            self.moved.emit(self.mapToParent(event.position()) + self._offset)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Be let go."""
        if self._held and event.button() == Qt.MouseButton.LeftButton:
            self._held = False
            self.released.emit()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Be taken again; the plot below is not enlarged."""
        self.mousePressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be taken."""
        self._under = True
        self.entered.emit()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Go to sleep."""
        self._under = False
        self.departed.emit()
        self.update()

    # Keys

    def event(self, event: QEvent) -> bool:
        """Take its keys before the window's shortcuts do."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            mine = event.key() in STEP_KEYS or event.key() in _OTHER_KEYS
            if mine or (event.key() == Qt.Key.Key_Escape and self.is_held):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step, turn, reset or take back."""
        key = event.key()
        if key == Qt.Key.Key_Escape and self.is_held:
            self._held = self._key_is_down = False
            self.cancelled.emit()
        elif key in STEP_KEYS:
            if not self._key_is_down:
                self._key_is_down = True
                self.key_went_down.emit()
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.stepped.emit(STEP_KEYS[Qt.Key(key)], fine)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.turned.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Home:
            self.reset_asked.emit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End what a held key began."""
        if event.key() in STEP_KEYS and not event.isAutoRepeat():
            self._let_key_go()
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Be seen."""
        super().focusInEvent(event)
        self.entered.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go."""
        super().focusOutEvent(event)
        self._let_key_go()
        if self._held:
            self._held = False
            self.released.emit()
        self.departed.emit()
        self.update()

    def _let_key_go(self) -> None:
        if self._key_is_down:
            self._key_is_down = False
            self.key_came_up.emit()

    # Look

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring, filled while it is held, with an accent where the keyboard is."""
        if not self.is_seen:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = self._theme.type_scale
        middle = QPointF(self.width() / 2, self.height() / 2)
        colour, ground = QColor(self._colour), QColor(self._theme.ground)
        radius = (6.5 if self._under or self._held else 5.5) * scale
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 2 * scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, radius + 7 * scale, radius + 7 * scale)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for side in (-1, 1):
            tip, base, half = radius + 6 * scale, radius + scale, 4.5 * scale
            painter.drawPolygon(
                QPolygonF(
                    [
                        middle + QPointF(side * tip, 0),
                        middle + QPointF(side * base, -half),
                        middle + QPointF(side * base, half),
                    ]
                )
            )
        painter.setPen(QPen(ground, 1.5 * scale))
        painter.drawEllipse(middle, radius, radius)
        if not self._held:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawEllipse(middle, radius - 3 * scale, radius - 3 * scale)
        painter.end()
