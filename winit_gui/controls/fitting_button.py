"""Buttons that say as much as fits."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QWidget

_FEWEST = 5  # letters that a text is cut to


class FittingButton(QPushButton):
    """Shows the first of several wordings that fits its width; it asks for the fullest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wordings: tuple[str, ...] = ("",)

    def set_wordings(self, *wordings: str) -> None:
        """Offer wordings, the fullest first."""
        if wordings == self._wordings:
            return
        self._wordings = wordings
        self.updateGeometry()
        self._choose()

    def sizeHint(self) -> QSize:
        """Ask for the fullest wording."""
        return self._size_for(self._wordings[0])

    def minimumSizeHint(self) -> QSize:
        """Need no more than the shortest."""
        return self._size_for(self._wordings[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew for another width."""
        super().resizeEvent(event)
        self._choose()

    def changeEvent(self, event: QEvent) -> None:
        """Choose anew for another type."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._choose()

    def _size_for(self, wording: str) -> QSize:
        metrics = self.fontMetrics()
        hint = super().sizeHint()
        shown = metrics.size(0, self.text() or "XXXX").width()  # as Qt reckons an empty one
        return QSize(hint.width() - shown + metrics.size(0, wording).width(), hint.height())

    def _choose(self) -> None:
        fitting = (w for w in self._wordings if self._size_for(w).width() <= self.width())
        self.setText(next(fitting, self._wordings[-1]))


class FittingToolButton(QToolButton):
    """The same as a tool button; where not even its shortest wording fits, that ends with an …."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wordings: tuple[str, ...] = ("",)
        self._end = ""
        self._chosen = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Return the chosen wording, also where it is cut."""
        return self._chosen + self._end

    def set_wordings(self, *wordings: str, end: str = "") -> None:
        """Offer wordings, the fullest first, which a screen reader says; the end is never cut."""
        if (wordings, end) == (self._wordings, self._end):
            return
        self._wordings, self._end = wordings, end
        self.setAccessibleName(wordings[0])
        self.updateGeometry()
        self._choose()

    def sizeHint(self) -> QSize:
        """Ask for the fullest wording."""
        return self._size_for(self._wordings[0] + self._end)

    def minimumSizeHint(self) -> QSize:
        """Need no more than a few letters."""
        last = self._wordings[-1]
        whole = self._size_for(last + self._end)
        few = self._size_for(f"{last[:_FEWEST]}…{self._end}")
        return min(whole, few, key=QSize.width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew for another width."""
        super().resizeEvent(event)
        self._choose()

    def changeEvent(self, event: QEvent) -> None:
        """Choose anew for another type."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._choose()

    def _size_for(self, wording: str) -> QSize:
        metrics = self.fontMetrics()
        hint = super().sizeHint()
        shown = metrics.size(Qt.TextFlag.TextShowMnemonic, super().text()).width()
        wanted = metrics.size(Qt.TextFlag.TextShowMnemonic, wording).width()
        return QSize(hint.width() - shown + wanted, hint.height())

    def _choose(self) -> None:
        end, width = self._end, self.width()
        fitting = (w for w in self._wordings if self._size_for(w + end).width() <= width)
        self._chosen = next(fitting, self._wordings[-1])
        shown = self._chosen
        beyond = self._size_for(shown + end).width() - width
        if beyond > 0:
            metrics = self.fontMetrics()
            room = metrics.horizontalAdvance(shown) - beyond
            shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, room)
        if shown + end != super().text():
            self.setText(shown + end)
