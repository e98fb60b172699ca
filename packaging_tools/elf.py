"""Which shared libraries a Linux program or library asks for, read from the file itself.

``ldd`` runs the loader and answers for this computer; a bundle has to be right on others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"\x7fELF\x02\x01"  # 64 bit, little endian: x86-64 and aarch64
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_SONAME = 0, 1, 5, 14
_HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_ENTRY = struct.Struct("<qQ")


@dataclass(frozen=True)
class Library:
    """What the dynamic section of a file says.

    Attributes
    ----------
    name
        Its own name, empty for programs.
    needed
        The libraries the loader must find.
    """

    name: str
    needed: tuple[str, ...]


def read(path: Path) -> Library | None:
    """Return what a file asks for, None if it is not a 64-bit ELF file with a dynamic section."""
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            return None
    return _parsed(path.read_bytes())


def _parsed(data: bytes) -> Library | None:
    _, _, _, _, start, _, _, _, size, count, *_ = _HEADER.unpack_from(data)
    segments = [_SEGMENT.unpack_from(data, start + i * size) for i in range(count)]
    loaded = [(s[3], s[2], s[5]) for s in segments if s[0] == _PT_LOAD]
    dynamic = next((s[2] for s in segments if s[0] == _PT_DYNAMIC), None)
    if dynamic is None:
        return None

    def offset(address: int) -> int:
        for virtual, place, length in loaded:
            if virtual <= address < virtual + length:
                return int(place + address - virtual)
        raise ValueError(f"address {address:#x} lies in no segment")

    entries: list[tuple[int, int]] = []
    while not entries or entries[-1][0] != _DT_NULL:
        entries.append(_ENTRY.unpack_from(data, dynamic + len(entries) * _ENTRY.size))
    values = dict(entries)
    strings = offset(values[_DT_STRTAB])

    def text(index: int) -> str:
        begin = strings + index
        return data[begin : data.index(b"\0", begin)].decode()

    return Library(
        name=text(values[_DT_SONAME]) if _DT_SONAME in values else "",
        needed=tuple(text(value) for tag, value in entries if tag == _DT_NEEDED),
    )


def closure(needed: Mapping[str, Iterable[str]], roots: Iterable[str]) -> frozenset[str]:
    """Return all that is reached from some names, themselves included."""
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(needed.get(name, ()))
    return frozenset(reached)
