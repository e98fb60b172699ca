"""The steps of a lesson as pictures, drawn without a window: for handouts and slides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap

from winit_gui.lessons.lesson import Lesson
from winit_gui.present.axes import fixed_ends, weight_axes
from winit_gui.present.prepared import Means, Prepared, prepare
from winit_gui.present.stage import Showing, Stage


@dataclass(frozen=True, eq=False)
class Still:
    """One step as it is shown, its answer given.

    Attributes
    ----------
    number
        From 1.
    prepared
        The step and its results.
    image
        The stage.
    """

    number: int
    prepared: Prepared
    image: QImage


@contextmanager
def hidden_stage(size: QSize) -> Iterator[Stage]:
    """Give a stage that is laid out and drawn like any other, and never on screen."""
    stage = Stage()
    stage.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    stage.resize(size)
    stage.show()
    try:
        yield stage
    finally:
        stage.close()
        stage.deleteLater()


def position(number: int, count: int) -> str:
    """Return where a lesson is, in words."""
    return f"{number} / {count}"


def prepare_all(
    lesson: Lesson,
    workers: int = 1,
    should_stop: Callable[[], bool] = lambda: False,
    tell: Callable[[int], None] = lambda number: None,
) -> list[Prepared]:
    """Compute every step; may run in any thread.

    Parameters
    ----------
    lesson
        What to compute.
    workers
        How many schemes are computed at the same time.
    should_stop
        Asked all the time; `SimulationStopped` is raised when it says so.
    tell
        Told the number of every step that is done.
    """
    made = []
    for number, (step, axis) in enumerate(
        zip(lesson.steps, weight_axes(lesson.steps), strict=True), 1
    ):
        made.append(prepare(step, axis, Means(workers=workers, should_stop=should_stop)))
        tell(number)
    return made


def stills(lesson: Lesson, prepared: list[Prepared], size: QSize) -> Iterator[Still]:
    """Draw every step of a lesson; only in the window's thread."""
    for number, (made, stage) in enumerate(scenes(lesson, prepared, size), 1):
        pixmap: QPixmap = stage.grab()
        yield Still(number, made, pixmap.toImage())


def scenes(
    lesson: Lesson, prepared: list[Prepared], size: QSize
) -> Iterator[tuple[Prepared, Stage]]:
    """Give every step with the stage that shows it, for whoever draws it in another way."""
    axes = weight_axes(lesson.steps)
    ends = fixed_ends(lesson.steps, axes, [made.ends for made in prepared])
    with hidden_stage(size) as stage:
        for number, (made, fixed) in enumerate(zip(prepared, ends, strict=True), 1):
            stage.show_step(Showing(made.step, made, fixed, position(number, len(prepared))))
            yield made, stage
