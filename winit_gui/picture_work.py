"""Has computed what the controls ask for, and says in a notice how that goes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from winit_core.simulation import SimulationStopped
from winit_core.translation import tr
from winit_gui.notice import Notice
from winit_gui.picture import Picture, Request, first_picture, make_picture
from winit_gui.progress import Progress
from winit_gui.runner import Runner

_log = logging.getLogger(__name__)
_PROGRESS_EVERY_MS = 200
_LOOK_EVERY_S = 0.02


class PictureWork(QObject):
    """Holds the latest picture and makes the next one in the background; the last wish wins.

    Signals
    -------
    begun(Picture)
        The first picture of all, while theory is still at work on it.
    made(Picture)
        What was asked for.
    failed(object)
        A computation ended with an exception; the notice says so, too.
    busy_changed(bool)
        Work takes long enough to show it; or it ended.
    stopped()
        The user wants no more of it.
    again_asked()
        The user wants it after all.
    """

    begun = Signal(object)
    made = Signal(object)
    failed = Signal(object)
    busy_changed = Signal(bool)
    stopped = Signal()
    again_asked = Signal()

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.picture: Picture | None = None
        self._notice = notice
        self._runner = Runner()
        self._asked: Request | None = None
        self._is_stopped = False
        self._first_seen = threading.Event()
        self._progress: Progress | None = None
        self._telling = QTimer(self)
        self._telling.setInterval(_PROGRESS_EVERY_MS)
        self._telling.timeout.connect(self._tell)
        self._runner.told.connect(self._on_first)
        self._runner.finished.connect(self._on_finished)
        self._runner.failed.connect(self.fail)
        self._runner.busy_changed.connect(self._on_busy)

    @property
    def idle(self) -> bool:
        """Whether nothing is being computed."""
        return self._runner.idle

    @property
    def only_theory_is_missing(self) -> bool:
        """Whether the measurement on screen is already that of the asked experiment."""
        picture, asked = self.picture, self._asked
        if picture is None or asked is None or picture.predictions:
            return False
        return picture.experiment == asked.experiment and not self._is_stopped

    def answers(self, request: Request) -> bool:
        """Tell whether the latest picture is all that a request asks for."""
        return self.picture is not None and self.picture.answers(request)

    def rest(self) -> None:
        """Give up what is being computed: the picture at hand is the right one."""
        self._asked = None
        self._is_stopped = False
        self._runner.cancel()
        self._notice.hide()

    def ask(self, request: Request, workers: int, dragging: bool) -> None:
        """Have a request computed with so many threads, unless it is on its way."""
        if request == self._asked and (self._is_stopped or not self._runner.idle):
            return  # it is being computed, or the user stopped just that
        if self._is_awaited(request, dragging):
            return  # the newest place is asked for when this one is there
        self._asked = request
        self._is_stopped = False
        previous, runner, seen = self.picture, self._runner, self._first_seen
        self._progress = progress = Progress(request.experiment, request.nets)

        def job(should_stop: Callable[[], bool]) -> Picture:
            counting, held = progress.counting(should_stop), previous
            if held is None:  # at the start there is no old picture to look at meanwhile
                held = first_picture(request, counting, workers)
                runner.tell(held)
                while not seen.wait(_LOOK_EVERY_S):  # drawing would have to share the processor
                    if should_stop():
                        raise SimulationStopped
            return make_picture(request, held, counting, workers)

        self._runner.submit(job)

    def _is_awaited(self, request: Request, dragging: bool) -> bool:
        """Tell whether what is being computed is to be seen first: a hand drags past it.

        If every move displaced the one before, nothing would be seen before the hand rests.
        """
        if self._runner.idle:
            return False
        asked = self._asked
        return dragging or (asked is not None and asked.is_of_same_training(request))

    def go_on_or_stop(self) -> None:
        """Do what the notice's button offers."""
        if self._is_stopped:
            self._asked = None
            self._notice.hide()
            self.again_asked.emit()
            return
        self._runner.cancel()
        self._is_stopped = True
        self.stopped.emit()
        self._notice.show_text(tr("Stopped. The panels show the experiment before"), tr("Compute"))

    @Slot(object)
    def fail(self, error: Exception) -> None:
        """Say that a computation failed, and offer to try again."""
        if isinstance(error, MemoryError):
            text = tr("Not enough memory for this network; the picture is the last one that fitted")
        else:
            _log.error("a computation failed", exc_info=error)
            text = tr(
                "This could not be computed ({error}); the picture is the last good one",
                error=error,
            )
        self._is_stopped = True
        self._notice.show_text(text, tr("Try again"))
        self.failed.emit(error)

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._telling.stop()
        self._runner.close()

    @Slot(object)
    def _on_first(self, picture: Picture) -> None:
        QTimer.singleShot(0, self._first_seen.set)  # after the painting
        self.picture = picture
        self.begun.emit(picture)

    @Slot(object)
    def _on_finished(self, picture: Picture) -> None:
        self.picture = picture
        self._notice.hide()
        self.made.emit(picture)

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        if busy:
            self._telling.start()
            self._tell()
        else:
            self._telling.stop()
            self._notice.hide()
        self.busy_changed.emit(busy)

    @Slot()
    def _tell(self) -> None:
        """Say what is being computed, and how far that is."""
        if self._asked is None or self._progress is None:
            return
        experiment = self._asked.experiment
        self._notice.show_text(
            tr(
                "Computing {schemes} schemes × {layers} layers, {percent} %",
                schemes=len(experiment.schemes),
                layers=experiment.depth + 1,
                percent=self._progress.percent,
            ),
            tr("Stop"),
        )
