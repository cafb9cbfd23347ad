"""How a run goes on: which tasks are skipped after a failure, and when and how it ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from maze_nb.model.graph import Graph, reachable
from maze_nb.model.ids import TaskId
from maze_nb.model.states import RunStatus, TaskState


@dataclass(frozen=True, slots=True)
class Skipped:
    """A task that will not run since `root` failed or was cancelled."""

    task_id: TaskId
    root: TaskId


@dataclass(slots=True)
class RunProgress:
    """The states of one run's tasks; guards that each ends once and that the run ends once.

    ``sources`` are the tasks that each task directly depends on.
    """

    graph: Graph
    fail_fast: bool = False
    is_cancelled: bool = False
    states: dict[TaskId, TaskState] = field(init=False)
    counts: Counter[TaskState] = field(init=False)
    sources: dict[TaskId, list[TaskId]] = field(init=False)
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
        return True

    def reopen(self, task_id: TaskId) -> bool:
        """Let a task that succeeded run again; False if it has not succeeded."""
        if self.states[task_id] != TaskState.SUCCEEDED:
            return False
        self.states[task_id] = TaskState.WAITING
        self.counts[TaskState.SUCCEEDED] -= 1
        self.counts[TaskState.WAITING] += 1
        self._note_readers(task_id, +1)
        return True

    def is_needed(self, task_id: TaskId) -> bool:
        """Whether a task that has not ended reads what this one made."""
        return self._unread[task_id] > 0

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

    def _note_readers(self, task_id: TaskId, change: int) -> None:
        for source in self.sources[task_id]:
            self._unread[source] += change

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
        if self.counts[TaskState.SUCCEEDED] == len(self.states):
            return RunStatus.SUCCEEDED
        return RunStatus.FAILED if self.has_exception else RunStatus.CANCELLED
