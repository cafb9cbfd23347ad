"""A run on its way to the scheduler, and what the scheduler tells of runs and nodes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from maze_nb.model.graph import Graph
from maze_nb.model.list_rows import SparklineRow
from maze_nb.model.node import Device
from maze_nb.model.output import StoredFile
from maze_nb.wire.task_story import TaskStories

TOLD_BY_TEXT = "modules told by their text"
"""The part of a task's code that names the modules of which not the pieces are told."""


class CacheParts(msgspec.Struct, frozen=True):
    """What the outputs of a cached task depend on, each part as a digest under its name.

    ``task`` says whose results are comparable, such as ``"module.function"``; ``code`` has the
    function and all it reaches, ``inputs`` the inputs that no other task makes; ``upstream`` maps
    each other input to the outputs it is made of, as pairs of task id and output name. Of a map
    they are what its items have in common; ``items`` has for each list that it was given a digest
    of each item. Where two digests stand under one name in ``code``, the first is that of the text
    alone, the second that of what the names in it stand for.
    """

    task: str
    code: dict[str, str]
    inputs: dict[str, str]
    upstream: dict[str, tuple[tuple[str, str], ...]] = {}
    items: dict[str, tuple[str, ...]] = {}


class MapOver(msgspec.Struct, frozen=True):
    """What a task maps over.

    ``lists`` has the outputs of other tasks, as pairs of task id and output name, by the inputs
    that take their items; ``count`` is the length of those lists that are known already, None if
    there is none.
    """

    lists: dict[str, tuple[str, str]] = {}
    count: int | None = None


class Submission(msgspec.Struct, frozen=True):
    """A frozen workflow that is to run; its Dask graph travels beside it.

    ``origin`` is where it was started, such as the path of a notebook; ``cached`` has the tasks,
    by id, whose outputs may come from the result cache; ``base`` is the run whose results are
    taken for all tasks but those in ``again``; ``taken`` has, by task id, the run whose outputs of
    that task are taken, which may still go on; ``refresh`` says that nothing is taken from the
    result cache, into which all that is in ``cached`` is put nevertheless; ``needs`` are the names
    of the files with values and modules that its tasks read (see :mod:`maze_nb.wire.blobs`);
    ``maps`` has what the tasks map over that do, by id; ``reads`` has, by id, the tasks that can do
    without some of what they read: of each entry one task must not have been skipped by its
    condition; ``stories`` tells people of its tasks what the graph does not.
    """

    run_id: str
    graph: Graph
    fail_fast: bool = False
    origin: str = ""
    cached: dict[str, CacheParts] = {}
    base: str = ""
    again: tuple[str, ...] = ()
    taken: dict[str, str] = {}
    refresh: bool = False
    needs: tuple[str, ...] = ()
    maps: dict[str, MapOver] = {}
    reads: dict[str, tuple[tuple[str, ...], ...]] = {}
    stories: TaskStories | None = None


class PlannedTask(msgspec.Struct, frozen=True):
    """What a run would do with one task.

    ``verdict`` is ``cached`` (its outputs come from the result cache), ``stored`` (from an earlier
    run) or ``runs``; ``duration`` are the seconds it took last, ``nbytes`` the size of its outputs.
    """

    task_id: str
    name: str
    verdict: str
    reason: str = ""
    duration: float | None = None
    nbytes: int | None = None


class WorkerHello(msgspec.Struct, frozen=True):
    """What a worker process says of itself when it joins.

    ``fault`` is why it cannot take tasks (empty: it can); ``declared`` are its Dask resources;
    ``ends`` is when its walltime is up, in seconds since 1970; ``beat`` is the seconds between
    two heartbeats.
    """

    worker: str
    version: str
    node_id: str = ""
    cores: float = 0
    memory: float = 0
    devices: tuple[Device, ...] = ()
    declared: dict[str, float] = {}
    fault: str = ""
    tags: tuple[str, ...] = ()
    results_dir: str = ""
    ends: float | None = None
    beat: float = 0


class DeviceLoad(msgspec.Struct, frozen=True):
    """How one GPU is used now; memory in MB.

    ``squeezed`` is how much of what the node offers is taken by programs that are not Maze's;
    ``load`` is its utilization from 0 to 1, None where that is not told.
    """

    index: int
    used: float
    squeezed: float = 0
    load: float | None = None


