"""Importing the package costs little more than importing Dask's scheduler and client."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys, time
start = time.process_time()
__import__(sys.argv[1])
print(time.process_time() - start)
"""
LIMIT = 1.3
ATTEMPTS = 7


def import_seconds(module: str) -> float:
    """Return the processor seconds that a fresh interpreter spends on an import."""
    answer = subprocess.run(
        [sys.executable, "-c", CODE, module],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return float(answer.stdout)


def test_import_time():
    """The least of some attempts, taken in turns, since a busy machine only ever adds time."""
    ours, theirs = [], []
    for _ in range(ATTEMPTS):
        theirs.append(import_seconds("distributed"))
        ours.append(import_seconds("maze_nb"))
        if min(ours) <= LIMIT * min(theirs) and len(ours) > 2:
            break
    assert min(ours) <= LIMIT * min(theirs)
