"""The states of tasks and of runs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class TaskState(StrEnum):
    """Where a task of a run stands."""

    WAITING = "waiting"
    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether a task in this state has nothing more to do."""
        return self in _FINAL_TASK_STATES


class RunStatus(StrEnum):
    """Where a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether a run in this state has ended."""
        return self not in (RunStatus.PENDING, RunStatus.RUNNING)


_FINAL_TASK_STATES = frozenset(
    {TaskState.SUCCEEDED, TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED}
)


def counts_beside_items(state: str, items: Mapping[str, int]) -> bool:
    """Return whether a map that has items is counted too, and not in its items only.

    It is where it did not end well for other reasons than they.
    """
    return state in _UNHAPPY and not any(items.get(bad) for bad in _UNHAPPY)


_UNHAPPY = (TaskState.FAILED.value, TaskState.CANCELLED.value, TaskState.SKIPPED.value)
