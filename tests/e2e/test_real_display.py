"""The real window under a real X server, worked with a real mouse and keyboard."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from packaging_tools.screen import Screen, missing_tools, virtual_screen
from tests.e2e.programs import environment, finish, start

MISSING = missing_tools()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


@pytest.fixture
def screen() -> Iterator[Screen]:
    """Start an X server."""
    with virtual_screen() as started:
        yield started


class Told:
    """What a process says, line by line, without waiting for ever."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: Queue[str] = Queue()
        self._process = process
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def wait_for(self, wanted: Any, seconds: float = 30) -> dict[str, Any]:
        """Return the first report for which `wanted` is true."""
        until = time.monotonic() + seconds
        last = None
        while time.monotonic() < until:
            try:
                last = json.loads(self._lines.get(timeout=0.2))
            except Empty:
                if self._process.poll() is not None:
                    break
                continue
            if wanted(last):
                return dict(last)
        raise AssertionError(f"it never came to that; last: {last}")

    def join(self) -> None:
        self._thread.join()


def test_a_window_is_typed_into_clicked_and_closed(screen: Screen, tmp_path: Path) -> None:
    def xdotool(*arguments: object) -> None:
        subprocess.run(
            ["xdotool", *map(str, arguments)],
            env=environment(tmp_path, DISPLAY=screen.name),
            check=True,
            timeout=20,
            capture_output=True,
        )

    process = start(
        ["--depth", "4", "--width", "16", "--batch", "32", "--size", "1280x720"],
        tmp_path,
        "report_places.py",
        DISPLAY=screen.name,
        QT_QPA_PLATFORM="xcb",
    )
    told = Told(process)
    try:
        places = told.wait_for(lambda report: True)
        window = places["window"]
        xdotool("windowfocus", window)
        xdotool("mousemove", *places["depth"], "click", "1")
        xdotool("key", "ctrl+a")
        xdotool("type", "--delay", "30", "6")
        xdotool("key", "Return")
        places = told.wait_for(lambda report: len(report["experiment"]["hidden_widths"]) == 6)
        xdotool("mousemove", *places["zeros"], "click", "1")
        places = told.wait_for(lambda report: len(report["experiment"]["schemes"]) == 7)
        assert places["experiment"]["schemes"][0]["key"] == "constant"
        screen.close_window(window)
        process.wait(30)
    finally:
        if process.poll() is None:
            process.kill()
        told.join()
        if process.stdout is not None:
            process.stdout.close()
        process.stdout = None
        code, _, err = finish(process)
    assert (code, err) == (0, "")
    (file,) = (tmp_path / "config").glob("**/winit.ini")
    text = file.read_text("utf-8")
    assert "constant" in text
    assert "geometry" in text
