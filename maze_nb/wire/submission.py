"""A run on its way to the scheduler, and what the scheduler tells of runs and nodes."""

from __future__ import annotations

import msgspec

from maze_nb.model.graph import Graph
from maze_nb.model.node import Device


class Submission(msgspec.Struct, frozen=True):
    """A frozen workflow that is to run; its Dask graph travels beside it."""

    run_id: str
    graph: Graph
    fail_fast: bool = False


class WorkerHello(msgspec.Struct, frozen=True):
    """What a worker process says of itself when it joins.

    ``fault`` is why it cannot take tasks (empty: it can); ``declared`` are its Dask resources.
    """

    worker: str
    version: str
    node_id: str = ""
    cores: float = 0
    memory: float = 0
    devices: tuple[Device, ...] = ()
    declared: dict[str, float] = {}
    fault: str = ""


class RunSummary(msgspec.Struct, frozen=True):
    """One run in a list of runs; times in seconds since 1970."""

    run_id: str
    workflow_id: str
    workflow_name: str
    status: str
    started: float
    finished: float | None
    counts: dict[str, int]


class NodeSummary(msgspec.Struct, frozen=True):
    """One node in a list of nodes; memory in MB."""

    node_id: str
    host: str
    workers: tuple[str, ...]
    cpu: float
    cpu_free: float
    cpu_mem: float
    cpu_mem_free: float
    devices: tuple[dict[str, float], ...]
    status: str
    fault: str = ""


def encode(message: msgspec.Struct | list[RunSummary] | list[NodeSummary]) -> bytes:
    """Return anything of this module as bytes."""
    return msgspec.msgpack.encode(message)


def decode_submission(data: bytes) -> Submission:
    """Return the submission that `data` was made from."""
    return msgspec.msgpack.decode(data, type=Submission)


def decode_hello(data: bytes) -> WorkerHello:
    """Return the greeting that `data` was made from."""
    return msgspec.msgpack.decode(data, type=WorkerHello)


def decode_runs(data: bytes) -> list[RunSummary]:
    """Return the list of runs that `data` was made from."""
    return msgspec.msgpack.decode(data, type=list[RunSummary])


def decode_nodes(data: bytes) -> list[NodeSummary]:
    """Return the list of nodes that `data` was made from."""
    return msgspec.msgpack.decode(data, type=list[NodeSummary])
