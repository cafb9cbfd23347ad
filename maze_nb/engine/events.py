"""What the placement engine is told (past tense) and what it answers (imperative)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from maze_nb.engine.demand import Demand
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Slot

Key = Hashable


class Order(NamedTuple):
    """Where a ready task stands among others; lower goes first.

    Attributes
    ----------
    rank
        The negated priority that a person gave.
    latest_start
        When it has to start for its deadline to be met; infinite without one.
    critical
        How soon the run needs it, lowest first; see `RunOrder.order_of`.
    position
        Its place in Dask's own order.
    is_urgent
        Whether the run's end hangs on it, so that it is worth to keep a node for it.
    """

    rank: int = 0
    latest_start: float = float("inf")
    critical: float = 0.0
    position: tuple[float, ...] = ()
    is_urgent: bool = False


class Fate(StrEnum):
    """How a task ended, as far as it tells of the node it ran on."""

    DONE = "done"
    FAILED = "failed"
    BROKEN = "broken"
    """The node could not run it at all."""


@dataclass(frozen=True, slots=True)
class SlotJoined:
    """A worker process can take work."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class SlotLeft:
    """A worker process is gone, and with it all it was doing."""

    slot_id: SlotId


@dataclass(frozen=True, slots=True)
class SlotPaused:
    """A worker process takes no new work for now."""

    slot_id: SlotId


@dataclass(frozen=True, slots=True)
class SlotResumed:
    """A paused worker process takes work again."""

    slot_id: SlotId


@dataclass(frozen=True, slots=True)
class NodeDrained:
    """A node is to get no new work."""

    node_id: NodeId


@dataclass(frozen=True, slots=True)
class NodeUndrained:
    """A drained node is to get work again."""

    node_id: NodeId


@dataclass(frozen=True, slots=True)
class DevicesSqueezed:
    """Other programs take so many MB of what each device of a node offers."""

    node_id: NodeId
    taken: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class TaskReady:
    """A task has all its inputs and waits for a place.

    Attributes
    ----------
    order
        Where it stands among others.
    group
        Tasks of one group are expected to take about as long as each other.
    holders
        Bytes of its inputs that each slot already holds.
    not_before
        When it may start at the earliest, by the clock of the engine.
    """

    key: Key
    demand: Demand
    order: Order
    group: str = ""
    holders: Mapping[SlotId, int] = field(default_factory=dict)
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class TasksReordered:
    """Tasks that wait stand elsewhere among the others from now on; their rank is the same."""

    orders: Mapping[Any, Order]


@dataclass(frozen=True, slots=True)
class TaskWithdrawn:
    """A ready task is not wanted any more."""

    key: Key


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """A placed task does not use its resources any more; ``duration`` in seconds if it ran."""

    key: Key
    duration: float | None = None
    fate: Fate | None = None


FleetEvent = (
    SlotJoined | SlotLeft | SlotPaused | SlotResumed | NodeDrained | NodeUndrained | DevicesSqueezed
)
EngineEvent = FleetEvent | TaskReady | TasksReordered | TaskWithdrawn | TaskEnded


@dataclass(frozen=True, slots=True)
class PlaceTask:
    """Run this task on this slot, on these devices."""

    key: Key
    slot_id: SlotId
    gpu_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RecallTask:
    """Take back a task that was placed ahead and is stuck behind a slow one."""

    key: Key


@dataclass(frozen=True, slots=True)
class ReportPending:
    """Say why this task waits."""

    key: Key
    reason: str


@dataclass(frozen=True, slots=True)
class RejectTask:
    """Fail this task: no node could ever take it."""

    key: Key
    reason: str


Instruction = PlaceTask | RecallTask | ReportPending | RejectTask
