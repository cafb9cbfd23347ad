"""Tells whoever runs this process headless which runs it started and how they ended."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from maze_nb.sdk.log import MessageLog

VARIABLE = "MAZE_RUN_REPORT"
"""Names the file, if any, that gets a line of JSON when a run starts, at each retry, at its end."""

_ENDS = {
    "finish_task": "succeeded",
    "task_exception": "failed",
    "task_skipped": "skipped",
    "task_cancelled": "cancelled",
}


def report_run(log: MessageLog, workflow: str) -> None:
    """Report that a run of `workflow` has started, and later how it ended."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    _append(
        path,
        {
            "run_id": log.run_id,
            "workflow": workflow,
            "status": "running",
            "tasks": {},
            "started": time.time(),
            "finished": None,
            "failed_tasks": [],
        },
    )
    lock = threading.Lock()
    seen = 0
    is_told = is_cut = False

    def report_news() -> None:
        nonlocal seen, is_told, is_cut
        with lock:
            if is_told:
                return
            fresh = log.read(seen)
            seen += len(fresh)
            for message in fresh:
                if message["type"] == "task_retry":
                    _append(path, _retry(message["data"], log.read()[0]["data"]))
            if log.is_interrupted and not is_cut and log.read():
                _append(path, _ending(log.read()))
            is_cut = log.is_interrupted
            if log.is_complete:
                is_told = True
                unsubscribe()
                _append(path, _ending(log.read()))

    unsubscribe = log.subscribe(report_news)
    report_news()


def _retry(data: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    """Return the line for an attempt that is to follow; `attempts` is how many there can be."""
    tasks = {task["id"]: task for task in (start.get("graph") or {}).get("tasks", ())}
    options = tasks.get(data["task_id"], {}).get("options") or {}
    error = data.get("error")
    return {
        "run_id": data["run_id"],
        "retry": {
            "name": data["task_name"],
            "attempt": data["attempt"] + 1,
            "attempts": options.get("retries", 0) + 1,
            "delay": data["delay"],
            "reason": data["reason"],
            "error": error and {"type": error["type"], "message": error["message"]},
        },
    }


def _ending(messages: list[dict[str, Any]]) -> dict[str, Any]:
    first, last = messages[0], messages[-1]
    has_ended = last["type"] == "finish_workflow"
    final = {m["data"]["task_id"]: m for m in messages if m["type"] in _ENDS}
    return {
        "run_id": first["data"]["run_id"],
        "workflow": first["data"]["workflow_name"],
        "status": last["data"]["status"] if has_ended else "interrupted",
        "tasks": dict(Counter(_ENDS[m["type"]] for m in final.values())),
        "reused": sum(1 for m in final.values() if m["data"].get("reused_from")),
        "started": first["time"],
        "finished": last["time"] if has_ended else None,
        "failed_tasks": [
            {
                "name": m["data"]["task_name"],
                "error": f"{m['data']['error']['type']}: {m['data']['error']['message']}",
                "attempts": m["data"]["attempt"],
            }
            for m in final.values()
            if m["type"] == "task_exception"
        ],
    }


def _append(path: str, line: dict[str, Any]) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
