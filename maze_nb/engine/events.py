"""What the placement engine is told (past tense) and what it answers (imperative)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from maze_nb.engine.demand import Demand
from maze_nb.model.ids import SlotId
from maze_nb.model.node import Slot

Key = Hashable
Priority = tuple[float, ...]


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
class TaskReady:
    """A task has all its inputs and waits for a place.

    Attributes
    ----------
    priority
        Lower goes first.
    group
        Tasks of one group are expected to take about as long as each other.
    holders
        Bytes of its inputs that each slot already holds.
    """

    key: Key
    demand: Demand
    priority: Priority
    group: str = ""
    holders: Mapping[SlotId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskWithdrawn:
    """A ready task is not wanted any more."""

    key: Key


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """A placed task does not use its resources any more; ``duration`` in seconds if it ran."""

    key: Key
    duration: float | None = None


EngineEvent = (
    SlotJoined | SlotLeft | SlotPaused | SlotResumed | TaskReady | TaskWithdrawn | TaskEnded
)


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
