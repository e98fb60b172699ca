"""A good lesson is read whole; a bad one is refused with file, line and key."""

from __future__ import annotations

import math
import pickle
from pathlib import Path

import pytest

from tests.gui.lessons.writing import HEAD, PNG, START, STEP, lesson, plain_step, write
from winit_core import SchemeChoice
from winit_gui.defaults import default_experiment
from winit_gui.lessons.markdown import formula_fault
from winit_gui.lessons.reader import MAX_CHARACTERS, MAX_STEPS, LessonError, read_lesson, read_title
from winit_gui.state import State


def refused(folder: Path, text: str) -> LessonError:
    with pytest.raises(LessonError) as caught:
        read_lesson(write(folder, text))
    error = caught.value
    assert error.reason
    assert str(error.file) in str(error)
    assert error.reason in str(error)
    assert "\n" not in str(error)
    return error


# What is read


def test_a_step_goes_on_from_the_one_before(tmp_path: Path) -> None:
    text = lesson(
        plain_step('axes = { signal = [-4, 1], gradient = [-12, 2] }\nlayer = 2\nscale = "log"'),
        plain_step('experiment = { activation = "relu" }\ntraining = { optimizer = "adam" }'),
        plain_step('reading = "grad_weight"\nrelative = false\ntheory = false\nseeds = 5'),
        plain_step('experiment = { depth = 5 }\npanels = [4, 1]\naxes = { signal = "auto" }'),
        plain_step('experiment = { width = 20 }\nlearning = "held_out_loss"'),
    )
    steps = read_lesson(write(tmp_path, text)).steps
    first, second, third, fourth, fifth = (step.state for step in steps)
    assert first.experiment.hidden_widths == (12,) * 3
    assert first.experiment.activation.key == "tanh"
    assert [choice.key for choice in first.experiment.schemes] == ["zeros", "he_normal"]
    assert first == State.of(first.experiment, first.view).__class__(
        first.experiment, first.view, first.rows, first.training
    )
    assert (first.view.layer, first.view.weight_scale) == (1, "log")
    assert first.training.steps == 20
    assert second.experiment.activation.key == "relu"
    assert second.experiment.hidden_widths == (12,) * 3
    assert (second.training.optimizer, second.training.steps) == ("adam", 20)
    assert second.view == first.view
    assert (third.view.reading, third.view.relative, third.view.theory) == (
        "grad_weight",
        False,
        False,
    )
    assert third.view.seeds == 5
    assert fourth.experiment.hidden_widths == (12,) * 5
    assert fifth.experiment.hidden_widths == (20,) * 5
    assert fifth.view.learning == "held_out_loss"
    assert [step.panels for step in steps] == [(2, 3)] * 3 + [(1, 4)] * 2
    assert steps[2].axes == {"signal": (-4, 1), "gradient": (-12, 2)}
    assert steps[4].axes == {"gradient": (-12, 2)}


def test_what_belongs_to_one_step_does_not_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    asked = (
        'highlight = "zeros"\ntrain_to = 7\npicture = "a.png"\n'
        '[step.question]\nask = "What?"\nhides = [3]'
    )
    text = lesson(plain_step(asked), plain_step())
    first, second = read_lesson(write(tmp_path, text)).steps
    assert first.highlight == SchemeChoice("zeros")
    assert first.train_to == 7
    assert first.picture == (tmp_path / "a.png").resolve()
    assert first.question is not None
    assert (first.question.hides, first.question.choices) == ((3,), ())
    assert (second.highlight, second.train_to, second.picture, second.question) == (
        None,
        0,
        None,
        None,
    )


def test_without_a_start_it_begins_with_the_usual_experiment(tmp_path: Path) -> None:
    (step,) = read_lesson(write(tmp_path, lesson(plain_step(), start=""))).steps
    assert step.state == State.of(default_experiment())


def test_about_the_lesson(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEAD.replace("minutes = 5", 'summary = "Short."\nauthor = "A. Author"') + plain_step() * 3,
    )
    read = read_lesson(path)
    assert (read.title, read.summary, read.author) == ("A lesson", "Short.", "A. Author")
    assert read.minutes == 3, "a minute a step where nothing is said"
    assert read.path == path
    assert read.files == (path,)
    assert read_title(path) == ("A lesson", "Short.")


