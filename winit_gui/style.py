"""Colours, dashes, type sizes and spacing: light, dark and projector.

Every palette of scheme colours is made for colour-blind readers; a dash and a marker say the same
without colour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette

from winit_core.datasets import resource
from winit_core.schemes import SchemeChoice

SPACE = 4
"""All distances are multiples of this many logical pixels."""

SIDE_PANEL_WIDTH = 270


class ThemeName(Enum):
    """What the user chose; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    PROJECTOR = "projector"


@dataclass(frozen=True)
class Theme:
    """One set of colours and sizes."""

    name: str
    ground: str
    text: str
    muted: str
    card: str
    line: str
    grid: str
    field: str
    accent: str
    error: str
    is_dark: bool = False
    type_scale: float = 1.0
    line_width: float = 2.0
    pixel_ratio: float = 1.0
    faded: float = 0.12
    """Opacity in plots of the schemes that are not brought forward."""

    @property
    def hairline(self) -> float:
        """Width of axes and frames in plots, in whole device pixels: others look uneven."""
        return float(max(round(self.type_scale * self.pixel_ratio), 1))

    def on_screen(self, pixel_ratio: float) -> Theme:
        """Return the theme for a screen with so many device pixels in a logical one.

        Lines in plots have their width in device pixels.
        """
        if pixel_ratio == self.pixel_ratio:
            return self
        width = self.line_width * pixel_ratio / self.pixel_ratio
        return replace(self, pixel_ratio=pixel_ratio, line_width=width)

    def points(self, size: float) -> float:
        """Return a type size of this theme."""
        return size * self.type_scale


LIGHT = Theme(
    name="light",
    ground="#FFFFFF",
    text="#1B1F24",
    muted="#57606A",
    card="#F6F8FA",
    line="#D0D7DE",
    grid="#EAEEF2",
    field="#FFFFFF",
    accent="#0969DA",
    error="#B42318",
)
DARK = Theme(
    name="dark",
    ground="#0F1419",
    text="#E6EDF3",
    muted="#9AA4AF",
    card="#171D24",
    line="#2B333C",
    grid="#1E252D",
    field="#0F1419",
    accent="#58A6FF",
    error="#FF8A80",
    is_dark=True,
)
PROJECTOR = Theme(
    name="projector",
    ground="#FFFFFF",
    text="#000000",
    muted="#000000",
    card="#FFFFFF",
    line="#595959",
    grid="#D9D9D9",
    field="#FFFFFF",
    accent="#003E9C",
    error="#8B0000",
    type_scale=1.3,
    line_width=4.0,
    faded=0.3,  # a projector's black is grey
)
_PROJECTOR_HEIGHT = 720
"""Height of the window, in logical pixels, that the projector's type sizes are made for."""


def fitted(theme: Theme, height: int) -> Theme:
    """Return the theme for a window of a height: projected type grows with the window."""
    if theme.name != PROJECTOR.name:
        return theme
    scale = max(round(theme.type_scale * height / _PROJECTOR_HEIGHT, 1), theme.type_scale)
    return replace(theme, type_scale=scale)


def scaled(theme: Theme, percent: int) -> Theme:
    """Return the theme with all its type in another size."""
    if percent == 100:
        return theme
    return replace(theme, type_scale=theme.type_scale * percent / 100)


THEMES = {theme.name: theme for theme in (LIGHT, DARK, PROJECTOR)}

TITLE_POINTS = 12.5
SENTENCE_POINTS = 9.5
BODY_POINTS = 10.0
VERDICT_POINTS = 13.0
AXIS_POINTS = 9.0

_NAMED = (
    "zeros",
    "constant",
    "small_normal",
    "large_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
)
PALETTES = {
    "okabe_ito": (
        *("#9AA0A6", "#8C6D1F", "#0072B2", "#D55E00"),
        *("#56B4E9", "#009E73", "#E69F00", "#CC79A7"),
    ),
    # Tol's "muted", its indigo lighter: it must be seen on a dark ground, too.
    "tol_muted": (
        *("#999999", "#999933", "#5A4FCF", "#CC6677"),
        *("#88CCEE", "#117733", "#DDCC77", "#AA4499"),
    ),
    # At least 3 : 1 on light and on dark grounds.
    "high_contrast": (
        *("#767676", "#98591B", "#1F6FD0", "#E67300"),
        *("#C76BB8", "#00875A", "#FF1AFF", "#AA00FF"),
    ),
}
"""Colours of the eight named schemes, by the key of the palette; all others keep their own."""

_FURTHER_COLOURS = ("#7A5CC2", "#C2407A", "#3F7F3F", "#2F9FA8", "#A35B3A", "#6B7FD7", "#97A81F")
_MARKERS = ("o", "s", "t", "t1", "d", "p", "h", "star", "+", "x")
_REPEAT_DASHES = (
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotDotLine,
    Qt.PenStyle.DashLine,
)


