"""A child program that executes one notebook for a runner: a job as JSON in, an outcome out.

It is started as ``python -m maze_nb.batch.notebook_program JOB.json``. The job has ``notebook``,
``output`` and ``outcome`` (where to write what came of it), and may have ``parameters``,
``kernel``, ``folder`` and ``resume``. Each line that it writes to its standard output is JSON:
``{"cell": 2, "cells": 5}`` when a code cell starts, ``{"stream": "stdout", "text": text}`` when one
prints, ``{"note": text}`` when there is something to tell.

The outcome has ``exit_code``, ``error`` (one line, empty if all went well), ``traceback``,
``run_ids``, ``seconds`` and ``records``: what the notebook recorded, as it is told in the file that
``MAZE_RECORDS`` names. It is written in every case that can be told of, and whole or not at all.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from maze_nb.batch.execute import EXIT_INTERRUPTED, EXIT_USAGE, Outcome, execute
from maze_nb.batch.job import Job
from maze_nb.batch.run_report import RunRecord
from maze_nb.errors import MazeError

_RECORDS = "MAZE_RECORDS"


class _Told:
    """Tells the parent how far the notebook has come, one line of JSON at a time."""

    def start(self, number: int, total: int) -> None:
        _tell({"cell": number, "cells": total})

    def finish(self, number: int) -> None:
        """Say nothing: the next cell tells."""

    def note(self, text: str, run_id: str = "") -> None:  # noqa: ARG002
        _tell({"note": text})

    def run(self, run: RunRecord) -> None:
        """Say nothing: whoever wants to know of it follows the run."""


class _Printed:
    """Tells the parent what cells print to a stream."""

    def __init__(self, stream: str) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        _tell({"stream": self._stream, "text": text})

    def flush(self) -> None:
        """Hold nothing back."""


def main(arguments: list[str]) -> int:
    """Execute the notebook of the job in the file that is the one argument."""
    job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="maze-nb-records-") as folder:
        records = Path(os.environ.setdefault(_RECORDS, str(Path(folder) / "records.jsonl")))
        outcome = {**_executed(job), "records": _read(records)}
    _write(Path(job["outcome"]), outcome)
    return int(outcome["exit_code"])


def _executed(job: dict[str, Any]) -> dict[str, Any]:
    try:
        return _told(execute(_job(job), _Told()))
    except KeyboardInterrupt:
        return _without_runs(EXIT_INTERRUPTED, "interrupted before the notebook was read")
    except (MazeError, OSError) as error:
        return _without_runs(EXIT_USAGE, str(error))


def _job(job: dict[str, Any]) -> Job:
    return Job(
        notebook=job["notebook"],
        output=job["output"],
        parameters=job.get("parameters") or {},
        kernel=job.get("kernel"),
        folder=Path(job["folder"]) if job.get("folder") else None,
        is_resumed=bool(job.get("resume")),
        stdout=_Printed("stdout"),
        stderr=_Printed("stderr"),
    )


def _told(outcome: Outcome) -> dict[str, Any]:
    return {
        "exit_code": outcome.exit_code,
        "error": _error(outcome),
        "traceback": outcome.failure.traceback if outcome.failure else "",
        "run_ids": [run.run_id for run in outcome.runs],
        "seconds": outcome.seconds,
    }


def _error(outcome: Outcome) -> str:
    """Return in one line what went wrong, if something did."""
    if outcome.is_interrupted:
        return "interrupted"
    if outcome.failure is not None:
        return outcome.failure.error.partition("\n")[0]
    for run in outcome.runs:
        for task in run.failed_tasks:
            error = task.error.partition("\n")[0]
            return f"task {task.name} of run {run.run_id}: {error}"
        if not run.has_succeeded:
            return f"run {run.run_id} is {run.status}"
    return ""


def _without_runs(exit_code: int, error: str) -> dict[str, Any]:
    return {
        "exit_code": exit_code,
        "error": error,
        "traceback": "",
        "run_ids": [],
        "seconds": 0.0,
    }


def _read(records: Path) -> list[Any]:
    if not records.exists():
        return []
    # A kernel that was killed may have cut its last line short.
    found = []
    for line in records.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _write(path: Path, outcome: dict[str, Any]) -> None:
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(json.dumps(outcome), encoding="utf-8")
    beside.replace(path)


def _tell(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
