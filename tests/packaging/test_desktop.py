"""What a desktop is told: icon, entry, kind of file, manual."""

import configparser
import re
import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage, QImageReader

from packaging_tools import icons, product
from packaging_tools.manual import manual
from packaging_tools.product import HERE, ROOT, Product
from winit_core.files.experiment_file import ENDING
from winit_gui.command_line import make_parser
from winit_gui.lessons import names as lesson_names

BUILT = Product("1.2.3", "abc", False, 0, "x86_64")


@pytest.mark.parametrize("size", icons.SIZES)
def test_the_kept_pictures_are_what_the_drawings_give(size: int, qapp: QGuiApplication):
    drawn, kept = QImage.fromData(icons.png(size)), QImage(str(icons.raster(size)))
    assert kept.width() == kept.height() == size
    assert drawn == kept, "run: python3 -m packaging_tools icons"


@pytest.mark.parametrize(("name", "count"), [("winit.ico", 6), ("winit.icns", 9)])
def test_the_icons_of_other_systems_are_read_back(name: str, count: int, qapp: QGuiApplication):
    reader = QImageReader(str(icons.FOLDER / name))
    assert reader.imageCount() == count
    for number in range(count):
        assert reader.jumpToImage(number)
        image = reader.read()
        assert not image.isNull()
        assert image == QImage(str(icons.raster(image.width()))).convertToFormat(image.format())


def test_the_windows_icon_has_pixels_for_old_programs():
    data = (icons.FOLDER / "winit.ico").read_bytes()
    place = struct.unpack_from("<I", data, 6 + 12)[0]
    assert struct.unpack_from("<Iii", data, place) == (40, 16, 32)


def test_the_small_icon_shows_three_curves(qapp: QGuiApplication):
    image = QImage(str(icons.raster(16)))
    row = [image.pixelColor(x, 12) for x in range(16)]
    assert len({row[x].name() for x in (2, 5, 7)}) == 3
    for left, right in zip(row[:8], row[:7:-1], strict=True):
        assert abs(left.lightness() - right.lightness()) < 8, "not the same from both sides"


def test_the_desktop_entry_opens_our_kind_of_file():
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(HERE / "linux" / "winit.desktop", encoding="utf-8")
    section = entry["Desktop Entry"]
    assert section["MimeType"] == f"{product.MEDIA_TYPE};"
    assert section["Exec"] == f"{product.NAME} %f"
    kind = ET.parse(HERE / "linux" / "winit.xml").getroot()[0]
    assert kind.get("type") == product.MEDIA_TYPE
    patterns = [glob.get("pattern") for glob in kind if glob.tag.endswith("glob")]
    assert patterns == [f"*{ENDING}", f"*{lesson_names.ENDING}"]


def test_the_manual_names_every_option():
    page = manual(BUILT)
    plain = page.replace("\\-", "-")
    for option in re.findall(r"--[a-z][a-z-]+", make_parser().format_usage()):
        assert f"\\fB{option}\\fR" in plain, option
    assert "winit 1.2.3" in page
    assert "main.py" not in page


def test_every_size_of_the_installer_exists():
    script = (HERE / "windows" / "winit.iss").read_text(encoding="utf-8")
    for name in re.findall(r"^(?:LicenseFile|SetupIconFile)=(.*)$", script, re.MULTILINE):
        assert (HERE / "windows" / Path(*name.split("\\"))).resolve().is_file(), name


def test_the_version_has_one_source():
    assert product.current().version in (ROOT / "winit_core" / "__init__.py").read_text("utf-8")
