"""Which winit this is."""

import json
import sys
from pathlib import Path

import pytest

from winit_core import __version__, build_info


@pytest.fixture(autouse=True)
def asked_anew():
    build_info.build_info.cache_clear()
    yield
    build_info.build_info.cache_clear()


def test_a_checkout_knows_its_version_only():
    info = build_info.build_info()
    assert info == build_info.BuildInfo(__version__, False, "", False, "")
    assert build_info.command_name() == "python3 main.py"


def test_a_packaged_program_reads_its_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stamp = {"commit": "1234", "changed": True, "date": "2026-11-23"}
    (tmp_path / build_info.STAMP).write_text(json.dumps(stamp))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(build_info, "resource", lambda *parts: tmp_path.joinpath(*parts))
    assert build_info.build_info() == build_info.BuildInfo(
        __version__, True, "1234", True, "2026-11-23"
    )
    assert build_info.command_name() == "winit"
