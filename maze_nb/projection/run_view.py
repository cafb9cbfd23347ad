"""The fold of a run's messages into the snapshot and the deltas that live views are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maze_nb.model.rows import Delta, ItemsPage, RunRow, Snapshot, TaskRow
from maze_nb.projection.display_fold import Displays
from maze_nb.projection.log_tail import LogTails
from maze_nb.projection.map_book import MapBook
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
from maze_nb.projection.message_row import message_row
from maze_nb.projection.message_tail import MessageTail
from maze_nb.projection.readiness import Readiness
from maze_nb.projection.run_fold import RunFold
from maze_nb.projection.task_book import TaskBook
from maze_nb.projection.usage_fold import UsageFold

MESSAGES_KEPT = 10_000


class RunView:
    """What is known of one run, kept current message by message.

    Guards the rows of the run and its tasks, the newest messages as text, and what changed since
    the delta was last taken. Folding costs the same however long the run is. The items of a map
    are told as counts, with the rows of those only that are worth a look by themselves.

    Parameters
    ----------
    messages_kept
        How many of the newest messages are kept as text.
    """

    def __init__(self, *, messages_kept: int = MESSAGES_KEPT) -> None:
        self.graph: Mapping[str, object] | None = None
        self.last_seq = -1
        self._run = RunFold()
        self._tasks = TaskBook()
        self._maps = MapBook()
        self._logs = LogTails()
        self._displays = Displays()
        self._usage = UsageFold()
        self._ready = Readiness()
        self._messages = MessageTail(messages_kept)
        self._first_new: int | None = None

    @property
    def is_interrupted(self) -> bool:
        """Whether the scheduler is gone, which no message can tell: whoever knows sets it.

        Then the snapshot shows nothing as going on, until the run is resumed.
        """
        return self._run.is_interrupted

    @is_interrupted.setter
    def is_interrupted(self, value: bool) -> None:
        self._run.is_interrupted = value

    @property
    def is_finished(self) -> bool:
        """Whether the run's last message was folded."""
        return self._run.is_finished

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
        time, row = number_of(message.get("time")), message_row(message, seq)
        self._apply(type_of(message), data_of(message), time)
        self._run.note_time(time)
        if row["type"] == "task_log" and row["task_id"] is not None:
            self._logs.add(row["task_id"], row["text"], row["stream"])
        self._messages.add(row)
        return True

    def fold_all(self, messages: Iterable[Message]) -> int:
        """Take in messages in order and return how many were new."""
        return sum(self.fold(message) for message in messages)

    def snapshot(self, *, messages: int | None = None, every_item: bool = False) -> Snapshot:
        """Return all that is known.

        Parameters
        ----------
        messages, every_item
            How many of the newest messages it has at most, None for all that are kept; and
            whether it has the rows of all items of maps.
        """
        return {
            "run": self._run_row(),
            "tasks": self._tasks.told(is_stopped=self._run.has_stopped)
            | self._item_rows(every_item=every_item),
            "maps": self._maps.rows(is_stopped=self._run.has_stopped),
            "logs": self._logs.rows(),
            "displays": self._displays.rows(),
            "messages": self._messages.newest(messages),
            "last_seq": self.last_seq,
            "usage": self._usage.points(),
        }

    def delta(self) -> Delta | None:
        """Return what changed since the delta was last taken, or None if nothing did."""
        if self._first_new is None:
            return None
        is_stopped = self._run.has_stopped
        delta: Delta = {
            "run": self._run_row(),
            "tasks": self._tasks.delta(is_stopped=is_stopped),
            "maps": {},
            "displays": self._displays.delta_rows(),
            "messages": self._messages.fresh(),
            "first_seq": self._first_new,
            "last_seq": self.last_seq,
            "usage": self._usage.take_fresh(),
        }
        for each in self._maps:
            if each.has_delta:
                delta["tasks"].update(each.delta_rows(is_stopped=is_stopped))
                delta["maps"][each.task_id] = each.row(is_stopped=is_stopped)
        self._forget_changes()
        return delta

    def drop_delta(self) -> None:
        """Forget what changed: a snapshot has told it."""
        self._tasks.drop_delta()
        self._displays.drop_delta()
        self._usage.take_fresh()
        for each in self._maps:
            each.drop_delta()
        self._forget_changes()

    def items(self, task_id: str, *, state: str = "", offset: int = 0) -> ItemsPage | None:
        """Return some items of a map, the failed first; None if there is no such map.

        Parameters
        ----------
        state, offset
            The state that they show, empty for all; and how many to pass over.
        """
        found = self._maps.get(task_id)
        if found is None:
            return None
        return found.page(state, offset, is_stopped=self._run.has_stopped)

    def _apply(self, kind: str, data: Mapping[str, object], time: float | None) -> None:
        self._run.hear(data)
        if kind == "start_workflow":
            self._run.begin(time)
            self._ready.go_on(time)
            self._learn(mapping_of(data.get("graph")))
        elif kind == "resume_workflow":
            self._begin_again(self._run.heard)
            self._run.resume(time)
            self._ready.go_on(time)
        elif kind == "finish_workflow":
            self._run.end(data, time)
        elif kind == "node_usage":
            self._usage.fold(data, time)
        elif (task_id := text_of(data.get("task_id"))) is not None:
            self._change(task_id, kind, data, time)

    def _learn(self, graph: Mapping[str, object]) -> None:
        if graph:
            self.graph = graph
            self._ready.learn(graph)
        for task in map(mapping_of, listed(graph.get("tasks"))):
            task_id = text_of(task.get("id"))
            if task_id is not None and self._maps.read(task, task_id):
                self._tasks.row(task_id)

    def _begin_again(self, left: float | None) -> None:
        self._tasks.begin_again(left)
        for each in self._maps:
            each.begin_again(left)

    def _change(
        self, task_id: str, kind: str, data: Mapping[str, object], time: float | None
    ) -> None:
        self._displays.fold(task_id, kind, data)
        item = self._maps.item(task_id)
        if item is not None:
            ready = self._ready.of_item(item[0].task_id, kind, self._tasks.rows)
            item[0].fold(item[1], kind, data, time, ready)
            return
        if kind == "task_expanded":
            self._maps.expand(task_id, data)
            self._ready.expand(task_id, time)
        ready = self._ready.of_task(task_id, kind, self._tasks.rows)
        is_map = self._maps.get(task_id) is not None
        self._tasks.fold(task_id, kind, data, time, ready=ready, is_map=is_map)

    def _run_row(self) -> RunRow:
        counts = self._tasks.counts
        counts.update(self._maps.counts(self._tasks.rows))
        return self._run.row(counts, self._tasks.reused + self._maps.reused)

    def _item_rows(self, *, every_item: bool) -> dict[str, TaskRow]:
        rows: dict[str, TaskRow] = {}
        for each in self._maps:
            told = each.every_row if every_item else each.window_rows
            rows.update(told(is_stopped=self._run.has_stopped))
        return rows

    def _forget_changes(self) -> None:
        self._first_new = None
        self._messages.forget_fresh()


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
