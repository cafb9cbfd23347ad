"""What the messages of a run say of its tasks' states, by the name of their type."""

from __future__ import annotations

from maze_nb.model.states import TaskState

STATE_AFTER_MESSAGE: dict[str, TaskState] = {
    "task_pending": TaskState.PENDING,
    "start_task": TaskState.RUNNING,
    "finish_task": TaskState.SUCCEEDED,
    "task_exception": TaskState.FAILED,
    "task_retry": TaskState.RETRYING,
    "task_skipped": TaskState.SKIPPED,
    "task_cancelled": TaskState.CANCELLED,
}
"""In what state a task is after a message of each type that changes it."""

FINAL_MESSAGES: dict[str, TaskState] = {
    name: state for name, state in STATE_AFTER_MESSAGE.items() if state.is_final
}
"""In what state a task ends, by the type of the message that says so."""

QUIET_MESSAGES = frozenset({"node_usage"})
"""The types of messages that say nothing of the run's tasks, and are left out of lists and text."""

BY_REQUEST = "it was cancelled"
"""Why a task was cancelled that somebody asked to cancel."""
