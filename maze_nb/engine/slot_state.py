"""What one worker process runs and what waits there behind it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from maze_nb.engine.demand import Demand
from maze_nb.engine.events import Key
from maze_nb.engine.node_state import Grant
from maze_nb.model.node import Slot


@dataclass(slots=True)
class Placed:
    """A task that was placed and has not ended."""

    key: Key
    demand: Demand
    group: str
    grant: Grant


@dataclass(slots=True)
class SlotState:
    """The tasks on one slot: ``running`` hold resources, ``ahead`` wait for theirs to pass on."""

    slot: Slot
    running: dict[Key, Placed] = field(default_factory=dict)
    ahead: OrderedDict[Key, tuple[Demand, str]] = field(default_factory=OrderedDict)
    threads_busy: int = 0
    is_paused: bool = False
    is_stalled: bool = False
    last_change: float = 0.0

    def add(self, placed: Placed) -> None:
        """Note a task that runs here from now on."""
        self.running[placed.key] = placed
        self.threads_busy += not placed.demand.is_detached

    def remove(self, key: Key) -> Placed:
        """Forget a task that runs here, and return it."""
        placed = self.running.pop(key)
        self.threads_busy -= not placed.demand.is_detached
        return placed

    def can_begin(self) -> bool:
        """Whether the process could begin a task at once.

        One that is detached takes no thread for long, but it takes one to begin.
        """
        return not self.is_paused and self.threads_busy < self.slot.threads

    def runs_only(self, demand: Demand) -> bool:
        """Whether every thread is busy with tasks of exactly this demand."""
        return (
            not self.is_paused
            and self.threads_busy == len(self.running) == self.slot.threads
            and all(placed.demand == demand for placed in self.running.values())
        )
