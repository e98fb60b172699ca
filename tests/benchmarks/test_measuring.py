from __future__ import annotations

import pytest

from benchmarks.command import NAMES, formatted, machine
from benchmarks.measuring import (
    Row,
    Timing,
    exponent,
    faster,
    in_turns,
    peak_resident_bytes,
    quartiles,
    ratio_rows,
    resident_bytes,
    row,
)


def test_jobs_take_turns_and_every_other_round_runs_backwards() -> None:
    done: list[str] = []
    jobs = {name: (lambda name=name: done.append(name)) for name in "abc"}
    found = in_turns(jobs, 2)
    assert "".join(done) == "abc" + "abc" + "cba"
    assert [len(timing.clock) for timing in found.values()] == [2, 2, 2]
    assert all(second >= 0 for timing in found.values() for second in timing.processor)


def test_quartiles_lie_among_the_values() -> None:
    assert quartiles([4.0, 1.0, 3.0, 2.0, 5.0]) == (3, 2, 4)
    assert quartiles([7.0]) == (7, 7, 7)


def test_a_ratio_is_that_of_the_same_round() -> None:
    # The machine was twice as slow in the second round, for both.
    mine = Timing((1.0, 2.0), (3.0, 3.0))
    its = Timing((2.0, 4.0), (1.0, 1.0))
    clock, processor = ratio_rows("a / b", mine, its, "<= 1")
    assert (clock.value, clock.low, clock.high, clock.target) == (0.5, 0.5, 0.5, "<= 1")
    assert processor.value == 3


def test_the_exponent_of_a_power_is_found() -> None:
    sizes = [1.0, 3.0, 10.0, 50.0]
    assert exponent(sizes, [2 * size**1.5 for size in sizes]) == pytest.approx(1.5)


def test_whoever_is_compared_with_may_choose() -> None:
    slow, fast = Timing((3.0, 4.0, 5.0), (1.0,) * 3), Timing((1.0, 9.0, 2.0), (1.0,) * 3)
    assert faster({"slow": slow, "fast": fast}, "slow", "fast") is fast


def test_memory_is_that_of_this_process() -> None:
    assert 0 < resident_bytes() <= peak_resident_bytes()


def test_a_row_shows_its_spread_and_what_was_wanted() -> None:
    text = formatted(row("a thing", [0.001, 0.002, 0.003], "ms", "<= 5", scale=1000))
    assert text.split() == ["a", "thing", "2", "ms", "(1.5", "to", "2.5)", "wanted", "<=", "5"]
    assert formatted(Row("one", 1.0, 1.0, 1.0)).split() == ["one", "1", "x"]


def test_the_machine_is_described_without_names() -> None:
    described = machine()
    assert int(described["cores"]) >= 1
    assert described["numpy"][0].isdigit()
    assert not any("/" in value and value.startswith("/") for value in described.values())
    assert len(set(NAMES)) == len(NAMES)
