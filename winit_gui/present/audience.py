"""What the audience sees: the stage on a whole screen, and what may lie over it."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QContextMenuEvent,
    QCursor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from winit_core.translation import tr
from winit_gui.present.band import QUESTION_TITLE
from winit_gui.present.commands import KEYS_SHEET, Command, command_of
from winit_gui.present.lesson_show import LessonShow
from winit_gui.present.notes_column import NotesColumn
from winit_gui.present.stage import SMALLEST_TYPE, Stage
from winit_gui.style import PROJECTOR

NOTES_SHARE = 0.25
"""Of the window's width: what is left of 16 : 9 for the stage is 4 : 3."""

_POINTER_RESTS_MS = 2500
_HINT_MS = 4000
_KEYS = tr("Space: next   ·   F1: all keys   ·   Esc: leave")


class _Note(QWidget):
    """A sentence over the stage, in legible type and as wide as it needs.

    It lies beside a panel's title where it fits, else at the foot of the panels.

    Parameters
    ----------
    parent
        Where it lies.
    stage
        What it must not hide: the verdicts and the axes are to be read.
    """

    def __init__(self, parent: QWidget, stage: Stage) -> None:
        super().__init__(parent)
        self._stage = stage
        self.text = ""
        self._pixels = 20
        self.hide()

    def say(self, text: str) -> None:
        """Show a text, or nothing."""
        self.text = text
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.fit()
        self.raise_()
        self.update()

    def fit(self) -> None:
        """Take the place that the text needs."""
        room = self._stage.size()
        self._pixels = math.ceil(room.height() * SMALLEST_TYPE)
        metrics = QFontMetricsF(self._font())
        pad = round(0.6 * self._pixels)
        widest = QRectF(0, 0, 0.9 * room.width() - 2 * pad, room.height())
        flags = int(Qt.TextFlag.TextWrapAnywhere | Qt.TextFlag.TextWordWrap)
        box = metrics.boundingRect(widest, flags, self.text)
        width, height = math.ceil(box.width()) + 2 * pad + 2, math.ceil(box.height()) + 2 * pad
        beside = self._stage.beside_title
        if width <= beside.width() and box.height() <= beside.height():
            self.setGeometry(beside.right() + 1 - width, beside.top(), width, beside.height())
            return
        left = (room.width() - width) // 2
        bottom = min(room.height(), self._stage.verdicts_top) - pad
        self.setGeometry(left, bottom - height, width, height)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._pixels)
        return font

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text in a frame."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PROJECTOR.ground))
        painter.setPen(QColor(PROJECTOR.line))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.setPen(QColor(PROJECTOR.text))
        painter.setFont(self._font())
        pad = round(0.6 * self._pixels)
        flags = int(Qt.TextFlag.TextWrapAnywhere | Qt.TextFlag.TextWordWrap)
        inside = self.rect().adjusted(pad, 0, -pad, 0)
        painter.drawText(inside, flags | int(Qt.AlignmentFlag.AlignCenter), self.text)
        painter.end()


class _Sheet(QWidget):
    """The keys, over the whole stage."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        words = "; ".join(f"{keys}: {what}" for keys, what in KEYS_SHEET)
        self.setAccessibleName(tr("Keys. {table}", table=words))
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the table."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PROJECTOR.ground))
        painter.setPen(QColor(PROJECTOR.text))
        font = QFont(self.font())
        font.setPixelSize(math.ceil(1.3 * self.height() * SMALLEST_TYPE))
        bold = QFont(font)
        bold.setBold(True)
        line = 2.0 * font.pixelSize()
        top = (self.height() - line * len(KEYS_SHEET)) / 2
        middle = 0.36 * self.width()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for place, (keys, what) in enumerate(KEYS_SHEET):
            y = top + place * line
            painter.setFont(bold)
            painter.drawText(QRectF(0, y, middle - line, line), right, keys)
            painter.setFont(font)
            painter.drawText(QRectF(middle, y, self.width() - middle, line), left, what)
        painter.end()


class _Black(QWidget):
    """Nothing to look at."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Blank"))
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw black."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#000000"))
        painter.end()


