"""The program speaks another language whole, and English where it cannot."""

from __future__ import annotations

import gettext
import io
import json
import os
import plistlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from tests.gui.fixtures import MakeWindow, Surprises, small_experiment
from tests.gui.messages import (
    ROOT,
    USUAL_HEAD,
    Message,
    catalogue,
    literals,
    messages,
    pseudo,
    sources,
    unreadable,
)
from winit_core import translation
from winit_core.activations import ACTIVATIONS
from winit_core.schemes.records import SCHEMES
from winit_core.translation import mark, tr, tr_n
from winit_gui import language
from winit_gui.dialogs.preferences import PreferencesDialog
from winit_gui.language import Language
from winit_gui.preferences import Preferences

GERMAN = {
    Message("English"): "Deutsch",
    Message("layer {number}"): "Schicht {number}",
    Message("misspelt {number}"): "verschrieben {numer}",
    Message("broken {number}"): "kaputt {number",
    Message("{count} layer", "{count} layers"): ("{count} Schicht", "{count} Schichten"),
    Message("braces {as they are}"): "Klammern {wie sie sind}",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the settings of somebody whose system speaks no language."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for variable in ("WINIT_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / "winit"


@pytest.fixture
def german(folder: Path) -> Path:
    return put(folder, "de", catalogue(GERMAN))


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.install(language.ENGLISH)


def put(folder: Path, code: str, content: bytes) -> Path:
    """Give the user a catalogue."""
    path = folder / "languages" / f"{code}.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# Texts


def speak_german() -> None:
    translation.install(gettext.GNUTranslations(io.BytesIO(catalogue(GERMAN))))


def test_english_is_what_stands_in_the_source() -> None:
    assert tr("layer {number}", number=3) == "layer 3"
    assert tr("braces {as they are}") == "braces {as they are}"
    assert tr_n("{count} layer", "{count} layers", 1) == "1 layer"
    assert tr_n("{count} layer of {all}", "{count} layers of {all}", 2, all=5) == "2 layers of 5"
    assert mark("layer {number}") == "layer {number}"


def test_a_catalogue_is_used() -> None:
    speak_german()
    assert tr("layer {number}", number=3) == "Schicht 3"
    assert tr("braces {as they are}") == "Klammern {wie sie sind}"
    assert [tr_n("{count} layer", "{count} layers", n) for n in (0, 1, 2)] == [
        "0 Schichten",
        "1 Schicht",
        "2 Schichten",
    ]
    assert mark("layer {number}") == "layer {number}"
    assert tr("not translated {number}", number=1) == "not translated 1"


def test_a_language_has_the_plurals_it_has() -> None:
    head = USUAL_HEAD.replace("nplurals=2; plural=(n != 1)", "nplurals=1; plural=0")
    made = {Message("{count} layer", "{count} layers"): ("{count} 層",)}
    translation.install(gettext.GNUTranslations(io.BytesIO(catalogue(made, head))))
    assert [tr_n("{count} layer", "{count} layers", n) for n in (1, 2)] == ["1 層", "2 層"]


@pytest.mark.parametrize("text", ["misspelt", "broken"])
def test_placeholders_that_do_not_fit_leave_english(text: str) -> None:
    speak_german()
    literal = {"misspelt": "misspelt {number}", "broken": "broken {number}"}[text]
    assert tr(literal, number=3) == f"{text} 3"


def test_no_text_is_no_text() -> None:
    speak_german()
    assert tr("") == ""


# Which language


def test_the_choice_stands_beside_the_settings_of_qt(folder: Path) -> None:
    program = (  # in a process of its own: Qt asks for its folder once
        "from PySide6.QtCore import QSettings as S;"
        "print(S(S.Format.IniFormat, S.Scope.UserScope, 'winit', 'winit').fileName())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert Path(said.stdout.strip()).parent == language.settings_folder() == folder


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"XDG_CONFIG_HOME": "/settings"}, "linux", "/settings/winit"),
        ({"XDG_CONFIG_HOME": "relative"}, "linux", "~/.config/winit"),
        ({}, "darwin", "~/.config/winit"),
        ({"APPDATA": "/roaming"}, "win32", "/roaming/winit"),
    ],
)
def test_where_the_settings_are(environ: dict[str, str], platform: str, expected: str) -> None:
    assert language.settings_folder(environ, platform) == Path(expected).expanduser()


def test_a_choice_is_remembered(folder: Path) -> None:
    assert language.preferred() == ""
    language.choose("de")
    assert (folder / "language").read_text(encoding="utf-8") == "de\n"
    assert language.preferred() == "de"
    language.choose("")
    assert language.preferred() == ""
    assert [path.name for path in folder.iterdir()] == ["language"], "nothing is left behind"


