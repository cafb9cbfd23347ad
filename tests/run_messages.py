"""The messages of a small run, as a scheduler tells them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

Messages = list[dict[str, Any]]


def run_messages(tasks: int = 3, status: str = "succeeded") -> Messages:
    """Return the messages of a run of a chain of tasks; with ``failed`` the last one fails."""
    ids = [f"step_{n}" for n in range(tasks)]
    edges = [{"source": a, "target": b, "names": ["x"]} for a, b in pairwise(ids)]
    graph = {
        "workflow_id": "w",
        "name": "steps",
        "tasks": [{"id": task, "name": task} for task in ids],
        "edges": edges,
    }
    told: list[tuple[str, dict[str, Any]]] = [("start_workflow", {"graph": graph})]
    for task in ids:
        told.append(("start_task", {"task_id": task, "node_id": "node-a"}))
        outputs = [{"name": "x", "type": "int", "summary": "int", "inline": True}]
        told.append(("finish_task", {"task_id": task, "result": {"x": 1}, "outputs": outputs}))
    if status == "failed":
        error = {"type": "ValueError", "message": "no rows"}
        told[-1] = ("task_exception", {"task_id": ids[-1], "error": error, "result": "trace"})
    told.append(("finish_workflow", {"status": status, "duration": 1.0}))
    return [
        {
            "type": kind,
            "seq": seq,
            "time": 1000.0 + seq,
            "data": {"run_id": "run-1", "task_name": data.get("task_id"), **data},
        }
        for seq, (kind, data) in enumerate(told, 1)
    ]
