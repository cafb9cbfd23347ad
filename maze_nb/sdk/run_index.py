"""What a run's messages say of each of its tasks, folded as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from maze_nb.errors import UnknownTaskError, closest
from maze_nb.sdk.log import MessageLog
from maze_nb.wire.messages import Message

_FINAL = {"finish_task", "task_exception", "task_skipped", "task_cancelled"}


class RunIndex:
    """The last word on each task of one run."""

    def __init__(self, log: MessageLog) -> None:
        self._log = log
        self._read = 0
        self.names: dict[str, str] = {}
        self.final: dict[str, Message] = {}
        self.status = "pending"

    def refresh(self) -> None:
        """Take in what has arrived since the last time."""
        messages = self._log.read(self._read)
        self._read += len(messages)
        for message in messages:
            self._take(message)

    def task_id_of(self, task: Any) -> str:
        """Return the id of a task given by id, by name, or as an object that has a ``task_id``.

        Raises
        ------
        UnknownTaskError
            If the run has no such task, or several of this name.
        """
        wanted = str(getattr(task, "task_id", task))
        if wanted in self.names:
            return wanted
        named = [task_id for task_id, name in self.names.items() if name == wanted]
        if len(named) == 1:
            return named[0]
        if named:
            raise UnknownTaskError(
                f"run {self._log.run_id} has {len(named)} tasks named {wanted!r}: "
                f"give the id of one, such as {named[0]!r}"
            )
        known = [f"{name!r} ({task_id})" for task_id, name in self.names.items()]
        close = closest(wanted, {*self.names.values(), *self.names})
        hint = "" if close is None else f"did you mean {close!r}? "
        listed = f"{', '.join(known[:10])}{', …' if len(known) > 10 else ''}" or "none"
        raise UnknownTaskError(
            f"run {self._log.run_id} has no task {wanted!r}: {hint}its tasks are {listed}"
        )

    def failed(self) -> Iterator[Message]:
        """Yield the message of each task that failed."""
        return (m for m in self.final.values() if m["type"] == "task_exception")

    def _take(self, message: Message) -> None:
        kind, data = message["type"], message["data"]
        if kind == "start_workflow":
            self.status = "running"
            self.names = {task["id"]: task["name"] for task in data["graph"]["tasks"]}
        elif kind == "finish_workflow":
            self.status = data["status"]
        elif kind in _FINAL:
            self.final[data["task_id"]] = message
        elif kind == "task_retry":
            self.final.pop(data["task_id"], None)
