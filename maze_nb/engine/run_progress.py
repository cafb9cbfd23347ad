"""How a run goes on: which tasks are skipped after a failure, and when and how it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from maze_nb.model.graph import Graph, reachable
from maze_nb.model.ids import TaskId
from maze_nb.model.states import RunStatus, TaskState, counts_beside_items
from maze_nb.model.task_spec import item_id


@dataclass(frozen=True, slots=True)
class Skipped:
    """A task that will not run since `root` failed or was cancelled."""

    task_id: TaskId
    root: TaskId


@dataclass(slots=True)
class RunProgress:
    """The states of one run's tasks; guards that each ends once and that the run ends once.

    ``sources`` are the tasks that each task directly depends on; a task that maps depends on its
    items, once there are any. ``items`` are those by the task that maps. ``chosen`` are the tasks
    that were skipped as their conditions say, so that nothing went wrong.
    """

    graph: Graph
    fail_fast: bool = False
    is_cancelled: bool = False
    states: dict[TaskId, TaskState] = field(init=False)
    counts: Counter[TaskState] = field(init=False)
    sources: dict[TaskId, list[TaskId]] = field(init=False)
    items: dict[TaskId, list[TaskId]] = field(init=False, default_factory=dict)
    chosen: set[TaskId] = field(init=False, default_factory=set)
    _map_of: dict[TaskId, TaskId] = field(init=False, default_factory=dict)
    _items_left: dict[TaskId, int] = field(init=False, default_factory=dict)
    _dependents: dict[TaskId, list[TaskId]] = field(init=False)
    _unread: dict[TaskId, int] = field(init=False)

    def __post_init__(self) -> None:
        self.states = dict.fromkeys((t.task_id for t in self.graph.tasks), TaskState.WAITING)
        self.counts = Counter({TaskState.WAITING: len(self.states)})
        self._dependents = self.graph.dependents()
        self.sources = {task_id: [] for task_id in self.states}
        for edge in self.graph.edges:
            self.sources[edge.target].append(edge.source)
        self._unread = {task_id: len(found) for task_id, found in self._dependents.items()}

    def expand(self, map_id: TaskId, count: int) -> list[TaskId]:
        """Add the tasks of the items of a task that maps; return their ids, in order.

        They depend on what it depended on, and it on them. What they have in common they share,
        so that this takes time by their number only.
        """
        found = [item_id(map_id, index) for index in range(count)]
        sources, onward = list(self.sources[map_id]), [map_id]
        self.items[map_id] = found
        self._items_left[map_id] = count
        self.states.update(dict.fromkeys(found, TaskState.WAITING))
        self.counts[TaskState.WAITING] += count
        self.sources.update(dict.fromkeys(found, sources))
        self._map_of.update(dict.fromkeys(found, map_id))
        self._dependents.update(dict.fromkeys(found, onward))
        self._unread.update(dict.fromkeys(found, 0 if self.states[map_id].is_final else 1))
        self.sources[map_id] = sources + found
        for source in sources:
            self._dependents[source] += found
            self._unread[source] += count
        return found

    def map_of(self, task_id: TaskId) -> TaskId | None:
        """Return the task that maps of which this one is an item, if it is any."""
        return self._map_of.get(task_id)

    def is_gathered(self, map_id: TaskId) -> bool:
        """Whether the length of a task that maps is known, and all of its items succeeded."""
        return self._items_left.get(map_id) == 0

    def advance(self, task_id: TaskId, state: TaskState) -> bool:
        """Move a task on; False if it had already ended or stands there."""
        before = self.states[task_id]
        if before.is_final or before == state:
            return False
        self.states[task_id] = state
        self.counts[before] -= 1
        self.counts[state] += 1
        if state.is_final:
            self._note_readers(task_id, -1)
        if state == TaskState.SUCCEEDED:
            self._note_item(task_id, -1)
        return True

    def reopen(self, task_id: TaskId) -> bool:
        """Let a task that succeeded run again; False if it has not succeeded."""
        if self.states[task_id] != TaskState.SUCCEEDED:
            return False
        self.states[task_id] = TaskState.WAITING
        self.counts[TaskState.SUCCEEDED] -= 1
        self.counts[TaskState.WAITING] += 1
        self._note_readers(task_id, +1)
        self._note_item(task_id, +1)
        return True

    def is_needed(self, task_id: TaskId) -> bool:
        """Whether a task that has not ended reads what this one made.

        What an item made is what its map has made too.
        """
        if self._unread[task_id] > 0:
            return True
        map_id = self._map_of.get(task_id)
        return map_id is not None and self._unread[map_id] > 0

    def choose(self, task_id: TaskId) -> bool:
        """Skip a task as its condition says; False if it had ended."""
        if not self.advance(task_id, TaskState.SKIPPED):
            return False
        self.chosen.add(task_id)
        return True

    def dependents_of(self, task_id: TaskId) -> list[TaskId]:
        """Return the tasks that directly depend on one."""
        return self._dependents[task_id]

    def after(self, starts: Iterable[TaskId]) -> list[TaskId]:
        """Return what directly or indirectly depends on tasks, without these."""
        return reachable(starts, self._dependents)

    def skip_dependents(self, root: TaskId) -> list[Skipped]:
        """Skip all that depend on a task that did not succeed and has not ended itself."""
        return [
            Skipped(task_id, root)
            for task_id in reachable([root], self._dependents)
            if self.advance(task_id, TaskState.SKIPPED)
        ]

    def unfinished(self) -> list[TaskId]:
        """Return the tasks that have not ended."""
        return [task_id for task_id, state in self.states.items() if not state.is_final]

    def _note_item(self, task_id: TaskId, change: int) -> None:
        map_id = self._map_of.get(task_id)
        if map_id is not None:
            self._items_left[map_id] += change

    def _note_readers(self, task_id: TaskId, change: int) -> None:
        for source in self.sources[task_id]:
            self._unread[source] += change

    def told_counts(self) -> dict[str, int]:
        """Return how many tasks are in each state, with the items of maps in place of these."""
        told = Counter({state.value: count for state, count in self.counts.items()})
        for map_id, items in self.items.items():
            state = self.states[map_id]
            has_failed = state.is_final and state != TaskState.SUCCEEDED
            # Looked at only where it matters, as there may be many.
            states = Counter(self.states[item].value for item in items if has_failed)
            if items and not counts_beside_items(state, states):
                told[state.value] -= 1
        return {state: count for state, count in told.items() if count}

    @property
    def is_finished(self) -> bool:
        """Whether every task has ended."""
        ended = sum(count for state, count in self.counts.items() if state.is_final)
        return ended == len(self.states)

    @property
    def has_exception(self) -> bool:
        """Whether a task failed."""
        return self.counts[TaskState.FAILED] > 0

    def final_status(self) -> RunStatus:
        """Return how the run ended."""
        if self.is_cancelled:
            return RunStatus.CANCELLED
        if self.counts[TaskState.SUCCEEDED] + len(self.chosen) == len(self.states):
            return RunStatus.SUCCEEDED
        return RunStatus.FAILED if self.has_exception else RunStatus.CANCELLED