@dataclass(frozen=True)
class SchemeStyle:
    """How one compared scheme is drawn, the same in every panel."""

    colour: str
    dash: Qt.PenStyle
    marker: str


def scheme_styles(
    choices: tuple[SchemeChoice, ...], keys: tuple[str, ...], palette: str = "okabe_ito"
) -> list[SchemeStyle]:
    """Return a style per choice; a key asked for again keeps its colour and changes its dash.

    `keys` is the ordered catalogue: it fixes the colours of the schemes beyond the named eight.
    """
    named = dict(zip(_NAMED, PALETTES[palette], strict=True))
    further = [key for key in keys if key not in named]
    seen: dict[str, int] = {}
    styles = []
    for choice in choices:
        repeat = seen.get(choice.key, 0)
        seen[choice.key] = repeat + 1
        position = keys.index(choice.key)
        if choice.key in named:
            colour = named[choice.key]
        else:
            colour = _FURTHER_COLOURS[further.index(choice.key) % len(_FURTHER_COLOURS)]
        dash = Qt.PenStyle.DashLine if "uniform" in choice.key else Qt.PenStyle.SolidLine
        if choice.key == "constant":
            dash = Qt.PenStyle.DotLine
        if repeat:
            dash = _REPEAT_DASHES[(repeat - 1) % len(_REPEAT_DASHES)]
        styles.append(SchemeStyle(colour, dash, _MARKERS[(position + repeat) % len(_MARKERS)]))
    return styles


def font(theme: Theme, points: float, bold: bool = False) -> QFont:
    """Return the application's font in a size of the theme."""
    made = QFont()
    made.setPointSizeF(theme.points(points))
    made.setBold(bold)
    return made


def relative_luminance(colour: str) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1 (WCAG 2.1)."""
    made = QColor(colour)

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

    red, green, blue = linear(made.redF()), linear(made.greenF()), linear(made.blueF())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    a, b = relative_luminance(first), relative_luminance(second)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def palette(theme: Theme) -> QPalette:
    """Return Qt's palette for a theme."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, colour in {
        roles.Window: theme.ground,
        roles.WindowText: theme.text,
        roles.Base: theme.field,
        roles.AlternateBase: theme.card,
        roles.Text: theme.text,
        roles.Button: theme.card,
        roles.ButtonText: theme.text,
        roles.BrightText: theme.error,
        roles.ToolTipBase: theme.card,
        roles.ToolTipText: theme.text,
        roles.PlaceholderText: theme.muted,
        roles.Highlight: theme.accent,
        roles.HighlightedText: theme.ground,
        roles.Link: theme.accent,
        roles.Light: theme.card,
        roles.Midlight: theme.line,
        roles.Mid: theme.line,
        roles.Dark: theme.line,
        roles.Shadow: theme.line,
    }.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    return made


