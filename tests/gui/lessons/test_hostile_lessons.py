"""Whatever a file holds: a lesson or a `LessonError`, soon."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gui.lessons.writing import PNG, STEP, lesson, plain_step, write
from winit_gui.lessons import catalogue
from winit_gui.lessons.lesson import Lesson
from winit_gui.lessons.markdown import fault
from winit_gui.lessons.reader import LessonError, read_lesson
from winit_gui.lessons.words import filled, numbers_without_proof, plain_without_use

RICH = 'include = ["b.toml"]\n' + lesson(
    STEP,
    plain_step(
        """plain = [10, "1998"]
train_to = 5
picture = "a.png"
layer = 2
axes = { signal = [-4, 1] }
[step.question]
ask = "What is $\\\\frac{1}{2}$?"
hides = [3]
choices = [
  { text = "a", right = true, because = "b" },
  { text = "c", because = "d" },
]
[[step.claim]]
says = "Words"
quantity = "train_loss"
from = 1.0
to = 3.0
"""
    ),
)
VALUES = st.sampled_from(
    [
        *("0", "-1", "1e400", "nan", "inf", "9" * 400, "9" * 5000, "1979-05-27", "true", "1.0"),
        *("[]", "[[]]", "{}", '{ key = "x" }', '""', '"{ratio}"', '"$"', '"$x^$"', "'\\'", "[3]"),
        *('"../../x.png"', '"a.lesson.toml"', "{ depth = 1000, width = 4096 }", "'''\n'''"),
        '{ schemes = ["zeros", "zeros"] }',
        '{ schemes = "zeros" }',
        '{ activation = { key = "elu", alpha = {} } }',
        "{ schemes = [{ key = [] }] }",
        '{ dataset = "moons" }',
        '{ overrides = [{ layer = 2, choice = "zeros" }] }',
        '{ signal = "auto" }',
    ]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lesson")
    (path / "a.png").write_bytes(PNG)
    write(path, plain_step(title="Included"), "b.toml")
    return path


def outcome(folder: Path, text: str) -> Lesson | LessonError:
    path = folder / "a.lesson.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    read: Lesson | LessonError
    try:
        read = read_lesson(path)
    except LessonError as error:
        read = error
    if isinstance(read, LessonError):
        assert read.reason
        assert 0 <= read.line <= text.count("\n") + 1
        assert len(str(read)) < 2500 + len(str(path))
        return read
    for step in read.steps:
        assert set(step.panels) <= {1, 2, 3, 4}
        assert filled(step, {})
        numbers_without_proof(step)
        plain_without_use(step)
    return read


def test_the_file_itself_is_a_lesson(folder: Path) -> None:
    read = outcome(folder, RICH)
    assert isinstance(read, Lesson), str(read)
    assert [step.title for step in read.steps] == ["First", "A step", "Included"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(RICH)),
            st.integers(0, 12),
            st.text(st.sampled_from("[]{}=\"',.#$\\\n _-0159aestx\u20ac\0"), max_size=6),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_letters_are_exchanged(folder: Path, edits: list[tuple[int, int, str]]) -> None:
    text = RICH
    for place, gone, new in edits:
        text = text[:place] + new + text[place + gone :]
    outcome(folder, text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([n for n, line in enumerate(RICH.split("\n")) if " = " in line]), VALUES)
def test_values_are_exchanged(folder: Path, line: int, value: str) -> None:
    lines = RICH.split("\n")
    lines[line] = f"{lines[line].partition(' = ')[0]} = {value}"
    outcome(folder, "\n".join(lines))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, RICH.count("\n")), min_size=1, max_size=6), st.booleans())
def test_lines_are_lost_or_doubled(folder: Path, places: list[int], doubled: bool) -> None:
    lines = RICH.split("\n")
    for place in places:
        lines[place] = f"{lines[place]}\n{lines[place]}" if doubled else ""
    outcome(folder, "\n".join(lines))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.integers(0, len(RICH)))
def test_a_lesson_that_is_cut_short(folder: Path, end: int) -> None:
    outcome(folder, RICH[:end])


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                *string.ascii_letters[:4],
                *"{}[]()^_&<>|%#~$",
                *("\\frac", "\\sqrt", "\\left(", "\\right)", "\\text{", "\\mathcal", "\\\\"),
                *("\\begin{matrix}", "\\end{matrix}", "{{{", "}}}"),
            ]
        ),
        max_size=40,
    )
)
def test_formulas_are_set_or_refused(parts: list[str]) -> None:
    fault(f"${' '.join(parts)}$")
    fault(f"${''.join(parts)}$")


@pytest.mark.parametrize("path", catalogue.built_in(), ids=catalogue.short_name)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_shipped_lesson_with_a_wound(path: Path, folder: Path, data: st.DataObject) -> None:
    text = path.read_text("utf-8")
    place = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(1, 200))
    outcome(folder, text[:place] + text[place + gone :])
