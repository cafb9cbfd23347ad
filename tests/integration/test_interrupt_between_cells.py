"""An interrupt of a headless notebook while none of its cells runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import nbformat
import pytest

from maze_nb.batch.execute import EXIT_INTERRUPTED, Job, execute
from maze_nb.batch.progress import Quiet

SUBMIT = """\
from maze_nb import MaClient, task

@task(isolation="process")
def held():
    import time
    time.sleep(600)

workflow = MaClient().create_workflow("held")
workflow.add_task(held)
workflow.run()
"""


class Interrupting(Quiet):
    """Is interrupted as soon as it hears of something."""

    def __init__(self, hears: str) -> None:
        self._hears = hears

    def start(self, number: int, total: int) -> None:
        self._hear(f"start {number}")

    def finish(self, number: int) -> None:
        self._hear(f"finish {number}")

    def _hear(self, what: str) -> None:
        if what == self._hears:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("moment", ["finish 1", "start 2", "finish 2"])
def test_the_runs_are_cancelled(
    separate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", separate)
    kernel = {"name": "python3", "display_name": "python3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in (SUBMIT, "print('second')")]
    nbformat.write(notebook, tmp_path / "study.ipynb")
    job = Job(tmp_path / "study.ipynb", tmp_path / "done.ipynb")
    outcome = execute(job, Interrupting(moment))
    assert outcome.exit_code == EXIT_INTERRUPTED
    assert [run.status for run in outcome.runs] == ["cancelled"]
    second = nbformat.read(job.output, as_version=4).cells[1]
    assert bool(second.outputs) == (moment == "finish 2")
