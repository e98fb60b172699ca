"""What is taken along opens in other programs: parsed here by other means than it was written."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import struct
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication, QImage, QImageReader, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel

from tests.gui.fixtures import MakeWindow, small_experiment
from winit_core import SchemeChoice, diagnose, simulate
from winit_core.ensemble import simulate_seeds
from winit_core.files.experiment_file import load
from winit_core.files.share_line import decode
from winit_core.statistics import LayerStatistics
from winit_gui.exports import folder, numbers, picture, report
from winit_gui.window import Window

SVG = "{http://www.w3.org/2000/svg}"


def shown(make_window: MakeWindow) -> Window:
    return make_window(small_experiment(activation="relu"))


def png_chunks(data: bytes) -> dict[bytes, bytes]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        content = data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + content)
        chunks.setdefault(kind, content)
        place += 12 + length
    return chunks


@pytest.mark.parametrize("scale", picture.SCALES)
def test_a_png_has_its_size_and_its_resolution(make_window: MakeWindow, scale: int) -> None:
    window = shown(make_window)
    panel = window.panels[1]
    chunks = png_chunks(picture.to_png(panel, scale))
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (
        panel.width() * scale,
        panel.height() * scale,
    )
    across, down, unit = struct.unpack(">IIB", chunks[b"pHYs"])
    assert across == down == round(96 * scale / 0.0254)
    assert unit == 1  # metres


def test_a_picture_of_an_impossible_scale_is_refused(make_window: MakeWindow) -> None:
    window = shown(make_window)
    for scale in (0, 0.5, 5, float("nan")):
        with pytest.raises(ValueError, match="from 1 to 4"):
            picture.to_image(window.panels[0], scale)


def ink(image: QImage) -> float:
    """Share of pixels that are not the ground."""
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return float(np.mean(lines[:, : image.width()] < 200))


def test_lines_keep_their_width_at_every_scale(make_window: MakeWindow) -> None:
    window = shown(make_window)
    panel = window.panels[1]
    before = picture.to_png(panel, 1)
    shares = [ink(picture.to_image(panel, scale)) for scale in picture.SCALES]
    assert min(shares) > 0.01
    assert max(shares) < 1.15 * min(shares)
    assert picture.to_png(panel, 1) == before, "drawing for another scale changed the window"


def test_a_margin_is_empty(make_window: MakeWindow) -> None:
    window = shown(make_window)
    panel = window.panels[1]
    bare, framed = picture.to_image(panel, 1), picture.to_image(panel, 1, margin=9)
    assert (framed.width(), framed.height()) == (bare.width() + 18, bare.height() + 18)
    assert framed.copy(9, 9, bare.width(), bare.height()) == bare
    ground = framed.pixel(0, 0)
    assert all(framed.pixel(x, y) == ground for x in range(framed.width()) for y in (0, 8))


def test_an_svg_is_xml_with_text_and_lines_within_their_plots(make_window: MakeWindow) -> None:
    window = shown(make_window)
    data = picture.to_svg(window.centralWidget(), "a <title> & more")
    root = ElementTree.fromstring(data)
    assert root.tag == f"{SVG}svg"
    size = window.centralWidget().size()
    assert root.get("viewBox") == f"0 0 {size.width()} {size.height()}"
    assert root.findtext(f"{SVG}title") == "a <title> & more"
    texts = {"".join(element.itertext()) for element in root.iter(f"{SVG}text")}
    assert {"Weights", "Signal", "Gradient", "Healthy"} <= texts
    assert not any("winit-plot" in text for text in texts)
    assert b"non-scaling-stroke" not in data, "not every program knows it"
    clips = root.findall(f".//{SVG}clipPath")
    used = [group for group in root.iter(f"{SVG}g") if group.get("clip-path")]
    assert len(clips) == len(used) >= len(window.exported().panels) >= 3
    curves = [len(list(group.iter(f"{SVG}path"))) for group in used]
    assert sum(count >= 3 for count in curves) >= 3


def test_an_svg_is_drawn_by_another_renderer_as_on_screen(make_window: MakeWindow) -> None:
    window = shown(make_window)
    panel = window.panels[2]
    renderer = QSvgRenderer(QByteArray(picture.to_svg(panel)))
    assert renderer.isValid()
    image = QImage(panel.size(), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert ink(image) == pytest.approx(ink(picture.to_image(panel)), rel=0.25)
    if (rsvg := shutil.which("rsvg-convert")) is not None:
        png = subprocess.run(
            [rsvg], input=picture.to_svg(panel), capture_output=True, check=True
        ).stdout
        assert ink(QImage.fromData(png)) == pytest.approx(ink(picture.to_image(panel)), rel=0.25)


def pages_of(data: bytes, path: Path, dpi: int = 96) -> list[QImage]:
    assert data.startswith(b"%PDF-1.")
    assert data.rstrip().endswith(b"%%EOF")
    pdftoppm = shutil.which("pdftoppm")
    if pdftoppm is None:
        pytest.skip("pdftoppm is not at hand")
    path.write_bytes(data)
    subprocess.run(
        [pdftoppm, "-r", str(dpi), "-png", str(path), str(path.with_suffix(""))], check=True
    )
    return [QImage(str(page)) for page in sorted(path.parent.glob(f"{path.stem}-*.png"))]


def test_a_pdf_is_one_page_of_lines_that_looks_like_the_screen(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    window = shown(make_window)
    panel = window.panels[1]
    data = picture.to_pdf(panel)
    (page,) = pages_of(data, tmp_path / "panel.pdf")
    assert abs(page.width() - panel.width()) <= 1
    assert abs(page.height() - panel.height()) <= 1
    assert ink(page) == pytest.approx(ink(picture.to_image(panel)), rel=0.25)
    assert len(data) < 200_000
    if (pdftotext := shutil.which("pdftotext")) is not None:
        text = subprocess.run(
            [pdftotext, str(tmp_path / "panel.pdf"), "-"], capture_output=True, check=True
        ).stdout.decode()
        assert "Signal" in text


def test_the_clipboard_holds_the_picture(make_window: MakeWindow) -> None:
    window = shown(make_window)
    panel = window.panels[0]
    picture.copy_to_clipboard(panel, 2)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (2 * panel.width(), 2 * panel.height())
    assert ink(image) > 0.01


def test_a_widget_without_plots_is_a_picture_too(qtbot: object) -> None:
    label = QLabel("plain")
    label.resize(60, 20)
    assert png_chunks(picture.to_png(label, 3))
    assert b"plain" in picture.to_svg(label)


@pytest.mark.filterwarnings("error")
def test_csv_is_read_by_numpy_and_by_csv() -> None:
    experiment = small_experiment(
        ("zeros", "constant", "he_normal", SchemeChoice("large_normal", {"std": 1e6})),
        activation="relu",
        hidden_widths=(16,) * 12,
    )
    simulation = simulate(experiment)
    text = numbers.to_csv(simulation)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 4 * 13
    table = np.genfromtxt(
        io.StringIO(text), delimiter=",", names=True, dtype=None, encoding="utf-8"
    )
    assert set(LayerStatistics.__dataclass_fields__) <= set(table.dtype.names)
    place = 0
    for run in simulation.runs:
        for number, layer in enumerate(run.layers, start=1):
            row = table[place]
            assert (row["scheme"], row["key"], row["layer"]) == (
                run.index + 1,
                run.choice.key,
                number,
            )
            for name in LayerStatistics.__dataclass_fields__:
                np.testing.assert_equal(float(row[name]), float(getattr(layer, name)))
            place += 1
    assert not np.isfinite(table["loss"]).all()
    assert rows[13]["name"] == "Constant (w 0.5; b 0.1)"


def test_all_nets_stand_in_one_table() -> None:
    experiment = small_experiment(("zeros", "he_normal"), seed=5)
    ensemble = simulate_seeds(experiment, 3)
    rows = list(csv.reader(io.StringIO(numbers.nets_to_csv(ensemble))))
    alone = list(csv.reader(io.StringIO(numbers.to_csv(simulate(experiment)))))
    assert rows[0] == ["seed", *alone[0]]
    assert rows[0][1] == "step"
    assert [row[0] for row in rows[1:]] == [seed for seed in "567" for _ in alone[1:]]
    assert [row[1:] for row in rows if row[0] == "5"] == alone[1:]
    of_7 = csv.reader(io.StringIO(numbers.to_csv(simulate(replace(experiment, seed=7)))))
    assert [row[1:] for row in rows if row[0] == "7"] == list(of_7)[1:]


def test_npz_is_loaded_without_pickle(tmp_path: Path) -> None:
    experiment = small_experiment(("constant", "torch_linear"))
    simulation = simulate(experiment)
    path = tmp_path / "numbers.npz"
    path.write_bytes(numbers.to_npz(simulation, with_weights=True))
    with np.load(path, allow_pickle=False) as stored:
        assert load(str(stored["experiment"]))[0] == experiment
        assert list(stored["key"]) == ["constant", "torch_linear"]
        assert stored["delta_rms"].shape == (2, 5)
        assert stored["delta_rms"][1, 2] == simulation.runs[1].layers[2].delta_rms
        assert stored["delta_is_rounding"].dtype == bool
        assert stored["weights_1_2"].shape == (16, 16)
        assert (stored["weights_1_2"] == 0.5).all()
        assert stored["weights_2_3"].std() == pytest.approx(
            simulation.runs[1].layers[2].weight_std, rel=1e-5
        )
        assert stored["biases_1_5"].shape == (10,)


def test_json_is_the_text_reports() -> None:
    content = json.loads(numbers.to_json(simulate(small_experiment(("zeros",)))))
    assert content["runs"][0]["verdict"] == "symmetric"


def report_of(window: Window, question: str = "") -> report.Report:
    return folder.report_of(window.exported(), question)


def test_the_html_report_needs_no_other_file(make_window: MakeWindow) -> None:
    window = shown(make_window)
    text = report.to_html(report_of(window, "Why <this>?"))
    assert "<h1>Why &lt;this&gt;?</h1>" in text
    assert re.findall(r'(?:src|href)="(?!data:image/png;base64,)', text) == []
    for part in ("He normal", "Healthy", "seed 0", "numpy", "winit1:", "× the output layer"):
        assert part in text
    assert text.count("data:image/png;base64,") == len(window.exported().panels)
    from winit_core.files.share_line import encode

    line = re.search(r"<code>(.*)</code>", text)
    assert line is not None
    assert decode(line[1]) == window.store.state.experiment
    assert encode(window.store.state.experiment) == line[1].replace(" ", "")


@pytest.mark.parametrize("schemes", [1, 8, 32])
def test_the_pdf_report_is_one_page_with_everything(
    make_window: MakeWindow, tmp_path: Path, schemes: int
) -> None:
    choices = tuple(SchemeChoice("small_normal", {"std": 0.01 * (n + 1)}) for n in range(schemes))
    window = make_window(small_experiment(choices))
    made = report_of(window)
    data = report.to_pdf(made)
    (page,) = pages_of(data, tmp_path / "report.pdf", 72)
    assert abs(page.width() - 595) <= 1
    assert abs(page.height() - 842) <= 1
    assert ink(page) > 0.02
    if (pdftotext := shutil.which("pdftotext")) is not None:
        text = subprocess.run(
            [pdftotext, "-layout", str(tmp_path / "report.pdf"), "-"],
            capture_output=True,
            check=True,
        ).stdout.decode()
        assert "Seed 0" in " ".join(text.split())
        assert len(re.findall(r"Small random", text)) >= schemes


def test_everything_is_written_into_a_folder(make_window: MakeWindow, tmp_path: Path) -> None:
    window = shown(make_window)
    paths = folder.write(tmp_path / "out", window.exported())
    names = {path.name for path in paths}
    assert names == {path.name for path in (tmp_path / "out").iterdir()}
    assert {"numbers.csv", "numbers.json", "numbers.npz", "report.html", "report.pdf"} <= names
    assert {f"window.{kind}" for kind in ("png", "svg", "pdf")} <= names
    panels = [name for name in names if name.startswith("panel-")]
    assert len(panels) == 3 * len(window.exported().panels) >= 9
    experiment, extra = load((tmp_path / "out" / "experiment.winit.toml").read_text("utf-8"))
    assert experiment == window.store.state.experiment
    assert set(extra) == {"view", "offered", "training"}
    assert decode((tmp_path / "out" / "share-line.txt").read_text()) == experiment
    for path in paths:
        if path.suffix in (".png", ".svg"):
            assert QImageReader(str(path)).canRead(), path
    assert len(made_diagnoses(window)) == len(experiment.schemes)


def made_diagnoses(window: Window) -> list[object]:
    held = window.picture
    assert held is not None
    return [diagnose(run) for run in held.simulation.runs]
