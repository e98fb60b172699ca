"""The places of a stage: a panel that can be covered while it is asked about, and a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from winit_core.translation import tr
from winit_gui.panels.panel import Panel
from winit_gui.style import AXIS_POINTS, SPACE, TITLE_POINTS, Theme, font

_MOST_NOTE_LINES = 4
_MOST_SENTENCE_LINES = 2
_PLOT_SHARE = 0.45
"""Of a panel: what its plot keeps, whatever there is to note."""

_PLOT_LINES = 9
"""Lines of type: the least height of a plot with its axis, whatever there is to say."""

_AXIS_LINES = 4
"""Of which the axis below takes so many."""


class Cover(QWidget):
    """Stands for a panel: its number and title, and a question mark or how far its results are."""

    def __init__(self, panel: Panel, parent: QWidget) -> None:
        super().__init__(parent)
        self._number, self._title = panel.number, panel.title
        self._theme: Theme | None = None
        self._share = -1.0

    @property
    def share(self) -> float:
        """What share of the results is there; negative while the panel is asked about."""
        return self._share

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours and sizes of a theme."""
        self._theme = theme
        self.update()

    def ask(self) -> None:
        """Hide the answer."""
        self._share = -1.0
        self.setAccessibleName(
            tr("Panel {number}: {title}, asked about", number=self._number, title=self._title)
        )
        self.update()

    def wait(self) -> None:
        """Stand for results that are to come."""
        self._share = 0.0
        self.setAccessibleName(
            tr("Panel {number}: {title}, being computed", number=self._number, title=self._title)
        )
        self.update()

    def show_share(self, share: float) -> None:
        """Say what share of the results is there, where they are waited for."""
        if self._share >= 0:
            self._share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the head, and what stands for the rest."""
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.ground))
        painter.setPen(QColor(self._theme.text))
        title = font(self._theme, TITLE_POINTS, bold=True)
        painter.setFont(title)
        height = head_height(self._theme)
        head = QRect(0, 0, self.width(), height)
        words = f"{self._number} {self._title}"
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, words)
        body = QRectF(self.rect()).adjusted(0, height + SPACE, -1, -1)
        painter.setPen(QColor(self._theme.line))
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self._share < 0:
            self._draw_question(painter, body, title)
        else:
            self._draw_share(painter, body)
        painter.end()

    def _draw_question(self, painter: QPainter, body: QRectF, title: QFont) -> None:
        assert self._theme is not None
        large = QFont(title)
        large.setPixelSize(max(round(0.45 * body.height()), 1))
        painter.setFont(large)
        painter.setPen(QColor(self._theme.accent))
        painter.drawText(body, Qt.AlignmentFlag.AlignCenter, "?")

    def _draw_share(self, painter: QPainter, body: QRectF) -> None:
        assert self._theme is not None
        words = tr("being computed… {share:.0%}", share=self._share)
        painter.setFont(font(self._theme, AXIS_POINTS))
        line = painter.fontMetrics().lineSpacing()
        width = min(0.8 * body.width(), 14.0 * line)
        bar = QRectF(0, 0, width, 1.4 * line)
        bar.moveCenter(body.center())
        tint = QColor(self._theme.accent)
        tint.setAlphaF(0.16)
        painter.fillRect(QRectF(bar.topLeft(), QSizeF(width * self._share, bar.height())), tint)
        painter.drawRect(bar)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, words)


def head_height(theme: Theme) -> int:
    """Return how high the line with a panel's title is."""
    return round(30 * theme.type_scale)


class PanelCell:
    """A panel with its cover, in one place."""

    def __init__(self, panel: Panel, parent: QWidget) -> None:
        self.panel = panel
        panel.setParent(parent)
        panel.hide_tools()
        panel.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        panel.area.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Its notes begin below its sentence, also where those of a neighbour take more lines.
        panel.strip.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        panel.hide()
        self.cover = Cover(panel, parent)
        self.cover.hide()

    @property
    def is_covered(self) -> bool:
        """Whether the cover stands for the panel."""
        return not self.cover.isHidden()

    @property
    def is_asked(self) -> bool:
        """Whether the panel's answer is hidden."""
        return self.is_covered and self.cover.share < 0

    def title_width(self, theme: Theme) -> int:
        """Return how far the title reaches in the head, with a gap behind."""
        metrics = QFontMetricsF(font(theme, TITLE_POINTS, bold=True))
        return math.ceil(metrics.horizontalAdvance(f"{self.panel.number} {self.panel.title}  "))

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours and sizes of a theme."""
        self.panel.set_theme(theme)
        self.cover.set_theme(theme)

    def place(self, area: QRect, asked: bool, awaited: bool = False) -> None:
        """Stand somewhere, covered while it is asked about, or its results are awaited."""
        self.panel.setGeometry(area)
        self.cover.setGeometry(area)
        if asked:
            self.cover.ask()
        elif awaited:
            self.cover.wait()
        self.panel.setVisible(not (asked or awaited))
        self.cover.setVisible(asked or awaited)
        if not awaited:
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
        self.setAccessibleName(tr("Picture {name}", name=path.stem))
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
