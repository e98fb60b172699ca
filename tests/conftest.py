"""For all tests: what must be said before numpy and Qt are imported, and hypothesis' profile."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["WINIT_LANGUAGE"] = "en"  # whatever the machine speaks
if not os.environ.get("QT_QPA_PLATFORM"):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

from hypothesis import settings

settings.register_profile("winit", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "winit")
