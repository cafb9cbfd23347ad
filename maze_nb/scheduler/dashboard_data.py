"""What the cluster plots show: nodes, devices, queue and runs, looked at while somebody watches."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import chain

from maze_nb.engine.placement import Placement
from maze_nb.engine.shortage import shortage
from maze_nb.projection.humane import short_id
from maze_nb.scheduler.live_runs import LiveRuns
from maze_nb.scheduler.nodes import NodeList
from maze_nb.scheduler.run_record import RunRecord
from maze_nb.wire.submission import DeviceSummary, NodeSummary

BARS_SHOWN = 60
"""So many nodes, or devices, have a bar of their own: those that are used most."""
RUNS_SHOWN = 12
HISTORY_SHOWN = 600
"""So many looks at the use of the cluster are kept."""

PLACED_AHEAD = "what runs there"
RETRY = "a retry"
OTHER = "other"

_LEAST_SECONDS = 1.0
# With it, looking takes at most a twentieth of the time of the scheduler.
_REST = 20.0
_NODES_LOOKED_AT = 20_000
_PAUSE_SECONDS = 10.0

Share = float | None
"""Of what there is, from 0 to 1; None where it is not told."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One resource of one node or device: what tasks reserved of it, and what is used.

    ``detail`` has the same in figures.
    """

    name: str
    reserved: float
    used: Share
    detail: str


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of one resource; ``total`` is how many nodes or devices there are."""

    bars: tuple[Bar, ...]
    total: int


@dataclass(frozen=True, slots=True)
class RunBar:
    """The tasks of one run by state."""

    name: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """The cluster as it was at one time (seconds since 1970).

    ``queue`` has how many ready tasks wait for what, ``use`` the used share of each resource of
    the whole cluster, or the reserved one where the other is not told.
    """

    time: float
    cpu: Bars
    memory: Bars
    gpu: Bars
    vram: Bars
    queue: dict[str, int]
    runs: tuple[RunBar, ...]
    tasks: dict[str, int]
    use: dict[str, Share]