def test_a_chosen_language_that_is_gone_is_missed_once(german: Path, surprises: Surprises) -> None:
    language.choose("de")
    away = german.rename(german.with_suffix(".away"))
    language.install(language.preferred())
    surprises.expect("there is no catalogue of the language 'de'")
    for _ in range(2):
        language.install(language.preferred())
        assert (language.spoken(), surprises.lines) == ("en", [])
    assert language.chosen() == "de", "it is still what is wanted"
    language.install("fr")
    surprises.expect("there is no catalogue of the language 'fr'")
    away.rename(german)
    language.install(language.preferred())
    assert tr("layer {number}", number=3) == "Schicht 3"
    german.unlink()
    language.choose("de")
    language.install(language.preferred())
    surprises.expect("there is no catalogue of the language 'de'")


def test_where_nothing_can_be_remembered_it_is_missed_each_time(
    folder: Path, surprises: Surprises, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    language.choose("de")
    monkeypatch.setattr(language, "save_atomically", refused)
    for _ in range(2):
        language.install(language.preferred())
        surprises.expect("there is no catalogue of the language 'de'")


def test_the_variable_goes_before_the_choice(folder: Path) -> None:
    language.choose("de")
    assert language.preferred({"WINIT_LANGUAGE": "fr"}) == "fr"
    assert language.preferred({"WINIT_LANGUAGE": " "}) == "de"


def test_a_choice_that_cannot_be_read_is_none(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "language").write_bytes(b"\xff\xfe")
    assert language.preferred() == ""


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, []),
        ({"LANG": "de_DE.UTF-8"}, ["de_DE.UTF-8"]),
        ({"LANG": "fr_FR", "LC_ALL": "de_DE"}, ["de_DE"]),
        ({"LANGUAGE": "de:fr", "LC_ALL": "C"}, ["de", "fr"]),
    ],
)
def test_the_language_of_the_system(environ: dict[str, str], expected: list[str]) -> None:
    assert language.system_languages(environ, "linux") == expected


def test_the_language_of_a_mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "Library" / "Preferences" / ".GlobalPreferences.plist"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert language.system_languages({}, "darwin") == [], "no such file"
    file.parent.mkdir(parents=True)
    file.write_bytes(plistlib.dumps({"AppleLanguages": ["pt-BR", "en-US"]}))
    assert language.system_languages({}, "darwin") == ["pt-BR", "en-US"]


# Catalogues


def test_english_is_always_there(folder: Path) -> None:
    assert language.available() == (Language("en", "English"),)


def test_a_language_says_its_own_name(german: Path, folder: Path) -> None:
    put(folder, "fr", catalogue({}))
    assert language.available() == (
        Language("en", "English"),
        Language("de", "Deutsch"),
        Language("fr", "fr"),
    )


@pytest.mark.parametrize("code", ["de", "de_AT", "de-CH", "de_DE.UTF-8", "de_DE@euro"])
def test_a_language_is_installed(german: Path, code: str) -> None:
    language.install(code)
    assert tr("layer {number}", number=3) == "Schicht 3"
    assert language.spoken() == "de"


def test_a_nearer_catalogue_is_preferred(german: Path, folder: Path) -> None:
    put(folder, "de_AT", catalogue({Message("layer {number}"): "Lage {number}"}))
    language.install("de_AT.UTF-8")
    assert tr("layer {number}", number=3) == "Lage 3"
    assert language.spoken() == "de_AT"


@pytest.mark.parametrize(
    ("languages", "spoken"),
    [("tlh", "tlh"), ("xx:tlh", "tlh"), ("xx", "en"), ("en_GB:tlh", "en"), ("C", "en"), ("", "en")],
)
def test_the_system_s_first_language_that_there_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, languages: str, spoken: str
) -> None:
    # One that the C library does not speak: it would keep its own messages in it.
    put(folder, "tlh", catalogue({}))
    monkeypatch.setenv("LANGUAGE", languages)
    language.install("")
    assert language.spoken() == spoken


@pytest.mark.parametrize("code", ["xx", "../../de", "de/../de", "\0", "a" * 300])
def test_an_unknown_language_is_english(german: Path, surprises: Surprises, code: str) -> None:
    language.install("de")
    language.install(code)
    assert tr("layer {number}", number=3) == "layer 3"
    assert language.spoken() == "en"
    surprises.expect("there is no catalogue of the language")


