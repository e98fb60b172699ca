"""Symbols with an index: σ_w² is written so in plain text, and with a real index on screen."""

from __future__ import annotations

import html
import re

from winit_core.translation import tr

_INDEX = re.compile(r"_([A-Za-z0-9]+)")


def rich(text: str) -> str:
    """Return plain text as HTML, with what follows a low line set as an index."""
    return _INDEX.sub(r"<sub>\1</sub>", html.escape(text))


def spoken(text: str) -> str:
    """Return plain text for those who listen: symbols as words."""
    for symbol, words in (("σ_w²", tr("sigma w squared")), ("σ_b²", tr("sigma b squared"))):
        text = text.replace(symbol, words)
    return text
