"""Samples of how the nodes are used, written down for each run that goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from maze_nb.engine.fleet import Fleet
from maze_nb.engine.node_state import NodeState
from maze_nb.model.ids import NodeId
from maze_nb.model.node import DeviceUse, NodeUse
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.crew import Crew, Member
from maze_nb.scheduler.run_record import RunRecord
from maze_nb.wire.submission import DeviceLoad

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 60.0
NODES_SAMPLED = 100
"""Of so many nodes at most a sample tells: of those on which most tasks run."""
DEVICES_SAMPLED = 16
_SHARE = 50


def pause_at(age: float) -> float:
    """Return the seconds until the next sample of a run that is so many seconds old.

    Examples
    --------
    >>> [pause_at(age) for age in (0, 100, 1_000, 86_400)]
    [2.0, 2.0, 20.0, 60.0]
    """
    return min(max(FIRST_SECONDS, age / _SHARE), LONGEST_SECONDS)


class UsageSampler:
    """Has the use of the nodes written down now and then, the more seldom the longer a run lasts.

    It asks nobody: what it writes is in the heartbeats that workers send anyway. A run that ends
    within two seconds has no sample.
    """

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._due: dict[str, float] = {}

    def review(self, now: float) -> None:
        """Write samples of the runs for which one is due; `now` in seconds since 1970."""
        runs = {run.run_id: run for run in self._conductor.runs.values() if run.finished is None}
        for gone in self._due.keys() - runs.keys():
            del self._due[gone]
        due = [run for run in runs.values() if self._is_due(run, now)]
        if not due:
            return
        nodes = node_uses(self._conductor.crew, self._conductor.engine.fleet)
        for run in due:
            self._due[run.run_id] = now + pause_at(now - run.started)
            if nodes:
                self._conductor.journal.nodes_used(run, nodes)

    def _is_due(self, run: RunRecord, now: float) -> bool:
        # A clock that was set back does not put off the next sample for longer than a pause.
        due = min(self._due.setdefault(run.run_id, now + FIRST_SECONDS), now + LONGEST_SECONDS)
        self._due[run.run_id] = due
        return due <= now


def node_uses(crew: Crew, fleet: Fleet) -> tuple[NodeUse, ...]:
    """Return how the nodes are used that were heard of, those with most tasks if they are many."""
    latest: dict[NodeId, Member] = {}
    for member in crew.members.values():
        node_id = NodeId(member.hello.node_id)
        if member.beat is None or node_id not in fleet.nodes:
            continue
        known = latest.get(node_id)
        if known is None or (member.heard or 0) > (known.heard or 0):
            latest[node_id] = member
    chosen: Iterable[NodeId] = latest
    if len(latest) > NODES_SAMPLED:
        busy = Counter({node: sum(len(s.running) for s in fleet.slots_of[node]) for node in latest})
        chosen = (node for node, _ in busy.most_common(NODES_SAMPLED))
    return tuple(_use(latest[node], fleet.nodes[node]) for node in sorted(chosen))


def _use(member: Member, node: NodeState) -> NodeUse:
    beat = member.beat
    assert beat is not None
    devices = (_device_use(load, node) for load in beat.devices[:DEVICES_SAMPLED])
    return NodeUse(
        member.hello.node_id,
        round(beat.cpu, 3),
        round(beat.memory, 1),
        node.capacity.cpu_mem,
        tuple(devices),
    )


def _device_use(load: DeviceLoad, node: NodeState) -> DeviceUse:
    device = node.devices.get(load.index)
    total = device.device.memory if device is not None else 0.0
    share = None if load.load is None else round(load.load, 3)
    return DeviceUse(load.index, share, round(load.used, 1), total)
