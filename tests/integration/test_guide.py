"""The guide's examples run as one plain script, with no more than the import line changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_examples_run(tmp_path: Path) -> None:
    script = Path(__file__).parent / "guide_examples.py"
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (
        "{'final_result': 'Combined: [Prepared: raw_data -> Method A] + "
        "[Prepared: raw_data -> Method B]'}" in done.stdout
    )
    assert "Workflow completed!" in done.stdout
    assert "{'result': 30} {'result': 100}" in done.stdout
    assert "graph LR" in done.stdout or "flowchart LR" in done.stdout
    assert list(tmp_path.iterdir()) == []
