"""What is said of a scheme in a picture: on the cards, in lessons, in the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from winit_core.diagnosis import Diagnosis, Finding, Kind
from winit_core.ensemble import ranked
from winit_core.simulation import SchemeRun
from winit_core.translation import tr_n
from winit_gui import wording
from winit_gui.picture import Picture

if TYPE_CHECKING:
    from winit_gui.training_session import Curves


@dataclass(frozen=True)
class Verdict:
    """What is said of a scheme before training, by all its nets.

    Attributes
    ----------
    run, diagnosis
        Of the net that stands for all.
    finding
        What proves the verdict, over all nets.
    counts
        Of several nets: which verdicts they have and how many each, the commonest first.
    loss
        The median over the nets.
    """

    run: SchemeRun
    diagnosis: Diagnosis
    finding: Finding
    counts: tuple[tuple[Kind, int], ...]
    loss: float

    @property
    def proofs(self) -> tuple[str, ...]:
        """What proves it, from a sentence to a few words."""
        if not self.counts:
            return wording.proofs(self.finding, self.run)
        nets = sum(count for _, count in self.counts)
        return wording.proofs(self.finding, self.run, self.counts[0][1], nets)

    @property
    def others(self) -> list[str]:
        """What else was found: of one net in words, of several nets how many have it."""
        if self.counts:
            return [
                tr_n(
                    "{count} net: {verdict}",
                    "{count} nets: {verdict}",
                    count,
                    verdict=wording.VERDICTS[kind],
                )
                for kind, count in self.counts[1:]
            ]
        return [
            f"{wording.VERDICTS[finding.kind]}: {wording.evidence(finding, self.run)}"
            for finding in self.diagnosis.findings[1:]
        ]


def verdict_of(picture: Picture, index: int) -> Verdict:
    """Return the commonest verdict on a scheme, with the median over the nets that proves it."""
    run, diagnosis = picture.representative(index)
    ensemble = picture.ensemble
    if ensemble is None:
        return Verdict(run, diagnosis, diagnosis.worst, (), run.loss)
    losses = [simulation.runs[index].loss for simulation in ensemble.simulations]
    loss = float(ranked(np.array(losses), (0.5,))[0])
    return Verdict(run, diagnosis, ensemble.finding(index), ensemble.verdicts(index), loss)


def last_looks(curves: Curves) -> list[str]:
    """Return for each scheme of a training what was last measured: both losses, the accuracy."""
    return [
        wording.last_look(
            curves.held_out_accuracy[:, index],
            curves.train_loss[:, index],
            curves.held_out_loss[:, index],
        )
        for index in range(len(curves.diverged))
    ]
