from __future__ import annotations

import math
import os
import stat
import sys
from pathlib import Path

import pytest

from winit_core.maps import cache as module
from winit_core.maps.cache import ResultCache

KEY = {"width": 128, "std": 0.1}
VALUE = {"a": [1.5, -math.inf], "b": "text"}


def test_a_value_survives_a_restart(tmp_path: Path) -> None:
    assert ResultCache(tmp_path).store("matrix", KEY, VALUE)
    assert ResultCache(tmp_path).load("matrix", KEY) == VALUE


def test_other_keys_and_kinds_are_other_values(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path)
    cache.store("matrix", KEY, 1)
    assert cache.load("depth", KEY) is None
    assert cache.load("matrix", {**KEY, "std": 0.2}) is None


def test_without_a_folder_it_is_in_memory_alone() -> None:
    cache = ResultCache()
    assert not cache.store("matrix", KEY, VALUE)
    assert cache.load("matrix", KEY) == VALUE


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"1.5", b"2.5"),
        lambda data: b"\xff\xfe" + data,
        lambda data: data.replace(b'"format": 1', b'"format": 9'),
        lambda data: b"[" * 200_000,
    ],
    ids=["empty", "cut", "changed", "no text", "other version", "nested"],
)
def test_a_damaged_file_counts_as_none_and_is_made_anew(tmp_path: Path, damage: object) -> None:
    ResultCache(tmp_path).store("matrix", KEY, VALUE)
    path = ResultCache(tmp_path).path("matrix", KEY)
    assert path is not None
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    cache = ResultCache(tmp_path)
    assert cache.load("matrix", KEY) is None
    assert cache.store("matrix", KEY, VALUE)
    assert ResultCache(tmp_path).load("matrix", KEY) == VALUE


def test_other_code_makes_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ResultCache(tmp_path).store("matrix", KEY, VALUE)
    monkeypatch.setattr(module, "numerics", lambda: "changed")
    assert ResultCache(tmp_path).load("matrix", KEY) is None


@pytest.mark.skipif(
    sys.platform == "win32" or getattr(os, "geteuid", lambda: 1)() == 0,
    reason="root and Windows write into such folders",
)
def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    cache = ResultCache(tmp_path / "inside")
    assert not cache.store("matrix", KEY, VALUE)
    assert cache.load("matrix", KEY) == VALUE
    tmp_path.chmod(stat.S_IRWXU)


def test_a_file_in_the_place_of_the_folder_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = ResultCache(tmp_path / "file")
    assert not cache.store("matrix", KEY, VALUE)
    assert cache.load("matrix", KEY) == VALUE


def test_the_folder_does_not_grow_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 5_000)
    cache = ResultCache(tmp_path)
    for n in range(20):
        cache.store("matrix", {"n": n}, "x" * 900)
    files = list(tmp_path.iterdir())
    assert 1 <= len(files) < 6
    assert ResultCache(tmp_path).load("matrix", {"n": 19}) == "x" * 900
