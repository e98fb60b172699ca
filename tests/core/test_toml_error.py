"""What is not TOML is said in words that a reader of TOML's rules does not need."""

from __future__ import annotations

import pytest

from winit_core.files.experiment_file import FileError, parsed


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("activation = relu", 1, "“relu” is no value: a text stands in straight quotation marks"),
        ("activation = “relu”", 1, "straight quotation marks"),
        ("bias = True", 1, "“True” is no value: true and false have small letters"),
        ("seed =  # later\na = 1", 1, "a value is missing"),
        ("rate = 0,05", 1, "“0,05” is no number: write it as 12, 0.05 or 1e-3"),
        ("rate = [1, 2]\nrate = .5", 2, "“.5” is no number"),
        ("rate = 5. # five", 1, "“5.” is no number"),
        ("seed = 007", 1, "“007” is no number"),
        ("rates = [1.0, 1e]", 1, "a list is not closed"),
        ("seed = 1 dtype = 2", 1, "“dtype” is too much here: there is one value in a line"),
        ("seed = 1 // one", 1, "“//” is too much here"),
        ("[a]]", 1, "“]” is too much here"),
        ("seed: 7", 1, "after a name come “=” and a value"),
        ("\n= 7", 2, "a line begins with a name"),
        ("a = {,}", 1, "here a name is missing"),
        ("[view", 1, "the file is cut short: the brackets around the name of a section"),
        ("[[view]\na = 1", 1, "the brackets around the name of a section are not closed"),
        ("a = [1 2]", 1, "a list is not closed with “]”, or lacks a comma"),
        ("a = 1\nb = [1", 2, "the file is cut short: a list is not closed"),
        ("a = { b = 1\n}", 1, "a table is not closed with “}” in its line"),
        ("a = 1\na = 2", 2, "this name was given before"),
        ("[a]\n[a]\n", 2, "this name was given before"),
        ("a = { b = 1, b = 2 }", 1, "this name was given before"),
        ('a = "b\nc = 1', 1, "a text is not closed with its quotation mark"),
        ("a = 'b", 1, "the file is cut short: a text is not closed"),
        ('a = "\x01"', 1, "an invisible character"),
        ("# \x01", 1, "an invisible character"),
        ('a = "C:\\quiet"', 1, "write it twice, “\\\\”"),
        ("a = 2000-02-31", 1, "there is no such date"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_mistake_is_said_in_plain_words_with_its_line(
    text: str, line: int, part: str, ends: str
) -> None:
    with pytest.raises(FileError) as caught:
        parsed(text.replace("\n", ends))
    assert caught.value.line == line
    assert part in caught.value.reason
    plain, _, detail = caught.value.reason.partition(" (not TOML: ")
    assert detail.endswith(")"), "the reader's own words are a detail"
    for jargon in ("statement", "namespace", "Unclosed", "Invalid", "key"):
        assert jargon not in plain


def test_a_name_given_twice_at_the_end_is_not_called_cut_short() -> None:
    with pytest.raises(FileError) as caught:
        parsed("a = 1\na = 2")
    assert "cut short" not in str(caught.value)


def test_a_mistake_in_a_long_line_has_a_short_message() -> None:
    for text in ("a = " + "b" * 9000, "[a]\n[" + "a" * 9000 + "]\n[" + "a" * 9000 + "]\n"):
        with pytest.raises(FileError) as caught:
            parsed(text)
        assert len(str(caught.value)) < 400


def test_what_a_reader_does_not_place_is_passed_on() -> None:
    with pytest.raises(FileError, match="this number has too many digits"):
        parsed("a = 1" + "0" * 9000)
