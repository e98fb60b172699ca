"""Everything that can be taken along, as files in one folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QWidget

from winit_core import Simulation
from winit_core.files.atomic_file import save_atomically
from winit_core.files.experiment_file import ENDING
from winit_core.files.share_line import encode
from winit_gui.experiment_files import text_of
from winit_gui.exports import numbers, picture, report
from winit_gui.exports.evidence import evidence_of
from winit_gui.picture import Picture
from winit_gui.state import State

PANEL_MARGIN = 12
"""A panel's text begins at its very edge; alone it wants some air."""

_PNG_SCALE = 2


@dataclass(frozen=True)
class Exported:
    """What there is to be written.

    Attributes
    ----------
    state
        What the window shows.
    drawn
        Its numbers.
    window
        The whole content of the window.
    panels
        (name of the file, title, widget) of every panel that is drawn.
    """

    state: State
    drawn: Picture
    window: QWidget
    panels: Sequence[tuple[str, str, QWidget]]

    @property
    def simulation(self) -> Simulation:
        """The numbers of the first net, at the shown step."""
        return self.drawn.simulation


def files(exported: Exported) -> dict[str, Callable[[], str | bytes]]:
    """Return what makes each file, by its name.

    The numbers are those of the first net; of several nets, `nets.csv` has them all, before
    training.
    """
    simulation = exported.simulation
    made: dict[str, Callable[[], str | bytes]] = {
        f"experiment{ENDING}": lambda: text_of(exported.state),
        "share-line.txt": lambda: encode(simulation.experiment) + "\n",
        "numbers.csv": lambda: numbers.to_csv(simulation, exported.drawn.step),
        "numbers.json": lambda: numbers.to_json(simulation),
        "numbers.npz": lambda: numbers.to_npz(simulation),
    }
    ensemble = exported.drawn.ensemble
    if ensemble is not None:
        made["nets.csv"] = lambda: numbers.nets_to_csv(ensemble)
    made |= _pictures("window", "winit", exported.window, 0)
    for name, title, widget in exported.panels:
        made |= _pictures(name, title, widget, PANEL_MARGIN)
    made["report.html"] = lambda: report.to_html(report_of(exported))
    made["report.pdf"] = lambda: report.to_pdf(report_of(exported))
    return made


def _pictures(
    name: str, title: str, widget: QWidget, margin: int
) -> dict[str, Callable[[], str | bytes]]:
    return {
        f"{name}.png": lambda: picture.to_png(widget, _PNG_SCALE, margin),
        f"{name}.svg": lambda: picture.to_svg(widget, title, margin),
        f"{name}.pdf": lambda: picture.to_pdf(widget, title, margin),
    }


def report_of(exported: Exported, question: str = "") -> report.Report:
    """Return the report with a picture of every panel."""
    pictures = tuple(
        report.ReportPicture(title, picture.to_png(widget, _PNG_SCALE))
        for _, title, widget in exported.panels
    )
    drawn = exported.drawn
    return report.Report(drawn.simulation, evidence_of(drawn), pictures, question, drawn.step)


def write(folder: Path, exported: Exported) -> list[Path]:
    """Write all files into a folder, each whole or not at all; raises OSError.

    The folder is made if there is none; files of these names in it are replaced, others kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, make in files(exported).items():
        save_atomically(folder / name, make())
        paths.append(folder / name)
    return paths
