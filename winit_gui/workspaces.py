"""The tabs: Compare, and the maps behind it, each made when it is first opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from winit_core.maps.cache import ResultCache
from winit_core.translation import tr
from winit_gui.store import Store
from winit_gui.style import SPACE, Theme

if TYPE_CHECKING:
    from winit_gui.maps.map_page import MapPage
    from winit_gui.pins.pin_bar import PinBar

TITLES = (
    tr("&Compare"),
    tr("Which is &better"),
    tr("&Depth and width"),
    tr("&Phase plane"),
    tr("&Luck"),
)
_BRIEF_TITLES = (tr("&Compare"), tr("&Better"), tr("&Depth"), tr("&Phase"), tr("&Luck"))
"""Where there is little room: whole words, not cut ones."""


class Workspaces(QTabWidget):
    """Compare, given at the start, and four maps of the same experiment.

    Signals
    -------
    case_chosen(object, str)
        A place of a map is to be opened in Compare: changed fields, and what to call the change.
    """

    case_chosen = Signal(object, str)

    def __init__(self, compare: QWidget, store: Store, cache: ResultCache) -> None:
        super().__init__()
        self._store = store
        self._cache = cache
        self._theme: Theme | None = None
        self._corner: PinBar | None = None
        self._heads = (QSize(), QSize())
        self._made: dict[int, MapPage] = {}
        self._frames: list[QVBoxLayout] = []
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)  # where there is no room even for the brief titles
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabBar().setDrawBase(False)
        self.addTab(compare, TITLES[0])
        for title in TITLES[1:]:
            frame = QWidget()
            frame.setObjectName("centre")
            inside = QVBoxLayout(frame)
            inside.setContentsMargins(5 * SPACE, 3 * SPACE, 5 * SPACE, 3 * SPACE)
            self._frames.append(inside)
            self.addTab(frame, title)
        self.currentChanged.connect(self._on_tab)

    def page(self, index: int) -> MapPage:
        """Return the map behind a tab (1 to 4)."""
        if index not in self._made:
            from winit_gui.maps.pages import PAGES  # not at the top: no start should wait for it

            made = PAGES[index - 1](self._store, self._cache)
            made.case_chosen.connect(self._on_case)
            if self._theme is not None:
                made.set_theme(self._theme)
            self._frames[index - 1].addWidget(made)
            self._made[index] = made
        return self._made[index]

    def refresh(self) -> None:
        """Let the map on screen, if one is, follow the store."""
        if self.currentIndex() > 0:
            self.page(self.currentIndex()).enter()

    def set_corner(self, corner: PinBar) -> None:
        """Show something beside the tabs, as wide as they leave room for."""
        self._corner = corner
        self.setCornerWidget(corner)

    def event(self, event: QEvent) -> bool:
        """Lay out anew, which paints everything, only where what stands above the page changed."""
        if event.type() == QEvent.Type.LayoutRequest:
            corner = QSize() if self._corner is None else self._corner.sizeHint()
            heads = (self.tabBar().sizeHint(), corner)
            if heads == self._heads:
                self.updateGeometry()
                return True
            self._heads = heads
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose titles that fit, and give the corner the room that they leave."""
        super().resizeEvent(event)
        self.fit_corner()

    def fit_corner(self) -> None:
        """Choose titles that fit, and give the corner the room that they leave."""
        beside = 0 if self._corner is None else self._corner.least_width
        fits = self._width_with(TITLES) + beside <= self.width()
        for index, title in enumerate(TITLES if fits else _BRIEF_TITLES):
            if self.tabText(index) != title:
                self.setTabText(index, title)
                self.setTabToolTip(index, "" if fits else TITLES[index].replace("&", ""))
        if self._corner is not None:
            self._corner.fit(self.width() - self.tabBar().sizeHint().width())

    def _width_with(self, titles: tuple[str, ...]) -> int:
        """Return how wide the tabs are with other titles."""
        bar = self.tabBar()
        bar.ensurePolished()

        def width(texts: Iterable[str]) -> int:
            shown, metrics = Qt.TextFlag.TextShowMnemonic, bar.fontMetrics()
            return sum(metrics.size(shown, text).width() for text in texts)

        present = [self.tabText(index) for index in range(self.count())]
        return bar.sizeHint().width() + width(titles) - width(present)

    def set_theme(self, theme: Theme) -> None:
        """Draw every map in other colours."""
        self._theme = theme
        for page in self._made.values():
            page.set_theme(theme)

    def close_work(self) -> None:
        """Stop what the maps compute and wait for it."""
        for page in self._made.values():
            page.close_work()

    @Slot(int)
    def _on_tab(self, index: int) -> None:
        for position, page in self._made.items():
            if position != index:
                page.leave()
        self.refresh()

    @Slot(object, str)
    def _on_case(self, changes: dict[str, Any], label: str) -> None:
        self._store.update(label, **changes)
        self.setCurrentIndex(0)
