"""Training from the window: play, step, scrub, and which step all panels show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.training.history import TrainingHistory
from winit_core.training.learning_rate import largest_learning_rate
from winit_core.training.settings import Training
from winit_core.translation import tr
from winit_gui import wording
from winit_gui.panels.learning_panel import LearningPanel
from winit_gui.picture import Request
from winit_gui.runner import Runner
from winit_gui.store import Store
from winit_gui.training_session import SessionState, TrainingSession

_LATEST = -1


class TrainingControl(QObject):
    """Stands between panel 4, the training session and the window.

    Signals
    -------
    step_changed()
        Another step may have to be shown.
    outcomes_changed()
        What the training came to, or that there is none.
    finding(bool)
        The search for the largest rates begins or ends.
    found()
        Panel 4 names the rates.
    failed(object)
        The search ended with an exception.
    """

    step_changed = Signal()
    outcomes_changed = Signal()
    finding = Signal(bool)
    found = Signal()
    failed = Signal(object)

    def __init__(
        self,
        store: Store,
        session: TrainingSession,
        learning: LearningPanel,
        is_drawn: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._store = store
        self._session = session
        self._learning = learning
        self._is_drawn = is_drawn
        self._finder = Runner()
        self._chosen_step = _LATEST
        self._live_step = 0
        self._trained: tuple[Experiment, Training] | None = None
        self._steps_aside = _LATEST, 0
        session.advanced.connect(self._on_advanced)
        session.state_changed.connect(self._on_session_state)
        learning.play_asked.connect(self.play_or_pause)
        learning.step_asked.connect(self.step_once)
        learning.restart_asked.connect(self.restart)
        learning.pin_asked.connect(self.pin)
        learning.step_chosen.connect(self.show_step)
        self._finder.finished.connect(self._on_rates)
        self._finder.failed.connect(self._on_rates_failed)
        self._finder.busy_changed.connect(self.finding)

    @property
    def history(self) -> TrainingHistory | None:
        """What has been trained so far, if anything has."""
        return self._session.history

    @property
    def shown_step(self) -> int:
        """The latest step at hand, unless one was chosen."""
        history = self._session.history
        if history is None or not len(history):
            return 0
        step = self._chosen_step if self._chosen_step >= 0 else self._live_step
        return min(step, len(history) - 1)

    @property
    def runs(self) -> bool:
        """Whether a training is going on."""
        return self._session.state is SessionState.RUNNING

    @property
    def finds_rates(self) -> bool:
        """Whether the largest rates are being searched."""
        return not self._finder.idle

    def rests_at(self, step: int) -> bool:
        """Tell whether the training stands still, with that step as its last and shown one."""
        history = self._session.history
        rests = self._session.state in (SessionState.PAUSED, SessionState.FINISHED)
        return rests and history is not None and len(history) == step + 1 == self.shown_step + 1

    def refresh(self) -> None:
        """Let panel 4 draw the present state."""
        self._learning.show_training(self._store.state, self._chosen_step)

    def set_pace(self) -> None:
        """Go as fast as the view says."""
        pace = self._store.state.view.pace
        self._session.set_pace(None if pace == "full" else float(pace))

    def follow_state(self) -> None:
        """Let go of a training of something else; its curves stay, faded; one that ran goes on.

        One that rested is kept until another begins: undoing the change brings it back.
        """
        state = self._store.state
        self._learning.rates = ()
        self._finder.cancel()
        wanted = (state.experiment, state.training)
        if self._trained == wanted:
            return
        ran = self.runs
        if self._trained is not None:
            self._learning.keep_old()
            self._steps_aside = self._chosen_step, self._live_step
            self._forget()
            if ran:
                self._session.clear()
            else:
                self._session.set_aside()
        if self._session.holds_aside(*wanted):
            self._trained = wanted
            self._chosen_step, self._live_step = self._steps_aside
            self._session.take_back(Request.of(state).styles)
        elif ran:
            self.play_or_pause()

    def train_to(self, step: int) -> bool:
        """Train until a step is reached; false if this experiment cannot be trained."""
        begun = self._begin()
        if begun:
            self._session.run_to(step)
        return begun

    @Slot()
    def play_or_pause(self) -> None:
        """Go on, or rest."""
        if self.runs:
            self._session.pause()
        elif self._begin():
            self._chosen_step = _LATEST
            self._session.play()

    @Slot()
    def step_once(self) -> None:
        """Make one step."""
        if self._begin():
            self._chosen_step = _LATEST
            self._session.step()

    @Slot()
    def restart(self) -> None:
        """Begin again with the same initial weights; its curves stay, faded, until then."""
        ran = self.runs
        if self._trained is not None:
            self._learning.keep_old()
        self._trained = None
        if self._begin():
            self.step_changed.emit()
            if ran:
                self._session.play()

    @Slot()
    def pin(self) -> None:
        """Keep the present curves for comparison, or let them go."""
        self._learning.toggle_pin()
        self.refresh()

    @Slot(int)
    def show_step(self, step: int) -> None:
        """Show a step in all panels; the latest one follows the training."""
        history = self._session.history
        latest = history is not None and step == len(history) - 1
        self._chosen_step = _LATEST if latest and step else step
        if latest:
            self._live_step = step
        self.refresh()
        self.step_changed.emit()

    @Slot()
    def show_latest(self) -> None:
        """Show the last step there is."""
        history = self._session.history
        if history is not None and len(history):
            self.show_step(len(history) - 1)

    @Slot()
    def show_first(self) -> None:
        """Show the initial weights."""
        if self._session.history is not None:
            self.show_step(0)

    @Slot()
    def find_rates(self) -> None:
        """Search, in the background, the largest learning rate for every scheme."""
        state = self._store.state

        def search(should_stop: Callable[[], bool]) -> tuple[float | None, ...]:
            return tuple(
                largest_learning_rate(state.experiment, state.training, index, should_stop)
                for index in range(len(state.experiment.schemes))
            )

        self._finder.submit(search)

    def stop_finding(self) -> None:
        """Give up the search."""
        self._finder.cancel()

    def close(self) -> None:
        """Stop everything and wait for it."""
        self._session.close()
        self._finder.close()

    def _forget(self) -> None:
        self._trained = None
        self._chosen_step, self._live_step = _LATEST, 0

    def _begin(self) -> bool:
        """Take the present experiment for training, if it is not; false if it cannot be."""
        state = self._store.state
        if self._trained == (state.experiment, state.training):
            return True
        if not state.experiment.schemes:
            return False
        try:
            self._session.begin(state.experiment, state.training, Request.of(state).styles)
        except ExperimentError as error:
            self._refuse(error)
            return False
        self._learning.refusal.hide()
        self.set_pace()
        self._forget()
        self._trained = (state.experiment, state.training)
        return True

    def _refuse(self, error: ExperimentError) -> None:
        self._learning.refusal.setText(wording.error_message(error, tr("Training")))
        self._learning.refusal.show()

    @Slot()
    def _on_advanced(self) -> None:
        """Draw the curves at every frame, and the other panels at the steps that are at hand."""
        self.refresh()
        self.outcomes_changed.emit()
        history = self._session.history
        if history is None or self._chosen_step >= 0:
            return
        at_hand = history.recorded_steps
        if at_hand and at_hand[-1] != self._live_step and self._is_drawn():
            self._live_step = at_hand[-1]
            self.step_changed.emit()

    @Slot()
    def _on_session_state(self) -> None:
        history = self._session.history
        rests = self._session.state in (SessionState.PAUSED, SessionState.FINISHED)
        if rests and history is not None and len(history) and self._chosen_step < 0:
            self._live_step = len(history) - 1
            self.step_changed.emit()
        self.refresh()
        self.outcomes_changed.emit()

    @Slot(object)
    def _on_rates(self, rates: tuple[float | None, ...]) -> None:
        self._learning.rates = rates
        self.refresh()
        self.found.emit()

    @Slot(object)
    def _on_rates_failed(self, error: Exception) -> None:
        if isinstance(error, ExperimentError):
            self._refuse(error)
        else:
            self.failed.emit(error)
