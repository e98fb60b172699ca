"""Where a character of a lesson file stands, told without reading the file."""

from __future__ import annotations

import time

import pytest

from winit_gui.lessons.places import place_at

TEXT = (
    """\
format = 1
# of no key
[lesson]
title = "A title"

[[step]]
text = '''
quantity = "not a key"
@text
'''
[[step.claim]]
from = 1 # @from
[[step.claim]]
[[step]]
title = "Two"
  [step.question]
  choices = [
    { text = "@choices" },
  ]
[[step.claim]]
says = """
    + 3 * '"'
    + """closed"""
    + 3 * '"'
    + """
quantity = "@quantity"
[experiment.\"a b\"]
"""
)


@pytest.mark.parametrize(
    ("part", "line", "key"),
    [
        ("format", 1, "format"),
        ("of no key", 2, ""),
        ("[lesson]", 3, "lesson"),
        ("A title", 4, "lesson.title"),
        ("@text", 7, "step[1].text"),
        ("@from", 12, "step[1].claim[1].from"),
        ("@choices", 17, "step[2].question.choices"),
        ("closed", 21, "step[2].claim[1].says"),
        ("@quantity", 22, "step[2].claim[1].quantity"),
    ],
)
def test_a_character_has_a_line_and_a_key(part: str, line: int, key: str) -> None:
    assert place_at(TEXT, TEXT.index(part)) == (line, key)


@pytest.mark.parametrize("text", ["", "\n", "no key\n", "#", "=", "[", "[[x", "'''", "\0" * 9])
def test_what_is_no_lesson_has_a_line_at_most(text: str) -> None:
    for at in range(len(text) + 2):
        line, key = place_at(text, at)
        assert 1 <= line <= text.count("\n") + 2
        assert key == ""


@pytest.mark.parametrize("part", [" ", "\t[", "[[a]]\n", "a.", "a = '''\n", "\n", "x = 1\n", "# "])
def test_a_hostile_text_is_passed_over_quickly(part: str) -> None:
    text = part * (10**6 // len(part))
    began = time.process_time()
    place_at(text, 400_000)
    assert time.process_time() - began < 5  # some milliseconds, on any machine
