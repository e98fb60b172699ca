"""How soon a step of a lesson appears after the key.

Run ``python benchmarks/lesson_steps.py [LESSON.toml …]``; without names the built-in lessons are
given. Each is given at 1920x1080 with Page Down, every time in a process of its own:

*at once*
    For the first time ever; each key as soon as the step before is there, the first right after
    opening.
*after 5 s*
    The same, the first key after five seconds of the first step.
*again*
    At once, for the second time: the pictures that took long were kept on disk, the first time
    having lasted until every step was computed.
*calm*
    For the first time, each key once every step has been computed ahead, as it is while a
    lecturer speaks.

Two times are printed, trainings left to themselves, for they show their progress. A step has
*appeared* when its title, its text and its panels are painted, as pictures or as frames that say
how far they are; it is *there* when the pictures are. The limit is 300 ms.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest

from winit_gui.application import make_application
from winit_gui.lessons.catalogue import built_in
from winit_gui.lessons.reader import read_lesson
from winit_gui.present.audience import Audience
from winit_gui.present.kept_pictures import KeptPictures
from winit_gui.present.lesson_show import LessonShow

SIZE = (1920, 1080)
LIMIT_MS = 300
WAYS = ("at once", "after 5 s", "again", "calm")


class Giving:
    """A lesson on a screen, its steps timed."""

    def __init__(self, path: Path, kept: KeptPictures) -> None:
        self.began = time.perf_counter()
        self.show = LessonShow(read_lesson(path), 0, kept)
        self.audience = Audience(self.show)
        self.audience.resize(*SIZE)
        self.audience.show()
        self.show.start()
        self.times = [self.shown("opening")]

    def wait(self, done: Callable[[], bool]) -> None:
        """Let the program work until something is so; it sleeps in between, as it always does."""
        loop, look = QEventLoop(), QTimer()

        def check() -> None:
            if done():
                loop.quit()

        look.timeout.connect(check)
        look.start(1)
        if not done():
            loop.exec()
        look.stop()

    def key(self) -> None:
        """Press Page Down and time what it brings."""
        self.began = time.perf_counter()
        QTest.keyClick(self.audience, Qt.Key.Key_PageDown)
        show = self.show
        what = "answer of " if show.step.question is not None and not show.is_asked else ""
        self.times.append(self.shown(f"{what}step {show.index + 1}"))

    def shown(self, what: str) -> tuple[float, float, str]:
        """Return how long the step took to appear and to be there, and which it is."""

        def appeared() -> bool:
            showing = self.audience.stage.showing
            return showing is not None and showing.step is self.show.step

        def there() -> bool:
            showing = self.audience.stage.showing
            return appeared() and showing is not None and showing.prepared is not None

        took = []
        for done in (appeared, there):
            self.wait(done)
            self.audience.repaint()
            took.append(1000 * (time.perf_counter() - self.began))
        return took[0], took[1], what


def give(path: Path, way: str, folder: Path) -> None:
    """Give a lesson in one way, and print how long its steps took."""
    application = make_application()
    giving = Giving(path, KeptPictures(folder))
    show = giving.show
    if way == "after 5 s":
        ready = time.perf_counter() + 5
        giving.wait(lambda: time.perf_counter() > ready)
    while show.following is not None or show.is_asked:
        if way == "calm":
            giving.wait(lambda: show.all_begun)
        giving.key()
    giving.wait(lambda: show.all_begun)
    show.close()
    giving.audience.close()
    giving.audience.deleteLater()
    application.processEvents()
    keys = giving.times[1:]
    appeared, there = np.array([[a, t] for a, t, _ in keys]).T
    late = [f"{what} {t:.0f}" for _, t, what in keys if t > LIMIT_MS]
    print(
        f"{show.lesson.title}, {way}: opened in {giving.times[0][1]:.0f} ms; {len(keys)} keys: "
        f"appeared after {np.median(appeared):.0f} ms, at most {appeared.max():.0f}; "
        f"there after {np.median(there):.0f} ms, at most {there.max():.0f}"
        + (f" (beyond {LIMIT_MS}: {', '.join(late)})" if late else ""),
        flush=True,
    )


def main() -> None:
    """Give the lessons and print the times."""
    if sys.argv[1:2] == ["--one"]:
        path, way, folder = sys.argv[2:]
        give(Path(path), way, Path(folder))
        return
    for path in [Path(name) for name in sys.argv[1:]] or built_in():
        with tempfile.TemporaryDirectory() as folder:
            for way in WAYS:
                kept = Path(folder, "at once" if way == "again" else way)
                command = [sys.executable, __file__, "--one", str(path), way, str(kept)]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
