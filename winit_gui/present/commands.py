"""The keys of a presentation, the same for the audience's screen and the presenter's."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from winit_core.translation import tr

_Key = Qt.Key


class Command(Enum):
    """What a key asks for."""

    NEXT = "next"
    BACK = "back"
    FIRST = "first"
    LAST = "last"
    BLANK = "blank"
    NOTES = "notes"
    TRY = "try"
    HELP = "help"
    LEAVE = "leave"


_KEYS = {
    _Key.Key_PageDown: Command.NEXT,
    _Key.Key_Right: Command.NEXT,
    _Key.Key_Down: Command.NEXT,
    _Key.Key_Space: Command.NEXT,
    _Key.Key_Return: Command.NEXT,
    _Key.Key_Enter: Command.NEXT,
    _Key.Key_PageUp: Command.BACK,
    _Key.Key_Left: Command.BACK,
    _Key.Key_Up: Command.BACK,
    _Key.Key_Backspace: Command.BACK,
    _Key.Key_Home: Command.FIRST,
    _Key.Key_End: Command.LAST,
    _Key.Key_B: Command.BLANK,
    _Key.Key_Period: Command.BLANK,
    _Key.Key_N: Command.NOTES,
    _Key.Key_T: Command.TRY,
    _Key.Key_F1: Command.HELP,
    _Key.Key_Question: Command.HELP,
    _Key.Key_Escape: Command.LEAVE,
}
_PANELS = (_Key.Key_1, _Key.Key_2, _Key.Key_3, _Key.Key_4)
_PLAIN = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.KeypadModifier,
    Qt.KeyboardModifier.ShiftModifier,
)

KEYS_SHEET = (
    (tr("PgDn  →  ↓  Space"), tr("answer, or next step")),
    (tr("PgUp  ←  ↑"), tr("step before")),
    (tr("Home  End"), tr("first, last step")),
    ("1  2  3  4", tr("choose an answer; else one panel alone, and back")),
    ("B  .", tr("blank the screen, and back")),
    ("N", tr("presenter's notes")),
    ("T", tr("try it: this experiment in the window")),
    ("F1  ?", tr("these keys")),
    (tr("Esc"), tr("back; leave the lesson")),
)


def command_of(event: QKeyEvent, choosing: bool) -> Command | tuple[str, int] | None:
    """Return what a key asks for.

    Parameters
    ----------
    event
        The key.
    choosing
        Whether answers are on offer; numbers are then answers. They are no letters, for clickers
        send B to blank the screen.

    Returns
    -------
    Command | tuple[str, int] | None
        ``("choice", number from 0)``, ``("panel", number)``, a command, or None.
    """
    if event.modifiers() not in _PLAIN:
        return None
    key = _Key(event.key())
    if key in _PANELS:
        number = _PANELS.index(key)
        return ("choice", number) if choosing else ("panel", number + 1)
    if key is _Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
        return Command.BACK
    return _KEYS.get(key)
