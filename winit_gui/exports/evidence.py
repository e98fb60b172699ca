"""What a report says of each scheme: the verdict of its card, and the medians beside it."""

from __future__ import annotations

from dataclasses import dataclass

from winit_core.diagnosis import error_ratio
from winit_gui.picture import Picture
from winit_gui.verdicts import Verdict, verdict_of


@dataclass(frozen=True)
class Evidence:
    """What is known of a scheme before training, over all its nets.

    Attributes
    ----------
    verdict
        As on its card, with what proves it and the median of the loss.
    error_ratio
        RMS of ∂L/∂z at layer 1 over the output layer's; NaN where undefined.
    error_is_rounding
        Whether layer 1 receives nothing but rounding.
    signal
        RMS of h in the last hidden layer.
    """

    verdict: Verdict
    error_ratio: float
    error_is_rounding: bool
    signal: float

    @property
    def nets(self) -> int:
        """How many nets stand behind the numbers."""
        return sum(count for _, count in self.verdict.counts) or 1


def evidence_of(drawn: Picture) -> tuple[Evidence, ...]:
    """Return the evidence on every scheme: of one net, or the medians over several."""
    verdicts = [verdict_of(drawn, index) for index in range(len(drawn.diagnoses))]
    if drawn.ensemble is None:
        return tuple(
            Evidence(
                verdict,
                error_ratio(verdict.run),
                verdict.run.layers[0].delta_is_rounding,
                verdict.run.layers[-2].activation_rms,
            )
            for verdict in verdicts
        )
    ratios = drawn.ensemble.quantiles("delta_rms", (0.5,), relative=True)[0, :, 0]
    rounding = drawn.ensemble.quantiles("delta_is_rounding", (0.5,))[0, :, 0]
    signals = drawn.ensemble.quantiles("activation_rms", (0.5,))[0, :, -2]
    return tuple(
        Evidence(verdict, float(ratios[index]), bool(rounding[index]), float(signals[index]))
        for index, verdict in enumerate(verdicts)
    )
