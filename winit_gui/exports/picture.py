"""Any widget as a picture: PNG with its resolution, SVG and PDF as lines and text, clipboard.

A widget is drawn as it is, faded or not: ask for a picture when nothing is being computed.
"""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QRect, QSize, QSizeF
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QRegion,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from winit_gui.exports.plots import (
    clipped,
    lines_scaled,
    marked_for_clipping,
    symbols_as_shapes,
    with_plain_lines,
)

__all__ = ["SCALES", "copy_to_clipboard", "to_image", "to_pdf", "to_png", "to_svg"]

SCALES = (1, 2, 3, 4)
"""How many pixels stand for one logical pixel, in each direction."""

_LOGICAL_DPI = 96
_INCH_IN_METRES = 0.0254
_POINTS_PER_INCH = 72
_FLAGS = QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren


def to_image(widget: QWidget, scale: float = 1, margin: int = 0) -> QImage:
    """Return a widget as pixels.

    Parameters
    ----------
    widget
        What to draw.
    scale
        Pixels per logical pixel, 1 to 4. The resolution in the image grows with it: it is as
        large on paper at any scale.
    margin
        Empty logical pixels around it.

    Raises
    ------
    ValueError
        For a scale outside 1 to 4.
    """
    if not SCALES[0] <= scale <= SCALES[-1]:
        raise ValueError(f"a scale of {scale} is not from {SCALES[0]} to {SCALES[-1]}")
    size = _size(widget, margin)
    pixels = QSize(round(size.width() * scale), round(size.height() * scale))
    image = QImage(pixels, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    dots = round(_LOGICAL_DPI * scale / _INCH_IN_METRES)
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    image.fill(widget.palette().color(widget.backgroundRole()))
    painter = QPainter(image)
    with lines_scaled(widget, scale / widget.devicePixelRatioF()):
        _draw(widget, painter, margin)
    painter.end()
    return image


def to_png(widget: QWidget, scale: float = 1, margin: int = 0) -> bytes:
    """Return a widget as a PNG file of 96 dpi times the scale; raises like `to_image`."""
    data, buffer = _buffer()
    image = to_image(widget, scale, margin)
    image.setText("Software", "winit")
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def to_svg(widget: QWidget, title: str = "winit", margin: int = 0) -> bytes:
    """Return a widget as an SVG file; text stays text, in the font of the window."""
    data, buffer = _buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    whole = QRect(QPoint(0, 0), _size(widget, margin))
    generator.setSize(whole.size())
    generator.setViewBox(whole)
    generator.setResolution(_LOGICAL_DPI)
    generator.setTitle(title)
    painter = QPainter(generator)
    plain = lines_scaled(widget, 1 / widget.devicePixelRatioF())
    with plain, symbols_as_shapes(widget), marked_for_clipping(widget, margin) as regions:
        painter.fillRect(whole, widget.palette().color(widget.backgroundRole()))
        _draw(widget, painter, margin)
        painter.end()
    text = with_plain_lines(bytes(data.data()).decode("utf-8"))
    return clipped(text, regions).encode("utf-8")


def to_pdf(widget: QWidget, title: str = "winit", margin: int = 0) -> bytes:
    """Return a widget as a PDF file of one page of its own size, drawn as lines and text."""
    data, buffer = _buffer()
    whole = QRect(QPoint(0, 0), _size(widget, margin))
    size = QSizeF(whole.size()) * (_POINTS_PER_INCH / _LOGICAL_DPI)
    writer = QPdfWriter(buffer)
    page = QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    # One dot per logical pixel, where lines of fixed width have the width they have on screen;
    # places are kept to a fraction of a dot.
    writer.setResolution(_LOGICAL_DPI)
    writer.setTitle(title)
    writer.setCreator("winit")
    painter = QPainter(writer)
    with lines_scaled(widget, 1 / widget.devicePixelRatioF()), symbols_as_shapes(widget):
        painter.fillRect(whole, widget.palette().color(widget.backgroundRole()))
        _draw(widget, painter, margin)
        painter.end()
    return bytes(data.data())


def copy_to_clipboard(widget: QWidget, scale: float = 2, margin: int = 0) -> None:
    """Put a widget on the clipboard as a picture; raises like `to_image`."""
    image = to_image(widget, scale, margin)
    image.setDevicePixelRatio(1)
    QGuiApplication.clipboard().setImage(image)


def _size(widget: QWidget, margin: int) -> QSize:
    return widget.size() + QSize(2 * margin, 2 * margin)


def _draw(widget: QWidget, painter: QPainter, margin: int) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    widget.render(painter, QPoint(margin, margin), QRegion(widget.rect()), _FLAGS)


def _buffer() -> tuple[QByteArray, QBuffer]:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return data, buffer
