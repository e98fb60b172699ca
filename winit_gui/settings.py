"""What is remembered between two starts: the state, the window's place, its size."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from winit_core.errors import ExperimentError
from winit_gui.preferences import Preferences
from winit_gui.state import State

_log = logging.getLogger(__name__)


class Settings:
    """One settings file; a value that cannot be read counts as absent.

    Parameters
    ----------
    file
        Where to keep it; None: the user's usual place.
    """

    def __init__(self, file: Path | None = None) -> None:
        if file is None:
            self._settings = QSettings(
                QSettings.Format.IniFormat, QSettings.Scope.UserScope, "winit", "winit"
            )
        else:
            self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    def state(self) -> State | None:
        """Return the remembered state, if there is one that can be used."""
        text = self._settings.value("state", "", type=str)
        if not isinstance(text, str) or not text:
            return None
        try:
            return State.from_dict(json.loads(text))
        except (ValueError, RecursionError, ExperimentError) as error:
            _log.info("the remembered state cannot be used: %s", error)
            return None

    def save_state(self, state: State, file: Path | None = None) -> None:
        """Remember a state, and the file that it is an edited version of, if there is one.

        Each is a JSON string, for Qt would change the types of numbers. Both are written together:
        of two windows the one that is closed last leaves its own state with its own file.
        """
        self._settings.setValue("state", json.dumps(state.to_dict()))
        self._settings.setValue("file", json.dumps([] if file is None else [str(file)]))

    def file(self) -> Path | None:
        """Return the file that the remembered state belongs to; it may be gone by now."""
        names = self._names("file")
        return Path(names[0]) if names else None

    def preferences(self) -> Preferences:
        """Return what the user prefers; what cannot be read counts as not chosen."""
        text = self._settings.value("preferences", "", type=str)
        try:
            return Preferences.from_dict(json.loads(str(text) or "{}"))
        except (ValueError, RecursionError) as error:
            _log.info("the preferences cannot be used: %s", error)
            return Preferences()

    def save_preferences(self, preferences: Preferences) -> None:
        """Remember what the user prefers."""
        self._settings.setValue("preferences", json.dumps(preferences.to_dict()))

    def geometry(self) -> QByteArray | None:
        """Return the window's remembered place."""
        held = self._settings.value("geometry")
        return held if isinstance(held, QByteArray) else None

    def save_geometry(self, geometry: QByteArray) -> None:
        """Remember the window's place."""
        self._settings.setValue("geometry", geometry)

    def recent(self) -> list[str]:
        """Return the files opened last, the latest first."""
        return self._names("recent")

    def _names(self, key: str) -> list[str]:
        text = self._settings.value(key, "[]", type=str)
        try:
            held = json.loads(str(text))
        except ValueError:
            return []
        return [name for name in held if isinstance(name, str)] if isinstance(held, list) else []

    def save_recent(self, names: list[str]) -> None:
        """Remember the files opened last."""
        self._settings.setValue("recent", json.dumps(names))

    def recent_lessons(self) -> list[str]:
        """Return the lessons given last, the latest first."""
        return self._names("recent_lessons")

    def save_recent_lessons(self, names: list[str]) -> None:
        """Remember the lessons given last."""
        self._settings.setValue("recent_lessons", json.dumps(names))

    def cache_folder(self) -> Path:
        """Return where results that took long are kept: beside the settings."""
        return Path(self._settings.fileName()).parent / "cache"

    def flush(self) -> None:
        """Write to disk now."""
        self._settings.sync()
