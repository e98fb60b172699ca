"""On a screen with two device pixels to a logical one, lines are as wide as on any other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import sys
from PySide6.QtCore import QPoint
from winit_gui.application import make_application
from winit_core.experiment import Experiment
from winit_gui.exports.picture import to_image
from winit_gui.state import State, View
from winit_gui.store import Store
from winit_gui.window import Window

application = make_application()
experiment = Experiment(("glorot_normal",), hidden_widths=(16,) * 3, batch_size=32)
window = Window(Store(State.of(experiment, View(theme="light", theory=False))), None)
window.resize(1280, 720)
window.show()
while not window.settled:
    application.processEvents()
application.processEvents()
for grab in window.depth_grabs:
    grab.handle.hide()
area = window.signal.area


def thickness(image, ratio):
    # Along a column between two layers: how many pixels are of the scheme's colour.
    x = area.place_of(1.5, 0).x()
    x = round((x + area.view.x()) * ratio)
    count = 0.0
    for y in range(image.height()):
        colour = image.pixelColor(x, y)
        if colour.green() - colour.red() > 20:
            # #009E73 on white: how much of the pixel is covered.
            count += (255 - colour.red()) / 255
    return count / ratio


ratio = window.devicePixelRatioF()
shot = area.grab().toImage()
print(ratio, thickness(shot, shot.devicePixelRatio()))
for scale in (1, 3):
    image = to_image(area, scale)
    print(scale, thickness(image, scale))
window.close()
"""


def widths(factor: str) -> dict[float, list[float]]:
    """Return the widths of the line in logical pixels: on screen, then exported at 1 and 3."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": factor}
    made = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: dict[float, list[float]] = {}
    for line in made.stdout.splitlines():
        scale, width = map(float, line.split())
        found.setdefault(scale, []).append(width)
    return found


def test_lines_are_as_wide_on_every_screen_and_in_every_export() -> None:
    usual, fine = widths("1"), widths("2")
    on_usual, *exported = usual[1.0]
    assert on_usual == pytest.approx(2, abs=0.5), "logical pixels across a nearly level line"
    assert exported == pytest.approx([on_usual], abs=0.3)
    assert fine[2.0] == pytest.approx([on_usual], abs=0.6), "half as wide would be 1"
    assert fine[1.0] == pytest.approx([on_usual], abs=0.6), "an export does not know the screen"
    assert fine[3.0] == pytest.approx(usual[3.0], abs=0.3)
