"""Runs every benchmark, one after the other; ``make bench``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

BENCHMARKS = (
    "import_time.py",
    "overhead.py",
    "journal.py",
    "slots.py",
    "maps.py",
    "run_cell.py",
    "makespan.py",
    "gpu_packing.py",
    "view_feed.py --seconds 20",
    "simulate.py --quick",
    "graph_view.py",
)


def main() -> int:
    """Run all; the exit code is not 0 if one could not be run."""
    here = Path(__file__).parent
    failed = 0
    # What is measured is nobody's own runs.
    home = tempfile.TemporaryDirectory()
    os.environ["MAZE_HOME"] = home.name
    for line in BENCHMARKS:
        name, *options = line.split()
        print(f"--- {line}", flush=True)
        failed |= subprocess.run(
            [sys.executable, str(here / name), *options], check=False
        ).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
