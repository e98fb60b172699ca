"""What a user does, with real mouse and key events."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPicture, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QMenu, QWidget
from pytestqt.qtbot import QtBot

from winit_gui.controls.number_field import CheckedField, NumberField
from winit_gui.panels.plot_area import PlotArea
from winit_gui.window import Window

LEFT = Qt.MouseButton.LeftButton


def settle(qtbot: QtBot, window: Window) -> None:
    """Wait until the picture is that of the controls."""
    qtbot.waitUntil(lambda: window.settled, timeout=20_000)
    QApplication.processEvents()


def reveal(window: Window, widget: QWidget) -> None:
    """Scroll the side panel to a control, and let the layout follow."""
    QApplication.processEvents()
    if window.side.isAncestorOf(widget):
        window.side.ensureWidgetVisible(widget)
    QApplication.processEvents()


def click(qtbot: QtBot, window: Window, widget: QWidget) -> None:
    """Click on a control; a check box on its box."""
    reveal(window, widget)
    assert widget.isVisible()
    assert widget.isEnabled()
    where = widget.rect().center()
    if isinstance(widget, QCheckBox):
        where = QPoint(8, widget.height() // 2)
    assert widget.visibleRegion().contains(where), "what cannot be seen cannot be clicked"
    qtbot.mouseClick(widget, LEFT, pos=where)


def focus(qtbot: QtBot, widget: QWidget) -> None:
    """Give a control the keyboard."""
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None and _has_focus(widget))


def _has_focus(widget: QWidget) -> bool:
    holder = QApplication.focusWidget()
    return holder is widget or holder is widget.focusProxy()


def number_field(field: CheckedField | NumberField) -> NumberField:
    """Return the spin box of a field."""
    return field.field if isinstance(field, CheckedField) else field


def type_keys(qtbot: QtBot, widget: QWidget, text: str) -> None:
    """Type any characters; QTest itself ends the process over those beyond Latin 1."""
    for character in text:
        if character.isascii():
            qtbot.keyClicks(widget, character)
            continue
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(
                widget, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
            )


def type_into(
    qtbot: QtBot,
    window: Window,
    field: CheckedField,
    text: str,
    end: Qt.Key | None = Qt.Key.Key_Return,
) -> None:
    """Click into a field, replace its text, and end with a key."""
    reveal(window, field.field)
    qtbot.mouseClick(field.field, LEFT, pos=QPoint(8, field.field.height() // 2))
    qtbot.waitUntil(field.field.hasFocus)
    qtbot.keyClick(field.field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(field.field, Qt.Key.Key_Delete)
    type_keys(qtbot, field.field, text)
    if end is not None:
        qtbot.keyClick(field.field, end)


def choose_with_mouse(qtbot: QtBot, window: Window, combo: QComboBox, key: object) -> None:
    """Open a combo box with a click and click on the item that stands for a key."""
    reveal(window, combo)
    qtbot.mouseClick(combo, LEFT)
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    index = combo.model().index(_position(combo, key), 0)
    view.scrollTo(index)
    # Qt takes a release soon after the opening click for a part of it, unless the pointer moved.
    where = view.visualRect(index).center()
    popup = view.window()
    QTest.mouseMove(popup.windowHandle(), QPoint(1, 1))
    QTest.mouseMove(popup.windowHandle(), view.viewport().mapTo(popup, where))
    QApplication.processEvents()
    qtbot.mouseClick(view.viewport(), LEFT, pos=where)
    qtbot.waitUntil(lambda: not view.isVisible())


def choose_with_keys(qtbot: QtBot, window: Window, combo: QComboBox, key: object) -> None:
    """Walk to the item that stands for a key with the arrow keys."""
    reveal(window, combo)
    focus(qtbot, combo)
    steps = _position(combo, key) - combo.currentIndex()
    for _ in range(abs(steps)):
        qtbot.keyClick(combo, Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)


def _position(combo: QComboBox, key: object) -> int:
    keys = [combo.itemData(i) for i in range(combo.count())]
    texts = [combo.itemText(i) for i in range(combo.count())]
    return keys.index(key) if key in keys else texts.index(str(key))


def hover(window: Window, widget: QWidget, where: QPoint | None = None) -> None:
    """Move the pointer to a place of a widget, as the window system reports it."""
    if where is None:
        where = widget.rect().center()
    QTest.mouseMove(window.windowHandle(), widget.mapTo(window, where))
    QApplication.processEvents()


def wheel(widget: QWidget, turned: int = -120) -> None:
    """Turn the wheel over a widget by a notch; a positive number is away from the hand."""
    where = QPointF(widget.rect().center())
    event = QWheelEvent(
        where,
        QPointF(widget.mapToGlobal(where.toPoint())),
        QPoint(0, 0),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def place(area: PlotArea, x: float, y: float) -> QPoint:
    """Return where a point of the plot's coordinates lies in its viewport."""
    scene = area.item.getViewBox().mapViewToScene(QPointF(x, y))
    point: QPoint = area.view.mapFromScene(scene)
    return point


def click_plot(qtbot: QtBot, area: PlotArea, x: float, y: float) -> None:
    """Click on a point of a plot."""
    qtbot.mouseClick(area.view.viewport(), LEFT, pos=place(area, x, y))


def double_click(qtbot: QtBot, widget: QWidget, where: QPoint | None = None) -> None:
    """Click twice, and let go: QTest holds the button else, also in the tests that follow."""
    where = widget.rect().center() if where is None else where
    qtbot.mouseDClick(widget, LEFT, pos=where)
    qtbot.mouseRelease(widget, LEFT, pos=where)


def axis_labels(area: PlotArea, side: str) -> list[tuple[str, QRectF]]:
    """Return the texts of an axis as they are painted, and where in the plot's viewport."""
    axis = area.item.getAxis(side)
    picture = QPicture()
    painter = QPainter(picture)
    painter.setFont(axis.style["tickFont"])
    specs = axis.generateDrawSpecs(painter)
    painter.end()
    texts = [] if specs is None else specs[2]
    return [
        (text, QRectF(area.view.mapFromScene(axis.mapRectToScene(rect)).boundingRect()))
        for rect, _, text in texts
    ]


def heights(area: PlotArea) -> dict[str, float]:
    """Return at which height of the plot each label of the vertical axis stands."""
    box = area.item.getViewBox()
    return {
        text: box.mapSceneToView(area.view.mapToScene(where.center().toPoint())).y()
        for text, where in axis_labels(area, "left")
    }


def actions(window: Window) -> list[QAction]:
    """Return every action of every menu."""
    found: list[QAction] = []

    def walk(menu: QMenu) -> None:
        for action in menu.actions():
            submenu = action.menu()
            if isinstance(submenu, QMenu):
                walk(submenu)
            elif not action.isSeparator():
                found.append(action)

    for top in window.menuBar().actions():
        submenu = top.menu()
        assert isinstance(submenu, QMenu)
        walk(submenu)
    return found


def action(window: Window, text: str) -> QAction:
    """Return the action whose text, without mnemonic, begins so."""
    return next(a for a in actions(window) if a.text().replace("&", "").startswith(text))
