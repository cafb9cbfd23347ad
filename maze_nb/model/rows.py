"""What a live view is told of a run, row by row: its snapshot and the delta since the last one."""

from __future__ import annotations

from typing import Required, TypedDict


class RunRow(TypedDict):
    """The run as a whole; times in seconds since 1970, ``counts`` of tasks by state.

    ``reused`` counts those of the succeeded that did not have to run, ``resumes`` how often the
    run went on after an interruption, and ``away`` the seconds in which nobody worked on it.
    ``stopped`` is when it was last heard of while it is interrupted: up to then it took time.
    """

    run_id: str
    status: str
    started: float | None
    finished: float | None
    counts: dict[str, int]
    reused: int
    resumes: int
    away: float
    stopped: float | None


class ErrorRow(TypedDict):
    """Why a task failed, as text; ``kind`` is the type in plain words where it has some."""

    type: str
    kind: str
    message: str
    traceback: str
    host: str | None


class OutputRow(TypedDict):
    """One output of a task; ``preview`` is None when its value was not fetched.

    ``place`` says where a big value lies, such as ``on disk, 50.0 MB``, and ``path`` in which
    file, after the name of its machine; both are empty for a value that travels along.
    """

    name: str
    type: str
    summary: str
    preview: str | None
    place: str
    path: str


class AttemptRow(TypedDict):
    """An earlier attempt at a task.

    ``state`` is ``failed``, ``lost`` where its worker or the scheduler went away under it, else
    the state in which it ended; the other fields are as those of the task were by then. ``queued``
    is None where it is not known.
    """

    attempt: int
    state: str
    queued: float | None
    started: float | None
    finished: float | None
    node_id: str | None
    node_ip: str | None
    worker: str | None
    slot: int | None
    gpu_ids: list[int]
    reason: str | None
    memory: float | None
    vram: float | None


class TaskRow(TypedDict, total=False):
    """One task; what is as in `new_task_row` need not be told, but for the state.

    ``queued`` is when its present attempt became ready to run, in seconds since 1970: when the
    last task that it depends on had ended, the list was known of whose items it is one, the run
    began or went on, or the pause before a retry was over, whichever came last. It is None as
    long as nothing was heard of the attempt, and for a task that did not have to run. ``slot`` is
    the number of the worker process on its node, from 0 on. ``past`` has the newest of its earlier
    attempts, the oldest first.

    ``progress`` is from 0 to 1 where the task reports it, ``done`` and ``total`` the numbers that
    it gave; ``retry_at`` is the time before which
    it is not tried again, in seconds since 1970; ``memory`` and ``vram`` are the most it used,
    in MB, where that was measured, and ``cpu`` the seconds that its container had a core.
    ``location`` is the URL of the files that it left, empty if there are none. ``reused_from``
    says where the outputs come from if it did not have to run: ``cache`` or ``run <run_id>``.
    """

    state: Required[str]
    attempt: int
    started: float | None
    finished: float | None
    node_id: str | None
    node_ip: str | None
    worker: str | None
    gpu_ids: list[int]
    reason: str | None
    progress: float | None
    done: float | None
    total: float | None
    error: ErrorRow | None
    root_cause: str | None
    outputs: list[OutputRow]
    retry_at: float | None
    memory: float | None
    vram: float | None
    reused_from: str | None
    queued: float | None
    slot: int | None
    past: list[AttemptRow]
    cpu: float | None
    location: str


class MapRow(TypedDict):
    """A task that maps over a list, in figures.

    ``count`` is the number of its items, None until that is known, and ``counts`` says how many
    of them show which state. ``items`` are the ids of those whose rows are told: all of a short
    map, of a long one some that failed and some that go on.
    """

    count: int | None
    counts: dict[str, int]
    started: float | None
    finished: float | None
    items: list[str]


class ItemsPage(TypedDict):
    """Some items of a map, as a view asked for them: those that show ``state``, or all.

    ``items`` are their ids in the order in which they are shown, ``total`` how many there are.
    """

    task_id: str
    state: str
    offset: int
    total: int
    items: list[str]
    tasks: dict[str, TaskRow]


class DisplayRow(TypedDict):
    """Something that a task displayed.

    ``mime`` is the richest form that it has. ``image`` is an address that holds the picture
    itself, ``html`` a page; both are empty where there is none, or it is too big to be told.
    """

    display_id: str
    mime: str
    text: str
    image: str
    html: str
    place: str


class LogRow(TypedDict):
    """Lines that a task printed to ``stream``, ``stdout`` or ``stderr``."""

    stream: str
    text: str


class MessageRow(TypedDict):
    """One message as a line of text; of what was printed, ``stream`` says where to."""

    seq: int
    time: float | None
    type: str
    task_id: str | None
    task_name: str | None
    text: str
    stream: str


class DeviceUseRow(TypedDict):
    """One GPU at a time: ``load`` from 0 to 1, None where it is not told; memory in MB."""

    index: int
    load: float | None
    used: float
    total: float


class NodeUseRow(TypedDict):
    """One node at a time: ``cpu`` from 0 to 1, ``memory`` of ``total`` in MB."""

    node_id: str
    cpu: float
    memory: float
    total: float
    devices: list[DeviceUseRow]


class UsagePoint(TypedDict):
    """What the nodes used at a time, in seconds since 1970."""

    time: float
    nodes: list[NodeUseRow]


class Snapshot(TypedDict):
    """All that is known of a run; ``last_seq`` numbers the last message folded in.

    Of the items of a map only those are among ``tasks`` that ``maps`` names. ``logs`` has the end
    of what each task printed, ``displays`` what it displayed last. ``usage`` is what the nodes
    used over time, thinned out where it is long.
    """

    run: RunRow
    tasks: dict[str, TaskRow]
    maps: dict[str, MapRow]
    logs: dict[str, list[LogRow]]
    displays: dict[str, list[DisplayRow]]
    messages: list[MessageRow]
    last_seq: int
    usage: list[UsagePoint]


class Delta(TypedDict):
    """What changed by the messages from ``first_seq`` to ``last_seq``.

    What tasks printed is among the messages; ``usage`` has the points that are new.
    """

    run: RunRow
    tasks: dict[str, TaskRow]
    maps: dict[str, MapRow]
    displays: dict[str, list[DisplayRow]]
    messages: list[MessageRow]
    first_seq: int
    last_seq: int
    usage: list[UsagePoint]


def new_task_row() -> TaskRow:
    """Return the row of a task nothing was heard of yet."""
    return {
        "state": "waiting",
        "attempt": 1,
        "started": None,
        "finished": None,
        "node_id": None,
        "node_ip": None,
        "worker": None,
        "gpu_ids": [],
        "reason": None,
        "progress": None,
        "done": None,
        "total": None,
        "error": None,
        "root_cause": None,
        "outputs": [],
        "retry_at": None,
        "memory": None,
        "vram": None,
        "reused_from": None,
        "queued": None,
        "slot": None,
        "past": [],
        "cpu": None,
        "location": "",
    }