@dataclass(slots=True)
class Board:
    """Looks at the cluster, at most once a second however many watch, and never unasked.

    Parameters
    ----------
    nodes
        The nodes of the cluster.
    engine
        What waits, and for what.
    runs
        The runs.

    Attributes
    ----------
    history
        What was seen of late: time and use; None in between where nobody had watched.
    looked
        How often it looked.
    """

    nodes: NodeList
    engine: Placement
    runs: LiveRuns
    history: deque[Reading | None] = field(default_factory=lambda: deque(maxlen=HISTORY_SHOWN))
    looked: int = 0
    _due: float = 0.0
    _last: Reading | None = None

    def look(self) -> Reading:
        """Return how the cluster is, or was a moment ago."""
        began = time.perf_counter()
        if self._last is not None and began < self._due:
            return self._last
        look = self._look(time.time())
        if self._last is not None and look.time - self._last.time > _PAUSE_SECONDS:
            self.history.append(None)
        self.history.append(look)
        self._last = look
        self.looked += 1
        ended = time.perf_counter()
        self._due = ended + max(_LEAST_SECONDS, _REST * (ended - began)) - _LEAST_SECONDS / 10
        return look

    def _look(self, now: float) -> Reading:
        nodes = [node for node in self.nodes.all() if node.workers and node.cpu]
        cpu, memory = _bars(map(_cpu, nodes)), _bars(map(_memory, nodes))
        devices = [(node, device) for node in nodes for device in node.devices]
        gpu = _bars(_gpu(node, device) for node, device in devices)
        known = [(node, device) for node, device in devices if device.memory]
        vram = _bars(_vram(node, device) for node, device in known)
        return Reading(
            now, cpu, memory, gpu, vram, self._queue(), *_runs(self.runs.values()), _use(nodes)
        )

    def _queue(self) -> dict[str, int]:
        queue, fleet = self.engine.queue, self.engine.fleet
        most = max(_NODES_LOOKED_AT // max(len(fleet.nodes), 1), 4)
        buckets = [bucket for bucket in queue.buckets.values() if bucket.waiting]
        found: Counter[str] = Counter()
        for bucket in nlargest(most, buckets, key=lambda bucket: bucket.waiting):
            found[shortage(fleet, bucket.demand)] += bucket.waiting
        found[OTHER] = sum(bucket.waiting for bucket in buckets) - found.total()
        found[PLACED_AHEAD] = sum(len(slot.ahead) for slot in fleet.slots.values())
        found[RETRY] = len(queue.delayed)
        return {name: number for name, number in found.items() if number}


def _bars(bars: Iterable[Bar]) -> Bars:
    found = list(bars)
    total = len(found)
    if total > BARS_SHOWN:
        most = nlargest(BARS_SHOWN, found, key=lambda bar: max(bar.reserved, bar.used or 0))
        found = sorted(most, key=lambda bar: bar.name)
    return Bars(tuple(found), total)


def _cpu(node: NodeSummary) -> Bar:
    taken = node.cpu - node.cpu_free
    detail = f"{taken:g} of {node.cpu:g} cores reserved"
    return Bar(node.node_id, _share(taken, node.cpu), node.load, detail)


def _memory(node: NodeSummary) -> Bar:
    taken = node.cpu_mem - node.cpu_mem_free
    used = None if node.memory_used is None else _share(node.memory_used, node.cpu_mem)
    detail = f"{taken:,.0f} of {node.cpu_mem:,.0f} MB reserved"
    return Bar(node.node_id, _share(taken, node.cpu_mem), used, detail)


def _gpu(node: NodeSummary, device: DeviceSummary) -> Bar:
    taken = 1 - device.share_free
    return Bar(_name(node, device), taken, device.load, f"{taken:g} reserved of {device.name}")


def _vram(node: NodeSummary, device: DeviceSummary) -> Bar:
    taken = device.memory - device.memory_free - device.squeezed
    used = None if device.used is None else _share(device.used, device.memory)
    detail = f"{taken:,.0f} of {device.memory:,.0f} MB reserved"
    return Bar(_name(node, device), _share(taken, device.memory), used, detail)


def _name(node: NodeSummary, device: DeviceSummary) -> str:
    return f"{node.node_id} · GPU {device.index}"


def _share(part: float, whole: float) -> float:
    return min(max(part / whole, 0.0), 1.0) if whole else 0.0


def _runs(runs: Iterable[RunRecord]) -> tuple[tuple[RunBar, ...], dict[str, int]]:
    """Return the newest runs, and the tasks of all by state."""
    total: Counter[str] = Counter()
    found = []
    for run in runs:
        counts = run.counts()
        total.update(counts)
        found.append((run, counts))
    newest = nlargest(RUNS_SHOWN, found, key=lambda each: each[0].started)
    bars = [RunBar(_run_name(run), counts) for run, counts in newest]
    left = len(found) - len(bars)
    if left:
        rest = Counter(total)
        for bar in bars:
            rest.subtract(bar.counts)
        bars.append(RunBar(f"{left:,} more", {state: n for state, n in rest.items() if n}))
    return tuple(bars), dict(total)


def _run_name(run: RunRecord) -> str:
    return f"{run.submission.graph.name} · {short_id(run.run_id)}"


def _use(nodes: Sequence[NodeSummary]) -> dict[str, Share]:
    """Return the used share of each resource of all nodes together."""
    devices = list(chain.from_iterable(node.devices for node in nodes))
    known = [device for device in devices if device.memory]
    return {
        "CPU": _part(
            (node.cpu - node.cpu_free if node.load is None else node.load * node.cpu, node.cpu)
            for node in nodes
        ),
        "memory": _part(
            (
                node.cpu_mem - node.cpu_mem_free if node.memory_used is None else node.memory_used,
                node.cpu_mem,
            )
            for node in nodes
        ),
        "GPU": _part(
            (1 - device.share_free if device.load is None else device.load, 1.0)
            for device in devices
        ),
        "VRAM": _part(
            (
                device.memory - device.memory_free if device.used is None else device.used,
                device.memory,
            )
            for device in known
        ),
    }


def _part(parts: Iterable[tuple[float, float]]) -> Share:
    found = list(parts)
    whole = sum(whole for _, whole in found)
    return _share(sum(part for part, _ in found), whole) if whole else None
