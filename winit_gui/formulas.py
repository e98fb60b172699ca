"""LaTeX to a crisp picture: set by ziamath, drawn by Qt at the screen's own resolution."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

_PLACEHOLDER = "#010203"
_SIZE = 20.0
"""Type size in the units of the SVG; the picture is scaled from it."""

_lock = Lock()


@lru_cache(maxsize=512)
def formula_svg(latex: str) -> str:
    """Return a formula as SVG in a placeholder colour. May take a tenth of a second."""
    with _lock:
        # Not at the top: a third of a second that no start should wait for.
        from ziamath.config import config
        from ziamath.zmath import Latex

        config.svg2 = False  # QtSvg knows no <symbol>
        return str(Latex(latex, size=_SIZE, color=_PLACEHOLDER).svg())


def formula_image(latex: str, colour: str, pixels: float, ratio: float) -> QImage:
    """Return a formula as an image.

    Parameters
    ----------
    latex
        Without dollar signs.
    colour
        Of the ink; the ground is transparent.
    pixels
        Type size in logical pixels.
    ratio
        Physical per logical pixels of the screen.
    """
    svg = formula_svg(latex).replace(_PLACEHOLDER, colour)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    natural = renderer.viewBoxF().size() * (pixels / _SIZE * ratio)
    image = QImage(
        QSize(max(round(natural.width()), 1), max(round(natural.height()), 1)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image
