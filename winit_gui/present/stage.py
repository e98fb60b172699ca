"""The stage: one step of a lesson in any size, projected type in proportion, nothing cut."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from winit_gui.defaults import default_experiment
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.lessons.lesson import Step
from winit_gui.panels.gradient_panel import GradientPanel
from winit_gui.panels.layer_chart import Ends
from winit_gui.panels.learning_panel import LearningPanel
from winit_gui.panels.signal_panel import SignalPanel
from winit_gui.panels.weights_panel import WeightsPanel
from winit_gui.present.band import Band
from winit_gui.present.cells import PanelCell, PictureCell, align, head_height
from winit_gui.present.prepared import Prepared, Words
from winit_gui.present.verdict_row import VerdictRow, cards_of
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import AXIS_POINTS, PROJECTOR, Theme, palette, stylesheet
from winit_gui.training_session import Curves, SessionState

SMALLEST_TYPE = 1 / 45
"""Of the stage's height: what is legible from the back row."""

_CARDS_SHARE = 0.22
_LOW_CARDS_SHARE = 0.1
"""Of the stage: what the verdicts may take below one row of panels, and below two."""

_PANELS_SHARE = 0.35
"""Of the stage: what the panels must have before the verdicts have anything."""

_MOST_COLUMNS = 3
_SOFT = "#EFEFEF"
"""What marks a layer: lines and bars must be seen on it."""
_LINE_WIDTH_AT = 270
"""Of the stage's height there is one pixel of line width: 4 at 1080."""


class HeldHighlight(Highlight):
    """Brings the step's own scheme forward again when the pointer leaves."""

    def __init__(self) -> None:
        super().__init__()
        self._own = NOBODY

    def hold(self, index: int) -> None:
        """Bring a scheme forward for as long as the step lasts."""
        self._own = index
        super().set(index)

    def set(self, index: int) -> None:
        """Bring a scheme forward; `NOBODY`: the step's own."""
        super().set(self._own if index == NOBODY else index)


class _Training:
    """The training of a step as panel 4 looks at it."""

    error = ""
    elapsed = 0.0
    remaining = math.nan

    def __init__(self) -> None:
        self.held: Curves | None = None
        self.state = SessionState.EMPTY

    def curves(self) -> Curves | None:
        """Return what has been reached."""
        return self.held


@dataclass(frozen=True, eq=False)
class Showing:
    """What is on the stage.

    Attributes
    ----------
    step
        The step.
    prepared
        Its results; None while there are none: its words are shown, and how far they are.
    ends
        Fixed ends of the vertical axes by panel.
    position
        Where the lesson is, in words.
    revealed
        Whether the answer of the step's question is shown, if it asks one.
    choice
        The answer that was chosen.
    enlarged
        The panel that is shown alone, or 0.
    share
        What share is done of what has no results yet.
    """

    step: Step
    prepared: Prepared | None
    ends: Mapping[int, Ends]
    position: str = ""
    revealed: bool = True
    choice: int | None = None
    enlarged: int = 0
    share: float = 0.0

    @property
    def asked(self) -> bool:
        """Whether the step waits for its answer."""
        return self.step.question is not None and not self.revealed

    @property
    def panels(self) -> tuple[int, ...]:
        """Numbers of the panels on stage."""
        return (self.enlarged,) if self.enlarged else self.step.panels

    @property
    def words(self) -> Words:
        """What the step says, as far as it is measured."""
        return self.prepared or Words(self.step)


