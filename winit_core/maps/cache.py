"""Results that were computed once, kept in memory and on disk.

A result is found by what it is the result of: the name of its file is the digest of everything that
fixes it, the code included. A file that is cut short, damaged or of another version counts as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import winit_core
from winit_core.files.atomic_file import save_atomically

FORMAT = 1
"""Number of the format of the files; raise it when their content changes its meaning."""
MAX_ENTRIES = 64
"""Results in memory."""
MAX_BYTES = 64 * 2**20
"""Size of the folder beyond which the files not used for longest are removed."""

_ENDING = ".winit-map"


class ResultCache:
    """Plain values by kind and key; safe to use from several threads.

    Parameters
    ----------
    folder
        Where the files are, created when first needed; None: memory only.

    Notes
    -----
    A disk that cannot be read or written is no error: the result is then computed again.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._held: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def path(self, kind: str, key: Mapping[str, Any]) -> Path | None:
        """Return the file of a result, whether it is there or not."""
        if self.folder is None:
            return None
        return self.folder / f"{kind}-{_digest(kind, key)[:32]}{_ENDING}"

    def load(self, kind: str, key: Mapping[str, Any]) -> Any:
        """Return what was stored for the key, or None."""
        name = _digest(kind, key)
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
                return self._held[name]
        path = self.path(kind, key)
        value = None if path is None else _read(path, name)
        if value is not None:
            assert path is not None
            with contextlib.suppress(OSError):
                path.touch()
            self._hold(name, value)
        return value

    def store(self, kind: str, key: Mapping[str, Any], value: Any) -> bool:
        """Keep a value that JSON can hold; return whether it is on disk as well."""
        name = _digest(kind, key)
        self._hold(name, value)
        path = self.path(kind, key)
        if path is None:
            return False
        body = json.dumps(value)
        head = json.dumps({"format": FORMAT, "digest": name, "sum": _sum(body)})
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_atomically(path, f"{head}\n{body}\n")
        except OSError:
            return False
        self._prune()
        return True

    def _hold(self, name: str, value: Any) -> None:
        with self._lock:
            self._held[name] = value
            self._held.move_to_end(name)
            while len(self._held) > MAX_ENTRIES:
                self._held.popitem(last=False)

    def _prune(self) -> None:
        assert self.folder is not None
        with contextlib.suppress(OSError):
            files = [
                (status.st_mtime, status.st_size, path)
                for path in self.folder.glob(f"*{_ENDING}")
                for status in [path.stat()]
            ]
            total = sum(size for _, size, _ in files)
            for _, size, path in sorted(files)[:-1]:
                if total <= MAX_BYTES:
                    return
                path.unlink()
                total -= size


def _read(path: Path, name: str) -> Any:
    try:
        head, body = path.read_text("utf-8").splitlines()
        said = json.loads(head)
        if said == {"format": FORMAT, "digest": name, "sum": _sum(body)}:
            return json.loads(body)
    except (OSError, ValueError, RecursionError):
        return None
    return None


def _sum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _digest(kind: str, key: Mapping[str, Any]) -> str:
    text = json.dumps([FORMAT, numerics(), kind, key], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def numerics() -> str:
    """Return a digest of what computes: this package, numpy, scipy and the kind of machine."""
    digest = hashlib.sha256()
    import scipy  # no start should wait for it

    said = (winit_core.__version__, np.__version__, scipy.__version__, platform.machine())
    digest.update("\n".join(said).encode())
    package = Path(__file__).resolve().parent.parent
    # A frozen program has no sources; there the version alone must tell.
    for source in sorted(package.rglob("*.py")):
        with contextlib.suppress(OSError):
            digest.update(source.read_bytes())
    return digest.hexdigest()