class Audience(QWidget):
    """A window for the whole screen: the stage, and beside it the notes if that is all there is.

    Signals
    -------
    asked(object)
        A `Command` that is not for this window alone: notes, try, leave.
    blanked(bool)
        The screen went black, or came back.
    """

    asked = Signal(object)
    blanked = Signal(bool)

    def __init__(self, show: LessonShow) -> None:
        super().__init__()
        self._show = show
        self._key_note = False
        self._hint = ""
        self.stage = Stage(self)
        self.notes: NotesColumn | None = None
        self.note = _Note(self, self.stage)
        self.sheet = _Sheet(self)
        self.black = _Black(self)
        self.setWindowTitle(show.lesson.title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.stage.setMouseTracking(True)
        self.stage.choice_made.connect(show.choose)
        self.stage.enlarge_asked.connect(show.enlarge)
        show.changed.connect(self._on_changed)
        show.progressed.connect(self.stage.show_share)
        show.failed.connect(self.stage.show_message)
        show.at_end.connect(self._on_end)
        self._pointer = QTimer(self)
        self._pointer.setSingleShot(True)
        self._pointer.setInterval(_POINTER_RESTS_MS)
        self._pointer.timeout.connect(self._hide_pointer)
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(_HINT_MS)
        self._fading.timeout.connect(self._drop_hint)

    @property
    def is_blank(self) -> bool:
        """Whether the screen is black."""
        return not self.black.isHidden()

    def open_notes(self, began: float) -> None:
        """Make room for the notes beside the stage, which keeps its height: and so its type.

        `began` is when the lesson began, on `time.monotonic`'s clock.
        """
        self._blank(False)
        if self.notes is None:
            self.notes = NotesColumn(self._show, began, self)
            self.notes.show()
            self._lay_out()

    def close_notes(self) -> None:
        """Give the stage the whole window again."""
        notes, self.notes = self.notes, None
        if notes is not None:
            notes.hide()
            notes.deleteLater()
            self._lay_out()

    @Slot(str)
    def say(self, text: str) -> None:
        """Show a sentence over the stage until the next key; an empty one: nothing."""
        self._key_note = bool(text)
        self.note.say(text)

    def hint(self, text: str = _KEYS) -> None:
        """Say something for a while: what the most important keys are."""
        self.say(text)
        self._hint = text
        self._fading.start()

    def carry_out(self, command: Command | tuple[str, int]) -> None:
        """Do what a key, a button or a menu asks for."""
        if self._key_note:
            self.say("")
        if isinstance(command, tuple):
            if self.is_blank:
                self._blank(False)
                return
            kind, number = command
            if kind == "choice":
                self._show.choose(number)
            else:
                self._show.enlarge(number)
            return
        if not self.sheet.isHidden() and command in (Command.LEAVE, Command.HELP):
            self._show_sheet(False)
            return
        self._show_sheet(False)
        if self.is_blank and command not in (Command.NOTES, Command.TRY, Command.HELP):
            self._blank(False)  # the next press goes on
            return
        match command:
            case Command.NEXT:
                self._show.next()
            case Command.BACK:
                self._show.back()
            case Command.FIRST:
                self._show.first()
            case Command.LAST:
                self._show.last()
            case Command.BLANK:
                self._blank(True)
            case Command.HELP:
                self._blank(False)
                self._show_sheet(True)
            case Command.LEAVE if self._show.enlarged:
                self._show.enlarge(self._show.enlarged)
            case _:
                self.asked.emit(command)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step, choose, enlarge, blank, leave."""
        command = command_of(event, self._show.offers_choices)
        if command is None:
            super().keyPressEvent(event)
        else:
            self.carry_out(command)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer by mouse what the keys do."""
        self.menu().popup(event.globalPos())

    def menu(self) -> QMenu:
        """Return the menu of the right button."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, command in (
            (tr("&Next\tPgDn"), Command.NEXT),
            (tr("&Back\tPgUp"), Command.BACK),
            (tr("&First step\tHome"), Command.FIRST),
            (tr("B&lank\tB"), Command.BLANK),
            (tr("Presenter's n&otes\tN"), Command.NOTES),
            (tr("&Try it in the window\tT"), Command.TRY),
            (tr("&Keys\tF1"), Command.HELP),
            (tr("L&eave\tEsc"), Command.LEAVE),
        ):
            action = menu.addAction(text)
            action.setData(command.value)
        menu.triggered.connect(self._on_menu)
        return menu

    @Slot(object)
    def _on_menu(self, action: object) -> None:
        self.carry_out(Command(action.data()))  # type: ignore[attr-defined]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the pointer for a while."""
        self.unsetCursor()
        self._pointer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let everything fill the window."""
        super().resizeEvent(event)
        self._lay_out()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave the lesson, however the window was closed."""
        self._pointer.stop()
        self._fading.stop()
        super().closeEvent(event)
        self.asked.emit(Command.LEAVE)

    def _lay_out(self) -> None:
        width, height = self.width(), self.height()
        beside = 0 if self.notes is None else round(NOTES_SHARE * width)
        self.stage.setGeometry(0, 0, width - beside, height)
        if self.notes is not None:
            self.notes.set_theme(self.stage.theme, self.stage.least)
            self.notes.setGeometry(width - beside, 0, beside, height)
        for widget in (self.sheet, self.black):
            widget.setGeometry(self.rect())
            widget.raise_()
        self.note.fit()

    def _show_sheet(self, shown: bool) -> None:
        self.sheet.setVisible(shown)
        self.sheet.raise_()

    def _blank(self, blank: bool) -> None:
        if blank != self.is_blank:
            self.black.setVisible(blank)
            self.black.raise_()
            self.blanked.emit(blank)

    @Slot()
    def _on_end(self) -> None:
        self.hint(tr("This was the last step. Esc leaves the lesson."))

    @Slot()
    def _drop_hint(self) -> None:
        if self.note.text == self._hint:
            self.say("")

    @Slot()
    def _on_changed(self) -> None:
        showing = self._show.showing
        if showing is not None:
            self.stage.show_step(showing)
            title = QUESTION_TITLE if showing.asked else showing.step.title
            self.setAccessibleName(tr("Step {place}: {title}", place=showing.position, title=title))
            self.note.fit()

    @Slot()
    def _hide_pointer(self) -> None:
        if self.rect().contains(self.mapFromGlobal(QCursor.pos())):
            self.setCursor(Qt.CursorShape.BlankCursor)
