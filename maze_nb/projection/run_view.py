"""The fold of a run's messages into the snapshot and the deltas that live views are told."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import cast

from maze_nb.model.states import RunStatus, TaskState
from maze_nb.projection.bounded import bounded_text
from maze_nb.projection.interruption import begin_again, counts_left, left_behind
from maze_nb.projection.message import (
    Message,
    data_of,
    listed,
    mapping_of,
    number_of,
    text_of,
    type_of,
    whole_of,
)
from maze_nb.projection.message_text import message_text
from maze_nb.projection.snapshot import (
    Delta,
    MessageRow,
    RunRow,
    Snapshot,
    TaskRow,
    new_task_row,
)
from maze_nb.projection.task_fold import fold_task

MESSAGES_KEPT = 10_000

_STATUSES = frozenset(RunStatus)


class RunView:
    """What is known of one run, kept current message by message.

    Guards the rows of the run and its tasks, the newest messages as text, and what changed since
    the delta was last taken. Folding costs the same however long the run is; a message that was
    folded before is recognised by its number and changes nothing.

    Parameters
    ----------
    messages_kept
        How many of the newest messages are kept as text.

    Attributes
    ----------
    is_interrupted
        Whether the scheduler is gone, which no message can tell: whoever knows sets it. Then the
        snapshot shows nothing as going on, until the run is resumed.
    """

    def __init__(self, *, messages_kept: int = MESSAGES_KEPT) -> None:
        self.graph: Mapping[str, object] | None = None
        self.last_seq = -1
        self.is_interrupted = False
        self._run_id = ""
        self._status: str = RunStatus.PENDING.value
        self._started: float | None = None
        self._finished: float | None = None
        self._heard: float | None = None
        self._away = 0.0
        self._resumes = 0
        self._reused = 0
        self._tasks: dict[str, TaskRow] = {}
        self._counts: Counter[str] = Counter({state.value: 0 for state in TaskState})
        self._messages: deque[MessageRow] = deque(maxlen=messages_kept)
        self._first_new: int | None = None
        self._new_messages = 0
        self._changed: dict[str, None] = {}

    @property
    def is_finished(self) -> bool:
        """Whether the run's last message was folded."""
        return RunStatus(self._status).is_final

    @property
    def has_delta(self) -> bool:
        """Whether anything was folded since the delta was last taken or dropped."""
        return self._first_new is not None

    def fold(self, message: Message) -> bool:
        """Take in one message.

        Parameters
        ----------
        message
            ``{"type", "data", "seq", "time"}``; messages come in the order of their numbers.

        Returns
        -------
        bool
            False when the message was known already.
        """
        given = whole_of(message.get("seq"))
        seq = self.last_seq + 1 if given is None else given
        if seq <= self.last_seq:
            return False
        self.last_seq = seq
        if self._first_new is None:
            self._first_new = seq
        time = number_of(message.get("time"))
        self._apply(type_of(message), data_of(message), time)
        self._heard = self._heard if time is None else time
        self._messages.append(_message_row(message, seq))
        self._new_messages += 1
        return True

    def fold_all(self, messages: Iterable[Message]) -> int:
        """Take in messages in order and return how many were new."""
        return sum(self.fold(message) for message in messages)

    def snapshot(self, *, messages: int | None = None) -> Snapshot:
        """Return all that is known, with at most so many of the newest messages."""
        return {
            "run": self._run_row(),
            "tasks": self._rows(self._tasks),
            "messages": self._newest(len(self._messages) if messages is None else messages),
            "last_seq": self.last_seq,
        }

    def delta(self) -> Delta | None:
        """Return what changed since the delta was last taken, or None if nothing did."""
        if self._first_new is None:
            return None
        delta: Delta = {
            "run": self._run_row(),
            "tasks": self._rows(self._changed),
            "messages": self._newest(self._new_messages),
            "first_seq": self._first_new,
            "last_seq": self.last_seq,
        }
        self.drop_delta()
        return delta

    def drop_delta(self) -> None:
        """Forget what changed: a snapshot has told it."""
        self._first_new = None
        self._new_messages = 0
        self._changed = {}

    def _apply(self, kind: str, data: Mapping[str, object], time: float | None) -> None:
        self._run_id = self._run_id or str(data.get("run_id") or "")
        if kind == "start_workflow":
            self._begin(data, time)
        elif kind == "resume_workflow":
            self._resume(time)
        elif kind == "finish_workflow":
            self._end(data, time)
        elif (task_id := text_of(data.get("task_id"))) is not None:
            self._change_task(task_id, kind, data, time)

    def _begin(self, data: Mapping[str, object], time: float | None) -> None:
        self._status = RunStatus.RUNNING.value
        self._started = time if self._started is None else self._started
        self._finished = None
        graph = mapping_of(data.get("graph"))
        if graph:
            self.graph = graph
        for task in listed(graph.get("tasks")):
            task_id = text_of(mapping_of(task).get("id"))
            if task_id is not None:
                self._row(task_id)

    def _resume(self, time: float | None) -> None:
        self._status = RunStatus.RUNNING.value
        self._finished = None
        self.is_interrupted = False
        self._resumes += 1
        if time is not None and self._heard is not None:
            self._away += max(0.0, time - self._heard)
        for task_id, row in self._tasks.items():
            before = row["state"]
            if begin_again(row):
                self._count(row, before)
                self._changed[task_id] = None

    def _end(self, data: Mapping[str, object], time: float | None) -> None:
        status = str(data.get("status") or "")
        if status not in _STATUSES:
            status = RunStatus.FAILED if data.get("has_exception") else RunStatus.SUCCEEDED
        self._status = str(status)
        self._finished = time

    def _change_task(
        self, task_id: str, kind: str, data: Mapping[str, object], time: float | None
    ) -> None:
        row = self._row(task_id)
        before, was_reused = row["state"], row["reused_from"] is not None
        if fold_task(row, kind, data, time):
            self._count(row, before)
            self._reused += (row["reused_from"] is not None) - was_reused
            self._changed[task_id] = None

    def _count(self, row: TaskRow, before: str) -> None:
        self._counts[before] -= 1
        self._counts[row["state"]] += 1

    def _row(self, task_id: str) -> TaskRow:
        row = self._tasks.get(task_id)
        if row is None:
            row = self._tasks[task_id] = new_task_row()
            self._counts[row["state"]] += 1
            self._changed[task_id] = None
        return row

    @property
    def _has_stopped(self) -> bool:
        return self._status == RunStatus.INTERRUPTED or (
            self.is_interrupted and not self.is_finished
        )

    def _run_row(self) -> RunRow:
        has_stopped = self._has_stopped
        return {
            "run_id": self._run_id,
            "status": RunStatus.INTERRUPTED.value if has_stopped else self._status,
            "started": self._started,
            "finished": self._finished,
            "counts": counts_left(self._counts) if has_stopped else dict(self._counts),
            "reused": self._reused,
            "resumes": self._resumes,
            "away": self._away,
        }

    def _rows(self, task_ids: Iterable[str]) -> dict[str, TaskRow]:
        rows = {task_id: _copy(self._tasks[task_id]) for task_id in task_ids}
        if self._has_stopped:
            return {task_id: left_behind(row) for task_id, row in rows.items()}
        return rows

    def _newest(self, number: int) -> list[MessageRow]:
        return list(islice(self._messages, max(0, len(self._messages) - number), None))


def view_of(messages: Iterable[Message], *, is_interrupted: bool = False) -> RunView:
    """Return the view of a run of which these messages are known.

    Parameters
    ----------
    is_interrupted
        Whether its scheduler is gone.
    """
    view = RunView()
    view.fold_all(messages)
    view.is_interrupted = is_interrupted
    return view


def _copy(row: TaskRow) -> TaskRow:
    # Lists and mappings inside a row are replaced, never changed, so they can be shared.
    return cast(TaskRow, dict(row))


def _message_row(message: Message, seq: int) -> MessageRow:
    data = data_of(message)
    return {
        "seq": seq,
        "time": number_of(message.get("time")),
        "type": bounded_text(type_of(message), 100),
        "task_id": text_of(data.get("task_id")),
        "task_name": text_of(data.get("task_name")),
        "text": bounded_text(message_text(message)),
    }
