"""The command line: what it accepts, and the experiment it asks for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from winit_core import ACTIVATIONS, SCHEMES, Experiment, ExperimentError, __version__
from winit_core.activations import BoundActivation, get_activation
from winit_core.build_info import command_name
from winit_core.datasets import DATASETS, PLANAR_DATASETS
from winit_core.experiment import DTYPES, LOSSES
from winit_core.files.experiment_file import FileError, load, read
from winit_core.files.share_line import ShareLineError, decode
from winit_core.parameters import number_range, validated_integer
from winit_core.schemes import SchemeChoice
from winit_core.training.settings import Training
from winit_core.translation import tr
from winit_gui.defaults import MAX_SEEDS
from winit_gui.lessons.names import is_lesson

_SMALLEST, _LARGEST = (800, 600), (7680, 4320)
_DESCRIPTION = tr("""\
Show why a neural network's first weights decide whether it learns: real forward and backward
passes on real data, for several weight-initialization schemes side by side.

Without options the window opens where it was left. On a machine without a display the same
comparison is printed as a table.""")
_EXAMPLES = """\
  python3 main.py --activation relu --depth 40
  python3 main.py --schemes small_normal:std=0.05,glorot_normal,he_normal --activation elu:alpha=0.5
  python3 main.py --screenshot relu.png --size 1920x1080 --theme dark --activation relu
  python3 main.py --table --data gaussian --inputs 500 --width 500 --batch 1000
  python3 main.py --json result.json --seed 7
  python3 main.py --sweep grid.toml --out rows.csv
  python3 main.py --lesson 1"""


class UsageError(Exception):
    """A command line that cannot be carried out; the message says why and what can."""


@dataclass(frozen=True)
class SweepFiles:
    """A grid of experiments to run.

    Attributes
    ----------
    file, output
        What describes it, and the CSV file its rows go to.
    scheduler
        Address of a Dask scheduler; None: this machine.
    """

    file: Path
    output: Path
    scheduler: str | None


@dataclass(frozen=True)
class LessonFiles:
    """What is asked about a lesson; at most one is not None.

    Attributes
    ----------
    check
        The file or folder to check.
    present
        The one to open present mode with.
    export, output
        The one to write as handout and slides, and the folder to write them into.
    """

    check: Path | None = None
    present: Path | None = None
    export: Path | None = None
    output: Path | None = None


@dataclass(frozen=True)
class Command:
    """What the command line asks for.

    Attributes
    ----------
    experiment
        The experiment it describes: the default one where it says nothing.
    has_experiment
        Whether any option of the experiment, a file or a share line was given.
    file_text
        The text of the file that was given, which may hold a view as well; else None.
    changes_file
        Whether options changed the experiment of the file.
    screenshot, size, theme
        A picture to write, its size in pixels, and the theme (None: the system's).
    table
        Whether to print the table and stop.
    json
        Where to write the numbers.
    export
        The folder to write everything into.
    file
        The file that was given.
    sweep
        The grid to run instead of all this.
    train
        The step to train to before a picture or an export is made.
    lesson
        What is asked about a lesson.
    nets
        How many nets, each with a seed of its own, stand behind what is drawn; None: as many as
        the file says, else one.
    """

    experiment: Experiment
    has_experiment: bool
    screenshot: Path | None
    size: tuple[int, int] | None
    theme: str | None
    table: bool
    json: Path | None
    export: Path | None = None
    file: Path | None = None
    file_text: str | None = None
    changes_file: bool = False
    sweep: SweepFiles | None = None
    train: int | None = None
    lesson: LessonFiles = LessonFiles()
    nets: int | None = None


def parse(arguments: Sequence[str], default: Experiment) -> Command:
    """Return what a command line asks for.

    Raises
    ------
    UsageError
        For names and values that are not possible; `SystemExit` after --help and --version.
    """
    options = make_parser().parse_args(arguments)
    if options.lesson is None and options.file is not None and is_lesson(Path(options.file)):
        options.lesson, options.file = options.file, None
    changes = any(getattr(options, name) is not None for name in _EXPERIMENT_OPTIONS)
    given = any(getattr(options, name) is not None for name in ("file", "share", "nets"))
    if options.file is not None and options.share is not None:
        raise UsageError(tr("a file and --share at once: each is an experiment of its own"))
    text = None
    if options.file is not None:
        text, default = _opened(options.file)
    elif options.share is not None:
        default = _shared(options.share)
    return Command(
        experiment=_experiment(options, default),
        has_experiment=changes or given,
        screenshot=_writable("--screenshot", options.screenshot, ".png"),
        size=_size(options.size),
        theme=options.theme,
        table=options.table,
        json=_writable("--json", options.json),
        export=_folder(options.export),
        file=None if options.file is None else Path(options.file),
        file_text=text,
        changes_file=changes,
        sweep=_sweep(options),
        train=_steps(options.train),
        lesson=_lesson(options),
        nets=_nets(options),
    )


def _steps(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or int(text) > Training().steps:
        raise UsageError(_impossible("--train", text, number_range(0, Training().steps, "integer")))
    return int(text)


def _nets(options: argparse.Namespace) -> int | None:
    if options.nets is None:
        return None
    try:
        nets = validated_integer("--nets", _whole("--nets", options.nets, 1), 1, MAX_SEEDS)
    except ExperimentError as error:
        raise UsageError(_impossible("--nets", error.value, error.allowed)) from None
    for option, given in (("--table", options.table), ("--json", options.json)):
        if given and nets > 1:
            raise UsageError(
                tr(
                    "--nets {count} does nothing with {option}, which measures one net: --export "
                    "DIR writes the numbers of all of them, in nets.csv",
                    count=nets,
                    option=option,
                )
            )
    return nets


def _opened(name: str) -> tuple[str, Experiment]:
    try:
        text = read(name)
        return text, load(text)[0]
    except FileError as error:
        raise UsageError(f"{name}: {error}") from None
    except OSError as error:
        cause = error.strerror or error
        raise UsageError(tr("{file} could not be read: {cause}", file=name, cause=cause)) from None


def _shared(line: str) -> Experiment:
    try:
        return decode(line)
    except ShareLineError as error:
        raise UsageError(f"--share: {error}") from None


def _folder(text: str | None, option: str = "--export") -> Path | None:
    if text is None:
        return None
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise UsageError(tr("{option}: {name} is not a folder", option=option, name=text))
    if not path.absolute().parent.is_dir():
        raise UsageError(_no_folder(option, path))
    return path


def _no_folder(option: str, path: Path) -> str:
    folder = path.absolute().parent
    return tr("{option}: there is no folder {folder}", option=option, folder=folder)


def _impossible(option: str, value: object, allowed: str) -> str:
    return tr(
        "{option}: {value} is not possible; {allowed}", option=option, value=value, allowed=allowed
    )


_EXPERIMENT_OPTIONS = (
    "schemes",
    "activation",
    "depth",
    "width",
    "batch",
    "data",
    "inputs",
    "loss",
    "dtype",
    "seed",
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(message + "\n" + tr("See --help for what is possible."))


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = _Parser(
        prog="winit",
        description=_DESCRIPTION,
        epilog=tr("examples:") + "\n" + _EXAMPLES.replace("python3 main.py", command_name()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"winit {__version__}")
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help=tr("an experiment (.winit.toml) or a lesson (.lesson.toml) to open"),
    )
    network = parser.add_argument_group(tr("experiment; options change that of a file"))
    network.add_argument("--share", metavar="LINE", help=tr("a share line (winit1:…) to open"))
    network.add_argument(
        "--schemes",
        metavar="KEY[:name=value]…,…",
        help=tr("schemes to compare, separated by commas: {keys}", keys=", ".join(SCHEMES)),
    )
    network.add_argument(
        "--activation",
        metavar="KEY[:name=value]…",
        help=tr("activation of the hidden layers: {keys}", keys=", ".join(ACTIVATIONS)),
    )
    network.add_argument("--depth", metavar="N", help=tr("hidden layers, 1 to 1000 (default: 10)"))
    network.add_argument(
        "--width", metavar="N", help=tr("units per layer, 1 to 4096 (default: 128)")
    )
    network.add_argument("--batch", metavar="N", help=tr("inputs per batch (default: 256)"))
    kinds = ", ".join([*DATASETS, *PLANAR_DATASETS])
    network.add_argument("--data", metavar="KEY", help=tr("data set: {keys}", keys=kinds))
    network.add_argument("--inputs", metavar="N", help=tr("number of inputs of gaussian data"))
    network.add_argument("--loss", metavar="KEY", help=tr("loss: {keys}", keys=", ".join(LOSSES)))
    network.add_argument(
        "--dtype", metavar="KEY", help=tr("number format: {keys}", keys=", ".join(DTYPES))
    )
    network.add_argument("--seed", metavar="N", help=tr("fixes every random number (default: 0)"))
    network.add_argument(
        "--nets",
        metavar="N",
        help=tr(
            "nets per scheme, with the seeds from that one on, 1 to {most} (default: 1)",
            most=MAX_SEEDS,
        ),
    )
    output = parser.add_argument_group(tr("output; with any of these no window opens"))
    output.add_argument(
        "--screenshot", metavar="FILE.png", help=tr("write a picture of the window")
    )
    output.add_argument(
        "--train", metavar="N", help=tr("train to step N before the picture or the export is made")
    )
    output.add_argument("--table", action="store_true", help=tr("print the comparison as a table"))
    output.add_argument(
        "--json", metavar="FILE", help=tr("write all numbers; inf and NaN as strings; - is stdout")
    )
    output.add_argument(
        "--export",
        metavar="DIR",
        help=tr(
            "write everything: pictures (PNG, SVG, PDF), numbers (CSV, JSON, NPZ), the report, "
            "the experiment and its share line"
        ),
    )
    sweep = parser.add_argument_group(tr("sweep: a grid of experiments, without a window"))
    sweep.add_argument(
        "--sweep", metavar="FILE.toml", help=tr("run every combination of what the file lists")
    )
    sweep.add_argument(
        "--out",
        metavar="FILE.csv",
        help=tr("where its rows go; started again it goes on from there"),
    )
    sweep.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help=tr("compute on the Dask cluster of this scheduler; needs the extra “distributed”"),
    )
    lessons = parser.add_argument_group(
        tr("lessons; NAME is a file, a folder or one that is shipped")
    )
    lessons.add_argument("--lesson", metavar="NAME", help=tr("present a lesson, full screen"))
    lessons.add_argument(
        "--check-lesson",
        metavar="NAME",
        help=tr("read a lesson and measure every number it states"),
    )
    lessons.add_argument(
        "--export-lesson",
        nargs=2,
        metavar=("NAME", "DIR"),
        help=tr("write a lesson as handout (PDF) and slides (PNG)"),
    )
    look = parser.add_argument_group(tr("look"))
    look.add_argument("--size", metavar="WxH", help=tr("size of window or picture, e.g. 1440x900"))
    look.add_argument("--theme", choices=("light", "dark", "projector"))
    return parser


def _experiment(options: argparse.Namespace, default: Experiment) -> Experiment:
    try:
        schemes = default.schemes
        if options.schemes is not None:
            schemes = tuple(map(_scheme, _listed(options.schemes)))
        activation = default.activation
        if options.activation is not None:
            activation = _activation(options.activation)
        widths = default.hidden_widths
        if options.depth is not None or options.width is not None:
            depth = _whole("--depth", options.depth, default.depth)
            width = _whole("--width", options.width, widths[0])
            if not 1 <= depth <= 1000:
                raise ExperimentError("--depth", depth, number_range(1, 1000, "integer"))
            if options.width is not None or len(set(widths)) == 1 or depth > len(widths):
                widths = (width,) * depth
            else:
                widths = widths[:depth]
        dataset = options.data or default.dataset
        inputs = default.input_width if dataset == default.dataset else None
        return replace(
            default,
            schemes=schemes,
            activation=activation,
            hidden_widths=widths,
            batch_size=_whole("--batch", options.batch, default.batch_size),
            dataset=dataset,
            loss=options.loss or default.loss,
            seed=_whole("--seed", options.seed, default.seed),
            dtype=options.dtype or default.dtype,
            input_width=inputs if options.inputs is None else _whole("--inputs", options.inputs, 0),
        )
    except ExperimentError as error:
        option = _OPTION_OF_FIELD.get(error.field.split("[")[0].split(".")[0], error.field)
        raise UsageError(_impossible(option, error.value, error.allowed)) from None


_OPTION_OF_FIELD = {
    "schemes": "--schemes",
    "hidden_widths": "--width",
    "batch_size": "--batch",
    "dataset": "--data",
    "input_width": "--inputs",
    "activation": "--activation",
    "loss": "--loss",
    "dtype": "--dtype",
    "seed": "--seed",
    "key": "--schemes",
}


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _named_values(text: str) -> tuple[str, dict[str, object]]:
    """Split ``key:name=value:name=value``."""
    key, *pairs = text.split(":")
    values: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(
                tr("{text}: a parameter is written {key}:name=value", text=text, key=key)
            )
        try:
            values[name.strip()] = float(value)
        except ValueError:
            values[name.strip()] = value.strip()
    return key.strip(), values


def _scheme(text: str) -> SchemeChoice:
    key, values = _named_values(text)
    try:
        return SchemeChoice(key, values)
    except ExperimentError as error:
        if error.field == "key":
            raise
        raise ExperimentError(
            f"--schemes {key}, {error.field}", error.value, error.allowed
        ) from None


def _activation(text: str) -> BoundActivation:
    key, values = _named_values(text)
    try:
        return get_activation(key, **values)  # type: ignore[arg-type]
    except ExperimentError as error:
        if error.field == "activation":
            raise
        raise ExperimentError(
            f"--activation {key}, {error.field}", error.value, error.allowed
        ) from None


def _whole(option: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise ExperimentError(option, text, tr("it must be a whole number")) from None


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    low, high = f"{_SMALLEST[0]}x{_SMALLEST[1]}", f"{_LARGEST[0]}x{_LARGEST[1]}"
    if not (width.isdecimal() and height.isdecimal()):
        allowed = tr("write WIDTHxHEIGHT, from {low} to {high}", low=low, high=high)
        raise UsageError(_impossible("--size", text, allowed))
    size = int(width), int(height)
    if not all(a <= b <= c for a, b, c in zip(_SMALLEST, size, _LARGEST, strict=True)):
        allowed = tr("it must be from {low} to {high}", low=low, high=high)
        raise UsageError(_impossible("--size", text, allowed))
    return size


def _sweep(options: argparse.Namespace) -> SweepFiles | None:
    if options.sweep is None:
        for name in ("out", "scheduler"):
            if getattr(options, name) is not None:
                raise UsageError(tr("--{option} belongs to --sweep, which is missing", option=name))
        return None
    if options.out is None:
        raise UsageError(tr("--sweep needs --out FILE.csv, where its rows go"))
    if options.nets is not None:
        raise UsageError(
            tr("--nets does nothing with --sweep: list seeds in {file}", file=options.sweep)
        )
    for name in (*_EXPERIMENT_OPTIONS, "share"):
        if getattr(options, name) is not None:
            raise UsageError(
                tr(
                    "--{option} does nothing with --sweep: say it in {file}",
                    option=name,
                    file=options.sweep,
                )
            )
    output = _writable("--out", options.out, ".csv")
    assert output is not None
    return SweepFiles(Path(options.sweep), output, options.scheduler)


def _lesson(options: argparse.Namespace) -> LessonFiles:
    asked = [
        name
        for name in ("lesson", "check_lesson", "export_lesson")
        if getattr(options, name) is not None
    ]
    if not asked:
        return LessonFiles()
    option = "--" + asked[0].replace("_", "-")
    if len(asked) > 1:
        other = "--" + asked[1].replace("_", "-")
        raise UsageError(tr("{option} and {other} at once", option=option, other=other))
    others = ("nets", "share", "file", "sweep", "screenshot", "export", "json")
    for name in (*_EXPERIMENT_OPTIONS, *others):
        if getattr(options, name) is not None:
            shown = tr("a file") if name == "file" else f"--{name}"
            raise UsageError(
                tr(
                    "{given} does nothing with {option}: the lesson says what is shown",
                    given=shown,
                    option=option,
                )
            )
    if options.lesson is not None:
        return LessonFiles(present=_found_lesson(option, options.lesson))
    if options.check_lesson is not None:
        return LessonFiles(check=_found_lesson(option, options.check_lesson))
    name, folder = options.export_lesson
    output = _folder(folder, "--export-lesson")
    return LessonFiles(export=_found_lesson(option, name), output=output)


def _found_lesson(option: str, name: str) -> Path:
    # Not at the top: an ordinary start needs none of it.
    from winit_gui.lessons import catalogue

    path = catalogue.found(name)
    if path is None:
        shipped = ", ".join(catalogue.short_name(lesson) for lesson in catalogue.built_in())
        raise UsageError(
            tr(
                "{option}: there is no file {name}, and no such lesson among {lessons}",
                option=option,
                name=name,
                lessons=shipped,
            )
        )
    return path


def _writable(option: str, text: str | None, ending: str = "") -> Path | None:
    if text is None:
        return None
    path = Path(text)
    if ending and path.suffix.lower() != ending:
        raise UsageError(
            tr("{option}: {name} must end in {ending}", option=option, name=text, ending=ending)
        )
    if text != "-" and not path.absolute().parent.is_dir():
        raise UsageError(_no_folder(option, path))
    return path