_GOOD = catalogue(GERMAN)
_HEAD = "Content-Type: text/plain; charset=UTF-8\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no catalogue at all",
        _GOOD[:20],
        _GOOD[:200],
        catalogue({}, "Content-Type: text/plain; charset=nonsense\n"),
        catalogue({}, f"{_HEAD}Plural-Forms: nplurals=2; plural=import os;\n"),
        catalogue({}, f"{_HEAD}Plural-Forms: nplurals=2; plural=n % 0;\n"),
        catalogue({}, f"{_HEAD}Plural-Forms: nplurals=2; plural={'(' * 5000}n;\n"),
        _GOOD.replace(b"Schichten", b"\xff" * 9),
    ],
    ids=["empty", "text", "head", "cut", "charset", "plural", "by zero", "nested", "bytes"],
)
def test_a_broken_catalogue_leaves_english(
    folder: Path, surprises: Surprises, content: bytes
) -> None:
    put(folder, "de", content)
    language.install("de")
    assert tr_n("{count} layer", "{count} layers", 2) == "2 layers"
    assert language.spoken() == "en"
    surprises.expect("de.mo cannot be used")
    surprises.expect("there is no catalogue of the language 'de'")
    assert language.available() == (Language("en", "English"),)
    surprises.expect("de.mo cannot be used")


# In the preferences

BUTTONS = QDialogButtonBox.StandardButton


def test_a_language_can_be_chosen(
    german: Path, make_window: MakeWindow, qtbot: QtBot, surprises: Surprises
) -> None:
    window = make_window(small_experiment())
    dialog = PreferencesDialog(window, window.store, Preferences(), window.prefer)
    dialog.show()
    items = [dialog.language.itemText(index) for index in range(dialog.language.count())]
    assert items == ["As the system", "English", "Deutsch"]
    assert dialog.language.currentIndex() == 0
    assert "next start" in dialog.language_note.text()
    for button, chosen in ((BUTTONS.Cancel, ""), (BUTTONS.Ok, "de")):
        dialog.show()
        for _ in range(2):
            qtbot.keyClick(dialog.language, Qt.Key.Key_Down)
        assert dialog.language.currentText() == "Deutsch"
        qtbot.mouseClick(dialog.buttons.button(button), Qt.MouseButton.LeftButton)
        assert language.chosen() == chosen
    dialog.deleteLater()
    german.unlink()
    again = PreferencesDialog(window, window.store, Preferences(), window.prefer)
    assert again.language.currentText() == "de", "what was chosen stays chosen"
    assert str(german.parent) in again.language_note.text(), "where a catalogue goes"
    again.restore_defaults()
    again.accept()
    assert language.chosen() == ""
    again.deleteLater()


def test_a_choice_that_cannot_be_written_is_said(
    german: Path, make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small_experiment())
    dialog = PreferencesDialog(window, window.store, Preferences(), window.prefer)
    dialog.show()
    (german.parents[1] / "language").mkdir()
    dialog.language.setCurrentIndex(2)
    dialog.accept()
    assert dialog.isVisible()
    assert "could not be remembered" in dialog.language_note.text()
    dialog.reject()
    dialog.deleteLater()


# The whole program


_NAMES = MappingProxyType(
    {
        "libraries and formats": "PyTorch Keras JAX Flax NNX torch jax nn numpy scipy Qt PySide6 "
        "superqt pyqtgraph ziamath Pygments Python NumPy SciPy winit calculate_gain float16 "
        "bfloat16 float32 float64 PNG SVG PDF CSV JSON NPZ HTML",
        "licences": "MIT BSD Clause PSF LGPL only",
        "optimizers": "SGD RMSprop Adam AdamW",
        "symbols and units": "RMS std var log ln exp max min NaN inf fan_in fan_out fan_avg n_in "
        "n_out",
        "keys": "Ctrl Shift Alt Esc Tab Enter Home End Space PgUp PgDn",
        "people": "Okabe and Ito Xavier He",
    }
)
"""What is the same in every language, for its reason."""

_OF_OTHERS = ("OK", "Cancel", "Close", "Restore Defaults", "Scroll Left", "Scroll Right")
"""Qt's own words, of which there is no catalogue in the language of this test."""

_NOT_SHOWN = ("Export...", "Export")
"""In a menu of pyqtgraph's that the program does not open."""

_WORD = re.compile(r"(?!F\d)[A-Za-z_][A-Za-z_0-9]+")
_TRANSLATED = re.compile(r"⟦[^⟦⟧]*[⟧…]")  # what is cut for want of room ends with an …
_NO_WORDS = re.compile(r"<[^>]*>|&nbsp;|https?://\S+|/\S*/\S*")


def names() -> set[str]:
    """Return the words that nobody translates; formulas and papers have theirs."""
    words = set(" ".join(_NAMES.values()).split())
    texts = []
    for scheme in SCHEMES.values():
        texts += [scheme.label, scheme.formula, scheme.reference]
        texts += [entry.name for entry in scheme.libraries.values() if entry is not None]
    for activation in ACTIVATIONS.values():
        texts += [activation.label, activation.formula, activation.derivative_formula]
        texts += [activation.reference]
    for text in texts:
        words |= set(_WORD.findall(text))
    return words


_KNOWN = names()


