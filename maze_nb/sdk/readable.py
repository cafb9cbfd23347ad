"""Messages as people read them, made from what came over the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maze_nb.sdk.outputs import Outputs
from maze_nb.wire.messages import Message

FetchOutput = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
"""Brings one output, given the data of its task's message and what that tells of the output."""


def make_readable(message: Message, fetch: FetchOutput) -> Message:
    """Put lazy outputs in place of bytes, and name things as people do; changes `message`."""
    data = message["data"]
    if message["type"] == "finish_task":
        _add_result(data, fetch)
    elif message["type"] == "start_workflow":
        data["graph"] = readable_graph(data["graph"])
    return message


def readable_graph(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Return a graph with each task's id under ``id``."""
    tasks = [{"id": task["task_id"], **task} for task in graph["tasks"]]
    for task in tasks:
        del task["task_id"]
    return {**graph, "tasks": tasks}


def _add_result(data: dict[str, Any], fetch: FetchOutput) -> None:
    inline = {}
    for output in data["outputs"]:
        value = output.pop("inline")
        output["inline"] = value is not None
        if value is not None:
            inline[output["name"]] = value
    told = {output["name"]: output for output in data["outputs"]}

    def fetch_by_name(name: str) -> Any:
        return fetch(data, told[name])

    data["result"] = Outputs(data["task_name"], tuple(told), inline, fetch_by_name)
