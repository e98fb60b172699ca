"""The places of a stage: a panel that can be covered while it is asked about, and a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from winit_gui.panels.panel import Panel
from winit_gui.style import SPACE, TITLE_POINTS, Theme, font

_MOST_NOTE_LINES = 4
_MOST_SENTENCE_LINES = 2
_PLOT_SHARE = 0.45
"""Of a panel: what its plot keeps, whatever there is to note."""

_PLOT_LINES = 9
"""Lines of type: the least height of a plot with its axis, whatever there is to say."""

_AXIS_LINES = 4
"""Of which the axis below takes so many."""


class Cover(QWidget):
    """Hides a panel's answer: its number and title stay, a question mark stands for the rest."""

    def __init__(self, panel: Panel, parent: QWidget) -> None:
        super().__init__(parent)
        self._number, self._title = panel.number, panel.title
        self._theme: Theme | None = None
        self.setAccessibleName(f"Panel {panel.number}: {panel.title}, asked about")

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours and sizes of a theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the head and the question mark."""
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.ground))
        painter.setPen(QColor(self._theme.text))
        title = font(self._theme, TITLE_POINTS, bold=True)
        painter.setFont(title)
        height = round(30 * self._theme.type_scale)
        head = QRect(0, 0, self.width(), height)
        words = f"{self._number} {self._title}"
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, words)
        body = QRectF(self.rect()).adjusted(0, height + SPACE, -1, -1)
        painter.setPen(QColor(self._theme.line))
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        large = QFont(title)
        large.setPixelSize(max(round(0.45 * body.height()), 1))
        painter.setFont(large)
        painter.setPen(QColor(self._theme.accent))
        painter.drawText(body, Qt.AlignmentFlag.AlignCenter, "?")
        painter.end()


class PanelCell:
    """A panel with its cover, in one place."""

    def __init__(self, panel: Panel, parent: QWidget) -> None:
        self.panel = panel
        panel.setParent(parent)
        panel.hide_tools()
        panel.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        panel.area.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        panel.hide()
        self.cover = Cover(panel, parent)
        self.cover.hide()

    @property
    def is_asked(self) -> bool:
        """Whether the panel's answer is hidden."""
        return not self.cover.isHidden()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours and sizes of a theme."""
        self.panel.set_theme(theme)
        self.cover.set_theme(theme)

    def place(self, area: QRect, asked: bool) -> None:
        """Stand somewhere, covered or not."""
        self.panel.setGeometry(area)
        self.cover.setGeometry(area)
        self.panel.setVisible(not asked)
        self.cover.setVisible(asked)
        self.activate()

    def activate(self) -> None:
        """Let the parts of the panel take their sizes now."""
        layout = self.panel.layout()
        if layout is not None:
            layout.activate()

    def hide(self) -> None:
        """Leave the stage."""
        self.panel.hide()
        self.cover.hide()


def align(cells: Sequence[PanelCell]) -> None:
    """Fit heads, sentences and notes of panels that stand in one row."""
    panels = [cell.panel for cell in cells]
    if not panels:
        return
    head = max(panel.fold_head(False) for panel in panels)
    line = panels[0].strip.fontMetrics().lineSpacing()
    height = min(panel.height() for panel in panels)
    # In this order: the plot, the sentence, the notes.
    room = height - head - max(round(_PLOT_SHARE * height), _PLOT_LINES * line)
    wanted = max(map(_sentence_lines, panels))
    sentences = max(min(wanted, _MOST_SENTENCE_LINES, room // line), 0)
    notes = min(max(panel.strip_lines() for panel in panels), _MOST_NOTE_LINES)
    notes = max(min(notes, room // line - sentences), 0)
    for cell in cells:
        panel = cell.panel
        panel.set_head_height(head)
        panel.wrap_sentence(sentences if sentences == wanted else 0)
        panel.fit_strip(notes)
        cell.activate()
        _fit_axis_name(panel, line)


def _fit_axis_name(panel: Panel, line: int) -> None:
    """Leave the vertical axis without its name where that is longer than the axis."""
    axes = [panel.area.item.getAxis(side) for side in ("bottom", "left")]
    below, beside = (axis.labelText for axis in axes)
    room = panel.area.height() - _AXIS_LINES * line
    if QFontMetricsF(axes[1].label.font()).horizontalAdvance(beside) > room:
        panel.area.set_labels(below, "")


def _sentence_lines(panel: Panel) -> int:
    """Return how many lines the sentence needs at the panel's width."""
    label = panel.sentence
    label.ensurePolished()
    room = QRectF(0, 0, max(panel.width(), 1), 1e4)
    metrics = QFontMetricsF(label.font())
    needed = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), label.text())
    return max(math.ceil(needed.height() / metrics.lineSpacing() - 0.1), 1)


class PictureCell(QWidget):
    """A lesson's own picture, as large as its place allows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._svg: QSvgRenderer | None = None
        self._pixmap: QPixmap | None = None

    def show_file(self, path: Path) -> None:
        """Show a PNG or SVG file."""
        self._path, self._svg, self._pixmap = path, None, None
        if path.suffix.lower() == ".svg":
            self._svg = QSvgRenderer(str(path))
        else:
            self._pixmap = QPixmap(str(path))
        self.setAccessibleName(f"Picture {path.stem}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture in the middle of its place."""
        natural = QSize()
        if self._svg is not None:
            natural = self._svg.defaultSize()
        elif self._pixmap is not None:
            natural = self._pixmap.size()
        if natural.isEmpty():
            return
        size = natural.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        place = QRectF(left, top, size.width(), size.height())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._svg is not None:
            self._svg.render(painter, place)
        elif self._pixmap is not None:
            painter.drawPixmap(place, self._pixmap, QRectF(self._pixmap.rect()))
        painter.end()
