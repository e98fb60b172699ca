"""Which language the program speaks, and where its catalogues are.

Read at every start before anything that makes words; so nothing here needs Qt. A catalogue is a
``.mo`` file of gettext, named by its language: ``de.mo``, ``pt_BR.mo``.
"""

from __future__ import annotations

import contextlib
import gettext
import logging
import os
import re
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from winit_core import translation
from winit_core.datasets import resource
from winit_core.files.atomic_file import save_atomically
from winit_core.translation import mark

_log = logging.getLogger(__name__)

VARIABLE = "WINIT_LANGUAGE"
ENGLISH = "en"
# Translators: the name of your language in your language, as "Deutsch" in a German catalogue.
_OWN_NAME = mark("English")

_CODE = re.compile(r"[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8})*(@[A-Za-z]+)?")
_ENDING = ".mo"
_FILE = "language"
_MISSING = "missing"
_FOLDER = "languages"
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_BROKEN = (OSError, ValueError, LookupError, ArithmeticError, TypeError, struct.error)
"""What a file that is no catalogue, or half of one, raises in `gettext`."""

_MOST_COUNTED = 200

_spoken = ENGLISH


@dataclass(frozen=True)
class Language:
    """A language that the program can speak: its code, and its name in itself."""

    code: str
    name: str


def settings_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Return the folder of Qt's settings file, as Qt's documentation of QSettings gives it."""
    if platform == "win32" and environ.get("APPDATA"):
        return Path(environ["APPDATA"], "winit")
    configured = environ.get("XDG_CONFIG_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path("~/.config").expanduser()
    return base / "winit"


def folders() -> tuple[Path, Path]:
    """Return where catalogues are looked for: the user's folder, then the shipped one."""
    return settings_folder() / _FOLDER, resource(_FOLDER)


def preferred(environ: Mapping[str, str] = os.environ) -> str:
    """Return the code of the language asked for; empty: that of the system."""
    return environ.get(VARIABLE, "").strip() or chosen()


def chosen() -> str:
    """Return the code that was chosen and remembered; empty: that of the system."""
    return _remembered()[0]


def _remembered() -> tuple[str, bool]:
    """Return the code that was chosen, and whether it was said that its catalogue is missing."""
    try:
        text = (settings_folder() / _FILE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return "", False
    code, *more = text.strip().splitlines() or [""]
    return code.strip(), more == [_MISSING]


def choose(code: str) -> None:
    """Remember a language for the next start; empty: that of the system. Raises OSError."""
    _remember(f"{code}\n")


def _remember(text: str) -> None:
    folder = settings_folder()
    folder.mkdir(parents=True, exist_ok=True)
    save_atomically(folder / _FILE, text)


def spoken() -> str:
    """Return the code of the language that is installed."""
    return _spoken


def tag() -> str:
    """Return the language that is installed as HTML names it: pt-BR."""
    return _spoken.partition("@")[0].replace("_", "-")


def available() -> tuple[Language, ...]:
    """Return English, and every other language there is a catalogue for, by their codes."""
    codes = {path.stem for folder in folders() for path in folder.glob(f"*{_ENDING}")}
    found = [Language(ENGLISH, _OWN_NAME)]
    for code in sorted(codes - {ENGLISH}):
        catalogue = _loaded(code)
        if catalogue is not None:
            name = catalogue.gettext(_OWN_NAME)
            found.append(Language(code, name if name != _OWN_NAME else code))
    return tuple(found)


def install(code: str) -> None:
    """Speak a language from now on; one that cannot be spoken leaves English, and the log why.

    Of the chosen language the log says so at one start only: it may come back.

    Parameters
    ----------
    code
        As ``"de"`` or ``"pt_BR"``, for which ``"pt"`` stands in; empty: the first language of the
        system that there is a catalogue for.
    """
    global _spoken
    for wanted in [code] if code else system_languages():
        for candidate in _candidates(wanted):
            if candidate == ENGLISH:
                _spoken = ENGLISH
                translation.install(gettext.NullTranslations())
                return
            catalogue = _loaded(candidate)
            if catalogue is not None:
                _spoken = candidate
                translation.install(catalogue)
                return
    _spoken = ENGLISH
    translation.install(gettext.NullTranslations())
    if code:
        _tell_missing(code)


def _tell_missing(code: str) -> None:
    """Log that a language cannot be spoken; of the chosen one, which may come back, only once."""
    chosen_code, is_told = _remembered()
    is_known = is_told and code == chosen_code
    level = logging.INFO if is_known else logging.WARNING
    _log.log(level, "there is no catalogue of the language %r", code)
    if code == chosen_code and not is_told:
        with contextlib.suppress(OSError):
            _remember(f"{code}\n{_MISSING}\n")


def system_languages(
    environ: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> list[str]:
    """Return the languages of the system, the most wanted first, as `gettext.find` reads them."""
    for variable in _VARIABLES:
        if environ.get(variable):
            return environ[variable].split(":")
    # Started by a click, a program has these variables on Linux alone.
    try:
        if platform == "win32":
            return _windows_languages()
        if platform == "darwin":
            return _mac_languages(Path("~/Library/Preferences/.GlobalPreferences.plist"))
    except (OSError, ValueError, TypeError) as error:
        _log.info("the language of the system is not known: %s", error)
    return []


def _windows_languages() -> list[str]:
    import winreg

    with winreg.OpenKey(  # type: ignore[attr-defined,unused-ignore]
        winreg.HKEY_CURRENT_USER,  # type: ignore[attr-defined,unused-ignore]
        r"Control Panel\International",
    ) as key:
        name, _ = winreg.QueryValueEx(key, "LocaleName")  # type: ignore[attr-defined,unused-ignore]
    return [str(name)]


def _mac_languages(preferences: Path) -> list[str]:
    import plistlib

    with preferences.expanduser().open("rb") as file:
        return [str(name) for name in plistlib.load(file).get("AppleLanguages", [])]


def _candidates(code: str) -> list[str]:
    """Return a language and those that can stand in for it: pt_BR, pt; C is English."""
    plain = code.partition(".")[0].replace("-", "_")
    if plain in ("C", "POSIX"):
        return [ENGLISH]
    parts = plain.partition("@")[0].split("_")
    shorter = ["_".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return list(dict.fromkeys([plain, *shorter]))


def _loaded(code: str) -> gettext.GNUTranslations | None:
    """Return the catalogue of a language, the user's own rather than the shipped one."""
    if not _CODE.fullmatch(code):
        return None
    for folder in folders():
        path = folder / f"{code}{_ENDING}"
        try:
            with path.open("rb") as file:
                catalogue = gettext.GNUTranslations(file)
            for count in range(_MOST_COUNTED):  # its rule of plurals is a formula that may fail
                catalogue.ngettext(_OWN_NAME, _OWN_NAME, count)
        except FileNotFoundError:
            continue
        except _BROKEN as error:
            _log.warning("%s cannot be used: %s", path, error)
            continue
        return catalogue
    return None
