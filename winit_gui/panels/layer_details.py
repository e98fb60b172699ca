"""The distributions of z, h, ∂L/∂z and W in one layer, all schemes over one another."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from winit_core.simulation import Quantity
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.combo_box import ComboBox
from winit_gui.controls.fitting_label import FittingLabel
from winit_gui.highlight import NOBODY, Highlight
from winit_gui.layer_picture import QUANTITIES, LayerCurve, LayerPicture, QuantityPicture
from winit_gui.panels.layer_chart import decade_ticks
from winit_gui.panels.panel import Pool
from winit_gui.panels.plot_area import PlotArea, put
from winit_gui.picture import Picture
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import LIGHT, SENTENCE_POINTS, SPACE, SchemeStyle, Theme, font

_TOP = 1.12
_NEAR_PIXELS = 14
_LESS = 0.62
"""Lines of these small plots are so much as wide as those of the panels."""


class _Plot(QWidget):
    """One of the four: a name above a plot."""

    def __init__(self, quantity: Quantity, highlight: Highlight) -> None:
        super().__init__()
        self.quantity = quantity
        self._highlight = highlight
        self._theme: Theme = LIGHT
        self._shown: QuantityPicture | None = None
        self._names: list[str] = []
        self.title = FittingLabel(self)
        self.title.setObjectName("muted")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.area = PlotArea(self)
        self.area.be_small()
        self.area.view.setAccessibleName(
            tr("Distribution of {quantity}", quantity=wording.TENSORS[quantity])
        )
        self.lines = Pool(self.area, pg.PlotCurveItem, 10)
        self.spikes = Pool(self.area, partial(pg.PlotCurveItem, connect="pairs"), 20)
        self.tips = Pool(self.area, pg.ScatterPlotItem, 21)
        self.area.pointed.connect(self._on_pointed)
        self.area.left.connect(self._on_left)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.area, 1)
        highlight.changed.connect(self.bring_forward)

    def set_theme(self, theme: Theme) -> None:
        """Take colours, fonts and widths of a theme."""
        self._theme = theme
        self.area.set_theme(theme)

    def show_plot(
        self, shown: QuantityPicture, styles: tuple[SchemeStyle, ...], names: list[str]
    ) -> None:
        """Draw one curve per scheme, and spikes where many entries are one number."""
        self._shown, self._names = shown, names
        self._title()
        low, high = float(shown.edges[0]), float(shown.edges[-1])
        self.area.set_x(low, high, decade_ticks(low, high, 4) if shown.logarithmic else None)
        self.area.set_y(0.0, _TOP, [])
        n = len(shown.curves)
        rows = zip(
            shown.curves,
            styles,
            self.lines.take(n),
            self.spikes.take(n),
            self.tips.take(n),
            strict=True,
        )
        for curve, style, line, spikes, tips in rows:
            width = max(_LESS * self._theme.line_width, self._theme.pixel_ratio)
            pen = pg.mkPen(style.colour, width=width, style=style.dash)
            line.setVisible(curve.density.size > 0)
            if curve.density.size:
                put(line, x=shown.edges, y=curve.density, pen=pen, stepMode="center")
            places = [place for place, _ in curve.spikes]
            heights = [share for _, share in curve.spikes]
            put(
                spikes,
                x=np.repeat(places, 2),
                y=np.column_stack([np.zeros(len(heights)), heights]).ravel(),
                pen=pg.mkPen(style.colour, width=1.5 * width, style=style.dash),
                connect="pairs",
            )
            put(
                tips,
                x=places,
                y=heights,
                symbol="t1",
                size=7 * self._theme.type_scale,
                pen=None,
                brush=style.colour,
            )
        self.bring_forward(self._highlight.index)

    def _title(self) -> None:
        assert self._shown is not None
        what, kind = wording.TENSORS[self._shown.quantity], self._shown.quantity
        shown = f"log |{what}|" if self._shown.logarithmic else what
        self.title.set_wordings(f"{wording.TENSOR_NAMES[kind]} {shown}", shown)

    @Slot(int)
    def bring_forward(self, index: int) -> None:
        """Fade every scheme but one."""
        for pool in (self.lines, self.spikes, self.tips):
            pool.fade_all_but(index)

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        """Say which scheme is nearest, and how much of it lies here."""
        shown = self._shown
        if shown is None:
            return
        best, found = float("inf"), NOBODY
        for index, curve in enumerate(shown.curves):
            height = _height(curve, shown, x)
            for place, share in curve.spikes:
                if abs(self.area.pixels(x - place, 0)[0]) < _NEAR_PIXELS / 2:
                    height = max(min(y, share), height)
            distance = abs(self.area.pixels(0, y - height)[1])
            if distance < best:
                best, found = distance, index
        if found == NOBODY or found >= len(self._names):
            return
        self._highlight.set(found if best < _NEAR_PIXELS else NOBODY)
        what = wording.TENSORS[shown.quantity]
        here = wording.decades(x) if shown.logarithmic else wording.number(x)
        size = f"|{what}|" if shown.logarithmic else what
        height = _height(shown.curves[found], shown, x)
        text = tr(
            "{scheme}: {quantity} = {value}, {share} of its peak",
            scheme=self._names[found],
            quantity=size,
            value=here,
            share=wording.percent(height),
        )
        self.title.set_wordings(text, f"{self._names[found]}: {here}")

    @Slot()
    def _on_left(self) -> None:
        self._highlight.set(NOBODY)
        if self._shown is not None:
            self._title()


def _height(curve: LayerCurve, shown: QuantityPicture, x: float) -> float:
    position = int(np.searchsorted(shown.edges, x, side="right")) - 1
    return float(curve.density[position]) if 0 <= position < curve.density.size else 0.0


def notes_on(details: LayerPicture, index: int) -> list[str]:
    """Return what the plots cannot show of a scheme, in words: what is alike is said once."""
    found: dict[str, list[str]] = {}
    for plot in details.plots:
        for text in _unseen(plot, plot.curves[index]):
            found.setdefault(text, []).append(wording.TENSORS[plot.quantity])
    return [f"{', '.join(names)} {text}" for text, names in found.items()]


def _unseen(plot: QuantityPicture, curve: LayerCurve) -> list[str]:
    def share(part: float, what: str) -> str:
        if part == 1:
            return tr("all {what}", what=what)
        return f"{wording.percent(part)} {what}"

    notes = []
    if curve.nan:
        notes.append(share(curve.nan, "NaN"))
    if curve.infinite:
        notes.append(share(curve.infinite, "∞"))
    if plot.logarithmic and curve.zero:
        notes.append(share(curve.zero, "0"))
    below, above = curve.outside
    if max(below, above) > 0.01:
        arrow = "↔" if min(below, above) > 0.01 else ("→" if above > below else "←")
        notes.append(share(below + above, tr("beyond {arrow}", arrow=arrow)))
    return notes


class LayerDetails(QWidget):
    """Four small plots of one layer.

    Signals
    -------
    closed()
        The user wants them away.
    """

    closed = Signal()

    def __init__(self, store: Store, highlight: Highlight) -> None:
        super().__init__()
        self._store = store
        self._theme: Theme = LIGHT
        self._notes: list[str] = []
        self._marked: list[str] = []
        self.setAccessibleName(tr("Distributions in one layer"))
        self.title = QLabel(self)
        self.title.setObjectName("panelTitle")
        self.scale = ComboBox(self)
        for key, text in wording.DETAIL_SCALES.items():
            self.scale.addItem(text, key)
        self.scale.setAccessibleName(tr("Axis of the distributions"))
        self.scale.setToolTip(wording.TIPS["detail_scale"])
        self.scale.activated.connect(self._on_scale)
        close = QToolButton(self)
        close.setObjectName("flat")
        close.setText("×")
        close.setToolTip(tr("Close the distributions (D, Esc)"))
        close.setAccessibleName(tr("Close the distributions"))
        close.clicked.connect(self.closed)
        self.close_button = close
        self.sentence = FittingLabel(self)
        self.sentence.setObjectName("sentence")
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.strip = QLabel(self)
        self.strip.setObjectName("strip")
        self.strip.setTextFormat(Qt.TextFormat.RichText)
        self.strip.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.plots = tuple(_Plot(quantity, highlight) for quantity in QUANTITIES)
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(self.title, 1)
        head.addWidget(self.scale)
        head.addWidget(close)
        grid = QGridLayout()
        grid.setSpacing(SPACE)
        for position, plot in enumerate(self.plots):
            grid.addWidget(plot, *divmod(position, 2))
        for line in (0, 1):
            grid.setColumnStretch(line, 1)
            grid.setRowStretch(line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(head)
        column.addWidget(self.sentence)
        column.addWidget(self.strip)
        column.addLayout(grid, 1)

    def minimumSizeHint(self) -> QSize:
        """Be as small as the panel whose place it takes."""
        return QSize(0, 0)

    @property
    def notes(self) -> list[str]:
        """What the plots cannot show, as plain text."""
        return list(self._notes)

    def set_theme(self, theme: Theme) -> None:
        """Take colours, fonts and widths of a theme."""
        self._theme = theme
        for plot in self.plots:
            plot.set_theme(theme)
        self.strip.setFont(font(theme, SENTENCE_POINTS))

    def show_picture(self, picture: Picture, state: State) -> None:
        """Draw the distributions that a picture holds."""
        details = picture.details
        if details is None:
            return
        experiment = details.experiment
        fan_in, fan_out = experiment.layer_shapes[details.layer]
        layer = details.layer + 1
        when = tr("at step {step}", step=details.step) if details.step else tr("before training")
        output = details.layer == experiment.depth
        self.title.setText(
            tr("Layer {layer} (output)", layer=layer)
            if output
            else tr("Layer {layer}", layer=layer)
        )
        self.scale.setCurrentIndex(self.scale.findData(state.view.details_scale))
        self.sentence.set_wordings(
            tr(
                "{fan_in} × {fan_out} weights, batch {batch}, {when}; each scheme’s peak is 1, "
                "spikes are shares",
                fan_in=fan_in,
                fan_out=fan_out,
                batch=experiment.batch_size,
                when=when,
            ),
            tr("{when}; each scheme’s peak is 1, spikes are shares", when=when),
            tr("each scheme’s peak is 1"),
        )
        names = [wording.short_scheme_name(c, experiment.schemes) for c in experiment.schemes]
        for plot, shown in zip(self.plots, details.plots, strict=True):
            plot.show_plot(shown, picture.styles, names)
        self._show_notes(picture, details, names)

    def _show_notes(self, picture: Picture, details: LayerPicture, names: list[str]) -> None:
        self._notes = []
        marked = []
        for index, (name, style) in enumerate(zip(names, picture.styles, strict=True)):
            found = notes_on(details, index)
            if found:
                text = f"{name}: {'; '.join(found)}"
                self._notes.append(text)
                words = text.replace(" ", "&nbsp;")
                marked.append(f'<span style="color:{style.colour}">■</span>&nbsp;{words}')
        self._marked = marked
        self.strip.setToolTip("<p>" + "<br>".join(marked) + "</p>" if marked else "")
        self.strip.setVisible(bool(marked))
        self._fit_strip()

    def _fit_strip(self) -> None:
        """Show as many notes as fit into the line, and how many more there are."""
        metrics = self.strip.fontMetrics()
        room = self.width() - metrics.horizontalAdvance("  +99")
        shown: list[str] = []
        for text, marked in zip(self._notes, self._marked, strict=True):
            room -= metrics.horizontalAdvance(f"■ {text}    ")
            if room < 0 and shown:
                shown.append(f"<u>+{len(self._marked) - len(shown)}</u>")
                break
            shown.append(marked)
        self.strip.setText(" &nbsp;&nbsp; ".join(shown))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the notes that fit."""
        super().resizeEvent(event)
        self._fit_strip()

    @Slot()
    def _on_scale(self) -> None:
        key = self.scale.currentData()
        label = tr("axis of the distributions to {scale}", scale=wording.DETAIL_SCALES[key])
        self._store.update_view(label, details_scale=key)
