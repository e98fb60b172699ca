"""``python -m benchmarks [NAMES] [--json FILE] [--quick]``: measure, and print a table."""

from __future__ import annotations

import os

# Before numpy is loaded, here and in the processes that are started.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# PyTorch's threads sleep while they wait for one another: on a busy machine they are then faster.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import sys

from benchmarks.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
