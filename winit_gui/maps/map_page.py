"""What the workspaces beside Compare share: a map of the present experiment as it is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from winit_core.errors import ExperimentError
from winit_core.maps.cache import ResultCache
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.combo_box import ComboBox
from winit_gui.exports import picture
from winit_gui.maps.map_report import map_report
from winit_gui.maps.take_along import MARGIN, TakeAlong
from winit_gui.maps.typography import rich
from winit_gui.runner import Job, Runner
from winit_gui.state import State
from winit_gui.store import Store
from winit_gui.style import SPACE, Theme

Steps = Callable[[Callable[[], bool]], Iterator[Any]]


def told(runner: Runner, steps: Steps) -> Job:
    """Return a job that delivers every result of a generator."""

    def job(should_stop: Callable[[], bool]) -> None:
        for result in steps(should_stop):
            runner.tell(result)

    return job


class MapPage(QWidget):
    """One workspace; it computes only while it is on screen.

    Signals
    -------
    case_chosen(object, str)
        Changed fields of the experiment that open a place of the map in Compare, and a label.
    """

    case_chosen = Signal(object, str)

    def __init__(
        self, store: Store, cache: ResultCache, title: str, file_name: str, about: str
    ) -> None:
        super().__init__()
        self._store = store
        self._cache = cache
        self._title = title
        self._file_name = file_name
        self._pickers: dict[str, tuple[QComboBox, str]] = {}
        self._key: object = None
        self._takes_long = False
        self._runner = Runner()
        self._runner.told.connect(self._show)
        self._runner.failed.connect(self._on_failed)
        self._runner.busy_changed.connect(self._on_busy)
        heading = QLabel(title)
        heading.setObjectName("panelTitle")
        self.about = QLabel()
        self.about.setObjectName("sentence")
        self.about.setWordWrap(True)
        self._say_about(about)
        self.refusal = QLabel()
        self.refusal.setObjectName("error")
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        self.stop = QPushButton()
        self._is_computing(True)
        self.stop.clicked.connect(self._on_stop)
        self.stop.hide()
        self.tools = QHBoxLayout()
        self.tools.setSpacing(2 * SPACE)
        self.tools.addWidget(self.stop)
        self.export = TakeAlong(self)
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(heading, 1)
        head.addLayout(self.tools)
        head.addWidget(self.export)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(head)
        self._column.addWidget(self.about)
        self._column.addWidget(self.refusal)
        store.view_changed.connect(self._on_view)

    def enter(self) -> None:
        """Compute what the present experiment asks for, unless it is on screen."""
        self._show_choices()
        key = self._wanted(self._store.state)
        if key is None:
            self.leave()
        elif key != self._key:
            self._key = key
            self.refusal.hide()
            self._is_computing(True)
            self.stop.setVisible(self._takes_long)  # of work that goes on, nothing is said again
            self._runner.submit(told(self._runner, partial(self._steps, key)))

    def leave(self) -> None:
        """Stop; what was found is kept in the cache."""
        self._key = None
        self._runner.cancel()
        self.stop.hide()

    def close_work(self) -> None:
        """Stop for good."""
        self._runner.close()

    @property
    def is_busy(self) -> bool:
        """Whether something is being computed."""
        return not self._runner.idle

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme; subclasses do it."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        """Give the map the keyboard: its arrow keys move the cursor."""
        super().showEvent(event)
        self._map_widget().setFocus(Qt.FocusReason.OtherFocusReason)

    def _map_widget(self) -> QWidget:
        raise NotImplementedError

    # What can be taken along

    def file_name(self) -> str:
        """Return a name for its files, without an ending."""
        return self._file_name

    def pictured(self) -> QWidget:
        """Return what its picture shows."""
        return self

    def numbers(self) -> str | None:
        """Return its numbers as CSV; None as long as there are none."""
        raise NotImplementedError

    def report(self) -> str | None:
        """Return a report as HTML; None as long as there is nothing to report."""
        numbers = self.numbers()
        if numbers is None:
            return None
        return map_report(
            self._title,
            self._sentences(),
            self._store.state.experiment,
            picture.to_png(self.pictured(), 2, MARGIN),
            numbers,
            self._report_extra(),
        )

    def _sentences(self) -> list[str]:
        """Return what the map says, in plain text; subclasses do it."""
        raise NotImplementedError

    def _report_extra(self) -> str:
        return ""

    # Computing

    def _wanted(self, state: State) -> Any:
        raise NotImplementedError

    def _steps(self, key: Any, should_stop: Callable[[], bool]) -> Iterator[Any]:
        raise NotImplementedError

    def _show(self, result: Any) -> None:
        raise NotImplementedError

    def _say_about(self, text: str) -> None:
        """Say what is shown; plain text, in which σ_w² has its index below the line."""
        self._about = text
        self.about.setText(rich(text))

    def _is_computing(self, computing: bool) -> None:
        self.stop.setText(tr("Stop") if computing else tr("Go on"))
        self.stop.setToolTip(
            tr("Stop computing; what is known so far is kept")
            if computing
            else tr("Compute what is missing; what is known is not computed again")
        )

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        self._takes_long = busy
        self.stop.setVisible(busy)

    @Slot()
    def _on_stop(self) -> None:
        if self.is_busy:
            self._runner.cancel()
            self._is_computing(False)
            self.stop.show()
        else:
            self._key = None
            self.enter()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        said = tr("This map cannot be computed: {reason}", reason=error)
        if isinstance(error, ExperimentError):
            said = wording.error_message(error, wording.FIELD_LABELS.get(error.field, error.field))
        self.refusal.setText(said)
        self.refusal.show()

    def _picker(self, name: str, change: str, held_in: str, items: dict[str, str]) -> QComboBox:
        """Return a choice of this map that is kept in a field of the view.

        Parameters
        ----------
        name
            What is chosen.
        change
            The same within the name of a change, which ends in the choice.
        held_in
            The field.
        items
            Its values with their labels.
        """
        combo = ComboBox()
        for key, label in items.items():
            combo.addItem(label, key)
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        combo.activated.connect(self._on_choice)
        self.tools.addWidget(combo)
        self._pickers[held_in] = combo, change
        self._show_choices()
        return combo

    def _show_choices(self) -> None:
        """Let the pickers follow the view."""
        for field, (combo, _) in self._pickers.items():
            combo.setCurrentIndex(combo.findData(getattr(self._store.state.view, field)))

    @Slot()
    def _on_choice(self) -> None:
        for field, (combo, change) in self._pickers.items():
            if combo.currentData() != getattr(self._store.state.view, field):
                label = tr("{change}: {choice}", change=change, choice=combo.currentText())
                self._store.update_view(label, **{field: combo.currentData()})

    @Slot()
    def _on_view(self) -> None:
        if self.isVisible():
            self.enter()


def _selected(state: State) -> int:
    """Return which compared scheme the maps of one scheme are about."""
    return min(state.view.selected, len(state.experiment.schemes) - 1)


def _random_one(state: State) -> int:
    """Return the selected scheme, or the first random one where that has no weights to scale."""
    selected, layer = _selected(state), state.shown_layer
    order = [selected, *range(len(state.experiment.schemes))]
    spread = [i for i in order if state.experiment.weight_law(i, layer).std > 0]
    return spread[0] if spread else selected


class OneSchemePage(MapPage):
    """A workspace about one of the compared schemes, which can be chosen here, too."""

    def __init__(
        self, store: Store, cache: ResultCache, title: str, file_name: str, about: str
    ) -> None:
        super().__init__(store, cache, title, file_name, about)
        self.scheme = ComboBox()
        self.scheme.setAccessibleName(tr("Scheme of this map"))
        self.scheme.activated.connect(self._on_picked)
        self.tools.addWidget(self.scheme)

    def _index(self, state: State) -> int:
        """Return the scheme that is meant, and show it in the list."""
        index = _random_one(state)
        names = [wording.scheme_name(choice) for choice in state.experiment.schemes]
        if names != [self.scheme.itemText(i) for i in range(self.scheme.count())]:
            self.scheme.clear()
            self.scheme.addItems(names)
        self.scheme.setCurrentIndex(index)
        return index

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        self._store.update_view(tr("scheme of the map"), selected=index)
        self.enter()
