"""Small lessons for tests."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
format = 1

[lesson]
title = "A lesson"
minutes = 5
"""

START = """
[start]
experiment = { schemes = ["zeros", "he_normal"], depth = 3, width = 12, batch_size = 16 }
training = { steps = 20, batch_size = 16 }
panels = [2, 3]
"""

STEP = """
[[step]]
title = "First"
text = "Nothing arrives: {ratio}."
highlight = "zeros"

[[step.claim]]
name = "ratio"
quantity = "error_ratio"
scheme = "zeros"
from = 0
to = 0
"""

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "78da63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


def write(folder: Path, text: str, name: str = "a.lesson.toml") -> Path:
    """Write a file of a lesson."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def lesson(*steps: str, start: str = START) -> str:
    """Return the text of a lesson."""
    return HEAD + start + "".join(steps or (STEP,))


def plain_step(extra: str = "", title: str = "A step") -> str:
    """Return a step without any claim."""
    return f'\n[[step]]\ntitle = "{title}"\ntext = "Words."\n{extra}\n'
