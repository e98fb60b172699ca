"""Reference data: made once with PyTorch and with 30-digit arithmetic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from winit_core import threads

DATA = Path(__file__).resolve().parent.parent / "data"


@pytest.fixture(autouse=True)
def small_networks_share_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use as many threads as a test asks for, though its networks are too small to gain by it."""
    monkeypatch.setattr(threads, "SHARED_FROM", 0)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    return DATA


@pytest.fixture(scope="session")
def torch_cases() -> Mapping[str, np.ndarray[Any, Any]]:
    """Every array of torch_cases.npz, read-only; what they are says its entry ``meta``."""
    with np.load(DATA / "torch_cases.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    for array in arrays.values():
        array.flags.writeable = False
    return MappingProxyType(arrays)


@pytest.fixture(scope="session")
def theory_values() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((DATA / "theory_values.json").read_text("utf-8"))
    return values
