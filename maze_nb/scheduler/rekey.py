"""The Dask graph of one run as that of another."""

from __future__ import annotations

from typing import Any

from dask._expr import LLGExpr
from dask._task_spec import GraphNode, Task
from distributed.protocol.serialize import deserialize, serialize, to_serialize
from msgspec.structs import replace

from maze_nb.wire.task_call import decode_call, encode


def rekey(
    header: dict[str, Any], frames: list[bytes], run_id: str, new_run_id: str
) -> tuple[dict[str, Any], list[bytes]]:
    """Return a serialized graph under the keys of another run; no code of users is loaded."""
    nodes: dict[Any, GraphNode] = deserialize(header, frames).operand("dsk")
    names: dict[Any, Any] = {key: (key[0].replace(run_id, new_run_id), key[1]) for key in nodes}
    renamed = {
        names[key]: _of_run(node, new_run_id).substitute(names, key=names[key])
        for key, node in nodes.items()
    }
    new_header, new_frames = serialize(to_serialize(LLGExpr(renamed)))
    return new_header, [bytes(frame) for frame in new_frames]


def _of_run(node: GraphNode, run_id: str) -> GraphNode:
    """Return a node whose call, if it has one, names another run."""
    if not isinstance(node, Task) or not node.args or not isinstance(node.args[0], bytes):
        return node
    call = encode(replace(decode_call(node.args[0]), run_id=run_id))
    return Task(node.key, node.func, call, *node.args[1:])
