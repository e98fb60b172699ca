"""What counts as installed."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from winit_boot import requirements
from winit_boot.requirements import EXTRAS, RUN_TIME, Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def ranges(lines: list[str]) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    found = {}
    for line in lines:
        match = re.fullmatch(r"([\w-]+)>=([\d.]+),<([\d.]+)", line)
        assert match, f"{line!r} has no range of the form >=a,<b"
        found[match[1]] = (version(match[2]), version(match[3]))
    return found


def test_the_table_says_what_pyproject_says():
    table = {item.distribution: (item.lowest, item.below) for item in RUN_TIME}
    assert table == ranges(PROJECT["dependencies"])


def test_the_table_of_the_test_extra_agrees_with_pyproject():
    wanted = ranges(PROJECT["optional-dependencies"]["test"])
    assert len(EXTRAS["test"]) == 4
    for item in EXTRAS["test"]:
        assert wanted[item.distribution] == (item.lowest, item.below)


def test_the_table_of_the_build_extra_agrees_with_pyproject():
    (item,) = EXTRAS["build"]
    assert (
        f"{item.distribution}=={'.'.join(map(str, item.lowest))}"
        in (PROJECT["optional-dependencies"]["build"])
    )
    assert item.below == (*item.lowest[:-1], item.lowest[-1] + 1)


def test_torch_is_in_its_own_extra_only():
    extras = PROJECT["optional-dependencies"]
    assert extras["torch"] == ["torch==2.13.0"]
    others = [line for name, lines in extras.items() if name != "torch" for line in lines]
    assert not [line for line in others + PROJECT["dependencies"] if "torch" in line]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    item = Requirement("winit_fake_package", "Winit-Fake.Package", (6, 10, 3), (6, 12))
    monkeypatch.setattr(requirements, "RUN_TIME", (item,))
    return tmp_path


def add_package(site: Path, metadata: str | None) -> None:
    (site / "winit_fake_package").mkdir()
    # importing it would be an error: it is only to be found
    (site / "winit_fake_package" / "__init__.py").write_text("raise ImportError('imported')")
    if metadata:
        (site / metadata).mkdir()


@pytest.mark.parametrize(
    ("metadata", "met"),
    [
        ("winit_fake_package-6.10.3.dist-info", True),
        ("Winit_Fake.Package-6.11.3.dist-info", True),
        ("winit_fake_package-6.11.egg-info", True),
        ("winit_fake_package-6.11.0.post1.dist-info", True),
        ("winit_fake_package-6.10.2.dist-info", False),
        ("winit_fake_package-6.9.1.dist-info", False),
        ("winit_fake_package-6.12.0.dist-info", False),
        ("winit_fake_package_other-1.0.dist-info", True),  # another package's
        (None, True),  # no metadata: the benefit of the doubt
    ],
)
def test_a_package_counts_when_its_version_is_in_range(site: Path, metadata: str | None, met: bool):
    add_package(site, metadata)
    assert requirements.missing() == (() if met else ("Winit-Fake.Package",))


def test_an_absent_package_is_missing(site: Path):
    assert requirements.missing() == ("Winit-Fake.Package",)


def test_a_folder_without_init_is_no_installation(site: Path):
    (site / "winit_fake_package").mkdir()
    assert requirements.missing() == ("Winit-Fake.Package",)


def test_an_extra_adds_its_packages(site: Path, monkeypatch: pytest.MonkeyPatch):
    add_package(site, None)
    extra = Requirement("winit_fake_extra", "winit-fake-extra", (1,), (2,))
    monkeypatch.setattr(requirements, "EXTRAS", {"test": (extra,)})
    assert requirements.missing() == ()
    assert requirements.missing("test") == ("winit-fake-extra",)


def test_looking_imports_nothing():
    before = set(sys.modules)
    requirements.missing("test")
    assert not {name for name in set(sys.modules) - before if name.startswith(("PySide6", "scipy"))}