def test_schemes_are_counted_as_the_file_lists_them(tmp_path: Path) -> None:
    extra = (
        'experiment = { schemes = ["he_normal", { key = "normal", std = 0.1 }, '
        '{ key = "normal", std = 0.01 }, "zeros"] }\nhighlight = %s'
    )
    for given, wanted in (
        ("1", SchemeChoice("he_normal")),
        ("3", SchemeChoice("normal", {"std": 0.01})),
        ('"zeros"', SchemeChoice("zeros")),
    ):
        (step,) = read_lesson(write(tmp_path, lesson(plain_step(extra % given)))).steps
        assert step.highlight == wanted
    error = refused(tmp_path, lesson(plain_step(extra % '"normal"')))
    assert "give the number" in error.reason


def test_a_claim(tmp_path: Path) -> None:
    claim = (
        '[[step.claim]]\nsays = "Words"\nquantity = "weight_std"\nscheme = 2\nlayer = "output"\n'
        'from = 0.1\nto = inf\npublished = "0.5"\nsource = "A paper"\ndigits = 4\nstep = 3'
    )
    (step,) = read_lesson(write(tmp_path, lesson(plain_step("train_to = 5\n" + claim)))).steps
    (read,) = step.claims
    assert read.scheme == SchemeChoice("he_normal")
    assert (read.layer, read.step, read.digits) == (3, 3, 4)
    assert (read.lowest, read.highest) == (0.1, math.inf)
    assert (read.says, read.name, read.published, read.source) == ("Words", "", "0.5", "A paper")


def test_the_words_of_a_claim_must_be_said(tmp_path: Path) -> None:
    text = lesson(STEP.replace('name = "ratio"', 'says = "Nothing"').replace("{ratio}", "so"))
    assert read_lesson(write(tmp_path, text)).steps[0].claims[0].says == "Nothing"
    error = refused(tmp_path, text.replace("Nothing arrives", "It stays"))
    assert (error.key, error.line) == ("step[1].claim[1].says", 18)


def test_a_claim_is_about_the_first_scheme_of_the_file(tmp_path: Path) -> None:
    start = START.replace('"zeros", "he_normal"', '"he_normal", "zeros"')
    text = lesson(STEP.replace('scheme = "zeros"\n', ""), start=start)
    (step,) = read_lesson(write(tmp_path, text)).steps
    assert step.claims[0].scheme == SchemeChoice("he_normal")


def test_a_claim_is_measured_at_the_step_that_is_shown(tmp_path: Path) -> None:
    (step,) = read_lesson(
        write(tmp_path, lesson(STEP.replace("[[step.claim]]", "train_to = 9\n[[step.claim]]")))
    ).steps
    assert step.claims[0].step == 9


def test_long_lines_of_prose_are_read(tmp_path: Path) -> None:
    text = lesson(plain_step().replace("Words.", "A sentence. " * 90))
    assert read_lesson(write(tmp_path, text)).steps[0].text.count(".") == 90
    assert "dots" in refused(tmp_path, "a" + ".a" * 1000 + " = 1\n" + text).reason


def test_choices(tmp_path: Path) -> None:
    extra = """
[step.question]
ask = "What arrives?"
hides = [2, 3]
choices = [
  { text = "Nothing", right = true, because = "It is 0." },
  { text = "All", because = "No." },
]"""
    (step,) = read_lesson(write(tmp_path, lesson(plain_step(extra)))).steps
    assert step.question is not None
    assert [choice.right for choice in step.question.choices] == [True, False]
    assert step.question.choices[1].because == "No."


