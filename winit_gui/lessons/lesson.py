"""A lesson as data: steps, each the whole state to show with its words, question and claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from winit_core.schemes import SchemeChoice
from winit_gui.state import State


@dataclass(frozen=True)
class Choice:
    """One answer on offer.

    Attributes
    ----------
    text, because
        What it says, and what the student is told who chose it (Markdown).
    right
        Whether it is the answer.
    """

    text: str
    right: bool
    because: str


@dataclass(frozen=True)
class Question:
    """What a step asks before it shows the answer.

    Attributes
    ----------
    ask
        The question (Markdown).
    hides
        Numbers of the panels that stay blank until the answer is shown.
    choices
        None, or two to four.
    """

    ask: str
    hides: tuple[int, ...]
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A number that a step's text states, and between what its measurement must lie.

    Attributes
    ----------
    name
        ``{name}`` in the text is replaced by the measured number; empty: the text says `says`.
    says
        The very words of the text that state the number; empty where `name` stands for it.
    quantity
        Key of `winit_gui.lessons.claims.QUANTITIES`.
    scheme
        The compared scheme that it is about; None: the first. A file's claim always has one:
        if it says none, the first that the file lists.
    layer
        0-based layer; None: the quantity's own (the whole run, or the first layer).
    step
        The training step it is measured at: the one that is shown if the file does not say.
    lowest, highest
        The range, ends included, within which the sentence is true.
    published, source
        The number as it was published, as a text, and where; empty if it was not.
    digits
        How many significant digits the measured number is shown with; 0: the quantity's own.
    """

    quantity: str
    lowest: float
    highest: float
    name: str = ""
    says: str = ""
    scheme: SchemeChoice | None = None
    layer: int | None = None
    step: int = 0
    published: str = ""
    source: str = ""
    digits: int = 0


@dataclass(frozen=True)
class Step:
    """One picture of a lesson with its words.

    Attributes
    ----------
    title
        A few words.
    text
        One to three sentences in Markdown; ``$…$`` holds a formula in LaTeX.
    notes
        For the presenter's eyes only (Markdown).
    state
        Everything that is shown: experiment, view and training, resolved from all steps before.
    panels
        Numbers of the panels that are on screen, one to four.
    highlight
        The compared scheme brought forward; None: all alike.
    train_to
        The training step that is shown; 0: untrained.
    axes
        Fixed ends of the vertical axis by panel name (``signal``, ``gradient``, ``learning``) in
        powers of ten, or of the horizontal axis for ``weights`` in its own units.
    question
        What is asked first.
    claims
        The numbers the text states.
    plain
        Numbers of the text that are no measurement: settings, years, counts of things.
    picture
        A PNG or SVG file of the lesson's own folder that is shown beside the panels.
    """

    title: str
    text: str
    notes: str
    state: State
    panels: tuple[int, ...] = (1, 2, 3)
    highlight: SchemeChoice | None = None
    train_to: int = 0
    axes: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    question: Question | None = None
    claims: tuple[Claim, ...] = ()
    plain: tuple[str, ...] = ()
    picture: Path | None = None


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes
    ----------
    title, summary, author
        Plain texts; the author may be empty.
    minutes
        How long giving it takes, about.
    steps
        At least one.
    path
        The file it was read from.
    files
        Every file that it depends on, the first being `path`: watch these to reload it.
    """

    title: str
    summary: str
    author: str
    minutes: int
    steps: tuple[Step, ...]
    path: Path
    files: tuple[Path, ...] = ()
