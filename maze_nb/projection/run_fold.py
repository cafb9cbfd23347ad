"""The fold of a run's own messages: its status, and when it began, rested and ended."""

from __future__ import annotations

from collections.abc import Mapping

from maze_nb.model.rows import RunRow
from maze_nb.model.states import RunStatus
from maze_nb.projection.interruption import counts_left

_STATUSES = frozenset(RunStatus)


class RunFold:
    """One run as a whole.

    Attributes
    ----------
    is_interrupted
        Whether the scheduler is gone, which no message can tell.
    """

    def __init__(self) -> None:
        self.is_interrupted = False
        self._run_id = ""
        self._status: str = RunStatus.PENDING.value
        self._started: float | None = None
        self._finished: float | None = None
        self._heard: float | None = None
        self._away = 0.0
        self._resumes = 0

    @property
    def is_finished(self) -> bool:
        """Whether the last message was folded."""
        return RunStatus(self._status).is_final

    @property
    def has_stopped(self) -> bool:
        """Whether nobody works on it, though it has not ended."""
        return self._status == RunStatus.INTERRUPTED or (
            self.is_interrupted and not self.is_finished
        )

    @property
    def heard(self) -> float | None:
        """When the newest message was written."""
        return self._heard

    def hear(self, data: Mapping[str, object]) -> None:
        """Take in what every message says of its run."""
        self._run_id = self._run_id or str(data.get("run_id") or "")

    def note_time(self, time: float | None) -> None:
        """Note when the newest message was written."""
        self._heard = self._heard if time is None else time

    def begin(self, time: float | None) -> None:
        """Take in that it started."""
        self._status = RunStatus.RUNNING.value
        self._started = time if self._started is None else self._started
        self._finished = None

    def resume(self, time: float | None) -> None:
        """Take in that it goes on after an interruption."""
        self._status = RunStatus.RUNNING.value
        self._finished = None
        self.is_interrupted = False
        self._resumes += 1
        if time is not None and self._heard is not None:
            self._away += max(0.0, time - self._heard)

    def end(self, data: Mapping[str, object], time: float | None) -> None:
        """Take in that it ended."""
        status = str(data.get("status") or "")
        if status not in _STATUSES:
            status = RunStatus.FAILED if data.get("has_exception") else RunStatus.SUCCEEDED
        self._status = str(status)
        self._finished = time

    def row(self, counts: Mapping[str, int], reused: int) -> RunRow:
        """Return the run as views are told of it, with its tasks by state."""
        has_stopped = self.has_stopped
        return {
            "run_id": self._run_id,
            "status": RunStatus.INTERRUPTED.value if has_stopped else self._status,
            "started": self._started,
            "finished": self._finished,
            "counts": counts_left(counts) if has_stopped else dict(counts),
            "reused": reused,
            "resumes": self._resumes,
            "away": self._away,
            "stopped": self._heard if has_stopped else None,
        }
