"""Lessons that are computed at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.gui.fixtures import small_experiment
from winit_gui.lessons.lesson import Choice, Lesson, Question, Step
from winit_gui.state import State, View

QUESTION = Question(
    "What does layer 1 receive?",
    (3,),
    (
        Choice("Nothing", True, "Every weight is 0."),
        Choice("All of it", False, "Nothing is carried back."),
        Choice("A tenth", False, "Not even that."),
    ),
)


def step(title: str = "One step", **changes: Any) -> Step:
    """Return a step of a small net."""
    experiment = changes.pop("experiment", None) or small_experiment(("zeros", "glorot_normal"))
    view = changes.pop("view", View())
    made: dict[str, Any] = {
        "title": title,
        "text": "A sentence about it.",
        "notes": f"Notes on {title}.",
        "state": State.of(experiment, view),
        "panels": (2, 3),
    }
    return Step(**{**made, **changes})


def lesson(*steps: Step, path: Path = Path("small.lesson.toml")) -> Lesson:
    """Return a lesson of some steps."""
    return Lesson("A small lesson", "For tests.", "", 5, steps, path, (path,))


FILE = """\
format = 1
[lesson]
title = "A small lesson"
summary = "For tests."
minutes = 5
[start]
experiment = { schemes = ["zeros", "glorot_normal"], depth = 4, width = 16, batch_size = 32 }
panels = [2, 3]
[[step]]
title = "First"
text = "Layer 1 receives {ratio} of it. $W = 0$"
notes = "Say hello."
[[step.claim]]
name = "ratio"
quantity = "error_ratio"
scheme = "zeros"
from = 0.0
to = 0.0
[[step]]
title = "Second"
text = "Nothing arrives."
notes = "Ask the room: it is nothing."
[step.question]
ask = "What does layer 1 receive?"
hides = [3]
choices = [
  { text = "Nothing", right = true, because = "Every weight is zero." },
  { text = "All of it", because = "Nothing is carried back." },
]
[[step]]
title = "Third"
text = "It was trained."
panels = [4]
training = { steps = 3, batch_size = 16 }
train_to = 3
plain = ["3"]
"""


def written(folder: Path, text: str = FILE, name: str = "small.lesson.toml") -> Path:
    """Write a lesson file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
