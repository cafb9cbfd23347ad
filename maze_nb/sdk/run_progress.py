"""What is reported of a run that is executed headless, folded from its messages."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from maze_nb.model.message_types import FINAL_MESSAGES, STATE_AFTER_MESSAGE
from maze_nb.model.states import TaskState

FAILURES_TOLD = 20
"""How many failed tasks of a run are told of one by one before it has ended."""


class RunProgress:
    """How many tasks of a run are in each state.

    Attributes
    ----------
    seen
        How many messages were taken in.
    is_new
        Whether something has changed since `line` was asked for.
    """

    def __init__(self, workflow: str) -> None:
        self.seen = 0
        self.is_new = False
        self._workflow = workflow
        self._started = time.time()
        self._attempts: dict[str, int] = {}
        self._states: dict[str, TaskState] = {}
        self._counts: Counter[TaskState] = Counter()
        self._total = 0
        self._failures = 0

    def take(self, messages: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Take messages in; yield a line for each retry, and for the first failures."""
        for message in messages:
            self.seen += 1
            kind, data = message["type"], message["data"]
            if kind == "start_workflow":
                self._begin(message)
            elif kind == "task_expanded":
                self._total += int(data.get("count") or 0)
                self.is_new = True
            elif kind in STATE_AFTER_MESSAGE:
                self._move(data["task_id"], STATE_AFTER_MESSAGE[kind])
            if kind == "task_retry":
                yield _retry(data, self._attempts.get(data["task_id"], 1))
            elif kind == "task_exception" and self._failures < FAILURES_TOLD:
                self._failures += 1
                yield {"run_id": data["run_id"], "failure": _failed(data)}

    def line(self, run_id: str) -> dict[str, Any]:
        """Return the line that tells how far the run is."""
        self.is_new = False
        counts = {state.value: count for state, count in self._counts.items() if count}
        return {
            "run_id": run_id,
            "workflow": self._workflow,
            "status": "running",
            "tasks": counts,
            "total": self._total,
            "started": self._started,
            "finished": None,
            "failed_tasks": [],
        }

    def _begin(self, message: dict[str, Any]) -> None:
        tasks = (message["data"].get("graph") or {}).get("tasks") or ()
        self._started = message["time"]
        self._total += len(tasks)
        for task in tasks:
            if retries := (task.get("options") or {}).get("retries"):
                self._attempts[task["id"]] = retries + 1
        self.is_new = True

    def _move(self, task_id: str, state: TaskState) -> None:
        before = self._states.get(task_id)
        if before is not None:
            self._counts[before] -= 1
        self._states[task_id] = state
        self._counts[state] += 1
        self.is_new = True


def ending(messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the line for a run that has ended, or was lost, from all of its messages."""
    first, last = messages[0], messages[-1]
    has_ended = last["type"] == "finish_workflow"
    final = {m["data"]["task_id"]: m for m in messages if m["type"] in FINAL_MESSAGES}
    return {
        "run_id": first["data"]["run_id"],
        "workflow": first["data"]["workflow_name"],
        "status": last["data"]["status"] if has_ended else "interrupted",
        "tasks": dict(Counter(FINAL_MESSAGES[m["type"]].value for m in final.values())),
        "reused": sum(1 for m in final.values() if m["data"].get("reused_from")),
        "started": first["time"],
        "finished": last["time"] if has_ended else None,
        "away": _away(messages),
        "failed_tasks": [
            _failed(m["data"]) for m in final.values() if m["type"] == "task_exception"
        ],
    }


def _away(messages: Sequence[dict[str, Any]]) -> float:
    """Return the seconds in which nobody worked on a run."""
    pairs = ((before["time"], after) for before, after in pairwise(messages))
    away = (after["time"] - left for left, after in pairs if after["type"] == "resume_workflow")
    return float(sum(seconds for seconds in away if seconds > 0))


def _failed(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": data["task_name"],
        "error": f"{data['error']['type']}: {data['error']['message']}",
        "attempts": data["attempt"],
    }


def _retry(data: dict[str, Any], attempts: int) -> dict[str, Any]:
    """Return the line for an attempt that is to follow; `attempts` is how many there can be."""
    error = data.get("error")
    return {
        "run_id": data["run_id"],
        "retry": {
            "name": data["task_name"],
            "attempt": data["attempt"] + 1,
            "attempts": attempts,
            "delay": data["delay"],
            "reason": data["reason"],
            "error": error and {"type": error["type"], "message": error["message"]},
        },
    }