def test_other_files_follow(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    include = 'include = ["parts/two.toml", "three.toml"]\n'
    path = write(tmp_path, include + lesson(plain_step(title="One")))
    two = write(tmp_path, plain_step('panels = [1]\npicture = "a.png"', "Two"), "parts/two.toml")
    three = write(tmp_path, 'include = ["four.toml"]\n' + plain_step(title="Three"), "three.toml")
    four = write(tmp_path, plain_step(title="Four"), "four.toml")
    (tmp_path / "a.png").write_bytes(PNG)
    read = read_lesson(path)
    assert [step.title for step in read.steps] == ["One", "Two", "Three", "Four"]
    assert read.steps[3].panels == (1,)
    assert [file.resolve() for file in read.files] == [
        file.resolve() for file in (path, two, three, four, tmp_path / "a.png")
    ]


def test_a_folder_is_a_lesson(tmp_path: Path) -> None:
    write(tmp_path, lesson(), "lesson.toml")
    assert read_lesson(tmp_path) == read_lesson(tmp_path / "lesson.toml")


def test_formulas(tmp_path: Path) -> None:
    formula = plain_step().replace(
        "Words.", r"So $s = \\sqrt{\\frac{2}{n_{\\mathrm{in}}}}$, and a \\$ is a dollar."
    )
    (step,) = read_lesson(write(tmp_path, lesson(formula))).steps
    assert r"\frac{2}" in step.text


# What is refused


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "parts"),
    [
        ("highlight", "highlite", 15, "step[1].highlite", ["did you mean “highlight”"]),
        (
            'highlight = "zeros"',
            'highlight = "glorot_normal"',
            15,
            "step[1].highlight",
            ["he_normal"],
        ),
        ('highlight = "zeros"', "highlight = 3", 15, "step[1].highlight", ["2 schemes"]),
        ('highlight = "zeros"', "train_to = 21", 15, "step[1].train_to", ["0 to 20"]),
        ('highlight = "zeros"', 'train_to = "x"', 15, "step[1].train_to", ["whole number"]),
        ('highlight = "zeros"', "layer = 5", 15, "step[1].layer", ["1 to 4"]),
        ('highlight = "zeros"', "panels = [1, 5]", 15, "step[1].panels[2]", ["1, 2, 3 or 4"]),
        ('highlight = "zeros"', "panels = [1, 1]", 15, "step[1].panels[2]", ["each once"]),
        ('highlight = "zeros"', "panels = []", 15, "step[1].panels", ["at least one"]),
        ('highlight = "zeros"', "panels = 3", 15, "step[1].panels", ["a list"]),
        ('highlight = "zeros"', 'scale = "lin"', 15, "step[1].scale", ["near_rule"]),
        ('highlight = "zeros"', 'reading = "x"', 15, "step[1].reading", ["grad_weight"]),
        ('highlight = "zeros"', "relative = 1", 15, "step[1].relative", ["true or false"]),
        ('highlight = "zeros"', "seeds = 65", 15, "step[1].seeds", ["1 to 64"]),
        ('highlight = "zeros"', "axes = { x = 1 }", 15, "step[1].axes.x", ["gradient"]),
        (
            'highlight = "zeros"',
            "axes = { signal = [1, -4] }",
            15,
            "step[1].axes.signal",
            ["below"],
        ),
        (
            'highlight = "zeros"',
            "axes = { signal = [nan, 1] }",
            15,
            "step[1].axes.signal",
            ["below"],
        ),
        (
            'highlight = "zeros"',
            "experiment = { widht = 3 }",
            15,
            "step[1].experiment.widht",
            ["did you mean “width”"],
        ),
        (
            'highlight = "zeros"',
            "experiment = { width = 5000 }",
            15,
            "step[1].experiment.width",
            ["4,096"],
        ),
        (
            'highlight = "zeros"',
            'experiment = { schemes = ["zeros", "he"] }',
            15,
            "step[1].experiment.schemes[2].key",
            ["he_normal"],
        ),
        (
            'highlight = "zeros"',
            'experiment = { schemes = [{ key = "normal", std = -1 }] }',
            15,
            "step[1].experiment.schemes[1].std",
            ["-1"],
        ),
        (
            'highlight = "zeros"',
            "experiment = { depth = 1000, width = 4096 }",
            15,
            "step[1].experiment.width",
            ["GiB"],
        ),
        (
            'highlight = "zeros"',
            "training = { rate = 1 }",
            15,
            "step[1].training.rate",
            ["learning_rate"],
        ),
        (
            'highlight = "zeros"',
            "training = { learning_rate = -1 }",
            15,
            "step[1].training.learning_rate",
            ["0 to 1000"],
        ),
        ('highlight = "zeros"', "experiment = 3", 15, "step[1].experiment", ["a table"]),
        ('highlight = "zeros"', 'picture = "x.png"', 15, "step[1].picture", ["no file"]),
        ('highlight = "zeros"', 'picture = "../x.png"', 15, "step[1].picture", ["outside"]),
        ('highlight = "zeros"', 'picture = "/etc/x.png"', 15, "step[1].picture", ["outside"]),
        ('highlight = "zeros"', "picture = 'C:\\x.png'", 15, "step[1].picture", ["outside"]),
        ('highlight = "zeros"', 'picture = "passwd"', 15, "step[1].picture", [".png or .svg"]),
        ('highlight = "zeros"', "plain = [1.5]", 15, "step[1].plain[1]", ["whole number"]),
        (
            'highlight = "zeros"',
            'question = { ask = "?", hides = [4] }',
            15,
            "step[1].question.hides[1]",
            ["2, 3"],
        ),
        (
            'highlight = "zeros"',
            'question = { ask = "?", choices = [{ text = "a", because = "b" }] }',
            15,
            "step[1].question.choices",
            ["two to four"],
        ),
        (
            'highlight = "zeros"',
            'question = { ask = "?", choices = [{ text = "a", because = "b" },'
            '{ text = "a", because = "b" }] }',
            15,
            "step[1].question.choices",
            ["exactly one", "0 are"],
        ),
        (
            'highlight = "zeros"',
            'question = { ask = "?", choices = [{ text = "a", right = true, because = "b" },'
            '{ text = "a", right = true, because = "b" }] }',
            15,
            "step[1].question.choices",
            ["exactly one", "2 are"],
        ),
        (
            'highlight = "zeros"',
            'question = { ask = "?", choices = [{ text = "a", because = "" }] }',
            15,
            "step[1].question.choices[1].because",
            ["empty"],
        ),
        ('title = "First"', "", 12, "step[1].title", ["missing"]),
        ('title = "First"', "title = 3", 13, "step[1].title", ["a text in quotes, not 3"]),
        ('title = "First"', 'title = "{ratio}"', 13, "step[1].title", ["title"]),
        ("{ratio}", "{x}", 14, "step[1].text", ["no claim is named “x”", "ratio"]),
        ("{ratio}", "", 18, "step[1].claim[1].name", ["nowhere"]),
        ("{ratio}", "$\\\\frac{ratio}$", 14, "step[1].text", ["formula"]),
        ("{ratio}", "{ratio} $x", 14, "step[1].text", ["does not end"]),
        ("{ratio}", "{ratio} $$", 14, "step[1].text", ["is empty"]),
        ("{ratio}", "{ratio} $\\\\foo$", 14, "step[1].text", ["\\foo", "not known"]),
        ("{ratio}", "{ratio} $x_{12$", 14, "step[1].text", ["its braces do not match"]),
        ("{ratio}", "{ratio} $\\\\{x}}$", 14, "step[1].text", ["its braces do not match"]),
        ("{ratio}", "{ratio} $a &b$", 14, "step[1].text", ["\\&"]),
        ("{ratio}", "{ratio} $\\\\newcommand{}$", 14, "step[1].text", ["\\newcommand"]),
        ("{ratio}", f"{{ratio}} ${'{' * 40}x{'}' * 40}$", 14, "step[1].text", ["nested"]),
        ("{ratio}", f"{{ratio}} ${'x' * 301}$", 14, "step[1].text", ["300"]),
        ("{ratio}", "{ratio} ![p](/etc/passwd)", 14, "step[1].text", ["picture"]),
        ("{ratio}", "{ratio} <img src=x>", 14, "step[1].text", ["HTML"]),
        ("{ratio}", "{ratio} \\u0007", 14, "step[1].text", ["cannot be shown"]),
        ("error_ratio", "error_rate", 19, "step[1].claim[1].quantity", ["“error_ratio”"]),
        ("error_ratio", "train_loss", 19, "step[1].claim[1].quantity", ["train_to"]),
        ("error_ratio", "healthy_share", 19, "step[1].claim[1].quantity", ["seeds"]),
        ('name = "ratio"', "", 19, "step[1].claim[1].quantity", ["either"]),
        ('name = "ratio"', 'name = "Ratio"', 18, "step[1].claim[1].name", ["small letters"]),
        ('name = "ratio"', 'says = "ten"', 14, "step[1].text", ["no claim is named"]),
        ("[[step.claim]]", "[[step.claim]]\nsays = 'x'", 19, "step[1].claim[1].name", ["either"]),
        ("from = 0", "from = 1", 21, "step[1].claim[1].from", ["above"]),
        ("from = 0", "from = nan", 21, "step[1].claim[1].from", ["a number"]),
        ("from = 0", "", 17, "step[1].claim[1].from", ["missing"]),
        ("from = 0", "from = 0\nlayer = 5", 22, "step[1].claim[1].layer", ["1 to 4"]),
        ("from = 0", "from = 0\nstep = 1", 22, "step[1].claim[1].step", ["it must be 0, not 1"]),
    ],
)
def test_a_wrong_value_is_named(
    old: str, new: str, line: int, key: str, parts: list[str], tmp_path: Path
) -> None:
    text = lesson()
    assert old in text
    error = refused(tmp_path, text.replace(old, new, 1))
    assert (error.key, error.line) == (key, line), str(error)
    for part in parts:
        assert part in error.reason, str(error)


