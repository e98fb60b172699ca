"""docs/lessons.md teaches what is so."""

from __future__ import annotations

import re
from pathlib import Path

from winit_core.activations import ACTIVATIONS
from winit_core.datasets import DATASETS
from winit_core.parameters import ParameterValue
from winit_core.schemes import LIBRARIES, SCHEMES
from winit_core.training.optimizers import OPTIMIZERS
from winit_gui.lessons import settings
from winit_gui.lessons.check import check, lines
from winit_gui.lessons.quantities import QUANTITIES, Home, Needs
from winit_gui.wording import LEARNING, READINGS, SCALES

PAGE = (Path(__file__).parents[3] / "docs" / "lessons.md").read_text("utf-8")


def test_the_lesson_of_the_page_is_true(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "mine.lesson.toml"
    path.write_text(text, encoding="utf-8")
    report = check(path)
    assert len(report.steps) == 3
    for step in report.steps:
        assert step.is_true, "\n".join(lines(step))


def test_every_key_is_explained() -> None:
    keys = ("title", "text", "notes", "highlight", "train_to", "picture", "plain", "question")
    for key in (*settings.KEYS, *keys, *SCALES, *READINGS, *LEARNING):
        assert f"`{key}`" in PAGE, key


def test_every_key_that_can_be_compared_is_listed() -> None:
    lists = dict(re.findall(r"^\| ([a-z]+(?: [a-z]+)?)[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE))
    for what, catalogue in (("schemes", SCHEMES), ("activations", ACTIVATIONS)):
        for key, record in catalogue.items():
            own = [p for p in record.parameters if p.name not in ("bias", "bias_std")]
            told = ", ".join(f"`{p.name}` {_told(p.default)}" for p in own)
            assert (f"`{key}` ({told})" if told else f"`{key}`") in lists[what], key
    shown = {"data sets": DATASETS, "libraries": LIBRARIES, "optimizers": OPTIMIZERS}
    for what, keys in shown.items():
        assert all(f"`{key}`" in lists[what] for key in keys), what


def _told(default: ParameterValue) -> str:
    return f'"{default}"' if isinstance(default, str) else f"{default:g}"


def test_every_quantity_is_in_the_table() -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` \| ((?:[^|\\]|\\\|)*\|[^|]*\|[^|]*)\|$", PAGE, re.MULTILINE)
    )
    layers = {Home.NONE: "", Home.FIRST: "1", Home.LAST_HIDDEN: "last hidden"}
    needs = {
        Needs.NETWORK: "",
        Needs.TRAINING: "`train_to`",
        Needs.SEVERAL_NETS: "`seeds` > 1",
    }
    for key, quantity in QUANTITIES.items():
        label, layer, need = re.split(r"(?<!\\)\|", rows[key])
        assert label.strip().replace("\\|", "|") == quantity.label
        assert layer.strip() == layers[quantity.home]
        assert need.strip() == needs[quantity.needs]
