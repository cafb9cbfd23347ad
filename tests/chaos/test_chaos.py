"""Under random ``kill -9`` of everything, every run ends with right results and a whole journal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "run_seeds.py"
BOUND = 170


@pytest.mark.slow
@pytest.mark.timeout(BOUND + 10)
@pytest.mark.parametrize("seed", [8, 19])
def test_runs_under_random_kills(seed: int, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), "--seed", str(seed)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output, _ = process.communicate(timeout=BOUND)
    finally:
        process.terminate()
        process.wait(30)
    print(output)
    assert process.returncode == 0
    head, row = output.splitlines()[-2:]
    counts = dict(zip(head.split("  "), map(int, row.split()), strict=True))
    assert counts["schedulers killed"] == 2
    assert min(counts["workers killed"], counts["clients killed"]) >= 2
    assert counts["resumed"] >= 1
    assert counts["tasks"] == 400
