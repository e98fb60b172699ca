"""From a lesson file to a `Lesson`: everything is checked, every step holds its whole state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from winit_core.files.experiment_file import FileError, parsed
from winit_core.translation import tr
from winit_gui.lessons import markdown
from winit_gui.lessons.errors import LessonError
from winit_gui.lessons.lesson import Choice, Claim, Lesson, Question, Step
from winit_gui.lessons.names import FOLDER_FILE
from winit_gui.lessons.pictures import PathRefused, inside, picture
from winit_gui.lessons.places import place_at
from winit_gui.lessons.quantities import QUANTITIES, Needs
from winit_gui.lessons.settings import KEYS, Settings, compared_scheme
from winit_gui.lessons.tables import Table, nearest, shown
from winit_gui.lessons.words import NAME, names_in

__all__ = [
    "FORMAT",
    "MAX_CHARACTERS",
    "MAX_STEPS",
    "LessonError",
    "read_lesson",
    "read_title",
]

FORMAT = 1
MAX_CHARACTERS = 400_000
"""Of all files of a lesson together."""

MAX_STEPS = 200
_MOST_FILES = 50
_MOST_CLAIMS = 50
_TITLE, _TEXT, _NOTES = 200, 4000, 10_000

_TOP = ("format", "include", "lesson", "start", "step")
_STEP = (
    "title",
    "text",
    "notes",
    "highlight",
    "train_to",
    "picture",
    "plain",
    "question",
    "claim",
    *KEYS,
)
_CLAIM = (
    "name",
    "says",
    "quantity",
    "scheme",
    "layer",
    "step",
    "from",
    "to",
    "published",
    "source",
    "digits",
)


def read_lesson(path: Path | str) -> Lesson:
    """Return the lesson of a file, or of a folder that holds a ``lesson.toml``.

    Raises
    ------
    LessonError
        For anything that is not a complete lesson, with file, line and key.
    """
    file = lesson_file(Path(path))
    book = _Book(file.parent)
    top = book.opened(file)
    _check_format(top)
    about = top.table("lesson")
    if about is None:
        raise LessonError(file, 0, "lesson", tr("there is no section [lesson]"))
    about.only(("title", "summary", "author", "minutes"))
    title = _words(about, "title", _TITLE, required=True)
    summary = _words(about, "summary", _TEXT)
    author = _words(about, "author", _TITLE)
    minutes = about.integer("minutes", 1, 1000, 1)
    start = top.table("start")
    settings = Settings()
    if start is not None:
        _point_at_include(start)
        start.only(KEYS)
        settings = settings.changed(start)
    steps = []
    for table in book.steps(top):
        settings, step = _step(settings, table, file.parent)
        steps.append(step)
    if not steps:
        raise LessonError(file, 0, "step", tr("there is no [[step]]"))
    pictures = tuple(dict.fromkeys(step.picture for step in steps if step.picture))
    return Lesson(
        title,
        summary,
        author,
        minutes if "minutes" in about else len(steps),
        tuple(steps),
        file,
        (*book.files, *pictures),
    )


def read_title(path: Path | str) -> tuple[str, str]:
    """Return title and summary of a lesson without reading its steps, for a list of lessons.

    Raises
    ------
    LessonError
        If the file has no title.
    """
    file = lesson_file(Path(path))
    top = _Book(file.parent).opened(file)
    about = top.table("lesson")
    if about is None:
        raise LessonError(file, 0, "lesson", tr("there is no section [lesson]"))
    return about.text("title", _TITLE, required=True), about.text("summary", _TEXT)


def lesson_file(path: Path) -> Path:
    """Return the file that a path means: itself, or that of a folder."""
    try:
        return path / FOLDER_FILE if path.is_dir() else path
    except (OSError, ValueError):
        return path


@dataclass
class _Book:
    """The files of a lesson as they are opened.

    Attributes
    ----------
    folder
        None of them may lie outside it.
    files
        Those opened so far.
    """

    folder: Path
    files: list[Path] = field(default_factory=list)
    characters: int = 0
    count: int = 0

    def opened(self, file: Path) -> Table:
        """Return what a file says."""
        text = self._text(file)
        try:
            values = parsed(text)
        except FileError as error:
            raise LessonError(file, error.line, error.key, error.reason) from None
        top = Table(file, text.replace("\r\n", "\n"), (), values)
        top.only(_TOP)
        return top

    def _text(self, file: Path) -> str:
        try:
            if not file.is_file():
                raise LessonError(file, 0, "", tr("there is no such file"))
            with file.open("rb") as stream:
                data = stream.read(4 * MAX_CHARACTERS + 1)
        except (OSError, ValueError) as error:
            if isinstance(error, LessonError):
                raise
            reason = getattr(error, "strerror", None) or str(error)
            raise LessonError(
                file, 0, "", tr("it could not be read: {reason}", reason=reason)
            ) from None
        self.files.append(file)
        if len(data) > 4 * MAX_CHARACTERS:
            # No character has more bytes than four: all that may be said is in what was read.
            raise self._too_long(file, data.decode("utf-8-sig", errors="replace"))
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise LessonError(file, line, "", tr("this is not text (UTF-8)")) from None
        if self.characters + len(text) > MAX_CHARACTERS:
            raise self._too_long(file, text)
        self.characters += len(text)
        return text

    def _too_long(self, file: Path, text: str) -> LessonError:
        """Return the error of a file with which the lesson has too many characters."""
        line, key = place_at(text, MAX_CHARACTERS - self.characters)
        return LessonError(
            file,
            line,
            key,
            tr(
                "the text is too long: a lesson has at most {most:,} characters in all its files, "
                "and here they are exceeded",
                most=MAX_CHARACTERS,
            ),
        )

    def steps(self, top: Table, above: tuple[Path, ...] = ()) -> Iterator[Table]:
        """Give the steps of a file, then those of the files that it includes."""
        for table in top.tables("step", MAX_STEPS):
            self.count += 1
            if self.count > MAX_STEPS:
                raise table.error("", tr("a lesson has at most {most} steps", most=MAX_STEPS))
            yield table
        chain = (*above, top.file.resolve())
        for position, name in enumerate(top.items("include", _MOST_FILES)):
            if not isinstance(name, str):
                raise top.item_error(
                    "include",
                    position,
                    tr("it must be a file's name in quotes, not {given}", given=shown(name)),
                )
            try:
                file = inside(self.folder, name)
            except PathRefused as error:
                raise top.item_error("include", position, str(error)) from None
            if file in chain:
                raise top.item_error(
                    "include",
                    position,
                    tr("“{name}” includes itself, straight or by way of others", name=name),
                )
            if len(self.files) >= _MOST_FILES:
                raise top.item_error(
                    "include",
                    position,
                    tr("a lesson has at most {most} files", most=_MOST_FILES),
                )
            # Named as the lesson is, not from the root of the disk.
            included = self.opened(self.folder / file.relative_to(self.folder.resolve()))
            included.only(("format", "include", "step"))
            yield from self.steps(included, chain)


def _check_format(top: Table) -> None:
    if "format" not in top:
        lacks = tr("this is no lesson of winit: it lacks “format = {number}”", number=FORMAT)
        raise LessonError(top.file, 1, "format", lacks)
    given = top.values["format"]
    if isinstance(given, int) and not isinstance(given, bool) and given > FORMAT:
        raise top.error(
            "format",
            tr(
                "this lesson is for a newer winit; this program reads formats up to {number}",
                number=FORMAT,
            ),
        )
    top.integer("format", 1, FORMAT, FORMAT)


def _point_at_include(table: Table) -> None:
    if "include" in table:
        raise table.error("include", tr("it belongs to the top of the file, above [lesson]"))


def _step(before: Settings, table: Table, folder: Path) -> tuple[Settings, Step]:
    _point_at_include(table)
    table.only(_STEP)
    settings = before.changed(table)
    question_table = table.table("question")
    train_to = table.integer("train_to", 0, settings.training.steps, 0)
    claims = tuple(_claim(one, settings, train_to) for one in table.tables("claim", _MOST_CLAIMS))
    step = Step(
        title=_words(table, "title", _TITLE, required=True),
        text=_words(table, "text", _TEXT, required=True),
        notes=_words(table, "notes", _NOTES),
        state=settings.state(),
        panels=settings.panels,
        highlight=compared_scheme(table, "highlight", settings.experiment),
        train_to=train_to,
        axes=settings.axes,
        question=None if question_table is None else _question(question_table, settings.panels),
        claims=claims,
        plain=tuple(_plain(table)),
        picture=_picture(table, folder),
    )
    _check_claims(table, step)
    return settings, step


def _words(table: Table, key: str, longest: int, required: bool = False) -> str:
    text = table.text(key, longest, required)
    if wrong := markdown.fault(text):
        raise table.error(key, wrong)
    return text


def _plain(table: Table) -> Iterator[str]:
    for position, entry in enumerate(table.items("plain", 100)):
        whole = isinstance(entry, int) and not isinstance(entry, bool) and abs(entry) < 10**15
        if not whole and not (isinstance(entry, str) and entry.strip()):
            raise table.item_error(
                "plain",
                position,
                tr("it must be a text or a whole number, not {given}", given=shown(entry)),
            )
        yield str(entry)


def _picture(table: Table, folder: Path) -> Path | None:
    if "picture" not in table:
        return None
    try:
        return picture(folder, table.text("picture", _TITLE, required=True))
    except PathRefused as error:
        raise table.error("picture", str(error)) from None


def _question(table: Table, panels: tuple[int, ...]) -> Question:
    table.only(("ask", "hides", "choices"))
    hides = table.items("hides", len(panels))
    for position, number in enumerate(hides):
        if isinstance(number, bool) or number not in panels or number in hides[:position]:
            listed = ", ".join(map(str, panels))
            raise table.item_error(
                "hides",
                position,
                tr(
                    "{given} is not among the panels shown: {panels}",
                    given=shown(number),
                    panels=listed,
                ),
            )
    choices = tuple(map(_choice, table.tables("choices", 4)))
    if "choices" in table:
        if len(choices) < 2:
            raise table.error("choices", tr("there must be two to four choices, or none"))
        right = sum(choice.right for choice in choices)
        if right != 1:
            raise table.error("choices", tr("exactly one must be right; {count} are", count=right))
    ask = _words(table, "ask", _TEXT, required=True)
    return Question(ask, tuple(sorted(int(number) for number in hides)), choices)


def _choice(table: Table) -> Choice:
    table.only(("text", "right", "because"))
    return Choice(
        _words(table, "text", _TEXT, required=True),
        table.flag("right", False),
        _words(table, "because", _TEXT, required=True),
    )


def _claim(table: Table, settings: Settings, train_to: int) -> Claim:
    table.only(_CLAIM)
    key = table.text("quantity", _TITLE, required=True)
    if key not in QUANTITIES:
        hint = nearest(key, QUANTITIES)
        raise table.error(
            "quantity", tr("{given} cannot be measured{hint}", given=shown(key), hint=hint)
        )
    quantity = QUANTITIES[key]
    name, says = table.text("name", _TITLE), table.text("says", _TEXT)
    if bool(name) == bool(says):
        raise table.error(
            "name" if name else "quantity", tr("a claim has either a name or the words it says")
        )
    if name and not NAME.fullmatch(name):
        raise table.error("name", tr("it must be of small letters, digits and _, a letter first"))
    low, high = table.number("from"), table.number("to")
    if low > high:
        raise table.error(
            "from", tr("{low:g} is above the other end, {high:g}", low=low, high=high)
        )
    if not settings.experiment.schemes:
        raise table.error("quantity", tr("no scheme is compared here"))
    step = table.integer("step", 0, train_to, train_to)
    seeds = settings.view.seeds
    if quantity.needs is Needs.TRAINING and not train_to:
        raise table.error("quantity", tr("it needs a training: the step has no train_to"))
    if quantity.needs is Needs.SEVERAL_NETS and seeds == 1:
        raise table.error("quantity", tr("it needs several nets: set seeds to more than 1"))
    if seeds > 1 and step and quantity.needs is not Needs.TRAINING:
        raise table.error("step", tr("several nets are measured untrained only: say step = 0"))
    return Claim(
        quantity=key,
        lowest=low,
        highest=high,
        name=name,
        says=says,
        scheme=compared_scheme(table, "scheme", settings.experiment)
        or settings.experiment.schemes[0],
        layer=_layer(table, settings.experiment.depth, quantity.has_layer),
        step=step,
        published=_words(table, "published", _TITLE),
        source=_words(table, "source", _TEXT),
        digits=table.integer("digits", 0, 10, 0),
    )


def _layer(table: Table, depth: int, has_layer: bool) -> int | None:
    if "layer" not in table:
        return None
    if not has_layer:
        raise table.error("layer", tr("this quantity is not of a single layer"))
    given = table.values["layer"]
    if given == "output":
        return depth
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= depth + 1:
        raise table.error(
            "layer",
            tr(
                "it must be 1 to {last}, or “output”, not {given}",
                last=depth + 1,
                given=shown(given),
            ),
        )
    return given - 1


def _check_claims(table: Table, step: Step) -> None:
    """Hold the names of claims against the names in the texts, and their words against these."""
    question = step.question
    asked: list[tuple[str, str]] = []
    if question is not None:
        asked.append(("question.ask", question.ask))
        for position, choice in enumerate(question.choices):
            asked.append((f"question.choices[{position}].text", choice.text))
            asked.append((f"question.choices[{position}].because", choice.because))
    seen = [("title", step.title), ("text", step.text), *asked]
    names = {claim.name for claim in step.claims if claim.name}
    used: set[str] = set()
    for key, text in (*seen, ("notes", step.notes)):
        for name in names_in(text):
            if key == "title":
                raise table.error(
                    key, tr("a title cannot hold a measured number: {{{name}}}", name=name)
                )
            if name not in names:
                hint = nearest(name, sorted(names)) if names else ""
                raise table.error(key, tr("no claim is named “{name}”{hint}", name=name, hint=hint))
            used.add(name)
    taken: set[str] = set()
    for position, claim in enumerate(step.claims):
        where = f"claim[{position}]"
        if claim.name and claim.name in taken:
            raise table.error(
                f"{where}.name", tr("another claim is named “{name}” as well", name=claim.name)
            )
        if claim.name and claim.name not in used:
            raise table.error(
                f"{where}.name",
                tr("{{{name}}} stands nowhere in the words of the step", name=claim.name),
            )
        if claim.says and not any(claim.says in text for _, text in seen):
            raise table.error(f"{where}.says", tr("these words stand nowhere in the step"))
        taken.add(claim.name)
