"""The one exception of the core that a user's input can cause."""

from __future__ import annotations

from winit_core.translation import tr

_LONGEST = 120


class ExperimentError(ValueError):
    """A value that no experiment can have.

    Parameters
    ----------
    field
        Path of the offending field, e.g. ``"batch_size"`` or ``"schemes[2].std"``.
    value
        The value as it was given.
    allowed
        What the field accepts, e.g. ``"a number from 1e-06 to 1000"``.
    """

    def __init__(self, field: str, value: object, allowed: str) -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        super().__init__(f"{field} = {self.reason}")

    @property
    def reason(self) -> str:
        """What is wrong with the value, without the name of its field."""
        shown = _shown(self.value)
        return tr(
            "{value} is not possible: it must be {allowed}", value=shown, allowed=self.allowed
        )

    def __reduce__(self) -> tuple[type[ExperimentError], tuple[str, object, str]]:
        return type(self), (self.field, self.value, self.allowed)

    def inside(self, prefix: str) -> ExperimentError:
        """Return the same error with its field named from further outside."""
        joint = "" if self.field.startswith("[") else "."
        return ExperimentError(f"{prefix}{joint}{self.field}", self.value, self.allowed)


def _shown(value: object) -> str:
    """Return what a message can show of any value: its repr, if that is short and there is one."""
    try:
        text = repr(value)
    except Exception:  # e.g. an int of more digits than Python converts
        return tr("this {kind}", kind=type(value).__name__)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
