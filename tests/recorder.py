"""Messages of runs, recorded one by one as a scheduler would tell them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Graph = dict[str, Any]


class Recorder:
    """The messages of one run, numbered from 1, a second apart."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.messages: list[dict[str, Any]] = []

    def add(self, kind: str, **data: Any) -> Recorder:
        number = len(self.messages) + 1
        common = {"run_id": "3f9c12ab77aa4c10", "workflow_id": "w1"}
        self.messages.append(
            {"type": kind, "seq": number, "time": 1000.0 + number, "data": {**common, **data}}
        )
        return self

    def start_run(self) -> Recorder:
        return self.add("start_workflow", workflow_name=self.graph["name"], graph=self.graph)

    def finish_run(self, status: str = "succeeded", **data: Any) -> Recorder:
        data = {"has_exception": status == "failed", "duration": 3.25, **data}
        return self.add("finish_workflow", status=status, **data)

    def task(self, kind: str, task_id: str, attempt: int = 1, **data: Any) -> Recorder:
        return self.add(kind, task_id=task_id, task_name=task_id, attempt=attempt, **data)

    def start(self, task_id: str, **data: Any) -> Recorder:
        place = {"node_ip": "10.0.0.1", "node_id": "node-a", "worker": "tcp://w", "gpu_ids": []}
        return self.task("start_task", task_id, **{**place, **data})

    def finish(self, task_id: str, result: Any = None, **data: Any) -> Recorder:
        result = {"result": 1} if result is None else result
        outputs = [
            {"name": name, "type": "int", "nbytes": 28, "summary": "int", "inline": True}
            for name in (result if isinstance(result, dict) else ())
        ]
        done = {"node_id": "node-a", "worker": "tcp://w", "gpu_ids": [], "duration": 0.12}
        return self.task(
            "finish_task", task_id, **{**done, "outputs": outputs, **data}, result=result
        )

    def fail(self, task_id: str, kind: str = "ValueError", message: str = "no rows") -> Recorder:
        error = {"type": kind, "message": message, "task": task_id, "attempt": 1, "host": "node-a"}
        trace = f"Traceback (most recent call last):\n{kind}: {message}"
        return self.task("task_exception", task_id, result=trace, error=error)

    def skip(self, task_id: str, cause: str) -> Recorder:
        root = {"task_id": cause, "task_name": cause}
        return self.task("task_skipped", task_id, reason=f"{cause} failed", root_cause=root)


def graph_of(
    tasks: Iterable[str], edges: Iterable[tuple[str, str]] = (), name: str = "digits"
) -> Graph:
    resources = {"cpu": 1, "cpu_mem": 0, "gpu": 0, "gpu_mem": 0}
    return {
        "workflow_id": "w1",
        "name": name,
        "tasks": [
            {
                "id": task,
                "name": task,
                "kind": "python",
                "resources": resources,
                "inputs": [],
                "outputs": ["result"],
            }
            for task in tasks
        ],
        "edges": [{"source": a, "target": b, "names": ["result"]} for a, b in edges],
    }