class Heartbeat(msgspec.Struct, frozen=True):
    """How a worker process and its machine are doing.

    ``cpu`` is the load of the machine's usable cores from 0 to 1, ``memory`` the MB in use on the
    machine, ``process_memory`` those of the worker process and its children, ``tasks`` how many
    tasks run in it.
    """

    worker: str
    cpu: float
    memory: float
    process_memory: float
    tasks: int
    devices: tuple[DeviceLoad, ...] = ()


class RunSummary(msgspec.Struct, frozen=True):
    """One run in a list of runs; times in seconds since 1970.

    ``nbytes`` is the size of its journal; ``origin`` where it was started; ``is_here``: the
    scheduler that was asked carries it through; ``sparkline`` tells when its tasks ended, if known.
    """

    run_id: str
    workflow_id: str
    workflow_name: str
    status: str
    started: float
    finished: float | None
    counts: dict[str, int]
    origin: str = ""
    nbytes: int = 0
    is_here: bool = False
    sparkline: SparklineRow | None = None


class DeviceSummary(msgspec.Struct, frozen=True):
    """One GPU in a list of nodes; memory in MB, ``share_free`` from 0 to 1.

    ``squeezed`` is what other programs take of the offered memory.
    """

    index: int
    name: str
    uuid: str
    driver: str
    memory: float
    memory_free: float
    share_free: float
    squeezed: float = 0
    used: float | None = None
    load: float | None = None


class RunningTask(msgspec.Struct, frozen=True):
    """A task that a slot runs; ``name`` is about what it is called."""

    run_id: str
    task_id: str
    name: str


class SlotSummary(msgspec.Struct, frozen=True):
    """One worker process of a node, with how many ``threads`` and running ``tasks``.

    Of very many that are ``running`` only some are told. ``ahead`` is how many wait behind them.
    """

    worker: str
    threads: int
    tasks: int
    running: tuple[RunningTask, ...] = ()
    ahead: int = 0
    is_paused: bool = False


class NodeSummary(msgspec.Struct, frozen=True):
    """One node in a list of nodes; memory in MB, times in seconds since 1970.

    ``status`` is ``available``, ``busy``, ``draining``, ``set aside``, ``terminated`` or
    ``unusable``; ``fault`` says why it is not to be had; ``load`` and ``memory_used`` are the
    machine's, ``heard`` is when it last said how it is doing; ``slots`` are its worker processes.
    """

    node_id: str
    host: str
    workers: tuple[str, ...]
    cpu: float = 0
    cpu_free: float = 0
    cpu_mem: float = 0
    cpu_mem_free: float = 0
    devices: tuple[DeviceSummary, ...] = ()
    status: str = "available"
    fault: str = ""
    tags: tuple[str, ...] = ()
    version: str = ""
    tasks: int = 0
    load: float | None = None
    memory_used: float | None = None
    joined: float | None = None
    heard: float | None = None
    ends: float | None = None
    results_dir: str = ""
    slots: tuple[SlotSummary, ...] = ()


def encode(message: msgspec.Struct | Sequence[msgspec.Struct]) -> bytes:
    """Return anything of this module as bytes."""
    return msgspec.msgpack.encode(message)


def decode_submission(data: bytes) -> Submission:
    """Return the submission that `data` was made from."""
    return msgspec.msgpack.decode(data, type=Submission)


def encode_stored(stored: StoredFile) -> bytes:
    """Return where an output is stored as bytes."""
    return msgspec.msgpack.encode(stored)


def decode_stored(data: bytes) -> StoredFile:
    """Return the place that `data` was made from."""
    return msgspec.msgpack.decode(data, type=StoredFile)


def decode_hello(data: bytes) -> WorkerHello:
    """Return the greeting that `data` was made from."""
    return msgspec.msgpack.decode(data, type=WorkerHello)


def decode_runs(data: bytes) -> list[RunSummary]:
    """Return the list of runs that `data` was made from."""
    return msgspec.msgpack.decode(data, type=list[RunSummary])


def decode_plan(data: bytes) -> list[PlannedTask]:
    """Return the plan that `data` was made from."""
    return msgspec.msgpack.decode(data, type=list[PlannedTask])


def decode_nodes(data: bytes) -> list[NodeSummary]:
    """Return the list of nodes that `data` was made from."""
    return msgspec.msgpack.decode(data, type=list[NodeSummary])


def decode_heartbeat(data: bytes) -> Heartbeat:
    """Return the heartbeat that `data` was made from."""
    return msgspec.msgpack.decode(data, type=Heartbeat)