class Stage(QWidget):
    """Shows a step: the band with its words, its panels, the verdicts.

    To draw it without a window on screen, set `Qt.WidgetAttribute.WA_DontShowOnScreen`, `resize`,
    `show`, `show_step` and `grab` it.

    Signals
    -------
    choice_made(int)
        An answer was clicked.
    enlarge_asked(int)
        A panel was double-clicked.
    """

    choice_made = Signal(int)
    enlarge_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.highlight = HeldHighlight()
        self._store = Store(State.of(default_experiment()))
        self._training = _Training()
        self._showing: Showing | None = None
        self._message = ""
        self._places: list[tuple[int, QRect]] = []
        self.theme: Theme = PROJECTOR
        self.setAutoFillBackground(True)
        self.band = Band(self)
        self.band.chosen.connect(self.choice_made)
        store, highlight = self._store, self.highlight
        self.learning = LearningPanel(store, highlight, self._training)
        self.panels = (
            WeightsPanel(store, highlight),
            SignalPanel(store, highlight),
            GradientPanel(store, highlight),
            self.learning,
        )
        self.cells = {panel.number: PanelCell(panel, self) for panel in self.panels}
        for panel in self.panels:
            panel.enlarge_asked.connect(self.enlarge_asked)
        self.picture = PictureCell(self)
        self.picture.hide()
        self.verdicts = VerdictRow(self)
        self.highlight.changed.connect(self._on_highlight)
        self._fit_theme()

    @property
    def showing(self) -> Showing | None:
        """What is on the stage."""
        return self._showing

    @property
    def verdicts_top(self) -> int:
        """Where the verdicts begin; the lower end where there are none."""
        return self.height() if self.verdicts.isHidden() else self.verdicts.y()

    @property
    def beside_title(self) -> QRect:
        """Where the head of the last panel in the first row is empty; nothing without panels."""
        in_row = [area for row, area in self._places if row == 0]
        shown = self._showing.panels if self._showing is not None else ()
        if not in_row or len(shown) < len(in_row):
            return QRect()
        cell, area = self.cells[shown[len(in_row) - 1]], in_row[-1]
        room = QRect(area.topLeft(), QSize(area.width(), head_height(self.theme)))
        return room.adjusted(cell.title_width(self.theme), 0, 0, 0)

    @property
    def least(self) -> float:
        """The smallest type size in logical pixels."""
        return self.height() * SMALLEST_TYPE

    def show_step(self, showing: Showing) -> None:
        """Show a step of a lesson."""
        before, self._showing, self._message = self._showing, showing, ""
        if before is not None and _only_trained_on(before, showing):
            self._show_progress(showing)
            return
        self.update()  # there may have been a message
        if showing.prepared is not None:
            self._store.load(showing.step.state, showing.step.title)
        self.highlight.hold(self._forward(showing))
        self._draw()

    @Slot(float)
    def show_share(self, share: float) -> None:
        """Say what share is done of what has no results yet."""
        for cell in self.cells.values():
            cell.cover.show_share(share)

    def show_message(self, text: str) -> None:
        """Show a sentence instead of a step."""
        self._showing, self._message = None, text
        self._places = []
        for cell in self.cells.values():
            cell.hide()
        for widget in (self.band, self.picture, self.verdicts):
            widget.hide()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep everything in proportion."""
        super().resizeEvent(event)
        self._fit_theme()
        self._draw()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the message, if there is one."""
        if not self._message:
            return
        painter = QPainter(self)
        made = QFont(self.font())
        made.setPixelSize(math.ceil(1.3 * self.least))
        painter.setFont(made)
        painter.setPen(QColor(self.theme.text))
        margin = round(4 * self.least)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(margin, 0, -margin, 0), flags, self._message)
        painter.end()

    def _fit_theme(self) -> None:
        """Take type sizes and widths in proportion to the height."""
        pixels_per_point = self.logicalDpiY() / 72
        # Rounded up: type is set in whole pixels.
        scale = math.ceil(self.least) / (AXIS_POINTS * pixels_per_point) + 0.001
        width = max(round(self.height() / _LINE_WIDTH_AT), 2)  # even: in whole pixels
        theme = replace(PROJECTOR, card=_SOFT, type_scale=scale, line_width=width)
        theme = theme.on_screen(self.devicePixelRatioF())
        if theme == self.theme:
            return
        self.theme = theme
        self.setPalette(palette(theme))
        self.setStyleSheet(stylesheet(theme))
        for cell in self.cells.values():
            cell.set_theme(theme)

    def _forward(self, showing: Showing) -> int:
        choice, schemes = showing.step.highlight, showing.step.state.experiment.schemes
        return schemes.index(choice) if choice in schemes else NOBODY

    @Slot(int)
    def _on_highlight(self, index: int) -> None:
        if self._showing is not None and self._showing.step.state.experiment.schemes:
            self._show_verdicts(self._showing)

    def _show_verdicts(self, showing: Showing) -> None:
        cards = cards_of(showing.step, showing.prepared, revealed=not showing.asked)
        self.verdicts.show_cards(cards, self.theme, self.highlight.index)

    def _draw(self) -> None:
        showing = self._showing
        if showing is None or self.height() < 50:
            return
        least, margin = self.least, round(0.8 * self.least)
        width = self.width() - 2 * margin
        self.band.show_step(
            showing.words, showing.position, showing.revealed, showing.choice, self.theme
        )
        self.band.setGeometry(margin, margin // 2, width, self.height())
        height = self.band.fit(width, self.height(), least)
        self.band.setGeometry(margin, margin // 2, width, height)
        self.band.show()
        self._show_verdicts(showing)
        share = _CARDS_SHARE if len(showing.panels) <= _MOST_COLUMNS else _LOW_CARDS_SHARE
        limit = round(share * self.height())
        foot = self.verdicts.fit(width, limit, least)
        top = margin // 2 + height + round(0.5 * least)
        if self.height() - margin - foot - top < _PANELS_SHARE * self.height():
            foot = 0  # long words leave no room for verdicts
        bottom = self.height() - margin - foot
        self.verdicts.setGeometry(margin, bottom, width, foot)
        self.verdicts.setVisible(foot > 0)
        room = QRect(margin, top, width, bottom - top - round(0.4 * least))
        self._place(showing, room)

    def _show_progress(self, showing: Showing) -> None:
        """Draw what changes while a step trains: its curves, and how far it is."""
        self.band.show_progress(showing.words)
        number, prepared = self.learning.number, showing.prepared
        covered = self.cells[number].is_covered
        if number in showing.panels and prepared is not None and not covered:
            self._draw_panel(number, showing, prepared)
            self._align(showing)

    def _align(self, showing: Showing) -> None:
        for row in {row for row, _ in self._places}:
            in_row = zip(showing.panels, self._places, strict=False)
            cells = [self.cells[number] for number, (at, _) in in_row if at == row]
            align([cell for cell in cells if not cell.is_covered])

    def _place(self, showing: Showing, room: QRect) -> None:
        """Give the panels and the picture their places and draw them."""
        step, prepared, question = showing.step, showing.prepared, showing.step.question
        hidden = question.hides if question is not None and showing.asked else ()
        with_picture = step.picture is not None and not showing.enlarged
        numbers = showing.panels
        places = _places(room, len(numbers) + with_picture, round(self.least))
        self._places = places
        for number, cell in self.cells.items():
            if number not in numbers:
                cell.hide()
        for number, (_, area) in zip(numbers, places, strict=False):
            self.cells[number].place(area, number in hidden, prepared is None)
        self.picture.setVisible(with_picture)
        if with_picture and step.picture is not None:
            self.picture.setGeometry(places[-1][1])
            self.picture.show_file(step.picture)
        if prepared is None:
            self.show_share(showing.share)
            return
        for number in numbers:
            self._draw_panel(number, showing, prepared)
        self._align(showing)

    def _draw_panel(self, number: int, showing: Showing, prepared: Prepared) -> None:
        panel = self.cells[number].panel
        panel.ends = showing.ends.get(number)
        panel.marks_layer = 1 in showing.panels
        if panel is self.learning:
            self._training.held = prepared.curves
            done = prepared.is_complete
            self._training.state = SessionState.FINISHED if done else SessionState.RUNNING
        panel.show_picture(prepared.picture, showing.step.state)
        if prepared.picture.nets > 1:  # what a stroke is must be said, if on two lines
            panel.sentence.set_wordings(panel.sentence.whole)
        if panel is self.learning and prepared.curves is None:
            panel.set_strip([])  # it asks for a button that is not here


def _only_trained_on(before: Showing, now: Showing) -> bool:
    """Tell whether nothing changed but the curves of a training that goes on."""
    if before.prepared is None or now.prepared is None or now.prepared.is_complete:
        return False
    if before.prepared.picture is not now.prepared.picture:
        return False
    names = [field.name for field in fields(Showing) if field.name not in ("step", "prepared")]
    return before.step is now.step and all(
        getattr(before, name) == getattr(now, name) for name in names
    )


def _places(room: QRect, count: int, gap: int) -> list[tuple[int, QRect]]:
    """Return (row, place) for so many things: side by side up to three, else in two rows."""
    columns = count if count <= _MOST_COLUMNS else math.ceil(count / 2)
    rows = math.ceil(count / columns)
    width = (room.width() - (columns - 1) * gap) // columns
    height = (room.height() - (rows - 1) * gap) // rows
    places = []
    for at in range(count):
        row, column = divmod(at, columns)
        x, y = room.left() + column * (width + gap), room.top() + row * (height + gap)
        places.append((row, QRect(x, y, width, height)))
    return places
