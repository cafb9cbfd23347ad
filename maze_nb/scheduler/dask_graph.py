"""The Dask graph of a run, as it is kept on disk and handed to Dask."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from dask._expr import LLGExpr
from distributed.protocol.serialize import Serialized, deserialize, serialize, to_serialize
from distributed.scheduler import Scheduler
from distributed.spans import SpanMetadata
from distributed.utils import offload

from maze_nb.errors import MazeError
from maze_nb.model.ids import TaskId
from maze_nb.scheduler.map_nodes import Nodes
from maze_nb.scheduler.rekey import rekey
from maze_nb.scheduler.run_record import RunRecord


class DaskGraph(msgspec.Struct, frozen=True):
    """The Dask graph of a run as it came: what of it is to be kept, and the rank of each key."""

    graph: bytes
    keys: list[Any]
    order: list[Any]

    @property
    def ranks(self) -> dict[Any, float]:
        """The rank of each key; lower goes first."""
        return {tuple(key): rank for key, rank in self.order}


def pack_graph(graph: Any, keys: list[Any], order: list[Any]) -> bytes:
    """Return a serialized graph as it is kept."""
    data = pickle.dumps((graph.header, [bytes(frame) for frame in graph.frames]))
    return msgspec.msgpack.encode(DaskGraph(data, keys, order))


def unpack_graph(packed: bytes) -> DaskGraph:
    """Return what `pack_graph` made bytes of."""
    return msgspec.msgpack.decode(packed, type=DaskGraph)


def nodes_of(graph: DaskGraph) -> Nodes:
    """Return the nodes of a graph; no code of users is loaded."""
    header, frames = pickle.loads(graph.graph)
    found: Nodes = deserialize(header, frames).operand("dsk")
    return found


def rekeyed(packed: bytes, run_id: str, new_run_id: str) -> bytes:
    """Return the graph of one run as that of another.

    Raises
    ------
    MazeError
        If it cannot be read here.
    """
    found = unpack_graph(packed)
    try:
        header, frames = pickle.loads(found.graph)
        graph = rekey(header, frames, run_id, new_run_id)
    except Exception as error:
        raise MazeError(
            f"the graph of run {run_id!r} cannot be read here ({type(error).__name__}: {error}), "
            f"as if other versions of Python or Dask had made it: run its workflow again"
        ) from error
    return msgspec.msgpack.encode(
        DaskGraph(
            pickle.dumps(graph),
            _renamed(found.keys, run_id, new_run_id),
            [(_renamed([key], run_id, new_run_id)[0], rank) for key, rank in found.order],
        )
    )


async def hand_over(
    scheduler: Scheduler,
    run: RunRecord,
    graph: DaskGraph | Nodes,
    keys: set[Any],
    ranks: Mapping[Any, float],
) -> None:
    """Give Dask tasks of a run with all that they depend on.

    Parameters
    ----------
    graph
        A whole graph, or its nodes.
    keys
        The tasks.
    ranks
        In which order Dask is to prefer them and what they depend on.

    Raises
    ------
    MazeError
        If Dask does not take them.
    """
    if isinstance(graph, DaskGraph):
        header, frames = await offload(pickle.loads, graph.graph)
    else:
        header, frames = await offload(_serialized, graph)
    await scheduler.update_graph(
        client=run.holder,
        expr_ser=Serialized(header, frames),
        keys=keys,
        span_metadata=SpanMetadata(collections=[{"type": "maze-run"}]),
        internal_priority=dict(ranks),
        submitting_task=None,
        stimulus_id=f"maze-submit-{run.run_id}",
    )
    states = run.progress.states
    if any(key not in scheduler.tasks and not states[TaskId(key[1])].is_final for key in keys):
        raise MazeError(
            f"the scheduler could not take the graph of run {run.run_id!r}; its log says why"
        )


def _serialized(nodes: Nodes) -> tuple[dict[str, Any], list[Any]]:
    header, frames = serialize(to_serialize(LLGExpr(nodes)))
    return header, frames


def _renamed(keys: Iterable[Any], run_id: str, new_run_id: str) -> list[Any]:
    return [(name.replace(run_id, new_run_id), rest) for name, rest in keys]
