"""What differs between two built folders, down to the module inside the executable."""

from __future__ import annotations

import os
from pathlib import Path


def differences(one: Path, other: Path) -> list[str]:
    """Return a line for each file that is not the same in both, or not there in one."""
    found = []
    for name in sorted(_names(one) | _names(other)):
        left, right = one / name, other / name
        if not os.path.lexists(left) or not os.path.lexists(right):
            found.append(f"{name}: only in {one if os.path.lexists(left) else other}")
        elif left.is_symlink() or right.is_symlink():
            both = left.is_symlink() and right.is_symlink()
            if not both or left.readlink() != right.readlink():
                found.append(f"{name}: another link")
        elif left.is_file() and left.read_bytes() != right.read_bytes():
            found.append(f"{name}: {_explained(left, right)}")
        if not left.is_symlink() and left.exists() and right.exists():
            rights = [path.stat().st_mode & 0o777 for path in (left, right)]
            if rights[0] != rights[1]:
                found.append(f"{name}: rights {rights[0]:o} and {rights[1]:o}")
    return found


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def _explained(left: Path, right: Path) -> str:
    """Look into the executable: its modules are in an archive at its end."""
    from PyInstaller.archive.readers import ArchiveReadError, CArchiveReader

    try:
        archives = [CArchiveReader(str(path)) for path in (left, right)]
    except ArchiveReadError:
        return f"{left.stat().st_size} and {right.stat().st_size} bytes"
    parts = [
        name
        for name in sorted(set(archives[0].toc) | set(archives[1].toc))
        if not all(name in archive.toc for archive in archives)
        or archives[0].extract(name) != archives[1].extract(name)
    ]
    modules = [reader.open_embedded_archive("PYZ.pyz") for reader in archives]
    names = [
        name
        for name in sorted(set(modules[0].toc) | set(modules[1].toc))
        if not all(name in archive.toc for archive in modules)
        or modules[0].extract(name, raw=True) != modules[1].extract(name, raw=True)
    ]
    return f"parts {', '.join(parts) or 'none'}; modules {', '.join(names) or 'none'}"
