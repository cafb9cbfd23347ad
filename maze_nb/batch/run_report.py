"""What the kernel of a notebook reports about the runs it made, one JSON line at a time."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from maze_nb.batch.environment import variable
from maze_nb.model.states import RunStatus, TaskState
from maze_nb.projection.humane import duration_text
from maze_nb.projection.wording import attempt_text, brief_text, failure_kind, failure_line
from maze_nb.sdk.run_report import VARIABLE


class FailedTask(NamedTuple):
    """A task that failed, the error of its last attempt, and how many there were."""

    name: str
    error: str
    attempts: int = 1


@dataclass(frozen=True)
class RunRecord:
    """One run as last reported.

    Attributes
    ----------
    tasks
        How many tasks are in each state.
    reused
        How many of the succeeded did not have to run.
    started, finished
        Seconds since the epoch; a run that never reported its end has no ``finished``.
    failed_tasks
        Those that failed in the end.
    total
        How many tasks there are, as far as that is known.
    away
        The seconds in which nobody worked on it.
    """

    run_id: str
    workflow: str
    status: str
    tasks: dict[str, int]
    started: float
    finished: float | None
    failed_tasks: tuple[FailedTask, ...]
    reused: int = 0
    total: int = 0
    away: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far, without the time nobody worked on it."""
        end = time.time() if self.finished is None else self.finished
        return max(end - self.started - self.away, 0.0)

    @property
    def ended_tasks(self) -> int:
        """How many tasks have ended, however."""
        return sum(self.tasks.get(state.value, 0) for state in TaskState if state.is_final)

    @property
    def is_interrupted(self) -> bool:
        """Whether the scheduler was lost before the run had ended."""
        return self.finished is None and self.status == RunStatus.INTERRUPTED

    @property
    def has_succeeded(self) -> bool:
        """Whether the run came to its end and every task succeeded."""
        return self.finished is not None and self.status == RunStatus.SUCCEEDED


@contextmanager
def collected_runs() -> Iterator[Path]:
    """Yield the file that kernels started in this context report their runs to."""
    with tempfile.TemporaryDirectory(prefix="maze-nb-runs-") as folder:
        path = Path(folder) / "runs.jsonl"
        with variable(VARIABLE, str(path)):
            yield path


def read_runs(path: Path) -> tuple[RunRecord, ...]:
    """Return the runs reported in a file, in the order they started; the last line of each counts.

    A line cut short, as by a kernel that died while writing it, is passed over.
    """
    if not path.exists():
        return ()
    latest: dict[str, RunRecord] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = as_record(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        latest[record.run_id] = record
    return tuple(sorted(latest.values(), key=lambda record: record.started))


def retry_text(line: str) -> str:
    """Return what a reported line says of a task that is to be tried again; else nothing.

    Such as ``train: attempt 2 of 3 in 1.0 s, timed out: over 5 s``.
    """
    try:
        retry = json.loads(line)["retry"]
        attempt, most = int(retry["attempt"]), int(retry["attempts"])
        delay, error = float(retry["delay"]), retry["error"]
        what = attempt_text(attempt, most)
        when = f" in {duration_text(delay)}" if delay > 0 else ""
        return f"{retry['name']}: {what}{when}, {_why(error, retry['reason'])}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def failure_text(line: str) -> str:
    """Return what a reported line says of a task that has failed; else nothing."""
    try:
        failure = json.loads(line)["failure"]
        return f"{failure['name']} failed: {brief_text(str(failure['error']))}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _why(error: dict[str, Any] | None, reason: str) -> str:
    if not error:
        return brief_text(reason)
    line = failure_line(error)
    return brief_text(line) if failure_kind(error.get("type")) else line


def as_record(data: dict[str, Any]) -> RunRecord:
    """Return the run that a reported line tells of."""
    finished = data.get("finished")
    return RunRecord(
        run_id=str(data["run_id"]),
        workflow=str(data.get("workflow") or ""),
        status=str(data["status"]),
        tasks={str(state): int(count) for state, count in (data.get("tasks") or {}).items()},
        started=float(data.get("started") or 0.0),
        finished=None if finished is None else float(finished),
        failed_tasks=tuple(
            FailedTask(str(task["name"]), str(task["error"]), int(task.get("attempts") or 1))
            for task in data.get("failed_tasks") or ()
        ),
        reused=int(data.get("reused") or 0),
        total=int(data.get("total") or 0),
        away=float(data.get("away") or 0.0),
    )
