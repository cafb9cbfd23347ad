"""What a run's messages say of each of its tasks, folded as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from maze_nb.errors import UnknownTaskError, closest
from maze_nb.model.message_types import FINAL_MESSAGES
from maze_nb.model.task_spec import item_id, item_name
from maze_nb.projection.humane import typed_id
from maze_nb.sdk.log import MessageLog
from maze_nb.wire.messages import Message


class RunIndex:
    """The last word on each task of one run.

    Attributes
    ----------
    names
        What each task is called, by its id.
    items
        The tasks that are items of maps.
    final
        The message of how each task ended, if it has.
    status
        Where the run stands.
    """

    def __init__(self, log: MessageLog) -> None:
        self._log = log
        self._read = 0
        self.names: dict[str, str] = {}
        self.items: set[str] = set()
        self._ids: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
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
        named = self._ids.get(wanted, [])
        if len(named) == 1:
            return named[0]
        if named:
            raise UnknownTaskError(
                f"run {typed_id(self._log.run_id)} has {len(named)} tasks named {wanted!r}: "
                f"give the id of one, such as {named[0]!r}"
            )
        if (counted := self._counted(wanted)) is not None:
            raise UnknownTaskError(
                f"run {typed_id(self._log.run_id)} has no task {wanted!r}: {counted}"
            )
        whole = {key: name for key, name in self.names.items() if key not in self.items}
        known = [
            repr(name) if len(self._ids[name]) == 1 else f"{name!r} ({task_id})"
            for task_id, name in whole.items()
        ]
        close = closest(wanted, {*whole.values(), *whole})
        hint = "" if close is None else f"did you mean {close!r}? "
        listed = f"{', '.join(known[:10])}{', …' if len(known) > 10 else ''}" or "none"
        raise UnknownTaskError(
            f"run {typed_id(self._log.run_id)} has no task {wanted!r}: {hint}its tasks are {listed}"
        )

    def _counted(self, wanted: str) -> str | None:
        """Return how many items a map has, if what is wanted would be another one of them."""
        name, bracket, number = wanted.removesuffix("]").rpartition("[")
        maps = [self._counts[each] for each in self._ids.get(name, ()) if each in self._counts]
        if not bracket or not maps:
            return None
        if len(maps) > 1 or not number.lstrip("-").isdigit():
            return f"give the number of an item of {name!r}, as in '{name}[0]'"
        count = maps[0]
        items = f"{count:,} {'item' if count == 1 else 'items'}"
        last = f", [0] to [{count - 1}]" if count > 1 else ", [0]" if count else ""
        return f"task {name!r} has {items}{last}"

    def failed(self) -> Iterator[Message]:
        """Yield the message of each task that failed."""
        return (m for m in self.final.values() if m["type"] == "task_exception")

    def _take(self, message: Message) -> None:
        kind, data = message["type"], message["data"]
        if kind == "start_workflow":
            self.status = "running"
            self._name((task["id"], task["name"]) for task in data["graph"]["tasks"])
        elif kind == "task_expanded":
            map_id, name, count = data["task_id"], data["task_name"], data["count"]
            self._name((item_id(map_id, n), item_name(name, n)) for n in range(count))
            self._counts[map_id] = count
            self.items.update(item_id(map_id, n) for n in range(count))
        elif kind == "finish_workflow":
            self.status = data["status"]
        elif kind in FINAL_MESSAGES:
            self.final[data["task_id"]] = message
        elif kind == "task_retry":
            self.final.pop(data["task_id"], None)

    def _name(self, tasks: Iterable[tuple[str, str]]) -> None:
        for task_id, name in tasks:
            if task_id not in self.names:
                self.names[task_id] = name
                self._ids.setdefault(name, []).append(task_id)
