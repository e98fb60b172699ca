"""The program's icon in all sizes, drawn from two SVG files with Qt.

The small drawing has fewer details; it is used up to 32 pixels. The results are kept in the
repository, so that no other build needs Qt for them: ``python3 -m packaging_tools icons``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

from packaging_tools.product import ROOT

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
DRAWING = ROOT / "resources" / "icons" / "winit.svg"
_SMALL = DRAWING.with_name("winit-small.svg")
_SMALL_UP_TO = 32
FOLDER = DRAWING.parent / "application"

_WINDOWS_SIZES = (16, 24, 32, 48, 64, 256)
# Old parts of Windows read pixels only; PNG is understood for the largest.
_PNG_FROM = 256
# The name of each size in Apple's format, twice where a screen of double density has its own.
_MAC_TYPES = {
    b"icp4": 16,
    b"icp5": 32,
    b"ic11": 32,
    b"ic12": 64,
    b"ic07": 128,
    b"ic13": 256,
    b"ic08": 256,
    b"ic14": 512,
    b"ic09": 512,
}


def raster(size: int) -> Path:
    """Return where the picture of a size is kept."""
    return FOLDER / f"winit-{size}.png"


def write_all(folder: Path = FOLDER) -> list[Path]:
    """Draw every size, and write Windows' and Apple's files."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {size: png(size) for size in SIZES}
    written = [folder / raster(size).name for size in SIZES]
    for path, data in zip(written, pictures.values(), strict=True):
        path.write_bytes(data)
    windows, apple = folder / "winit.ico", folder / "winit.icns"
    windows.write_bytes(ico({size: pictures[size] for size in _WINDOWS_SIZES}))
    apple.write_bytes(icns(pictures))
    return [*written, windows, apple]


def png(size: int) -> bytes:
    """Draw the icon."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawing = _SMALL if size <= _SMALL_UP_TO else DRAWING
    QSvgRenderer(str(drawing)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # The stubs ask for bytes, which the method takes for no format.
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def ico(pictures: Mapping[int, bytes]) -> bytes:
    """Return Windows' icon file of some PNGs by their size."""
    blocks = [data if size >= _PNG_FROM else _bitmap(data) for size, data in pictures.items()]
    place = 6 + 16 * len(blocks)
    head = struct.pack("<HHH", 0, 1, len(blocks))
    for size, block in zip(pictures, blocks, strict=True):
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(block), place)
        place += len(block)
    return head + b"".join(blocks)


def _bitmap(data: bytes) -> bytes:
    """Return a PNG as the pixels an icon holds: from below, and an empty mask of one bit each."""
    from PySide6.QtGui import QImage

    image = QImage.fromData(data).convertToFormat(QImage.Format.Format_ARGB32)
    width, height = image.width(), image.height()
    pixels = bytes(image.constBits())
    rows = [pixels[y * 4 * width : (y + 1) * 4 * width] for y in reversed(range(height))]
    mask = bytes((width + 31) // 32 * 4 * height)
    size = 4 * width * height
    head = struct.pack("<IiiHHIIiiII", 40, width, 2 * height, 1, 32, 0, size, 0, 0, 0, 0)
    return head + b"".join(rows) + mask


def icns(pictures: Mapping[int, bytes]) -> bytes:
    """Return Apple's icon file of some PNGs by their size."""
    blocks = b"".join(
        kind + struct.pack(">I", 8 + len(pictures[size])) + pictures[size]
        for kind, size in _MAC_TYPES.items()
    )
    return b"icns" + struct.pack(">I", 8 + len(blocks)) + blocks