def english_in(text: str) -> list[str]:
    """Return the words of a text that no catalogue could change."""
    if text.replace("&", "") in (*_OF_OTHERS, *_NOT_SHOWN, "English"):
        return []
    plain = _NO_WORDS.sub(" ", _TRANSLATED.sub(" ", text)).replace("&", "")
    return [word for word in _WORD.findall(plain) if word not in _KNOWN]


def pseudo_catalogue() -> bytes:
    translations: dict[Message, str | tuple[str, ...]] = {}
    for message in messages():
        one, many = pseudo(message.one), pseudo(message.many)
        translations[message] = (one, many) if message.many else one
    return catalogue(translations)


_LESSON = """\
format = 1
[lesson]
title = "⟦title⟧"
summary = "⟦summary⟧"
minutes = 1
[start]
experiment = { schemes = ["zeros", "he_normal"], activation = "tanh", depth = 3, width = 16 }
[[step]]
title = "⟦first⟧"
text = "⟦text⟧"
notes = "⟦notes⟧"
[step.question]
ask = "⟦ask⟧"
choices = [
  { text = "⟦one⟧", right = true, because = "⟦so⟧" },
  { text = "⟦two⟧", because = "⟦so⟧" },
]
[[step]]
title = "⟦second⟧"
text = "⟦text⟧"
"""


def test_every_word_on_screen_can_be_translated(tmp_path: Path) -> None:
    put(tmp_path / "winit", "xx", pseudo_catalogue())
    environ = os.environ | {
        "XDG_CONFIG_HOME": str(tmp_path),
        "WINIT_LANGUAGE": "xx",
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
    }
    lesson = tmp_path / "any.lesson.toml"
    lesson.write_text(_LESSON, encoding="utf-8")
    script = Path(__file__).with_name("words_on_screen.py")
    done = subprocess.run(
        [sys.executable, str(script), str(lesson)],
        env=environ,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    assert sum("⟦" in text for text in found) > 300, "the catalogue is spoken"
    english = {
        f"{place}: {text!r}": words for text, place in found.items() if (words := english_in(text))
    }
    assert not english


_NOT_TRANSLATED = MappingProxyType(
    {
        "names of programs, libraries, people, licences": (
            *("PyTorch", "Keras", "JAX", "NumPy", "SciPy", "Pygments", "Python", "Qt", "PySide6"),
            *(", Python ", ", numpy ", ", scipy ", ", Qt for Python ", "SGD", "RMSprop", "Adam"),
            *("AdamW", "Xavier", "He", "LeCun", "Okabe and Ito", "Fusion", "DejaVu Sans"),
            *("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "[*] – winit", "MIT", "PSF-2.0"),
            *("BSD-2-Clause", "BSD-3-Clause", "LGPL-3.0-only", "Software"),
        ),
        "formats of files": (
            *("PNG", "SVG", "PDF", "CSV", "HTML", "CSV (*.csv)", "HTML (*.html)"),
            "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)",
            "CSV (*.csv);;JSON (*.json);;NumPy (*.npz)",
            "PDF (*.pdf);;HTML (*.html)",
        ),
        "symbols": ("NaN", "log |", " / √n_in", "N(0, std²)", "– · ·  Nnnnnnnn", "XXXX"),
        "what is typed on the command line, and variables of the system": (
            *("python3 main.py", " --screenshot winit.png", " --export-lesson NAME DIR"),
            *(" -m pip install distributed", "OPENBLAS_NUM_THREADS", "QT_QPA_PLATFORM"),
            *("WINIT_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "POSIX", "APPDATA"),
            *("XDG_CONFIG_HOME", "Control Panel\\International", "LocaleName", "AppleLanguages"),
        ),
        "keys of steps and choices that nobody reads": (
            *("by one", "to the next power of two", "by 0.1", "open a table", "depth by hand"),
            *("to the next of 1, 2, 5 times a power of ten", "depth by key", "width by hand"),
            *("width of scheme ", " by key", "width of the rule"),
        ),
        "for who mends the program": (
            "run from source",
            "%(asctime)s %(levelname)s %(name)s: %(message)s",
        ),
        "form": ("HH:mm", "; } p, td { color: ", '" style="color:', "Ctrl+"),
    }
)
_STYLE_SHEETS = ("winit_gui/style.py",)


def test_every_text_for_a_translator_can_be_collected() -> None:
    assert not unreadable()


def test_every_text_in_the_source_can_be_translated() -> None:
    allowed = {text for texts in _NOT_TRANSLATED.values() for text in texts}
    left = [
        f"{one.file}:{one.line}: {one.text!r}"
        for path in sources("winit_gui")
        for one in literals(path)
        if one.file not in _STYLE_SHEETS
        and one.text not in allowed
        and not one.text.startswith("  python3 main.py ")
    ]
    assert not left