@pytest.mark.parametrize(
    ("text", "line", "key", "part"),
    [
        ("", 1, "format", "format = 1"),
        (lesson().replace("format = 1", "format = 2"), 1, "format", "newer"),
        (lesson().replace("format = 1", 'format = "x"'), 1, "format", "it must be 1, not “x”"),
        ("format = 1\n" + plain_step(), 0, "lesson", "[lesson]"),
        (HEAD, 0, "step", "[[step]]"),
        (lesson().replace("[start]", "[strat]"), 7, "strat", "did you mean “start”"),
        (lesson().replace("minutes = 5", "minutes = 0"), 5, "lesson.minutes", "1 to 1,000"),
        (lesson().replace("panels = [2, 3]", 'include = ["a"]'), 10, "start.include", "top"),
        (lesson().replace("[[step]]", "[[step]"), 12, "", "not TOML"),
        (lesson() + '\nx = "', 24, "", "cut short"),
        ("step = [[[" * 1000, 0, "", ""),
        (HEAD + "step = 3", 6, "lesson.step", "no such key"),
        ("step = 3\n" + HEAD, 1, "step", "a list"),
        ("step = [3]\n" + HEAD, 1, "step[1]", "table"),
        ('include = "x"\n' + lesson(), 1, "include", "list"),
        ("include = [3]\n" + lesson(), 1, "include[1]", "quotes"),
        ('include = ["no.toml"]\n' + lesson(), 1, "include[1]", "no file"),
        ('include = ["../a"]\n' + lesson(), 1, "include[1]", "outside"),
        ('include = ["a.lesson.toml"]\n' + lesson(), 1, "include[1]", "itself"),
        (lesson(*[plain_step()] * (MAX_STEPS + 1)), 12, "step", "200"),
        (lesson() + "#" * MAX_CHARACTERS, 23, "", "400,000"),
        (lesson() + "#" * 10**7, 23, "", "400,000"),
        (lesson(STEP, plain_step()).replace("Words.", "x" * 10**7), 26, "step[2].text", "400,000"),
        (lesson() + plain_step("notes = '''" + "a = 1\n" * 10**6), 27, "step[2].notes", "400,000"),
    ],
    ids=range(24),
)
def test_a_wrong_file_is_named(text: str, line: int, key: str, part: str, tmp_path: Path) -> None:
    error = refused(tmp_path, text)
    assert part in error.reason, str(error)
    if part:
        assert (error.key, error.line) == (key, line), str(error)


