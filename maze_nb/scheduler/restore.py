"""What the events of a run say of where its tasks stood."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from maze_nb.engine.run_progress import RunProgress
from maze_nb.model.events import (
    STATE_AFTER,
    Event,
    EventBody,
    RunResumed,
    TaskCancelled,
    TaskEvent,
    TaskExpanded,
    TaskFinished,
    TaskPending,
    TaskRetried,
    TaskSkipped,
    TaskStarted,
)
from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId
from maze_nb.model.output import OutputInfo
from maze_nb.model.states import TaskState


@dataclass(slots=True)
class Restored:
    """A run as its events tell of it.

    Attributes
    ----------
    progress
        The states of its tasks.
    outputs
        What those have made that succeeded.
    attempts
        How often each task was begun.
    workers
        Where each task was begun last.
    heard
        When the last of the events was, in seconds since 1970; None if there was none.
    away
        How many seconds nobody worked on it between them.
    """

    progress: RunProgress
    outputs: dict[TaskId, tuple[OutputInfo, ...]] = field(default_factory=dict)
    attempts: dict[TaskId, int] = field(default_factory=dict)
    workers: dict[TaskId, str] = field(default_factory=dict)
    heard: float | None = None
    away: float = 0.0

    def away_until(self, now: float) -> float:
        """Return how many seconds nobody has worked on it, if somebody does so again now."""
        return self.away + (0.0 if self.heard is None else max(now - self.heard, 0.0))

    def made_again(self, start: TaskId | None) -> set[TaskId]:
        """Return a task and all that depends on it, and its items if it maps; of None nothing."""
        if start is None:
            return set()
        starts = [start, *self.progress.items.get(start, ())]
        return {*starts, *self.progress.after(starts)}

    def left_out(self, start: TaskId, again: Container[TaskId]) -> list[TaskId]:
        """Return what did not succeed and is not to run, if only a task is tried again.

        Parameters
        ----------
        again
            That task with all that depends on it. What it cannot do without has to run too.
        """
        needed, todo = {start}, [start, *self.progress.items.get(start, ())]
        while todo:
            missing = [
                source
                for source in self.progress.sources[todo.pop()]
                if source not in self.outputs and source not in needed
            ]
            needed.update(missing)
            todo += missing
        kept = self.outputs.keys() | self.progress.chosen | needed
        return [each for each in self.progress.states if each not in kept and each not in again]

    def counts_kept(self, again: Container[TaskId]) -> dict[TaskId, int]:
        """Return how many items maps have whose lists are not among what is made again."""
        progress = self.progress
        found = {}
        for map_id, items in progress.items.items():
            own = len(progress.sources[map_id]) - len(items)
            if not any(source in again for source in progress.sources[map_id][:own]):
                found[map_id] = len(items)
        return found


def restore(graph: Graph, fail_fast: bool, events: Iterable[Event]) -> Restored:
    """Return where the tasks of a run stood after these events."""
    found = Restored(RunProgress(graph, fail_fast=fail_fast))
    for event in events:
        if isinstance(event.body, RunResumed):
            found.away = found.away_until(event.time)
        found.heard = event.time
        _take(found, event.body)
    return found


def halt(progress: RunProgress) -> None:
    """Have all tasks wait again that have not ended: nothing runs while nobody is there."""
    for task_id in progress.unfinished():
        progress.advance(task_id, TaskState.WAITING)


def _take(found: Restored, body: EventBody) -> None:
    if isinstance(body, RunResumed):
        halt(found.progress)
    if not isinstance(body, TaskEvent):
        return
    task_id = TaskId(body.task_id)
    if isinstance(body, TaskExpanded):
        found.progress.expand(task_id, body.count)
    if isinstance(body, TaskSkipped) and body.is_chosen:
        found.progress.choose(task_id)
    if isinstance(body, TaskRetried):
        found.progress.reopen(task_id)
        found.outputs.pop(task_id, None)
    state = STATE_AFTER.get(type(body))
    if state is None:
        return
    found.progress.advance(task_id, state)
    if not isinstance(body, TaskPending | TaskSkipped | TaskCancelled):
        found.attempts[task_id] = max(found.attempts.get(task_id, 0), body.attempt)
    if isinstance(body, TaskFinished):
        found.outputs[task_id] = body.outputs
    if isinstance(body, TaskStarted | TaskFinished) and body.worker:
        found.workers[task_id] = body.worker
