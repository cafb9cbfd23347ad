"""The table of nodes: rows of text that anybody can read."""

from __future__ import annotations

from typing import Any

import pytest

from maze_nb.projection.node_text import nodes_text

PLAIN = {
    "node_id": "node-a",
    "host": "10.0.0.1",
    "workers": ["tcp://10.0.0.1:1"],
    "cpu": 4.0,
    "cpu_free": 2.5,
    "cpu_mem": 8192.0,
    "cpu_mem_free": 1024.0,
    "devices": [],
    "status": "available",
    "fault": "",
    "tags": ["a100", "fast"],
    "tasks": 2,
    "load": 0.375,
}
DEVICE = {
    "index": 0,
    "name": "NVIDIA H200",
    "memory": 16384.0,
    "memory_free": 4096.0,
    "share_free": 0.5,
    "squeezed": 2048.0,
    "load": 0.9,
}


def test_a_table_of_nodes() -> None:
    gpu = {**PLAIN, "node_id": "b", "devices": [DEVICE, {**DEVICE, "index": 1}], "tags": []}
    assert nodes_text([PLAIN, gpu]).split("\n") == [
        "node    status     cores free  memory free       GPUs free  tasks  load  tags",
        "node-a  available  2.5 of 4    1.0 GB of 8.0 GB             2      38%   a100, fast",
        "b       available  2.5 of 4    1.0 GB of 8.0 GB  1 of 2     2      38%",
        "    GPU 0 NVIDIA H200: 4.0 GB of 16.0 GB, 2.0 GB taken by other programs, load 90%",
        "    GPU 1 NVIDIA H200: 4.0 GB of 16.0 GB, 2.0 GB taken by other programs, load 90%",
    ]


def test_what_is_wrong_stands_below_its_node() -> None:
    text = nodes_text([{**PLAIN, "status": "unusable", "fault": "it runs maze_nb 0.0.1"}])
    assert text.split("\n")[-1] == "    it runs maze_nb 0.0.1"


@pytest.mark.parametrize("node", [{}, {"devices": "many"}, {"devices": [None, {}]}, {"tags": 3}])
def test_what_is_missing_is_blank(node: dict[str, Any]) -> None:
    assert nodes_text([node]).split("\n")[0].startswith("node")


def test_no_nodes() -> None:
    assert nodes_text([]) == "no nodes: start a worker, such as with maze-nb worker"
