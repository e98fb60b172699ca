"""What is wrong with a lesson, and where."""

from __future__ import annotations

from pathlib import Path

from winit_core.translation import tr


class LessonError(ValueError):
    """A file that is not a lesson.

    Parameters
    ----------
    file
        The file at fault: the lesson, or one that it includes.
    line
        Where, from 1; 0 if it is nowhere in particular.
    key
        The offending value, counted from 1, e.g. ``"step[4].claim[2].from"``; empty if it is the
        text itself.
    reason
        What is wrong with it.
    """

    def __init__(self, file: Path, line: int, key: str, reason: str) -> None:
        self.file = file
        self.line = line
        self.key = key
        self.reason = reason
        where = [str(file)]
        if line:
            where.append(tr("line {line}", line=line))
        if key:
            where.append(key)
        super().__init__(f"{', '.join(where)}: {reason}")

    def __reduce__(self) -> tuple[type[LessonError], tuple[Path, int, str, str]]:
        return type(self), (self.file, self.line, self.key, self.reason)
