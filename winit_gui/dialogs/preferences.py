"""The preferences: what is chosen shows at once; Cancel takes it back."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from winit_core.experiment import DTYPES
from winit_core.translation import tr, tr_n
from winit_gui import defaults, language, wording
from winit_gui.controls.combo_box import ComboBox
from winit_gui.controls.swatch import Swatch
from winit_gui.language import Language
from winit_gui.preferences import Preferences
from winit_gui.state import View
from winit_gui.store import Store
from winit_gui.style import SPACE, scheme_styles

_TYPE_SIZES = (80, 90, 100, 110, 125, 140, 160)
_BUTTONS = QDialogButtonBox.StandardButton


class PreferencesDialog(QDialog):
    """Edits the view of a store and hands every other preference to `prefer`, at once.

    Parameters
    ----------
    prefer
        Called with the preferences whenever one was changed.
    """

    def __init__(
        self,
        parent: QWidget,
        store: Store,
        preferences: Preferences,
        prefer: Callable[[Preferences], None],
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._prefer = prefer
        self.preferences = preferences
        self.setWindowTitle(tr("Preferences"))
        themes = wording.THEME_LABELS.items()
        self.theme = self._choice(tr("Theme"), [(k, t.replace("&", "")) for k, t in themes])
        self.theme.setToolTip(tr("System follows the desktop; Projector is for a lecture hall"))
        self.type_size = self._choice(tr("Size of type"), [(n, f"{n} %") for n in _TYPE_SIZES])
        self.palette_choice = self._choice(tr("Palette"), list(wording.PALETTE_LABELS.items()))
        self.swatches = [Swatch(self) for _ in defaults.DEFAULT_SCHEMES]
        self.resume = QRadioButton(tr("the &last experiment"))
        self.begin = QRadioButton(tr("the &default experiment"))
        self.default_name = QLabel()
        self.default_name.setWordWrap(True)
        self.default_name.setObjectName("muted")
        self.use_present = QPushButton(tr("Use the &present one"))
        self.use_present.setToolTip(tr("What is shown now becomes the default experiment"))
        self.use_shipped = QPushButton(tr("Back to the &shipped one"))
        self.dtype = self._choice(
            tr("Precision of the default experiment"), [(d, d) for d in DTYPES]
        )
        self.dtype.setToolTip(wording.TIPS["dtype"])
        languages = language.available()
        self._chosen_language = language.chosen()
        self.language = self._choice(tr("Language"), _choices(languages, self._chosen_language))
        self.language.setToolTip(tr("Numbers, formulas and files are the same in every language"))
        self.language.setCurrentIndex(self.language.findData(self._chosen_language))
        self.language_note = QLabel(_about(languages))
        self.language_note.setObjectName("muted")
        self.language_note.setWordWrap(True)
        self.language_note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.threads = QSpinBox()
        self.threads.setRange(1, os.cpu_count() or 1)
        self.threads.setAccessibleName(tr("Threads"))
        self.threads.setToolTip(
            tr("How many threads a computation may use; the numbers are the same with any")
        )
        self.buttons = QDialogButtonBox(_BUTTONS.Ok | _BUTTONS.Cancel | _BUTTONS.RestoreDefaults)
        self._lay_out()
        self._refresh()
        for combo in (self.theme, self.type_size, self.palette_choice):
            combo.activated.connect(self._on_view)
        self.resume.clicked.connect(self._on_start)
        self.begin.clicked.connect(self._on_start)
        self.use_present.clicked.connect(self._on_present)
        self.use_shipped.clicked.connect(self._on_shipped)
        self.dtype.activated.connect(self._on_dtype)
        self.threads.valueChanged.connect(self._on_threads)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.buttons.button(_BUTTONS.RestoreDefaults).clicked.connect(self.restore_defaults)

    def _choice(self, name: str, items: list[tuple[Any, str]]) -> QComboBox:
        combo = ComboBox()
        combo.setAccessibleName(name)
        for key, text in items:
            combo.addItem(text, key)
        return combo

    def _lay_out(self) -> None:
        palette = QHBoxLayout()
        palette.setSpacing(SPACE)
        palette.addWidget(self.palette_choice)
        for swatch in self.swatches:
            palette.addWidget(swatch)
        palette.addStretch(1)
        start = QHBoxLayout()
        start.setSpacing(4 * SPACE)
        start.addWidget(self.resume)
        start.addWidget(self.begin)
        start.addStretch(1)
        experiment = QHBoxLayout()
        experiment.setSpacing(2 * SPACE)
        experiment.addWidget(self.use_present)
        experiment.addWidget(self.use_shipped)
        experiment.addStretch(1)
        form = QFormLayout()
        form.setHorizontalSpacing(4 * SPACE)
        form.setVerticalSpacing(2 * SPACE)
        form.addRow(tr("&Theme"), self.theme)
        form.addRow(tr("Size of t&ype"), self.type_size)
        label = QLabel(tr("P&alette"))
        label.setBuddy(self.palette_choice)
        form.addRow(label, palette)
        form.addRow(tr("Begin with"), start)
        form.addRow(tr("Default experiment"), self.default_name)
        form.addRow("", experiment)
        form.addRow(tr("P&recision of it"), self.dtype)
        form.addRow(tr("T&hreads"), self.threads)
        languages = QVBoxLayout()
        languages.setSpacing(SPACE)
        languages.addWidget(self.language)
        languages.addWidget(self.language_note)
        label = QLabel(tr("Lan&guage"))
        label.setBuddy(self.language)
        form.addRow(label, languages)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * SPACE, 5 * SPACE, 5 * SPACE, 4 * SPACE)
        layout.setSpacing(5 * SPACE)
        layout.addLayout(form)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(520)

    @Slot()
    def _refresh(self) -> None:
        view, preferences = self._store.state.view, self.preferences
        sizes = min(_TYPE_SIZES, key=lambda size: abs(size - view.type_size))
        self.theme.setCurrentIndex(self.theme.findData(view.theme))
        self.type_size.setCurrentIndex(self.type_size.findData(sizes))
        self.palette_choice.setCurrentIndex(self.palette_choice.findData(view.palette))
        self.palette_choice.setToolTip(wording.PALETTE_DEFINITIONS[view.palette])
        experiment = preferences.default_experiment
        styles = scheme_styles(
            defaults.default_experiment().schemes, defaults.DEFAULT_SCHEMES, view.palette
        )
        for swatch, style in zip(self.swatches, styles, strict=True):
            swatch.show_style(style)
        self.resume.setChecked(preferences.resume)
        self.begin.setChecked(not preferences.resume)
        schemes = tr_n("{count} scheme", "{count} schemes", len(experiment.schemes))
        told = f"{schemes}, {wording.network_in_words(experiment)}"
        if preferences.default is None:
            self.default_name.setText(tr("The shipped one: {experiment}", experiment=told))
        else:
            self.default_name.setText(tr("Your own: {experiment}", experiment=told))
        self.use_present.setEnabled(experiment != self._store.state.experiment)
        self.use_shipped.setEnabled(preferences.default is not None)
        self.dtype.setCurrentIndex(self.dtype.findData(experiment.dtype))
        self.threads.blockSignals(True)
        self.threads.setValue(preferences.workers(self.threads.maximum()))
        self.threads.blockSignals(False)

    @Slot()
    def _on_view(self) -> None:
        self._store.update_view(
            tr("preferences"),
            theme=self.theme.currentData(),
            type_size=self.type_size.currentData(),
            palette=self.palette_choice.currentData(),
        )
        self._refresh()
        self.adjustSize()  # another size of type wants another room

    def _take(self, **changes: Any) -> None:
        self.preferences = replace(self.preferences, **changes)
        self._prefer(self.preferences)
        self._refresh()

    @Slot()
    def _on_start(self) -> None:
        self._take(resume=self.resume.isChecked())

    @Slot()
    def _on_present(self) -> None:
        self._take(default=self._store.state.experiment)

    @Slot()
    def _on_shipped(self) -> None:
        self._take(default=None)

    @Slot()
    def _on_dtype(self) -> None:
        experiment = self.preferences.default_experiment
        wanted = replace(experiment, dtype=self.dtype.currentData())
        self._take(default=None if wanted == defaults.default_experiment() else wanted)

    @Slot(int)
    def _on_threads(self, threads: int) -> None:
        self._take(threads=0 if threads == self.threads.maximum() else threads)

    @Slot()
    def restore_defaults(self) -> None:
        """Choose what the program came with."""
        usual = View()
        self._store.update_view(
            tr("preferences"), theme=usual.theme, type_size=usual.type_size, palette=usual.palette
        )
        self._take(threads=0, resume=True, default=None)
        self.language.setCurrentIndex(0)

    def accept(self) -> None:
        """Remember the language and close; stay open where it cannot be remembered."""
        wanted = self.language.currentData()
        try:
            if wanted != self._chosen_language:
                language.choose(wanted)
        except OSError as error:
            cause = error.strerror or error
            self.language_note.setText(
                tr("The language could not be remembered: {cause}", cause=cause)
            )
            return
        super().accept()


def _choices(languages: Sequence[Language], chosen: str) -> list[tuple[str, str]]:
    """Return the languages to choose from, among them the chosen one even if it is gone."""
    known = [(one.code, one.name) for one in languages]
    if chosen not in ("", *(code for code, _ in known)):
        known.append((chosen, chosen))
    return [("", tr("As the system")), *known]


def _about(languages: Sequence[Language]) -> str:
    if len(languages) > 1:
        return tr("Takes effect at the next start.")
    return tr(
        "English is the only language here. A catalogue of another one goes into {folder}.",
        folder=language.folders()[0],
    )


def ask_preferences(
    parent: QWidget,
    store: Store,
    preferences: Preferences,
    prefer: Callable[[Preferences], None],
) -> Preferences:
    """Show the dialog until it is closed, and return what the user wants.

    The view changes as one step that can be undone; Cancel leaves none.
    """
    view = store.state.view
    dialog = PreferencesDialog(parent, store, preferences, prefer)
    with store.one_step(tr("preferences")):
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        if not accepted:
            store.update_view(
                tr("preferences"), theme=view.theme, type_size=view.type_size, palette=view.palette
            )
    wanted = dialog.preferences if accepted else preferences
    dialog.deleteLater()
    return wanted
