"""What tasks show while they run, into the journal of their run."""

from __future__ import annotations

from collections.abc import Iterable

from maze_nb.model.events import Event, TaskDisplayed, TaskLog, TaskRetried, TaskStarted
from maze_nb.model.ids import TaskId
from maze_nb.scheduler.journal import Journal
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.wire.event_bytes import decode_event
from maze_nb.wire.shown import Displayed, Item, Printed, Progressed, Shown, Told, tidy

RUN_LIMIT = 2**27
"""The bytes of what all tasks of a run show that its journal has."""
_FULL = "[this run has shown so much that the rest is in the logs of its tasks only]\n"


class Outflow:
    """Writes down what tasks show, and gives it back where their outputs are used again.

    Guards that the journal of a run stays of a size that can be handled, however many of its tasks
    show something.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def told(self, task: TaskRecord, told: Told) -> None:
        """Write what the present attempt at a task has shown since the last time."""
        for item in told.items:
            self._write(task, item, told.at)

    def replay(self, task: TaskRecord, shown: Iterable[Shown]) -> None:
        """Write what was shown when the outputs were made that a task uses again.

        To be called before the end of `task` is written.
        """
        for item in shown:
            self._write(task, item)

    def shown(self, task: TaskRecord) -> tuple[Shown, ...]:
        """Return what a task has shown in its present attempt, or when its outputs were made."""
        return shown_in(task.shown or ())

    def take_up(self, run: RunRecord, events: Iterable[tuple[bytes, Event]]) -> None:
        """Note what the tasks of a run that goes on have shown, by its events so far."""
        for task_id, data in shown_by_task(events).items():
            if task_id in run.tasks:
                run.tasks[task_id].shown = data
                run.shown += sum(map(len, data))

    def _write(self, task: TaskRecord, item: Item, at: float | None = None) -> None:
        if isinstance(item, Progressed):
            self._journal.task_showed(task, item, at)
            return
        run = task.run
        if task.is_muted:
            return
        if run.shown >= RUN_LIMIT:
            task.is_muted, item = True, Printed("stderr", _FULL)
        data = self._journal.task_showed(task, item, at)
        if data is not None:
            run.shown += len(data)
            task.shown = task.shown or []
            task.shown.append(data)


def shown_by_task(events: Iterable[tuple[bytes, Event]]) -> dict[TaskId, list[bytes]]:
    """Return, of the events of a run, those of what the last attempt at each task has shown.

    Parameters
    ----------
    events
        Each as it is stored, and decoded.
    """
    found: dict[TaskId, list[bytes]] = {}
    attempts: dict[TaskId, int] = {}
    for data, (_, _, body) in events:
        if isinstance(body, TaskStarted | TaskRetried):
            found.pop(TaskId(body.task_id), None)
        elif isinstance(body, TaskLog | TaskDisplayed):
            task_id = TaskId(body.task_id)
            if attempts.get(task_id) != body.attempt:
                attempts[task_id], found[task_id] = body.attempt, []
            found.setdefault(task_id, []).append(data)
    return found


def shown_in(events: Iterable[bytes]) -> tuple[Shown, ...]:
    """Return what the events of one attempt say that it showed, as far as it is left to see."""
    found: list[Shown] = []
    for data in events:
        body = decode_event(data).body
        if isinstance(body, TaskLog):
            found.append(Printed(body.stream, body.text))
        elif isinstance(body, TaskDisplayed):
            bundle, metadata = dict(body.data), dict(body.metadata)
            found.append(Displayed(bundle, metadata, body.display_id, body.stored))
    return tuple(tidy(found))
