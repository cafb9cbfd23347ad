"""The maps of a run: whose item a message is about, and what they all come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from maze_nb.model.rows import MapRow, TaskRow
from maze_nb.model.states import counts_beside_items
from maze_nb.projection.graph_shape import MAP_KIND
from maze_nb.projection.map_fold import MapFold
from maze_nb.projection.message import whole_of


class MapBook:
    """The maps of one run by the id of the task that maps."""

    def __init__(self) -> None:
        self._maps: dict[str, MapFold] = {}

    def __iter__(self) -> Iterator[MapFold]:
        return iter(self._maps.values())

    def get(self, task_id: str) -> MapFold | None:
        """Return the map with this id, if it is one."""
        return self._maps.get(task_id)

    def read(self, task: Mapping[str, object], task_id: str) -> bool:
        """Take in a task of the run's graph; return False for an item of a map."""
        if task.get("kind") == MAP_KIND:
            self.learn(task_id)
        return self.item(task_id) is None

    def learn(self, task_id: str) -> None:
        """Note that a task maps."""
        if task_id not in self._maps:
            self._maps[task_id] = MapFold(task_id)

    def expand(self, task_id: str, data: Mapping[str, object]) -> None:
        """Note how many items a map has."""
        self.learn(task_id)
        self._maps[task_id].expand(whole_of(data.get("count")) or 0)

    def item(self, task_id: str) -> tuple[MapFold, int] | None:
        """Return the map that a task is an item of, and which; None for every other task."""
        head, dot, tail = task_id.rpartition(".")
        found = self._maps.get(head) if dot else None
        return (found, int(tail)) if found is not None and tail.isdecimal() else None

    def counts(self, own: Mapping[str, TaskRow]) -> Counter[str]:
        """Return by how much the items, in place of the tasks that map, change the counts.

        Parameters
        ----------
        own
            The rows of the tasks that map, among others.
        """
        counts: Counter[str] = Counter()
        for each in self:
            if not each.count:
                continue
            states = each.states
            counts.update(states)
            state = own[each.task_id]["state"] if each.task_id in own else ""
            if state and not counts_beside_items(state, states):
                counts[state] -= 1
        return counts

    @property
    def reused(self) -> int:
        """How many items did not have to run."""
        return sum(each.reused for each in self)

    def rows(self, *, is_stopped: bool) -> dict[str, MapRow]:
        """Return all maps in figures."""
        return {each.task_id: each.row(is_stopped=is_stopped) for each in self}