def test_braces_that_are_signs_need_no_partner() -> None:
    assert formula_fault(r"\{x\}") == ""
    assert formula_fault(r"x_{\{}") == ""
    assert "braces" in formula_fault(r"\\{x")


def test_the_file_at_fault_is_the_included_one(tmp_path: Path) -> None:
    path = write(tmp_path, 'include = ["b.toml"]\n' + lesson())
    part = write(tmp_path, "\n" + plain_step("highlight = 9"), "b.toml")
    with pytest.raises(LessonError) as caught:
        read_lesson(path)
    assert caught.value.file.resolve() == part.resolve()
    assert (caught.value.line, caught.value.key) == (6, "step[1].highlight")
    write(tmp_path, HEAD + plain_step(), "b.toml")
    with pytest.raises(LessonError, match="lesson: there is no such key"):
        read_lesson(path)


def test_a_loop_of_includes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, 'include = ["b.toml"]\n' + lesson())
    write(tmp_path, 'include = ["c.toml"]\n', "b.toml")
    write(tmp_path, '\ninclude = ["./b.toml"]\n', "c.toml")
    with pytest.raises(LessonError, match="itself") as caught:
        read_lesson(path)
    assert caught.value.file.name == "c.toml"
    assert caught.value.line == 2
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LessonError, match=r"^c\.toml, line 2"):  # as it was asked for
        read_lesson(path.name)


