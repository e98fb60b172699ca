"""The pane on the right that explains one scheme: its formula, its numbers, its sources."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QTextDocument
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.swatch import Swatch
from winit_gui.explanation import DEFINE
from winit_gui.formulas import formula_image
from winit_gui.picture import Picture
from winit_gui.style import BODY_POINTS, LIGHT, SPACE, Theme

_WIDTH = 350


class ExplainPane(QWidget):
    """Shows the explanation of one scheme.

    It opens without taking the keyboard, so that a letter stays a command; Tab then leads to it,
    and when it closes the keyboard returns to where it came from.

    Signals
    -------
    closed()
        The user wants the pane away.
    turned(int)
        To the scheme so many places on.
    definition_asked(str)
        The key of a quantity whose name was clicked, or chosen with Tab and Enter.
    """

    closed = Signal()
    turned = Signal(int)
    definition_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self._theme: Theme = LIGHT
        self._shown: object = None
        self._left_from: QWidget | None = None
        self._expected_at: QWidget | None = None
        self._escape = QShortcut(QKeySequence("Esc"), self)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.closed)
        self.swatch = Swatch(self)
        self.title = QLabel(self)
        self.title.setObjectName("panelTitle")
        self.title.setWordWrap(True)
        back, on = QToolButton(self), QToolButton(self)
        for button, text, tip, name, step in (
            (back, "◂", tr("Previous scheme"), tr("Explain the previous scheme"), -1),
            (on, "▸", tr("Next scheme"), tr("Explain the next scheme"), 1),
        ):
            button.setObjectName("flat")
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(name)
            button.clicked.connect(partial(self._turn, step))
        close = QToolButton(self)
        close.setObjectName("flat")
        close.setText("×")
        close.setToolTip(tr("Close the explanation (E, Esc)"))
        close.setAccessibleName(tr("Close the explanation"))
        close.clicked.connect(self.closed)
        self.text = QTextBrowser(self)
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setAccessibleName(tr("Explanation"))
        self.text.anchorClicked.connect(self._on_link)
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(self.swatch)
        head.addWidget(self.title, 1)
        for button in (back, on, close):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 3 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.addLayout(head)
        layout.addWidget(self.text, 1)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)

    def take_escape(self, takes: bool) -> None:
        """Let Esc close the pane wherever the keyboard is, or only within the pane."""
        self._escape.setEnabled(takes)

    @Slot()
    def expect_tab(self) -> None:
        """Let Tab lead to the page, unless something else takes the keyboard before."""
        self._expect_no_more()
        holder = _focused(self.window()) or self.window()
        if not self.isAncestorOf(holder):
            self._expected_at = holder
            holder.installEventFilter(self)

    def _expect_no_more(self) -> None:
        if self._expected_at is not None and isValid(self._expected_at):
            self._expected_at.removeEventFilter(self)
        self._expected_at = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the Tab that was expected."""
        if not self.isVisible() or not _is_key(event, QEvent.Type.KeyPress, Qt.Key.Key_Tab):
            return False
        self.text.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    @Slot(QWidget, QWidget)
    def _on_focus(self, left: QWidget | None, taken: QWidget | None) -> None:
        """Note from where the keyboard comes here, and when it goes elsewhere."""
        if taken is None or taken.window() is not self.window():
            return
        if taken is not self._expected_at:
            self._expect_no_more()
        if not self.isAncestorOf(taken) or left is None or self.isAncestorOf(left):
            return
        if left.window() is self.window():  # not a dialog that has closed
            self._left_from = left

    def event(self, event: QEvent) -> bool:
        """Take Esc within the pane before the window's own shortcut does."""
        if _is_key(event, QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape):
            event.accept()
            return True
        if _is_key(event, QEvent.Type.KeyPress, Qt.Key.Key_Escape):
            self.closed.emit()
            return True
        return super().event(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Give the keyboard back."""
        super().hideEvent(event)
        self._expect_no_more()
        came_from, self._left_from = self._left_from, None
        holder = _focused(self.window())
        if event.spontaneous() or holder is None or not self.isAncestorOf(holder):
            return
        if came_from is None or not isValid(came_from) or not came_from.isVisible():
            came_from = self.window()
        came_from.setFocus(Qt.FocusReason.OtherFocusReason)

    def _turn(self, step: int) -> None:
        self.turned.emit(step)

    @Slot(QUrl)
    def _on_link(self, link: QUrl) -> None:
        if link.toString().startswith(DEFINE):
            self.definition_asked.emit(link.toString().removeprefix(DEFINE))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours and sizes of a theme."""
        self._theme = theme
        self.setFixedWidth(round(_WIDTH * (1 + 0.7 * (theme.type_scale - 1))))
        self.text.document().setDefaultStyleSheet(
            f"h4 {{ color: {theme.text}; }} p, td {{ color: {theme.text}; }}"
            f"td {{ padding-bottom: 3px; }} a {{ color: {theme.accent}; }}"
        )
        self.text.setStyleSheet(f"background: {theme.card};")

    def show_picture(self, picture: Picture) -> None:
        """Show the explanation that a picture holds."""
        explanation = picture.explanation
        # What is greyed is not of the width that is being dragged.
        self.text.setEnabled(explanation is not None)
        if explanation is None:
            return
        index = picture.request.explained
        ratio = self.devicePixelRatioF()
        choice, style = picture.experiment.schemes[index], picture.styles[index]
        shown = (explanation, choice, style, self._theme, ratio)
        if shown == self._shown:
            return  # set anew, the page would forget which link the keyboard is on
        self._shown = shown
        self.swatch.show_style(style)
        self.title.setText(wording.scheme_name(choice))
        document = self.text.document()
        room = self.width() - 14 * SPACE
        pixels = self._theme.points(BODY_POINTS) * 96 / 72 * 1.15
        for position, latex in enumerate(explanation.formulas):
            image = formula_image(latex, self._theme.text, pixels, ratio)
            width = image.width() / ratio
            if width > room:
                image = formula_image(latex, self._theme.text, pixels * room / width, ratio)
            name = QUrl(f"formula:{position}")
            document.addResource(QTextDocument.ResourceType.ImageResource.value, name, image)
        place = self.text.verticalScrollBar().value()
        self.text.setHtml(explanation.html)
        self.text.verticalScrollBar().setValue(place)


def _focused(window: QWidget) -> QWidget | None:
    """Return what has the keyboard in a window; Qt's type stubs leave out that nothing may."""
    return window.focusWidget()


def _is_key(event: QEvent, kind: QEvent.Type, key: Qt.Key) -> bool:
    return event.type() == kind and isinstance(event, QKeyEvent) and event.key() == key
