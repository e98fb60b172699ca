"""The man page: written from the program's own command line, so that no option is missing."""

from __future__ import annotations

import argparse

from packaging_tools.product import NAME, SUMMARY, Product
from winit_gui.command_line import make_parser

_ABOUT = """\
winit draws the weights of several initialization schemes from the same random numbers, runs real
handwritten digits forward through a neural network and the error backward, and shows what becomes
of both, layer by layer; it trains all of them side by side.

Without options the window opens where it was left. On a machine without a display the comparison
is printed as a table."""
_FILES = (
    ("*.winit.toml", "An experiment, written by File → Save; plain text."),
    ("~/.config/winit/", "Settings and the state of the window."),
)
_EXIT = (
    ("0", "Done."),
    ("1", "Something could not be written, or a library is missing."),
    ("2", "The command line, or the file it names, is not possible."),
)


def manual(built: Product) -> str:
    """Return the page in the language of man(7)."""
    parser = make_parser()
    lines = [
        f'.TH {NAME.upper()} 1 "{built.date}" "{NAME} {built.version}" "User Commands"',
        ".SH NAME",
        f"{NAME} \\- {_escaped(SUMMARY)}",
        ".SH SYNOPSIS",
        f".B {NAME}",
        "[\\fIOPTION\\fR]... [\\fIFILE\\fR]",
        ".SH DESCRIPTION",
        *_paragraphs(_ABOUT),
        ".SH OPTIONS",
    ]
    for title, actions in _groups(parser):
        lines.append(f'.SS "{_escaped(title)}"')
        for action in actions:
            lines += [".TP", _heading(action), _escaped(_help(action))]
    for title, rows in (("FILES", _FILES), ("EXIT STATUS", _EXIT)):
        lines.append(f'.SH "{title}"')
        for term, text in rows:
            lines += [".TP", f"\\fB{_escaped(term)}\\fR", _escaped(text)]
    return "\n".join(lines) + "\n"


def _groups(parser: argparse.ArgumentParser) -> list[tuple[str, list[argparse.Action]]]:
    found = []
    for group in parser._action_groups:  # argparse names no other way to them
        actions = [a for a in group._group_actions if a.help is not argparse.SUPPRESS]
        if actions:
            title = group.title or ""
            found.append((title[:1].upper() + title[1:], actions))
    return found


def _heading(action: argparse.Action) -> str:
    value = str(action.metavar or "")
    if action.choices is not None:
        value = "|".join(map(str, action.choices))
    names = ", ".join(f"\\fB{_escaped(name)}\\fR" for name in action.option_strings)
    if action.nargs == 0 or not value:
        return names
    return f"{names} \\fI{_escaped(value)}\\fR".strip()


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%(prog)s", NAME).replace("%%", "%")


def _paragraphs(text: str) -> list[str]:
    lines = []
    for number, paragraph in enumerate(text.split("\n\n")):
        lines += [".PP"] * bool(number) + [_escaped(line) for line in paragraph.splitlines()]
    return lines


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
