"""--export-lesson: a lesson as handout and as slides, in one folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QImage

from winit_core.errors import ExperimentError
from winit_core.files.atomic_file import save_atomically
from winit_core.translation import tr
from winit_gui.lessons import handout
from winit_gui.lessons.errors import LessonError
from winit_gui.lessons.lesson import Lesson
from winit_gui.lessons.reader import read_lesson
from winit_gui.present.prepared import Prepared
from winit_gui.present.stills import prepare_all, stills

SLIDE = QSize(1920, 1080)
HANDOUT, SLIDES = "handout.pdf", "slides"


def run(path: Path, folder: Path) -> int:
    """Export a lesson from the command line: files on stdout, progress on stderr.

    Returns 0; 1 if it is no lesson or something could not be written; 130 if interrupted.
    """
    from winit_gui.application import make_application

    try:
        lesson = read_lesson(path)
        make_application()
        with _Progress(len(lesson.steps)) as progress:
            prepared = prepare_all(lesson, os.cpu_count() or 1, tell=progress.tell)
        for written in write(folder, lesson, prepared):
            if written.file is not None:
                print(written.file, flush=True)
    except LessonError as error:
        return _say(str(error))
    except ExperimentError as error:  # a training that its data are too few for
        return _say(f"{path}: {error}")
    except OSError as error:
        place = error.filename or folder
        reason = error.strerror or error
        return _say(tr("{file} could not be written: {reason}", file=place, reason=reason))
    except KeyboardInterrupt:
        print("winit: " + tr("interrupted"), file=sys.stderr)
        return 130
    return 0


def _say(message: str) -> int:
    print(f"winit: {message}", file=sys.stderr)
    return 1


class _Progress:
    """A line that counts the steps that are computed, on a terminal."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def tell(self, number: int) -> None:
        """Say which step is done."""
        if sys.stderr.isatty():
            text = tr("computed: step {number} of {count}", number=number, count=self._steps)
            print(f"\r{text}", end="", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Written:
    """How far an export has come.

    Attributes
    ----------
    done, of
        Pages and slides that are drawn, and all there are.
    file
        The file that is now complete, or None.
    """

    done: int
    of: int
    file: Path | None = None


def write(
    folder: Path,
    lesson: Lesson,
    prepared: list[Prepared],
    with_handout: bool = True,
    with_slides: bool = True,
) -> Iterator[Written]:
    """Write handout and slides, one picture at a time; only in the window's thread.

    Whoever does not ask for the next has stopped it; every file is whole or not there.

    Parameters
    ----------
    folder
        Made if there is none.
    lesson, prepared
        The lesson and its computed steps.
    with_handout, with_slides
        What is wanted.

    Raises
    ------
    OSError
        If something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps, done = len(prepared), 0
    of = steps * (with_handout + with_slides)
    if with_slides:
        slides = folder / SLIDES
        slides.mkdir(exist_ok=True)
        digits = max(2, len(str(steps)))
        for still in stills(lesson, prepared, SLIDE):
            path = slides / f"{still.number:0{digits}}.png"
            save_atomically(path, to_png(still.image))
            done += 1
            yield Written(done, of, path)
    if with_handout:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        for _ in handout.draw_pages(lesson, prepared, buffer):
            done += 1
            yield Written(done, of)
        path = folder / HANDOUT
        save_atomically(path, bytes(data.data()))
        yield Written(done, of, path)


def to_png(image: QImage) -> bytes:
    """Return a picture as a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())
