"""Light, dark, projector: what is readable, and that switching reaches everything."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
)
from pytestqt.qtbot import QtBot

from tests.gui.acting import action, settle
from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core.schemes import SCHEMES, SchemeChoice
from winit_gui.defaults import DEFAULT_SCHEMES
from winit_gui.state import State, View
from winit_gui.style import (
    DARK,
    LIGHT,
    PROJECTOR,
    THEMES,
    Theme,
    contrast,
    fitted,
    scheme_styles,
    stylesheet,
)

GROUNDS = ("ground", "card", "field")
TEXTS = ("text", "muted", "error", "accent")


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize(("text", "ground"), list(itertools.product(TEXTS, GROUNDS)))
def test_text_can_be_read(theme: Theme, text: str, ground: str) -> None:
    needed = 7.0 if theme is PROJECTOR else 4.5
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= needed


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_selected_text_can_be_read(theme: Theme) -> None:
    assert contrast(theme.ground, theme.accent) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast("#57606A", "#F6F8FA") == contrast("#F6F8FA", "#57606A")


def test_no_two_of_the_named_schemes_look_alike() -> None:
    styles = scheme_styles(tuple(map(SchemeChoice, DEFAULT_SCHEMES)), tuple(SCHEMES))
    assert len({style.colour for style in styles}) == len(styles)
    assert len({style.marker for style in styles}) == len(styles)


def test_no_two_schemes_of_the_catalogue_look_alike() -> None:
    styles = scheme_styles(tuple(map(SchemeChoice, SCHEMES)), tuple(SCHEMES))
    assert len(set(styles)) == len(styles)


def test_a_scheme_keeps_its_colour_whatever_else_is_ticked(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(small_experiment(("zeros", "he_normal")))
    assert window.picture is not None
    colour = window.picture.styles[1].colour
    window.store.update("schemes", schemes=(SchemeChoice("orthogonal"), SchemeChoice("he_normal")))
    settle(qtbot, window)
    schemes = [choice.key for choice in window.picture.experiment.schemes]
    assert window.picture.styles[schemes.index("he_normal")].colour == colour


@pytest.mark.parametrize("name", ["light", "dark", "projector"])
def test_a_theme_reaches_everything(make_window: MakeWindow, qtbot: QtBot, name: str) -> None:
    window = make_window(small_experiment(), size=(1440, 900))
    action(window, name.capitalize()).trigger()
    settle(qtbot, window)
    theme = fitted(THEMES[name], window.height())
    assert window.palette().color(QPalette.ColorRole.Window) == QColor(theme.ground)
    assert window.palette().color(QPalette.ColorRole.WindowText) == QColor(theme.text)
    for panel in window.panels:
        assert panel.theme == theme
        assert panel.area.view.backgroundBrush().color() == QColor(theme.ground)
        for side in ("left", "bottom"):
            axis = panel.area.item.getAxis(side)
            assert axis.textPen().color() == QColor(theme.muted)
    image = window.grab().toImage()
    corner = image.pixelColor(image.width() - 3, image.height() - 3)
    assert corner == QColor(theme.ground)


def test_projected_type_and_lines_are_large(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(small_experiment(), size=(1920, 1080))
    sizes = {}
    for name in ("light", "projector"):
        window.store.update_view("theme", theme=name)
        settle(qtbot, window)
        titles = list(window.findChildren(QLabel, "panelTitle"))
        sizes[name] = titles[0].fontMetrics().height()
        width = window.signal.drawn["lines"].shown[0].opts["pen"].widthF()
        assert width == THEMES[name].line_width
    assert sizes["projector"] >= 1.9 * sizes["light"]


def test_switching_back_and_forth_ends_where_it_began(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = make_window(State.of(small_experiment(), View(theme="light")))
    before = window.grab().toImage()
    for name in ("dark", "projector", "light"):
        window.store.update_view("theme", theme=name)
        settle(qtbot, window)
    qtbot.waitUntil(lambda: window.grab().toImage() == before)


def test_system_follows_the_desktop(make_window: MakeWindow, qtbot: QtBot) -> None:
    from PySide6.QtCore import Qt

    window = make_window(State.of(small_experiment(), View(theme="system")))
    hints = QGuiApplication.styleHints()
    try:
        hints.setColorScheme(Qt.ColorScheme.Dark)
        if hints.colorScheme() == Qt.ColorScheme.Dark:
            qtbot.waitUntil(lambda: window.panels[0].theme == DARK)
        hints.setColorScheme(Qt.ColorScheme.Light)
        qtbot.waitUntil(lambda: window.panels[0].theme == LIGHT)
    finally:
        hints.unsetColorScheme()


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_a_line_of_text_in_a_dialog_has_the_frame_of_other_fields(
    qtbot: QtBot, theme: Theme
) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    dialog.setStyleSheet(stylesheet(theme))
    column = QVBoxLayout(dialog)
    lines = []
    for field in (QLineEdit(), QComboBox(), QSpinBox()):
        column.addWidget(field)
        lines.append(field)
    dialog.resize(240, 160)
    dialog.show()
    lines[2].setFocus()
    drawn = [line.grab().toImage() for line in lines]
    frames = {image.pixelColor(image.width() // 2, 0).name() for image in drawn[:2]}
    assert frames == {theme.line.lower()}
    inside = drawn[2].pixelColor(drawn[2].width() // 3, 3).name()
    assert inside == theme.field.lower(), "the text of a number has no frame of its own"


def test_every_sign_has_a_glyph(make_window: MakeWindow) -> None:
    """σ, ², ∂, √, ₁₀ and ⁻ must render wherever they are used."""
    from PySide6.QtGui import QFontMetrics

    window = make_window()
    metrics = QFontMetrics(QApplication.font())
    texts = [label.text() for label in window.findChildren(QLabel)]
    texts += [
        combo.itemText(i) for combo in window.findChildren(QComboBox) for i in range(combo.count())
    ]
    texts += ["σ²∂√₁₀⁻∞η≈×±·–—←→↑↔▸▾■"]
    missing = {
        c for text in texts for c in text if not c.isspace() and not metrics.inFontUcs4(ord(c))
    }
    assert missing == set()
