"""How soon a step of a lesson appears after the key.

Run ``python benchmarks/lesson_steps.py [LESSON.toml …]``; without names the built-in lessons are
given. Each is given twice at 1920x1080 with Page Down: *calm*, every step having been computed
ahead as it is while a lecturer speaks, and *hurried*, each key at once after the step before was
painted. Printed is the time from the key until the step is painted, trainings left to themselves:
they show their progress.

The limit is 300 ms.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from winit_gui.application import make_application
from winit_gui.lessons.catalogue import built_in
from winit_gui.lessons.lesson import Lesson
from winit_gui.lessons.reader import read_lesson
from winit_gui.present.audience import Audience
from winit_gui.present.lesson_show import LessonShow

SIZE = (1920, 1080)


def given(application: QApplication, lesson: Lesson, calm: bool) -> list[tuple[float, str]]:
    """Step through a lesson; return how long every step took, and which it was."""
    show = LessonShow(lesson)
    audience = Audience(show)
    audience.resize(*SIZE)
    audience.show()
    show.start()
    times = []

    def wait(done: object) -> None:
        while not done():  # type: ignore[operator]
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)

    def is_shown() -> bool:
        showing = audience.stage.showing
        return showing is not None and showing.prepared.step is show.step

    wait(is_shown)
    while show.following is not None or show.is_asked:
        if calm:
            wait(lambda: show.all_begun)
        began = time.perf_counter()
        QTest.keyClick(audience, Qt.Key.Key_PageDown)
        wait(is_shown)
        audience.repaint()
        what = "answer of " if show.step.question is not None and not show.is_asked else ""
        times.append((1000 * (time.perf_counter() - began), f"{what}step {show.index + 1}"))
        if not calm:
            continue
        application.processEvents()
    show.close()
    audience.close()
    audience.deleteLater()
    return times


def main() -> None:
    """Give the lessons and print the times."""
    application = make_application()
    for path in [Path(name) for name in sys.argv[1:]] or built_in():
        lesson = read_lesson(path)
        for calm in (True, False):
            times = given(application, lesson, calm)
            values = np.array([ms for ms, _ in times])
            slowest = ", ".join(f"{what} {ms:.0f}" for ms, what in sorted(times)[:-4:-1])
            print(
                f"{lesson.title}, {'calm' if calm else 'hurried'}: {len(times)} keys, "
                f"median {np.median(values):.0f} ms, most {values.max():.0f} ms ({slowest})",
                flush=True,
            )


if __name__ == "__main__":
    main()
