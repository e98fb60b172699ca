"""A start that asks first: the last experiment is so large that its picture takes long."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from winit_core.translation import tr, tr_n
from winit_gui import wording
from winit_gui.state import State
from winit_gui.style import SPACE

HEAVY = 1e10
"""Multiplications of one pass; about 4 s on two slow cores."""

_DRAWING_A_WEIGHT = 40
"""Inputs that could be multiplied with a weight in the time it takes to draw it."""


def work_of(state: State) -> float:
    """Return roughly how many multiplications the first picture of a state takes."""
    experiment = state.experiment
    weights = sum(fan_in * fan_out for fan_in, fan_out in experiment.layer_shapes)
    nets = len(experiment.schemes) * (state.view.seeds + (state.view.seeds > 1))
    return float(weights) * nets * (experiment.batch_size + _DRAWING_A_WEIGHT)


def is_heavy(state: State) -> bool:
    """Tell whether a start should ask before it computes a state."""
    return work_of(state) > HEAVY


class HeavyStart(QWidget):
    """The page that asks.

    Signals
    -------
    compute_asked(), default_asked()
        What the user chose.
    """

    compute_asked = Signal()
    default_asked = Signal()

    def __init__(self, state: State) -> None:
        super().__init__()
        schemes, nets = len(state.experiment.schemes), state.view.seeds
        self.title = QLabel(tr("The last experiment is large: compute it?"))
        self.title.setObjectName("empty")
        compared = tr_n("{count} scheme", "{count} schemes", schemes)
        if nets > 1:
            compared += ", " + tr_n("{count} net", "{count} nets", nets)
        told = f"{compared}: {wording.network_in_words(state.experiment)}."
        what = QLabel(told + "\n" + tr("You can also change it first on the left."))
        what.setObjectName("muted")
        what.setWordWrap(True)
        for label in (self.title, what):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.compute = QPushButton(tr("&Compute it"))
        self.begin = QPushButton(tr("Begin with the &default experiment"))
        self.compute.clicked.connect(self.compute_asked)
        self.begin.clicked.connect(self.default_asked)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.compute)
        buttons.addWidget(self.begin)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(4 * SPACE)
        layout.addStretch(1)
        layout.addWidget(self.title)
        layout.addWidget(what)
        layout.addLayout(buttons)
        layout.addStretch(1)
