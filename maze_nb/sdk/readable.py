"""Messages as people read them, made from what came over the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maze_nb.model.task_spec import item_id
from maze_nb.sdk.outputs import Outputs
from maze_nb.wire.messages import Message

FetchOutput = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
"""Brings one output, given the data of its task's message and what that tells of the output."""


class Reader:
    """Makes the messages of one run readable, in their order.

    Puts lazy outputs in place of bytes, and names things as people do. The lists of a map are made
    of what its items made, when they are read.

    Parameters
    ----------
    fetch
        Brings outputs that do not travel with the messages.
    outputs
        What is put in place of the outputs of a task.
    """

    def __init__(self, fetch: FetchOutput, outputs: type[Outputs] = Outputs) -> None:
        self._fetch = fetch
        self._outputs = outputs
        self._counts: dict[str, int] = {}
        self._items: dict[str, Outputs] = {}

    def __call__(self, message: Message) -> Message:
        """Return a message that can be read; changes `message`."""
        kind, data = message["type"], message["data"]
        if kind == "finish_task":
            self._add_result(data)
        elif kind == "start_workflow":
            data["graph"] = readable_graph(data["graph"])
        elif kind == "task_expanded":
            self._counts[data["task_id"]] = data["count"]
        return message

    def _add_result(self, data: dict[str, Any]) -> None:
        inline = {}
        for output in data["outputs"]:
            value = output.pop("inline")
            output["inline"] = value is not None
            if value is not None:
                inline[output["name"]] = value
        told = {output["name"]: output for output in data["outputs"]}
        task_id = data["task_id"]

        def fetch_by_name(name: str) -> Any:
            if task_id in self._counts:
                return self._gather(task_id, name)
            return self._fetch(data, told[name])

        data["result"] = self._outputs(data["task_name"], tuple(told), inline, fetch_by_name)
        if task_id.rpartition(".")[0] in self._counts:
            self._items[task_id] = data["result"]

    def _gather(self, map_id: str, name: str) -> list[Any]:
        """Return one output of a map: what its items made of it, in their order."""
        return [self._items[item_id(map_id, n)][name] for n in range(self._counts[map_id])]


def readable_graph(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Return a graph with each task's id under ``id``."""
    tasks = [{"id": task["task_id"], **task} for task in graph["tasks"]]
    for task in tasks:
        del task["task_id"]
    return {**graph, "tasks": tasks}
