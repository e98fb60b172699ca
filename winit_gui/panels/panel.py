"""What every panel is: a number, a title, one plain sentence, tools, a strip of notes, a plot."""

from __future__ import annotations

import html
import re
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from winit_core.translation import tr
from winit_gui.controls.fitting_label import FittingLabel
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.panels.layer_chart import Ends
from winit_gui.panels.plot_area import PlotArea
from winit_gui.picture import Picture
from winit_gui.pins.ghosts import Ghost, GhostLine
from winit_gui.state import State
from winit_gui.style import LIGHT, SPACE, SchemeStyle, Theme

_MOST_LINES = 2
_NOTE_GAP = " &nbsp;&nbsp; "
_SIGN = re.compile("<span[^>]*>[^<]*</span>&nbsp;")


class Panel(QWidget):
    """A numbered panel; subclasses draw.

    Signals
    -------
    enlarge_asked(int)
        The panel was double-clicked.
    definition_asked(int)
        What it draws is to be explained.
    drawn_anew(Picture)
        Another picture is shown, or the same one drawn in another way.
    """

    enlarge_asked = Signal(int)
    definition_asked = Signal(int)
    drawn_anew = Signal(object)

    def __init__(self, number: int, title: str, highlight: Highlight) -> None:
        super().__init__()
        self.number = number
        self.title = title
        self.theme: Theme = LIGHT
        self.ends: Ends | None = None
        """Where the vertical axis ends from the next drawing on; None: where it fits."""
        self.marks_layer = True
        """Whether the layer of panel 1 is marked from the next drawing on."""
        self._highlight = highlight
        self._picture: Picture | None = None
        self.ghosts: tuple[Ghost, ...] = ()
        self.setAccessibleName(tr("Panel {number}: {title}", number=number, title=title))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._number_label = QLabel(str(number))
        self._number_label.setObjectName("panelNumber")
        self._title_label = QLabel(title)
        self._title_label.setObjectName("panelTitle")
        self._tool_box = QWidget(self)
        self.tools = QHBoxLayout(self._tool_box)
        self.tools.setContentsMargins(0, 0, 0, 0)
        self.tools.setSpacing(SPACE)
        title_line = QHBoxLayout()
        title_line.setSpacing(2 * SPACE)
        self._title_line = title_line
        title_line.addWidget(self._number_label)
        title_line.addWidget(self._title_label)
        title_line.addStretch(1)
        head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setSpacing(2 * SPACE)
        head.addLayout(title_line, 1)
        head.addWidget(self._tool_box)
        self._head_layout, self._title_line = head, title_line
        self.refusal = QLabel(self)
        self.refusal.setObjectName("error")
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        self.sentence = FittingLabel(self)
        self.sentence.setObjectName("sentence")
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.strip = QLabel(self)
        self.strip.setObjectName("strip")
        self.strip.setTextFormat(Qt.TextFormat.RichText)
        self.strip.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._notes: list[str] = []
        self._strip_height = _MOST_LINES
        self._fitted: tuple[int, int, str, tuple[str, ...]] | None = None
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
        self.readout = FittingLabel(self)
        self.readout.setObjectName("readout")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._line = QStackedWidget(self)  # one takes the place of the other: nothing moves
        self._line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._line.addWidget(self.sentence)
        self._line.addWidget(self.readout)
        self._reads_drag = False
        self.ask = QToolButton(self)
        self.ask.setObjectName("flat")
        self.ask.setText("?")
        self.ask.setAccessibleName(tr("What panel {number} shows: definitions", number=number))
        self.ask.setToolTip(tr("What these quantities are (Shift+F1)"))
        self.ask.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self.ask.clicked.connect(self._ask_for_definition)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self._line, 1)
        line.addWidget(self.ask)
        layout.addLayout(line)
        layout.addWidget(self.strip)
        layout.addWidget(self.area, 1)
        for label in (self._number_label, self._title_label, self.sentence, self.strip):
            label.installEventFilter(self)
        highlight.changed.connect(self._on_highlight)

    def hide_tools(self) -> None:
        """Leave only what is to be looked at, for good."""
        self._tool_box.hide()
        self.ask.hide()

    def wrap_sentence(self, lines: int) -> None:
        """Give the sentence so many lines: it wraps, and is never cut; none: it is hidden."""
        self._line.setVisible(lines > 0)
        self.sentence.setWordWrap(lines > 1)
        self.sentence.never_cut()
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._line.setFixedHeight(lines * self.sentence.fontMetrics().lineSpacing() + SPACE)

    def set_theme(self, theme: Theme) -> None:
        """Draw anew in the colours of a theme."""
        self.theme = theme
        self._title_line.setSpacing(round(2 * SPACE * theme.type_scale))
        self.area.set_theme(theme)
        self.set_head_height(self.fold_head(False))

    def show_picture(self, picture: Picture, state: State) -> None:
        """Draw a picture as the state's view wants it."""
        self._picture = picture
        self.draw(picture, state)
        self.bring_forward(self._highlight.index)
        self.drawn_anew.emit(picture)

    def draw(self, picture: Picture, state: State) -> None:
        """Draw; subclasses do it."""
        raise NotImplementedError

    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one, or none; subclasses do it."""
        raise NotImplementedError

    def scheme_at(self, x: float, y: float) -> tuple[int, tuple[str, ...]]:
        """Return the scheme under the pointer, and what to say of the nearest: ever shorter."""
        return NOBODY, ()

    def shown_ends(self) -> Ends | None:
        """Return where the vertical axis ends now; None: nothing is drawn yet."""
        return None

    def show_readout(self, *wordings: str) -> None:
        """Say something in place of the sentence, whatever the pointer is on; nothing: no more."""
        self._reads_drag = bool(wordings)
        self._read(*wordings)

    def add_to_readout(self, text: str) -> None:
        """Say something more of what the pointer is on."""
        if not self._reads_drag and self._line.currentWidget() is self.readout:
            self._read(f"{self.readout.whole}; {text}", text)

    def _read(self, *wordings: str) -> None:
        if wordings:
            self.readout.set_wordings(*wordings)
        self._line.setCurrentWidget(self.readout if wordings else self.sentence)

    def choose_at(self, x: float, y: float) -> None:
        """React to a click."""

    def take_back_click(self) -> None:
        """Undo what the last click chose: it was the first half of a double click."""

    @property
    def drawn(self) -> dict[str, Pool]:
        """What is drawn per scheme, by kind; subclasses name it."""
        raise NotImplementedError

    @property
    def ghost_lines(self) -> tuple[GhostLine, ...]:
        """What is drawn of pinned experiments; most panels draw none."""
        return ()

    @property
    def notes(self) -> list[str]:
        """The notes of the strip as plain text, also those that did not fit."""
        return [_plain(note) for note in self._notes]

    def set_strip(self, notes: list[str]) -> None:
        """Show notes between sentence and plot, or nothing, in the lines there are."""
        self._notes = notes
        self.fit_strip(self._strip_height)  # whoever places panels gives them other lines

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

    def readable_height(self) -> int:
        """Return the height at which the plot below head and notes can be read."""
        layout = self.layout()
        assert layout is not None
        layout.invalidate()  # what was just folded or hidden counts as it is now
        beside = layout.minimumSize().height() - self.area.minimumSizeHint().height()
        return beside + self.area.readable_height

    def strip_lines(self) -> int:
        """Return how many lines the notes would fill at the present width."""
        return len(self._broken())

    def fit_strip(self, lines: int) -> None:
        """Give the strip so many lines; what does not fit goes into its tooltip."""
        self.strip.ensurePolished()
        fitted = (lines, self.width(), self.strip.font().key(), tuple(self._notes))
        if fitted == self._fitted:
            return
        self._strip_height, self._fitted = lines, fitted
        broken = self._broken()
        shown = [[self._cut(note) for note in line] for line in broken[:lines]]
        hidden = sum(len(line) for line in broken[lines:])
        is_cut = shown != broken[:lines]
        if hidden and shown:
            shown[-1] = [*shown[-1], f"<u>+{hidden}</u>"]
        self.strip.clear()  # or the label keeps the size of a text it had in another font
        self.strip.setText("<br>".join(_NOTE_GAP.join(line) for line in shown))
        self.strip.setToolTip("<p>" + "<br>".join(self._notes) + "</p>" if hidden or is_cut else "")
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

    def _cut(self, note: str) -> str:
        """Return a note that ends with an … where it is longer than a line."""
        metrics = self.strip.fontMetrics()
        room = self.width() - metrics.horizontalAdvance("  +99")
        if metrics.horizontalAdvance(_plain(note)) <= room:
            return note
        sign = _SIGN.match(note)
        before = "" if sign is None else sign.group()
        room -= metrics.horizontalAdvance(_plain(before))
        words = _plain(note.removeprefix(before))
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
        return before + html.escape(shown).replace(" ", "&nbsp;")

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

    def say(self, *wordings: str) -> None:
        """Show the sentence, in the first wording that fits; its tooltip holds the fullest."""
        self.sentence.set_wordings(*wordings)
        self.sentence.setToolTip(wordings[0])

    @Slot(int)
    def _on_highlight(self, index: int) -> None:
        if self._picture is not None:
            self.bring_forward(index)

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        if self._picture is None:
            return
        index, wordings = self.scheme_at(x, y)
        self._highlight.set(index)
        if not self._reads_drag:
            self._read(*wordings)

    @Slot()
    def _on_left(self) -> None:
        self._highlight.set(NOBODY)
        if not self._reads_drag:
            self._read()

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        if self._picture is not None:
            self.choose_at(x, y)

    @Slot()
    def _ask_for_definition(self) -> None:
        self.definition_asked.emit(self.number)

    @Slot()
    def _ask_to_enlarge(self) -> None:
        self.take_back_click()
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

    def fade_all_but(self, index: int) -> None:
        """Fade every item but one; `NOBODY` shows all alike."""
        for position, item in enumerate(self._items):
            item.setOpacity(1.0 if index in (NOBODY, position) else self._area.faded)
