"""Start: the command line, and the choice between window, picture and table.

Nothing here needs Qt until a window or a picture is really wanted.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path

# Schemes run in parallel threads, each with single-threaded linear algebra: faster, and the
# window stays free. It must be said before numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from winit_gui import language

# Modules make their words when they are imported: those of the window and of the command line, too.
language.install(language.preferred())

from winit_boot import display, system_libraries
from winit_core.build_info import command_name
from winit_core.files.experiment_file import FileError
from winit_core.simulation import Simulation, simulate
from winit_core.translation import tr
from winit_gui import command_line, start_error, text_report
from winit_gui.command_line import Command, UsageError
from winit_gui.defaults import default_experiment


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code.

    0: done; 1: something could not be written; 2: the command line, or the file that it names,
    is not possible.
    """
    _make_output_safe()
    try:
        code = _run(arguments)
        print(end="", flush=True)
    except BrokenPipeError:
        # The reader has seen enough (… | head). Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _run(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    try:
        command = command_line.parse(given, default_experiment())
    except UsageError as error:
        start_error.tell(str(error), given)
        return 2
    if command.sweep is not None:
        from winit_gui import sweep_command

        return sweep_command.run(*astuple(command.sweep))
    lesson = command.lesson
    if lesson.check is not None:
        return _check_lesson(lesson.check)
    if lesson.export is not None and lesson.output is not None:
        return _export_lesson(lesson.export, lesson.output)
    outputs = (command.json, command.screenshot, command.export)
    if command.table or any(output is not None for output in outputs):
        return _without_window(command)
    if not display.has_display():
        if lesson.present is not None:
            print(_no_display_for_a_lesson(), file=sys.stderr)
            return 1
        print(_no_display(command))
        print(text_report.table(_simulated(command)))
        return 0
    if _lacks_libraries(window=display.uses_x11()):
        return 1
    gc.disable()  # loading makes no garbage, and looking for it takes a twentieth of the start
    try:
        from winit_gui import application

        return application.run(command)
    except FileError as error:  # in its view, which nothing before the window looks at
        start_error.tell(f"{command.file}: {error}", given)
        return 2
    finally:
        gc.enable()


def _check_lesson(path: Path) -> int:
    if _lacks_libraries(window=False):  # formulas are set as a trial
        return 1
    from winit_gui.lessons import check

    return check.run(path)


def _export_lesson(path: Path, folder: Path) -> int:
    if _lacks_libraries(window=False):
        return 1
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from winit_gui.lessons import export

    return export.run(path, folder)


def _no_display(command: Command) -> str:
    picture = f"{command_name()} --screenshot winit.png"
    lines = [tr("There is no display here, so this is the comparison as a table.")]
    if command.nets is not None and command.nets > 1:
        lines.append(
            tr("It is that of the first of {count} nets; a picture has all.", count=command.nets)
        )
    lines.append(tr("For a picture of the window: {command}", command=picture))
    return "\n".join((*lines, ""))


def _no_display_for_a_lesson() -> str:
    command = f"{command_name()} --export-lesson NAME DIR"
    need = tr("a lesson needs a display, and there is none here.")
    instead = tr("For its handout and slides: {command}", command=command)
    return f"winit: {need}\n{instead}"


def _unwritten(place: object, error: OSError) -> str:
    cause = error.strerror or error
    return "winit: " + tr("{file} could not be written: {cause}", file=place, cause=cause)


def _make_output_safe() -> None:
    """Replace what a terminal's encoding cannot show instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _simulated(command: Command) -> Simulation:
    return simulate(command.experiment, workers=os.cpu_count() or 1)


def _lacks_libraries(window: bool) -> bool:
    hint = system_libraries.install_hint(window=window)
    if hint is not None:
        print(hint, file=sys.stderr)
    return hint is not None


def _without_window(command: Command) -> int:
    if command.table:
        print(text_report.table(_simulated(command)))
    if command.json is not None:
        text = text_report.to_json(_simulated(command))
        if str(command.json) == "-":
            print(text, end="")
        elif not _written(command.json, lambda path: path.write_text(text, encoding="utf-8")):
            return 1
    if command.screenshot is not None and (code := _take_screenshot(command, command.screenshot)):
        return code
    return 0 if command.export is None else _export(command, command.export)


def _written(path: Path, write: Callable[[Path], object]) -> bool:
    try:
        write(path)
    except OSError as error:
        print(_unwritten(path, error), file=sys.stderr)
        return False
    return True


def _take_screenshot(command: Command, path: Path) -> int:
    if _lacks_libraries(window=False):
        return 1
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from winit_gui import application

    try:
        png = application.screenshot(command)
    except FileError as error:
        print(f"winit: {command.file}: {error}", file=sys.stderr)
        return 2
    return 0 if _written(path, lambda target: target.write_bytes(png)) else 1


def _export(command: Command, folder: Path) -> int:
    if _lacks_libraries(window=False):
        return 1
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from winit_gui import application

    try:
        for path in application.export(command, folder):
            print(path)
    except FileError as error:
        print(f"winit: {command.file}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(_unwritten(error.filename or folder, error), file=sys.stderr)
        return 1
    return 0
