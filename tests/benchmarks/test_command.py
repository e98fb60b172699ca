"""The command runs as it is documented, with sizes that say nothing about speed."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.command import NAMES, main

ROOT = Path(__file__).resolve().parents[2]


def test_every_benchmark_runs_and_is_written(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    document = json.loads(file.read_text(encoding="utf-8"))
    assert set(document["results"]) == set(NAMES)
    for name, result in document["results"].items():
        assert f"\n{name}: {result['title']}" in answer.stdout
        assert result["rows"] or name == "torch", name  # nothing to compare with without PyTorch
        for line in result["rows"]:
            assert line["label"] in answer.stdout
            assert all(math.isfinite(line[field]) for field in ("value", "low", "high"))
            assert line["low"] <= line["high"]


def test_an_unknown_name_is_refused_with_those_there_are(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["engine", "fast"])
    assert caught.value.code == 2
    assert "fast is none of engine, torch, training" in capsys.readouterr().err
