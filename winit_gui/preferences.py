"""What a user prefers on this machine: where to begin, and how much of the machine to use.

Theme, palette and size of type are part of the view: they can be undone like any other change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.parameters import validated_integer
from winit_core.translation import tr
from winit_gui import defaults

MAX_THREADS = 1024


@dataclass(frozen=True)
class Preferences:
    """Preferences that no experiment depends on.

    Attributes
    ----------
    threads
        How many a computation may use; 0 stands for one per core.
    resume
        Whether the program begins with the last experiment, or with the default one.
    default
        The user's own default experiment; None: the program's.
    toured
        Whether the tour of the first start was seen, or skipped.
    """

    threads: int = 0
    resume: bool = True
    default: Experiment | None = None
    toured: bool = False

    def __post_init__(self) -> None:
        validated_integer("threads", self.threads, 0, MAX_THREADS)
        for name in ("resume", "toured"):
            if not isinstance(getattr(self, name), bool):
                raise ExperimentError(name, getattr(self, name), tr("true or false"))
        if self.default is not None and not isinstance(self.default, Experiment):
            raise ExperimentError("default", self.default, tr("an experiment"))

    @property
    def default_experiment(self) -> Experiment:
        """What New shows."""
        return self.default or defaults.default_experiment()

    def workers(self, cores: int) -> int:
        """Return how many threads to use on a machine with so many cores."""
        return min(self.threads, cores) if self.threads else cores

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the settings file."""
        default = None if self.default is None else self.default.to_dict()
        return {
            "threads": self.threads,
            "resume": self.resume,
            "default": default,
            "toured": self.toured,
        }

    @classmethod
    def from_dict(cls, plain: object) -> Preferences:
        """Return what `to_dict` described; a value that cannot be counts as not chosen."""
        held: dict[str, Any] = {}
        if not isinstance(plain, Mapping):
            return cls()
        for name in ("threads", "resume", "toured", "default"):
            if name not in plain:
                continue
            try:
                value = plain[name]
                if name == "default" and value is not None:
                    value = Experiment.from_dict(value)
                cls(**{name: value})
            except (ExperimentError, TypeError, KeyError, AttributeError, ValueError):
                continue
            held[name] = value
        return cls(**held)
