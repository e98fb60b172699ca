"""What every panel is: a number, a title, one plain sentence, tools, a strip of notes, a plot."""

from __future__ import annotations

import html
import re
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QColor, QCursor, QPen
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)
from superqt import QElidingLabel

from winit_gui.highlight import NOBODY, Highlight
from winit_gui.panels.plot_area import PlotArea
from winit_gui.picture import Picture
from winit_gui.state import State
from winit_gui.style import LIGHT, SPACE, SchemeStyle, Theme

_MOST_LINES = 2
_NOTE_GAP = " &nbsp;&nbsp; "


class Panel(QWidget):
    """A numbered panel; subclasses draw.

    Signals
    -------
    enlarge_asked(int)
        The panel was double-clicked.
    """

    enlarge_asked = Signal(int)

    def __init__(self, number: int, title: str, highlight: Highlight) -> None:
        super().__init__()
        self.number = number
        self.title = title
        self.theme: Theme = LIGHT
        self._highlight = highlight
        self._picture: Picture | None = None
        self.setAccessibleName(f"Panel {number}: {title}")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._number_label = QLabel(str(number))
        self._number_label.setObjectName("panelNumber")
        self._title_label = QLabel(title)
        self._title_label.setObjectName("panelTitle")
        self.tools = QHBoxLayout()
        self.tools.setSpacing(SPACE)
        title_line = QHBoxLayout()
        title_line.setSpacing(2 * SPACE)
        title_line.addWidget(self._number_label)
        title_line.addWidget(self._title_label)
        title_line.addStretch(1)
        head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setSpacing(2 * SPACE)
        head.addLayout(title_line, 1)
        head.addLayout(self.tools)
        self._head_layout, self._title_line = head, title_line
        self.refusal = QLabel(self)
        self.refusal.setObjectName("error")
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        self.sentence = QElidingLabel(self)
        self.sentence.setObjectName("sentence")
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.strip = QLabel(self)
        self.strip.setObjectName("strip")
        self.strip.setTextFormat(Qt.TextFormat.RichText)
        self.strip.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._notes: list[str] = []
        self.area = PlotArea(self)
        self.area.pointed.connect(self._on_pointed)
        self.area.left.connect(self._on_left)
        self.area.clicked.connect(self._on_clicked)
        self.area.double_clicked.connect(self._ask_to_enlarge)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        self._head = QWidget(self)
        self._head.setLayout(head)
        head.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._head)
        layout.addWidget(self.refusal)
        layout.addWidget(self.sentence)
        layout.addWidget(self.strip)
        layout.addWidget(self.area, 1)
        for label in (self._number_label, self._title_label, self.sentence, self.strip):
            label.installEventFilter(self)
        highlight.changed.connect(self._on_highlight)

    def set_theme(self, theme: Theme) -> None:
        """Draw anew in the colours of a theme."""
        self.theme = theme
        self.area.set_theme(theme)
        self.set_head_height(self.fold_head(False))

    def show_picture(self, picture: Picture, state: State) -> None:
        """Draw a picture as the state's view wants it."""
        self._picture = picture
        self.draw(picture, state)
        self.bring_forward(self._highlight.index)

    def draw(self, picture: Picture, state: State) -> None:
        """Draw; subclasses do it."""
        raise NotImplementedError

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one, or none; subclasses do it."""
        raise NotImplementedError

    def scheme_at(self, x: float, y: float) -> tuple[int, str]:
        """Return the scheme under the pointer and what to say of it."""
        return NOBODY, ""

    def choose_at(self, x: float, y: float) -> None:
        """React to a click."""

    @property
    def drawn(self) -> dict[str, Pool]:
        """What is drawn per scheme, by kind; subclasses name it."""
        raise NotImplementedError

    @property
    def notes(self) -> list[str]:
        """The notes of the strip as plain text, also those that did not fit."""
        return [_plain(note) for note in self._notes]

    def set_strip(self, notes: list[str]) -> None:
        """Show notes between sentence and plot, or nothing."""
        self._notes = notes
        self.fit_strip(_MOST_LINES)

    def wants_folded_head(self) -> bool:
        """Tell whether title and tools do not fit on one line."""
        self.tools.invalidate()  # it forgets to when a tool has just been hidden
        wanted = self._title_line.sizeHint().width() + self.tools.sizeHint().width() + 3 * SPACE
        return wanted > self.width()

    def fold_head(self, folded: bool) -> int:
        """Put the tools on a line of their own or beside the title; return the height wanted."""
        directions = QBoxLayout.Direction
        self._head_layout.setDirection(directions.TopToBottom if folded else directions.LeftToRight)
        self._head_layout.setSpacing(SPACE if folded else 2 * SPACE)
        place = Qt.AlignmentFlag.AlignTop if folded else Qt.AlignmentFlag.AlignVCenter
        self._head_layout.setAlignment(self._title_line, place)
        least = round(30 * self.theme.type_scale)
        return max(self._head_layout.sizeHint().height(), least)

    def set_head_height(self, height: int) -> None:
        """Give the head the height that all panels of its row have."""
        self._head.setFixedHeight(height)

    def strip_lines(self) -> int:
        """Return how many lines the notes would fill at the present width."""
        return len(self._broken())

    def fit_strip(self, lines: int) -> None:
        """Give the strip so many lines; what does not fit goes into its tooltip."""
        self.strip.ensurePolished()
        broken = self._broken()
        shown = broken[:lines]
        hidden = sum(len(line) for line in broken[lines:])
        if hidden:
            shown[-1] = [*shown[-1], f"<u>+{hidden}</u>"]
        self.strip.clear()  # or the label keeps the size of a text it had in another font
        self.strip.setText("<br>".join(_NOTE_GAP.join(line) for line in shown))
        self.strip.setToolTip("<p>" + "<br>".join(self._notes) + "</p>" if hidden else "")
        self.strip.setVisible(lines > 0)
        self.strip.setFixedHeight(lines * self.strip.fontMetrics().lineSpacing() + 5)

    def _broken(self) -> list[list[str]]:
        """Break the notes into lines of the present width."""
        metrics = self.strip.fontMetrics()
        gap = metrics.horizontalAdvance("    ")
        room = self.width() - metrics.horizontalAdvance("  +99")
        lines: list[list[str]] = []
        used = 0
        for note in self._notes:
            width = metrics.horizontalAdvance(_plain(note)) + gap
            if not lines or used + width > room:
                lines.append([])
                used = 0
            lines[-1].append(note)
            used += width
        return lines

    def note(self, style: SchemeStyle, text: str) -> str:
        """Return a note of the strip with its scheme's colour in front."""
        words = html.escape(text).replace(" ", "&nbsp;")
        return f'<span style="color:{style.colour}">■</span>&nbsp;{words}'

    def pen(self, style: SchemeStyle, width: float | None = None) -> QPen:
        """Return the pen of a scheme's lines."""
        pen: QPen = pg.mkPen(
            QColor(style.colour), width=width or self.theme.line_width, style=style.dash
        )
        return pen

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enlarge on a double click on the head, too."""
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self._ask_to_enlarge()
            return True
        return False

    def say(self, sentence: str) -> None:
        """Show the sentence; its tooltip holds it whole where it is cut."""
        self.sentence.setText(sentence)
        self.sentence.setToolTip(sentence)

    @Slot(int)
    def _on_highlight(self, index: int) -> None:
        if self._picture is not None:
            self.bring_forward(index)

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        if self._picture is None:
            return
        index, words = self.scheme_at(x, y)
        self._highlight.set(index)
        if words:
            QToolTip.showText(QCursor.pos() + QPoint(12, 8), words, self.area)
        else:
            QToolTip.hideText()

    @Slot()
    def _on_left(self) -> None:
        self._highlight.set(NOBODY)

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        if self._picture is not None:
            self.choose_at(x, y)

    @Slot()
    def _ask_to_enlarge(self) -> None:
        self.enlarge_asked.emit(self.number)


def _plain(note: str) -> str:
    """Return a note's text as it is seen."""
    return html.unescape(re.sub("<[^>]*>", "", note))


class Pool:
    """Plot items that are made once, one per scheme, and shown as many as needed."""

    def __init__(self, area: PlotArea, make: Any, depth: float) -> None:
        self._area = area
        self._make = make
        self._depth = depth
        self._items: list[Any] = []
        self._used = 0

    def take(self, count: int) -> list[Any]:
        """Return `count` visible items; the rest is hidden."""
        while len(self._items) < count:
            self._items.append(self._area.add(self._make(), self._depth))
        for position, item in enumerate(self._items):
            item.setVisible(position < count)
        self._used = count
        return self.shown

    @property
    def shown(self) -> list[Any]:
        """The items in use, one per compared scheme."""
        return self._items[: self._used]

    def fade_all_but(self, index: int, faded: float) -> None:
        """Fade every item but one; `NOBODY` shows all alike."""
        for position, item in enumerate(self._items):
            item.setOpacity(1.0 if index in (NOBODY, position) else faded)