def stylesheet(theme: Theme) -> str:
    """Return the style sheet of the whole application."""
    body = theme.points(BODY_POINTS)
    icons = resource("icons").as_posix()
    tick = "check-dark.svg" if theme.is_dark else "check.svg"
    box = round(1.3 * body)
    return f"""
    QWidget {{ font-size: {body}pt; }}
    QMainWindow, QWidget#centre {{ background: {theme.ground}; }}
    QWidget#side, QScrollArea#sideScroll, QScrollArea#sideScroll > QWidget > QWidget
        {{ background: {theme.card}; }}
    QScrollArea {{ border: none; }}
    QScrollArea#sideScroll {{ border-right: 1px solid {theme.line}; }}
    QLabel#heading {{ font-weight: bold; font-size: {theme.points(11)}pt; }}
    QLabel#panelNumber {{ font-weight: bold; color: {theme.muted};
        font-size: {theme.points(TITLE_POINTS)}pt; }}
    QLabel#panelTitle {{ font-weight: bold; font-size: {theme.points(TITLE_POINTS)}pt; }}
    QLabel#sentence, QLabel#strip {{ color: {theme.muted};
        font-size: {theme.points(SENTENCE_POINTS)}pt; }}
    QLabel#muted {{ color: {theme.muted}; font-size: {theme.points(SENTENCE_POINTS)}pt; }}
    QLabel#error {{ color: {theme.error}; font-size: {theme.points(SENTENCE_POINTS)}pt; }}
    QLabel#verdict {{ font-weight: bold; font-size: {theme.points(VERDICT_POINTS)}pt; }}
    QLabel#verdictCompact {{ font-weight: bold; }}
    QLabel#empty, QLabel#waiting {{ color: {theme.muted}; font-size: {theme.points(14)}pt; }}
    QFrame#card {{ background: {theme.card}; border: 1px solid {theme.line};
        border-radius: 6px; }}
    QFrame#card[brought_forward="true"] {{ border-color: {theme.accent}; }}
    QLabel#brief {{ background: {theme.text}; color: {theme.ground}; border-radius: 6px; }}
    QFrame#tour {{ background: {theme.card}; border: 2px solid {theme.accent};
        border-radius: 6px; }}
    QFrame#tourFrame {{ background: transparent; border: 3px solid {theme.accent};
        border-radius: 6px; }}
    QFrame#notice {{ background: {theme.card}; border: 1px solid {theme.line};
        border-radius: 6px; }}
    QAbstractSpinBox, QComboBox, QDialog > QLineEdit {{ background: {theme.field};
        border: 1px solid {theme.line}; border-radius: 4px; padding: 2px 6px;
        min-height: {int(body * 1.75)}px;
        selection-background-color: {theme.accent}; }}
    QAbstractSpinBox:focus, QComboBox:focus, QDialog > QLineEdit:focus
        {{ border: 1px solid {theme.accent}; }}
    QComboBox::drop-down {{ border: none; width: {box + 4}px; }}
    QComboBox::down-arrow {{ image: url("{icons}/chevron-down.svg"); width: {box - 3}px;
        height: {box - 3}px; }}
    QComboBox QAbstractItemView {{ background: {theme.field}; color: {theme.text};
        border: 1px solid {theme.line}; selection-background-color: {theme.accent};
        selection-color: {theme.ground}; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none;
        background: transparent; width: {box + 2}px; }}
    QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover
        {{ background: {theme.grid}; }}
    QAbstractSpinBox::up-arrow {{ image: url("{icons}/chevron-up.svg"); width: {box - 5}px;
        height: {box - 5}px; }}
    QAbstractSpinBox::down-arrow {{ image: url("{icons}/chevron-down.svg"); width: {box - 5}px;
        height: {box - 5}px; }}
    QCheckBox::indicator {{ width: {box}px; height: {box}px; border: 1px solid {theme.muted};
        border-radius: 3px; background: {theme.field}; }}
    QCheckBox::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent};
        image: url("{icons}/{tick}"); }}
    QCheckBox::indicator:focus {{ border: 2px solid {theme.accent}; }}
    QRadioButton::indicator {{ width: {box - 4}px; height: {box - 4}px;
        border: 2px solid {theme.muted}; border-radius: {box // 2}px; background: {theme.field}; }}
    QRadioButton::indicator:checked {{ background: {theme.accent}; }}
    QRadioButton::indicator:focus {{ border-color: {theme.accent}; }}
    QAbstractSpinBox[refused="true"] {{ border: 1px solid {theme.error}; }}
    QToolButton, QPushButton {{ background: {theme.field}; border: 1px solid {theme.line};
        border-radius: 4px; padding: 2px 8px; min-height: {int(body * 1.6)}px; }}
    QToolButton:hover, QPushButton:hover {{ border-color: {theme.muted}; }}
    QToolButton:focus, QPushButton:focus {{ border-color: {theme.accent}; }}
    QToolButton:checked {{ background: {theme.grid}; }}
    QToolButton#pin {{ border-style: dashed; color: {theme.muted}; }}
    QToolButton#pin:checked {{ background: {theme.field}; color: {theme.text};
        border-style: solid; border-color: {theme.muted}; }}
    QToolButton#pin:focus {{ border-color: {theme.accent}; }}
    QToolButton#flat, QPushButton#flat {{ background: transparent; border: 1px solid transparent;
        padding: 1px 4px; min-height: 0; color: {theme.muted}; }}
    QToolButton#flat:hover, QPushButton#flat:hover {{ color: {theme.text};
        border-color: {theme.line}; }}
    QToolButton#flat:focus, QPushButton#flat:focus {{ border-color: {theme.accent}; }}
    QPushButton#remedy {{ background: transparent; border: none; padding: 0; min-height: 0;
        color: {theme.accent}; text-align: left; font-size: {theme.points(SENTENCE_POINTS)}pt; }}
    QPushButton#remedy:hover, QPushButton#remedy:focus {{ text-decoration: underline; }}
    QTabWidget::pane {{ border: none; }}
    QTabBar {{ background: {theme.ground}; border: none; }}
    QTabBar::tab {{ background: {theme.ground}; color: {theme.muted}; border: none;
        border-bottom: 2px solid transparent; padding: 6px 14px; }}
    QTabBar::tab:selected {{ color: {theme.text}; border-bottom: 2px solid {theme.accent}; }}
    QTabBar::tab:hover {{ color: {theme.text}; }}
    QTabBar::scroller {{ width: {2 * box}px; }}
    QTabBar QToolButton {{ padding: 0; }}
    QTabBar QToolButton::left-arrow {{ image: url("{icons}/chevron-left.svg"); }}
    QTabBar QToolButton::right-arrow {{ image: url("{icons}/chevron-right.svg"); }}
    QMenuBar {{ background: {theme.card}; border-bottom: 1px solid {theme.line}; }}
    QToolTip {{ background: {theme.card}; color: {theme.text}; border: 1px solid {theme.line};
        padding: 4px; font-size: {theme.points(SENTENCE_POINTS)}pt; }}
    """
