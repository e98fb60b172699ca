"""The same contents make the same bytes, whoever packs them and when."""

import os
import tarfile
from pathlib import Path

from packaging_tools import archive, differences


def folder(place: Path, mode: int) -> Path:
    place.mkdir()
    for name in ("b", "a"):
        (place / name).write_text(name)
        (place / name).chmod(mode)
    (place / "link").symlink_to("a")
    os.utime(place / "a", (place.stat().st_mtime - 1000,) * 2)
    return place


def test_two_archives_of_the_same_are_the_same(tmp_path: Path):
    packed = []
    for name in ("one", "two"):
        place = folder(tmp_path / name, 0o644)
        if name == "two":
            os.utime(place / "b", (5, 5))
        archive.write_tar_xz(place, tmp_path / f"{name}.tar.xz", "winit", 1000)
        packed.append((tmp_path / f"{name}.tar.xz").read_bytes())
    assert packed[0] == packed[1]
    with tarfile.open(tmp_path / "one.tar.xz") as read:
        members = read.getmembers()
    assert [member.name for member in members] == ["winit", "winit/a", "winit/b", "winit/link"]
    assert {(m.uid, m.gid, m.mtime, m.uname) for m in members} == {(0, 0, 1000, "root")}
    assert members[-1].linkname == "a"


def test_checksums_are_sha256sums(tmp_path: Path):
    (tmp_path / "b").write_text("b")
    (tmp_path / "a").write_bytes(b"")
    archive.write_checksums([tmp_path / "b", tmp_path / "a"], tmp_path / "sums")
    first, second = (tmp_path / "sums").read_text().splitlines()
    assert first == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a"
    assert second.endswith("  b")


def test_differences_are_named(tmp_path: Path):
    one, two = folder(tmp_path / "one", 0o644), folder(tmp_path / "two", 0o644)
    assert differences.differences(one, two) == []
    (two / "b").chmod(0o600)
    (two / "link").unlink()
    (two / "link").symlink_to("b")
    (two / "new").touch()
    found = differences.differences(one, two)
    assert [line.split(":")[0] for line in found] == ["b", "link", "new"]