def test_the_file_that_makes_a_lesson_too_long_is_named(tmp_path: Path) -> None:
    long = "# " + "x" * (MAX_CHARACTERS // 2) + "\n"
    path = write(tmp_path, 'include = ["b.toml"]\n' + lesson() + long)
    notes = "é" * (MAX_CHARACTERS // 2)
    write(tmp_path, plain_step(f"notes = '''\n{notes}'''"), "b.toml")
    with pytest.raises(LessonError, match="too long") as caught:
        read_lesson(path)
    assert caught.value.file.name == "b.toml"
    assert (caught.value.line, caught.value.key) == (5, "step[1].notes")


def test_files_that_multiply_are_stopped(tmp_path: Path) -> None:
    path = write(tmp_path, 'include = ["b0.toml"]\n' + lesson())
    for n in range(30):
        write(tmp_path, f'include = ["b{n + 1}.toml", "b{n + 1}.toml"]\n', f"b{n}.toml")
    write(tmp_path, "", "b30.toml")
    with pytest.raises(LessonError, match="at most 50 files"):
        read_lesson(path)


def test_a_link_that_leads_outside(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    home.mkdir()
    outside.mkdir()
    (outside / "a.png").write_bytes(PNG)
    write(outside, plain_step(), "b.toml")
    (home / "a.png").symlink_to(outside / "a.png")
    (home / "b.toml").symlink_to(outside / "b.toml")
    (home / "loop.png").symlink_to(home / "loop.png")
    (home / "folder").symlink_to(outside)
    for name in ("a.png", "folder/a.png"):
        error = refused(home, lesson(plain_step(f'picture = "{name}"')))
        assert "outside" in error.reason
        assert error.key == "step[1].picture"
    assert "outside" in refused(home, 'include = ["b.toml"]\n' + lesson()).reason
    assert refused(home, lesson(plain_step('picture = "loop.png"'))).key == "step[1].picture"


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("a.png", b"GIF89a", "no PNG"),
        ("a.svg", b"<html></html>", "no SVG"),
        ("a.svg", b'<svg><image href="/etc/passwd"/></svg>', "another file"),
        ("a.svg", b'<svg><image xlink:href = "http://x/y.png"/></svg>', "another file"),
        ("a.svg", b"<svg><style>@import 'x'</style></svg>", "outside itself"),
        ("a.svg", b'<svg fill="url(http://x)"/>', "outside itself"),
        ("a.svg", b'<!DOCTYPE svg [<!ENTITY a "aaa">]><svg/>', "outside itself"),
        ("a.png", PNG + b"\0" * (10 * 2**20), "larger than"),
    ],
)
def test_a_file_that_is_no_picture(tmp_path: Path, name: str, data: bytes, part: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert part in refused(tmp_path, lesson(plain_step(f'picture = "{name}"'))).reason


def test_an_svg_of_its_own_parts_is_a_picture(tmp_path: Path) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><use href="#a" fill="url(#b)"/></svg>'
    (tmp_path / "a.svg").write_bytes(svg)
    (step,) = read_lesson(write(tmp_path, lesson(plain_step('picture = "a.svg"')))).steps
    assert step.picture is not None


@pytest.mark.parametrize("name", ["no.lesson.toml", "x" * 5000, "nul\0l", "."])
def test_no_such_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(LessonError):
        read_lesson(tmp_path / name)
    with pytest.raises(LessonError):
        read_title(tmp_path / name)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"format = 1\n\xff\xfe")
    with pytest.raises(LessonError, match="line 2: this is not text"):
        read_lesson(tmp_path / "a")


def test_the_error_survives_pickling(tmp_path: Path) -> None:
    error = refused(tmp_path, lesson().replace("highlight", "highlite"))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line, again.key) == (str(error), error.line, error.key)


def test_a_file_of_windows_lines_reads_the_same(tmp_path: Path) -> None:
    unix = read_lesson(write(tmp_path, lesson(STEP, plain_step())))
    path = tmp_path / "a.lesson.toml"
    path.write_bytes(b"\xef\xbb\xbf" + lesson(STEP, plain_step()).replace("\n", "\r\n").encode())
    assert read_lesson(path) == unix
